"""What an order is made of, from what was asked for: its size in shares, and whether its exits make sense."""

from __future__ import annotations

from sessionlab.errors import ConfigError
from sessionlab.trading.limits import round_down
from sessionlab.trading.order import Order
from sessionlab.trading.ticket import Prices


def worked_out(how: str, size: float, price: float, prices: Prices, equity: float, unit: float) -> float:
    """The shares that were asked for as ``how``, rounded down; 0 for less than one."""
    shares = size
    if how == "value":
        shares = size / price
    elif how == "percent":
        shares = equity * size / price
    elif how == "risk":
        distance = risk_per_share(prices, price)
        if distance is None:
            raise ConfigError("risk is the fraction of equity lost at the stop: give stop_loss or trail with it")
        shares = equity * size / distance
    return max(round_down(shares, unit), 0.0)


def risk_per_share(prices: Prices, price: float) -> float | None:
    """Dollars a share that are lost at the stop of an order that fills at ``price``; None where it has no stop."""
    if prices.stop_loss is not None:
        return abs(price - prices.stop_loss)
    return None if prices.trail is None else abs(price - prices.trail.level(price, 1))


def wrong_exits(order: Order, prices: Prices, opens: float) -> str | None:
    """Why the exits of ``order``, of which ``opens`` shares open a position, make no sense; None where they do."""
    if opens <= 0:
        return "stop_loss and take_profit protect what an order opens, and this one only reduces; send stop=, limit= or trail="
    loss, profit, sign = prices.stop_loss, prices.take_profit, order.sign
    price = order.price
    if loss is not None and sign * (price - loss) <= 0:
        return f"stop_loss {loss:g} is not {'below' if sign > 0 else 'above'} {price:g}, at which the order would fill"
    if profit is not None and sign * (profit - price) <= 0:
        return f"take_profit {profit:g} is not {'above' if sign > 0 else 'below'} {price:g}, at which the order would fill"
    if prices.trail is not None and prices.trail.level(price, -sign) <= 0:
        return f"trail {prices.trail} is more than the price {price:g}, so nothing would ever reach it"
    if loss is not None and prices.trail is not None:
        return "stop_loss and trail are two stops for one position; give one of them"
    return None
