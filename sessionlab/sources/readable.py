"""What can be read of some sessions: one that cannot is told with its reason, the others are read all the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from sessionlab.errors import BadDataError
from sessionlab.sources.protocol import Source, TellsQuoteKinds
from sessionlab.tape.block import NOTHING_REFUSED, QUOTE_COLUMNS, DayBlock, QuoteBlock, Refused, Rows
from sessionlab.timing import Interval, SessionTable

UNREADABLE = "unreadable"
"""The kind under which such a session is refused; it counts sessions, not rows."""

_Block = TypeVar("_Block")
_NO_BARS, _NO_QUOTES = Rows.empty(), Rows.empty(len(QUOTE_COLUMNS))


def readable_bars(source: Source, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
    """One block per session. One that cannot be read is empty, with the reason as what was refused."""

    def without(date: dt.date, refused: Refused) -> DayBlock:
        return DayBlock(symbol, interval, date, _NO_BARS, _NO_BARS, True, refused)

    return _each(lambda some: source.load(symbol, interval, some), sessions, without)


def readable_quotes(source: Source, symbol: str, kind: str, sessions: SessionTable) -> list[QuoteBlock]:
    """The same of quotes of one ``kind``; of a source that does not tell kinds apart, of all."""

    def without(date: dt.date, refused: Refused) -> QuoteBlock:
        return QuoteBlock(symbol, date, _NO_QUOTES, refused)

    def read(some: SessionTable) -> list[QuoteBlock]:
        if isinstance(source, TellsQuoteKinds):
            return source.quotes_of_kind(symbol, kind, some)
        found = source.quotes(symbol, some)
        return [without(date, NOTHING_REFUSED) for date in some.date.tolist()] if found is None else found

    return _each(read, sessions, without)


def _each(
    read: Callable[[SessionTable], list[_Block]], sessions: SessionTable, without: Callable[[dt.date, Refused], _Block]
) -> list[_Block]:
    """What ``read`` gives of ``sessions``, in halves where it cannot; ``without`` makes the empty block of a session."""
    try:
        return read(sessions)
    except BadDataError as why:
        if len(sessions) == 1:
            return [without(sessions[0].date, Refused({UNREADABLE: 1}, {UNREADABLE: str(why)}))]
    half = len(sessions) // 2
    return [*_each(read, sessions[:half], without), *_each(read, sessions[half:], without)]
