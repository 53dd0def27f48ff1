"""``sl.store.export``: bars and quotes of a store as CSV or Parquet files.

Bars read back bit for bit with ``sl.sources.Files``, quotes with pandas. What the store would refuse is left out and counted.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from sessionlab.engine.progress import shown
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.asked_names import asked_names
from sessionlab.sources.local import LocalStore
from sessionlab.sources.notes import few
from sessionlab.sources.zones import check_zone
from sessionlab.store.export_pieces import Piece, Templates, check_files, pieces_of
from sessionlab.store.export_tables import Format, table_of_bars, table_of_quotes, write_table
from sessionlab.store.progress import Progress, Told
from sessionlab.tape.block import NOTHING_REFUSED, DayBlock, QuoteBlock, Refused
from sessionlab.timing import Interval, TimeManager
from sessionlab.whole_file import replace_whole

Day = dt.date | str


@dataclass
class ExportReport:
    """What :func:`export` wrote: ``files`` with ``rows``. ``refused`` rows were left out.

    ``templates`` name the files of bars, for ``sl.sources.Files``; ``quotes_template`` those of quotes, ``{interval}`` being
    their kind; it is None where there are none.
    """

    store: str
    templates: list[str] = field(default_factory=list)
    quotes_template: str | None = None
    files: list[Path] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    refused: Refused = NOTHING_REFUSED

    @property
    def template(self) -> str:
        """The first of ``templates``, empty where there are no bars."""
        return next(iter(self.templates), "")

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
    quotes: bool = True,
    format: Format = "csv",
    template: str | None = None,
    tz: str = "UTC",
    label: Literal["start", "end"] = "start",
    exchange_group: str = "US_EQUITY",
    force: bool = False,
    progress: Told = None,
) -> ExportReport:
    """Write the bars and the ``quotes`` of ``store`` to files under ``out``, all of one symbol and series in each.

    Without ``symbols``, dates or ``intervals`` all that is stored. Files are ``{symbol}/{interval}/{date}.csv`` (or
    ``.parquet``), of days ``{symbol}/{interval}.csv``, else as ``template`` says; those of quotes have the same names under a
    folder ``quotes``, ``{interval}`` being ``1s``, ``1m`` or ``tick``. Stamps are in zone ``tz``; with ``label="end"`` those of
    bars are their ends: give the same to ``sl.sources.Files``. ``force`` writes over files that are there.

    Raises :class:`ConfigError` for what cannot be meant and for files that are there, :class:`NoDataError` where there is
    nothing, :class:`SourceError` where the disk refuses.
    """
    if format not in ("csv", "parquet"):
        raise ConfigError(f"format is {format!r}; it must be csv or parquet", value=format)
    if label not in ("start", "end"):
        raise ConfigError(f"label is {label!r}; it must be start or end", value=label)
    check_zone(tz)
    source, times = LocalStore(store), TimeManager(exchange_group)
    templates = Templates.of(template, format)
    widths = None if intervals is None else {Interval.parse(width) for width in asked_names(intervals, "intervals")}
    asked = source.symbols() if symbols is None else asked_names(symbols, "symbols")
    first, last = (None if day is None else pd.Timestamp(day).date() for day in (start, end))
    pieces = list(pieces_of(source, times, asked, (first, last), widths, quotes, templates, Path(out).expanduser()))
    if not pieces:
        also = ", and no quotes" if quotes else ""
        raise NoDataError(f"{source.path} has no bars of {few(asked, 5)} to export{also}; see data list", symbols=asked)
    check_files(pieces, force)
    report = ExportReport(str(source.path))
    report.templates += dict.fromkeys(piece.template.text for piece in pieces if piece.held.kind == "bars")
    report.quotes_template = templates.quotes.text if any(piece.held.kind == "quotes" for piece in pieces) else None
    where = [Progress(0.0, pieces[0].symbol, "", "", 0)]
    with shown(lambda: where[0], progress) as update:
        for at, piece in enumerate(pieces):
            where[0] = Progress(at / len(pieces), piece.symbol, piece.held.series, str(piece.sessions.date[0]), report.rows)
            update()
            _write(source, piece, format, tz, label, report)
        where[0] = where[0]._replace(fraction=1.0, rows=report.rows)
        update()
    return report


def _write(source: LocalStore, piece: Piece, format: Format, tz: str, label: str, report: ExportReport) -> None:
    blocks: list[DayBlock] | list[QuoteBlock]
    if piece.held.kind == "bars":
        bars = blocks = source.load(piece.symbol, Interval.parse(piece.held.width), piece.sessions)
        table = table_of_bars(bars, piece.sessions, tz, label)
    else:
        quotes = blocks = source.quotes_of_kind(piece.symbol, piece.held.width, piece.sessions)
        table = table_of_quotes(quotes, tz)
    report.refused = sum((block.refused for block in blocks), report.refused)
    if not table.num_rows:
        return
    replace_whole(piece.file, lambda file: write_table(table, file, format))
    report.files.append(piece.file)
    report.rows += table.num_rows
    report.bytes += piece.file.stat().st_size
