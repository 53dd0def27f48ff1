"""What hides a market: other names, other dates of the same calendar, other scales of prices and volumes, all chosen by a seed.

Dates move by so many sessions of the calendar that the hours of the session, and of those before it, stay the same. Prices are
multiplied, not rounded, so that returns and everything free of scale stay what they are to the last bits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sessionlab.errors import ConfigError
from sessionlab.timing import SessionTable, TimeManager, TradingSession

ALIKE = 30
"""Sessions before the hidden one whose hours are to stay the same as well."""


@dataclass(frozen=True)
class Disguise:
    """``names`` by true symbol; dates lie ``shift`` sessions later than the true ones; ``price`` and ``volume`` multiply."""

    names: Mapping[str, str]
    shift: int
    price: Mapping[str, float]
    volume: Mapping[str, float]
    table: SessionTable
    times: TimeManager

    @classmethod
    def of(
        cls,
        symbols: list[str],
        first: dt.date,
        last: dt.date,
        levels: Mapping[str, tuple[float, float]],
        times: TimeManager,
        luck: np.random.Generator,
    ) -> Disguise:
        """One chosen by ``luck`` for sessions from ``first`` to ``last``; ``levels`` are a price and a mean volume by symbol.

        Raises :class:`ConfigError` where no other stretch of the calendar has the same hours.
        """
        table = times.get_sessions(times.first_date, min(times.last_date, dt.date(2035, 12, 31)))
        shift = _shift(table, first, last, luck)
        names = {symbol: f"X{i}" for i, symbol in enumerate(symbols, 1)}
        price = {symbol: float(100.0 * luck.uniform(0.6, 1.6) / levels[symbol][0]) for symbol in symbols}
        volume = {symbol: float(1000.0 * luck.uniform(0.5, 2.0) / (levels[symbol][1] or 1.0)) for symbol in symbols}
        return cls(names, shift, price, volume, table, times)

    def true_session(self, shown: dt.date) -> TradingSession | None:
        """The session behind the one of the date that is ``shown``; None beyond the calendar."""
        i = int(self.table.date.searchsorted(np.datetime64(shown))) - self.shift
        return self.times.get_trading_session(self.table.date[i].item()) if 0 <= i < len(self.table) else None

    def shown_date(self, true: dt.date) -> dt.date:
        """The date under which the session of a ``true`` one is shown."""
        i = int(self.table.date.searchsorted(np.datetime64(true))) + self.shift
        shown: dt.date = self.table.date[i].item()
        return shown

    @property
    def symbols(self) -> dict[str, str]:
        """The true symbol by the name that is shown."""
        return {shown: true for true, shown in self.names.items()}


def _shift(table: SessionTable, first: dt.date, last: dt.date, luck: np.random.Generator) -> int:
    begin = int(table.date.searchsorted(np.datetime64(first)))
    end = int(table.date.searchsorted(np.datetime64(last)))
    begins = max(begin - ALIKE, 0)
    hours = np.stack([table.close - table.open, table.break_start - table.open, table.break_end - table.open])
    pattern = hours[:, begins : end + 1]
    width = pattern.shape[1]
    starts = np.arange(len(table) - width + 1)
    for i in range(width):  # those that agree so far
        starts = starts[(hours[:, starts + i] == pattern[:, i : i + 1]).all(axis=0)]
    starts = starts[np.abs(starts - begins) > width]
    if not len(starts):
        raise ConfigError(
            f"no other stretch of the calendar has the hours of {width} sessions up to the hidden one; hide fewer sessions, as "
            "in sl.blind(..., sessions=1)"
        )
    return int(luck.choice(starts)) - begins
