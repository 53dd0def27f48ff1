"""What a quote is worth: whether it is one-sided, crossed or locked, and the price that can be made of it.

A one-sided quote lacks a price, a crossed one bids more than it asks: neither is ever used as a price. A locked one, whose
bid is its ask, is. Every mid and every spread of the package comes from :func:`mid_and_spread`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sessionlab.tape.block import Float64s

FLAGS = ("", "one_sided", "crossed", "locked")
"""What may be said of a quote; "" where nothing is."""
ONE_SIDED, CROSSED, LOCKED = 1, 2, 3


def flag_codes(bid: Any, ask: Any) -> NDArray[np.int8]:
    """The number in :data:`FLAGS` of each quote. A side that nobody quotes is NaN. Shape of ``bid``.

    >>> flag_codes(np.array([9.0, np.nan, 9.2, 9.1]), np.array([9.1, 9.1, 9.1, 9.1]))
    array([0, 1, 2, 3], dtype=int8)
    """
    codes = np.zeros(np.shape(bid), dtype=np.int8)
    codes[np.isnan(bid) | np.isnan(ask)] = ONE_SIDED
    codes[np.greater(bid, ask)] = CROSSED
    codes[np.equal(bid, ask)] = LOCKED
    return codes


def is_usable(bid: Any, ask: Any) -> Any:
    """Whether a price can be made of a quote: both sides are there, and they do not cross.

    >>> is_usable(np.array([9.0, np.nan, 9.2, 9.1]), np.array([9.1, 9.1, 9.1, 9.1]))
    array([ True, False, False,  True])
    """
    return np.less_equal(bid, ask)  # which no NaN is


def mid_and_spread(bid: Any, ask: Any) -> tuple[Float64s, Float64s]:
    """Halfway between bid and ask, in dollars, and ask less bid in basis points of that; NaN for one-sided and crossed quotes.

    >>> mid, spread_bps = mid_and_spread(np.array([99.0, 101.0]), np.array([101.0, 99.0]))
    >>> mid, spread_bps
    (array([100.,  nan]), array([200.,  nan]))
    """
    mid = np.where(is_usable(bid, ask), (np.asarray(bid) + ask) / 2, np.nan)
    return mid, 1e4 * (np.asarray(ask) - bid) / mid
