"""Coverage as a picture: a row per symbol and interval, a column per day; what is wrong is told where one points.

The scale begins at the lowest coverage, so that a day of 99 % stands out among whole ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.checks.measure import COLUMNS
from sessionlab.figure_look import legible

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from sessionlab.checks.data_check import DataCheck

_TOLD = (
    "gap_count",
    "longest_gap",
    *COLUMNS[COLUMNS.index("off_session") + 1 : COLUMNS.index("longest_flat")],
    "split_like_jumps",
)
_ROW_PIXELS, _MOST_PIXELS = 22, 1600
_LONGEST_NAME = 44


def heat_map(check: DataCheck) -> Figure:
    """The figure. Days are evenly spaced: those without a session take no room."""
    import plotly.graph_objects as go

    table = check.table
    series = [f"{symbol} {interval}" for symbol, interval in zip(table["symbol"], table["interval"], strict=True)]
    names = list(dict.fromkeys(series))
    dates = table["date"].dt.strftime("%Y-%m-%d")
    days = sorted(set(dates))
    row, column = pd.Index(names).get_indexer(pd.Index(series)), pd.Index(days).get_indexer(pd.Index(dates))
    coverage = np.full((len(names), len(days)), np.nan)
    coverage[row, column] = table["coverage"]
    words = np.full((len(names), len(days)), "", dtype=object)
    words[row, column] = _words(table)

    lowest = float(np.nanmin(coverage)) if table["coverage"].notna().any() else 0.0
    scale = go.Heatmap(
        x=days,
        y=names,
        z=coverage,
        text=words,
        colorscale="RdYlBu",
        zmin=min(lowest, 99.0),
        zmax=100.0,
        xgap=int(len(days) < 100),
        ygap=1,
        colorbar={"title": "coverage %"},
        hovertemplate="<b>%{y}</b> on %{x}<br>coverage %{z:.2f} %%{text}<extra></extra>",
    )
    covered = "" if check.coverage is None else f"{check.coverage:.2f} % of {int(table['expected'].sum()):,} bars"
    name = check.name if len(check.name) <= _LONGEST_NAME else f"…{check.name[-_LONGEST_NAME:]}"
    return legible(
        go.Figure(scale),
        f"Coverage of {name}",
        covered,
        height=min(170 + _ROW_PIXELS * max(len(names), 4), _MOST_PIXELS),
        xaxis={"type": "category", "title": "trading date", "nticks": 20, "showgrid": False},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "title": "", "showgrid": False},
    )


def _words(table: pd.DataFrame) -> list[str]:
    """What is wrong on each day, a line each."""
    present = [f"<br>{there:,} of {of:,} bars" for there, of in zip(table["present"], table["expected"], strict=True)]
    lines = [[line] for line in present]
    for name in _TOLD:
        for at in np.flatnonzero(table[name].to_numpy()).tolist():
            lines[at].append(f"<br>{name.replace('_', ' ')}: {table[name].iat[at]:,}")
    for at in np.flatnonzero(table["hours_late"].to_numpy()).tolist():
        lines[at].append(f"<br>stamps look {table['hours_late'].iat[at]:g} hours late")
    for at in np.flatnonzero(table["end_labelled"].to_numpy()).tolist():
        lines[at].append("<br>bars look labelled by their end")
    return ["".join(some) for some in lines]
