"""A run as it stood at one whole moment: what is needed to stand there again, in this lab or in a fork of it.

Rows are not part of it: they are known by session and symbols, and loaded again where they are gone. What the engine holds is
kept as counts into lists that only grow, and as copies of the little that changes; what strategies remember as bytes.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.brokers.fill_bars import FillBars
from sessionlab.engine import copies
from sessionlab.engine.calls import Book
from sessionlab.engine.context import Looking
from sessionlab.engine.copies import Copied, Key
from sessionlab.engine.desk import Desk
from sessionlab.engine.scanning import KeptPost
from sessionlab.engine.strategy import Strategy
from sessionlab.engine.trader import Trader
from sessionlab.session.data import SessionData, SymbolData
from sessionlab.session.plan import StreamPlan
from sessionlab.session.present import Present
from sessionlab.session.quality import PastSeries
from sessionlab.session.session_rows import SessionRows
from sessionlab.trading.account import Position
from sessionlab.trading.lots import Lot
from sessionlab.trading.order import Order

if TYPE_CHECKING:
    from sessionlab.engine.accounting import AtOpen
    from sessionlab.engine.coordinator import SessionCoordinator

_LINKS = ("parent", "replaces", "others", "exits")


class Owned:
    """What belongs to the engine of a lab, by name: a strategy that holds it holds that of the lab it is restored into."""

    def __init__(self, engine: SessionCoordinator) -> None:
        self._engine = engine

    def key_of(self, thing: Any) -> Key | None:
        """Its name, None where it is none of this engine's."""
        engine = self._engine
        if isinstance(thing, Order):
            sent = engine.desk.orders
            return ("order", thing.id) if thing.id <= len(sent) and sent[thing.id - 1] is thing else None
        if isinstance(thing, Position):
            books = engine.desk.account.books.items()
            return next((("position", name, thing.symbol) for name, book in books if book.get(thing.symbol) is thing), None)
        if isinstance(thing, Looking):
            return next((("ctx", i) for i, ctx in enumerate(self._contexts()) if ctx is thing), None)
        if isinstance(thing, Trader):
            return ("hand",) if thing is engine.hand else None
        if thing is engine.present:
            return ("present",)
        if thing is engine.data:
            return ("data",)
        if isinstance(thing, SymbolData) and thing._present is engine.present:
            return ("symbol", thing.symbol)
        return ("desk",) if thing is engine.desk else None

    def thing_of(self, key: Key) -> Any:
        """What has that name."""
        engine = self._engine
        kind = key[0]
        if kind == "order":
            return engine.desk.orders[key[1] - 1]
        if kind == "position":
            return engine.desk.account.position(key[1], key[2])
        if kind == "ctx":
            return self._contexts()[key[1]]
        if kind == "symbol":
            return engine.data[key[1]]
        named: dict[str, Present | SessionData | Trader | Desk] = {
            "present": engine.present,
            "data": engine.data,
            "hand": engine.hand,
            "desk": engine.desk,
        }
        return named[kind]

    def _contexts(self) -> list[Looking]:
        return [*(book.ctx for book in self._engine.books), *(post.ctx for post in self._engine.scanning.posts)]


class KeptBook(NamedTuple):
    """A strategy at work, but for what it remembers."""

    given: Strategy
    name: str
    started: bool
    opened: bool


class KeptDesk(NamedTuple):
    """The desk and the account; ``bars`` are those that orders met in the rows of the copy, while these are here."""

    cash: float
    books: dict[str, dict[str, Position]]
    entries: int
    orders: int
    open: list[tuple[int, dict[str, Any]]]
    events: int
    changes: int
    client_ids: dict[str, int]
    carried: dict[str, float]
    flattens: bool
    has_ended: bool
    session: int
    bars: Mapping[str, FillBars]
    unspread: frozenset[str]


class KeptAccounts(NamedTuple):
    """What accounting has kept of sessions, and how the one at hand began."""

    pieces: int
    trades: int
    held: int
    benchmark: int
    lots: dict[tuple[str, str], deque[Lot]]
    at_open: AtOpen
    gone: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``instant_ns`` of session ``number``, ``offset`` moments after its open; ``rows`` while they are here.

    ``reached_open`` says that the session's first step had not begun, ``is_close`` that the session had ended. ``by_hand``: what
    somebody did from outside is in it, and no replay would do it again.
    """

    number: int
    instant_ns: int
    offset: int
    between_ns: int | None
    rows: SessionRows | None
    plan: StreamPlan
    everyone: StreamPlan
    stood_on: dict[tuple[str, str], int]
    changes: int
    before_first_step: bool
    is_close: bool
    is_done: bool
    by_hand: bool
    past: int
    past_today: tuple[PastSeries, ...]
    books: tuple[KeptBook, ...]
    posts: tuple[KeptPost, ...]
    scans: int
    remembered: Copied
    desk: KeptDesk
    accounts: KeptAccounts

    def without_rows(self) -> Checkpoint:
        """The same, when its session is over: its rows are loaded again."""
        return replace(self, rows=None, desk=self.desk._replace(bars={}))


def take(engine: SessionCoordinator, *, by_hand: bool) -> Checkpoint:
    """The run of ``engine`` as it stands: at a whole moment, with nothing left undone."""
    present, loader, hooks = engine.present, engine.loader, engine.hooks
    rows = present.rows
    today = 0
    while today < len(engine.past) and engine.past[-1 - today].session == rows.session:
        today += 1
    remembered = hooks.asleep
    if remembered is None or engine.scanning.posts:
        memory = [(book.strategy, book.ctx.state, book.ctx._rng) for book in hooks.books]
        memory += [(post.scanner, post.ctx.state, post.ctx._rng) for post in engine.scanning.posts]  # type: ignore[misc]
        remembered = copies.take(memory, Owned(engine))
    return Checkpoint(
        engine.number,
        present.now_ns,
        present.k - rows.first,
        present.instant_ns,
        rows,
        loader.plan,
        loader.everyone,
        loader.kept.stood_on(),
        len(engine.members.changes),
        engine.at_open,
        engine.ended,
        engine.done,
        by_hand,
        len(engine.past) - today,
        tuple(engine.past[len(engine.past) - today :]),
        tuple(KeptBook(book.given, book.ctx.name, book.started, book.opened) for book in hooks.standing),
        tuple(KeptPost.of(post) for post in engine.scanning.posts),
        len(engine.scanning.scans),
        remembered,
        _desk(engine.desk),
        _accounts(engine),
    )


def restore(point: Checkpoint, engine: SessionCoordinator, *, may_sleep: bool = False) -> None:
    """Let ``engine``, whose rows and symbols are those of ``point`` already, stand as it did.

    With ``may_sleep`` strategies are made of the copy when they are asked for first: of many forks that only stand, each has
    but its books. Not where scanners are at work, which may share with them.
    """
    present = engine.present
    rows = present.rows
    present.k, present.instant_ns = rows.first + point.offset, point.between_ns
    engine.number, engine.ended, engine.done = point.number, point.is_close, point.is_done
    engine.past = [*engine.past[: point.past], *point.past_today]
    _restore_desk(point.desk, engine.desk)
    _restore_accounts(point.accounts, engine)
    hooks = engine.hooks
    books = [Book(kept.given, hooks.context(kept.name), kept.given, kept.started, kept.opened) for kept in point.books]
    engine.scanning.stand_as(point.posts, point.scans)
    if may_sleep and books and not point.posts:
        hooks.sleep(books, point.remembered, lambda copied, books: _remember(copied, books, engine))
    else:
        hooks.books = books
        _remember(point.remembered, books, engine)
    hooks.stand_at(present.k - point.before_first_step)


def _remember(copied: Copied, books: Sequence[Book], engine: SessionCoordinator) -> None:
    """Give ``books``, and the scanners of ``engine``, what was copied of them."""
    remembered = copies.restore(copied, Owned(engine))
    for book, (strategy, state, rng) in zip(books, remembered, strict=False):
        book.strategy, book.ctx.state, book.ctx._rng = strategy, _namespace(state), rng
    for post, (scanner, state, rng) in zip(engine.scanning.posts, remembered[len(books) :], strict=False):
        post.scanner, post.ctx.state, post.ctx._rng = scanner, _namespace(state), rng


def share_history(engine: SessionCoordinator, other: SessionCoordinator) -> None:
    """Give ``other``, a fork of ``engine``, what happened so far: orders of its own, the rest as it is, for nobody changes it."""
    orders = [copy.copy(order) for order in engine.desk.orders]
    for order in orders:
        for name in _LINKS:
            linked = vars(order).get(name)
            if isinstance(linked, tuple):
                setattr(order, name, tuple(orders[one.id - 1] for one in linked))
            elif linked is not None:
                setattr(order, name, orders[linked.id - 1])
    other.desk.orders = orders
    other.desk.broker.changes = [(at_ns, orders[order.id - 1], status) for at_ns, order, status in engine.desk.broker.changes]
    other.desk.events = list(engine.desk.events)
    other.desk.account.ledger = list(engine.desk.account.ledger)
    other.accounting.pieces, other.accounting.trades = list(engine.accounting.pieces), list(engine.accounting.trades)
    other.accounting.held, other.accounting.benchmark = list(engine.accounting.held), list(engine.accounting.benchmark)
    other.scanning.scans = list(engine.scanning.scans)


def _namespace(state: Any) -> SimpleNamespace:
    return state if isinstance(state, SimpleNamespace) else SimpleNamespace(**vars(state))


def _desk(desk: Desk) -> KeptDesk:
    cash, books, entries = desk.account.copy_state()
    return KeptDesk(
        cash,
        books,
        entries,
        len(desk.orders),
        [(order.id, _state_of(order, desk)) for order in desk.broker.open.values()],
        len(desk.events),
        len(desk.broker.changes),
        dict(desk._client_ids),
        dict(desk.marks.carried),
        desk.flattens,
        desk.has_ended,
        desk.broker.session,
        desk.broker.bars_so_far,
        frozenset(desk.broker.unspread),
    )


def _state_of(order: Order, desk: Desk) -> dict[str, Any]:
    """What an open ``order`` is made of; other orders by their ids, and what it has met by time."""
    state = dict(vars(order))
    state["since_ns"], state["seen"] = desk.broker.unmet_since(order), -1
    for name in _LINKS:
        linked = state.get(name)
        if isinstance(linked, tuple):
            state[name] = tuple(other.id for other in linked)
        elif linked is not None:
            state[name] = linked.id
    return state


def _restore_desk(kept: KeptDesk, desk: Desk) -> None:
    desk.account.restore((kept.cash, kept.books, kept.entries))
    del desk.orders[kept.orders :], desk.events[kept.events :], desk.broker.changes[kept.changes :]
    desk.due.clear()
    desk.broker.open.clear()
    for number, state in kept.open:
        order = desk.orders[number - 1]
        vars(order).clear()
        vars(order).update(state)
        for name in _LINKS:
            linked = state.get(name)
            if isinstance(linked, tuple):
                setattr(order, name, tuple(desk.orders[other - 1] for other in linked))
            elif linked is not None:
                setattr(order, name, desk.orders[linked - 1])
        desk.broker.open[number] = order
    desk._client_ids = dict(kept.client_ids)
    desk.marks.carried = dict(kept.carried)
    desk.marks.renew()
    desk.has_ended = kept.has_ended
    desk.broker.stand_in(kept.session, kept.bars, kept.unspread)
    desk.flatten_again(kept.flattens)


def _accounts(engine: SessionCoordinator) -> KeptAccounts:
    one = engine.accounting
    return KeptAccounts(
        len(one.pieces), len(one.trades), len(one.held), len(one.benchmark), one.lots.copy().open, one._at_open, dict(one._gone)
    )


def _restore_accounts(kept: KeptAccounts, engine: SessionCoordinator) -> None:
    one = engine.accounting
    del one.pieces[kept.pieces :], one.trades[kept.trades :], one.held[kept.held :], one.benchmark[kept.benchmark :]
    one.lots.open = {key: deque(lot.copy() for lot in lots) for key, lots in kept.lots.items()}
    one._at_open, one._gone = kept.at_open, dict(kept.gone)
