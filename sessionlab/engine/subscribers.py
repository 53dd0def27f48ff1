"""The subscribers of a lab: what became visible is offered to each, in the order in which they subscribed.

It is the last thing in a step. Data-driven, the clock does not move on before every subscriber is ready again; paced and
live, it never waits. No thread is made here: threads and tasks belong to the consumers.
"""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.engine.calls import Part
from sessionlab.engine.context import Context
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.subscription import Mode, OnOverrun, StreamEvent, StreamSubscription
from sessionlab.errors import BusyError, OverrunError
from sessionlab.session.bars import BarView
from sessionlab.session.columns import Bar, bar_of
from sessionlab.session.data import SessionData
from sessionlab.session.present import Present
from sessionlab.session.session_rows import SessionRows
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import asyncio

LOGGER = logging.getLogger("sessionlab")
POLL_SECONDS = 0.05
"""How long to wait for a subscriber before looking whether it is still there, and whether to go on waiting."""


class Delivery(NamedTuple):
    """Bars of one subscription that become visible at one moment, by their starts in ns UTC."""

    subscription: StreamSubscription
    starts: list[int]

    def __repr__(self) -> str:
        return repr(f"{self.subscription.symbol} {self.subscription.interval}")


class Subscribers:
    """The open subscriptions of a lab, ``all``, and what is delivered to them."""

    def __init__(self, present: Present, data: SessionData, metrics: PerformanceMetrics) -> None:
        self.all: tuple[StreamSubscription, ...] = ()
        self.mode: Mode = "data-driven"
        self.metrics = metrics
        self.lock = threading.Lock()
        self.changed = False
        """Whether somebody joined since the last :meth:`part`."""
        self.hold: Callable[[], object] | None = None
        """Whoever plays is told to stop after a delivery, so that others come to their turn; None: nobody plays."""
        self.target = 0
        """Number of the moment that this move ends at."""
        self.joined: Callable[[], object] = lambda: None
        """Called when somebody has joined."""
        self.stopped: Callable[[], bool] = lambda: False
        """Whether to go on without those that are late."""
        self.calls = self.spent_ns = 0
        self.closing = False
        """Whether the end of a session is still to be told."""
        self.ctx = Context(data, 0, "subscribers")
        self._present = present
        self._asked = threading.Condition(self.lock)
        self._listener: Callable[[], object] = lambda: None
        self._planned: list[int] = []
        self._views: dict[StreamSubscription, BarView] = {}

    # -- who is there ----------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """Number of the moment at which the clock stands."""
        return self._present.k

    def join(self, symbol: str, interval: Interval, on_overrun: OnOverrun, timeout: float) -> StreamSubscription:
        """A new subscription, from now on; of another thread's step that goes on, from the end of its block of calls."""
        view = BarView(self._present, symbol, interval, (False, False))
        subscription = StreamSubscription(self, symbol, interval, on_overrun, timeout, self.k)
        with self.lock:
            self._views[subscription] = view
            self.all = (*self.all, subscription)
            self.changed = True
        self.joined()
        return subscription

    def leave(self, subscription: StreamSubscription) -> None:
        """Take it out; whoever waits for it goes on. The lock is held."""
        self.all = tuple(other for other in self.all if other is not subscription)
        self._views.pop(subscription, None)
        self.heard()

    def close(self) -> None:
        """End all subscriptions: consumers that wait are told that nothing more comes."""
        with self.lock:
            for subscription in self.all:
                subscription.end()
                self.leave(subscription)

    def rewound(self, k: int) -> None:
        """The clock was set back to moment ``k``, before the first one where the run begins again."""
        with self.lock:
            self.closing = False
            for subscription in self.all:
                subscription.rewound(k)

    def heard(self) -> None:
        """A consumer asked, or left. The lock is held."""
        self._asked.notify_all()
        self._listener()

    # -- what is due -----------------------------------------------------------------------------------------------

    def part(self, rows: SessionRows, after: int) -> Sequence[Part]:
        """The deliveries of a session later than moment ``after``, one call for each moment but the close's."""
        self.changed = False
        due: dict[int, dict[StreamSubscription, list[int]]] = {}
        close = _close(rows)
        for subscription in self.all:
            for start, k in zip(*_first_seen(rows, subscription, after), strict=True):
                if k != close:
                    due.setdefault(k, {}).setdefault(subscription, []).append(start)
        self._planned = sorted(due)
        groups = [tuple(Delivery(*one) for one in due[k].items()) for k in self._planned]
        return [Part(np.array(self._planned), self.deliver, self.ctx, groups)] if groups else []

    def next_delivery(self) -> int | None:
        """Number of the next moment at which something is delivered, as far as that is planned."""
        at = bisect_right(self._planned, self.k)
        return self._planned[at] if at < len(self._planned) else None

    def deliver(self, ctx: Context, group: Sequence[Delivery]) -> None:
        """Offer what became visible at this moment, and, where nothing paces the clock, wait until all are ready again."""
        begun = self.metrics.ns()
        self.calls += 1
        try:
            self._offer(group, False)
            if self.hold is not None:
                self.hold()
            elif self.mode == "data-driven":
                self.settle(last=self.k == self.target)
        finally:
            self.spent_ns += self.metrics.ns() - begun

    def tell_end(self, *, last: bool) -> None:
        """The session has ended, and with the ``last`` one the run: the bars known at its close, and that it is over."""
        if not self.closing:
            return
        self.closing = False
        rows = self._present.rows
        group = [Delivery(one, _first_seen(rows, one, max(rows.moments.last - 1, one.after))[0]) for one in self.all]
        try:
            self._offer(group, True)
        finally:
            with self.lock:
                for subscription in self.all if last else ():
                    subscription.end()
        if self.hold is None and self.mode == "data-driven":
            self.settle(last=True)

    def _offer(self, group: Sequence[Delivery], closes: bool) -> None:
        k = self.k
        events = [
            (one, self._event(one, starts, closes))
            for one, starts in group
            if (k > one.after or closes) and not one.is_asleep and one in self._views
        ]
        late = []
        with self.lock:
            for subscription, event in events:
                if not subscription.offer(k, event) and self.mode != "data-driven":
                    subscription.overrun()
                    self.metrics.record("overruns").count += 1
                    late.append(subscription)
        self._overrun(late)

    def _event(self, one: StreamSubscription, starts: list[int], closes: bool) -> StreamEvent:
        present = self._present
        bars = self._bars(self._views[one], starts) if starts else ()
        return StreamEvent(one.symbol, one.interval, bars, present.rows.session, present.now_ns, closes, 0, one.epoch)

    def _bars(self, view: BarView, starts: list[int]) -> tuple[Bar, ...]:
        cut, size = view._now()
        known = cut.rows.start
        if len(starts) == 1 and known[size - 1] == starts[0]:
            return (bar_of(cut, size - 1),)
        return tuple(bar_of(cut, int(i)) for i in known[cut.base : size].searchsorted(starts) + cut.base)

    def _overrun(self, late: list[StreamSubscription]) -> None:
        """Say who is gone, take them out, and raise for those that want it."""
        for subscription in late:
            if subscription.is_left:
                with self.lock:
                    self.leave(subscription)
                LOGGER.warning(f"{self._clock()}: {_left(subscription)}", extra={"facts": {"subscription": subscription.title()}})
        strict = [one.title() for one in late if one.on_overrun == "raise"]
        if strict:
            raise OverrunError(
                f"{', '.join(strict)}: not ready at {self._clock()} market time; what it missed comes with its next event. "
                'Do less per event, play slower, or subscribe with on_overrun="count"',
                subscriptions=strict,
            )

    # -- waiting ---------------------------------------------------------------------------------------------------

    def settle_by_hand(self) -> None:
        """Before the clock moves: wait for those that are not ready, where nothing paces the clock and nobody plays."""
        if self.all and self.hold is None and self.mode == "data-driven":
            self.settle()

    def settle(self, *, last: bool = False) -> None:
        """Block until every subscriber is ready for more. ``last``: what a task of this very loop was given may wait.

        Raises :class:`OverrunError` for one that is late, or gone, and :class:`BusyError` for one that cannot come to its
        turn because this call holds its loop up.
        """
        if all(one.is_settled for one in self.all):
            return
        since = monotonic()
        with self.metrics.measure("backpressure"), self.lock:
            while late := self._late(last):
                if self.stopped():
                    return
                self._refuse(late, monotonic() - since)
                self._asked.wait(POLL_SECONDS)

    async def settled(self, stopped: Callable[[], bool]) -> None:
        """The same for whoever plays the lab on an event loop: others come to their turn meanwhile, until ``stopped``."""
        if all(one.is_settled for one in self.all):
            return
        import asyncio

        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        self._listener = lambda: _set(loop, asked)
        since = monotonic()
        try:
            with self.metrics.measure("backpressure"):
                while not stopped():
                    asked.clear()
                    with self.lock:
                        late = self._late(last=False)
                        self._refuse(late, monotonic() - since, of_this_loop=True)
                    if not late:
                        return
                    with suppress(TimeoutError):  # nobody asked: look again who is there
                        await asyncio.wait_for(asked.wait(), POLL_SECONDS)
        finally:
            self._listener = lambda: None

    def _late(self, last: bool) -> list[StreamSubscription]:
        return [one for one in self.all if not one.is_settled and not (last and one.is_of_this_loop)]

    def _refuse(self, late: list[StreamSubscription], waited: float, *, of_this_loop: bool = False) -> None:
        """Raise for those that cannot be waited for. The lock is held."""
        gone = [one for one in late if one.is_left]
        for one in gone:
            self.leave(one)
        if gone:
            told = "; ".join(map(_left, gone))
            raise OverrunError(f"at {self._clock()} market time, {told}", subscriptions=[one.title() for one in gone])
        if not of_this_loop:
            held = [one.title() for one in late if one.is_of_this_loop]
            if held:
                raise BusyError(
                    f"{', '.join(held)}: its event loop cannot come to its turn while this call holds it up; "
                    "write await lab.play(speed=0), or await asyncio.to_thread(lab.run)",
                    subscriptions=held,
                )
        slow = [one for one in late if waited >= one.timeout]
        if slow:
            names = ", ".join(f"{one.title()}{'' if one.delivered else ', which never asked,'}" for one in slow)
            raise OverrunError(
                f"{names} was not ready within {slow[0].timeout:g} s at {self._clock()} market time. Its consumer must ask for "
                "the next event, in a thread (for event in subscription) or a task (await lab.play(speed=0) lets tasks run); "
                "give it more time with subscribe(..., timeout=...), or close it",
                subscriptions=[one.title() for one in slow],
            )

    def _clock(self) -> str:
        present = self._present
        return f"{pd.Timestamp(present.now_ns, tz='UTC').tz_convert(present.rows.session.tz):%Y-%m-%d %H:%M:%S}"


def _first_seen(rows: SessionRows, one: StreamSubscription, after: int) -> tuple[list[int], list[int]]:
    """Starts of the bars first seen after moment ``after``, and those moments, by moment, then start."""
    start, k = rows.first_seen(one.symbol, one.width)
    new = k > after
    start, k = start[new], k[new]
    order = np.lexsort((start, k))
    return start[order].tolist(), k[order].tolist()


def _close(rows: SessionRows) -> int | None:
    """Number of the moment at which the session closes; None while it is not known."""
    last = rows.moments.last
    return last if rows.moments[last] >= rows.session.close_ns else None


def _left(one: StreamSubscription) -> str:
    return f"{one.title()}: its consumer has ended without closing the subscription, which is taken out"


def _set(loop: asyncio.AbstractEventLoop, event: Any) -> None:
    loop.call_soon_threadsafe(event.set)
