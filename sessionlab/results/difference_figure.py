"""How two labs differ as a picture: equity of both, and what the second has more."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.figure_look import GAIN, GRID, INK, LOSS, legible
from sessionlab.markup.thinning import thinned
from sessionlab.results.account import dates_of
from sessionlab.results.session_axis import SessionAxis

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from sessionlab.results.difference import Difference
    from sessionlab.results.first_difference import Side

_POINTS = 1200


def difference_figure(difference: Difference, equity: pd.DataFrame, sides: tuple[Side, Side]) -> Figure:
    """The figure; ``equity`` is that of both from the beginning. Sessions are evenly spaced, and only some moments are drawn."""
    from plotly.subplots import make_subplots

    axis = SessionAxis(_session_of(equity, sides))
    when = pd.DatetimeIndex(equity.index)
    said = when.strftime("%Y-%m-%d %H:%M:%S")
    panels = ("equity", "difference")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.09, row_heights=[0.64, 0.36])
    looks = [{"color": GAIN, "width": 1.6}, {"color": LOSS, "width": 1.6, "dash": "dash"}, {"color": INK, "width": 1.2}]
    for at, (look, name) in enumerate(zip(looks, (*difference.names, "difference"), strict=True)):
        dollars = equity.iloc[:, at].to_numpy(np.float64)
        shown = thinned(dollars, _POINTS)
        figure.add_scatter(
            row=1 + (at == 2),
            col=1,
            x=axis.x[shown],
            y=dollars[shown],
            customdata=said[shown],
            mode="lines",
            line=look,
            name=html.escape(name, quote=False),
            showlegend=at < 2,
            fill="tozeroy" if at == 2 else None,
            hovertemplate="%{customdata}<br>%{y:,.2f}",
        )
    first = difference.first
    if first is not None and len(equity):
        place = axis.x[min(int(when.searchsorted(first)), len(equity) - 1)]
        figure.add_vline(x=place, line={"color": INK, "width": 1, "dash": "dot"})
    a, b = (html.escape(name, quote=False) for name in difference.names)
    parted = "nothing differs" if first is None else f"first at {first:%Y-%m-%d %H:%M:%S}"
    legible(
        figure,
        f"{a} and {b}",
        f"{parted}, up to {difference.until:%Y-%m-%d %H:%M:%S}",
        height=560,
        margin={"t": 110, "r": 20},
        hovermode="closest",
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom"},
    )
    figure.update_xaxes(**axis.layout(), gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True, tickformat=",.6~g")
    for row, panel in enumerate(panels, 1):
        figure.update_yaxes(row=row, col=1, title={"text": panel})
    return figure


def _session_of(equity: pd.DataFrame, sides: tuple[Side, Side]) -> pd.DatetimeIndex:
    """The date of the session of each moment of both together."""
    dates = [pd.Series(dates_of(side.run.traded), index=side.run.equity.index) for side in sides]
    together = pd.concat(dates)
    together = together[~together.index.duplicated(keep="last")]
    return pd.DatetimeIndex(together.reindex(equity.index))
