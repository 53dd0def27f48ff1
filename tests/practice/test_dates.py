"""Other dates have the same hours, one by one and in order, and are drawn by the seed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.practice.date_choice import APART, LAST, choose_dates
from sessionlab.practice.other_dates import OtherDates, OtherHours
from sessionlab.session.plan import Window
from sessionlab.tape import Rows
from sessionlab.timing import SessionTable

TIMES = sl.TimeManager()
MINUTE = sl.Interval.parse("1m")
EVERY = TIMES.get_sessions("2000-01-03", "2025-06-30")


def window(days: int, unit: str = "d") -> Window:
    return Window("AAA", MINUTE, days, MINUTE, "test", unit, for_indicators=unit != "d")


def hours(sessions: SessionTable) -> list[tuple[dt.time, dt.time, bool]]:
    return [(one.open.time(), one.close.time(), one.is_early_close) for one in sessions]


@given(at=st.integers(40, len(EVERY) - 4), length=st.integers(1, 4), days=st.integers(0, 30), seed=st.integers(0, 99))
@given_settings(max_examples=30)
def test_told_sessions_are_real_ones_with_the_same_hours(at: int, length: int, days: int, seed: int) -> None:
    played = EVERY[at : at + length]
    dates, times = choose_dates(TIMES, played, [window(days)] if days else [], np.random.default_rng(seed))

    assert hours(dates.told) == hours(dates.true)
    assert dates.told.date.tolist() == TIMES.get_trading_dates(*(dates.told.date[i].item() for i in (0, -1)))
    assert times.get_sessions(*(dates.told.date[i].item() for i in (0, -1))).close.tolist() == dates.told.close.tolist()
    assert dates.told.date[-1].item() <= LAST
    assert dates.depth == days
    assert abs(TIMES.count_trading_days(*sorted((dates.told.date[0].item(), dates.true.date[0].item()))) - 1) >= APART


def test_a_single_session_is_told_on_its_day_of_the_week() -> None:
    for at in range(100, 105):
        dates, _ = choose_dates(TIMES, EVERY[at : at + 1], [], np.random.default_rng(at))

        assert dates.told.date[0].item().weekday() == dates.true.date[0].item().weekday()


def test_a_window_of_months_has_as_many_sessions() -> None:
    month = window(2, "mo")
    for at in (3000, 3100, 3200):
        dates, times = choose_dates(TIMES, EVERY[at : at + 1], [month], np.random.default_rng(1))

        told = times.get_sessions_lately(dates.told.date[dates.depth].item(), 2, "mo")
        assert len(told) == dates.depth


def test_where_no_stretch_has_the_hours_the_calendar_takes_them() -> None:
    """A year and a half of New York with a close at noon that no other year has."""
    played = TIMES.get_sessions("2013-07-03", "2013-07-03")
    dates, times = choose_dates(TIMES, played, [window(380)], np.random.default_rng(0))

    assert isinstance(times, OtherHours)
    assert hours(dates.told) == hours(dates.true)
    reached = times.get_trailing_sessions(dates.told.date[dates.depth].item(), 380)
    assert hours(reached) == hours(dates.true[:380])
    assert TIMES.get_sessions(TIMES.first_date, TIMES.last_date).close.flags.writeable is False


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # what the library calls
def test_a_calendar_too_short_to_hide_in_is_refused() -> None:
    import exchange_calendars

    short = exchange_calendars.get_calendar("XNYS", start="2025-06-02", end="2025-06-20")
    times = sl.TimeManager(calendar=short)

    with pytest.raises(sl.errors.ConfigError, match="too few to hide 1 of them"):
        choose_dates(times, times.get_sessions("2025-06-04", "2025-06-04"), [], np.random.default_rng(0))


@given(
    at=st.integers(40, len(EVERY) - 40),
    away=st.integers(-30, 30),
    offsets=st.lists(st.integers(0, 100 * 3600), min_size=1, max_size=20),
)
def test_rows_stay_in_order_and_are_known_by_the_open_that_they_were_known_by(at: int, away: int, offsets: list[int]) -> None:
    regular = EVERY[(EVERY.close - EVERY.open == 390 * 60 * 10**9).argmax() :]
    true, told = regular[at : at + 3], regular[at + away : at + away + 3]
    if (true.close - true.open != told.close - told.open).any():
        return
    dates = OtherDates(true, told, 0)
    known = np.sort(int(true.open[0]) + np.array(offsets) * 10**9)
    known = known[known < true.close[2]]
    rows = Rows.of(np.full(len(known), int(true.open[0])), known, np.zeros((5, len(known))))

    shifted = dates.shift(rows, 0)

    assert (np.diff(shifted.known_at) >= 0).all()
    assert (true.open.searchsorted(known, "left") == told.open.searchsorted(shifted.known_at, "left")).all()
    inside = known <= true.close[0]
    assert (shifted.known_at[inside] - told.open[0] == known[inside] - true.open[0]).all()


def test_told_instants_lead_back_to_the_true_ones() -> None:
    dates, _ = choose_dates(TIMES, EVERY[500:503], [window(3)], np.random.default_rng(3))
    inside = np.concatenate([session.ends(MINUTE) for session in dates.told])
    true = np.concatenate([session.ends(MINUTE) for session in dates.true])

    assert (dates.truly(inside) == true).all()
    assert dates.told_date(dates.true.date[0].item()) == dates.told.date[0].item()
    assert dates.told_date(pd.Timestamp("1991-01-02").date()) is None
