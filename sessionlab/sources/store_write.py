"""Writing rows to a Parquet store: each file replaced as a whole, each row held once, nothing lost on the way.

Bars go to month files, those of seconds and tick quotes to day files, those of days to one file, unless the store already
keeps their date in another file: then there. A row takes the place of a stored one with the same stamp; rows that a source
would refuse are not written and are counted. Files are written one by one, so after a crash the same call completes the rest.
One process at a time may write a series.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from sessionlab.sources.intake import outside, split_bars, split_quotes
from sessionlab.sources.parquet_file import RowFile, replace_file
from sessionlab.sources.quote_kinds import check_kind
from sessionlab.sources.raw_columns import raw_columns
from sessionlab.sources.row_checks import AT_ITS_END, check_bars, check_quotes
from sessionlab.sources.store_layout import SUFFIX, Shelf, names_for
from sessionlab.sources.trading_day import DAY_NS, day_windows, number_daily
from sessionlab.sources.upsert import old_keys, plan_upsert, to_table
from sessionlab.tape.block import (
    BAR_COLUMNS,
    NOTHING_REFUSED,
    QUOTE_COLUMNS,
    DayBlock,
    Float64s,
    Int64s,
    QuoteBlock,
    Refused,
    Rows,
)
from sessionlab.timing import Interval, SessionTable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Written:
    """What became of rows that were to be written: how many, which ``files`` changed, and what was refused.

    ``held_in`` are all files that the rows are in now, changed or not.
    """

    symbol: str
    series: str
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    files: tuple[Path, ...] = ()
    refused: Refused = NOTHING_REFUSED
    held_in: tuple[Path, ...] = ()

    def __str__(self) -> str:
        said = (
            f"{self.symbol} {self.series}: {self.added:,} rows added, {self.replaced:,} replaced, "
            f"{self.unchanged:,} were there; {len(self.files):,} files written"
        )
        return f"{said}; refused: {self.refused}" if self.refused else said


def write_bars(
    root: str | os.PathLike[str],
    symbol: str,
    interval: Interval | str,
    rows: pd.DataFrame | Mapping[str, Any],
    sessions: SessionTable,
) -> Written:
    """Put bars into the store at ``root``, which is made if it is not there.

    ``rows`` have ``timestamp`` (with zone, or int64 ns UTC; a frame's index will do), open, high, low, close, volume, and
    perhaps ``known_at``. ``sessions`` say which dates they belong to; rows of other dates are refused as ``outside``.

    Raises :class:`BadDataError` for columns that cannot be read and for a stored file that is broken,
    :class:`SourceError` where the disk refuses. What was stored before is then still there.
    """
    interval = Interval.parse(interval)
    given = raw_columns(rows, BAR_COLUMNS)
    checked = check_bars(given.stamp, given.values, given.known_at)
    near = _near(sessions, checked.start)
    blocks = split_bars(symbol, interval, near, [checked])
    late = given.known_at is not None
    refused = sum((block.refused for block in blocks), outside(symbol, checked, near, interval))
    return _write_bars(root, symbol, interval, blocks, near, late, refused)


def write_blocks(root: str | os.PathLike[str], blocks: Sequence[DayBlock], sessions: SessionTable) -> Written:
    """Put the bars of ``blocks`` into the store at ``root`` as they are, one block per session, all of one series.

    Blocks are what a source gave: their rows are sound, so nothing is looked at again and nothing refused.
    """
    first = blocks[0]
    return _write_bars(root, first.symbol, first.interval, blocks, sessions, True, NOTHING_REFUSED)


def write_quotes(
    root: str | os.PathLike[str],
    symbol: str,
    kind: str,
    rows: pd.DataFrame | Mapping[str, Any],
    sessions: SessionTable,
) -> Written:
    """Put quotes of ``kind`` (``1s``, ``1m`` or ``tick``) into the store at ``root``, as :func:`write_bars` does bars.

    ``rows`` have ``timestamp`` (when each was known), bid_price, bid_size, ask_price, ask_size. Several may have one
    stamp; those of a stamp are replaced together, so give all of them in one call.
    """
    check_kind(kind)
    given = raw_columns(rows, QUOTE_COLUMNS)
    checked = check_quotes(given.stamp, given.values)
    near = _near(sessions, checked.start)
    blocks = split_quotes(symbol, near, [checked])
    refused = sum((block.refused for block in blocks), outside(symbol, checked, near, None))
    return _write_quotes(root, symbol, kind, blocks, near, refused)


def write_quote_blocks(root: str | os.PathLike[str], kind: str, blocks: Sequence[QuoteBlock], sessions: SessionTable) -> Written:
    """Put the quotes of ``blocks`` into the store at ``root``, as :func:`write_blocks` does bars."""
    return _write_quotes(root, blocks[0].symbol, kind, blocks, sessions, NOTHING_REFUSED)


def _write_bars(
    root: str | os.PathLike[str],
    symbol: str,
    interval: Interval,
    blocks: Sequence[DayBlock],
    sessions: SessionTable,
    late: bool,
    refused: Refused,
) -> Written:
    new = [_bars_as_stored(block, sessions[at : at + 1], late) for at, block in enumerate(blocks)]
    shelf, daily = Shelf.of(Path(root), "bars", str(interval), symbol), not interval.is_intraday
    series = _Series(shelf, symbol, f"{interval} bars", BAR_COLUMNS, sessions, daily)
    return _write(series, _days(sessions, new, "all" if daily else "day" if interval.unit == "s" else "month"), refused)


def _write_quotes(
    root: str | os.PathLike[str],
    symbol: str,
    kind: str,
    blocks: Sequence[QuoteBlock],
    sessions: SessionTable,
    refused: Refused,
) -> Written:
    new = [Rows(b.rows.start, np.full(b.rows.size, AT_ITS_END), b.rows.values) for b in blocks]
    shelf = Shelf.of(Path(root), "quotes", kind, symbol)
    series = _Series(shelf, symbol, f"{kind} quotes", QUOTE_COLUMNS, sessions, daily=False)
    return _write(series, _days(sessions, new, "month" if kind == "1m" else "day"), refused)


class _Series(NamedTuple):
    """What is written, and the sessions around it."""

    shelf: Shelf
    symbol: str
    title: str
    columns: tuple[str, ...]
    sessions: SessionTable
    daily: bool


class _Day(NamedTuple):
    """New rows of one date: all files that may hold it, those that may be its home, the usual home, the date's edges in ns."""

    names: tuple[str, ...]
    homes: tuple[str, ...]
    usual: str
    lo_ns: int
    hi_ns: int
    rows: Rows


def _near(sessions: SessionTable, start: Int64s) -> SessionTable:
    if not len(start):
        return sessions[:0]
    first = int(sessions.close.searchsorted(start[0] - 2 * DAY_NS))
    return sessions[first : int(sessions.open.searchsorted(start[-1] + 2 * DAY_NS))]


def _days(sessions: SessionTable, rows: Sequence[Rows], in_one_file: Literal["day", "month", "all"]) -> list[_Day]:
    days = []
    for session, lo, hi, new in zip(sessions, *day_windows(sessions), rows, strict=True):
        names = names_for(session.date, session.open_ns, session.close_ns)
        if not new.size:
            continue
        homes, usual = _named_by_date(session.date), names[{"day": 0, "month": 1, "all": -1}[in_one_file]]
        if new.start[-1] >= hi:  # a quote of the last instant, which only a file of the date keeps from the next one
            homes, usual = names[:1], names[0]
        days.append(_Day(names, homes, usual, lo, hi, new))
    return days


def _bars_as_stored(block: DayBlock, session: SessionTable, has_known_at: bool) -> Rows:
    """All rows of a block under their stamps; ``known_at`` only where it is not the bar's end."""
    parts = [block.rows, block.extended]
    rows = Rows(
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.known_at for part in parts]),
        np.concatenate([part.values for part in parts], axis=1),
    )
    if not block.interval.is_intraday:
        ends = session.close
        midnight = np.array([block.date], dtype="datetime64[D]").astype(np.int64) * DAY_NS  # names its date in any zone
        rows = rows._replace(start=np.repeat(midnight, rows.size))
    else:
        stop = np.where(rows.start < session.break_start, session.break_start, session.close)
        inside = np.arange(rows.size) < block.rows.size
        ends = np.where(inside, np.minimum(rows.start + block.interval.ns, stop), rows.start + block.interval.ns)
    known_at = np.where(has_known_at & (rows.known_at != ends), rows.known_at, AT_ITS_END)
    order = np.lexsort((known_at, rows.start))
    return Rows(rows.start[order], known_at[order], np.take(rows.values, order, axis=1))


def _write(series: _Series, days: Sequence[_Day], refused: Refused) -> Written:
    there = {name: _Stored(series, name) for name in series.shelf.names()}
    homes: dict[str, list[_Day]] = {}
    copies: dict[str, list[_Day]] = {}
    for day in days:
        holding = [name for name in day.names if name in there and there[name].may_hold(day)]
        home = next((name for name in holding if name in day.homes), day.usual)
        homes.setdefault(home, []).append(day)
        for name in holding:
            if name != home:
                copies.setdefault(name, []).append(day)

    held_in = tuple(Path(series.shelf.path(name)) for name in homes)
    written = Written(series.symbol, series.title, refused=refused, held_in=held_in)
    for name, some in homes.items():
        written = _put(series, name, there.get(name), some, written)
    for name, some in copies.items():  # only now: until then the rows are there twice, and the home counts
        written = _drop(series, name, there[name], some, written)
    return written


class _Stored:
    """A file that is there, read when that is needed."""

    def __init__(self, series: _Series, name: str) -> None:
        self.name = name
        self._series = series
        self._file: RowFile | None = None

    @property
    def file(self) -> RowFile:
        if self._file is None:
            self._file = RowFile(self._series.shelf.path(self.name), self._series.columns, self._series.symbol)
        return self._file

    def may_hold(self, day: _Day) -> bool:
        """Whether rows of ``day`` belong in it by its name, or lie between its first and last stamp."""
        if self.name in day.names[:2]:
            return True
        margin = DAY_NS if self._series.daily else 0
        bounds = self.file.bounds()
        return any(b is None or (b[0] < day.hi_ns + margin and b[1] >= day.lo_ns - margin) for b in bounds)

    def table(self) -> pa.Table:
        return self.file.table()

    def keys(self, table: pa.Table) -> tuple[Int64s, Int64s]:
        """``timestamp`` and ``known_at`` of its rows; daily ones under the stamp that we give to their date."""
        stamp, known_at = old_keys(table)
        if self._series.daily:
            at = number_daily(stamp, self._series.sessions)
            midnights = self._series.sessions.date.astype("datetime64[D]").astype(np.int64) * DAY_NS
            stamp = np.where(at >= 0, midnights[at], stamp)
        return stamp, known_at


def _named_by_date(date: dt.date) -> tuple[str, ...]:
    """The files that the trading date names. A neighbouring month may hold some of its rows, but is not their home."""
    return f"{date}{SUFFIX}", f"{date:%Y-%m}{SUFFIX}", f"{date:%Y}{SUFFIX}", ""


def _put(series: _Series, name: str, stored: _Stored | None, days: Sequence[_Day], written: Written) -> Written:
    import pyarrow as pa

    new = _joined(days)
    old = None if stored is None else stored.table()
    table = to_table(new, series.columns, series.symbol, old)
    if old is not None and stored is not None:
        plan = plan_upsert(*stored.keys(old), _values(old, series.columns), new)
        added, replaced = int(plan.added.sum()), int(plan.replacing.sum())
        written = replace(written, unchanged=written.unchanged + new.size - added - replaced)
        if added + replaced == 0:
            return written
        table = pa.concat_tables([old.take(plan.old), table], promote_options="default").take(plan.order)
    else:
        added, replaced = new.size, 0
    path = Path(series.shelf.path(name))
    replace_file(path, table)
    return replace(written, added=written.added + added, replaced=written.replaced + replaced, files=(*written.files, path))


def _drop(series: _Series, name: str, stored: _Stored, days: Sequence[_Day], written: Written) -> Written:
    """Take the copies of what was just written out of a less exactly named file."""
    old = stored.table()
    own = [day._replace(rows=day.rows.take(day.rows.start < day.hi_ns)) for day in days]
    plan = plan_upsert(*stored.keys(old), _values(old, series.columns), _joined(own))
    if len(plan.old) == old.num_rows:
        return written
    path = Path(series.shelf.path(name))
    if len(plan.old):
        replace_file(path, old.take(plan.old))
    else:
        path.unlink()
    return replace(written, files=(*written.files, path))


def _joined(days: Sequence[_Day]) -> Rows:
    return Rows.join([day.rows for day in days])


def _values(table: pa.Table, columns: Sequence[str]) -> Float64s:
    return np.array([table.column(name).to_numpy() for name in columns])
