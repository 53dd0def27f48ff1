"""The four limits, checked when an order is accepted: exposure, what open orders reserved, and this order must stay within.

    max_per_trade        notional of the order
    max_per_symbol       gross exposure in its symbol
    max_open_positions   symbols with a position, and with an entry open
    max_buying_power     gross exposure in all

Only the part of an order that opens counts, at its limit or stop price, else at the last known close; an order that only
reduces is exempt. One that goes through zero is checked on its new side: what it closes first does not count. Exposure is the
sum over all books, so two strategies never hide one another.

A worked example, with 10,000 of cash and of buying power: short 100 shares at 40 brings 4,000 of cash and uses 4,000 of buying
power, for gross exposure counts, not cash. Buying 60 at 100 then uses 6,000: the sum is 10,000, which is allowed, and cash
stands at 8,000. Should the short rise to 50, exposure is 11,000: noted, nothing is undone, but what opens is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sessionlab.config.trading_section import TradingConfig


@dataclass(frozen=True)
class Limits:
    """The four limits, in dollars and in symbols; what is None is the account's equity at that moment, or no limit."""

    max_buying_power: float | None = None
    max_per_trade: float | None = None
    max_per_symbol: float | None = None
    max_open_positions: int | None = None

    @classmethod
    def of(cls, config: TradingConfig) -> Limits:
        """Those of a config."""
        return cls(config.max_buying_power, config.max_per_trade, config.max_per_symbol, config.max_open_positions)


class Use(NamedTuple):
    """What is used of the limits before an order: dollars held and reserved in its symbol and in all, and which symbols.

    ``is_in`` says that the order's symbol is one of the ``symbols`` that have a position or an entry open.
    """

    held_in_symbol: float
    reserved_in_symbol: float
    held: float
    reserved: float
    symbols: int
    is_in: bool
    equity: float


class Refusal(NamedTuple):
    """Why an order is refused: the limit's name, what it would have come to, the limit, and all of it in words."""

    limit: str
    number: float
    maximum: float
    reason: str


def check(limits: Limits, use: Use, symbol: str, opens: float, price: float) -> Refusal | None:
    """Why an order that opens ``opens`` shares of ``symbol`` at ``price`` is refused; None where it is accepted."""
    this = opens * price
    if opens <= 0 or _passes(limits, use, this):
        return None
    for name, used, words in (
        ("max_per_trade", 0.0, ""),
        ("max_per_symbol", use.held_in_symbol + use.reserved_in_symbol, f"in {symbol} "),
        ("max_buying_power", use.held + use.reserved, ""),
    ):
        maximum = _dollars(limits, name, use)
        if used + this > maximum:
            parts = [f"this order {this:,.2f}"]
            if used:
                in_symbol = name == "max_per_symbol"
                held = use.held_in_symbol if in_symbol else use.held
                reserved = use.reserved_in_symbol if in_symbol else use.reserved
                parts = [f"held {held:,.2f}", f"reserved by open orders {reserved:,.2f}", *parts]
            of = "" if getattr(limits, name) is not None else ", the account's equity"
            text = f"{name}: {used + this:,.2f} {words}would pass {maximum:,.2f}{of} ({', '.join(parts)})"
            return Refusal(name, used + this, maximum, text)
    most = limits.max_open_positions
    if most is not None and not use.is_in and use.symbols + 1 > most:
        text = f"max_open_positions: {symbol} would be number {use.symbols + 1} of {most} (positions and entries open)"
        return Refusal("max_open_positions", use.symbols + 1, most, text)
    return None


def _passes(limits: Limits, use: Use, this: float) -> bool:
    """Whether an order of ``this`` many dollars is within all limits."""
    equity = max(use.equity, 0.0)
    trade = equity if limits.max_per_trade is None else limits.max_per_trade
    symbol = equity if limits.max_per_symbol is None else limits.max_per_symbol
    power = equity if limits.max_buying_power is None else limits.max_buying_power
    most = limits.max_open_positions
    return (
        this <= trade
        and use.held_in_symbol + use.reserved_in_symbol + this <= symbol
        and use.held + use.reserved + this <= power
        and (most is None or use.is_in or use.symbols + 1 <= most)
    )


def room(limits: Limits, use: Use, symbol: str, price: float, unit: float) -> float:
    """The most shares of ``symbol`` that may be opened at ``price``, in whole multiples of ``unit``."""
    most = limits.max_open_positions
    if price <= 0 or (most is not None and not use.is_in and use.symbols + 1 > most):
        return 0.0
    dollars = min(
        _dollars(limits, "max_per_trade", use),
        _dollars(limits, "max_per_symbol", use) - use.held_in_symbol - use.reserved_in_symbol,
        _dollars(limits, "max_buying_power", use) - use.held - use.reserved,
    )
    shares = round_down(max(dollars, 0.0) / price, unit)
    while shares > 0 and check(limits, use, symbol, shares, price) is not None:  # the last bit of a division
        shares = round_down(shares - unit, unit)
    return max(shares, 0.0)


def round_down(shares: float, unit: float) -> float:
    """``shares`` in whole multiples of ``unit``, towards 0. What is short of a multiple by float noise alone is one.

    >>> round_down(7.9, 1.0), round_down(-7.9, 1.0), round_down(0.1 * 3 / 0.1, 1.0)
    (7.0, -7.0, 3.0)
    """
    count = shares / unit
    near = round(count)
    whole = near if abs(count - near) <= 1e-9 * max(1.0, abs(count)) else math.trunc(count)
    return float(whole) if unit == 1.0 else round(whole * unit, 8)


def _dollars(limits: Limits, name: str, use: Use) -> float:
    given: float | None = getattr(limits, name)
    return max(use.equity, 0.0) if given is None else given
