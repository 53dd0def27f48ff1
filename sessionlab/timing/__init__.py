"""Market time: intervals, trading sessions, calendars, clock times."""

from sessionlab.timing.interval import Interval
from sessionlab.timing.session import SessionTable, TradingSession

__all__ = ["Interval", "SessionTable", "TradingSession"]
