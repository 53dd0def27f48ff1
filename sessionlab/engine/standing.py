"""Where a run stands, kept by reference, so that it stands there still when going back fails on the way.

A copy of a run is for later and for other labs, and strategies are made anew from it. This is for the moment: the same objects
are put back, with what was in their lists, dicts and sets. Rows and blocks never change, so they need no keeping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sessionlab.trading.order import Order

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator


class Standing:
    """``engine`` as it stands now. ``orders`` are those that going back changes: later ones are only cut off."""

    def __init__(self, engine: SessionCoordinator, orders: Iterable[Order]) -> None:
        self._engine = engine
        self._held = [(part, dict(_fields(part))) for part in _parts(engine, orders)]
        self._subscribers = engine.subscribers  # whose threads may change all else of them meanwhile
        self._closing = engine.subscribers.closing

    def again(self) -> None:
        """Stand there again. Views may have looked at moments of the way, so their numbers are used up."""
        free = self._engine.rows.moments.free
        for part, fields in self._held:
            if hasattr(part, "__dict__"):
                for name in [name for name in vars(part) if name not in fields]:
                    delattr(part, name)
            for name, (value, content) in fields.items():
                setattr(part, name, value)
                _fill(value, content)
        self._subscribers.closing = self._closing
        self._engine.rows.moments.use_up(free)


def _parts(engine: SessionCoordinator, orders: Iterable[Order]) -> Iterator[Any]:
    """Everything of ``engine`` that going back changes in place."""
    desk, hooks, scanning, loader = engine.desk, engine.hooks, engine.scanning, engine.loader
    account = desk.account
    yield from (engine, engine.present, engine.data, engine.back, engine.members, engine.going_back, engine.way)
    yield from (engine.catching_up, engine.catching_up.gate, loader, loader.kept, loader._windows, hooks, hooks.making, scanning)
    yield from (desk, account, desk.broker, desk.marks, engine.accounting, engine.accounting.lots)
    yield from scanning.posts
    yield from (book.ctx for book in hooks.standing)
    yield from (post.ctx for post in scanning.posts)
    yield from (position for book in account.books.values() for position in book.values())
    yield from account._spare.values()
    yield from orders


def _fields(part: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The attributes of ``part``, each with what is in it."""
    for name in vars(part) if hasattr(part, "__dict__") else type(part).__slots__:
        value = getattr(part, name)
        yield name, (value, _content(value))


def _content(value: Any) -> Any:
    if type(value) is dict:
        return {key: (inner, dict(inner) if type(inner) is dict else None) for key, inner in value.items()}
    return type(value)(value) if type(value) in (list, set) else None


def _fill(value: Any, content: Any) -> None:
    if type(value) is list:
        value[:] = content
    elif type(value) is set:
        value.clear()
        value.update(content)
    elif type(value) is dict:
        value.clear()
        for key, (inner, of_inner) in content.items():
            if of_inner is not None:
                inner.clear()
                inner.update(of_inner)
            value[key] = inner
