"""Exchange calendars as arrays: every session from 1990 on, made once and kept on disk.

``exchange_calendars`` knows the sessions; here they become columns, so that no question about a date costs more than
reading an element. A file that cannot be read or written is no error: the arrays are made anew.

One correction is ours: a CMES session ends at 16:00 Chicago, where the library says 17:00. Its earlier closes stay.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import json
import os
import re
import textwrap
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sessionlab.errors import CalendarError, ConfigError
from sessionlab.timing.calendar_repair import repair_offsets
from sessionlab.timing.session import SessionTable
from sessionlab.whole_file import put_whole

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

FIRST_DATE = dt.date(1990, 1, 1)
EXCHANGE_GROUPS = {"US_EQUITY": "XNYS", "CRYPTO": "24/7", "FOREX": "24/5", "COMMODITIES": "CMES"}
_LAYOUT = 1  # of the files: raise it when arrays change their meaning
_HOUR_NS = 3_600_000_000_000
_COLUMNS = ("date", "open", "close", "break_start", "break_end", "early")
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """All sessions of one exchange from ``first_date`` to ``last_date``, both included. Arrays are read-only."""

    name: str
    tz: str
    first_date: dt.date
    last_date: dt.date
    sessions: SessionTable
    #: Shape (days,), a day of the exchange's usual week without a session; the first element is ``first_date``.
    holiday: NDArray[np.bool_]
    #: Shape (days + 1,), how many sessions lie before a day: the position of the first one on or after it.
    position: NDArray[np.intp]


def cache_folder() -> Path:
    """Where calendars are kept: in ``SESSIONLAB_CACHE_DIR``, else in the user's cache folder."""
    chosen = os.environ.get("SESSIONLAB_CACHE_DIR")
    if not chosen:
        import platformdirs

        chosen = platformdirs.user_cache_dir("sessionlab")
    return Path(chosen) / "calendars"


@lru_cache(maxsize=32)
def load_calendar(code: str, last_date: dt.date, folder: Path) -> Calendar:
    """The calendar that exchange_calendars has under ``code``, from 1990 or its own bound to ``last_date`` or its own.

    Taken from ``folder`` when it is there, without importing exchange_calendars; else made, and written there.
    Raises :class:`ConfigError` for an unknown code, :class:`CalendarError` when the library cannot make it.
    """
    from importlib.metadata import version as version_of

    version = version_of("exchange_calendars")
    # pandas too: one of its versions had given the library other sessions
    key = f"{code} {version} {pd.__version__} {FIRST_DATE} {last_date} {_LAYOUT}"
    path = folder / (re.sub(r"[^A-Za-z0-9.]+", "_", key) + ".npz")
    with contextlib.suppress(*_UNREADABLE):
        return _read(path, key)
    made, first, last = _from_library(code, last_date)
    calendar = _columns(made, first, last)
    if type(made).__module__.startswith("exchange_calendars."):  # a registered one of the user may change any day
        with contextlib.suppress(OSError):
            _write(path, key, calendar)
    return calendar


def from_instance(made: ExchangeCalendar) -> Calendar:
    """A ready exchange_calendars instance as arrays, between its first and its last session. Never on disk."""
    return _columns(made, made.first_session.date(), made.last_session.date())


def _from_library(code: str, last_date: dt.date) -> tuple[ExchangeCalendar, dt.date, dt.date]:
    import exchange_calendars as library

    repair_offsets()
    names = library.get_calendar_names(include_aliases=True)
    if code not in names:
        allowed = [*EXCHANGE_GROUPS, *names]
        near = difflib.get_close_matches(code.upper(), allowed, n=1)
        hint = f"did you mean {near[0]}?" if near else "see exchange_calendars.get_calendar_names() for the codes"
        raise ConfigError(
            f"{code!r} is no exchange group ({', '.join(EXCHANGE_GROUPS)}) and no code of exchange_calendars; {hint}",
            value=code,
        )
    first, last = pd.Timestamp(FIRST_DATE), pd.Timestamp(last_date)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its deprecations are nothing that a user of ours can mend
            try:
                made = library.get_calendar(code, start=first, end=last)
            except ValueError:  # most likely the calendar's own bounds, which only its class can tell
                kind = type(library.get_calendar(code))
                first = max(first, kind.bound_min() or first)
                last = min(last, kind.bound_max() or last)
                made = library.get_calendar(code, start=first, end=last)
    except Exception as why:  # whatever a third-party calendar may raise
        raise CalendarError(
            f"exchange_calendars {library.__version__} with pandas {pd.__version__} cannot make {code}: "
            f"{type(why).__name__}: {textwrap.shorten(str(why), 100)}; take another code, or pass a ready one as calendar=",
            calendar=code,
        ) from why
    return made, first.date(), last.date()


def _columns(made: ExchangeCalendar, first: dt.date, last: dt.date) -> Calendar:
    schedule, tz = made.schedule, str(made.tz)
    opens, closes = _ns(schedule["open"]), _ns(schedule["close"])
    if made.name == "CMES":
        # https://www.cmegroup.com/trading-hours.html: a pause of one hour before the next session opens at 17:00
        hours = pd.DatetimeIndex(closes, tz="UTC").tz_convert(tz).hour.to_numpy()
        closes = np.where(hours == 17, closes - _HOUR_NS, closes)
    paused = schedule["break_start"].notna().to_numpy()
    table = SessionTable(
        schedule.index.to_numpy().astype("datetime64[D]"),
        opens,
        closes,
        np.where(paused, _ns(schedule["break_start"]), closes),
        np.where(paused, _ns(schedule["break_end"]), closes),
        schedule.index.isin(made.early_closes),
        tz,
    )
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return _calendar(made.name, first, last, table, _usual_week(made, days) & ~np.isin(days, table.date))


def _calendar(name: str, first: dt.date, last: dt.date, table: SessionTable, holiday: NDArray[np.bool_]) -> Calendar:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 2)
    position = table.date.searchsorted(days)
    for array in (*(getattr(table, column) for column in _COLUMNS), holiday, position):
        array.flags.writeable = False
    return Calendar(name, table.tz, first, last, table, holiday, position)


def _ns(column: pd.Series[pd.Timestamp]) -> NDArray[np.int64]:
    return column.dt.tz_convert(None).to_numpy().astype("datetime64[ns]").astype(np.int64)


def _usual_week(made: ExchangeCalendar, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Which days belong to the week as it then was, shape (days,)."""
    weekday = (days.astype(np.int64) + 3) % 7  # day 0 of numpy, 1970-01-01, was a Thursday
    usual = _mask(made.weekmask)[weekday]
    # A special week without a start tells how the week once was (Saturdays in Seoul until 1998); one with both ends
    # is an exception of some days (a Saturday session in Mumbai), not a habit.
    for start, end, week in getattr(made, "special_weekmasks", ()):
        if start is None:
            usual = np.where(days <= np.datetime64(end.date()), _mask(week)[weekday], usual)
    return usual


def _mask(week: str) -> NDArray[np.bool_]:
    return np.array([day == "1" for day in week])


def _read(path: Path, key: str) -> Calendar:
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:  # checks the sums before numpy reads a header that may hold anything
            raise zipfile.BadZipFile
    with np.load(path, allow_pickle=False) as stored:
        facts: dict[str, Any] = json.loads(str(stored["facts"]))
        columns: dict[str, Any] = {column: stored[column] for column in _COLUMNS}
        holiday = stored["holiday"]
    if facts["key"] != key:
        raise ValueError("another calendar's file")
    first, last = (dt.date.fromisoformat(facts[name]) for name in ("first_date", "last_date"))
    return _calendar(facts["name"], first, last, SessionTable(**columns, tz=facts["tz"]), holiday)


def _write(path: Path, key: str, calendar: Calendar) -> None:
    """Write ``path`` whole or not at all: readers see the old file or the new one."""
    facts = {
        "key": key,
        "name": calendar.name,
        "tz": calendar.tz,
        "first_date": str(calendar.first_date),
        "last_date": str(calendar.last_date),
    }
    columns = {column: getattr(calendar.sessions, column) for column in _COLUMNS}
    path.parent.mkdir(parents=True, exist_ok=True)
    put_whole(path, lambda file: np.savez(file, facts=np.array(json.dumps(facts)), holiday=calendar.holiday, **columns))
