"""Which trading date an instant off the trading hours belongs to: the date in the exchange's zone.

Where a session opens on the evening before, its date runs from open to open: what comes after the close is still
its own, what comes after the next open is not. Answers depend on the session alone, not on its neighbours.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from sessionlab.tape.block import Int64s
from sessionlab.timing import SessionTable

DAY_NS = 86_400_000_000_000
_DAY = dt.timedelta(days=1)


def day_windows(sessions: SessionTable) -> tuple[list[int], list[int]]:
    """First instant and end of each session's trading date, ns UTC. The session lies within.

    A Chicago session from 17:00 on the evening before to 16:00 has the hour after its close too:

    >>> from sessionlab.timing import TradingSession
    >>> evening, close = 1704236400_000000000, 1704319200_000000000
    >>> lo, hi = day_windows(SessionTable.of([TradingSession(dt.date(2024, 1, 3), evening, close, "America/Chicago")]))
    >>> lo == [evening], (hi[0] - close) // 60_000_000_000
    (True, 60)
    """
    each = [
        _window(*session, sessions.tz)
        for session in zip(sessions.date.tolist(), sessions.open.tolist(), sessions.close.tolist(), strict=True)
    ]
    return [lo for lo, _ in each], [hi for _, hi in each]


def number_daily(stamps: Int64s, sessions: SessionTable) -> Int64s:
    """The position of the session that each stamp of a daily bar names, -1 for none. Shape (rows,).

    A stamp at 00:00 UTC names its UTC date, any other its date in the exchange's zone.
    """
    if not len(sessions):
        return np.full(len(stamps), -1)
    days = sessions.date.astype("datetime64[D]").astype(np.int64)
    midnights = [_midnight(date, sessions.tz) for date in sessions.date.tolist()]
    ends = np.array([_midnight(date + _DAY, sessions.tz) for date in sessions.date.tolist()])
    utc_day, rest = np.divmod(stamps, DAY_NS)
    at = np.where(rest == 0, days.searchsorted(utc_day, "right"), np.searchsorted(midnights, stamps, "right")) - 1
    named = np.where(rest == 0, days[at] == utc_day, stamps < ends[at]) & (at >= 0)
    return np.where(named, at, -1)


@lru_cache(maxsize=16384)
def _window(date: dt.date, open_ns: int, close_ns: int, tz: str) -> tuple[int, int]:
    lo, hi = _midnight(date, tz), _midnight(date + _DAY, tz)
    if open_ns < lo:
        zone = ZoneInfo(tz)
        opened = dt.datetime.fromtimestamp(open_ns // 1_000_000_000, zone)
        lo, hi = open_ns, _ns((opened.replace(tzinfo=None) + _DAY).replace(tzinfo=zone))
    return lo, max(hi, close_ns)


@lru_cache(maxsize=16384)
def _midnight(date: dt.date, tz: str) -> int:
    return _ns(dt.datetime(date.year, date.month, date.day, tzinfo=ZoneInfo(tz)))


def _ns(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000
