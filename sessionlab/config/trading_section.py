"""The section ``trading_config``: limits, cash, costs, fills.

Money is in the account's currency; ``_bps`` in a name means basis points.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sessionlab.config.allowed import OneOf
from sessionlab.config.kinds import Count, Flag, Fraction, NotNegative, Positive
from sessionlab.config.names import Symbol
from sessionlab.config.section import Section


class Slippage(Section):
    """How much worse than its price an order fills: market, triggered stop, ``opg`` and ``cls``, never a limit."""

    bps: NotNegative = Field(default=0.0, description="Basis points of the price.")
    half_spread: Flag = Field(default=False, description="Half of the recorded quote's spread.")
    spread_bps: NotNegative | None = Field(
        default=None, description="The spread where no quotes are recorded; needs half_spread."
    )
    volume_share: NotNegative = Field(
        default=0.0,
        description="Price impact: this fraction of the price, times the order's share of the bar's volume, squared.",
    )


class Costs(Section):
    """What trading costs."""

    per_share: NotNegative = Field(default=0.0, description="Commission per share.")
    per_order: NotNegative = Field(default=0.0, description="Commission per order.")
    bps: NotNegative = Field(default=0.0, description="Commission in basis points of the notional.")
    borrow_bps: NotNegative = Field(default=0.0, description="Fee on short positions, basis points a year.")
    slippage: Slippage = Field(default=Slippage(), description="How much worse than its price an order fills.")


class Fills(Section):
    """When an order meets a bar."""

    limit: Annotated[Literal["through", "touch"], OneOf()] = Field(
        default="through", description="A limit fills once the price went through it, or as soon as it touched it."
    )
    max_participation: Fraction | None = Field(
        default=None,
        description="The largest part of a bar's volume that one order takes; no cap where it is left out.",
    )


class TradingConfig(Section):
    """The account's limits and how orders fill. ``starting_cash`` is ``max_buying_power`` where none is given."""

    max_buying_power: Positive = Field(description="Gross exposure that the account may carry.")
    max_per_trade: Positive = Field(description="Notional of one order, at most max_buying_power.")
    max_per_symbol: Positive = Field(description="Exposure in one symbol, at most max_buying_power.")
    max_open_positions: Count = Field(description="Positions open at once.")
    starting_cash: Positive = Field(default=0.0, description="Returns are equity over this; max_buying_power where left out.")
    costs: Costs = Field(default=Costs(), description="Commissions, slippage, borrow fee; none where left out.")
    fills: Fills = Field(default=Fills(), description="How orders fill.")
    flatten_at_close: Flag = Field(default=False, description="Close every position at each session's close.")
    benchmark: Symbol | None = Field(default=None, description="A symbol to compare returns with.")

    @model_validator(mode="before")
    @classmethod
    def _start_with_buying_power(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("starting_cash") is not None:
            return given
        power = given.get("max_buying_power")
        good = isinstance(power, int | float) and not isinstance(power, bool) and power > 0
        return {**given, "starting_cash": power if good else 1.0}  # when it is not good, its own problem is told
