"""What was sent at a desk so far, in the form in which two runs are held against each other.

Ids are no part of what is compared: an order more in one book would shift those of all others.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sessionlab.engine.desk import Desk
from sessionlab.trading.order import Order, Status

TERMS = ("sent", "symbol", "side", "type", "quantity", "limit", "stop", "trail", "tif", "tag")


class SentOrder(NamedTuple):
    """An order: its ``id`` in its own run, its ``terms`` as sent, under the names of ``TERMS``, and what it became when, ns UTC.

    The quantity of an exit and the level of a trailing stop follow from fills and prices, so they are None among the terms.
    """

    id: int
    strategy: str
    terms: tuple[Any, ...]
    became: tuple[tuple[int, Status], ...]

    @property
    def sent_ns(self) -> int:
        """When it was sent, ns UTC."""
        return int(self.terms[0])


def sent_orders(desk: Desk) -> list[SentOrder]:
    """Every order sent at ``desk``, in the sequence of sending."""
    became: dict[int, list[tuple[int, Status]]] = {}
    for at_ns, order, status in desk.broker.changes:
        became.setdefault(order.id, []).append((at_ns, status))
    return [SentOrder(one.id, one.strategy, _terms(one), tuple(became.get(one.id, ()))) for one in desk.orders]


def _terms(order: Order) -> tuple[Any, ...]:
    quantity = order.quantity if order.parent is None else None
    stop = None if order.type == "trailing_stop" else order.stop
    trail = None if order.trail is None else str(order.trail)
    return order.sent_ns, order.symbol, order.side, order.type, quantity, order.limit, stop, trail, order.tif, order.tag
