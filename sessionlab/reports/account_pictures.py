"""The account of a run in pictures: equity and drawdown over the sessions, and what was made at which time of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.markup.text import Markup, counted
from sessionlab.reports.elements import Column, Section, figure, frame_table, joined
from sessionlab.reports.heat import GAINS, HeatMap, swatches
from sessionlab.reports.long_runs import drawdowns_table
from sessionlab.reports.plot import NARROW, WIDE, Panel, Plot, Series, kept_points
from sessionlab.results.account import dates_of
from sessionlab.results.session_axis import SessionAxis
from sessionlab.results.time_of_day import DAY_NS, clock_labels, since_open_ns, usual_open_ns
from sessionlab.tape.block import Float64s

if TYPE_CHECKING:
    from sessionlab.results import RunResult

_HALF_HOUR_NS = 1800 * 10**9
_LONG_DAY_NS = 24 * _HALF_HOUR_NS
_MOST_COLUMNS = 500
_TABLE = {
    "time": Column("entered at"),
    "trades": Column("trades", "trades"),
    "open": Column("open", "open_trades"),
    "pnl": Column("P&L", "pnl"),
    "fees": Column("fees", "fees"),
    "win_rate": Column("win rate", "win_rate"),
    "average_trade": Column("average", "expectancy"),
}


class ByTime(NamedTuple):
    """What equity changed by, ``pnl`` of shape (times, sessions): its sum over the times of a session is the session's."""

    pnl: Float64s
    times: list[str]
    dates: pd.DatetimeIndex
    minutes: int


def pnl_by_time(result: RunResult) -> ByTime:
    """Profit and loss by time of the day and session, of open positions too. What came over night counts at the open."""
    traded, equity = result.traded, result.equity
    dates = dates_of(traded)
    codes, sessions = pd.factorize(dates)
    moments = pd.Series(equity.index)
    since = since_open_ns(traded, moments)
    is_first = np.diff(codes, prepend=-1) != 0
    since = np.where((since == 0) & ~is_first, DAY_NS, since)  # the close of a session that is a whole day
    width = _HALF_HOUR_NS * (1 if int(since.max(initial=0)) <= _LONG_DAY_NS else 2)
    bucket = np.maximum(since - 1, 0) // width
    change = np.diff(equity.to_numpy(np.float64), prepend=traded.starting_cash)
    pnl = np.zeros((int(bucket.max(initial=0)) + 1, len(sessions)))
    np.add.at(pnl, (bucket, codes), change)
    starts = np.arange(len(pnl)) * width + usual_open_ns(traded)
    return ByTime(pnl, clock_labels(starts), pd.DatetimeIndex(sessions), width // (60 * 10**9))


def equity_section(result: RunResult) -> Section:
    """Equity beside the benchmark, drawdown, and what each session returned."""
    traded, equity, returns = result.traded, result.equity, result.returns
    began, ended = traded.starting_cash, float(result.stats["final_equity"])
    axis = SessionAxis(dates_of(traded))
    worth_at = np.asarray(equity, dtype=np.float64)
    kept = kept_points(worth_at)
    x = axis.x[kept]
    moments = pd.DatetimeIndex(equity.index)[kept]
    shown = "%H:%M:%S" if (moments.second != 0).any() else "%H:%M"
    worth = [Series("equity", "line", x, worth_at[kept])]
    if result.benchmark is not None:
        grown = (1.0 + result.benchmark.reindex(returns.index).fillna(0.0)).cumprod().to_numpy()
        name = f"{result.benchmark.name}, held"
        there: Float64s = began * np.concatenate([[1.0], grown])
        worth.append(Series(name, "dotted", np.arange(len(there), dtype=np.float64), there, "ink"))
    below = Series("drawdown", "area", x, np.asarray(result.drawdown, dtype=np.float64)[kept], "down")
    each = Series("return of the session", "signed", axis.middles, np.asarray(returns, dtype=np.float64))
    sessions, worst = len(axis.sessions), abs(100.0 * float(result.drawdown.min()))  # no minus before a zero
    label = f"Equity from {began:,.2f} to {ended:,.2f} over {counted(sessions, 'session')}; at worst {worst:.2f} % below its peak"
    days = axis.sessions.strftime("%Y-%m-%d").tolist()
    plot = Plot(
        label,
        (
            Panel("equity in dollars", "dollars", tuple(worth), 210.0),
            Panel("drawdown from the peak", "fraction", (below,), 90.0),
            Panel("return per session", "fraction", (each,), 90.0, min(0.75, 0.75 * sessions / 8)),
        ),
        0.0, float(max(sessions, 1)), list(zip(axis.middles.tolist(), days, strict=True)), x,
        (pd.DatetimeIndex(dates_of(traded)[kept]).strftime("%Y-%m-%d").tolist(), moments.strftime(shown).tolist()),
        tuple(range(1, sessions)),
    )  # fmt: skip
    some = f" {len(kept):,} of {len(equity):,} moments are kept in this page, all peaks and troughs with them." * (
        len(kept) < len(equity)
    )
    dotted = "" if result.benchmark is None else f" Dotted: what the starting cash would be in {result.benchmark.name}."
    caption = f"{label}. Nights take no room.{dotted}{some}"
    picture = drawing("Equity, drawdown, returns", plot, caption)
    return Section("equity", "Equity and drawdown", joined([picture, drawdowns_table(result)]))


def clock_section(result: RunResult) -> Section:
    """What was made at which time of the day, session by session, and by the time of entry."""
    by_time = pnl_by_time(result)
    pnl, names, several = _grouped(by_time)
    magnitudes = np.abs(pnl[np.abs(pnl) > 0.005])
    unit = float(np.quantile(magnitudes, 0.95)) if len(magnitudes) else 1.0
    steps = np.searchsorted([0.005, unit / 4, unit / 2, unit], np.abs(pnl), side="right")
    kind = (len(GAINS) // 2 + np.sign(pnl) * steps).astype(np.int64)
    told = np.array([f"{value:+,.2f}" for value in pnl.ravel().tolist()], dtype=object).reshape(pnl.shape)
    best, worst = int(by_time.pnl.sum(axis=1).argmax()), int(by_time.pnl.sum(axis=1).argmin())
    sums = by_time.pnl.sum(axis=1)
    label = (
        f"Profit and loss by time of day and session; most is made from {by_time.times[best]} ({sums[best]:+,.2f}), "
        f"least from {by_time.times[worst]} ({sums[worst]:+,.2f})"
    )
    heat = HeatMap(label, by_time.times, names, kind, told, GAINS)
    legend = swatches(
        [
            ("loss4", f"-{unit:,.2f} and less"),
            ("loss2", "loss"),
            ("even", "nothing"),
            ("gain2", "gain"),
            ("gain4", f"+{unit:,.2f} and more"),
        ]
    )
    width = f"{by_time.minutes} minutes"
    note = f" Of positions that are open as well; the first {width} have what came over night.{several} Dollars. "
    picture = heat_drawing("P&L by time of day", heat, joined([f"{label}.{note}", legend]))
    table = frame_table(
        "Trades by the time of their entry",
        result.by_time_of_day(f"{by_time.minutes}m").rename_axis("time").reset_index(),
        _TABLE,
    )
    return Section("clock", "Time of day", joined([picture, table]))


def drawing(title: str, plot: Plot, caption: str | Markup) -> Markup:
    """A plot in both sizes as a figure with its caption."""
    both = joined([plot.svg(WIDE), plot.svg(NARROW)])
    return figure(title, both, caption=caption, data=plot.data(), kind="plot")


def heat_drawing(title: str, heat: HeatMap, caption: str | Markup) -> Markup:
    """A heat map in both sizes as a figure with its caption."""
    both = joined([heat.svg(WIDE), heat.svg(NARROW)])
    return figure(title, both, caption=caption, data=heat.data(), kind="heat")


def _grouped(by_time: ByTime) -> tuple[Float64s, list[str], str]:
    """No more columns than one can tell apart: sessions are summed where there are many."""
    count = by_time.pnl.shape[1]
    every = -(-count // _MOST_COLUMNS)
    days = by_time.dates.strftime("%Y-%m-%d").tolist()
    if every == 1:
        return by_time.pnl, days, ""
    starts = np.arange(0, count, every)
    summed = np.add.reduceat(by_time.pnl, starts, axis=1)
    names = [f"{days[a]} to {days[min(a + every, count) - 1]}" for a in starts.tolist()]
    return summed, names, f" A column is {every} sessions."
