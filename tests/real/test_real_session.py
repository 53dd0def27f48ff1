"""A lab on recorded data shows what pandas computes from the same files, and the coverage that is known of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sessionlab as sl

NEW_YORK = "America/New_York"
CHICAGO = "America/Chicago"
OPEN, CLOSE = pd.Timedelta(hours=9, minutes=30), pd.Timedelta(hours=16)

# Minutes present in the regular session, and rows before and after it, as counted when the data was recorded.
MINUTES = {
    **{("SPY", f"2013-10-{day:02}"): 390 for day in range(7, 12)},
    **{("BAC", f"2013-10-{day:02}"): 390 for day in range(7, 12)},
    **{("AIG", f"2013-10-{day:02}"): 390 for day in range(8, 12)},
    ("AIG", "2013-10-07"): 389,
    **{("AAPL", date): 390 for date in ("2014-06-05", "2014-06-06", "2014-06-09", "2025-07-02")},
    **{("FOXA", date): 390 for date in ("2013-07-01", "2013-07-02")},
    ("RIVN", "2025-07-02"): 390,
}
SECONDS = {("SPY", "2013-10-07"): (14432, 21), ("SPY", "2013-10-08"): (19516, 9), ("AIG", "2013-10-07"): (3863, 77)}
BEFORE_THE_OPEN = {("AIG", "2013-10-07"): 20, ("AAPL", "2025-07-02"): 249, ("RIVN", "2025-07-02"): 128}
FUTURES = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11"]
FUTURES += ["2024-01-12"]


def lab_on(real_data: Path, symbol: str, date: str, streams: str, group: str = "US_EQUITY") -> sl.Lab:
    config = sl.SessionConfig.simple(symbol, date, date, streams, exchange_group=group)
    return sl.Lab(config, source=f"local:{real_data}")


def recorded(real_data: Path, interval: str, symbol: str, date: str, tz: str = NEW_YORK) -> pd.DataFrame:
    frame = pd.read_parquet(real_data / "bars" / interval / symbol / f"{date}.parquet").set_index("timestamp")
    return frame.tz_convert(tz)[["open", "high", "low", "close", "volume"]].astype("float64")


def session_of(frame: pd.DataFrame, opens: pd.Timestamp, closes: pd.Timestamp) -> pd.DataFrame:
    return frame[(frame.index >= opens) & (frame.index < closes)]


def by_pandas(frame: pd.DataFrame, width: str, opens: pd.Timestamp) -> pd.DataFrame:
    """Longer bars of the bars that are there, anchored at the open; a bucket without any has none."""
    grouped = frame.resample(width, origin=opens, label="left", closed="left")
    made = grouped.agg({"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"})
    made["count"] = grouped["close"].count()
    return made[made["count"] > 0]


def same(shown: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert list(shown.index.as_unit("ns").asi8) == list(expected.index.as_unit("ns").asi8)
    for column in ("open", "high", "low", "close"):
        assert shown[column].tolist() == expected[column].tolist()
    np.testing.assert_allclose(shown["volume"], expected["volume"], rtol=1e-9)
    if "count" in shown:
        assert shown["count"].tolist() == expected["count"].tolist()


def gaps_by_hand(frame: pd.DataFrame, grid: pd.DatetimeIndex) -> list[tuple[pd.Timestamp, int]]:
    """Start and length of each run of grid stamps that are not in the frame."""
    absent = ~grid.isin(frame.index)
    runs: list[tuple[pd.Timestamp, int]] = []
    for i, gone in enumerate(absent):
        if gone and i and absent[i - 1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif gone:
            runs.append((grid[i], 1))
    return runs


@pytest.mark.parametrize(("symbol", "date"), MINUTES)
def test_minutes_of_a_day_and_the_longer_bars_made_of_them(real_data: Path, symbol: str, date: str):
    opens, closes = (pd.Timestamp(date, tz=NEW_YORK) + clock for clock in (OPEN, CLOSE))
    lab = lab_on(real_data, symbol, date, "1m 5m 10m 30m 1d")
    lab.run_session()

    minutes = session_of(recorded(real_data, "1m", symbol, date), opens, closes)
    bars = lab.data[symbol].bars
    same(bars("1m").frame(), minutes)
    for width in ("5m", "10m", "30m"):
        same(bars(width).frame(), by_pandas(minutes, width.replace("m", "min"), opens))
    same(bars("1d").frame(), by_pandas(minutes, "390min", opens))

    quality = lab.data.quality().set_index("interval").loc["1m"]
    assert (quality["expected"], quality["present"]) == (390, MINUTES[symbol, date])
    gaps = lab.data.gaps()
    found = gaps[gaps["interval"] == "1m"]
    grid = pd.date_range(opens, closes, freq="1min", inclusive="left")
    assert list(zip(found["start"], found["count"], strict=True)) == gaps_by_hand(minutes, grid)
    if (symbol, date) in BEFORE_THE_OPEN:
        assert quality["off_session"] == BEFORE_THE_OPEN[symbol, date]


def test_one_minute_of_aig_is_missing(real_data: Path):
    lab = lab_on(real_data, "AIG", "2013-10-07", "1m")
    lab.run_session()

    quality = lab.data.quality().iloc[0]
    assert round(quality["coverage"], 4) == 99.7436
    assert (quality["gap_count"], quality["longest_gap"]) == (1, 1)


@pytest.mark.parametrize("symbol", ["AAPL", "RIVN"])
def test_a_session_recorded_after_hours_only_is_one_gap(real_data: Path, symbol: str):
    config = sl.SessionConfig.simple(symbol, "2025-07-01", "2025-07-02", "1m")
    with pytest.warns(sl.DataWarning, match="on 2025-07-01: .* rows lie outside of the session"):
        result = sl.Lab(config, source=f"local:{real_data}").run()

    first, second = result.quality.to_dict("records")
    assert (first["expected"], first["present"], first["coverage"], first["gap_count"], first["longest_gap"]) == (
        390,
        0,
        0,
        1,
        390,
    )
    assert (second["present"], second["coverage"]) == (390, 100)


@pytest.mark.parametrize(("symbol", "date"), SECONDS)
def test_seconds_of_a_day_and_the_longer_bars_made_of_them(real_data: Path, symbol: str, date: str):
    lab = lab_on(real_data, symbol, date, "1s")
    lab.run_session()

    opens, closes = (pd.Timestamp(date, tz=NEW_YORK) + clock for clock in (OPEN, CLOSE))
    seconds = session_of(recorded(real_data, "1s", symbol, date), opens, closes)
    bars = lab.data[symbol].bars
    same(bars("1s").frame(), seconds)
    for width in ("5m", "10m", "30m"):
        same(bars(width).frame(), by_pandas(seconds, width.replace("m", "min"), opens))
    same(bars("1d").frame(), by_pandas(seconds, "390min", opens))

    quality = lab.data.quality().iloc[0]
    present, longest = SECONDS[symbol, date]
    assert (quality["expected"], quality["present"], quality["longest_gap"]) == (23400, present, longest)
    grid = pd.date_range(opens, closes, freq="1s", inclusive="left")
    gaps = lab.data.gaps()
    assert list(zip(gaps["start"], gaps["count"], strict=True)) == gaps_by_hand(seconds, grid)


@pytest.mark.parametrize("date", FUTURES)
def test_a_futures_session_that_begins_the_evening_before(real_data: Path, date: str):
    lab = lab_on(real_data, "6EH4", date, "1m 30m", "COMMODITIES")
    lab.run_session()

    opens = pd.Timestamp(date, tz=CHICAGO) - pd.Timedelta(hours=7)
    closes = pd.Timestamp(date, tz=CHICAGO) + pd.Timedelta(hours=16)
    minutes = session_of(recorded(real_data, "1m", "6EH4", date, CHICAGO), opens, closes)
    assert (lab.session.open, lab.session.close) == (opens, closes)
    same(lab.data["6EH4"].bars("1m").frame(), minutes)
    same(lab.data["6EH4"].bars("30m").frame(), by_pandas(minutes, "30min", opens))

    quality = lab.data.quality().iloc[0]
    assert (quality["expected"], quality["present"]) == (1380, len(minutes))
    assert 1353 <= quality["present"] <= 1368
    assert 98.04 <= round(quality["coverage"], 2) <= 99.13
    gaps = lab.data.gaps().query("interval == '1m'")
    grid = pd.date_range(opens, closes, freq="1min", inclusive="left")
    assert list(zip(gaps["start"], gaps["count"], strict=True)) == gaps_by_hand(minutes, grid)
    assert 11 <= len(gaps) <= 23


def test_stored_days_are_dated_in_the_exchange_zone_and_known_at_the_close(real_data: Path):
    config = sl.SessionConfig.simple("SPY", "2013-10-07", "2013-10-11", "1d")
    lab = sl.Lab(config, source=f"local:{real_data}")

    assert len(lab.data["SPY"].bars("1d")) == 0
    lab.run_session()
    frame = pd.read_parquet(real_data / "bars" / "1d" / "SPY.parquet").set_index("timestamp").tz_convert(NEW_YORK)
    day = frame[frame.index.date == dt.date(2013, 10, 7)].iloc[0]
    bar = lab.data["SPY"].bars("1d").last
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == tuple(day[["open", "high", "low", "close", "volume"]])
    assert bar.start == pd.Timestamp("2013-10-07 09:30", tz=NEW_YORK)
    assert bar.known_at == pd.Timestamp("2013-10-07 16:00", tz=NEW_YORK)


def test_windows_prefer_stored_days_and_move_with_each_session(real_data: Path):
    config = sl.SessionConfig.simple("AIG", "2013-10-10", "2013-10-11", "1m").replace(
        {"session_data_config.historical": {"data": [{"trailing_days": 3, "intervals": ["1m", "5m", "1d"], "apply_to": "all"}]}}
    )
    lab = sl.Lab(config, source=f"local:{real_data}")
    stored = pd.read_parquet(real_data / "bars" / "1d" / "AIG.parquet").set_index("timestamp").tz_convert(NEW_YORK)
    for days in (["2013-10-07", "2013-10-08", "2013-10-09"], ["2013-10-08", "2013-10-09", "2013-10-10"]):
        minutes = []
        for day in days:
            opens, closes = (pd.Timestamp(day, tz=NEW_YORK) + clock for clock in (OPEN, CLOSE))
            minutes.append(session_of(recorded(real_data, "1m", "AIG", day), opens, closes))
        lab.step()
        bars = lab.data["AIG"].bars
        same(bars("1m").history.frame(), pd.concat(minutes))
        fives = [by_pandas(day, "5min", day.index[0].normalize() + OPEN) for day in minutes]
        same(bars("5m").history.frame(), pd.concat(fives))
        wanted = stored[[str(date) in days for date in stored.index.date]]
        assert bars("1d").history.frame()["close"].tolist() == wanted["close"].tolist()
        lab.run_session()


def test_the_last_recorded_quote_counts(real_data: Path):
    lab = lab_on(real_data, "AIG", "2013-10-07", "1m quotes")
    lab.advance("10:00")

    quotes = pd.read_parquet(real_data / "quotes" / "1s" / "AIG" / "2013-10-07.parquet").set_index("timestamp")
    known = quotes[quotes.index <= pd.Timestamp("2013-10-07 10:00", tz=NEW_YORK)].iloc[-1]
    quote = lab.data["AIG"].quote
    assert (quote.bid_price, quote.ask_price, quote.source) == (known["bid_price"], known["ask_price"], "recorded")
    assert quote.timestamp == known.name
