"""The figures that a list of runs shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from builders import config
from saving.runs import TIMES, Cross, quietly, store

import sessionlab as sl
from sessionlab.results.headline import HEADLINE, headline


@quietly
def run(tmp_path: Path, *strategies: sl.Strategy, **changes: Any) -> sl.RunResult:
    root = store(tmp_path / "store", A={"seed": 1, "missing": [7, 8, 100]})
    made = config("A", "1m 5m", "2025-07-02", "2025-07-02", api_config__data_api="local", api_config__data_path=str(root),
                  api_config__data_options={}, **changes)  # fmt: skip
    lab = sl.Lab(made, times=TIMES)
    for strategy in strategies:
        lab.use(strategy)
    return lab.run()


def test_they_are_those_of_the_result(tmp_path: Path) -> None:
    result = run(tmp_path, Cross())
    told = headline(result)

    assert tuple(told) == HEADLINE
    assert told["sessions"] == 1
    assert told["gaps"] == 2  # the minutes 7 and 8, and 100; what that does to bars of five minutes is counted once
    assert told["coverage"] == 100 * 387 / 390
    assert told["trades"] == len(result.trades.dropna(subset="exit_time"))
    equity: Any = result.equity
    assert told["total_return"] == equity.iloc[-1] / result.config.trading_config.starting_cash - 1
    assert told["sharpe"] is None  # of one session there is none


def test_without_trades_there_is_none_of_an_account(tmp_path: Path) -> None:
    told = headline(run(tmp_path))

    assert {name for name, value in told.items() if value is None} == {
        "total_return", "sharpe", "max_drawdown", "trades", "ambiguous_fills", "rejected",
    }  # fmt: skip
    assert not any(isinstance(value, pd.Timestamp) for value in told.values())
