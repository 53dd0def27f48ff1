"""What an order is asked for with, checked: numbers that can be meant, and the type that they make.

limit, stop        stop limit        stop     stop
limit              limit             trail    trailing stop, where the order only reduces; else an exit that trails
nothing            market
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from sessionlab.errors import ConfigError
from sessionlab.trading.order import TIMES_IN_FORCE, OrderType, TimeInForce, Trail


class Prices(NamedTuple):
    """The prices of an order, dollars, each None where it has none."""

    limit: float | None = None
    stop: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    trail: Trail | None = None

    @property
    def type(self) -> OrderType:
        """What the limit and the stop make of it."""
        if self.limit is not None:
            return "limit" if self.stop is None else "stop_limit"
        return "market" if self.stop is None else "stop"

    @property
    def has_exits(self) -> bool:
        """Whether it brings exits along."""
        return self.stop_loss is not None or self.take_profit is not None or self.trail is not None


NO_PRICES = Prices()


def prices_of(limit: Any, stop: Any, stop_loss: Any, take_profit: Any, trail: Any) -> Prices:
    """The prices given, as numbers. Raises :class:`ConfigError` for what is no price."""
    if limit is None and stop is None and stop_loss is None and take_profit is None and trail is None:
        return NO_PRICES
    return Prices(
        _positive("limit", limit, "a price in dollars"),
        _positive("stop", stop, "a price in dollars"),
        _positive("stop_loss", stop_loss, "a price in dollars"),
        _positive("take_profit", take_profit, "a price in dollars"),
        trail_of(trail),
    )


def trail_of(given: Any) -> Trail | None:
    """How far a stop trails: dollars, or a share of the price written ``"1%"``.

    >>> trail_of("1%"), trail_of(0.5)
    (Trail(1%), Trail(0.5))
    """
    if given is None or isinstance(given, Trail):
        return given
    if isinstance(given, str) and given.strip().endswith("%"):
        try:
            share = float(given.strip()[:-1])
        except ValueError:
            share = math.nan
        if 0 < share < 100:
            return Trail(share / 100, is_share=True)
    elif not isinstance(given, str):
        amount = _positive("trail", given, 'dollars, or a share of the price such as "1%"')
        return None if amount is None else Trail(amount)
    raise ConfigError(f'trail={given!r}: write dollars, as in 0.5, or a share of the price, as in "1%"', trail=given)


def time_in_force(given: Any, prices: Prices) -> TimeInForce:
    """The time in force. Raises :class:`ConfigError` for what is none, and for one that the order's type cannot have."""
    if given not in TIMES_IN_FORCE:
        from sessionlab.config.problems import nearest

        near = nearest(str(given), list(TIMES_IN_FORCE))
        hint = f" (did you mean {near!r}?)" if near else ""
        raise ConfigError(f"tif={given!r}: write one of {', '.join(TIMES_IN_FORCE)}{hint}", tif=given)
    tif: TimeInForce = given
    if prices.stop is not None:
        refuse_stop(tif)
    return tif


def refuse_stop(tif: TimeInForce) -> None:
    """Raise :class:`ConfigError` where a stop cannot have ``tif``: it rests, and these live at one price alone."""
    if tif in ("opg", "cls"):
        raise ConfigError(f'tif="{tif}" is for market and limit orders; a stop rests, with tif="day" or "gtc"', tif=tif)


def stated(quantity: Any) -> float:
    """A quantity that the user states, in shares. Raises :class:`ConfigError` unless it is a positive number."""
    if quantity.__class__ in (int, float) and 0 < quantity < 1e300:  # beyond, an int may be no float
        return float(quantity)
    number = _positive("quantity", quantity, "shares, above 0; sell(...) sells, and ctx.target(symbol, -100) goes short")
    assert number is not None
    return number


def one_size(quantity: Any, value: Any, percent: Any, risk: Any) -> tuple[str, float]:
    """The way in which the size is given, and its number."""
    if quantity is not None and value is None and percent is None and risk is None:
        return "quantity", stated(quantity)
    given = {"quantity": quantity, "value": value, "percent": percent, "risk": risk}
    named = [name for name, it in given.items() if it is not None]
    if len(named) != 1:
        have = " and ".join(named) or "none"
        raise ConfigError(f"an order has one size: quantity, value, percent or risk; {have} was given", given=named)
    name = named[0]
    if name == "quantity":
        return name, stated(quantity)
    words = "dollars, above 0" if name == "value" else "a fraction of equity, above 0: 0.1 is a tenth"
    number = _positive(name, given[name], words)
    assert number is not None
    if name == "risk" and number >= 1:
        raise ConfigError(
            f"risk={risk!r}: write the fraction of equity lost at the stop, below 1: 0.01 is one percent", risk=risk
        )
    return name, number


def target_number(name: str, given: Any) -> float:
    """A target, which may be negative or 0."""
    number = _number(given)
    if not math.isfinite(number):
        raise ConfigError(f"{name}={given!r}: write a number, negative for a short position", value=given)
    return number


def _positive(name: str, given: Any, words: str) -> float | None:
    if given is None:
        return None
    number = _number(given)
    if not (math.isfinite(number) and number > 0):
        raise ConfigError(f"{name}={given!r}: write {words}", name=name, value=given)
    return number


def _number(given: Any) -> float:
    """``given`` as a number; NaN for what is none, such as a text."""
    try:
        return math.nan if isinstance(given, bool | str) else float(given)
    except (TypeError, ValueError, OverflowError):
        return math.nan
