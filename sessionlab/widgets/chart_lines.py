"""Indicators of a chart as they are told to a browser: the points that are new.

Of bars as wide as the chart's, or shorter, there is a value for each bar of the chart; of longer ones a point where it was known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sessionlab.charts.lines import values_of_shorter
from sessionlab.charts.session_lines import known_ends, line_names, recipe_name, recipe_shape, recipes_drawn
from sessionlab.charts.slots import Slots
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.session.data import SessionData
from sessionlab.session.indicators import IndicatorView
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval


class Points(NamedTuple):
    """``columns``: for each output a value per new bar of the chart; of longer bars ``size`` places, then values per output."""

    size: int
    columns: list[Float64s]


class LineTelling:
    """One indicator over bars of ``width`` in ``slots``. Where its function raises, it is left out and ``why`` says so."""

    def __init__(self, data: SessionData, symbol: str, recipe: Recipe, width: Interval, slots: Slots) -> None:
        self._data, self._symbol, self._width, self._slots = data, symbol, width, slots
        self._recipe, self._shape = recipe, recipe_shape(recipe)
        self._view, self._of, self.why = self._first_look()
        self._told = 0

    def since(self, k: int) -> tuple[object, ...]:
        """Equal for as long as what it told stays as it is; at moment ``k``."""
        if self._view is None:
            return (self.why,)
        told = self._data._present.rows.tape(self._symbol, self._of).telling(k)
        return (told.since, *self._names())

    def restart(self) -> None:
        """Tell all again."""
        self._told = 0

    def about(self) -> dict[str, Any]:
        """What it is, for who draws it."""
        shape, longer = self._shape, self._of > self._width
        return {
            "name": recipe_name(self._recipe),
            "names": self._names(),
            "kind": "points" if longer else "bars",
            "style": "step" if longer else shape.style,
            "over": shape.over_price,
            "bounds": None if shape.bounds is None else list(shape.bounds),
            "guides": list(shape.guides),
            "why": self.why,
        }

    def tell(self, slot: Int64s) -> Points:
        """What it says of the new bars of the chart, which stand in ``slot``, -1 beside the axis; of longer bars what is new."""
        if self._view is None:
            return Points(0, [])
        try:
            return self._longer(self._view) if self._of > self._width else self._at_bars(self._view, slot)
        except Exception as error:  # a function of a user's own may raise anything
            self._view, self.why = None, f"{recipe_name(self._recipe)} left out: {error}"
            return Points(0, [])

    def _first_look(self) -> tuple[IndicatorView | None, Interval, str]:
        try:
            view = IndicatorView(self._data._present, self._symbol, self._recipe)  # as data[symbol] makes it, but not declared
            view = view.all if view.interval > self._width else view
            view._now()
        except Exception as error:  # as above, or bars that cannot be made
            return None, self._width, f"{recipe_name(self._recipe)} left out: {error}"
        return view, view.interval, ""

    def _names(self) -> list[str]:
        if self._view is None:
            return []
        try:
            return line_names(self._recipe, self._view._now()[0].series.names)
        except Exception as error:  # as above
            self._view, self.why = None, f"{recipe_name(self._recipe)} left out: {error}"
            return []

    def _at_bars(self, view: IndicatorView, slot: Int64s) -> Points:
        cut, n = view._now()
        first, self._told = self._told, self._told + len(slot)
        if self._of == self._width:
            return Points(len(slot), [values[first : self._told] for values in cut.arrays.values()])
        on_axis = slot >= 0
        given = [np.full(len(slot), np.nan) for _ in cut.arrays]
        if on_axis.any():
            starts = cut.series.columns.start[cut.before : cut.before + n]
            low = int(starts.searchsorted(self._slots.start[slot[on_axis][0]]))
            for column, values in zip(given, cut.arrays.values(), strict=True):
                column[on_axis] = values_of_shorter(self._slots, starts[low:], self._of.ns, values[low:n], slot[on_axis])
        return Points(len(slot), given)

    def _longer(self, view: IndicatorView) -> Points:
        cut, n = view._now()
        first, self._told = self._told, n
        ends = known_ends(self._data, self._of, cut.series.columns.start[first:n])
        x = self._slots.x(ends) if len(self._slots) else np.zeros(len(ends))
        shown = ends <= self._slots.end[-1] if len(self._slots) else np.zeros(len(ends), dtype=bool)
        shown[np.flatnonzero(x == 0.0)[:-1]] = False  # only the newest of those known before the axis begins
        return Points(int(shown.sum()), [x[shown], *(values[first:n][shown] for values in cut.arrays.values())])


def line_tellings(data: SessionData, symbol: str, recipes: Sequence[Recipe], width: Interval, slots: Slots) -> list[LineTelling]:
    """The indicators that are drawn over bars of ``width``, VWAP first."""
    return [LineTelling(data, symbol, recipe, width, slots) for recipe in recipes_drawn(recipes, width, vwap=True)]
