"""How many sessions a year has, by which figures per session become figures per year."""

from __future__ import annotations

import datetime as dt

from sessionlab.timing import TimeManager

_BY_CONVENTION = {"XNYS": 252.0, "24/7": 365.0}
_YEARS = 10
_DAYS_A_YEAR = 365.2425


def sessions_per_year(times: TimeManager, last: dt.date) -> float:
    """252 for XNYS, 365 for a calendar without closes, else the mean of the ten calendar years before that of ``last``.

    Where the calendar begins later it is the mean of the whole years there are; without one its sessions over its length.

    >>> [sessions_per_year(TimeManager(name), dt.date(2025, 7, 2)) for name in ("US_EQUITY", "CRYPTO", "FOREX")]
    [252.0, 365.0, 260.9]
    """
    if times.calendar_name in _BY_CONVENTION:
        return _BY_CONVENTION[times.calendar_name]
    years = [year for year in range(last.year - _YEARS, last.year) if _whole(times, year)]
    if years:
        return times.count_trading_days(dt.date(years[0], 1, 1), dt.date(years[-1], 12, 31)) / len(years)
    days = (times.last_date - times.first_date).days + 1
    return times.count_trading_days(times.first_date, times.last_date) * _DAYS_A_YEAR / days


def _whole(times: TimeManager, year: int) -> bool:
    return times.first_date <= dt.date(year, 1, 1) and dt.date(year, 12, 31) <= times.last_date
