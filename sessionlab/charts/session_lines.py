"""Indicators of a session as lines: which are drawn over bars of a width, of what shape, and where each value stands.

An indicator that is drawn is not declared by it: looking changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sessionlab.charts.candles import Bars
from sessionlab.charts.lines import Drawn, Shape, line_at_bars, line_of_longer, line_of_shorter, shape_of
from sessionlab.charts.scene import Line
from sessionlab.charts.slots import Slots
from sessionlab.config.indicator_table import INDICATORS
from sessionlab.derive.indicators.makers import maker
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.derive.indicators.table_recipe import TableRecipe
from sessionlab.session.data import SessionData
from sessionlab.session.indicators import IndicatorView
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval

VWAP = "VWAP"


def recipes_drawn(indicators: Sequence[Recipe], width: Interval, *, vwap: bool) -> Iterator[Recipe]:
    """The recipes that are drawn over bars of ``width``. VWAP stands on the finest bars, and among days it says nothing."""
    named = any(isinstance(one, TableRecipe) and one.name == VWAP for one in indicators)
    if vwap and width.is_intraday and not named:
        yield maker(VWAP)()
    yield from dict.fromkeys(indicators)


def indicator_drawn(data: SessionData, symbol: str, recipe: Recipe, width: Interval, slots: Slots, bars: Bars) -> Drawn:
    """The lines of an indicator over ``bars`` of ``width`` in their ``slots``."""
    view = IndicatorView(data._present, symbol, recipe)  # as data[symbol] makes it, but not declared
    shape = recipe_shape(recipe)
    known = view.all
    frame, starts = known.frame(), np.asarray(known.index.as_unit("ns").asi8)
    lines = [
        _line(data, name, shape.style, view.interval, width, slots, bars, starts, frame.iloc[:, i].to_numpy())
        for i, name in enumerate(line_names(recipe, [str(output) for output in frame]))
    ]
    return Drawn(recipe_name(recipe), shape, tuple(lines))


def recipe_name(recipe: Recipe) -> str:
    """What an indicator is called in a picture."""
    return VWAP if str(recipe) == "VWAP()" else str(recipe)


def line_names(recipe: Recipe, outputs: Sequence[str]) -> list[str]:
    """What each of its lines is called."""
    told = recipe_name(recipe)
    return [told] if len(outputs) == 1 else [f"{told} {output}" for output in outputs]


def recipe_shape(recipe: Recipe) -> Shape:
    """Where it is drawn, and how."""
    if isinstance(recipe, TableRecipe):
        return shape_of(recipe.name, INDICATORS[recipe.name].group, recipe.field)
    return Shape()


def known_ends(data: SessionData, of: Interval, starts: Int64s) -> Int64s:
    """When bars that begin at ``starts`` were known: today's at their ends, those before it no later than at today's open."""
    today = data.session
    own, ends = today.starts(of), today.ends(of)
    at = np.clip(own.searchsorted(starts), 0, len(own) - 1)
    found = np.where(own[at] == starts, ends[at], starts)
    earlier = starts < today.open_ns
    return np.where(earlier, np.minimum(np.append(starts[1:], today.open_ns), today.open_ns), found)


def _line(
    data: SessionData, name: str, style: str, of: Interval, width: Interval, slots: Slots, bars: Bars, starts: Int64s,
    values: Float64s,
) -> Line:  # fmt: skip
    if of == width:
        return line_at_bars(name, style, slots, starts, values)
    if of < width:
        return line_of_shorter(name, style, slots, starts, of.ns, values, bars)
    now_ns = data._present.now_ns
    until = float(slots.x(np.array([now_ns]))[0]) if len(slots) else 0.0
    return line_of_longer(name, slots, known_ends(data, of, starts), values, until)
