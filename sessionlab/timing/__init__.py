"""Market time: intervals, trading sessions, calendars, clock times."""

from sessionlab.timing.calendars import EXCHANGE_GROUPS
from sessionlab.timing.clock_time import ClockTime, is_clock_time, resolve_moment, session_elapsed
from sessionlab.timing.interval import Interval
from sessionlab.timing.session import SessionTable, TradingSession
from sessionlab.timing.time_manager import ASSET_CLASSES, CacheInfo, TimeManager

__all__ = [
    "ASSET_CLASSES",
    "EXCHANGE_GROUPS",
    "CacheInfo",
    "ClockTime",
    "Interval",
    "SessionTable",
    "TimeManager",
    "TradingSession",
    "is_clock_time",
    "resolve_moment",
    "session_elapsed",
]
