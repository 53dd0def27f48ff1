"""Rows as they were told during a stretch of moments: what a view shows is a prefix of them.

Most sessions have one telling. Where a row came late or was corrected, a new one begins at the moment at which it
came: nobody sees it before, also not in retrospect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from sessionlab.tape.block import Int64s, Rows


class Telling:
    """Today's rows and the window's, as told at moments ``since`` to ``until`` (numbers, half-open).

    The rows visible at a moment are always the first ones. ``due`` are the instants from which each of today's rows, in
    order, is visible; what came before the telling began has any instant up to that. ``instants`` are those of the
    moments ``since`` to ``until``. ``window`` gives the rows of the sessions before today, all of them visible.
    """

    def __init__(
        self,
        since: int,
        instants: Int64s,
        today: Rows,
        due: Int64s,
        window: Callable[[], Rows],
        counts: Sequence[int] | None = None,
    ) -> None:
        self.since = since
        self.until = since + len(instants)
        self.today = today
        self.cuts: dict[object, object] = {}  # what views and recipes made of it
        self._instants = instants
        self._due = due
        self._window = window
        if counts is not None:
            self.__dict__["counts"] = counts

    @cached_property
    def counts(self) -> Sequence[int]:
        """How many of today's rows are visible at moment ``k``, at ``k - since``."""
        settled = 0 if self._in_order else int(np.count_nonzero(self._due <= self._instants[0]))
        return visible_counts(self._due[settled:], self._instants, settled)

    @cached_property
    def window(self) -> Rows:
        """Rows before today's open."""
        return self._window()

    @cached_property
    def all(self) -> Rows:
        """The window's rows and today's, one contiguous piece."""
        return Rows.join([self.window, self.today])

    def visible(self, k: int) -> int:
        """How many of today's rows are visible at moment ``k``."""
        if "counts" not in self.__dict__ and k == self.until - 1:
            instant = self._instants[-1]
            if len(self._due) == 0 or (self._due[-1] <= instant and self._in_order):
                return len(self._due)
        return self.counts[k - self.since]

    @cached_property
    def _in_order(self) -> bool:
        return bool((self._due[1:] >= self._due[:-1]).all())


def told(rows: Rows, at_ns: int) -> Rows:
    """``rows`` as told at ``at_ns``: those known by then, the latest of each start, sorted by start.

    Of two rows with one start and one ``known_at`` the later in ``rows`` counts.
    """
    order = np.lexsort((rows.known_at, rows.start))
    order = order[rows.known_at[order] <= at_ns]
    start = rows.start[order]
    latest = np.ones(len(start), dtype=bool)
    latest[:-1] = start[1:] != start[:-1]
    return rows.take(order[latest])


def visible_counts(known_at: Int64s, instants: Int64s, before: int = 0) -> memoryview:
    """How many of the ascending ``known_at`` are at or before each of ``instants``, plus ``before``: int32, (instants,).

    A memoryview, because reading a plain int from it costs less than a numpy scalar and keeps sums plain.
    """
    counts = known_at.searchsorted(instants, "right")
    return memoryview((counts + before).astype(np.int32))  # type: ignore[arg-type]  # an array is a buffer
