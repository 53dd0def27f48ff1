"""A year of minutes from month files to a finished run with an empty callback and its quality table, all in.

All in is the config, the plan, every session's load with its checks, the callbacks, coverage and gaps. Against it stand a
bare loop with a call per bar, and backtesting.py with the bars in memory and none of the rest, where that is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sessionlab import TimeManager
from sessionlab.sources.store_write import write_bars

MINUTE = 60 * 10**9
START, END = "2024-01-02", "2024-12-27"  # 250 sessions, three of them short
ROUNDS = 5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Month files of one symbol; prices are multiples of 1/8, so that no two engines can round them apart."""
    sessions = TimeManager().get_sessions(START, END)
    assert len(sessions) == 250
    rng = np.random.default_rng(7)
    spans = zip(sessions.open.tolist(), sessions.close.tolist(), strict=True)
    start = np.concatenate([np.arange(open_, close, MINUTE) for open_, close in spans])
    close = np.cumsum(rng.integers(-1, 2, len(start))) / 8
    close += 100 - close.min()
    open_ = close + rng.integers(-1, 2, len(start)) / 8
    high, low = np.maximum(open_, close) + 0.125, np.minimum(open_, close) - 0.125
    volume = np.round(rng.exponential(5000, len(start)))
    rows = {"timestamp": start, "open": open_, "high": high, "low": low, "close": close, "volume": volume}
    folder = tmp_path_factory.mktemp("store")
    written = write_bars(folder, "SPY", "1m", rows, sessions)
    assert written.added == len(start)
    return folder


def test_a_year_from_parquet_to_a_finished_run(
    told: Any, benchmark: Any, program: Any, bare_loops: Any, store: Path, tmp_path: Path
) -> None:
    cache = str(tmp_path)
    program("store_run", store, START, END, SESSIONLAB_CACHE_DIR=cache)  # the calendar is kept from here on
    runs: list[dict[str, Any]] = []

    benchmark.pedantic(lambda: runs.append(program("store_run", store, START, END, SESSIONLAB_CACHE_DIR=cache)), rounds=ROUNDS)

    bars = runs[0]["bars"]
    second = [run["second_s"] / bars for run in runs]
    told.ratio("250 sessions from Parquet, second run", second, [r["loop_s"] / bars for r in runs], "bare loop", bare_loops(2e-6))
    peer = [run["backtesting_s"] for run in runs]
    if None not in peer:
        told.ratio("250 sessions from Parquet, second run", second, [s / bars for s in peer], "backtesting.py, in memory", 0.5)
    more = sorted(run["first_s"] - run["second_s"] for run in runs)[len(runs) // 2]
    told.figure("the first run of a process, more than the second", more, "s", 0.6, "processor time")
