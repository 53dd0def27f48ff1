"""Real days, written as users have them, read back bit for bit as the store reads them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from own_files import M1, NEW_YORK, TIMES, assert_same, csv_of, gzip_of, parquet_of, put, zip_of

import sessionlab as sl
from sessionlab.sources.files import Files
from sessionlab.sources.local import LocalStore

DAYS = ("2013-10-07", "2013-10-08", "2013-10-09")
SESSIONS = TIMES.get_sessions(DAYS[0], DAYS[-1])
SYMBOLS = ("SPY", "AIG", "BAC")
MINUTE = pd.Timedelta("1min")


def days_of(real_data: Path, symbol: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(real_data / f"bars/1m/{symbol}/{day}.parquet") for day in DAYS], ignore_index=True)


def exchange_time(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(timestamp=frame.timestamp.dt.tz_convert(NEW_YORK))


def local(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(timestamp=exchange_time(frame).timestamp.dt.tz_localize(None))


def german(frame: pd.DataFrame) -> str:
    stamps = local(frame).timestamp.dt.strftime("%d.%m.%Y %H:%M:%S")
    return csv_of(frame.drop(columns="symbol").assign(timestamp=stamps), sep=";", decimal=",")


WRITTEN = {
    "csv": ("{symbol}.csv", csv_of, {}),
    "csv of exchange time": ("{symbol}.csv", lambda frame: csv_of(exchange_time(frame)), {}),
    "csv without zone": ("{symbol}.csv", lambda frame: csv_of(local(frame)), {"tz": NEW_YORK}),
    "csv of milliseconds": ("{symbol}.txt", lambda f: csv_of(f.assign(timestamp=f.timestamp.astype("int64") // 10**6)), {}),
    "csv of ends of bars": ("{symbol}.csv", lambda f: csv_of(f.assign(timestamp=f.timestamp + MINUTE)), {"label": "auto"}),
    "csv of a spreadsheet": ("{symbol}.csv", german, {"tz": NEW_YORK, "date_format": "%d.%m.%Y %H:%M:%S"}),
    "gzip": ("{symbol}.csv.gz", lambda frame: gzip_of(csv_of(frame)), {}),
    "zip": ("{symbol}.zip", lambda frame: zip_of(bars__csv=csv_of(frame)), {}),
    "parquet": ("{symbol}.parquet", parquet_of, {}),
    "parquet without zone": ("{symbol}.pq", lambda frame: parquet_of(local(frame)), {"tz": NEW_YORK}),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_a_real_day_reads_as_the_store_reads_it(real_data, tmp_path, way):
    template, write, options = WRITTEN[way]
    for symbol in SYMBOLS:
        content = write(days_of(real_data, symbol))
        put(tmp_path / template.replace("{symbol}", symbol), content if isinstance(content, bytes) else content.encode())
    files, store = Files(tmp_path / template, **options), LocalStore(real_data)

    for symbol in SYMBOLS:
        assert_same(files.load(symbol, M1, SESSIONS), store.load(symbol, M1, SESSIONS))


def test_the_store_itself_is_a_template(real_data):
    store = LocalStore(real_data)
    files = Files(real_data / "bars/{interval}/{symbol}/{date}.parquet", label="auto")
    there = files.availability(SYMBOLS, SESSIONS)

    assert {symbol: set(there[symbol].intervals) for symbol in SYMBOLS} == {
        "SPY": {"1s", "1m"},
        "AIG": {"1s", "1m"},
        "BAC": {"1m"},
    }
    for symbol in SYMBOLS:
        for interval in map(sl.Interval.parse, there[symbol].intervals):
            assert_same(files.load(symbol, interval, SESSIONS), store.load(symbol, interval, SESSIONS))


def test_a_long_frame_of_all_symbols_is_one_file(real_data, tmp_path):
    everything = pd.concat([days_of(real_data, symbol) for symbol in SYMBOLS]).sort_values("timestamp", kind="stable")
    put(tmp_path / "all.parquet", parquet_of(everything))
    files, store = Files(tmp_path / "all.parquet"), LocalStore(real_data)

    for symbol in SYMBOLS:
        assert_same(files.load(symbol, M1, SESSIONS), store.load(symbol, M1, SESSIONS))


def test_stamps_that_are_hours_off_are_not_judged(real_data):
    files = Files(real_data / "as_found/mislabelled_{symbol}_{date}.csv", label="auto")

    with pytest.raises(sl.errors.BadDataError, match="cannot be told"):
        files.load("AAPL", M1, TIMES.get_sessions("2025-07-02", "2025-07-02"))
    assert files.symbols() == ["AAPL", "RIVN"]


def test_the_same_session_runs_from_frames_files_and_the_store(real_data, tmp_path):
    frames = {symbol: days_of(real_data, symbol) for symbol in SYMBOLS}
    for symbol, frame in frames.items():
        put(tmp_path / f"{symbol}.csv", csv_of(frame))
    lab = sl.Lab.from_frames(frames, bars="1m 5m")
    others = [sl.Lab(lab.config, source=source) for source in (Files(tmp_path / "{symbol}.csv"), LocalStore(real_data))]
    wanted = {symbol: lab.data[symbol] for symbol in SYMBOLS}
    lab.run()

    for other in others:
        other.run()
        for symbol in SYMBOLS:
            pd.testing.assert_frame_equal(
                other.data[symbol].bars("5m").frame(), wanted[symbol].bars("5m").frame(), check_exact=True
            )
        pd.testing.assert_frame_equal(other.data.quality(), lab.data.quality())
