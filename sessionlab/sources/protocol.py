"""Where rows come from: what a source must be able to say and give.

A source gives columns, whole sessions at a time, never rows one by one. It is asked for sessions in order but may be
asked again for earlier ones; equal questions get equal answers.

What a source need not be able to say is a protocol of its own; one that cannot say it lacks the method.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sessionlab.session.plan import Stored
from sessionlab.sources.holdings import Holding
from sessionlab.sources.row_checks import Checked
from sessionlab.tape.actions import Actions
from sessionlab.tape.block import DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession

__all__ = [
    "EndsEarly",
    "Source",
    "Stored",
    "TellsActions",
    "TellsHalts",
    "TellsHoldings",
    "TellsQuoteKinds",
    "TellsUnread",
    "TellsVersions",
]


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
    """A source that also knows corporate actions."""

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        """Splits and dividends of ``symbol``, also those after the run; None where they are not recorded.

        Ex dates are sessions of ``times``.
        """
        ...


@runtime_checkable
class TellsHoldings(Protocol):
    """A source that knows what it has. Of another one asks what is there in the sessions of interest."""

    def holdings(self, symbol: str, times: TimeManager) -> list[Holding]:
        """Each series of ``symbol`` that can be loaded, on dates of ``times``; none of a symbol that it does not know.

        Raises :class:`~sessionlab.errors.BadDataError` where nothing can be read, and
        :class:`~sessionlab.errors.ConfigError` where it cannot be told what is there.
        """
        ...


@runtime_checkable
class TellsQuoteKinds(Protocol):
    """A source that may have recorded several kinds of quotes of one symbol: at each second, at each minute, each one."""

    def quotes_of_kind(self, symbol: str, kind: str, sessions: SessionTable) -> list[QuoteBlock]:
        """One block per session, in their order, of quotes of this ``kind`` alone; which there are, its holdings tell."""
        ...


@runtime_checkable
class TellsVersions(Protocol):
    """A source that can tell whether its rows changed, without reading them."""

    def version(self, symbol: str, holding: Holding | None = None, sessions: SessionTable | None = None) -> str:
        """A text that is another one when rows of ``holding`` in ``sessions`` may be; without them, anything of ``symbol``."""
        ...


@runtime_checkable
class TellsUnread(Protocol):
    """A source with files that may hold rows which no session would have: they would be lost without a word."""

    def undated_rows(self, symbol: str, holding: Holding, sessions: SessionTable) -> list[Checked]:
        """The rows of the files around ``sessions`` that are not named by one date."""
        ...

    def unread_rows(self, symbol: str, holding: Holding, sessions: SessionTable, begin: dt.date, end: dt.date) -> list[Checked]:
        """The rows of files named by dates from ``begin`` until before ``end`` that are none of ``sessions``."""
        ...


@runtime_checkable
class EndsEarly(Protocol):
    """A source whose rows end within a session, at ``until_ns``, because nothing later was known when it was made."""

    until_ns: int

    def ending(self) -> str:
        """What a person who goes on should be told, in one line."""
        ...


@runtime_checkable
class TellsHalts(Protocol):
    """A source that knows when nobody could trade: why bars are absent, said of those that are."""

    def halts(self, symbol: str, session: TradingSession) -> list[tuple[int, int]]:
        """The halts of ``symbol`` in ``session``, each from and until in ns UTC, half-open."""
        ...
