"""The work of an import in pieces: consecutive sessions of one series, a month of them, so that memory stays bounded.

Pieces begin and end at the same dates whatever else is imported with them: what is done is known again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from sessionlab.sources.holdings import Holding
from sessionlab.sources.trading_day import day_windows
from sessionlab.timing import SessionTable, TimeManager

_DAY = dt.timedelta(days=1)


class Chunk(NamedTuple):
    """The ``sessions`` of one piece. Rows stamped from ``begin_ns`` to ``end_ns`` are its concern, also those of no session.

    So are files named by dates from ``begin`` until before ``end``.
    """

    sessions: SessionTable
    begin_ns: int
    end_ns: int
    begin: dt.date
    end: dt.date

    @property
    def first(self) -> str:
        """Its first date."""
        return str(self.sessions.date[0])

    @property
    def last(self) -> str:
        """Its last date."""
        return str(self.sessions.date[-1])


def chunks(holding: Holding, times: TimeManager) -> Iterator[Chunk]:
    """The pieces of ``holding``: months, of ticks single sessions, of days all at once."""
    sessions = sessions_between(times, holding.first, holding.last)
    if not len(sessions):
        return
    dates = [str(date) for date in sessions.date.tolist()]
    length = {"1d": 0, "tick": 10}.get(holding.width, 7)
    sizes = [len(list(some)) for _, some in groupby(dates, key=lambda date: date[:length])]
    lows, highs = day_windows(sessions)
    lows[0] = min(lows[0], _midnight(holding.first, times))
    lows.append(max(highs[-1], _midnight(holding.last + _DAY, times)))
    edges = [min(holding.first, sessions[0].date), *sessions.date.tolist()[1:], max(holding.last, sessions[-1].date) + _DAY]
    at = 0
    for size in sizes:
        after = at + size
        yield Chunk(sessions[at:after], lows[at], lows[after], edges[at], edges[after])
        at = after


def sessions_between(times: TimeManager, first: dt.date, last: dt.date) -> SessionTable:
    """The sessions of the dates from ``first`` to ``last``, which may be none."""
    if first > last:
        return times.get_sessions(times.first_date, times.first_date)[:0]
    return times.get_sessions(first, last)


def _midnight(date: dt.date, times: TimeManager) -> int:
    import pandas as pd

    return int(pd.Timestamp(date, tz=times.tz).as_unit("ns").value)
