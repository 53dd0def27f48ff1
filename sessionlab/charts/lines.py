"""Indicators as lines: each value where it became known, broken where bars are absent.

A value of the chart's own interval stands at its bar. One of shorter bars is taken as it was at the end of each bar; one of
longer bars holds from the end of its own bar to the end of the next, so no line shows a value to the left of where it was known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sessionlab.charts.scene import Levels, Line, Mark, Panel, array, numbers
from sessionlab.charts.slots import Slots
from sessionlab.tape.block import Float64s, Int64s

if TYPE_CHECKING:
    from sessionlab.charts.candles import Bars

Range = tuple[float, float]


class Shape(NamedTuple):
    """Where an indicator is drawn. ``over_price`` None: its values decide. ``bounds`` and ``guides`` are those of its panel."""

    over_price: bool | None = None
    style: str = "line"
    bounds: Range | None = None
    guides: tuple[float, ...] = ()


class Drawn(NamedTuple):
    """An indicator with its lines."""

    name: str
    shape: Shape
    lines: tuple[Line, ...]


_PERCENT = (0.0, 100.0)
_BOUNDED: Mapping[str, tuple[Range | None, tuple[float, ...]]] = {
    "RSI": (_PERCENT, (30.0, 70.0)),
    "IMI": (_PERCENT, (30.0, 70.0)),
    "MFI": (_PERCENT, (20.0, 80.0)),
    "STOCH": (_PERCENT, (20.0, 80.0)),
    "STOCHF": (_PERCENT, (20.0, 80.0)),
    "STOCHRSI": (_PERCENT, (20.0, 80.0)),
    "ULTOSC": (_PERCENT, (30.0, 70.0)),
    "AROON": (_PERCENT, (30.0, 70.0)),
    "PERCENTRANK": (_PERCENT, ()),
    "WILLR": ((-100.0, 0.0), (-80.0, -20.0)),
    "CMO": ((-100.0, 100.0), (-50.0, 50.0)),
    "ADX": (None, (25.0,)),
    "CCI": (None, (-100.0, 100.0)),
    "RELATIVE_VOLUME": (None, (1.0,)),
}
_IN_PRICES = frozenset(
    (
        *("VWAP", "TWAP", "OPENING_RANGE", "SESSION_HIGH", "SESSION_LOW", "PIVOTS", "KELTNER", "DONCHIAN", "HULL"),
        *("AVGPRICE", "HA", "MEDPRICE", "TYPPRICE", "WCLPRICE", "MAX", "MIN", "MINMAX", "PERCENTILE"),
        *("LINEARREG", "LINEARREG_INTERCEPT", "TSF"),
    )
)
_DOTTED = frozenset(("SAR", "SAREXT"))
_NEAR = 1.0  # heights of the candles that a line may lie away from them and still be one over the price


def shape_of(name: str, group: str, field: str | None) -> Shape:
    """Where the indicator ``name`` of the table is drawn; its ``group`` there, and the ``field`` that it stands on."""
    if (group == "Overlap Studies" or name in _IN_PRICES) and field != "volume":
        return Shape(True, "dots" if name in _DOTTED else "line")
    bounds, guides = _BOUNDED.get(name, (None, ()))
    return Shape(False, "line", bounds, guides)


def line_at_bars(name: str, style: str, slots: Slots, starts: Int64s, values: Float64s) -> Line:
    """A line through values of the bars that begin at ``starts``, with the pen lifted where bars are absent."""
    at = slots.number(starts)
    return _lifted(name, style, at[at >= 0], values[at >= 0], slots)


def line_of_shorter(name: str, style: str, slots: Slots, starts: Int64s, width_ns: int, values: Float64s, bars: Bars) -> Line:
    """A line of what shorter bars, which begin at ``starts``, gave last by the end of each bar of the chart."""
    return _lifted(name, style, bars.slot, values_of_shorter(slots, starts, width_ns, values, bars.slot), slots)


def values_of_shorter(slots: Slots, starts: Int64s, width_ns: int, values: Float64s, at: Int64s) -> Float64s:
    """What shorter bars, which begin at ``starts``, gave last by the end of each of the slots ``at``, shape of ``at``.

    NaN where none of them lies in the slot.
    """
    ends = np.minimum(starts + width_ns, np.append(starts[1:], slots.end[-1:]))
    newest = ends.searchsorted(slots.end[at], side="right") - 1
    inside = newest >= 0
    inside[inside] = starts[newest[inside]] >= slots.start[at[inside]]
    given = np.full(len(at), np.nan)
    given[inside] = values[newest[inside]]
    return given


def line_of_longer(name: str, slots: Slots, ends: Int64s, values: Float64s, until: float) -> Line:
    """Steps of longer bars, known at ``ends``: each holds until the next, the last one up to ``until`` in slots."""
    x = slots.x(ends) if len(slots) else np.zeros(len(ends))
    known = (x <= until) & (ends <= (slots.end[-1] if len(slots) else 0))
    before = np.flatnonzero(x == 0.0)
    known[before[:-1]] = False  # only the newest of those known before the axis begins
    if not known.any():
        return Line(name, 0, "step", (), ())
    return Line(name, 0, "step", numbers(np.append(x[known], until)), numbers(np.append(values[known], values[known][-1])))


def _lifted(name: str, style: str, slot: Int64s, values: Float64s, slots: Slots) -> Line:
    """Points at the middle of ``slot``; None between two of which one is absent in between, or a session begins."""
    breaks = np.flatnonzero((np.diff(slot) != 1) | np.isin(slot[1:], slots.first)) + 1
    x = np.insert(slot + 0.5, breaks, np.nan)
    y = np.insert(values.astype(np.float64), breaks, np.nan)
    return Line(name, 0, style, numbers(x), numbers(y))


def colored(drawn: Iterable[Drawn]) -> list[Drawn]:
    """The same with a number for each line, from 0 on."""
    number = count()
    return [one._replace(lines=tuple(replace(line, color=next(number)) for line in one.lines)) for one in drawn]


def extent(lines: Iterable[Line]) -> Range | None:
    """The lowest and the highest value; None where there is none."""
    values = [array(line.y) for line in lines]
    finite = np.concatenate([value[np.isfinite(value)] for value in values]) if values else np.empty(0)
    return (float(finite.min()), float(finite.max())) if finite.size else None


def is_over_price(drawn: Drawn, low: float, high: float, chosen: Collection[str] = ()) -> bool:
    """Whether it is drawn over candles from ``low`` to ``high``: as ``chosen`` by name, as its kind is, or by its values."""
    if drawn.name in chosen:
        return True
    if drawn.shape.over_price is not None:
        return drawn.shape.over_price
    span, reach = extent(drawn.lines), (high - low or abs(high) or 1.0) * _NEAR
    return span is not None and span[0] >= low - reach and span[1] <= high + reach


def own_panel(drawn: Drawn, slots: int) -> Panel:
    """A panel for an indicator that is not in prices, with the lines that one reads it against."""
    bounds, guides = drawn.shape.bounds, drawn.shape.guides
    span = extent(drawn.lines)
    if bounds is None and span is not None:
        if span[0] < 0.0 < span[1]:
            guides = guides or (0.0,)
        bounds = padded(*span, 0.08)
    shown = tuple(guide for guide in guides if bounds is not None and bounds[0] <= guide <= bounds[1])
    marks: tuple[Mark, ...] = drawn.lines
    if shown:
        ends = ((0.0,) * len(shown), (float(slots),) * len(shown))
        marks = (Levels("guide", *ends, shown, ("",) * len(shown)), *marks)
    low, high = bounds if span is not None and bounds is not None else (None, None)
    return Panel(drawn.name, 2.0, low, high, "number", 2, marks)


def padded(low: float, high: float, share: float) -> Range:
    """The range with room below and above; around a single value some, too.

    >>> padded(10.0, 20.0, 0.1), padded(5.0, 5.0, 0.1)
    ((9.0, 21.0), (4.95, 5.05))
    """
    if low == high:
        room = abs(low) * 0.01 or 1.0
        return low - room, high + room
    return low - share * (high - low), high + share * (high - low)
