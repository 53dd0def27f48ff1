"""Recorded minutes as pandas has them, and labs over the same files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

import sessionlab as sl

NEW_YORK = "America/New_York"
WEEK = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11")


@lru_cache(maxsize=16)
def minutes(real_data: Path, symbol: str, dates: tuple[str, ...] = WEEK) -> pd.DataFrame:
    """The minutes of the sessions of ``dates``: ``open high low close volume`` by start."""
    return pd.concat([_regular(real_data / "bars" / "1m" / symbol / f"{date}.parquet") for date in dates])


@lru_cache(maxsize=4)
def seconds(real_data: Path, symbol: str, date: str) -> pd.DataFrame:
    """The seconds of a session, as far as there are any."""
    return _regular(real_data / "bars" / "1s" / symbol / f"{date}.parquet")


def _regular(file: Path) -> pd.DataFrame:
    frame = pd.read_parquet(file).set_index("timestamp").tz_convert(NEW_YORK)
    return frame.between_time("09:30", "15:59:59")[["open", "high", "low", "close", "volume"]].astype("float64")


def fives(frame: pd.DataFrame) -> pd.DataFrame:
    """Bars of five minutes of those that are there."""
    rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    return frame.resample("5min").agg(rules).dropna(subset="close")


def lab_on(
    real_data: Path, symbols: str, date: str, streams: str = "1m 5m", window: int = 4, of: str = "1m", rule: str = "build"
) -> sl.Lab:
    """A lab on one session with ``window`` days of ``of`` bars before it."""
    config = sl.SessionConfig.simple(symbols, date, date, streams).replace(
        {
            "session_data_config.historical": {"data": [{"trailing_days": window, "intervals": of.split()}] if window else []},
            "session_data_config.bars": {"incomplete": rule},
        }
    )
    return sl.Lab(config, source=f"local:{real_data}")
