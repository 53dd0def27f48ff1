"""A run as a picture: equity, drawdown, what each session returned, and at what time of day trades were entered."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.figure_look import GAIN, GRID, INK, LOSS, legible
from sessionlab.markup.thinning import thinned
from sessionlab.results.account import dates_of, drawdown_of, equity_of
from sessionlab.results.session_axis import SessionAxis
from sessionlab.results.time_of_day import clock_labels, since_open_ns, usual_open_ns
from sessionlab.trading.traded import Traded

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from sessionlab.results.traded_run import TradedRun

_PANELS = ("equity", "drawdown", "return per session", "trades by time of entry")
_HEIGHTS = (0.36, 0.14, 0.18, 0.32)
_POINTS = 600
_MOST_TRADES = 2000  # a notebook keeps what it shows, and stays small
_FEW_SESSIONS = 8  # fewer bars would be as wide as walls
_HOUR_NS = 3600 * 10**9
_STEPS_NS = tuple(_HOUR_NS * part // 4 for part in (1, 2, 4, 8, 12, 24))


def run_figure(result: TradedRun) -> Figure:
    """The figure. Sessions are evenly spaced; longer curves are drawn with their peaks and troughs, not with every moment."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    traded, returns = result.traded, result.returns
    count = len(traded.trades)
    some = f", the {_MOST_TRADES:,} largest of {count:,}" if count > _MOST_TRADES else ""
    figure = make_subplots(
        rows=4,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.055,
        row_heights=list(_HEIGHTS),
        subplot_titles=[*_PANELS[:-1], _PANELS[-1] + some],
    )
    equity, axis = equity_of(traded), SessionAxis(dates_of(traded))
    at = thinned(np.asarray(equity, dtype=np.float64), _POINTS)
    when = pd.DatetimeIndex(equity.index)[at].strftime("%Y-%m-%d %H:%M:%S")
    line = {"mode": "lines", "x": axis.x[at], "customdata": when, "showlegend": False}
    worth = "%{customdata}<br>%{y:,.2f}<extra>equity</extra>"
    figure.add_scatter(row=1, col=1, y=equity.to_numpy()[at], line={"color": GAIN, "width": 1.6}, hovertemplate=worth, **line)
    if result.benchmark is not None:
        figure.add_trace(_benchmark_line(result.benchmark, returns, traded.starting_cash), row=1, col=1)
    below = drawdown_of(equity, traded.starting_cash).to_numpy()[at]
    under = {"fill": "tozeroy", "fillcolor": "rgba(217,119,43,0.25)", "line": {"color": LOSS, "width": 1}}
    figure.add_scatter(row=2, col=1, y=below, hovertemplate="%{customdata}<br>%{y:.2%}<extra>drawdown</extra>", **under, **line)

    bars = go.Bar(
        x=axis.middles,
        width=0.75 * min(len(returns) / _FEW_SESSIONS, 1.0),
        y=returns.to_numpy(),
        marker={"color": np.where(returns.to_numpy() < 0, LOSS, GAIN), "line": {"width": 0}},
        customdata=pd.DatetimeIndex(returns.index).strftime("%Y-%m-%d"),
        hovertemplate="%{customdata}<br>%{y:+.2%}<extra>return</extra>",
        showlegend=False,
    )
    figure.add_trace(bars, row=3, col=1)
    for marks in _entries(traded, axis):
        figure.add_trace(marks, row=4, col=1)

    legible(
        figure,
        html.escape(result.config.session_name, quote=False),
        html.escape(", ".join(result.words()), quote=False),
        height=880,
        margin={"t": 110, "r": 20},
        hovermode="closest",
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": -0.06, "yanchor": "top"},
    )
    figure.update_annotations(font={"size": 13, "color": INK}, x=0, xanchor="left")
    figure.update_xaxes(**axis.layout(), gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True)
    figure.update_yaxes(row=1, col=1, tickformat=",.6~g")
    for row in (2, 3):
        figure.update_yaxes(row=row, col=1, tickformat=".3~p", nticks=5)
    figure.update_yaxes(row=4, col=1, **_clock_axis(traded))
    if not len(traded.account):
        figure.add_annotation(text="no account was kept", x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return figure


def _benchmark_line(benchmark: pd.Series[float], returns: pd.Series[float], cash: float) -> Any:
    """What the starting cash would have become in the benchmark, at each close."""
    import plotly.graph_objects as go

    grown = (1.0 + benchmark.reindex(returns.index).fillna(0.0)).cumprod().to_numpy()
    return go.Scatter(
        x=np.arange(len(grown) + 1),
        y=cash * np.concatenate([[1.0], grown]),
        mode="lines",
        name=html.escape(str(benchmark.name or "benchmark")),
        line={"color": INK, "width": 1.2, "dash": "dot"},
        hovertemplate="%{y:,.2f}<extra>benchmark</extra>",
    )


def _entries(traded: Traded, axis: SessionAxis) -> list[Any]:
    """A mark for each trade where it was entered: triangles that point up are long; large ones moved much money."""
    import plotly.graph_objects as go

    trades = traded.trades
    if trades.empty:
        return []
    if len(trades) > _MOST_TRADES:
        largest = trades["pnl"].abs().sort_values(ascending=False, kind="stable").index[:_MOST_TRADES]
        trades = trades.loc[trades.index.isin(largest)]
    known = pd.DatetimeIndex(trades["entry_known_at"]).as_unit("ns").asi8
    moment = np.searchsorted(pd.DatetimeIndex(traded.account.index).as_unit("ns").asi8, known, side="left")
    x = axis.x[np.minimum(moment, len(axis.x) - 1)]
    y = since_open_ns(traded, trades["entry_time"]) / _HOUR_NS
    pnl = trades["pnl"].to_numpy("float64")
    size = 6.0 + 10.0 * np.sqrt(np.abs(pnl) / max(float(np.abs(pnl).max()), 1e-12))
    up = np.where(trades["side"] == "long", "triangle-up", "triangle-down")
    words = _words(trades)
    is_open = trades["exit_time"].isna().to_numpy()
    marks = []
    for name, which, colour in (
        ("won", ~is_open & (pnl > 0), GAIN), ("not won", ~is_open & (pnl <= 0), LOSS), ("open", is_open, INK),
    ):  # fmt: skip
        if which.any():
            look = {"color": colour, "size": size[which], "symbol": up[which], "opacity": 0.8, "line": {"width": 0}}
            shown = {"text": words[which], "hovertemplate": "%{text}<extra></extra>", "name": name}
            marks.append(go.Scatter(x=x[which], y=y[which], mode="markers", marker=look, **shown))
    return marks


def _words(trades: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.object_]]:
    """A trade in words, of each."""
    entered, left = (
        pd.DatetimeIndex(trades[name]).strftime("%m-%d %H:%M:%S").fillna("open") for name in ("entry_time", "exit_time")
    )
    rows = zip(trades["symbol"], trades["side"], trades["quantity"], trades["pnl"], entered, left, strict=True)
    told = [
        f"<b>{html.escape(str(symbol))}</b> {side} {quantity:,g}<br>{begin} to {end}<br>{pnl:+,.2f}"
        for symbol, side, quantity, pnl, begin, end in rows
    ]
    return np.array(told, dtype=object)


def _clock_axis(traded: Traded) -> dict[str, Any]:
    """The axis of the time of day, the open on top."""
    account = traded.account
    if account.empty:
        return {}
    edges = pd.Series(account.index).groupby(account["date"].to_numpy()).agg(["first", "last"])
    span = int(pd.TimedeltaIndex(edges["last"] - edges["first"]).as_unit("ns").asi8.max())
    step = next((step for step in _STEPS_NS if span <= 8 * step), _STEPS_NS[-1])
    begin = usual_open_ns(traded)
    ticks = np.arange(-(-begin // step) * step, begin + span + 1, step) - begin
    ticks = np.unique(np.concatenate([[0], ticks[ticks >= step // 2]]))
    hours = span / _HOUR_NS
    return {
        "tickmode": "array",
        "tickvals": (ticks / _HOUR_NS).tolist(),
        "ticktext": clock_labels(ticks + begin),
        "range": [hours * 1.04, -hours * 0.04],
        "zeroline": False,
    }
