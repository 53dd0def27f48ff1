"""Real bars and quotes: what the store gives equals what its README counts and what pandas reads by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sessionlab.errors import BadDataError
from sessionlab.sources.local import LocalStore
from sessionlab.sources.store_write import write_bars, write_quotes
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS
from sessionlab.timing import Interval, SessionTable, TimeManager

M1, S1, D1 = (Interval.parse(text) for text in ("1m", "1s", "1d"))

# symbol, date, present in the session, rows before it, rows after it
MINUTES = [
    ("AIG", "2013-10-07", 389, 20, 24),
    ("AAPL", "2025-07-01", 0, 0, 223),
    ("AAPL", "2025-07-02", 390, 249, 0),
    ("RIVN", "2025-07-01", 0, 0, 99),
    ("RIVN", "2025-07-02", 390, 128, 0),
]
# symbol, dates, rows before (least, most), rows after (least, most): complete days
COMPLETE = [
    ("SPY", ["2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11"], (216, 269), (160, 224)),
    ("BAC", ["2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11"], (62, 130), (74, 135)),
    ("AIG", ["2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11"], (5, 29), (8, 26)),
    ("AAPL", ["2014-06-05", "2014-06-06", "2014-06-09"], (140, 224), (156, 220)),
    ("FOXA", ["2013-07-01", "2013-07-02"], (2, 6), (12, 12)),
]
SECONDS = [("SPY", "2013-10-07", 14432, 21), ("SPY", "2013-10-08", 19516, 9), ("AIG", "2013-10-07", 3863, 77)]


@pytest.fixture(scope="module")
def store(real_data: Path) -> LocalStore:
    return LocalStore(real_data)


@pytest.fixture(scope="module")
def new_york() -> TimeManager:
    return TimeManager("US_EQUITY")


@pytest.fixture(scope="module")
def chicago() -> TimeManager:
    return TimeManager("COMMODITIES", "FUTURES")


def one(manager: TimeManager, date: str) -> SessionTable:
    return manager.get_sessions(date, date)


def gaps(start: np.ndarray, expected: np.ndarray) -> list[int]:
    """Lengths of the runs of expected bars that are absent."""
    absent = ~np.isin(expected, start)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], absent, [0]))))
    return (edges[1::2] - edges[::2]).tolist()


def before_and_after(block, table: SessionTable) -> tuple[int, int]:
    at = block.extended.start
    return int((at < table.open[0]).sum()), int((at >= table.close[0]).sum())


@pytest.mark.parametrize(("symbol", "date", "present", "before", "after"), MINUTES)
def test_minutes_of_a_day_are_as_counted(store, new_york, symbol, date, present, before, after):
    table = one(new_york, date)

    [block] = store.load(symbol, M1, table)

    assert block.rows.size == present
    assert before_and_after(block, table) == (before, after)
    assert not block.refused
    assert block.on_time


@pytest.mark.parametrize(("symbol", "dates", "before", "after"), COMPLETE)
def test_complete_days_are_complete(store, new_york, symbol, dates, before, after):
    counted = []
    for date in dates:
        table = one(new_york, date)
        [block] = store.load(symbol, M1, table)
        counted.append(before_and_after(block, table))

        assert block.rows.start.tolist() == table[0].starts(M1).tolist()
        assert not block.refused

    assert (min(counted)[0], max(counted)[0]) == before
    assert (min(late for _, late in counted), max(late for _, late in counted)) == after


def test_the_one_missing_minute_of_aig(store, new_york):
    table = one(new_york, "2013-10-07")

    [block] = store.load("AIG", M1, table)

    assert gaps(block.rows.start, table[0].starts(M1)) == [1]
    assert round(100 * block.rows.size / table[0].expected(M1), 4) == 99.7436


def test_futures_over_midnight_against_1380_minutes_a_day(store, chicago):
    table = chicago.get_sessions("2024-01-02", "2024-01-12")

    blocks = store.load("6EH4", M1, table)

    assert [session.expected(M1) for session in table] == [1380] * 9
    sizes = [block.rows.size for block in blocks]
    runs = [len(gaps(block.rows.start, session.starts(M1))) for block, session in zip(blocks, table, strict=True)]
    assert (min(sizes), max(sizes)) == (1353, 1368)
    assert (round(100 * min(sizes) / 1380, 2), round(100 * max(sizes) / 1380, 2)) == (98.04, 99.13)
    assert (min(runs), max(runs)) == (11, 23)
    assert [block.off_session for block in blocks] == [0] * 9
    assert not any(block.refused for block in blocks)


@pytest.mark.parametrize(("symbol", "date", "present", "longest"), SECONDS)
def test_seconds_of_a_day_are_as_counted(store, new_york, symbol, date, present, longest):
    table = one(new_york, date)

    [block] = store.load(symbol, S1, table)

    assert (block.rows.size, table[0].expected(S1)) == (present, 23400)
    assert max(gaps(block.rows.start, table[0].starts(S1))) == longest
    assert not block.refused


def test_every_day_file_is_what_pandas_reads(real_data, store, new_york, chicago):
    """All files, row by row: hours by the clock in New York, or the whole file in Chicago, prices to the last bit."""
    for path in sorted(real_data.glob("bars/1[sm]/*/*.parquet")):
        symbol, date = path.parent.name, path.stem
        futures = symbol == "6EH4"
        [block] = store.load(symbol, Interval.parse(path.parent.parent.name), one(chicago if futures else new_york, date))
        frame = pd.read_parquet(path).set_index("timestamp").tz_convert("America/New_York")
        inside = frame if futures else frame.between_time("09:30", "16:00", inclusive="left")
        assert block.rows.start.tolist() == inside.index.as_unit("ns").asi8.tolist()
        assert (block.rows.values == inside[list(BAR_COLUMNS)].to_numpy(float).T).all()
        assert block.off_session == len(frame) - len(inside)
        assert not block.refused


def test_daily_bars_are_one_for_every_session_of_23_years(store, new_york):
    """Stamped at New York midnight; a day that XNYS does not have is in no block."""
    table = new_york.get_sessions("1998-01-02", "2021-03-31")
    for symbol in ("SPY", "AAPL", "AIG", "BAC"):
        frame = pd.read_parquet(store.path / "bars" / "1d" / f"{symbol}.parquet").set_index("timestamp")
        dates = frame.index.tz_convert("America/New_York").tz_localize(None).normalize()
        frame = frame[dates.isin(pd.DatetimeIndex(table.date))]

        blocks = [block for block in store.load(symbol, D1, table) if block.rows.size]

        assert [block.rows.values[3, 0] for block in blocks] == frame["close"].tolist()
        assert [block.date for block in blocks] == frame.index.tz_convert("America/New_York").date.tolist()
        assert not any(block.refused for block in blocks)


def test_quotes_are_what_pandas_reads(real_data, store, new_york):
    for path in sorted(real_data.glob("quotes/*/*/*.parquet")):
        kind, symbol = path.parts[-3:-1]
        of_kind = LocalStore(real_data, quotes=kind)
        frame = pd.read_parquet(path)

        [block] = of_kind.quotes(symbol, one(new_york, path.stem))

        assert block.rows.start.tolist() == frame["timestamp"].dt.as_unit("ns").astype("int64").tolist()
        np.testing.assert_array_equal(block.rows.values, frame[list(QUOTE_COLUMNS)].to_numpy(float).T)
        assert not block.refused


def test_what_is_there_is_known_without_reading_it(store, new_york):
    there = store.availability(["SPY", "AIG", "BAC", "RIVN", "ZZZZ"], new_york.get_sessions("2013-10-07", "2013-10-11"))

    assert there["SPY"].intervals == {"1s": True, "1m": True, "1h": True, "1d": True}
    assert there["AIG"].intervals == {"1s": True, "1m": True, "1d": True}
    assert there["RIVN"].intervals == {"1m": False}
    assert there["ZZZZ"].intervals == {}
    assert [there[symbol].quotes for symbol in ("SPY", "BAC", "RIVN")] == ["1s", "1m", None]


def test_a_day_of_after_hours_rows_alone_has_none_in_the_session(store, new_york):
    assert store.availability(["RIVN"], one(new_york, "2025-07-01"))["RIVN"].intervals == {"1m": False}


def test_days_written_to_a_store_of_our_own_come_back(store, real_data, new_york, tmp_path):
    """Prices exact, volumes too: integers below 2**53 are doubles."""
    table = new_york.get_sessions("2013-10-07", "2013-10-11")
    for path in sorted(real_data.glob("bars/1m/AIG/*.parquet"))[::-1]:
        write_bars(tmp_path, "AIG", "1m", pd.read_parquet(path), table)
    write_quotes(tmp_path, "BAC", "tick", pd.read_parquet(real_data / "quotes/tick/BAC/2013-10-07.parquet"), table)

    assert [path.name for path in (tmp_path / "bars/1m/AIG").iterdir()] == ["2013-10.parquet"]
    for ours, theirs in zip(LocalStore(tmp_path).load("AIG", M1, table), store.load("AIG", M1, table), strict=True):
        for one_side, other in ((ours.rows, theirs.rows), (ours.extended, theirs.extended)):
            assert one_side.start.tolist() == other.start.tolist()
            assert (one_side.values == other.values).all()
    ticks = LocalStore(tmp_path, quotes="tick").quotes("BAC", table)[0]
    assert ticks.rows.size == 238427


def test_a_copy_cut_in_half_is_told_and_the_rest_is_still_read(real_data, new_york, tmp_path):
    shutil.copytree(real_data / "bars/1m/AIG", tmp_path / "bars/1m/AIG")
    path = tmp_path / "bars/1m/AIG/2013-10-08.parquet"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    store = LocalStore(tmp_path)

    with pytest.raises(BadDataError, match=r"2013-10-08\.parquet cannot be read as Parquet"):
        store.load("AIG", M1, one(new_york, "2013-10-08"))

    assert store.load("AIG", M1, one(new_york, "2013-10-07"))[0].rows.size == 389


@pytest.mark.parametrize(
    ("spoil", "counts", "lost"),
    [
        (lambda f: pd.concat([f, f.iloc[100:103]]), {"out_of_order": 3, "duplicate": 3}, 0),
        (lambda f: f.iloc[::-1], {"out_of_order": 432}, 0),
        (lambda f: f.assign(close=f["close"].where(f.index != 200)), {"not_a_number": 1}, 1),
        (lambda f: f.assign(low=f["low"].where(f.index != 200, -1.0)), {"bad_price": 1}, 1),
        (lambda f: f.assign(high=f["high"].where(f.index != 200, f["low"] - 1)), {"high_below_low": 1}, 1),
        (
            lambda f: f.assign(timestamp=f["timestamp"].where(f.index != 200, f["timestamp"] + pd.Timedelta(seconds=7))),
            {"off_grid": 1},
            1,
        ),
    ],
    ids=["copies", "backwards", "NaN", "negative", "high below low", "off the grid"],
)
def test_corrupt_copies_lose_only_what_is_corrupt(real_data, new_york, tmp_path, spoil, counts, lost):
    path = tmp_path / "bars/1m/AIG/2013-10-07.parquet"
    path.parent.mkdir(parents=True)
    spoil(pd.read_parquet(real_data / "bars/1m/AIG/2013-10-07.parquet")).to_parquet(path, index=False)

    [block] = LocalStore(tmp_path).load("AIG", M1, one(new_york, "2013-10-07"))

    assert block.rows.size == 389 - lost
    assert block.off_session == 44
    assert block.refused.counts == counts
