"""``sl.store.export``: bars of a store as CSV or Parquet files, which read back bit for bit with ``sl.sources.Files``.

Stamps have their zone or offset, floats as many digits as they need. What the store would refuse is not exported, and counted.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
import pandas as pd

from sessionlab.engine.progress import shown
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.asked_names import asked_names
from sessionlab.sources.file_template import FileTemplate
from sessionlab.sources.holdings import Holding
from sessionlab.sources.local import LocalStore
from sessionlab.sources.notes import few
from sessionlab.sources.symbol_files import file_name
from sessionlab.sources.symbol_list import listed_symbols
from sessionlab.sources.zones import check_zone
from sessionlab.store.chunks import sessions_between
from sessionlab.store.progress import Progress, Told
from sessionlab.tape.block import BAR_COLUMNS, NOTHING_REFUSED, DayBlock, Refused
from sessionlab.timing import Interval, SessionTable, TimeManager
from sessionlab.whole_file import replace_whole

if TYPE_CHECKING:
    import pyarrow as pa

Day = dt.date | str
Format = Literal["csv", "parquet"]
_LENGTHS = {"%Y-%m-%d": 10, "%Y-%m": 7, "%Y": 4, "": 0}


@dataclass
class ExportReport:
    """What :func:`export` wrote: ``files`` with ``rows``. ``refused`` rows were left out; ``notes`` say what else was."""

    store: str
    template: str
    files: list[Path] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    refused: Refused = NOTHING_REFUSED
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<ExportReport of {self.store}: {self.rows:,} rows in {len(self.files):,} files, {self.bytes:,} bytes>"


def export(
    store: str | os.PathLike[str],
    out: str | os.PathLike[str],
    symbols: str | Sequence[str] | None = None,
    start: Day | None = None,
    end: Day | None = None,
    *,
    intervals: str | Sequence[str] | None = None,
    format: Format = "csv",
    template: str | None = None,
    tz: str = "UTC",
    label: Literal["start", "end"] = "start",
    exchange_group: str = "US_EQUITY",
    force: bool = False,
    progress: Told = None,
) -> ExportReport:
    """Write the bars of ``store`` to files under ``out``, by default ``{symbol}/{interval}/{date}.csv`` or ``.parquet``.

    Without ``symbols``, dates or ``intervals`` all that is stored. Stamps are in zone ``tz``; with ``label="end"`` they are
    the ends of bars: give the same to ``sl.sources.Files``. ``force`` writes over files that are there.

    Raises :class:`ConfigError` for what cannot be meant and for files that are there, :class:`NoDataError` where there is
    nothing, :class:`SourceError` where the disk refuses.
    """
    if format not in ("csv", "parquet"):
        raise ConfigError(f"format is {format!r}; it must be csv or parquet", value=format)
    if label not in ("start", "end"):
        raise ConfigError(f"label is {label!r}; it must be start or end", value=label)
    check_zone(tz)
    source, times = LocalStore(store), TimeManager(exchange_group)
    named = FileTemplate(f"{{symbol}}/{{interval}}/{{date}}.{format}" if template is None else template)
    widths = None if intervals is None else {Interval.parse(width) for width in asked_names(intervals, "intervals")}
    asked = listed_symbols(source) or [] if symbols is None else asked_names(symbols, "symbols")
    report = ExportReport(str(source.path), named.text)
    pieces = list(_pieces(source, times, asked, start, end, widths, named, Path(out).expanduser()))
    if not pieces:
        raise NoDataError(f"{source.path} has no bars of {few(asked, 5)} to export; see data list", symbols=asked)
    _check_targets(named, pieces, force)
    quotes = sorted({one.symbol for one in pieces if any(held.kind == "quotes" for held in source.holdings(one.symbol, times))})
    if quotes:
        report.notes.append(f"quotes are not exported (there are some of {few(quotes, 5)}): files of your own hold bars")
    where = [Progress(0.0, pieces[0].symbol, "", "", 0)]
    with shown(lambda: where[0], progress) as update:
        for at, piece in enumerate(pieces):
            where[0] = Progress(
                at / len(pieces), piece.symbol, f"{piece.interval} bars", str(piece.sessions.date[0]), report.rows
            )
            update()
            _write(source, piece, format, tz, label, report)
        where[0] = where[0]._replace(fraction=1.0, rows=report.rows)
        update()
    return report


@dataclass(frozen=True, slots=True)
class _Piece:
    """What goes into one file."""

    symbol: str
    interval: Interval
    sessions: SessionTable
    file: Path


def _pieces(
    source: LocalStore,
    times: TimeManager,
    symbols: Sequence[str],
    start: Day | None,
    end: Day | None,
    widths: set[Interval] | None,
    named: FileTemplate,
    out: Path,
) -> Iterator[_Piece]:
    length = _LENGTHS[named.period_form]
    first, last = (None if day is None else pd.Timestamp(day).date() for day in (start, end))
    for symbol in symbols:
        for held in source.holdings(symbol, times):
            if held.kind != "bars" or (widths is not None and Interval.parse(held.width) not in widths):
                continue
            sessions = _sessions(held, times, first, last)
            at = 0
            for _, some in groupby(map(str, sessions.date.tolist()), key=lambda date: date[:length]):
                after = at + len(list(some))
                date = sessions.date[at].item()
                yield _Piece(symbol, Interval.parse(held.width), sessions[at:after], out / _fill(named, symbol, date, held.width))
                at = after


def _sessions(held: Holding, times: TimeManager, first: dt.date | None, last: dt.date | None) -> SessionTable:
    return sessions_between(times, max(held.first, first or held.first), min(held.last, last or held.last))


def _fill(named: FileTemplate, symbol: str, date: dt.date, width: str) -> str:
    return named.fill(file_name(symbol), date, width)


def _check_targets(named: FileTemplate, pieces: Sequence[_Piece], force: bool) -> None:
    if "*" in named.text or "?" in named.text or Path(named.text).is_absolute():
        raise ConfigError(f"the template {named.text!r} names no single file under the folder; leave out * and ? and a root")
    seen: dict[Path, _Piece] = {}
    for piece in pieces:
        other = seen.setdefault(piece.file, piece)
        if other is not piece:
            both = f"{other.symbol} {other.interval} and {piece.symbol} {piece.interval}"
            raise ConfigError(f"{piece.file.name} would hold {both}; add {{symbol}} or {{interval}} to the template, or name one")
    there = [piece.file for piece in pieces if piece.file.exists()]
    if there and not force:
        raise ConfigError(
            f"{len(there):,} of {len(pieces):,} files are there already (first: {there[0]}); "
            "choose another folder, or write over them with --force",
            files=[str(file) for file in there],
        )


def _write(source: LocalStore, piece: _Piece, format: Format, tz: str, label: str, report: ExportReport) -> None:
    blocks = source.load(piece.symbol, piece.interval, piece.sessions)
    report.refused = sum((block.refused for block in blocks), report.refused)
    table = _table(blocks, piece, tz, label)
    if not table.num_rows:
        return
    replace_whole(piece.file, lambda file: _to_file(table, file, format))
    report.files.append(piece.file)
    report.rows += table.num_rows
    report.bytes += piece.file.stat().st_size


def _table(blocks: Sequence[DayBlock], piece: _Piece, tz: str, label: str) -> pa.Table:
    import pyarrow as pa

    parts = [rows for block in blocks for rows in (block.rows, block.extended)]
    start = np.concatenate([part.start for part in parts])
    known_at = np.concatenate([part.known_at for part in parts])
    values = np.concatenate([part.values for part in parts], axis=1)
    width = piece.interval.ns
    if width:
        ends, stops = start + width, piece.sessions
        for edge in (stops.break_start, stops.close):  # the last bar of a stretch is cut where it ends
            at = np.minimum(edge.searchsorted(start, "right"), len(edge) - 1)
            inside = (start < edge[at]) & (start >= stops.open[at])
            ends = np.where(inside, np.minimum(ends, edge[at]), ends)
    else:
        ends = piece.sessions.close[piece.sessions.open.searchsorted(start, "right") - 1]
    order = np.lexsort((known_at, start))
    instant = pa.timestamp("ns", tz=tz)
    if width:
        stamps = pa.array((start + (width if label == "end" else 0))[order], instant)
    else:
        dates = piece.sessions.date[piece.sessions.open.searchsorted(start, "right") - 1]
        stamps = pa.array(dates[order].astype("datetime64[D]"), pa.date32())
    columns: dict[str, Any] = {"timestamp": stamps}
    columns |= {name: pa.array(row[order], from_pandas=False) for name, row in zip(BAR_COLUMNS, values, strict=True)}
    late = known_at != ends
    if late.any():
        columns["known_at"] = pa.array(known_at[order], instant, mask=~late[order])
    return pa.table(columns)


def _to_file(table: pa.Table, file: BinaryIO, format: Format) -> None:
    if format == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, file, compression="zstd", write_page_checksum=True)
        return
    from pyarrow import csv

    for name in ("timestamp", "known_at"):
        if name in table.column_names and table.schema.field(name).type != "date32":
            at = table.column_names.index(name)
            table = table.set_column(at, name, _as_text(table.column(name)))
    file.write(f"{','.join(table.column_names)}\n".encode())  # pyarrow would quote the names
    csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style="none"))


def _as_text(column: Any) -> pa.Array:
    """Instants as ISO texts with their offset from UTC, whole seconds where all are."""
    import pyarrow as pa

    stamps = pd.DatetimeIndex(column.to_pandas())
    whole = not (stamps.dropna().as_unit("ns").asi8 % 1_000_000_000).any()
    texts = [None if pd.isna(stamp) else stamp.isoformat(timespec="seconds" if whole else "nanoseconds") for stamp in stamps]
    return pa.array(texts, pa.string())
