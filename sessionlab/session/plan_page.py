"""A plan of streams as notebooks show it: what is done with each stream and why, windows, indicators, and what to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.markup.tables import MOST_ROWS, below, rest_of, table
from sessionlab.markup.text import Markup, escaped

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.session.plan import StreamPlan


def plan_page(plan: StreamPlan) -> str:
    """The page of a plan."""
    parts = [_words(plan.frame(), "streams", ".frame()")]
    if plan.windows:
        parts += [below("Windows before every session"), _words(plan.windows_frame(), "windows", ".windows_frame()")]
    indicators = plan.indicators_frame()
    if len(indicators):
        parts += [below("Indicators"), _words(indicators, "indicators", ".indicators_frame()")]
    notes = "".join(f"<li>{escaped(note)}</li>" for note in plan.notes)
    return "".join([*parts, f"<ul>{notes}</ul>" if notes else ""])


def _words(frame: pd.DataFrame, things: str, where: str) -> Markup:
    """A frame of words, its first column as names."""
    rows = [(str(name), [str(cell) for cell in cells]) for name, *cells in frame.head(MOST_ROWS).itertuples(index=False)]
    head = [name.replace("_", " ") for name in frame.columns[1:]]
    return Markup(table(head, rows, left=range(len(head))) + rest_of(len(frame), things, where))
