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

import copy
import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from operator import length_hint
from time import perf_counter_ns
from typing import Any

from sessionlab.config import SessionConfig
from sessionlab.engine.calls import Book, Calls, Part, calls_of, flaws
from sessionlab.engine.context import Context
from sessionlab.engine.interrupt import Interruptible
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.shelf import Shelf
from sessionlab.engine.skip_losses import skip_losses, with_losses
from sessionlab.engine.strategy import Strategy, parse_every
from sessionlab.errors import BusyError, LookAheadError, RewindError
from sessionlab.session.data import SessionData, Surroundings
from sessionlab.session.plan import StreamPlan, plan_streams
from sessionlab.session.present import Present
from sessionlab.session.quality import PastSeries, past_series
from sessionlab.session.session_rows import SessionRows, WindowBlocks
from sessionlab.sources.protocol import Source
from sessionlab.tape import DayBlock, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession
from sessionlab.timing.clock_time import resolve_moment

BLOCK = 4096
"""Calls between two looks at whether to stop and how far the run is."""


class SessionCoordinator:
    """Runs ``config`` on rows of ``source``. A new one stands at its first open, with no row of that day known.

    With ``arriving`` today's rows are not loaded: they come by :meth:`receive`, as from a live stream, and go through the
    same steps.
    """

    def __init__(
        self, config: SessionConfig, source: Source, times: TimeManager | None = None, *, arriving: bool = False
    ) -> None:
        self._arriving = arriving
        self.config = config
        self.source = source
        self.times = times or TimeManager(config.exchange_group, config.asset_class)
        self.metrics = PerformanceMetrics()
        self.books: list[Book] = []
        self.on_progress: Callable[[], object] = lambda: None
        self.sessions = sessions_of(config, self.times)
        self.plan = self._initialize()
        self.shelf = Shelf(source)
        self._firsts = [0]
        with self.metrics.measure("load, first"):
            rows = self._activate(0, 0)
        self.present = Present(rows, rows.first)
        quality = config.session_data_config
        measured = (quality.gap_filler.enable_session_quality, quality.historical.enable_quality)
        around = Surroundings(lambda: self.present.now_ns, self.look_back, lambda: self.past, measured, quality.extended_hours)
        self.data = SessionData(self.present, around)
        self._stand_at_open()

    def restart(self) -> None:
        """Stand at the first open again, with the strategies as they were given. Blocks still here are not read again."""
        self._refuse_when_busy("restart")
        self.metrics = PerformanceMetrics()
        self._firsts = [0]
        with self.metrics.measure("load, first"):
            rows = self._activate(0, 0)
        self.present.rows, self.present.k, self.present.instant_ns = rows, rows.first, None
        self._stand_at_open()
        self.books = [self._book(book.given) for book in self.books]

    def _stand_at_open(self) -> None:
        self.number = 0
        self.past: list[PastSeries] = []
        self.ended = self.done = False
        self._busy = False
        self._closed_at: int | None = None
        self._fresh_calls(self.present.rows.first - 1)
        self._moving: list[int] = []
        self._closing: list[tuple[Book, str]] = []
        self._looked_back: dict[int, SessionRows] = {}
        self._opened_at = perf_counter_ns()

    @property
    def rows(self) -> SessionRows:
        """The rows of the session that the clock stands in."""
        return self.present.rows

    @property
    def at_open(self) -> bool:
        """Whether this session has not begun its first step."""
        return self._reached < self.present.rows.first

    @property
    def session(self) -> TradingSession:
        """The session that the clock stands in; after the last close, the last one."""
        return self.present.rows.session

    # -- strategies ------------------------------------------------------------------------------------------------

    def use(self, strategy: Strategy) -> None:
        """Set a copy of ``strategy``, or replace the one of its name, from now on."""
        self._refuse_when_busy("use a strategy")
        parse_every(strategy.every)
        book = self._book(copy.deepcopy(strategy))
        at = next((i for i, other in enumerate(self.books) if other.strategy.name == strategy.name), len(self.books))
        replaced = {id(old.ctx) for old in self.books[at : at + 1]}
        self.books[at : at + 1] = [book]
        self._closing = [(old, hook) for old, hook in self._closing if id(old.ctx) not in replaced]
        self._renew_calls(replaced)

    def _book(self, given: Strategy) -> Book:
        return Book(copy.deepcopy(given), Context(self.data, self.config.seed, given.name), given)

    # -- moving ----------------------------------------------------------------------------------------------------

    def move(self, k: int | None = None, instant_ns: int | None = None) -> None:
        """Go on to moment ``k`` of this session (its close where None), or, with ``instant_ns``, to stand between moments."""
        self._refuse_when_busy("move the clock")
        rows = self.present.rows
        target = rows.moments.last if k is None else k
        if not self.books:
            self.present.k, self.present.instant_ns = target, instant_ns
            self._reached = target
            if target == rows.moments.last:
                self._end_session()
            return
        with self._at_work() as stop:
            self._start_hooks()
            self._run_to(target, stop)
            if not stop.asked:
                self.present.instant_ns = instant_ns
            if self.present.k == rows.moments.last:
                self._end_session()

    def receive(self, arrivals: Mapping[tuple[str, Interval], Rows], at_ns: int) -> None:
        """One step of an arriving session: base rows by symbol and interval that came by ``at_ns``, which is now."""
        self._refuse_when_busy("receive rows")
        rows, present = self.present.rows, self.present
        k = rows.receive(arrivals, at_ns)
        if not self.books:
            present.k, present.instant_ns, self._reached = k, None, k
            if at_ns >= rows.session.close_ns:
                self._end_session()
            return
        with self._at_work() as stop:
            self._start_hooks()
            self._renew_calls()
            self._run_to(k, stop)
            present.k = k
            if at_ns >= rows.session.close_ns:
                self._end_session()

    def open_next(self) -> bool:
        """After a close: load the next session and stand at its open. False where there is none."""
        self._refuse_when_busy("open a session")
        if self._closing:
            with self._at_work():
                self._finish()
        if self.done or self.number + 1 >= len(self.sessions):
            return False
        begun = perf_counter_ns()
        present, first = self.present, self.present.rows.moments.until
        # The old session's rows go before the new ones come: both at once would double what a run needs.
        del present.rows
        try:
            rows = self._activate(self.number + 1, first)
        except BaseException:
            present.rows = self._load(self.number, self._firsts[self.number])
            raise
        self._firsts[self.number + 1 :] = [first]
        self.number += 1
        self.metrics["load, later"].add(perf_counter_ns() - begun)
        if self._closed_at is not None:
            self.metrics["session gap"].add(perf_counter_ns() - self._closed_at)
        self.present.rows, self.present.k, self.present.instant_ns = rows, rows.first, None
        self.ended = False
        self._fresh_calls(rows.first - 1)
        for book in self.books:
            book.opened = False
        self._opened_at = perf_counter_ns()
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
            rows = self._looked_back[number] = self._load(number, self._firsts[number])
        instant = min(instant, rows.session.close_ns)
        return Present(rows, rows.moments.at(instant), instant)

    def next_moment(self, what: str) -> int:
        """Number of the next moment of this session at which a ``bar`` arrives or a ``gap`` begins; the close's if none."""
        rows, k = self.present.rows, self.present.k
        if what == "gap":
            coming = [at for symbol in rows.symbols for at, _, reason in flaws(rows, symbol) if reason.startswith("no ")]
        else:
            seen = [rows.first_seen(symbol, base)[1] for symbol in rows.symbols for base in rows.bases[symbol]]
            coming = [int(at[at > k].min()) for at in seen if (at > k).any()]
        return min((at for at in coming if at > k), default=rows.moments.last)

    def series(self) -> list[PastSeries]:
        """What was there of each session so far, the running one included."""
        running = [] if self.ended else past_series(self.rows, self.present.k, self.present.now_ns)
        return [*self.past, *running]

    # -- inside ----------------------------------------------------------------------------------------------------

    def _initialize(self) -> StreamPlan:
        symbols = self.config.session_data_config.symbols
        available = self.source.availability(symbols, self.sessions)
        plan = plan_streams(self.config, available, how_to_get=self.source.describe())
        if self.config.session_data_config.bars.incomplete == "skip" and not self._arriving:
            return with_losses(plan, skip_losses(plan, self.source, self.sessions))
        return plan

    def _activate(self, number: int, first: int) -> SessionRows:
        """The rows of session ``number``, with those of the sessions to prefetch loaded in the same requests."""
        date = self.sessions[number].date
        oldest: dict[tuple[str, Interval], dt.date] = {}
        for window in self.plan.windows:
            since = self.times.get_trailing_sessions(date, window.days)[0].date
            key = window.symbol, window.base
            oldest[key] = min(since, oldest.get(key, since))
        self.shelf.drop_before(oldest, date)
        ahead = self.config.backtest_config.prefetch_days if self.config.backtest_config else 1
        return self._load(number, first, ahead)

    def _load(self, number: int, first: int, ahead: int = 1) -> SessionRows:
        session = self.sessions[number]
        coming = self.sessions[number : number + ahead]
        today: dict[tuple[str, Interval], DayBlock] = {}
        windows: dict[tuple[str, Interval], WindowBlocks] = {}
        quotes = {}
        shelf = self.shelf
        for symbol in self.plan.symbols:  # all of one symbol together: a source keeps what it made or read last
            for base in self.plan.bases(symbol):
                if self._arriving:
                    today[symbol, base] = DayBlock(symbol, base, session.date, Rows.empty(), Rows.empty())
                    continue
                here = shelf.has(symbol, base, session)
                today[symbol, base] = shelf.blocks(symbol, base, [session] if here else list(coming))[0]
            for window in self.plan.windows_of(symbol):
                before = list(self.times.get_trailing_sessions(session.date, window.days))
                blocks = shelf.blocks(symbol, window.base, before)
                windows[symbol, window.interval] = WindowBlocks(window.base, before, blocks)
            found = shelf.quotes(symbol, list(coming)) if self.config.wants_quotes else None
            if found is not None:
                quotes[symbol] = found[0]
        incomplete = self.config.session_data_config.bars.incomplete
        return SessionRows(session, first, self.plan, today, windows, quotes, incomplete, self._arriving)

    def _start_hooks(self) -> None:
        """``on_start`` and ``on_session_start`` of those that have not had them: at the beginning of the first step."""
        for book in self.books:
            if not book.started:
                book.started = True
                self._hook(book, "on_start")
            if not book.opened:
                book.opened = True
                self._hook(book, "on_session_start")

    def _fresh_calls(self, reached: int) -> None:
        """No calls are planned yet; those of moments up to ``reached`` are made."""
        self._calls: Calls | None = None
        self._left: list[Part] = []
        self._reached = reached

    def _renew_calls(self, replaced: Container[int] = ()) -> None:
        """Plan anew what is due, but keep what a hook that raised left undone at its moment, unless of a replaced context."""
        if self._calls is not None:
            self._left = self._calls.left(self._reached)
        self._left = [part for part in self._left if id(part.ctx) not in replaced]
        self._calls = None

    def _run_to(self, target: int, stop: Interruptible) -> None:
        """Make the calls due up to moment ``target``, and stand there; or, when stopped, at the last whole moment."""
        present = self.present
        if self._calls is None:
            with self.metrics.measure("derivation"):
                self._calls = calls_of(present.rows, self.books, self._reached, self._left)
        calls = self._calls
        present.instant_ns = None
        due = calls.due(target)
        try:
            while calls.next < due and not stop.asked:
                # A block ends with its moment, so that a stop between two blocks leaves a whole one.
                last = calls.moments[min(calls.next + BLOCK, due) - 1]
                self._make(calls, calls.due(last))
                self.on_progress()
        finally:
            if calls.next:
                self._reached = max(self._reached, calls.moments[calls.next - 1])
        if not stop.asked:
            present.k = self._reached = target

    def _make(self, calls: Calls, past: int) -> None:
        """Make calls up to number ``past``. A stop shortens ``moments`` and so ends the loop after its moment."""
        present = self.present
        moments, work = calls.between(calls.next, past)
        self._moving = moments
        left = iter(moments)
        begun = perf_counter_ns()
        try:
            for k, hook, ctx, argument in zip(left, *work, strict=False):
                present.k = k
                hook(ctx, argument)
        except BaseException as error:
            calls.next += len(moments) - length_hint(left)  # of those that a stop left over
            argument = calls.argument(calls.next - 1)
            name, now = _hook_name(calls, calls.next - 1), self.data.now
            error.add_note(f"in {name}({argument!r}) at {now:%Y-%m-%d %H:%M:%S} market time")
            raise
        finally:
            self._moving = []
        calls.next += len(moments)
        self.metrics["strategy cycles"].add_block(len(moments), perf_counter_ns() - begun)

    def _stop(self) -> None:
        """Let the calls of the moment at hand be the last ones."""
        moments = self._moving
        if moments:
            past = bisect_left(moments, self.present.k + 1)
            del moments[past:]

    def _end_session(self) -> None:
        if not self.ended:
            rows = self.present.rows
            with self.metrics.measure("derivation"):
                kept = past_series(rows, rows.moments.last, rows.session.close_ns)
            self.past.extend(kept)
            self.ended = True
            now = self._closed_at = perf_counter_ns()
            self.metrics["session"].add(now - self._opened_at)
            self._closing = [(book, "on_session_end") for book in self.books]
            if self.number + 1 == len(self.sessions):
                self._closing += [(book, "on_end") for book in self.books]
        self._finish()

    def _finish(self) -> None:
        """The last hooks, each once: one that raises leaves the later ones for when the lab goes on."""
        while self._closing:
            self._hook(*self._closing.pop(0))
        if self.number + 1 == len(self.sessions) and not self.done:
            self.done = True
            self.metrics["run"].add(self.metrics["session"].total)

    def _hook(self, book: Book, name: str) -> None:
        try:
            getattr(book.strategy, name)(book.ctx)
        except BaseException as error:
            error.add_note(f"in {book.strategy.name}.{name} at {self.data.now:%Y-%m-%d %H:%M:%S} market time")
            raise

    @contextmanager
    def _at_work(self) -> Iterator[Interruptible]:
        self._busy = True
        try:
            with Interruptible(self._stop) as stop:
                yield stop
        finally:
            self._busy = False

    def _refuse_when_busy(self, what: str) -> None:
        if self._busy:
            raise BusyError(f"cannot {what} from inside a hook: a step is under way; do it between steps")


def _hook_name(calls: Calls, number: int) -> str:
    hook = calls.hook(number)
    return getattr(hook, "__qualname__", repr(hook))


def sessions_of(config: SessionConfig, times: TimeManager) -> SessionTable:
    """The sessions of a run; where none lies between its dates, the one that its start rolls to."""
    dates = config.backtest_config
    assert dates is not None
    first = times.get_first_trading_date(dates.start_date)
    last = max(first, times.get_last_trading_date(dates.end_date))
    return times.get_sessions(first, last)
