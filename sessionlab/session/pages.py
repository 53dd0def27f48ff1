"""A session's data as notebooks show it: of symbols and views a line, a small curve, and the newest rows.

Nothing is made for a page that was not there to be looked at: it reads the columns behind the views, up to now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.markup.numbers import NONE, amount_text, price_text
from sessionlab.markup.presence import presence
from sessionlab.markup.sparkline import legend, sparkline, sparklines
from sessionlab.markup.tables import MOST_ROWS, below, line, rest_of, signed, stacked, table, unbroken
from sessionlab.markup.text import Markup, counted

if TYPE_CHECKING:
    from sessionlab.session.bars import BarView
    from sessionlab.session.data import SessionData, SymbolData
    from sessionlab.session.indicators import IndicatorView
    from sessionlab.session.present import Present
    from sessionlab.session.quotes import QuoteView
    from sessionlab.tape.block import Float64s, Int64s
    from sessionlab.timing import Interval

LAST_ROWS = 5
_WIDE = {"width": 320, "height": 48}
_IN_A_CELL = {"width": 88, "height": 24}
_BAND = {"width": 64, "height": 5}
_AMOUNTS = ("volume", "bid_size", "ask_size")


def session_page(data: SessionData) -> str:
    """What is known of each symbol: its day so far as a curve over the session, prices, volume, and which bars are there."""
    head = ("today", "last", "change", "open", "high", "low", "volume", "coverage")
    rows = [(symbol, _told(data[symbol])) for symbol in data.symbols[:MOST_ROWS]]
    return table(head, rows, left=(0,)) + rest_of(len(data), "symbols", ".symbols")


def symbol_page(one: SymbolData, clock: str) -> str:
    """A symbol: its day so far, its quote, and its newest bars."""
    present, day, quote = one._present, one.day, one.quote
    bars = one.bars(present.rows.finest(one.symbol))
    facts = {"open": _price(day.open), "high": _price(day.high), "low": _price(day.low), "last": _price(day.last)}
    facts |= {"change": _change(day.last, day.open), "volume": amount_text(day.volume), "coverage": _percent(one.coverage)}
    if quote is not None:
        facts |= {"bid": _price(quote.bid_price), "ask": _price(quote.ask_price)}
        if quote.flag:
            facts["quote"] = quote.flag.replace("_", "-")
    pictures = stacked(day_curve(bars, **_WIDE), _presence(bars, width=_WIDE["width"]))
    said = table(list(facts), [("today", list(facts.values()))])
    return line(one.symbol, clock, " ".join(one.intervals)) + pictures + said + newest(bars.tail(3))


def bars_page(view: BarView, what: str) -> str:
    """Bars: how many there are and how complete they are, their closes as a curve, and the newest of them."""
    n = len(view)
    covered = "" if view.coverage is None else f"coverage {view.coverage:.2f} %"
    head = line(f"{view._symbol} {view.interval}", what, counted(n, "bar"), covered, shown(n))
    if view._part == "today":
        curve, band = day_curve(view, **_WIDE), _presence(view, width=_WIDE["width"])
    else:
        curve, band = sparkline(view.close, _from_to("closes", view.close), **_WIDE), Markup()
    return head + stacked(curve, band) + newest(view.tail(LAST_ROWS))


def indicator_page(view: IndicatorView, what: str, told: str) -> str:
    """An indicator: its newest value, or why there is none, its values as a curve, and the newest of them."""
    n = len(view)
    head = line(f"{view._symbol} {view.recipe}", what, told, shown(n))
    if not n:
        return head
    values = np.atleast_2d(view.values)
    across = None
    if view._part == "today" and view.interval.is_intraday:
        across = _across(view._present, view.interval, view.index.as_unit("ns").asi8)
    curves = sparklines(list(values), _from_to(str(view.recipe), values[0]), across=across, **_WIDE)
    names = legend(list(view.tail(0).columns)) if len(values) > 1 else ""
    return head + below(curves, names if curves else "") + newest(view.tail(LAST_ROWS))


def quotes_page(view: QuoteView, title: str, flagged: list[str]) -> str:
    """Quotes: how many there are of each flag, bid and ask as curves, and the newest of them."""
    n = len(view)
    head = line(title, counted(n, "quote"), *flagged, shown(n))
    if not n:
        return head
    day, _ = view._now()
    bid, ask = day.rows.values[0][:n], day.rows.values[2][:n]
    curves = sparklines([bid, ask], _from_to("bid", bid), **_WIDE)
    return head + below(curves, legend(["bid", "ask"]) if curves else "") + newest(view.tail(LAST_ROWS))


def newest(frame: pd.DataFrame) -> str:
    """The rows of ``frame``, by their time, as HTML; nothing where it has none."""
    if not len(frame):
        return ""
    shares: dict[Any, Callable[[Any], str]] = {name: amount_text for name in _AMOUNTS if name in frame}
    times = pd.DatetimeIndex(frame.index).strftime("%Y-%m-%d %H:%M:%S")
    return frame.set_axis(times).to_html(border=0, formatters=shares, na_rep=NONE, index_names=False)


def shown(count: int) -> str:
    """How many of ``count`` rows a page shows, in words, where it does not show all."""
    return f"last {LAST_ROWS} shown" if count > LAST_ROWS else ""


def day_curve(bars: BarView, *, width: int, height: int) -> Markup:
    """Today's closes over the whole of the session, so one sees how far it has come; dashed at the first price."""
    if len(bars) < 2 or not bars.interval.is_intraday:
        return Markup()
    cut, n = bars._now()
    across = _across(bars._present, bars.interval, cut.rows.start[:n])
    label = _from_to(f"closes of {bars._symbol}", bars.close)
    return sparkline(bars.close, label, float(bars.open[0]), across=across, width=width, height=height)


def _told(one: SymbolData) -> list[str]:
    """The cells of a symbol in the table of all."""
    day, bars = one.day, one.bars(one._present.rows.finest(one.symbol))
    prices = [_price(day.last), _change(day.last, day.open), _price(day.open), _price(day.high), _price(day.low)]
    covered = Markup("<br>".join(part for part in (unbroken(_percent(one.coverage)), _presence(bars, **_BAND)) if part))
    return [day_curve(bars, **_IN_A_CELL), *map(unbroken, [*prices, amount_text(day.volume)]), covered]


def _presence(bars: BarView, *, width: int, height: int = 8) -> Markup:
    """Which bars of today are there; nothing where coverage is not measured, or nothing was due yet."""
    present = bars._present
    if not bars._measured[0] or bars._absent() is not None:
        return Markup()
    there = present.rows.present(bars._symbol, bars.interval, present.k, present.now_ns)
    if not len(there):
        return Markup()
    label = f"{int(there.sum()):,} of {len(there):,} bars of {bars._symbol} {bars.interval} are there"
    return presence(there, present.rows.session.expected(bars.interval), label, width=width, height=height)


def _across(present: Present, interval: Interval, starts: Int64s) -> Float64s:
    """Where in the session bars lie, 0 to 1; breaks take no room. Shape of ``starts``."""
    session = present.rows.session
    return session.positions(starts, interval) / max(session.expected(interval) - 1, 1)


def _from_to(what: str, values: Float64s) -> str:
    numbers = values[np.isfinite(values)]
    return f"{what} from {numbers[0]:g} to {numbers[-1]:g}" if len(numbers) else what


def _price(value: float) -> str:
    """A price in dollars; cents, and of small ones what tells something."""
    return f"{value:,.2f}" if abs(value) >= 1.0 else price_text(value)


def _change(last: float, first: float) -> str:
    if last != last or not first > 0.0:
        return NONE
    change = last / first - 1.0
    return signed(f"{100.0 * change:+.2f} %", round(change, 4))


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f} %"
