"""Frames with another future: rows that became known after a cut are made other ones, as those of a source are.

A column whose numbers are all above zero is taken for prices or volumes, and changed in proportion; any other is moved by three
standard deviations, or its signs are turned. Flags are set, cleared or turned; texts are put in another order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sessionlab.proof.cut_rows import PRICE_FACTOR, VOLUME_FACTOR, Way, order_of
from sessionlab.sources.column_names import plain_name

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def cut_frame(frame: pd.DataFrame, later: Mask, cut_ns: int, way: Way) -> pd.DataFrame:
    """A copy of ``frame`` with the rows changed that ``later``, shape (rows,), names."""
    if way == "removed":
        return frame[~later]
    made = {i: _changed(str(name), frame.iloc[:, i], later, cut_ns, way) for i, name in enumerate(frame.columns)}
    other = pd.DataFrame(made, index=frame.index)
    other.columns = frame.columns
    if way == "replaced":
        plain = [plain_name(str(name)) for name in frame.columns]
        if "high" in plain and "low" in plain:
            high, low = plain.index("high"), plain.index("low")
            tops = np.maximum(other.iloc[:, high], other.iloc[:, low])
            other.iloc[:, low] = np.minimum(other.iloc[:, high], other.iloc[:, low])
            other.iloc[:, high] = tops
    return other


def cut_series(series: pd.Series[Any], later: Mask, cut_ns: int, way: Way) -> pd.Series[Any]:
    """The same of a Series."""
    if way == "removed":
        return series[~later]
    return pd.Series(_changed(str(series.name), series, later, cut_ns, way), index=series.index, name=series.name)


def cut_array(array: np.ndarray[Any, Any], later: Mask, cut_ns: int, way: Way) -> np.ndarray[Any, Any]:
    """The same of an array whose first axis are the rows."""
    if way == "removed":
        return array[~later]
    flat = array.reshape(len(array), -1)
    columns = [_changed("", pd.Series(flat[:, i]), later, cut_ns, way) for i in range(flat.shape[1])]
    return np.stack([np.asarray(column) for column in columns], axis=1).reshape(array.shape).astype(array.dtype)


def _changed(name: str, column: pd.Series[Any], later: Mask, cut_ns: int, way: Way) -> Any:
    """The column with its later values changed."""
    kind = column.dtype.kind
    if kind not in "bif":
        values = column.to_numpy(copy=True)
        if kind == "O" and way == "replaced":
            values[later] = values[later][order_of(int(later.sum()), cut_ns)]
        return pd.Series(values, index=column.index, dtype=column.dtype)
    values = column.to_numpy(dtype=float, na_value=np.nan)
    some = values[later]
    if kind == "b":
        other = np.full(len(some), way == "raised", dtype=float) if way != "replaced" else 1.0 - some
    elif np.nanmin(values, initial=np.inf) > 0:
        other = _in_proportion(name, values, some, later, way)
    else:
        spread = float(np.nanstd(values)) if np.isfinite(values).any() else 0.0
        other = -some if way == "replaced" else some + (3 if way == "raised" else -3) * (spread or 1.0)
    values = values.copy()
    values[later] = other[order_of(len(other), cut_ns)] if way == "replaced" else other
    whole = np.rint(values) if kind == "i" else values
    return pd.Series(whole, index=column.index).astype(column.dtype)


def _in_proportion(
    name: str, values: np.ndarray[Any, Any], some: np.ndarray[Any, Any], later: Mask, way: Way
) -> np.ndarray[Any, Any]:
    if way == "replaced":
        known = values[~later]
        anchor = known[-1] if len(known) and known[-1] == known[-1] else some[0]
        return np.asarray(anchor * anchor / some)
    factors = VOLUME_FACTOR if plain_name(name) in ("volume", "vol", "v") else PRICE_FACTOR
    return np.asarray(some * factors[way])
