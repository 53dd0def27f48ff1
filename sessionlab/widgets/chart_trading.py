"""What was traded in one cell of a chart, as it is told to a browser: fills that are new, and open orders that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.charts.slots import Slots
from sessionlab.charts.trading_marks import fill_words, order_words
from sessionlab.trading.ledger import Fill

if TYPE_CHECKING:
    from sessionlab.lab import Lab
    from sessionlab.trading.order import Order

_NAN = float("nan")


def fill_reason(fill: Fill) -> str:
    """What a fill was for: a plain order that opened nothing was an exit, though the desk calls every plain one an entry."""
    return "exit" if fill.reason == "entry" and not fill.opened else fill.reason


class TradingTelling:
    """Fills and open orders of ``symbol`` on the axis of ``slots``."""

    def __init__(self, lab: Lab, symbol: str, slots: Slots) -> None:
        self._desk = lab._engine.desk
        self._symbol = symbol
        self._slots = slots
        self.restart()

    def restart(self) -> None:
        """Tell all again."""
        self._entries = 0
        self._orders: dict[int, tuple[Any, ...]] = {}

    def tell(self) -> dict[str, Any]:
        """``fills`` as rows of x, price, side, role, reason and the whole in words; ``orders`` by id, and those ``gone``.

        An order is ``[id, x from where, side, role, [[price, words], ...]]``. What is not there has nothing new.
        """
        told: dict[str, Any] = {}
        fills = self._fills()
        if fills:
            told["fills"] = fills
        changed, gone = self._changes()
        if changed:
            told["orders"] = changed
        if gone:
            told["gone"] = gone
        return told

    def _fills(self) -> list[list[Any]]:
        ledger, slots = self._desk.account.ledger, self._slots
        new = ledger[self._entries :]
        self._entries = len(ledger)
        rows = []
        for fill in new:
            if not isinstance(fill, Fill) or fill.symbol != self._symbol or not len(slots):
                continue
            if fill.known_ns > slots.start[0] and fill.time_ns < slots.end[-1]:
                x = float(slots.middle(np.array([fill.time_ns]), np.array([fill.known_ns]))[0])
                words = fill_words(fill.side, fill.quantity, fill.price, fill_reason(fill), ambiguous=fill.ambiguous)
                rows.append([x, fill.price, fill.side, *words])
        return rows

    def _changes(self) -> tuple[list[list[Any]], list[int]]:
        """Open orders that are new or have changed, and the ids of those that are open no longer."""
        past_ns = int(self._slots.end[-1]) if len(self._slots) else 0
        here = (order for order in self._desk.broker.open.values() if order.symbol == self._symbol and order.sent_ns < past_ns)
        resting = {order.id: order for order in here}
        gone = [number for number in self._orders if number not in resting]
        for number in gone:
            del self._orders[number]
        changed = []
        for number, order in resting.items():
            state = (order.stop, order.limit, order.quantity, order.status)
            if self._orders.get(number) != state:
                self._orders[number] = state
                changed.append(self._row(order))
        return changed, gone

    def _row(self, order: Order) -> list[Any]:
        stop, limit = (_NAN if price is None else price for price in (order.stop, order.limit))
        role, lines = order_words(
            order.side, order.type, order.quantity, stop, limit, has_parent=order.parent is not None, waits=order.status == "new"
        )
        slots = self._slots
        x = float(slots.x(np.array([max(order.sent_ns, int(slots.start[0]))]))[0]) if len(slots) else 0.0
        return [order.id, x, order.side, role, [list(line) for line in lines]]
