"""The tape of a longer bar: nothing is stored, each telling is made from the base's telling when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sessionlab.derive.buckets import NO_BUCKETS, Grid, longer_bars
from sessionlab.tape import DayBlock, Moments, Rows, Tape, Telling
from sessionlab.tape.block import Int64s
from sessionlab.tape.tape import window_rows
from sessionlab.timing import Interval, TradingSession

WindowOf = Callable[[int], Rows]


class LongerTape:
    """Bars of ``interval`` from those of ``base``, under the rule ``incomplete``: ``build`` or ``skip``.

    ``window(at_ns)`` gives the rows of earlier sessions as told at an instant.
    """

    def __init__(
        self, session: TradingSession, moments: Moments, base: Tape, interval: Interval, incomplete: str, window: WindowOf
    ) -> None:
        self.interval = interval
        self.base = base
        self.grid = Grid.of([session], interval, base.interval)
        self._moments = moments
        self._incomplete = incomplete
        self._window = window
        self._kept: dict[int, tuple[Telling, Telling]] = {}

    def telling(self, k: int) -> Telling:
        """The telling that holds at moment number ``k``; it changes where the base's does."""
        below = self.base.telling(k)
        kept = self._kept.get(below.since)
        if kept is not None and kept[0] is below:
            return kept[1]
        rows = longer_bars(below.today, self.grid, incomplete=self._incomplete)
        first = self._moments.first
        instants = self._moments.instants[below.since - first : below.until - first]
        due = self._due(rows)
        rows = rows._replace(known_at=np.maximum(rows.known_at, due))
        rows.known_at.flags.writeable = False
        window, at_ns = self._window, int(instants[0])
        telling = Telling(below.since, instants, rows, due, lambda: window(at_ns))
        if len(self._kept) > 7:
            self._kept.clear()
        self._kept[below.since] = (below, telling)
        return telling

    def _due(self, rows: Rows) -> Int64s:
        """The first moment at or after the end of each bar's bucket, ns UTC; its end where that moment has not come."""
        ends, moments = self.grid.end[self.grid.bucket_of(rows.start)], self._moments.instants
        closed = moments.searchsorted(ends)
        come = closed < len(moments)
        ends[come] = moments[closed[come]]
        return ends

    def first_seen(self) -> tuple[Int64s, Int64s]:
        """Starts of today's bars, and numbers of the moments at which each first became visible."""
        start, k = self.base.first_seen()
        if len(start) == 0:
            return start, k
        bucket = self.grid.bucket_of(start)
        first = np.concatenate([[0], np.flatnonzero(bucket[1:] != bucket[:-1]) + 1])
        bucket = bucket[first]
        if self._incomplete == "build":
            k = np.minimum.reduceat(k, first)
        else:
            whole = np.diff(np.append(first, len(start))) == self.grid.expected[bucket]
            k, bucket = np.maximum.reduceat(k, first)[whole], bucket[whole]
        closed = self._moments.after(self.grid.end[bucket])
        k = np.maximum(k, closed)
        seen = k < self._moments.until
        return self.grid.start[bucket][seen], k[seen]


def stored_window(blocks: Sequence[DayBlock]) -> WindowOf:
    """A window of bars stored as they are: each counts as one bar of one."""

    def window(at_ns: int) -> Rows:
        rows = window_rows(blocks, at_ns)
        return Rows.of(*rows[:3], np.ones(rows.size, np.int64), np.ones(rows.size, bool), rows.repaired)

    return window


def made_window(
    blocks: Sequence[DayBlock], sessions: Sequence[TradingSession], interval: Interval, base: Interval, incomplete: str
) -> WindowOf:
    """A window of bars made of base ``blocks``, one per session of ``sessions``."""

    def window(at_ns: int) -> Rows:
        grid = Grid.of(sessions, interval, base) if sessions else NO_BUCKETS
        return longer_bars(window_rows(blocks, at_ns), grid, incomplete=incomplete)

    return window
