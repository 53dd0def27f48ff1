"""The prior close: the last close of the session before, a level that a day is read against."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.session.bars import BarView
from sessionlab.session.data import SessionData
from sessionlab.timing import Interval


def prior_close(data: SessionData, symbol: str, width: Interval) -> tuple[float | None, str]:
    """The last close of the session before, from the longest window that ends with it; or why it is left out."""
    if not width.is_intraday:
        return None, ""
    for history in windows_before(data, symbol):
        sessions = data._present.rows.window_of(symbol, history.interval).sessions
        last = history.last
        if last is None or not sessions or last.start.value < sessions[-1].open_ns:
            continue
        jump = next((split for split in history.unadjusted if split.ex_date == data.session.date), None)
        if jump is not None:
            return None, f"prior close left out, as it is not adjusted for {jump}"
        return last.close, ""
    return None, ""


def windows_before(data: SessionData, symbol: str) -> Iterator[BarView]:
    """The windows that may tell it, from the longest bars on."""
    windows = data._present.rows.windows
    widths = {of for one, of in windows if one == symbol and (of.is_intraday or str(of) == "1d")}
    return (data[symbol].bars(of).history for of in sorted(widths, reverse=True))
