"""Which bars of the window are there, day by day, as known at today's open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sessionlab.derive.buckets import Grid
from sessionlab.derive.coverage import complete_buckets, presence
from sessionlab.session.session_rows import SessionRows
from sessionlab.session.windows import WindowBlocks
from sessionlab.tape import Rows, told
from sessionlab.tape.block import Bools
from sessionlab.timing import Interval, TradingSession


class WindowDay(NamedTuple):
    """Which expected bars of one ``session`` of a window are there and, if made of shorter ones, complete.

    ``repaired`` are those that would not be there as stored, None where there are none. A bar of several sessions
    counts as one long session, with the date of its last one.
    """

    session: TradingSession
    there: Bools
    repaired: Bools | None = None


def window_days(rows: SessionRows, symbol: str, interval: Interval) -> list[WindowDay]:
    """What is there of the window of ``interval`` bars, from old to new."""
    window = rows.window_of(symbol, interval)
    width = interval if window.spans is None else Interval.parse("1d")
    days = [WindowDay(session, *_of_day(known, session, width, window.base)) for session, known in _known(rows, window)]
    return days if window.spans is None else list(_of_spans(window.spans, days))


def _known(rows: SessionRows, window: WindowBlocks) -> Iterator[tuple[TradingSession, Rows]]:
    for session, block in zip(window.sessions, window.blocks, strict=True):
        yield session, block.rows if block.on_time else told(block.rows, rows.session.open_ns)


def _of_day(known: Rows, session: TradingSession, interval: Interval, base: Interval) -> tuple[Bools, Bools | None]:
    there = _there(known, session, interval, base)
    if known.repaired is None or not known.repaired.any():
        return there, None
    return there, there & ~_there(known.take(~known.repaired), session, interval, base)


def _there(known: Rows, session: TradingSession, interval: Interval, base: Interval) -> Bools:
    total = session.expected(base)
    there = presence(session.positions(known.start, base), total, total)
    return there if base == interval else complete_buckets(there, Grid.of([session], interval, base).expected)


def _of_spans(spans: Grid, days: list[WindowDay]) -> Iterator[WindowDay]:
    """A bar of several sessions is there where each of them is."""
    for start, end in zip(spans.start.tolist(), spans.end.tolist(), strict=True):
        inside = [day for day in days if start <= day.session.open_ns < end]
        there = all(day.there.all() for day in inside)
        mended = there and any(day.repaired is not None for day in inside)
        last = inside[-1].session
        yield WindowDay(TradingSession(last.date, start, end, last.tz), np.array([there]), np.array([True]) if mended else None)
