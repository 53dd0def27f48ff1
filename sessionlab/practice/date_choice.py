"""Which other dates a stretch of sessions is told on: real ones of the same calendar, drawn by the dice.

The hours of each session are the same, and where that leaves a choice the days of the week of those that are played, and how many
sessions a window of weeks, months or years holds. Where no stretch of the calendar has the same hours, one that differs least
takes the hours of the truth.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from sessionlab.engine.windows import reach_of
from sessionlab.errors import ConfigError
from sessionlab.practice.other_dates import OtherDates, OtherHours
from sessionlab.session.plan import Window
from sessionlab.tape.block import Int64s
from sessionlab.timing import SessionTable, TimeManager

LAST = dt.date(2024, 12, 31)
"""Told dates are no later, where the calendar allows it: a calendar that grows with the years gives the same dates for a seed."""
APART = 20
"""Sessions by which told dates differ from true ones at least."""
_LOOKED_AT = 200


def choose_dates(
    times: TimeManager, played: SessionTable, windows: Sequence[Window], dice: np.random.Generator
) -> tuple[OtherDates, TimeManager]:
    """Other dates for the sessions ``played`` and those that ``windows`` reach, and the calendar that has them.

    Raises :class:`ConfigError` where the calendar is too short to hide a date in.
    """
    every = times.get_sessions(times.first_date, times.last_date)
    begin: dt.date = played.date[0].item()
    here = int(every.date.searchsorted(played.date[0]))
    reaches = [reach for window in windows if len(reach := reach_of(window, begin, times))]
    depth = max((here - int(every.date.searchsorted(reach.date[0])) for reach in reaches), default=0)
    first, length = here - depth, depth + len(played)
    starts = _alike(every, first, length, depth)
    for start in dice.permutation(starts)[:_LOOKED_AT].tolist():
        date = every.date[start + depth].item()
        if all(len(reach_of(window, date, times)) == len(reach_of(window, begin, times)) for window in windows):
            break
    else:
        start = int(dice.choice(starts))
    true, told = every[first : first + length], every[start : start + length]
    if (_shapes(true) == _shapes(told)).all():
        return OtherDates(true, told, depth), times
    told = _with_hours(told, true)
    return OtherDates(true, told, depth), OtherHours(times, told)


def _alike(every: SessionTable, first: int, length: int, depth: int) -> Int64s:
    """Where stretches of ``length`` sessions begin that are most like the one at ``first``."""
    _, codes = np.unique(_shapes(every), axis=0, return_inverse=True)
    early = int(every.date.searchsorted(np.datetime64(LAST), "right"))
    past = early if early - length > 2 * APART else len(every)
    starts = np.arange(max(past - length + 1, 0))
    starts = starts[np.abs(starts - first) >= APART]
    if not len(starts):
        raise ConfigError(
            f"the calendar has {len(every)} sessions, too few to hide {length} of them; practice fewer sessions, or with "
            "shorter windows",
            sessions=len(every),
        )
    week = every.date.astype(np.int64) % 7
    others = sliding_window_view(codes.ravel(), length)[starts] != codes.ravel()[first : first + length]
    days = sliding_window_view(week, length)[starts, depth:] != week[first + depth : first + length]
    unlike = np.column_stack([others[:, depth:].sum(axis=1), others.sum(axis=1), days.sum(axis=1)])
    least = np.array(min(map(tuple, unlike.tolist())))
    return np.asarray(starts[(unlike == least).all(axis=1)])


def _shapes(sessions: SessionTable) -> Int64s:
    """The hours of each session: the open on the exchange's clock, then all by the distance to it. Shape (sessions, 5)."""
    clock = pd.DatetimeIndex(sessions.open.view("M8[ns]")).tz_localize("UTC").tz_convert(sessions.tz).tz_localize(None)
    opens = clock.as_unit("ns").asi8 - sessions.date.astype("M8[ns]").astype(np.int64)
    spans = [getattr(sessions, name) - sessions.open for name in ("close", "break_start", "break_end")]
    return np.column_stack([opens, *spans, sessions.early.astype(np.int64)])


def _with_hours(told: SessionTable, true: SessionTable) -> SessionTable:
    """The dates of ``told`` with the hours of ``true``."""
    shapes = _shapes(true)
    clock = pd.DatetimeIndex((told.date.astype("M8[ns]").astype(np.int64) + shapes[:, 0]).view("M8[ns]"))
    opens = clock.tz_localize(told.tz, ambiguous=np.ones(len(clock), dtype=bool), nonexistent="shift_forward")
    instants = opens.tz_convert("UTC").tz_localize(None).as_unit("ns").asi8
    close, break_start, break_end = (instants + shapes[:, i] for i in (1, 2, 3))
    return SessionTable(told.date, instants, close, break_start, break_end, true.early, told.tz)
