"""Shapes of fills, with which they are told apart without color: a triangle whose tip is at the price.

A buy stands below its price and points up, a sell stands above and points down. An entry is solid; the others are hollow, a stop
with a bar across its tip, a target with a dot behind it, an exit plain.
"""

from __future__ import annotations

from sessionlab.charts.strokes import number
from sessionlab.markup.text import escaped

HALF, HEIGHT = 5.5, 10.0


def fill_shape(
    x: float, y: float, side: str, role: str, color: str, background: str, *, name: str = "glyph", title: str = ""
) -> str:
    """The shape of a fill at ``(x, y)``."""
    down = HEIGHT if side == "buy" else -HEIGHT
    outline = f"M{number(x)} {number(y)}L{number(x + HALF)} {number(y + down)}H{number(x - HALF)}Z"
    inside = color if role == "entry" else background
    parts = [
        f'<path d="{outline}" stroke="{background}" stroke-width="4" stroke-linejoin="round" fill="none"/>',
        f'<path d="{outline}" stroke="{color}" stroke-width="1.6" stroke-linejoin="round" fill="{inside}"/>',
    ]
    if role == "stop":
        parts.append(f'<path d="M{number(x - 6.5)} {number(y)}h13" stroke="{color}" stroke-width="2.4" fill="none"/>')
    if role == "target":
        away = 4.5 if side == "buy" else -4.5
        parts.append(f'<circle cx="{number(x)}" cy="{number(y + down + away)}" r="2.6" fill="{color}"/>')
    told = f"<title>{escaped(title)}</title>" if title else ""
    return f'<g class="{name}">{told}{"".join(parts)}</g>'
