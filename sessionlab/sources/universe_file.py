"""Universe files: symbols to choose from, as text, CSV, JSON or Parquet.

Text has one symbol a line, and comments after ``#``; a table has a column ``symbol`` or ``ticker``, or a single one; JSON is a
list. What is no symbol is refused and counted, and the rest is used.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sessionlab.config.names import symbol_problem
from sessionlab.errors import BadDataError, ConfigError

NAMES = ("symbol", "ticker", "symbols", "tickers")
LARGEST = 64 << 20
"""Bytes; a million symbols need less."""

_LINE = re.compile(r"\r\n|\n|\r")
_COMMENT = re.compile(r"(^|\s)#.*")
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f"))
_SHOWN = 40


class Universe(NamedTuple):
    """``symbols``, each once, in the order in which they stand ``where``.

    So many entries are ``refused``, being none; the first of them is ``example``.
    """

    symbols: tuple[str, ...]
    where: str
    refused: int = 0
    example: str = ""

    @property
    def words(self) -> str:
        """What was refused, in a sentence."""
        total = len(self.symbols) + self.refused
        are = "is no symbol and is" if self.refused == 1 else "are no symbols and are"
        return f"{self.where}: {self.refused:,} of {total:,} entries {are} left out (first: {self.example})"


def read_universe(path: str | Path) -> Universe:
    """The symbols in a file.

    Raises :class:`ConfigError` where there is no such file, :class:`BadDataError` for one that is no list of symbols.
    """
    file = Path(path).expanduser()
    where = str(path)
    if file.is_dir():
        raise ConfigError(f"universe {where} is a folder; name a file of symbols, one a line", path=where)
    try:
        if file.stat().st_size > LARGEST:
            raise BadDataError(f"universe {where} has {file.stat().st_size:,} bytes, which no list of symbols needs", path=where)
        data = file.read_bytes()
    except (OSError, ValueError) as why:
        reason = getattr(why, "strerror", None) or str(why)
        told = f"universe {where} cannot be read: {reason.lower()}; it is looked for in {Path.cwd()}"
        raise ConfigError(told, path=where) from None
    found = sorted_out(_entries(data, file.suffix.lower(), where), f"universe {where}")
    if not found.symbols:
        first = f"; its first entry is {found.example}" if found.refused else ""
        raise BadDataError(f"universe {where} names no symbol{first}; write one a line, as in SPY", path=where)
    return found


def sorted_out(entries: Iterable[tuple[int, Any]], where: str) -> Universe:
    """The symbols among numbered ``entries``, each once; blank ones do not count.

    >>> sorted_out(enumerate(["SPY", " brk.b ", "not one", "SPY", ""], 1), "a list")
    Universe(symbols=('SPY', 'brk.b'), where='a list', refused=1, example="number 3, 'not one'")
    """
    symbols: dict[str, None] = {}
    refused, example = 0, ""
    for number, entry in entries:
        text = entry.strip(" \t\f") if isinstance(entry, str) else entry
        if text == "":
            continue
        if symbol_problem(text) is None and " " not in text and text.count("/") < 2:
            symbols[text] = None
            continue
        refused += 1
        if not example:
            shown = repr(text)
            example = f"number {number}, {shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + '...'}"
    return Universe(tuple(symbols), where, refused, example)


def _entries(data: bytes, suffix: str, where: str) -> Iterator[tuple[int, Any]]:
    if data.startswith(b"PAR1") or suffix == ".parquet":
        return _of_parquet(data, where)
    text = _text(data, where)
    if suffix == ".json" or text.lstrip().startswith(("[", "{")):
        return _of_json(text, where)
    lines = _LINE.split(text)
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), len(lines))
    head = lines[first] if first < len(lines) else ""
    delimiter = max(",;\t|", key=head.count)
    column = _column([cell.strip('"').strip() for cell in head.split(delimiter)])
    if column is not None or suffix in (".csv", ".tsv"):
        return _of_table(lines, first, delimiter, column, where)
    return ((i, _COMMENT.sub("", line)) for i, line in enumerate(lines, 1))


def _text(data: bytes, where: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    sample = data[: 1 << 16]
    if len(sample) - len(sample.translate(None, _CONTROL)) > len(sample) / 10:
        raise BadDataError(f"universe {where} is no text: it has bytes that no list of symbols has", path=where)
    return data.decode("utf-8-sig", errors="replace")


def _column(names: list[str]) -> int | None:
    """Number of the column of symbols, None where none is called so."""
    lower = [name.lower() for name in names]
    return next((lower.index(name) for name in NAMES if name in lower), None)


def _of_table(lines: list[str], first: int, delimiter: str, column: int | None, where: str) -> Iterator[tuple[int, Any]]:
    if column is None and first < len(lines) and delimiter in lines[first]:
        head = ", ".join(cell.strip() for cell in lines[first].split(delimiter))[:200]
        raise BadDataError(f"universe {where} has no column symbol or ticker; its columns are {head}", path=where)
    at, begin = (0, first) if column is None else (column, first + 1)
    for i, line in enumerate(lines[begin:], begin + 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:  # too long for a cell, or no text
            cells = [line] * (at + 1)
        yield i, cells[at] if at < len(cells) and cells[at].strip() else line + delimiter


def _of_json(text: str, where: str) -> Iterator[tuple[int, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as why:
        raise BadDataError(f'universe {where} is no JSON: {why}; write a list, as in ["SPY", "AIG"]', path=where) from None
    if not isinstance(found, list):
        kind = "an object" if isinstance(found, dict) else f"{type(found).__name__}"
        raise BadDataError(f'universe {where} holds {kind}, not a list; write ["SPY", "AIG"]', path=where)
    return enumerate(found, 1).__iter__()


def _of_parquet(data: bytes, where: str) -> Iterator[tuple[int, Any]]:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as why:
        raise BadDataError(f"universe {where} is no Parquet file: {' '.join(str(why).split())}", path=where) from None
    names = table.column_names
    column = 0 if len(names) == 1 else _column(names)
    if column is None:
        told = ", ".join(names)[:200] or "none"
        raise BadDataError(f"universe {where} has no column symbol or ticker; its columns are {told}", path=where)
    return enumerate(table.column(column).to_pylist(), 1).__iter__()
