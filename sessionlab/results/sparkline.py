"""A curve as small as a word, as SVG in the text of a page: it has the colour of the text, and needs no script."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sessionlab.figure_look import GAIN, LOSS
from sessionlab.results.thinning import thinned

_WIDTH, _HEIGHT, _PAD = 220, 36, 2
_LOOKS = ('stroke="currentColor"', f'stroke="{LOSS}"', f'stroke="{GAIN}"')


def sparkline(values: pd.Series[float], label: str, base: float) -> str:
    """The curve of ``values``, with a dashed line at ``base``; nothing of fewer than two. ``label`` is plain text."""
    return sparklines([values], label, base)


def sparklines(curves: Sequence[pd.Series[float]], label: str, base: float) -> str:
    """The same of several curves of one length, on one scale, at most three: in the colour of the text, in orange, in blue."""
    import html

    numbers = np.array([np.asarray(curve, dtype=np.float64) for curve in curves])
    numbers = numbers[:, np.isfinite(numbers).all(axis=0)]
    if numbers.shape[1] < 2:
        return ""
    low, high = min(numbers.min(), base), max(numbers.max(), base)
    span = high - low if high > low else 1.0
    middle = _PAD + (high - base) / span * (_HEIGHT - 2 * _PAD)
    drawn = ""
    for curve, look in zip(numbers, _LOOKS, strict=False):
        at = thinned(curve, _WIDTH)
        x = _PAD + at / (len(curve) - 1) * (_WIDTH - 2 * _PAD)
        y = _PAD + (high - curve[at]) / span * (_HEIGHT - 2 * _PAD)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        drawn += f'<polyline points="{points}" fill="none" {look} stroke-width="1.3"/>'
    return (
        f'<svg role="img" aria-label="{html.escape(label)}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" style="vertical-align:middle">'
        f'<line x1="{_PAD}" x2="{_WIDTH - _PAD}" y1="{middle:.1f}" y2="{middle:.1f}" '
        f'stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="3 3"/>{drawn}</svg>'
    )
