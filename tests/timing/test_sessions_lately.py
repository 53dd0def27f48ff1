"""The sessions of a period before a date: so many of them, or all within weeks, months and years of the calendar."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sessionlab.errors import ConfigError
from sessionlab.timing import TimeManager

TIMES = TimeManager("US_EQUITY")


@settings(max_examples=200)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2026, 6, 1)), st.integers(0, 400), st.sampled_from(["d", "w", "mo", "y"]))
@example(dt.date(2024, 3, 31), 1, "mo")
@example(dt.date(2024, 2, 29), 1, "y")
@example(dt.date(2000, 1, 5), 4000, "y")
@example(dt.date(2000, 1, 5), 10**9, "w")
def test_sessions_of_a_period_are_those_of_the_calendar_within_it(date: dt.date, count: int, unit: str):
    found = TIMES.get_sessions_lately(date, count, unit).date.tolist()

    before = TIMES.get_trading_dates(TIMES.first_date, date)
    before = before[:-1] if before and before[-1] == date else before
    if unit == "d":
        assert found == before[max(len(before) - count, 0) :]
        return
    words = {"w": "weeks", "mo": "months", "y": "years"}
    since = pd.Timestamp(date) - pd.DateOffset(**{words[unit]: count}) if count <= 400 else pd.Timestamp(1700, 1, 1)
    assert found == [day for day in before if pd.Timestamp(day) >= since]


def test_the_day_of_the_number_counts_and_today_does_not():
    """Wednesday to Tuesday is a week; a month before 31 March begins on the last of February."""
    assert [str(date) for date in TIMES.get_sessions_lately("2025-07-02", 1, "w").date][::4] == ["2025-06-25", "2025-07-01"]
    assert str(TIMES.get_sessions_lately("2025-03-31", 1, "mo").date[0]) == "2025-02-28"


def test_an_unknown_unit_is_told():
    with pytest.raises(ConfigError, match="'q' is no unit of a period; write d, w, mo or y"):
        TIMES.get_sessions_lately("2025-07-02", 1, "q")
