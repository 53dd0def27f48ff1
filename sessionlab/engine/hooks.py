"""The hooks of strategies: made once each, in order, up to a moment, and resumable after a stop or an error.

Subscribers come to their turn in the same way. While strategies sleep, because data catches up, only subscribers do.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from sessionlab.brokers.simulated import NEVER
from sessionlab.engine.calls import Book, Calls, Part, calls_of, part_without
from sessionlab.engine.context import Context
from sessionlab.engine.copies import Copied
from sessionlab.engine.desk import Desk
from sessionlab.engine.interrupt import Interruptible
from sessionlab.engine.making import Making
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.parameters import copied
from sessionlab.engine.strategy import Strategy, check_hooks, overrides
from sessionlab.engine.subscribers import Subscribers
from sessionlab.errors import BusyError
from sessionlab.session.data import SessionData
from sessionlab.session.present import Present
from sessionlab.tape import Moments
from sessionlab.trading.ledger import Fill

BLOCK = 256, 8192
"""Least and most calls between two looks at how far the run is; between them, as many as take about a tenth of a second."""
TENTH_NS = 100_000_000


class Hooks:
    """The strategies at work (``books``), the ``subscribers``, what is due of them, and the ``making`` of it.

    Before anybody is called at a moment, orders at the ``desk`` meet what became known at it, and strategies hear of fills.
    """

    def __init__(self, present: Present, data: SessionData, seed: int, metrics: PerformanceMetrics, desk: Desk) -> None:
        self._books: list[Book] = []
        self.asleep: Copied | None = None
        self._wake: Callable[[Copied, list[Book]], object] = lambda copied, books: None
        self.subscribers = Subscribers(present, data, metrics)
        self.subscribers.joined = self._end_block
        self.on_progress: Callable[[], object] = lambda: None
        self.metrics = metrics
        self.making = Making(present, data, self.subscribers, metrics)
        self.making.trade_to = self._trade_to
        self._trade_at(desk)
        self._present = present
        self._data = data
        self._seed = seed
        self._busy = False
        self._worker = 0
        self._at_hand: Interruptible | None = None
        self._block = BLOCK[0]
        self._calls: Calls | None = None
        self._hearing: dict[str, tuple[int, Book]] | None = None
        self.replaying = False
        self.on_work: Callable[[int], object] = lambda ns: None
        self.on_error: Callable[[], object] = lambda: None
        self._closing: list[tuple[Book, str]] = []
        self.open(present.rows.first)

    @property
    def books(self) -> list[Book]:
        """The strategies at work, in the order in which they are called. Those of a fork that only stood awake."""
        if self.asleep is not None:
            copied, self.asleep = self.asleep, None
            try:
                self._wake(copied, self._books)
            except BaseException:
                self.asleep = copied
                raise
        return self._books

    @books.setter
    def books(self, books: list[Book]) -> None:
        self._books, self.asleep = books, None

    @property
    def standing(self) -> tuple[Book, ...]:
        """The same, asleep or not: names and whether they began are known, what strategies remember may be still to come."""
        return tuple(self._books)

    @property
    def names(self) -> list[str]:
        """The names of the strategies at work."""
        return [book.ctx.name for book in self._books]

    def sleep(self, books: list[Book], copied: Copied, wake: Callable[[Copied, list[Book]], object]) -> None:
        """Have ``books``, whose strategies ``wake`` makes of ``copied`` when somebody asks for them first."""
        self._books, self.asleep, self._wake = books, copied, wake

    def _trade_at(self, desk: Desk) -> None:
        self.desk = desk
        desk.wakes = self.making.come_first
        desk.noticed = self.hold

    def restart(self, metrics: PerformanceMetrics, desk: Desk) -> None:
        """Begin again with the strategies as they were given, at another ``desk``."""
        self._trade_at(desk)
        self.metrics = self.subscribers.metrics = self.making.metrics = metrics
        self._closing = []
        self.books = [self._book(book.given) for book in self._books]
        self.open(self._present.rows.first)
        self.subscribers.rewound(self._present.rows.first - 1, self._present.now_ns - 1)

    def use(self, strategy: Strategy) -> None:
        """Set a copy of ``strategy``, or replace the one of its name, from now on."""
        check_hooks(strategy)
        book = self._book(copied(strategy))
        at = next((i for i, other in enumerate(self.books) if other.strategy.name == strategy.name), len(self.books))
        replaced = {id(old.ctx) for old in self.books[at : at + 1]}
        if replaced:
            self.desk.forget_strategy(strategy.name)
        self.books[at : at + 1] = [book]
        self._closing = [(old, hook) for old, hook in self._closing if id(old.ctx) not in replaced]
        self.plan_anew(replaced)

    def open(self, first: int) -> None:
        """A session begins, whose open is moment ``first``: nothing is planned or made yet."""
        self._fresh_calls(first - 1)
        for book in self._books:
            book.opened = False

    def close(self, *, last: bool) -> None:
        """The session is at its close, the run's ``last`` one or not: the last hooks are due, and subscribers are to be told."""
        self.subscribers.closing = True
        self._closing = [(book, "on_session_end") for book in self.books]
        if last:
            self._closing += [(book, "on_end") for book in self.books]

    @property
    def is_closing(self) -> bool:
        """Whether last hooks of the session are still due, or subscribers not told."""
        return bool(self._closing) or self.subscribers.closing

    @property
    def is_idle(self) -> bool:
        """Whether nobody is there to be called."""
        return not self._books and not self.subscribers.all and self.desk.is_idle

    def start(self) -> None:
        """``on_start`` and ``on_session_start`` of those that have not had them: at the beginning of the first step."""
        for book in self.books:
            if not book.started:
                book.started = True
                self._hook(book, "on_start")
            if not book.opened:
                book.opened = True
                self._hook(book, "on_session_start")

    def stand_at(self, reached: int) -> None:
        """The run went back: the calls of moments up to ``reached`` are made, and nothing is left undone."""
        self._closing = []
        self.subscribers.closing = False
        self._fresh_calls(reached)

    def stand_again(self) -> None:
        """The run went back and stands: who waits for data from outside waits for what comes from here on."""
        self._calls = None
        self.subscribers.rewound(self._present.k, self._present.now_ns)

    @property
    def is_undone(self) -> bool:
        """Whether something of the moment at hand is not done: a hook, or a cost model, raised in it."""
        calls, k = self._calls, self._present.k
        unmade = calls is not None and calls.due(k) > calls.next
        is_behind = self.reached < k and k > self._present.rows.first  # at the open it is the first step that is to come
        return bool(self._left or self._closing or self.desk.due or unmade or is_behind or self.desk.next_k <= k)

    def context(self, name: str) -> Context:
        """The context of the strategy called ``name``, or a new one."""
        found = next((book.ctx for book in self._books if book.ctx.name == name), None)
        return Context(self._data, self._seed, name, self.desk) if found is None else found

    def _fresh_calls(self, reached: int) -> None:
        """No calls are planned yet; those of moments up to ``reached`` are made."""
        self._calls = self._hearing = None
        self._left: list[Part] = []
        self.reached = reached

    def plan_anew(self, replaced: Container[int] = ()) -> None:
        """Plan anew what is due, but keep what a hook that raised left undone at its moment, unless of a replaced context."""
        if self._calls is not None:
            self._left = self._calls.left(self.reached)
        self._left = [part for part in self._left if id(part.ctx) not in replaced]
        self._calls = self._hearing = None

    def renumbered(self, k: int, moments: Moments) -> None:
        """The moments of the session have other numbers, those of ``moments``; the one at hand is now number ``k``.

        Whatever was made up to the moment at hand stays made, at whichever number.
        """
        self.plan_anew()
        self.reached = k - (self.reached < self._present.k)
        self._left = [replace(part, k=np.full(len(part.k), self.reached)) for part in self._left]
        self.subscribers.renumbered(self._present.rows.moments, moments)

    def without(self, symbol: str) -> None:
        """``symbol`` has left: what a hook that raised left undone about it is not made any more, and nobody waits for it."""
        self.plan_anew()
        left = (part_without(part, symbol) for part in self._left)
        self._left = [part for part in left if part is not None]
        self.subscribers.without([symbol])

    def nothing_due(self, k: int) -> bool:
        """Whether all is planned and none of it is left to do up to moment ``k``."""
        calls, desk = self._calls, self.desk
        if calls is None or calls.due(k) != calls.next or self.subscribers.changed:
            return False
        return not desk.due and desk.next_k > k

    def next_delivery(self) -> int | None:
        """Number of the next moment at which something is delivered to a subscriber, None where nothing is."""
        if not self.subscribers.all:
            return None
        self._planned()
        return self.subscribers.next_delivery()

    def run_to(self, target: int, stop: Interruptible) -> None:
        """Make the calls due up to moment ``target``, and stand there; or, when stopped, at the last whole moment."""
        present, desk = self._present, self.desk
        calls = self._planned()
        due = calls.due(target)
        if not stop.is_over():
            present.instant_ns = None
        try:
            self._tell_fills()
            while not stop.is_over():
                if self.subscribers.changed:
                    calls = self._planned()
                    due = calls.due(target)
                coming = desk.next_k
                wake = calls.moments[calls.next] if calls.next < due else NEVER
                if min(coming, wake) > target:
                    break
                if coming < wake:
                    self._trade(coming)
                    self.reached = max(self.reached, coming)
                    continue
                # A block ends with its moment, so that a stop between two blocks leaves a whole one.
                past = min(calls.next + self._block, due)
                last = calls.moments[past - 1]
                begun, self.making.wake = self.metrics.ns(), coming
                self.making.make(calls, calls.due(last))
                spent = self.metrics.ns() - begun
                self._block = min(2 * self._block, BLOCK[1]) if spent < TENTH_NS else BLOCK[0]
                self._reach(calls)
                self.on_progress()
                self.on_work(spent)
        finally:
            self._reach(calls)
        if not stop.is_over():
            present.k = self.reached = target

    def meet_orders(self) -> None:
        """Before scanners look: orders meet what became known at the moment at hand, and strategies hear of fills."""
        if self.desk.next_k <= self._present.k:
            self._trade(self._present.k)

    def _trade_to(self, k: int) -> int:
        """Orders meet what became known up to moment ``k``, of a call that is due; number of the moment at which they do next."""
        coming = self.desk.next_k
        while coming <= k and not self.making.ends:
            self._trade(coming)
            if coming < k:
                self.reached = coming
            coming = self.desk.next_k
        return coming

    def _trade(self, k: int) -> None:
        """At moment ``k``, before anybody else is called: orders meet what became known, and strategies hear of fills."""
        self._present.k = k
        self.reached = max(self.reached, k - 1)
        try:
            self.desk.meet(k)
        except Exception as error:  # of a cost model
            error.add_note(self.making.where("a fill"))
            raise
        self._tell_fills()

    def _tell_fills(self) -> None:
        """``on_fill`` for each fill not told yet: by strategy as configured, then as they happened."""
        due = self.desk.due
        if not due:
            return
        hearing = self._hearing
        if hearing is None:
            heard = [book for book in self.books if overrides(book.strategy, "on_fill")]
            hearing = self._hearing = {book.strategy.name: (i, book) for i, book in enumerate(heard)}
        if not hearing:
            due.clear()
            return
        due.sort(key=lambda fill: hearing[fill.strategy][0] if fill.strategy in hearing else len(hearing))
        while due:
            fill = due.pop(0)
            if fill.strategy in hearing:
                self._hook(hearing[fill.strategy][1], "on_fill", fill)

    def _reach(self, calls: Calls) -> None:
        if calls.next:
            self.reached = max(self.reached, calls.moments[calls.next - 1])

    def _planned(self) -> Calls:
        """The calls of the session, planned anew where somebody came."""
        if self.subscribers.changed:
            self.plan_anew()
        if self._calls is None:
            rows = self._present.rows
            with self.metrics.measure("derivation"):
                deliveries = () if self.replaying else self.subscribers.part(rows, self.reached)
                self._calls = calls_of(rows, self.books, self.reached, self._left, deliveries)
        return self._calls

    def _end_block(self) -> None:
        """From inside a hook, let a new block begin after the moment at hand: who joined there has calls in it."""
        if self.is_inside:
            self.making.stop()

    def finish(self) -> None:
        """The last hooks, each once: one that raises leaves the later ones for when the lab goes on."""
        while self._closing:
            self._hook(*self._closing.pop(0))

    @contextmanager
    def at_work(self) -> Iterator[Interruptible]:
        """While entered, hooks run: Ctrl-C ends the moment at hand, and nothing else may move the clock."""
        self._busy = True
        self._worker = self.desk.worker = threading.get_ident()
        try:
            with Interruptible(self.making.stop) as stop:
                self._at_hand = stop
                self.subscribers.stopped = lambda: stop.over
                yield stop
        except Exception:
            self.on_error()
            raise
        finally:
            self._busy = False
            self._at_hand = self.desk.worker = None
            self.subscribers.stopped = lambda: False

    @property
    def is_inside(self) -> bool:
        """Whether this is asked from inside a hook."""
        return self._busy and self._worker == threading.get_ident()

    def hold(self) -> None:
        """Let the moment at hand be the last one of this move. From inside a hook."""
        if self._at_hand is not None and not self.replaying:
            self._at_hand.hold()

    def refuse_when_busy(self, what: str, inside: str = "do it between steps") -> None:
        """Raise :class:`BusyError` when called from inside a hook, or while another thread makes a step.

        ``inside`` says what to do from inside a hook.
        """
        if self._busy and self.is_inside:
            raise BusyError(f"cannot {what} from inside a hook: a step is under way; {inside}")
        if self._busy:
            raise BusyError(f"cannot {what} from another thread: a step is under way; do it between steps")

    def _hook(self, book: Book, name: str, *arguments: object) -> None:
        begun = self.metrics.ns()
        try:
            getattr(book.strategy, name)(book.ctx, *arguments)
        except BaseException as error:
            about = "".join(f"({fill.symbol!r})" for fill in arguments if isinstance(fill, Fill))
            error.add_note(self.making.where(f"{book.strategy.name}.{name}{about}"))
            raise
        finally:
            if overrides(book.strategy, name):
                self.making.count(book.strategy.name, name, self.metrics.ns() - begun)

    def _book(self, given: Strategy) -> Book:
        return Book(copy.deepcopy(given), Context(self._data, self._seed, given.name, self.desk), given)
