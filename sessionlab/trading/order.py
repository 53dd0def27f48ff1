"""An order: what was asked for, and where it stands.

    new -> accepted -> partially_filled -> filled
                    -> canceled | replaced | expired       (of either)
    new -> rejected | canceled

``new`` is an order that waits for another one: an exit whose entry has not filled. It moves on only by what the account knows
at the moment it stands at, so an order that is looked at never tells of a later bar.
"""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

Side = Literal["buy", "sell"]
OrderType = Literal["market", "limit", "stop", "stop_limit", "trailing_stop"]
TimeInForce = Literal["day", "gtc", "ioc", "fok", "opg", "cls"]
Status = Literal["new", "accepted", "partially_filled", "filled", "canceled", "replaced", "rejected", "expired"]

TIMES_IN_FORCE: tuple[TimeInForce, ...] = ("day", "gtc", "ioc", "fok", "opg", "cls")
OPEN: frozenset[Status] = frozenset({"new", "accepted", "partially_filled"})
AFTER: dict[Status, frozenset[Status]] = {
    "new": frozenset({"accepted", "rejected", "canceled", "expired"}),
    "accepted": frozenset({"partially_filled", "filled", "canceled", "replaced", "expired"}),
    "partially_filled": frozenset({"partially_filled", "filled", "canceled", "replaced", "expired"}),
    "filled": frozenset(),
    "canceled": frozenset(),
    "replaced": frozenset(),
    "rejected": frozenset(),
    "expired": frozenset(),
}
"""Which states may follow each."""


class Trail:
    """How far a stop trails: by ``amount`` dollars, or by that fraction of the price where ``is_share``."""

    __slots__ = ("amount", "is_share")

    def __init__(self, amount: float, *, is_share: bool = False) -> None:
        self.amount = amount
        self.is_share = is_share

    def level(self, best: float, sign: int) -> float:
        """The stop of an order of ``sign`` where ``best`` is the best price since: below it for a sell, above for a buy."""
        return best * (1.0 + sign * self.amount) if self.is_share else best + sign * self.amount

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trail) and (self.amount, self.is_share) == (other.amount, other.is_share)

    def __hash__(self) -> int:
        return hash((self.amount, self.is_share))

    def __str__(self) -> str:
        return f"{100 * self.amount:g}%" if self.is_share else f"{self.amount:g}"

    def __repr__(self) -> str:
        return f"Trail({self})"


class Order:
    """An order of one strategy's book. ``quantity`` is positive; ``side`` gives the sign.

    ``id`` counts from 1 in a run. ``limit`` and ``stop`` are prices in dollars, None where it has none; the ``stop`` of a
    trailing one is where it stands now. ``filled`` shares were filled at ``average_price``. ``reason`` says in words why it
    ended, of a rejection with its number and limit (``limit_hit``, ``limit_number``, ``limit_value``). ``trimmed_from`` is the
    size that the lab had worked out before it was trimmed to the limits. ``role`` says what it is for: ``entry``, ``stop_loss``,
    ``take_profit``, ``trail`` or ``flatten``; ``exits`` are those of a bracket, whose ``parent`` is the entry.
    """

    # What few orders have stands here, so that making one costs little.
    limit: float | None = None
    stop: float | None = None
    trail: Trail | None = None
    tif: TimeInForce = "day"
    tag: str = ""
    client_id: str | None = None
    status: Status = "new"
    reason: str = ""
    role: str = "entry"
    filled: float = 0.0
    paid: float = 0.0  # sum of price x quantity filled
    parent: Order | None = None
    exits: tuple[Order, ...] = ()
    others: tuple[Order, ...] = ()  # of which one fill cancels the rest
    replaces: Order | None = None
    reduces_only: bool = False
    trimmed_from: float | None = None
    limit_hit: str = ""
    limit_number: float | None = None
    limit_value: float | None = None
    opens: float = 0.0  # the part of the quantity that was checked against limits, because it opens a position
    price: float = 0.0  # the price it was checked at
    ended_ns: int | None = None
    # Where the broker stands with it.
    is_triggered: bool = False
    since_ns: int = 0  # it meets bars that start at or after this
    session: int = -1  # number of the session in which it lives, if a day's
    seen: int = -1  # bars of the session that it has met or passed by, counted from the first

    def __init__(
        self, number: int, strategy: str, symbol: str, side: Side, kind: OrderType, quantity: float, sent_ns: int, tz: str
    ) -> None:
        self.id = number
        self.strategy = strategy
        self.symbol = symbol
        self.side: Side = side
        self.sign = 1 if side == "buy" else -1
        self.type: OrderType = kind
        self.quantity = quantity
        self.sent_ns = self.since_ns = sent_ns
        self.tz = tz

    @property
    def sent(self) -> pd.Timestamp:
        """When it was sent, in the exchange's zone."""
        return pd.Timestamp(self.sent_ns, tz="UTC").tz_convert(self.tz)

    @property
    def ended(self) -> pd.Timestamp | None:
        """When it ended, None while it is open."""
        return None if self.ended_ns is None else pd.Timestamp(self.ended_ns, tz="UTC").tz_convert(self.tz)

    @property
    def is_open(self) -> bool:
        """Whether it may still fill."""
        return self.status in OPEN

    @property
    def is_filled(self) -> bool:
        """Whether all of it has filled."""
        return self.status == "filled"

    @property
    def is_rejected(self) -> bool:
        """Whether it was refused; ``reason`` says why."""
        return self.status == "rejected"

    @property
    def remaining(self) -> float:
        """Shares not filled yet."""
        return self.quantity - self.filled

    @property
    def average_price(self) -> float | None:
        """Mean price of what is filled, None where nothing is."""
        return self.paid / self.filled if self.filled else None

    @property
    def reserved(self) -> float:
        """Dollars of exposure that it may still open, at the price it was checked at."""
        return min(self.opens, self.quantity - self.filled) * self.price

    def become(self, status: Status, at_ns: int, reason: str = "") -> None:
        """Move on to ``status``. Raises ``ValueError`` where there is no such transition: a fault of ours, not a user's."""
        if status not in AFTER[self.status]:
            raise ValueError(f"order {self.id} is {self.status}: it cannot become {status}")
        self.status = status
        if reason:
            self.reason = reason
        if status not in OPEN:
            self.ended_ns = at_ns

    def __deepcopy__(self, memo: dict[int, Any]) -> Order:
        """An order that has ended never changes again, so it stands for itself in copies of what holds it."""
        if not self.is_open:
            return self
        import copy

        other = Order.__new__(Order)
        memo[id(self)] = other
        other.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__dict__.items()})
        return other

    def __repr__(self) -> str:
        prices = [("limit", self.limit), ("stop", self.stop), ("trail", self.trail)]
        said = [f"{name} {price:g}" if name != "trail" else f"trail {price}" for name, price in prices if price is not None]
        what = f"{self.side} {self.quantity:,.10g} {self.symbol} {', '.join(said) or 'at the market'}"
        done = f", {self.filled:,.10g} at {self.average_price:.4f}" if self.filled else ""
        why = f": {self.reason}" if self.reason else ""
        return f"<Order {self.id}: {what}, {self.status.replace('_', ' ')}{done}{why}>"

    def _repr_html_(self) -> str:
        from sessionlab.trading.pages import order_page

        return order_page(self)
