"""Data that a strategy holds beside what ``ctx`` shows: frames, arrays and dicts that its code reaches, with another future too.

A frame is cut by its stamps. An array is cut where it is a stretch of a column of the source, or has a row for each of the
run's bars of a symbol. What an array of another length was made from cannot be told: it is named as unseen.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.proof.cut_frames import cut_array, cut_frame, cut_series
from sessionlab.proof.cut_rows import Way
from sessionlab.proof.reach import Place
from sessionlab.proof.stamped import Stood, known_at
from sessionlab.tape.block import Int64s
from sessionlab.timing import SessionTable

FEW = 20
"""An array of fewer numbers is no data."""

_ALWAYS, _NEVER = np.int64(-(2**62)), np.int64(2**62)

Cut = Callable[[int, Way], Any]


class Held(NamedTuple):
    """A thing that holds data, at ``place``; ``cut(cut_ns, way)`` gives it another future; ``how`` its rows are dated."""

    place: Place
    cut: Cut
    how: str


class Holdings(NamedTuple):
    """What is held, and the names of what may be data but cannot be dated."""

    held: list[Held]
    unseen: list[str]

    @contextmanager
    def changed(self, cut_ns: int, way: Way, only: str | None = None) -> Iterator[None]:
        """While entered each stands there with another future; ``only`` the one at that path, if it is given."""
        made: dict[int, Any] = {}
        chosen = [one for one in self.held if only is None or one.place.path == only]
        try:
            for one in chosen:
                key = id(one.place.value)
                if key not in made:
                    made[key] = one.cut(cut_ns, way)
                one.place.put(made[key])
            yield
        finally:
            for one in reversed(chosen):
                one.place.put(one.place.value)


def held_in(places: Sequence[Place], sessions: SessionTable, stood: Sequence[Stood], trusted: Sequence[str] = ()) -> Holdings:
    """The data that stands at ``places``, without what ``trusted`` names (patterns as in ``*.flags``)."""
    held: list[Held] = []
    unseen: list[str] = []
    for place in places:
        if any(fnmatch(place.path, pattern) or place.path.rpartition(".")[2] == pattern for pattern in trusted):
            continue
        found = _dated(place.value, sessions, stood)
        if found is not None:
            held.append(Held(place, *found))
        elif _array(place.value) is not None and len(place.value) > FEW:
            unseen.append(place.path)
    return Holdings(held, unseen)


def cut_of(value: Any, sessions: SessionTable, stood: Sequence[Stood]) -> Cut | None:
    """How to give data of a user's another future; None where it cannot be dated."""
    found = _dated(value, sessions, stood)
    return None if found is None else found[0]


def _dated(value: Any, sessions: SessionTable, stood: Sequence[Stood]) -> tuple[Cut, str] | None:
    table = _table(value)
    if table is not None:
        frame, back = table
        known = known_at(frame, sessions, stood) if len(frame) else None
        if known is not None:
            stamps = known

            def cut(cut_ns: int, way: Way) -> Any:
                later = stamps > cut_ns
                if not later.any():
                    return value
                change: Any = cut_series if isinstance(frame, pd.Series) else cut_frame
                return back(change(frame, later, cut_ns, way))

            return cut, "by its stamps"
        kinds = [frame.dtype] if isinstance(frame, pd.Series) else list(frame.dtypes)
        array = frame.to_numpy() if all(kind.kind in "bif" for kind in kinds) else None
    else:
        back = None
        array = _array(value)
    if array is None or array.ndim == 0 or len(array) < FEW:
        return None
    found = _aligned(array, stood)
    if found is None:
        return None
    dated, how = found

    def cut_rows(cut_ns: int, way: Way) -> Any:
        later = dated > cut_ns
        if not later.any():
            return value
        if table is not None and back is not None:
            change: Any = cut_series if isinstance(table[0], pd.Series) else cut_frame
            return back(change(table[0], later, cut_ns, way))
        other = cut_array(array, later, cut_ns, way)
        return other if isinstance(value, np.ndarray) else type(value)(other.tolist())

    return cut_rows, how


def _table(value: Any) -> tuple[pd.DataFrame | pd.Series[Any], Callable[[Any], Any]] | None:
    """``value`` as a frame or Series of pandas, and how to make of one what it was."""
    if isinstance(value, (pd.DataFrame, pd.Series)):
        return value, lambda made: made
    if isinstance(value, dict) and len(value) >= FEW and _is_stamp(next(iter(value))):
        keys = list(value)
        if all(isinstance(one, (int, float, np.number)) for one in value.values()):
            index = pd.DatetimeIndex(pd.to_datetime(keys))
            by_stamp = dict(zip(index.tolist(), keys, strict=True))
            return pd.Series(list(value.values()), index), lambda made: {by_stamp[at]: one for at, one in made.to_dict().items()}
        return None
    for name, to_pandas, back in (("polars", "to_pandas", "from_pandas"), ("pyarrow", "to_pandas", "Table")):
        module = sys.modules.get(name)
        kind = None if module is None else getattr(module, "DataFrame" if name == "polars" else "Table", None)
        if module is not None and kind is not None and isinstance(value, kind):
            made_of = module.from_pandas if back == "from_pandas" else module.Table.from_pandas
            return getattr(value, to_pandas)(), made_of
    return None


def _array(value: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "bif" and value.ndim else None
    if isinstance(value, (list, tuple)) and len(value) >= FEW and all(isinstance(one, (int, float, np.number)) for one in value):
        return np.asarray(value)
    return None


def _aligned(array: np.ndarray[Any, Any], stood: Sequence[Stood]) -> tuple[Int64s, str] | None:
    """When each row of ``array`` became known, and how that is told; None where it cannot be."""
    columns = array.reshape(len(array), -1)
    for rows in stood:
        for i in range(min(columns.shape[1], 16)):
            known = _found(columns[:, i], rows)
            if known is not None:
                return known, f"as bars of {rows.symbol}"
    for rows in stood:
        if len(array) == len(rows.known_at):
            return rows.known_at, f"as it is as long as the bars of {rows.symbol}"
    return None


def _found(numbers: np.ndarray[Any, Any], rows: Stood) -> Int64s | None:
    """When each of ``numbers`` became known, where they are a stretch of a column of ``rows``, or hold all of one."""
    for column in rows.values:
        inner, outer = (numbers, column) if len(numbers) <= len(column) else (column, numbers)
        if len(inner) < FEW:
            return None
        for at in np.flatnonzero(outer[: len(outer) - len(inner) + 1] == inner[0]).tolist():
            if not bool((outer[at : at + len(inner)] == inner).all()):
                continue
            if inner is numbers:
                return rows.known_at[at : at + len(numbers)]
            early, late = np.full(at, _ALWAYS), np.full(len(numbers) - at - len(column), _NEVER)
            return np.concatenate([early, rows.known_at, late])
    return None


def _is_stamp(key: Any) -> bool:
    return isinstance(key, (dt.datetime, dt.date, np.datetime64))
