"""Labs on bars written by hand, minute by minute from the open, and what was filled in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

import sessionlab as sl

Ohlc = tuple[float, float, float, float]
DATE = "2025-07-02"


def frame(bars: Mapping[int, Ohlc] | Sequence[Ohlc | None], *, date: str = DATE, volume: float = 1000.0) -> pd.DataFrame:
    """Minute bars by their number from 09:30; None for an absent one."""
    numbered = bars.items() if isinstance(bars, Mapping) else ((i, bar) for i, bar in enumerate(bars) if bar is not None)
    rows = {pd.Timestamp(f"{date} 09:30", tz="America/New_York") + pd.Timedelta(minutes=i): bar for i, bar in numbered}
    made = pd.DataFrame(list(rows.values()), index=list(rows), columns=["open", "high", "low", "close"], dtype=float)
    return made.assign(volume=volume)


def lab(bars: Any, **changes: Any) -> sl.Lab:
    """A lab on one symbol, ``A``. ``changes`` are dotted paths with two underscores for each dot."""
    table = bars if isinstance(bars, pd.DataFrame) else frame(bars)
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return sl.Lab.from_frames({"A": table}, bars="1m", changes=named)


def filled(of: sl.Lab) -> list[tuple[int, str, float, float]]:
    """Fills as minute of the day's trading, side, quantity, price."""
    return [
        (round((row.time - row.time.normalize()) / pd.Timedelta("1min")) - 570, row.side, row.quantity, round(row.price, 9))
        for row in of.fills.itertuples()
    ]
