"""Bars as a user has them, in files of many dialects, and what a source must make of them."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from sessionlab.sources.intake import to_blocks
from sessionlab.sources.kept_files import KEPT
from sessionlab.tape import DayBlock
from sessionlab.timing import Interval, SessionTable, TimeManager

NEW_YORK = "America/New_York"
M1, D1 = Interval.parse("1m"), Interval.parse("1d")
TIMES = TimeManager("US_EQUITY")
DAYS = ("2025-07-02", "2025-07-03")
SESSIONS = TIMES.get_sessions(*DAYS)


def minutes(*dates: str, seed: int = 0) -> pd.DataFrame:
    """Every minute of the sessions of ``dates``, in exchange time: prices in cents, the opening minute busy."""
    parts = []
    for date in dates or DAYS:
        session = TIMES.get_trading_session(date)
        stamps = pd.DatetimeIndex(session.starts(M1), tz="UTC").tz_convert(NEW_YORK)
        dice = np.random.default_rng([seed, session.date.toordinal()])
        close = 100 + np.round(np.cumsum(dice.normal(0, 0.05, len(stamps))), 2)
        open_ = np.round(close + dice.normal(0, 0.03, len(stamps)), 2)
        volume = dice.integers(1000, 3000, len(stamps))
        volume[0], volume[-1] = 50_000, 90_000
        high, low = np.maximum(open_, close) + 0.01, np.minimum(open_, close) - 0.01
        part = {"timestamp": stamps, "open": open_, "high": high.round(2), "low": low.round(2), "close": close, "volume": volume}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def instants(frame: pd.DataFrame) -> np.ndarray:
    """The stamps of ``frame`` in ns UTC."""
    return pd.DatetimeIndex(frame.timestamp).as_unit("ns").asi8


def meant(frame: pd.DataFrame, symbol: str = "SPY", sessions: SessionTable = SESSIONS, interval: Interval = M1) -> list[DayBlock]:
    """The blocks that start-labelled rows with a zone make, by the intake that every source goes through."""
    values = frame[["open", "high", "low", "close", "volume"]].to_numpy(dtype=float).T.copy()
    return to_blocks(symbol, interval, sessions, instants(frame), values)


def assert_same(found: list[DayBlock], wanted: list[DayBlock]) -> None:
    """Equal to the last bit, refused rows by kind and count included."""
    assert [block.date for block in found] == [block.date for block in wanted]
    for one, other in zip(found, wanted, strict=True):
        for ours, theirs in ((one.rows, other.rows), (one.extended, other.extended)):
            np.testing.assert_array_equal(ours.start, theirs.start)
            np.testing.assert_array_equal(ours.known_at, theirs.known_at)
            np.testing.assert_array_equal(ours.values, theirs.values)
        assert one.on_time == other.on_time
        assert one.refused.counts == other.refused.counts


def put(path: Path, content: str | bytes) -> Path:
    """A file with ``content``, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def csv_of(frame: pd.DataFrame, **options) -> str:
    """``frame`` as text, without its index."""
    return frame.to_csv(index=False, **options)


def parquet_of(frame: pd.DataFrame) -> bytes:
    """``frame`` as Parquet."""
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


def zip_of(**members: str | bytes) -> bytes:
    """A zip of ``members``; two underscores in a name stand for a dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


def gzip_of(content: str | bytes) -> bytes:
    """``content`` compressed."""
    return gzip.compress(content.encode() if isinstance(content, str) else content)


def reads() -> int:
    """How many files the process has read so far."""
    return KEPT.read_count
