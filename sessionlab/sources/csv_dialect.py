"""How a file of text is laid out: its delimiter, its header, where its rows begin. Seen from its first lines.

A file without header is never guessed at: the names of its columns are asked for.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sessionlab.errors import BadDataError

DELIMITERS = (";", "\t", "|", ",")  # before the comma, which may stand within numbers
_HEAD_BYTES = 1 << 18
_SAMPLE_LINES = 50
_SEP_LINE = re.compile(r"sep=(.)\s*$", re.IGNORECASE)
_VALUE = re.compile(r"[\d.,:/+\- TZ]*\d[\d.,:/+\- TZ]*")


@dataclass(frozen=True, slots=True)
class Dialect:
    """``names`` of all columns; rows begin after ``skip`` lines. ``sample`` are the first rows, as texts."""

    delimiter: str
    names: tuple[str, ...]
    skip: int
    header: tuple[str, ...] | None
    sample: tuple[tuple[str, ...], ...]


def find_dialect(data: bytes, delimiter: str | None, all_names: Sequence[str] | None, where: str) -> Dialect:
    r"""The layout of the text ``data`` (UTF-8). ``all_names`` names the columns of a file without header.

    >>> dialect = find_dialect(b"sep=;\nDate;Open\n2025-07-02;1,5\n", None, None, "a.csv")
    >>> dialect.delimiter, dialect.names, dialect.skip
    (';', ('Date', 'Open'), 2)
    """
    head = data[:_HEAD_BYTES].decode("utf-8-sig", errors="replace")
    lines = head.splitlines()
    if len(data) > _HEAD_BYTES and len(lines) > 1:
        lines.pop()  # it is cut
        if len(lines) == 1 and not all_names:
            raise BadDataError(
                f"{where}: line 2 has more than {_HEAD_BYTES - len(lines[0]):,} bytes, which no row of a table has; check what "
                "the file is",
                path=where,
            )
    skip = 0
    while skip < len(lines) and (not lines[skip].strip() or lines[skip].lstrip().startswith("#")):
        skip += 1
    if skip < len(lines) and (said := _SEP_LINE.match(lines[skip].strip())):
        delimiter = delimiter or said[1]
        skip += 1
    rows = [line for line in lines[skip : skip + _SAMPLE_LINES] if line.strip()]
    if not rows:
        raise BadDataError(f"{where} has no line that is not empty; delete it, or write it again", path=where)
    delimiter = delimiter or _delimiter(rows, where)
    cells = [tuple(row) for row in csv.reader(io.StringIO("\n".join(rows)), delimiter=delimiter)]
    while skip < len(lines) and not lines[skip].strip():
        skip += 1
    first = tuple(cell.strip() for cell in cells[0])
    has_header = not any(_VALUE.fullmatch(cell) for cell in first)
    if not has_header and all_names is None:
        raise BadDataError(
            f"{where} has no header: its first line is {rows[0][:80]!r}; name its columns, "
            "as in columns=['timestamp', 'open', 'high', 'low', 'close', 'volume']",
            path=where,
        )
    body = cells[1:] if has_header else cells
    names = first if all_names is None else tuple(all_names)
    width = len(body[0]) if body else len(names)
    if width == len(names) + 1 and all(row[-1].strip() == "" for row in body):
        names = (*names, "")  # a delimiter ends each row
    if all_names is not None and width != len(names):
        raise BadDataError(f"{where} has {width} columns, and columns names {len(names)}; name all of them", path=where)
    return Dialect(delimiter, names, skip + has_header, first if has_header else None, tuple(body))


def _delimiter(rows: Sequence[str], where: str) -> str:
    """The first that parts all lines into one number of columns, else the one that parts most lines so."""
    most: tuple[int, int] = (0, 0)
    found = ""
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO("\n".join(rows)), delimiter=delimiter)]
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        if usual >= 3 and (widths.count(usual), usual) > most:
            if widths.count(usual) == len(widths):
                return delimiter
            most, found = (widths.count(usual), usual), delimiter
    if not found:
        raise BadDataError(
            f"{where} is no table of columns: its first line is {rows[0][:80]!r}; give delimiter, or check what the file is",
            path=where,
        )
    return found
