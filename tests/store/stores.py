"""Stores as tests look at them: what their files hold byte by byte, what a source gives row by row."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.sources.local import LocalStore
from sessionlab.sources.protocol import Source
from sessionlab.timing import Interval, SessionTable, TimeManager

TIMES = TimeManager("US_EQUITY")
M1 = Interval.parse("1m")
PRICES = ["open", "high", "low", "close"]


def contents_of(root: Path) -> dict[str, str]:
    """The checksum of every Parquet file by its path, but for those of former versions."""
    files = [path for path in root.rglob("*.parquet") if ".sessionlab" not in path.parts]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def records_of(root: Path) -> dict[str, Any]:
    """Every record, without the times of writing."""
    found = {}
    for file in sorted((root / ".sessionlab" / "records").rglob("*.json")):
        document = json.loads(file.read_text())
        for facts in document["files"].values():
            del facts["written"]
        found[file.relative_to(root).as_posix()] = document
    return found


def rows_of(source: Source, symbol: str, interval: Interval, sessions: SessionTable) -> pd.DataFrame:
    """All bars that ``source`` gives, those off the hours included, in order."""
    parts = [rows for block in source.load(symbol, interval, sessions) for rows in (block.rows, block.extended)]
    return _frame(parts)


def quotes_of(source: Source, symbol: str, sessions: SessionTable) -> pd.DataFrame:
    """All quotes that ``source`` gives, in order."""
    return _frame([block.rows for block in source.quotes(symbol, sessions) or []])


def read_days(root: Path, symbol: str, *dates: str) -> pd.DataFrame:
    """Recorded minutes of some days as they stand in their files."""
    return pd.concat([pd.read_parquet(root / "bars" / "1m" / symbol / f"{date}.parquet") for date in dates], ignore_index=True)


def put_day(root: Path, symbol: str, date: str, frame: pd.DataFrame) -> Path:
    """A day file of a store, as somebody puts it there by hand."""
    file = root / "bars" / "1m" / symbol / f"{date}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(file, index=False)
    return file


def as_stored(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with the columns and types of a file that the store has written."""
    return frame[["timestamp", *PRICES, "volume"]].astype({"volume": "float64"}).reset_index(drop=True)


def bars_in(root: Path, symbol: str, name: str) -> pd.DataFrame:
    """The minutes in one file of a store."""
    return as_stored(pd.read_parquet(root / "bars" / "1m" / symbol / f"{name}.parquet"))


def coverage(root: Path, symbol: str, date: str) -> tuple[int, int]:
    """Minutes that the store has of a session, and those that the calendar expects."""
    sessions = TIMES.get_sessions(date, date)
    [block] = LocalStore(root).load(symbol, M1, sessions)
    return len(np.unique(block.rows.start)), sessions[0].expected(M1)


def _frame(parts: list[Any]) -> pd.DataFrame:
    start, known_at = (np.concatenate([getattr(part, name) for part in parts]) for name in ("start", "known_at"))
    frame = pd.DataFrame({"start": start, "known_at": known_at})
    frame[[f"v{at}" for at in range(len(parts[0].values))]] = np.concatenate([part.values for part in parts], axis=1).T
    return frame.sort_values(["start", "known_at"], kind="stable", ignore_index=True)
