"""Playing: market time goes by the clock on the wall, tick by tick, on an event loop, until it is done or held.

Between two moves the loop is free for others: cells, widgets, consumers of a subscription. A move is always whole. What
:meth:`Player.pause` and :meth:`Player.play` set is a wish; the loop that plays acts on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pandas as pd

from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.engine.event_loop import running_loop
from sessionlab.engine.pace import TICK_NS, Pace
from sessionlab.engine.playing import Pacing, Playing
from sessionlab.engine.step import Step
from sessionlab.errors import BusyError
from sessionlab.timing.interval import SECOND_NS

SLICE_NS = TICK_NS // 3
"""How long a move may hold up the loop, where it is made of more than one moment."""


class Player:
    """Moves the clock of ``engine``, on the loop ``home`` where that still runs. ``moved`` is called after each move."""

    def __init__(
        self, engine: SessionCoordinator, moved: Callable[[], object], home: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self.speed = engine.config.backtest_config.speed_multiplier if engine.config.backtest_config else 0.0
        self._engine = engine
        self._clock = engine.clock
        self._moved = moved
        self._progress: Callable[[], object] = lambda: None
        self._home = home
        self._playing: Playing | None = None
        self._last: Playing | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._why = ""
        self._wish: str | None = None
        self._until_ns: int | None = None
        self._pace: Pace | None = None
        self._since_ns = 0
        self._stride = 1

    # -- wishes ----------------------------------------------------------------------------------------------------

    def play(self, speed: float | None, until_ns: int | None, progress: Callable[[], object] | None) -> Playing:
        """Play on the loop where the lab was made, or on the running one; without any, on one of its own until it stops.

        While it plays this changes its speed, and where it stops.
        """
        if speed is not None:
            self.speed, self._since_ns = speed, self._clock.ns()
        if until_ns is not None:
            self._until_ns = until_ns
        if progress is not None:
            self._progress = progress
        if self._playing is not None and self.is_playing:
            self._wish = None
            return self._playing
        self._raise_untold()
        self._until_ns, self._wish, self._why = until_ns, None, ""
        self._progress = progress or (lambda: None)
        loop = self._home if self._home is not None and self._home.is_running() else running_loop()
        playing = self._playing = self._last = Playing(self, loop)
        if loop is None:
            asyncio.run(self._play(playing))
            playing.result()
        elif loop is running_loop():
            self._start(playing, loop)
        else:
            loop.call_soon_threadsafe(self._start, playing, loop)
        return playing

    def pause(self, why: str = "paused") -> None:
        """Hold at the last whole moment: from the loop's thread at once, from a hook after its moment, else within a tick."""
        playing = self._playing
        if playing is None:
            return
        self._wish = why
        if self._engine.hooks.is_inside:
            self._engine.hooks.hold()
        elif playing.loop is not None and (not playing.loop.is_running() or playing.loop is running_loop()):
            self._stop(playing, why)

    @property
    def is_playing(self) -> bool:
        """Whether it plays; a loop that was closed does not."""
        playing = self._playing
        if playing is not None and playing.loop is not None and playing.loop.is_closed():
            self._stop(playing, "its event loop was closed")
        return self._playing is not None

    def refuse(self, what: str) -> None:
        """Raise :class:`BusyError` while it plays, and what went wrong and was told to nobody yet."""
        if self.is_playing and not self._engine.hooks.is_inside:
            raise BusyError(f"cannot {what} while the lab plays ({self.words()}); lab.pause() first")
        self._raise_untold()

    def error(self) -> BaseException | None:
        """What went wrong the last time that it played, told to somebody or not; None where nothing did."""
        return None if self._last is None else self._last.error()

    def pacing(self) -> Pacing:
        """What it does, and why."""
        engine = self._engine
        state = "playing" if self.is_playing else "paused" if self._why else "idle"
        until = None if self._until_ns is None else pd.Timestamp(self._until_ns, tz="UTC").tz_convert(engine.session.tz)
        return Pacing(state, self._why, self.speed, until, engine.catching_up.gate.lag_ns / SECOND_NS)

    def words(self) -> str:
        """``plays at 360 x``, or why it stands."""
        if self.is_playing:
            return f"plays at {self.speed:g} x" if self.speed else "plays as fast as it can"
        return self._why

    # -- the loop --------------------------------------------------------------------------------------------------

    def _start(self, playing: Playing, loop: asyncio.AbstractEventLoop) -> None:
        task = loop.create_task(self._play(playing), name="sessionlab: play")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _raise_untold(self) -> None:
        last = self._last
        error = None if last is None or last.told else last.error()
        if last is not None and error is not None:
            last.told = True
            raise error

    async def _play(self, playing: Playing) -> None:
        """Move on until it is to stop. Nothing but a cancellation leaves it: errors belong to whoever awaits."""
        engine = self._engine
        try:
            playing.loop = asyncio.get_running_loop()
            self._begin_leg()
            while self._playing is playing:
                why = self._over()
                if why is not None:
                    self._stop(playing, why)
                    return
                there = self._move()
                if self.speed == 0:
                    await engine.subscribers.settled(lambda: self._playing is not playing or self._wish is not None)
                if self._over() is None:
                    await self._rest(there)
        except (asyncio.CancelledError, GeneratorExit):
            self._stop(playing, self._wish or "interrupted")
            raise
        except KeyboardInterrupt as error:
            self._stop(playing, "interrupted", error)
        except BaseException as error:
            self._stop(playing, f"{type(error).__name__}: {error}", error)

    def _over(self) -> str | None:
        """Why it is to stop now, if it is."""
        engine, until = self._engine, self._until_ns
        if self._wish is not None:
            return self._wish
        if until is not None:
            nothing_before = engine.ended and engine.coming_session.open_ns > until
            if engine.present.now_ns >= until or nothing_before:
                return f"it came to {pd.Timestamp(until, tz='UTC').tz_convert(engine.session.tz):%Y-%m-%d %H:%M:%S}"
        return "the run is done" if engine.done and not engine.hooks.is_closing else None

    def _move(self) -> bool:
        """One move that holds up the loop no longer than a slice; whether market time is where the wall wants it."""
        engine = self._engine
        streams = engine.subscribers
        streams.hold, streams.mode = engine.hooks.hold, "paced" if self.speed else "data-driven"
        engine.hooks.making.timed = self.speed > 0
        try:
            if engine.ended:
                engine.open_next()
                self._begin_leg()
                self._pace = None
                self._moved()
                self._progress()
                if engine.ended:
                    return True
            if engine.at_open:
                engine.move(engine.rows.first)  # the first hooks of the session, and what is due is planned
            target = self._target()
            there = self._move_towards(target) if target > engine.present.now_ns else True
        finally:
            streams.hold = None
        if there and engine.catching_up.gate.closed:
            self._look()
        self._moved()
        self._progress()
        return there

    def _target(self) -> int:
        """Where market time should be now."""
        engine, limit = self._engine, self._limit()
        if not self.speed:
            self._pace = None
            return limit
        wall_ns, pace = self._clock.ns(), self._pace
        if pace is None:
            engine.catching_up.wake()
            pace = Pace(engine.session, engine.present.now_ns, wall_ns, self.speed)
        elif pace.speed != self.speed:
            pace = Pace(engine.session, pace.market_at(self._since_ns), self._since_ns, self.speed)
        self._pace = pace
        return min(pace.market_at(wall_ns), limit)

    def _limit(self) -> int:
        """Where it stops in this session."""
        close_ns = self._engine.session.close_ns
        return close_ns if self._until_ns is None else min(self._until_ns, close_ns)

    def _move_towards(self, target: int) -> bool:
        engine = self._engine
        moments, here = engine.rows.moments, engine.present.k
        goal = moments.at(target)
        k = min(goal, here + self._stride)
        if self.speed:
            if engine.catching_up.gate.passed(0):
                self._look()
            k = min(k, here + max(engine.catching_up.gate.bars_left, 1))
        instant = target if k == goal and moments[k] != target else None
        begun = self._clock.ns()
        gone = engine.move(k, instant)
        self._stride = max(self._stride // 2, 1) if self._clock.ns() - begun > SLICE_NS else min(2 * self._stride, 1 << 16)
        engine.catching_up.gate.passed(gone)
        return engine.present.k >= engine.rows.moments.at(target)

    def _look(self) -> None:
        """How far is market time behind its plan? It has caught up when it is within two ticks of it."""
        pace = self._pace
        if pace is not None:
            lag_ns = self._clock.ns() - pace.wall_at(self._engine.present.now_ns)
            self._engine.catching_up.look(max(lag_ns, 0), 2 * TICK_NS)

    async def _rest(self, there: bool) -> None:
        """Let others come to their turn: until the next tick, delivery or end; for one turn of the loop where it is behind."""
        pace, now_ns = self._pace, self._clock.ns()
        if not there or not self.speed or pace is None or self._engine.ended:
            await asyncio.sleep(0)
            return
        wake_ns = min(pace.next_tick(now_ns), pace.wall_at(self._limit()))
        delivery = self._engine.hooks.next_delivery()
        if delivery is not None:
            wake_ns = min(wake_ns, pace.wall_at(self._engine.rows.moments[delivery]))
        await self._clock.sleep(max(wake_ns - now_ns, 0) / SECOND_NS)

    def _begin_leg(self) -> None:
        self._engine.way.begin(at_open=self._engine.at_open)

    def _stop(self, playing: Playing, why: str, error: BaseException | None = None) -> None:
        """It stands still from here on."""
        if playing is not self._playing:
            return
        engine = self._engine
        self._playing, self._why, self._pace = None, why, None
        engine.subscribers.mode, engine.hooks.making.timed = "data-driven", False
        engine.catching_up.wake()
        if error is not None:
            playing.fail(error)
            return
        done = engine.done and engine.way.is_new
        playing.succeed(Step(engine.way.legs(), done=done))
