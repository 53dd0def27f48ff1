"""What is true of a stored file: its checksum, its size, its rows. All of it is read from the file itself."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.parquet_file import RowFile
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS

COLUMNS: dict[str, tuple[str, ...]] = {"bars": BAR_COLUMNS, "quotes": QUOTE_COLUMNS}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """``sha256`` of the file, its ``bytes`` and ``rows``, the ``first`` and the ``last`` stamp (ISO, UTC; empty without rows).

    ``written`` is when (ISO, UTC), ``source`` from what, ``version`` the store's version that it was written in.
    """

    sha256: str
    bytes: int
    rows: int
    first: str
    last: str
    written: str
    source: str
    version: int

    @classmethod
    def of(cls, file: Path, kind: str, source: str, version: int) -> FileFacts:
        """The facts of ``file``. Raises :class:`BadDataError` for what is no Parquet of its ``kind``."""
        rows, first, last = rows_and_bounds(file, kind)
        there = file.stat()
        return cls(sha256_of(file), there.st_size, rows, first, last, iso(there.st_mtime_ns), source, version)

    @classmethod
    def parse(cls, facts: dict[str, Any]) -> FileFacts:
        """From a document. Raises :class:`BadDataError`."""
        try:
            return cls(**facts)
        except TypeError as why:
            raise BadDataError(f"a record lacks what it should say ({why}); delete it, and record the files anew") from why

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def sha256_of(file: Path) -> str:
    """The checksum of ``file``, as ``sha256sum`` prints it."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def rows_and_bounds(file: Path, kind: str) -> tuple[int, str, str]:
    """How many rows, and the first and the last stamp, from the footer where it tells."""
    if kind not in COLUMNS:
        import pyarrow.parquet as pq

        return int(pq.read_metadata(file).num_rows), "", ""
    found = RowFile(str(file), COLUMNS[kind])
    span = found.span()
    return (found.rows, "", "") if span is None else (found.rows, iso(span[0]), iso(span[1]))


def check_pages(file: Path, kind: str) -> None:
    """Read all of ``file``, and hold its pages against their checksums. Raises :class:`BadDataError`."""
    if kind in COLUMNS:
        RowFile(str(file), COLUMNS[kind]).table()
        return
    from sessionlab.sources.stored_actions import read_table

    read_table(file)


def iso(ns: int) -> str:
    """An instant in ns UTC as text: ``2025-07-02T13:30:00Z``."""
    whole = np.datetime_as_string(np.datetime64(ns, "ns"), unit="ns").rstrip("0").rstrip(".")
    return f"{whole}Z"
