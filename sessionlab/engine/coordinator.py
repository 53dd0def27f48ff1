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

from collections.abc import Callable, Mapping, Sequence

from sessionlab.config import SessionConfig
from sessionlab.engine import nights
from sessionlab.engine.account_tables import traded
from sessionlab.engine.accounting import Accounting
from sessionlab.engine.calls import Book
from sessionlab.engine.catching_up import CatchingUp
from sessionlab.engine.checkpoint import Checkpoint
from sessionlab.engine.configured import configured_strategies
from sessionlab.engine.deeds import Deeds
from sessionlab.engine.desk import BY_HAND, Desk
from sessionlab.engine.drawing import draw
from sessionlab.engine.exporter import Exporter
from sessionlab.engine.going_back import GoingBack
from sessionlab.engine.hooks import Hooks
from sessionlab.engine.interrupt import Interruptible
from sessionlab.engine.loader import Loader, Newcomer
from sessionlab.engine.looking_back import LookingBack
from sessionlab.engine.members import Members, check_symbol
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.notices import Notices
from sessionlab.engine.place import Place
from sessionlab.engine.scan_windows import Window
from sessionlab.engine.scanner import Scanner
from sessionlab.engine.scanning import Scanning
from sessionlab.engine.signals import Signals
from sessionlab.engine.strategy import Strategy, check_every
from sessionlab.engine.subscribers import Subscribers
from sessionlab.engine.trader import Trader
from sessionlab.engine.trading_needs import check_benchmark, check_spread
from sessionlab.engine.way import Way
from sessionlab.errors import RewindError
from sessionlab.session.data import SessionData, Surroundings
from sessionlab.session.plan import StreamPlan
from sessionlab.session.present import Present
from sessionlab.session.quality import PastSeries, past_of, past_series
from sessionlab.session.session_rows import SessionRows
from sessionlab.sources.protocol import Source
from sessionlab.tape import Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession
from sessionlab.timing.wall_clock import WALL, Clock
from sessionlab.trading.costs import CostModel
from sessionlab.trading.limits import Limits
from sessionlab.trading.traded import Traded


class SessionCoordinator:
    """Runs ``config`` on rows of ``source``. A new one stands at its first open, with no row of that day known.

    With ``arriving`` today's rows are not loaded: they come by :meth:`receive`, as from a live stream, and go through the
    same steps. ``clock`` is the one on the wall, which durations are taken by. ``turned`` counts how often it went back or began
    again: what was known before is not all known since.
    """

    def __init__(
        self,
        config: SessionConfig,
        source: Source,
        times: TimeManager | None = None,
        *,
        arriving: bool = False,
        clock: Clock = WALL,
        costs: CostModel | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.config = config
        self._costs = CostModel.of(config.trading_config.costs) if costs is None else costs
        self._limits = Limits.of(config.trading_config) if limits is None else limits
        self.clock = clock
        self.turned = 0
        self.times = times or TimeManager(config.exchange_group, config.asset_class)
        begun = clock.ns()
        self.loader = Loader(config, source, self.times, arriving=arriving)
        check_spread(config, self.loader.available)
        check_benchmark(config)
        rows = self.loader.activate(0, 0)
        self.metrics = self._fresh_metrics(begun)
        self.present, self.number = Present(rows, rows.first), 0
        self._assemble()
        self.hooks.making.timed = arriving
        self.subscribers.mode = "live" if arriving else "data-driven"
        self.deeds = Deeds(lambda: self.here)
        self.scanning.use_configured(config.session_data_config.scanners)
        for post in self.scanning.posts:
            self.deeds.use(post.scanner, "scanner", post.name, pre_session=post.pre_session, windows=post.windows)
        for strategy in configured_strategies(config.session_data_config.strategies):
            check_every(strategy.every, self.sessions)
            self.hooks.use(strategy)
            self.deeds.use(strategy, "strategy", strategy.name)
        self._stand_at_open()

    def _assemble(self) -> None:
        """Put together what works on the rows at hand."""
        sections = self.config.session_data_config
        measured = (sections.gap_filler.enable_session_quality, sections.historical.enable_quality)
        self.around = Surroundings(
            lambda: self.present.now_ns,
            lambda moment: self.back.at(moment),
            lambda: self.past,
            measured,
            sections.extended_hours,
            self.loader.plan.indicators,
            Exporter(self.loader),
            draw,
        )
        self.data = SessionData(self.present, self.around)
        self.notices = Notices(self.loader)
        self.desk = self._fresh_desk()
        self.hooks = Hooks(self.present, self.data, self.config.seed, self.metrics, self.desk)
        self.hooks.on_work = lambda ns: self.going_back.worked(ns)
        self.hooks.on_error = lambda: self.going_back.stumbled()
        self.way = Way(self.present, lambda: self.desk.account.ledger)
        self.catching_up = CatchingUp(self.present, self.hooks.making, sections.streaming, self.way)
        self.members = Members(self.loader, self.present, self.hooks, self.data, self.way)
        self.scanning = Scanning(self)

    def restart(self) -> None:
        """Stand at the first open again, with the symbols of the config, and the strategies and scanners as they were given.

        Blocks still here are not read again.
        """
        self.hooks.refuse_when_busy("restart")
        self.turned += 1
        begun = self.clock.ns()
        self.members.begin_again()
        self.scanning.begin_again()
        rows = self.loader.activate(0, self.rows.moments.free)
        self.metrics = self._fresh_metrics(begun)
        self.present.rows, self.present.k, self.present.instant_ns = rows, rows.first, None
        self.number = 0
        self.desk = self._fresh_desk()
        self.hooks.restart(self.metrics, self.desk)
        self.deeds.began_again([book.strategy.name for book in self.books], [post.name for post in self.scanning.posts])
        self._stand_at_open()

    def _stand_at_open(self) -> None:
        self.past: list[PastSeries] = []
        self.ended = self.done = False
        self.back = LookingBack(self.loader, self.present)
        self._closed_at: int | None = None
        self._open_account(None)
        self.accounting = Accounting(self.desk)
        self.going_back = GoingBack(self)
        self._come_to_open()
        self._scan_before_the_open()
        self.going_back.opened()

    def _fresh_desk(self) -> Desk:
        desk = Desk(self.config, self.present, self._costs, self._limits)
        self.hand = Trader(desk, BY_HAND)
        return desk

    def _open_account(self, before: TradingSession | None) -> None:
        """What falls due between the session ``before`` and this one, and what rests."""
        nights.open_session(self.desk, self.number, before, self.loader.adjuster.known)

    def _benchmark_dividend(self, before: TradingSession) -> float:
        """What a share of the benchmark paid between the session ``before`` and this one, dollars."""
        symbol = self.config.trading_config.benchmark
        actions = None if symbol is None else self.loader.adjuster.known(symbol)
        return 0.0 if actions is None else sum(one.amount for one in actions.between(before.date, self.session.date).dividends)

    def _come_to_open(self) -> None:
        self.way.opened()
        self.catching_up.open()
        self.scanning.opened()
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
    def here(self) -> Place:
        """Where the clock stands."""
        return Place(self.number, self.present.now_ns)

    @property
    def at_open(self) -> bool:
        """Whether this session has not begun its first step."""
        return self.hooks.reached < self.present.rows.first

    def use(self, strategy: Strategy) -> None:
        """Set a copy of ``strategy``, or replace the one of its name, from now on."""
        self.hooks.refuse_when_busy("use a strategy")
        self.going_back.acted()
        check_every(strategy.every, self.sessions)
        self.hooks.use(strategy)
        self.deeds.use(strategy, "strategy", strategy.name)

    def use_scanner(self, scanner: Scanner, *, pre_session: bool, windows: Sequence[Window], name: str | None = None) -> None:
        """Set a copy of ``scanner``, or replace the one of its name, from now on; one for the open scans there at once."""
        self.hooks.refuse_when_busy("use a scanner")
        self.going_back.acted()
        self.scanning.use(scanner, pre_session=pre_session, windows=windows, name=name)
        self.deeds.use(scanner, "scanner", name or scanner.name, pre_session=pre_session, windows=windows)
        self._scan_before_the_open()

    def add_symbol(self, symbol: str) -> None:
        """Let ``symbol`` take part from now on, with its whole day so far. One that does already stays as it is."""
        self.hooks.refuse_when_busy("add a symbol")
        self.going_back.acted()
        check_symbol(symbol)
        if symbol not in self.rows.bases:
            self.join([self.members.newcomer(symbol, self.number)], "lab")

    def remove_symbol(self, symbol: str) -> None:
        """Let ``symbol`` take no part from now on. What was there of it is kept."""
        self.hooks.refuse_when_busy("remove a symbol")
        self.going_back.acted()
        self.leave(symbol, "lab")

    def join(self, newcomers: Sequence[Newcomer], by: str) -> None:
        """Let ``newcomers`` take part, as ``by`` asks for."""
        self.members.join(newcomers, by)
        rows, k, close_ns = self.rows, self.present.k, self.session.close_ns
        for symbol in [one.symbol for one in newcomers]:
            self._keep(symbol, past_of(rows, symbol, k, close_ns) if self.ended else [])

    def leave(self, symbol: str, by: str) -> None:
        """Let ``symbol`` take no part any more, as ``by`` asks for."""
        if symbol in self.rows.bases:
            self.desk.refuse_to_part_with(symbol)
            self.accounting.leaves(symbol)
        kept = self.members.leave(symbol, by)
        self.desk.part_with(symbol)
        self._keep(symbol, kept)

    def _keep(self, symbol: str, series: list[PastSeries]) -> None:
        """Keep ``series`` of ``symbol`` in this session, and nothing else. Whatever looks back does so with other symbols."""
        self.past = [one for one in self.past if one.symbol != symbol or one.session != self.session] + series
        self.back.opened(self.number)
        self.back.forget()

    def __repr__(self) -> str:
        where = f"{self.config.session_name!r} at {self.data.now:%Y-%m-%d %H:%M:%S}"
        return f"<SessionCoordinator {where}: {', '.join(self.rows.symbols)}>"

    def step(self, n: int) -> int:
        """Go on by up to ``n`` moments of this session; by how many it went."""
        self.hooks.refuse_when_busy("move the clock")
        moments, here = self.present.rows.moments, self.present.k
        return self._go(min(here + n, moments.last), None, counted=True)

    def move(self, k: int | None = None, instant_ns: int | None = None) -> int:
        """Go on to moment ``k`` of this session (its close where None), or, with ``instant_ns``, to stand between moments.

        By how many moments it went.
        """
        self.hooks.refuse_when_busy("move the clock")
        return self._go(self.present.rows.moments.last if k is None else k, instant_ns)

    def receive(self, arrivals: Mapping[tuple[str, Interval], Rows], at_ns: int) -> None:
        """One step of an arriving session: base rows by symbol and interval that came by ``at_ns``, which is now."""
        self.hooks.refuse_when_busy("receive rows")
        rows = self.present.rows
        k = rows.receive(arrivals, at_ns)
        self.catching_up.look_at_arrivals(arrivals, at_ns)
        self.desk.broker.arrived()
        if not self.hooks.is_idle:
            self.hooks.plan_anew()
        self._go(k, None)

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
        self.going_back.before_move()
        self.going_back.let_go()
        present, first = self.present, self.present.rows.moments.free
        # The old session's rows go before the new ones come: both at once would double what a run needs. Other threads
        # (a progress bar, a subscriber) may ask for the time meanwhile.
        present.rows = present.rows.without_rows()
        try:
            rows = self.loader.activate(self.number + 1, first)
        except BaseException:
            over, present.rows = present.rows, self.back.load(self.number)
            present.rows.joined, present.rows.left = over.joined, over.left
            present.rows.moments.use_up(first)
            present.k = present.rows.moments.last
            raise
        self.number += 1
        self.ended = False
        before = present.rows.session
        present.rows, present.k, present.instant_ns = rows, rows.first, None
        self.back.opened(self.number)
        self.hooks.open(rows.first)
        entries = len(self.desk.account.ledger)
        self._open_account(before)
        self.accounting.open_session(entries, self._benchmark_dividend(before))
        self._come_to_open()
        self.metrics.begin(self.session.date)
        self.metrics.record("load, later").add(self._opened_at - begun)
        if self._closed_at is not None:
            self.metrics.record("session gap").add(self._opened_at - self._closed_at)
        self._scan_before_the_open()
        self.going_back.opened()
        return True

    def series(self) -> list[PastSeries]:
        """What was there of each session so far, the running one included."""
        running = [] if self.ended else past_series(self.rows, self.present.k, self.present.now_ns)
        return [*self.past, *running]

    def rewind(self, place: Place) -> None:
        """Stand at ``place`` as the run did then: a moment of it, or between two, up to now."""
        self.refuse_live("go back")
        self.hooks.refuse_when_busy("go back")
        self.turned += 1
        self.going_back.rewind(place)
        self.deeds.went_back(place)

    def refuse_live(self, what: str) -> None:
        """Raise :class:`RewindError` where rows arrive: what was sent then is a fact."""
        if self.loader.is_arriving:
            raise RewindError(
                f"cannot {what}: a live run's orders are facts; look back with lab.data.as_of(moment), or replay the day from "
                "its journal and go back there"
            )

    def stand_in(self, point: Checkpoint) -> None:
        """Have the rows and symbols of ``point``, to stand there."""
        present, free = self.present, self.rows.moments.free
        self.loader.stand_as(point.plan, point.everyone, point.stood_on)
        self.members.stand_as(point.changes)
        rows = self.loader.activate(point.number, free) if point.rows is None else point.rows
        rows.joined, rows.left = point.joined, point.left
        rows.moments.use_up(free)
        present.rows, present.k, present.instant_ns = rows, rows.first, None
        self.number = point.number
        self.back.opened(point.number)
        self.back.forget()
        self._come_to_open()
        self._closed_at = None

    def count_in(self, metrics: PerformanceMetrics) -> None:
        """Count what steps take in ``metrics`` from now on."""
        self.metrics = self.hooks.metrics = self.subscribers.metrics = self.hooks.making.metrics = metrics

    def traded(self) -> Callable[[], Traded]:
        """What makes the tables of what the account did so far."""
        return traded(self.desk, self.accounting, self.hooks.names)

    def _go(self, k: int, instant_ns: int | None, *, counted: bool = False) -> int:
        """Make what is due up to moment ``k`` and stand there, or, when stopped, at the last whole moment.

        Who joins or leaves on the way may change the numbers: then it goes to the same instant, or, ``counted``, by as many
        moments. By how many it went.
        """
        present, hooks, here = self.present, self.hooks, self.present.k
        self.going_back.before_move()
        moments = present.rows.moments
        closes = k == moments.last and moments[k] >= present.rows.session.close_ns
        scans = bool(self.scanning.posts) and self.scanning.next(k) is not None
        acted = self.going_back.by_hand  # where something is left undone: that becomes whole first, so that it can be copied
        if not scans and not acted and (hooks.is_idle or (not closes and hooks.nothing_due(k))):
            present.k, present.instant_ns, hooks.reached = k, instant_ns, k
            if closes:
                self._end_session()
            return k - here
        with hooks.at_work() as stop:
            self.subscribers.settle_by_hand()
            hooks.start()
            if acted and self.scanning.next(present.k) is None:
                hooks.run_to(present.k, stop)
                self.going_back.before_move()
            gone = 0
            while scans and not stop.over and (at := self.scanning.next(k)) is not None:
                gone += self._scan_at(at, k, stop)
                self.going_back.before_move()
                if present.rows.moments is not moments:
                    target_ns = moments[k] if instant_ns is None else instant_ns
                    left, moments = k - at, present.rows.moments
                    k = min(present.k + left, moments.last) if counted else moments.at(target_ns)
                    instant_ns = None if counted or moments[k] == target_ns else target_ns
            here, self.subscribers.target = present.k, k
            hooks.run_to(k, stop)
            if not stop.over:
                present.instant_ns = instant_ns
            if present.k == k and moments[k] >= present.rows.session.close_ns:
                self._end_session()
        return gone + present.k - here

    def _scan_at(self, at: int, k: int, stop: Interruptible) -> int:
        """On the way to moment ``k``, all up to moment ``at``, at which scanners come first. By how many moments it went."""
        present, hooks, here = self.present, self.hooks, self.present.k
        self.subscribers.target = k
        if at > here:
            hooks.run_to(at - 1, stop)
            if stop.over:
                return present.k - here
            present.k = at
        hooks.meet_orders()
        self.scanning.scan()
        self.subscribers.target = -1
        hooks.run_to(present.k, Interruptible(lambda: None))  # a moment that has begun becomes whole, also when stopped
        return at - here

    def _scan_before_the_open(self) -> None:
        """Let the scanners due before the session's first moment scan: while it has not begun."""
        if self.at_open and self.scanning.before_open:
            with self.hooks.at_work():
                self.scanning.scan_before_open()

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
            self.accounting.close_session()
            nights.close_session(self.desk)
            self.hooks.close(last=last)
        self.hooks.finish()
        if last and not self.done:
            self.done = True
            nights.end_run(self.desk)
            self._tell_of_signals()
            self.metrics.record("run").add(self.metrics["session"].total)
        self.subscribers.tell_end(last=last)

    def _tell_of_signals(self) -> None:
        """The run is over: rows of signals that met no bar are told of, for nothing else shows them."""
        for book in self.books:
            words = book.strategy.complaint() if isinstance(book.strategy, Signals) else ""
            if words:
                self.loader.notes.append(words)
                self.desk.note("unused_signals", "", book.strategy.name, words)
