"""Moving a lab's clock: steps, times, sessions, the whole run. Each move tells what it brought."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.lab.instants import instant_of
from sessionlab.lab.rewinding import Rewinding

if TYPE_CHECKING:
    from sessionlab.engine.progress import Progress
    from sessionlab.engine.step import Leg, Step
    from sessionlab.results import RunResult
    from sessionlab.timing import TradingSession


class Moving(Rewinding):
    """``step``, ``advance``, ``next``, ``run_session``, ``run``."""

    def step(self, n: int = 1) -> Step:
        """Go to the next moment, ``n`` times: the end of the next base interval. It crosses closes.

        At a close the next session is opened first. After the last close nothing changes and ``done`` is True.
        ``step(-1)`` goes back by one, as :meth:`rewind` does, also over the open to the close before.
        """
        try:
            left = index(n)
        except TypeError:
            raise ConfigError(
                f"step({n!r}): how many moments is a whole number; for a time write lab.advance(...)", n=n
            ) from None
        if left < 0:
            return self._step_back(-left)
        self._by_hand("step")
        engine = self._engine
        legs: list[Leg] = []
        while left > 0:
            if engine.ended and not self._open_next():
                break
            gone = 0

            def go_on(n: int = left) -> None:
                nonlocal gone
                gone = engine.step(n)

            legs += self._legs(go_on)
            left -= gone
        return self._step(legs, done=not legs and n != 0)

    def advance(self, to: str | pd.Timedelta | pd.Timestamp) -> Step:
        """Go on by trading time (``"5m"``, a Timedelta), or to a moment of this session.

        A moment is a clock time (``"10:15"``, ``"close-10m"``) or a timestamp. It stops at the close; at a close the next
        session is opened first. Raises :class:`ConfigError` for a timestamp of a later session, and of a later date.
        """
        self._by_hand("advance")
        engine = self._engine
        session = engine.coming_session if engine.ended else engine.session
        now_ns = session.open_ns if session is not engine.session else engine.present.now_ns
        instant = instant_of(to, session, now_ns)
        if instant > session.close_ns and not engine.done:
            self._refuse_later_session(to, instant, session)
        instant = min(instant, session.close_ns)
        self._refuse_past(to, instant, now_ns)
        if engine.ended and not self._open_next():
            return self._step([], done=True)
        moments = engine.rows.moments
        k = moments.at(instant)
        return self._step(self._legs(lambda: engine.move(k, None if moments[k] == instant else instant)))

    def next(self, what: Literal["bar", "gap", "fill", "order"] = "bar") -> Step:
        """Go to the next moment of this session at which a ``"bar"`` arrives or a ``"gap"`` begins; to the close if none does.

        To the next ``"fill"``, or ``"order"`` that is sent, rejected or canceled, strategies run as they always do. At a close
        the next session is opened first.
        """
        if what not in ("bar", "gap", "fill", "order"):
            raise ConfigError(f'next({what!r}): write next("bar"), next("gap"), next("fill") or next("order")')
        from sessionlab.engine.calls import next_moment

        self._by_hand("go on")
        engine = self._engine
        if engine.ended and not self._open_next():
            return self._step([], done=True)
        if what in ("bar", "gap"):
            return self._step(self._legs(lambda: engine.move(next_moment(engine.rows, engine.present.k, what))))
        engine.desk.watch = what
        try:
            return self._step(self._legs(engine.move))
        finally:
            engine.desk.watch = None

    def run_session(self) -> Step:
        """Go to the close of this session; at a close, of the next one."""
        self._by_hand("run a session")
        engine = self._engine
        if engine.ended and not self._open_next():
            return self._step([], done=True)
        return self._step(self._legs(engine.move))

    def run(self, *, progress: bool | Callable[[Progress], object] | None = None) -> RunResult:
        """Go to the end of the last session, and return the result.

        ``progress`` shows a bar with market time: by default once a run takes over a second, on a terminal or in a notebook.
        A function is called with :attr:`progress` in its place, at each later open, at each close and in between.
        Ctrl-C ends the step at hand and raises; the lab stands there whole, ``lab.result()`` tells what there is, and
        ``run()`` goes on.
        """
        from sessionlab.engine.progress import shown

        self._by_hand("run")
        engine = self._engine
        with shown(lambda: self.progress, progress) as update:
            engine.hooks.on_progress = update
            try:
                while not engine.done:
                    if engine.ended:
                        self._open_next()
                        update()
                    engine.move()
                    self._warn()
                    update()
            finally:
                engine.hooks.on_progress = lambda: None
        return self.result()

    def _refuse_later_session(self, to: Any, instant: int, session: TradingSession) -> None:
        """Raise :class:`ConfigError` where ``instant``, after the close of ``session``, is of a later date or session."""
        sessions = self._engine.sessions
        after = int(sessions.open.searchsorted(instant, "right"))
        there = pd.Timestamp(instant, tz="UTC").tz_convert(session.tz)
        if there.date() <= session.date and sessions[after - 1].date <= session.date:
            return
        last = sessions[len(sessions) - 1]
        if there.date() > last.date:
            do = f"the run ends with {last.date}; go there with lab.run()"
        else:
            do = "go there with lab.run_session() first, once for each session in between"
        raise ConfigError(f"{to!r} lies after the session of {session.date}, at whose close advance stops; {do}", to=to)

    def _legs(self, move: Callable[[], object]) -> list[Leg]:
        """What ``move`` goes through in one session."""
        engine = self._engine
        engine.way.begin(at_open=engine.at_open)
        move()
        self._warn()
        return engine.way.legs()

    def _step(self, legs: list[Leg], *, done: bool = False) -> Step:
        from sessionlab.engine.step import Leg, Step

        present = self._engine.present
        return Step(legs or [Leg(present.rows, present.k, present.k, present.now_ns)], done=done)
