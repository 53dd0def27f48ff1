"""A chart of what a session shows at its now: nothing is in it that was known later.

It reads the views that a notebook reads, so visibility is theirs. Looking changes nothing: an indicator that is drawn is not
declared, and does not appear in exports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.charts.candles import Bars
from sessionlab.charts.cell import coverage, make_cell
from sessionlab.charts.chart import Chart
from sessionlab.charts.lines import Drawn, Shape, line_at_bars, line_of_longer, line_of_shorter, shape_of
from sessionlab.charts.scene import Cell, Line, Scene
from sessionlab.charts.slots import Slots, day_label, join
from sessionlab.charts.trading_marks import Traded
from sessionlab.config.indicator_table import INDICATORS
from sessionlab.derive.indicators.makers import maker
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.derive.indicators.table_recipe import TableRecipe
from sessionlab.errors import ConfigError, LookAheadError
from sessionlab.session.bars import BarView
from sessionlab.session.data import SessionData
from sessionlab.session.indicators import IndicatorView
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval, TradingSession
from sessionlab.timing.clock_time import resolve_moment

_MOST_SYMBOLS, _MOST_INTERVALS = 4, 4
_BARS_OF_A_DAY = 400
_LEAST_SLOTS = 24


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
    names = [symbols] if isinstance(symbols, str) else list(data.symbols[:_MOST_SYMBOLS] if symbols is None else symbols)
    if not 1 <= len(names) <= _MOST_SYMBOLS:
        raise ConfigError(f"a chart shows one to {_MOST_SYMBOLS} symbols, not {len(names)}; name those that you want to see")
    for name in names:
        data[name]  # says so where it is not here
    recipes = (indicators,) if isinstance(indicators, Recipe) else tuple(indicators)
    for recipe in recipes:
        if not isinstance(recipe, Recipe):
            raise ConfigError(f'{recipe!r} is no indicator; give recipes, as in indicators=[sl.EMA(9, "5m")]')
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise ConfigError(f"days is {days!r}; write how many sessions to show, 1 for today's alone", days=days)
    asked = Asked(recipes, over_price, vwap, prior_close, Traded(fills, trades, orders))
    span = Span(days, since, until)
    cells = [_cell(data, name, width, span, asked) for name in names for width in _widths(data, name, interval)]
    across = len(cells) // len(names) if len(cells) > len(names) else (1 if len(cells) == 1 else 2)
    return Chart(Scene(_title(cells, len(data.symbols)), across, tuple(cells)), theme=theme)


def _widths(data: SessionData, symbol: str, interval: Any) -> list[Interval]:
    if interval is None:
        planned = [Interval.parse(text) for text in data[symbol].intervals]
        short = (width for width in planned if data.session.expected(width) <= _BARS_OF_A_DAY)
        return [next(short, planned[-1])] if planned else [Interval.parse("1d")]
    given = [interval] if isinstance(interval, str | Interval) else list(interval)
    if not 1 <= len(given) <= _MOST_INTERVALS:
        raise ConfigError(f"a chart shows one to {_MOST_INTERVALS} intervals side by side, not {len(given)}")
    return [Interval.parse(one) for one in given]


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

    slots = _slots(sessions, width, starts, now_ns)
    before = len(slots) - (0 if in_window_alone or not width.is_intraday else today.expected(width))
    slots, begins = _cut(slots, before, span, today, now_ns) if width.is_intraday else (slots, 0)
    ended = int(slots.end.searchsorted(now_ns, side="right"))
    bars = Bars.of(frame, starts, slots)

    drawn = [_indicator(data, symbol, recipe, width, slots, bars) for recipe in _recipes(asked, width)]
    facts = [_date(slots, sessions, today), f"as of {data.now:%H:%M:%S}"]
    measured = data._around.measured
    if width.is_intraday and measured[0] and (measured[1] or not past):
        facts.append(coverage(bars, ended))
    facts += [f"not adjusted for {split}" for split in bars_view.unadjusted]
    close, left_out = _prior_close(data, symbol, width) if asked.prior_close else (None, "")
    facts.append(left_out)
    return make_cell(
        symbol, str(width), slots, bars, drawn, ended=ended, now_ns=now_ns, facts=[fact for fact in facts if fact],
        note=_note(width, in_window_alone, ended), over_price=asked.over_price, traded=asked.traded, prior_close=close,
        prior_from=begins,
    )  # fmt: skip


def _slots(sessions: Sequence[TradingSession], width: Interval, starts: Int64s, now_ns: int) -> Slots:
    """The bars that the calendar expects; of whole days those that have ended, of longer ones those that are there."""
    tz = sessions[-1].tz if sessions else "UTC"
    if width.is_intraday:
        return join([(one.starts(width), one.ends(width), day_label(one.date)) for one in sessions], tz, width.ns)
    none = np.empty(0, dtype=np.int64)
    if width.unit == "d" and width.count == 1:
        done = [one for one in sessions if one.close_ns <= now_ns]
        starts = np.array([one.open_ns for one in done], dtype=np.int64)
        return Slots(starts, np.array([one.close_ns for one in done], dtype=np.int64), tz, 0, none, none, ())
    closes = np.array([one.close_ns for one in sessions], dtype=np.int64)
    following = np.append(starts[1:], np.iinfo(np.int64).max)
    ends = np.array([closes[(closes > a) & (closes <= b)].max(initial=a + 1) for a, b in zip(starts, following, strict=True)])
    return Slots(starts, ends.astype(np.int64), tz, 0, none, none, ())


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
        past = min(past, max(ended + max((ended - first) // 20, 1), max(before, first) + _LEAST_SLOTS))
    if past <= first:
        raise ConfigError(f"a chart from {span.since} until {span.until} has no bar in it; move until to a later time")
    return slots.between(first, past), max(before - first, 0)


def _recipes(asked: Asked, width: Interval) -> Iterator[Recipe]:
    """VWAP stands on the finest bars, and among days it says nothing."""
    vwap = maker("VWAP")()
    if (
        asked.vwap
        and width.is_intraday
        and not any(isinstance(one, TableRecipe) and one.name == "VWAP" for one in asked.indicators)
    ):
        yield vwap
    yield from dict.fromkeys(asked.indicators)


def _indicator(data: SessionData, symbol: str, recipe: Recipe, width: Interval, slots: Slots, bars: Bars) -> Drawn:
    view = IndicatorView(data._present, symbol, recipe)  # as data[symbol] makes it, but not declared
    shape = _shape(recipe)
    known = view.all
    frame, starts = known.frame(), np.asarray(known.index.as_unit("ns").asi8)
    told = "VWAP" if str(recipe) == "VWAP()" else str(recipe)
    names = [told] if len(frame.columns) == 1 else [f"{told} {output}" for output in frame]
    lines = [
        _line(data, name, shape.style, view.interval, width, slots, bars, starts, frame.iloc[:, i].to_numpy())
        for i, name in enumerate(names)
    ]
    return Drawn(told, shape, tuple(lines))


def _line(
    data: SessionData, name: str, style: str, of: Interval, width: Interval, slots: Slots, bars: Bars, starts: Int64s,
    values: Float64s,
) -> Line:  # fmt: skip
    if of == width:
        return line_at_bars(name, style, slots, starts, values)
    if of < width:
        return line_of_shorter(name, style, slots, starts, of.ns, values, bars)
    now_ns = data._present.now_ns
    until = float(slots.x(np.array([now_ns]))[0]) if len(slots) else 0.0
    return line_of_longer(name, slots, _ends(data, of, starts), values, until)


def _ends(data: SessionData, of: Interval, starts: Int64s) -> Int64s:
    """When bars that begin at ``starts`` were known: today's at their ends, those before it no later than at today's open."""
    today = data.session
    own, ends = today.starts(of), today.ends(of)
    at = np.clip(own.searchsorted(starts), 0, len(own) - 1)
    found = np.where(own[at] == starts, ends[at], starts)
    earlier = starts < today.open_ns
    return np.where(earlier, np.minimum(np.append(starts[1:], today.open_ns), today.open_ns), found)


def _shape(recipe: Recipe) -> Shape:
    if isinstance(recipe, TableRecipe):
        return shape_of(recipe.name, INDICATORS[recipe.name].group, recipe.field)
    return Shape()


def _prior_close(data: SessionData, symbol: str, width: Interval) -> tuple[float | None, str]:
    """The last close of the session before, from the longest window that ends with it; or why it is left out."""
    rows, today = data._present.rows, data.session
    if not width.is_intraday:
        return None, ""
    widths = {of for one, of in rows.windows if one == symbol and (of.is_intraday or str(of) == "1d")}
    for of in sorted(widths, reverse=True):
        history: BarView = data[symbol].bars(of).history
        sessions = rows.window_of(symbol, of).sessions
        last = history.last
        if last is None or not sessions or last.start.value < sessions[-1].open_ns:
            continue
        jump = next((split for split in history.unadjusted if split.ex_date == today.date), None)
        if jump is not None:
            return None, f"prior close left out, as it is not adjusted for {jump}"
        return last.close, ""
    return None, ""


def _date(slots: Slots, sessions: Sequence[TradingSession], today: TradingSession) -> str:
    if not len(slots):
        return str(today.date)
    shown = [one for one in sessions if one.close_ns > slots.start[0] and one.open_ns < slots.end[-1]]
    first, last = shown[0], shown[-1]
    early = ", early close" if last.is_early_close and len(shown) == 1 else ""
    return f"{last.date}{early}" if first is last else f"{first.date} to {last.date}"


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
