"""The arrays of signals, checked when they are given: True and False, or numbers, at the starts of bars, each once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.errors import ConfigError

Given = Any
"""A boolean or number Series by the start of bars, a frame with a column per symbol, or a dict of Series by symbol."""


def parts_of(name: str, given: Given) -> list[pd.Series[Any]]:
    """The Series that ``given``, the array called ``name``, is made of. Raises :class:`ConfigError` for what is no signal."""
    if isinstance(given, pd.DataFrame):
        parts = [given.iloc[:, i] for i in range(given.shape[1])]
    else:
        parts = list(given.values()) if isinstance(given, Mapping) else [given]
    for part in parts:
        if not isinstance(part, pd.Series) or not isinstance(part.index, pd.DatetimeIndex):
            what = f"a {type(part).__name__}"
            if isinstance(part, pd.Series):
                what = f"indexed by {part.index.dtype}"
            raise ConfigError(
                f"{name} is {what}; give a Series indexed by the start of bars, a frame with a column per symbol, or a dict of "
                "Series by symbol",
                value=type(part).__name__,
            )
        if part.index.hasnans:
            raise ConfigError(f"{name} has a row without a time (NaT); drop it, or say which bar it is of", name=name)
        _values(name, part)
    return parts


def names_of(given: Given) -> set[str]:
    """The symbols that ``given`` names; none where it is for every symbol."""
    return set(map(str, given.keys())) if isinstance(given, Mapping | pd.DataFrame) else set()


def column_of(name: str, given: Given, symbol: str, tz: str, *, daily: bool) -> pd.Series[Any]:
    """What ``given`` says of ``symbol``: bool, or float for a target, by the start of bars in UTC; empty where it says nothing.

    With ``daily`` by the date of the session, at midnight and without a zone: stamps at the midnight of any zone are dates.
    Raises :class:`ConfigError` where a bar has two.
    """
    if isinstance(given, Mapping | pd.DataFrame):
        given = given.get(symbol)
    if given is None:
        values: Any = np.empty(0, dtype=float if name == "target" else bool)
        return pd.Series(values, pd.DatetimeIndex([], tz=None if daily else "UTC").as_unit("ns"))
    index = pd.DatetimeIndex(given.index).as_unit("ns")
    is_dates = (index == index.normalize()).all()
    if index.tz is None:
        index = index.tz_localize(tz, nonexistent="shift_forward", ambiguous=True)
    elif daily and is_dates:
        index = index.tz_localize(None).tz_localize(tz)
    index = index.tz_convert(tz).tz_localize(None).normalize() if daily else index.tz_convert("UTC")
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        at = f"{twice:%Y-%m-%d}" if daily else f"{twice.tz_convert(tz):%Y-%m-%d %H:%M:%S}"
        raise ConfigError(f"{name} of {symbol} has {at} twice; a bar has one signal", symbol=symbol)
    return pd.Series(_values(name, given), index)


def _values(name: str, part: pd.Series[Any]) -> Any:
    """Bools, or floats for a target; what is absent is False, or NaN."""
    if part.dtype.kind not in "biuf":
        odd = [value for value in part.dropna() if not isinstance(value, int | float | np.number | np.bool_)]
        if odd:
            raise ConfigError(f"{name} has {odd[0]!r}; write {_wanted(name)}", value=odd[0])
    numbers = part.to_numpy(dtype=float, na_value=np.nan)
    wrong = np.isinf(numbers) if name == "target" else ~np.isin(numbers, (0.0, 1.0)) & ~np.isnan(numbers)
    if wrong.any():
        at = int(wrong.argmax())
        raise ConfigError(f"{name} has {numbers[at]:g} at {part.index[at]}; write {_wanted(name)}", value=part.iloc[at])
    return numbers if name == "target" else np.nan_to_num(numbers).astype(bool)


def _wanted(name: str) -> str:
    return "numbers, NaN where nothing is to change" if name == "target" else "True and False"
