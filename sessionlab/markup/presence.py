"""Which of the bars of a session are there, as a band as high as a letter; and a share as a line below a number.

What is there is drawn in gray, what is absent in orange, and what lies ahead as an empty frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sessionlab.figure_look import LOSS
from sessionlab.markup.text import Markup, escaped

Bools = NDArray[np.bool_]
Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]

_WIDTH, _HEIGHT, _STEP = 220, 7, 2
_SHADES = (0.5, 0.75, 1.0)
"""Of a stretch of which less than a third, less than two thirds, or more is absent."""
_SHADE = "rgba(125,135,148,0.6)"


def presence(there: Bools, total: int, label: str, *, width: int = _WIDTH, height: int = _HEIGHT) -> Markup:
    """The band of a session of ``total`` bars, of which the first ``len(there)`` were expected so far. ``label`` is plain text.

    >>> presence(np.array([True, False]), 4, "half").count("<path")
    1
    """
    parts = min(max(total, 1), width // _STEP)
    part = np.arange(len(there)) * parts // max(total, 1)
    share = absence(there, part, parts)
    until = len(there) / max(total, 1)
    drawn = band(share, until, 0.0, 0.0, float(width), float(height))
    return Markup(
        f'<svg role="img" aria-label="{escaped(label)}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'style="vertical-align:middle;max-width:none">{drawn}</svg>'
    )


def absence(there: Bools, part: Int64s, parts: int) -> Float64s:
    """Of each of ``parts`` the share of bars that are not ``there``; ``part`` says which each is in. 0 where none is expected."""
    expected = np.bincount(part, minlength=parts)
    return np.divide(np.bincount(part[~there], minlength=parts), expected, out=np.zeros(parts), where=expected > 0)


def band(absent: Float64s, until: float, x: float, y: float, width: float, height: float) -> str:
    """The parts of such a band, as SVG: the share that is ``absent`` of each of equal parts, shape (parts,); 0 to 1.

    ``until`` is the fraction of the band that has passed.
    """
    drawn = (
        f'<rect x="{x + 0.5:.1f}" y="{y + 0.5:.1f}" width="{width - 1:.1f}" height="{height - 1:.1f}" fill="none" '
        'stroke="currentColor" stroke-opacity="0.3"/>'
    )
    if until > 0:
        size = f'width="{until * width:.1f}" height="{height:.1f}"'
        drawn += f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="currentColor" fill-opacity="0.3"/>'
    wide = width / len(absent)
    shade = np.ceil(absent * len(_SHADES)).astype(int)
    for number, opacity in enumerate(_SHADES, 1):
        runs = _runs(shade == number)
        path = "".join(f"M{x + a * wide:.1f} {y:.1f}h{(b - a) * wide:.1f}v{height:.1f}h{(a - b) * wide:.1f}z" for a, b in runs)
        drawn += f'<path d="{path}" fill="{LOSS}" fill-opacity="{opacity}"/>' if path else ""
    return drawn


def over_share(text: str, percent: float) -> Markup:
    """``text`` over a line of which ``percent`` is gray and the rest orange; NaN has no line.

    Less than all is never drawn as all.
    """
    if percent != percent:
        return escaped(text)
    there = "100%" if percent >= 100.0 else f"min({max(percent, 0.0):.2f}%,100% - 2px)"
    return _over(text, f"{_SHADE} {there},{LOSS} 0")


def over_size(text: str, share: float) -> Markup:
    """``text`` over an orange line of that ``share`` of its width, 0 to 1; what is above 0 can be seen."""
    long = f"max({100.0 * min(max(share, 0.0), 1.0):.2f}%,2px)" if share > 0 else "0%"
    return _over(text, f"transparent calc(100% - {long}),{LOSS} 0")


def _over(text: str, stops: str) -> Markup:
    look = f"padding:2px 0;background:linear-gradient(90deg,{stops}) bottom/100% 3px no-repeat"
    size = "display:inline-block;min-width:64px;text-align:right;white-space:nowrap"
    return Markup(f'<span style="{size};{look}">{escaped(text)}</span>')


def _runs(flags: Bools) -> list[tuple[int, int]]:
    """Where flags are set, as ``(first, past)``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
