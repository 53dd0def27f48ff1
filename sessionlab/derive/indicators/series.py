"""An indicator over all rows of one telling: made when it is first looked at, shared by whoever looks.

It hangs on the telling, as longer bars do: when a late or corrected row begins another telling, it is made anew from there.
That holds for indicators that are proved causal. A function of a user's own is watched: it has a series per moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.tape import Telling
from sessionlab.tape.block import Float64s
from sessionlab.timing import Interval, TradingSession


class Series:
    """The outputs of ``recipe`` over ``columns``: ``names``, and ``arrays`` of shape (bars,) each, read-only."""

    def __init__(self, recipe: Recipe, columns: Columns) -> None:
        self.recipe = recipe
        self.columns = columns
        self.outputs = recipe.outputs(columns)
        self.names = tuple(self.outputs)
        self.arrays: tuple[Float64s, ...] = tuple(self.outputs.values())
        for array in self.arrays:
            array.flags.writeable = False

    @property
    def unnamed(self) -> bool:
        """Whether its outputs are not known yet: those of a function that has not been called, for want of a bar."""
        return self.recipe.names_when_called and len(self.columns) == 0

    @cached_property
    def block(self) -> Float64s:
        """The outputs in one piece, shape (outputs, bars), read-only."""
        block = np.stack(self.arrays) if len(self.arrays) > 1 else self.arrays[0][np.newaxis]
        block.flags.writeable = False
        return block

    def complete(self, row: int) -> bool:
        """Whether no bar under the value of ``row`` lacks a base bar; stored bars lack none."""
        complete = self.columns.rows.complete
        return complete is None or bool(complete[self._under[row] : row + 1].all())

    def first_session(self, row: int) -> TradingSession:
        """The session of the first bar under the value of ``row``."""
        return self.columns.sessions[int(self.columns.session[self._under[row]])]

    @cached_property
    def _under(self) -> memoryview:
        return memoryview(self.recipe.under(self.columns))  # type: ignore[arg-type]  # an array is a buffer


def series_of(telling: Telling, recipe: Recipe, interval: Interval, sessions: Callable[[], Sequence[TradingSession]]) -> Series:
    """The series of ``recipe`` over ``telling``, whose bars of ``interval`` are of ``sessions``. Made once."""
    made = telling.cuts.get(recipe)
    if not isinstance(made, Series):
        columns = telling.cuts.get("columns")
        if not isinstance(columns, Columns):
            columns = telling.cuts["columns"] = Columns(telling.all, sessions(), interval)
        made = telling.cuts[recipe] = Series(recipe, columns)
    return made
