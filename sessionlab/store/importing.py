"""``sl.store.import_data``: rows of any source put into a Parquet store, piece by piece.

A piece is done when its files are on the disk and recorded; an import that was stopped, however, goes on where it was. What
did not change at the source since is not read again; what a repair moved is not overwritten.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Generator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path

import pandas as pd

from sessionlab.engine.progress import shown
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.asked_names import asked_names
from sessionlab.sources.holdings import Holding
from sessionlab.sources.notes import few
from sessionlab.sources.opening import open_named
from sessionlab.sources.protocol import Source
from sessionlab.sources.readable import UNREADABLE
from sessionlab.sources.store_layout import actions_paths
from sessionlab.sources.store_write import Written, write_blocks, write_quote_blocks
from sessionlab.sources.stored_actions import read_actions, write_events
from sessionlab.store.chunks import Chunk, chunks
from sessionlab.store.given_source import GivenSource
from sessionlab.store.hidden import writing
from sessionlab.store.imported import ImportReport, SeriesCounts
from sessionlab.store.progress import Progress, Told
from sessionlab.store.record import SeriesRecord
from sessionlab.store.record_keeper import RecordKeeper
from sessionlab.store.store_versions import complete_pending
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.tape.block import DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable, TimeManager

Day = dt.date | str


def import_data(
    source: str | Source,
    store: str | os.PathLike[str],
    symbols: str | Sequence[str] | None = None,
    start: Day | None = None,
    end: Day | None = None,
    *,
    intervals: str | Sequence[str] | None = None,
    quotes: bool = True,
    exchange_group: str = "US_EQUITY",
    options: dict[str, object] | None = None,
    dry_run: bool = False,
    progress: Told = None,
) -> ImportReport:
    """Put what ``source`` has into the Parquet store at ``store``, which is made where there is none.

    ``source`` is a source, or its name such as ``files:data/{symbol}.csv`` with ``options`` of its own. Without ``symbols``
    all that it lists are imported, without dates all that is there, without ``intervals`` the bars of every width; with rows
    off the trading hours, recorded ``quotes``, splits and dividends. ``dry_run`` says what would be done and writes nothing.
    ``progress``: True or False, someone to tell, or None: a bar where somebody looks.

    Rows that cannot be trusted are refused and counted. Stopped in the middle, the same call goes on where it was. Raises
    :class:`ConfigError` for what cannot be meant, :class:`NoDataError` where there is nothing, :class:`SourceError` where the
    disk refuses, :class:`BusyError` where another process writes.

    >>> import tempfile
    >>> store = tempfile.mkdtemp()
    >>> report = import_data("synthetic", store, "AAPL", "2025-07-02", "2025-07-03", intervals="1m", quotes=False)
    >>> report.table[["symbol", "series", "added", "skipped"]]
      symbol   series  added  skipped
    0   AAPL  1m bars    600        0
    >>> import_data("synthetic", store, "AAPL", "2025-07-02", "2025-07-03", intervals="1m", quotes=False).table["skipped"].item()
    1
    """
    times = TimeManager(exchange_group)
    root = Path(store).expanduser()
    opened = open_named(source, options, exchange_group=exchange_group) if isinstance(source, str) else source
    if not isinstance(opened, Source):
        raise ConfigError(f"a {type(opened).__name__} is no source; give one, or a name such as local:PATH", value=source)
    first, last = (None if day is None else pd.Timestamp(day).date() for day in (start, end))
    if first is not None and last is not None and first > last:
        raise ConfigError(
            f"the dates run from {first} to {last}; the first must not be later than the last", start=start, end=end
        )
    name = source if isinstance(source, str) else repr(source)
    given = GivenSource(opened, name, root, times, first, last, remember=not dry_run)
    widths = None if intervals is None else {Interval.parse(width) for width in asked_names(intervals, "intervals")}
    report = ImportReport(name, str(root), exchange_group, dry_run)
    with nullcontext() if dry_run else writing(root):
        if not dry_run:
            report.notes += complete_pending(root)
        asked = given.symbols() if symbols is None else asked_names(symbols, "symbols")
        work = _Work(given, root, exchange_group, report, asked)
        # Closed at once, whatever happens: what is recorded must be written while the store is held.
        with shown(lambda: work.progress, progress) as update, closing(work.steps(widths, quotes)) as steps:
            for _ in steps:
                update()
    report.notes += given.notes
    if not report.series:
        if report.unreadable:
            raise BadDataError(f"nothing of {name} can be read: {report.unreadable[0]}", source=name)
        missing = next(iter(report.missing.values()), opened.describe())
        raise NoDataError(f"{name} has nothing to import of {few(asked, 5)}: {missing}", symbols=asked)
    return report


class _Work:
    """The work of one import, symbol by symbol; ``progress`` is where it stands."""

    def __init__(self, given: GivenSource, root: Path, calendar: str, report: ImportReport, symbols: Sequence[str]) -> None:
        self._given = given
        self._root = root
        self._calendar = calendar
        self._report = report
        self._symbols = symbols
        self._rows = 0
        self.progress = Progress(0.0, symbols[0], "", "", 0)

    def steps(self, widths: set[Interval] | None, quotes: bool) -> Generator[None]:
        for at, symbol in enumerate(self._symbols):
            try:
                found = self._given.holdings(symbol)
            except BadDataError as why:
                self._report.unreadable.append(f"{symbol}: {why}")
                continue
            held = [one for one in found if (quotes if one.kind == "quotes" else _is_asked(one, widths))]
            pieces = [(one, list(chunks(one, self._given.times))) for one in held]
            count = sum(len(some) for _, some in pieces)
            if not count:
                there = ", ".join(f"{one.series} from {one.first} to {one.last}" for one in found)
                self._report.missing[symbol] = (
                    f"it has {there}" if there else f"nothing is there; {self._given.source.describe()}"
                )
            done = 0
            for holding, some in pieces:
                with closing(self._series(symbol, holding, some)) as begun:
                    for chunk in begun:
                        whole = (at + done / count) / len(self._symbols)
                        self.progress = Progress(whole, symbol, holding.series, chunk.first, self._rows)
                        done += 1
                        yield
            if count:
                self._actions(symbol)
        self.progress = self.progress._replace(fraction=1.0, rows=self._rows)
        yield

    def _series(self, symbol: str, holding: Holding, some: Sequence[Chunk]) -> Generator[Chunk]:
        counts = SeriesCounts(symbol, holding.series, str(holding.first), str(holding.last), chunks=len(some))
        self._report.series.append(counts)
        record = SeriesRecord.read(self._root, symbol, holding.kind, holding.width)
        record.calendar = self._calendar
        keeper = RecordKeeper(self._root, record, self._given.name)
        try:
            for chunk in some:
                yield chunk
                version = self._given.version(symbol, holding, chunk.sessions)
                if keeper.is_done(self._given.digest, chunk.first, chunk.last, version):
                    counts.skipped += 1
                elif not self._report.dry_run:
                    whole = self._chunk(symbol, holding, chunk, keeper, counts)
                    if whole and version:
                        keeper.done(self._given.digest, chunk.first, chunk.last, version)
                    keeper.write_now_and_then(self._rows)
        finally:
            if not self._report.dry_run:
                keeper.write()
        self._report.notes += keeper.notes

    def _chunk(self, symbol: str, holding: Holding, chunk: Chunk, keeper: RecordKeeper, counts: SeriesCounts) -> bool:
        """Import one piece. Whether all of it could be read."""
        bars: list[DayBlock] = []
        quotes: list[QuoteBlock] = []
        if holding.kind == "bars":
            bars = self._given.bars(symbol, holding, chunk)
        else:
            quotes = self._given.quotes(symbol, holding, chunk)
        refused = self._given.strays(symbol, holding, chunk)
        for blocks in (bars, quotes):
            refused = sum((block.refused for block in blocks), refused)
            self._rows += sum(block.rows.size for block in blocks)
        self._rows += sum(block.off_session for block in bars)

        free = [str(date) not in keeper.record.moved for date in chunk.sessions.date.tolist()]
        sessions = chunk.sessions
        if not all(free):
            left = sum(b.rows.size + b.off_session for b, is_free in zip(bars, free, strict=True) if not is_free)
            counts.left_as_moved += left
            keeper.left_as_moved(chunk, left)
            bars = [block for block, is_free in zip(bars, free, strict=True) if is_free]
            sessions = SessionTable.of([s for s, is_free in zip(sessions, free, strict=True) if is_free], sessions.tz)
        with keeper.replacing(sessions, symbol, holding) as wrote:
            if bars:
                written = write_blocks(self._root, bars, sessions)
            elif quotes:
                written = write_quote_blocks(self._root, holding.width, quotes, sessions)
            else:
                written = Written(symbol, holding.series)
            wrote(written)
        counts.added += written.added
        counts.replaced += written.replaced
        counts.unchanged += written.unchanged
        counts.files += len(written.files)
        self._report.files_written += len(written.files)
        unreadable = refused.examples.get(UNREADABLE)
        if unreadable is not None:
            self._report.unreadable.append(f"{symbol} {holding.series} {chunk.first} to {chunk.last}: {unreadable}")
        counts.refused += refused
        return unreadable is None

    def _actions(self, symbol: str) -> None:
        record = SeriesRecord.read(self._root, symbol, "corporate_actions", "")
        keeper = RecordKeeper(self._root, record, self._given.name)
        version = self._given.version(symbol)
        if keeper.is_done(self._given.digest, "", "", version):
            self._report.series.append(SeriesCounts(symbol, "actions", chunks=1, skipped=1))
            return
        try:
            actions = self._given.actions(symbol)
            stored = read_actions(*actions_paths(self._root, symbol), self._given.times)
        except BadDataError as why:
            self._report.unreadable.append(f"{symbol} actions: {why}")
            return
        if actions is None or not (actions.splits or actions.dividends):
            return
        merged, counts = _merged(stored or Actions(), actions)
        counts.symbol, counts.chunks = symbol, 1
        self._report.series.append(counts)
        if self._report.dry_run:
            return
        events = actions_paths(self._root, symbol)[1]
        if counts.added or counts.replaced:
            write_events(events, merged)
            self._report.files_written += 1
        if events.is_file():
            keeper.wrote([events])
        if version:
            keeper.done(self._given.digest, "", "", version)
        keeper.write()


def _merged(stored: Actions, new: Actions) -> tuple[Actions, SeriesCounts]:
    """``new`` among the ``stored`` ones: those of one date and kind take the old ones' place."""
    splits = {split.ex_date: split for split in stored.splits} | {split.ex_date: split for split in new.splits}
    paid = {one.ex_date: one for one in stored.dividends} | {one.ex_date: one for one in new.dividends}
    old: set[Split | Dividend] = {*stored.splits, *stored.dividends}
    dates = {(type(one), one.ex_date) for one in old}
    came: list[Split | Dividend] = [*new.splits, *new.dividends]
    added = sum((type(one), one.ex_date) not in dates for one in came)
    unchanged = sum(one in old for one in came)
    every = sorted(str(one.ex_date) for one in came)
    counts = SeriesCounts("", "actions", every[0], every[-1], added, len(came) - added - unchanged, unchanged)
    return Actions.of(splits.values(), paid.values()), counts


def _is_asked(holding: Holding, widths: set[Interval] | None) -> bool:
    return widths is None or Interval.parse(holding.width) in widths
