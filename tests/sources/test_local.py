"""The local store reads what lies there, in any mix of files, and says in one line what it cannot read."""

from __future__ import annotations

import datetime as dt
import pickle
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources import held_files
from sessionlab.sources.local import LocalStore
from sessionlab.sources.protocol import Source
from sessionlab.timing import Interval, SessionTable, TradingSession

NEW_YORK = "America/New_York"
M1, D1 = Interval.parse("1m"), Interval.parse("1d")
PRICES = ("open", "high", "low", "close")


def ns(text: str, tz: str = NEW_YORK) -> int:
    return pd.Timestamp(text, tz=tz).as_unit("ns").value


def sessions(*dates: str) -> SessionTable:
    return SessionTable.of(
        [TradingSession(dt.date.fromisoformat(d), ns(f"{d} 09:30"), ns(f"{d} 16:00"), NEW_YORK) for d in dates], NEW_YORK
    )


def bars(*stamps: str, close: float = 10.0, tz: str = NEW_YORK) -> pd.DataFrame:
    """A bar at each stamp; the close of the n-th is ``close`` + n."""
    at = close + np.arange(len(stamps), dtype=float)
    index = pd.DatetimeIndex([pd.Timestamp(s, tz=tz) for s in stamps]).as_unit("ns").tz_convert("UTC")
    return pd.DataFrame({"timestamp": index, "open": at, "high": at + 1, "low": at - 1, "close": at, "volume": 7})


def quotes(*stamps: str, bid: float = 10.0) -> pd.DataFrame:
    frame = bars(*stamps)[["timestamp"]]
    return frame.assign(bid_price=bid, bid_size=1, ask_price=bid + 1, ask_size=2)


def put(root: Path, name: str, frame: pd.DataFrame | pa.Table, **options) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, path, **options)
    return path


def closes(block) -> list[float]:
    return block.rows.values[3].tolist()


WEEK = sessions("2024-01-30", "2024-01-31", "2024-02-01")


def test_it_is_a_source(tmp_path):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30"))

    store = LocalStore(tmp_path)

    assert isinstance(store, Source)
    assert store.name == "local"
    assert str(tmp_path) in store.describe()


@pytest.mark.parametrize("name", ["SPY/2024-01-30", "SPY/2024-01", "SPY/2024", "SPY"])
def test_a_date_is_found_in_a_file_of_any_size(tmp_path, name):
    put(tmp_path, f"bars/1m/{name}.parquet", bars("2024-01-30 09:30", "2024-01-30 09:31", "2024-01-30 17:00"))

    [block] = LocalStore(tmp_path).load("SPY", M1, WEEK[:1])

    assert closes(block) == [10.0, 11.0]
    assert block.off_session == 1
    assert not block.refused


def test_files_of_any_size_side_by_side_give_each_row_once(tmp_path):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30", "2024-01-31 09:30", "2024-02-01 09:30"))
    put(tmp_path, "bars/1m/SPY/2024.parquet", bars("2024-01-30 09:31", "2024-01-31 09:30", close=20))
    put(tmp_path, "bars/1m/SPY/2024-01.parquet", bars("2024-01-31 09:31", close=30))
    put(tmp_path, "bars/1m/SPY/2024-01-31.parquet", bars("2024-01-31 09:30", close=40))

    blocks = LocalStore(tmp_path).load("SPY", M1, WEEK)

    assert [closes(block) for block in blocks] == [[10.0, 20.0], [40.0, 30.0], [12.0]]


def test_copies_in_a_less_exact_file_count_only_where_they_differ(tmp_path):
    put(tmp_path, "bars/1m/SPY/2024-01.parquet", bars("2024-01-30 09:30", "2024-01-30 09:31", "2024-01-30 09:32"))
    put(
        tmp_path,
        "bars/1m/SPY/2024-01-30.parquet",
        bars("2024-01-30 09:30").pipe(lambda f: pd.concat([f, bars("2024-01-30 09:31", close=50)])),
    )

    [block] = LocalStore(tmp_path).load("SPY", M1, WEEK[:1])

    assert closes(block) == [10.0, 50.0, 12.0]
    assert block.refused.counts == {"duplicate": 1}
    assert "09:31:00 close 11" in block.refused.examples["duplicate"]


def test_a_day_file_means_its_trading_date_also_before_midnight(tmp_path):
    chicago = "America/Chicago"
    night = TradingSession(dt.date(2024, 1, 3), ns("2024-01-02 17:00", chicago), ns("2024-01-03 16:00", chicago), chicago)
    put(tmp_path, "bars/1m/6EH4/2024-01-03.parquet", bars("2024-01-02 17:00", "2024-01-03 15:59", tz=chicago))
    put(tmp_path, "bars/1m/6EH4/2024-01-02.parquet", bars("2024-01-02 17:01", tz=chicago))

    [block] = LocalStore(tmp_path).load("6EH4", M1, SessionTable.of([night]))

    assert closes(block) == [10.0, 11.0]
    assert not block.refused


def test_rows_of_other_dates_in_a_day_file_are_refused(tmp_path):
    put(tmp_path, "bars/1m/SPY/2024-01-30.parquet", bars("2024-01-30 09:30", "2024-01-31 00:01", "2024-01-31 00:02"))

    [block] = LocalStore(tmp_path).load("SPY", M1, WEEK[:1])

    assert closes(block) == [10.0]
    assert block.refused.counts == {"outside": 2}
    assert "2024-01-31 00:01:00" in block.refused.examples["outside"]


def test_a_month_by_utc_dates_holds_the_first_evening_of_the_next(tmp_path):
    chicago = "America/Chicago"
    first = TradingSession(dt.date(2024, 2, 1), ns("2024-01-31 17:00", chicago), ns("2024-02-01 16:00", chicago), chicago)
    put(tmp_path, "bars/1m/6E/2024-01.parquet", bars("2024-01-31 17:00", tz=chicago))
    put(tmp_path, "bars/1m/6E/2024-02.parquet", bars("2024-01-31 18:00", "2024-02-01 15:59", close=20, tz=chicago))

    [block] = LocalStore(tmp_path).load("6E", M1, SessionTable.of([first]))

    assert closes(block) == [10.0, 20.0, 21.0]


def test_a_session_without_rows_is_an_empty_block(tmp_path):
    put(tmp_path, "bars/1m/SPY/2024-01-30.parquet", bars("2024-01-30 09:30"))

    blocks = LocalStore(tmp_path).load("SPY", M1, WEEK)

    assert [block.rows.size for block in blocks] == [1, 0, 0]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("tz", ["UTC", NEW_YORK])
def test_stamps_of_any_unit_and_zone_are_the_same_instants(tmp_path, unit, tz):
    frame = bars("2024-01-30 09:30", "2024-01-30 09:31")
    frame["timestamp"] = frame["timestamp"].dt.tz_convert(tz).dt.as_unit(unit)
    put(tmp_path, "bars/1m/SPY.parquet", frame)
    store = LocalStore(tmp_path)

    [block] = store.load("SPY", M1, WEEK[:1])

    assert block.rows.start.tolist() == [ns("2024-01-30 09:30"), ns("2024-01-30 09:31")]
    assert store.availability(["SPY"], WEEK)["SPY"].intervals == {"1m": True}
    assert store.availability(["SPY"], WEEK[1:])["SPY"].intervals == {"1m": False}


def test_numbers_of_any_type_are_read_and_nulls_are_refused(tmp_path):
    frame = bars("2024-01-30 09:30", "2024-01-30 09:31").astype({"open": "float32", "high": "int64", "volume": "int32"})
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.set_column(table.column_names.index("low"), "low", pa.array([9.0, None]))
    put(tmp_path, "bars/1m/SPY.parquet", table)

    [block] = LocalStore(tmp_path).load("SPY", M1, WEEK[:1])

    assert block.rows.values.tolist() == [[10], [11], [9], [10], [7]]
    assert block.refused.counts == {"not_a_number": 1}


def test_recorded_arrivals_are_read_as_revisions(tmp_path):
    frame = bars("2024-01-30 09:30", "2024-01-30 09:30", "2024-01-30 09:31")
    frame["known_at"] = pd.DatetimeIndex([None, pd.Timestamp("2024-01-30 09:45", tz=NEW_YORK), None]).as_unit("us")
    put(tmp_path, "bars/1m/SPY.parquet", frame)

    [block] = LocalStore(tmp_path).load("SPY", M1, WEEK[:1])

    assert block.rows.known_at.tolist() == [ns("2024-01-30 09:31"), ns("2024-01-30 09:45"), ns("2024-01-30 09:32")]
    assert not block.on_time


def test_availability_names_what_is_there_and_whether_it_is_of_these_sessions(tmp_path):
    put(tmp_path, "bars/1m/SPY/2024-01-30.parquet", bars("2024-01-30 09:30"))
    put(tmp_path, "bars/1d/SPY.parquet", bars("2023-01-30 00:00"))
    put(tmp_path, "bars/1h/SPY.parquet", bars("2024-01-30 10:00"))
    put(tmp_path, "bars/1s/SPY/2024-01-31.parquet", bars("2024-01-31 08:00", "2024-01-31 17:00"))
    put(tmp_path, "quotes/tick/SPY/2024-01-31.parquet", quotes("2024-01-31 12:00"))
    (tmp_path / "bars" / "1m" / "EMPTY").mkdir()
    (tmp_path / "bars" / "notes").mkdir()

    there = LocalStore(tmp_path).availability(["SPY", "EMPTY", "NONE"], WEEK)

    assert there["SPY"].intervals == {"1s": False, "1m": True, "1h": True, "1d": False}
    assert there["SPY"].quotes == "tick"
    assert there["EMPTY"].intervals == there["NONE"].intervals == {}
    assert there["NONE"].quotes is None


def test_availability_is_exact_where_a_file_only_spans_the_session(tmp_path):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:00", "2024-02-01 17:00"))
    put(tmp_path, "bars/1m/IBM.parquet", bars("2024-01-30 09:00", "2024-01-31 12:00", "2024-02-01 17:00"))

    there = LocalStore(tmp_path).availability(["SPY", "IBM"], WEEK)

    assert [there[symbol].intervals["1m"] for symbol in ("SPY", "IBM")] == [False, True]


def test_availability_reads_no_rows(tmp_path, monkeypatch):
    put(tmp_path, "bars/1m/SPY/2024-01.parquet", bars("2024-01-30 09:30"))
    monkeypatch.setattr("sessionlab.sources.parquet_file.RowFile.read", lambda *_: pytest.fail("rows were read"))

    assert LocalStore(tmp_path).availability(["SPY"], WEEK)["SPY"].intervals == {"1m": True}


def test_hours_are_found_under_either_name(tmp_path):
    put(tmp_path, "bars/1h/SPY.parquet", bars("2024-01-30 09:30"))

    [block] = LocalStore(tmp_path).load("SPY", Interval.parse("1h"), WEEK[:1])

    assert block.rows.size == 1


@pytest.mark.parametrize(
    ("symbol", "folder"),
    [("BTC/USD", "BTC%2FUSD"), ("BRK.B", "BRK.B"), ("btcusdt", "btcusdt"), ("btcusdt", "%62%74%63%75%73%64%74")],
)
def test_symbols_are_found_under_safe_names_and_small_letters_as_they_are(tmp_path, symbol, folder):
    put(tmp_path, f"bars/1m/{folder}/2024-01.parquet", bars("2024-01-30 09:30"))

    assert LocalStore(tmp_path).load(symbol, M1, WEEK[:1])[0].rows.size == 1
    assert LocalStore(tmp_path).availability([symbol], WEEK)[symbol].intervals == {"1m": True}


@pytest.mark.parametrize("symbol", ["../SPY", "/etc/passwd", "..", ""])
def test_a_path_is_no_symbol(tmp_path, symbol):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30"))

    with pytest.raises(ConfigError):
        LocalStore(tmp_path).load(symbol, M1, WEEK)
    with pytest.raises(ConfigError):
        LocalStore(tmp_path).availability([symbol], WEEK)


def test_a_run_by_sessions_opens_each_file_once(tmp_path, monkeypatch):
    dates = [str(d) for d in np.arange("2024-01-01", "2024-04-01", dtype="M8[D]")]
    for month in ("01", "02", "03"):
        put(tmp_path, f"bars/1m/SPY/2024-{month}.parquet", bars(*(f"{d} 09:30" for d in dates if d[5:7] == month)))
    opened = []
    monkeypatch.setattr(held_files, "RowFile", _spy(opened))
    store = LocalStore(tmp_path)

    sizes = [store.load("SPY", M1, sessions(date))[0].rows.size for date in dates]

    assert sizes == [1] * len(dates)
    assert [Path(path).stem for path in opened] == ["2024-01", "2024-02", "2024-03"]


def test_sessions_that_begin_in_the_month_before_open_no_file_twice(tmp_path, monkeypatch):
    chicago = "America/Chicago"
    dates = pd.bdate_range("2024-01-02", "2024-03-29")
    when = [
        TradingSession(
            d.date(), ns(f"{d - pd.Timedelta(days=1):%Y-%m-%d} 17:00", chicago), ns(f"{d:%Y-%m-%d} 16:00", chicago), chicago
        )
        for d in dates
    ]
    for month, some in pd.Series(dates).groupby(dates.month):
        put(tmp_path, f"bars/1m/6E/2024-{month:02}.parquet", bars(*(f"{d:%Y-%m-%d} 09:30" for d in some), tz=chicago))
    opened = []
    monkeypatch.setattr(held_files, "RowFile", _spy(opened))
    monkeypatch.setattr(held_files, "_HELD", ((1, 1_000_000), (2, 10), (4, -1)))
    store = LocalStore(tmp_path)

    sizes = [store.load("6E", M1, SessionTable.of([session]))[0].rows.size for session in when]

    assert sizes == [1] * len(dates)
    assert len(opened) == 3


def test_what_is_held_does_not_grow_with_the_sessions_gone_through(tmp_path):
    dates = [str(d) for d in np.arange("2024-01-01", "2024-03-01", dtype="M8[D]")]
    for date in dates:
        put(tmp_path, f"bars/1m/SPY/{date}.parquet", bars(f"{date} 09:30"))
    store = LocalStore(tmp_path)

    for date in dates:
        store.load("SPY", M1, sessions(date))

    [(_, held)] = store._series.values()
    assert len(held._rows) <= 4


def test_a_file_that_was_replaced_is_read_again(tmp_path):
    path = put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30"))
    store = LocalStore(tmp_path)
    assert closes(store.load("SPY", M1, WEEK)[0]) == [10.0]

    put(tmp_path, "new.parquet", bars("2024-01-30 09:30", close=20)).replace(path)

    assert closes(store.load("SPY", M1, WEEK)[0]) == [20.0]


def test_files_that_come_later_are_seen(tmp_path):
    put(tmp_path, "bars/1m/SPY/2024-01-30.parquet", bars("2024-01-30 09:30"))
    store = LocalStore(tmp_path)
    store.load("SPY", M1, WEEK)

    put(tmp_path, "bars/1m/SPY/2024-01-31.parquet", bars("2024-01-31 09:30"))

    assert [block.rows.size for block in store.load("SPY", M1, WEEK)] == [1, 1, 0]


@pytest.mark.parametrize("sort", [True, False])
def test_a_large_file_in_order_is_read_by_row_groups(tmp_path, monkeypatch, sort):
    stamps = [
        f"{date} {at}" for date in ("2024-01-30", "2024-01-31", "2024-02-01") for at in ("09:30", "09:31", "09:32", "09:33")
    ]
    frame = bars(*stamps)
    put(tmp_path, "bars/1m/SPY.parquet", frame if sort else frame.iloc[::-1], row_group_size=3)
    monkeypatch.setattr(held_files, "_MOST_ROWS", 5)
    groups = []
    monkeypatch.setattr(held_files, "RowFile", _spy(groups, "read"))
    store = LocalStore(tmp_path)

    last = store.load("SPY", M1, WEEK[2:])
    every = store.load("SPY", M1, WEEK)

    assert closes(last[0]) == [18, 19, 20, 21]
    assert [closes(block) for block in every] == [[10, 11, 12, 13], [14, 15, 16, 17], [18, 19, 20, 21]]
    assert (None in groups) is not sort
    assert every[0].refused.counts == ({} if sort else {"out_of_order": 4})


def test_it_can_be_sent_to_another_process(tmp_path):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30"))
    store = LocalStore(tmp_path, quotes="1m")
    store.load("SPY", M1, WEEK)

    again = pickle.loads(pickle.dumps(store))

    assert again.load("SPY", M1, WEEK)[0].rows.size == 1
    assert repr(again) == repr(store) == f"LocalStore({str(tmp_path)!r})"


def test_quotes_of_each_session_are_of_the_first_kind_that_has_any(tmp_path):
    put(tmp_path, "quotes/1s/SPY/2024-01-30.parquet", quotes("2024-01-30 09:30", "2024-01-31 00:00", bid=1))
    put(tmp_path, "quotes/1m/SPY/2024-01.parquet", quotes("2024-01-30 09:30", "2024-01-31 20:00", bid=2))
    put(tmp_path, "quotes/tick/SPY/2024-02-01.parquet", quotes("2024-02-01 09:30", "2024-02-01 09:30", bid=3))

    blocks = LocalStore(tmp_path).quotes("SPY", WEEK)
    ticks = LocalStore(tmp_path, quotes="tick").quotes("SPY", WEEK)

    assert [block.rows.values[0].tolist() for block in blocks] == [[1, 1], [2], [3, 3]]
    assert not any(block.refused for block in blocks)
    assert [block.rows.size for block in ticks] == [0, 0, 2]


def test_without_quotes_there_are_none(tmp_path):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30"))

    assert LocalStore(tmp_path).quotes("SPY", WEEK) is None


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _scratched(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[40:80] = bytes(40)
    path.write_bytes(bytes(raw))


def _as_table(path: Path, change) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def _naive(table: pa.Table) -> pa.Table:
    return table.set_column(0, "timestamp", table.column(0).cast(pa.timestamp("ns")))


BROKEN = {
    "half-written": (_truncated, "half-written"),
    "scratched": (_scratched, "half-written"),
    "0 bytes": (lambda p: p.write_bytes(b""), "0 bytes"),
    "text": (lambda p: p.write_text("timestamp,open\n"), "cannot be read as Parquet"),
    "a folder": (lambda p: (p.unlink(), p.mkdir()), "cannot be read as Parquet"),
    "no volume": (lambda p: _as_table(p, lambda t: t.drop_columns(["volume"])), "has no column volume; it has timestamp, open"),
    "other names": (
        lambda p: _as_table(p, lambda t: t.rename_columns([n.title() for n in t.column_names])),
        "has no column timestamp, open",
    ),
    "no zone": (lambda p: _as_table(p, _naive), "stamps without zone"),
    "stamps as text": (
        lambda p: _as_table(p, lambda t: t.set_column(0, "timestamp", pa.array(["2024-01-30"] * 2))),
        "not a timestamp",
    ),
    "prices as text": (
        lambda p: _as_table(p, lambda t: t.set_column(1, "open", pa.array(["a", "b"]))),
        "column open is string, not a number",
    ),
    "no stamp": (
        lambda p: _as_table(p, lambda t: t.set_column(0, "timestamp", pa.array([None, 0], t.schema.field(0).type))),
        "1 of 2 rows have no timestamp",
    ),
    "another symbol": (
        lambda p: _as_table(p, lambda t: t.append_column("symbol", pa.array(["SPY", "IBM"]))),
        "holds rows of IBM, not of SPY",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_told_in_one_line_with_its_name_and_the_remedy(tmp_path, case):
    spoil, words = BROKEN[case]
    path = put(tmp_path, "bars/1m/SPY/2024-01.parquet", bars("2024-01-30 09:30", "2024-01-30 09:31"))
    spoil(path)

    with pytest.raises(BadDataError) as caught:
        LocalStore(tmp_path).load("SPY", M1, WEEK)

    message = str(caught.value)
    assert str(path) in message
    assert words in message
    assert "\n" not in message
    assert ";" in message  # and what to do about it


def test_a_symbol_column_of_this_symbol_is_no_trouble(tmp_path):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30").assign(symbol="SPY"))
    put(tmp_path, "bars/1m/IBM.parquet", bars("2024-01-30 09:30").assign(symbol="IBM"), write_statistics=False)
    store = LocalStore(tmp_path)

    assert [store.load(symbol, M1, WEEK)[0].rows.size for symbol in ("SPY", "IBM")] == [1, 1]
    assert store.availability(["IBM"], WEEK)["IBM"].intervals == {"1m": True}


def test_a_file_of_no_rows_is_no_trouble(tmp_path):
    put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30").iloc[:0])
    store = LocalStore(tmp_path)

    assert [block.rows.size for block in store.load("SPY", M1, WEEK)] == [0, 0, 0]
    assert store.availability(["SPY"], WEEK)["SPY"].intervals == {"1m": False}


def _nowhere(path: Path) -> Path:
    return path / "nowhere"


def _a_file(path: Path) -> Path:
    (path / "file").write_text("x")
    return path / "file"


@pytest.mark.parametrize(
    ("make", "words"), [(_nowhere, "does not exist"), (_a_file, "is a file"), (lambda p: p, "no folder bars")]
)
def test_where_no_store_is_the_path_is_named(tmp_path, make, words):
    path = make(tmp_path)

    with pytest.raises(NoDataError, match=words) as caught:
        LocalStore(path)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_a_store_does_not_have_is_told_with_what_it_has(tmp_path):
    put(tmp_path, "bars/1d/SPY.parquet", bars("2024-01-30 09:30"))
    store = LocalStore(tmp_path)

    with pytest.raises(NoDataError, match="no 1m bars of SPY; it has 1d of it"):
        store.load("SPY", M1, WEEK)
    with pytest.raises(NoDataError, match="no 1m bars of IBM; it does not know this symbol"):
        store.load("IBM", M1, WEEK)


def test_other_options_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="no option feed"):
        LocalStore(tmp_path, feed="sip")
    with pytest.raises(ConfigError, match="'5m' is no kind of quotes"):
        LocalStore(tmp_path, quotes="5m")


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = put(tmp_path, "bars/1m/SPY.parquet", bars("2024-01-30 09:30"))

    def refuse(_):
        raise PermissionError(13, "Permission denied")  # a mode of 0 would not stop the superuser

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(BadDataError, match=r"SPY\.parquet may not be read; change its permissions") as caught:
        LocalStore(tmp_path).load("SPY", M1, WEEK)

    assert caught.value.path == str(path)


def test_files_that_are_not_the_stores_are_left_alone(tmp_path):
    path = put(tmp_path, "bars/1m/SPY/2024-01-30.parquet", bars("2024-01-30 09:30"))
    shutil.copy(path, path.with_name(".2024-01-31.parquet.77-ab.tmp"))
    (path.parent / "notes.parquet").write_text("not ours")

    assert [block.rows.size for block in LocalStore(tmp_path).load("SPY", M1, WEEK)] == [1, 0, 0]


def _spy(seen: list, method: str = "__init__"):
    """A RowFile that writes down which paths are opened, or which row groups are read."""

    class Spied(held_files.RowFile):
        pass

    original = getattr(held_files.RowFile, method)

    def wrapped(self, what=None, *rest):
        seen.append(what)
        return original(self, what, *rest)

    setattr(Spied, method, wrapped)
    return Spied
