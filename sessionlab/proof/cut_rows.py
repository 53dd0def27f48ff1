"""Another future: rows that became known after a cut are made other ones, those known by then stay as they are.

Four ways, because a decision that looks ahead may not care about one of them:

    raised     prices a quarter higher, volumes fourfold
    lowered    prices a fifth lower, volumes a quarter
    replaced   moves turned round (a price p becomes a * a / p, where a is the last known one), in another order
    removed    no such row at all

Rows stay sound bars: positive, with the high on top. Equal cuts make equal rows.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from sessionlab.tape import Rows
from sessionlab.tape.block import Float64s

Way = Literal["raised", "lowered", "replaced", "removed"]
WAYS: tuple[Way, ...] = ("raised", "lowered", "replaced", "removed")
PRICE_FACTOR = {"raised": 1.25, "lowered": 0.8}
VOLUME_FACTOR = {"raised": 4.0, "lowered": 0.25}
_TURNED = {5: (0, 2, 1, 3), 4: (2, 0)}
"""Which row of prices each becomes when moves are turned round: a high becomes a low, a bid an ask."""
_PRICES = {5: (0, 1, 2, 3), 4: (0, 2)}
_SIZES = {5: (4,), 4: (1, 3)}


def cut_rows(rows: Rows, cut_ns: int, way: Way) -> Rows:
    """``rows`` of bars or quotes with those known after ``cut_ns`` changed; the same object where there is none."""
    later = rows.known_at > cut_ns
    if not later.any():
        return rows
    if way == "removed":
        return rows.take(~later)
    values = rows.values.copy()
    values[:, later] = _changed(values[:, later], _anchor(values, later), cut_ns, way)
    return Rows.of(rows.start, rows.known_at, values, rows.base_count, rows.complete, rows.repaired)


def order_of(count: int, cut_ns: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Another order of ``count`` rows, the same for a cut."""
    return np.random.default_rng([count, cut_ns % 2**32]).permutation(count)


def _anchor(values: Float64s, later: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """The last known price; without any, the first one after the cut."""
    known = np.flatnonzero(~later)
    close = 3 if len(values) == 5 else 0
    prices = values[close, known[-1:]] if len(known) else values[0, later][:1]
    return float(prices[0]) if np.isfinite(prices).all() else 1.0


def _changed(values: Float64s, anchor: float, cut_ns: int, way: Way) -> Float64s:
    kind = len(values)
    prices, sizes = list(_PRICES[kind]), list(_SIZES[kind])
    if way == "replaced":
        other = values.copy()
        other[prices] = anchor * anchor / values[list(_TURNED[kind])]
        return other[:, order_of(values.shape[1], cut_ns)]
    other = values.copy()
    other[prices] *= PRICE_FACTOR[way]
    other[sizes] *= VOLUME_FACTOR[way]
    return other
