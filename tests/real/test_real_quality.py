"""Coverage, gaps and incomplete bars of recorded sessions at lab level, as counted by hand when the data was recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import Recorder, config, recorder

import sessionlab as sl

NEW_YORK = "America/New_York"
WIDTHS = {"5m": 5, "10m": 10, "30m": 30}

# Minutes present of 1,380, by trade date.
FUTURES = {
    "2024-01-02": 1366,
    "2024-01-03": 1362,
    "2024-01-04": 1368,
    "2024-01-05": 1353,
    "2024-01-08": 1367,
    "2024-01-09": 1361,
    "2024-01-10": 1361,
    "2024-01-11": 1362,
    "2024-01-12": 1368,
}


def run(real_data: Path, symbols: str, start: str, end: str, *, streams: str = "1m 5m 10m 30m 1d", **changes: str) -> sl.Lab:
    lab = sl.Lab(config(symbols, streams, start, end, **changes), source=f"local:{real_data}")
    lab.use(Recorder("close", looks=False))
    lab.run()
    return lab


def minutes_of(real_data: Path, symbol: str, date: str, lab: sl.Lab) -> pd.DataFrame:
    """The minutes of one day file within the session, by its hours alone."""
    frame = pd.read_parquet(real_data / "bars" / "1m" / symbol / f"{date}.parquet").set_index("timestamp")
    session = lab.times.get_trading_session(date)
    return frame.loc[(frame.index >= session.open) & (frame.index < session.close)].drop(columns="symbol")


@pytest.fixture(scope="module")
def week(real_data: Path) -> sl.Lab:
    return run(real_data, "SPY BAC AIG", "2013-10-07", "2013-10-11")


def test_a_week_of_three_symbols_lacks_one_minute(week: sl.Lab) -> None:
    quality = week.result().quality
    flawed = quality[quality["coverage"] < 100]

    assert len(quality) == 5 * 3 * 5
    assert set(quality["date"].dt.strftime("%m-%d")) == {"10-07", "10-08", "10-09", "10-10", "10-11"}
    assert flawed[["symbol", "interval", "expected", "present"]].to_numpy().tolist() == [
        ["AIG", "1m", 390, 389],
        ["AIG", "5m", 78, 77],
        ["AIG", "10m", 39, 38],
        ["AIG", "30m", 13, 12],
        ["AIG", "1d", 1, 0],
    ]
    assert flawed["coverage"].round(4).tolist() == [99.7436, 98.7179, 97.4359, 92.3077, 0.0]
    assert flawed["date"].nunique() == 1


def test_its_gap_is_13_47_of_the_seventh(week: sl.Lab) -> None:
    gaps = week.result().gaps
    gap = gaps[gaps["interval"] == "1m"].iloc[0]

    assert len(gaps) == 5
    assert set(gaps["symbol"]) == {"AIG"}
    assert (gap["start"], gap["end"], gap["count"]) == (
        pd.Timestamp("2013-10-07 13:47", tz=NEW_YORK),
        pd.Timestamp("2013-10-07 13:48", tz=NEW_YORK),
        1,
    )
    assert gap["status"] == "absent"


def test_longer_bars_over_it_say_what_they_lack(week: sl.Lab) -> None:
    table = week.result().incomplete

    assert table[["interval", "count", "expected", "status"]].to_numpy().tolist() == [
        ["5m", 4, 5, "built"],
        ["10m", 9, 10, "built"],
        ["30m", 29, 30, "built"],
        ["1d", 389, 390, "built"],
    ]
    assert table["start"].dt.strftime("%d %H:%M").tolist() == ["07 13:45", "07 13:40", "07 13:30", "07 09:30"]
    assert week.result().bar_counts["bars"].tolist() == [1950, 390, 195, 65, 5] * 2 + [1949, 390, 195, 65, 5]


def test_strategies_are_told_of_it_when_it_is_known(week: sl.Lab) -> None:
    told = recorder(week).of("on_quality")

    assert [(pd.Timestamp(call[0], tz=NEW_YORK).strftime("%d %H:%M"), *call[2:]) for call in told] == [
        ("07 13:48", "AIG", "1m", "no 1m bar at 13:47:00"),
        ("07 13:50", "AIG", "5m", "incomplete: 4 of 5 1m bars"),
        ("07 13:50", "AIG", "10m", "incomplete: 9 of 10 1m bars"),
        ("07 14:00", "AIG", "30m", "incomplete: 29 of 30 1m bars"),
        ("07 16:00", "AIG", "1d", "incomplete: 389 of 390 1m bars"),
    ]


def test_skipped_bars_are_absent_and_listed(real_data: Path) -> None:
    lab = run(real_data, "AIG", "2013-10-07", "2013-10-07", session_data_config__bars__incomplete="skip")
    bars = lab.data["AIG"].bars

    assert [len(bars(width)) for width in ("1m", "5m", "10m", "30m", "1d")] == [389, 77, 38, 12, 0]
    assert "13:45" not in set(bars("5m").index.strftime("%H:%M"))
    assert set(lab.data.incomplete()["status"]) == {"skipped"}
    assert lab.result().bar_counts["bars"].tolist() == [389, 77, 38, 12, 0]


def test_the_rows_off_the_session_are_counted_as_they_become_known(real_data: Path) -> None:
    lab = sl.Lab(
        config("AIG", "1m", "2013-10-07", session_data_config__extended_hours=True),
        source=f"local:{real_data}",
    )
    assert lab.data.quality()["off_session"].tolist() == [20]
    assert len(lab.data["AIG"].extended) == 20
    lab.run()

    assert lab.data.quality()["off_session"].tolist() == [20]  # the 24 after the close are not known at the close
    assert (lab.data["AIG"].extended.index < lab.session.open).all()


@pytest.fixture(scope="module")
def futures(real_data: Path) -> sl.Lab:
    return run(real_data, "6EH4", "2024-01-02", "2024-01-12", group="COMMODITIES")


def test_nine_futures_sessions_against_1380_minutes(futures: sl.Lab) -> None:
    minutes = futures.result().quality.query("interval == '1m'")

    assert dict(zip(minutes["date"].dt.strftime("%Y-%m-%d"), minutes["present"], strict=True)) == FUTURES
    assert (minutes["expected"] == 1380).all()
    assert minutes["coverage"].round(2).tolist() == [98.99, 98.7, 99.13, 98.04, 99.06, 98.62, 98.62, 98.7, 99.13]
    assert (minutes["gap_count"].min(), minutes["gap_count"].max()) == (11, 23)


@pytest.mark.parametrize("date", FUTURES)
def test_longer_bars_and_gaps_of_futures_are_what_pandas_makes(real_data: Path, futures: sl.Lab, date: str) -> None:
    minutes = minutes_of(real_data, "6EH4", date, futures)
    session = futures.times.get_trading_session(date)
    then = futures.data.as_of(session.close)["6EH4"]
    quality = futures.result().quality
    quality = quality[quality["date"] == date].set_index("interval")
    for width, size in {**WIDTHS, "1d": 1380}.items():
        grouped = minutes.resample(f"{size}min", origin=session.open.tz_convert("UTC"))
        made = grouped.agg({"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"})
        count = grouped["close"].count()
        frame = then.bars(width).frame()
        assert frame.index.tz_convert("UTC").equals(made[count > 0].index.as_unit("ns").rename("start"))
        np.testing.assert_array_equal(
            frame[["open", "high", "low", "close"]], made.loc[count > 0, ["open", "high", "low", "close"]]
        )
        np.testing.assert_allclose(frame["volume"], made.loc[count > 0, "volume"], rtol=1e-9)
        assert frame["count"].tolist() == count[count > 0].tolist()
        assert quality.loc[width, "present"] == (count == size).sum()
        assert quality.loc[width, "expected"] == 1380 // size

    grid = pd.date_range(session.open, session.close, freq="1min", inclusive="left")
    absent = ~grid.isin(minutes.index)
    begins = grid[absent & ~np.concatenate([[False], absent[:-1]])]
    gaps = futures.result().gaps.query("interval == '1m'")
    gaps = gaps[(gaps["start"] >= session.open) & (gaps["end"] <= session.close)]
    assert gaps["start"].tolist() == begins.tolist()
    assert gaps["count"].sum() == absent.sum()


def test_longer_bars_come_from_the_longest_base_asked_for_and_never_from_two(real_data: Path) -> None:
    """Minutes and seconds of SPY differ in volume; with both asked for, five minutes are made of minutes alone."""
    lab = run(real_data, "SPY", "2013-10-07", "2013-10-07", streams="1s 1m 5m 10s")
    stored = minutes_of(real_data, "SPY", "2013-10-07", lab)
    bars = lab.data["SPY"].bars

    np.testing.assert_array_equal(bars("1m").volume, stored["volume"])
    np.testing.assert_array_equal(bars("5m").volume, stored["volume"].to_numpy().reshape(78, 5).sum(axis=1))
    assert bars("10s").volume.sum() == bars("1s").volume.sum()
    assert (len(bars("1s")), bars("1s").coverage) == (14432, pytest.approx(100 * 14432 / 23400))
    by_minute = bars("1s").frame()["volume"].resample("1min").sum()
    assert (by_minute.to_numpy() != stored["volume"].to_numpy()).sum() > 0
