"""The subscribers of a lab: what became visible is offered to each, in the order in which they subscribed.

It is the last thing in a step. Data-driven, the clock does not move on before every subscriber is ready again; paced and
live, it never waits. No thread is made here: threads and tasks belong to the consumers.
"""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

import pandas as pd

from sessionlab.engine.calls import Part
from sessionlab.engine.context import Looking
from sessionlab.engine.deliveries import Deliveries, Group, at_close
from sessionlab.engine.late import has_left, held_up, overrun, too_late
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.stream_event import StreamEvent
from sessionlab.engine.subscription import Mode, OnOverrun, StreamSubscription
from sessionlab.session.bars import BarView
from sessionlab.session.columns import Bar, bar_of
from sessionlab.session.data import SessionData
from sessionlab.session.present import Present
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape import Moments
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import asyncio

LOGGER = logging.getLogger("sessionlab")
POLL_SECONDS = 0.05
"""How long to wait for a subscriber before looking whether it is still there, and whether to go on waiting."""


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
        self.muted = False
        """Whether nobody is told anything: the run goes again through what they were told."""
        self.calls = self.spent_ns = 0
        self.closing = False
        """Whether the end of a session is still to be told."""
        self.ctx = Looking(data, 0, "subscribers")
        self._present = present
        self._asked = threading.Condition(self.lock)
        self._listener: Callable[[], object] = lambda: None
        self._planned: list[int] = []
        self._views: dict[StreamSubscription, BarView] = {}
        self._gone: tuple[StreamSubscription, ...] = ()  # of symbols that have left: they go on where the run goes back

    # -- who is there ----------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """Number of the moment at which the clock stands."""
        return self._present.k

    def join(self, symbol: str, interval: Interval, on_overrun: OnOverrun, timeout: float) -> StreamSubscription:
        """A new subscription, from now on; of another thread's step that goes on, from the end of its block of calls."""
        view = self._view(symbol, interval)
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
        self._gone = tuple(other for other in self._gone if other is not subscription)
        self._views.pop(subscription, None)
        self.heard()

    def close(self) -> None:
        """End all subscriptions: consumers that wait are told that nothing more comes."""
        with self.lock:
            for subscription in self.all:
                subscription.end()
                self.leave(subscription)

    def rewound(self, k: int, now_ns: int) -> None:
        """The clock was set back to moment ``k`` at ``now_ns``, before the first one where the run begins again.

        Those of symbols that take part again go on; those of symbols that do not take part yet end.
        """
        there = self._present.rows.bases
        self.without([one.symbol for one in self.all if one.symbol not in there])
        with self.lock:
            self.closing = False
            back = [one for one in self._gone if one.symbol in there]
            self._views |= {one: self._view(one.symbol, one.width) for one in back}
            self._gone = tuple(one for one in self._gone if one.symbol not in there)
            self.all = (*self.all, *back)
            self.changed = self.changed or bool(back)
            for subscription in self.all:
                subscription.rewound(k, now_ns)

    def renumbered(self, old: Moments, new: Moments) -> None:
        """The moments of the session, ``old``, have other numbers: those of ``new``. Nothing comes twice, nothing is lost."""
        with self.lock:
            for subscription in () if self.muted else self.all:  # while the run is replayed they wait for where it will stand
                if subscription.after >= old.first:
                    subscription.after = new.at(old[subscription.after])

    def without(self, symbols: Container[str]) -> None:
        """``symbols`` have left: consumers that wait for their bars are told that nothing more comes."""
        if self.muted:  # they were told before, and those told of another future go on
            return
        with self.lock:
            gone = [one for one in self.all if one.symbol in symbols]
            for subscription in gone:
                subscription.end()
                self.leave(subscription)
            self._gone = (*self._gone, *gone)

    def heard(self) -> None:
        """A consumer asked, or left. The lock is held."""
        self._asked.notify_all()
        self._listener()

    # -- what is due -----------------------------------------------------------------------------------------------

    def part(self, rows: SessionRows, after: int) -> Sequence[Part]:
        """The deliveries of a session later than moment ``after``, one call for each moment but the close's."""
        self.changed = False
        if not self.all:
            self._planned = []
            return ()
        deliveries = Deliveries(rows, self.all, after)
        self._planned = deliveries.moments
        return tuple(deliveries.part(self.deliver, self.ctx))

    def next_delivery(self) -> int | None:
        """Number of the next moment at which something is delivered, as far as that is planned."""
        at = bisect_right(self._planned, self.k)
        return self._planned[at] if at < len(self._planned) else None

    def deliver(self, group: Group) -> None:
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
        if not self.all or self.muted:
            return
        try:
            self._offer(at_close(self._present.rows, self.all), True)
        finally:
            with self.lock:
                for subscription in self.all if last else ():
                    subscription.end()
        if self.hold is None and self.mode == "data-driven":
            self.settle(last=True)

    def _offer(self, group: Group, closes: bool) -> None:
        k = self.k
        events = [
            (one, self._event(one, starts, closes))
            for one, starts in group
            if not one.is_asleep and one in self._views and (k > one.after or closes)
        ]
        late = []
        with self.lock:
            for subscription, event in events:
                if not subscription.offer(k, event) and self.mode != "data-driven":
                    subscription.overrun()
                    self.metrics.record("overruns").count += 1
                    late.append(subscription)
        self._overrun(late)

    def _view(self, symbol: str, interval: Interval) -> BarView:
        return BarView(self._present, symbol, interval, (False, False))

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
                    subscription.take_out()
                facts = {"subscription": subscription.title()}
                LOGGER.warning(str(has_left([subscription], self._clock())), extra={"facts": facts})
        strict = [one for one in late if one.on_overrun == "raise"]
        if strict:
            raise overrun(strict, self._clock())

    # -- waiting ---------------------------------------------------------------------------------------------------

    def settle_by_hand(self) -> None:
        """Before the clock moves: wait for those that are not ready, where nothing paces the clock and nobody plays."""
        if self.all and not self.muted and self.hold is None and self.mode == "data-driven":
            self.settle()

    def settle(self, *, last: bool = False) -> None:
        """Block until every subscriber is ready for more. ``last``: what a task of this very loop was given may wait.

        Raises :class:`OverrunError` for one that is late, or gone, and :class:`BusyError` for one that cannot come to its
        turn because this call holds its loop up.
        """
        if not self._late(last):
            return
        begun, since = self.metrics.ns(), monotonic()
        try:
            with self.lock:
                while (late := self._late(last)) and not self.stopped():
                    if held := [one for one in late if one.is_of_this_loop]:
                        raise held_up(held)
                    if not self._asked.wait(POLL_SECONDS):
                        self._refuse(late, monotonic() - since)
        finally:
            self.metrics.record("backpressure").add(self.metrics.ns() - begun)

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
                        self._refuse(late, monotonic() - since)
                    if not late:
                        return
                    with suppress(TimeoutError):  # nobody asked: look again who is there
                        await asyncio.wait_for(asked.wait(), POLL_SECONDS)
        finally:
            self._listener = lambda: None

    def _late(self, last: bool) -> list[StreamSubscription]:
        return [one for one in self.all if not one.is_settled and not (last and one.is_of_this_loop)]

    def _refuse(self, late: list[StreamSubscription], waited: float) -> None:
        """Raise for those that are gone, or have had their time. The lock is held."""
        gone = [one for one in late if one.is_left]
        for one in gone:
            self.leave(one)
            one.take_out()
        if gone:
            raise has_left(gone, self._clock())
        slow = [one for one in late if waited >= one.timeout]
        if slow:
            raise too_late(slow, self._clock())

    def _clock(self) -> str:
        present = self._present
        return f"{pd.Timestamp(present.now_ns, tz='UTC').tz_convert(present.rows.session.tz):%Y-%m-%d %H:%M:%S}"


def _set(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(event.set)
