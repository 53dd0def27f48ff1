"""What a source has of a symbol, from when to when, and what tells one state of it from another.

Sources that know it answer; of others one asks what is there in the sessions of interest, and cannot tell whether it changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from sessionlab.sources.row_checks import Checked
from sessionlab.timing import SessionTable, TimeManager

Kind = Literal["bars", "quotes"]


class Holding(NamedTuple):
    """One series of a symbol, ``width`` being that of its bars or the kind of its quotes, on dates ``first`` to ``last``.

    Both dates are within the calendar; between them any date may lack rows.
    """

    kind: Kind
    width: str
    first: dt.date
    last: dt.date

    @property
    def series(self) -> str:
        """``1m bars``."""
        return f"{self.width} {self.kind}"


@runtime_checkable
class TellsHoldings(Protocol):
    """A source that knows what it has; one that does not lacks the method."""

    def holdings(self, symbol: str, times: TimeManager) -> list[Holding]:
        """Each series of ``symbol`` that can be loaded, on dates of ``times``; none of a symbol that it does not know."""
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


def digest_of(facts: Iterable[object]) -> str:
    """A short text for ``facts``: equal ones have equal texts, others do not."""
    return hashlib.sha256("\n".join(map(repr, facts)).encode()).hexdigest()[:24]


def within(times: TimeManager, kind: Kind, width: str, first: dt.date, last: dt.date) -> list[Holding]:
    """The holding, on those of its dates that the calendar has; none where there are none."""
    first, last = max(first, times.first_date), min(last, times.last_date)
    return [Holding(kind, width, first, last)] if first <= last else []


def dates_of(first_ns: int, last_ns: int, times: TimeManager, *, daily: bool = False) -> tuple[dt.date, dt.date]:
    """The dates of two stamps in the exchange's zone; daily stamps at 00:00 UTC name their UTC date. One more for late hours."""
    import pandas as pd

    first, last = (pd.Timestamp(at, tz="UTC") for at in (first_ns, last_ns))
    local = first.tz_convert(times.tz), last.tz_convert(times.tz)
    if daily:
        return min(first.date(), local[0].date()), max(last.date(), local[1].date())
    return local[0].date(), local[1].date() + dt.timedelta(days=1)
