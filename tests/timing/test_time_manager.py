"""What the calendars say, by hand and by exchange_calendars itself."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import random
from collections.abc import Callable

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
from exchange_calendars.exchange_calendar_xnys import XNYSExchangeCalendar

from sessionlab.errors import CalendarError, ConfigError
from sessionlab.timing import Interval, TimeManager

Make = Callable[..., TimeManager]
MINUTE = Interval.parse("1m")


def utc(instant_ns: int) -> str:
    return str(pd.Timestamp(instant_ns, tz="UTC"))[:16]


def minutes(manager: TimeManager, date: str) -> int:
    return manager.get_trading_session(date).expected(MINUTE)


# groups and codes


@pytest.mark.parametrize(
    ("group", "name", "tz", "first", "last"),
    [
        ("US_EQUITY", "XNYS", "America/New_York", "1990-01-01", "2026-12-31"),
        ("CRYPTO", "24/7", "UTC", "1990-01-01", "2026-12-31"),
        ("FOREX", "24/5", "UTC", "1990-01-01", "2026-12-31"),
        ("COMMODITIES", "CMES", "America/Chicago", "1990-01-01", "2026-12-31"),
        ("NYSE", "XNYS", "America/New_York", "1990-01-01", "2026-12-31"),
        ("XTKS", "XTKS", "Asia/Tokyo", "1997-01-01", "2026-12-31"),
        ("XSHG", "XSHG", "Asia/Shanghai", "1990-12-03", "2026-12-31"),
    ],
)
def test_groups_and_codes_name_a_calendar_with_its_zone_and_bounds(
    manager: Make, group: str, name: str, tz: str, first: str, last: str
) -> None:
    found = manager(group)

    assert (found.calendar_name, found.tz, str(found.first_date), str(found.last_date)) == (name, tz, first, last)


def test_unknown_names_are_refused_with_a_suggestion(manager: Make) -> None:
    with pytest.raises(ConfigError, match=r"'us_equity' is no exchange group .* did you mean US_EQUITY\?"):
        manager("us_equity")
    with pytest.raises(ConfigError, match=r"did you mean XNYS\?"):
        manager("XNYSE")
    with pytest.raises(ConfigError, match="is no exchange group"):
        manager("../../etc")
    with pytest.raises(ConfigError, match="'BONDS' is no asset class; use EQUITY, CRYPTO, FOREX, FUTURES"):
        TimeManager("US_EQUITY", "BONDS")


def test_the_wall_clock_is_the_one_that_was_given() -> None:
    at_new_year = pd.Timestamp("2030-01-01 00:00", tz="UTC").value
    manager = TimeManager("XNYS", wall=lambda: at_new_year)

    assert manager.now() == pd.Timestamp("2029-12-31 19:00", tz="America/New_York")
    assert str(manager.now().tz) == "America/New_York"
    assert manager.last_date == dt.date(2031, 12, 31)


# New York


@pytest.mark.parametrize("date", ["2015-12-24", "2025-07-03"])
def test_an_early_close_in_new_york_is_at_13_00_after_210_minutes(manager: Make, date: str) -> None:
    session = manager().get_trading_session(date)

    assert session.is_early_close
    assert manager().is_early_close(date)
    assert (str(session.open)[11:16], str(session.close)[11:16]) == ("09:30", "13:00")
    assert session.expected(MINUTE) == 210
    assert session.expected(Interval.parse("5m")) == 42


def test_the_days_around_an_early_close_are_full(manager: Make) -> None:
    assert [minutes(manager(), date) for date in ("2015-12-23", "2015-12-28", "2025-07-02", "2025-07-07")] == [390] * 4
    assert not manager().is_early_close("2025-07-02")
    assert not manager().is_early_close("2025-07-04")


def test_holidays_are_weekdays_without_a_session(manager: Make) -> None:
    holidays = [
        "2025-01-01", "2025-01-09", "2025-01-20", "2025-02-17", "2025-04-18", "2025-05-26",
        "2025-06-19", "2025-07-04", "2025-09-01", "2025-11-27", "2025-12-25",
    ]  # fmt: skip
    year = [str(date)[:10] for date in pd.date_range("2025-01-01", "2025-12-31")]

    assert [date for date in year if manager().is_holiday(date)] == holidays


@pytest.mark.parametrize(("year", "days"), [(1990, 253), (2001, 248), (2012, 250), (2024, 252), (2025, 250)])
def test_a_year_in_new_york_has_the_days_that_the_exchange_counted(manager: Make, year: int, days: int) -> None:
    assert manager().count_trading_days(f"{year}-01-01", f"{year}-12-31") == days


def test_the_open_moves_in_utc_when_the_clocks_change(manager: Make) -> None:
    new_york = manager()
    opens = {
        date: utc(new_york.get_trading_session(date).open_ns)[11:]
        for date in ("2025-03-07", "2025-03-10", "2025-03-14", "2025-10-31", "2025-11-03", "2025-11-07")
    }

    assert opens == {
        "2025-03-07": "14:30", "2025-03-10": "13:30", "2025-03-14": "13:30",
        "2025-10-31": "13:30", "2025-11-03": "14:30", "2025-11-07": "14:30",
    }  # fmt: skip
    assert [minutes(new_york, date) for date in opens] == [390] * 6


def test_the_first_session_is_1990_01_02(manager: Make) -> None:
    new_york = manager()

    assert new_york.get_first_trading_date("1990-01-01") == dt.date(1990, 1, 2)
    assert utc(new_york.get_trading_session("1990-01-02").open_ns) == "1990-01-02 14:30"
    assert minutes(new_york, "1990-01-02") == 390
    assert new_york.is_holiday("1990-01-01")


# other exchanges


@pytest.mark.parametrize(
    ("date", "opens", "closes", "count", "early"),
    [
        ("2013-10-07", "2013-10-06 17:00", "2013-10-07 16:00", 1380, False),
        ("2025-07-02", "2025-07-01 17:00", "2025-07-02 16:00", 1380, False),
        ("2025-07-07", "2025-07-06 17:00", "2025-07-07 16:00", 1380, False),  # a Monday opens on Sunday
        ("2025-03-10", "2025-03-09 17:00", "2025-03-10 16:00", 1380, False),  # the day the clocks changed
        ("2025-11-03", "2025-11-02 17:00", "2025-11-03 16:00", 1380, False),
        ("2025-07-04", "2025-07-03 17:00", "2025-07-04 12:00", 1140, True),
        ("2025-11-27", "2025-11-26 17:00", "2025-11-27 12:00", 1140, True),
        ("1990-01-02", "1990-01-01 17:00", "1990-01-02 16:00", 1380, False),
    ],
)
def test_chicago_trades_from_the_evening_before_until_16_00_or_noon(
    manager: Make, date: str, opens: str, closes: str, count: int, early: bool
) -> None:
    session = manager("COMMODITIES").get_trading_session(date)

    assert (str(session.open)[:16], str(session.close)[:16]) == (opens, closes)
    assert (session.expected(MINUTE), session.is_early_close) == (count, early)
    assert len(session.spans) == 1


def test_no_session_in_chicago_runs_into_the_next(manager: Make) -> None:
    sessions = manager("COMMODITIES").get_sessions("1990-01-02", "2026-12-31")

    assert (sessions.open[1:] - sessions.close[:-1] >= 3600 * 10**9).all()
    assert set((sessions.close - sessions.open) // (60 * 10**9)) == {1380, 1140}


@pytest.mark.parametrize(
    ("date", "spans", "count"),
    [
        ("2024-11-01", [("09:00", "11:30"), ("12:30", "15:00")], 300),
        ("2024-11-05", [("09:00", "11:30"), ("12:30", "15:30")], 330),
        ("2025-07-02", [("09:00", "11:30"), ("12:30", "15:30")], 330),
    ],
)
def test_tokyo_breaks_at_noon_and_closes_half_an_hour_later_since_2024_11_05(
    manager: Make, date: str, spans: list[tuple[str, str]], count: int
) -> None:
    session = manager("XTKS").get_trading_session(date)
    local = [tuple(str(pd.Timestamp(edge, tz=session.tz))[11:16] for edge in span) for span in session.spans]

    assert local == spans
    assert session.expected(MINUTE) == count
    assert not session.is_early_close


@pytest.mark.parametrize(
    ("date", "spans", "count", "early"),
    [
        ("2025-07-02", [("09:30", "12:00"), ("13:00", "16:00")], 330, False),
        ("2024-12-24", [("09:30", "12:00")], 150, True),
    ],
)
def test_hong_kong_breaks_at_noon_and_has_half_days_without_a_break(
    manager: Make, date: str, spans: list[tuple[str, str]], count: int, early: bool
) -> None:
    session = manager("XHKG").get_trading_session(date)
    local = [tuple(str(pd.Timestamp(edge, tz=session.tz))[11:16] for edge in span) for span in session.spans]

    assert local == spans
    assert (session.expected(MINUTE), session.is_early_close) == (count, early)


def test_crypto_trades_1440_minutes_every_day_of_the_week_and_has_no_holidays(manager: Make) -> None:
    crypto = manager("CRYPTO")
    week = crypto.get_trading_dates("2025-12-22", "2025-12-28")

    assert len(week) == 7
    assert [minutes(crypto, str(date)) for date in week] == [1440] * 7
    assert not any(crypto.is_holiday(date) or crypto.is_early_close(date) for date in week)
    assert utc(crypto.get_trading_session("2025-07-05").open_ns) == "2025-07-05 00:00"
    assert crypto.count_trading_days("2024-01-01", "2024-12-31") == 366


def test_forex_trades_1440_minutes_on_weekdays_and_a_weekend_is_no_holiday(manager: Make) -> None:
    forex = manager("FOREX")
    week = [f"2025-07-0{day}" for day in range(1, 8)]  # Tuesday to Monday

    assert [forex.is_trading_day(date) for date in week] == [True] * 4 + [False] * 2 + [True]
    assert [minutes(forex, date) for date in week if forex.is_trading_day(date)] == [1440] * 5
    assert not any(forex.is_holiday(date) for date in [*week, "2025-12-25"])


def test_the_usual_week_is_the_week_of_its_time_and_place(manager: Make) -> None:
    riyadh, tel_aviv, mumbai = manager("XSAU"), manager("XTAE"), manager("XBOM")

    assert riyadh.is_trading_day("2025-07-06")  # a Sunday
    assert not riyadh.is_holiday("2025-07-04")  # a Friday, the weekend there
    assert tel_aviv.is_trading_day("2025-07-06")  # Sundays traded until January 2026
    assert tel_aviv.is_holiday("2025-04-13")  # a Sunday of Passover
    assert not tel_aviv.is_holiday("2026-07-05")
    assert tel_aviv.is_trading_day("2026-07-03")  # Fridays since
    assert mumbai.is_trading_day("2025-02-01")  # one Saturday, on which the budget was read
    assert not mumbai.is_holiday("2025-02-08")


def test_orthodox_easter_is_a_holiday_in_athens(manager: Make) -> None:
    athens = manager("ASEX")  # in 2024 Easter was on 31 March in the west and on 5 May in the east

    assert athens.is_holiday("2024-05-03")
    assert athens.is_holiday("2024-05-06")
    assert athens.is_trading_day("2024-05-02")


class LateOpen(XNYSExchangeCalendar):  # type: ignore[misc]
    name = "LATE"

    @property
    def special_opens_adhoc(self) -> list[tuple[dt.time, pd.DatetimeIndex]]:
        return [(dt.time(11, 0), pd.DatetimeIndex(["2025-07-02"]))]


@pytest.mark.filterwarnings("ignore:Series.values returning an ndarray")  # exchange_calendars asks for them
def test_a_calendar_made_by_hand_may_open_late() -> None:
    manager = TimeManager(calendar=LateOpen(start="2025-06-02", end="2025-08-29"))
    late, usual = (manager.get_trading_session(date) for date in ("2025-07-02", "2025-07-01"))

    assert manager.calendar_name == "LATE"
    assert (str(late.open)[11:16], str(late.close)[11:16]) == ("11:00", "16:00")
    assert (late.expected(MINUTE), usual.expected(MINUTE)) == (300, 390)
    assert not late.is_early_close
    assert manager.is_early_close("2025-07-03")
    assert (manager.first_date, manager.last_date) == (dt.date(2025, 6, 2), dt.date(2025, 8, 29))
    with pytest.raises(CalendarError, match="2025-09-01 is outside the calendar LATE, known from 2025-06-02 to"):
        manager.is_trading_day("2025-09-01")


# dates


def test_trading_dates_around_the_fourth_of_july(manager: Make) -> None:
    new_york = manager()
    third, seventh = dt.date(2025, 7, 3), dt.date(2025, 7, 7)

    assert new_york.get_first_trading_date("2025-07-04") == seventh
    assert new_york.get_first_trading_date("2025-07-03") == third
    assert new_york.get_last_trading_date("2025-07-06") == third
    assert new_york.get_last_trading_date("2025-07-07") == seventh
    assert new_york.get_next_trading_date("2025-07-03") == seventh
    assert new_york.get_next_trading_date("2025-07-05") == seventh
    assert new_york.get_next_trading_date("2025-07-03", 3) == dt.date(2025, 7, 9)
    assert new_york.get_previous_trading_date("2025-07-07") == third
    assert new_york.get_previous_trading_date("2025-07-05") == third
    assert new_york.get_previous_trading_date("2025-07-07", n=2) == dt.date(2025, 7, 2)
    assert new_york.get_trading_dates("2025-07-03", "2025-07-07") == [third, seventh]
    assert new_york.count_trading_days("2025-07-04", "2025-07-06") == 0
    assert new_york.get_trading_dates("2025-07-04", "2025-07-06") == []
    assert [session.date for session in new_york.get_sessions("2025-07-03", "2025-07-07")] == [third, seventh]
    assert [session.date for session in new_york.get_trailing_sessions("2025-07-05", 1)] == [third]
    assert len(new_york.get_trailing_sessions("2025-07-05", 0)) == 0


def test_boundary_times_are_in_the_exchange_s_zone_and_show_breaks(manager: Make) -> None:
    hong_kong = manager("XHKG").get_session_boundary_times("2024-12-23", "2024-12-25")

    assert hong_kong.columns.tolist() == ["date", "open", "close", "break_start", "break_end"]
    assert hong_kong["date"].tolist() == [pd.Timestamp("2024-12-23"), pd.Timestamp("2024-12-24")]
    assert str(hong_kong["open"].dtype) == "datetime64[ns, Asia/Hong_Kong]"
    assert hong_kong["close"].dt.strftime("%H:%M").tolist() == ["16:00", "12:00"]
    assert hong_kong["break_start"].dt.strftime("%H:%M").tolist()[0] == "12:00"
    assert hong_kong["break_end"].isna().tolist() == [False, True]


def test_what_was_handed_out_does_not_change_what_is_remembered(manager: Make) -> None:
    new_york = manager()
    question = ("2025-07-02", "2025-07-07")
    new_york.get_trading_dates(*question).clear()
    frame = new_york.get_session_boundary_times(*question)
    frame.loc[:, "open"] = frame["close"]

    assert len(new_york.get_trading_dates(*question)) == 3
    assert (new_york.get_session_boundary_times(*question)["open"].dt.hour == 9).all()
    with pytest.raises(ValueError, match="read-only"):
        new_york.get_sessions(*question).open[0] = 0


@pytest.mark.parametrize(
    "date",
    [
        dt.date(2025, 7, 3),
        dt.datetime(2025, 7, 3, 23, 59),
        "2025-07-03",
        pd.Timestamp("2025-07-03"),
        pd.Timestamp("2025-07-03 12:00", tz="America/New_York"),
        pd.Timestamp("2025-07-04 02:00", tz="UTC"),  # still the third in New York
        np.datetime64("2025-07-03"),
    ],
)
def test_dates_come_in_many_forms(manager: Make, date: dt.date) -> None:
    assert manager().get_trading_session(date).date == dt.date(2025, 7, 3)


@pytest.mark.parametrize(
    "date",
    [
        "", "today", "07/03/2025", "20250703", "2025-W27-4", "2025-07-03 10:00", "2025-02-30", "٢٠٢٥-07-03",
        None, 20250703, 1.0, pd.NaT, np.datetime64("NaT"), ["2025-07-03"], np.array(["2025-07-03", "2025-07-04"]),
    ],
)  # fmt: skip
def test_anything_else_is_no_date(manager: Make, date: object) -> None:
    new_york = manager()
    new_york.is_trading_day("2025-07-03")

    with pytest.raises(CalendarError, match=r"is not a date.*; write one such as 2025-07-02"):
        new_york.is_trading_day(date)  # type: ignore[arg-type]


def test_a_date_without_a_session_is_told_with_the_nearest(manager: Make) -> None:
    expected = "2025-07-04 is not a session of XNYS; the nearest are 2025-07-03 and 2025-07-07"
    with pytest.raises(CalendarError, match=expected) as caught:
        manager().get_trading_session("2025-07-04")
    with pytest.raises(CalendarError, match="1990-01-01 is not a session of XNYS; the nearest is 1990-01-02"):
        manager().get_trading_session("1990-01-01")

    assert caught.value.nearest == [dt.date(2025, 7, 3), dt.date(2025, 7, 7)]


@pytest.mark.parametrize("date", ["1989-12-29", "2027-01-01", "1066-10-14"])
def test_dates_out_of_bounds_are_told_with_the_bounds(manager: Make, date: str) -> None:
    new_york = manager()
    bounds = f"{date} is outside the calendar XNYS, known from 1990-01-01 to 2026-12-31; choose a date within"
    for question in (
        new_york.get_trading_session, new_york.is_trading_day, new_york.is_holiday, new_york.is_early_close,
        new_york.get_first_trading_date, new_york.get_last_trading_date, new_york.get_next_trading_date,
        new_york.get_previous_trading_date,
    ):  # fmt: skip
        with pytest.raises(CalendarError, match=bounds):
            question(date)
    for answer in (new_york.count_trading_days, new_york.get_trading_dates, new_york.get_sessions):
        with pytest.raises(CalendarError, match=bounds):
            answer(date, date)


def test_what_would_lie_beyond_the_bounds_is_told_with_the_bounds(manager: Make) -> None:
    new_york = manager()
    with pytest.raises(CalendarError, match=r"session 1 after 2026-12-31 is outside .* 1990-01-01 to 2026-12-31"):
        new_york.get_next_trading_date("2026-12-31")
    with pytest.raises(CalendarError, match="session 5 before 1990-01-05 is outside"):
        new_york.get_previous_trading_date("1990-01-05", 5)
    with pytest.raises(CalendarError, match="a session on or before 1990-01-01 is outside"):
        new_york.get_last_trading_date("1990-01-01")
    with pytest.raises(CalendarError, match=r"10 sessions before 1990-01-04 \(there are 2\) is outside"):
        new_york.get_trailing_sessions("1990-01-04", 10)

    assert len(new_york.get_trailing_sessions("1990-01-04", 2)) == 2


def test_counts_and_ranges_that_cannot_be_meant_are_refused(manager: Make) -> None:
    new_york = manager()
    for n in (0, -1, 1.5, "2", True):
        with pytest.raises(ConfigError, match="is no count of sessions; write a whole number from 1 on"):
            new_york.get_next_trading_date("2025-07-03", n)  # type: ignore[arg-type]
    with pytest.raises(CalendarError, match="2025-07-07 to 2025-07-02 runs backwards; give the earlier date first"):
        new_york.get_trading_dates("2025-07-07", "2025-07-02")


@pytest.mark.filterwarnings("ignore:Series.values returning an ndarray")  # exchange_calendars asks for them
def test_ten_thousand_dates_of_new_york_agree_with_exchange_calendars(manager: Make) -> None:
    new_york = manager()
    library = exchange_calendars.get_calendar("XNYS", start="1990-01-01", end="2026-12-31")
    early = set(library.early_closes)
    dates = random.Random(7).choices(pd.date_range("1990-01-03", "2026-12-29"), k=10_000)
    for date in dates:
        after, before = library.date_to_session(date, "next"), library.date_to_session(date, "previous")
        is_session = after == date

        assert new_york.is_trading_day(date) is is_session
        assert new_york.get_first_trading_date(date) == after.date()
        assert new_york.get_last_trading_date(date) == before.date()
        assert new_york.is_holiday(date) is (date.weekday() < 5 and not is_session)
        assert new_york.is_early_close(date) is (date in early)
        if is_session:
            session = new_york.get_trading_session(date)
            assert session.date == date.date()
            assert (session.open, session.close) == (library.session_open(date), library.session_close(date))
    for a, b in zip(dates[:200], dates[200:400], strict=True):
        first, last = min(a, b), max(a, b)
        expected = [session.date() for session in library.sessions_in_range(first, last)]
        assert new_york.get_trading_dates(first, last) == expected
        assert new_york.count_trading_days(first, last) == len(expected)


def test_stepping_forward_and_back_by_n_comes_home(manager: Make) -> None:
    new_york = manager()
    draw = random.Random(8)
    for date in draw.choices(new_york.get_trading_dates("1992-01-01", "2024-12-31"), k=200):
        n = draw.randint(1, 400)
        ahead = new_york.get_next_trading_date(date, n)

        assert new_york.get_previous_trading_date(ahead, n) == date
        assert new_york.count_trading_days(date, ahead) == n + 1
        assert new_york.get_trailing_sessions(ahead, n).date[0] == np.datetime64(date)


# the cache


def test_a_run_s_questions_are_nearly_all_remembered(manager: Make) -> None:
    new_york = manager()
    date = new_york.get_first_trading_date("2025-07-02")
    while date <= dt.date(2025, 7, 7):
        session = new_york.get_trading_session(date)
        new_york.get_trailing_sessions(date, 3)
        for _ in range(session.expected(MINUTE)):
            new_york.get_trading_session(date)
            new_york.is_early_close(date)
        date = new_york.get_next_trading_date(date)
    info = new_york.cache_info()

    # asked: once the first date; a session: 3 questions around 2 for each of its minutes
    assert info.hits + info.misses == 1 + 3 * 3 + 2 * (390 + 210 + 390)
    assert info.misses == 1 + 3 * 4  # every question once: session, trailing, early close, next
    assert info.currsize >= info.misses  # a window's sessions are known one by one as well
    assert info.hit_rate > 0.9


def test_invalidating_forgets_answers_and_counts(manager: Make) -> None:
    new_york = manager()
    first = new_york.get_trading_session("2025-07-02")
    again = new_york.get_trading_session("2025-07-02")
    before = new_york.cache_info()
    new_york.invalidate_cache()
    after = new_york.cache_info()

    assert first is again
    assert (before.hits, before.misses, before.hit_rate) == (1, 1, 0.5)
    assert (after.hits, after.misses, after.currsize, after.hit_rate) == (0, 0, 0, 0.0)
    assert new_york.get_trading_session("2025-07-02") == first


def test_equal_questions_in_different_forms_do_not_mix_up_their_answers(manager: Make) -> None:
    new_york = manager()
    utc_midnight, local_midnight = (pd.Timestamp("2025-07-03", tz=tz) for tz in ("UTC", "America/New_York"))

    assert new_york.get_trading_session(utc_midnight).date == dt.date(2025, 7, 2)
    assert new_york.get_trading_session(local_midnight).date == dt.date(2025, 7, 3)
    assert new_york.get_next_trading_date("2025-07-02") == new_york.get_trading_session("2025-07-03").date


def test_a_manager_can_be_copied_and_sent_to_another_process() -> None:
    manager = TimeManager("XTKS")
    manager.is_trading_day("2025-07-02")
    for other in (pickle.loads(pickle.dumps(manager)), copy.deepcopy(manager)):
        assert other.get_trading_session("2025-07-02") == manager.get_trading_session("2025-07-02")
        assert other.cache_info().misses == 1
        assert repr(other) == repr(manager)
