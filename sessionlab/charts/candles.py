"""Bars as marks: candles over their slots, volume under them, and which slots lack theirs.

A bar whose prices are no finite numbers cannot be drawn: it is counted, and its slot is an absent one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.charts.scene import Candles, Flags, Volumes, numbers
from sessionlab.charts.slots import Slots
from sessionlab.tape.block import Bools, Float64s, Int64s

_MOST_DECIMALS = 6
_LOOKED_AT = 2000


class Bars(NamedTuple):
    """Bars in their slots: ``slot`` of shape (bars,), ``values`` open high low close volume of shape (5, bars).

    ``complete`` is False where one lacks base bars. ``unpriced`` bars were left out: their prices are no numbers.
    """

    slot: Int64s
    values: Float64s
    complete: Bools
    repaired: int
    unpriced: int

    @classmethod
    def of(cls, frame: pd.DataFrame, starts: Int64s, slots: Slots) -> Bars:
        """The bars of ``frame``, which begin at ``starts``, that lie on the axis."""
        at = slots.number(starts)
        columns = [frame[name].to_numpy(dtype=np.float64) for name in ("open", "high", "low", "close")]
        volume = frame["volume"].to_numpy(dtype=np.float64) if "volume" in frame else np.full(len(frame), np.nan)
        priced = np.isfinite(np.stack(columns)).all(axis=0)
        shown = (at >= 0) & priced
        complete = frame["complete"].to_numpy(dtype=bool) if "complete" in frame else np.ones(len(frame), dtype=bool)
        repaired = int(frame["repaired"].to_numpy(dtype=bool)[shown].sum()) if "repaired" in frame else 0
        values = np.stack([*columns, volume])[:, shown]
        return cls(at[shown], values, complete[shown], repaired, int(((at >= 0) & ~priced).sum()))

    def there(self, ended: int) -> Bools:
        """Which of the first ``ended`` slots have a bar."""
        found = np.zeros(ended, dtype=bool)
        found[self.slot[self.slot < ended]] = True
        return found

    def whole(self, ended: int) -> int:
        """How many of the first ``ended`` slots have a bar that lacks nothing."""
        return int((self.complete & (self.slot < ended)).sum())

    def candles(self) -> Candles:
        """The mark of prices."""
        opened, high, low, close, _ = (numbers(column) for column in self.values)
        return Candles(tuple(self.slot.tolist()), opened, high, low, close, _flags(self.complete))

    def volumes(self) -> Volumes | None:
        """The mark of volume; None where no bar has any."""
        volume = np.nan_to_num(self.values[4], nan=0.0, posinf=0.0, neginf=0.0)
        if not np.isfinite(self.values[4]).any():
            return None
        return Volumes(tuple(self.slot.tolist()), numbers(volume), _flags(self.values[3] >= self.values[0]))

    def decimals(self) -> int:
        """How many digits after the point the closes have: at least 2, and no more than a price is told with."""
        closes = self.values[3, -_LOOKED_AT:]
        for digits in range(2, _MOST_DECIMALS + 1):
            if np.abs(np.round(closes, digits) - closes).max(initial=0.0) < 1e-9:
                return digits
        return 2 if np.abs(closes).min() >= 10 else 4


def _flags(values: Bools) -> Flags:
    return tuple(values.tolist())
