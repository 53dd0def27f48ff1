"""Prices that look wrong though each bar is sound: the same bar over and over, and jumps like those of a split.

A run of identical bars is told from ``flat_from`` bars on. The same open, high, low and close with fresh volume happen:
the longest is 10 minutes or 17 seconds in the recorded days at hand. A feed that repeats its last bar goes on for longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sessionlab.checks.chunk import Chunk
from sessionlab.checks.runs import Runs, find_runs
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval

RATIOS = np.array([1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100])
"""What a price is divided by, or multiplied with, at the splits that companies make; finer ones look like news."""

OVERNIGHT, WITHIN_DAY = 0.06, 0.02
"""How far from such a ratio a jump may be, as a fraction: a night brings news of its own, a minute hardly any."""


def flat_from(interval: Interval) -> int:
    """From how many identical bars on a run is told: 60 bars of up to 15 seconds, 15 of up to 5 minutes, else 5.

    >>> [flat_from(Interval.parse(width)) for width in ("1s", "1m", "60m", "1d")]
    [60, 15, 5, 5]
    """
    if interval.is_intraday and interval.ns <= 15 * 10**9:
        return 60
    return 15 if interval.is_intraday and interval.ns <= 300 * 10**9 else 5


def flat_runs(chunk: Chunk) -> tuple[Runs, Int64s]:
    """Runs of identical bars with volume that are long enough to tell, and the longest of each day, told or not.

    Bars that are absent do not end a run, the close does.

    ``first`` counts the chunk's rows. Of daily bars a run goes on from day to day; it is told on its first.
    """
    prices, volume = chunk.values[:4], chunk.volume
    same = (prices[:, 1:] == prices[:, :-1]).all(axis=0) & (volume[1:] > 0) & (volume[:-1] > 0)
    rows = len(chunk.start)
    bound = chunk.day.searchsorted(np.arange(chunk.days + 1))
    if not chunk.interval.is_intraday:
        bound = np.array([0, rows])
    else:
        same &= chunk.day[1:] == chunk.day[:-1]
    again = find_runs(np.concatenate([same, [False]])[:rows], bound)
    found = Runs(again.first, again.length + 1, chunk.day[again.first])
    _, longest = found.per_day(chunk.days)
    told = found.length >= flat_from(chunk.interval)
    return Runs(found.first[told], found.length[told], found.day[told]), longest


class Jumps(NamedTuple):
    """Jumps in order: the ``row`` that opens after one, the close ``before`` it, the ``ratio`` that it is near to.

    A ratio above 1 is what the price was divided by, one below 1 that of a reverse split.
    """

    row: Int64s
    before: Float64s
    ratio: Float64s


def split_like_jumps(chunk: Chunk, close_before: float, splits: Mapping[np.datetime64, float]) -> Jumps:
    """Opens that lie near a split's ratio from the close before, which ahead of the first row is ``close_before``, or NaN.

    ``splits`` are known ratios by ex date. An open after such a night counts with the ratio that is known, if the prices are
    nearer to it than to none: adjusted ones are not.
    """
    if not len(chunk.start):
        return Jumps(np.empty(0, np.int64), np.empty(0), np.empty(0))
    before = np.concatenate([[close_before], chunk.values[3][:-1]])
    moved = before / chunk.values[0]
    size = np.maximum(moved, 1 / moved)
    night = np.concatenate([[True], chunk.day[1:] != chunk.day[:-1]])
    row = np.flatnonzero(size > RATIOS[0] * (1 - OVERNIGHT))
    near = RATIOS[np.abs(np.log(size[row, None] / RATIOS)).argmin(axis=1)]
    hit = np.abs(size[row] / near - 1) <= np.where(night[row], OVERNIGHT, WITHIN_DAY)
    found = dict(zip(row[hit].tolist(), np.where(moved[row] > 1, near, 1 / near)[hit].tolist(), strict=True))
    for date, ratio in splits.items():
        day = int(chunk.sessions.date.searchsorted(date))
        at = int(chunk.day.searchsorted(day))
        if at < len(moved) and chunk.day[at] == day and chunk.sessions.date[day] == date:
            found.pop(at, None)
            if abs(np.log(moved[at] / ratio)) < abs(np.log(moved[at])):
                found[at] = ratio
    rows = np.array(sorted(found), dtype=np.int64)
    return Jumps(rows, before[rows], np.array([found[at] for at in rows.tolist()]))
