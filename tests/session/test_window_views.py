"""Windows that no stream stands behind: other bases than the streamed one, whole weeks, several sessions in one bar."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.derive.spans import sessions_of_spans, span_grid
from sessionlab.errors import NoDataError
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-06-02", "2025-07-07"))
SOURCE = RowsSource({("A", width): make_bars(DAYS, width) for width in ("1s", "1m", "1d")})
AGGREGATED = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


def lab_on(
    streams: str, windows: str, days: int = 3, *, source: Any = SOURCE, start: str = "2025-07-02", **changes: Any
) -> sl.Lab:
    return sl.Lab(
        config("A", streams, start, "2025-07-07", window=days, window_intervals=windows, **changes), source=source, times=TIMES
    )


def stored(width: str, first: str, last: str) -> pd.DataFrame:
    """The rows behind the source as a frame, between two dates, both included."""
    rows = SOURCE._rows["A", width]
    index = pd.DatetimeIndex(rows.start, tz="UTC").tz_convert("America/New_York").rename("start")
    frame = pd.DataFrame(rows.values.T, index, columns=["open", "high", "low", "close", "volume"])
    return frame.loc[first:last]


@pytest.mark.parametrize(("streams", "windows"), [("1m", "1s"), ("1d", "1m"), ("1m 5m", "1d"), ("1d", "1s")])
def test_a_window_of_a_base_that_is_not_streamed_is_there_as_stored(streams: str, windows: str):
    lab = lab_on(streams, windows)
    shown = lab.data["A"].bars(windows).history
    for first, last in (("2025-06-27", "2025-07-01"), ("2025-06-30", "2025-07-02")):
        expected = stored(windows, first, last)
        pd.testing.assert_frame_equal(shown.frame()[list(AGGREGATED)], expected, check_freq=False)
        assert (shown.coverage, len(shown.gaps), shown.last.close) == (100.0, 0, expected["close"].iloc[-1])
        lab.run_session()
        lab.step()


def test_of_today_such_a_window_says_why_there_is_nothing():
    lab = lab_on("1m", "1s 1w")
    lab.step()
    seconds, weeks = lab.data["A"].bars("1s"), lab.data["A"].bars("1w")

    for look in (
        lambda: len(seconds),
        lambda: seconds.close,
        lambda: seconds.all.frame(),
        lambda: seconds.coverage,
        lambda: seconds.gaps,
    ):
        with pytest.raises(NoDataError, match=r"in the window alone.*cannot be made of 1m; read \.history, or add 1s to"):
            look()
    with pytest.raises(NoDataError, match=r"1w bars of A hold several sessions, so there is none of today; read \.history"):
        weeks.all.close  # noqa: B018
    assert "read .history" in repr(seconds)
    assert "read .history" in weeks._repr_html_()
    assert "bars" in repr(seconds.history)


def test_a_strategy_cannot_wait_for_bars_of_the_window_alone():
    lab = lab_on("1m", "1s")

    lab.every("1s")(lambda ctx, symbol: None)
    with pytest.raises(NoDataError, match="in the window alone"):
        lab.step()


def test_what_was_not_planned_is_made_of_a_window_that_divides_it():
    lab = lab_on("1d", "1s")

    fives = lab.data["A"].bars("5s").history.frame()
    expected = stored("1s", "2025-06-27", "2025-07-01").resample("5s").agg(AGGREGATED).dropna()
    pd.testing.assert_frame_equal(fives[list(AGGREGATED)], expected, check_freq=False)
    with pytest.raises(NoDataError, match=r"1w bars of A cannot be made of 1d; add a window to historical\.data"):
        lab.data["A"].bars("1w")


def test_today_s_day_follows_the_stored_days_of_the_window():
    lab = lab_on("1m 1d", "1d")
    lab.run_session()

    days = lab.data["A"].bars("1d").all.frame()
    today = stored("1m", "2025-07-02", "2025-07-02").resample("1D").agg(AGGREGATED).iloc[0]
    assert days["close"].tolist() == [*stored("1d", "2025-06-27", "2025-07-01")["close"], today["close"]]
    assert days["count"].tolist() == [1, 1, 1, 390]


@pytest.mark.parametrize("streams", ["1s", "1m", "1s 1m"])
def test_days_prefer_stored_ones_then_minutes_then_seconds_whatever_is_streamed(streams: str):
    for widths, base in ((("1s", "1m", "1d"), "1d"), (("1s", "1m"), "1m"), (("1s",), "1s")):
        source = RowsSource({("A", width): make_bars(DAYS[-9:], width) for width in widths})
        if not set(streams.split()) <= set(widths):
            continue
        plan = lab_on(streams, "1d 1w", source=source).plan
        assert plan.windows_frame()["base"].tolist() == [base, base]


def weekly_by_pandas(days: pd.DataFrame, before: str) -> pd.DataFrame:
    """Weeks from Monday on that ended before the one of ``before``."""
    week = days.index.tz_localize(None).to_period("W-SUN")
    grouped = days.groupby(week)
    made = grouped.agg(AGGREGATED)
    made["count"] = grouped.size()
    return made[made.index < pd.Period(before, "W-SUN")]


@pytest.mark.parametrize(("date", "weeks"), [("2025-07-02", 2), ("2025-06-30", 2), ("2025-07-07", 2), ("2025-06-27", 1)])
def test_weeks_are_whole_calendar_weeks_made_of_the_stored_days(date: str, weeks: int):
    """8 sessions before a day reach into a week before: a whole one, as the window goes back to its Monday."""
    lab = lab_on("1m", "1w", 8, start=date)
    frame = lab.data["A"].bars("1w").history.frame()

    expected = weekly_by_pandas(stored("1d", "2025-06-02", "2025-07-07"), date).iloc[-weeks:]
    for column in AGGREGATED:
        assert frame[column].tolist() == expected[column].tolist()
    assert frame["count"].tolist() == expected["count"].tolist()
    assert frame["complete"].all()
    assert (frame.index.day_of_week == 0).all()
    assert lab.data["A"].bars("1w").history.last.known_at < lab.session.open
    assert lab.data["A"].bars("1w").history.coverage == 100


def test_bars_of_several_sessions_are_counted_back_from_today():
    lab = lab_on("1m", "2d", 3)
    frame = lab.data["A"].bars("2d").history.frame()

    days = stored("1d", "2025-06-26", "2025-07-01")
    assert frame["open"].tolist() == days["open"].iloc[[0, 2]].tolist()
    assert frame["close"].tolist() == days["close"].iloc[[1, 3]].tolist()
    assert frame["volume"].tolist() == days["volume"].to_numpy().reshape(2, 2).sum(axis=1).tolist()
    assert frame["count"].tolist() == [2, 2]


def test_a_week_without_one_of_its_days_is_built_or_skipped():
    """Of Wednesday a minute is missing, Thursday is missing whole: days are made of minutes, as none are stored."""
    thin = [make_bars(day, missing=[5] if str(day.date) == "2025-06-25" else []) for day in DAYS if str(day.date) != "2025-06-26"]
    source = RowsSource({("A", "1m"): thin[0].join(thin)})
    built, skipped = (
        lab_on("1m", "1w", 8, source=source, session_data_config__bars__incomplete=how) for how in ("build", "skip")
    )

    bars = built.data["A"].bars("1w").history
    assert bars.frame()[["count", "complete"]].to_numpy().tolist() == [[4, True], [4, False]]
    assert (bars.coverage, bars.gaps["start"].dt.strftime("%m-%d").tolist()) == (50.0, ["06-23"])
    assert skipped.data["A"].bars("1w").history.index.strftime("%m-%d").tolist() == ["06-16"]
    quality = built.data.quality(window=True).query("interval == '1w'")
    assert quality[["date", "expected", "present"]].to_numpy().tolist() == [
        [pd.Timestamp("2025-06-20"), 1, 1],
        [pd.Timestamp("2025-06-27"), 1, 0],
    ]


@settings(max_examples=80)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2026, 1, 1)), st.integers(1, 40), st.sampled_from(["2d", "5d", "1w", "2w", "7w"]))
def test_spans_are_whole_in_order_apart_and_end_before_today(day: dt.date, days: int, width: str):
    today, interval = TIMES.get_first_trading_date(day), Interval.parse(width)
    sessions = sessions_of_spans(TIMES, today, days, interval)
    grid = span_grid(sessions, today, interval)

    assert len(sessions) >= days
    assert (grid.start[1:] >= grid.end[:-1]).all()
    assert not len(grid.end) or grid.end[-1] <= TIMES.get_trading_session(today).open_ns
    for start, end, expected in zip(grid.start, grid.end, grid.expected, strict=True):
        first, last = (pd.Timestamp(edge, tz="UTC").tz_convert(TIMES.tz) for edge in (start, end))
        assert expected == TIMES.count_trading_days(first.date(), last.date())
        if interval.unit == "d":
            assert expected == interval.count
        else:
            before = TIMES.get_previous_trading_date(first.date())
            assert before.isocalendar()[:2] != first.date().isocalendar()[:2]
            assert (last.date() - first.date()).days < 7 * interval.count
    if interval.unit == "w" and len(grid.end):
        after = TIMES.get_next_trading_date(pd.Timestamp(grid.end[-1], tz="UTC").tz_convert(TIMES.tz).date())
        assert after.isocalendar()[:2] == today.isocalendar()[:2] or after == today


def test_quality_of_windows_has_a_row_per_day_and_no_coverage_where_it_is_not_measured():
    missing = make_bars(DAYS[:-3]), make_bars(DAYS[-3], missing=[10, 11, 200]), make_bars(DAYS[-2:])
    source = RowsSource({("A", "1m"): missing[0].join(missing), ("A", "1d"): make_bars([DAYS[-5], DAYS[-3]], "1d")})
    lab = lab_on("1m", "1m 5m 1d", source=source, start="2025-07-07")
    unmeasured = lab_on(
        "1m", "1m 5m 1d", source=source, start="2025-07-07", session_data_config__historical__enable_quality=False
    )

    quality = lab.data.quality(window=True)
    window = quality[quality["date"] < "2025-07-07"].set_index(["interval", quality["date"].dt.day.iloc[: len(quality) - 1]])
    assert len(window) == 9
    assert window.loc[("1m", 2), ["expected", "present", "gap_count", "longest_gap"]].tolist() == [390, 387, 2, 2]
    assert window.loc[("5m", 2), ["expected", "present", "gap_count"]].tolist() == [78, 76, 2]
    assert window.loc[("1d", 1), ["expected", "present"]].tolist() == [1, 1]
    assert (set(window["part"]), quality["part"].iloc[-1]) == ({"window"}, "session")
    assert "part" not in lab.data.quality()
    history = unmeasured.data["A"].bars("1m")
    assert unmeasured.data.quality(window=True)["coverage"].isna().all()
    assert (history.history.coverage, history.all.coverage) == (None, None)
    assert len(history.history.gaps) == 2


def test_the_window_is_told_as_of_the_open_and_turns_where_a_row_comes_later():
    """The last second of yesterday comes at 10:00 today, of a base that is not streamed."""
    late = make_bars(DAYS[-2], "1s", late={12_599: float((DAYS[-1].open_ns - DAYS[-2].close_ns) // 10**9 + 1800)})
    source = RowsSource({("A", "1s"): late, ("A", "1m"): make_bars(DAYS)})
    lab = lab_on("1m", "1s", 1, source=source, start="2025-07-07")
    seconds = lab.data["A"].bars("1s").history

    assert len(seconds) == 12_599
    lab.advance("09:59")
    assert len(seconds) == 12_599
    lab.advance("10:00")
    assert len(seconds) == 12_600
    assert np.all(np.diff(seconds.index.asi8) > 0)
