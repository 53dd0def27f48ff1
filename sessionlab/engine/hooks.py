"""The hooks of strategies: made once each, in order, up to a moment, and resumable after a stop or an error."""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from operator import length_hint
from time import perf_counter_ns

from sessionlab.engine.calls import Book, Calls, Part, calls_of
from sessionlab.engine.context import Context
from sessionlab.engine.interrupt import Interruptible
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.strategy import Strategy, check_hooks
from sessionlab.errors import BusyError
from sessionlab.session.data import SessionData
from sessionlab.session.present import Present

BLOCK = 256, 8192
"""Least and most calls between two looks at how far the run is; between them, as many as take about a tenth of a second."""
TENTH_NS = 100_000_000


class Hooks:
    """The strategies at work (``books``) and what is due of them. It moves ``present`` from call to call."""

    def __init__(self, present: Present, data: SessionData, seed: int) -> None:
        self.books: list[Book] = []
        self.on_progress: Callable[[], object] = lambda: None
        self.metrics = PerformanceMetrics()
        self._present = present
        self._data = data
        self._seed = seed
        self._busy = False
        self._block = BLOCK[0]
        self._moving: list[int] = []
        self._closing: list[tuple[Book, str]] = []
        self.open(present.rows.first)

    def restart(self, metrics: PerformanceMetrics) -> None:
        """Begin again with the strategies as they were given."""
        self.metrics = metrics
        self._closing = []
        self.books = [self._book(book.given) for book in self.books]
        self.open(self._present.rows.first)

    def use(self, strategy: Strategy) -> None:
        """Set a copy of ``strategy``, or replace the one of its name, from now on."""
        check_hooks(strategy)
        book = self._book(copy.deepcopy(strategy))
        at = next((i for i, other in enumerate(self.books) if other.strategy.name == strategy.name), len(self.books))
        replaced = {id(old.ctx) for old in self.books[at : at + 1]}
        self.books[at : at + 1] = [book]
        self._closing = [(old, hook) for old, hook in self._closing if id(old.ctx) not in replaced]
        self.plan_anew(replaced)

    def open(self, first: int) -> None:
        """A session begins, whose open is moment ``first``: nothing is planned or made yet."""
        self._fresh_calls(first - 1)
        for book in self.books:
            book.opened = False

    def close(self, *, last: bool) -> None:
        """The session is at its close, the run's ``last`` one or not: the last hooks are due."""
        self._closing = [(book, "on_session_end") for book in self.books]
        if last:
            self._closing += [(book, "on_end") for book in self.books]

    @property
    def is_closing(self) -> bool:
        """Whether last hooks of the session are still due."""
        return bool(self._closing)

    def start(self) -> None:
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
        self.reached = reached

    def plan_anew(self, replaced: Container[int] = ()) -> None:
        """Plan anew what is due, but keep what a hook that raised left undone at its moment, unless of a replaced context."""
        if self._calls is not None:
            self._left = self._calls.left(self.reached)
        self._left = [part for part in self._left if id(part.ctx) not in replaced]
        self._calls = None

    def nothing_due(self, k: int) -> bool:
        """Whether all is planned and none of it is left to do up to moment ``k``."""
        calls = self._calls
        return calls is not None and calls.due(k) == calls.next

    def run_to(self, target: int, stop: Interruptible) -> None:
        """Make the calls due up to moment ``target``, and stand there; or, when stopped, at the last whole moment."""
        present = self._present
        if self._calls is None:
            with self.metrics.measure("derivation"):
                self._calls = calls_of(present.rows, self.books, self.reached, self._left)
        calls = self._calls
        due = calls.due(target)
        if not stop.asked:
            present.instant_ns = None
        try:
            while calls.next < due and not stop.asked:
                # A block ends with its moment, so that a stop between two blocks leaves a whole one.
                last = calls.moments[min(calls.next + self._block, due) - 1]
                begun = perf_counter_ns()
                self._make(calls, calls.due(last))
                self._block = min(2 * self._block, BLOCK[1]) if perf_counter_ns() - begun < TENTH_NS else BLOCK[0]
                self.on_progress()
        finally:
            if calls.next:
                self.reached = max(self.reached, calls.moments[calls.next - 1])
        if not stop.asked:
            present.k = self.reached = target

    def _make(self, calls: Calls, past: int) -> None:
        """Make calls up to number ``past``. A stop shortens ``moments`` and so ends the loop after its moment."""
        present = self._present
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
            error.add_note(f"in {calls.words(calls.next - 1)} at {self._data.now:%Y-%m-%d %H:%M:%S} market time")
            raise
        finally:
            self._moving = []
        calls.next += len(moments)
        self.metrics["strategy cycles"].add_block(len(moments), perf_counter_ns() - begun)

    def _stop(self) -> None:
        """Let the calls of the moment at hand be the last ones."""
        moments = self._moving
        if moments:
            past = bisect_left(moments, self._present.k + 1)
            del moments[past:]

    def finish(self) -> None:
        """The last hooks, each once: one that raises leaves the later ones for when the lab goes on."""
        while self._closing:
            self._hook(*self._closing.pop(0))

    @contextmanager
    def at_work(self) -> Iterator[Interruptible]:
        """While entered, hooks run: Ctrl-C ends the moment at hand, and nothing else may move the clock."""
        self._busy = True
        try:
            with Interruptible(self._stop) as stop:
                yield stop
        finally:
            self._busy = False

    def refuse_when_busy(self, what: str) -> None:
        """Raise :class:`BusyError` when called from inside a hook."""
        if self._busy:
            raise BusyError(f"cannot {what} from inside a hook: a step is under way; do it between steps")

    def _hook(self, book: Book, name: str) -> None:
        try:
            getattr(book.strategy, name)(book.ctx)
        except BaseException as error:
            error.add_note(f"in {book.strategy.name}.{name} at {self._data.now:%Y-%m-%d %H:%M:%S} market time")
            raise

    def _book(self, given: Strategy) -> Book:
        return Book(copy.deepcopy(given), Context(self._data, self._seed, given.name), given)
