"""A historical indicator of days: one number, to be used wherever a float may stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from sessionlab.session.trailing_series import TrailingSeries, plain
from sessionlab.tape.block import Int64s

_T = TypeVar("_T")


def _number_of(operation: Callable[[float, float], _T], *, swapped: bool = False) -> Callable[[TrailingValue, Any], _T]:
    def apply(self: TrailingValue, other: Any) -> _T:
        try:
            number = float(other) if not isinstance(other, str) else None
        except (TypeError, ValueError):  # an array, a Series: theirs to do
            number = None
        if number is None:
            return NotImplemented  # type: ignore[no-any-return]  # what Python asks of an operator that cannot
        return operation(number, self.value) if swapped else operation(self.value, number)

    return apply


class TrailingValue(TrailingSeries):
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

    __add__ = _number_of(lambda a, b: a + b)
    __radd__ = _number_of(lambda a, b: a + b, swapped=True)
    __sub__ = _number_of(lambda a, b: a - b)
    __rsub__ = _number_of(lambda a, b: a - b, swapped=True)
    __mul__ = _number_of(lambda a, b: a * b)
    __rmul__ = _number_of(lambda a, b: a * b, swapped=True)
    __truediv__ = _number_of(lambda a, b: a / b)
    __rtruediv__ = _number_of(lambda a, b: a / b, swapped=True)
    __lt__ = _number_of(lambda a, b: a < b)
    __le__ = _number_of(lambda a, b: a <= b)
    __gt__ = _number_of(lambda a, b: a > b)
    __ge__ = _number_of(lambda a, b: a >= b)
    __eq__ = _number_of(lambda a, b: a == b)

    def __neg__(self) -> float:
        return -self.value

    def __abs__(self) -> float:
        return abs(self.value)

    def __round__(self, digits: int | None = None) -> float:
        return round(self.value, digits)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __repr__(self) -> str:
        return f"<{self.symbol} {self.name} {plain(self.value)}: {self.made_of()}>"

    def _repr_html_(self) -> str:
        return f"<p><b>{self.symbol} {self.name}</b> {plain(self.value)} · {self.made_of()}</p>"
