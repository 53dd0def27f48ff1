"""The life of a run: sessions one after another, and one order of events in each step.

    initialize  dates and plan
    historical  windows before the session
    queue       rows loaded ahead
    activate    the session's moments and tapes
    stream      moments, and the hooks due at them
    end         last hooks, what is kept of the session

Only the coordinator moves the clock. Nothing is looked up per step: what is due at which moment was worked out before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.config import SessionConfig
from sessionlab.derive.indicators.makers import from_config
from sessionlab.engine.calls import Book, flaws
from sessionlab.engine.catching_up import CatchingUp
from sessionlab.engine.exporter import Exporter
from sessionlab.engine.hooks import Hooks
from sessionlab.engine.loader import Loader
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.notices import Notices
from sessionlab.engine.strategy import Strategy, check_every
from sessionlab.engine.subscribers import Subscribers
from sessionlab.errors import LookAheadError, RewindError
from sessionlab.session.data import SessionData, Surroundings
from sessionlab.session.plan import StreamPlan
from sessionlab.session.present import Present
from sessionlab.session.quality import PastSeries, past_series
from sessionlab.session.session_rows import SessionRows
from sessionlab.sources.protocol import Source
from sessionlab.tape import Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession
from sessionlab.timing.clock_time import resolve_moment
from sessionlab.timing.wall_clock import WALL, Clock


class SessionCoordinator:
    """Runs ``config`` on rows of ``source``. A new one stands at its first open, with no row of that day known.

    With ``arriving`` today's rows are not loaded: they come by :meth:`receive`, as from a live stream, and go through the
    same steps. ``clock`` is the one on the wall, which durations are taken by.
    """

    def __init__(
        self,
        config: SessionConfig,
        source: Source,
        times: TimeManager | None = None,
        *,
        arriving: bool = False,
        clock: Clock = WALL,
    ) -> None:
        self.config = config
        self.clock = clock
        self.times = times or TimeManager(config.exchange_group, config.asset_class)
        begun = clock.ns()
        self.loader = Loader(config, source, self.times, arriving=arriving)
        rows = self.loader.activate(0, 0)
        self.metrics = self._fresh_metrics(begun)
        self.present = Present(rows, rows.first)
        sections = config.session_data_config
        measured = (sections.gap_filler.enable_session_quality, sections.historical.enable_quality)
        indicators = [from_config(entry) for entry in sections.indicators]
        around = Surroundings(
            lambda: self.present.now_ns, self.look_back, lambda: self.past, measured, sections.extended_hours, indicators,
            Exporter(self.loader),
        )  # fmt: skip
        self.data = SessionData(self.present, around)
        self.notices = Notices(self.loader)
        self.hooks = Hooks(self.present, self.data, config.seed, self.metrics)
        self.hooks.making.timed = arriving
        self.subscribers.mode = "live" if arriving else "data-driven"
        self.catching_up = CatchingUp(self.present, self.hooks.making, sections.streaming)
        self._stand_at_open()

    def restart(self) -> None:
        """Stand at the first open again, with the strategies as they were given. Blocks still here are not read again."""
        self.hooks.refuse_when_busy("restart")
        begun = self.clock.ns()
        self.loader.kept.stand_on_nothing()
        rows = self.loader.activate(0, 0)
        self.metrics = self._fresh_metrics(begun)
        self.present.rows, self.present.k, self.present.instant_ns = rows, rows.first, None
        self.hooks.restart(self.metrics)
        self._stand_at_open()

    def _stand_at_open(self) -> None:
        self.number = 0
        self.past: list[PastSeries] = []
        self.ended = self.done = False
        self._firsts = [0]
        self._looked_back: dict[int, SessionRows] = {}
        self._closed_at: int | None = None
        self._come_to_open()

    def _come_to_open(self) -> None:
        self.catching_up.open()
        self._opened_at = self.clock.ns()

    def _fresh_metrics(self, begun: int) -> PerformanceMetrics:
        metrics = PerformanceMetrics(self.clock)
        metrics.begin(self.sessions[0].date)
        metrics.record("load, first").add(self.clock.ns() - begun)
        return metrics

    @property
    def source(self) -> Source:
        """Where the rows come from."""
        return self.loader.source

    @property
    def sessions(self) -> SessionTable:
        """The sessions of the run."""
        return self.loader.sessions

    @property
    def plan(self) -> StreamPlan:
        """What is streamed, generated and ignored, with reasons."""
        return self.loader.plan

    @property
    def books(self) -> list[Book]:
        """The strategies at work, in the order in which they are called."""
        return self.hooks.books

    @property
    def subscribers(self) -> Subscribers:
        """Who waits for data outside of the step."""
        return self.hooks.subscribers

    @property
    def rows(self) -> SessionRows:
        """The rows of the session that the clock stands in."""
        return self.present.rows

    @property
    def session(self) -> TradingSession:
        """The session that the clock stands in; after the last close, the last one."""
        return self.present.rows.session

    @property
    def coming_session(self) -> TradingSession:
        """The session after the one that the clock stands in; that one itself where it is the last."""
        return self.sessions[min(self.number + 1, len(self.sessions) - 1)]

    @property
    def at_open(self) -> bool:
        """Whether this session has not begun its first step."""
        return self.hooks.reached < self.present.rows.first

    def use(self, strategy: Strategy) -> None:
        """Set a copy of ``strategy``, or replace the one of its name, from now on."""
        self.hooks.refuse_when_busy("use a strategy")
        check_every(strategy.every, self.sessions)
        self.hooks.use(strategy)

    def move(self, k: int | None = None, instant_ns: int | None = None) -> None:
        """Go on to moment ``k`` of this session (its close where None), or, with ``instant_ns``, to stand between moments."""
        self.hooks.refuse_when_busy("move the clock")
        last = self.present.rows.moments.last
        target = last if k is None else k
        self._go(target, instant_ns, closes=target == last)

    def receive(self, arrivals: Mapping[tuple[str, Interval], Rows], at_ns: int) -> None:
        """One step of an arriving session: base rows by symbol and interval that came by ``at_ns``, which is now."""
        self.hooks.refuse_when_busy("receive rows")
        rows = self.present.rows
        k = rows.receive(arrivals, at_ns)
        self.catching_up.look_at_arrivals(arrivals, at_ns)
        if not self.hooks.is_idle:
            self.hooks.plan_anew()
        self._go(k, None, closes=at_ns >= rows.session.close_ns)

    def open_next(self) -> bool:
        """After a close: load the next session and stand at its open. False where there is none."""
        self.hooks.refuse_when_busy("open a session")
        self.subscribers.settle_by_hand()
        if self.hooks.is_closing:
            with self.hooks.at_work():
                self._end_session()
        if self.done or self.number + 1 >= len(self.sessions):
            return False
        begun = self.clock.ns()
        present, first = self.present, self.present.rows.moments.until
        # The old session's rows go before the new ones come: both at once would double what a run needs. Other threads
        # (a progress bar, a subscriber) may ask for the time meanwhile.
        present.rows = present.rows.without_rows()
        try:
            rows = self.loader.activate(self.number + 1, first)
        except BaseException:
            present.rows = self.loader.load(self.number, self._firsts[self.number])
            raise
        self._firsts[self.number + 1 :] = [first]
        self.number += 1
        self.ended = False
        present.rows, present.k, present.instant_ns = rows, rows.first, None
        self.hooks.open(rows.first)
        self._come_to_open()
        self.metrics.begin(self.session.date)
        self.metrics.record("load, later").add(self._opened_at - begun)
        if self._closed_at is not None:
            self.metrics.record("session gap").add(self._opened_at - self._closed_at)
        return True

    def look_back(self, moment: Any) -> Present:
        """A present of an earlier moment of the run: a clock time of this session, or a timestamp.

        Between two sessions it stands at the close before. Raises :class:`RewindError` before the first open and
        :class:`LookAheadError` after now.
        """
        session = self.session
        instant = resolve_moment(moment, session)
        if instant > self.present.now_ns:
            raise LookAheadError(f"{moment!r} lies ahead of {self.data.now:%Y-%m-%d %H:%M:%S}; look back only", moment=moment)
        if instant >= session.open_ns:
            return Present(self.present.rows, self.present.rows.moments.at(instant), instant)
        number = int(self.sessions.open.searchsorted(instant, "right")) - 1
        if number < 0:
            first = self.sessions[0]
            raise RewindError(f"{moment!r} lies before the run, which begins at {first.open:%Y-%m-%d %H:%M}", moment=moment)
        rows = self._looked_back.get(number)
        if rows is None:
            if len(self._looked_back) > 1:
                self._looked_back.pop(next(iter(self._looked_back)))
            rows = self._looked_back[number] = self.loader.load(number, self._firsts[number])
        instant = min(instant, rows.session.close_ns)
        return Present(rows, rows.moments.at(instant), instant)

    def next_moment(self, what: str) -> int:
        """Number of the next moment of this session at which a ``bar`` arrives or a ``gap`` begins; the close's if none."""
        rows, k = self.present.rows, self.present.k
        if what == "gap":
            coming = [flaw.k for symbol in rows.symbols for flaw in flaws(rows, symbol) if flaw.kind == "gap"]
        else:
            seen = [rows.first_seen(symbol, base)[1] for symbol in rows.symbols for base in rows.bases[symbol]]
            coming = [int(at[at > k].min()) for at in seen if (at > k).any()]
        return min((at for at in coming if at > k), default=rows.moments.last)

    def series(self) -> list[PastSeries]:
        """What was there of each session so far, the running one included."""
        running = [] if self.ended else past_series(self.rows, self.present.k, self.present.now_ns)
        return [*self.past, *running]

    def _go(self, k: int, instant_ns: int | None, *, closes: bool) -> None:
        """Make what is due up to moment ``k`` and stand there, or, when stopped, at the last whole moment."""
        present, hooks = self.present, self.hooks
        if hooks.is_idle or (not closes and hooks.nothing_due(k)):
            present.k, present.instant_ns, hooks.reached = k, instant_ns, k
            if closes:
                self._end_session()
            return
        with hooks.at_work() as stop:
            self.subscribers.settle_by_hand()
            hooks.start()
            hooks.run_to(k, stop)
            if not stop.over:
                present.instant_ns = instant_ns
            if closes and present.k == k:
                self._end_session()

    def _end_session(self) -> None:
        last = self.number + 1 == len(self.sessions)
        if not self.ended:
            rows = self.present.rows
            with self.metrics.measure("derivation"):
                kept = past_series(rows, rows.moments.last, rows.session.close_ns)
            self.past.extend(kept)
            self.ended = True
            self._closed_at = self.clock.ns()
            self.metrics.record("session").add(self._closed_at - self._opened_at)
            self.hooks.close(last=last)
        self.hooks.finish()
        if last and not self.done:
            self.done = True
            self.metrics.record("run").add(self.metrics["session"].total)
        self.subscribers.tell_end(last=last)
