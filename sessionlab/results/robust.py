"""How much of a result hangs on what might have gone otherwise: fills that are in doubt, gaps, costs, one lucky day."""

from __future__ import annotations

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.markup.tables import table, text_table
from sessionlab.results.account import Sessions, session_known, sessions_from
from sessionlab.results.ratios import sharpe
from sessionlab.results.run_result import RunResult
from sessionlab.results.trade_statistics import slippage_of
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLUMNS = ("trades", "pnl", "difference", "total_return", "sharpe")


def robustness(result: RunResult) -> Robustness:
    """What is left of the profit and loss of ``result`` without what is in doubt. Raises :class:`ConfigError` for no result."""
    if not isinstance(result, RunResult):
        raise ConfigError(f"robustness takes a RunResult, as lab.run() returns it, not a {type(result).__name__}")
    return Robustness(result)


class Robustness:
    """What is left of a run's profit and loss if something is taken away. ``frame`` is the table.

    It is worked out from the tables of the run, which is not run again: the other trades stay as they were. What a trade made is
    taken away in the session in which it was closed, of an open lot in the last one. "Costs" are fees and slippage.
    A trade is over a gap where its coverage is below 100 %; trades of which it was not measured stay.
    """

    def __init__(self, result: RunResult) -> None:
        self.result = result

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row per case: closed ``trades``, ``pnl`` in dollars and its ``difference``, ``total_return``, ``sharpe``."""
        trades, sessions = self.result.trades, self.result.sessions
        closed = trades["exit_time"].notna().to_numpy()
        pnl = trades["pnl"].to_numpy("float64")
        best = np.zeros(len(trades), dtype=bool)
        if closed.any():
            best[np.where(closed, pnl, -np.inf).argmax()] = True
        ambiguous = trades["ambiguous"].to_numpy("bool")
        over_gaps = trades["coverage"].to_numpy("float64") < 100.0
        costs = self._costs()
        rows = {
            "all trades": self._row(closed, 0.0),
            "without ambiguous fills": self._row(closed & ~ambiguous, -self._made_by(ambiguous)),
            "without trades over gaps": self._row(closed & ~over_gaps, -self._made_by(over_gaps)),
            "without the best trade": self._row(closed & ~best, -self._made_by(best)),
            "without the best session": self._without_session(closed),
            "costs doubled": self._row(closed, -costs),
            "before costs": self._row(closed, costs),
        }
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=[name for name in COLUMNS if name != "difference"])
        total = float(sessions.pnl.sum())
        frame.insert(2, "difference", frame["pnl"] - total)
        return frame.astype({"trades": "int64"}).rename_axis("case")

    def plot(self) -> Figure:
        """The profit and loss of each case beside that of all trades. Needs plotly."""
        import plotly.graph_objects as go

        from sessionlab.figure_look import GAIN, GRID, INK, LOSS, legible

        frame = self.frame
        bars = go.Bar(
            x=frame["pnl"],
            y=frame.index,
            orientation="h",
            marker={"color": np.where(frame["pnl"] < 0, LOSS, GAIN), "line": {"width": 0}},
            customdata=np.stack([frame["trades"], frame["difference"]], axis=1),
            hovertemplate="%{y}<br>%{x:+,.2f} of %{customdata[0]:,} trades<br>%{customdata[1]:+,.2f}<extra></extra>",
        )
        figure = go.Figure(bars)
        figure.add_vline(x=float(frame["pnl"].iloc[0]), line={"color": INK, "width": 1, "dash": "dot"})
        return legible(
            figure,
            f"Robustness of {html.escape(self.result.config.session_name, quote=False)}",
            "profit and loss in dollars; the line is that of all trades",
            height=400,
            xaxis={"gridcolor": GRID, "zerolinecolor": INK, "tickformat": ",.6~g"},
            yaxis={"autorange": "reversed", "automargin": True, "showgrid": False},
        )

    def __repr__(self) -> str:
        head = f"<Robustness of {self.result.config.session_name!r}>"
        return "\n".join([head, *text_table(COLUMNS, dict(self._cells()))])

    def _repr_html_(self) -> str:
        name = html.escape(self.result.config.session_name, quote=False)
        return f"<p><b>Robustness of {name}</b></p>" + table([name.replace("_", " ") for name in COLUMNS], self._cells())

    def _cells(self) -> list[tuple[str, list[str]]]:
        units = {"difference": "pnl"}
        return [
            (str(case), [figure_text(units.get(name, name), row[name]) for name in COLUMNS])
            for case, row in zip(self.frame.index, self.frame.to_dict("records"), strict=True)
        ]

    def _row(self, kept: np.ndarray[Any, np.dtype[np.bool_]], change: Any) -> tuple[int, float, float, float]:
        return self._told(int(kept.sum()), self.result.sessions.pnl + change)

    def _told(self, trades: int, pnl: pd.Series[float]) -> tuple[int, float, float, float]:
        cash = self.result.traded.starting_cash
        sessions = sessions_from(cash + pnl.cumsum(), cash)
        total = float(pnl.sum())
        return trades, total, total / cash if cash > 0 else float("nan"), sharpe(sessions, self.result.sessions_per_year)

    def _without_session(self, closed: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[int, float, float, float]:
        sessions: Sessions = self.result.sessions
        if not len(sessions.pnl):
            return self._row(closed, 0.0)
        best = int(sessions.pnl.to_numpy().argmax())
        ended = session_known(self.result.traded, self.result.trades["exit_known_at"])
        kept = closed & np.asarray(ended != sessions.dates[best])
        return self._told(int(kept.sum()), sessions.pnl.drop(sessions.dates[best]))

    def _made_by(self, which: np.ndarray[Any, np.dtype[np.bool_]]) -> pd.Series[float]:
        """What the trades ``which`` made in each session."""
        trades = self.result.trades[which]
        return self._by_session(trades["pnl"], trades["exit_known_at"])

    def _costs(self) -> pd.Series[float]:
        """Fees and slippage of each session."""
        fills = self.result.fills
        return self._by_session(fills["fee"] + slippage_of(fills), fills["known_at"])

    def _by_session(self, dollars: pd.Series[float], known_at: pd.Series[pd.Timestamp]) -> pd.Series[float]:
        dates = self.result.sessions.dates
        if not len(dollars):
            return pd.Series(0.0, index=dates)
        summed = dollars.astype("float64").groupby(session_known(self.result.traded, known_at).to_numpy()).sum()
        return summed.reindex(dates, fill_value=0.0)
