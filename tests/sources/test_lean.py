"""LEAN folders: real zips against the Parquet that was made of them by others, and small folders made here."""

from __future__ import annotations

import datetime as dt
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sessionlab as sl
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources import unpacked
from sessionlab.sources.lean import LeanFolder
from sessionlab.sources.lean_files import read_bars, read_quotes, read_tick_quotes, read_whole_bars, read_zipped_csv, to_utc
from sessionlab.sources.local import LocalStore
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, Rows
from sessionlab.timing import Interval, TimeManager

M1, S1, D1 = (Interval.parse(text) for text in ("1m", "1s", "1d"))
NEW_YORK = "America/New_York"
WIDTH_NS = {"minute": 60_000_000_000, "second": 1_000_000_000}
FOLDER_OF = {"minute": "1m", "second": "1s", "tick": "tick"}


@pytest.fixture(scope="module")
def new_york() -> TimeManager:
    return TimeManager("US_EQUITY")


def put(root: Path, path: str, text: str, member: str = "rows.csv") -> Path:
    """A zip of one CSV under ``root/equity/usa``."""
    return put_members(root, path, {member: text})


def put_members(root: Path, path: str, members: dict[str, str]) -> Path:
    full = root / "equity/usa" / path
    full.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(full, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return full


def put_table(root: Path, path: str, text: str) -> Path:
    full = root / "equity/usa" / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_text(text)
    return full


def ms(clock: str) -> int:
    hours, minutes = clock.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000


def minute(clock: str, close: int = 100_0000, volume: int = 100) -> str:
    return f"{ms(clock)},{close},{close},{close},{close},{volume}\n"


# -- the real files --------------------------------------------------------------------------------------------------


def dated_pairs(lean: Path, real: Path) -> Iterator[tuple[Path, str, dt.date, str, Path]]:
    for path in sorted((lean / "equity/usa").glob("*/*/*_*.zip")):
        resolution, kind = path.parts[-3], path.stem.split("_")[1]
        date = dt.datetime.strptime(path.name[:8], "%Y%m%d").date()
        shelf = "bars" if kind == "trade" else "quotes"
        other = real / shelf / FOLDER_OF[resolution] / path.parent.name.upper() / f"{date}.parquet"
        if other.is_file() and (resolution, kind) != ("tick", "trade"):
            yield path, resolution, date, kind, other


def assert_same(stamp: np.ndarray, values: np.ndarray, other: Path, columns: tuple[str, ...]) -> None:
    frame = pd.read_parquet(other)
    np.testing.assert_array_equal(stamp, frame["timestamp"].dt.as_unit("ns").astype("int64").to_numpy())
    np.testing.assert_array_equal(frame[list(columns)].to_numpy(dtype=float).T, values)


def test_every_zip_of_a_date_reads_as_the_parquet_made_of_it(lean_data, real_data):
    pairs = list(dated_pairs(lean_data, real_data))
    for path, resolution, date, kind, other in pairs:
        if kind == "trade":
            assert_same(*read_bars(str(path), date, NEW_YORK), other, BAR_COLUMNS)
        elif resolution == "tick":
            assert_same(*read_tick_quotes(str(path), date, NEW_YORK), other, QUOTE_COLUMNS)
        else:
            assert_same(*read_quotes(str(path), date, WIDTH_NS[resolution], NEW_YORK), other, QUOTE_COLUMNS)

    # 20 minute days and 3 second days of trades; 20 and 2 of quotes, and a day of ticks
    assert len(pairs) == 20 + 3 + 20 + 2 + 1


def test_every_zip_of_all_dates_reads_as_the_parquet_made_of_it(lean_data, real_data):
    for symbol in ("SPY", "AIG", "BAC", "AAPL"):
        path = lean_data / f"equity/usa/daily/{symbol.lower()}.zip"
        assert_same(*read_whole_bars(str(path), NEW_YORK), real_data / f"bars/1d/{symbol}.parquet", BAR_COLUMNS)
    hours = read_whole_bars(str(lean_data / "equity/usa/hour/spy.zip"), NEW_YORK)
    assert_same(*hours, real_data / "bars/1h/SPY.parquet", BAR_COLUMNS)


def same_rows(one: Rows, other: Rows) -> bool:
    arrays = zip(one[:3], other[:3], strict=True)
    return all(a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in arrays)


@pytest.mark.parametrize(
    ("symbol", "interval", "first", "last"),
    [
        *((symbol, M1, "2013-10-07", "2013-10-11") for symbol in ("SPY", "AIG", "BAC")),
        ("AAPL", M1, "2014-06-04", "2014-06-10"),
        ("FOXA", M1, "2013-06-28", "2013-07-03"),
        ("SPY", S1, "2013-10-07", "2013-10-08"),
        ("AIG", S1, "2013-10-07", "2013-10-07"),
        *((symbol, D1, "1998-01-02", "2021-03-31") for symbol in ("SPY", "AIG", "AAPL")),
        ("BAC", D1, "1998-10-01", "2021-03-31"),
    ],
)
def test_sessions_are_the_same_from_the_folder_and_from_the_store(lean_data, real_data, new_york, symbol, interval, first, last):
    sessions = new_york.get_sessions(first, last)
    lean = LeanFolder(lean_data).load(symbol, interval, sessions)
    store = LocalStore(real_data).load(symbol, interval, sessions)

    assert sum(block.rows.size for block in lean) > 0
    for ours, theirs in zip(lean, store, strict=True):
        assert (ours.date, ours.on_time, ours.refused) == (theirs.date, theirs.on_time, theirs.refused)
        assert same_rows(ours.rows, theirs.rows)
        assert same_rows(ours.extended, theirs.extended)


@pytest.mark.parametrize("kind", [None, "1s", "1m", "tick"])
@pytest.mark.parametrize("symbol", ["SPY", "AIG", "BAC"])
def test_quotes_are_the_same_from_the_folder_and_from_the_store(lean_data, real_data, new_york, symbol, kind):
    sessions = new_york.get_sessions("2013-10-07", "2013-10-08")
    lean = LeanFolder(lean_data, quotes=kind).quotes(symbol, sessions)
    store = LocalStore(real_data, quotes=kind).quotes(symbol, sessions)

    assert (lean is None) == (store is None)
    for ours, theirs in zip(lean or [], store or [], strict=True):
        assert (ours.date, ours.refused) == (theirs.date, theirs.refused)
        assert same_rows(ours.rows, theirs.rows)


def test_what_is_there_is_told_as_the_store_tells_it(lean_data, real_data, new_york):
    symbols = ["SPY", "AIG", "BAC", "FOXA", "AAPL", "ZZZZ"]
    sessions = new_york.get_sessions("2013-10-07", "2013-10-11")
    lean = LeanFolder(lean_data).availability(symbols, sessions)
    store = LocalStore(real_data).availability(symbols, sessions)

    for symbol in symbols:
        for width in ("1s", "1m", "1d"):
            assert lean[symbol].intervals.get(width) == store[symbol].intervals.get(width)
        assert lean[symbol].quotes == store[symbol].quotes
    assert lean["SPY"].intervals == {"1s": True, "1m": True, "1h": False, "1d": True}
    assert lean["BAC"].intervals == {"1m": True, "1d": True, "tick": False}


def test_a_run_is_the_same_from_the_folder_and_from_the_store(lean_data, real_data):
    windows = [{"trailing_days": 2, "intervals": ["1m", "1d"]}]
    asked = sl.SessionConfig.simple(
        "SPY AIG", "2013-10-09", "2013-10-10", "1m 5m quotes", **{"session_data_config.historical.data": windows}
    )
    frames = []
    for source in (f"lean:{lean_data}", f"local:{real_data}"):
        lab = sl.Lab(asked, source=source)
        lab.run()
        frames.append([lab.data[symbol].bars(width).all.frame() for symbol in ("SPY", "AIG") for width in ("1m", "5m")])
        frames[-1].append(lab.data.quality(window=True))

    for ours, theirs in zip(*frames, strict=True):
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_hours_and_ticks_are_planned_as_ignored(lean_data):
    asked = sl.SessionConfig.simple("SPY BAC", "2013-10-07", "2013-10-07", "1m 5m")
    plan = sl.Lab(asked, source=LeanFolder(lean_data)).plan

    ignored = {(stream.symbol, stream.stream) for stream in plan.streams if stream.action == "IGNORED"}
    assert ignored == {("SPY", "1h"), ("BAC", "tick")}


def test_the_present_company_has_no_rows_from_when_another_had_its_ticker(lean_data, new_york):
    """The map file says that BAC was NB until 1998-09-30; bac.zip holds the old BankAmerica before it."""
    days = new_york.get_sessions("1998-09-29", "1998-10-02")

    by_map = LeanFolder(lean_data).load("BAC", D1, days)
    by_name = LeanFolder(lean_data, map_files=False).load("BAC", D1, days)

    assert [block.rows.size for block in by_map] == [0, 0, 1, 1]
    assert [block.rows.size for block in by_name] == [1, 1, 1, 1]


def test_market_hours_differ_from_the_calendar_on_four_dates(lean_data, new_york):
    """The four that the folder's own notes name."""
    found = LeanFolder(lean_data).compare_hours(new_york, "1998-01-01", "2026-12-31")

    assert found["date"].dt.strftime("%Y-%m-%d").tolist() == ["1998-11-27", "1998-12-24", "1999-12-31", "2017-12-24"]
    assert found["lean"].tolist()[:3] == ["09:30-16:00"] * 3
    assert found["calendar"].tolist() == ["09:30-13:00"] * 3 + ["closed"]
    assert "13:00" in found["lean"].tolist()[3]


# -- what a folder may be --------------------------------------------------------------------------------------------


def test_prices_are_divided_not_multiplied(tmp_path, new_york):
    """452300 * 1e-4 is 45.230000000000004."""
    put(tmp_path, "minute/spy/20140605_trade.zip", minute("09:30", 452300))

    block = LeanFolder(tmp_path).load("SPY", M1, new_york.get_sessions("2014-06-05", "2014-06-05"))[0]

    assert block.rows.values[3].tolist() == [45.23]
    assert block.rows.start[0] == pd.Timestamp("2014-06-05 09:30", tz=NEW_YORK).value
    assert block.rows.known_at[0] == pd.Timestamp("2014-06-05 09:31", tz=NEW_YORK).value


def test_the_folder_is_found_from_above_from_data_and_from_its_market(tmp_path, new_york):
    put(tmp_path / "Data", "minute/spy/20140605_trade.zip", minute("09:30"))
    day = new_york.get_sessions("2014-06-05", "2014-06-05")

    for path in (tmp_path, tmp_path / "Data", tmp_path / "Data/equity/usa"):
        assert LeanFolder(path).load("SPY", M1, day)[0].rows.size == 1


@pytest.mark.parametrize("folder", ["spy", "SPY", "Spy"])
@pytest.mark.parametrize("symbol", ["spy", "SPY"])
def test_tickers_are_found_in_any_case(tmp_path, new_york, folder, symbol):
    put(tmp_path, f"minute/{folder}/20140605_trade.zip", minute("09:30"))
    put(tmp_path, f"daily/{folder}.zip", "20140605 00:00,1000000,1000000,1000000,1000000,5\n")
    day = new_york.get_sessions("2014-06-05", "2014-06-05")

    source = LeanFolder(tmp_path)

    assert source.load(symbol, M1, day)[0].rows.size == 1
    assert source.load(symbol, D1, day)[0].rows.size == 1


def test_older_files_are_found_under_the_ticker_of_their_date(tmp_path, new_york):
    put_table(tmp_path, "map_files/meta.csv", "20120518,fb,Q\n20220608,fb,Q\n20501231,meta,Q\n")
    put(tmp_path, "minute/fb/20220608_trade.zip", minute("09:30", 196_0000))
    put(tmp_path, "minute/meta/20220609_trade.zip", minute("09:30", 184_0000))
    put(tmp_path, "minute/meta/20220608_trade.zip", minute("09:30", 11_0000))  # an exchange traded fund of that name
    put(tmp_path, "daily/fb.zip", "20220608 00:00,1960000,1960000,1960000,1960000,5\n")
    put(
        tmp_path,
        "daily/meta.zip",
        "20220608 00:00,110000,110000,110000,110000,5\n20220609 00:00,1840000,1840000,1840000,1840000,5\n",
    )
    days = new_york.get_sessions("2022-06-08", "2022-06-09")

    for interval in (M1, D1):
        blocks = LeanFolder(tmp_path).load("META", interval, days)
        assert [block.rows.values[3].tolist() for block in blocks] == [[196.0], [184.0]]


def test_quotes_are_known_at_the_end_of_their_bar_and_may_have_one_side(tmp_path, new_york):
    put(
        tmp_path,
        "minute/spy/20140605_quote.zip",
        f"{ms('09:30')},270000,270000,270000,271000,100,,,,,0\n"
        f"{ms('15:59')},270000,270000,270000,270000,300,290000,290000,290000,291500,200\n",
    )
    day = new_york.get_sessions("2014-06-05", "2014-06-05")

    quotes = LeanFolder(tmp_path).quotes("SPY", day)[0].rows

    stamps = [pd.Timestamp(f"2014-06-05 {clock}", tz=NEW_YORK).value for clock in ("09:31", "16:00")]
    assert quotes.known_at.tolist() == stamps
    np.testing.assert_array_equal(quotes.values, [[27.1, 27.0], [100, 300], [np.nan, 29.15], [0, 200]])


def test_tick_quotes_join_the_sides_and_carry_the_other(tmp_path, new_york):
    put(
        tmp_path,
        "tick/spy/20140605_quote.zip",
        "34200000,0,0,101000,5,Q,1,0\n"  # an ask before there is a bid: no quote yet
        "34200100,100000,1,0,0,P,1,0\n34200100,0,0,102000,2,P,1,0\n"  # a pair
        "34200200,100500,3,0,0,P,1,0\n",  # a bid alone
    )
    day = new_york.get_sessions("2014-06-05", "2014-06-05")

    quotes = LeanFolder(tmp_path).quotes("SPY", day)[0].rows

    np.testing.assert_array_equal(quotes.values, [[10.0, 10.05], [1, 3], [10.2, 10.2], [2, 2]])


def test_a_wall_clock_keeps_its_times_over_a_change_of_the_clocks():
    walls = pd.to_datetime(["2014-03-08 09:30", "2014-03-10 09:30", "2014-11-03 09:30"])

    utc = to_utc(walls.as_unit("ns").asi8, NEW_YORK)

    assert utc.tolist() == [pd.Timestamp(wall, tz=NEW_YORK).value for wall in walls]


def test_a_session_without_a_file_is_empty_and_a_symbol_without_any_is_an_error(tmp_path, new_york):
    put(tmp_path, "minute/spy/20140605_trade.zip", minute("09:30"))
    source = LeanFolder(tmp_path)
    days = new_york.get_sessions("2014-06-04", "2014-06-06")

    assert [block.rows.size for block in source.load("SPY", M1, days)] == [0, 1, 0]
    assert [block.rows.size for block in source.load("SPY", M1, days[:1])] == [0]
    with pytest.raises(NoDataError, match="has no 1m bars of IBM; it does not know this symbol"):
        source.load("IBM", M1, days)
    with pytest.raises(NoDataError, match="has no 1s bars of SPY; it has 1m of it"):
        source.load("SPY", S1, days)
    assert source.quotes("SPY", days) is None


def test_rows_that_cannot_be_trusted_are_refused_and_counted(tmp_path, new_york):
    rows = minute("09:30") + minute("09:31", -5) + minute("09:32", volume=-1) + minute("09:33") * 2
    rows += f"{ms('09:34')},,1,1,1,1\n" + f"{ms('09:35') + 500},10000,10000,10000,10000,1\n"
    rows += f"{86_400_000 + ms('09:30')},10000,10000,10000,10000,1\n"
    put(tmp_path, "minute/spy/20140605_trade.zip", rows)

    block = LeanFolder(tmp_path).load("SPY", M1, new_york.get_sessions("2014-06-05", "2014-06-05"))[0]

    assert block.rows.size == 2
    assert block.refused.counts == {
        "bad_price": 1, "negative_volume": 1, "duplicate": 1, "not_a_number": 1, "off_grid": 1, "outside": 1,
    }  # fmt: skip
    assert "20140605_trade.zip" in block.refused.examples["bad_price"]


def test_a_changed_file_is_read_again(tmp_path, new_york):
    path = "minute/spy/20140605_trade.zip"
    put(tmp_path, path, minute("09:30"))
    day = new_york.get_sessions("2014-06-05", "2014-06-05")
    source = LeanFolder(tmp_path)
    source.load("SPY", M1, day)

    put(tmp_path, path, minute("09:30") + minute("09:31"))

    assert source.load("SPY", M1, day)[0].rows.size == 2


def test_a_source_goes_to_another_process(tmp_path):
    put(tmp_path, "minute/spy/20140605_trade.zip", minute("09:30"))
    source = LeanFolder(tmp_path, quotes="1m", map_files=False)

    other = pickle.loads(pickle.dumps(source))

    assert (repr(other), other._options) == (repr(source), source._options)


# -- what it may not be ----------------------------------------------------------------------------------------------


def day_of(tmp_path: Path, new_york: TimeManager, symbol: str = "SPY") -> object:
    return LeanFolder(tmp_path).load(symbol, M1, new_york.get_sessions("2014-06-05", "2014-06-05"))


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "holds no CSV file; a zip of LEAN holds one"),
        ({"readme.txt": "x"}, "holds no CSV file"),
        ({"a.csv": "1", "b.csv": "2"}, r"holds 2 CSV files \(a.csv, b.csv\)"),
        ({"../../a.csv": "1"}, "a path outside of it"),
        ({"/etc/a.csv": "1"}, "a path outside of it"),
        ({"C:\\a.csv": "1"}, "a path outside of it"),
        ({"a.csv": ""}, "holds an empty CSV"),
        ({"a.csv": "time,open,high,low,close,volume\n" + minute("09:30")}, "has no header, remove the line"),
        ({"a.csv": "34200000,1,1,1,1\n"}, "has 5 columns, and a trade file of LEAN 6: time, open"),
        ({"a.csv": minute("09:30") + "34260000,1,1\n"}, "cannot be read as a trade file of LEAN"),
        ({"a.csv": minute("09:30") + "34260000,1,x,1,1,1\n"}, "cannot be read as a trade file of LEAN"),
        ({"a.csv": minute("09:30") + ",1,1,1,1,1\n"}, "has no time in row 2"),
        ({"a.csv": "1401960600000,1,1,1,1,1\n"}, "is ms since midnight"),
    ],
)
def test_a_zip_that_is_not_lean_s_is_told_in_one_line(tmp_path, new_york, members, says):
    path = put_members(tmp_path, "minute/spy/20140605_trade.zip", members)

    with pytest.raises(BadDataError, match=says) as caught:
        day_of(tmp_path, new_york)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_an_archiver_adds_is_passed_over(tmp_path, new_york):
    put_members(tmp_path, "minute/spy/20140605_trade.zip", {"__MACOSX/._a.csv": "x", "a.csv": minute("09:30"), "notes.txt": ""})

    assert day_of(tmp_path, new_york)[0].rows.size == 1


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "locked"])
def test_a_broken_zip_is_told_in_one_line(tmp_path, new_york, damage):
    path = put(tmp_path, "minute/spy/20140605_trade.zip", "".join(minute(f"10:{m:02}") for m in range(60)))
    held = bytearray(path.read_bytes())
    if damage == "flipped":
        held[60] ^= 0xFF
    if damage == "locked":
        held[6] |= 1
        held[held.index(b"PK\x01\x02") + 8] |= 1
    changed = {"empty": b"", "text": b"not a zip", "cut": bytes(held[: len(held) // 2])}.get(damage, bytes(held))
    path.write_bytes(changed)

    with pytest.raises(BadDataError) as caught:
        day_of(tmp_path, new_york)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked, "SUSPECT_BYTES", 1 << 16)
    path = put(tmp_path, "minute/spy/20140605_trade.zip", "0" * (1 << 20))

    with pytest.raises(BadDataError, match=r"unpacks to more than .* bytes from .*; it is not read on"):
        read_zipped_csv(str(path))


def test_a_zip_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path):
    """The directory says 10 bytes for a member of a million."""
    path = put(tmp_path, "minute/spy/20140605_trade.zip", "0" * 1_000_000)
    held = bytearray(path.read_bytes())
    at = held.index(b"PK\x01\x02")
    held[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(held)

    with pytest.raises(BadDataError, match="cannot be read as a zip"):
        read_zipped_csv(str(path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no rows"),
        ("hello,spy\n", "begins with 'hello'"),
        ("20501231\n", "names the ticker ''"),
        ("20501231,../../spy,Q\n", "names the ticker '../../spy'"),
    ],
)
def test_a_map_file_that_is_none_is_told_in_one_line(tmp_path, new_york, text, says):
    put(tmp_path, "minute/spy/20140605_trade.zip", minute("09:30"))
    path = put_table(tmp_path, "map_files/spy.csv", text)

    with pytest.raises(BadDataError, match=says) as caught:
        day_of(tmp_path, new_york)

    assert str(path) in str(caught.value)


@pytest.mark.parametrize("symbol", ["../spy", "/etc/passwd", "a/../../b", ""])
def test_a_symbol_that_is_a_path_is_refused(tmp_path, new_york, symbol):
    put(tmp_path, "minute/spy/20140605_trade.zip", minute("09:30"))

    with pytest.raises(ConfigError):
        day_of(tmp_path, new_york, symbol)


def test_folders_and_options_that_cannot_be_meant_are_told(tmp_path):
    with pytest.raises(NoDataError, match="does not exist; give LEAN's Data folder"):
        LeanFolder(tmp_path / "none")
    with pytest.raises(NoDataError, match="has no folder equity/usa"):
        LeanFolder(tmp_path)
    put(tmp_path, "minute/spy/20140605_trade.zip", minute("09:30"))
    with pytest.raises(NoDataError, match="has no folder equity/india"):
        LeanFolder(tmp_path, market="india")
    with pytest.raises(ConfigError, match=r"'\.\./x' is no market"):
        LeanFolder(tmp_path, market="../x")
    with pytest.raises(ConfigError, match="security 'forex' of LEAN is not read"):
        LeanFolder(tmp_path, security="forex")
    with pytest.raises(ConfigError, match="no option label"):
        LeanFolder(tmp_path, label="end")
    with pytest.raises(ConfigError, match="'5m' is no kind of quotes"):
        LeanFolder(tmp_path, quotes="5m")
    with pytest.raises(ConfigError, match="'Mars' is no zone"):
        LeanFolder(tmp_path, tz="Mars")
    with pytest.raises(NoDataError, match="no hours to compare"):
        LeanFolder(tmp_path).compare_hours(TimeManager(), "2014-06-05", "2014-06-05")
    with pytest.raises(ConfigError, match='"lean" needs a path'):
        sl.Lab(sl.SessionConfig.simple("SPY", "2014-06-05", "2014-06-05"), source="lean")


def test_a_market_without_a_known_zone_asks_for_it(tmp_path):
    full = tmp_path / "equity/india/minute/tcs/20140605_trade.zip"
    full.parent.mkdir(parents=True)
    full.write_bytes(b"")

    with pytest.raises(ConfigError, match="give tz"):
        LeanFolder(tmp_path, market="india")
    assert LeanFolder(tmp_path, market="india", tz="Asia/Kolkata").tz == "Asia/Kolkata"


def test_a_market_hours_database_that_is_none_is_told(tmp_path):
    put(tmp_path, "minute/spy/20140605_trade.zip", minute("09:30"))
    path = tmp_path / "market-hours/market-hours-database.json"
    path.parent.mkdir()
    path.write_text("{")

    with pytest.raises(BadDataError, match=r"market-hours-database\.json cannot be read"):
        LeanFolder(tmp_path)
