"""Curves and bars over one axis, panel below panel, as SVG, and as the JSON of which the page's script draws a part of them.

The SVG is there without the script, in two sizes: for a page and for a phone. Colors are the page's, by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from sessionlab.charts.strokes import number
from sessionlab.charts.text import SIZE, text_width, ticks, volume_text
from sessionlab.markup.text import Markup, escaped
from sessionlab.markup.thinning import thinned
from sessionlab.reports.json_text import json_text
from sessionlab.tape.block import Float64s

Style = Literal["line", "area", "dotted", "bars", "signed"]
WIDE, NARROW = 760, 350
_STRETCHES, _DRAWN = 1000, {WIDE: 500, NARROW: 250}
_NAME, _GAP, _AXIS, _PAD = 20.0, 14.0, 22.0, 8.0
_BETWEEN_TICKS, _MOST_EDGES = 28.0, 40
_DIGITS = {"dollars": 2, "fraction": 6, "volume": 0, "count": 0}


@dataclass(frozen=True)
class Series:
    """Values ``y`` at ``x``, each of shape (points,). ``signed`` bars tell gain from loss; ``look`` is a class of CSS."""

    name: str
    style: Style
    x: Float64s
    y: Float64s
    look: str = "up"


@dataclass(frozen=True)
class Panel:
    """Series over one scale. ``unit`` is dollars, fraction, volume or count, ``height`` in pixels; bars are ``wide`` of x."""

    name: str
    unit: str
    series: tuple[Series, ...]
    height: float = 150.0
    wide: float = 0.75


@dataclass(frozen=True)
class Plot:
    """Panels over the same axis from ``low`` to ``high``, with the words for some places on it.

    ``stamps`` are what there is to point at, two parts of words for each of ``points``: ``("2025-07-02", "09:31")``.
    """

    label: str
    panels: tuple[Panel, ...]
    low: float
    high: float
    at: Sequence[tuple[float, str]]
    points: Float64s
    stamps: tuple[Sequence[str], Sequence[str]]
    edges: Sequence[float] = field(default=())

    def svg(self, width: int) -> Markup:
        """The drawing, ``width`` pixels wide or as wide as there is room for."""
        scales = [_scale(panel, self.low, self.high) for panel in self.panels]
        left = 10.0 + max((text_width(label, SIZE) for _, _, found in scales for _, label in found), default=0.0)
        right = width - _PAD
        top, drawn = 0.0, ""
        for number_, (panel, scale) in enumerate(zip(self.panels, scales, strict=True)):
            drawn += _panel(number_, panel, scale, (left, right, top + _NAME, top + _NAME + panel.height), self, width)
            top += _NAME + panel.height + _GAP
        bottom = top - _GAP
        drawn += f'<g class="across">{_across(self.at, self.low, self.high, left, right, bottom + 15.0)}</g>'
        height = bottom + _AXIS
        kind = "wide" if width == WIDE else "narrow"
        return Markup(
            f'<svg class="{kind}" viewBox="0 0 {width} {number(height)}" role="img" aria-label="{escaped(self.label)}" '
            f'data-left="{number(left)}" data-right="{number(right)}" data-bottom="{number(bottom)}" '
            f'font-size="{number(SIZE)}">{drawn}<g class="cursor"></g></svg>'
        )

    def data(self) -> str:
        """What the drawing shows, as the JSON that the page's script reads."""
        days, clocks = (pd.factorize(np.array(part, dtype=object)) for part in self.stamps)
        document = {
            "low": self.low,
            "high": self.high,
            "at": [[round(x, 5), label] for x, label in self.at],
            "edges": list(self.edges),
            "x": _rounded(self.points, 5),
            "days": [days[0].tolist(), days[1].tolist()],
            "clocks": [clocks[0].tolist(), clocks[1].tolist()],
            "panels": [
                {
                    "unit": panel.unit,
                    "wide": panel.wide,
                    "series": [
                        {
                            "name": one.name,
                            "style": one.style,
                            "look": one.look,
                            # Those at the points themselves need not say again where they are.
                            "x": None if one.x is self.points else _rounded(one.x, 5),
                            "y": _rounded(one.y, _DIGITS[panel.unit]),
                        }
                        for one in panel.series
                    ],
                }
                for panel in self.panels
            ],
        }
        return json_text(document)


def kept_points(values: Float64s) -> Any:
    """Positions of a long curve that a page keeps: its peaks and troughs with them."""
    return thinned(np.asarray(values, dtype=np.float64), _STRETCHES)


def tick_text(value: float, unit: str, digits: int) -> str:
    """A value as the axis writes it.

    >>> tick_text(-0.015, "fraction", 1), tick_text(100_000, "dollars", 0), tick_text(1_500_000, "volume", 0)
    ('-1.5 %', '100,000', '1.5M')
    """
    if unit == "fraction":
        return f"{100 * value:,.{digits}f} %"
    return volume_text(value) if unit == "volume" else f"{value:,.{digits}f}"


def _scale(panel: Panel, low: float, high: float) -> tuple[float, float, list[tuple[float, str]]]:
    """Lowest and highest value, and the ticks."""
    values = np.concatenate([one.y[np.isfinite(one.y)] for one in panel.series] or [np.zeros(0)])
    if any(one.style in ("area", "bars", "signed") for one in panel.series):
        values = np.append(values, 0.0)
    least, most = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if not most > least:
        least, most = least - max(abs(least) * 0.01, 0.5e-3), most + max(abs(most) * 0.01, 0.5e-3)
    factor = 100.0 if panel.unit == "fraction" else 1.0
    room = (most - least) * 0.04
    least -= room if least != 0.0 else 0.0
    most += room if most != 0.0 else 0.0
    found, digits = ticks(least * factor, most * factor, max(2, int(panel.height // _BETWEEN_TICKS)))
    return least, most, [(value / factor, tick_text(value / factor, panel.unit, digits)) for value in found]


def _panel(
    number_: int, panel: Panel, scale: tuple[float, float, list[tuple[float, str]]],
    box: tuple[float, float, float, float], plot: Plot, width: int,
) -> str:  # fmt: skip
    left, right, top, bottom = box
    least, most, found = scale
    slope = (top - bottom) / (most - least)
    lines = "".join(
        f'<path class="grid" d="M{number(left)} {number(bottom + slope * (value - least))}H{number(right)}"/>'
        f'<text class="tick" x="{number(left - 6)}" y="{number(bottom + slope * (value - least) + 4)}" text-anchor="end">'
        f"{escaped(label)}</text>"
        for value, label in found
    )
    across = (right - left) / max(plot.high - plot.low, 1e-12)
    edges = plot.edges if len(plot.edges) <= _MOST_EDGES else ()
    marks = "".join(f'<path class="edge" d="M{number((x - plot.low) * across)} 0V{number(bottom - top)}"/>' for x in edges)
    for one in panel.series:
        shown = thinned(one.y, _DRAWN[width]) if one.style in ("line", "area") else np.arange(len(one.y))
        x, y = (one.x[shown] - plot.low) * across, (most - one.y[shown]) * -slope
        marks += _marks(one, x, y, most * -slope, panel.wide * across)
    inside = (
        f'<svg class="marks" x="{number(left)}" y="{number(top)}" width="{number(right - left)}" '
        f'height="{number(bottom - top)}">{marks}</svg>'
    )
    name = f'<text class="name" x="{number(left)}" y="{number(top - 7)}">{escaped(panel.name)}</text>'
    return (
        f'<g class="panel" data-panel="{number_}" data-top="{number(top)}" data-bottom="{number(bottom)}">{name}'
        f'<g class="ticks">{lines}</g>{inside}</g>'
    )


def _marks(one: Series, x: Float64s, y: Float64s, zero: float, wide: float) -> str:
    there = np.isfinite(y)
    if one.style in ("bars", "signed"):
        kinds = [(one.look, there)] if one.style == "bars" else [("up", there & (y <= zero)), ("down", there & (y > zero))]
        return "".join(f'<path class="bar {look}" d="{_bars(x[which], y[which], zero, wide)}"/>' for look, which in kinds)
    path, pen = [], "M"
    for across, down, is_there in zip(x.tolist(), y.tolist(), there.tolist(), strict=True):
        path.append(f"{pen}{across:.1f} {down:.1f}" if is_there else "")
        pen = "L" if is_there else "M"
    line = "".join(path)
    if one.style == "area" and there.any():
        first, last = np.flatnonzero(there)[[0, -1]].tolist()
        area = f"{line}L{x[last]:.1f} {zero:.1f}L{x[first]:.1f} {zero:.1f}Z"
        return f'<path class="area {one.look}" d="{area}"/><path class="line {one.look}" d="{line}"/>'
    return f'<path class="line {one.look}{" dotted" if one.style == "dotted" else ""}" d="{line}"/>'


def _bars(x: Float64s, y: Float64s, zero: float, wide: float) -> str:
    wide = max(wide, 0.6)
    return "".join(
        f"M{across - wide / 2:.1f} {zero:.1f}V{down:.1f}h{wide:.1f}V{zero:.1f}Z"
        for across, down in zip(x.tolist(), y.tolist(), strict=True)
    )


def _across(at: Sequence[tuple[float, str]], low: float, high: float, left: float, right: float, y: float) -> str:
    """As many of the words as there is room for, evenly."""
    shown = [(left + (x - low) / (high - low) * (right - left), label) for x, label in at if low <= x <= high]
    every = labels_every(shown, right - left)
    return "".join(
        f'<text class="tick" x="{number(within(x, label, left, right))}" '
        f'y="{number(y)}" text-anchor="middle">{escaped(label)}</text>'
        for x, label in shown[every // 2 :: every]
    )


def within(x: float, label: str, left: float, right: float) -> float:
    """Where the middle of a word stands that is at ``x``, and not beyond either side."""
    half = text_width(label, SIZE) / 2
    return min(max(x, left + half), right - half)


def labels_every(shown: Sequence[tuple[float, str]], room: float) -> int:
    """Of words beside each other the how-manieth may stand, so that none covers another."""
    widest = max((text_width(label, SIZE) for _, label in shown), default=0.0) + 14.0
    most = max(int(room // widest), 1)
    return max(-(-len(shown) // most), 1)


def _rounded(values: Any, digits: int) -> list[float | int | None]:
    """Numbers with no more digits than one sees; None for what is none."""
    rounded = np.round(np.asarray(values, dtype=np.float64), digits)
    return [None if value != value else int(value) if value.is_integer() else value for value in rounded.tolist()]
