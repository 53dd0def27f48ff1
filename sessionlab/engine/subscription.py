"""A subscription: how a thread or an asyncio task waits for the bars of one series, outside of the step.

The hand-shake has one shot. The consumer says that it is ready by asking for the next event; the engine delivers one. What
becomes visible while the consumer is still busy is kept, and comes as one event when it asks again: no bar is lost, none
comes twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sessionlab.engine.event_loop import running_loop
from sessionlab.engine.stream_event import StreamEvent
from sessionlab.errors import BusyError
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import asyncio

    from sessionlab.engine.subscribers import Subscribers

Mode = Literal["data-driven", "paced", "live"]
OnOverrun = Literal["count", "raise"]


class Kept(NamedTuple):
    """An event of moment number ``k`` that its consumer has not taken yet."""

    k: int
    event: StreamEvent


class StreamSubscription:
    """Bars of one symbol and interval, for one consumer: a thread or an asyncio task. Made by ``lab.subscribe``.

        for event in subscription: ...            # in a thread; also subscription.wait(timeout=1)
        async for event in subscription: ...      # in a task; also await subscription.get()

    Both end with the run. Data-driven, the step waits until the consumer asks for the next event, at most ``timeout`` seconds,
    so ``lab.data`` stands still while it looks. Paced and live, the step never waits: a consumer that is not ready is an
    overrun, counted in ``overruns``, and raised from the step where ``on_overrun`` is ``"raise"``. ``close()``, or leaving
    the ``with`` block, ends it.
    """

    def __init__(
        self, subscribers: Subscribers, symbol: str, interval: Interval, on_overrun: OnOverrun, timeout: float, after: int
    ) -> None:
        self.symbol = symbol
        self.interval = str(interval)
        self.width = interval
        self.on_overrun = on_overrun
        self.timeout = timeout
        self.overruns = 0
        self.delivered = 0
        self.epoch = 0
        self.after = after
        self._subscribers = subscribers
        self._lock = subscribers.lock
        self._given = threading.Condition(self._lock)
        self._kept: list[Kept] = []
        self._waiting = self._busy = self._over = self._told = self._closed = False
        self._consumer: threading.Thread | asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._future: asyncio.Future[None] | None = None

    # -- for the consumer ------------------------------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> StreamEvent | None:
        """In a thread: say that it is ready, and wait for the next event. None when nothing more comes.

        Raises ``TimeoutError`` when nothing came within ``timeout`` seconds; what comes later is kept for the next call.
        """
        with self._lock:
            self._ask(threading.current_thread(), None)
            try:
                if not self._given.wait_for(self._has_answer, timeout):
                    raise TimeoutError(f"nothing came of {self.symbol} {self.interval} within {timeout:g} s")
                return self._take()
            finally:
                self._waiting = False

    async def get(self) -> StreamEvent | None:
        """In an asyncio task: the same. A cancelled one loses nothing: what came is kept for the next call."""
        import asyncio

        loop = asyncio.get_running_loop()
        with self._lock:
            self._ask(asyncio.current_task(), loop)
        while True:
            with self._lock:
                if self._has_answer():
                    return self._take()
                self._future = loop.create_future()
            try:
                await self._future
            except BaseException:
                with self._lock:
                    # wait_for() asks in a task of its own, which is done now, while whoever called it goes on
                    self._waiting, self._future, self._consumer = False, None, None
                raise

    def __iter__(self) -> Iterator[StreamEvent]:
        while (event := self.wait()) is not None:
            yield event

    def __aiter__(self) -> StreamSubscription:
        return self

    async def __anext__(self) -> StreamEvent:
        event = await self.get()
        if event is None:
            raise StopAsyncIteration
        return event

    def close(self) -> None:
        """End it, from any thread: the engine waits for it no more, and a consumer that waits is told that nothing comes."""
        with self._lock:
            self._kept.clear()
            self._closed = True
            self._wake()
            self._subscribers.leave(self)

    def __enter__(self) -> StreamSubscription:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def mode(self) -> Mode:
        """``data-driven``, ``paced`` or ``live``: how the clock moves now."""
        return self._subscribers.mode

    @property
    def ready(self) -> bool:
        """Whether the consumer has asked and waits for an answer."""
        return self._waiting and not self._has_answer()

    @property
    def ended(self) -> bool:
        """Whether nothing more comes: the run is over (until it restarts), or this was closed."""
        return self._has_ended() and not self._kept

    # -- for the engine, which holds the lock ----------------------------------------------------------------------

    def offer(self, k: int, event: StreamEvent) -> bool:
        """Deliver ``event`` of moment ``k``, or keep it for a consumer that is not ready: then False."""
        in_time = self.ready
        self._kept.append(Kept(k, event))
        self._busy = True
        if in_time:
            self._wake()
        return in_time

    def overrun(self) -> None:
        """Count that the consumer was not ready for the newest event."""
        self.overruns += 1
        k, event = self._kept[-1]
        self._kept[-1] = Kept(k, event._replace(overruns=1))

    @property
    def is_settled(self) -> bool:
        """Whether the consumer has asked again for what was last offered, or need not: the clock may move on."""
        return not self._busy or self.ready or self._closed

    @property
    def is_asleep(self) -> bool:
        """Whether its consumer was told of the end and has not asked since."""
        return self._told

    @property
    def is_of_this_loop(self) -> bool:
        """Whether the consumer is a task of the event loop that runs in this thread, which can do nothing meanwhile."""
        return self._loop is not None and self._loop is running_loop()

    @property
    def has_asked(self) -> bool:
        """Whether a consumer has ever asked."""
        return self._consumer is not None

    @property
    def is_left(self) -> bool:
        """Whether the consumer is gone without having closed it: its thread has ended, its task is done."""
        if isinstance(self._consumer, threading.Thread):
            return not self._consumer.is_alive()
        return self._consumer is not None and (self._consumer.done() or (self._loop is not None and self._loop.is_closed()))

    def end(self) -> None:
        """Nothing more will be offered; what is kept can still be taken."""
        self._over = True
        self._wake()

    def take_out(self) -> None:
        """Its consumer is gone: nothing more will be offered, and whoever asks again is told so behind what was kept."""
        self._closed = True
        self._wake()

    def rewound(self, k: int, now_ns: int) -> None:
        """The clock was set back to moment ``k`` at ``now_ns``: what was kept of later moments never happened."""
        self.epoch += 1
        self.after = k
        self._over = False
        self._kept = [kept for kept in self._kept if kept.event.moment_ns <= now_ns]

    def __repr__(self) -> str:
        state = (
            "closed" if self._closed else "ended" if self.ended else "ready" if self.ready else "busy" if self._busy else "idle"
        )
        counts = f"{self.delivered:,} delivered, {self.overruns:,} overruns"
        return f"<StreamSubscription {self.title()}: {state}, {counts}>"

    def title(self) -> str:
        """What it is about, and whose it is where that is known: ``AAPL 1m (thread 'plot')``."""
        if self._consumer is None:
            return f"{self.symbol} {self.interval}"
        if isinstance(self._consumer, threading.Thread):
            return f"{self.symbol} {self.interval} (thread {self._consumer.name!r})"
        return f"{self.symbol} {self.interval} (task {self._consumer.get_name()!r})"

    # -- inside ----------------------------------------------------------------------------------------------------

    def _ask(self, consumer: Any, loop: asyncio.AbstractEventLoop | None) -> None:
        if self._waiting:
            raise BusyError(f"{self.title()} has a consumer that waits already; subscribe once for each", subscription=self)
        self._consumer, self._loop = consumer, loop
        self._waiting = True
        if self._told and not self._over:
            self._told, self.after = False, self._subscribers.k
        if not self._kept:
            self._busy = False
            self._subscribers.heard()

    def _has_ended(self) -> bool:
        return self._over or self._closed

    def _has_answer(self) -> bool:
        return bool(self._kept) or self._has_ended()

    def _take(self) -> StreamEvent | None:
        """The oldest kept event, and with it all later ones of its session. The consumer is busy with it from here on."""
        self._waiting, self._future = False, None
        if not self._kept:
            self._told, self._busy = True, False
            self._subscribers.heard()
            return None
        session = self._kept[0].event.session
        together = [kept.event for kept in self._kept if kept.event.session == session]
        del self._kept[: len(together)]
        self.delivered += 1
        return together[0] if len(together) == 1 else StreamEvent.joined(together)

    def _wake(self) -> None:
        future, loop = self._future, self._loop
        if future is None or loop is None:
            self._given.notify()
        elif self.is_of_this_loop:
            _answer(future)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_answer, future)


def _answer(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
