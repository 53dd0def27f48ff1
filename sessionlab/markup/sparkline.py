"""A curve as small as a word, as SVG in the text of a page: it has the colour of the text, and needs no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sessionlab.figure_look import GAIN, LOSS
from sessionlab.markup.text import Markup, escaped
from sessionlab.markup.thinning import thinned

_WIDTH, _HEIGHT, _PAD = 220, 36, 2
_HOLE = 8.0
_COLORS = ("currentColor", LOSS, GAIN)
_PEN = 'stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"'


def sparkline(
    values: ArrayLike,
    label: str,
    base: float | None = None,
    *,
    across: ArrayLike | None = None,
    width: int = _WIDTH,
    height: int = _HEIGHT,
) -> Markup:
    """The curve of ``values``, with a dashed line at ``base``; nothing of fewer than two. ``label`` is plain text.

    ``across`` says where each value stands, from 0 at the left to 1 at the right edge; by default they are evenly spread over all
    of the width. There the line is not drawn over a hole of some pixels.
    """
    return sparklines([values], label, base, across=across, width=width, height=height)


def sparklines(
    curves: Sequence[ArrayLike],
    label: str,
    base: float | None = None,
    *,
    across: ArrayLike | None = None,
    width: int = _WIDTH,
    height: int = _HEIGHT,
) -> Markup:
    """The same of several curves of one length, on one scale, at most three: in the colour of the text, in orange, in blue."""
    numbers = np.array([np.asarray(curve, dtype=np.float64) for curve in curves[: len(_COLORS)]])
    is_there = np.isfinite(numbers).all(axis=0)
    numbers, count = numbers[:, is_there], int(is_there.sum())
    if count < 2:
        return Markup()
    place = np.arange(count) / (count - 1) if across is None else np.asarray(across, dtype=np.float64)[is_there]
    x = _PAD + place * (width - 2 * _PAD)
    hole = np.inf if across is None else _HOLE
    edges = [numbers.min(), numbers.max()] if base is None else [numbers.min(), numbers.max(), base]
    low, high = min(edges), max(edges)
    span = high - low if high > low else 1.0
    drawn = "" if base is None else _dashes(_PAD + (high - base) / span * (height - 2 * _PAD), width)
    for curve, color in zip(numbers, _COLORS, strict=False):
        y = _PAD + (high - curve) / span * (height - 2 * _PAD)
        drawn += "".join(f'<polyline points="{points}" fill="none" stroke="{color}" {_PEN}/>' for points in _pieces(x, y, hole))
    return Markup(
        f'<svg role="img" aria-label="{escaped(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="vertical-align:middle;max-width:none">{drawn}</svg>'
    )


def legend(names: Sequence[str]) -> Markup:
    """The ``names`` of several such curves, each in its color."""
    told = (f'<span style="color:{color}">{escaped(name)}</span>' for color, name in zip(_COLORS, names, strict=False))
    return Markup(", ".join(told))


def _dashes(y: float, width: int) -> str:
    return (
        f'<line x1="{_PAD}" x2="{width - _PAD}" y1="{y:.1f}" y2="{y:.1f}" '
        'stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="3 3"/>'
    )


def _pieces(x: NDArray[np.float64], y: NDArray[np.float64], hole: float) -> Iterator[str]:
    """The points of each stretch between two holes; of a single one a dot."""
    for piece in np.split(np.arange(len(x)), np.flatnonzero(np.diff(x) > hole) + 1):
        stretches = max(round(float(x[piece[-1]] - x[piece[0]]) / 2), 1)
        at = piece[thinned(y[piece], stretches)]
        points = [f"{a:.1f},{b:.1f}" for a, b in zip(x[at].tolist(), y[at].tolist(), strict=True)]
        yield " ".join(points if len(points) > 1 else points * 2)
