"""The instants at which a session's clock may stand, numbered through the whole run.

Number ``first`` is the session's open. Numbers of one session never meet those of another, so a number alone says
which session it belongs to, and whether something made for a stretch of moments still holds.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval, TradingSession


class Moments:
    """Instants in ns UTC, ascending, beginning with the open. A live session appends to them."""

    __slots__ = ("_buffer", "_size", "first", "used")

    def __init__(self, first: int, instants: Int64s) -> None:
        self.first = first
        self.used = 0
        self._buffer = instants
        self._size = len(instants)

    @classmethod
    def of_replay(cls, first: int, session: TradingSession, finest: Interval, late: Iterable[Int64s] = ()) -> Moments:
        """The open, the ends of the ``finest`` bars by the calendar, and the instants at which ``late`` rows came."""
        ends = session.ends(finest)
        extra = [instants[(instants > session.open_ns) & (instants <= session.close_ns)] for instants in late]
        grid = np.concatenate([[session.open_ns], ends])
        if any(len(instants) for instants in extra):
            grid = np.unique(np.concatenate([grid, *extra]))
        return cls(first, grid)

    @property
    def instants(self) -> Int64s:
        """All instants so far, shape (moments,), ns UTC."""
        return self._buffer[: self._size]

    @property
    def last(self) -> int:
        """Number of the last moment so far."""
        return self.first + self._size - 1

    @property
    def until(self) -> int:
        """One past the number of the last moment so far."""
        return self.first + self._size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, k: int) -> int:
        """The instant of moment number ``k``, ns UTC."""
        return self._buffer.item(k - self.first)

    def at(self, instant_ns: int) -> int:
        """Number of the last moment at or before ``instant_ns``; the open's for anything earlier."""
        return self.first + max(int(self.instants.searchsorted(instant_ns, "right")) - 1, 0)

    def after(self, instants: Int64s) -> Int64s:
        """Numbers of the first moments at or after each of ``instants``; ``until`` where there is none."""
        return self.first + self.instants.searchsorted(instants, "left")

    def numbered_anew(self, instants: Int64s) -> Moments:
        """Other ``instants`` of the same session, under numbers that none has had."""
        return Moments(self.free, instants)

    @property
    def free(self) -> int:
        """The first number that no moment has had: also none of those that the clock went back from (before ``used``)."""
        return max(self.until, self.used)

    def use_up(self, free: int) -> None:
        """Numbers before ``free`` never come again."""
        self.used = max(self.used, free)

    def append(self, instant_ns: int) -> int:
        """Add the next instant, and return its number. Arrays handed out before stay as they are."""
        if self._size == len(self._buffer):
            grown = np.empty(max(2 * self._size, 64), dtype=np.int64)
            grown[: self._size] = self.instants
            self._buffer = grown
        self._buffer[self._size] = instant_ns
        self._size += 1
        return self.last
