"""Historical indicators and stored days of recorded symbols, against pandas on the same files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import config

import sessionlab as sl

NEW_YORK = "America/New_York"
SYMBOLS = ("SPY", "AIG", "BAC")
WEEK = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11")
INDICATORS = {
    "volume": {"type": "trailing_average", "period": "10d"},
    "by_minute": {"type": "trailing_average", "period": "10d", "granularity": "minute"},
    "high": {"type": "trailing_max", "period": "10d"},
    "low": {"type": "trailing_min", "period": "10d"},
    "close": {"type": "trailing_average", "period": "10d", "field": "close"},
    "two_weeks": {"type": "trailing_average", "period": "2w"},
    "month": {"type": "trailing_max", "period": "1mo"},
    "year": {"type": "trailing_min", "period": "1y"},
}
PLAIN = {"type": "trailing_average", "period": "20d", "field": "close"}


def days_of(real_data: Path, symbol: str) -> pd.DataFrame:
    frame = pd.read_parquet(real_data / "bars" / "1d" / f"{symbol}.parquet").set_index("timestamp").tz_convert(NEW_YORK)
    return frame.set_index(frame.index.tz_localize(None).normalize())


def minutes_of(real_data: Path, symbol: str, date: str) -> pd.Series:
    """The volume of each minute of the session, by its number from the open."""
    frame = pd.read_parquet(real_data / "bars" / "1m" / symbol / f"{date}.parquet").set_index("timestamp").tz_convert(NEW_YORK)
    inside = frame.between_time("09:30", "15:59")["volume"].astype("float64")
    return inside.set_axis((inside.index.hour - 9) * 60 + inside.index.minute - 30)


def lab_on(
    source: str, symbols: str, start: str, end: str, indicators: dict[str, Any], streams: str = "1m", **changes: Any
) -> sl.Lab:
    asked = config(symbols, streams, start, end, session_data_config__historical__indicators=indicators, **changes)
    return sl.Lab(asked, source=source)


@pytest.fixture(scope="module")
def mornings(real_data: Path) -> dict[str, dict[str, Any]]:
    """Of each morning of the week and each symbol, what the lab shows at the open."""
    with pytest.warns(sl.DataWarning, match="no 1m bar is stored of the window before 2013-10-07"):
        lab = lab_on(f"local:{real_data}", " ".join(SYMBOLS), WEEK[0], WEEK[-1], INDICATORS)
    found: dict[str, dict[str, Any]] = {}
    while lab.state != "done":
        found[str(lab.session.date)] = {
            (symbol, name): (
                (one.values.copy(), one.counts.copy(), one.why) if name == "by_minute" else (one.value, one.dates, one.why)
            )
            for symbol in SYMBOLS
            for name, one in lab.data[symbol].historical.items()
        }
        lab.run_session()
        if lab.state != "done":
            lab.step()
    return found


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("date", WEEK)
def test_the_numbers_of_each_morning_are_those_of_the_daily_files(real_data: Path, mornings: Any, symbol: str, date: str):
    before = days_of(real_data, symbol).loc[: pd.Timestamp(date) - pd.Timedelta("1D")]
    ten, shown = before.iloc[-10:], {name: value for (of, name), value in mornings[date].items() if of == symbol}

    assert shown["volume"][0] == pytest.approx(ten["volume"].mean(), rel=1e-14)
    assert shown["close"][0] == pytest.approx(ten["close"].mean(), rel=1e-14)
    assert (shown["high"][0], shown["low"][0]) == (ten["high"].max(), ten["low"].min())
    assert shown["volume"][1] == tuple(ten.index.date)
    for name, offset, column, made in (
        ("two_weeks", pd.DateOffset(weeks=2), "volume", "mean"),
        ("month", pd.DateOffset(months=1), "high", "max"),
        ("year", pd.DateOffset(years=1), "low", "min"),
    ):
        span = before.loc[pd.Timestamp(date) - offset :]
        assert shown[name][0] == pytest.approx(span[column].agg(made), rel=1e-14)
        assert shown[name][1] == tuple(span.index.date)
        assert shown[name][2] is None


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("date", WEEK)
def test_the_minutes_of_each_morning_have_as_many_samples_as_days_are_recorded(
    real_data: Path, mornings: Any, symbol: str, date: str
):
    """The minute files begin with this week; of 13:47 AIG has no bar on Monday."""
    values, counts, why = mornings[date][symbol, "by_minute"]
    recorded = [day for day in WEEK if day < date]
    table = pd.DataFrame({day: minutes_of(real_data, symbol, day) for day in recorded}, index=range(390))

    np.testing.assert_allclose(values, table.mean(axis=1) if recorded else np.full(390, np.nan), rtol=1e-14)
    assert counts.tolist() == (table.count(axis=1).tolist() if recorded else [0] * 390)
    if symbol == "AIG" and recorded:
        assert counts[257] == len(recorded) - 1
    if recorded:
        verb = "is" if len(recorded) == 1 else "are"
        assert why == f"10 sessions asked, {len(recorded)} {verb} stored: from {recorded[0]} to {recorded[-1]}"
    else:
        assert why == "10 sessions asked, none is stored"


def test_the_early_closes_of_2012_are_skipped_where_asked(real_data: Path):
    """2012-11-23, after Thanksgiving, and 2012-12-24."""
    indicators = {
        "all": {"type": "trailing_average", "period": "30d"},
        "whole": {"type": "trailing_average", "period": "30d", "skip_early_close": True},
    }
    lab = lab_on(f"local:{real_data}", "SPY BAC", "2012-12-31", "2012-12-31", indicators, streams="1d")

    for symbol in ("SPY", "BAC"):
        ten = days_of(real_data, symbol).loc[:"2012-12-30", "volume"].iloc[-30:]
        historical = lab.data[symbol].historical
        early = (dt.date(2012, 11, 23), dt.date(2012, 12, 24))
        assert historical["all"].value == pytest.approx(ten.mean(), rel=1e-14)
        assert historical["whole"].value == pytest.approx(ten.drop([pd.Timestamp(date) for date in early]).mean(), rel=1e-14)
        assert (historical["whole"].skipped, historical["whole"].count, historical["all"].count) == (early, 28, 30)


def test_days_are_read_as_stored_where_both_are_and_no_minute_is_touched(real_data: Path):
    lab = lab_on(f"local:{real_data}", "SPY", "2013-10-11", "2013-10-11", {"year": {"type": "trailing_average", "period": "1y"}})

    assert lab.plan.windows_frame().to_numpy().tolist() == [["SPY", "1d", "1y", "1d", "historical.indicators.year"]]
    year = lab.data["SPY"].historical["year"]
    assert (year.dates[0], year.count, year.why) == (dt.date(2012, 10, 11), 250, None)
    assert {str(interval) for _, interval in lab._engine.loader.kept._blocks} == {"1d", "1m"}
    assert set(lab._engine.loader.kept._blocks["SPY", sl.Interval.parse("1m")]) == {dt.date(2013, 10, 11)}


def test_apple_across_its_split_adjusted_and_not(real_data: Path, lean_data: Path):
    """7 for 1 on Monday 2014-06-09: of the ten sessions before it all are in old shares, before Tuesday's nine."""
    indicators = {"high": {"type": "trailing_max", "period": "10d"}, "volume": {"type": "trailing_average", "period": "10d"}}
    days = days_of(real_data, "AAPL")
    for source in (f"local:{real_data}", f"lean:{lean_data}"):
        for date, old in (("2014-06-06", 0), ("2014-06-09", 10), ("2014-06-10", 9)):
            ten = days.loc[: pd.Timestamp(date) - pd.Timedelta("1D")].iloc[-10:]
            ratio = np.where(np.arange(10) < old, 7.0, 1.0)
            adjusted = lab_on(source, "AAPL", date, date, indicators, "1d", session_data_config__adjust="splits")
            with pytest.warns(sl.DataWarning, match="7 for 1") if old else _nothing():
                plain = lab_on(source, "AAPL", date, date, indicators, "1d")
            told, raw = adjusted.data["AAPL"].historical, plain.data["AAPL"].historical
            assert raw["high"].value == ten["high"].max()
            assert told["high"].value == pytest.approx((ten["high"] / ratio).max(), rel=1e-12)
            assert told["volume"].value == pytest.approx((ten["volume"] * ratio).mean(), rel=1e-12)
            assert [str(split) for split in raw["high"].unadjusted] == (["7 for 1 on 2014-06-09"] if old else [])
            assert told["high"].unadjusted == ()


def _nothing() -> Any:
    from contextlib import nullcontext

    return nullcontext()


def windows_lab(real_data: Path, symbols: str) -> sl.Lab:
    asked = config(symbols, "1m", "2013-10-11", window=4, window_intervals="1m 1d")
    return sl.Lab(asked, source=f"local:{real_data}")


def test_stored_days_differ_from_their_minutes_where_pandas_finds_it_too(real_data: Path):
    """Volumes of SPY and BAC agree; AIG's stored days also count the minute after the close. Two prices are a cent apart."""
    differences = windows_lab(real_data, "SPY BAC AIG").data.window_differences()

    expected = []
    for symbol in ("SPY", "BAC", "AIG"):
        days = days_of(real_data, symbol)
        for date in WEEK[:4]:
            frame = pd.read_parquet(real_data / "bars" / "1m" / symbol / f"{date}.parquet").set_index("timestamp")
            inside = frame.tz_convert(NEW_YORK).between_time("09:30", "15:59")
            made = {"open": inside["open"].iloc[0], "high": inside["high"].max(), "low": inside["low"].min()}
            made |= {"close": inside["close"].iloc[-1], "volume": float(inside["volume"].sum())}
            for field, aggregated in made.items():
                stored = float(days.loc[date, field])
                if stored != aggregated:
                    expected.append([symbol, pd.Timestamp(date), "1m", field, stored, aggregated, 390 - len(inside)])
    assert differences.drop(columns="difference").to_numpy().tolist() == expected
    volumes = differences[differences["field"] == "volume"]
    assert set(volumes["symbol"]) == {"AIG"}
    assert volumes["difference"].iloc[0] == 5302
    assert differences[differences["field"] != "volume"]["difference"].abs().round(6).tolist() == [0.01, 0.01]


def test_without_both_loaded_there_is_nothing_to_compare(real_data: Path):
    lab = sl.Lab(config("AIG", "1m", "2013-10-11", window=4, window_intervals="1d"), source=f"local:{real_data}")

    differences = lab.data.window_differences()
    assert differences.empty
    assert list(differences.columns) == ["symbol", "date", "base", "field", "stored", "aggregated", "difference", "missing"]


def test_weeks_of_a_decade_are_those_of_pandas(real_data: Path):
    lab = sl.Lab(config("SPY", "1d", "2013-10-09", window=2500, window_intervals="1w"), source=f"local:{real_data}")
    weeks = lab.data["SPY"].bars("1w").history.frame()

    days = days_of(real_data, "SPY").loc[weeks.index[0].tz_localize(None).normalize() : "2013-10-06"]
    grouped = days.groupby(days.index.to_period("W-SUN"))
    expected = grouped.agg({"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"})
    np.testing.assert_array_equal(weeks[list(expected.columns)], expected)
    assert weeks["count"].tolist() == grouped.size().tolist()
    assert weeks["complete"].all()
    assert len(weeks) > 515
