"""Trades on price: the best, the worst and the median day; of a run without trades the price with its gaps, and its volume."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.charts.chart import Chart
from sessionlab.charts.svg import svg
from sessionlab.charts.themes import of_page
from sessionlab.errors import SessionlabError
from sessionlab.markup.text import Markup, counted
from sessionlab.reports.account_pictures import drawing
from sessionlab.reports.elements import Column, Section, figure, frame_table, joined, paragraph, tag
from sessionlab.reports.failure import without_places
from sessionlab.reports.plot import NARROW, WIDE, Panel, Plot, Series
from sessionlab.results.account import session_known
from sessionlab.results.data_tables import of_base
from sessionlab.results.time_of_day import clock_labels, usual_open_of
from sessionlab.results.words import figure_text
from sessionlab.tape.block import Float64s

if TYPE_CHECKING:
    from sessionlab.results import RunResult

_HEIGHTS = {WIDE: 380, NARROW: 330}
_MOST_SYMBOLS, _MOST_SESSIONS = 4, 60
_WIDTHS = ("15m", "30m", "60m")
_MINUTE_NS = 60 * 10**9
_MOST_TRADES = 10
_TRADES = {
    "symbol": Column("symbol"),
    "side": Column("side"),
    "quantity": Column("shares", "quantity"),
    "entry_time": Column("entered", "stamp"),
    "entry_price": Column("at", "price"),
    "exit_time": Column("left", "stamp"),
    "exit_price": Column("at", "price"),
    "pnl": Column("P&L", "pnl"),
    "coverage": Column("coverage", "coverage"),
    "strategy": Column("strategy"),
}


def days_section(result: RunResult) -> Section:
    """The best, the worst and the median day on price, and the trades that moved most money."""
    shown = [_day(result, date, what) for date, what in _chosen(result)]
    trades = result.trades
    largest = trades["pnl"].abs().sort_values(ascending=False, kind="stable").index[:_MOST_TRADES]
    several = trades["strategy"].nunique() > 1
    columns = {name: column for name, column in _TRADES.items() if name != "strategy" or several}
    some = f"; {len(largest)} of {len(trades):,}" if len(trades) > len(largest) else ""
    table = frame_table(f"Trades that moved most money{some}", trades.loc[largest], columns) if len(trades) else Markup("")
    return Section("days", "Trades on price", joined([*shown, table]))


def price_section(result: RunResult) -> Section | None:
    """The price of each symbol on the day with most gaps, and its volume by time of day."""
    quality = result.quality[of_base(result.quality, result._series)]
    symbols = list(dict.fromkeys(quality["symbol"]))
    if not symbols:
        return None
    pictures = []
    for symbol in symbols[:_MOST_SYMBOLS]:
        days = quality[(quality["symbol"] == symbol) & (quality["expected"] > 0)]
        if days.empty:
            pictures.append(paragraph(f"No bar of {symbol} was expected yet."))
            continue
        absent = days["expected"] - days["present"]
        date = days["date"].loc[absent.idxmax()] if absent.any() else days["date"].iloc[-1]
        least = int(absent.max())
        told = (
            f"The session with most absent bars, {least:,}; they are hatched." if least else "The last session; no bar is absent."
        )
        pictures.append(_chart(f"{symbol} on {date:%Y-%m-%d}", partial(result.chart, symbol, date.date()), told))
    pictures.append(_volume(result, symbols[:_MOST_SYMBOLS]))
    more = len(symbols) - _MOST_SYMBOLS
    rest = [paragraph(f"The first {_MOST_SYMBOLS} of {len(symbols):,} symbols are shown.", quiet=True)] if more > 0 else []
    return Section("price", "Price and volume", joined([*pictures, *rest]))


def _chosen(result: RunResult) -> Iterator[tuple[pd.Timestamp, str]]:
    """Of the sessions with fills the best, the worst and the one in the middle, each once."""
    sessions, fills = result.sessions, result.fills
    traded = set(session_known(result.traded, fills["known_at"])) if len(fills) else set()
    pnl = sessions.pnl[[date in traded for date in sessions.dates]]
    if not len(pnl):
        return
    ranked = pnl.sort_values(kind="stable")
    names = {ranked.index[-1]: "Best day", ranked.index[0]: "Worst day", ranked.index[(len(ranked) - 1) // 2]: "Median day"}
    names |= {ranked.index[-1]: "Best day"} if len(ranked) > 1 else {ranked.index[-1]: "The day"}
    names |= {ranked.index[0]: "Worst day"} if len(ranked) > 1 else {}
    order = ["Best day", "Worst day", "Median day", "The day"]
    yield from sorted(names.items(), key=lambda one: order.index(one[1]))


def _day(result: RunResult, date: pd.Timestamp, what: str) -> Markup:
    fills, trades = result.fills, result.trades
    mine = fills[session_known(result.traded, fills["known_at"]) == date]
    ended = trades[session_known(result.traded, trades["exit_known_at"]) == date] if len(trades) else trades
    made = ended.groupby("symbol")["pnl"].sum().reindex(list(dict.fromkeys(mine["symbol"])), fill_value=0.0)
    symbol = str(made.abs().idxmax())
    pnl = float(result.sessions.pnl[date])
    others = ", ".join(f"{name} {value:+,.2f}" for name, value in made.drop(symbol).items())
    told = f"{figure_text('pnl', pnl)} dollars with {counted(len(mine), 'fill')} and {counted(len(ended), 'trade')} ended."
    told += f" Drawn is {symbol}, {made[symbol]:+,.2f}; also traded: {others}." if others else ""
    return _chart(f"{what}: {symbol} on {date:%Y-%m-%d}", partial(result.chart, symbol, date.date()), told)


def _chart(title: str, make: Callable[[], object], told: str) -> Markup:
    """A chart in both sizes, or why there is none."""
    try:
        chart = make()
    except SessionlabError as why:
        return figure(title, paragraph(f"No picture: {without_places(str(why))}", quiet=True), caption=told)
    assert isinstance(chart, Chart)
    theme, _ = of_page()
    both = (
        tag("div", Markup(svg(chart.scene, width, high, theme, rules="")), class_="wide" if width == WIDE else "narrow")
        for width, high in _HEIGHTS.items()
    )
    return figure(title, tag("div", *both, class_="chart"), caption=told)


def _volume(result: RunResult, symbols: list[str]) -> Markup:
    """Mean volume by time of day, a panel for each symbol."""
    dates = pd.DatetimeIndex(result.quality["date"].unique())[-_MOST_SESSIONS:]
    panels, labels = [], list[str]()
    for symbol in symbols:
        found = _mean_volume(result, symbol, dates)
        if found is not None:
            volume, labels = (found[0], found[1] if len(found[1]) > len(labels) else labels)
            x: Float64s = np.arange(len(volume), dtype=np.float64) + 0.5
            panels.append(Panel(f"{symbol}, shares", "volume", (Series(symbol, "bars", x, volume, "up"),), 90.0, 0.8))
    if not panels:
        return paragraph("The bars tell no volume.", quiet=True)
    points: Float64s = np.arange(len(labels), dtype=np.float64) + 0.5
    at = list(zip(points.tolist(), labels, strict=True))
    label = f"Mean volume by time of day of {', '.join(symbols)} over {counted(len(dates), 'session')}"
    plot = Plot(
        label, tuple(panels), 0.0, float(len(labels)), at, points, ([""] * len(labels), [f"from {one}" for one in labels])
    )
    return drawing("Volume by time of day", plot, f"{label}; bars by their start.")


def _mean_volume(result: RunResult, symbol: str, dates: pd.DatetimeIndex) -> tuple[Float64s, list[str]] | None:
    """Mean over sessions of the volume of each stretch of the day, and where each begins."""
    for width in _WIDTHS:
        try:
            bars = result.bars(symbol, width, dates[0].date(), dates[-1].date())
        except SessionlabError:
            continue
        if not len(bars) or not float(bars["volume"].fillna(0.0).sum()):
            return None
        index = pd.DatetimeIndex(bars.index)
        clock = np.asarray(index.tz_localize(None).as_unit("ns").asi8 % (1440 * _MINUTE_NS))
        opened = usual_open_of({one.session for one in result._series})
        step = int(width[:-1]) * _MINUTE_NS
        place = (clock - opened) % (1440 * _MINUTE_NS) // step
        size = int(place.max()) + 1
        if size > 48 and width != _WIDTHS[-1]:
            continue
        volume = np.bincount(place, bars["volume"].fillna(0.0).to_numpy("float64"), size)
        count = np.bincount(place, minlength=size)
        return volume / np.maximum(count, 1), clock_labels(np.arange(size) * step + opened)
    return None
