"""Which bars become visible to which subscription at which moment of a session, worked out once as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sessionlab.engine.calls import Part
from sessionlab.engine.context import Looking
from sessionlab.engine.subscription import StreamSubscription
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape.block import Int64s

Group = list[tuple[StreamSubscription, list[int]]]
"""Subscriptions with the starts, in ns UTC, of their bars of one moment."""


class Deliveries:
    """Groups of bars by moment, for the ``subscriptions`` in their order, later than moment ``after`` and before the close."""

    def __init__(self, rows: SessionRows, subscriptions: Sequence[StreamSubscription], after: int) -> None:
        seen = [_first_seen(rows, one, max(after, one.after)) for one in subscriptions]
        number = np.repeat(np.arange(len(seen)), [len(k) for _, k in seen])
        start = np.concatenate([start for start, _ in seen]) if seen else np.empty(0, np.int64)
        k = np.concatenate([k for _, k in seen]) if seen else np.empty(0, np.int64)
        order = np.lexsort((start, number, k))
        if rows.moments[rows.moments.last] >= rows.session.close_ns:  # what comes at the close is told with the end
            order = order[k[order] < rows.moments.last]
        k = k[order]
        edges = np.flatnonzero(np.diff(k, prepend=-1))
        self.moments: list[int] = k[edges].tolist()
        self._k = k[edges]
        self._edges: list[int] = [*edges.tolist(), len(k)]
        self._start: list[int] = start[order].tolist()
        self._number: list[int] = number[order].tolist()
        self._subscriptions = subscriptions

    def part(self, deliver: Callable[[Group], object], ctx: Looking) -> Iterator[Part]:
        """The calls of ``deliver``, one for each moment, if there are any."""

        def call(ctx: Looking, at: int) -> None:
            deliver(self._group(at))

        if self.moments:
            yield Part(self._k, call, ctx, range(len(self.moments)))

    def _group(self, at: int) -> Group:
        first, past = self._edges[at], self._edges[at + 1]
        if past - first == 1:
            return [(self._subscriptions[self._number[first]], [self._start[first]])]
        starts: dict[int, list[int]] = {}
        for i in range(first, past):
            starts.setdefault(self._number[i], []).append(self._start[i])
        return [(self._subscriptions[number], some) for number, some in starts.items()]


def at_close(rows: SessionRows, subscriptions: Sequence[StreamSubscription]) -> Group:
    """What becomes visible with the last moment of the session; an empty list where nothing does."""
    last = rows.moments.last
    return [(one, np.sort(_first_seen(rows, one, max(last - 1, one.after))[0]).tolist()) for one in subscriptions]


def _first_seen(rows: SessionRows, one: StreamSubscription, after: int) -> tuple[Int64s, Int64s]:
    """Starts of the bars first seen after moment ``after``, and the numbers of those moments."""
    start, k = rows.first_seen(one.symbol, one.width)
    return start[k > after], k[k > after]
