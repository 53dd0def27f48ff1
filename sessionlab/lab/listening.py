"""Who waits for a lab's data from outside of its steps: threads, tasks, widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.errors import ConfigError
from sessionlab.lab.seat import Seat

if TYPE_CHECKING:
    from sessionlab.engine.subscription import OnOverrun, StreamSubscription
    from sessionlab.timing import Interval


class Listening(Seat):
    """``subscribe``, ``subscriptions``, ``close``."""

    def subscribe(
        self, symbol: str, interval: str | Interval, *, on_overrun: OnOverrun = "count", timeout: float = 30.0
    ) -> StreamSubscription:
        """Wait for bars outside of the step, in a thread or an asyncio task, from now on. From any thread.

        ``for event in lab.subscribe("AAPL", "5m")`` in a thread, ``async for`` in a task. Data-driven (``step``, ``run``,
        ``play(speed=0)``), the step waits until the consumer asks for the next event, at most ``timeout`` seconds. Paced, it
        never waits: a consumer that is not ready is an overrun, counted, and raised where ``on_overrun="raise"``.
        Raises :class:`NoDataError` for bars that cannot be made of what is loaded.
        """
        from sessionlab.timing import Interval

        if on_overrun not in ("count", "raise"):
            raise ConfigError(f'on_overrun={on_overrun!r}: write "count" or "raise"', on_overrun=on_overrun)
        if not timeout > 0:
            raise ConfigError(f"timeout={timeout!r}: how many seconds a step waits for a consumer, more than 0", timeout=timeout)
        self.data[symbol]  # says what there is where it is not there
        return self._engine.subscribers.join(symbol, Interval.parse(interval), on_overrun, timeout)

    @property
    def subscriptions(self) -> tuple[StreamSubscription, ...]:
        """The open subscriptions, in the order in which they are delivered to."""
        return self._engine.subscribers.all

    def close(self) -> None:
        """Hold a lab that plays, take its widgets off their pages, and end all subscriptions: who waits is told so.

        What is known can still be looked at.
        """
        if self._player is not None:
            self._player.pause()
        self._engine.subscribers.close()
        while self._faces:
            self._faces.pop().close()
        self._is_closed = True
