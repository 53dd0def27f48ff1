"""A check without dates, symbols or a name: of any source that can tell them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from checks.raw_rows import RawRows, minutes

import sessionlab as sl
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.lean import LeanFolder
from sessionlab.sources.local import LocalStore


def dates_of(found: sl.DataCheck, interval: str = "1m") -> tuple[str, str]:
    dates = found.table.loc[found.table["interval"] == interval, "date"].dt.strftime("%Y-%m-%d")
    return dates.min(), dates.max()


def write(root: Path, symbol: str, *dates: str, name: str | None = None) -> None:
    """Minutes of whole days in a file for each date, or in one file called ``name``."""
    folder = root / "bars" / "1m" / symbol
    folder.mkdir(parents=True, exist_ok=True)
    frames = {date: minutes(date) for date in dates}
    for date, frame in frames.items() if name is None else [(name, pd.concat(frames.values(), ignore_index=True))]:
        frame.to_parquet(folder / f"{date}.parquet", index=False)


def test_a_store_without_dates_is_checked_from_its_first_session_to_its_last(tmp_path: Path):
    """Of all symbols: one that ends earlier lacks the days until the others end."""
    write(tmp_path, "SPY", "2025-06-30", "2025-07-01", "2025-07-02")
    write(tmp_path, "AIG", "2025-07-01")

    found = sl.check(f"local:{tmp_path}")

    assert dates_of(found) == ("2025-06-30", "2025-07-02")
    assert found.table.query("symbol == 'AIG'")["present"].tolist() == [0, 390, 0]
    assert dates_of(sl.check(f"local:{tmp_path}", symbols="AIG")) == ("2025-07-01", "2025-07-01")


@pytest.mark.parametrize("name", ["2025-07", "2025"])
def test_days_before_and_after_the_rows_of_a_file_are_left_out(tmp_path: Path, name: str):
    write(tmp_path, "SPY", "2025-07-08", "2025-07-09", name=name)

    assert dates_of(sl.check(f"local:{tmp_path}")) == ("2025-07-08", "2025-07-09")
    assert dates_of(sl.check(f"local:{tmp_path}", start="2025-07-07")) == ("2025-07-07", "2025-07-09")
    assert dates_of(sl.check(f"local:{tmp_path}", end="2025-07-10")) == ("2025-07-08", "2025-07-10")


def test_days_do_not_stretch_minutes(real_data: Path):
    found = sl.check(f"local:{real_data}", symbols="SPY BAC", quotes=False)

    assert dates_of(found, "1m") == ("2013-10-07", "2013-10-11")
    assert dates_of(found, "1d") == ("1998-01-02", "2021-03-31")
    assert dates_of(found, "1s") == ("2013-10-07", "2013-10-08")


def test_files_by_a_template_are_checked_by_name_and_as_an_object(tmp_path: Path):
    for date in ("2025-07-01", "2025-07-02"):
        minutes(date).to_csv(tmp_path / f"SPY_{date}.csv", index=False)
    template = f"{tmp_path}/{{symbol}}_{{date}}.csv"

    for source in (f"files:{template}", sl.sources.Files(template)):
        found = sl.check(source)
        assert (dates_of(found), found.coverage) == (("2025-07-01", "2025-07-02"), 100.0)
        assert found.table["symbol"].unique().tolist() == ["SPY"]
    assert sl.check(f"files:{template}", "2025-07-01", "2025-07-01", intervals="5m").table["expected"].tolist() == [78]


def test_a_file_of_all_dates_is_read_for_them(tmp_path: Path):
    pd.concat([minutes("2025-07-01"), minutes("2025-07-02")]).to_csv(tmp_path / "SPY.csv", index=False)

    assert dates_of(sl.check(f"files:{tmp_path}/{{symbol}}.csv")) == ("2025-07-01", "2025-07-02")


def test_frames_are_checked_on_the_calendar_that_they_are_of():
    nights = pd.date_range("2025-07-04", periods=3 * 1440, freq="1min", tz="UTC")
    bars = pd.DataFrame({"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 5.0}, index=nights)
    found = sl.check(sl.sources.Frames({"BTC": bars}))

    assert found.calendar == "24/7"
    assert (dates_of(found), found.coverage) == (("2025-07-04", "2025-07-06"), 100.0)
    assert sl.check(sl.sources.Frames({"SPY": minutes("2025-07-02")})).table["expected"].tolist() == [390]


def test_a_lean_folder_lists_its_symbols_and_dates(lean_data: Path):
    folder = LeanFolder(lean_data)
    found = sl.check(folder, intervals="1m", quotes=False)

    assert folder.symbols() == ["AAPL", "AIG", "BAC", "FOXA", "SPY"]
    assert dates_of(found) == ("2013-07-01", "2014-06-09")
    held = {one.series: (one.first, one.last) for one in folder.holdings("BAC", sl.TimeManager())}
    assert held["1m bars"] == (dt.date(2013, 10, 7), dt.date(2013, 10, 11))
    assert sl.check(f"lean:{lean_data}", symbols="AIG", intervals="1m 5m", quotes=False).findings == (
        "AIG 5m (built from 1m): 1 of 390 bars is absent or incomplete, coverage 99.74 %, in 1 gap on 1 of 5 days, the longest "
        "of 1 (first: AIG 2013-10-07 13:45:00, 1 bar).",
        "AIG 1m: 1 of 1,950 bars is absent, coverage 99.95 %, in 1 gap on 1 of 5 days, the longest of 1 "
        "(first: AIG 2013-10-07 13:47:00, 1 bar).",
    )


def test_a_lean_symbol_is_listed_by_its_present_ticker(lean_data: Path, tmp_path: Path):
    import shutil

    shutil.copytree(lean_data / "equity", tmp_path / "equity")
    (tmp_path / "equity" / "usa" / "map_files" / "fx.csv").write_text("20100101,foxa,Q\n20140101,foxa,Q\n20501231,fx,Q\n")

    assert LeanFolder(tmp_path).symbols() == ["AAPL", "AIG", "BAC", "FX", "SPY"]
    assert LeanFolder(tmp_path, map_files=False).symbols() == ["AAPL", "AIG", "BAC", "FOXA", "SPY"]


def test_a_source_that_tells_no_dates_asks_for_them():
    with pytest.raises(ConfigError, match="synthetic does not tell from when to when it has bars; give both dates"):
        sl.check("synthetic", symbols="SPY")
    with pytest.raises(ConfigError, match="raw rows does not tell"):
        sl.check(RawRows({("SPY", "1m"): minutes("2025-07-02")}), "2025-07-02", symbols="SPY")


def test_a_symbol_without_any_date_is_not_there(tmp_path: Path):
    write(tmp_path, "SPY", "2025-07-01")
    with pytest.raises(NoDataError, match="tells of no date with bars of QQQ"):
        sl.check(f"local:{tmp_path}", symbols="QQQ")


def test_where_nothing_can_be_read_the_reason_is_raised(tmp_path: Path):
    file = tmp_path / "bars" / "1m" / "SPY" / "2025-07-01.parquet"
    file.parent.mkdir(parents=True)
    file.write_text("PAR1 but no more")
    with pytest.raises(BadDataError, match=r"2025-07-01\.parquet"):
        sl.check(LocalStore(tmp_path), "2025-07-01", "2025-07-01")


def test_a_file_that_cannot_be_read_does_not_hide_the_dates_of_others(tmp_path: Path):
    write(tmp_path, "SPY", "2025-07-01")
    (tmp_path / "bars" / "1m" / "AIG.parquet").write_text("PAR1 but no more")
    found = sl.check(f"local:{tmp_path}")

    assert dates_of(found) == ("2025-07-01", "2025-07-01")
    assert found.missing["AIG"].startswith(f"cannot be read: {tmp_path}")
    with pytest.raises(BadDataError, match=r"AIG\.parquet"):
        sl.check(f"local:{tmp_path}", symbols="AIG")


def test_progress_is_told_of_bars_and_quotes(real_data: Path):
    seen: list[float] = []
    sl.check(f"local:{real_data}", "2013-10-07", "2013-10-11", "BAC", progress=lambda progress: seen.append(progress.fraction))

    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == 1.0
