"""Notebooks for tests: a desk that trades, and a small config beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

CONFIG: dict[str, Any] = {
    "session_name": "Desk",
    "backtest_config": {"start_date": "2025-07-02", "end_date": "2025-07-02"},
    "session_data_config": {"symbols": ["AAPL"], "streams": ["1m"]},
    "trading_config": {"max_buying_power": 1e5, "max_per_trade": 1e4, "max_per_symbol": 2e4, "max_open_positions": 5},
    "api_config": {"data_api": "synthetic"},
}
PARAMETERS = 'config = "desk.json"\nchanges = {}\nfast: int = 3\nfail_at = 0\n'
OPEN = "import sessionlab as sl\n\nlab = sl.Lab(sl.SessionConfig.from_file(config).replace(changes))"
STRATEGY = """class Flip(sl.Strategy):
    fast: int = 3
    fail_at: int = 0

    def on_bar(self, ctx, symbol):
        bars = ctx[symbol].bars("1m")
        if len(bars) == self.fail_at:
            raise ValueError("no <b>bid</b>\\n\\nat all")
        if len(bars) % self.fast == 0:
            ctx.target(symbol, 5 if len(bars) // self.fast % 2 else 0)
"""
RUN = "lab.use(Flip(fast=fast, fail_at=fail_at))\nlab.run()"


def notebook(*cells: str) -> Any:
    """A notebook of code cells, of which the first has the tag ``parameters``."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.cells[0].metadata["tags"] = ["parameters"]
    made.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return made


def write_desk(folder: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    """``desk.ipynb`` with its config beside it; without cells it runs a strategy of its own."""
    (folder / "desk.json").write_text(json.dumps(CONFIG))
    path = folder / "desk.ipynb"
    nbformat.write(notebook(parameters, *(cells or (OPEN, STRATEGY, RUN))), path)
    return path
