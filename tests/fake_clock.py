"""A clock on the wall that stands still until somebody sleeps by it, or a test moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SECOND_NS = 10**9


class FakeClock:
    """``now_ns`` is the wall; ``before_sleep`` is called with the seconds that somebody wants to sleep."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.before_sleep: Callable[[float], object] = lambda seconds: None

    def ns(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.before_sleep(seconds)
        self.now_ns += round(seconds * SECOND_NS)
        await asyncio.sleep(0)

    def pass_by(self, seconds: float) -> None:
        """So much time passes while nobody sleeps: a slow hook, a cell that blocks."""
        self.now_ns += round(seconds * SECOND_NS)

    @property
    def seconds(self) -> float:
        return self.now_ns / SECOND_NS
