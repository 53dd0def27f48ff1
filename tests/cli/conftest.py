"""A runner for the command line, a small config on made-up data, and a small Parquet store of real files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from sessionlab.cli.app import app

ROOT = Path(__file__).parents[2]
Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def as_wide_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test reads does not depend on the width of the window that it runs in."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def cli() -> Cli:
    """``cli("run", "x.json")``: exit code, stdout and stderr. Nothing may ever end in a traceback."""

    def call(*words: object) -> Result:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stdout + result.stderr
        return result

    return call


@pytest.fixture
def document() -> dict[str, Any]:
    """Two symbols over a full session and a half day, minutes and five minutes."""
    return {
        "session_name": "Small",
        "backtest_config": {"start_date": "2025-07-02", "end_date": "2025-07-03"},
        "session_data_config": {
            "symbols": ["AAPL", "RIVN"],
            "streams": ["1m", "5m"],
            "historical": {"data": [{"trailing_days": 2, "intervals": ["1m"]}]},
        },
        "trading_config": {"max_buying_power": 1e5, "max_per_trade": 1e4, "max_per_symbol": 2e4, "max_open_positions": 5},
        "api_config": {"data_api": "synthetic"},
    }


@pytest.fixture
def config(document: dict[str, Any], tmp_path: Path) -> Path:
    """The same as a file."""
    file = tmp_path / "small.json"
    file.write_text(json.dumps(document))
    return file


def write_minutes(store: Path, symbol: str, date: str, *, without: tuple[str, ...] = (), minutes: int = 390) -> Path:
    """A day file of minutes from 09:30 New York, all at 10 dollars and 100 shares, but for those that start at ``without``."""
    start = pd.date_range(f"{date} 09:30", periods=minutes, freq="1min", tz="America/New_York", unit="ns")
    prices = dict.fromkeys(("open", "high", "low", "close"), 10.0)
    frame = pd.DataFrame({"timestamp": start.tz_convert("UTC"), **prices, "volume": 100})
    frame = frame[~start.strftime("%H:%M").isin(without)]
    file = store / "bars" / "1m" / symbol / f"{date}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(file, index=False)
    return file


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A Parquet store: SPY whole on 2025-07-01 and 02, AIG without 10:00 and 10:01 on the 2nd and without the 1st."""
    root = tmp_path / "store"
    write_minutes(root, "SPY", "2025-07-01")
    write_minutes(root, "SPY", "2025-07-02")
    write_minutes(root, "AIG", "2025-07-02", without=("10:00", "10:01"))
    return root
