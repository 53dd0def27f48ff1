"""Clock times within sessions: half days, nights, breaks, zones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.errors import ConfigError
from sessionlab.timing import (
    ClockTime,
    Interval,
    TimeManager,
    TradingSession,
    is_clock_time,
    resolve_moment,
    session_elapsed,
)

Make = Callable[..., TimeManager]
MINUTE = 60 * 10**9
FORMS = "open, close, open.15m, close-10m .s, m or h., 10:15 or 10:15:30"


def shown(instant_ns: int, tz: str) -> str:
    return str(pd.Timestamp(instant_ns, tz=tz))[:19]


@pytest.mark.parametrize(
    ("moment", "full", "half"),
    [
        ("open", "09:30:00", "09:30:00"),
        ("close", "16:00:00", "13:00:00"),
        ("open+15m", "09:45:00", "09:45:00"),
        ("close-10m", "15:50:00", "12:50:00"),
        ("open+90s", "09:31:30", "09:31:30"),
        ("close-1h", "15:00:00", "12:00:00"),
        ("open+0m", "09:30:00", "09:30:00"),
        ("10:15", "10:15:00", "10:15:00"),
        ("9:45", "09:45:00", "09:45:00"),
        ("10:15:30", "10:15:30", "10:15:30"),
        ("08:00", "08:00:00", "08:00:00"),
        ("open+6h", "15:30:00", "15:30:00"),
    ],
)
def test_clock_times_are_right_on_full_and_on_half_days(manager: Make, moment: str, full: str, half: str) -> None:
    new_york = manager()
    for date, expected in (("2025-07-02", full), ("2025-07-03", half)):
        session = new_york.get_trading_session(date)

        assert shown(resolve_moment(moment, session), session.tz) == f"{date} {expected}"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("open", "2025-07-01 17:00"),
        ("17:00", "2025-07-01 17:00"),
        ("18:30", "2025-07-01 18:30"),
        ("23:59", "2025-07-01 23:59"),
        ("00:00", "2025-07-02 00:00"),
        ("09:30", "2025-07-02 09:30"),
        ("16:00", "2025-07-02 16:00"),
        ("close", "2025-07-02 16:00"),
        ("16:30", "2025-07-02 16:30"),  # in the hour between two sessions: the session's own date
    ],
)
def test_a_clock_time_of_a_session_over_midnight_is_the_instant_inside_it(manager: Make, moment: str, expected: str) -> None:
    session = manager("COMMODITIES").get_trading_session("2025-07-02")

    assert shown(resolve_moment(moment, session), session.tz)[:16] == expected


def test_midnight_of_a_day_that_never_closes_is_its_open(manager: Make) -> None:
    session = manager("CRYPTO").get_trading_session("2025-07-05")

    assert resolve_moment("00:00", session) == session.open_ns
    assert shown(resolve_moment("23:59", session), "UTC") == "2025-07-05 23:59:00"


def test_clock_times_follow_the_zone_through_a_change_of_the_clocks(manager: Make) -> None:
    new_york = manager()
    before, after = (resolve_moment("10:15", new_york.get_trading_session(date)) for date in ("2025-03-07", "2025-03-10"))

    assert shown(before, "UTC") == "2025-03-07 15:15:00"
    assert shown(after, "UTC") == "2025-03-10 14:15:00"


def test_another_zone_is_the_zone_of_what_has_none(manager: Make) -> None:
    session = manager().get_trading_session("2025-07-02")

    assert shown(resolve_moment("16:15", session, "Europe/Berlin"), session.tz) == "2025-07-02 10:15:00"
    assert shown(resolve_moment("2025-07-02 16:15", session, "Europe/Berlin"), session.tz) == "2025-07-02 10:15:00"
    assert shown(resolve_moment("close-10m", session, "Europe/Berlin"), session.tz) == "2025-07-02 15:50:00"
    assert shown(resolve_moment("2025-07-02T10:15-04:00", session, "Europe/Berlin"), "UTC") == "2025-07-02 14:15:00"


@pytest.mark.parametrize(
    "moment",
    [
        "2025-07-02 10:15",
        "2025-07-02T10:15:00",
        "2025-07-02T14:15:00Z",
        "2025-07-02 10:15:00-04:00",
        pd.Timestamp("2025-07-02 10:15"),
        pd.Timestamp("2025-07-02 10:15", tz="America/New_York"),
        pd.Timestamp("2025-07-02 14:15", tz="UTC"),
        dt.datetime(2025, 7, 2, 10, 15),
        dt.datetime(2025, 7, 2, 14, 15, tzinfo=dt.UTC),
    ],
)
def test_timestamps_without_a_zone_are_exchange_time(manager: Make, moment: str | dt.datetime) -> None:
    session = manager().get_trading_session("2025-07-03")

    assert resolve_moment(moment, session) == 1_751_465_700_000_000_000  # 2025-07-02 14:15 UTC


@pytest.mark.parametrize(
    "moment",
    [
        "", "noon", "open-5m", "close+5m", "open+5", "open + 5m", "open+5d", "open+-5m", "10", "24:00", "10:60",
        "10:15:60", "10:15 ", "5m", "2025-07-02", "2025-13-02 10:15", "2025-07-02 99:99", "9999-01-01 10:00",
        None, 10, dt.date(2025, 7, 2), pd.NaT, ["10:15"],
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_all_that_is_allowed(manager: Make, moment: object) -> None:
    session = manager().get_trading_session("2025-07-02")

    with pytest.raises(ConfigError, match=f"is not a moment; write {FORMS}, a date with a time"):
        resolve_moment(moment, session)  # type: ignore[arg-type]


def test_an_unknown_zone_is_refused(manager: Make) -> None:
    session = manager().get_trading_session("2025-07-02")

    for zone in ("Mars/Olympus", "America", "../etc"):
        with pytest.raises(ConfigError, match="is not a time zone; write a name such as America/New_York"):
            resolve_moment("10:15", session, zone)


def test_clock_times_are_told_from_intervals_and_dates() -> None:
    clock_times = ["open", "close", "open+15m", "close-5m", "10:15", "9:45:30"]
    others = ["5m", "1h", "1d", "step", "2025-07-02", "2025-07-02 10:15", "close+5m", "25:00", "", None, 5]

    assert [is_clock_time(text) for text in clock_times] == [True] * 6
    assert [is_clock_time(text) for text in others] == [False] * 11


def test_a_clock_time_is_read_once_and_says_what_is_allowed() -> None:
    assert ClockTime.parse("close-10m") is ClockTime.parse("close-10m")
    with pytest.raises(ConfigError, match=f"'close.10m' is not a clock time; write {FORMS}"):
        ClockTime.parse("close+10m")


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("09:00", 10, "09:10"),
        ("11:25", 5, "11:30"),  # a walk that ends with the morning stands at the break's start
        ("11:25", 10, "12:35"),
        ("11:30", 5, "12:35"),
        ("12:00", 5, "12:35"),
        ("12:00", 0, "12:00"),
        ("11:30", 0, "11:30"),
        ("15:25", 10, "15:30"),
        ("15:30", 5, "15:30"),
        ("08:00", 5, "09:05"),
        ("09:00", 330, "15:30"),
    ],
)
def test_trading_time_skips_the_break_in_tokyo_and_stops_at_the_close(
    manager: Make, start: str, minutes: int, expected: str
) -> None:
    tokyo = manager("XTKS").get_trading_session("2025-07-02")

    reached = session_elapsed(tokyo, resolve_moment(start, tokyo), minutes * MINUTE)

    assert shown(reached, tokyo.tz)[11:16] == expected


def test_trading_time_does_not_run_backwards(manager: Make) -> None:
    session = manager().get_trading_session("2025-07-02")

    with pytest.raises(ConfigError, match="runs forward, and -1 ns is negative; rewind"):
        session_elapsed(session, session.close_ns, -1)


@given(st.integers(0, 330), st.integers(0, 330))
def test_trading_time_is_the_count_of_minutes_that_trade(first: int, then: int) -> None:
    tokyo = TradingSession(dt.date(2025, 7, 2), 0, 390 * MINUTE, "UTC", 150 * MINUTE, 210 * MINUTE)

    halfway = session_elapsed(tokyo, 0, first * MINUTE)

    assert tokyo.expected(Interval.parse("1m"), halfway) == first
    assert session_elapsed(tokyo, halfway, then * MINUTE) == session_elapsed(tokyo, 0, (first + then) * MINUTE)
