"""The files of an export, found as they were written, as rows: every digest is looked at before a row is taken."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sessionlab.errors import BadDataError, NoDataError
from sessionlab.session.plain_columns import first_line
from sessionlab.sources.export_document import Document
from sessionlab.sources.export_folder import CORRECTED, DATE, DOCUMENT, INTERVAL, document_digest, file_digest
from sessionlab.sources.exported import DayRows, Days, Key, by_start
from sessionlab.sources.parquet_file import KNOWN_AT, STAMP, SYMBOL
from sessionlab.sources.symbol_files import symbol_of
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, Int64s, Rows
from sessionlab.timing import Interval, TimeManager, TradingSession

if TYPE_CHECKING:
    import pyarrow as pa


def read_document(folder: Path) -> Document:
    """What the export in ``folder`` says of itself. Raises :class:`NoDataError` where there is none."""
    path = folder / DOCUMENT
    if not path.is_file():
        what = "does not exist" if not folder.exists() else f"has no {DOCUMENT}"
        raise NoDataError(f"{folder} {what}, so it is no export; give a folder that lab.data.to_parquet made", path=str(folder))
    try:
        return Document(json.loads(path.read_text(encoding="utf-8")), str(path))
    except (OSError, ValueError) as why:
        raise BadDataError(f"{path} cannot be read ({first_line(why)}); export the moment again", path=str(path)) from why


def check_digests(folder: Path, document: Document) -> None:
    """Raises :class:`BadDataError` that names the first file that is not as it was written."""
    if document["digest"] != document_digest(document.tree):
        raise _damaged(folder / DOCUMENT, "was changed since it was written")
    for name, digest in document.part("files").tree.items():
        if not (folder / name).is_file():
            raise _damaged(folder / name, "is gone")
        if file_digest(folder / name) != digest:
            raise _damaged(folder / name, "was changed since it was written")


def _damaged(path: Path, what: str) -> BadDataError:
    return BadDataError(f"{path} {what}, so the export cannot be trusted; export the moment again", path=str(path))


def bars_of_files(files: list[Path], folder: Path, times: TimeManager) -> Days:
    """All bars in ``files``, with those that were corrected since."""
    parts: dict[tuple[Key, dt.date], list[Rows]] = {}
    for path in files:
        kind, *names = path.relative_to(folder).parts
        if kind == "bars":
            for date, rows in _days_of(_read(path)):
                parts.setdefault(((symbol_of(names[1]), Interval.parse(names[0])), date), []).append(rows)
        elif kind == CORRECTED:
            for key, table in _by_series(_read(path)):
                for date, rows in _days_of(table):
                    parts.setdefault((key, date), []).append(rows)
    found: Days = {}
    for (key, date), some in parts.items():
        found.setdefault(key, {})[date] = _on_the_hours(by_start(some), key[1], times.get_trading_session(date))
    return found


def _days_of(table: pa.Table) -> Iterator[tuple[dt.date, Rows]]:
    rows, day = _rows(table, BAR_COLUMNS), table[DATE].to_numpy().astype("datetime64[D]")
    order = np.argsort(day, kind="stable")
    dates, sizes = np.unique(day, return_counts=True)
    past = np.cumsum(sizes)
    for date, a, b in zip(dates.tolist(), past - sizes, past, strict=True):
        yield date, rows.take(order[a:b])


def _on_the_hours(rows: Rows, interval: Interval, session: TradingSession) -> DayRows:
    """The rows of one date parted into those of its session and the others; a day of bars starts at the session's open."""
    if not interval.is_intraday:
        return DayRows(Rows.of(np.full(rows.size, session.open_ns), rows.known_at, rows.values), Rows.empty())
    inside = np.logical_or.reduce([(rows.start >= a) & (rows.start < b) for a, b in session.spans])
    return DayRows(rows, Rows.empty()) if inside.all() else DayRows(rows.take(inside), rows.take(~inside))


def _by_series(table: pa.Table) -> Iterator[tuple[Key, pa.Table]]:
    of = list(zip(table[SYMBOL].to_pylist(), table[INTERVAL].to_pylist(), strict=True))
    for symbol, interval in dict.fromkeys(of):
        yield (symbol, Interval.parse(interval)), table.filter(np.array([each == (symbol, interval) for each in of]))


def quotes_of_files(files: list[Path], folder: Path) -> dict[str, Rows]:
    """The recorded quotes in ``files`` by symbol."""
    quotes = [path for path in files if path.relative_to(folder).parts[0] == "quotes"]
    return {symbol_of(path.parent.name): _rows(_read(path), QUOTE_COLUMNS) for path in quotes}


def _rows(table: pa.Table, columns: tuple[str, ...]) -> Rows:
    """Rows as they are; quotes are known at their stamp."""
    stamp = _instants(table, STAMP)
    known_at = _instants(table, KNOWN_AT) if KNOWN_AT in table.column_names else stamp
    return Rows.of(stamp, known_at, np.array([table[name].to_numpy() for name in columns]).reshape(len(columns), -1))


def _instants(table: pa.Table, name: str) -> Int64s:
    import pyarrow as pa

    return np.asarray(table[name].cast(pa.int64()).to_numpy())


def _read(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as why:
        raise _damaged(path, f"cannot be read ({first_line(why)})") from why
