"""A source over frames with one row per bar, as somebody has them: in any order, with whatever is wrong in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sessionlab.session.plan import Stored
from sessionlab.sources.intake import to_blocks
from sessionlab.tape import DayBlock
from sessionlab.timing import Interval, SessionTable

PRICES = ["open", "high", "low", "close"]


class RawRows:
    """``frames`` by symbol and interval, with the columns ``timestamp`` (with a zone) ``open high low close volume``."""

    name = "raw rows"

    def __init__(self, frames: Mapping[tuple[str, str], pd.DataFrame]) -> None:
        self._frames = dict(frames)

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        return {symbol: Stored({width: True for of, width in self._frames if of == symbol}) for symbol in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        frame = self._frames[symbol, str(interval)]
        start = frame["timestamp"].dt.tz_convert("UTC").dt.as_unit("ns").astype("int64").to_numpy()
        return to_blocks(symbol, interval, sessions, start, np.ascontiguousarray(frame[[*PRICES, "volume"]].to_numpy(float).T))

    def quotes(self, symbol: str, sessions: SessionTable) -> None:
        return None

    def describe(self) -> str:
        return "give it more frames"


def minutes(date: str, closes: str = "16:00", seed: int = 0, tz: str = "America/New_York") -> pd.DataFrame:
    """A day of minutes from 09:30, heavy at open and close, no two neighbours alike."""
    start = pd.date_range(f"{date} 09:30", f"{date} {closes}", freq="1min", inclusive="left", tz=tz)
    luck = np.random.default_rng([seed, pd.Timestamp(date).day_of_year])
    close = np.round(100 + np.cumsum(luck.normal(0, 0.05, len(start))), 2) + np.arange(len(start)) % 2 * 0.001
    middle = np.linspace(-1, 1, len(start))
    volume = np.round(1000 * (1 + 9 * middle**8) * luck.uniform(0.8, 1.2, len(start)))
    bars = {"timestamp": start, "open": close, "high": close + 0.02, "low": close - 0.02, "close": close, "volume": volume}
    return pd.DataFrame(bars)
