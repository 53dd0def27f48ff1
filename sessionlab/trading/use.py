"""What an order opens, and what is used of the limits before it: by what is held, and by what orders at rest may still open."""

from __future__ import annotations

from collections.abc import Iterable

from sessionlab.trading.account import Account
from sessionlab.trading.limits import Use
from sessionlab.trading.order import Order


def opening(account: Account, at_rest: Iterable[Order], order: Order, without: Order | None = None) -> float:
    """How many shares of ``order`` would open a position, behind all orders ``at_rest`` on its side.

    Exits of brackets wait for what may happen and do not count; a close at the market does.
    """
    sign, strategy, symbol = order.sign, order.strategy, order.symbol
    quantity: float = order.quantity
    before = sign * account.position(strategy, symbol).quantity
    for other in at_rest:
        if (
            other.sign == sign
            and other.symbol == symbol
            and other.strategy == strategy
            and other is not without
            and (not other.reduces_only or closes_soon(other))
        ):
            before += other.quantity - other.filled
    return max(before + quantity, 0.0) - max(before, 0.0)


def use_of(account: Account, at_rest: Iterable[Order], order: Order, without: Order | None = None) -> Use:
    """What is used of the limits before ``order``, which opens a position.

    A position and what would open one in the other direction are never there at once, so of the two the greater counts. Where
    ``order`` itself goes through zero, what its book holds is closed first and does not count.
    """
    reserved: dict[tuple[str, str], list[float]] = {}
    for other in at_rest:
        if other.opens and other is not without and (dollars := other.reserved) > 0:
            reserved.setdefault((other.strategy, other.symbol), [0.0, 0.0])[other.sign > 0] += dollars
    held_in_symbol = reserved_in_symbol = held = rest = net = 0.0
    symbols = {symbol for _, symbol in reserved} if reserved else set()
    for strategy, book in account.books.items():
        for symbol, position in book.items():
            if not position.quantity:
                continue
            symbols.add(symbol)
            value = position.value
            net += value
            here, waits = abs(value), 0.0
            is_here = symbol == order.symbol
            crosses = is_here and order.sign * value < 0 and strategy == order.strategy
            if reserved:
                sells, buys = reserved.pop((strategy, symbol), (0.0, 0.0))
                same, opposite = (buys, sells) if value > 0 else (sells, buys)
                waits = opposite if crosses else max(same, opposite - here)
            if crosses:
                here = 0.0
            held += here
            rest += waits
            if is_here:
                held_in_symbol += here
                reserved_in_symbol += waits
    for (_, symbol), dollars_of in reserved.items():
        rest += sum(dollars_of)
        if symbol == order.symbol:
            reserved_in_symbol += sum(dollars_of)
    is_in = order.symbol in symbols
    return Use(held_in_symbol, reserved_in_symbol, held, rest, len(symbols), is_in, account.cash + net)


def closes_soon(order: Order) -> bool:
    """Whether ``order`` only reduces, and the next bar fills it."""
    return order.reduces_only and order.type == "market" and order.tif not in ("opg", "cls")
