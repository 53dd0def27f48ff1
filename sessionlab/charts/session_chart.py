"""A chart of what a session shows at its now: nothing is in it that was known later.

It reads the views that a notebook reads, so visibility is theirs. Looking changes nothing: an indicator that is drawn is not
declared, and does not appear in exports.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.charts.candles import Bars
from sessionlab.charts.cell import coverage, make_cell
from sessionlab.charts.chart import Chart
from sessionlab.charts.choice import chosen_intervals, chosen_recipes, chosen_symbols, side_by_side_at_most
from sessionlab.charts.prior_close import prior_close as told_prior_close
from sessionlab.charts.scene import Cell, Scene
from sessionlab.charts.session_axis import session_slots, shown_dates, shown_past
from sessionlab.charts.session_lines import indicator_drawn, recipes_drawn
from sessionlab.charts.slots import Slots
from sessionlab.charts.trading_marks import Traded
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.errors import ConfigError, LookAheadError
from sessionlab.session.data import SessionData
from sessionlab.timing import Interval, TradingSession
from sessionlab.timing.clock_time import resolve_moment


class Span(NamedTuple):
    """What the axis across spans: ``days`` sessions with today's, in today's session ``since`` and ``until`` a moment."""

    days: int
    since: Any
    until: Any


class Asked(NamedTuple):
    """What is drawn beside bars."""

    indicators: tuple[Recipe, ...]
    over_price: Collection[str]
    vwap: bool
    prior_close: bool
    traded: Traded


def session_chart(
    data: SessionData,
    symbols: str | Sequence[str] | None = None,
    interval: str | Interval | Sequence[str | Interval] | None = None,
    *,
    indicators: Recipe | Sequence[Recipe] = (),
    days: int = 1,
    since: Any = None,
    until: Any = None,
    vwap: bool = True,
    prior_close: bool = True,
    over_price: Collection[str] = (),
    fills: pd.DataFrame | None = None,
    trades: pd.DataFrame | None = None,
    orders: pd.DataFrame | None = None,
    theme: str = "light",
) -> Chart:
    """Candles and volume of one to four ``symbols`` as known at ``data.now``, in one ``interval`` or several side by side.

    ``symbols`` None: those of the session, the first four of them. ``interval`` None: the shortest planned one with no more than
    400 bars a session. ``indicators`` are recipes, as in ``[sl.EMA(9, "5m"), sl.RSI(14, "5m")]``: over the price, or in a panel
    of their own where they are no prices (``over_price`` names those that are, of functions of yours). ``days`` shows so many
    sessions, today's and those of its window. ``since`` and ``until`` (clock times or timestamps) cut today; ``until="close"``
    leaves room for what is still to come. ``vwap`` and ``prior_close`` are drawn where they are known. ``fills``, ``trades`` and
    ``orders`` are tables as in :class:`~sessionlab.trading.traded.Traded`; what became known after now is not drawn.
    Raises :class:`LookAheadError` where ``since`` lies ahead, :class:`NoDataError` for bars that cannot be made.

    >>> import sessionlab as sl
    >>> lab = sl.demo()
    >>> step = lab.advance("10:00")
    >>> session_chart(lab.data, "AAPL", "5m", indicators=[sl.EMA(9, "5m")])
    <Chart AAPL 5m 2025-07-02, as of 10:00:00, coverage 100.00 %>
    """
    names = chosen_symbols(data, symbols)
    recipes = chosen_recipes(indicators)
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise ConfigError(f"days is {days!r}; write how many sessions to show, 1 for today's alone", days=days)
    asked = Asked(recipes, over_price, vwap, prior_close, Traded(fills, trades, orders))
    span = Span(days, since, until)
    cells = [_cell(data, name, width, span, asked) for name in names for width in chosen_intervals(data, name, interval)]
    across = side_by_side_at_most(len(cells), len(names))
    return Chart(Scene(_title(cells, len(data.symbols)), across, tuple(cells)), theme=theme)


def _cell(data: SessionData, symbol: str, width: Interval, span: Span, asked: Asked) -> Cell:
    rows, now_ns, today = data._present.rows, data._present.now_ns, data.session
    view = data[symbol].bars(width)
    past = list(rows.window_of(symbol, width).sessions)
    in_window_alone = rows.absent_today(symbol, width) is not None
    if width.is_intraday:
        past = past[max(len(past) - (span.days - (not in_window_alone)), 0) :] if span.days > 1 or in_window_alone else []
    sessions = past if in_window_alone else [*past, today]
    bars_view = view.history if in_window_alone else view.all if past or not width.is_intraday else view
    frame = bars_view.frame()
    starts = np.asarray(bars_view.index.as_unit("ns").asi8)

    slots = session_slots(sessions, width, starts, now_ns)
    before = len(slots) - (0 if in_window_alone or not width.is_intraday else today.expected(width))
    slots, begins = _cut(slots, before, span, today, now_ns) if width.is_intraday else (slots, 0)
    ended = int(slots.end.searchsorted(now_ns, side="right"))
    bars = Bars.of(frame, starts, slots)

    recipes = recipes_drawn(asked.indicators, width, vwap=asked.vwap)
    drawn = [indicator_drawn(data, symbol, recipe, width, slots, bars) for recipe in recipes]
    facts = [shown_dates(slots, sessions, today), f"as of {data.now:%H:%M:%S}"]
    measured = data._around.measured
    if width.is_intraday and measured[0] and (measured[1] or not past):
        facts.append(coverage(bars, ended))
    facts += [f"not adjusted for {split}" for split in bars_view.unadjusted]
    close, left_out = told_prior_close(data, symbol, width) if asked.prior_close else (None, "")
    facts.append(left_out)
    return make_cell(
        symbol, str(width), slots, bars, drawn, ended=ended, now_ns=now_ns, facts=[fact for fact in facts if fact],
        note=_note(width, in_window_alone, ended), over_price=asked.over_price, traded=asked.traded, prior_close=close,
        prior_from=begins,
    )  # fmt: skip


def _cut(slots: Slots, before: int, span: Span, today: TradingSession, now_ns: int) -> tuple[Slots, int]:
    """The part of the axis that is shown, and the slot in it that today begins with.

    It goes on a little beyond now, so that the newest bar does not stick to the edge, and a session that has just begun does
    not fill it with one bar.
    """
    first, past = 0, len(slots)
    if span.since is not None:
        instant = resolve_moment(span.since, today)
        if instant >= now_ns:
            raise LookAheadError(f"a chart from {span.since} on lies ahead of now; look back only", since=span.since)
        first = int(slots.end.searchsorted(instant, side="right"))
    if span.until is not None:
        past = int(slots.start.searchsorted(resolve_moment(span.until, today), side="left"))
    else:
        ended = int(slots.end.searchsorted(now_ns, side="right"))
        past = shown_past(ended, first, before, past)
    if past <= first:
        raise ConfigError(f"a chart from {span.since} until {span.until} has no bar in it; move until to a later time")
    return slots.between(first, past), max(before - first, 0)


def _note(width: Interval, in_window_alone: bool, ended: int) -> str:
    if in_window_alone:
        return "no bars in the window"
    return "no bars" if ended else f"no {width} bar of today is known yet"


def _title(cells: Sequence[Cell], symbols: int) -> str:
    if len(cells) == 1:
        cell = cells[0]
        return ", ".join([f"{cell.symbol} {cell.interval} {cell.facts[0]}", *cell.facts[1:]])
    names = list(dict.fromkeys(cell.symbol for cell in cells))
    of = f" ({len(names)} of {symbols} symbols)" if len(names) < symbols else ""
    return f"{', '.join(names)} {' '.join(dict.fromkeys(cell.interval for cell in cells))}{of} {', '.join(cells[0].facts[:2])}"
