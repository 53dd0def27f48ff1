"""At what price an order fills on one bar: the rules, one after another, as pure functions of the order and the bar.

    market       the open
    limit        buy: the open if it is at or below the limit, else the limit if the low is below it ("touch": or at it)
                 "opg": the open if it is within the limit, else not at all
    stop         buy: triggered by a high at or above it; fills at the worse of stop and open
    stop limit   triggered as a stop, then rests as a limit: at once where the bar opens beyond the stop, else from the next bar
    trailing     a stop that moves after each bar
    both ends    of an exit pair that meet in one bar: the one that the open fills, else the worse one, flagged ambiguous

Sells are mirrored: with prices negated, a sell's rule is a buy's. Slippage and costs come afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

from sessionlab.trading.order import Order


class FillBar(NamedTuple):
    """A base bar that orders meet: ``start`` in ns UTC, prices in dollars, ``volume`` in shares."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Meeting(NamedTuple):
    """An order meets a bar: at ``price``, before slippage. ``at_open`` says that it was the bar's first price.

    ``slips`` says that slippage is due: of market orders and triggered stops, never of limits.
    """

    price: float
    at_open: bool
    slips: bool


def meet(order: Order, bar: FillBar, *, touch: bool = False) -> Meeting | None:
    """Where ``order`` would fill on ``bar``, None where it would not.

    >>> bar = FillBar(0, open=10.0, high=11.0, low=9.0, close=10.5, volume=100.0)
    >>> meet(Order(1, "hand", "SPY", "buy", "market", 100, 0, "UTC"), bar)
    Meeting(price=10.0, at_open=True, slips=True)
    """
    kind = order.type
    if kind == "market":
        return Meeting(bar.open, True, True)
    if kind == "limit":
        return _limit(order, bar, touch)
    if kind == "stop_limit":
        return _stop_limit(order, bar, touch)
    if order.is_triggered:  # what is left of a stop that has filled in part
        return Meeting(bar.open, True, True)
    return _stop(order, bar)


def triggers(order: Order, bar: FillBar) -> bool:
    """Whether ``bar`` reaches the stop of ``order``."""
    assert order.stop is not None
    return bar.high >= order.stop if order.sign > 0 else bar.low <= order.stop


def trail_on(order: Order, high: float, low: float) -> None:
    """Move a trailing stop after a bar with that ``high`` and ``low``; it never moves away from the price."""
    assert order.trail is not None
    assert order.stop is not None
    if order.sign > 0:
        order.stop = min(order.stop, order.trail.level(low, 1))
    else:
        order.stop = max(order.stop, order.trail.level(high, -1))


def first_of_pair(one: Meeting | None, other: Meeting | None, sign: int) -> tuple[int, bool]:
    """Which of two exits of one position (0 or 1) fills on a bar that both meet, and whether that is ambiguous.

    The open comes before every other price of a bar. Within it the order of prices is not known: then the worse end counts,
    the lower price for sells (``sign`` -1), the higher one for buys.
    """
    if one is None or other is None:
        return (0 if one is not None else 1), False
    if one.at_open != other.at_open:
        return (0 if one.at_open else 1), False
    return (0 if sign * one.price >= sign * other.price else 1), not one.at_open


def _limit(order: Order, bar: FillBar, touch: bool) -> Meeting | None:
    limit = order.limit
    assert limit is not None
    if bar.open <= limit if order.sign > 0 else bar.open >= limit:
        return Meeting(bar.open, True, False)
    if order.tif == "opg":
        return None
    edge, through = (bar.low, bar.low < limit) if order.sign > 0 else (bar.high, bar.high > limit)
    return Meeting(limit, False, False) if through or (touch and edge == limit) else None


def _stop(order: Order, bar: FillBar) -> Meeting | None:
    if not triggers(order, bar):
        return None
    assert order.stop is not None
    beyond = bar.open >= order.stop if order.sign > 0 else bar.open <= order.stop
    return Meeting(bar.open, True, True) if beyond else Meeting(order.stop, False, True)


def _stop_limit(order: Order, bar: FillBar, touch: bool) -> Meeting | None:
    if order.is_triggered:
        return _limit(order, bar, touch)
    assert order.stop is not None
    beyond = bar.open >= order.stop if order.sign > 0 else bar.open <= order.stop
    return _limit(order, bar, touch) if beyond else None
