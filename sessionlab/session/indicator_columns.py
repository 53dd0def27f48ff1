"""Arrays of an indicator as a view shows them, and the row that several outputs make.

Everything here is a prefix or an element of arrays that never change, so it stays right when the clock moves on.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from sessionlab.derive.indicators.series import Series
from sessionlab.session.columns import zoned

NAN = float("nan")


class Unnamed(float):
    """NaN, and so is each of its outputs: before its first bar nobody knows what a function gives."""

    def __getattr__(self, name: str) -> float:
        if name.startswith("_"):
            raise AttributeError(name)
        return NAN


UNNAMED = Unnamed("nan")


class IndicatorCut:
    """The arrays that a view shows a prefix of, for as long as one telling holds.

    Bar number ``i`` of the arrays is bar ``before + i`` of the series.
    """

    __slots__ = (
        "_frame",
        "arrays",
        "base",
        "before",
        "counts",
        "nothing",
        "row",
        "series",
        "since",
        "single",
        "tz",
        "until",
        "views",
    )

    def __init__(self, series: Series, before: int, base: int, counts: Sequence[int], since: int, until: int, tz: str) -> None:
        self.series = series
        self.before = before
        self.base = base
        self.counts = counts
        self.since = since
        self.until = until
        self.tz = tz
        self.arrays = {name: array[before:] for name, array in zip(series.names, series.arrays, strict=True)}
        self.views = tuple(memoryview(array) for array in self.arrays.values())  # type: ignore[arg-type]  # a buffer
        self.single = self.views[0] if len(self.views) == 1 else None
        self.row = None if self.single is not None else row_of(series.names)
        self.nothing = UNNAMED if series.unnamed else NAN if self.row is None else self.row(*[NAN] * len(self.views))
        self._frame: pd.DataFrame | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """All values as a frame whose slices are handed out. Made once."""
        if self._frame is None:
            series = self.series
            names = [str(series.recipe)] if len(series.names) == 1 else list(series.names)
            index = zoned(series.columns.start[self.before :], self.tz).rename("start")
            self._frame = pd.DataFrame(series.block[:, self.before :].T, index=index, columns=names, copy=False)
        return self._frame


class NoCut:
    """Holds at no moment."""

    since = until = 0


@lru_cache(maxsize=256)
def row_of(names: tuple[str, ...]) -> Callable[..., Any]:
    """The kind of row that ``.last`` gives for outputs ``names``: a named tuple that can be pickled.

    >>> row_of(("upper", "lower"))(2.0, 1.0)
    Row(upper=2.0, lower=1.0)
    """
    kind = namedtuple("Row", names)  # type: ignore[misc]  # the names are known at run time alone
    kind.__reduce__ = lambda row: (_row, (names, tuple(row)))  # type: ignore[arg-type, assignment, method-assign]
    return kind


def _row(names: tuple[str, ...], values: tuple[float, ...]) -> Any:
    return row_of(names)(*values)
