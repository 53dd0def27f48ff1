"""The desk of a run as it stood at one moment: its account, and the orders that could still change.

What only grows (orders, changes, events, the ledger) is kept as a count. Orders stay the same objects, for strategies and
notebooks hold them; what has ended, and is linked with nothing that is open, never changes again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from sessionlab.brokers.fill_bars import FillBars
from sessionlab.engine.desk import Desk
from sessionlab.trading.account import Position
from sessionlab.trading.order import Order

_LINKS = ("parent", "replaces", "others", "exits")


class KeptDesk(NamedTuple):
    """The desk and the account; ``bars`` are those that orders met in the rows of the copy, while these are here.

    ``open`` are the numbers of the orders that rest, ``states`` what they are made of, and what those are that they are linked
    with.
    """

    cash: float
    books: dict[str, dict[str, Position]]
    entries: int
    orders: int
    open: tuple[int, ...]
    states: dict[int, dict[str, Any]]
    events: int
    changes: int
    client_ids: dict[str, int]
    carried: dict[str, float]
    flattens: bool
    has_ended: bool
    session: int
    bars: Mapping[str, FillBars]
    unspread: frozenset[str]


def keep(desk: Desk) -> KeptDesk:
    """``desk`` as it stands."""
    cash, books, entries = desk.account.copy_state()
    return KeptDesk(
        cash,
        books,
        entries,
        len(desk.orders),
        tuple(desk.broker.open),
        {order.id: _state_of(order, desk) for order in _changing(desk.broker.open.values())},
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


def restore(kept: KeptDesk, desk: Desk) -> None:
    """Let ``desk``, of the same run or of a fork, stand as it did."""
    desk.account.restore((kept.cash, kept.books, kept.entries))
    del desk.orders[kept.orders :], desk.events[kept.events :], desk.broker.changes[kept.changes :]
    desk.due.clear()
    for number, state in kept.states.items():
        order = desk.orders[number - 1]
        vars(order).clear()
        vars(order).update(state)
        vars(order).update(relinked(state, lambda other: desk.orders[other - 1]))
    desk.broker.open.clear()
    desk.broker.open.update((number, desk.orders[number - 1]) for number in kept.open)
    desk._client_ids = dict(kept.client_ids)
    desk.marks.carried = dict(kept.carried)
    desk.marks.renew()
    desk.has_ended = kept.has_ended
    desk.broker.stand_in(kept.session, kept.bars, kept.unspread)
    desk.flatten_again(kept.flattens)


def share_orders(desk: Desk, other: Desk) -> None:
    """Give ``other``, of a fork, orders of its own, as those of ``desk`` are, and what became of them."""
    orders = other.orders = [copy.copy(order) for order in desk.orders]
    for order in orders:
        vars(order).update(relinked(vars(order), lambda linked: orders[linked.id - 1]))
    other.broker.changes = [(at_ns, orders[order.id - 1], status) for at_ns, order, status in desk.broker.changes]


def relinked(state: Mapping[str, Any], to: Callable[[Any], Any]) -> dict[str, Any]:
    """What an order with that ``state`` is linked with, each as ``to`` says."""
    links = {name: state[name] for name in _LINKS if state.get(name) is not None}
    return {name: tuple(map(to, link)) if isinstance(link, tuple) else to(link) for name, link in links.items()}


def _changing(at_rest: Iterable[Order]) -> Iterable[Order]:
    """Orders ``at_rest``, and those whose links change where one of these is replaced, also if they have ended."""
    found: dict[int, Order] = {}
    for order in at_rest:
        linked = (order.parent, *order.others, *order.exits)
        found |= {one.id: one for one in (order, *linked) if one is not None}
    return found.values()


def _state_of(order: Order, desk: Desk) -> dict[str, Any]:
    """What ``order`` is made of; other orders by their ids, and what it has met by time."""
    met = {"since_ns": desk.broker.unmet_since(order), "seen": -1}
    return vars(order) | met | relinked(vars(order), lambda other: other.id)
