"""What a check is about: a source, its symbols, the sessions from one date to another. What was not said is found out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError
from sessionlab.sources.holdings import Holding, Span
from sessionlab.sources.opening import open_named
from sessionlab.sources.protocol import Source, TellsHoldings
from sessionlab.sources.readable import readable_bars
from sessionlab.sources.symbol_list import symbols_with_bars
from sessionlab.timing import Interval, SessionTable, TimeManager

Day = dt.date | str | pd.Timestamp

_AT_A_TIME = 20


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


def all_symbols(source: Source, name: str, times: TimeManager) -> list[str]:
    """The symbols that ``source`` has bars of."""
    symbols = symbols_with_bars(source, times)
    if symbols is None:
        raise ConfigError(f"{name} has no list of its symbols; name some, as in symbols=['SPY', 'AIG']", source=name)
    if not symbols:
        raise NoDataError(f"{name} has no bars of any symbol; {source.describe()}", source=name)
    return symbols


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


def bars_held(source: Source, name: str, symbols: Sequence[str], times: TimeManager) -> dict[str, list[Holding]]:
    """What ``source`` has of bars, by symbol, from when to when.

    Raises :class:`ConfigError` where it cannot tell, :class:`BadDataError` where none of it can be read.
    """
    if not isinstance(source, TellsHoldings):
        raise ConfigError(
            f'{name} does not tell from when to when it has bars; give both dates, as in start="2025-07-01", end="2025-07-07"',
            source=name,
        )
    found: dict[str, list[Holding]] = {}
    unreadable: BadDataError | None = None
    for symbol in symbols:
        try:
            found[symbol] = [held for held in source.holdings(symbol, times) if held.kind == "bars"]
        except BadDataError as why:  # what can be read of other symbols is checked; of this one the check will tell
            unreadable = unreadable or why
    if unreadable is not None and not any(found.values()):
        raise unreadable
    return found


def outer_dates(held: Mapping[str, Sequence[Holding]], symbols: Sequence[str], interval: Interval | None = None) -> Span | None:
    """Dates between which all bars of ``symbols`` lie, of ``interval`` or of any; None where there are none."""
    some = [one for symbol in symbols for one in held.get(symbol, ()) if interval in (None, Interval.parse(one.width))]
    return (min(one.first for one in some), max(one.last for one in some)) if some else None


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
            for at, block in enumerate(readable_bars(source, symbol, interval, some)):
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
