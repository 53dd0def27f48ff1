"""Questions about trading dates, as functions of a calendar and the dates asked about.

Each is some reads of the calendar's arrays. ``first`` and ``last`` are both included; a count of sessions from a date
leaves the date itself out. Each raises :class:`CalendarError` outside the calendar's bounds, and for what is no date.
"""

from __future__ import annotations

import calendar as months
import datetime as dt
import re
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from sessionlab.errors import CalendarError, ConfigError
from sessionlab.timing.calendars import Calendar
from sessionlab.timing.session import SessionTable, TradingSession

Day = dt.date | str | np.datetime64
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def session(calendar: Calendar, date: Day) -> TradingSession:
    """The session of ``date``."""
    day, i = _find(calendar, date)
    table = calendar.sessions
    if _is_at(calendar, day, i):
        return table[i]
    near = [table.date[j].item() for j in (i - 1, i) if 0 <= j < len(table)]
    raise CalendarError(
        f"{day} is not a session of {calendar.name}; "
        f"the nearest {'are' if len(near) > 1 else 'is'} {' and '.join(map(str, near))}",
        date=day,
        calendar=calendar.name,
        nearest=near,
    )


def is_trading_day(calendar: Calendar, date: Day) -> bool:
    """Whether ``date`` has a session."""
    return _is_at(calendar, *_find(calendar, date))


def is_holiday(calendar: Calendar, date: Day) -> bool:
    """Whether ``date`` is a day of the usual week without a session."""
    day, _ = _find(calendar, date)
    return bool(calendar.holiday[(day - calendar.first_date).days])


def is_early_close(calendar: Calendar, date: Day) -> bool:
    """Whether ``date`` has a session that ends before the usual close."""
    day, i = _find(calendar, date)
    return _is_at(calendar, day, i) and bool(calendar.sessions.early[i])


def on_or_after(calendar: Calendar, date: Day) -> dt.date:
    """The first date with a session on or after ``date``."""
    day, i = _find(calendar, date)
    return _date_at(calendar, i, f"a session on or after {day}")


def on_or_before(calendar: Calendar, date: Day) -> dt.date:
    """The last date with a session on or before ``date``."""
    day, i = _find(calendar, date)
    return _date_at(calendar, i if _is_at(calendar, day, i) else i - 1, f"a session on or before {day}")


def after(calendar: Calendar, date: Day, n: int) -> dt.date:
    """The ``n``-th date with a session after ``date``."""
    day, i = _find(calendar, date)
    first = i + 1 if _is_at(calendar, day, i) else i
    return _date_at(calendar, first + _at_least(1, n) - 1, f"session {n} after {day}")


def before(calendar: Calendar, date: Day, n: int) -> dt.date:
    """The ``n``-th date with a session before ``date``."""
    day, i = _find(calendar, date)
    return _date_at(calendar, i - _at_least(1, n), f"session {n} before {day}")


def count(calendar: Calendar, first: Day, last: Day) -> int:
    """How many sessions there are from ``first`` to ``last``."""
    return len(sessions(calendar, first, last))


def dates(calendar: Calendar, first: Day, last: Day) -> list[dt.date]:
    """The dates with a session from ``first`` to ``last``."""
    dates: list[dt.date] = sessions(calendar, first, last).date.tolist()
    return dates


def sessions(calendar: Calendar, first: Day, last: Day) -> SessionTable:
    """The sessions from ``first`` to ``last``."""
    (a, i), (b, j) = _find(calendar, first), _find(calendar, last)
    if a > b:
        raise CalendarError(f"{a} to {b} runs backwards; give the earlier date first", first=a, last=b)
    return calendar.sessions[i : j + _is_at(calendar, b, j)]


def trailing(calendar: Calendar, date: Day, n: int) -> SessionTable:
    """The ``n`` sessions before ``date``."""
    day, i = _find(calendar, date)
    if _at_least(0, n) > i:
        raise _beyond(calendar, f"{n} sessions before {day} (there are {i})")
    return calendar.sessions[i - n : i]


def lately(calendar: Calendar, date: Day, count: int, unit: str) -> SessionTable:
    """The sessions of the ``count`` sessions (``d``), weeks (``w``), months (``mo``) or years (``y``) before ``date``.

    As many as there are, where the calendar begins within that time.
    """
    day, i = _find(calendar, date)
    if unit == "d":
        return calendar.sessions[max(i - _at_least(0, count), 0) : i]
    since = max(_back(day, _at_least(0, count), unit), calendar.first_date)
    return calendar.sessions[int(calendar.position[(since - calendar.first_date).days]) : i]


def boundary_times(calendar: Calendar, first: Day, last: Day) -> pd.DataFrame:
    """Opens, closes and breaks from ``first`` to ``last`` in the exchange's zone, a row per session."""
    table = sessions(calendar, first, last)
    frame = pd.DataFrame({"date": table.date.astype("datetime64[s]")})
    for column in ("open", "close", "break_start", "break_end"):
        frame[column] = pd.DatetimeIndex(getattr(table, column), tz="UTC").tz_convert(table.tz)
    frame.loc[table.break_start == table.break_end, ["break_start", "break_end"]] = pd.NaT
    return frame


def _back(day: dt.date, count: int, unit: str) -> dt.date:
    """The day that lies ``count`` weeks, months or years before ``day``: of its number, or the last of a shorter month."""
    if unit == "w":
        return dt.date.fromordinal(max(day.toordinal() - 7 * count, 1))
    if unit not in ("mo", "y"):
        raise ConfigError(f"{unit!r} is no unit of a period; write d, w, mo or y", value=unit)
    year, month = divmod(day.year * 12 + day.month - 1 - count * (12 if unit == "y" else 1), 12)
    if year < dt.MINYEAR:
        return dt.date.min
    return dt.date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


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
