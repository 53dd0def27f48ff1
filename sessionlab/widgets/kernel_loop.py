"""The loop that the lab lives on: whatever a browser asks for is done there, between two moves, and on no other thread.

On which thread a message of a browser arrives depends on the version of ipykernel: the main one, or that of a subshell with a
loop of its own. So a message only leaves a call here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sessionlab.engine.event_loop import running_loop


class KernelLoop:
    """Calls on the loop that ran where this was made, or on ``home``. Without a loop, in a script, they are made at once."""

    def __init__(self, home: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = running_loop() or home

    def soon(self, call: Callable[..., object], *args: Any) -> None:
        """Make ``call`` in its turn. From any thread."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(call, *args)
        else:
            call(*args)

    def later(self, seconds: float, call: Callable[..., object], *args: Any) -> None:
        """Make ``call`` after ``seconds``; never where there is no loop. From the loop's own thread."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_later(seconds, call, *args)
