"""The trading desk of a run: takes orders of strategies and by hand, checks them against the limits, hands them to the broker.

An order that is sent is accepted or rejected at once, in the sequence of the calls; what it fills at is known when its bar is.
Limits act on the account, sizes and targets on the book of the strategy that asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.brokers.simulated import NEVER, SimulatedBroker
from sessionlab.errors import BusyError, ConfigError
from sessionlab.session.marks import Marks
from sessionlab.session.present import Present
from sessionlab.timing.interval import SECOND_NS
from sessionlab.trading import limits as rules
from sessionlab.trading.account import Account
from sessionlab.trading.costs import CostModel
from sessionlab.trading.ledger import Fill
from sessionlab.trading.limits import Limits, round_down
from sessionlab.trading.order import Order, OrderType, Side, Trail
from sessionlab.trading.shaping import risk_per_share, worked_out, wrong_exits
from sessionlab.trading.ticket import NO_PRICES, Prices, one_size, prices_of, refuse_stop, time_in_force
from sessionlab.trading.use import closes_soon, opening, use_of

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig

BY_HAND = "hand"
"""The book of orders that no strategy sent."""

CRYPTO_UNIT = 1e-8
_MINUTE_NS = 60 * SECOND_NS


class Event(NamedTuple):
    """Something that happened to the account beside orders.

    ``kind`` is ``split dividend borrow limit_passed open_at_close no_spread`` or ``unused_signals``.
    """

    time_ns: int
    kind: str
    symbol: str
    strategy: str
    reason: str


class Desk:
    """``account``, ``orders`` in the sequence of sending, and the ``broker`` with which they rest.

    ``due`` are fills that strategies have not been told of; ``worker`` is the thread in which hooks run, None between two steps.
    ``wakes`` is called with the number of the moment at which the engine has to look at orders again, whenever it may come
    sooner; ``noticed`` with what an order became, as it happens.
    """

    def __init__(self, config: SessionConfig, present: Present, costs: CostModel, limits: Limits) -> None:
        trading = config.trading_config
        self.config = trading
        self.refusal = config.trading_refusal
        self.limits = limits
        self.unit = CRYPTO_UNIT if config.asset_class == "CRYPTO" else 1.0
        self.present = present
        self.costs = costs
        self.marks = Marks(present)
        self.account = Account(trading.starting_cash, self.marks)
        self.broker = SimulatedBroker(present, self.account, costs, trading.fills, self.unit)
        self.orders: list[Order] = []
        self.events: list[Event] = []
        self.due: list[Fill] = []
        self.flatten_k = NEVER
        self.has_ended = self.is_replaying = False
        self.worker: int | None = None
        self.wakes: Callable[[int], object] = lambda k: None
        self.watch: str | None = None
        self.noticed: Callable[[], object] = lambda: None
        self._client_ids: dict[str, int] = {}

    @property
    def next_k(self) -> int:
        """Number of the next moment at which an order may change; far away where none does."""
        return min(self.broker.next_k, self.flatten_k)

    @property
    def fills(self) -> list[Fill]:
        """Every fill so far, in the order in which they happened."""
        return [entry for entry in self.account.ledger if isinstance(entry, Fill)]

    @property
    def is_idle(self) -> bool:
        """Whether nothing rests, and nothing is to be sent or told by itself."""
        return not self.broker.open and self.flatten_k == NEVER and not self.due

    def meet(self, k: int) -> None:
        """Let orders meet what became known at moment ``k``, at which the clock stands."""
        told = len(self.due)
        self.broker.meet(k, self.due)
        if self.flatten_k <= k:
            self.flatten_k = NEVER
            self.flatten()
        if len(self.due) > told and self.watch is not None:
            self.noticed()

    def send(
        self,
        strategy: str,
        side: Side,
        symbol: str,
        quantity: Any = None,
        *,
        value: Any = None,
        percent: Any = None,
        risk: Any = None,
        limit: Any = None,
        stop: Any = None,
        stop_loss: Any = None,
        take_profit: Any = None,
        trail: Any = None,
        tif: Any = "day",
        tag: str = "",
        client_id: str | None = None,
    ) -> Order:
        """Send an order of ``strategy``; it comes back accepted or rejected.

        Raises :class:`ConfigError` for what cannot be meant, :class:`~sessionlab.errors.NoDataError` for an unknown symbol.
        """
        self.present.rows.bases_of(symbol)  # says so where it is not here
        how, size = one_size(quantity, value, percent, risk)
        prices = prices_of(limit, stop, stop_loss, take_profit, trail)
        if tif != "day":
            tif = time_in_force(tif, prices)
        self._refuse_late(side, symbol)
        if client_id is not None:
            self._check_name(client_id)
        plain = prices is NO_PRICES
        kind: OrderType = "market" if plain else prices.type
        order = self._order(strategy, side, symbol, kind, size if how == "quantity" else 0.0)
        if tif != "day":
            order.tif = tif
        if tag:
            order.tag = tag
        if not plain:
            order.limit, order.stop = prices.limit, prices.stop
        try:
            self._decide(order, prices, how, size)
        except BaseException:
            self.orders.pop()  # what cannot be meant was never sent
            raise
        if client_id is not None:
            order.client_id = client_id
            self._client_ids[client_id] = order.id
        return order

    def cancel(self, order: Order, reason: str = "canceled") -> bool:
        """Cancel ``order`` and the exits that wait for it; whether it was open."""
        if not order.is_open:
            return False
        self.broker.end(order, "canceled", reason)
        self._notice("order")
        return True

    def replace(self, order: Order, quantity: Any, limit: Any, stop: Any, trail: Any) -> Order:
        """Another order in the place of ``order``, with its remaining quantity, and prices that are not given as they were.

        It is checked as a new one; where it is rejected, ``order`` stays as it is.
        """
        if not order.is_open:
            raise ConfigError(f"order {order.id} is {order.status}: it cannot be replaced; send another", order=order.id)
        prices = prices_of(limit, stop, None, None, trail)
        kind = order.type
        if (prices.limit is not None) != ("limit" in kind) and prices.limit is not None:
            raise ConfigError(f"order {order.id} is a {kind} order and has no limit to replace", order=order.id)
        if prices.stop is not None and kind not in ("stop", "stop_limit"):
            raise ConfigError(f"order {order.id} is a {kind} order and has no stop to replace", order=order.id)
        if prices.trail is not None and kind != "trailing_stop":
            raise ConfigError(f"order {order.id} is a {kind} order and has no trail to replace", order=order.id)
        if quantity is None and prices == NO_PRICES:
            raise ConfigError(f"order {order.id} stays as it is: give what is to be another: quantity, limit, stop or trail")
        size = order.remaining if quantity is None else one_size(quantity, None, None, None)[1]
        first_level = self._first_level(order.symbol, prices.trail, order.sign) if prices.trail else None
        new = self._order(order.strategy, order.side, order.symbol, kind, size)
        new.tif, new.tag, new.role, new.reduces_only, new.replaces = order.tif, order.tag, order.role, order.reduces_only, order
        new.limit = order.limit if prices.limit is None else prices.limit
        new.stop = order.stop if prices.stop is None else prices.stop
        new.is_triggered = order.is_triggered and prices.stop is None
        if kind == "trailing_stop":
            new.trail = prices.trail or order.trail
            new.stop = order.stop if first_level is None else first_level
        new.price = order.price if new.limit is None and new.stop is None else new.limit or new.stop or 0.0
        if not self._accepts(new, opening(self.account, self.broker.open.values(), new, order), without=order):
            return new
        new.parent = order.parent
        waits = order.status == "new"
        self.broker.become(order, "canceled" if waits else "replaced", f"replaced by order {new.id}")
        self._take_place(order, new)
        if waits:
            self.broker.open[new.id] = new
        else:
            if new.parent is not None:
                self.broker.become(new, "accepted")
            self._rest(new)
        return new

    def link(self, orders: Sequence[Order]) -> None:
        """Let a fill of one of ``orders`` cancel the others."""
        if len({order.id for order in orders}) < 2:
            raise ConfigError("oco links two orders or more, as in ctx.oco(target, stop)")
        for order in orders:
            if not order.is_open or order.symbol != orders[0].symbol or order.strategy != orders[0].strategy:
                raise ConfigError(
                    f"order {order.id} ({order.symbol}, {order.status}) cannot cancel and be canceled by the others: "
                    "that is for open orders of one symbol and one strategy",
                    order=order.id,
                )
        for order in orders:
            order.others = (*order.others, *(other for other in orders if other is not order and other not in order.others))

    def target(self, strategy: str, symbol: str, shares: float, price_named: str, tif: Any, tag: str) -> Order | None:
        """The order that leads to a position of ``shares``, counting open orders; None where nothing is to do.

        Open ones in the other direction are canceled first, a close too. Exits of brackets, and what waits for the session's
        close, do not count: they wait for what may happen.
        """
        self.present.rows.bases_of(symbol)
        tif = time_in_force(tif, Prices())
        position = self.account.position(strategy, symbol).quantity
        open_ones = [*self._entries(strategy, symbol), *self._closes(strategy, symbol)]
        gap = shares - position - sum(order.sign * order.remaining for order in open_ones)
        against = [order for order in open_ones if order.sign * gap < 0]
        for order in against:
            self.cancel(order, "superseded by a new target")
        gap += sum(order.sign * order.remaining for order in against)
        if abs(gap) < 0.5 * min(self.unit, 1e-6):
            return None
        side: Side = "buy" if gap > 0 else "sell"
        self._refuse_late(side, symbol)
        order = self._order(strategy, side, symbol, "market", abs(gap))
        order.tif, order.tag = tif, tag
        return self._decide(order, Prices(), price_named, abs(gap))

    def close(self, strategy: str, symbol: str, tif: Any, tag: str) -> Order | None:
        """Cancel what would open more, and send what closes the position; None where it is flat.

        The order only reduces: where an exit closes the position first, it ends. One that is there already, for all of it, stays.
        """
        self.present.rows.bases_of(symbol)
        tif = time_in_force(tif, Prices())
        for order in self._entries(strategy, symbol):
            self.cancel(order, "the position is being closed")
        held = self.account.position(strategy, symbol).quantity
        if not held:
            return None
        side: Side = "sell" if held > 0 else "buy"
        self._refuse_late(side, symbol)
        for order in list(self.broker.open.values()):
            if (order.strategy, order.symbol, order.role, order.tif) == (strategy, symbol, "close", tif):
                if order.remaining >= abs(held):
                    return order
                self.cancel(order, "the position has grown, and is closed as a whole")
        order = self._order(strategy, side, symbol, "market", abs(held))
        order.tif, order.tag, order.role, order.reduces_only = tif, tag, "close", True
        order.price = self.marks(symbol) or 0.0
        self._rest(order)
        return order

    def flatten(self) -> None:
        """Send orders that close every position at the close."""
        for strategy, book in self.account.books.items():
            for symbol, position in book.items():
                if position and symbol in self.present.rows.bases:
                    side: Side = "sell" if position.quantity > 0 else "buy"
                    order = self._order(strategy, side, symbol, "market", abs(position.quantity))
                    order.tif, order.role, order.reduces_only = "cls", "flatten", True
                    self._rest(order)

    def target_dollars(self, strategy: str, symbol: str, dollars: float, tif: Any, tag: str) -> Order | None:
        """The order that leads to a position worth ``dollars`` at the last known price, in whole shares."""
        self.present.rows.bases_of(symbol)
        price = 1.0 if dollars == 0 else self.marks(symbol)  # nothing is nothing at any price
        if price is None:
            self._refuse_late("target", symbol)
            return self._decide(self._order(strategy, "buy" if dollars > 0 else "sell", symbol, "market", 0.0), Prices(), "", 0.0)
        return self.target(strategy, symbol, round_down(dollars / price, self.unit), "target", tif, tag)

    def note(self, kind: str, symbol: str, strategy: str, reason: str, at_ns: int | None = None) -> None:
        """Keep that something happened now, or at ``at_ns``."""
        self.events.append(Event(self.present.now_ns if at_ns is None else at_ns, kind, symbol, strategy, reason))

    def refuse_outsiders(self, strategy: str) -> None:
        """Raise :class:`BusyError` for what is asked for ``strategy`` elsewhere than in its hooks: no replay would ask it."""
        if self.worker == threading.get_ident():
            return
        if self.worker is not None:
            raise BusyError(f"{strategy} cannot trade from another thread: a step is under way; do it in the hook itself")
        if strategy != BY_HAND:
            raise BusyError(f"{strategy} trades in its hooks alone; between two steps trade by hand, as in lab.buy(...)")

    def refuse_to_part_with(self, symbol: str) -> None:
        """Raise :class:`ConfigError` where some book has a position in ``symbol``, whose prices would not be known any more."""
        if symbol in self.account.held:
            shares = sum(book[symbol].quantity for book in self.account.books.values() if symbol in book)
            raise ConfigError(f"{symbol} cannot leave: {shares:g} shares of it are held; close the position first", symbol=symbol)

    def part_with(self, symbol: str) -> None:
        """``symbol`` has left: what was sent for it ends."""
        for order in list(self.broker.open.values()):
            if order.symbol == symbol:
                self.broker.end(order, "canceled", f"{symbol} has left the session")

    def renew(self) -> None:
        """Symbols came or left: orders and prices are looked up in other rows."""
        self.marks.renew()
        self.broker.renew()
        if self.flatten_k != NEVER:
            self.flatten_k = self.flatten_moment()

    def flatten_moment(self) -> int:
        """The moment at which orders are sent that close every position: a minute before the close, or one base interval."""
        rows = self.present.rows
        widths = [_MINUTE_NS, *(rows.finest(symbol).ns for symbol in rows.symbols if rows.finest(symbol).is_intraday)]
        instant = rows.session.close_ns - max(widths)
        return max(int(rows.moments.after(np.array([instant]))[0]), rows.moments.first)

    @property
    def flattens(self) -> bool:
        """Whether orders that close every position are still to be sent in this session."""
        return self.flatten_k != NEVER

    def flatten_again(self, is_due: bool) -> None:
        """The run went back: such orders are still to be sent, or not."""
        self.flatten_k = self.flatten_moment() if is_due else NEVER

    def forget_strategy(self, strategy: str) -> None:
        """Another one takes the name of ``strategy``: what that had sent to open more is canceled, exits stay."""
        for order in list(self.broker.open.values()):
            if order.strategy == strategy and not order.reduces_only:
                self.cancel(order, "its strategy was replaced")

    # -- inside ----------------------------------------------------------------------------------------------------

    def _order(self, strategy: str, side: Side, symbol: str, kind: OrderType, quantity: float) -> Order:
        """A new order at the end of the sequence."""
        present, orders = self.present, self.orders
        order = Order(len(orders) + 1, strategy, symbol, side, kind, quantity, present.now_ns, present.rows.session.tz)
        orders.append(order)
        return order

    def _decide(self, order: Order, prices: Prices, how: str, size: float) -> Order:
        """Size, check and send ``order``."""
        if self.refusal is not None:
            return self._reject(order, self.refusal)
        price = order.limit if order.limit is not None else order.stop if order.stop is not None else self.marks(order.symbol)
        if price is None:
            return self._reject(order, f"no price of {order.symbol} is known yet, so its limits cannot be checked")
        order.price = price
        if how == "risk" and risk_per_share(prices, price) == 0:
            return self._reject(order, f"risk needs a stop_loss away from {price:g}, at which the order would fill")
        if how != "quantity":
            order.quantity = worked_out(how, size, price, prices, self.account.equity, self.unit)
            if order.quantity == 0:
                return self._reject(order, f"{how} {size:g} is less than {self.unit:g} share at {price:g}")
        opens = opening(self.account, self.broker.open.values(), order)
        if prices is NO_PRICES and how == "quantity":
            if self._accepts(order, opens):
                self._rest(order)
            return order
        held = -order.sign * self.account.position(order.strategy, order.symbol).quantity  # what it may reduce, if above 0
        trails = prices.trail is not None and (opens == 0 or 0 < order.quantity <= held)
        if prices.trail is not None and trails and prices.stop_loss is None and prices.take_profit is None:
            if order.limit is not None or order.stop is not None:
                raise ConfigError("a trailing stop has no limit and no stop of its own; give trail alone")
            refuse_stop(order.tif)
            order.type, order.trail, order.role = "trailing_stop", prices.trail, "trail"
            order.stop = self._first_level(order.symbol, prices.trail, order.sign)
            if order.stop <= 0:
                return self._reject(order, f"trail {prices.trail} is more than the price, so nothing would ever reach it")
        elif prices.has_exits and (wrong := wrong_exits(order, prices, opens)):
            return self._reject(order, wrong)
        if how != "quantity" and opens > 0 and not self._trims(order, opens):
            return order
        if how != "quantity":
            opens = opening(self.account, self.broker.open.values(), order)
        if not self._accepts(order, opens):
            return order
        if prices.has_exits and order.type != "trailing_stop":
            self._add_exits(order, prices)
        self._rest(order)
        return order

    def _trims(self, order: Order, opens: float) -> bool:
        """Trim ``order``, of which ``opens`` shares open a position, to the limits; whether any is left."""
        use, shares = use_of(self.account, self.broker.open.values(), order), order.quantity
        room = rules.room(self.limits, use, order.symbol, order.price, self.unit)
        fits = round_down(shares - opens + min(opens, room), self.unit)
        if fits <= 0:
            self._refuse(order, rules.check(self.limits, use, order.symbol, opens, order.price))
            return False
        if fits < shares:
            order.trimmed_from, order.quantity = shares, fits
        return True

    def _add_exits(self, entry: Order, prices: Prices) -> None:
        """The exits of a bracket: they wait for the entry, and cancel each other."""
        side: Side = "sell" if entry.sign > 0 else "buy"
        legs = []
        asked: list[tuple[OrderType, str, Any]] = [
            ("stop", "stop_loss", prices.stop_loss),
            ("trailing_stop", "trail", prices.trail),
            ("limit", "take_profit", prices.take_profit),
        ]
        for kind, role, price in asked:
            if price is None:
                continue
            leg = self._order(entry.strategy, side, entry.symbol, kind, entry.quantity)
            leg.role, leg.parent, leg.reduces_only, leg.tif, leg.tag = role, entry, True, "gtc", entry.tag
            if kind == "stop":
                leg.stop = price
            elif kind == "limit":
                leg.limit = price
            else:
                leg.trail = price
            legs.append(leg)
        entry.exits = tuple(legs)
        for leg in legs:
            leg.others = tuple(other for other in legs if other is not leg)
            self.broker.open[leg.id] = leg

    def _accepts(self, order: Order, opens: float, without: Order | None = None) -> bool:
        """Check ``order``, of which ``opens`` shares open a position, against the limits: whether it may rest."""
        if opens > 0 and not order.reduces_only:
            refusal = rules.check(
                self.limits, use_of(self.account, self.broker.open.values(), order, without), order.symbol, opens, order.price
            )
            if refusal is not None:
                self._refuse(order, refusal)
                return False
            order.opens = opens
        return True

    def _rest(self, order: Order) -> None:
        """Hand an accepted ``order`` to the broker; what is sent at the closing moment belongs to the next session."""
        session = self.present.rows.session
        until_ns = session.open_ns + 1 if order.tif == "opg" else session.close_ns
        order.session = self.broker.session + (order.sent_ns >= until_ns)
        wake = self.broker.submit(order)
        if wake != NEVER:
            self.wakes(wake)
        if self.watch is not None:
            self._notice("order")

    def _entries(self, strategy: str, symbol: str) -> list[Order]:
        """The open orders of a book that are no exits of a bracket."""
        mine = self.broker.open.values()
        return [one for one in mine if one.symbol == symbol and one.strategy == strategy and not one.reduces_only]

    def _closes(self, strategy: str, symbol: str) -> list[Order]:
        """The orders of a book that close its position with the next bar."""
        mine = self.broker.open.values()
        return [one for one in mine if one.symbol == symbol and one.strategy == strategy and closes_soon(one)]

    def _first_level(self, symbol: str, trail: Trail, sign: int) -> float:
        price = self.marks(symbol)
        if price is None:
            raise ConfigError(f"no price of {symbol} is known yet to trail; send it later", symbol=symbol)
        return trail.level(price, sign)

    def _take_place(self, old: Order, new: Order) -> None:
        """Let ``new`` stand where ``old`` stood among exits and orders that cancel each other."""
        new.others, new.exits = old.others, old.exits
        for other in old.others:
            other.others = tuple(new if one is old else one for one in other.others)
        for leg in old.exits:
            leg.parent = new
        if old.parent is not None:
            old.parent.exits = tuple(new if leg is old else leg for leg in old.parent.exits)

    def _refuse(self, order: Order, refusal: rules.Refusal | None) -> None:
        if refusal is not None:
            order.limit_hit, order.limit_number, order.limit_value = refusal.limit, refusal.number, refusal.maximum
        reason = "no room within the limits" if refusal is None else refusal.reason
        if order.limit_hit not in ("", "max_per_trade") and any(map(closes_soon, self.broker.open.values())):
            reason += "; what orders at rest close counts until they have filled"
        self._reject(order, reason)

    def _reject(self, order: Order, reason: str) -> Order:
        self.broker.become(order, "rejected", reason)
        self._notice("order")
        return order

    def _check_name(self, client_id: str) -> None:
        if not isinstance(client_id, str) or not client_id:
            raise ConfigError(f"client_id={client_id!r}: write a text of your own, another one for each order", value=client_id)
        taken = self._client_ids.get(client_id)
        if taken is not None:
            raise ConfigError(
                f"client_id {client_id!r} was sent before, as order {taken}; a retry must not double it", order=taken
            )

    def _refuse_late(self, side: str, symbol: str) -> None:
        if self.has_ended:
            raise ConfigError(
                f"{side} {symbol}: the run has ended at its last close, so nothing can be sent; lab.restart() begins again",
                symbol=symbol,
            )

    def _notice(self, what: str) -> None:
        if self.watch == what:
            self.noticed()
