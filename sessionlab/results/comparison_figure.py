"""Runs side by side as a picture: what each made of its starting cash, and how far below its peak it was."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.figure_look import GRID, INK, LINES, legible
from sessionlab.markup.text import counted
from sessionlab.markup.thinning import thinned
from sessionlab.results.account import dates_of, drawdown_of
from sessionlab.results.session_axis import SessionAxis
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from sessionlab.results.comparison import Comparison

_PANELS = ("growth", "drawdown")
_POINTS = 600


def comparison_figure(comparison: Comparison) -> Figure:
    """The figure. Sessions are evenly spaced, those of all runs together."""
    from plotly.subplots import make_subplots

    equity = comparison.equity
    axis = SessionAxis(_session_of(comparison))
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.09, row_heights=[0.68, 0.32], subplot_titles=_PANELS
    )
    times = pd.DatetimeIndex(equity.index)
    for at, (name, result) in enumerate(comparison.results.items()):
        cash, color = result.traded.starting_cash, LINES[at % len(LINES)]
        there = np.flatnonzero(equity[name].notna().to_numpy())
        worth = equity[name].iloc[there]
        shown = thinned(worth.to_numpy(np.float64), _POINTS)
        place = there[shown]
        line = {
            "x": axis.x[place],
            "customdata": times[place].strftime("%Y-%m-%d %H:%M:%S"),
            "mode": "lines",
            "legendgroup": name,
            "name": html.escape(name),
        }
        grown = worth.to_numpy()[shown] / cash - 1.0
        below = drawdown_of(worth, cash).to_numpy()[shown]
        solid = {"color": color, "width": 1.6, "dash": "solid" if at < len(LINES) else "dot"}
        figure.add_scatter(row=1, col=1, y=grown, line=solid, hovertemplate="%{customdata}<br>%{y:+.2%}", **line)
        figure.add_scatter(row=2, col=1, y=below, line=solid, showlegend=False, hovertemplate="%{customdata}<br>%{y:.2%}", **line)
    returned = "total_return"
    each = [f"{name} {figure_text(returned, result.stats[returned])}" for name, result in comparison.results.items()]
    legible(
        figure,
        f"Comparison of {counted(len(each), 'run')}",
        html.escape(", ".join(each[:6]) + (", …" if len(each) > 6 else ""), quote=False),
        height=640,
        margin={"t": 110, "r": 20},
        hovermode="closest",
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom"},
    )
    figure.update_annotations(font={"size": 13, "color": INK}, x=0, xanchor="left")
    figure.update_xaxes(**axis.layout(), gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True, tickformat=".3~p")
    return figure


def _session_of(comparison: Comparison) -> pd.DatetimeIndex:
    """The date of the session of each moment of the runs together."""
    dates = [pd.Series(dates_of(result.traded), index=result.equity.index) for result in comparison.results.values()]
    together = pd.concat(dates)
    together = together[~together.index.duplicated(keep="last")]
    return pd.DatetimeIndex(together.reindex(comparison.equity.index))
