"""What people really have in their folders and frames: it is read as it was meant, or refused in a line that says what to do."""

from __future__ import annotations

import io
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from own_files import M1, NEW_YORK, SESSIONS, TIMES, assert_same, csv_of, instants, meant, minutes, parquet_of, put

from sessionlab.errors import BadDataError, ConfigError, SessionlabError, SourceError
from sessionlab.sources.files import Files
from sessionlab.sources.frames import Frames
from sessionlab.sources.local import LocalStore
from sessionlab.tape import DayBlock

BARS = minutes()
LOCAL = BARS.timestamp.dt.tz_localize(None)
WANTED = meant(BARS)
TEXT = csv_of(BARS)
HEADER, *ROWS = TEXT.strip().split("\n")


def stamped(*stamps: Any) -> str:
    """The bars with other stamps at the beginning."""
    return csv_of(BARS.assign(timestamp=[*stamps, *map(str, LOCAL[len(stamps) :])]))


def each(column: int, form: str) -> str:
    """The cells of one column in another form."""
    rows = [row.split(",") for row in ROWS]
    return "\n".join([HEADER, *(",".join([*row[:column], form.format(row[column]), *row[column + 1 :]]) for row in rows)])


def parquet(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


ARROW = pa.Table.from_pandas(BARS, preserve_index=False)
UTC = BARS.timestamp.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S")

ONE_PRICE = {"columns": dict.fromkeys(("open", "high", "low", "close"), "price")}
TZ = {"tz": NEW_YORK}

READ: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "UTF-16, big end first": (b"\xfe\xff" + TEXT.encode("utf-16-be"), {}),
    "line ends of old Macs": (TEXT.replace("\n", "\r"), {}),
    "line ends of two kinds": (TEXT.replace("\n", "\r\n", 300), {}),
    "three headers": ("\n".join([HEADER, HEADER, HEADER, *ROWS]), {}),
    "delimiters at all ends": ("\n".join(f"{row},,," for row in (HEADER, *ROWS)), {}),
    "numbers in single quotes": (each(1, "'{}'"), {}),
    "blanks around prices": (each(1, "  {} "), {}),
    "decimals of Parquet": (parquet(ARROW.set_column(1, "open", pa.array([Decimal(f"{value:.2f}") for value in BARS.open]))), {}),
    "Z and +00:00": (csv_of(BARS.assign(timestamp=[at + ("Z", "+00:00")[i % 2] for i, at in enumerate(UTC)])), {}),
    "a T and a blank": (csv_of(BARS.assign(timestamp=[str(at).replace(" ", " T"[i % 2]) for i, at in enumerate(LOCAL)])), TZ),
}
FEW: dict[str, tuple[str | bytes, list[int]]] = {
    "a header without rows": (HEADER + "\n", [0, 0]),
    "a header without a line end": (HEADER, [0, 0]),
    "a byte order mark and a header": ("\ufeff" + HEADER, [0, 0]),
    "Parquet without rows": (parquet(ARROW[:0]), [0, 0]),
    "one row": (f"{HEADER}\n{ROWS[0]}\n", [1, 0]),
}
REFUSED: dict[str, tuple[str | bytes, str, dict[str, Any]]] = {
    # how text is kept
    "UTF-16 without its mark": (TEXT.encode("utf-16-le"), "is text in UTF-16 without the mark that says so; save it as", {}),
    "UTF-16, cut inside a letter": (TEXT.encode("utf-16")[:-1], "is no number; write it as a plain one", {}),
    "UTF-32": (TEXT.encode("utf-32"), "is text in UTF-32, not plain text or Parquet", {}),
    "a zero byte in a cell": (TEXT.replace("100.", "10\x000.", 1), "has zero bytes, the first in line 2)", {}),
    "zero bytes at the end": (TEXT + "\x00" * 4096, "has zero bytes, the first in line 602); save it as one of these, or", {}),
    "a byte order mark alone": ("\ufeff", "has no line that is not empty", {}),
    "compressed by xz": (b"\xfd7zXZ\x00" + bytes(80), "is compressed by xz, not plain text or Parquet", {}),
    # lines that are no rows
    "a closing line alone": ("Total,,,,,1234\n", "has no header: its first line is 'Total,,,,,1234'; name its columns", {}),
    "a header and a closing line": (f"{HEADER}\nTotal,,,,,1234\n", "'Total' in row 1 is no time that can be read", {}),
    "a closing line of totals": (f"{TEXT}Total,,,,,1234\n", "(first: 'Total' in row 601); write all with their offset", {}),
    "a closing line of words": (f"{TEXT}No more data\n", "a row has 1 columns where 6 are expected ('No more data')", {}),
    "words in place of rows": (f"{HEADER}\nNo data found\n", "a row has 1 columns where 6 are expected ('No data found')", {}),
    "a line without end": (f"{HEADER}\n" + "9" * 400_000, "line 2 has more than 262,108 bytes, which no row of a table", {}),
    "a quote that is not closed": (TEXT.replace("2025-07-02 10:00", '"2025-07-02 10:00', 1), "unquoted delimiters: mend it", {}),
    "a delimiter at some ends": ("\n".join([HEADER, f"{ROWS[0]},", *ROWS[1:]]), "unquoted delimiters: mend it", {}),
    # numbers
    "dollars": (each(1, "${}"), "is no number; write it as a plain one, without unit or currency, or remove the row", {}),
    "euros": (each(4, "{} €"), "'100.05€' in row 1 of column close is no number; write it as a plain one", {}),
    "thousands": (each(5, "{}K"), "'50000K' in row 1 of column volume is no number", {}),
    "commas between numbers and in them": (TEXT.replace(".", ","), "a row has 10 columns where 6 are expected", {}),
    "two decimal points": (csv_of(BARS, sep=";", decimal=",").replace(",", ".", 40), "write all numbers one way", {}),
    # columns
    "a column twice": (
        "\n".join(f"{row},{row.split(',')[4]}" for row in (HEADER, *ROWS)),
        "has two columns for close, 'close' and 'close'; rename one",
        {},
    ),
    "a column twice in Parquet": (
        parquet(ARROW.append_column("close", ARROW["close"])),
        "has two columns for close, 'close' and 'close'; rename one",
        {},
    ),
    "a column taken for another": (
        TEXT,
        "columns gives 'close' for open, so that close has none; give it its own",
        {"columns": {"open": "close"}},
    ),
    # stamps
    "24:00": (stamped("2025-07-02 24:00:00"), "1 of 600 stamps are no times (first: '2025-07-02 24:00:00' in row 1)", TZ),
    "a leap second": (stamped("2016-12-31 23:59:60"), "no times (first: '2016-12-31 23:59:60' in row 1)", TZ),
    "year 1": (stamped("0001-01-01 00:00:00"), "a stamp lies beyond the years 1678 to 2261; mend it", TZ),
    "year 9999": (stamped("9999-12-31 23:59:59"), "a stamp lies beyond the years 1678 to 2261; mend it", TZ),
    "year 33658 of Parquet": (
        parquet(ARROW.set_column(0, "timestamp", pa.array([10**18] * 600, pa.timestamp("us", "UTC")))),
        "a stamp lies beyond the years 1678 to 2261",
        {},
    ),
    "two forms of dates": (stamped("02-Jul-2025 09:30:00"), "'02-Jul-2025 09:30:00' in row 1 is no time", TZ),
    "seconds cut by a spreadsheet": (
        csv_of(BARS.assign(timestamp=[f"{at / 10**9:.6e}" for at in instants(BARS)])),
        "whole multiples of 1,000 seconds, as where a spreadsheet cut their last digits off; export them again",
        {},
    ),
    "milliseconds cut by a spreadsheet": (
        csv_of(BARS.assign(timestamp=[f"{at / 10**6:.2e}" for at in instants(BARS)])),
        "all stamps, such as 1.750000e+12, are whole multiples of 1,000 seconds",
        {},
    ),
}


def load(path: Path, content: str | bytes, **options: Any) -> list[DayBlock]:
    return Files(put(path, content), symbol="SPY", **options).load("SPY", M1, SESSIONS)


@pytest.mark.parametrize("name", READ)
def test_what_can_be_meant_in_one_way_alone_is_read(tmp_path: Path, name: str):
    content, options = READ[name]

    assert_same(load(tmp_path / "x.csv", content, **options), WANTED)


@pytest.mark.parametrize("name", FEW)
def test_few_rows_are_no_fault(tmp_path: Path, name: str):
    content, sizes = FEW[name]

    assert [block.rows.size for block in load(tmp_path / "x.csv", content)] == sizes


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line_that_says_what_to_do(tmp_path: Path, name: str):
    content, says, options = REFUSED[name]
    with pytest.raises(BadDataError) as refused:
        load(tmp_path / "x.csv", content, **options)

    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(tmp_path / "x.csv") in str(refused.value)


@pytest.mark.parametrize("write", [csv_of, parquet_of])
def test_one_column_may_be_given_for_several(tmp_path: Path, write: Any):
    """As of a fund or an index that has one price a minute."""
    flat = BARS.assign(**dict.fromkeys(("open", "high", "low"), BARS.close))

    found = load(tmp_path / "x.csv", write(BARS.rename(columns={"close": "price"})), **ONE_PRICE)

    assert_same(found, meant(flat))


def test_what_a_file_is_called_does_not_count(tmp_path: Path):
    for name, content in (("x.csv", parquet_of(BARS)), ("x.parquet", TEXT.encode()), ("x", TEXT.encode())):
        assert_same(Files(put(tmp_path / name, content), symbol="SPY").load("SPY", M1, SESSIONS), WANTED)


def test_one_name_for_two_columns_of_a_file_without_header_is_refused(tmp_path: Path):
    names = ["timestamp", "open", "open", "low", "close", "volume"]

    with pytest.raises(ConfigError, match="columns names 'open' twice; give each column a name of its own"):
        load(tmp_path / "x.csv", "\n".join(ROWS), columns=names)


@pytest.mark.parametrize("form", ["csv", "parquet", "text in Parquet", "frame", "text in a frame"])
def test_offsets_that_change_with_the_clocks_are_the_same_instants(tmp_path: Path, form: str):
    """Clocks in New York went forward on 2025-03-09, a Sunday."""
    bars = minutes("2025-03-07", "2025-03-10")
    sessions = TIMES.get_sessions("2025-03-07", "2025-03-10")
    texts = bars.assign(timestamp=bars.timestamp.astype(str))
    assert {text[-6:] for text in texts.timestamp} == {"-05:00", "-04:00"}
    frame = texts if "text" in form else bars

    if "frame" in form:
        source: Any = Frames({"SPY": frame})
    else:
        source = Files(put(tmp_path / "x", csv_of(texts).encode() if form == "csv" else parquet_of(frame)), symbol="SPY")

    assert_same(source.load("SPY", M1, sessions), meant(bars, sessions=sessions))


def test_a_frame_with_stamps_of_several_zones_is_read_and_one_with_some_of_none_is_refused():
    """A library would take those with a zone for clock times as soon as one has none."""
    zones = (NEW_YORK, "Europe/Berlin", "UTC")
    mixed = pd.Series([at.tz_convert(zones[i % 3]) for i, at in enumerate(BARS.timestamp)], dtype=object)
    torn = pd.Series([at if i else at.tz_localize(None) for i, at in enumerate(BARS.timestamp)], dtype=object)

    assert_same(Frames({"SPY": BARS.assign(timestamp=mixed)}).load("SPY", M1, SESSIONS), WANTED)
    with pytest.raises(
        BadDataError, match=r"frame SPY: 1 of 600 stamps in 'timestamp' have no zone, and others do \(first: 2025"
    ):
        Frames({"SPY": BARS.assign(timestamp=torn)})


@pytest.mark.parametrize("unit", ["seconds", "milliseconds", "microseconds", "nanoseconds", "serial days"])
def test_numbers_for_stamps_in_a_frame_are_recognized_and_said(unit: str):
    if unit == "serial days":
        stamps = (LOCAL - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D")
    else:
        stamps = pd.Series(instants(BARS) // pd.Timedelta(1, unit).value)

    frames = Frames({"SPY": BARS.assign(timestamp=stamps)})

    assert_same(frames.load("SPY", M1, SESSIONS), WANTED)
    assert frames.notes[0].startswith(f"Stamps are {unit} ")


def test_a_frame_whose_second_level_of_columns_is_empty_is_a_plain_one():
    frame = BARS.set_axis(pd.MultiIndex.from_product([BARS.columns, [""]]), axis=1)

    assert_same(Frames({"SPY": frame}).load("SPY", M1, SESSIONS), WANTED)


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("open", [f"${value:.2f}" for value in BARS.open], "is no number; write it as a plain one, without unit or currency"),
        (
            "volume",
            [f"{value:,}" for value in BARS.volume],
            r"may be a decimal comma.*convert it to numbers, as with",
        ),
        ("timestamp", ["2025-07-02 24:00:00", *map(str, LOCAL[1:])], "1 of 600 stamps are no times"),
        ("timestamp", BARS.timestamp.where(BARS.index != 3), "1 of 600 rows have no timestamp; drop or mend them"),
        ("timestamp", [*LOCAL.astype("M8[us]")[1:], pd.Timestamp("9999-12-31").as_unit("us")], "beyond the years 1678 to 2261"),
        ("open", ["1\x000", *map(str, BARS.open[1:])], "is no number"),
        ("open", BARS.open.astype(complex), "convert it, with"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_in_one_line(column: str, values: Any, says: str):
    with pytest.raises(BadDataError, match=says) as refused:
        Frames({"SPY": BARS.assign(**{column: values})})

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("form", ["file", "frame", "store"])
def test_decimals_are_the_nearest_doubles(tmp_path: Path, form: str):
    """As text of the same digits is. Arrow's own conversion leaves the last bit of one in seven wrong."""
    prices = np.round(np.random.default_rng(3).uniform(1, 1000, 390), 2)
    digits = pa.array([Decimal(f"{price:.2f}") for price in prices])
    columns = dict.fromkeys(("open", "high", "low", "close"), digits)
    stamps = pa.array(instants(BARS)[:390], pa.timestamp("ns", "UTC"))
    table = pa.table({"timestamp": stamps, **columns, "volume": pa.array([1.0] * 390)})
    if form == "store":
        put(tmp_path / "bars/1m/SPY.parquet", parquet(table))
    source: Any = {
        "file": lambda: Files(put(tmp_path / "SPY.parquet", parquet(table)), symbol="SPY"),
        "frame": lambda: Frames({"SPY": table}),
        "store": lambda: LocalStore(tmp_path),
    }[form]()

    [block, _] = source.load("SPY", M1, SESSIONS)

    np.testing.assert_array_equal(block.rows.values[:4], np.tile(prices, (4, 1)))


def test_links_are_followed_and_those_to_nothing_are_said(tmp_path: Path):
    """Who links data into a folder means it. Only names that are asked for, or stand in an archive, must not lead out."""
    put(tmp_path / "elsewhere/x.csv", TEXT)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "SPY.csv").symlink_to(tmp_path / "elsewhere/x.csv")
    (folder / "QQQ.csv").symlink_to(tmp_path / "elsewhere/none.csv")
    (folder / "IWM.csv").symlink_to(folder / "IWM.csv")
    files = Files(folder / "{symbol}.csv")

    assert_same(files.load("SPY", M1, SESSIONS), WANTED)
    with pytest.raises(BadDataError, match=r"QQQ\.csv is a link to nothing that is there; mend it, or remove it"):
        files.load("QQQ", M1, SESSIONS)
    with pytest.raises(SourceError, match=r"IWM\.csv cannot be read \(Too many levels of symbolic links\)"):
        files.load("IWM", M1, SESSIONS)
    with pytest.raises(ConfigError, match=r"is a path, not a symbol"):
        files.load("../elsewhere/x", M1, SESSIONS)


def test_folders_that_lead_back_into_themselves_are_walked_once(tmp_path: Path):
    put(tmp_path / "SPY/2025-07-02.csv", TEXT[: TEXT.index("2025-07-03")])
    (tmp_path / "SPY/again").symlink_to(tmp_path)

    assert [block.rows.size for block in Files(tmp_path / "{symbol}/{date}.csv").load("SPY", M1, SESSIONS)] == [390, 0]


def test_what_is_named_like_a_file_and_is_none_is_said_and_never_waited_for(tmp_path: Path):
    (tmp_path / "SPY.csv").mkdir()
    os.mkfifo(tmp_path / "QQQ.csv")
    put(tmp_path / "IWM.csv", TEXT)
    files = Files(tmp_path / "{symbol}.csv")

    with pytest.raises(SessionlabError, match=r"no 1m bars of SPY; there are IWM, QQQ;"):
        files.load("SPY", M1, SESSIONS)
    with pytest.raises(BadDataError, match=r"QQQ\.csv is a pipe or a device, which never ends; give a file"):
        files.load("QQQ", M1, SESSIONS)
    with pytest.raises(SessionlabError, match=r"SPY\.csv is a folder that has no files; give a template"):
        Files(tmp_path / "SPY.csv", symbol="SPY")
