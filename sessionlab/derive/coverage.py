"""How much of what the calendar expects is there, and where it is not.

Expected are the bars whose end has passed; present those with a row on the grid, each counted once. A gap is a run of
consecutive expected bars that are absent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sessionlab.tape.block import Bools, Int64s


class Coverage(NamedTuple):
    """``present`` of ``expected`` bars."""

    expected: int
    present: int

    @property
    def percent(self) -> float | None:
        """100 x present / expected; None before the first expected bar.

        >>> Coverage(390, 389).percent, Coverage(0, 0).percent
        (99.74358974358974, None)
        """
        return 100.0 * self.present / self.expected if self.expected else None


class Gaps(NamedTuple):
    """Runs of absent bars: number of the ``first`` on the session's grid, and how many ``bars``; both of shape (gaps,)."""

    first: Int64s
    bars: Int64s

    @property
    def longest(self) -> int:
        """Bars in the longest one, 0 without any."""
        return int(self.bars.max()) if len(self.bars) else 0


def find_gaps(present: Bools) -> Gaps:
    """The runs of False in ``present``, shape (expected bars,).

    >>> find_gaps(np.array([True, False, False, True, False]))
    Gaps(first=array([1, 4]), bars=array([2, 1]))
    """
    edges = np.flatnonzero(np.diff(present.astype(np.int8), prepend=1, append=1))
    return Gaps(edges[::2], edges[1::2] - edges[::2])


def presence(positions: Int64s, expected: int, total: int) -> Bools:
    """Which of the first ``expected`` of ``total`` bars are among the grid ``positions``. Shape (expected,)."""
    if len(positions) == expected == total:
        return np.ones(total, dtype=bool)
    present = np.zeros(total, dtype=bool)
    present[positions] = True
    return present[:expected]


def complete_buckets(present: Bools, per_bucket: Int64s) -> Bools:
    """Which buckets have every one of their base bars. ``per_bucket`` says how many each expects, in grid order.

    ``present`` is about the base bars, shape (expected,); a bucket that has not ended counts as not complete. Shape (buckets,).

    >>> complete_buckets(np.array([True, True, True, False]), np.array([2, 2]))
    array([ True, False])
    """
    if len(per_bucket) == 0:
        return np.empty(0, dtype=bool)
    whole = np.zeros(int(per_bucket.sum()), dtype=np.int64)
    whole[: len(present)] = present
    starts = np.concatenate([[0], np.cumsum(per_bucket)[:-1]])
    return np.asarray(np.add.reduceat(whole, starts) == per_bucket)
