"""Channels around prices and Hull's average: ours, put together from TA-Lib's functions.

They cross sessions, as TA-Lib's do.
"""

from __future__ import annotations

from math import isqrt

import numpy as np

from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.recipe import Outputs, last_bars
from sessionlab.derive.indicators.talib_functions import library, lookback
from sessionlab.tape.block import Int64s


def keltner(columns: Columns, timeperiod: int = 20, atrperiod: int = 10, multiplier: float = 2.0) -> Outputs:
    """Keltner channel in dollars: ``middle`` is the EMA of closes, ``upper`` and ``lower`` lie ``multiplier`` x ATR from it.

    Source: Raschke's form of Keltner's channel: StockCharts ChartSchool, "Keltner Channels". TA-Lib's KC is another one.
    """
    talib = library()
    if len(columns) == 0:
        return dict.fromkeys(("upper", "middle", "lower"), np.empty(0))
    middle = talib.EMA(columns.close, timeperiod)
    width = multiplier * talib.ATR(columns.high, columns.low, columns.close, atrperiod)
    middle[np.isnan(width)] = np.nan
    return {"upper": middle + width, "middle": middle, "lower": middle - width}


def keltner_needs(timeperiod: int = 20, atrperiod: int = 10, multiplier: float = 2.0) -> int:
    """How many bars a Keltner channel takes: as many as the longer of its parts."""
    return 1 + max(lookback("EMA", (("timeperiod", timeperiod),)), lookback("ATR", (("timeperiod", atrperiod),)))


def donchian(columns: Columns, timeperiod: int = 20) -> Outputs:
    """Donchian channel in dollars: highest high and lowest low of the last ``timeperiod`` bars, this one included; their mean.

    Source: Donchian (1960), "High Finance in Copper", Financial Analysts Journal 16(6).
    """
    talib = library()
    if len(columns) == 0:
        return dict.fromkeys(("upper", "middle", "lower"), np.empty(0))
    upper, lower = talib.MAX(columns.high, timeperiod), talib.MIN(columns.low, timeperiod)
    return {"upper": upper, "middle": (upper + lower) / 2, "lower": lower}


def donchian_needs(timeperiod: int = 20) -> int:
    """How many bars a Donchian channel takes."""
    return timeperiod


def donchian_under(columns: Columns, timeperiod: int = 20) -> Int64s:
    """Number of the first bar under each value."""
    return last_bars(columns, donchian_needs(timeperiod))


def hull(columns: Columns, timeperiod: int = 16, field: str = "close") -> Outputs:
    """Hull's moving average: WMA of 2 x WMA(n / 2) - WMA(n) over sqrt(n) bars; n / 2 and sqrt(n) without their fractions.

    Source: Hull (2005), "How to reduce lag in a moving average", alanhull.com.
    """
    talib = library()
    if len(columns) == 0:
        return {"hull": np.empty(0)}
    series = getattr(columns, field)
    raw = 2 * talib.WMA(series, timeperiod // 2) - talib.WMA(series, timeperiod)
    return {"hull": talib.WMA(raw, isqrt(timeperiod))}


def hull_needs(timeperiod: int = 16) -> int:
    """How many bars Hull's average takes."""
    return timeperiod + isqrt(timeperiod) - 1


def hull_under(columns: Columns, timeperiod: int = 16) -> Int64s:
    """Number of the first bar under each value."""
    return last_bars(columns, hull_needs(timeperiod))
