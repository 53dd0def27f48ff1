"""The rows of one symbol and one series in one session, as they came: columns that never change.

start     int64[rows]             when the row's interval begins
known_at  int64[rows]             when it could first have been seen
values    float64[columns, rows]  each column contiguous
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sessionlab.timing.interval import Interval

BAR_COLUMNS = ("open", "high", "low", "close", "volume")
QUOTE_COLUMNS = ("bid_price", "bid_size", "ask_price", "ask_size")

Int64s = NDArray[np.int64]
Float64s = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Rows(NamedTuple):
    """Columns side by side, read-only: ``start`` and ``known_at`` of shape (rows,), ``values`` of (columns, rows).

    Bars made of shorter ones also say of each row how many there were (``base_count``) and whether none was absent
    (``complete``); both of shape (rows,), None for bars as stored. ``repaired`` says which rows of a window stand in for
    absent ones, being made of finer stored bars; None where none does.
    """

    start: Int64s
    known_at: Int64s
    values: Float64s
    base_count: Int64s | None = None
    complete: Bools | None = None
    repaired: Bools | None = None

    @classmethod
    def of(
        cls, start: Any, known_at: Any, values: Any, base_count: Any = None, complete: Any = None, repaired: Any = None
    ) -> Rows:
        """Rows over the given columns, without a copy where the types fit; they are made read-only."""
        rows = cls(
            np.ascontiguousarray(start, dtype=np.int64),
            np.ascontiguousarray(known_at, dtype=np.int64),
            np.asarray(values, dtype=np.float64),
            None if base_count is None else np.asarray(base_count, dtype=np.int64),
            None if complete is None else np.asarray(complete, dtype=bool),
            None if repaired is None else np.asarray(repaired, dtype=bool),
        )
        for array in rows:
            if array is not None:
                array.flags.writeable = False
        return rows

    @classmethod
    def empty(cls, columns: int = len(BAR_COLUMNS)) -> Rows:
        """No rows at all."""
        return cls.of(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((columns, 0)))

    @classmethod
    def join(cls, parts: Sequence[Rows]) -> Rows:
        """The parts one after another, as one contiguous piece. One part is handed back as it is."""
        parts = [part for part in parts if len(part.start)] or list(parts[:1])
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        made = parts[0].base_count is not None
        mended = any(part.repaired is not None for part in parts)
        return cls.of(
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.known_at for part in parts]),
            np.concatenate([part.values for part in parts], axis=1),
            np.concatenate([part.base_count for part in parts if part.base_count is not None]) if made else None,
            np.concatenate([part.complete for part in parts if part.complete is not None]) if made else None,
            np.concatenate([part.is_repaired for part in parts]) if mended else None,
        )

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.start)

    @property
    def is_repaired(self) -> Bools:
        """Which rows stand in for absent ones, shape (rows,), also where none does."""
        return np.zeros(self.size, dtype=bool) if self.repaired is None else self.repaired

    def take(self, which: Any) -> Rows:
        """The rows that a slice (sharing memory), a mask or an index array names."""
        if not isinstance(which, slice):
            which = np.flatnonzero(which) if which.dtype == bool else which
            return Rows.of(
                self.start[which],
                self.known_at[which],
                np.take(self.values, which, axis=1),
                None if self.base_count is None else self.base_count[which],
                None if self.complete is None else self.complete[which],
                None if self.repaired is None else self.repaired[which],
            )
        return Rows(
            self.start[which],
            self.known_at[which],
            self.values[:, which],
            None if self.base_count is None else self.base_count[which],
            None if self.complete is None else self.complete[which],
            None if self.repaired is None else self.repaired[which],
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that a source did not let in: how many of which kind, and the first of each as an example.

    ``kind`` is one of ``duplicate``, ``out_of_order``, ``not_a_number``, ``bad_price``, ``high_below_low``, ``negative_volume``,
    ``off_grid``, ``known_early`` (before its bar's end), ``outside`` (of every session asked for). Out-of-order rows are
    sorted in and only counted.
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
        """How many rows of the date lie outside the session."""
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
