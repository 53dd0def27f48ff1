"""When each row of a user's own table became known: by its stamps, and by how they are labelled.

A row stamped by the start of its bar is known at the end of it, one stamped by its end is known then, and one of a whole day at
that day's close. Which of them it is, the rows tell that stand in the source too, else stamps at the open and at the close; where
neither does, a row counts as known from its stamp on, so that nothing is called a look-ahead that might not be one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.sources.column_names import KNOWN_AT, plain_name
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import SessionTable

DAY_NS = 86_400 * 10**9


class Stood(NamedTuple):
    """The rows of one symbol's base in the whole run: ``start`` and ``known_at`` of shape (rows,), ``values`` of (5, rows)."""

    symbol: str
    start: Int64s
    known_at: Int64s
    values: Float64s


def known_at(table: pd.DataFrame | pd.Series[Any], sessions: SessionTable, stood: Sequence[Stood]) -> Int64s | None:
    """When each row of ``table`` became known, ns UTC, shape (rows,); None where it has no stamps."""
    tz = sessions[0].tz
    if isinstance(table, pd.DataFrame):
        named = [name for name in table.columns if plain_name(str(name)) == KNOWN_AT and _is_stamps(table[name])]
        if named:
            return _instants(pd.DatetimeIndex(table[named[0]]), tz)
    stamps = _stamps(table, tz)
    return None if stamps is None or len(stamps) == 0 else _known(stamps, table, sessions, stood)


def _known(stamps: Int64s, table: pd.DataFrame | pd.Series[Any], sessions: SessionTable, stood: Sequence[Stood]) -> Int64s:
    tz = sessions[0].tz
    apart = np.diff(np.unique(stamps))
    width = int(np.median(apart)) if len(apart) else 0
    local = pd.DatetimeIndex(stamps.view("M8[ns]")).tz_localize("UTC").tz_convert(tz)
    if (width == 0 or width >= DAY_NS // 2) and bool((local.normalize() == local).all()):
        return _closes(np.asarray(local.date), sessions)
    starts = _is_start(stamps, table, sessions, stood, width)
    if not starts:
        return stamps
    at = np.clip(sessions.open.searchsorted(stamps, "right") - 1, 0, len(sessions) - 1)
    close = sessions.close[at]
    inside = (stamps >= sessions.open[at]) & (stamps < close)
    return np.where(inside, np.minimum(stamps + width, close), stamps + width)


def _is_start(
    stamps: Int64s, table: pd.DataFrame | pd.Series[Any], sessions: SessionTable, stood: Sequence[Stood], width: int
) -> bool:
    """Whether stamps are starts of bars, as far as that can be told."""
    by_rows = _told_by_rows(stamps, table, stood)
    if by_rows is not None:
        return by_rows
    at_open, at_close = bool(np.isin(stamps, sessions.open).any()), bool(np.isin(stamps, sessions.close).any())
    return at_open and not at_close


def _told_by_rows(stamps: Int64s, table: pd.DataFrame | pd.Series[Any], stood: Sequence[Stood]) -> bool | None:
    """Whether rows of the source with that start, or with that end, have the same numbers; None where there is none."""
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    numbers = [frame.iloc[:, i].to_numpy(dtype=float, na_value=np.nan) for i in range(frame.shape[1]) if _is_floats(frame, i)]
    for rows in stood:
        for instants, is_start in ((rows.start, True), (rows.known_at, False)):
            at = np.clip(instants.searchsorted(stamps), 0, len(instants) - 1)
            there = np.flatnonzero(instants[at] == stamps)[:1000] if len(instants) else np.empty(0, np.intp)
            if len(there) >= 5:
                same = [(rows.values[:, at[there]] == column[there]).mean(axis=1).max() for column in numbers]
                if same and max(same) > 0.9:
                    return is_start
    return None


def _stamps(table: pd.DataFrame | pd.Series[Any], tz: str) -> Int64s | None:
    index = table.index
    if isinstance(index, pd.MultiIndex):
        levels = [index.get_level_values(i) for i in range(index.nlevels)]
        found = next((level for level in levels if isinstance(level, pd.DatetimeIndex)), None)
        return None if found is None else _instants(found, tz)
    if isinstance(index, pd.DatetimeIndex):
        return _instants(index, tz)
    if len(index) and index.dtype == object and isinstance(index[0], dt.date):
        return _instants(pd.DatetimeIndex(pd.to_datetime(index)), tz)
    if isinstance(table, pd.DataFrame):
        for i in range(table.shape[1]):
            if _is_stamps(table.iloc[:, i]):
                return _instants(pd.DatetimeIndex(table.iloc[:, i]), tz)
    return None


def _instants(index: pd.DatetimeIndex, tz: str) -> Int64s:
    index = index.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward") if index.tz is None else index
    return index.as_unit("ns").asi8


def _closes(dates: Any, sessions: SessionTable) -> Int64s:
    """The close of each date, and the end of the day where it has none in the run."""
    close = dict(zip(sessions.date.tolist(), sessions.close.tolist(), strict=True))
    tz = sessions[0].tz
    ends = {date: close.get(date) or (pd.Timestamp(date, tz=tz) + pd.Timedelta(days=1)).value for date in set(dates.tolist())}
    return np.array([ends[date] for date in dates.tolist()], dtype=np.int64)


def _is_stamps(column: pd.Series[Any]) -> bool:
    return column.dtype.kind == "M" or isinstance(column.dtype, pd.DatetimeTZDtype)


def _is_floats(frame: pd.DataFrame, i: int) -> bool:
    return frame.dtypes.iloc[i].kind in "fi"
