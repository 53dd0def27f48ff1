"""Universe files: symbols in text, CSV, JSON and Parquet; rubbish is refused, counted and told, and the rest is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.errors import BadDataError, ConfigError
from sessionlab.sources.universe_file import Universe, read_universe, sorted_out

WANTED = ("SPY", "BRK.B", "BTC/USD", "^GSPC", "aapl")


def read(tmp_path: Path, data: bytes | str, name: str = "universe.txt") -> Universe:
    file = tmp_path / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_universe(file)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "SPY\nBRK.B\nBTC/USD\n^GSPC\naapl\n"),
        ("a.txt", "# mine\r\n\r\nSPY  \r\n\tBRK.B # insurance\r\nBTC/USD\r\n#QQQ\r\n^GSPC\r\nSPY\r\naapl"),
        ("a.lst", "SPY\rBRK.B\rBTC/USD\r^GSPC\raapl"),
        ("a.csv", "Name,SYMBOL,Weight\nx,SPY,1\n\"a, b\",BRK.B,2\ny,BTC/USD,3\nz,^GSPC,4\n,aapl,5\n"),
        ("a.csv", "ticker\nSPY\nBRK.B\nBTC/USD\n^GSPC\naapl\n"),
        ("a.csv", "SPY\nBRK.B\nBTC/USD\n^GSPC\naapl\n"),
        ("a.txt", "Ticker;Name\nSPY;x\nBRK.B;x\nBTC/USD;x\n\n^GSPC;x\naapl;x\n"),
        ("a.tsv", "Symbol\tName\nSPY\tx\nBRK.B\tx\nBTC/USD\tx\n^GSPC\tx\naapl\tx\n"),
        ("a.json", json.dumps(WANTED)),
        ("a.txt", "\n " + json.dumps(WANTED, indent=1)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_layout_gives_the_same_symbols(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    found = read(tmp_path, text.encode(encoding), name)

    assert found.symbols == WANTED
    assert found.refused == 0


@pytest.mark.parametrize("columns", [{"Ticker": WANTED, "weight": range(5)}, {"any": WANTED}])
def test_a_column_of_parquet(tmp_path: Path, columns: dict[str, Any]) -> None:
    table = pa.table({name: pa.array(list(column)) for name, column in columns.items()})
    first = table.column_names[0]
    pq.write_table(table.set_column(0, first, table.column(0).dictionary_encode()), tmp_path / "universe.parquet")

    assert read_universe(tmp_path / "universe.parquet").symbols == WANTED


RUBBISH = [
    "two words", "../etc/passwd", "/etc/passwd", "C:\\windows", "a/b/c", "X" * 65, "bell\x07", "SPY,QQQ", "<html>", "caf\u00e9",
    "🚀", "..", "=cmd|' /C calc'!A0", "-\x00-",
]  # fmt: skip


@pytest.mark.parametrize("line", RUBBISH)
def test_a_line_that_is_no_symbol_is_refused_and_the_rest_is_used(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, f"SPY\n{line}\nQQQ\n")

    assert (found.symbols, found.refused) == (("SPY", "QQQ"), 1)
    assert found.example.startswith("number 2, ")
    assert found.words.startswith(f"universe {tmp_path / 'universe.txt'}: 1 of 3 entries is no symbol and is left out (first: ")
    assert len(found.example) < 60


def test_rubbish_in_json_csv_and_parquet_is_counted_too(tmp_path: Path) -> None:
    listed = read(tmp_path, json.dumps(["SPY", None, 5, {"a": 1}, ["QQQ"], "IWM", ""]), "a.json")
    table = read(tmp_path, 'name,symbol\nx,SPY\nlonely\n"open,QQQ\ny,a b\nz,IWM\n', "a.csv")
    pq.write_table(pa.table({"symbol": ["SPY", None, "a b", "IWM"]}), tmp_path / "b.parquet")
    column = read_universe(tmp_path / "b.parquet")

    assert (listed.symbols, listed.refused) == (("SPY", "IWM"), 4)
    assert (table.symbols, table.refused, table.example) == (("SPY", "IWM"), 3, "number 3, 'lonely,'")
    assert (column.symbols, column.refused) == (("SPY", "IWM"), 2)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.txt", b"", "names no symbol; write one a line"),
        ("a.txt", b"# nothing\n\n", "names no symbol"),
        ("a.txt", b"not one\nnor this\n", "names no symbol; its first entry is number 1, 'not one'"),
        ("a.txt", bytes(range(256)) * 20, "is no text"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01", "is no text"),
        ("a.csv", b"name,weight\nx,1\n", "has no column symbol or ticker; its columns are name, weight"),
        ("a.json", b'{"SPY": 1}', "holds an object, not a list"),
        ("a.json", b'["SPY", ', "is no JSON: "),
        ("a.json", b"[" * 100_000, "is no JSON: "),
        ("a.json", b'"SPY"', "holds str, not a list"),
        ("a.parquet", b"PAR1 not really", "is no Parquet file: "),
        ("a.parquet", b"SPY\n", "is no Parquet file: "),
    ],
)
def test_a_file_that_is_no_list_of_symbols_is_refused_in_one_line(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    with pytest.raises(BadDataError, match=words) as told:
        read(tmp_path, data, name)

    assert "\n" not in str(told.value)


def test_a_parquet_file_without_such_a_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": ["SPY"]}), tmp_path / "a.parquet")
    with pytest.raises(BadDataError, match="has no column symbol or ticker; its columns are a, b"):
        read_universe(tmp_path / "a.parquet")


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: no such file or directory; it is looked for in "):
        read_universe(tmp_path / "none.txt")
    with pytest.raises(ConfigError, match="is a folder; name a file of symbols"):
        read_universe(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_universe("a\0b")


@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(WANTED)), max_size=20))
def test_each_symbol_stands_once_in_the_order_of_its_first_line(lines: list[str]) -> None:
    found = sorted_out(enumerate(lines, 1), "here")

    kept = [line.strip(" \t\f") for line in lines]
    assert list(found.symbols) == [line for line in dict.fromkeys(kept) if line in found.symbols]
    assert set(WANTED) & set(kept) <= set(found.symbols)
    assert found.refused == sum(bool(line) and line not in found.symbols for line in kept)


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.csv", "a.json", "a.parquet"]))
def test_any_bytes_are_answered(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    try:
        found = read(tmp_path_factory.mktemp("any"), data, name)
    except BadDataError:
        return
    assert found.symbols
