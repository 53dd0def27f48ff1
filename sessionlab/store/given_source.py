"""A source as an import needs it: which symbols, which series of each, and whether anything changed since it was last asked.

What had to be found out by reading is remembered in the store, under the source's digest, for as long as its files stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.holdings import Holding, digest_of
from sessionlab.sources.intake import outside
from sessionlab.sources.protocol import Source, TellsActions, TellsHoldings, TellsUnread, TellsVersions
from sessionlab.sources.readable import readable_bars, readable_quotes
from sessionlab.sources.refusal import Fault, refused_of
from sessionlab.sources.symbol_list import listed_symbols
from sessionlab.store.chunks import Chunk, sessions_between
from sessionlab.store.hidden import read_document, source_file, write_document
from sessionlab.tape.actions import Actions
from sessionlab.tape.block import BAR_COLUMNS, NOTHING_REFUSED, QUOTE_COLUMNS, DayBlock, QuoteBlock, Refused
from sessionlab.timing import Interval, SessionTable, TimeManager


class GivenSource:
    """``source``, called ``name``, for imports into the store at ``root`` on the calendar of ``times``.

    ``first`` and ``last`` are the dates asked for, or None for all that are there. Nothing is written where ``remember`` is off.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        root: Path,
        times: TimeManager,
        first: dt.date | None,
        last: dt.date | None,
        remember: bool,
    ) -> None:
        self.source = source
        self.name = name
        self.digest = digest_of([source.name, _arguments(source), times.calendar_name])
        self._root = root
        self.times = times
        self._first = first
        self._last = last
        self._remember = remember

    def symbols(self) -> list[str]:
        """All that the source lists. Raises :class:`ConfigError` where it has no list, :class:`NoDataError` for an empty one."""
        version = self.version("") if self.source.name == "files" else ""
        found = self._known("", version, lambda: listed_symbols(self.source))
        if found is None:
            raise ConfigError(f"{self.name} has no list of its symbols; name some, as in --symbols SPY,AIG", source=self.name)
        if not found:
            raise NoDataError(f"{self.name} has nothing of any symbol; {self.source.describe()}", source=self.name)
        return [str(symbol) for symbol in found]

    def holdings(self, symbol: str) -> list[Holding]:
        """The series of ``symbol`` on the dates asked for. Raises :class:`ConfigError` where the source cannot tell its dates."""
        if self._first is not None and self._last is not None and not isinstance(self.source, TellsHoldings):
            return self._asked(symbol, self._first, self._last)
        if not isinstance(self.source, TellsHoldings):
            raise ConfigError(
                f"{self.name} does not tell its first and last date; give both, as in --start 2025-01-02 --end 2025-06-30",
                source=self.name,
            )
        source = self.source
        try:
            found = self._known(
                symbol,
                self.version(symbol),
                lambda: [[*held[:2], str(held.first), str(held.last)] for held in source.holdings(symbol, self.times)],
            )
        except ConfigError:
            if self._first is None or self._last is None:
                raise
            return self._asked(symbol, self._first, self._last)
        every = [Holding(kind, width, *map(dt.date.fromisoformat, dates)) for kind, width, *dates in found]
        asked = [
            held._replace(first=max(held.first, self._first or held.first), last=min(held.last, self._last or held.last))
            for held in every
        ]
        return [held for held in asked if held.first <= held.last]

    def version(self, symbol: str, holding: Holding | None = None, sessions: SessionTable | None = None) -> str:
        """What tells the present state of rows from another; empty where nothing does."""
        if not isinstance(self.source, TellsVersions):
            return ""
        told = self.source.version(symbol, holding, sessions)
        return told and digest_of([self.digest, told])

    def bars(self, symbol: str, holding: Holding, chunk: Chunk) -> list[DayBlock]:
        """One block per session of ``chunk``; one that cannot be read is empty and says why."""
        return readable_bars(self.source, symbol, Interval.parse(holding.width), chunk.sessions)

    def quotes(self, symbol: str, holding: Holding, chunk: Chunk) -> list[QuoteBlock]:
        """The same of quotes of one kind."""
        return readable_quotes(self.source, symbol, holding.width, chunk.sessions)

    def strays(self, symbol: str, holding: Holding, chunk: Chunk) -> Refused:
        """Rows between the dates of ``chunk`` that are of no session, as refused."""
        source = self.source
        if not isinstance(source, TellsUnread):
            return NOTHING_REFUSED
        bars = holding.kind == "bars"
        try:
            undated = source.undated_rows(symbol, holding, chunk.sessions)
            unread = source.unread_rows(symbol, holding, chunk.sessions, chunk.begin, chunk.end)
        except BadDataError:
            return NOTHING_REFUSED  # that a file cannot be read was told with its sessions
        interval, between = Interval.parse(holding.width) if bars else None, (chunk.begin_ns, chunk.end_ns)
        columns = BAR_COLUMNS if bars else QUOTE_COLUMNS
        found = [outside(symbol, piece, chunk.sessions, interval, between=between) for piece in undated]
        for piece in unread:
            faults = [Fault("outside", piece.start, piece.values, piece.origin)]
            faults += [fault._replace(kind="outside") for fault in piece.faults if fault.kind != "out_of_order"]
            found.append(refused_of(faults, symbol, chunk.sessions.tz, columns=columns))
        return sum(found, NOTHING_REFUSED)

    def actions(self, symbol: str) -> Actions | None:
        """Splits and dividends, None where the source knows none."""
        return self.source.actions(symbol, self.times) if isinstance(self.source, TellsActions) else None

    @property
    def notes(self) -> Sequence[str]:
        """What the source found out or assumed."""
        said: Sequence[str] = getattr(self.source, "notes", ())
        return said

    def _asked(self, symbol: str, first: dt.date, last: dt.date) -> list[Holding]:
        """What is there of ``symbol`` between two dates, of a source that does not tell by itself."""
        sessions = sessions_between(self.times, first, last)
        stored = self.source.availability([symbol], sessions).get(symbol)
        if stored is None or not len(sessions):
            return []
        widths = sorted(Interval.parse(width) for width in stored.intervals)
        found = [Holding("bars", str(width), first, last) for width in widths]
        return [*found, *([] if stored.quotes is None else [Holding("quotes", stored.quotes, first, last)])]

    def _known(self, symbol: str, version: str, find_out: Callable[[], Any]) -> Any:
        file = source_file(self._root, self.digest, symbol)
        known = read_document(file) if version else None
        if known is not None and known.get("version") == version:
            return known["found"]
        found = find_out()
        if version and self._remember:
            write_document(file, {"source": self.name, "version": version, "found": found})
        return found


def _arguments(source: Source) -> str:
    """What the source was made of, options included."""
    if type(source).__reduce__ is object.__reduce__:
        return repr(source)
    made: Any = source.__reduce__()
    options = sorted(made[0].keywords.items()) if isinstance(made[0], partial) else []
    return repr((options, made[1:]))
