"""A scene at a size: where each cell, panel, tick and word stands, in pixels from the top left.

Nothing overlaps at any size: words that do not fit go to another line or are cut, ticks that do not fit are left out. What is too
small for a drawing at all is laid out larger, in the same proportions, to be shown smaller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sessionlab.charts.grouping import Columns, candle_columns, slots_per_column, volume_columns
from sessionlab.charts.header import PAD, Word, header_words, newest_price
from sessionlab.charts.scene import Candles, Cell, Levels, Numbers, Panel, Scene, Times, Volumes, array
from sessionlab.charts.text import SIZE, text_width, ticks, value_text
from sessionlab.errors import ConfigError

AXIS, GAP = 22.0, 8.0
_BETWEEN_LABELS = 14.0
_LEAST_WIDTH, _LEAST_PRICE, _LEAST_PANEL = 260.0, 90.0, 40.0
_WIDE_ENOUGH = 340.0
_MOST_SIZE = 20_000


class PlacedPanel(NamedTuple):
    """A panel between ``top`` and ``bottom``: a value ``v`` stands at ``offset + slope * v``.

    ``ticks`` are heights with their labels. ``columns`` holds for each mark, where it is one of bars, what is drawn of it.
    """

    panel: Panel
    top: float
    bottom: float
    offset: float
    slope: float
    ticks: tuple[tuple[float, str], ...]
    digits: int
    columns: tuple[Columns | None, ...]

    def y(self, values: Numbers | np.ndarray) -> np.ndarray:
        """Where ``values`` stand."""
        return self.offset + self.slope * (array(values) if isinstance(values, tuple) else values)


class PlacedCell(NamedTuple):
    """A cell in a box from ``(x, y)``: bars between ``left`` and ``right``, each slot ``slot`` pixels wide.

    ``per`` slots are drawn as one column. ``ticks`` are places across with their labels, at ``axis``, and where those stand.
    """

    cell: Cell
    x: float
    y: float
    width: float
    height: float
    left: float
    right: float
    slot: float
    per: int
    axis: float
    header: tuple[Word, ...]
    panels: tuple[PlacedPanel, ...]
    ticks: tuple[tuple[float, float, str], ...]

    def across(self, slots: Numbers | np.ndarray) -> np.ndarray:
        """Where places counted in ``slots`` stand."""
        return self.left + self.slot * (array(slots) if isinstance(slots, tuple) else slots)


class Layout(NamedTuple):
    """Placed cells of a picture that is ``width`` by ``height``, to be shown ``scale`` times as large."""

    width: float
    height: float
    scale: float
    cells: tuple[PlacedCell, ...]


def lay_out(scene: Scene, width: int, height: int) -> Layout:
    """``scene`` at ``width`` by ``height`` pixels. Raises :class:`ConfigError` for a size that no picture has."""
    for name, size in (("width", width), ("height", height)):
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 1 <= size <= _MOST_SIZE:
            raise ConfigError(f"{name} is {size!r}; write a whole number of pixels from 1 to {_MOST_SIZE:,}", **{name: size})
    enlarged = 1.0
    while True:
        w, h = width * enlarged, height * enlarged
        columns = _columns(scene, w)
        rows = -(-len(scene.cells) // columns)
        needed = max(_least_height(cell, w / columns) for cell in scene.cells) * rows
        missing = max(_LEAST_WIDTH / w, needed / h)
        if missing <= 1.0 + 1e-9:
            break
        enlarged *= missing
    cells = []
    for i, cell in enumerate(scene.cells):
        column, row = i % columns, i // columns
        left, top = round(w * column / columns), round(h * row / rows)
        right, bottom = round(w * (column + 1) / columns), round(h * (row + 1) / rows)
        cells.append(_place(cell, left, top, right - left, bottom - top))
    return Layout(w, h, 1.0 / enlarged, tuple(cells))


def _columns(scene: Scene, width: float) -> int:
    most = max(1, min(scene.columns, len(scene.cells)))
    return next((count for count in range(most, 1, -1) if width / count >= _WIDE_ENOUGH), 1)


def _least_height(cell: Cell, width: float) -> float:
    lines = max((word.baseline for word in header_words(cell, 0.0, 0.0, width, _per(cell, width))), default=0.0) + GAP
    return lines + AXIS + GAP + _LEAST_PRICE + (len(cell.panels) - 1) * (_LEAST_PANEL + GAP)


def _place(cell: Cell, x: float, y: float, width: float, height: float) -> PlacedCell:
    per = _per(cell, width)
    header = header_words(cell, x, y, width, per)
    top = max(word.baseline for word in header) + GAP
    bottom = y + height - AXIS - 2.0
    boxes = list(_boxes(cell.panels, top, bottom))
    # How wide the numbers at the side are depends on heights alone, and how many bars share a column on what is left.
    side = max((text_width(label, SIZE) for panel, a, b in boxes for _, label in _scale(panel, a, b, ())[2]), default=0.0)
    side = max(side, text_width(newest_price(cell), SIZE)) + 12.0
    left, right = x + PAD, x + width - side - 4.0
    slot = (right - left) / max(cell.times.slots, 1)
    panels = []
    for panel, a, b in boxes:
        columns = tuple(_columns_of(mark, cell.times, per) for mark in panel.marks)
        panels.append(PlacedPanel(panel, a, b, *_scale(panel, a, b, columns), columns))
    labels = _time_labels(cell.times, left, slot, x + 2.0, x + width - 2.0)
    return PlacedCell(cell, x, y, width, height, left, right, slot, per, bottom, tuple(header), tuple(panels), tuple(labels))


def _per(cell: Cell, width: float) -> int:
    return slots_per_column(cell.times.slots, width - 7 * PAD)


def _boxes(panels: Sequence[Panel], top: float, bottom: float) -> Iterator[tuple[Panel, float, float]]:
    """The panels one below the other, by weight; none is lower than one that can be read."""
    room = bottom - top - GAP * (len(panels) - 1)
    weights = np.array([panel.weight for panel in panels])
    least = np.array([_LEAST_PRICE] + [_LEAST_PANEL] * (len(panels) - 1))
    heights = np.maximum(room * weights / weights.sum(), least)
    heights[0] = max(room - heights[1:].sum(), _LEAST_PRICE)
    excess = heights.sum() - room
    if excess > 1e-9 and len(panels) > 1:
        spare = heights - least
        heights -= spare * (excess / max(spare.sum(), 1e-9))
    at = top
    for panel, high in zip(panels, heights.tolist(), strict=True):
        yield panel, round(at), round(at + high)
        at += high + GAP


def _scale(
    panel: Panel, top: float, bottom: float, columns: Sequence[Columns | None]
) -> tuple[float, float, tuple[tuple[float, str], ...], int]:
    """Offset and slope of a panel's values, its ticks, and their digits."""
    low, high = panel.low, panel.high
    if low is None or high is None:
        return bottom, 0.0, (), 0
    if panel.numbers == "volume":
        sums = [float(part.values.max()) for part in columns if part is not None and part.values.size]
        high = max([high, *sums]) * 1.12
    guides = [y for mark in panel.marks if isinstance(mark, Levels) and mark.role == "guide" for y in array(mark.y).tolist()]
    slope = (top - bottom) / (high - low)
    offset = bottom - slope * low
    if len(guides) > 1:
        return offset, slope, tuple((offset + slope * guide, value_text(guide, "number", 0)) for guide in guides), 0
    most = int((bottom - top) // (24 if panel.numbers == "volume" else 34))
    values, digits = ticks(low, high, min(max(most, 1), 12))
    if panel.numbers == "price" and 0 < digits < panel.decimals:
        digits = panel.decimals
    found = tuple(
        (offset + slope * value, value_text(value, panel.numbers, digits))
        for value in values
        if top + 6.0 <= offset + slope * value <= bottom - 5.0 and (value or panel.numbers != "volume")
    )
    return offset, slope, found, digits


def _columns_of(mark: object, times: Times, per: int) -> Columns | None:
    if isinstance(mark, Candles):
        return candle_columns(mark, times, per)
    return volume_columns(mark, times, per) if isinstance(mark, Volumes) else None


def _time_labels(times: Times, left: float, slot: float, lowest: float, highest: float) -> list[tuple[float, float, str]]:
    """Ticks that have room: those of a rank all together, from the roundest on, for as long as they do not touch each other.

    Where not even the roundest have room, some of them. Each with where it is, where its label's middle is, and the label.
    """
    places: list[tuple[float, float, str, int, float]] = []
    for at, label, rank in zip(times.tick_x, times.tick_label, times.tick_rank, strict=True):
        x, half = left + slot * (at or 0.0), text_width(label, SIZE) / 2
        middle = min(max(x, lowest + half), highest - half)
        if abs(middle - x) <= 14.0:
            places.append((x, middle, label, rank, half))
    kept: list[tuple[float, float, str, int, float]] = []
    for rank in sorted({place[3] for place in places}, reverse=True):
        mine = [place for place in places if place[3] == rank]
        if kept and any(_touch(a, b) for a, b in pairwise(mine)):
            break
        for place in mine:
            if not any(_touch(place, other) for other in kept):
                kept.append(place)
    return [(x, middle, label) for x, middle, label, _, _ in sorted(kept)]


def _touch(a: tuple[float, float, str, int, float], b: tuple[float, float, str, int, float]) -> bool:
    return abs(a[1] - b[1]) < a[4] + b[4] + _BETWEEN_LABELS
