"""Everything known at a moment as one tree of plain values: what JSON can say, and nothing that was known later.

Columns are lists side by side. ``stored`` and ``off_session`` hold what a lab stands on beside the bars shown: rows before
they were corrected or adjusted, and those that longer bars, repairs and historical indicators are made of.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.derive.indicators.table_recipe import TableRecipe
from sessionlab.session.data import SessionData
from sessionlab.session.foundation import Foundation, KnownDay
from sessionlab.session.plain_columns import plain_number, plain_numbers, plain_rows, plain_stamp, plain_stamps
from sessionlab.session.plan import Stored, StreamPlan
from sessionlab.session.shown_bars import ShownBars, bars_before, bars_today
from sessionlab.session.trailing_minutes import TrailingMinutes
from sessionlab.tape import BAR_COLUMNS, QUOTE_COLUMNS, Rows
from sessionlab.tape.actions import Actions, Split

if TYPE_CHECKING:
    from sessionlab.session.indicators import IndicatorView
    from sessionlab.timing import Interval, TradingSession

FORMAT_NAME, FORMAT_VERSION = "sessionlab-export", 1


def export_tree(
    data: SessionData,
    foundation: Foundation,
    *,
    window: bool = True,
    columns: bool = True,
    symbols: Iterable[str] | None = None,
) -> dict[str, Any]:
    """The tree of ``data``. Without ``columns`` it tells how many rows there are in their place; ``symbols`` may be watched."""
    plan, session = foundation.plan, data.session
    tree: dict[str, Any] = {
        "format": f"{FORMAT_NAME}/{FORMAT_VERSION}",
        "now": plain_stamp(data._present.now_ns, session.tz),
        "session": _session(session, foundation.calendar),
        "config": foundation.config.to_dict(),
        "config_digest": foundation.config.digest(),
        "plan": _plan(plan),
        "available": {symbol: _available(stored) for symbol, stored in foundation.available.items()},
        "window": window,
        "versions": dict(foundation.versions),
        "symbols": {},
    }
    for symbol in data.symbols if symbols is None else symbols:
        tree["symbols"][symbol] = _symbol(data, symbol, foundation, window, columns)
    return tree


def _symbol(data: SessionData, symbol: str, foundation: Foundation, window: bool, columns: bool) -> dict[str, Any]:
    one, tz = data[symbol], data.session.tz
    today = list(bars_today(data, symbol))
    before = list(bars_before(data, symbol, foundation)) if window else []
    quote = one.quote
    found: dict[str, Any] = {
        "bars": {str(bars.view.interval): _bars(bars, tz, columns) for bars in today},
        "window": {str(bars.view.interval): _bars(bars, tz, columns) for bars in before},
        "quote": None
        if quote is None
        else {
            "timestamp": plain_stamp(quote.timestamp.value, tz),
            **{name: plain_number(getattr(quote, name)) for name in QUOTE_COLUMNS},
            "flag": quote.flag,
            "source": quote.source,
        },
        "quotes": _quotes(one.quotes.frame(), tz) if columns and foundation.config.wants_quotes else {"rows": len(one.quotes)},
        "day": {name: plain_number(value) for name, value in one.day._asdict().items()},
        "indicators": {name: _indicator(view, tz, window, columns) for name, view in one.indicators.items()},
        "historical": {name: _historical(view, columns) for name, view in one.historical.items()},
        "splits": _splits(one.splits),
        "actions": _actions(foundation.actions.get(symbol)),
    }
    if not window:
        del found["window"]
    if data._around.extended_hours:
        rows = data._present.rows
        extended = rows.today[symbol, rows.finest(symbol)].extended
        found["extended"] = _columns(extended.take(extended.known_at <= data._present.now_ns), tz, columns)
    if columns:
        found |= _stored(symbol, foundation, data, today, before)
    return found


def _bars(bars: ShownBars, tz: str, columns: bool) -> dict[str, Any]:
    view = bars.view
    found: dict[str, Any] = {} if bars.stream is None else {"action": bars.stream.action}
    found |= {"base": str(bars.base), "as_stored": bars.as_stored, "rows": len(view), "coverage": view.coverage}
    found["unadjusted"] = _splits(view.unadjusted)
    if columns:
        gaps = view.gaps
        stamps = {name: plain_stamps(gaps[name].dt.as_unit("ns").astype("int64").to_numpy(), tz) for name in ("start", "end")}
        found |= {"columns": plain_rows(bars.rows, BAR_COLUMNS, tz), "gaps": {**stamps, "count": gaps["count"].tolist()}}
    return found


def _quotes(frame: pd.DataFrame, tz: str) -> dict[str, Any]:
    stamps = plain_stamps(frame.index.as_unit("ns").asi8, tz)  # type: ignore[attr-defined]  # it is a DatetimeIndex
    numbers = {name: plain_numbers(frame[name].to_numpy()) for name in QUOTE_COLUMNS}
    return {"timestamp": stamps, **numbers, "flag": frame["flag"].tolist(), "source": frame["source"].tolist()}


def _indicator(view: IndicatorView, tz: str, window: bool, columns: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"recipe": _recipe(view.recipe), "interval": str(view.interval), "rows": len(view)}
    last = view.last
    found["last"] = plain_number(last) if isinstance(last, float) else {k: plain_number(v) for k, v in last._asdict().items()}
    found |= {"ready": view.ready, "complete": view.complete, "why": view.why, "unadjusted": _splits(view.unadjusted)}
    if columns:
        parts = {"columns": view} | ({"window": view.history} if window else {})
        found |= {name: _outputs(part, tz) for name, part in parts.items()}
    return found


def _outputs(view: IndicatorView, tz: str) -> dict[str, Any]:
    cut, n = view._now()
    start = cut.series.columns.start[cut.before : cut.before + n]
    return {"start": plain_stamps(start, tz), **{name: plain_numbers(array[:n]) for name, array in cut.arrays.items()}}


def _recipe(recipe: Recipe) -> dict[str, Any]:
    """What makes the same recipe again; a function of the user's own is named alone."""
    if isinstance(recipe, TableRecipe):
        return {"name": recipe.name, "params": dict(recipe.params), "field": recipe.field}
    return {"function": str(recipe)}


def _historical(view: Any, columns: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        name: [str(date) for date in getattr(view, name)] for name in ("dates", "skipped", "absent", "incomplete")
    }
    facts |= {"why": view.why, "unadjusted": _splits(view.unadjusted)}
    by_minute = isinstance(view, TrailingMinutes)
    value = plain_number(view.now if by_minute else view.value)
    if by_minute and not columns:
        return {"value": value, **facts}
    values = view.values if by_minute else view.series.to_numpy()
    return {"value": value, "values": plain_numbers(values), "counts": view.counts.tolist(), **facts}


def _stored(
    symbol: str, foundation: Foundation, data: SessionData, today: list[ShownBars], before: list[ShownBars]
) -> dict[str, Any]:
    """Rows by interval and date that are not among the bars shown, and those off the hours."""
    rows = data._present.rows
    shown = {(bars.base, rows.session.date) for bars in today if bars.as_stored}
    for bars in before:
        if bars.as_stored:
            shown |= {(bars.base, session.date) for session in rows.window_of(symbol, bars.view.interval).sessions}
    stored: dict[str, Any] = {}
    off_session: dict[str, Any] = {}
    for (of, base), days in foundation.days.items():
        for day in days if of == symbol else ():
            _put(stored, base, day, day.corrected if (base, day.date) in shown else _whole(day), rows.session.tz)
            _put(off_session, base, day, day.off_session, rows.session.tz)
    return {"stored": stored, "off_session": off_session}


def _whole(day: KnownDay) -> Rows:
    return Rows.join([day.told, day.corrected])


def _put(into: dict[str, Any], base: Interval, day: KnownDay, rows: Rows, tz: str) -> None:
    if rows.size:
        into.setdefault(str(base), {})[str(day.date)] = plain_rows(rows, BAR_COLUMNS, tz)


def _columns(rows: Rows, tz: str, columns: bool) -> dict[str, Any]:
    return plain_rows(rows, BAR_COLUMNS, tz) if columns else {"rows": rows.size}


def _session(session: TradingSession, calendar: str) -> dict[str, Any]:
    spans = [[plain_stamp(edge, session.tz) for edge in span] for span in session.spans]
    return {
        "date": str(session.date),
        "open": spans[0][0],
        "close": spans[-1][1],
        "breaks": [[a[1], b[0]] for a, b in pairwise(spans)],
        "early_close": session.is_early_close,
        "tz": session.tz,
        "calendar": calendar,
    }


def _plan(plan: StreamPlan) -> dict[str, Any]:
    return {
        "streams": plan.frame().to_dict("records"),
        "windows": plan.windows_frame().to_dict("records"),
        "dropped": list(plan.dropped),
        "notes": list(plan.notes),
    }


def _available(stored: Stored) -> dict[str, Any]:
    return {"intervals": dict(stored.intervals), "quotes": stored.quotes}


def _splits(splits: Iterable[Split]) -> list[dict[str, Any]]:
    return [{"ex_date": str(split.ex_date), "ratio": split.ratio} for split in splits]


def _actions(actions: Actions | None) -> dict[str, Any] | None:
    if actions is None:
        return None
    paid = [{"ex_date": str(one.ex_date), "amount": one.amount, "close": one.close} for one in actions.dividends]
    return {"splits": _splits(actions.splits), "dividends": paid}
