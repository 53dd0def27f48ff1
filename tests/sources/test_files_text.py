"""Text in the dialects of spreadsheets and vendors is read as it was meant, or refused in one line that says what to do."""

from __future__ import annotations

import io
import itertools
import random
import zipfile

import numpy as np
import pandas as pd
import pytest
from own_files import DAYS, M1, SESSIONS, assert_same, csv_of, gzip_of, meant, minutes, parquet_of, put, zip_of

from sessionlab.errors import BadDataError
from sessionlab.sources import unpacked
from sessionlab.sources.file_rows import Reading, read_rows
from sessionlab.sources.files import Files
from sessionlab.sources.stamps import StampRules

BARS = minutes()
TEXT = csv_of(BARS)
HEADER, ROWS = TEXT.split("\n", 1)


def load(path, **options):
    return Files(path, symbol="SPY", **options).load("SPY", M1, SESSIONS)


def refusal(path, content, **options) -> str:
    put(path, content)
    with pytest.raises(BadDataError) as told:
        load(path, **options)
    message = str(told.value)
    assert "\n" not in message
    assert path.name in message
    return message


def german(frame: pd.DataFrame, thousands: str = "") -> str:
    """As a German spreadsheet writes it: semicolons, decimal commas, dots between thousands."""
    text = frame.copy()
    for name in ("open", "high", "low", "close"):
        text[name] = [f"{value:.2f}".replace(".", ",") for value in frame[name]]
    text["volume"] = [f"{value:,}".replace(",", thousands) for value in frame["volume"]]
    return csv_of(text, sep=";")


DIALECTS = {
    "plain": TEXT,
    "byte order mark": "\ufeff" + TEXT,
    "UTF-16 of a spreadsheet": csv_of(BARS, sep="\t").encode("utf-16"),
    "line ends of Windows": TEXT.replace("\n", "\r\n"),
    "semicolons": csv_of(BARS, sep=";"),
    "tabs": csv_of(BARS, sep="\t"),
    "bars": csv_of(BARS, sep="|"),
    "a line that names the delimiter": "sep=;\r\n" + csv_of(BARS, sep=";"),
    "decimal commas": german(BARS),
    "decimal commas, dots between thousands": german(BARS, "."),
    "decimal commas, blanks between thousands": german(BARS, "\u00a0"),
    "quoted thousands": csv_of(BARS.assign(volume=[f"{value:,}" for value in BARS.volume])),
    "every cell in quotes": csv_of(BARS.astype(str), quoting=1),
    "a header that stands twice": f"{HEADER}\n{HEADER}\n{ROWS}",
    "a header among the rows": "\n".join([HEADER, *ROWS.split("\n")[:300], HEADER, *ROWS.split("\n")[300:]]),
    "comments and empty lines before": f"# from a vendor\n\n#\n{TEXT}",
    "empty lines among the rows": TEXT.replace("\n", "\n\n"),
    "blanks around": TEXT.replace(",", " , "),
    "names in capitals and brackets": TEXT.replace(HEADER, "<DATETIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"),
    "names of one letter": TEXT.replace(HEADER, "t,o,h,l,c,v"),
    "an index without name": TEXT.replace("timestamp", ""),
    "a delimiter at the end of each row": HEADER + "\n" + ROWS.replace("\n", ",\n"),
    "Western letters of Windows": (HEADER + ",n\xf6te\n" + ROWS.replace("\n", ",\xe9\n")).encode("cp1252"),
    "no last line end": TEXT.rstrip("\n"),
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_reads_like_the_plain_file(tmp_path, dialect):
    content = DIALECTS[dialect]
    path = put(tmp_path / "x.csv", content if isinstance(content, bytes) else content.encode())

    assert_same(load(path), meant(BARS))


def test_repeated_headers_and_ignored_columns_are_said(tmp_path):
    put(tmp_path / "x.csv", f"{HEADER},Adj Close,note\n{HEADER},Adj Close,note\n" + ROWS.replace("\n", ",1,a\n"))

    files = Files(tmp_path / "x.csv", symbol="SPY")
    files.load("SPY", M1, SESSIONS)

    assert [note.split(" (first")[0] for note in files.notes] == [
        "Adj Close is ignored: prices are taken as they traded",
        "Columns without a meaning here are ignored: note",
        "A header line stands among the rows and is left out",
    ]


def test_a_file_without_header_is_named_by_its_user(tmp_path):
    path = put(tmp_path / "x.csv", ROWS)
    names = ["timestamp", "open", "high", "low", "close", "volume"]

    assert "x.csv has no header: its first line is" in refusal(path, ROWS)
    assert_same(load(path, columns=names), meant(BARS))
    assert "has 6 columns, and columns names 5" in refusal(path, ROWS, columns=names[:5])


@pytest.mark.parametrize("given", [{"open": "PX_OPEN", "volume": "Stück"}, {"PX_OPEN": "open", "Stück": "volume"}])
def test_columns_are_named_in_either_direction(tmp_path, given):
    for name, content in (("x.csv", csv_of), ("x.parquet", parquet_of)):
        path = put(tmp_path / name, content(BARS.rename(columns={"open": "PX_OPEN", "volume": "Stück"})))

        assert_same(load(path, columns=given), meant(BARS))


def test_a_thousand_columns_are_passed_over(tmp_path):
    more = pd.DataFrame(np.zeros((len(BARS), 1000)), columns=[f"factor {i}" for i in range(1000)])
    put(tmp_path / "x.csv", csv_of(pd.concat([more, BARS], axis=1)))

    files = Files(tmp_path / "x.csv", symbol="SPY")

    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
    assert "factor 0, factor 1" in files.notes[0]
    assert "and 992 more" in files.notes[0]


def test_an_absent_volume_is_zero_and_said(tmp_path):
    put(tmp_path / "x.csv", csv_of(BARS.drop(columns="volume")))
    files = Files(tmp_path / "x.csv", symbol="SPY")

    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS.assign(volume=0)))
    assert files.notes[0].startswith("There is no column volume: it is taken as 0")


def test_cells_without_a_value_are_no_numbers(tmp_path):
    rows = ROWS.split("\n")
    for at, nothing in enumerate(["", "NaN", "null", "N/A", "-"]):
        cells = rows[at + 2].split(",")
        rows[at + 2] = ",".join([*cells[:4], nothing, cells[5]])
    path = put(tmp_path / "x.csv", "\n".join([HEADER, *rows]))

    blocks = load(path)

    assert blocks[0].refused.counts == {"not_a_number": 5}
    assert blocks[0].rows.size == 385


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty (0 bytes); delete it, or write it again"),
        ("\n\n  \n", "has no line that is not empty"),
        ("just some prose\nand more\n", "is no table of columns: its first line is 'just some prose'"),
        ("<!DOCTYPE html>\n<html>\n<body>Sign in</body>\n", "is no table of columns"),
        ("open,high,low,close,volume\n1,2,1,1,5\n", "has no column timestamp; it has open, high, low, close, volume; say which"),
        ("timestamp,open,high,low\n2025-07-02 09:30Z,2,1,1\n", "has no column close"),
        ("timestamp,close,Close,open,high,low\n2025-07-02 09:30Z,1,1,1,1,1\n", "two columns for close, 'close' and 'Close'"),
        (f"{HEADER}\n{ROWS[:-20]}", "a row has 3 columns where 6 are expected"),
        (TEXT.replace("09:31:00-04:00", "09:31:00-04:00,oops", 1), "a row has 7 columns where 6 are expected"),
        (TEXT.replace("2025-07-02 09:31:00-04:00", "", 1), "1 of 600 rows have no timestamp"),
        (TEXT.replace("2025-07-02 09:31:00-04:00", "Total", 1), "have no zone, and others do (first: 'Total' in row 2)"),
        (TEXT + "2025-07-03 13:00:00-04:00,1,1,1,abc,1\n", "'abc' in row 601 of column close is no number"),
        (TEXT + '2025-07-03 13:00:00-04:00,1,1,1,"1,5",1\n', "'1,5' has a decimal comma and '1"),
        (HEADER.replace(",", ";") + "\n2025-07-02 09:30Z;1,250;1,250;1,250;1,250;1\n", "may be a decimal comma or part"),
        (b"PK\x03\x04 no zip at all", "cannot be read as a zip"),
        (b"\x1f\x8b no gzip", "cannot be read as gzip"),
        (gzip_of(TEXT)[:-200], "cannot be read as gzip"),
        (gzip_of(""), "is empty inside (0 bytes unpacked)"),
        (b"PAR1 and nothing else", "cannot be read as Parquet"),
        (parquet_of(BARS)[:-500], "cannot be read as Parquet"),
        (b"\x00\x01\x02\x03" * 100, "is neither text nor Parquet"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "is an old workbook (xls)"),
        (zip_of(**{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "is a workbook (xlsx), not text or Parquet"),
        (zip_of(a__csv=TEXT, b__csv=TEXT), "holds 2 files (a.csv, b.csv) and no column says whose rows they are"),
        (zip_of(**{"../../etc/x.csv": TEXT}), "holds '../../etc/x.csv', a path outside of it; do not trust this file"),
        (zip_of(**{"/x.csv": TEXT}), "a path outside of it"),
        (zip_of(**{"C:\\x.csv": TEXT}), "a path outside of it"),
        (zip_of(), "is a zip with no file in it"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, content, says):
    assert says in refusal(tmp_path / "x.csv", content)


def test_a_given_decimal_decides_where_numbers_do_not(tmp_path):
    text = "timestamp;open;high;low;close;volume\n" + "".join(
        f"2025-07-02 09:{minute}-04:00;1,250;1,250;1,250;1,250;1,000\n" for minute in (30, 31)
    )
    path = put(tmp_path / "x.csv", text)

    assert load(path, decimal=",")[0].rows.values[:, 0].tolist() == [1.25] * 4 + [1]
    assert load(path, decimal=".")[0].rows.values[:, 0].tolist() == [1250] * 4 + [1000]


def test_an_empty_table_is_a_session_without_rows(tmp_path):
    put(tmp_path / "SPY/2025-07-02.csv", TEXT[: TEXT.index("2025-07-03")])
    put(tmp_path / "SPY/2025-07-03.csv", HEADER + "\n")
    put(tmp_path / "QQQ/2025-07-03.parquet", parquet_of(BARS[:0]))

    files = Files(tmp_path / "{symbol}/{date}.*")

    assert [block.rows.size for block in files.load("SPY", M1, SESSIONS)] == [390, 0]
    assert [block.rows.size for block in files.load("QQQ", M1, SESSIONS)] == [0, 0]
    assert files.availability(["QQQ"], SESSIONS)["QQQ"].intervals == {}


def test_a_zip_of_several_parts_is_told_apart_by_a_column(tmp_path):
    part = {"SPY": BARS.assign(symbol="SPY"), "QQQ": minutes(seed=1).assign(symbol="QQQ")}
    path = put(tmp_path / "x.zip", zip_of(a__csv=csv_of(part["SPY"]), b__csv=csv_of(part["QQQ"])))

    assert_same(Files(path).load("QQQ", M1, SESSIONS), meant(part["QQQ"], "QQQ"))


@pytest.mark.parametrize("pack", [gzip_of, lambda content: zip_of(x__csv=content)])
def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(unpacked, "SUSPECT_BYTES", 1 << 20)
    monkeypatch.setattr(unpacked, "_CHUNK_BYTES", 1 << 18)
    zeros = HEADER.encode() + b"\n" + b"0" * (20 << 20)

    assert "unpacks to more than" in refusal(tmp_path / "x.csv.gz", pack(zeros))
    monkeypatch.setattr(unpacked, "MOST_BYTES", 1 << 10)
    assert "unpacks to more than" in refusal(tmp_path / "y.csv.gz", pack(TEXT))


def test_a_bomb_in_many_small_members_is_not_unpacked(tmp_path, monkeypatch):
    """None of them is suspicious by itself; together they are."""
    monkeypatch.setattr(unpacked, "SUSPECT_BYTES", 4 << 20)
    zeros = {f"{at}__csv": b"0" * (3 << 20) for at in range(20)}

    assert "unpacks to more than" in refusal(tmp_path / "x.zip", zip_of(**zeros))


@pytest.mark.parametrize(
    "content",
    [
        zip_of(inner__zip=zip_of(x__csv=TEXT)),
        zip_of(x__csv__gz=gzip_of(TEXT)),
        gzip_of(zip_of(x__csv=TEXT)),
        gzip_of(gzip_of(TEXT)),
    ],
    ids=["zip in zip", "gzip in zip", "zip in gzip", "gzip in gzip"],
)
def test_what_is_compressed_twice_is_not_unpacked_twice(tmp_path, content):
    assert "is compressed twice; unpack it once" in refusal(tmp_path / "x.csv", content)


def test_what_archivers_and_systems_leave_is_no_file_of_rows(tmp_path):
    left = {"__MACOSX/._x__csv": "x", "__DS_Store": "x", "Thumbs__db": "x", "folder/desktop__ini": "x"}
    path = put(tmp_path / "x.zip", zip_of(folder__csv=TEXT, **left))

    assert_same(load(path), meant(BARS))


def test_a_zip_with_two_files_of_one_name_is_refused(tmp_path):
    """Which of them counts depends on who reads it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.csv", TEXT)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("x.csv", TEXT)

    assert "holds two files of one name" in refusal(tmp_path / "x.zip", file.getvalue())


def test_a_format_that_is_asked_for_must_be_there(tmp_path):
    path = put(tmp_path / "x.csv", parquet_of(BARS))

    assert_same(load(path, format="parquet"), meant(BARS))
    assert 'is Parquet, and format="csv" was asked for' in refusal(path, parquet_of(BARS), format="csv")
    assert "does not begin as Parquet does" in refusal(path, TEXT, format="parquet")


def test_numbers_of_parquet_may_be_of_any_kind(tmp_path):
    odd = BARS.astype({"open": "float32", "close": str})
    odd["low"] = [f"{value:.2f}" for value in BARS.low]
    path = put(tmp_path / "x.parquet", parquet_of(odd))

    found = load(path)

    np.testing.assert_array_equal(found[0].rows.values[2], BARS.low[:390])
    np.testing.assert_array_equal(found[0].rows.values[3], BARS.close[:390])
    assert "is bool, not a number" in refusal(tmp_path / "y.parquet", parquet_of(BARS.assign(open=True)))
    assert DAYS[0] == str(found[0].date)


DAMAGE = (
    b",",
    b";",
    b"\n",
    b'"',
    b"\x00",
    b"\xff",
    b"-",
    b"e9",
    b"NaN",
    b"2025-13-45",
    b"\r",
    b"\t",
    b" ",
    b"24:61",
    b"+25:00",
    b"9" * 30,
)
SOUND = (
    TEXT[:3000].encode(),
    csv_of(BARS[:50].assign(timestamp=BARS.timestamp.dt.strftime("%d.%m.%Y %H:%M")), sep=";", decimal=",").encode(),
    parquet_of(BARS[:50]),
    gzip_of(TEXT[:3000]),
    zip_of(x__csv=TEXT[:3000]),
)


@pytest.mark.parametrize("sound", SOUND, ids=["csv", "german csv", "parquet", "gzip", "zip"])
@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_or_refused_in_one_line(sound, seed):
    dice = random.Random(seed)
    refusals = []
    for _ in range(50):
        data = bytearray(sound)
        for _ in range(dice.choice([1, 1, 3, 10])):
            at = dice.randrange(len(data))
            data[at : at + dice.choice([0, 1, 30])] = dice.choice((*DAMAGE, b"", bytes(data[at : at + 80])))
        try:
            rows = read_rows(bytes(data), "x.csv", Reading(stamps=StampRules(tz="UTC")))
            for symbol in rows.rows:
                rows.checked(symbol, 0)
        except BadDataError as refused:
            refusals.append(str(refused))

    assert refusals
    assert all("x.csv" in refusal and "\n" not in refusal for refusal in refusals)
