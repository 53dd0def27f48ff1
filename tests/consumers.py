"""Consumers of a subscription that keep what they were given: a thread, and an asyncio task."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import sessionlab as sl
from sessionlab.engine.stream_event import StreamEvent
from sessionlab.engine.subscription import StreamSubscription

Told = Callable[[StreamEvent], object]


class ThreadConsumer:
    """Takes all events in a thread of its own; ``told`` is called with each. Joined when the ``with`` block ends."""

    def __init__(self, subscription: StreamSubscription, told: Told = lambda event: None) -> None:
        self.events: list[StreamEvent] = []
        self.error: BaseException | None = None
        self._subscription = subscription
        self._told = told
        self.thread = threading.Thread(target=self._consume, name="consumer", daemon=True)
        self.thread.start()

    def _consume(self) -> None:
        try:
            for event in self._subscription:
                self.events.append(event)
                self._told(event)
        except Exception as error:
            self.error = error

    def join(self) -> list[StreamEvent]:
        """What it was given, once nothing more comes."""
        self.thread.join(60)
        assert not self.thread.is_alive()
        if self.error is not None:
            raise self.error
        return self.events


async def take_all(
    subscription: StreamSubscription, told: Callable[[StreamEvent], Any] = lambda event: None
) -> list[StreamEvent]:
    """All events, in a task; ``told`` may give something to await."""
    events = []
    async for event in subscription:
        events.append(event)
        more = told(event)
        if asyncio.iscoroutine(more):
            await more
    return events


def bars_of(events: list[StreamEvent]) -> list[tuple[int, int, float]]:
    """Start, moment of the event and close of every bar that came, in order."""
    return [(bar.start.value, event.moment_ns, bar.close) for event in events for bar in event.bars]


def starts_of(events: list[StreamEvent]) -> list[int]:
    return [bar.start.value for event in events for bar in event.bars]


def all_starts(lab: sl.Lab, symbol: str, interval: str) -> list[int]:
    """Starts of the bars of the session on view, after its close."""
    return [int(start) for start in lab.data[symbol].bars(interval).index.as_unit("ns").asi8]
