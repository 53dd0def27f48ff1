"""What the costs and limits given to ``sl.backtest`` mean: values of the config, models, and the limits that hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from numbers import Real
from typing import Any

from sessionlab.config.problems import nearest
from sessionlab.errors import ConfigError
from sessionlab.trading.limits import Limits


def cost_options(costs: Any, slippage: Any, *, given: bool) -> tuple[dict[str, Any], Any, Any]:
    """Values of the config, and models of a user's own, that ``costs`` and ``slippage`` mean."""
    values: dict[str, Any] = {}
    at = "trading_config.costs"
    commission = slips = None
    if _is_number(costs):
        values |= {f"{at}.per_share": 0.0, f"{at}.per_order": 0.0} if given else {}
        values[f"{at}.bps"] = float(costs)
    elif isinstance(costs, Mapping):
        values[at] = dict(costs)
    else:
        commission = costs
    section: dict[str, Any] | None = None
    if _is_number(slippage):
        section = {"bps": float(slippage)}
    elif isinstance(slippage, Mapping):
        section = dict(slippage)
    else:
        slips = slippage
    if section is not None and at in values:
        values[at]["slippage"] = section
    elif section is not None:
        values[f"{at}.slippage"] = section
    return values, commission, slips


def limit_options(limits: Mapping[str, Any], changes: Mapping[str, Any], *, given: bool) -> tuple[dict[str, Any], Limits | None]:
    """Values of the config, and the limits that hold: those of a config, or the stated ones and equity for the others."""
    names = [field.name for field in fields(Limits)]
    for odd in limits:
        if odd not in names:
            near = nearest(odd, names)
            hint = f"did you mean {near!r}?" if near else f"the limits are {', '.join(names)}"
            raise ConfigError(f"limits={{{odd!r}: ...}}: no such limit; {hint}", limit=odd)
    values = {f"trading_config.{name}": value for name, value in limits.items()}
    if given:
        return values, None
    stated = {name: value for name in names for value in _stated(name, limits, changes)}
    power = stated.get("max_buying_power")
    if power is not None:  # in a config the others are at most that
        values = {"trading_config.max_per_trade": power, "trading_config.max_per_symbol": power} | values
    return values, Limits(**stated)


def _stated(name: str, limits: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Any]:
    """The value that is given for a limit, the last word being with ``changes``; empty where there is none."""
    of = changes.get(f"trading_config.{name}", limits.get(name))
    return [] if of is None else [of]


def _is_number(given: Any) -> bool:
    return not isinstance(given, bool) and isinstance(given, Real)
