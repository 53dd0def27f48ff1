"""What a person holds of a lab that plays: something to await, and a word on how it stands."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Generator
from typing import Any, NamedTuple, Protocol

import pandas as pd

from sessionlab.engine.event_loop import running_loop
from sessionlab.engine.step import Step
from sessionlab.errors import BusyError


class Plays(Protocol):
    """Whoever plays."""

    def pause(self, why: str) -> None:
        """Hold it."""
        ...

    def words(self) -> str:
        """``plays at 360 x``, or why it stands."""
        ...


class Pacing(NamedTuple):
    """``state`` is ``idle``, ``playing`` or ``paused``; ``why`` says in words why it stands still.

    ``speed`` is market time per wall time, 0: as fast as it can; ``until`` where it stops; ``lag_seconds`` on the wall.
    """

    state: str
    why: str
    speed: float
    until: pd.Timestamp | None
    lag_seconds: float


class Playing:
    """A lab that plays: ``await`` it for the :class:`Step` that it made. What went wrong is raised there.

    The step's bars and events are those of the last session that it went through. Cancelling the ``await`` pauses the lab.
    """

    def __init__(self, player: Plays, loop: asyncio.AbstractEventLoop | None) -> None:
        self.loop = loop
        self.told = False
        self._player = player
        self._future: concurrent.futures.Future[Step] = concurrent.futures.Future()

    @property
    def done(self) -> bool:
        """Whether it has stopped."""
        return self._future.done()

    def result(self, timeout: float | None = None) -> Step:
        """The step that it made; waits for it, in another thread than the one that plays. Raises what went wrong."""
        if not self.done and self.loop is not None and self.loop is running_loop():
            raise BusyError("the lab plays on this very event loop; write await lab.play(...)")
        try:
            return self._future.result(timeout)
        finally:
            self.told = self.done

    def error(self) -> BaseException | None:
        """What went wrong; None where nothing did, or where it still plays."""
        return self._future.exception() if self.done else None

    def __await__(self) -> Generator[Any, None, Step]:
        return self._outcome().__await__()

    async def _outcome(self) -> Step:
        try:
            return await asyncio.shield(asyncio.wrap_future(self._future))
        except asyncio.CancelledError:
            if not self.done:
                self._player.pause("its await was cancelled")
            raise
        finally:
            self.told = self.done

    def succeed(self, step: Step) -> None:
        """It has stopped as it should."""
        self._future.set_result(step)

    def fail(self, error: BaseException) -> None:
        """It has stopped with ``error``."""
        self._future.set_exception(error)

    def __repr__(self) -> str:
        return f"<Playing: {self._player.words()}>"
