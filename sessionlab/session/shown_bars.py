"""Which bars an export shows: of each symbol the planned intervals today, and before today those and the windows' own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sessionlab.session.bars import BarView
from sessionlab.session.data import SessionData
from sessionlab.session.foundation import Foundation
from sessionlab.session.plan import Stream
from sessionlab.tape import Rows
from sessionlab.timing import Interval


class ShownBars(NamedTuple):
    """What ``view`` shows of today, or of the window. ``as_stored``: but for repaired ones they are the rows of the store."""

    view: BarView
    base: Interval
    as_stored: bool
    stream: Stream | None

    @property
    def rows(self) -> Rows:
        """The bars known now."""
        cut, n = self.view._now()
        return cut.rows.take(slice(0, n))


def bars_today(data: SessionData, symbol: str) -> Iterator[ShownBars]:
    """Today's bars of the planned intervals of ``symbol``, from short to long."""
    rows = data._present.rows
    for stream in rows.plan.bars(symbol):
        interval = stream.interval
        base = rows.base_tape(symbol, interval).interval
        yield ShownBars(data[symbol].bars(interval), base, base == interval, stream)


def bars_before(data: SessionData, symbol: str, foundation: Foundation) -> Iterator[ShownBars]:
    """The bars of the windows of ``symbol``, from short to long: of planned intervals, and of those that only a window has."""
    rows = data._present.rows
    of_windows = {interval for of, interval in rows.windows if of == symbol}
    for interval in sorted({*of_windows, *map(Interval.parse, data[symbol].intervals)}, key=lambda interval: interval.rank):
        window = rows.window_of(symbol, interval)
        if not window.sessions:
            continue
        dates = [session.date for session in window.sessions]
        plain = window.base == interval and window.spans is None
        as_stored = plain and not foundation.is_adjusted(symbol, dates, rows.session.date)
        yield ShownBars(data[symbol].bars(interval).history, window.base, as_stored, None)
