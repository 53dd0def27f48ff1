"""Whether a series has any row in some sessions: told from names and footers, and at most the stamps of one column."""

from __future__ import annotations

import numpy as np

from sessionlab.sources.parquet_file import RowFile
from sessionlab.sources.store_layout import Shelf, names_for
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
