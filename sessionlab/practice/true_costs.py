"""Costs that depend on how many shares there are, asked in true terms: so that a fill costs the same part of itself.

A commission gets the fill in true shares at the true price; only the symbol stays as it is told. Of slippages that is done for
:class:`~sessionlab.trading.costs.VolumeShare`; one of a user's own sees prices and volumes as they are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sessionlab.practice.scale import Scale
from sessionlab.trading.costs import Bps, CostModel, PerOrder, Slipping, VolumeShare
from sessionlab.trading.ledger import Fill

_FREE_OF_SCALE = (Bps, PerOrder)


class TrueCommission:
    """``model`` of true fills."""

    def __init__(self, model: Callable[[Fill], float], scales: Mapping[str, Scale]) -> None:
        self._model = model
        self._scales = dict(scales)

    def __call__(self, fill: Fill) -> float:
        """The fee of ``fill``, dollars."""
        by = self._scales[fill.symbol].price
        true = fill._replace(
            quantity=fill.quantity * by, opened=fill.opened * by, price=fill.price / by, slippage=fill.slippage / by
        )
        return self._model(true)

    def __repr__(self) -> str:
        return "TrueCommission(...)"


class TrueVolumeShare:
    """``model`` of the true share of a bar's volume."""

    def __init__(self, model: VolumeShare, scales: Mapping[str, Scale]) -> None:
        self._model = model
        self._scales = dict(scales)

    def __call__(self, slipping: Slipping) -> float:
        """Dollars a share, as they are told."""
        scale = self._scales[slipping.order.symbol]
        bar = slipping.bar._replace(volume=slipping.bar.volume / scale.volume)
        return self._model(slipping._replace(quantity=slipping.quantity * scale.price, bar=bar))

    def __repr__(self) -> str:
        return "TrueVolumeShare(...)"


def true_costs(model: CostModel, scales: Mapping[str, Scale]) -> dict[str, Any]:
    """The options ``costs`` and ``slippage`` of a blind lab whose true costs are ``model``."""
    commissions = [one if isinstance(one, _FREE_OF_SCALE) else TrueCommission(one, scales) for one in model.commissions]
    slippages = [TrueVolumeShare(one, scales) if isinstance(one, VolumeShare) else one for one in model.slippages]
    return {"costs": commissions, "slippage": slippages}
