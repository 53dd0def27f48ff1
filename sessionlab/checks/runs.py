"""Runs of True in a column, none of them across the bounds of a day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sessionlab.tape.block import Bools, Int64s


class Runs(NamedTuple):
    """Runs in order: the position of the ``first`` of each, its ``length``, its ``day``. Each of shape (runs,)."""

    first: Int64s
    length: Int64s
    day: Int64s

    def per_day(self, days: int) -> tuple[Int64s, Int64s]:
        """How many there are in each of ``days``, and the longest of each; 0 without any."""
        longest = np.zeros(days, dtype=np.int64)
        np.maximum.at(longest, self.day, self.length)
        return np.bincount(self.day, minlength=days), longest


def find_runs(which: Bools, bound: Int64s) -> Runs:
    """The runs of True in ``which``; day ``i`` is ``[bound[i], bound[i + 1])``.

    >>> find_runs(np.array([True, False, True, True]), np.array([0, 3, 4]))
    Runs(first=array([0, 2, 3]), length=array([1, 1, 1]), day=array([0, 0, 1]))
    """
    heads = np.zeros(len(which) + 1, dtype=bool)  # one more, so that days without rows may stand at the end
    heads[bound] = True
    before = np.concatenate([[False], which[:-1]])
    after = np.concatenate([which[1:], [False]])
    first = np.flatnonzero(which & (~before | heads[:-1]))
    last = np.flatnonzero(which & (~after | heads[1:]))
    return Runs(first, last - first + 1, bound.searchsorted(first, "right") - 1)
