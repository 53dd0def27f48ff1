"""What a source has of a symbol, from when to when: told from names and footers, and at most the stamps of a file.

A file that cannot be read hides no other. Where a series has none that can be, it is told on the dates of the others, so that
who loads these is told why.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from sessionlab.errors import BadDataError
from sessionlab.timing import TimeManager

Kind = Literal["bars", "quotes"]
Span = tuple[dt.date, dt.date]


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


class FiledSeries(NamedTuple):
    """A series, and of each of its files what finds out the first and the last date of its rows, None where it has none."""

    kind: Kind
    width: str
    files: Iterable[Callable[[], Span | None]]


def holdings_of(series: Iterable[FiledSeries], times: TimeManager) -> list[Holding]:
    """The holding of each series that has rows, in order, on those of its dates that the calendar has.

    Raises :class:`BadDataError` where there are files and none of any series can be read.
    """
    spans: dict[tuple[Kind, str], list[Span]] = {}
    broken: dict[tuple[Kind, str], BadDataError] = {}
    for kind, width, files in series:
        known = spans.setdefault((kind, width), [])
        for dates in files:
            try:
                found = dates()
            except BadDataError as why:
                broken.setdefault((kind, width), why)
                continue
            known += [] if found is None else [found]
    every = [span for some in spans.values() for span in some]
    if broken and not every:
        raise next(iter(broken.values()))
    told = []
    for key, some in spans.items():
        dates_told = some or (every if key in broken else [])
        if dates_told:
            first, last = min(first for first, _ in dates_told), max(last for _, last in dates_told)
            told.append(Holding(*key, max(first, times.first_date), min(last, times.last_date)))
    return [held for held in told if held.first <= held.last]


def dates_of(stamps: tuple[int, int] | None, times: TimeManager, *, daily: bool = False) -> Span | None:
    """The dates of the first and the last stamp, ns UTC, in the exchange's zone, and one more for late hours; None for none.

    Daily stamps at 00:00 UTC name their UTC date.
    """
    import pandas as pd

    if stamps is None:
        return None
    first, last = (pd.Timestamp(at, tz="UTC") for at in stamps)
    local = first.tz_convert(times.tz), last.tz_convert(times.tz)
    if daily:
        return min(first.date(), local[0].date()), max(last.date(), local[1].date())
    return local[0].date(), local[1].date() + dt.timedelta(days=1)


def digest_of(facts: Iterable[object]) -> str:
    """A short text for ``facts``: equal ones have equal texts, others do not."""
    return hashlib.sha256("\n".join(map(repr, facts)).encode()).hexdigest()[:24]
