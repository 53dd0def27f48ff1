"""What sources tell that they hold, from when to when: for checks and for imports alike."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest
from own_files import csv_of, minutes, parquet_of, put
from store.stores import TIMES

import sessionlab as sl
from sessionlab.errors import BadDataError
from sessionlab.sources import Files, Frames
from sessionlab.sources.lean import LeanFolder
from sessionlab.sources.local import LocalStore
from sessionlab.sources.protocol import TellsHoldings


def told(source: TellsHoldings, symbol: str) -> dict[str, tuple[str, str]]:
    return {held.series: (str(held.first), str(held.last)) for held in source.holdings(symbol, TIMES)}


def test_a_store_tells_each_series_by_names_and_footers(real_data):
    assert told(LocalStore(real_data), "SPY") == {
        "1s bars": ("2013-10-07", "2013-10-08"),
        "1m bars": ("2013-10-07", "2013-10-11"),
        "60m bars": ("1998-01-02", "2021-04-01"),
        "1d bars": ("1998-01-02", "2021-03-31"),
        "1s quotes": ("2013-10-07", "2013-10-07"),
        "1m quotes": ("2013-10-07", "2013-10-11"),
    }
    assert told(LocalStore(real_data, quotes="1m"), "SPY").keys() == {
        "1s bars", "1m bars", "60m bars", "1d bars", "1m quotes",
    }  # fmt: skip
    assert told(LocalStore(real_data), "XXX") == {}


def test_a_lean_folder_tells_the_same_as_the_store_made_of_it(real_data, lean_data):
    """But for bars of hours, which are not read of it."""
    for symbol in ("SPY", "AIG", "BAC"):
        stored = told(LocalStore(real_data), symbol)
        assert told(LeanFolder(lean_data), symbol) == {series: dates for series, dates in stored.items() if series != "60m bars"}


@pytest.mark.parametrize(("name", "dates"), [
    ("SPY_2025-07-02.csv", ("2025-07-02", "2025-07-02")), ("SPY_2025-07.csv", ("2025-07-01", "2025-07-31")),
    ("SPY_2025.csv", ("2025-01-01", "2025-12-31")), ("SPY.csv", ("2025-07-02", "2025-07-03")),
])  # fmt: skip
def test_files_tell_by_their_names_and_frames_by_their_stamps(tmp_path, name, dates):
    """Of stamps the date after the last one too: hours that are off may have brought them there."""
    put(tmp_path / name, csv_of(minutes("2025-07-02")))
    field = {14: "_{date}", 11: "_{month}", 8: "_{year}", 3: ""}[len(name) - 4]

    assert told(Files(f"{tmp_path}/{{symbol}}{field}.csv"), "SPY") == {"1m bars": dates}
    assert told(Frames({"SPY": minutes("2025-07-02")}), "SPY") == {"1m bars": ("2025-07-02", "2025-07-03")}


def test_dates_are_within_the_calendar(tmp_path):
    put(tmp_path / "bars/1m/SPY/1989.parquet", parquet_of(minutes("2025-07-02")))
    put(tmp_path / "bars/1d/SPY/1989.parquet", parquet_of(minutes("2025-07-02")))
    put(tmp_path / "bars/1d/SPY/2025.parquet", parquet_of(minutes("2025-07-02")))

    assert told(LocalStore(tmp_path), "SPY") == {"1d bars": (str(TIMES.first_date), "2025-12-31")}


@pytest.mark.parametrize("template", ["local", "{symbol}/{interval}.csv"])
def test_a_broken_series_hides_no_other_and_who_imports_it_is_told(tmp_path, template):
    """Its dates cannot be known, so it is told on those of the others."""
    if template == "local":
        put(tmp_path / "in/bars/1m/SPY/2025-07-02.parquet", parquet_of(minutes("2025-07-02")))
        put(tmp_path / "in/bars/1d/SPY.parquet", "PAR1 but no more")
        source: Files | LocalStore = LocalStore(tmp_path / "in")
    else:
        put(tmp_path / "in/SPY/1m.csv", csv_of(minutes("2025-07-02")))
        put(tmp_path / "in/SPY/1d.csv", "no,bars\n1,2\n")
        source = Files(f"{tmp_path}/in/{template}")

    found = told(source, "SPY")
    report = sl.store.import_data(source, tmp_path / "store", progress=False)

    assert found["1d bars"] == found["1m bars"]
    assert report.table.set_index("series")["added"]["1m bars"] == 390
    assert [one.split(" bars")[0] for one in report.unreadable] == ["SPY 1d"]


def test_where_nothing_can_be_read_the_reason_is_raised(tmp_path):
    put(tmp_path / "bars/1m/SPY.parquet", "PAR1 but no more")

    with pytest.raises(BadDataError, match=r"SPY\.parquet"):
        LocalStore(tmp_path).holdings("SPY", TIMES)


def test_a_symbol_of_which_there_are_quotes_alone_is_imported_and_not_looked_for_among_bars(real_data, tmp_path):
    shutil.copytree(real_data / "quotes/1m/FOXA", tmp_path / "in/quotes/1m/FOXA")
    shutil.copytree(real_data / "bars/1m/AIG", tmp_path / "in/bars/1m/AIG")
    source = LocalStore(tmp_path / "in")

    report = sl.store.import_data(source, tmp_path / "store", progress=False)

    assert source.symbols() == ["AIG", "FOXA"]
    assert report.table.groupby("symbol")["added"].sum()["FOXA"] == sum(
        len(pd.read_parquet(file)) for file in (real_data / "quotes/1m/FOXA").iterdir()
    )
    assert sl.check(source).missing == {}
    named = sl.check(source, "2013-07-01", "2013-10-11", "AIG,FOXA", quotes=False)
    assert named.missing["FOXA"].startswith("quotes alone are stored")


def test_frames_over_midnight_have_the_date_after(tmp_path: Path):
    """A future's evening is of the next trading date."""
    evening = pd.date_range("2024-01-03 17:00", periods=60, freq="1min", tz="America/Chicago")
    bars = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "volume"), 5.0), index=evening)
    source = Frames({"ES": bars}, exchange_group="COMMODITIES")

    [held] = source.holdings("ES", source.times)
    report = sl.store.import_data(source, tmp_path, exchange_group="COMMODITIES", progress=False)

    assert held.last == dt.date(2024, 1, 4)
    assert report.table["added"].tolist() == [60]
