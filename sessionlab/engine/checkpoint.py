"""A run as it stood at one whole moment: what is needed to stand there again, in this lab or in a fork of it.

Rows are not part of it: they are known by session and symbols, and loaded again where they are gone. What the engine holds is
kept as counts into lists that only grow, and as copies of the little that changes; what strategies remember as bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.engine import copies, kept_desk
from sessionlab.engine.calls import Book
from sessionlab.engine.context import Looking
from sessionlab.engine.copies import Copied, Key
from sessionlab.engine.desk import Desk
from sessionlab.engine.kept_desk import KeptDesk
from sessionlab.engine.place import Place
from sessionlab.engine.scanning import KeptPost
from sessionlab.engine.strategy import Strategy
from sessionlab.engine.trader import Trader
from sessionlab.errors import RewindError
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

    ``joined`` and ``left`` tell of symbols that came and went in that session, and at which instants.
    ``before_first_step`` says that the session's first step had not begun, ``is_close`` that the session had ended. ``by_hand``:
    what somebody did from outside is in it, and no replay would do it again. ``stumbles``: how often something had raised there.
    """

    number: int
    instant_ns: int
    offset: int
    between_ns: int | None
    rows: SessionRows | None
    joined: Mapping[str, int]
    left: Mapping[str, int]
    plan: StreamPlan
    everyone: StreamPlan
    stood_on: dict[tuple[str, str], int]
    changes: int
    before_first_step: bool
    is_close: bool
    is_done: bool
    by_hand: bool
    stumbles: int
    past: int
    past_today: tuple[PastSeries, ...]
    books: tuple[KeptBook, ...]
    posts: tuple[KeptPost, ...]
    scans: int
    remembered: Copied
    desk: KeptDesk
    accounts: KeptAccounts

    @property
    def place(self) -> Place:
        """Where the run stood."""
        return Place(self.number, self.instant_ns)

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
        remembered = copies.take(_memory(engine), Owned(engine))
    return Checkpoint(
        engine.number,
        present.now_ns,
        present.k - rows.first,
        present.instant_ns,
        rows,
        rows.joined,
        rows.left,
        loader.plan,
        loader.everyone,
        loader.kept.stood_on(),
        len(engine.members.changes),
        engine.at_open,
        engine.ended,
        engine.done,
        by_hand,
        engine.going_back.stumbles[engine.here],
        len(engine.past) - today,
        tuple(engine.past[len(engine.past) - today :]),
        tuple(KeptBook(book.given, book.ctx.name, book.started, book.opened) for book in hooks.standing),
        tuple(KeptPost.of(post) for post in engine.scanning.posts),
        len(engine.scanning.scans),
        remembered,
        kept_desk.keep(engine.desk),
        _accounts(engine),
    )


def refusal(engine: SessionCoordinator) -> RewindError | None:
    """Why no copy can be taken of what strategies and scanners remember: which attribute it is, and of whom; None: one can."""
    try:
        copies.take(_memory(engine), Owned(engine))
    except Exception as why:  # whatever a part of a strategy may do when it is copied
        return copies.refusal([(name, one, ctx.state) for name, one, ctx in _at_work(engine)], Owned(engine), why)
    return None


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
    kept_desk.restore(point.desk, engine.desk)
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


def _memory(engine: SessionCoordinator) -> list[tuple[Any, Any, Any]]:
    """What strategies and scanners remember: themselves, the state of their contexts, and their generators."""
    return [(one, ctx.state, ctx._rng) for _, one, ctx in _at_work(engine)]


def _at_work(engine: SessionCoordinator) -> list[tuple[str, Any, Looking]]:
    """Strategies, then scanners: the name of each, itself, and its context."""
    books: list[tuple[str, Any, Looking]] = [(book.strategy.name, book.strategy, book.ctx) for book in engine.books]
    return books + [(post.name, post.scanner, post.ctx) for post in engine.scanning.posts]


def _remember(copied: Copied, books: Sequence[Book], engine: SessionCoordinator) -> None:
    """Give ``books``, and the scanners of ``engine``, what was copied of them."""
    remembered = copies.restore(copied, Owned(engine))
    for book, (strategy, state, rng) in zip(books, remembered, strict=False):
        book.strategy, book.ctx.state, book.ctx._rng = strategy, _namespace(state), rng
    for post, (scanner, state, rng) in zip(engine.scanning.posts, remembered[len(books) :], strict=False):
        post.scanner, post.ctx.state, post.ctx._rng = scanner, _namespace(state), rng


def _namespace(state: Any) -> SimpleNamespace:
    return state if isinstance(state, SimpleNamespace) else SimpleNamespace(**vars(state))


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
