"""The tape of bars that are there in the window alone: what they are made of is not streamed today, or they span sessions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from sessionlab.derive.longer import WindowOf
from sessionlab.errors import NoDataError
from sessionlab.tape import Moments, Rows, Telling
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval


class WindowTape:
    """Bars of ``interval`` of earlier sessions: ``window(at_ns)`` as told at an instant; ``late`` are those at which some came.

    Of today it has no row, and ``absent`` says why.
    """

    def __init__(self, moments: Moments, interval: Interval, window: WindowOf, late: Sequence[Int64s], absent: str) -> None:
        self.interval = interval
        self.absent = absent
        self._moments = moments
        self._window = window
        turns = {int(k) for instants in late for k in moments.after(instants)}
        self._turns = [moments.first, *sorted(k for k in turns if moments.first < k < moments.until)]
        self._tellings: dict[int, Telling] = {}

    def telling(self, k: int) -> Telling:
        """The telling that holds at moment number ``k``."""
        turn = bisect_right(self._turns, k) - 1
        since = self._turns[turn]
        until = self._turns[turn + 1] if turn + 1 < len(self._turns) else self._moments.until
        kept = self._tellings.get(turn)
        if kept is not None and kept.until == until:
            return kept
        instants = self._moments.instants[since - self._moments.first : until - self._moments.first]
        window, at_ns, nothing = self._window, int(instants[0]), Rows.empty()
        telling = self._tellings[turn] = Telling(since, instants, nothing, nothing.known_at, lambda: window(at_ns))
        return telling

    def first_seen(self) -> tuple[Int64s, Int64s]:
        """Raises :class:`NoDataError`: none of today is ever seen."""
        raise NoDataError(self.absent, interval=str(self.interval))
