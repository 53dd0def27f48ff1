"""The notebook's front door: open a session, move its clock, look at everything known at that moment.

Market time only moves when it is told to. A new lab stands at its first open, with no row of that day known.
"""

from __future__ import annotations

import datetime as dt
import platform
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from operator import index
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, RewindError
from sessionlab.timing.wall_clock import WALL, Clock

if TYPE_CHECKING:
    import os

    from sessionlab.engine.catching_up import Lag
    from sessionlab.engine.metrics import PerformanceMetrics
    from sessionlab.engine.player import Player
    from sessionlab.engine.playing import Pacing, Playing
    from sessionlab.engine.profile import Profile
    from sessionlab.engine.progress import Progress
    from sessionlab.engine.step import Leg, Step
    from sessionlab.engine.strategy import Strategy
    from sessionlab.engine.subscription import OnOverrun, StreamSubscription
    from sessionlab.results import RunResult
    from sessionlab.session.data import SessionData
    from sessionlab.session.plan import StreamPlan
    from sessionlab.sources.protocol import Source
    from sessionlab.timing import Interval, TimeManager, TradingSession

_F = TypeVar("_F", bound=Callable[..., Any])
_DURATION = re.compile(r"[1-9]\d*[smh]")
_UNIT_NS = {"s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


class DataWarning(UserWarning):
    """Rows of the data were refused, or cannot be trusted as they are."""


class Lab:
    """A research lab over the sessions of one config.

    ``config`` is a path to a JSON or TOML file, a dict, or a :class:`SessionConfig`. ``source`` replaces the one that the
    config names: ``"synthetic"``, ``"local:PATH"`` or a source object. ``seed`` replaces the config's. ``clock`` is the one on
    the wall, by which it plays.

    >>> import sessionlab as sl
    >>> lab = sl.demo()
    >>> lab.step().now
    Timestamp('2025-07-02 09:31:00-0400', tz='America/New_York')
    >>> len(lab.data["AAPL"].bars("1m"))
    1
    """

    def __init__(
        self,
        config: str | os.PathLike[str] | Mapping[str, Any] | SessionConfig,
        *,
        strategy: Strategy | None = None,
        source: str | Source | None = None,
        seed: int | None = None,
        times: TimeManager | None = None,
        clock: Clock = WALL,
    ) -> None:
        if isinstance(config, Mapping):
            config = SessionConfig.from_dict(dict(config))
        elif isinstance(config, str | PathLike):
            config = SessionConfig.from_file(Path(config))
        elif not isinstance(config, SessionConfig):
            raise ConfigError(
                f"a lab opens a path, a dict or a SessionConfig, not a {type(config).__name__}; "
                "for frames write sl.Lab.from_frames(frames)"
            )
        if seed is not None:
            config = config.replace({"seed": seed})
        if config.mode != "backtest":
            raise ConfigError(
                'mode "live" is not part of this version yet; set mode to "backtest" and give its dates', mode=config.mode
            )
        self.config = config
        from sessionlab.engine.coordinator import SessionCoordinator
        from sessionlab.engine.event_loop import running_loop
        from sessionlab.sources.opening import open_source

        self._engine = SessionCoordinator(config, open_source(source, config), times, clock=clock)
        self._player: Player | None = None
        self._home = running_loop()
        self._warn()
        if strategy is not None:
            self.use(strategy)

    @classmethod
    def from_frames(
        cls,
        frames: Any,
        bars: str | Sequence[str] | None = None,
        *,
        tz: str | None = None,
        label: Literal["start", "end", "auto"] | None = None,
        start: str | dt.date | None = None,
        end: str | dt.date | None = None,
        exchange_group: str | None = None,
        columns: Mapping[str, str] | None = None,
        window: int = 0,
        changes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Lab:
        """A lab over the bars in ``frames``: a frame, or ``{symbol: frame}``, of pandas, polars or Arrow.

        ``bars`` are the streams, ``"1m 5m"``, by default bars as they are. ``tz`` is the zone of stamps that have none,
        ``label`` whether they are the ``start`` or the ``end`` of bars. Symbols, dates, the bars' width and what else is left
        out are inferred: ``lab.source.notes`` says how. ``window`` is how many sessions before each are its history: the first
        so many of the frames are no sessions of the run then. ``changes`` are further values of the config by dotted path, such
        as ``{"session_data_config.adjust": "splits"}``; ``lab.config.save(path)`` keeps it. ``options`` are those of
        :class:`Lab`. A :class:`DataWarning` tells of stamps that look hours off against the calendar.

        >>> import pandas as pd
        >>> index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
        >>> frame = pd.DataFrame({"Open": 10.0, "High": 11.0, "Low": 9.0, "Close": 10.0, "Volume": 100}, index=index)
        >>> lab = Lab.from_frames({"SPY": frame}, bars="1m 5m")
        >>> lab.advance("5m").now
        Timestamp('2025-07-02 09:35:00-0400', tz='America/New_York')
        """
        from sessionlab.sources.frames import lab_config_and_source

        config, source = lab_config_and_source(frames, bars, tz, label, start, end, exchange_group, columns, window, changes)
        lab = cls(config, source=source, **options)
        from sessionlab.checks.hours import doubtful_hours

        for message in doubtful_hours(source, lab._engine.sessions):
            warnings.warn(message, DataWarning, stacklevel=_outside())
        return lab

    @classmethod
    def from_export(cls, export: str | os.PathLike[str] | Mapping[str, Any], *, times: TimeManager | None = None) -> Lab:
        """A lab on an exported moment: a folder of ``lab.data.to_parquet``, or what ``lab.data.to_dict`` gave.

        It stands at that moment with the same config, restricted to the one session, and its ``data`` shows the same to the
        last bit, also ``as_of`` every earlier moment of the session. It has no later row: going on shows the rest of the
        session as absent, which a :class:`DataWarning` says once. Strategies and what they remember are not part of an export,
        and of indicators that are functions of your own it has the values alone.
        Raises :class:`ConfigError` for an export of a newer format, :class:`BadDataError` for a damaged one, naming the file.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> lab.advance("10:30").now
        Timestamp('2025-07-02 10:30:00-0400', tz='America/New_York')
        >>> again = sl.Lab.from_export(lab.data.to_dict())
        >>> again.now == lab.now, again.data["AAPL"].bars("5m").frame().equals(lab.data["AAPL"].bars("5m").frame())
        (True, True)
        """
        from sessionlab.sources.export_opening import open_export

        config, source, times = open_export(export, times)
        lab = cls(config, source=source, times=times)
        if source.until_ns > lab.session.open_ns:
            lab.advance(pd.Timestamp(source.until_ns, tz="UTC"))
        for symbol, recipes in source.asked_for.items():
            for recipe in recipes:
                lab.data[symbol][recipe]
        return lab

    # -- where it stands -------------------------------------------------------------------------------------------

    @property
    def now(self) -> pd.Timestamp:
        """The instant at which the clock stands, in the exchange's zone."""
        return self._engine.data.now

    @property
    def session(self) -> TradingSession:
        """The trading session that the clock stands in: ``.date``, ``.open``, ``.close``. After the run, the last one."""
        return self._engine.session

    @property
    def state(self) -> str:  # not a Literal: completion in notebooks (jedi 0.20) stumbles over it
        """``ready`` before the first step, ``open`` inside a session, ``closed`` at a close, ``done`` after the last one."""
        engine = self._engine
        if engine.done:
            return "done"
        if engine.ended:
            return "closed"
        at_first_open = engine.number == 0 and engine.present.now_ns == engine.session.open_ns
        return "ready" if at_first_open else "open"

    @property
    def progress(self) -> Progress:
        """How far the run is: sessions, fraction of its trading time, market time."""
        from sessionlab.engine.pace import trading_time
        from sessionlab.engine.progress import Progress

        engine = self._engine
        table, session = engine.sessions, engine.session
        lengths = table.close - table.open - (table.break_end - table.break_start)
        passed = int(lengths[: engine.number].sum()) + trading_time(session, session.open_ns, engine.present.now_ns)

        return Progress(engine.number + 1, len(engine.sessions), passed / int(lengths.sum()), self.now)

    @property
    def data(self) -> SessionData:
        """Everything known now. ``lab.data["AAPL"].bars("5m")`` is a live view."""
        return self._engine.data

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that take part, as configured."""
        return self._engine.plan.symbols

    @property
    def plan(self) -> StreamPlan:
        """What is streamed, generated and ignored, with reasons."""
        return self._engine.plan

    def skip_losses(self) -> pd.DataFrame:
        """How many longer bars ``bars.incomplete = "skip"`` leaves out over the whole run, a row per generated stream.

        Columns: ``symbol interval base lost expected``. Counted from the data of every session, of which no bar can be seen.
        With ``skip`` the plan says it too.
        """
        from sessionlab.engine.skip_losses import Loss, skip_losses

        losses = skip_losses(self._engine.plan, self._engine.source, self._engine.sessions)
        return pd.DataFrame(losses, columns=list(Loss._fields))

    @property
    def source(self) -> Source:
        """Where its rows come from."""
        return self._engine.source

    @property
    def times(self) -> TimeManager:
        """The calendar that the run goes by."""
        return self._engine.times

    @property
    def timing(self) -> PerformanceMetrics:
        """What the run costs: ``report()``, ``frame()``, in all or ``by="session"``."""
        return self._engine.metrics

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """The strategies at work, in the order in which they are called."""
        return tuple(book.strategy for book in self._engine.books)

    @property
    def refused(self) -> pd.DataFrame:
        """Rows that the source did not let in, of sessions that have ended: ``symbol series kind count example``."""
        rows = [
            (symbol, series, kind, count, refused.examples.get(kind, ""))
            for (symbol, series), refused in self._engine.notices.refused(self._engine.rows, ended=self._engine.ended).items()
            for kind, count in refused.counts.items()
        ]
        return pd.DataFrame(rows, columns=["symbol", "series", "kind", "count", "example"])

    # -- moving ----------------------------------------------------------------------------------------------------

    def step(self, n: int = 1) -> Step:
        """Go to the next moment, ``n`` times: the end of the next base interval. It crosses closes.

        At a close the next session is opened first. After the last close nothing changes and ``done`` is True.
        """
        try:
            left = index(n)
        except TypeError:
            raise ConfigError(
                f"step({n!r}): how many moments is a whole number; for a time write lab.advance(...)", n=n
            ) from None
        if left < 0:
            raise RewindError(f"step({n}) goes back, which this version cannot; look back with lab.data.as_of(moment)")
        self._by_hand("step")
        engine = self._engine
        legs: list[Leg] = []
        while left > 0:
            if engine.ended and not self._open_next():
                break
            here = engine.present.k
            target = min(here + left, engine.rows.moments.last)
            legs.append(self._leg(lambda: engine.move(target)))  # noqa: B023  # called at once
            left -= target - here
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
        instant = _instant_of(to, session, now_ns)
        if instant > session.close_ns and not engine.done:
            self._refuse_later_session(to, instant, session)
        instant = min(instant, session.close_ns)
        self._refuse_past(to, instant, now_ns)
        if engine.ended and not self._open_next():
            return self._step([], done=True)
        moments = engine.rows.moments
        k = moments.at(instant)
        return self._step([self._leg(lambda: engine.move(k, None if moments[k] == instant else instant))])

    def next(self, what: Literal["bar", "gap"] = "bar") -> Step:
        """Go to the next moment of this session at which a ``"bar"`` arrives or a ``"gap"`` begins; to the close if none does.

        At a close the next session is opened first.
        """
        if what in ("fill", "order"):
            raise ConfigError(
                f'next("{what}") needs orders, which this version does not have yet; use next("bar") or next("gap")'
            )
        if what not in ("bar", "gap"):
            raise ConfigError(f'next({what!r}): write next("bar") or next("gap")')
        self._by_hand("go on")
        engine = self._engine
        if engine.ended and not self._open_next():
            return self._step([], done=True)
        return self._step([self._leg(lambda: engine.move(engine.next_moment(what)))])

    def run_session(self) -> Step:
        """Go to the close of this session; at a close, of the next one."""
        self._by_hand("run a session")
        engine = self._engine
        if engine.ended and not self._open_next():
            return self._step([], done=True)
        return self._step([self._leg(engine.move)])

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

    def result(self) -> RunResult:
        """What the run left behind so far; ``complete`` says whether it reached its end."""
        engine = self._engine
        from sessionlab.results import RunResult

        return RunResult(
            self.config,
            engine.plan,
            engine.series(),
            engine.metrics,
            self.refused,
            self._manifest(),
            self.now,
            complete=engine.done,
        )

    def restart(self) -> None:
        """Begin again at the first open: same data, the strategies as they were given. Subscriptions go on."""
        self._by_hand("restart")
        self._engine.restart()

    # -- playing ---------------------------------------------------------------------------------------------------

    def play(
        self,
        speed: float | None = None,
        *,
        until: str | pd.Timedelta | pd.Timestamp | None = None,
        progress: Callable[[Progress], object] | None = None,
    ) -> Playing:
        """Let market time go by, ``speed`` times as fast as the wall's; 0: as fast as it can.

        In a notebook, ``await lab.play(speed=360)`` plays until it is done or paused, while other tasks run, and gives the
        :class:`Step`; without ``await`` it plays in the background. In a script without an event loop it plays on one of its
        own, and comes back when it has stopped. ``lab.pause()`` holds it, ``lab.play()`` goes on; while it plays,
        ``lab.play(speed=60)`` changes its speed. Nights and breaks take no time.

        ``speed`` is by default the last one, at first the config's. ``until`` is a time as in :meth:`advance`, or a timestamp
        of a later session; without it the end of the run. ``progress`` is called with :attr:`progress` after each move.
        What a hook raises comes from the ``await``, or from the next call where nobody awaits.
        """
        if speed is not None and not (isinstance(speed, int | float | np.number) and isfinite(speed) and speed >= 0):
            raise ConfigError(
                f"play(speed={speed!r}): market time per wall time, as in 360; 0 is as fast as it can; lab.pause() holds it",
                speed=speed,
            )
        engine = self._engine
        if self.pacing.state != "playing":
            engine.hooks.refuse_when_busy("play")
        until_ns = None
        if until is not None:
            session = engine.coming_session if engine.ended else engine.session
            now_ns = session.open_ns if session is not engine.session else engine.present.now_ns
            until_ns = _instant_of(until, session, now_ns)
            self._refuse_past(until, until_ns, now_ns)
        tell = None if progress is None else lambda: progress(self.progress)
        return self._the_player().play(None if speed is None else float(speed), until_ns, tell)

    def pause(self) -> None:
        """Hold a lab that plays, at its last whole moment: from a cell at once, from a hook after its moment.

        From another thread it takes effect within two ticks of a thirtieth of a second. ``lab.play()`` goes on.
        """
        if self._player is not None:
            self._player.pause()

    @property
    def pacing(self) -> Pacing:
        """Whether it plays: ``.state`` (``idle playing paused``), ``.why``, ``.speed``, ``.until``, ``.lag_seconds``."""
        return self._the_player().pacing()

    @property
    def lag(self) -> Lag:
        """How far market time is behind the wall: ``.seconds``; whether strategies sleep for it: ``.gated .reason .since``.

        By hand and at ``run()`` nothing lags.
        """
        return self._engine.catching_up.lag

    @contextmanager
    def profile(self) -> Iterator[Profile]:
        """Time every hook that is called inside of the ``with`` block, by strategy and hook.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> @lab.every("5m")
        ... def watch(ctx, symbol):
        ...     pass
        >>> with lab.profile() as profile:
        ...     _ = lab.advance("10:00")
        >>> profile.frame()[["strategy", "hook", "count"]].to_numpy().tolist()
        [['watch', 'on_bar', 12]]
        """
        from sessionlab.engine.profile import Profile

        making = self._engine.hooks.making
        before, making.profile = making.profile, Profile()
        try:
            yield making.profile
        finally:
            making.profile = before

    # -- subscriptions ---------------------------------------------------------------------------------------------

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
        """Hold a lab that plays, and end all subscriptions: consumers that wait are told that nothing more comes.

        What is known can still be looked at.
        """
        self.pause()
        self._engine.subscribers.close()

    # -- strategies ------------------------------------------------------------------------------------------------

    def use(self, strategy: Strategy) -> Lab:
        """Set a copy of ``strategy``, or replace the one of its name, from now on. ``lab.restart()`` begins again."""
        from sessionlab.engine.strategy import Strategy

        if isinstance(strategy, type) and issubclass(strategy, Strategy):
            strategy = strategy()
        if not isinstance(strategy, Strategy):
            raise ConfigError(f"lab.use takes a Strategy, not a {type(strategy).__name__}; write lab.use(Cross(fast=5))")
        self._engine.use(strategy)
        return self

    def every(self, interval: str) -> Callable[[_F], _F]:
        """A function as strategy: ``f(ctx, symbol)`` per bar, or ``f(ctx)`` per boundary. Running the cell again replaces it.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> @lab.every("5m")
        ... def watch(ctx, symbol):
        ...     ctx.state.last = ctx[symbol].bars("5m").last.close
        >>> lab.strategies
        (watch(every='5m'),)
        """

        def take(function: _F) -> _F:
            from sessionlab.engine.strategy import FunctionStrategy

            self.use(FunctionStrategy(function, interval))
            return function

        return take

    # -- inside ----------------------------------------------------------------------------------------------------

    def _the_player(self) -> Player:
        if self._player is None:
            from sessionlab.engine.player import Player

            self._player = Player(self._engine, self._warn, self._home)
        return self._player

    def _by_hand(self, what: str) -> None:
        """Refuse to move a lab that plays; raise what went wrong while it played and nobody was told."""
        if self._player is not None:
            self._player.refuse(what)

    def _refuse_past(self, to: Any, instant: int, now_ns: int) -> None:
        if instant < now_ns:
            now = pd.Timestamp(now_ns, tz="UTC").tz_convert(self.session.tz)
            what = "the next open" if self._engine.ended else "now"
            raise RewindError(f"{to!r} is before {what} ({now:%Y-%m-%d %H:%M:%S}); look back with lab.data.as_of({to!r})", to=to)

    def _open_next(self) -> bool:
        opened = self._engine.open_next()
        self._warn()
        return opened

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

    def _leg(self, move: Callable[[], object]) -> Leg:
        """What ``move`` goes through in one session."""
        from sessionlab.engine.step import Leg

        engine = self._engine
        before = engine.present.k - 1 if engine.at_open else engine.present.k
        move()
        self._warn()
        present = engine.present
        return Leg(present.rows, before, present.k, present.now_ns)

    def _step(self, legs: list[Leg], *, done: bool = False) -> Step:
        from sessionlab.engine.step import Leg, Step

        present = self._engine.present
        return Step(legs or [Leg(present.rows, present.k, present.k, present.now_ns)], done=done)

    def _warn(self) -> None:
        """Say what is new about the data; ``lab.refused`` has the counts."""
        engine = self._engine
        for message in engine.notices.new(engine.rows, ended=engine.ended, now_ns=engine.present.now_ns):
            warnings.warn(message, DataWarning, stacklevel=_outside())

    def _manifest(self) -> dict[str, Any]:
        from sessionlab import __version__
        from sessionlab.tape import combined_digest

        data = self._engine.loader.kept.digests()
        named = {f"{symbol} {series}": bytes.fromhex(found) for symbol, each in data.items() for series, found in each.items()}
        return {
            "sessionlab": __version__,
            "config_digest": self.config.digest(),
            "source": self._engine.source.name,
            "data_digest": combined_digest(named).hex(),
            "data": data,
            "seed": self.config.seed,
            "strategies": [repr(strategy) for strategy in self.strategies],
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "pandas": pd.__version__},
        }

    def __repr__(self) -> str:
        return f"<Lab {self.config.session_name!r} {self.state}: {self.progress}; {', '.join(self.symbols)}>"

    def _repr_html_(self) -> str:
        name = self.config.session_name.replace("&", "&amp;").replace("<", "&lt;")
        return f"<p><b>{name}</b> · {self.state} · {self.progress}</p>{self.data._repr_html_()}"


def _instant_of(to: Any, session: TradingSession, now_ns: int) -> int:
    """The instant in ns UTC that ``advance`` goes to in ``session`` from ``now_ns``."""
    from sessionlab.timing.clock_time import resolve_moment, session_elapsed

    if isinstance(to, str) and _DURATION.fullmatch(to):
        return session_elapsed(session, now_ns, int(to[:-1]) * _UNIT_NS[to[-1]])
    if isinstance(to, dt.timedelta | np.timedelta64):  # a pd.Timedelta is one
        length = int(pd.Timedelta(to).as_unit("ns").value)
        if length < 0:
            raise RewindError(f"advance({to!r}) goes back; look back with lab.data.as_of(moment)", to=to)
        return session_elapsed(session, now_ns, length)
    if isinstance(to, int | float):
        raise ConfigError(f'advance({to!r}): by how much of what? Write "{to:g}m" or "{to:g}s", or lab.step({to:g})', to=to)
    return resolve_moment(to, session)


def _outside() -> int:
    """The stack level of the first caller outside of the package: whose line a warning should name."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("sessionlab."):
        level, frame = level + 1, frame.f_back
    return level


def demo(*, seed: int | None = None) -> Lab:
    """Two made-up symbols over three days, with three days of 1m bars before each: no file, no key, no network.

    Another ``seed`` makes another market, the same one each time.

    >>> demo(seed=7).config.seed
    7
    """
    from sessionlab.config.demo import DEMO

    return Lab(DEMO, seed=seed)
