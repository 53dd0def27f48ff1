"""The quality of the session so far for a page that runs nothing: a table, with a strip for each symbol.

A strip is darker the more bars are absent, in the color of the page's text, so it is right on light and on dark ground.
"""

from __future__ import annotations

import numpy as np

from sessionlab.markup.text import Markup
from sessionlab.sources.protocol import Source
from sessionlab.tape.block import Int64s
from sessionlab.widgets.coverage_map import Cells, whole
from sessionlab.widgets.gap_causes import Causes
from sessionlab.widgets.gap_list import Gaps
from sessionlab.widgets.known_bars import KnownBars
from sessionlab.widgets.still import still_table

_CELLS, _WIDTH, _HEIGHT = 39, 234, 14
_COMPLETE = 0.12
"""How opaque complete stretches are; absent ones are wholly."""
_MOST = 100


def quality_still(known: KnownBars, source: Source, clock: str) -> str:
    """The table, as HTML."""
    keys, day = known.keys(None), known.today
    gaps = Gaps(known, Causes(known, source), [day], keys)
    present, expected = Cells(known, whole(day, min(interval for _, interval in keys)), keys).count()
    rows = []
    for i, ((symbol, interval), (count, longest)) in enumerate(zip(keys[:_MOST], gaps.by_key(), strict=False)):
        there, due = int(present[i].sum()), int(expected[i].sum())
        covered = f"{100 * there / due:.2f} %" if due and known.of_sessions else "–"
        told = (symbol, str(interval), f"{there:,} of {due:,}", covered, f"{count:,}", f"{longest:,}")
        rows.append((*told, _strip(present[i], expected[i])))
    head = ("symbol", "bars", "present", "coverage", "gaps", "longest", "by time of day")
    more = "" if len(keys) <= _MOST else f"<p>{_MOST} of {len(keys)} symbols</p>"
    return still_table(head, rows, caption=f"Coverage on {day.session.date} at {clock}") + more


def _strip(present: Int64s, expected: Int64s) -> Markup:
    """Stretches side by side, those that look alike as one."""
    into = np.arange(len(expected)) * _CELLS // max(len(expected), 1)
    there, due = np.bincount(into, present, _CELLS), np.bincount(into, expected, _CELLS)
    with np.errstate(invalid="ignore", divide="ignore"):
        absent = np.round(1.0 - there / due, 1)
    absent[(there < due) & (absent == 0.0)] = 0.1
    opaque = np.where(due > 0, _COMPLETE + (1.0 - _COMPLETE) * absent, 0.0)
    begins = np.flatnonzero(np.diff(opaque, prepend=-1.0))
    wide = _WIDTH / _CELLS
    drawn = "".join(
        f'<rect x="{first * wide:g}" width="{(past - first) * wide:g}" height="{_HEIGHT}" fill-opacity="{opaque[first]:.2f}"/>'
        for first, past in zip(begins.tolist(), [*begins[1:].tolist(), _CELLS], strict=True)
        if opaque[first]
    )
    return Markup(f'<svg aria-hidden="true" width="{_WIDTH}" height="{_HEIGHT}" fill="currentColor">{drawn}</svg>')
