"""Some consecutive sessions of one series as columns: the rows of all days one after another, each with its day's number.

Of a bar that was corrected, the last telling counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessionlab.tape.block import BAR_COLUMNS, Bools, DayBlock, Float64s, Int64s, Refused, Rows
from sessionlab.timing import Interval, SessionTable


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Bars of ``symbol`` and ``interval`` in ``sessions``, those on the sessions' grid: ``start`` (rows,), ``values`` (5, rows).

    ``day`` numbers the session of each row, ``place`` its place among all bars that the calendar expects of the chunk:
    those of session ``i`` are ``[bound[i], bound[i + 1])``. ``off_start`` and ``off_volume`` are the rows off the hours, of the
    sessions ``off_day``. Everything is sorted by start. ``refused`` has one entry per session.
    """

    symbol: str
    interval: Interval
    sessions: SessionTable
    start: Int64s
    values: Float64s
    day: Int64s
    place: Int64s
    bound: Int64s
    off_start: Int64s
    off_volume: Float64s
    off_day: Int64s
    refused: tuple[Refused, ...]

    @classmethod
    def of(cls, symbol: str, interval: Interval, sessions: SessionTable, blocks: Sequence[DayBlock]) -> Chunk:
        """The chunk of ``blocks``, one per session, in their order."""
        start, values, day = _joined([block.rows for block in blocks])
        if not all(block.on_time for block in blocks):
            last = np.append(start[1:] != start[:-1], True)[: len(start)]
            start, values, day = start[last], values[:, last], day[last]
        off_start, off_values, off_day = _joined([block.extended for block in blocks])
        first_span, expected = expected_bars(sessions, interval)
        bound = np.concatenate([[0], np.cumsum(expected)])
        place = bound[day] + _position(start, day, first_span, sessions, interval)
        refused = tuple(block.refused for block in blocks)
        off_volume = off_values[BAR_COLUMNS.index("volume")]
        return cls(symbol, interval, sessions, start, values, day, place, bound, off_start, off_volume, off_day, refused)

    @property
    def days(self) -> int:
        """How many sessions."""
        return len(self.sessions)

    @property
    def expected(self) -> Int64s:
        """Bars that the calendar expects, per session."""
        return np.diff(self.bound)

    @property
    def there(self) -> Bools:
        """Which of the expected bars are there, of all sessions in a row. Shape (bound[-1],)."""
        there = np.zeros(int(self.bound[-1]), dtype=bool)
        there[self.place] = True
        return there

    @property
    def volume(self) -> Float64s:
        """Volume of the rows on the grid."""
        volume: Float64s = self.values[BAR_COLUMNS.index("volume")]
        return volume

    def per_day(self, which: Bools) -> Int64s:
        """How many of the rows that ``which`` names lie in each session."""
        return np.bincount(self.day[which], minlength=self.days)


def expected_bars(sessions: SessionTable, interval: Interval) -> tuple[Int64s, Int64s]:
    """Bars that the calendar expects of each session: before the break, and in all. Shapes (sessions,)."""
    if not interval.is_intraday:
        one = np.ones(len(sessions), dtype=np.int64)
        return one, one
    before = -((sessions.open - sessions.break_start) // interval.ns)
    return before, before - ((sessions.break_end - sessions.close) // interval.ns)


def _position(start: Int64s, day: Int64s, first_span: Int64s, sessions: SessionTable, interval: Interval) -> Int64s:
    if not interval.is_intraday:
        return np.zeros(len(start), dtype=np.int64)
    early = (start - sessions.open[day]) // interval.ns
    if (sessions.break_end == sessions.close).all():
        return early
    resumed = sessions.break_end[day]
    return np.where(start >= resumed, first_span[day] + (start - resumed) // interval.ns, early)


def _joined(parts: Sequence[Rows]) -> tuple[Int64s, Float64s, NDArray[np.int64]]:
    sizes = [part.size for part in parts]
    rows = Rows.join(parts)
    return rows.start, rows.values, np.repeat(np.arange(len(parts)), sizes)
