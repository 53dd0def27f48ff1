"""Ctrl-C while market time moves: the running hook is finished, the step is whole, and the run can go on from there.

A second Ctrl-C stops the hook itself.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType


class Interruptible:
    """While entered, the first Ctrl-C calls ``stop`` and sets ``asked``; the second raises ``KeyboardInterrupt``.

    Leaving raises ``KeyboardInterrupt`` if it was asked for, so a cell ends there. Off the main thread nothing changes.
    :meth:`hold` stops it as well, without raising: ``over`` says that either has happened.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.asked = False
        self.over = False
        self._stop = stop
        self._before: object = None

    def __enter__(self) -> Interruptible:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._asked)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]
        if self.asked and kind is None:
            raise KeyboardInterrupt

    def is_over(self) -> bool:
        """Whether the moment at hand is to be the last one; asked again, the answer may be another."""
        return self.over

    def hold(self) -> None:
        """Let the moment at hand be the last one. From inside a hook, in the engine's own thread."""
        self.over = True
        self._stop()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self.hold()
