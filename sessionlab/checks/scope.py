"""What a check is about: a source, its symbols, the sessions from one date to another. What was not said is found out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError
from sessionlab.sources.opening import open_named
from sessionlab.sources.protocol import Source, TellsDates
from sessionlab.sources.symbol_list import listed_symbols
from sessionlab.tape.block import DayBlock, Refused, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager

Day = dt.date | str | pd.Timestamp
Span = tuple[dt.date, dt.date]

_Block = TypeVar("_Block")
_AT_A_TIME = 20
_NO_BARS = Rows.empty()


def opened(source: str | Source, exchange_group: str | None) -> tuple[Source, str, str]:
    """The source, its name, and its exchange group: what was asked for, else what the source says, else ``US_EQUITY``."""
    if isinstance(source, str):
        group = exchange_group or "US_EQUITY"
        return open_named(source, exchange_group=group), source, group
    if not isinstance(source, Source):
        raise ConfigError(
            f"a {type(source).__name__} is no source; give one, or a name such as local:PATH or synthetic; for frames write "
            "sl.check(sl.sources.Frames(frames))",
            value=source,
        )
    return source, source.name, exchange_group or getattr(source, "exchange_group", None) or "US_EQUITY"


def all_symbols(source: Source, name: str) -> list[str]:
    """The symbols that ``source`` lists."""
    symbols = listed_symbols(source)
    if symbols is None:
        raise ConfigError(f"{name} has no list of its symbols; name some, as in symbols=['SPY', 'AIG']", source=name)
    if not symbols:
        raise NoDataError(f"{name} has no bars of any symbol; {source.describe()}", source=name)
    return symbols


def names_in(given: str | Sequence[str], what: str) -> list[str]:
    """The names in a text with spaces or commas, or in a list, each once."""
    names = list(dict.fromkeys(given.replace(",", " ").split() if isinstance(given, str) else given))
    if not names:
        raise ConfigError(f"{what} is empty; name some, or leave it out for all that are stored", value=given)
    return names


def ended_sessions(times: TimeManager, start: Day, end: Day) -> SessionTable:
    """The sessions from ``start`` to ``end`` that have ended. Raises :class:`CalendarError` where there is none."""
    first, last = times.get_first_trading_date(start), times.get_last_trading_date(end)
    if first > last:
        raise CalendarError(
            f"no session of {times.calendar_name} lies from {start} to {end}; the next one is {first}", start=start, end=end
        )
    sessions = times.get_sessions(first, last)
    ended = int(sessions.close.searchsorted(times.now().value, "right"))
    if ended == 0:
        raise CalendarError(f"the session of {first} has not ended yet; give dates in the past", start=start, end=end)
    return sessions[:ended]


def outer_dates(
    source: Source, name: str, symbols: Sequence[str], times: TimeManager, interval: Interval | None = None
) -> Span | None:
    """Dates between which ``source`` has all bars of ``symbols``, None where it has none, within the calendar's bounds.

    Raises :class:`ConfigError` where it cannot tell any, :class:`BadDataError` where none of it can be read.
    """
    if not isinstance(source, TellsDates):
        raise ConfigError(
            f'{name} does not tell from when to when it has bars; give both dates, as in start="2025-07-01", end="2025-07-07"',
            source=name,
        )
    found: list[Span] = []
    unreadable: BadDataError | None = None
    for symbol in symbols:
        try:
            span = source.dates(symbol, interval)
        except BadDataError as why:  # what can be read of other symbols is checked; of this one the check will tell
            unreadable = unreadable or why
            continue
        found += [] if span is None else [span]
    if not found and unreadable is not None:
        raise unreadable
    if not found:
        return None
    first, last = max(min(a for a, _ in found), times.first_date), min(max(b for _, b in found), times.last_date)
    return (first, last) if first <= last else None


def between(sessions: SessionTable, span: Span | None) -> SessionTable:
    """Those of ``sessions`` whose dates lie in ``span``."""
    if span is None:
        return sessions[:0]
    first, last = np.datetime64(span[0], "D"), np.datetime64(span[1], "D")
    return sessions[int(sessions.date.searchsorted(first)) : int(sessions.date.searchsorted(last, "right"))]


def trimmed(
    source: Source, symbols: Sequence[str], interval: Interval, sessions: SessionTable, start: bool, end: bool
) -> SessionTable:
    """``sessions`` without those at the ``start`` and at the ``end``, where asked, that have no row of any of ``symbols``."""

    def is_there(some: SessionTable) -> list[bool]:
        there = [False] * len(some)
        for symbol in symbols:
            for at, block in enumerate(load(source, symbol, interval, some)):
                there[at] |= bool(block.rows.size or block.off_session or block.refused)
        return there

    lo, hi = 0, len(sessions)
    while start and lo < hi:
        some = is_there(sessions[lo : min(lo + _AT_A_TIME, hi)])
        if any(some):
            lo += some.index(True)
            break
        lo += len(some)
    while end and lo < hi:
        some = is_there(sessions[max(hi - _AT_A_TIME, lo) : hi])
        if any(some):
            hi -= some[::-1].index(True)
            break
        hi -= len(some)
    return sessions[lo:hi]


def load(source: Source, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
    """The blocks of ``sessions``. One that cannot be read is empty, with the reason as what was refused."""

    def unreadable(date: dt.date, refused: Refused) -> DayBlock:
        return DayBlock(symbol, interval, date, _NO_BARS, _NO_BARS, True, refused)

    return each_readable(lambda some: source.load(symbol, interval, some), sessions, unreadable)


def each_readable(
    read: Callable[[SessionTable], list[_Block]], sessions: SessionTable, unreadable: Callable[[dt.date, Refused], _Block]
) -> list[_Block]:
    """What ``read`` gives of ``sessions``, and an ``unreadable`` one for each of which it raises :class:`BadDataError`."""
    try:
        return read(sessions)
    except BadDataError as why:
        if len(sessions) == 1:
            return [unreadable(sessions[0].date, Refused({"unreadable": 1}, {"unreadable": str(why)}))]
    half = len(sessions) // 2
    return [*each_readable(read, sessions[:half], unreadable), *each_readable(read, sessions[half:], unreadable)]
