"""How wide bars are, by the commonest difference of their stamps.

Thin symbols trade in one minute of three: the commonest difference counts only where it divides nearly all others.
"""

from __future__ import annotations

import numpy as np

from sessionlab.sources.epoch import DAY_NS
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval

_NEARLY_ALL = 0.95
_MOST_ROWS = 20_000
_HOUR_NS = 3_600_000_000_000
_USUAL = tuple(map(Interval.parse, ("60m", "30m", "15m", "10m", "5m", "3m", "2m", "1m", "30s", "15s", "10s", "5s", "1s")))
_LONGER = tuple(map(Interval.parse, ("240m", "120m")))


def bar_width(stamps: Int64s) -> Interval | None:
    """The width of bars with these ``stamps`` (ns UTC, shape (rows,), in any order); None where they do not tell.

    >>> nine_thirty = 1751463000 * 10**9
    >>> bar_width(nine_thirty + np.array([0, 1, 2, 5, 390]) * 60 * 10**9)
    Interval('1m')
    >>> bar_width(nine_thirty + np.array([0, 1, 4]) * DAY_NS)
    Interval('1d')
    """
    stamps = stamps[:_MOST_ROWS]
    if len(stamps) > 1 and (stamps[1:] < stamps[:-1]).any():
        stamps = np.sort(stamps)
    steps = np.diff(stamps)
    steps = steps[steps > 0]
    if not len(steps):
        return None
    sizes, counts = np.unique(steps, return_counts=True)
    commonest = int(sizes[counts.argmax()])
    if commonest >= 20 * _HOUR_NS:
        return _days(commonest)

    def share(width_ns: int) -> float:
        return float(counts[sizes % width_ns == 0].sum() / len(steps))

    for interval in (*_LONGER, *_USUAL):
        longest = interval.ns <= commonest and commonest % interval.ns == 0
        # Bars of hours cut at a session's open or close stand apart by other widths too.
        if longest and share(interval.ns) >= (_NEARLY_ALL if interval.ns < _HOUR_NS else 0.6):
            return interval
    return None


def _days(commonest_ns: int) -> Interval | None:
    days = commonest_ns / DAY_NS
    if abs(days - 1) <= 0.17 or days == 3:
        return Interval.parse("1d")
    return Interval.parse("1w") if abs(days - 7) <= 0.1 else None
