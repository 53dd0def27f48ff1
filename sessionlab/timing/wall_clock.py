"""The clock on the wall, as far as a lab looks at it: nanoseconds that only grow, and a sleep.

Whoever paces market time is given one, so that a test can give its own. What a session means never depends on it.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Protocol


class Clock(Protocol):
    """``ns()`` counts nanoseconds from anywhere and never goes back; ``sleep`` lets an event loop do other things."""

    def ns(self) -> int:
        """Nanoseconds since some instant."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back ``seconds`` later."""
        ...


class WallClock:
    """The machine's own."""

    ns = staticmethod(perf_counter_ns)

    async def sleep(self, seconds: float) -> None:
        """Come back ``seconds`` later."""
        import asyncio

        await asyncio.sleep(seconds)


WALL = WallClock()
