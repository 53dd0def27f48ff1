"""Which series a check looks at: what is stored as it is stored, longer bars as they are built from a stored base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sessionlab.errors import BadDataError
from sessionlab.session.plan import BASES, base_for
from sessionlab.sources.protocol import Source
from sessionlab.timing import Interval, SessionTable

UNREADABLE = "cannot be read: "
"""How the reason begins where a symbol is missing because its files are broken."""


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """Stored ``base`` bars of ``symbol``, checked as they are where ``is_asked``; and the longer ones ``built`` from them."""

    symbol: str
    base: Interval
    is_asked: bool
    built: tuple[Interval, ...] = ()

    @property
    def widths(self) -> tuple[Interval, ...]:
        """What the table gets rows of."""
        return (self.base, *self.built) if self.is_asked else self.built


def plan(
    source: Source, symbols: Sequence[str], sessions: SessionTable, widths: Sequence[Interval] | None
) -> tuple[list[StoredSeries], dict[str, str]]:
    """The series to check, and of what there is nothing, with the reason.

    What is stored but has no row in the trading hours is among the series: its stamps may be hours off.
    """
    series: list[StoredSeries] = []
    missing: dict[str, str] = {}
    for symbol in symbols:
        try:
            stored = source.availability([symbol], sessions)[symbol]
        except BadDataError as why:
            missing[symbol] = f"{UNREADABLE}{why}"
            continue
        # A LEAN folder lists its tick trades too, which are no bars.
        there = {Interval.parse(width): some for width, some in stored.intervals.items() if width != "tick"}
        if not there:
            missing[symbol] = f"{'nothing is' if stored.quotes is None else 'quotes alone are'} stored; {source.describe()}"
            continue
        wanted = widths if widths is not None else [base for base in BASES if base in there] or sorted(there)
        base_of = {width: _base(width, wanted, there) for width in wanted}
        series += _by_base(symbol, {width: base for width, base in base_of.items() if base is not None})
        has = ", ".join(map(str, sorted(there)))
        missing |= {
            f"{symbol} {width}": f"not stored, and not built of what is: {has}" for width, base in base_of.items() if base is None
        }
    return series, missing


def _base(width: Interval, wanted: Sequence[Interval], there: dict[Interval, bool]) -> Interval | None:
    """The stored interval that bars of ``width`` come from: itself, unless only another has rows in the sessions."""
    if there.get(width):
        return width
    with_rows = base_for(width, wanted, [base for base in BASES if there.get(base)])
    if with_rows is not None:
        return with_rows
    return width if width in there else base_for(width, wanted, [base for base in BASES if base in there])


def _by_base(symbol: str, base_of: dict[Interval, Interval]) -> Iterator[StoredSeries]:
    for base in sorted(set(base_of.values())):
        built = tuple(width for width, its in base_of.items() if its == base and width != base)
        yield StoredSeries(symbol, base, base in base_of and base_of[base] == base, built)
