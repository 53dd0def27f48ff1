"""A curve as small as a word, as SVG in the text of a page: it has the colour of the text, and needs no script."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sessionlab.results.thinning import thinned

_WIDTH, _HEIGHT, _PAD = 220, 36, 2


def sparkline(values: pd.Series[float], label: str, base: float) -> str:
    """The curve of ``values``, with a dashed line at ``base``; nothing of fewer than two. ``label`` is plain text."""
    import html

    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) < 2:
        return ""
    at = thinned(numbers, _WIDTH)
    low, high = min(numbers.min(), base), max(numbers.max(), base)
    span = high - low if high > low else 1.0
    x = _PAD + at / (len(numbers) - 1) * (_WIDTH - 2 * _PAD)
    y = _PAD + (high - numbers[at]) / span * (_HEIGHT - 2 * _PAD)
    middle = _PAD + (high - base) / span * (_HEIGHT - 2 * _PAD)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    return (
        f'<svg role="img" aria-label="{html.escape(label)}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" style="vertical-align:middle">'
        f'<line x1="{_PAD}" x2="{_WIDTH - _PAD}" y1="{middle:.1f}" y2="{middle:.1f}" '
        'stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="3 3"/>'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.3"/></svg>'
    )
