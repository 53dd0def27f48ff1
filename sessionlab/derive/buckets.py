"""Longer bars, made of the base bars that are there.

A bucket is anchored at the session's open and cut at a break and at the close. It closes when the clock passes its
end, not when the next bar shows up; a bucket without any bar makes no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sessionlab.tape.block import Int64s, Rows
from sessionlab.timing import Interval, TradingSession


class Grid(NamedTuple):
    """The buckets of one session or of several: ``start`` and ``end`` in ns UTC, ``expected`` base bars; each (buckets,)."""

    start: Int64s
    end: Int64s
    expected: Int64s

    @classmethod
    def of(cls, sessions: Sequence[TradingSession], interval: Interval, base: Interval) -> Grid:
        """The buckets of ``interval`` made of ``base`` in consecutive sessions."""
        if len(sessions) == 1:
            return _grid(sessions[0], interval, base)
        grids = [_grid(session, interval, base) for session in sessions]
        return cls(*(np.concatenate([grid[i] for grid in grids]) for i in range(3)))

    def bucket_of(self, start: Int64s) -> Int64s:
        """Number of the bucket of each base bar that starts at ``start``."""
        return self.start.searchsorted(start, "right") - 1


NO_BUCKETS = Grid(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


@lru_cache(maxsize=256)
def _grid(session: TradingSession, interval: Interval, base: Interval) -> Grid:
    starts, ends = session.starts(interval), session.ends(interval)
    expected = np.diff(session.starts(base).searchsorted(starts), append=session.expected(base))
    return Grid(starts, ends, expected)


def longer_bars(rows: Rows, grid: Grid, *, incomplete: str = "build") -> Rows:
    """Bars of ``grid`` from base ``rows`` sorted by start, one per bucket that has any (``skip``: every) base bar.

    ``known_at`` is the bucket's end, or later where a base bar came later; ``base_count`` and ``complete`` say what is
    under each bar. A bar is ``repaired`` where a row under it is.
    """
    if rows.size == 0:
        nothing = Rows.empty()
        return Rows.of(nothing.start, nothing.known_at, nothing.values, np.empty(0), np.empty(0))
    bucket = grid.bucket_of(rows.start)
    first = np.concatenate([[0], np.flatnonzero(bucket[1:] != bucket[:-1]) + 1])
    past = np.append(first[1:], rows.size)
    bucket, count = bucket[first], past - first
    opens, highs, lows, closes, volumes = rows.values
    values = np.stack(
        [
            opens[first],
            np.maximum.reduceat(highs, first),
            np.minimum.reduceat(lows, first),
            closes[past - 1],
            np.add.reduceat(volumes, first),
        ]
    )
    known_at = np.maximum(grid.end[bucket], np.maximum.reduceat(rows.known_at, first))
    complete = count == grid.expected[bucket]
    repaired = None if rows.repaired is None else np.logical_or.reduceat(rows.repaired, first)
    made = Rows.of(grid.start[bucket], known_at, values, count, complete, repaired)
    return made if incomplete == "build" else made.take(complete)
