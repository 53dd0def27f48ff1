"""Where rows come from: what a source must be able to say and give.

A source gives columns, whole sessions at a time, never rows one by one. It is asked for sessions in order but may be
asked again for earlier ones; equal questions get equal answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sessionlab.session.plan import Stored
from sessionlab.tape.actions import Actions
from sessionlab.tape.block import DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable, TimeManager

__all__ = ["EndsEarly", "Source", "Stored", "TellsActions", "TellsDates", "TellsQuoteKinds"]


@runtime_checkable
class Source(Protocol):
    """A place that rows come from. ``name`` is what a config calls it."""

    name: str

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol. A symbol that the source does not know has no intervals."""
        ...

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order; a session without rows has an empty one.

        Raises :class:`~sessionlab.errors.BadDataError` for files that cannot be read as what they claim to be.
        """
        ...

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block per session, or None where no quotes are recorded."""
        ...

    def describe(self) -> str:
        """How to get what is missing, in one line: it ends the error about a symbol without its base."""
        ...


@runtime_checkable
class TellsActions(Protocol):
    """A source that also knows corporate actions; one that does not lacks the method."""

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        """Splits and dividends of ``symbol``, also those after the run; None where they are not recorded.

        Ex dates are sessions of ``times``.
        """
        ...


@runtime_checkable
class TellsDates(Protocol):
    """A source that can tell from when to when it has bars."""

    def dates(self, symbol: str, interval: Interval | None = None) -> tuple[dt.date, dt.date] | None:
        """Dates between which all bars of ``symbol`` lie, of ``interval`` or of any; None without bars. Some may be empty."""
        ...


@runtime_checkable
class TellsQuoteKinds(Protocol):
    """A source that may have recorded several kinds of quotes of one symbol: at each second, at each minute, each one."""

    def quote_kinds(self, symbol: str) -> list[str]:
        """The kinds that are recorded of ``symbol``: ``1s``, ``1m``, ``tick``."""
        ...

    def quotes_of_kind(self, symbol: str, kind: str, sessions: SessionTable) -> list[QuoteBlock]:
        """One block per session, in their order, of quotes of this ``kind`` alone."""
        ...


@runtime_checkable
class EndsEarly(Protocol):
    """A source whose rows end within a session, at ``until_ns``, because nothing later was known when it was made."""

    until_ns: int

    def ending(self) -> str:
        """What a person who goes on should be told, in one line."""
        ...
