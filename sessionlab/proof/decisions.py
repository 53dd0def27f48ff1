"""What strategies decided in a run, in the sequence in which they did: the part of it that two runs are compared by.

A decision is an order that was sent, canceled or replaced, a target that was named, a scan, or an error that a hook raised. It is
noted as it was asked for and as it came out. Whatever the engine does by itself is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import zip_longest
from math import isclose
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.engine.strategy import HOOKS, overrides
from sessionlab.trading.order import Order

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator

TOLERANCE = 1e-9
"""Numbers that differ by less, relative to their size, are the same decision: sums of floats may differ in their last bits."""


class Call(NamedTuple):
    """A hook at work: of which strategy, at what instant (ns UTC), and about which symbol ("" where about none)."""

    strategy: str
    hook: str
    time_ns: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Decision:
    """``values`` are compared, ``words`` are for people; it was made in ``call``, about ``symbol``."""

    call: Call
    symbol: str
    words: str
    values: tuple[Any, ...]

    def same_as(self, other: Decision) -> bool:
        """Whether both are the same decision at the same moment."""
        return self.call == other.call and _same(self.values, other.values)


class Recorder:
    """Writes down the ``decisions`` of the run of ``engine``, and the ``calls`` of hooks in their order.

    ``inside`` is entered around each call of a hook, with the :class:`Call`.
    """

    def __init__(self, engine: SessionCoordinator, inside: Callable[[Call], Any] | None = None) -> None:
        self.decisions: list[Decision] = []
        self.calls: list[Call] = []
        self._engine = engine
        self._inside = inside
        self._call: Call | None = None
        self._depth = 0
        for book in engine.books:
            for hook in HOOKS:
                if overrides(book.strategy, hook):
                    self._watch(book.strategy, book.strategy.name, hook)
        for post in engine.scanning.posts:
            self._watch(post.scanner, post.name, "scan")
        for action in ("send", "cancel", "replace", "link", "target", "target_dollars", "close"):
            setattr(engine.desk, action, self._noting(action, getattr(engine.desk, action)))

    def _watch(self, thing: Any, name: str, hook: str) -> None:
        """Let each call of a hook of ``thing``, which the engine has not looked up yet, be noted."""
        made = getattr(thing, hook)
        present = self._engine.present

        @wraps(made)
        def noted(ctx: Any, *arguments: Any) -> Any:
            call = self._call = Call(name, hook, present.now_ns, _symbol(arguments))
            self.calls.append(call)
            try:
                if self._inside is None:
                    found = made(ctx, *arguments)
                else:
                    with self._inside(call):
                        found = made(ctx, *arguments)
                if hook == "scan":
                    found = self._scanned(call, found)
                return found
            except Exception as error:
                self._note(call, call.symbol, f"raised {type(error).__name__}: {error}", ("raise", type(error).__name__))
                raise
            finally:
                self._call = None

        # On the instance: what its class says it overrides stays true.
        setattr(thing, hook, noted)

    def _noting(self, action: str, act: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(act)
        def noted(*asked: Any, **further: Any) -> Any:
            if self._call is None or self._depth:
                return act(*asked, **further)
            self._depth += 1
            call = self._call
            try:
                found = act(*asked, **further)
            finally:
                self._depth -= 1
            self._acted(call, action, asked, further, found)
            return found

        return noted

    def _acted(self, call: Call, action: str, asked: Sequence[Any], further: dict[str, Any], found: Any) -> None:
        order = found if isinstance(found, Order) else next((one for one in asked if isinstance(one, Order)), None)
        symbol = order.symbol if order is not None else next((str(one) for one in asked[1:3] if _is_name(one)), "")
        if isinstance(found, Order):
            words, outcome = _words(found), _facts(found)
        else:
            words, outcome = "nothing to do", ()
        if action == "cancel":
            words = f"cancel order {asked[0].id}" if found else f"cancel order {asked[0].id}, which had ended"
        elif action == "link":
            words, symbol = f"let {len(asked[0])} orders cancel each other", asked[0][0].symbol
        elif action == "replace":
            words = f"replace order {asked[0].id} by {words}"
        elif action in ("target", "target_dollars"):
            unit = "" if action == "target" else " dollars"
            words = f"target {asked[2]:g}{unit} {asked[1]}: {words}"
        elif action == "close":
            words = f"close {asked[1]}: {words}"
        plain = tuple(_plain(one) for one in asked)
        named = tuple((name, _plain(value)) for name, value in sorted(further.items()))
        self._note(call, symbol, words, (action, plain, named, outcome, bool(found)))

    def _scanned(self, call: Call, found: Any) -> Any:
        if isinstance(found, Iterator):
            found = list(found)
        names = tuple(map(str, found or ()))
        self._note(call, "", f"propose {', '.join(names) or 'nothing'}", ("scan", names))
        return found

    def _note(self, call: Call, symbol: str, words: str, values: tuple[Any, ...]) -> None:
        self.decisions.append(Decision(call, symbol, words, values))


class Change(NamedTuple):
    """The first decision that two runs differ in: what it was in the one, None for nothing, and in the other."""

    was: Decision | None
    became: Decision | None

    @property
    def first(self) -> Decision:
        """The one of both that came first."""
        both = [one for one in self if one is not None]
        return min(both, key=lambda one: one.call.time_ns)

    @property
    def words(self) -> tuple[str, str]:
        """What was decided at that moment in the one run, and in the other."""
        time_ns = self.first.call.time_ns
        was, became = (one.words if one is not None and one.call.time_ns == time_ns else "nothing" for one in self)
        return was, became


def first_change(one: Sequence[Decision], other: Sequence[Decision], until_ns: int | None = None) -> Change | None:
    """Where ``one`` and ``other`` part, looking at decisions up to ``until_ns`` alone; None where they do not."""
    parts = [[made for made in each if until_ns is None or made.call.time_ns <= until_ns] for each in (one, other)]
    for was, became in zip_longest(*parts):
        if was is None or became is None or not was.same_as(became):
            return Change(was, became)
    return None


def _facts(order: Order) -> tuple[Any, ...]:
    trail = None if order.trail is None else str(order.trail)
    exits = tuple(_facts(leg) for leg in order.exits) if order.role == "entry" else ()
    prices = (order.limit, order.stop, trail)
    return (
        order.symbol,
        order.side,
        order.type,
        order.quantity,
        *prices,
        order.tif,
        order.tag,
        order.role,
        order.is_rejected,
        exits,
    )


def _words(order: Order) -> str:
    named = [("limit", order.limit), ("stop", order.stop)]
    prices = [f"{name} {price:g}" for name, price in named if price is not None]
    exits = [f"{leg.role.replace('_', ' ')} {leg.trail or leg.stop or leg.limit}" for leg in order.exits]
    how = ", ".join([*prices, *exits]) or ("at the market" if order.tif == "day" else order.tif)
    return f"{order.side} {order.quantity:g} {order.symbol} {how}{', rejected' if order.is_rejected else ''}"


def _plain(value: Any) -> Any:
    """A value that can be compared: an order by its number, what is not simple by its text."""
    if isinstance(value, Order):
        return "order", value.id
    if isinstance(value, (list, tuple)):
        return tuple(_plain(one) for one in value)
    if value is None or isinstance(value, (str, bool)):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) or (one != one and other != other)
    return bool(one == other)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value not in ("buy", "sell")


def _symbol(arguments: Sequence[Any]) -> str:
    about = arguments[0] if arguments else ""
    about = getattr(about, "symbol", about)
    if isinstance(about, tuple) and len(about) == 1:
        about = about[0]
    return about if isinstance(about, str) else ""
