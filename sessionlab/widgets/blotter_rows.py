"""Rows of the blotter, straight from orders, the ledger and the account: plain values, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sessionlab.trading.ledger import Fill
from sessionlab.widgets.facts import MS

if TYPE_CHECKING:
    from sessionlab.engine.desk import Desk
    from sessionlab.trading.order import Order

Row = dict[str, Any]


def order_rows(desk: Desk) -> Iterator[Row]:
    """Every order; ``at`` is when it was sent."""
    return (order_row(one) for one in reversed(desk.orders))


def order_row(one: Order) -> Row:
    """An order as it stands."""
    return {
        "key": f"o{one.id}", "at": one.sent_ns / MS, "id": one.id, "symbol": one.symbol, "side": one.side,
        "type": one.type.replace("_", " "), "quantity": one.quantity, "limit": one.limit, "stop": one.stop, "tif": one.tif,
        "status": one.status.replace("_", " "), "filled": one.filled, "average": one.average_price,
        "role": one.role.replace("_", " "), "strategy": one.strategy, "tag": one.tag, "reason": one.reason, "open": one.is_open,
    }  # fmt: skip


def rejection_rows(desk: Desk) -> Iterator[Row]:
    """Orders that were refused, with the limit that they met and by how much."""
    for one in reversed(desk.orders):
        if one.is_rejected:
            yield order_row(one) | {
                "met": one.limit_hit.replace("_", " "),
                "number": one.limit_number,
                "allowed": one.limit_value,
            }


def fill_rows(desk: Desk) -> Iterator[Row]:
    """Every fill; ``at`` is when it became known, ``time`` the start of its bar."""
    for number in range(len(desk.account.ledger) - 1, -1, -1):
        one = desk.account.ledger[number]
        if isinstance(one, Fill):
            yield {
                "key": f"f{number}", "at": one.known_ns / MS, "time": one.time_ns / MS, "symbol": one.symbol, "side": one.side,
                "quantity": one.quantity, "price": one.price, "fee": one.fee, "slippage": one.slippage,
                "ambiguous": one.ambiguous, "id": one.order_id, "strategy": one.strategy, "reason": one.reason.replace("_", " "),
            }  # fmt: skip


def position_rows(desk: Desk) -> Iterator[Row]:
    """What is held, by book, at the last known closes."""
    for strategy, book in desk.account.books.items():
        for symbol, held in book.items():
            if held:
                yield {
                    "key": f"p{strategy} {symbol}", "strategy": strategy, "symbol": symbol, "side": held.side,
                    "quantity": held.quantity, "average": held.average_price, "price": held.price, "value": held.value,
                    "unrealized": held.unrealized,
                }  # fmt: skip


TABS: dict[str, Callable[[Desk], Iterator[Row]]] = {
    "orders": order_rows,
    "fills": fill_rows,
    "positions": position_rows,
    "rejections": rejection_rows,
}
