"""A source with another future: what it gives is what another source gives, up to a cut.

What is asked of it beside rows (its symbols, its actions, what it holds) the other one answers: that something is stored may be
known beforehand, its numbers may not. Blocks are read once and kept on a shelf, for many runs ask for the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sessionlab.proof.cut_rows import Way, cut_rows
from sessionlab.session.plan import Stored
from sessionlab.sources.protocol import Source
from sessionlab.tape import DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable

SHELF_BYTES = 512 * 2**20
"""A shelf takes no more than this; what does not fit is read again."""


class Shelf:
    """Blocks of ``source``, each read once as long as there is room."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._blocks: dict[tuple[str, Interval | None], dict[dt.date, Any]] = {}
        self._bytes = 0
        self._available: dict[tuple[str, ...], dict[str, Stored]] = {}

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol, asked once: all runs are over the same sessions."""
        key = tuple(symbols)
        if key not in self._available:
            self._available[key] = self.source.availability(symbols, sessions)
        return dict(self._available[key])

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session."""
        found = self._found(symbol, interval, sessions)
        if found is None:
            found = self._keep(symbol, interval, self.source.load(symbol, interval, sessions))
        return found

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block per session, or None where no quotes are recorded."""
        found = self._found(symbol, None, sessions)
        if found is None:
            loaded = self.source.quotes(symbol, sessions)
            return None if loaded is None else self._keep(symbol, None, loaded)
        return found

    def _found(self, symbol: str, interval: Interval | None, sessions: SessionTable) -> list[Any] | None:
        here = self._blocks.get((symbol, interval), {})
        dates = sessions.date.tolist()
        return [here[date] for date in dates] if all(date in here for date in dates) else None

    def _keep(self, symbol: str, interval: Interval | None, blocks: list[Any]) -> list[Any]:
        here = self._blocks.setdefault((symbol, interval), {})
        for block in blocks:
            size = block.rows.values.nbytes * 2
            if block.date not in here and self._bytes + size <= SHELF_BYTES:
                here[block.date] = block
                self._bytes += size
        return blocks


class CutSource:
    """What ``shelf`` has, changed in a ``way`` after ``cut_ns``; unchanged where ``way`` is None. Made by :func:`cut_source`."""

    def __init__(self, shelf: Shelf, cut_ns: int, way: Way | None) -> None:
        self.name = shelf.source.name
        self._shelf = shelf
        self._cut_ns = cut_ns
        self._way = way

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol."""
        return self._shelf.availability(symbols, sessions)

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order."""
        return [self._bars(block) for block in self._shelf.load(symbol, interval, sessions)]

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block per session, or None where no quotes are recorded."""
        blocks = self._shelf.quotes(symbol, sessions)
        return None if blocks is None else [self._quotes(block) for block in blocks]

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        return self._shelf.source.describe()

    def _bars(self, block: DayBlock) -> DayBlock:
        if self._way is None:
            return block
        rows = cut_rows(block.rows, self._cut_ns, self._way)
        extended = cut_rows(block.extended, self._cut_ns, self._way)
        return block if rows is block.rows and extended is block.extended else replace(block, rows=rows, extended=extended)

    def _quotes(self, block: QuoteBlock) -> QuoteBlock:
        if self._way is None:
            return block
        rows = cut_rows(block.rows, self._cut_ns, self._way)
        return block if rows is block.rows else replace(block, rows=rows)


def cut_source(shelf: Shelf, cut_ns: int = 0, way: Way | None = None) -> Source:
    """A source over ``shelf`` with another future after ``cut_ns``. It can say whatever the source of the shelf can say."""
    given = shelf.source
    own = {name for name in dir(CutSource) if not name.startswith("__")} | {"name"}
    further = {name: _asked_of(given, name) for name in dir(given) if not name.startswith("_") and name not in own}
    # A class of its own, since protocols are looked for in classes, and a source lacks the methods for what it cannot say.
    kind = type("CutSource", (CutSource,), further)
    made: Source = kind(shelf, cut_ns, way)
    return made


def _asked_of(given: Source, name: str) -> property:
    return property(lambda self: getattr(given, name))
