"""A check of two years of minutes, against pyarrow's read of the same files in the same process.

pytest benchmarks/bench_check.py -s

Aimed at: 20 symbols (3.9 million rows) in less than 10 seconds. Four are measured, and the figure for 20 is five times theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import sessionlab as sl
from sessionlab.sources.store_write import write_bars
from sessionlab.timing import Interval, SessionTable, TimeManager

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
ALL = 20
START, END = "2023-01-03", "2024-12-31"
MINUTE = Interval.parse("1m")


def bars(sessions: SessionTable, seed: int, bad: float) -> dict[str, Any]:
    """A random walk on cents, heavy at open and close; a fraction ``bad`` of the minutes is absent."""
    rng = np.random.default_rng(seed)
    start = np.concatenate([session.starts(MINUTE) for session in sessions])
    middle = np.concatenate([np.linspace(-1, 1, session.expected(MINUTE)) for session in sessions])
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 2e-4, len(start)))), 2)
    open_ = np.round(close + rng.normal(0, 0.02, len(start)), 2)
    high, low = np.maximum(open_, close) + 0.01, np.minimum(open_, close) - 0.01
    volume = np.round(rng.exponential(5000, len(start)) * (1 + 3 * middle**4)) + 1
    columns = {"timestamp": start, "open": open_, "high": high, "low": low, "close": close, "volume": volume}
    there = rng.random(len(start)) >= bad
    return {name: column[there] for name, column in columns.items()}


@pytest.fixture(scope="module", params=[0.0, 0.02], ids=["whole", "gaps everywhere"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    sessions = TimeManager().get_sessions(START, END)
    for seed, symbol in enumerate(SYMBOLS):
        write_bars(root, symbol, "1m", bars(sessions, seed, request.param), sessions)
    return root


def test_two_years_of_minutes_of_twenty_symbols(
    told: Any, in_turns: Callable[..., list[list[float]]], store: Path, request: pytest.FixtureRequest
) -> None:
    files = sorted(store.rglob("*.parquet"))
    name = request.node.callspec.id
    found: list[sl.DataCheck] = []

    def look() -> None:
        found[:] = [sl.check(f"local:{store}", START, END)]
        _ = found[0].findings

    def bare() -> None:
        for file in files:
            pq.ParquetFile(file).read(use_threads=False)

    taken, read = in_turns(look, bare, rounds=3)

    told.ratio(f"check of 2 years of minutes, {name}", taken, read, "pyarrow's read", None, "ms")
    told.figure(f"the same of {ALL} symbols, {name}", float(np.median(taken)) * ALL / len(SYMBOLS), "s", 10)
    assert found[0].coverage is not None
    assert found[0].coverage > 97
