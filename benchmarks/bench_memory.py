"""Memory of a run beyond its imports and its data, and that it does not grow with the length of the run.

Data is what is held of it at a time: ``prefetch_days`` sessions, 7 columns of 8 bytes a row. Runs are fresh interpreters.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from sessionlab import Interval, TimeManager
from sessionlab.sources.store_write import write_bars
from sessionlab.sources.synthetic import Synthetic

MINUTE = 60 * 10**9
YEAR = "2024-01-02", "2024-12-27"
SHORT, LONG = ("2024-03-01", "2024-03-05"), ("2024-03-01", "2024-04-12")
TEN = [f"S{i}" for i in range(10)]
ROW_BYTES = 7 * 8
PREFETCH_DAYS = 3

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the kernel does not tell peaks here")


@pytest.fixture(scope="module")
def minutes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Month files of ten symbols over a year."""
    folder = tmp_path_factory.mktemp("minutes")
    sessions = TimeManager().get_sessions(*YEAR)
    spans = zip(sessions.open.tolist(), sessions.close.tolist(), strict=True)
    start = np.concatenate([np.arange(open_, close, MINUTE) for open_, close in spans])
    rng = np.random.default_rng(7)
    for symbol in TEN:
        close = np.cumsum(rng.integers(-1, 2, len(start))) / 8
        close += 100 - close.min()
        rows = {"timestamp": start, "open": close, "high": close, "low": close, "close": close, "volume": np.ones(len(start))}
        write_bars(folder, symbol, "1m", rows, sessions)
    return folder


@pytest.fixture(scope="module")
def seconds_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Day files of ten symbols over thirty sessions of 1s bars."""
    folder = tmp_path_factory.mktemp("seconds")
    sessions = TimeManager().get_sessions(*LONG)
    source, second = Synthetic(), Interval.parse("1s")
    for symbol in TEN:
        for at in range(len(sessions)):
            [day] = source.load(symbol, second, sessions[at : at + 1])
            columns = dict(zip(("open", "high", "low", "close", "volume"), day.rows.values, strict=True))
            write_bars(folder, symbol, second, {"timestamp": day.rows.start, **columns}, sessions[at : at + 1])
    return folder


@pytest.mark.parametrize(("symbols", "aim"), [(TEN[:1], 40.0), (TEN, 120.0)])
def test_memory_beyond_data(told: Any, benchmark: Any, program: Any, minutes: Path, symbols: list[str], aim: float) -> None:
    runs: list[dict[str, Any]] = []

    benchmark.pedantic(lambda: runs.append(program("memory", f"local:{minutes}", " ".join(symbols), "1m", *YEAR)), rounds=3)

    data = PREFETCH_DAYS * runs[0]["most_bars_a_session"] * ROW_BYTES / 1e6
    assert runs[0]["sessions"] == 250
    beyond = median(run["peak_mb"] for run in runs) - data
    told.figure(
        f"memory beyond data, 250 sessions of {len(symbols)} x 1m from Parquet", beyond, "MB", aim, f"{data:.1f} MB of data"
    )


@pytest.mark.parametrize("stored", ["synthetic", "day files"])
def test_memory_does_not_grow_with_the_run(
    told: Any, benchmark: Any, program: Any, request: pytest.FixtureRequest, stored: str
) -> None:
    source = stored if stored == "synthetic" else f"local:{request.getfixturevalue('seconds_store')}"
    symbols = " ".join(TEN)
    long: list[dict[str, Any]] = []
    short: list[dict[str, Any]] = []

    benchmark.pedantic(
        lambda: long.append(program("memory", source, symbols, "1s", *LONG)),
        setup=lambda: short.append(program("memory", source, symbols, "1s", *SHORT)),
        rounds=3,
    )

    assert (short[0]["sessions"], long[0]["sessions"]) == (3, 30)
    told.ratio(
        f"memory of 30 sessions of 10 x 1s, {stored}",
        [run["peak_mb"] for run in long],
        [run["peak_mb"] for run in short],
        "of 3 sessions",
        1.3,
        "MB",
    )
