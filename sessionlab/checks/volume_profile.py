"""Where in the day the volume is, against where the calendar lets one expect it.

Trading is heaviest at the open and at the close, lighter in between, and light outside the hours. Source: Jain and Joh
(1988), "The Dependence between Hourly Prices and Trading Volume", J. Financial and Quantitative Analysis 23(3).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sessionlab.checks.chunk import Chunk
from sessionlab.tape.block import Float64s, Int64s

EDGE_NS = 300 * 10**9
AROUND_THE_CLOCK_NS = 20 * 3600 * 10**9
PLACES = ("", "open", "close", "session", "off_session")
"""Where the heaviest bar may be: within five minutes (or one bar) of open or close, between them, off the hours; "" for none."""

NEVER: int = np.iinfo(np.int64).min


class VolumeProfile(NamedTuple):
    """Of each day: the start of its ``heavy`` bar (``NEVER`` without volume), ``where`` it is, and how the day's volume ``fit``.

    ``fit`` is the correlation of log(1 + volume) with what the calendar lets one expect: 0 off the hours, between 1 at
    midday and 2 at open and close. NaN where there is nothing to correlate, and for sessions of more than 20 hours, whose
    days have another shape.
    """

    heavy: Int64s
    where: NDArray[np.int64]
    fit: Float64s


def volume_profile(chunk: Chunk) -> VolumeProfile:
    """The profile of each day of an intraday chunk; each of shape (days,)."""
    sessions, days = chunk.sessions, chunk.days
    start = np.concatenate([chunk.start, chunk.off_start])
    volume = np.concatenate([chunk.volume, chunk.off_volume])
    day = np.concatenate([chunk.day, chunk.off_day])
    opened, closed = sessions.open[day], sessions.close[day]

    inside = np.zeros(len(start))
    inside[: len(chunk.start)] = 1.0
    middle = 2.0 * (start - opened) / (closed - opened) - 1.0
    expected = inside * (1.0 + middle * middle)
    fit = _correlation(np.log1p(volume), expected, day, days)
    fit[sessions.close - sessions.open > AROUND_THE_CLOCK_NS] = np.nan

    heavy, where = np.full(days, NEVER), np.zeros(days, dtype=np.int64)
    peak = np.zeros(days)
    np.maximum.at(peak, day, volume)
    top = np.flatnonzero((volume == peak[day]) & (volume > 0))
    top = top[np.lexsort((start[top], day[top]))]
    top = top[np.diff(day[top], prepend=-1) != 0]  # of equal ones the first
    near = max(EDGE_NS, chunk.interval.ns)
    at, first, end = start[top], opened[top], closed[top]
    place = np.where(top < len(chunk.start), 3, 4)
    place[(at >= end - near) & (at <= end)] = 2  # the closing print is often booked at the close itself
    place[(at >= first) & (at < first + near)] = 1
    heavy[day[top]], where[day[top]] = at, place
    return VolumeProfile(heavy, where, fit)


def _correlation(x: Float64s, y: Float64s, day: Int64s, days: int) -> Float64s:
    """Pearson's, of each day."""
    count = np.bincount(day, minlength=days)
    with np.errstate(invalid="ignore", divide="ignore"):
        dx = x - (np.bincount(day, x, days) / count)[day]
        dy = y - (np.bincount(day, y, days) / count)[day]
        spread = np.bincount(day, dx * dx, days) * np.bincount(day, dy * dy, days)
        return np.where(spread > 1e-12, np.bincount(day, dx * dy, days) / np.sqrt(spread), np.nan)
