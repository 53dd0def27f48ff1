"""Whether a series has any row in some sessions, and between which dates all of them lie.

It is told from names and footers, and at most the stamps of one column.
"""

from __future__ import annotations

import calendar
import datetime as dt

import numpy as np

from sessionlab.sources.parquet_file import RowFile
from sessionlab.sources.store_layout import SUFFIX, Shelf, names_for
from sessionlab.sources.trading_day import DAY_NS, number_daily
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, Int64s
from sessionlab.timing import Interval, SessionTable


def any_row(shelf: Shelf, sessions: SessionTable, interval: Interval | None) -> bool:
    """Whether any bar of ``interval``, or without one any quote, lies in the trading hours of ``sessions``."""
    for name, first, last in _named(shelf.names(), sessions):
        file = RowFile(shelf.path(name), QUOTE_COLUMNS if interval is None else BAR_COLUMNS)
        if _holds(file, sessions[first:last], interval):
            return True
    return False


def outer_dates(shelf: Shelf) -> tuple[dt.date, dt.date] | None:
    """Dates between which all bars of a series lie, None where it has no file. Some at either end may be empty."""
    found = [_outer_dates(shelf, name) for name in shelf.names()]
    spans = [span for span in found if span is not None]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


def _outer_dates(shelf: Shelf, name: str) -> tuple[dt.date, dt.date] | None:
    if name != "":
        year, *rest = map(int, name.removesuffix(SUFFIX).split("-"))
        if len(rest) == 2:
            return dt.date(year, *rest), dt.date(year, *rest)
        first, last = (rest[0], rest[0]) if rest else (1, 12)
        return dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1])
    file = RowFile(shelf.path(name), BAR_COLUMNS)
    bounds = [bound if bound is not None else _ends(file.stamps(group)) for group, bound in enumerate(file.bounds())]
    known = [bound for bound in bounds if bound is not None]
    return dates_around(min(a for a, _ in known), max(b for _, b in known)) if known else None


def dates_around(first_ns: int, last_ns: int) -> tuple[dt.date, dt.date]:
    """The dates from the day before ``first_ns`` to the day after ``last_ns`` (ns UTC): in any zone both lie in them."""
    epoch = dt.date(1970, 1, 1).toordinal()
    return dt.date.fromordinal(epoch + first_ns // DAY_NS - 1), dt.date.fromordinal(epoch + last_ns // DAY_NS + 1)


def _ends(stamps: Int64s) -> tuple[int, int] | None:
    return (int(stamps.min()), int(stamps.max())) if len(stamps) else None


def _named(there: list[str], sessions: SessionTable) -> list[tuple[str, int, int]]:
    """The files that may hold rows of ``sessions``, with the range of those that they may hold."""
    found: dict[str, tuple[int, int]] = {}
    known = set(there)
    every = zip(sessions.date.tolist(), sessions.open.tolist(), sessions.close.tolist(), strict=True)
    for at, session in enumerate(every):
        for name in names_for(*session):
            if name in known:
                found[name] = (found.get(name, (at, at))[0], at + 1)
    return [(name, first, last) for name, (first, last) in found.items()]


def _holds(file: RowFile, sessions: SessionTable, interval: Interval | None) -> bool:
    for group, bound in enumerate(file.bounds()):
        if interval is not None and not interval.is_intraday:
            lo, hi = int(sessions.open[0]) - DAY_NS, int(sessions.close[-1]) + DAY_NS
            near = bound is None or (bound[0] <= hi and bound[1] >= lo)
            if near and (number_daily(file.stamps(group), sessions) >= 0).any():
                return True
            continue
        if bound is not None:
            if _in_hours(np.array(bound), sessions):
                return True
            at = int(sessions.close.searchsorted(bound[0], "right"))  # the first session that ends after it
            if at == len(sessions) or sessions.open[at] > bound[1]:
                continue
        if _in_hours(file.stamps(group), sessions):
            return True
    return False


def _in_hours(stamps: Int64s, sessions: SessionTable) -> bool:
    at = sessions.open.searchsorted(stamps, "right") - 1
    return bool(((at >= 0) & (stamps < sessions.close[at])).any())
