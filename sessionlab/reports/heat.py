"""A heat map as SVG: cells in classes of color, the words for each in JSON for who points at them.

Cells are drawn in units of rows and columns and stretched to the page, so that a part of them is another view of the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sessionlab.charts.strokes import number
from sessionlab.charts.text import SIZE, cut_to, text_width
from sessionlab.markup.text import Markup, escaped
from sessionlab.reports.elements import tag
from sessionlab.reports.json_text import json_text
from sessionlab.reports.plot import NARROW, WIDE, labels_every, within

_AXIS, _PAD = 22.0, 8.0
_ROW, _MOST_HIGH, _LEAST_HIGH, _LABEL_HIGH = 24.0, 460.0, 44.0, 13.0
_LONGEST = {WIDE: 150.0, NARROW: 84.0}

_MOST_APART = 60

GAINS = ("loss4", "loss3", "loss2", "loss1", "even", "gain1", "gain2", "gain3", "gain4")
COVERED = ("cover0", "cover1", "cover2", "cover3", "cover4")
NOTHING = -1


@dataclass(frozen=True)
class HeatMap:
    """Cells of ``rows`` by ``columns``: ``kind`` is the number of a class among ``classes``, :data:`NOTHING` for none.

    ``told`` are the words of each cell. Both of shape (rows, columns).
    """

    label: str
    rows: Sequence[str]
    columns: Sequence[str]
    kind: NDArray[np.int64]
    told: NDArray[np.object_]
    classes: Sequence[str]

    def svg(self, width: int) -> Markup:
        """The drawing, ``width`` pixels wide or as wide as there is room for."""
        shape = self.kind.shape
        high = min(max(shape[0] * _ROW, _LEAST_HIGH), _MOST_HIGH)
        names = [cut_to(name, _LONGEST[width], SIZE) for name in self.rows]
        left = 10.0 + max((text_width(name, SIZE) for name in names), default=0.0)
        right = width - _PAD
        beside, every = high / shape[0], max(int(-(-_LABEL_HIGH * shape[0] // high)), 1)
        down = "".join(
            f'<text class="tick" x="{number(left - 6)}" y="{number((i + 0.5) * beside + 4)}" text-anchor="end">'
            f"{escaped(name)}</text>"
            for i, name in list(enumerate(names))[::every]
        )
        wide = (right - left) / shape[1]
        places = [(left + (i + 0.5) * wide, name) for i, name in enumerate(self.columns)]
        beside_each = labels_every(places, right - left)
        across = "".join(
            f'<text class="tick" x="{number(within(x, name, left, right))}" '
            f'y="{number(high + 15)}" text-anchor="middle">{escaped(name)}</text>'
            for x, name in places[beside_each // 2 :: beside_each]
        )
        apart = max(shape) <= _MOST_APART
        cells = "".join(
            f'<path class="{name}" d="{_cells(self.kind == at, apart)}"/>'
            for at, name in enumerate(self.classes)
            if (self.kind == at).any()
        )
        kind = ("wide" if width == WIDE else "narrow") + ("" if apart else " many")
        return Markup(
            f'<svg class="{kind}" viewBox="0 0 {width} {number(high + _AXIS)}" role="img" aria-label="{escaped(self.label)}" '
            f'font-size="{number(SIZE)}"><g class="down">{down}</g>'
            f'<svg class="cells" x="{number(left)}" y="0" width="{number(right - left)}" height="{number(high)}" '
            f'viewBox="0 0 {shape[1]} {shape[0]}" preserveAspectRatio="none">{cells}</svg>'
            f'<g class="across">{across}</g><g class="cursor"></g></svg>'
        )

    def data(self) -> str:
        """What the drawing shows, as the JSON that the page's script reads."""
        codes, words = pd.factorize(self.told.ravel())
        return json_text(
            {"rows": list(self.rows), "columns": list(self.columns), "words": words.tolist(), "told": codes.tolist()}
        )


def swatches(named: Sequence[tuple[str, str]]) -> Markup:
    """What the colors mean: a class and its words each."""
    shown = (tag("span", tag("i", class_=f"swatch {look}"), words) for look, words in named)
    return tag("span", *shown, class_="legend")


def _cells(which: NDArray[np.bool_], apart: bool) -> str:
    """A path around cells, each by itself; where they are not told ``apart``, those beside each other in a row are one."""
    if apart:
        return "".join(f"M{column} {row}h1v1h-1z" for row, column in zip(*(at.tolist() for at in which.nonzero()), strict=True))
    path = ""
    for row in range(len(which)):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], which[row], [False]]).astype(np.int8))).tolist()
        path += "".join(
            f"M{begin} {row}h{end - begin}v1h{begin - end}z" for begin, end in zip(edges[::2], edges[1::2], strict=True)
        )
    return path
