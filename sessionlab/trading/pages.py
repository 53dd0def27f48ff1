"""Orders, fills and positions as notebooks show them: a line each, with the color of its side at the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.figure_look import GAIN, LOSS
from sessionlab.markup.tables import signed
from sessionlab.markup.text import Markup, escaped

if TYPE_CHECKING:
    from sessionlab.trading.account import Position
    from sessionlab.trading.ledger import Fill
    from sessionlab.trading.order import Order


def order_page(order: Order) -> str:
    """What is to be done, at which prices, where it stands, and why."""
    what = f"{order.side} {order.quantity:,.10g} {order.symbol}"
    trimmed = "" if order.trimmed_from is None else f"trimmed from {order.trimmed_from:,.10g}"
    done = f"{order.filled:,.10g} at {order.average_price:,.4f}" if order.filled else ""
    status = _strong(order.status.replace("_", " "), LOSS if order.status == "rejected" else "inherit")
    exits = [" ".join([exit.role.replace("_", " "), *_prices_of(exit)]) for exit in order.exits]
    asked = [*(_prices_of(order) or ["at the market"]), order.tif, trimmed, *exits]
    return _card(order.sign, what, *asked, status, done, order.reason, order.strategy, order.tag, f"order {order.id}")


def fill_page(fill: Fill) -> str:
    """What was done, when, at which price, and for which order."""
    what = f"{fill.side} {fill.quantity:,.10g} {fill.symbol} at {fill.price:,.4f}"
    when = f"{fill.time:%Y-%m-%d %H:%M:%S}"
    doubt = _strong("ambiguous", LOSS) if fill.ambiguous else ""
    sign = 1 if fill.side == "buy" else -1
    return _card(sign, what, when, f"fee {fill.fee:,.2f}", doubt, fill.reason, fill.strategy, f"order {fill.order_id}")


def position_page(position: Position) -> str:
    """What is held, at which price, and what it would earn."""
    if not position:
        return _card(0, f"{position.symbol} flat")
    sign = 1 if position.quantity > 0 else -1
    earns = signed(f"unrealized {position.unrealized:+,.2f}", round(position.unrealized, 2))
    now = f"last {position.price:,.4f}, worth {position.value:,.2f}"
    held = f"{position.symbol} {position.side} {abs(position.quantity):,.10g}"
    return _card(sign, held, f"at {position._average:,.4f}", now, earns)


def _prices_of(order: Order) -> list[str]:
    """The prices that an order names, in words."""
    named = [("limit", order.limit), ("stop", order.stop)]
    told = [f"{name} {price:,.10g}" for name, price in named if price is not None]
    return told if order.trail is None else [*told, f"trail {order.trail}"]


def _card(sign: int, bold: str, *more: str) -> str:
    edge = GAIN if sign > 0 else LOSS if sign < 0 else "currentColor"
    told = " · ".join([f"<b>{escaped(bold)}</b>", *(escaped(part) for part in more if part)])
    return f'<p style="border-left:3px solid {edge};padding:2px 8px;overflow-wrap:anywhere">{told}</p>'


def _strong(text: str, color: str) -> Markup:
    return Markup(f'<span style="color:{color};font-weight:600">{escaped(text)}</span>')
