"""Clock times of a session: ``open``, ``close``, ``open+15m``, ``close-10m``, ``10:15``.

A clock time names an instant once a session is given, so ``close-10m`` is right on half days, and ``18:00`` of a
session that opened the evening before is that evening. It counts by the clock on the wall; :func:`session_elapsed`
counts trading time.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.timing.interval import SECOND_NS
from sessionlab.timing.session import TradingSession

_ALLOWED = "open, close, open+15m, close-10m (s, m or h), 10:15 or 10:15:30"
_RELATIVE = re.compile(r"(open|close)(?:([+-])([0-9]{1,6})([smh]))?")
_ON_THE_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9].*")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class ClockTime:
    """An instant of any session: ``seconds`` from its ``anchor``, which is ``open``, ``close`` or ``midnight``.

    Make one with :meth:`parse`.

    >>> ClockTime.parse("close-10m"), ClockTime.parse("10:15")
    (ClockTime('close-10m'), ClockTime('10:15'))
    """

    text: str
    anchor: str
    seconds: int

    @staticmethod
    def parse(text: str) -> ClockTime:
        """The clock time that ``text`` names. Raises :class:`ConfigError` for anything else."""
        found = _parse(text) if isinstance(text, str) else None
        if found is None:
            raise ConfigError(f"{text!r} is not a clock time; write {_ALLOWED}", value=text)
        return found

    def at(self, session: TradingSession, tz: str | None = None) -> int:
        """The instant in ns UTC. ``tz`` is the zone of ``10:15``, the exchange's where none is given.

        Of the days that a session touches, the first on which the time falls into ``[open, close]`` is meant, else
        the session's date. What lies outside the session (``open+6h`` on a half day) is told as it is.

        >>> from sessionlab.timing import TimeManager
        >>> session = TimeManager().get_trading_session("2025-07-03")
        >>> pd.Timestamp(ClockTime.parse("close-10m").at(session), tz=session.tz)
        Timestamp('2025-07-03 12:50:00-0400', tz='America/New_York')
        """
        if self.anchor == "open":
            return session.open_ns + self.seconds * SECOND_NS
        if self.anchor == "close":
            return session.close_ns + self.seconds * SECOND_NS
        zone = _zone(tz or session.tz)
        time = (dt.datetime.min + dt.timedelta(seconds=self.seconds)).time()
        day = dt.datetime.fromtimestamp(session.open_ns // SECOND_NS, zone).date()
        last = dt.datetime.fromtimestamp(session.close_ns // SECOND_NS, zone).date()
        while day <= last:
            instant = _instant(day, time, zone)
            if session.open_ns <= instant <= session.close_ns:
                return instant
            day += dt.timedelta(days=1)
        return _instant(session.date, time, zone)

    def __repr__(self) -> str:
        return f"ClockTime('{self.text}')"


def is_clock_time(text: object) -> bool:
    """Whether ``text`` is a clock time, and not an interval or a date.

    >>> is_clock_time("close-5m"), is_clock_time("10:15"), is_clock_time("5m")
    (True, True, False)
    """
    return isinstance(text, str) and _parse(text) is not None


def resolve_moment(moment: str | dt.datetime, session: TradingSession, tz: str | None = None) -> int:
    """The instant that ``moment`` means in ``session``, ns UTC.

    A clock time, a timestamp, or a date with a time in ISO form. One without a zone is read in ``tz``, in the
    exchange's zone where none is given. The instant may lie outside the session: whether that can be meant is for the
    caller to say. Raises :class:`ConfigError` for anything else.

    >>> from sessionlab.timing import TimeManager
    >>> session = TimeManager().get_trading_session("2025-07-02")
    >>> resolve_moment("open+45m", session) == resolve_moment("10:15", session)
    True
    >>> pd.Timestamp(resolve_moment("2025-07-02 10:15", session), tz="UTC")
    Timestamp('2025-07-02 14:15:00+0000', tz='UTC')
    """
    if isinstance(moment, str) and not _DATED.fullmatch(moment):
        found = _parse(moment)
        if found is None:
            raise _not_a_moment(moment)
        return found.at(session, tz)
    if not isinstance(moment, (str, dt.datetime)) or pd.isna(moment):
        raise _not_a_moment(moment)
    try:
        stamp = pd.Timestamp(moment)
        if stamp.tzinfo is None:
            stamp = stamp.tz_localize(_zone(tz or session.tz), ambiguous=True, nonexistent="shift_forward")
        return int(stamp.as_unit("ns").value)
    except ValueError as why:  # no such date, or beyond what nanoseconds can count
        raise _not_a_moment(moment) from why


def session_elapsed(session: TradingSession, from_ns: int, delta_ns: int) -> int:
    """The instant ``delta_ns`` of trading time after ``from_ns``: breaks take no time, the close ends all.

    Both in ns, the answer in ns UTC within ``[open, close]``. A walk that ends as a break begins stands at the
    break's start. Raises :class:`ConfigError` for a negative ``delta_ns``.

    >>> from sessionlab.timing import TimeManager
    >>> tokyo = TimeManager("XTKS").get_trading_session("2025-07-02")          # a break from 11:30 to 12:30
    >>> after = session_elapsed(tokyo, resolve_moment("11:25", tokyo), 10 * 60 * 10**9)
    >>> pd.Timestamp(after, tz=tokyo.tz)
    Timestamp('2025-07-02 12:35:00+0900', tz='Asia/Tokyo')
    """
    if delta_ns < 0:
        raise ConfigError(
            f"trading time runs forward, and {delta_ns} ns is negative; rewind to an earlier moment", value=delta_ns
        )
    if delta_ns == 0:
        return min(max(from_ns, session.open_ns), session.close_ns)
    left = delta_ns
    for start, end in session.spans:
        at = max(start, from_ns)
        if at + left <= end:
            return at + left
        left -= max(end - at, 0)
    return session.close_ns


@lru_cache(maxsize=256)
def _parse(text: str) -> ClockTime | None:
    relative = _RELATIVE.fullmatch(text)
    if relative:
        anchor, sign, count, unit = relative.groups()
        if sign is None:
            return ClockTime(text, anchor, 0)
        if (anchor, sign) not in (("open", "+"), ("close", "-")):
            return None
        return ClockTime(text, anchor, int(sign + count) * _SECONDS[unit])
    clock = _ON_THE_CLOCK.fullmatch(text)
    if clock is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    return ClockTime(text, "midnight", hours * 3600 + minutes * 60 + seconds)


def _instant(day: dt.date, time: dt.time, zone: ZoneInfo) -> int:
    return int(dt.datetime.combine(day, time, tzinfo=zone).timestamp()) * SECOND_NS


def _zone(tz: str) -> ZoneInfo:
    try:
        return ZoneInfo(tz)
    except (KeyError, ValueError, OSError) as why:  # what zoneinfo raises for a name unknown, malformed, or a folder
        raise ConfigError(f"{tz!r} is not a time zone; write a name such as America/New_York", value=tz) from why


def _not_a_moment(moment: object) -> ConfigError:
    return ConfigError(
        f"{moment!r} is not a moment; write {_ALLOWED}, a date with a time such as 2025-07-02 10:15, or a timestamp",
        value=moment,
    )
