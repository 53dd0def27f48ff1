"""The ledger: everything that changed an account, in order, never taken back.

Positions, cash and equity are folds over it. An entry counts from its ``known_ns`` on; nothing of it is seen before.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import pandas as pd

from sessionlab.trading.order import Side


class Fill(NamedTuple):
    """A fill, of all or a part of an order: ``quantity`` shares at ``price``, for ``fee`` dollars.

    ``time`` is the start of the bar that it happened in, ``known_at`` its end. ``ambiguous`` says that the bar does not tell
    which of two exits came first, and the worse one was taken. ``slippage`` is what the price is worse by, per share;
    ``reason`` what the order was for; ``is_first`` whether it is the order's first. ``at_open`` says that it filled at the
    first price of its bar, ``opened`` how many of its shares opened a position rather than closed one.
    """

    time_ns: int
    known_ns: int
    symbol: str
    side: Side
    quantity: float
    price: float
    fee: float
    ambiguous: bool
    order_id: int
    strategy: str
    reason: str
    slippage: float
    is_first: bool
    at_open: bool
    opened: float
    tz: str

    @classmethod
    def made(cls, symbol: str, side: Side, quantity: float, price: float, *, time_ns: int = 0, known_ns: int = 0) -> Fill:
        """A fill by hand, to try a cost model with."""
        return cls(
            time_ns, known_ns, symbol, side, quantity, price, 0.0, False, 0, "hand", "entry", 0.0, True, True, quantity, "UTC"
        )  # fmt: skip

    @property
    def time(self) -> pd.Timestamp:
        """Start of its bar, in the exchange's zone."""
        return pd.Timestamp(self.time_ns, tz="UTC").tz_convert(self.tz)

    @property
    def known_at(self) -> pd.Timestamp:
        """End of its bar, in the exchange's zone."""
        return pd.Timestamp(self.known_ns, tz="UTC").tz_convert(self.tz)

    @property
    def signed(self) -> float:
        """Shares, negative where sold."""
        return self.quantity if self.side == "buy" else -self.quantity

    @property
    def notional(self) -> float:
        """Dollars that changed hands, without the fee."""
        return self.quantity * self.price

    def __repr__(self) -> str:
        doubt = ", ambiguous" if self.ambiguous else ""
        what = f"{self.side} {self.quantity:,.10g} {self.symbol} at {self.price:.4f}"
        return f"<Fill {what}, {self.time:%Y-%m-%d %H:%M:%S}{doubt}, order {self.order_id} of {self.strategy}>"

    def _repr_html_(self) -> str:
        from sessionlab.trading.pages import fill_page

        return fill_page(self)


class CashMove(NamedTuple):
    """Cash that came or went beside fills: a ``dividend``, or the ``borrow`` fee of a short position. ``amount`` in dollars."""

    known_ns: int
    kind: Literal["dividend", "borrow"]
    symbol: str
    amount: float
    strategy: str
    note: str


class SplitMove(NamedTuple):
    """A held position in other shares: ``ratio`` new ones for each old one."""

    known_ns: int
    symbol: str
    ratio: float
    strategy: str
    note: str


Entry = Fill | CashMove | SplitMove
