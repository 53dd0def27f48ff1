"""One file of bars, read and checked: text or Parquet, plain or compressed, recognized by its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.errors import BadDataError
from sessionlab.sources.bar_width import bar_width
from sessionlab.sources.column_names import SYMBOL, find_columns
from sessionlab.sources.notes import Notes, few
from sessionlab.sources.row_checks import Checked, check_bars
from sessionlab.sources.stamps import StampRules, is_text
from sessionlab.sources.table_rows import RawRows, join_rows, rows_by_symbol
from sessionlab.sources.text_table import TextOptions, read_text_table
from sessionlab.sources.unpacked import unpack
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "parquet")
_PARQUET = b"PAR1"
_NEITHER = {
    b"\xd0\xcf\x11\xe0": "an old workbook (xls)",
    b"ARROW1": "an Arrow or Feather file",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"\xfd7zXZ": "compressed by xz",
    b"BZh": "compressed by bzip2",
    b"\x28\xb5\x2f\xfd": "compressed by Zstandard",
    b"7z\xbc\xaf": "an archive of 7-Zip",
    b"Rar!": "an archive of RAR",
    b"\xff\xfe\x00\x00": "text in UTF-32",
    b"\x00\x00\xfe\xff": "text in UTF-32",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


_PLAIN = StampRules()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read; it holds nothing but values, so that equal readings of a file are one."""

    columns: tuple[tuple[str, str], ...] | tuple[str, ...] | None = None
    format: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    stamps: StampRules = _PLAIN


class FileRows:
    """The rows of a file by symbol, None for the only one where no column names it. ``notes`` are what was found out."""

    def __init__(self, path: str, rows: dict[str | None, RawRows], notes: Notes) -> None:
        self.path = path
        self.rows = rows
        self.notes = notes
        self._widths: dict[str | None, Interval | None] = {}
        self._checked: dict[tuple[str | None, int], Checked] = {}

    @property
    def nbytes(self) -> int:
        """What it takes in memory, stamps counted twice."""
        return sum(part.nbytes + part.stamps.nbytes for part in self.rows.values()) + 4096

    def width(self, symbol: str | None) -> Interval | None:
        """How wide the bars of ``symbol`` are, None where stamps do not tell."""
        if symbol not in self._widths:
            self._widths[symbol] = bar_width(self.rows[symbol].stamps)
        return self._widths[symbol]

    def checked(self, symbol: str | None, shift_ns: int) -> Checked:
        """The sound rows of ``symbol``, sorted, with ``shift_ns`` taken off their stamps."""
        key = symbol, shift_ns
        if key not in self._checked:
            raw = self.rows[symbol]
            start = raw.stamps - shift_ns if shift_ns else raw.stamps
            self._checked[key] = check_bars(start, raw.values, raw.known_at, self.path)
        return self._checked[key]


def read_rows(data: bytes, path: str, reading: Reading) -> FileRows:
    """The rows in ``data``, the bytes of the file at ``path``. Raises :class:`BadDataError` that names it, in one line."""
    notes = Notes(logged=False)  # who asks for the file says them
    if not data:
        raise BadDataError(f"{path} is empty (0 bytes); delete it, or write it again", path=path)
    inside = unpack(data, path)
    del data
    if len(inside) == 1:
        return FileRows(path, _read_one(inside[0][1], path, reading, notes), notes)
    parts = [_read_one(content, f"{path} ({name})", reading, notes) for name, content in inside]
    if any(None in part for part in parts):
        names = few([name for name, _ in inside], 3)
        raise BadDataError(
            f"{path} holds {len(inside)} files ({names}) and no column says whose rows they are; zip them one by one, or add a "
            "column symbol",
            path=path,
        )
    rows: dict[str | None, RawRows] = {}
    for symbol in dict.fromkeys(symbol for part in parts for symbol in part):
        rows[symbol] = join_rows([part[symbol] for part in parts if symbol in part])
    return FileRows(path, rows, notes)


def _read_one(data: bytes, where: str, reading: Reading, notes: Notes) -> dict[str | None, RawRows]:
    if not data:
        raise BadDataError(f"{where} is empty inside (0 bytes unpacked); delete it, or write it again", path=where)
    if _is_parquet(data, where, reading.format):
        table = _parquet(data, reading, where, notes)
    else:
        columns: Any = reading.columns
        if columns and isinstance(columns[0], tuple):
            columns = dict(columns)
        options = TextOptions(columns, reading.stamps.date_format, reading.delimiter, reading.decimal)
        table = read_text_table(data, options, where, notes)
    return rows_by_symbol(table, reading.stamps, where, notes, reading.decimal)


def _is_parquet(data: bytes, where: str, asked: str | None) -> bool:
    if asked is not None and (data[:4] == _PARQUET) != (asked == "parquet"):
        found = "is Parquet" if asked == "csv" else f"does not begin as Parquet does ({data[:4]!r})"
        raise BadDataError(
            f'{where} {found}, and format="{asked}" was asked for; leave format out, or check the file', path=where
        )
    if data[:4] == _PARQUET:
        return True
    for magic, what in _NEITHER.items():
        if data.startswith(magic):
            raise BadDataError(f"{where} is {what}, not plain text or Parquet; save it as one of these", path=where)
    if data[:2] not in _UTF16 and (at := data.find(b"\x00")) >= 0:
        raise _zero_bytes(data, at, where)
    return False


def _zero_bytes(data: bytes, at: int, where: str) -> BadDataError:
    """The error about bytes that no text has, the first of them ``at``: at the end of a file, its writing was cut off."""
    head = data[:4096]
    if not any(head[1::2]) or not any(head[0::2]):
        return BadDataError(f"{where} is text in UTF-16 without the mark that says so; save it as UTF-8", path=where)
    line = data.count(b"\n", 0, at) + 1
    return BadDataError(
        f"{where} is neither text nor Parquet (it has zero bytes, the first in line {line:,}); save it as one of these, or write "
        "it again where it was cut off",
        path=where,
    )


def _parquet(data: bytes, reading: Reading, where: str, notes: Notes) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    given = dict(reading.columns) if reading.columns and isinstance(reading.columns[0], tuple) else None
    try:
        file = pq.ParquetFile(pa.BufferReader(data), pre_buffer=True, page_checksum_verification=True)
        schema = file.schema_arrow
        found = find_columns(schema.names, given, where, notes)
        if SYMBOL in found and is_text(schema.field(found[SYMBOL]).type):
            file = pq.ParquetFile(
                pa.BufferReader(data),
                pre_buffer=True,
                page_checksum_verification=True,
                read_dictionary=[schema.names[found[SYMBOL]]],
            )
        table = file.read([schema.names[at] for at in found.values()])
        return pa.table({name: table.column(schema.names[at]) for name, at in found.items()})
    except (pa.ArrowException, OSError, KeyError, ValueError) as why:
        reason = str(why).splitlines()[0].rstrip(".") if str(why) else type(why).__name__
        raise BadDataError(
            f"{where} cannot be read as Parquet ({reason[:160]}); it may be half-written: delete it, or write it again",
            path=where,
        ) from why
