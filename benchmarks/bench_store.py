"""A Parquet store read into checked blocks, against pyarrow's own read of the same files in the same process.

pytest benchmarks/bench_store.py -s
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sessionlab.sources.local import LocalStore
from sessionlab.sources.store_write import write_bars
from sessionlab.timing import Interval, SessionTable, TradingSession

MINUTE = 60_000_000_000
ONE = Interval.parse("1m")


def trading_year() -> SessionTable:
    """250 sessions of 390 minutes, Monday to Friday, 14:30 to 21:00 UTC."""
    dates = np.arange(np.datetime64("2024-01-01"), np.datetime64("2025-01-01"))
    dates = dates[np.is_busday(dates)][:250]
    opens = dates.astype("datetime64[ns]").astype(np.int64) + 870 * MINUTE
    return SessionTable.of(
        [
            TradingSession(date, open_ns, open_ns + 390 * MINUTE, "UTC")
            for date, open_ns in zip(dates.tolist(), opens.tolist(), strict=True)
        ]
    )


def bars(sessions: SessionTable) -> dict[str, Any]:
    """A random walk on cents, a bar a minute."""
    rng = np.random.default_rng(7)
    start = (sessions.open[:, None] + np.arange(390) * MINUTE).ravel()
    close = np.round(100 + np.cumsum(rng.normal(0, 0.02, len(start))), 2)
    open_ = np.round(close + rng.normal(0, 0.02, len(start)), 2)
    high, low = np.maximum(open_, close) + 0.01, np.minimum(open_, close) - 0.01
    volume = np.round(rng.exponential(5000, len(start)))
    return {"timestamp": start, "open": open_, "high": high, "low": low, "close": close, "volume": volume}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[SessionTable, dict[str, Path]]:
    """The same rows in month files and in a file a day."""
    sessions = trading_year()
    rows = bars(sessions)
    by_month, by_day = tmp_path_factory.mktemp("months"), tmp_path_factory.mktemp("days")
    write_bars(by_month, "SPY", "1m", rows, sessions)
    folder = by_day / "bars" / "1m" / "SPY"
    folder.mkdir(parents=True)
    for at, session in enumerate(sessions):
        some = {name: column[390 * at : 390 * at + 390] for name, column in rows.items()}
        some["timestamp"] = pa.array(some["timestamp"], pa.timestamp("ns", tz="UTC"))
        pq.write_table(pa.table(some), folder / f"{session.date}.parquet", compression="zstd")
    return sessions, {"12 month files": by_month, "250 day files": by_day}


@pytest.mark.parametrize("which", ["12 month files", "250 day files"])
def test_blocks_against_the_bare_read(
    told: Any, in_turns: Callable[..., list[list[float]]], stores: tuple[SessionTable, dict[str, Path]], which: str
) -> None:
    sessions, roots = stores
    files = sorted((roots[which] / "bars" / "1m" / "SPY").iterdir())

    def bare() -> None:
        for file in files:
            pq.ParquetFile(file).read(use_threads=False)

    def blocks() -> None:
        LocalStore(roots[which]).load("SPY", ONE, sessions)

    def session_by_session() -> None:
        store = LocalStore(roots[which])
        for at in range(len(sessions)):
            store.load("SPY", ONE, sessions[at : at + 1])

    all_at_once, one_by_one, read = in_turns(blocks, session_by_session, bare)

    told.ratio(f"Parquet to blocks, {which}", all_at_once, read, "pyarrow's read", 4, "ms")
    told.ratio(f"the same, session by session, {which}", one_by_one, read, "pyarrow's read", None, "ms")


def test_a_session_of_a_month_already_read(benchmark: Any, stores: tuple[SessionTable, dict[str, Path]]) -> None:
    sessions, roots = stores
    store = LocalStore(roots["12 month files"])
    tenth = sessions[10:11]
    store.load("SPY", ONE, tenth)

    [block] = benchmark(store.load, "SPY", ONE, tenth)

    assert block.rows.size == 390
    assert block.date == dt.date(2024, 1, 15)
