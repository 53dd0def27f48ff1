"""What a strategy, or a person, can do at the desk: buy, sell, lead to a target, close, cancel, replace, and look at the book."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sessionlab.errors import ConfigError
from sessionlab.trading.account import Position
from sessionlab.trading.order import Order
from sessionlab.trading.ticket import target_number

if TYPE_CHECKING:
    from sessionlab.engine.desk import Desk


class Trader:
    """Orders and positions of one book, that of ``strategy``, at ``desk``."""

    def __init__(self, desk: Desk, strategy: str) -> None:
        self._desk = desk
        self._strategy = strategy
        self._book = desk.account.book(strategy)

    def buy(
        self,
        symbol: str,
        quantity: float | None = None,
        *,
        value: float | None = None,
        percent: float | None = None,
        risk: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        trail: float | str | None = None,
        tif: str = "day",
        tag: str = "",
        client_id: str | None = None,
    ) -> Order:
        """Send an order to buy; it comes back accepted or rejected, with the reason.

        One size: ``quantity`` in shares, ``value`` in dollars, ``percent`` of equity (0.1 is a tenth), or ``risk``, the fraction
        of equity lost at ``stop_loss``. All but the first are rounded down to whole shares (crypto: 1e-8) and trimmed to the
        limits, which ``order.trimmed_from`` records; a stated quantity is never changed. ``limit`` and ``stop`` make the type.
        ``stop_loss``, ``take_profit`` and ``trail`` (dollars, or ``"1%"``) are exits that live once it has filled, good till
        canceled, of which one cancels the others; ``trail`` on an order that only reduces is a trailing stop of its own.
        ``tif`` is ``day gtc ioc fok opg cls``. Raises :class:`ConfigError` for what cannot be meant.
        """
        return self._at_work.send(
            self._strategy, "buy", symbol, quantity, value=value, percent=percent, risk=risk, limit=limit, stop=stop,
            stop_loss=stop_loss, take_profit=take_profit, trail=trail, tif=tif, tag=tag, client_id=client_id,
        )  # fmt: skip

    def sell(
        self,
        symbol: str,
        quantity: float | None = None,
        *,
        value: float | None = None,
        percent: float | None = None,
        risk: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        trail: float | str | None = None,
        tif: str = "day",
        tag: str = "",
        client_id: str | None = None,
    ) -> Order:
        """Send an order to sell, as :meth:`buy` to buy. Selling more than is held goes short, where the limits allow it."""
        return self._at_work.send(
            self._strategy, "sell", symbol, quantity, value=value, percent=percent, risk=risk, limit=limit, stop=stop,
            stop_loss=stop_loss, take_profit=take_profit, trail=trail, tif=tif, tag=tag, client_id=client_id,
        )  # fmt: skip

    def target(self, symbol: str, quantity: float, *, tif: str = "day", tag: str = "") -> Order | None:
        """Lead to a position of ``quantity`` shares, negative for short; the order, None where nothing is to do.

        Own open orders count; those in the other direction are canceled, and the difference is sent at the market.
        """
        return self._at_work.target(self._strategy, symbol, target_number("quantity", quantity), "quantity", tif, tag)

    def target_value(self, symbol: str, value: float, *, tif: str = "day", tag: str = "") -> Order | None:
        """Lead to a position worth ``value`` dollars at the last known price, in whole shares, within the limits."""
        return self._at_work.target_dollars(self._strategy, symbol, target_number("value", value), tif, tag)

    def target_percent(self, symbol: str, percent: float, *, tif: str = "day", tag: str = "") -> Order | None:
        """Lead to a position of ``percent`` of equity: 0.1 is a tenth, -0.1 a short one."""
        dollars = self._desk.account.equity * target_number("percent", percent)
        return self._at_work.target_dollars(self._strategy, symbol, dollars, tif, tag)

    def close(self, symbol: str, *, tif: str = "day", tag: str = "") -> Order | None:
        """Close the position at the market, and cancel what would open more; None where it is flat.

        ``tif="cls"`` closes it at the session's close. The order never opens a position: an exit that comes first ends it.
        """
        return self._at_work.close(self._strategy, symbol, tif, tag)

    def close_all(self, *, tif: str = "day", tag: str = "") -> list[Order]:
        """Close every position of this book, and cancel what would open more, also where it is flat."""
        symbols = [*(symbol for symbol, position in self._book.items() if position), *(order.symbol for order in self.orders)]
        orders = [self.close(symbol, tif=tif, tag=tag) for symbol in dict.fromkeys(symbols)]
        return [order for order in orders if order is not None]

    def cancel(self, order: Order | int) -> bool:
        """Cancel an order, with exits that wait for it; whether it was still open."""
        return self._at_work.cancel(self._mine(order))

    def cancel_all(self, symbol: str | None = None) -> int:
        """Cancel the open orders of this book, of ``symbol`` or of all; how many."""
        return sum(self.cancel(order) for order in self.orders if symbol is None or order.symbol == symbol)

    def replace(
        self,
        order: Order | int,
        *,
        quantity: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        trail: float | str | None = None,
    ) -> Order:
        """Another order in the place of an open one; what is not given stays. If it is rejected the old one stays open."""
        return self._at_work.replace(self._mine(order), quantity, limit, stop, trail)

    def oco(self, *orders: Order | int) -> None:
        """One cancels the other: a fill of one of these open orders of one symbol cancels the rest."""
        found = [self._mine(order) for order in orders]
        self._at_work.link(found)

    def position(self, symbol: str) -> Position:
        """The position of this book: ``quantity``, ``average_price``, ``unrealized``; false when flat. It follows the clock."""
        try:
            return self._book[symbol]
        except KeyError:
            self._desk.present.rows.bases_of(symbol)  # says so where it is not here
            return self._desk.account.position(self._strategy, symbol)

    @property
    def positions(self) -> Mapping[str, Position]:
        """The positions of this book that are not flat, by symbol."""
        return MappingProxyType({symbol: position for symbol, position in self._book.items() if position})

    @property
    def orders(self) -> tuple[Order, ...]:
        """The open orders of this book, in the sequence of sending; exits of brackets included."""
        return tuple(order for order in self._desk.broker.open.values() if order.strategy == self._strategy)

    @property
    def cash(self) -> float:
        """Cash of the account, dollars; negative where more was bought than there was cash."""
        return self._desk.account.cash

    @property
    def equity(self) -> float:
        """Cash of the account and its positions at their last known closes, dollars."""
        return self._desk.account.equity

    @property
    def _at_work(self) -> Desk:
        """The desk, for whoever may trade there now."""
        self._desk.refuse_outsiders(self._strategy)
        return self._desk

    def _mine(self, order: Order | int) -> Order:
        sent = self._desk.orders
        if isinstance(order, Order):
            if order.id > len(sent) or sent[order.id - 1] is not order:
                raise ConfigError(
                    f"order {order.id} ({order.side} {order.quantity:g} {order.symbol}) is not of this run, or of what it went "
                    "back from; the open ones are in ctx.orders and lab.open_orders",
                    order=order.id,
                )
            return order
        if not isinstance(order, int) or not 0 < order <= len(self._desk.orders):
            raise ConfigError(
                f"there is no order {order!r}; {len(self._desk.orders)} were sent: give one, or its id", order=order
            )
        return self._desk.orders[order - 1]
