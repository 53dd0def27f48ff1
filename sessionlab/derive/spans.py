"""Bars longer than one session, of the window alone: made of the days before today, whole spans only.

``w`` are calendar weeks from Monday on; the one that today lies in has not ended and makes no bar. ``d`` are counted back from
today: the newest ``5d`` bar holds the five sessions before it. Of several weeks too, the newest bar holds the latest ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from sessionlab.derive.buckets import NO_BUCKETS, Grid, longer_bars
from sessionlab.derive.longer import WindowOf, made_window
from sessionlab.tape import DayBlock, Rows
from sessionlab.tape.block import Int64s
from sessionlab.tape.tape import window_rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession

DAY = Interval.parse("1d")


def sessions_of_spans(times: TimeManager, today: dt.date, days: int, interval: Interval) -> SessionTable:
    """The ``days`` sessions before ``today``, and as many more as make the oldest span of ``interval`` a whole one.

    Raises :class:`CalendarError` where the calendar has fewer than ``days``.
    """
    trailing = times.get_trailing_sessions(today, days)
    if interval.unit == "d":
        return times.get_sessions_lately(today, -(-days // interval.count) * interval.count)
    oldest = int(_numbers(trailing, today, interval)[0])
    monday = today - dt.timedelta(days=today.weekday() + 7 * interval.count * oldest)
    if not oldest or monday < times.first_date:
        return trailing
    return times.get_sessions(monday, today - dt.timedelta(days=1))


def span_grid(sessions: SessionTable, today: dt.date, interval: Interval) -> Grid:
    """The spans of ``interval`` in ``sessions``, which end before ``today``; ``expected`` counts sessions."""
    numbers = _numbers(sessions, today, interval)
    first = np.flatnonzero(np.diff(numbers, prepend=-1))
    if not len(first):
        return NO_BUCKETS
    past = np.append(first[1:], len(numbers))
    ended = numbers[first] > 0
    first, past = first[ended], past[ended]
    return Grid(sessions.open[first], sessions.close[past - 1], past - first)


def span_window(
    blocks: Sequence[DayBlock], sessions: Sequence[TradingSession], base: Interval, incomplete: str, grid: Grid
) -> WindowOf:
    """A window of bars of ``grid``, made of days that are stored, or made of ``base`` themselves."""
    days = window_of_days(blocks, sessions, base, incomplete)
    return lambda at_ns: span_bars(days(at_ns), grid, incomplete)


def window_of_days(blocks: Sequence[DayBlock], sessions: Sequence[TradingSession], base: Interval, incomplete: str) -> WindowOf:
    """A window of days: as stored, or one per session of ``sessions`` made of ``base`` blocks."""
    if base == DAY:
        return lambda at_ns: window_rows(blocks, at_ns)
    return made_window(blocks, sessions, DAY, base, incomplete)


def span_bars(days: Rows, grid: Grid, incomplete: str) -> Rows:
    """Bars of ``grid`` made of ``days``; one is complete where every session of it is there, and complete itself."""
    days = days.take(days.start < (grid.end[-1] if len(grid.end) else 0))
    made = longer_bars(days, grid)
    if days.complete is None or not days.size:
        complete = made.complete
    else:
        whole = np.bincount(grid.bucket_of(days.start[days.complete]), minlength=len(grid.start))
        complete = (whole == grid.expected)[grid.bucket_of(made.start)]
    made = made._replace(complete=complete)
    return made if incomplete == "build" or complete is None else made.take(complete)


def _numbers(sessions: SessionTable, today: dt.date, interval: Interval) -> Int64s:
    """Of each session before ``today`` the number of its span, counted back from 1; 0 in the week of ``today``."""
    if interval.unit == "d":
        return np.arange(len(sessions) - 1, -1, -1) // interval.count + 1
    monday = np.datetime64(today) - today.weekday()
    weeks = -(-(monday - sessions.date).astype(np.int64) // 7)  # 1 to 7 days before a Monday lie in the week before it
    return np.asarray((weeks + interval.count - 1) // interval.count, dtype=np.int64)
