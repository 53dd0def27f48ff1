"""Writing a store: each row once, nothing lost, whatever happens on the way."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionlab.errors import BadDataError, ConfigError, SourceError
from sessionlab.sources.local import LocalStore
from sessionlab.sources.store_write import write_bars, write_quotes
from sessionlab.timing import Interval, SessionTable, TradingSession

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
M1, S1, D1 = (Interval.parse(text) for text in ("1m", "1s", "1d"))


def ns(text: str, tz: str = NEW_YORK) -> int:
    return pd.Timestamp(text, tz=tz).as_unit("ns").value


def sessions(*dates: str) -> SessionTable:
    return SessionTable.of(
        [TradingSession(dt.date.fromisoformat(d), ns(f"{d} 09:30"), ns(f"{d} 16:00"), NEW_YORK) for d in dates], NEW_YORK
    )


def night(date: str) -> TradingSession:
    before = pd.Timestamp(date) - pd.Timedelta(days=1)
    return TradingSession(
        dt.date.fromisoformat(date), ns(f"{before:%Y-%m-%d} 17:00", CHICAGO), ns(f"{date} 16:00", CHICAGO), CHICAGO
    )


def bars(*stamps: str, close: float = 10.0, tz: str = NEW_YORK) -> pd.DataFrame:
    at = close + np.arange(len(stamps), dtype=float)
    index = pd.DatetimeIndex([pd.Timestamp(s, tz=tz) for s in stamps]).as_unit("ns")
    return pd.DataFrame({"open": at, "high": at + 1, "low": at - 1, "close": at, "volume": 7}, index=index)


def quotes(*stamps: str, bid: float = 10.0) -> pd.DataFrame:
    at = bid + np.arange(len(stamps), dtype=float)
    index = pd.DatetimeIndex([pd.Timestamp(s, tz=NEW_YORK) for s in stamps])
    return pd.DataFrame({"bid_price": at, "bid_size": 1, "ask_price": at + 1, "ask_size": 2}, index=index)


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def content(root: Path, symbol: str = "SPY", interval: Interval = M1, when: SessionTable | None = None) -> dict[str, float]:
    """Close by stamp of all that the store gives, extended rows too; each must be there once, and nothing refused."""
    found = {}
    for block in LocalStore(root).load(symbol, interval, WEEK if when is None else when):
        assert not block.refused
        for rows in (block.rows, block.extended):
            for start, close in zip(rows.start.tolist(), rows.values[3].tolist(), strict=True):
                stamp = f"{pd.Timestamp(start, tz=NEW_YORK):%m-%d %H:%M}"
                assert stamp not in found
                found[stamp] = close
    return found


WEEK = sessions("2024-01-30", "2024-01-31", "2024-02-01")


def test_minutes_go_to_month_files_and_come_back(tmp_path):
    rows = bars("2024-01-30 09:30", "2024-01-30 18:00", "2024-02-01 09:30")

    written = write_bars(tmp_path / "new", "SPY", "1m", rows, WEEK)

    assert files(tmp_path / "new") == ["bars/1m/SPY/2024-01.parquet", "bars/1m/SPY/2024-02.parquet"]
    assert content(tmp_path / "new") == {"01-30 09:30": 10, "01-30 18:00": 11, "02-01 09:30": 12}
    assert (written.added, written.replaced, written.unchanged, len(written.files)) == (3, 0, 0, 2)
    assert str(written) == "SPY 1m bars: 3 rows added, 0 replaced, 0 were there; 2 files written"


def test_what_is_written_is_zstd_with_stamps_in_utc_and_prices_as_doubles(tmp_path):
    [path] = write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30"), WEEK).files

    meta, schema = pq.read_metadata(path), pq.read_schema(path)
    assert {meta.row_group(0).column(i).compression for i in range(6)} == {"ZSTD"}
    assert str(schema.field("timestamp").type) == "timestamp[ns, tz=UTC]"
    assert {str(schema.field(name).type) for name in ("open", "high", "low", "close", "volume")} == {"double"}


def test_seconds_go_to_day_files(tmp_path):
    write_bars(tmp_path, "SPY", "1s", bars("2024-01-30 09:30", "2024-01-31 09:30"), WEEK)

    assert files(tmp_path) == ["bars/1s/SPY/2024-01-30.parquet", "bars/1s/SPY/2024-01-31.parquet"]


def test_a_session_over_midnight_lies_whole_in_its_dates_file(tmp_path):
    when = SessionTable.of([night("2024-02-01")])

    write_bars(tmp_path, "6EH4", "1m", bars("2024-01-31 17:00", "2024-02-01 15:59", tz=CHICAGO), when)

    assert files(tmp_path) == ["bars/1m/6EH4/2024-02.parquet"]
    assert len(content(tmp_path, "6EH4", when=when)) == 2


@pytest.mark.parametrize("stamp", ["2024-01-30 00:00", "2024-01-29 19:00", "2024-01-30 16:00"])
def test_daily_rows_are_one_for_a_date_however_they_are_stamped(tmp_path, stamp):
    write_bars(tmp_path, "SPY", "1d", bars("2024-01-30 00:00", "2024-01-31 00:00"), WEEK)

    written = write_bars(tmp_path, "SPY", "1d", bars(stamp, close=20), WEEK)

    assert (written.added, written.replaced) == (0, 1)
    assert content(tmp_path, interval=D1) == {"01-30 09:30": 20, "01-31 09:30": 11}


def test_daily_rows_of_a_session_that_opens_the_evening_before_keep_their_date(tmp_path):
    when = SessionTable.of([night("2024-01-30"), night("2024-01-31")])

    write_bars(tmp_path, "6EH4", "1d", bars("2024-01-30 00:00", "2024-01-31 00:00", tz="UTC"), when)

    assert [block.rows.values[3].tolist() for block in LocalStore(tmp_path).load("6EH4", D1, when)] == [[10], [11]]


def test_a_new_row_takes_the_place_of_the_old_one(tmp_path):
    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30", "2024-01-30 09:31"), WEEK)

    written = write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31", "2024-01-30 09:32", close=20), WEEK)

    assert content(tmp_path) == {"01-30 09:30": 10, "01-30 09:31": 20, "01-30 09:32": 21}
    assert (written.added, written.replaced, written.unchanged) == (1, 1, 0)


def test_writing_the_same_again_touches_no_file(tmp_path):
    [path] = write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30"), WEEK).files
    before = path.stat()

    written = write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30"), WEEK)

    assert (written.added, written.replaced, written.unchanged, written.files) == (0, 0, 1, ())
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("name", ["SPY/2024-01-30", "SPY/2024-01", "SPY/2024", "SPY"])
def test_rows_go_where_their_date_already_is(tmp_path, name):
    path = tmp_path / f"bars/1m/{name}.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pandas(bars("2024-01-30 09:30", "2024-01-30 09:31").rename_axis("timestamp")), path)

    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31", "2024-01-30 09:32", close=20), WEEK)

    assert files(tmp_path) == [f"bars/1m/{name}.parquet"]
    assert content(tmp_path) == {"01-30 09:30": 10, "01-30 09:31": 20, "01-30 09:32": 21}


def test_a_file_of_other_years_is_not_where_a_date_is(tmp_path):
    path = tmp_path / "bars/1m/SPY.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pandas(bars("2020-01-30 09:30").rename_axis("timestamp")), path)

    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31"), WEEK)

    assert files(tmp_path) == ["bars/1m/SPY.parquet", "bars/1m/SPY/2024-01.parquet"]


def test_copies_in_several_files_become_one_row(tmp_path):
    for name in ("SPY/2024-01-30", "SPY/2024-01", "SPY"):
        path = tmp_path / f"bars/1m/{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pandas(bars("2024-01-30 09:30", "2024-01-30 09:31").rename_axis("timestamp")), path)

    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30", "2024-01-30 09:31", close=20), WEEK)

    assert content(tmp_path) == {"01-30 09:30": 20, "01-30 09:31": 21}
    assert files(tmp_path) == ["bars/1m/SPY/2024-01-30.parquet"]


def test_columns_that_are_not_ours_stay(tmp_path):
    path = tmp_path / "bars/1m/SPY/2024-01.parquet"
    path.parent.mkdir(parents=True)
    old = bars("2024-01-30 09:30", "2024-01-30 09:31").rename_axis("timestamp").assign(symbol="SPY", trades=[3, 4])
    pq.write_table(pa.Table.from_pandas(old), path)

    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31", "2024-01-30 09:29", close=20), WEEK)

    table = pq.read_table(path)
    assert table.column("trades").to_pylist() == [None, 3, None]
    assert table.column("symbol").to_pylist() == ["SPY"] * 3
    assert len(content(tmp_path)) == 3


def test_stored_rows_that_are_unsound_are_kept_until_replaced(tmp_path):
    path = tmp_path / "bars/1m/SPY/2024-01.parquet"
    path.parent.mkdir(parents=True)
    old = bars("2024-01-30 09:30", "2024-01-30 09:31").rename_axis("timestamp")
    old.loc[:, "open"] = np.nan
    pq.write_table(pa.Table.from_pandas(old), path)

    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31"), WEEK)

    assert np.isnan(pq.read_table(path).column("open").to_numpy()).tolist() == [True, False]


def test_unsound_rows_and_those_of_no_session_are_not_written_and_counted(tmp_path):
    rows = bars(
        "2024-01-30 09:30", "2024-01-30 09:31", "2024-01-30 09:31", "2024-01-28 12:00", "2023-07-01 12:00", "2024-01-31 09:30:15"
    )
    rows.iloc[0, 0] = np.nan

    written = write_bars(tmp_path, "SPY", "1m", rows, WEEK)

    assert content(tmp_path) == {"01-30 09:31": 11}
    assert written.refused.counts == {"not_a_number": 1, "duplicate": 1, "outside": 2, "off_grid": 1}
    assert "refused: " in str(written)


def test_nothing_to_write_writes_nothing(tmp_path):
    written = write_bars(tmp_path / "new", "SPY", "1m", bars("2024-01-30 09:30").iloc[:0], WEEK)

    assert written.added == 0
    assert not (tmp_path / "new").exists()


def test_revisions_are_kept_beside_what_they_correct(tmp_path):
    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30", "2024-01-30 09:31"), WEEK)
    late = bars("2024-01-30 09:30", "2024-01-30 09:31", close=20)
    late["known_at"] = pd.DatetimeIndex(
        [pd.Timestamp("2024-01-30 10:00", tz=NEW_YORK), pd.Timestamp("2024-01-30 09:32", tz=NEW_YORK)]
    )

    written = write_bars(tmp_path, "SPY", "1m", late, WEEK)
    again = write_bars(tmp_path, "SPY", "1m", late, WEEK)

    [block] = LocalStore(tmp_path).load("SPY", M1, WEEK[:1])
    assert block.rows.values[3].tolist() == [10, 20, 21]
    assert block.rows.known_at.tolist() == [ns("2024-01-30 09:31"), ns("2024-01-30 10:00"), ns("2024-01-30 09:32")]
    assert (written.added, written.replaced) == (1, 1)
    assert again.unchanged == 2


@pytest.mark.parametrize("symbol", ["BRK.B", "BTC/USD", "CON", "aapl"])
def test_symbols_of_any_kind_come_back(tmp_path, symbol):
    write_bars(tmp_path, symbol, "1m", bars("2024-01-30 09:30"), WEEK)

    assert len(content(tmp_path, symbol)) == 1
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("symbol", ["..", "../../SPY", "/tmp/SPY", "A/../B"])
def test_a_path_is_no_symbol(tmp_path, symbol):
    with pytest.raises(ConfigError, match="is a path, not a symbol"):
        write_bars(tmp_path, symbol, "1m", bars("2024-01-30 09:30"), WEEK)

    assert files(tmp_path) == []


UNREADABLE = {
    "no zone": (lambda f: f.tz_localize(None), "stamps without zone"),
    "no volume": (lambda f: f.drop(columns="volume"), "no column volume; they have open, high"),
    "no stamps": (lambda f: f.reset_index(drop=True), "no column timestamp"),
    "words": (lambda f: f.assign(open="ten"), "column open cannot be read as numbers"),
    "a missing stamp": (lambda f: f.set_axis(pd.DatetimeIndex([None], tz=NEW_YORK)), "1 of 1 rows have no timestamp"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_rows_that_cannot_be_read_are_told_in_one_line(tmp_path, case):
    spoil, words = UNREADABLE[case]

    with pytest.raises(BadDataError, match=words) as caught:
        write_bars(tmp_path, "SPY", "1m", spoil(bars("2024-01-30 09:30")), WEEK)

    assert "\n" not in str(caught.value)


def test_columns_in_a_dict_with_int64_stamps_are_rows_too(tmp_path):
    rows = {name: column.to_numpy() for name, column in bars("2024-01-30 09:30").items()}

    write_bars(tmp_path, "SPY", "1m", {"timestamp": np.array([ns("2024-01-30 09:30")]), **rows}, WEEK)

    assert content(tmp_path) == {"01-30 09:30": 10}


def test_a_broken_file_is_not_written_over(tmp_path):
    [path] = write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30"), WEEK).files
    path.write_bytes(path.read_bytes()[:-50])
    before = path.read_bytes()

    with pytest.raises(BadDataError, match="half-written"):
        write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31"), WEEK)

    assert path.read_bytes() == before


def test_when_the_disk_refuses_what_was_stored_is_unchanged(tmp_path, monkeypatch):
    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30"), WEEK)
    before = content(tmp_path)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(SourceError, match="No space left on device; what was stored before is unchanged"):
        write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31"), WEEK)

    assert content(tmp_path) == before
    assert files(tmp_path) == ["bars/1m/SPY/2024-01.parquet"]


def test_a_root_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("x")

    with pytest.raises(SourceError, match="could not be written"):
        write_bars(tmp_path / "file", "SPY", "1m", bars("2024-01-30 09:30"), WEEK)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_store_write as t

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

{spoil}
t.write_bars(Path({root!r}), "SPY", "1m", t.bars("2024-01-30 09:31", "2024-02-01 09:30", close=20), t.WEEK)
"""
DEATHS = {
    "in the middle of a file": """
import pyarrow.parquet
pyarrow.parquet.write_table = lambda table, file, **_: (file.write(b"PAR1 half"), file.flush(), die())
""",
    "before the file is put in place": "Path.replace = die",
    "between two files": """
replace, calls = Path.replace, []
Path.replace = lambda *a: die() if calls else (calls.append(1), replace(*a))[1]
""",
}


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("where", DEATHS)
def test_a_killed_process_loses_nothing_and_the_same_call_completes_it(tmp_path, where):
    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30", "2024-01-30 09:31"), WEEK)
    code = KILLED.format(tests=str(Path(__file__).parent), root=str(tmp_path), spoil=DEATHS[where])

    died = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert died.returncode == -9, died.stderr.decode()
    assert content(tmp_path) == {"01-30 09:30": 10, "01-30 09:31": 20 if where == "between two files" else 11}

    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31", "2024-02-01 09:30", close=20), WEEK)
    assert content(tmp_path) == {"01-30 09:30": 10, "01-30 09:31": 20, "02-01 09:30": 21}


def test_what_killed_writers_left_is_swept_away_after_a_while(tmp_path):
    [path] = write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:30"), WEEK).files
    old, young = path.with_name(f".{path.name}.1-aa.tmp"), path.with_name(f".{path.name}.2-bb.tmp")
    for left in (old, young):
        left.write_bytes(b"PAR1")
    os.utime(old, (time.time() - 90_000,) * 2)

    write_bars(tmp_path, "SPY", "1m", bars("2024-01-30 09:31"), WEEK)

    assert not old.exists()
    assert young.exists()


def test_quotes_go_to_month_files_and_finer_ones_to_day_files(tmp_path):
    for kind in ("1m", "1s", "tick"):
        write_quotes(tmp_path, "SPY", kind, quotes("2024-01-30 09:31"), WEEK)

    assert files(tmp_path) == [
        "quotes/1m/SPY/2024-01.parquet",
        "quotes/1s/SPY/2024-01-30.parquet",
        "quotes/tick/SPY/2024-01-30.parquet",
    ]


def test_quotes_of_one_stamp_are_replaced_together_and_keep_their_order(tmp_path):
    twice = quotes("2024-01-30 09:31", "2024-01-30 09:31", "2024-01-30 09:32")
    write_quotes(tmp_path, "SPY", "tick", twice, WEEK)
    again = write_quotes(tmp_path, "SPY", "tick", twice, WEEK)

    written = write_quotes(tmp_path, "SPY", "tick", quotes("2024-01-30 09:31", bid=30), WEEK)

    [block, *_] = LocalStore(tmp_path).quotes("SPY", WEEK)
    assert block.rows.values[0].tolist() == [30, 12]
    assert again.unchanged == 3
    assert (written.added, written.replaced) == (0, 1)


def test_a_missing_side_comes_back_as_nan(tmp_path):
    rows = quotes("2024-01-30 09:31")
    rows["bid_price"], rows["bid_size"] = np.nan, 0
    write_quotes(tmp_path, "SPY", "1m", rows, WEEK)

    [block, *_] = LocalStore(tmp_path).quotes("SPY", WEEK)

    np.testing.assert_array_equal(block.rows.values[:, 0], [np.nan, 0, 11, 2])
    assert write_quotes(tmp_path, "SPY", "1m", rows, WEEK).unchanged == 1


def test_other_kinds_of_quotes_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="'5m' is no kind of quotes"):
        write_quotes(tmp_path, "SPY", "5m", quotes("2024-01-30 09:31"), WEEK)


STAMPS = [
    f"{date} {at}" for date in ("2024-01-30", "2024-01-31", "2024-02-01") for at in ("08:00", "09:30", "09:31", "15:59", "17:00")
]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, len(STAMPS) - 1), min_size=1, max_size=8), min_size=1, max_size=4),
    st.sampled_from([None, "SPY/2024-01-30", "SPY/2024-01", "SPY/2024", "SPY"]),
)
def test_any_chunking_leaves_the_same_store(chunks, stored):
    """All rows in one call, or chunk by chunk in any order over any file that is there: the newest of each stamp remains."""
    newest: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if stored is not None:
            path = root / f"bars/1m/{stored}.parquet"
            path.parent.mkdir(parents=True)
            some = [at for at, text in enumerate(STAMPS) if text.startswith("2024-01-30")]
            pq.write_table(pa.Table.from_pandas(bars(*(STAMPS[at] for at in some), close=1000).rename_axis("timestamp")), path)
            newest = {at: 1000.0 + i for i, at in enumerate(some)}
        for number, chunk in enumerate(chunks):
            unique = list(dict.fromkeys(chunk))
            write_bars(root, "SPY", "1m", bars(*(STAMPS[at] for at in unique), close=100.0 * (number + 1)), WEEK)
            newest |= {at: 100.0 * (number + 1) + i for i, at in enumerate(unique)}

        assert content(root) == {STAMPS[at][5:]: close for at, close in newest.items()}

        with tempfile.TemporaryDirectory() as other:
            order = sorted(newest)
            rows = bars(*(STAMPS[at] for at in order))
            for name, plus in (("open", 0), ("high", 1), ("low", -1), ("close", 0)):
                rows[name] = [newest[at] + plus for at in order]
            write_bars(other, "SPY", "1m", rows, WEEK)
            assert content(Path(other)) == content(root)
