"""The base bars that orders of one symbol meet in a session: the finest loaded ones, each as it was first told, on time.

A bar that came late, and a later correction of one, is met by no order: nobody could have traded on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sessionlab.session.session_rows import SessionRows
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval
from sessionlab.trading.fill_rules import FillBar
from sessionlab.trading.order import Order

CHUNK = 32, 8192
"""Least and most bars looked at in one go where the next one that reaches a price is searched."""

_FEW = 24  # bars that Python goes through faster than numpy


class FillBars:
    """Columns of shape (bars,): ``start`` in ns UTC, ``k`` the moment at which each is known, prices, volume.

    For the broker alone: in a replay they reach to the close.
    """

    def __init__(self, rows: SessionRows, symbol: str) -> None:
        self.interval: Interval = rows.finest(symbol)
        tape = rows.base_tape(symbol, self.interval)
        came = tape.arrivals()
        k = rows.moments.after(came.known_at)
        if len(tape.turns) > 1:
            ends = rows.session.ends(self.interval)[rows.session.positions(came.start, self.interval)]
            on_time = np.flatnonzero(k == rows.moments.after(ends))
            on_time = on_time[np.unique(came.start[on_time], return_index=True)[1]]
            came, k = came.take(on_time), k[on_time]
        self.size = came.size
        self.start: Int64s = came.start
        self.k: Int64s = k
        self.open, self.high, self.low, self.close, self.volume = came.values
        self._read: list[Any] = [memoryview(column) for column in (self.start, *came.values)]
        self._width_ns = self.interval.ns if self.interval.is_intraday and came.size else 0
        self.positions: Any = memoryview(rows.session.positions(came.start, self.interval))  # type: ignore[arg-type]
        self._k: Any = memoryview(k)  # type: ignore[arg-type]  # an array is a buffer

    def at(self, i: int) -> FillBar:
        """Bar number ``i``."""
        start, opens, highs, lows, closes, volumes = self._read
        return FillBar(start[i], opens[i], highs[i], lows[i], closes[i], volumes[i])

    def began(self, i: int) -> int:
        """When bar ``i`` starts, ns UTC."""
        start: int = self._read[0][i]
        return start

    def known(self, i: int) -> int:
        """Number of the moment at which bar ``i`` is known."""
        moment: int = self._k[i]
        return moment

    def extremes(self, first: int, past: int) -> tuple[float, float]:
        """Lowest low and highest high of the bars from ``first`` to before ``past``, of which there is at least one."""
        if past - first <= _FEW:
            return min(self._read[3][first:past]), max(self._read[2][first:past])
        return float(self.low[first:past].min()), float(self.high[first:past].max())

    def first_since(self, instant_ns: int) -> int:
        """Number of the first bar that starts at or after ``instant_ns``."""
        if self._width_ns:  # where none is absent before it, it stands where it would
            starts = self._read[0]
            i: int = (instant_ns - starts[0]) // self._width_ns
            if 0 <= i < self.size and starts[i] == instant_ns:
                return i
        return int(self.start.searchsorted(instant_ns, "left"))

    def known_by(self, k: int) -> int:
        """How many bars are known at moment ``k``."""
        return int(self.k.searchsorted(k, "right"))

    def first_touch(self, order: Order, i: int, *, touch: bool) -> int:
        """Number of the first bar from ``i`` on that may change ``order``; ``size`` where none does.

        The order's own rule decides what happens there; a bar that is passed by would have changed nothing, also not a
        trailing stop.
        """
        if order.type == "market" or (order.is_triggered and order.type != "stop_limit"):
            return i
        chunk = CHUNK[0]
        while i < self.size:
            past = min(i + chunk, self.size)
            at = self._reached(order, slice(i, past), touch)
            if at is not None:
                return i + at
            i, chunk = past, min(4 * chunk, CHUNK[1])
        return self.size

    def _reached(self, order: Order, part: slice, touch: bool) -> int | None:
        """Where in ``part`` the price of ``order`` is reached, or a trailing stop moves."""
        buys = order.sign > 0
        if order.type == "trailing_stop":
            assert order.stop is not None
            assert order.trail is not None
            low, high = self.low[part], self.high[part]
            moved: Float64s = order.trail.level(low if buys else high, order.sign)  # type: ignore[assignment]  # on an array
            hit = (high >= order.stop) | (moved < order.stop) if buys else (low <= order.stop) | (moved > order.stop)
        elif order.type == "limit" or order.is_triggered:
            assert order.limit is not None
            low, high = self.low[part], self.high[part]
            if touch:
                hit = low <= order.limit if buys else high >= order.limit
            else:
                opens = self.open[part]
                hit = (low < order.limit) | (opens <= order.limit) if buys else (high > order.limit) | (opens >= order.limit)
        else:
            assert order.stop is not None
            hit = self.high[part] >= order.stop if buys else self.low[part] <= order.stop
        at = int(hit.argmax())
        return at if hit[at] else None
