"""A function of a user's own, watched through one session of one symbol: called with the bars known at a moment, and no others.

What it said at one moment is held against what it says at the next: of a bar that both had, nothing may have changed but by a
late or corrected row. Eight cuts of the bars are tried as well, at the first look and whenever there are twice as many, since
a function that is looked at seldom would be found late. What is shown is in any case what it said of the bars known then.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np

from sessionlab.derive.indicators.causality import check_cuts, check_kept
from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.derive.indicators.series import Series
from sessionlab.errors import ConfigError, LookAheadError
from sessionlab.tape import Moments, Rows, Telling
from sessionlab.timing import Interval, TradingSession

KEPT = 8
"""So many series are kept, of the moments asked about last."""


class Said(NamedTuple):
    """What it said of the first ``size`` rows of the telling that began at moment ``since``; they were known at ``at_ns``."""

    since: int
    size: int
    at_ns: int
    series: Series


class Watched:
    """``recipe`` on bars of ``interval`` in the last of the consecutive ``sessions``, whose clock stands at ``moments``."""

    def __init__(self, recipe: FunctionRecipe, interval: Interval, sessions: Sequence[TradingSession], moments: Moments) -> None:
        self._recipe = recipe
        self._interval = interval
        self._sessions = sessions
        self._moments = moments
        self._seed = (zlib.crc32(str(recipe).encode()), sessions[-1].date.toordinal())
        self._kept: dict[tuple[int, int], Said] = {}
        self._open: list[Said] = []  # not yet held against a later one
        self._checked = 0  # with how many bars the cuts were last tried
        self._caught: tuple[tuple[int, int], LookAheadError] | None = None

    def series(self, telling: Telling, count: int) -> Series:
        """Its series over the window and the first ``count`` rows of today, as they were told from ``telling.since`` on.

        Raises :class:`~sessionlab.errors.LookAheadError` when it says something else of bars that were there before, and
        from then on.
        """
        key = telling.since, telling.window.size + count
        if self._caught is not None and key >= self._caught[0]:
            raise copy(self._caught[1])
        said = self._kept.pop(key, None) or self._ask(telling, count)
        self._kept[key] = said
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return said.series

    def _ask(self, telling: Telling, count: int) -> Said:
        size = telling.window.size + count
        columns = Columns(telling.all.take(slice(0, size)), self._sessions, self._interval)
        at_ns = self._moments[telling.since + (bisect_left(telling.counts, count) if count else 0)]
        said = Said(telling.since, size, at_ns, Series(self._recipe, columns))
        earlier = [one for one in self._open if one[:2] < said[:2]]
        try:
            for one in earlier:
                self._hold(one, said)
            if size >= 2 * self._checked:
                check_cuts(self._recipe, columns, said.series.outputs, self._seed, at_ns)
                self._checked = max(size, 1)
        except LookAheadError as caught:
            self._caught = said[:2], copy(caught)
            raise
        self._open = [said, *(one for one in self._open if one not in earlier)][:KEPT]
        return said

    def _hold(self, one: Said, later: Said) -> None:
        """Compare the two over the rows that both have, up to the first that came late or was corrected between them."""
        was, now = one.series, later.series
        size = one.size if one.since == later.since else same_rows(was.columns.rows, now.columns.rows)
        if was.names != now.names and min(one.size, later.size):
            raise ConfigError(
                f"{self._recipe} gave {', '.join(was.names)} of {one.size} bars and {', '.join(now.names)} of {later.size}; "
                "let it give the same outputs each time",
                indicator=str(self._recipe),
            )
        if size:
            check_kept(self._recipe, now.columns, was.outputs, now.outputs, size, one.at_ns, later.at_ns)


def same_rows(one: Rows, other: Rows) -> int:
    """With how many equal rows the two begin."""
    size = min(one.size, other.size)
    same = (one.start[:size] == other.start[:size]) & (one.values[:, :size] == other.values[:, :size]).all(axis=0)
    if one.base_count is not None and other.base_count is not None:
        same &= one.base_count[:size] == other.base_count[:size]
    return size if same.all() else int(np.argmin(same))
