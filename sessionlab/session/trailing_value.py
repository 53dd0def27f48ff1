"""A historical indicator of days: one number, to be used wherever a float may stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sessionlab.session.number import Number
from sessionlab.session.trailing_series import TrailingSeries, plain
from sessionlab.tape.block import Int64s


class TrailingValue(Number, TrailingSeries):
    """A number about the sessions before today, as known at its open: ``value``, or itself wherever a float may stand.

    NaN where none of its sessions is stored; ``why`` then says so, and also where some are missing, with ``value`` made of
    the others.
    """

    __slots__ = ()

    @property
    def value(self) -> float:
        """The number: an average, a highest or a lowest."""
        return self._trail.value

    @property
    def counts(self) -> Int64s:
        """The sessions under the number, int64 of shape (1,)."""
        return np.array([self.count])

    @property
    def series(self) -> pd.Series[float]:
        """What each session gave, by date."""
        index = pd.DatetimeIndex(np.array(self.dates, dtype="datetime64[ns]"), name="date")
        return pd.Series(self._trail.numbers, index, name=self._recipe.field, copy=False)

    def frame(self) -> pd.DataFrame:
        """A row per session of the period, by ``date``: the field's number, NaN where it gave none, and its ``status``.

        That is ``used``, ``incomplete`` (used, though it lacks bars), ``skipped`` (closed early) or ``absent``.
        """
        trail = self._trail
        status = dict.fromkeys(trail.used, "used") | dict.fromkeys(trail.incomplete, "incomplete")
        status |= dict.fromkeys(trail.skipped, "skipped") | dict.fromkeys(trail.absent, "absent")
        dates = sorted(status)
        index = pd.DatetimeIndex(np.array(dates, dtype="datetime64[ns]"), name="date")
        words = pd.Series([status[date] for date in dates], index, dtype="str")
        return pd.DataFrame({self._recipe.field: self.series.reindex(index), "status": words})

    def __float__(self) -> float:
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.value, dtype=dtype)

    def __repr__(self) -> str:
        return f"<{self.symbol} {self.name} {plain(self.value)}: {self.made_of()}>"

    def _repr_html_(self) -> str:
        from sessionlab.markup.sparkline import sparkline
        from sessionlab.markup.tables import below, line

        curve = sparkline(self._trail.numbers, f"{self._recipe.field} of each session", width=160, height=24)
        return line(f"{self.symbol} {self.name}", plain(self.value), self.made_of()) + below(curve)
