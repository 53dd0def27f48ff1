"""TA-Lib's functions over columns, always from the first bar on.

TA-Lib fills what comes before the first value with NaN, or with 0 where a function gives whole numbers; here it is NaN
everywhere. All of them are causal: FRACTAL tells a swing when the bars to its right are there. TA-Lib's settings of the
whole process (``talib.set_unstable_period``) hold here as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.recipe import Outputs, every_bar, last_bars
from sessionlab.errors import ConfigError
from sessionlab.tape.block import Float64s, Int64s

Params = tuple[tuple[str, int | float | bool], ...]

# Their values depend on every bar since the first one, if ever less; those of all others on `lookback` bars and one.
UNBOUNDED = frozenset(
    """
    HT_DCPERIOD HT_DCPHASE HT_PHASOR HT_SINE HT_TRENDMODE HT_TRENDLINE CUMSUM ADX ADXR CMO DX ERI MACD MACDFIX
    MINUS_DI MINUS_DM PLUS_DI PLUS_DM RSI SMI STOCHRSI TRIX TSI WAD DEMA EMA KAMA KC MAMA RMA SAR SAREXT SUPERTREND T3
    TEMA ZLEMA HA ATR CVI MASSI NATR RVI AD ADOSC EFI NVI OBV PVI PVT
    """.split()  # noqa: SIM905
)
_BOUNDED_AVERAGES = (0, 2, 5, 9, 10)  # of MA_Type: SMA, WMA, TRIMA, HMA, and none at all


class Function(NamedTuple):
    """One of TA-Lib's: what to call, the columns that it takes, and what we call its outputs."""

    call: Callable[..., Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def library() -> ModuleType:
    """TA-Lib. Raises :class:`ConfigError` where it is not installed; whatever needs no indicator of its goes on without it."""
    try:
        import talib
    except ImportError as why:
        raise ConfigError(
            "this indicator is computed by TA-Lib, which is not installed; pip install TA-Lib, or take one that needs none, "
            "as VWAP, OpeningRange, or a function of your own in sl.indicator"
        ) from why
    return talib


@lru_cache(maxsize=512)
def function(name: str) -> Function:
    """The function ``name``. What may be chosen among its inputs is called ``field``."""
    about = _about(name)
    inputs: list[str] = []
    for kind, columns in about.input_names.items():
        inputs += ["field"] if kind == "price" else [columns] if isinstance(columns, str) else columns
    call = getattr(library(), name)
    # Around each function lies one that looks for pandas and polars in every argument.
    return Function(getattr(call, "__wrapped__", call), tuple(inputs), output_names(name, about.output_names))


def output_names(name: str, given: list[str]) -> tuple[str, ...]:
    """TA-Lib's names of outputs, without what they share with the function's; a single one bears the function's.

    >>> output_names("BBANDS", ["upperband", "middleband", "lowerband"])
    ('upper', 'middle', 'lower')
    >>> output_names("MACD", ["macd", "macdsignal", "macdhist"]), output_names("AROON", ["aroondown", "aroonup"])
    (('macd', 'signal', 'hist'), ('down', 'up'))
    >>> output_names("EMA", ["real"])
    ('ema',)
    """
    if len(given) == 1:
        return (name.lower(),)
    names = [one.removesuffix("band") for one in given]
    for shared in (name.lower(), given[0]):
        names = [one.removeprefix(shared) or one for one in names]
    return tuple(names)


@lru_cache(maxsize=4096)
def lookback(name: str, params: Params) -> int:
    """How many bars have no value before the first one that has."""
    about = _about(name)
    about.set_parameters(dict(params))
    return int(about.lookback)


def compute(name: str, params: Params, field: str | None, columns: Columns) -> Outputs:
    """The outputs of function ``name`` over ``columns``."""
    takes = function(name)
    if len(columns) == 0:  # TA-Lib reads and writes before the beginning of arrays without any element
        return dict.fromkeys(takes.outputs, np.empty(0))
    inputs = [getattr(columns, field or "close" if one == "field" else one) for one in takes.inputs]
    try:
        made = takes.call(*inputs, **dict(params))
    except Exception as why:  # it raises nothing more special
        raise ConfigError(f"TA-Lib cannot compute {name} with {_said(params)}: {why}", indicator=name) from why
    made = made if isinstance(made, tuple) else (made,)
    return {one: _numbers(array, name, params) for one, array in zip(takes.outputs, made, strict=True)}


def under(name: str, params: Params, columns: Columns) -> Int64s:
    """Number of the first bar under each value."""
    averages = [value for param, value in params if param.endswith("matype")]
    if name in UNBOUNDED or not all(value in _BOUNDED_AVERAGES for value in averages):
        return every_bar(columns)
    return last_bars(columns, lookback(name, params) + 1)


def _about(name: str) -> Any:
    library()
    from talib import abstract

    return abstract.Function(name)  # type: ignore[attr-defined]  # its stub has the functions alone


def _numbers(array: Any, name: str, params: Params) -> Float64s:
    if array.dtype == np.float64:
        return np.asarray(array)
    numbers = array.astype(np.float64)
    numbers[: lookback(name, params)] = np.nan
    return np.asarray(numbers)


def _said(params: Params) -> str:
    return ", ".join(f"{name}={value}" for name, value in params) or "no parameters"
