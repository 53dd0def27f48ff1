"""More bars than there are pixels, told honestly: each column of pixels the range of all bars in it, and the sum of their volume.

A column holds the same number of slots everywhere and never reaches across the end of a session. Highs and lows are never lost.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sessionlab.charts.scene import Candles, Times, Volumes, array
from sessionlab.tape.block import Bools, Float64s, Int64s

LEAST_PIXELS = 1.5
"""What a slot needs to be drawn on its own, and a column to be told from its neighbors."""


class Columns(NamedTuple):
    """Bars that are drawn: each from slot ``left`` to ``right``, with ``values`` of shape (values, columns).

    ``complete`` is False where a bar lacks some of its base, or a column some of its bars.
    """

    left: Float64s
    right: Float64s
    values: Float64s
    complete: Bools


def slots_per_column(slots: int, pixels: float) -> int:
    """How many slots go into one column, so that a column has room.

    >>> slots_per_column(390, 800.0), slots_per_column(23_400, 1200.0)
    (1, 30)
    """
    return max(1, -(-slots * 3 // max(int(pixels * 2), 1))) if slots * LEAST_PIXELS > pixels else 1


def candle_columns(mark: Candles, times: Times, per: int) -> Columns:
    """Candles in columns of ``per`` slots: values are open high low close."""
    values = np.stack([array(mark.open), array(mark.high), array(mark.low), array(mark.close)])
    slot, complete = np.array(mark.slot, dtype=np.int64), np.array(mark.complete, dtype=bool)
    if per == 1:
        return Columns(slot.astype(np.float64), (slot + 1).astype(np.float64), values, complete)
    at, left, right, expected = _columns(slot, times, per)
    if not len(at):
        return Columns(left, right, values, complete)
    last = np.append(at[1:], len(slot)) - 1
    grouped = np.stack([values[0, at], np.maximum.reduceat(values[1], at), np.minimum.reduceat(values[2], at), values[3, last]])
    whole = np.add.reduceat(complete.astype(np.int64), at) >= expected
    return Columns(left, right, grouped, whole)


def volume_columns(mark: Volumes, times: Times, per: int) -> Columns:
    """Volume in columns of ``per`` slots: the one value is the sum of each."""
    slot, values = np.array(mark.slot, dtype=np.int64), array(mark.value)[np.newaxis]
    if per == 1:
        return Columns(slot.astype(np.float64), (slot + 1).astype(np.float64), values, np.ones(len(slot), dtype=bool))
    at, left, right, _ = _columns(slot, times, per)
    sums = np.add.reduceat(values, at, axis=1) if len(at) else values
    return Columns(left, right, sums, np.ones(len(at), dtype=bool))


def absent_columns(times: Times, per: int) -> list[tuple[int, int]]:
    """Runs of absent bars as slots from, up to: where several share a column, of the columns that have none at all."""
    starts = np.array(times.session_first or (0,), dtype=np.int64)
    found = []
    for first, count in zip(times.absent_first, times.absent_count, strict=True):
        past = first + count
        session = max(int(starts.searchsorted(first, side="right")) - 1, 0)
        begin, end = int(starts[session]), int(starts[session + 1]) if session + 1 < len(starts) else times.slots
        left = begin - (begin - first) // per * per
        right = past if past >= min(end, times.ended) else begin + (past - begin) // per * per
        if right > left:
            found.append((left, right))
    return found


def _columns(slot: Int64s, times: Times, per: int) -> tuple[Int64s, Float64s, Float64s, Int64s]:
    """Of each column that has a bar: the number of its first bar, its edges in slots, and how many bars are expected in it."""
    first = np.array(times.session_first or (0,), dtype=np.int64)
    past = np.append(first[1:], times.slots)
    session = np.maximum(first.searchsorted(slot, side="right") - 1, 0)
    left = first[session] + (slot - first[session]) // per * per
    at = np.flatnonzero(np.diff(left, prepend=-1))
    left, right = left[at], np.minimum(left[at] + per, past[session[at]])
    return at, left.astype(float), right.astype(float), np.minimum(right, times.ended) - left


def thinned(x: Float64s, y: Float64s, pixels: float) -> tuple[Float64s, Float64s]:
    """A line of no more points than its pixels can show: of each pixel the first, lowest, highest and last; pens stay lifted.

    ``x`` is in pixels. Source: Jugel et al. (2014), "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 7(10).
    """
    if len(x) <= 4 * pixels:
        return x, y
    kept: list[Any] = []
    lifted = np.flatnonzero(np.isnan(y))
    for run in np.split(np.arange(len(x)), lifted):
        run = run[~np.isnan(y[run])]
        if not len(run):
            continue
        at = np.flatnonzero(np.diff(np.floor(x[run]), prepend=np.nan) != 0)
        last = np.append(at[1:], len(run)) - 1
        values = y[run]
        order = np.lexsort((values, np.repeat(np.arange(len(at)), last - at + 1)))
        chosen = np.unique(np.concatenate([at, last, order[at], order[last]]))
        kept += [run[chosen], [-1]]
    if not kept:
        return np.empty(0), np.empty(0)
    chosen = np.concatenate(kept[:-1]).astype(np.int64)
    gone = chosen < 0
    return np.where(gone, np.nan, x[chosen]), np.where(gone, np.nan, y[chosen])
