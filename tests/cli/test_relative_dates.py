"""``last`` and ``-20d`` mean sessions of the calendar, by the wall clock."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from sessionlab.cli.relative_dates import last_ended, resolve
from sessionlab.timing import TimeManager


def at(moment: str, group: str = "US_EQUITY") -> TimeManager:
    """The calendar of ``group`` while New York's wall clocks show ``moment``."""
    now_ns = pd.Timestamp(moment, tz="America/New_York").as_unit("ns").value
    return TimeManager(group, wall=lambda: now_ns)


@pytest.mark.parametrize(
    ("moment", "date"),
    [
        ("2025-07-02 15:59:59", "2025-07-01"),
        ("2025-07-02 16:00", "2025-07-02"),
        ("2025-07-03 12:59", "2025-07-02"),
        ("2025-07-03 13:00", "2025-07-03"),  # closes early
        ("2025-07-04 18:00", "2025-07-03"),  # a holiday
        ("2025-07-06 12:00", "2025-07-03"),  # a Sunday
        ("2025-07-07 09:00", "2025-07-03"),
    ],
)
def test_last_is_the_last_session_that_has_ended(moment: str, date: str) -> None:
    assert str(last_ended(at(moment))) == date


def test_a_session_that_began_this_evening_has_not_ended() -> None:
    # The session of Wednesday 2025-07-02 runs from Tuesday 18:00 to Wednesday 17:00 New York.
    assert str(last_ended(at("2025-07-01 20:00", "COMMODITIES"))) == "2025-07-01"
    assert str(last_ended(at("2025-07-02 17:00", "COMMODITIES"))) == "2025-07-02"


@pytest.mark.parametrize(
    ("start", "end", "resolved"),
    [
        ("-1d", "last", ("2025-07-02", "2025-07-03")),
        ("-20d", "last", ("2025-06-04", "2025-07-03")),  # Juneteenth lies between
        ("-2d", "2025-07-02", ("2025-06-30", "2025-07-02")),
        ("-1d", "2025-07-05", ("2025-07-02", "2025-07-05")),  # a Saturday: its last session is Thursday's
        ("-1d", "-1d", ("2025-07-01", "2025-07-02")),
        ("-0d", "last", ("2025-07-03", "2025-07-03")),
        ("last", "last", ("2025-07-03", "2025-07-03")),
        ("2025-01-02", "last", ("2025-01-02", "2025-07-03")),
        ("yesterday", "2025-07-03", ("yesterday", "2025-07-03")),
        (None, dt.date(2025, 7, 3), (None, dt.date(2025, 7, 3))),
    ],
)
def test_days_back_are_trading_days_before_the_end(start: object, end: object, resolved: tuple[object, object]) -> None:
    assert resolve(start, end, at("2025-07-06 12:00")) == resolved
