"""A report as HTML, for notebooks: its first line, its tables that have any row, and sentences."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 20


def page(head: str, tables: Mapping[str, pd.DataFrame], told: Sequence[str] = ()) -> str:
    """The page. ``head`` is a repr in angle brackets; of a long table the first rows are shown, and how many there are."""
    parts = [f"<p><b>{html.escape(head[1:-1])}</b></p>"]
    for title, table in tables.items():
        if len(table):
            of = f" (the first {_MOST_ROWS} of {len(table):,})" if len(table) > _MOST_ROWS else ""
            shown = table.head(_MOST_ROWS).to_html(border=0, index=False, float_format=lambda x: f"{x:,.2f}")
            parts.append(f"<p>{html.escape(title)}{of}</p>{shown}")
    if told:
        parts.append(f"<ul>{''.join(f'<li>{html.escape(one)}</li>' for one in told)}</ul>")
    return "".join(parts)
