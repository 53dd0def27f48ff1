"""What a scanner has before it: its universe, candidates as they are known now, and what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.engine.loader import Newcomer
from sessionlab.engine.members import check_symbol
from sessionlab.engine.scanner import Scanner
from sessionlab.errors import ConfigError, SessionlabError
from sessionlab.session.data import SessionData, SymbolData
from sessionlab.session.present import Present
from sessionlab.sources.symbol_list import listed_symbols
from sessionlab.sources.universe_file import read_universe, sorted_out

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator


class Desk:
    """What one scanner looks at, and what it asks for. Candidates are loaded on demand, and forgotten with :meth:`clear`."""

    def __init__(self, engine: SessionCoordinator, given: Scanner) -> None:
        self.data = engine.data
        self.looked_at: dict[str, Newcomer] = {}
        self.removals: list[str] = []
        self.lacking: dict[str, str] = {}
        self._engine = engine
        self._given = given
        self._universe = None if given.universe is None else self._read()
        self._views: dict[str, SymbolData] = {}

    def universe(self) -> tuple[str, ...]:
        """The symbols of the scanner's universe: what it was given is read at once, what the source lists when asked for."""
        if self._universe is None:
            self._universe = self._read()
        return self._universe

    def candidate(self, symbol: str) -> SymbolData:
        """``symbol`` as known now."""
        check_symbol(symbol)
        engine = self._engine
        if symbol in engine.rows.bases:
            return engine.data[symbol]
        found = self._views.get(symbol)
        if found is None:
            one = self.newcomer(symbol)
            now_ns = engine.present.now_ns
            fixed = Present(one.rows, one.rows.moments.at(now_ns), now_ns)
            found = self._views[symbol] = SessionData(fixed, engine.around._replace(past=list))[symbol]
        return found

    def newcomer(self, symbol: str) -> Newcomer:
        """``symbol`` with its rows of the session at hand, loaded once in a scan. Raises where it is no symbol or has no data."""
        check_symbol(symbol)
        found = self.looked_at.get(symbol)
        if found is None:
            found = self.looked_at[symbol] = self._engine.members.newcomer(symbol, self._engine.number)
        return found

    def lacks(self, symbol: str, why: SessionlabError) -> None:
        """``symbol`` of the universe has no data."""
        self.lacking[symbol] = str(why)

    def remove(self, symbol: str) -> None:
        """``symbol`` is to leave. Raises where it takes no part."""
        self._engine.rows.bases_of(symbol)
        self.removals.append(symbol)

    def clear(self) -> None:
        """The scan has ended: forget what was looked at and takes no part."""
        for symbol in self.looked_at:
            self._engine.loader.forget(symbol)
        self.looked_at, self._views, self.removals, self.lacking = {}, {}, [], {}

    def _read(self) -> tuple[str, ...]:
        given, engine = self._given.universe, self._engine
        if isinstance(given, str):
            found = read_universe(given)
        elif given is not None:
            found = sorted_out(enumerate(given, 1), f"the universe of {self._given.name}")
        else:
            listed = listed_symbols(engine.source)
            if listed is None:
                raise ConfigError(
                    f"{self._given.name} looks at what the source lists, but {engine.source.name} has no list of its symbols; "
                    'give it a universe: a list of symbols, or the path of a file of them, as in universe="universe.txt"',
                    scanner=self._given.name,
                )
            return tuple(listed)
        if found.refused:
            engine.loader.notes.append(found.words)
        return found.symbols
