"""A folder of Parquet files as a source of rows, read as it stands.

How such a folder is laid out: :mod:`sessionlab.sources.store_layout`. It is asked anew at every question, so what was
written meanwhile is seen.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.held_files import FileStamp, HeldFiles, file_stamp, file_states
from sessionlab.sources.holdings import Holding, Kind, digest_of
from sessionlab.sources.intake import split_bars, with_strays
from sessionlab.sources.local_holdings import paths_for, shelf_holdings
from sessionlab.sources.presence import any_row
from sessionlab.sources.protocol import Stored
from sessionlab.sources.quote_kinds import QUOTE_KINDS, check_kind, first_quotes
from sessionlab.sources.row_checks import Checked
from sessionlab.sources.store_layout import Shelf, actions_paths, is_day_file, names_for, symbols_in
from sessionlab.sources.stored_actions import read_actions
from sessionlab.sources.trading_day import DAY_NS
from sessionlab.tape.actions import Actions
from sessionlab.tape.block import DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable, TimeManager

_ALWAYS = -(1 << 62), 1 << 62


class LocalStore:
    """The Parquet store at ``path``. ``quotes`` takes quotes of one kind only: ``1s``, ``1m`` or ``tick``.

    Without it each session has the first of these three that is recorded. Raises :class:`NoDataError` where no
    store is, and :class:`ConfigError` for another kind of quotes.
    """

    name = "local"

    def __init__(self, path: str | os.PathLike[str], *, quotes: str | None = None, **unknown: Any) -> None:
        if unknown:
            raise ConfigError(f"the local store has no option {', '.join(unknown)}; it has quotes", options=unknown)
        self.path = Path(path).expanduser()
        self._asked_quotes = quotes
        self._quote_kinds = QUOTE_KINDS if quotes is None else (check_kind(quotes),)
        self._series: dict[tuple[str, str, str], tuple[Shelf, HeldFiles]] = {}
        self._check_there()

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol, from names and footers and at most the stamps of a file."""
        widths = self._widths()
        return {symbol: self._stored(symbol, widths, sessions) for symbol in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order; a session without rows has an empty one.

        Raises :class:`BadDataError` for files that are not what they claim to be, and :class:`NoDataError` where the
        store has no file of ``symbol`` and ``interval`` at all.
        """
        shelf, held = self._bars(symbol, interval)
        blocks: list[DayBlock] = []
        for some, files in _runs(shelf, sessions):
            if not files and not blocks and not shelf.exists():
                raise self._nothing(symbol, interval)
            pieces = _read(held, files, some)
            made = split_bars(symbol, interval, some, pieces)
            if files and is_day_file(files[0][0]):
                made = [with_strays(made[0], pieces[0], some)]
            blocks += made
        return blocks

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block per session, of the first kind that has any quote of it; None where none are recorded."""
        kinds = [self._files("quotes", kind, symbol) for kind in self._quote_kinds]
        there = [(shelf, held) for shelf, held in kinds if shelf.exists()]
        return _quotes_of(symbol, sessions, there) if there else None

    def quotes_of_kind(self, symbol: str, kind: str, sessions: SessionTable) -> list[QuoteBlock]:
        """One block per session, of quotes of this ``kind`` alone."""
        return _quotes_of(symbol, sessions, [self._files("quotes", kind, symbol)])

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        """Splits and dividends of ``symbol``, or None where none are stored."""
        return read_actions(*actions_paths(self.path, symbol), times)

    def symbols(self) -> list[str]:
        """All symbols that there are bars or quotes of, by the names of folders and files, sorted."""
        bars = [self.path / "bars" / width for width in self._widths()]
        quotes = [self.path / "quotes" / kind for kind in self._quote_kinds]
        return sorted({symbol for folder in (*bars, *quotes) for symbol in symbols_in(folder)})

    def holdings(self, symbol: str, times: TimeManager) -> list[Holding]:
        """Each series of ``symbol`` that is stored, and on which dates by the names of its files."""
        return shelf_holdings(self._shelves(symbol), times)

    def version(self, symbol: str, holding: Holding | None = None, sessions: SessionTable | None = None) -> str:
        """A text that is another one when files that rows may come from are others."""
        shelves = [shelf for *key, shelf in self._shelves(symbol) if holding is None or key == list(holding[:2])]
        paths = [path for shelf in shelves for path in paths_for(shelf, sessions)]
        if holding is None:
            paths += map(str, actions_paths(self.path, symbol))
        return digest_of(file_states(paths))

    def undated_rows(self, symbol: str, holding: Holding, sessions: SessionTable) -> list[Checked]:
        """The rows of month files and the like around ``sessions``."""
        shelf, held = self._shelf_of(symbol, holding)
        files = dict.fromkeys(file for _, some in _runs(shelf, sessions) for file in some if not is_day_file(file[0]))
        return _read(held, tuple(files), sessions)

    def unread_rows(self, symbol: str, holding: Holding, sessions: SessionTable, begin: dt.date, end: dt.date) -> list[Checked]:
        """The rows of day files of other dates than those of ``sessions``, from ``begin`` until before ``end``."""
        shelf, held = self._shelf_of(symbol, holding)
        names = [name for name in shelf.names() if is_day_file(shelf.path(name)) and f"{begin}" <= name[:10] < f"{end}"]
        paths = [shelf.path(name) for name in names if name[:10] not in set(map(str, sessions.date.tolist()))]
        stamped = [(path, (written, size)) for path, written, size in file_states(paths)]
        return [piece for path, stamp in stamped for piece in held.read(path, stamp, *_ALWAYS)]

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        return (
            f"put Parquet files under {self.path}, as in bars/1m/<SYMBOL>/2024-01.parquet "
            "(timestamp with zone, open, high, low, close, volume)"
        )

    def __repr__(self) -> str:
        return f"LocalStore({str(self.path)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(LocalStore, quotes=self._asked_quotes), (self.path,)

    def _check_there(self) -> None:
        path = str(self.path)
        if not self.path.exists():
            raise NoDataError(f"{path} does not exist; give the folder of a store, or write one first", path=path)
        if not self.path.is_dir():
            raise NoDataError(f"{path} is a file, not a store; give the folder that has bars/ in it", path=path)
        if not any((self.path / kind).is_dir() for kind in ("bars", "quotes")):
            raise NoDataError(f"{path} has no folder bars or quotes, so no rows; {self.describe()}", path=path)

    def _widths(self) -> list[str]:
        """The folders under ``bars`` that are named by an interval, from short to long."""
        bars = self.path / "bars"
        named = []
        for entry in bars.iterdir() if bars.is_dir() else ():
            try:
                named.append((Interval.parse(entry.name), entry.name))
            except ConfigError:
                continue
        return [name for _, name in sorted(named)]

    def _shelves(self, symbol: str) -> Iterator[tuple[Kind, str, Shelf]]:
        """Every shelf of ``symbol`` that has files, with what it holds."""
        for name in self._widths():
            if (shelf := self._files("bars", name, symbol)[0]).exists():
                yield "bars", str(Interval.parse(name)), shelf
        for kind in self._quote_kinds:
            if (shelf := self._files("quotes", kind, symbol)[0]).exists():
                yield "quotes", kind, shelf

    def _stored(self, symbol: str, widths: list[str], sessions: SessionTable) -> Stored:
        shelves = {width: self._files("bars", width, symbol)[0] for width in widths}
        there = {width: shelf for width, shelf in shelves.items() if shelf.exists()}
        intervals = {width: any_row(shelf, sessions, Interval.parse(width)) for width, shelf in there.items()}
        kinds = (kind for kind in self._quote_kinds if any_row(self._files("quotes", kind, symbol)[0], sessions, None))
        return Stored(intervals, next(kinds, None))

    def _bars(self, symbol: str, interval: Interval) -> tuple[Shelf, HeldFiles]:
        found = self._files("bars", str(interval), symbol)
        if interval.is_intraday and interval.ns % (3600 * 10**9) == 0 and not found[0].exists():
            return self._files("bars", f"{interval.ns // (3600 * 10**9)}h", symbol)
        return found

    def _shelf_of(self, symbol: str, holding: Holding) -> tuple[Shelf, HeldFiles]:
        if holding.kind == "bars":
            return self._bars(symbol, Interval.parse(holding.width))
        return self._files("quotes", holding.width, symbol)

    def _files(self, kind: str, width: str, symbol: str) -> tuple[Shelf, HeldFiles]:
        found = self._series.get((kind, width, symbol))
        if found is None:
            found = Shelf.of(self.path, kind, width, symbol), HeldFiles(symbol, quotes=kind == "quotes")
            self._series[kind, width, symbol] = found
        return found

    def _nothing(self, symbol: str, interval: Interval) -> NoDataError:
        there = [width for width in self._widths() if self._files("bars", width, symbol)[0].exists()]
        has = f"it has {', '.join(there)} of it" if there else "it does not know this symbol"
        return NoDataError(
            f"{self.path} has no {interval} bars of {symbol}; {has}; {self.describe()}", symbol=symbol, interval=interval
        )


Files = tuple[tuple[str, FileStamp], ...]


def _runs(shelf: Shelf, sessions: SessionTable) -> Iterator[tuple[SessionTable, Files]]:
    """Consecutive sessions whose rows may lie in the same files, with those files, the most exactly named first."""
    stamps: dict[str, FileStamp | None] = {}
    runs: list[tuple[int, Files]] = []
    for at, session in enumerate(zip(sessions.date.tolist(), sessions.open.tolist(), sessions.close.tolist(), strict=True)):
        found = []
        for name in names_for(*session):
            path = shelf.path(name)
            stamp = stamps[path] if path in stamps else stamps.setdefault(path, file_stamp(path))
            if stamp is not None:
                found.append((path, stamp))
        files = tuple(found)
        if not runs or runs[-1][1] != files:
            runs.append((at, files))
    if len(runs) == 1:
        yield sessions, runs[0][1]
        return
    ends = [first for first, _ in runs[1:]] + [len(sessions)]
    for (first, same), last in zip(runs, ends, strict=True):
        yield sessions[first:last], same


def _quotes_of(symbol: str, sessions: SessionTable, kinds: Sequence[tuple[Shelf, HeldFiles]]) -> list[QuoteBlock]:
    """One block per session, of the first of ``kinds`` that has any quote of it."""
    each = [sessions[at : at + 1] for at in range(len(sessions))]
    return [first_quotes(symbol, session, _read_kinds(kinds, session)) for session in each]


def _read_kinds(kinds: Sequence[tuple[Shelf, HeldFiles]], session: SessionTable) -> Iterator[tuple[list[Checked], bool]]:
    """The pieces of each kind of quotes, read when asked for, and whether the first is of this date alone."""
    for shelf, held in kinds:
        _, files = next(_runs(shelf, session))
        yield _read(held, files, session), bool(files) and is_day_file(files[0][0])


def _read(held: HeldFiles, files: Files, sessions: SessionTable) -> list[Checked]:
    lo, hi = int(sessions.open[0]) - 2 * DAY_NS, int(sessions.close[-1]) + 2 * DAY_NS
    return [piece for path, stamp in files for piece in held.read(path, stamp, lo, hi)]
