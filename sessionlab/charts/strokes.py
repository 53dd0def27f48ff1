"""The smallest parts of SVG: coordinates, paths and words."""

from __future__ import annotations

from math import floor
from typing import Any

from sessionlab.charts.text import SIZE
from sessionlab.markup.text import escaped

ID = "\0"
"""Stands for the name of a drawing until it is known. It is in no text that is written."""


def number(value: float) -> str:
    """A coordinate: two digits after the point, and no zeros that say nothing.

    >>> number(10.0), number(0.126), number(-0.001)
    ('10', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def half(value: Any) -> str:
    """In the middle of its pixel, where a stroke of one pixel is sharp.

    >>> half(10.0), half(10.9)
    ('10.5', '10.5')
    """
    return number(floor(value) + 0.5)


def rect(x: float, y: float, width: float, height: float) -> str:
    """A path around a rectangle."""
    return f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h{number(-width)}Z"


def stroked(path: str, color: str, dash: str = "", *, name: str = "", thick: float = 1.0) -> str:
    """A path as a stroke; nothing where it is empty."""
    if not path:
        return ""
    called = f' class="{name}"' if name else ""
    wide = f' stroke-width="{number(thick)}"' if thick != 1.0 else ""
    return f'<path{called} d="{path}" stroke="{color}"{wide} fill="none"{dashed(dash)}/>'


def dashed(dash: str) -> str:
    """The attribute of a dash."""
    return f' stroke-dasharray="{dash}"' if dash else ""


def words(
    x: float, y: float, text: str, color: str, anchor: str = "", *, size: float = SIZE, bold: bool = False, halo: str = ""
) -> str:
    """Text on the baseline ``y``. ``halo`` is the color of what it covers, so that it can be read over lines."""
    said = f' text-anchor="{anchor}"' if anchor else ""
    said += f' font-size="{number(size)}"' if size != SIZE else ""
    said += ' font-weight="600"' if bold else ""
    if halo:
        said += f' stroke="{halo}" stroke-width="3" stroke-opacity="0.85" stroke-linejoin="round" paint-order="stroke"'
    return f'<text x="{number(x)}" y="{number(y)}" fill="{color}"{said}>{escaped(text)}</text>'
