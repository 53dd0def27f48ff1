"""What trading costs: commissions on fills and slippage of prices, small models that can be exchanged and put together.

A commission is a function of a :class:`Fill`, in dollars; a slippage one of a :class:`Slipping`, in dollars a share by which the
price gets worse. Any function, or object with ``__call__``, of that shape is one. Both are asked when an order fills, with
what is known of that bar.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sessionlab.errors import ConfigError
from sessionlab.trading.fill_rules import FillBar
from sessionlab.trading.ledger import Fill
from sessionlab.trading.order import Order

if TYPE_CHECKING:
    from sessionlab.config.trading_section import Costs, Slippage


class Slipping(NamedTuple):
    """What a slippage model sees: the ``order``, ``quantity`` and ``price`` it fills at, the ``bar``, and the quote's spread.

    ``spread`` is ask less bid in dollars of the last recorded quote known when the bar began, None where none is recorded.
    """

    order: Order
    quantity: float
    price: float
    bar: FillBar
    spread: float | None


class Commission(Protocol):
    """Dollars that a fill costs."""

    def __call__(self, fill: Fill, /) -> float:
        """The fee of ``fill``."""
        ...


class SlippageModel(Protocol):
    """Dollars a share by which a fill's price is worse; 0 or more."""

    def __call__(self, slipping: Slipping, /) -> float:
        """What the price is worse by."""
        ...


@dataclass(frozen=True)
class PerShare:
    """Commission per share, with a floor per fill.

    >>> from sessionlab.trading.ledger import Fill
    >>> PerShare(0.005, minimum=1.0)(Fill.made(symbol="SPY", side="buy", quantity=100, price=10.0))
    1.0
    """

    rate: float
    minimum: float = 0.0

    def __call__(self, fill: Fill) -> float:
        """The fee of ``fill``, dollars."""
        return max(self.rate * fill.quantity, self.minimum)


@dataclass(frozen=True)
class PerOrder:
    """Commission per order, due with its first fill."""

    amount: float

    def __call__(self, fill: Fill) -> float:
        """The fee of ``fill``, dollars."""
        return self.amount if fill.is_first else 0.0


@dataclass(frozen=True)
class Bps:
    """Commission in basis points of the notional."""

    rate: float

    def __call__(self, fill: Fill) -> float:
        """The fee of ``fill``, dollars."""
        return self.rate * 1e-4 * fill.quantity * fill.price


@dataclass(frozen=True)
class SlippageBps:
    """Slippage in basis points of the price."""

    rate: float

    def __call__(self, slipping: Slipping) -> float:
        """Dollars a share."""
        return self.rate * 1e-4 * slipping.price


@dataclass(frozen=True)
class HalfSpread:
    """Half of the recorded spread; half of ``spread_bps`` of the price where no quote is recorded."""

    spread_bps: float | None = None

    def __call__(self, slipping: Slipping) -> float:
        """Dollars a share."""
        if slipping.spread is not None:
            return 0.5 * slipping.spread
        return 0.0 if self.spread_bps is None else 0.5e-4 * self.spread_bps * slipping.price


@dataclass(frozen=True)
class VolumeShare:
    """Price impact: ``impact`` times the price, times the fill's share of the bar's volume, squared. The share is at most 1.

    Source: zipline's ``VolumeShareSlippage``, whose ``price_impact`` this is.
    """

    impact: float

    def __call__(self, slipping: Slipping) -> float:
        """Dollars a share."""
        volume = slipping.bar.volume
        share = min(slipping.quantity / volume, 1.0) if volume > 0 else 1.0
        return self.impact * slipping.price * share * share


@dataclass(frozen=True)
class CostModel:
    """All commissions and slippages of an account: each is the sum of its parts. ``borrow_bps`` is a year's fee on shorts."""

    commissions: tuple[Callable[[Fill], float], ...] = ()
    slippages: tuple[Callable[[Slipping], float], ...] = ()
    borrow_bps: float = 0.0

    @classmethod
    def of(cls, costs: Costs) -> CostModel:
        """The models that a config's ``trading_config.costs`` names."""
        commissions: list[Callable[[Fill], float]] = []
        commissions += [PerShare(costs.per_share)] if costs.per_share else []
        commissions += [PerOrder(costs.per_order)] if costs.per_order else []
        commissions += [Bps(costs.bps)] if costs.bps else []
        return cls(tuple(commissions), _slippages(costs.slippage), costs.borrow_bps)

    def with_models(self, commission: Any = None, slippage: Any = None) -> CostModel:
        """The same with models of a user's own in place of the config's; each one callable, or several."""
        commissions = self.commissions if commission is None else _models(commission, "costs")
        slippages = self.slippages if slippage is None else _models(slippage, "slippage")
        return CostModel(commissions, slippages, self.borrow_bps)

    def fee(self, fill: Fill) -> float:
        """Commission of ``fill``, dollars. Raises :class:`ConfigError` for a model that gives no number."""
        return sum(_dollars("costs", model, fill, fill.side, fill) for model in self.commissions)

    def slippage(self, slipping: Slipping) -> float:
        """Dollars a share by which the price is worse. Raises :class:`ConfigError` for a model that gives less than 0."""
        return sum(_dollars("slippage", model, slipping, slipping.order.side, slipping.order) for model in self.slippages)


def _slippages(section: Slippage) -> tuple[Callable[[Slipping], float], ...]:
    found: list[Callable[[Slipping], float]] = []
    found += [SlippageBps(section.bps)] if section.bps else []
    found += [HalfSpread(section.spread_bps)] if section.half_spread else []
    found += [VolumeShare(section.volume_share)] if section.volume_share else []
    return tuple(found)


def _dollars(what: str, model: Callable[[Any], float], seen: Fill | Slipping, side: str, of: Fill | Order) -> float:
    """What ``model`` says of what it has ``seen``, checked: one wrong number would be in the account for good."""
    what_of = f"{side} {seen.quantity:g} {of.symbol} at {seen.price:g}"
    try:
        given: Any = model(seen)
    except Exception as error:
        error.add_note(f"in {what}={model!r}, asked about {what_of}")
        raise
    number = float(given) if isinstance(given, Real) else math.nan
    improves = number < 0 and what == "slippage" and not getattr(model, "may_improve", False)
    if not math.isfinite(number) or improves:
        wanted = "dollars a share by which the price is worse, 0 or more" if what == "slippage" else "dollars"
        raise ConfigError(f"{what}={model!r} gave {given!r} for {what_of}; it has to give {wanted}", value=given)
    return number


def _models(given: Any, what: str) -> tuple[Callable[[Any], float], ...]:
    models = tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    for model in models:
        if isinstance(model, type):
            raise ConfigError(f"{what}={model.__name__}: that is a class; make one, as in sl.costs.PerShare(0.005)", value=given)
        if not callable(model):
            raise ConfigError(
                f"{what}={given!r}: a model is a function of what fills, as in sl.costs.PerShare(0.005)", value=given
            )
    return models
