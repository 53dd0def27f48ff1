"""A file of text as columns: CSV and its dialects. pyarrow reads what is regular, all at once; the rest is read as text.

Columns come back by meaning: numbers as float64, stamps as they stand. A header that stands again among the rows is left
out and said; a row with a column too many or too few refuses the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.cells import NO_VALUE, decimal_of, read_numbers
from sessionlab.sources.column_names import KNOWN_AT, STAMP, SYMBOL, TIME, find_columns
from sessionlab.sources.csv_dialect import Dialect, find_dialect
from sessionlab.sources.notes import Notes
from sessionlab.tape.block import BAR_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK_BYTES = 4 << 20
_WRONG_WIDTH = re.compile(r"Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextOptions:
    """What a user says of text; None is found out. ``columns``: names by meaning, or all names of a file without header."""

    columns: Mapping[str, str] | tuple[str, ...] | None = None
    date_format: str | None = None
    delimiter: str | None = None
    decimal: str | None = None


def read_text_table(data: bytes, options: TextOptions, where: str, notes: Notes) -> pa.Table:
    """The columns of ``data`` that mean something, named by meaning, in the file's order of rows.

    Raises :class:`BadDataError` for what cannot be read.
    """
    data = _as_utf8(data)
    listed = options.columns if isinstance(options.columns, tuple) else None
    dialect = find_dialect(data, options.delimiter, listed, where)
    given = None if isinstance(options.columns, tuple) else options.columns
    found = find_columns(dialect.names, given, where, notes)
    if not dialect.sample:
        return _no_rows(found)
    decimal = options.decimal or _decimal_of_sample(dialect, found)
    table = None if decimal is None else _read_regular(data, dialect, found, decimal, options.date_format)
    return _read_loose(data, dialect, found, options.decimal, where, notes) if table is None else table


def _read_regular(
    data: bytes, dialect: Dialect, found: Mapping[str, int], decimal: str, date_format: str | None
) -> pa.Table | None:
    """The table, where every cell is what pyarrow takes it for; else None."""
    import pyarrow as pa

    types: dict[str, Any] = {name: pa.float64() for name in BAR_COLUMNS}
    types[SYMBOL] = pa.dictionary(pa.int32(), pa.string())
    if date_format is not None:
        types |= {STAMP: pa.string(), TIME: pa.string()}
    try:
        return _parse(data, dialect, found, {name: kind for name, kind in types.items() if name in found}, decimal)
    except pa.ArrowInvalid:
        return None


def _read_loose(
    data: bytes, dialect: Dialect, found: Mapping[str, int], decimal: str | None, where: str, notes: Notes
) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        table = _parse(data, dialect, found, dict.fromkeys(found, pa.string()), ".")
    except pa.ArrowInvalid as why:
        raise _irregular(str(why), where) from why
    table = _without_headers(table, dialect, found, where, notes)
    numbers = read_numbers({name: table.column(name) for name in BAR_COLUMNS if name in found}, decimal, where)
    columns: dict[str, Any] = {}
    for name in found:
        if name in numbers:
            columns[name] = pa.array(numbers[name], from_pandas=False)
            continue
        text = pc.utf8_trim_whitespace(table.column(name))
        nothing = ("",) if name == SYMBOL else NO_VALUE
        columns[name] = pc.if_else(pc.is_in(text, value_set=pa.array(nothing)), pa.scalar(None, pa.string()), text)
    return pa.table(columns)


def _parse(data: bytes, dialect: Dialect, found: Mapping[str, int], types: Mapping[str, Any], decimal: str) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    meaning = {at: name for name, at in reversed(list(found.items()))}  # a user may give one column for several
    names = [meaning.get(at, f"ignored {at}") for at in range(len(dialect.names))]
    table = csv.read_csv(
        pa.BufferReader(data),
        csv.ReadOptions(column_names=names, skip_rows=dialect.skip, block_size=_BLOCK_BYTES),
        csv.ParseOptions(delimiter=dialect.delimiter),
        csv.ConvertOptions(
            include_columns=[name for name, at in found.items() if meaning[at] == name],
            column_types=types,
            null_values=list(NO_VALUE),
            strings_can_be_null=False,  # NA is a symbol too
            decimal_point=decimal,
        ),
    )
    return pa.table({name: table.column(meaning[at]) for name, at in found.items()})


def _without_headers(table: pa.Table, dialect: Dialect, found: Mapping[str, int], where: str, notes: Notes) -> pa.Table:
    import pyarrow.compute as pc

    if dialect.header is None:
        return table
    again = np.ones(table.num_rows, dtype=bool)
    for name, at in found.items():
        cell = pc.utf8_trim_whitespace(table.column(name))
        again &= np.asarray(pc.equal(pc.fill_null(cell, ""), dialect.header[at])).astype(bool)
    if not again.any():
        return table
    count = np.count_nonzero(again)
    stand = "a header line stands among the rows and is" if count == 1 else f"{count:,} header lines stand among the rows and are"
    notes.add(f"{stand} left out", where)
    return table.filter(~again)


def _decimal_of_sample(dialect: Dialect, found: Mapping[str, int]) -> str | None:
    """The decimal point by the first rows; None where only all rows can tell."""
    import pyarrow as pa

    places = [found[name] for name in BAR_COLUMNS if name in found]
    cells = [row[at] for row in dialect.sample for at in places if at < len(row)]
    if not any("," in cell for cell in cells):
        return "."
    try:
        return decimal_of([pa.chunked_array([cells])], "")
    except BadDataError:
        return None


def _no_rows(found: Mapping[str, int]) -> pa.Table:
    import pyarrow as pa

    kinds = {STAMP: pa.timestamp("ns", "UTC"), TIME: pa.time64("ns"), SYMBOL: pa.string(), KNOWN_AT: pa.timestamp("ns", "UTC")}
    return pa.table({name: pa.array([], kinds.get(name, pa.float64())) for name in found})


def _as_utf8(data: bytes) -> bytes:
    """``data`` without a byte order mark, in UTF-8; bytes that are none are taken as Windows' western letters."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").encode()
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return data.decode("cp1252", errors="replace").encode()
    return data


def _irregular(reason: str, where: str) -> BadDataError:
    match = _WRONG_WIDTH.search(reason)
    if match is None:
        return BadDataError(
            f"{where} cannot be read as text of columns ({reason.splitlines()[0][:160]}); write it again", path=where
        )
    expected, got, row = match.groups()
    return BadDataError(
        f"{where}: a row has {got} columns where {expected} are expected ({row.strip()[:60]!r}); the file may be cut off or "
        "have unquoted delimiters: mend it, or write it again",
        path=where,
    )
