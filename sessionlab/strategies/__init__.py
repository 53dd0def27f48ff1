"""Strategies to start from, each under 40 lines: read one, copy it into a cell, change it.

    import sessionlab as sl

    sl.backtest(frame, sl.strategies.SmaCross(fast=20, slow=50))

They are examples of how to write one, and no advice to trade them.
"""

from __future__ import annotations

from sessionlab.strategies.end_of_day_bracket import EndOfDayBracket
from sessionlab.strategies.opening_range import OpeningRangeBreakout
from sessionlab.strategies.relative_volume import RelativeVolume
from sessionlab.strategies.sma_cross import SmaCross
from sessionlab.strategies.vwap_reversion import VwapReversion

__all__ = ["EndOfDayBracket", "OpeningRangeBreakout", "RelativeVolume", "SmaCross", "VwapReversion"]
