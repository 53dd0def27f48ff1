"""Stamps of every unit and form become the same instants; what could be two of them is refused, with the option that decides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_files import D1, M1, NEW_YORK, SESSIONS, TIMES, assert_same, csv_of, instants, meant, minutes, parquet_of, put

from sessionlab.errors import BadDataError
from sessionlab.sources.epoch import from_numbers
from sessionlab.sources.files import Files
from sessionlab.sources.zones import localize

BARS = minutes()
LOCAL = BARS.timestamp.dt.tz_localize(None)
NS = instants(BARS)
UNITS = {"seconds": 10**9, "milliseconds": 10**6, "microseconds": 10**3, "nanoseconds": 1}


def files_of(tmp_path, stamps, content=csv_of, **options) -> Files:
    columns = stamps if isinstance(stamps, dict) else {"timestamp": stamps}
    put(tmp_path / "x.csv", content(BARS.drop(columns="timestamp").assign(**columns)))
    return Files(tmp_path / "x.csv", symbol="SPY", **options)


def refusal(tmp_path, stamps, **options) -> str:
    with pytest.raises(BadDataError) as told:
        files_of(tmp_path, stamps, **options).load("SPY", M1, SESSIONS)
    message = str(told.value)
    assert "\n" not in message
    assert "x.csv" in message
    return message


@pytest.mark.parametrize("content", [csv_of, parquet_of])
@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_of_numbers_is_recognized_and_said(tmp_path, unit, content):
    files = files_of(tmp_path, NS // UNITS[unit], content)

    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
    assert files.notes[0].startswith(f"Stamps are {unit} since 1970, UTC (first seen in")


@given(
    st.datetimes(pd.Timestamp("1980-01-02").to_pydatetime(), pd.Timestamp("2100-12-30").to_pydatetime()),
    st.sampled_from(list(UNITS)),
)
def test_no_instant_can_be_taken_for_one_of_another_unit(moment, unit):
    ns = pd.Timestamp(moment).as_unit("ns").value // UNITS[unit] * UNITS[unit]

    stamps, said = from_numbers(np.array([ns // UNITS[unit]]), "x")

    assert (stamps.ns[0], stamps.kind, unit in said) == (ns, "instant", True)


TEXTS = {
    "ISO with offset": BARS.timestamp.astype(str),
    "ISO of UTC": BARS.timestamp.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "offsets of two zones": [str(at if i % 2 else at.tz_convert("UTC")) for i, at in enumerate(BARS.timestamp)],
    "a blank before the offset": BARS.timestamp.dt.strftime("%Y-%m-%d %H:%M:%S %z"),
    "the name of a zone": LOCAL.dt.strftime("%Y%m%d %H:%M:%S America/New_York"),
    "an older name of a zone": LOCAL.dt.strftime("%Y%m%d  %H:%M:%S US/Eastern"),
}


@pytest.mark.parametrize("form", TEXTS)
def test_texts_with_a_zone_need_no_other(tmp_path, form):
    assert_same(files_of(tmp_path, TEXTS[form]).load("SPY", M1, SESSIONS), meant(BARS))


FORMS = {
    "ISO": "%Y-%m-%d %H:%M:%S",
    "ISO to the minute": "%Y-%m-%dT%H:%M",
    "with fractions": "%Y-%m-%d %H:%M:%S.%f",
    "slashes, the year first": "%Y/%m/%d %H:%M",
    "digits in two": "%Y%m%d %H%M%S",
    "digits in one": "%Y%m%d%H%M%S",
    "digits to the minute": "%Y%m%d%H%M",
    "the month by name": "%d-%b-%Y %H:%M:%S",
    "the month by name, first": "%b %d, %Y %I:%M %p",
}


@pytest.mark.parametrize("form", FORMS)
def test_clock_times_are_of_the_zone_that_is_given(tmp_path, form):
    texts = LOCAL.dt.strftime(FORMS[form])

    assert_same(files_of(tmp_path, texts, tz=NEW_YORK).load("SPY", M1, SESSIONS), meant(BARS))


@pytest.mark.parametrize(
    "columns",
    [
        {"date": LOCAL.dt.strftime("%Y-%m-%d"), "time": LOCAL.dt.strftime("%H:%M:%S")},
        {"<DATE>": LOCAL.dt.strftime("%Y%m%d"), "<TIME>": LOCAL.dt.strftime("%H%M%S")},
        {"Date": LOCAL.dt.strftime("%Y%m%d"), "Time": LOCAL.dt.strftime("%H%M").astype(int)},
        {"Date": LOCAL.dt.strftime("%Y/%m/%d"), "Time": LOCAL.dt.strftime("%I:%M %p")},
    ],
)
def test_date_and_time_may_stand_apart(tmp_path, columns):
    assert_same(files_of(tmp_path, columns, tz=NEW_YORK).load("SPY", M1, SESSIONS), meant(BARS))


def test_times_of_day_belong_to_the_date_in_the_name(tmp_path):
    for date, rows in BARS.groupby(LOCAL.dt.strftime("%Y-%m-%d")):
        put(tmp_path / f"{date}.csv", csv_of(rows.assign(timestamp=rows.timestamp.dt.strftime("%H:%M"))))
    put(tmp_path / "plain/SPY.csv", csv_of(BARS.assign(timestamp=LOCAL.dt.strftime("%H:%M"))))

    assert_same(Files(tmp_path / "{date}.csv", symbol="SPY", tz=NEW_YORK).load("SPY", M1, SESSIONS), meant(BARS))
    with pytest.raises(BadDataError, match=r"times of day and no dates; add a column date, or \{date\} to the template"):
        Files(tmp_path / "plain/{symbol}.csv", tz=NEW_YORK).load("SPY", M1, SESSIONS)


def test_serial_days_of_a_spreadsheet_are_recognized_and_said(tmp_path):
    serial = (LOCAL - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D")

    files = files_of(tmp_path, serial, tz=NEW_YORK)

    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
    assert files.notes[0].startswith("Stamps are serial days of a spreadsheet (1900 system)")
    assert "have no zone" in refusal(tmp_path, serial)


@pytest.mark.parametrize("content", [csv_of, parquet_of])
def test_a_zone_is_required_where_stamps_have_none(tmp_path, content):
    files = files_of(tmp_path, LOCAL, content)

    with pytest.raises(BadDataError, match=r"stamps such as 2025-07-02 09:30:00 have no zone; say which one is meant, as in tz="):
        files.load("SPY", M1, SESSIONS)
    assert_same(files_of(tmp_path, LOCAL, content, tz=NEW_YORK).load("SPY", M1, SESSIONS), meant(BARS))


def test_stamps_of_dates_alone_name_trading_dates(tmp_path):
    daily = pd.DataFrame({"open": [1.0, 2.0], "high": 3.0, "low": 1.0, "close": 2.0, "volume": 5})
    forms = (
        ["2025-07-02", "2025-07-03"],
        ["02-Jul-2025", "03-Jul-2025"],
        [20250702, 20250703],
        [45840, 45841],
        ["2025-07-02 00:00:00", "2025-07-03 00:00:00"],
        ["2025-07-02 00:00:00-04:00", "2025-07-03 00:00:00-04:00"],
    )
    for stamps in forms:
        put(tmp_path / "SPY.csv", csv_of(daily.assign(Date=stamps)))

        blocks = Files(tmp_path / "{symbol}.csv").load("SPY", D1, SESSIONS)

        assert [block.rows.start.tolist() for block in blocks] == [[at] for at in SESSIONS.open], stamps
        assert [block.rows.values[0, 0] for block in blocks] == [1.0, 2.0]


@pytest.mark.parametrize("form", ["%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M"])
def test_day_and_month_are_not_guessed(tmp_path, form):
    texts = LOCAL.dt.strftime(form)

    assert "is July 2 or 7 February" in refusal(tmp_path, texts, tz=NEW_YORK).replace(
        "is February 7 or 2 July", "is July 2 or 7 February"
    )
    assert "give date_format, as in" in refusal(tmp_path, texts, tz=NEW_YORK)
    assert_same(files_of(tmp_path, texts, tz=NEW_YORK, date_format=form).load("SPY", M1, SESSIONS), meant(BARS))


def test_a_number_above_twelve_tells_day_from_month(tmp_path):
    bars = minutes("2025-07-11", "2025-07-14")
    sessions = TIMES.get_sessions("2025-07-11", "2025-07-14")
    for form, first in (("%m/%d/%Y %H:%M", "month"), ("%d/%m/%Y %H:%M", "day")):
        put(tmp_path / "SPY.csv", csv_of(bars.assign(timestamp=bars.timestamp.dt.strftime(form))))
        files = Files(tmp_path / "{symbol}.csv", tz=NEW_YORK)

        assert_same(files.load("SPY", M1, sessions), meant(bars, sessions=sessions))
        assert files.notes[0].startswith(f"Dates are written {first} first")


def test_a_format_that_does_not_fit_is_refused(tmp_path):
    message = refusal(tmp_path, LOCAL.dt.strftime("%m/%d/%Y %H:%M"), tz=NEW_YORK, date_format="%d.%m.%y %H:%M")

    assert "do not all fit date_format='%d.%m.%y %H:%M'" in message


def test_a_format_reads_date_and_time_apart(tmp_path):
    columns = {"date": LOCAL.dt.strftime("%d/%m/%y"), "time": LOCAL.dt.strftime("%H.%M")}

    files = files_of(tmp_path, columns, tz=NEW_YORK, date_format="%d/%m/%y %H.%M")

    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))


@pytest.mark.parametrize(
    ("stamps", "says"),
    [
        (
            [str(at) if i else "2025-07-02 09:30:00" for i, at in enumerate(BARS.timestamp)],
            "1 of 600 stamps have no zone, and others do",
        ),
        (LOCAL.dt.strftime("%Y-%m-%d %H:%M EDT"), "stamps end in 'EDT', which names no one zone"),
        ([f"{at:%Y%m%d %H:%M} {'Europe/Berlin' if i else 'America/New_York'}" for i, at in enumerate(LOCAL)], "are of 2 zones"),
        (LOCAL.dt.strftime("%d/%m/%y %H:%M"), "is no time that can be read; give date_format"),
        (["13/07/2025 09:30"] * 300 + ["07/13/2025 09:30"] * 300, "has the day first"),
        (["2025-02-30 09:30"] * 600, "600 of 600 stamps are no times (first: '2025-02-30 09:30' in row 1)"),
        (["2025-07-02 24:30"] * 600, "stamps are no times"),
        (np.arange(600), "are no times that can be told from their size"),
        ([*(NS[:-1] // 10**9), NS[-1]], "are no times that can be told from their size"),
        (["yesterday"] * 600, "'yesterday' in row 1 is no time that can be read"),
    ],
)
def test_what_is_no_time_is_refused_in_one_line(tmp_path, stamps, says):
    assert says in refusal(tmp_path, stamps, tz=NEW_YORK)


def test_columns_that_are_no_times_are_refused(tmp_path):
    put(tmp_path / "x.csv", parquet_of(BARS.assign(timestamp=True)))

    with pytest.raises(BadDataError, match="column timestamp is bool, which is no time"):
        Files(tmp_path / "x.csv", symbol="SPY").load("SPY", M1, SESSIONS)


@given(
    st.lists(st.integers(0, 3 * 365 * 24 * 60), min_size=1, max_size=50), st.sampled_from(["UTC", NEW_YORK, "Africa/Casablanca"])
)
def test_clock_times_become_the_instants_that_they_came_from(at_minutes, tz):
    instants = pd.to_datetime(np.sort(np.array(at_minutes)) * 60 * 10**9 + 1_672_531_200 * 10**9, utc=True).as_unit("ns")
    clock = instants.tz_convert(tz).tz_localize(None)
    alone = ~clock.duplicated(keep=False)
    twice = (clock + pd.Timedelta(0)).tz_localize(tz, ambiguous="NaT", nonexistent="NaT").isna() & alone

    if not twice.any() and alone.all():
        np.testing.assert_array_equal(localize(clock.asi8, tz, "x"), instants.asi8)


def test_an_hour_shown_twice_is_told_apart_by_order_or_refused():
    hours = pd.date_range("2024-11-03 04:30", periods=6, freq="30min", tz="UTC").as_unit("ns")
    clock = hours.tz_convert(NEW_YORK).tz_localize(None).asi8

    np.testing.assert_array_equal(localize(clock, NEW_YORK, "x"), hours.asi8)
    with pytest.raises(BadDataError, match="an hour that America/New_York has twice"):
        localize(clock[:3], NEW_YORK, "x")


def test_an_hour_that_is_skipped_is_refused():
    clock = pd.DatetimeIndex(["2024-03-10 01:30", "2024-03-10 02:30"]).as_unit("ns").asi8

    with pytest.raises(BadDataError, match="an hour that America/New_York skips"):
        localize(clock, NEW_YORK, "x")
