"""What was exported reads back as the store reads it, to the last bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_files import assert_same
from store.stores import M1, TIMES

import sessionlab as sl
from sessionlab.errors import ConfigError, NoDataError, SourceError
from sessionlab.sources import Files
from sessionlab.sources.local import LocalStore
from sessionlab.sources.store_write import write_bars, write_quotes

WEEK = TIMES.get_sessions("2013-10-07", "2013-10-11")
D1, S1 = sl.Interval("1d"), sl.Interval("1s")


def export(store: Path, out: Path, **further: object) -> sl.store.ExportReport:
    """Of bars alone, unless quotes are asked for."""
    return sl.store.export(store, out, **{"progress": False, "quotes": False, **further})


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("label", ["start", "end"])
@pytest.mark.parametrize("tz", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_real_bars_come_back_bit_for_bit(real_data, tmp_path, format, label, tz):
    words = {"symbols": "SPY,AIG", "start": "2013-10-07", "end": "2013-10-11", "intervals": "1m,1s"}
    report = export(real_data, tmp_path, format=format, label=label, tz=tz, **words)
    files, store = Files(tmp_path / report.template, label=label), LocalStore(real_data)

    for symbol in ("SPY", "AIG"):
        for interval, last in ((M1, 5), (S1, 1)):
            assert_same(files.load(symbol, interval, WEEK[:last]), store.load(symbol, interval, WEEK[:last]))
    assert report.rows == sum(
        len(pd.read_parquet(path)) for symbol in ("SPY", "AIG") for path in real_data.glob(f"bars/1[sm]/{symbol}/*.parquet")
    )
    assert {path.suffix for path in report.files} == {f".{format}"}


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_days_come_back_under_their_dates(real_data, tmp_path, format):
    template = f"{{symbol}}_{{interval}}.{format}"
    export(real_data, tmp_path, symbols="SPY", intervals="1d", format=format, template=template)
    sessions = TIMES.get_sessions("1998-01-02", "2021-03-31")

    [file] = tmp_path.iterdir()
    assert file.name == f"SPY_1d.{format}"
    assert_same(Files(tmp_path / template).load("SPY", D1, sessions), LocalStore(real_data).load("SPY", D1, sessions))


@pytest.mark.parametrize(
    "template", ["{symbol}/{interval}/{date}.csv", "{month}/{symbol}.csv", "{symbol}_{year}.csv", "{symbol}.csv"]
)
def test_any_template_serves(real_data, tmp_path, template):
    export(real_data, tmp_path, symbols="AAPL", intervals="1m", template=template)
    sessions = TIMES.get_sessions("2014-06-05", "2014-06-09")

    assert_same(Files(tmp_path / template).load("AAPL", M1, sessions), LocalStore(real_data).load("AAPL", M1, sessions))


def test_a_future_over_midnight_comes_back(real_data, tmp_path):
    sessions = sl.TimeManager("COMMODITIES").get_sessions("2024-01-02", "2024-01-12")
    report = export(real_data, tmp_path, symbols="6EH4", exchange_group="COMMODITIES", label="end")

    files = Files(tmp_path / report.template, label="end")
    assert_same(files.load("6EH4", M1, sessions), LocalStore(real_data).load("6EH4", M1, sessions))


def test_corrections_and_when_they_were_known_come_back(tmp_path):
    index = pd.DatetimeIndex(["2025-07-02 09:30", "2025-07-02 09:30", "2025-07-02 09:31"], tz="America/New_York")
    rows = pd.DataFrame({name: [10.0, 11.0, 12.0] for name in ("open", "high", "low", "close")}, index=index).assign(volume=5.0)
    rows["known_at"] = pd.DatetimeIndex(
        ["2025-07-02 09:31", "2025-07-02 09:40:00.123456789", "2025-07-02 09:32"], tz="America/New_York"
    )
    sessions = TIMES.get_sessions("2025-07-02", "2025-07-02")
    write_bars(tmp_path / "store", "SPY", "1m", rows, sessions)

    report = export(tmp_path / "store", tmp_path / "out")

    assert_same(
        Files(tmp_path / "out" / report.template, interval="1m").load("SPY", M1, sessions),
        LocalStore(tmp_path / "store").load("SPY", M1, sessions),
    )


prices = st.floats(1e-9, 1e15, allow_nan=False)


@given(st.lists(st.tuples(prices, prices, st.floats(0, 1e18)), min_size=2, max_size=6), st.sampled_from(["csv", "parquet"]))
@settings(max_examples=40)
def test_any_float_comes_back(tmp_path_factory, numbers, format):
    root = tmp_path_factory.mktemp("floats")
    sessions = TIMES.get_sessions("2025-07-02", "2025-07-02")
    one, other, volume = np.array(numbers).T
    bars = {"open": one, "high": np.maximum(one, other), "low": np.minimum(one, other), "close": other, "volume": volume}
    write_bars(root / "store", "SPY", "1m", {"timestamp": sessions[0].starts(M1)[: len(one)], **bars}, sessions)

    report = export(root / "store", root / "out", format=format)

    files = Files(root / "out" / report.template)
    assert_same(files.load("SPY", M1, sessions), LocalStore(root / "store").load("SPY", M1, sessions))


def test_an_odd_symbol_comes_back(tmp_path):
    crypto = sl.TimeManager("CRYPTO").get_sessions("2025-07-02", "2025-07-03")
    sl.store.import_data(
        "synthetic", tmp_path / "store", "BTC/USD", "2025-07-02", "2025-07-03", intervals="1m", quotes=False,
        exchange_group="CRYPTO", progress=False,
    )  # fmt: skip
    report = export(tmp_path / "store", tmp_path / "out", exchange_group="CRYPTO")

    files = Files(tmp_path / "out" / report.template, exchange_group="CRYPTO")
    assert_same(files.load("BTC/USD", M1, crypto), LocalStore(tmp_path / "store").load("BTC/USD", M1, crypto))


def test_nothing_is_written_over_without_force(real_data, tmp_path):
    words = {"symbols": "SPY", "intervals": "1m"}
    report = export(real_data, tmp_path, **words)
    report.files[2].write_text("mine")

    with pytest.raises(ConfigError, match="5 of 5 files are there already"):
        export(real_data, tmp_path, **words)
    assert report.files[2].read_text() == "mine"
    export(real_data, tmp_path, force=True, **words)
    assert report.files[2].read_text() != "mine"


def test_what_the_store_refuses_is_counted_and_left_out(real_data, tmp_path):
    frame = pd.read_parquet(real_data / "bars/1m/SPY/2013-10-08.parquet").astype({"volume": "float64"})
    frame.loc[300, "close"] = np.nan
    (tmp_path / "bars/1m/SPY").mkdir(parents=True)
    pd.concat([frame, frame.iloc[[310]]]).to_parquet(tmp_path / "bars/1m/SPY/2013-10-08.parquet", index=False)

    report = export(tmp_path, tmp_path / "out")

    assert report.refused.counts == {"not_a_number": 1, "duplicate": 1, "out_of_order": 1}
    assert report.rows == len(frame) - 1


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_days_are_one_file_of_a_symbol_unless_a_template_says_otherwise(real_data, tmp_path, format):
    report = export(real_data, tmp_path, symbols="SPY,AIG", intervals="1d,1m", format=format)
    sessions = TIMES.get_sessions("1998-01-02", "2021-03-31")
    files = Files(tmp_path / f"{{symbol}}/{{interval}}.{format}")

    assert report.templates == [f"{{symbol}}/{{interval}}/{{date}}.{format}", f"{{symbol}}/{{interval}}.{format}"]
    assert len(report.files) == 2 * (1 + 5)
    for symbol in ("SPY", "AIG"):
        assert_same(files.load(symbol, D1, sessions), LocalStore(real_data).load(symbol, D1, sessions))
        assert_same(Files(tmp_path / report.template).load(symbol, M1, WEEK), LocalStore(real_data).load(symbol, M1, WEEK))


def read_quotes(files: list[Path]) -> pd.DataFrame:
    """Exported quotes as pandas reads them, with stamps in ns UTC."""
    read = [pd.read_csv(file) if file.suffix == ".csv" else pd.read_parquet(file) for file in files]
    frame = pd.concat(read, ignore_index=True)
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], utc=True).dt.as_unit("ns"))


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("tz", ["UTC", "America/New_York"])
@pytest.mark.parametrize(("symbol", "kind"), [("SPY", "1s"), ("AIG", "1m"), ("BAC", "tick"), ("FOXA", "1m")])
def test_real_quotes_come_back_with_pandas_as_they_are_stored(real_data, tmp_path, format, tz, symbol, kind):
    """Bit for bit and in their order, also several of one stamp and those with a side that is not there."""
    report = export(real_data, tmp_path, symbols=symbol, intervals="1d", quotes=True, format=format, tz=tz)
    files = [file for file in report.files if file.parent == tmp_path / "quotes" / symbol / kind]

    stored = pd.concat(
        [pd.read_parquet(path) for path in sorted((real_data / "quotes" / kind / symbol).iterdir())], ignore_index=True
    )
    columns = ["timestamp", "bid_price", "bid_size", "ask_price", "ask_size"]
    wanted = stored[columns].assign(timestamp=stored["timestamp"].dt.tz_convert("UTC").dt.as_unit("ns"))
    pd.testing.assert_frame_equal(read_quotes(files)[columns], wanted, check_exact=True, check_dtype=False)
    assert report.quotes_template == f"quotes/{{symbol}}/{{interval}}/{{date}}.{format}"


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(1e-9, 1e9), st.floats(0, 1e9), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=25)
def test_any_quotes_come_back(tmp_path_factory, drawn):
    """Several to a stamp, at any nanosecond, with a side that is not there."""
    root = tmp_path_factory.mktemp("quotes")
    sessions = TIMES.get_sessions("2025-07-02", "2025-07-02")
    after, price, size, lacks_ask = (np.array(column) for column in zip(*sorted(drawn, key=lambda row: row[0]), strict=True))
    rows = {"timestamp": sessions[0].open_ns + 123_456_789 * after, "bid_price": price, "bid_size": size}
    rows |= {"ask_price": np.where(lacks_ask, np.nan, price * 2), "ask_size": np.where(lacks_ask, 0.0, size)}
    write_quotes(root / "store", "SPY", "tick", rows, sessions)
    stored = pd.read_parquet(root / "store/quotes/tick/SPY/2025-07-02.parquet")

    for format in ("csv", "parquet"):
        report = export(root / "store", root / format, quotes=True, format=format, template="{symbol}." + format)

        assert report.files == [root / format / f"quotes/tick/SPY.{format}"]
        pd.testing.assert_frame_equal(read_quotes(report.files), stored, check_exact=True, check_dtype=False)


def test_quotes_stand_where_no_bars_are_looked_for(real_data, tmp_path):
    """By the same names under a folder of their own; a symbol of which there are quotes alone comes too."""
    shutil.copytree(real_data / "quotes/1m/FOXA", tmp_path / "store/quotes/1m/FOXA")
    shutil.copytree(real_data / "bars/1m/AIG", tmp_path / "store/bars/1m/AIG")

    report = export(tmp_path / "store", tmp_path / "out", quotes=True)
    without = export(tmp_path / "store", tmp_path / "bars alone")

    names = [file.relative_to(tmp_path / "out").as_posix() for file in report.files]
    assert [name for name in names if name.startswith("quotes")] == [
        "quotes/FOXA/1m/2013-07-01.csv", "quotes/FOXA/1m/2013-07-02.csv",
    ]  # fmt: skip
    assert Files(tmp_path / "out" / report.template).symbols() == ["AIG"]
    assert (len(report.files), len(without.files), without.quotes_template) == (2 + 5, 5, None)


@pytest.mark.parametrize(("words", "message"), [
    ({"format": "xlsx"}, "must be csv or parquet"),
    ({"label": "middle"}, "must be start or end"),
    ({"tz": "New York"}, "is not a time zone"),
    ({"template": "{date}.csv"}, "would hold"),
    ({"template": "{symbol}/*.csv"}, "names no single file"),
    ({"template": "{ticker}.csv"}, "ticker"),
])  # fmt: skip
def test_what_cannot_be_meant_says_what_to_do(real_data, tmp_path, words, message):
    with pytest.raises(ConfigError, match=message):
        export(real_data, tmp_path, **{"symbols": "SPY,AIG", "intervals": "1m", **words})


def test_nothing_to_export_is_an_error(real_data, tmp_path):
    with pytest.raises(NoDataError, match="has no bars of SPY to export"):
        export(real_data, tmp_path, symbols="SPY", start="2030-01-02")


def test_a_disk_that_refuses_leaves_no_half_file(real_data, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(SourceError, match="No space left"):
        export(real_data, tmp_path, symbols="SPY", intervals="1m")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
