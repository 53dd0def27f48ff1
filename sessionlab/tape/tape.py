"""The rows of one symbol and one interval over window and today, and which of them each moment shows.

In a replay all of today's rows are there before the first step; live, they are appended. Either way a telling is made
when it is first looked at, and one law holds: the rows of a moment depend on the arrivals up to it alone.
"""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from sessionlab.tape.block import DayBlock, Int64s, Rows
from sessionlab.tape.buffer import RowBuffer
from sessionlab.tape.moments import Moments
from sessionlab.tape.telling import Telling, told, visible_counts
from sessionlab.timing import Interval, TradingSession


class Tape(Protocol):
    """What views and recipes read: tellings by moment, and when each row was first seen."""

    interval: Interval

    def telling(self, k: int) -> Telling:
        """The telling that holds at moment number ``k``."""
        ...

    def first_seen(self) -> tuple[Int64s, Int64s]:
        """Starts of today's rows, and numbers of the moments at which each first became visible.

        For the engine only: in a replay they reach to the close.
        """
        ...


def untimely(block: DayBlock, session: TradingSession) -> Int64s:
    """Instants at which rows of ``block`` came that were not simply known at their bar's end: late or corrected ones."""
    if block.on_time:
        return np.empty(0, np.int64)
    rows = block.rows
    ends = session.ends(block.interval)[session.starts(block.interval).searchsorted(rows.start)]
    odd = rows.known_at != ends
    odd[1:] |= rows.start[1:] == rows.start[:-1]
    return np.unique(rows.known_at[odd])


def window_rows(blocks: Sequence[DayBlock], at_ns: int) -> Rows:
    """Rows of earlier sessions as told at ``at_ns``, one contiguous piece."""
    return Rows.join([block.rows if block.on_time else told(block.rows, at_ns) for block in blocks])


class StoredTape:
    """A tape of rows as they came: ``today``, and the blocks of the ``window`` before it.

    ``late`` are instants at which rows of earlier sessions came, of this window or of one of longer bars.
    """

    def __init__(
        self,
        session: TradingSession,
        moments: Moments,
        today: DayBlock,
        window: Sequence[DayBlock] = (),
        late: Sequence[Int64s] = (),
    ) -> None:
        self.interval = today.interval
        self.session = session
        self._moments = moments
        self._window = window
        self._today = today.rows
        self._told = today.rows if today.on_time else None
        self._log: RowBuffer | None = None
        self._current: RowBuffer | None = None
        turns = {int(k) for instants in (untimely(today, session), *late) for k in moments.after(instants)}
        self._turns = [moments.first, *sorted(k for k in turns if moments.first < k < moments.until)]
        self._tellings: dict[int, Telling] = {}
        self._counts: list[int] = []
        self._counts_since = -1
        self._settled = 0
        self._span = (0, 0)
        self._interval_ns = today.interval.ns

    @property
    def turns(self) -> Sequence[int]:
        """Numbers of the moments at which the telling changes; the first is the open."""
        return self._turns

    def telling(self, k: int) -> Telling:
        """The telling that holds at moment number ``k``."""
        turn = bisect_right(self._turns, k) - 1
        until = self._turns[turn + 1] if turn + 1 < len(self._turns) else self._moments.until
        kept = self._tellings.get(turn)
        if kept is not None and kept.until == until:
            return kept
        since = self._turns[turn]
        instants = self._moments.instants[since - self._moments.first : until - self._moments.first]
        today = self._rows(turn, int(instants[-1]))
        newest = self._log is not None and turn == len(self._turns) - 1
        counts = self._count_on(since, today, instants) if newest else None
        blocks, at_ns = self._window, int(instants[0])
        telling = Telling(since, instants, today, today.known_at, lambda: window_rows(blocks, at_ns), counts)
        if len(self._tellings) > 7:
            self._tellings.clear()
        self._tellings[turn] = telling
        return telling

    def first_seen(self) -> tuple[Int64s, Int64s]:
        """Starts of today's rows, and numbers of the moments at which each first became visible."""
        rows = self.arrivals()
        if self._told is not None:
            return rows.start, self._moments.after(rows.known_at)
        start, first = np.unique(rows.start, return_index=True)
        k = self._moments.after(rows.known_at[first])
        seen = k < self._moments.until
        return start[seen], k[seen]

    def arrivals(self) -> Rows:
        """Today's rows as they came, corrected ones too. For what is made of them: in a replay they reach to the close."""
        return self._today if self._log is None else self._log.rows()

    def append(self, rows: Rows, k: int) -> None:
        """Take in ``rows`` that came at moment ``k``, the newest one; they are known from its instant.

        A row that belongs to a boundary already passed, or to a start already there, begins a new telling.
        """
        if rows.size == 0:
            return
        if self._log is None:
            self._log = self._current = RowBuffer(self._today)
        instant = self._moments[k]
        first, newest = int(rows.start[0]), self._log.last_start
        passed = self._moments[k - 1] if k > self._moments.first else self.session.open_ns
        # In order: after all rows before it, and of a bar that had not ended by the moment before.
        in_order = (newest is None or first > newest) and first + self._width(first) > passed
        if in_order and (rows.size == 1 or bool((rows.start[1:] > rows.start[:-1]).all())):
            self._log.append(rows, instant)
            if self._current is not None and self._current is not self._log:
                self._current.append(rows, instant)
            return
        self._log.append(rows, instant)
        self._told = None
        self._current = RowBuffer(told(self._log.rows(), instant))
        if self._turns[-1] != k:
            self._turns.append(k)
        self._tellings.pop(len(self._turns) - 1, None)
        self._counts_since = -1

    def catch_up(self, rows: Rows) -> None:
        """Take in ``rows`` that came before it was there, each at the first moment at or after its ``known_at``."""
        if rows.size == 0:
            return
        rows = rows.take(np.lexsort((rows.start, rows.known_at)))
        k = self._moments.after(rows.known_at)
        edges = np.flatnonzero(np.diff(k, prepend=-1))
        for first, past in zip(edges.tolist(), [*edges[1:].tolist(), rows.size], strict=True):
            if k[first] < self._moments.until:
                self.append(rows.take(slice(first, past)), int(k[first]))

    def renumbered(self, moments: Moments) -> StoredTape:
        """The same tape on ``moments``, which are the same instants under other numbers; what comes goes to this one."""
        tape = copy.copy(self)
        tape._moments = moments
        tape._turns = [moments.first - self._moments.first + k for k in self._turns]
        tape._tellings = {}
        tape._counts, tape._counts_since = [], -1
        return tape

    def _width(self, start: int) -> int:
        """From a bar's start to its end, in ns: less than the interval where the close or a break cuts it."""
        if not self.interval.is_intraday:
            return self.session.close_ns - start
        a, b = self._span
        if not a <= start < b:
            self._span = a, b = next((span for span in self.session.spans if span[0] <= start < span[1]), (start, start))
        width = self._interval_ns
        return width if a == b or b - start > width else b - start

    def _rows(self, turn: int, at_ns: int) -> Rows:
        """Today's rows of telling number ``turn``, whose last moment is ``at_ns``."""
        if self._log is not None and self._current is not None:
            return self._current.rows() if turn == len(self._turns) - 1 else told(self._log.rows(), at_ns)
        return self._told if self._told is not None else told(self._today, at_ns)

    def _count_on(self, since: int, today: Rows, instants: Int64s) -> list[int]:
        """Counts of the newest telling of a live session: those already there, and those of moments come since."""
        if self._counts_since != since:
            self._counts_since, self._counts = since, []
            self._settled = int(np.count_nonzero(today.known_at <= instants[0]))
        new = visible_counts(today.known_at[self._settled :], instants[len(self._counts) :], self._settled)
        self._counts.extend(new)
        return self._counts
