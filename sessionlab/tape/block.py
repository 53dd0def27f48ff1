"""The rows of one symbol and one series in one session, as they came: columns that never change.

    start     int64[rows]             when the row's interval begins
    known_at  int64[rows]             when it could first have been seen
    values    float64[columns, rows]  each column contiguous
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sessionlab.timing.interval import Interval

BAR_COLUMNS = ("open", "high", "low", "close", "volume")
QUOTE_COLUMNS = ("bid_price", "bid_size", "ask_price", "ask_size")

Int64s = NDArray[np.int64]
Float64s = NDArray[np.float64]


class Rows(NamedTuple):
    """Columns side by side: ``start`` and ``known_at`` of shape (rows,), ``values`` of (columns, rows); read-only."""

    start: Int64s
    known_at: Int64s
    values: Float64s

    @classmethod
    def of(cls, start: Any, known_at: Any, values: Any) -> Rows:
        """Rows over the given columns, without a copy where the types fit; they are made read-only."""
        rows = cls(
            np.ascontiguousarray(start, dtype=np.int64),
            np.ascontiguousarray(known_at, dtype=np.int64),
            np.asarray(values, dtype=np.float64),
        )
        for array in rows:
            array.flags.writeable = False
        return rows

    @classmethod
    def empty(cls, columns: int = len(BAR_COLUMNS)) -> Rows:
        """No rows at all."""
        return cls.of(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((columns, 0)))

    @property
    def count(self) -> int:  # type: ignore[override]
        """How many rows."""
        return len(self.start)

    def cut(self, a: int, b: int) -> Rows:
        """Rows ``a`` to ``b``, sharing the memory."""
        return Rows(self.start[a:b], self.known_at[a:b], self.values[:, a:b])


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that a source did not let in: how many of which kind, and the first of each as an example.

    ``kind`` is one of ``duplicate``, ``out_of_order``, ``not_a_number``, ``bad_price``, ``high_below_low``, ``negative_volume``,
    ``off_grid``, ``outside`` (of every session asked for). Out-of-order rows are sorted in and only counted.
    """

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.counts)

    def __add__(self, other: Refused) -> Refused:
        kinds = list(dict.fromkeys([*self.counts, *other.counts]))
        counts = {kind: self.counts.get(kind, 0) + other.counts.get(kind, 0) for kind in kinds}
        return Refused(counts, {**other.examples, **self.examples})

    def __str__(self) -> str:
        return "; ".join(
            f"{count:,} {kind.replace('_', ' ')} (first: {self.examples.get(kind, '?')})" for kind, count in self.counts.items()
        )


NOTHING_REFUSED = Refused()


@dataclass(frozen=True, slots=True, eq=False)
class DayBlock:
    """Rows of ``symbol`` and ``interval`` in the session of ``date``, sorted by start, then by ``known_at``.

    ``rows`` lie on the session's grid. A start stands twice only when the later row is a correction: it was known
    later. ``on_time`` says that there is none, and that every row is known at its bar's end. ``extended`` are
    the rows of that date before the open and after the close; ``off_session`` counts them.
    """

    symbol: str
    interval: Interval
    date: dt.date
    rows: Rows
    extended: Rows
    on_time: bool = True
    refused: Refused = NOTHING_REFUSED

    @property
    def off_session(self) -> int:
        return len(self.extended.start)


@dataclass(frozen=True, slots=True, eq=False)
class QuoteBlock:
    """Quotes of ``symbol`` on ``date`` in order of ``known_at``, also those before the open and after the close.

    ``values`` has the rows of ``QUOTE_COLUMNS``; a missing side is NaN with size 0. ``start`` equals ``known_at``.
    """

    symbol: str
    date: dt.date
    rows: Rows
    refused: Refused = NOTHING_REFUSED
