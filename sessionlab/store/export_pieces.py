"""Which rows of a store go into which file of an export: by templates, the rows of some sessions to a file.

Quotes go to the names that bars have, under a folder ``quotes``; where these lack ``{interval}``, in it under one of their kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from sessionlab.errors import ConfigError
from sessionlab.sources.file_template import FileTemplate
from sessionlab.sources.holdings import Holding
from sessionlab.sources.local import LocalStore
from sessionlab.sources.symbol_files import file_name
from sessionlab.store.chunks import sessions_between
from sessionlab.timing import Interval, SessionTable, TimeManager

_LENGTHS = {"%Y-%m-%d": 10, "%Y-%m": 7, "%Y": 4, "": 0}


class Templates(NamedTuple):
    """How the files of intraday ``bars``, of ``days`` and of ``quotes`` are named."""

    bars: FileTemplate
    days: FileTemplate
    quotes: FileTemplate

    @classmethod
    def of(cls, template: str | None, format: str) -> Templates:
        """All after ``template``, by default a file per date, and of days one. Raises :class:`ConfigError`."""
        bars = f"{{symbol}}/{{interval}}/{{date}}.{format}" if template is None else template
        days = f"{{symbol}}/{{interval}}.{format}" if template is None else template
        if "*" in bars or "?" in bars or Path(bars).is_absolute():
            raise ConfigError(f"the template {bars!r} names no single file under the folder; leave out * and ? and a root")
        above = "quotes/" if "interval" in FileTemplate(bars).fields else "quotes/{interval}/"
        return cls(FileTemplate(bars), FileTemplate(days), FileTemplate(f"{above}{bars}"))

    def of_holding(self, held: Holding) -> FileTemplate:
        """The one that names the files of ``held``."""
        if held.kind == "quotes":
            return self.quotes
        return self.bars if Interval.parse(held.width).is_intraday else self.days


class Piece(NamedTuple):
    """What goes into one file: rows of one series of ``symbol`` in ``sessions``."""

    symbol: str
    held: Holding
    sessions: SessionTable
    template: FileTemplate
    file: Path

    @property
    def title(self) -> str:
        """``SPY 1m bars``."""
        return f"{self.symbol} {self.held.series}"


def pieces_of(
    source: LocalStore,
    times: TimeManager,
    symbols: Sequence[str],
    dates: tuple[dt.date | None, dt.date | None],
    widths: Collection[Interval] | None,
    quotes: bool,
    templates: Templates,
    out: Path,
) -> Iterator[Piece]:
    """The pieces of ``symbols`` between two ``dates``, None for all, with bars of ``widths``, None for all."""
    for symbol in symbols:
        for held in source.holdings(symbol, times):
            if held.kind == "quotes" and not quotes:
                continue
            if held.kind == "bars" and widths is not None and Interval.parse(held.width) not in widths:
                continue
            template = templates.of_holding(held)
            for sessions in _by_file(held, times, dates, _LENGTHS[template.period_form]):
                name = template.fill(file_name(symbol), sessions.date[0].item(), held.width)
                yield Piece(symbol, held, sessions, template, out / name)


def check_files(pieces: Sequence[Piece], force: bool) -> None:
    """Raises :class:`ConfigError` where a file would hold two series, or, without ``force``, is there already."""
    seen: dict[Path, Piece] = {}
    for piece in pieces:
        other = seen.setdefault(piece.file, piece)
        if other is not piece:
            raise ConfigError(
                f"{piece.file.name} would hold {other.title} and {piece.title}; add {{symbol}} or {{interval}} to the template, "
                "or name one"
            )
    there = [piece.file for piece in pieces if piece.file.exists()]
    if there and not force:
        raise ConfigError(
            f"{len(there):,} of {len(pieces):,} files are there already (first: {there[0]}); "
            "choose another folder, or write over them with --force",
            files=[str(file) for file in there],
        )


def _by_file(
    held: Holding, times: TimeManager, dates: tuple[dt.date | None, dt.date | None], length: int
) -> Iterator[SessionTable]:
    """The sessions of ``held``, in runs whose dates begin with the same ``length`` letters."""
    first, last = dates
    sessions = sessions_between(times, max(held.first, first or held.first), min(held.last, last or held.last))
    at = 0
    for _, some in groupby(map(str, sessions.date.tolist()), key=lambda date: date[:length]):
        after = at + len(list(some))
        yield sessions[at:after]
        at = after
