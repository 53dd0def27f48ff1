"""Bars as paths: hollow candles where the price rose, filled ones where it fell, and columns of volume.

Where a bar has too few pixels to be hollow its body is a thicker part of its wick; with fewer still its range alone is left.
Strokes lie on whole pixels, so a bar stands within half a pixel of its place.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sessionlab.charts.grouping import Columns
from sessionlab.charts.layout import PlacedCell, PlacedPanel
from sessionlab.charts.scene import Volumes
from sessionlab.charts.strokes import ID, number, rect, stroked
from sessionlab.charts.themes import Theme
from sessionlab.tape.block import Float64s

STRIP = 5.0
"""Height of the hatched foot under what is incomplete."""
_CANDLE_FROM, _BODY_FROM = 4.0, 2.2
_WIDEST_HALF = 12


def candle_paths(columns: Columns, cell: PlacedCell, panel: PlacedPanel, theme: Theme) -> Iterator[str]:
    """Candles, or ranges, of ``columns``."""
    opened, high, low, closed = (np.floor(panel.y(row)) + 0.5 for row in columns.values)
    lower, upper = np.maximum(opened, closed), np.minimum(opened, closed)
    rose = columns.values[3] >= columns.values[0]
    middle = cell.across((columns.left + columns.right) / 2)
    wide = cell.slot * cell.per
    for side, color, of in (("up", theme.up, rose), ("down", theme.down, ~rose)):
        if wide >= _CANDLE_FROM:
            rows = np.stack([np.floor(middle) + 0.5, high, upper, lower, low])[:, of].T.tolist()
            path = "".join(_candle(row, _half(wide), hollow=side == "up") for row in rows)
            inside = theme.background if side == "up" else color
            yield f'<path class="{side}" d="{path}" stroke="{color}" fill="{inside}"/>' if path else ""
        elif wide >= _BODY_FROM:
            yield _uprights(side, middle[of], high[of], low[of], color, 1.0)
            yield _uprights(f"{side} body", middle[of], upper[of], lower[of], color, wide * 0.75)
        else:
            yield _uprights(side, middle[of], high[of], low[of], color, max(1.0, wide * 0.7))
    yield _foot(columns, cell, panel)


def volume_paths(mark: Volumes, columns: Columns, cell: PlacedCell, panel: PlacedPanel, theme: Theme) -> Iterator[str]:
    """Columns from zero up; where several bars share one it has no direction."""
    wide = cell.slot * cell.per
    middle = cell.across((columns.left + columns.right) / 2)
    if wide >= _CANDLE_FROM:
        room = 2.0 * _half(wide) + 1.0
        left = np.floor(middle) - _half(wide)
    else:
        room = max(wide * 0.75, 0.8)
        left = middle - room / 2
    y = panel.y(columns.values[0])
    up = np.array(mark.up, dtype=bool) if cell.per == 1 else np.empty(0, dtype=bool)
    kinds = [("volume up", theme.up, up), ("volume down", theme.down, ~up)]
    if cell.per > 1:
        kinds = [("volume", theme.muted, np.ones(len(y), dtype=bool))]
    for name, color, of in kinds:
        path = "".join(rect(a, b, room, panel.bottom - b) for a, b in zip(left[of].tolist(), y[of].tolist(), strict=True))
        yield f'<path class="{name}" d="{path}" fill="{color}" fill-opacity="0.55"/>' if path else ""


def _half(wide: float) -> int:
    """Pixels of a body on each side of its wick."""
    return min(int(wide * 0.34), _WIDEST_HALF)


def _foot(columns: Columns, cell: PlacedCell, panel: PlacedPanel) -> str:
    lacking = ~columns.complete
    left, right = cell.across(columns.left[lacking]).tolist(), cell.across(columns.right[lacking]).tolist()
    path = "".join(rect(a, panel.bottom - STRIP, b - a, STRIP) for a, b in zip(left, right, strict=True))
    return f'<path class="incomplete" d="{path}" fill="url(#{ID}h)"/>' if path else ""


def _uprights(name: str, x: Float64s, top: Float64s, bottom: Float64s, color: str, thick: float) -> str:
    """Strokes from top to bottom, none shorter than two pixels."""
    rows = zip(x.tolist(), (top - 1.0).tolist(), (bottom + 1.0).tolist(), strict=True)
    path = "".join(f"M{number(a)} {number(b)}V{number(c)}" for a, b, c in rows)
    return stroked(path, color, name=name, thick=thick)


def _candle(row: list[float], half: int, *, hollow: bool) -> str:
    """A wick, which ends at a hollow body, and the body."""
    x, top, upper, lower, bottom = row
    body = f"M{number(x - half)} {number(upper)}H{number(x + half)}V{number(lower)}H{number(x - half)}Z"
    if not hollow:
        return f"M{number(x)} {number(top)}V{number(bottom)}{body}"
    wicks = f"M{number(x)} {number(top)}V{number(upper)}" if top < upper else ""
    wicks += f"M{number(x)} {number(lower)}V{number(bottom)}" if bottom > lower else ""
    return wicks + body
