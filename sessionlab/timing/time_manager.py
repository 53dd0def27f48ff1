"""All questions about dates and sessions of one exchange, and the only place that asks the wall clock.

Answers are read from arrays and remembered: the last one, and the latest thousands. A date is a ``date``, an ISO
string such as ``2025-07-02``, or a timestamp, whose date in the exchange's zone is meant. Every question raises
:class:`CalendarError` for a date outside the bounds, and for what is no date.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from sessionlab.errors import CalendarError, ConfigError
from sessionlab.timing.calendars import EXCHANGE_GROUPS, Calendar, cache_folder, from_instance, load_calendar
from sessionlab.timing.session import SessionTable, TradingSession

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

Day = dt.date | str | np.datetime64
ASSET_CLASSES = ("EQUITY", "CRYPTO", "FOREX", "FUTURES")
_REMEMBERED = 4096
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """How often a question had been asked before. ``currsize`` of at most ``maxsize`` answers are remembered."""

    hits: int
    misses: int
    currsize: int
    maxsize: int

    @property
    def hit_rate(self) -> float:
        """Hits as a fraction of all questions; 0.0 before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class TimeManager:
    """The sessions of one exchange, from ``first_date`` to ``last_date``.

    ``exchange_group`` is ``US_EQUITY`` (XNYS), ``CRYPTO`` (24/7), ``FOREX`` (24/5), ``COMMODITIES`` (CMES) or any
    exchange_calendars code. ``calendar`` is a ready exchange_calendars instance that takes its place. ``wall`` tells
    the time in ns UTC: it decides ``now``, and that the calendar ends with the next year.

    >>> new_york = TimeManager("US_EQUITY")
    >>> new_york.calendar_name, new_york.tz, str(new_york.first_date)
    ('XNYS', 'America/New_York', '1990-01-01')
    """

    def __init__(
        self,
        exchange_group: str = "US_EQUITY",
        asset_class: str = "EQUITY",
        *,
        calendar: ExchangeCalendar | None = None,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        if not isinstance(exchange_group, str):
            raise ConfigError(f"{exchange_group!r} is no exchange group; write a name such as US_EQUITY")
        if asset_class not in ASSET_CLASSES:
            raise ConfigError(f"{asset_class!r} is no asset class; use {', '.join(ASSET_CLASSES)}", value=asset_class)
        self.exchange_group = exchange_group
        self.asset_class = asset_class
        self._wall = wall
        if calendar is not None:
            self._calendar = from_instance(calendar)
        else:
            code = EXCHANGE_GROUPS.get(exchange_group, exchange_group)
            year = dt.datetime.fromtimestamp(wall() // 1_000_000_000, dt.UTC).year
            self._calendar = load_calendar(code, dt.date(year + 1, 12, 31), cache_folder())
        self.invalidate_cache()

    @property
    def calendar_name(self) -> str:
        """The calendar's name in exchange_calendars, such as ``XNYS``."""
        return self._calendar.name

    @property
    def tz(self) -> str:
        """The name of the exchange's zone."""
        return self._calendar.tz

    @property
    def first_date(self) -> dt.date:
        """The first date that may be asked about: 1990-01-01, or the calendar's own bound where it is later."""
        return self._calendar.first_date

    @property
    def last_date(self) -> dt.date:
        """The last date that may be asked about: the end of next year, or the calendar's own bound."""
        return self._calendar.last_date

    def now(self) -> pd.Timestamp:
        """The wall clock's time, in the exchange's zone.

        >>> TimeManager(wall=lambda: 1_751_466_600_000_000_000).now()
        Timestamp('2025-07-02 10:30:00-0400', tz='America/New_York')
        """
        return pd.Timestamp(self._wall(), unit="ns", tz="UTC").tz_convert(self.tz)

    def get_trading_session(self, date: Day) -> TradingSession:
        """The session of ``date``. Raises :class:`CalendarError` naming the nearest where there is none.

        >>> print(TimeManager().get_trading_session("2025-07-03"))
        2025-07-03 09:30-13:00, early close
        >>> TimeManager().get_trading_session("2025-07-04")
        Traceback (most recent call last):
        sessionlab.errors.CalendarError: 2025-07-04 is not a session of XNYS; the nearest are 2025-07-03 and 2025-07-07
        """
        return self._ask(_session, date)

    def is_trading_day(self, date: Day) -> bool:
        """Whether ``date`` has a session.

        >>> TimeManager().is_trading_day("2025-07-04"), TimeManager("CRYPTO").is_trading_day("2025-07-04")
        (False, True)
        """
        return self._ask(_is_trading_day, date)

    def is_holiday(self, date: Day) -> bool:
        """Whether ``date`` is a day of the exchange's usual week without a session. A weekend is no holiday.

        >>> TimeManager().is_holiday("2025-07-04"), TimeManager().is_holiday("2025-07-05")
        (True, False)
        """
        return self._ask(_is_holiday, date)

    def is_early_close(self, date: Day) -> bool:
        """Whether ``date`` has a session that ends before the usual close.

        >>> TimeManager().is_early_close("2025-07-03"), TimeManager().is_early_close("2025-07-04")
        (True, False)
        """
        return self._ask(_is_early_close, date)

    def get_first_trading_date(self, from_date: Day) -> dt.date:
        """The first date with a session on or after ``from_date``.

        >>> str(TimeManager().get_first_trading_date("2025-07-04"))
        '2025-07-07'
        """
        return self._ask(_on_or_after, from_date)

    def get_last_trading_date(self, to_date: Day) -> dt.date:
        """The last date with a session on or before ``to_date``.

        >>> str(TimeManager().get_last_trading_date("2025-07-04"))
        '2025-07-03'
        """
        return self._ask(_on_or_before, to_date)

    def get_next_trading_date(self, from_date: Day, n: int = 1) -> dt.date:
        """The ``n``-th date with a session after ``from_date``, which does not count.

        >>> str(TimeManager().get_next_trading_date("2025-07-03", 2))
        '2025-07-08'
        """
        return self._ask(_after, from_date, n)

    def get_previous_trading_date(self, from_date: Day, n: int = 1) -> dt.date:
        """The ``n``-th date with a session before ``from_date``, which does not count.

        >>> str(TimeManager().get_previous_trading_date("2025-07-07"))
        '2025-07-03'
        """
        return self._ask(_before, from_date, n)

    def count_trading_days(self, first: Day, last: Day) -> int:
        """How many sessions there are from ``first`` to ``last``, both included.

        >>> TimeManager().count_trading_days("2025-07-02", "2025-07-07")
        3
        """
        return self._ask(_count, first, last)

    def get_trading_dates(self, first: Day, last: Day) -> list[dt.date]:
        """The dates with a session from ``first`` to ``last``, both included.

        >>> [str(date) for date in TimeManager().get_trading_dates("2025-07-02", "2025-07-07")]
        ['2025-07-02', '2025-07-03', '2025-07-07']
        """
        return list(self._ask(_dates, first, last))

    def get_sessions(self, first: Day, last: Day) -> SessionTable:
        """The sessions from ``first`` to ``last``, both included, as columns.

        >>> sessions = TimeManager().get_sessions("2025-07-02", "2025-07-07")
        >>> (sessions.close - sessions.open) // 60_000_000_000
        array([390, 210, 390])
        """
        return self._ask(_sessions, first, last)

    def get_trailing_sessions(self, date: Day, n: int) -> SessionTable:
        """The ``n`` sessions before ``date``, which does not count. Raises :class:`CalendarError` if there are fewer.

        >>> TimeManager().get_trailing_sessions("2025-07-07", 2).date
        array(['2025-07-02', '2025-07-03'], dtype='datetime64[D]')
        """
        return self._ask(_trailing, date, n)

    def get_session_boundary_times(self, first: Day, last: Day) -> pd.DataFrame:
        """A row for each session from ``first`` to ``last``: date, open, close, break_start, break_end.

        Times are in the exchange's zone; the break's are NaT in a session without one.

        >>> TimeManager().get_session_boundary_times("2025-07-02", "2025-07-03")[["open", "close"]]
                               open                     close
        0 2025-07-02 09:30:00-04:00 2025-07-02 16:00:00-04:00
        1 2025-07-03 09:30:00-04:00 2025-07-03 13:00:00-04:00
        """
        return self._ask(_boundary_times, first, last).copy()

    def cache_info(self) -> CacheInfo:
        """How many questions were asked before, since the manager was made or its cache invalidated.

        >>> new_york = TimeManager()
        >>> [new_york.is_trading_day("2025-07-02") for _ in range(4)]
        [True, True, True, True]
        >>> new_york.cache_info(), new_york.cache_info().hit_rate
        (CacheInfo(hits=3, misses=1, currsize=1, maxsize=4096), 0.75)
        """
        remembered = self._remembered.cache_info()
        return CacheInfo(remembered.hits + self._repeated, remembered.misses, remembered.currsize, _REMEMBERED)

    def invalidate_cache(self) -> None:
        """Forget all answers, and the counts. The calendar itself and its file stay.

        >>> new_york = TimeManager()
        >>> new_york.is_trading_day("2025-07-02"), new_york.invalidate_cache(), new_york.cache_info().misses
        (True, None, 0)
        """
        self._remembered = lru_cache(_REMEMBERED)(partial(_answer, self._calendar))
        self._last: tuple[Any, Any] = (None, None)
        self._repeated = 0

    def _ask(self, question: Callable[Concatenate[Calendar, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        key = (question, *args)
        try:
            last, answer = self._last
            if key == last:
                self._repeated += 1
            else:
                answer = self._remembered(*key)
                self._last = key, answer
        except (TypeError, ValueError):  # what cannot be a key, such as a list, is no date: let the question say so
            return question(self._calendar, *args, **kwargs)
        return answer  # type: ignore[no-any-return]  # the cache does not know what its answers are

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_remembered", "_last")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.invalidate_cache()

    def __repr__(self) -> str:
        return f"TimeManager({self.calendar_name}, {self.tz}, {self.first_date} to {self.last_date})"


def _answer(calendar: Calendar, question: Callable[..., Any], *args: Any) -> Any:
    return question(calendar, *args)


def _session(calendar: Calendar, date: Day) -> TradingSession:
    day, i = _find(calendar, date)
    sessions = calendar.sessions
    if _is_at(calendar, day, i):
        return sessions[i]
    near = [sessions.date[j].item() for j in (i - 1, i) if 0 <= j < len(sessions)]
    raise CalendarError(
        f"{day} is not a session of {calendar.name}; "
        f"the nearest {'are' if len(near) > 1 else 'is'} {' and '.join(map(str, near))}",
        date=day,
        calendar=calendar.name,
        nearest=near,
    )


def _is_trading_day(calendar: Calendar, date: Day) -> bool:
    return _is_at(calendar, *_find(calendar, date))


def _is_holiday(calendar: Calendar, date: Day) -> bool:
    day, _ = _find(calendar, date)
    return bool(calendar.holiday[(day - calendar.first_date).days])


def _is_early_close(calendar: Calendar, date: Day) -> bool:
    day, i = _find(calendar, date)
    return _is_at(calendar, day, i) and bool(calendar.sessions.early[i])


def _on_or_after(calendar: Calendar, date: Day) -> dt.date:
    day, i = _find(calendar, date)
    return _date_at(calendar, i, f"a session on or after {day}")


def _on_or_before(calendar: Calendar, date: Day) -> dt.date:
    day, i = _find(calendar, date)
    return _date_at(calendar, i if _is_at(calendar, day, i) else i - 1, f"a session on or before {day}")


def _after(calendar: Calendar, date: Day, n: int) -> dt.date:
    day, i = _find(calendar, date)
    first = i + 1 if _is_at(calendar, day, i) else i
    return _date_at(calendar, first + _at_least(1, n) - 1, f"session {n} after {day}")


def _before(calendar: Calendar, date: Day, n: int) -> dt.date:
    day, i = _find(calendar, date)
    return _date_at(calendar, i - _at_least(1, n), f"session {n} before {day}")


def _count(calendar: Calendar, first: Day, last: Day) -> int:
    return len(_sessions(calendar, first, last))


def _dates(calendar: Calendar, first: Day, last: Day) -> list[dt.date]:
    dates: list[dt.date] = _sessions(calendar, first, last).date.tolist()
    return dates


def _sessions(calendar: Calendar, first: Day, last: Day) -> SessionTable:
    (a, i), (b, j) = _find(calendar, first), _find(calendar, last)
    if a > b:
        raise CalendarError(f"{a} to {b} runs backwards; give the earlier date first", first=a, last=b)
    return _slice(calendar, i, j + _is_at(calendar, b, j))


def _trailing(calendar: Calendar, date: Day, n: int) -> SessionTable:
    day, i = _find(calendar, date)
    if _at_least(0, n) > i:
        raise _beyond(calendar, f"{n} sessions before {day} (there are {i})")
    return _slice(calendar, i - n, i)


def _boundary_times(calendar: Calendar, first: Day, last: Day) -> pd.DataFrame:
    table = _sessions(calendar, first, last)
    frame = pd.DataFrame({"date": table.date.astype("datetime64[s]")})
    for column in ("open", "close", "break_start", "break_end"):
        frame[column] = pd.DatetimeIndex(getattr(table, column), tz="UTC").tz_convert(table.tz)
    frame.loc[table.break_start == table.break_end, ["break_start", "break_end"]] = pd.NaT
    return frame


def _find(calendar: Calendar, date: Day) -> tuple[dt.date, int]:
    """The day that ``date`` means, and the position of the first session on or after it."""
    day = _day(date, calendar.tz)
    if not calendar.first_date <= day <= calendar.last_date:
        raise _beyond(calendar, str(day))
    return day, int(calendar.position[(day - calendar.first_date).days])


def _day(date: Day, tz: str) -> dt.date:
    if isinstance(date, np.datetime64):
        date = pd.Timestamp(date)
    if isinstance(date, dt.date) and not pd.isna(date):
        if not isinstance(date, dt.datetime):
            return date
        return (date if date.tzinfo is None else date.astimezone(ZoneInfo(tz))).date()
    if isinstance(date, str) and _ISO.fullmatch(date):
        try:
            return dt.date.fromisoformat(date)
        except ValueError as why:
            raise CalendarError(f"{date} is not a date: {why}; write one such as 2025-07-02", date=date) from why
    raise CalendarError(f"{date!r} is not a date; write one such as 2025-07-02", date=date)


def _is_at(calendar: Calendar, day: dt.date, i: int) -> bool:
    # One more session lies before tomorrow than before today: today has one.
    return int(calendar.position[(day - calendar.first_date).days + 1]) > i


def _date_at(calendar: Calendar, i: int, asked: str) -> dt.date:
    if not 0 <= i < len(calendar.sessions):
        raise _beyond(calendar, asked)
    date: dt.date = calendar.sessions.date[i].item()
    return date


def _slice(calendar: Calendar, i: int, j: int) -> SessionTable:
    return calendar.sessions[i:j]


def _at_least(least: int, n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < least:
        raise ConfigError(f"{n!r} is no count of sessions; write a whole number from {least} on", value=n)
    return int(n)


def _beyond(calendar: Calendar, asked: str) -> CalendarError:
    return CalendarError(
        f"{asked} is outside the calendar {calendar.name}, known from {calendar.first_date} to "
        f"{calendar.last_date}; choose a date within",
        asked=asked,
        calendar=calendar.name,
        first_date=calendar.first_date,
        last_date=calendar.last_date,
    )
