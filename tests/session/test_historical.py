"""Historical indicators: the numbers, what they are made of, and what they say where something is missing."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.errors import CalendarError, ConfigError, NoDataError
from sessionlab.session.data import SessionData
from sessionlab.tape import Rows
from sessionlab.tape.actions import Actions, Split
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-05-01", "2025-07-08"))  # 2025-07-03 closes early
DATES = [str(day.date) for day in DAYS]
MINUTES, DAILY = make_bars(DAYS[-12:], "1m"), make_bars(DAYS, "1d")
SOURCE = RowsSource({("A", "1m"): MINUTES, ("A", "1d"): DAILY, ("B", "1m"): make_bars(DAYS[-12:], "1m", seed=5)})
AVERAGE, LOW, HIGH = ({"type": f"trailing_{kind}", "period": "10d"} for kind in ("average", "min", "max"))


def lab_on(
    start: str = "2025-07-02",
    end: str = "2025-07-08",
    *,
    source: Any = SOURCE,
    symbols: str = "A",
    streams: str = "1m",
    **indicators: Any,
) -> sl.Lab:
    changes = {"session_data_config__historical__indicators": indicators}
    return sl.Lab(config(symbols, streams, start, end, **changes), source=source, times=TIMES)


def days_of(rows: Rows) -> pd.DataFrame:
    """Stored days by date."""
    index = pd.DatetimeIndex(rows.start, tz="UTC").tz_convert(TIMES.tz).tz_localize(None).normalize()
    return pd.DataFrame(rows.values.T, index, columns=["open", "high", "low", "close", "volume"])


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("kind", ["average", "max", "min"])
def test_every_kind_of_every_field_is_what_pandas_makes_of_the_sessions_before(kind: str, field: str):
    lab = lab_on(x={"type": f"trailing_{kind}", "period": "7d", "field": field})
    x = lab.data["A"].historical["x"]
    for date in ("2025-07-02", "2025-07-03", "2025-07-07"):
        last = days_of(DAILY).loc[:date, field].iloc[-8:-1]
        assert x.value == pytest.approx({"average": last.mean(), "max": last.max(), "min": last.min()}[kind], rel=1e-14)
        assert x.dates == tuple(stamp.date() for stamp in last.index)
        pd.testing.assert_series_equal(x.series, last, check_freq=False, check_names=False, check_index_type=False)
        assert (x.why, x.count, x.counts.tolist()) == (None, 7, [7])
        lab.run_session()
        lab.step()


def test_fields_left_out_are_those_of_the_type():
    lab = lab_on(volume=AVERAGE, low=LOW, high=HIGH)
    last = days_of(DAILY).loc[:"2025-07-01"].iloc[-10:]
    historical = lab.data["A"].historical

    assert [historical[name].value for name in ("volume", "low", "high")] == [
        last["volume"].mean(),
        last["low"].min(),
        last["high"].max(),
    ]
    assert "lowest low of 10 sessions, 2025-06-17 to 2025-07-01" in repr(historical["low"])


@pytest.mark.parametrize("period", ["1w", "2w", "1mo", "3mo", "1y"])
@pytest.mark.parametrize("date", ["2025-06-30", "2025-07-02", "2025-07-07"])
def test_a_span_of_the_calendar_reaches_back_to_the_day_that_pandas_offsets_to(period: str, date: str):
    count, unit = int(period.rstrip("dwmoy")), period.lstrip("0123456789")
    offset = pd.DateOffset(**{{"w": "weeks", "mo": "months", "y": "years"}[unit]: count})
    lab = lab_on(date, date, x={**AVERAGE, "period": period})

    since = pd.Timestamp(date) - offset
    expected = TIMES.get_trading_dates(str(since.date()), date)[:-1]
    there = days_of(DAILY).loc[since:date].iloc[:-1]
    x = lab.data["A"].historical["x"]
    assert x.value == pytest.approx(there["volume"].mean(), rel=1e-14)
    assert sorted([*x.dates, *x.absent]) == expected


def test_minutes_are_averaged_over_the_sessions_that_have_them():
    """2025-07-03 has 210 minutes, and of one minute on the 2nd there is no bar."""
    parts = [make_bars(day, missing=[17] if str(day.date) == "2025-07-02" else []) for day in DAYS[-6:]]
    lab = lab_on(
        "2025-07-07",
        "2025-07-07",
        source=RowsSource({("A", "1m"): Rows.join(parts)}),
        x={**AVERAGE, "period": "4d", "granularity": "minute"},
    )
    x = lab.data["A"].historical["x"]

    grid = np.full((4, 390), np.nan)
    for row, (day, part) in zip(grid, zip(DAYS[-6:-2], parts[:4], strict=True), strict=True):
        row[day.positions(part.start, Interval.parse("1m"))] = part.values[4]
    np.testing.assert_allclose(x.values, np.nanmean(grid, axis=0), rtol=1e-14)
    assert x.counts.tolist() == (~np.isnan(grid)).sum(axis=0).tolist()
    assert (x.counts[0], x.counts[17], x.counts[210]) == (4, 3, 3)
    assert x.incomplete == (dt.date(2025, 7, 2),)
    assert x.series.index[0] == lab.session.open
    assert x.frame().loc["2025-07-07 12:59":"2025-07-07 13:00", "count"].tolist() == [4, 3]


def test_a_session_that_closes_early_today_shows_its_own_minutes_alone():
    lab = lab_on("2025-07-03", x={**AVERAGE, "granularity": "minute"})
    x = lab.data["A"].historical["x"]

    assert (len(x.values), len(x.counts), len(x.frame()), len(x)) == (210, 210, 210, 210)
    lab.run_session()
    lab.step()
    assert len(x.values) == 390


def test_the_minute_in_progress_goes_with_the_clock():
    lab = lab_on(x={**AVERAGE, "granularity": "minute"})
    x = lab.data["A"].historical["x"]

    assert (x.now, x.at("open")) == (x.values[0], x.values[0])
    lab.advance("10:15")
    assert (x.now, x.at("10:15:59"), x.at("15:59")) == (x.values[45], x.values[45], x.values[389])
    assert lab.data.as_of("09:31")["A"].historical["x"].now == x.values[1]
    lab.run_session()
    assert math.isnan(x.now)
    with pytest.raises(CalendarError, match="in no minute of"):
        x.at("close")
    with pytest.raises(TypeError, match=r"\.now for the minute in progress"):
        float(x)


def test_minutes_are_made_of_seconds_where_none_are_stored():
    seconds = make_bars(DAYS[-3:-1], "1s")
    lab = lab_on(
        "2025-07-08",
        source=RowsSource({("A", "1s"): Rows.join([seconds, make_bars(DAYS[-1], "1s")])}),
        streams="1s",
        x={**AVERAGE, "period": "2d", "granularity": "minute"},
    )
    x = lab.data["A"].historical["x"]

    early, whole = (
        seconds.values[4, :12_600].reshape(210, 60).sum(axis=1),
        seconds.values[4, 12_600:].reshape(390, 60).sum(axis=1),
    )
    np.testing.assert_allclose(x.values, [*((early + whole[:210]) / 2), *whole[210:]])
    assert lab.plan.windows_frame()[["interval", "base"]].to_numpy().tolist() == [["1m", "1s"]]


def test_days_made_of_minutes_say_which_lack_some_and_are_left_out_under_skip():
    parts = [make_bars(day, missing=[3] if str(day.date) == "2025-07-01" else []) for day in DAYS[-6:]]
    source = RowsSource({("A", "1m"): Rows.join(parts)})
    changes = {"session_data_config__historical__indicators": {"x": {**AVERAGE, "period": "2d"}}}
    built, skipped = (
        sl.Lab(config("A", "1m", "2025-07-02", session_data_config__bars__incomplete=how, **changes), source=source, times=TIMES)
        .data["A"]
        .historical["x"]
        for how in ("build", "skip")
    )

    sums = [part.values[4].sum() for part in parts[:2]]
    assert (built.value, built.incomplete, built.why) == (sum(sums) / 2, (dt.date(2025, 7, 1),), None)
    assert (skipped.value, skipped.absent) == (sums[0], (dt.date(2025, 7, 1),))
    assert skipped.why == "2 sessions asked, 1 is stored: from 2025-06-30 to 2025-06-30"
    assert "1 of them incomplete" in repr(built)


# -- what is missing -------------------------------------------------------------------------------------------------


def test_early_closes_are_skipped_where_asked_and_listed():
    plain, skipping = {**AVERAGE, "period": "3d"}, {**AVERAGE, "period": "3d", "skip_early_close": True}
    lab = lab_on("2025-07-07", plain=plain, skipping=skipping)
    historical, days = lab.data["A"].historical, days_of(DAILY)["volume"]

    assert historical["plain"].value == days.loc["2025-07-01":"2025-07-03"].mean()
    assert (historical["plain"].skipped, historical["plain"].count) == ((), 3)
    assert historical["skipping"].value == days.loc["2025-07-01":"2025-07-02"].mean()
    assert historical["skipping"].skipped == (dt.date(2025, 7, 3),)
    assert historical["skipping"].why is None
    assert historical["skipping"].frame()["status"].tolist() == ["used", "used", "skipped"]
    assert "1 skipped (closed early)" in repr(historical["skipping"])


def test_fewer_sessions_than_asked_are_told_and_none_are_nan():
    lab = lab_on("2025-07-02", year={**AVERAGE, "period": "500d"}, early={**AVERAGE, "granularity": "minute", "period": "30d"})
    historical = lab.data["A"].historical

    assert historical["year"].value == days_of(DAILY).loc[:"2025-07-01", "volume"].mean()
    assert historical["year"].why == "500 sessions asked, 42 are stored: from 2025-05-01 to 2025-07-01"
    assert historical["early"].why == "30 sessions asked, 8 are stored: from 2025-06-20 to 2025-07-01"
    assert historical["early"].counts.tolist() == [8] * 390
    assert historical["year"].frame()["status"].value_counts().to_dict() == {"absent": 458, "used": 42}
    with pytest.warns(sl.DataWarning, match="A 1m: no 1m bar is stored of the window before 2025-06-20"):
        first = lab_on("2025-06-20", "2025-06-20", x={**AVERAGE, "granularity": "minute"}).data["A"].historical["x"]
    assert np.isnan(first.values).all()
    assert (first.why, first.counts.sum(), first.dates) == ("10 sessions asked, none is stored", 0, ())


def test_a_period_beyond_the_calendar_is_told_like_one_beyond_the_store():
    x = lab_on(x={**AVERAGE, "period": "100000d"}).data["A"].historical["x"]

    assert x.why == "100000 sessions asked, 42 are stored: from 2025-05-01 to 2025-07-01"
    assert lab_on(x={**AVERAGE, "period": "5000y"}).data["A"].historical["x"].count == 42


def test_what_nothing_can_be_made_of_stops_the_start_naming_who_needs_it():
    source = RowsSource({("A", "1d"): DAILY})

    with pytest.raises(
        NoDataError, match=r"A: a window of 1m bars \(needed by historical\.indicators\.x\) has nothing"
    ) as caught:
        lab_on(source=source, streams="1d", x={**AVERAGE, "granularity": "minute"})
    assert "give the source more rows" in str(caught.value)


# -- plan ------------------------------------------------------------------------------------------------------------


def test_the_plan_says_which_windows_they_need():
    indicators = {
        "a": AVERAGE,
        "b": {**HIGH, "field": "close"},
        "c": {**LOW, "period": "3mo"},
        "d": {**AVERAGE, "granularity": "minute"},
    }
    asked = config("A", "1m", "2025-07-02", window=3, window_intervals="1m 1d")
    document = asked.replace({"session_data_config.historical.indicators": indicators})
    lab = sl.Lab(document, source=SOURCE, times=TIMES)

    assert lab.plan.windows_frame().drop(columns="symbol").to_numpy().tolist() == [
        ["1m", 3, "1m", "historical.data[0]"],
        ["1d", 3, "1d", "historical.data[0]"],
        ["1m", 10, "1m", "historical.indicators.d"],
        ["1d", "3mo", "1d", "historical.indicators.c"],
        ["1d", 10, "1d", "historical.indicators.a, historical.indicators.b"],
    ]
    assert lab.plan.notes == ()
    assert [len(lab.data["A"].bars(width).history) for width in ("1m", "1d")] == [3 * 390, 3]  # as historical.data asks


def test_where_no_window_was_asked_for_that_of_the_indicators_is_on_view():
    lab = lab_on(x=AVERAGE, y={**AVERAGE, "period": "20d"})

    assert len(lab.data["A"].bars("1d").history) == 20


def test_windows_of_one_base_are_read_once():
    source = RowsSource({("A", "1m"): MINUTES, ("A", "1d"): DAILY})
    lab = lab_on(source=source, x=AVERAGE, y={**LOW, "period": "20d"}, z={**AVERAGE, "granularity": "minute", "period": "3d"})
    lab.run()

    assert len(source.asked) == len(set(source.asked))


# -- as numbers, and by name -----------------------------------------------------------------------------------------


def test_a_value_stands_wherever_a_float_may():
    x = lab_on(x=AVERAGE).data["A"].historical["x"]
    value = days_of(DAILY).loc[:"2025-07-01", "volume"].iloc[-10:].mean()

    assert float(x) == value
    assert [x + 1, 1 + x, x - 1, 1 - x, 2 * x, x * 2, x / 2, 1 / x, -x, abs(x), round(x)] == [
        value + 1, 1 + value, value - 1, 1 - value, 2 * value, value * 2, value / 2, 1 / value, -value, value, round(value),
    ]  # fmt: skip
    assert (x > 0, x >= value, x < 0, x <= value, x == value, x != value, x == "x", x > x) == (
        True,
        True,
        False,
        True,
        True,
        False,
        False,
        False,
    )
    assert x / np.float64(2) == np.float64(value) / 2
    np.testing.assert_array_equal(np.array([1.0, 2.0]) / x, np.array([1.0, 2.0]) / value)
    assert (pd.Series([1.0, 2.0]) * x).tolist() == [value, 2 * value]
    assert (f"{x:.1f}", np.log(x), max(x, 0.0) == value) == (f"{value:.1f}", np.log(value), True)
    with pytest.raises(TypeError):
        x + "1"


def test_indicators_are_a_mapping_that_helps_with_names():
    historical = lab_on(avg_volume=AVERAGE, low=LOW).data["A"].historical

    assert (list(historical), len(historical), "low" in historical, "lo" in historical) == (["avg_volume", "low"], 2, True, False)
    assert historical._ipython_key_completions_() == ["avg_volume", "low"]
    assert (historical.get("nothing"), historical.get("low")) == (None, historical["low"])
    with pytest.raises(
        ConfigError, match="no historical indicator 'avg_volme'; the config has avg_volume, low; did you mean 'avg_volume'"
    ):
        historical["avg_volme"]
    with pytest.raises(ConfigError, match="the config asks for none"):
        lab_on().data["A"].historical["x"]
    assert historical.frame()["count"].to_dict() == {"avg_volume": 10, "low": 10}
    for shown in (historical, historical["low"]):
        assert "low" in shown._repr_html_()
        assert "low" in repr(shown)


def test_arrays_are_read_only_and_a_value_has_no_hash():
    lab = lab_on(day=AVERAGE, minute={**AVERAGE, "granularity": "minute"})
    historical = lab.data["A"].historical

    for array in (historical["minute"].values, historical["minute"].counts, historical["day"].series.to_numpy()):
        assert not array.flags.writeable
    assert historical["minute"]._repr_html_().count("<tr") == 7
    with pytest.raises(TypeError, match="unhashable"):
        hash(historical["day"])


# -- as known at the open, of today's shares -------------------------------------------------------------------------


def test_what_came_after_the_open_is_not_in_them_that_day():
    """Of yesterday the last minute comes at 10:00, and another is corrected then."""
    seconds = (DAYS[-1].open_ns - DAYS[-2].close_ns) // 10**9 + 1800
    yesterday = make_bars(DAYS[-2], late={389: float(seconds)}, corrected={5: float(seconds + 384 * 60)})
    source = RowsSource({("A", "1m"): Rows.join([make_bars(DAYS[-3]), yesterday, make_bars(DAYS[-1])])})
    lab = lab_on(
        "2025-07-08",
        source=source,
        day={**AVERAGE, "period": "1d", "field": "close"},
        minute={**AVERAGE, "period": "1d", "field": "close", "granularity": "minute"},
    )
    day, minute = (lab.data["A"].historical[name] for name in ("day", "minute"))

    plain = make_bars(DAYS[-2]).values[3]
    before = day.value, minute.values.copy()
    assert (before[0], before[1][5], minute.counts[389]) == (plain[388], plain[5], 0)
    lab.run_session()
    assert lab.data["A"].bars("1m").history.close[-1] == plain[389]  # the view tells of it, at 10:00
    assert day.value == before[0]
    np.testing.assert_array_equal(minute.values, before[1])


class Splitting(RowsSource):
    def actions(self, symbol: str, times: sl.TimeManager) -> Actions:
        return Actions.of([Split(dt.date(2025, 7, 2), 2.0)])


@pytest.mark.filterwarnings("ignore:A split")
def test_adjusted_windows_give_adjusted_numbers_and_others_a_flag():
    source = Splitting({("A", "1m"): MINUTES, ("A", "1d"): DAILY})
    indicators = {"volume": {**AVERAGE, "period": "4d"}, "high": {**HIGH, "period": "4d"}, "short": {**HIGH, "period": "1d"}}
    labs = {}
    for adjust in ("none", "splits"):
        changes = {"session_data_config__historical__indicators": indicators, "session_data_config__adjust": adjust}
        labs[adjust] = sl.Lab(config("A", "1m", "2025-07-03", **changes), source=source, times=TIMES).data["A"].historical
    days = days_of(DAILY).loc["2025-06-27":"2025-07-02"]
    ratio = np.array([2.0, 2.0, 2.0, 1.0])

    assert labs["none"]["volume"].value == days["volume"].mean()
    assert labs["splits"]["volume"].value == (days["volume"] * ratio).mean()
    assert labs["splits"]["high"].value == (days["high"] / ratio).max()
    assert [str(split) for split in labs["none"]["high"].unadjusted] == ["2 for 1 on 2025-07-02"]
    assert "not adjusted for 2 for 1" in repr(labs["none"]["high"])
    assert (labs["none"]["short"].unadjusted, labs["splits"]["high"].unadjusted) == ((), ())


# -- laws ------------------------------------------------------------------------------------------------------------

EVERY = {
    "volume": AVERAGE, "high": {**HIGH, "period": "2w"}, "low": {**LOW, "period": "3d", "skip_early_close": True},
    "minute": {**AVERAGE, "granularity": "minute", "period": "4d"}, "close": {**AVERAGE, "field": "close", "period": "1mo"},
}  # fmt: skip


def seen(data: SessionData) -> list[Any]:
    found: list[Any] = []
    for symbol in data:
        historical = data[symbol].historical
        for name, one in historical.items():
            arrays = (one.values, one.counts) if name == "minute" else (one.series.to_numpy(), one.counts)
            found.append(
                (symbol, name, one.dates, one.skipped, one.absent, one.incomplete, one.why, *(a.tobytes() for a in arrays))
            )
            found.append(one.at("10:00") if name == "minute" else one.value)
    return found


def faulty(seed: int) -> RowsSource:
    luck = np.random.default_rng(seed)
    parts = {}
    for symbol in "AB":
        for width, n in (("1m", 390), ("1d", 1)):
            days = []
            for day in DAYS[-14:]:
                missing = luck.choice(n, size=n // 60 or int(luck.random() < 0.2), replace=False)
                over_night = {n - 1 if n == 1 or not day.is_early_close else 209: 63_000.0} if luck.random() < 0.3 else {}
                days.append(make_bars(day, width, missing=missing.tolist(), late=over_night, seed=seed))
            parts[symbol, width] = Rows.join(days)
    return RowsSource(parts)


@pytest.fixture(scope="module")
def whole() -> dict[int, dict[str, list[Any]]]:
    """What every session of the longest run shows, by seed."""
    found = {}
    for seed in (1, 2):
        lab = lab_on(DATES[-9], DATES[-1], source=faulty(seed), symbols="A B", **EVERY)
        found[seed] = by_session(lab)
    return found


def by_session(lab: sl.Lab) -> dict[str, list[Any]]:
    looks = {}
    while lab.state != "done":
        lab.advance("10:00")
        looks[str(lab.session.date)] = seen(lab.data)
        lab.run_session()
        assert seen(lab.data) == looks[str(lab.session.date)]
    return looks


@settings(max_examples=12)
@given(seed=st.sampled_from([1, 2]), start=st.sampled_from(DATES[-9:]), prefetch=st.integers(1, 9))
def test_neither_the_start_of_the_run_nor_prefetch_days_can_be_seen_in_them(
    whole: dict[int, dict[str, list[Any]]], seed: int, start: str, prefetch: int
):
    document = config(
        "A B", "1m", start, DATES[-1], session_data_config__historical__indicators=EVERY, backtest_config__prefetch_days=prefetch
    )
    looks = by_session(sl.Lab(document, source=faulty(seed), times=TIMES))

    assert len(looks) >= 1
    assert looks == {date: was for date, was in whole[seed].items() if date >= start}


@settings(max_examples=4)
@given(pieces=st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_in_whatever_pieces_today_arrives_they_are_those_of_the_replay(whole: dict[int, dict[str, list[Any]]], pieces: list[int]):
    source, date, minute = faulty(1), DATES[-3], Interval.parse("1m")
    document = config("A B", "1m", date, session_data_config__historical__indicators=EVERY)
    engine = SessionCoordinator(document, source, TIMES, arriving=True)
    blocks = {symbol: source.load(symbol, minute, TIMES.get_sessions(date, date))[0].rows for symbol in "AB"}
    before = engine.session.open_ns
    assert seen(engine.data) == whole[1][date]
    for size in pieces:
        now = min(before + size * 60 * 10**9, engine.session.close_ns)
        came = {(symbol, minute): rows.take((rows.known_at > before) & (rows.known_at <= now)) for symbol, rows in blocks.items()}
        if now > before:
            engine.receive(came, now)
        before = now
        assert seen(engine.data) == whole[1][date]


def test_looking_back_at_an_earlier_session_shows_what_it_showed(whole: dict[int, dict[str, list[Any]]]):
    lab = lab_on(DATES[-9], DATES[-1], source=faulty(1), symbols="A B", **EVERY)
    lab.run()

    for date in DATES[-9::3]:
        assert seen(lab.data.as_of(f"{date} 10:00")) == whole[1][date]


def test_a_strategy_sees_them_in_every_hook():
    lab = lab_on(avg_volume=AVERAGE)
    told = {}

    @lab.every("60m")
    def watch(ctx: Any, symbol: str) -> None:
        told.setdefault(str(ctx.session.date), set()).add(float(ctx[symbol].historical["avg_volume"]))

    lab.run()
    days = days_of(DAILY)["volume"]
    assert told == {date: {days.loc[:date].iloc[-11:-1].mean()} for date in DATES[-5:] if date >= "2025-07-02"}
