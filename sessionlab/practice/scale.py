"""By how much prices and volumes of a blind lab are told: one factor each per symbol, the same in every series of it.

Nothing is rounded, so that all that is free of scale stays as it is. The factors are made of what was known before the first
open, where a window shows it, so that they tell nothing of what is to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sessionlab.tape import DayBlock
from sessionlab.tape.actions import Adjustment
from sessionlab.tape.block import Rows

PRICE, VOLUME = 100.0, 10_000.0
"""Near what the last price and a bar's mean volume before the first open are told."""


class Scale(NamedTuple):
    """What true prices and true volumes are multiplied by."""

    price: float
    volume: float

    def bars(self, rows: Rows) -> Rows:
        """Bars as they are told."""
        return self._times(rows, (self.price,) * 4 + (self.volume,))

    def quotes(self, rows: Rows) -> Rows:
        """Quotes as they are told."""
        return self._times(rows, (self.price, self.volume) * 2)

    def _times(self, rows: Rows, factors: Sequence[float]) -> Rows:
        values = rows.values * np.array(factors)[:, None]
        return Rows.of(rows.start, rows.known_at, values, rows.base_count, rows.complete, rows.repaired)


def scale_of(before: DayBlock | None, first: DayBlock, since: Adjustment, dice: np.random.Generator, *, as_traded: bool) -> Scale:
    """The scale of a symbol by its session ``before`` the first one, None where no window shows it, else by the ``first`` bar.

    ``since`` tells prices of before in the shares of the first session. ``as_traded`` keeps the dollars that change hands.
    """
    price = PRICE * float(np.exp(dice.uniform(-0.2, 0.2)))
    volume = VOLUME * float(np.exp(dice.uniform(-0.7, 0.7)))
    if before is not None and before.rows.size:
        rows = since(before.rows)
        close, mean = rows.values[3][-1], rows.values[4].mean()
    elif first.rows.size:
        close, mean = first.rows.values[0][0], first.rows.values[4][0]
    else:
        close, mean = price, volume
    by = price / float(close) if np.isfinite(close) and close > 0 else 1.0
    if as_traded:
        return Scale(by, 1.0 / by)
    return Scale(by, volume / float(mean) if np.isfinite(mean) and mean > 0 else 1.0)
