"""What is audited: a config, a source and strategies, or a function that makes some from data; and engines over it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sessionlab.engine.configured import free_name
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.engine.signals import Signals
from sessionlab.engine.strategy import Strategy, renamed
from sessionlab.errors import ConfigError
from sessionlab.lab.lab import Lab
from sessionlab.proof.cut_rows import Way
from sessionlab.proof.cut_source import Shelf, cut_source
from sessionlab.proof.held import cut_of
from sessionlab.proof.stamped import Stood
from sessionlab.session.columns import bars_frame
from sessionlab.sources.protocol import Source
from sessionlab.tape import Rows
from sessionlab.timing import Interval

Maker = Callable[[Any], Strategy | type[Strategy] | Sequence[Strategy]]


class Subject:
    """What the lab ``lab`` runs, with ``strategy`` (None: its own) in place of its strategies.

    ``data`` is what a maker is given: frames of the user's, or None for those that are made of the rows of the source.
    """

    def __init__(self, lab: Lab, strategy: Any, data: Any) -> None:
        engine = lab._engine
        self.engine = engine
        self.maker: Maker | None = None
        self.strategies: list[Strategy] = []
        if strategy is None:
            self.strategies = [book.given for book in engine.books]
        elif callable(strategy) and not isinstance(strategy, (type, Strategy)):
            self.maker = strategy
        else:
            self.strategies = _strategies(strategy)
        if not self.strategies and self.maker is None and not engine.scanning.posts:
            raise ConfigError(
                "an audit needs a strategy: give one, as in sl.audit(frame, Cross(fast=5)), or --strategy package.module:Class"
            )
        if any(isinstance(one, Signals) for one in self.strategies):
            raise ConfigError(
                "these signals were made before, so nothing can be seen of how: give a function that makes them, "
                "as in sl.audit(frame, lambda frame: sl.Signals(frame['Close'] > frame['Open'], ...))"
            )
        self.config = engine.config.replace({"session_data_config.strategies": []})
        self.shelf = Shelf(engine.source)
        self.stood = self._stood()
        self._data = data
        self._cuts = None if data is None else {key: self._cut_of(key, frame) for key, frame in _by_key(data).items()}
        configured = sum(1 for entry in self.config.session_data_config.scanners if entry.enabled)
        self._posts = engine.scanning.posts[configured:]

    def made(self, cut_ns: int = 0, way: Way | None = None) -> list[Strategy]:
        """The strategies; of a maker those that it makes of the data with that future."""
        if self.maker is None:
            return self.strategies
        made = self.maker(self.frames(cut_ns, way))
        return _strategies(made)

    def run(
        self,
        strategies: Sequence[Strategy],
        cut_ns: int = 0,
        way: Way | None = None,
        *,
        changes: Mapping[str, Any] | None = None,
        arriving: bool = False,
    ) -> SessionCoordinator:
        """An engine at its first open, with ``strategies`` at work on rows with that future."""
        given = self.engine
        config = self.config.replace(dict(changes)) if changes else self.config
        source: Source = cut_source(self.shelf, cut_ns, way)
        engine = SessionCoordinator(config, source, given.times, arriving=arriving, costs=given._costs, limits=given._limits)
        for strategy in strategies:
            engine.use(strategy)
        for post in self._posts:
            engine.use_scanner(post.given, pre_session=post.pre_session, windows=post.windows)
        engine.catching_up.gate.threshold_ns = 2**62  # of rows that arrive on purpose nothing lags
        return engine

    def frames(self, cut_ns: int = 0, way: Way | None = None) -> Any:
        """What a maker is given, with that future."""
        if self._data is None:
            source = cut_source(self.shelf, cut_ns, way)
            return {symbol: self._frame(source, symbol) for symbol in self.engine.loader.configured.symbols}
        keyed = _by_key(self._data)
        made = {
            key: _copied(frame) if way is None else _copied(self._cuts[key](cut_ns, way))  # type: ignore[index]
            for key, frame in keyed.items()
        }
        return made if isinstance(self._data, Mapping) else made[""]

    def _frame(self, source: Source, symbol: str) -> Any:
        engine = self.engine
        blocks = source.load(symbol, self._base(symbol), engine.sessions)
        return bars_frame(Rows.join([block.rows for block in blocks]), engine.session.tz)

    def _base(self, symbol: str) -> Interval:
        return sorted(self.engine.loader.configured.bases(symbol))[0]

    def _cut_of(self, key: str, frame: Any) -> Any:
        cut = cut_of(frame, self.engine.sessions, self.stood)
        if cut is None:
            raise ConfigError(
                f"the rows of {'the frame' if not key else f'frame {key}'} cannot be dated, so nothing can be cut off: "
                "give it an index of timestamps"
            )
        return cut

    def _stood(self) -> list[Stood]:
        """The rows of each symbol in the run: those in hours, and all."""
        found = []
        for symbol in self.engine.loader.configured.symbols:
            blocks = self.shelf.load(symbol, self._base(symbol), self.engine.sessions)
            inside = Rows.join([block.rows for block in blocks])
            found.append(Stood(symbol, inside.start, inside.known_at, inside.values))
            if any(block.extended.size for block in blocks):
                every = Rows.join([part for block in blocks for part in (block.rows, block.extended)])
                every = every.take(np.argsort(every.start, kind="stable"))
                found.append(Stood(symbol, every.start, every.known_at, every.values))
        return found


def _strategies(given: Any) -> list[Strategy]:
    """One or several strategies, each under a name of its own. Raises :class:`ConfigError` for anything else."""
    found: list[Strategy] = []
    for one in given if isinstance(given, Sequence) else [given]:
        made = one() if isinstance(one, type) and issubclass(one, Strategy) else one
        if not isinstance(made, Strategy):
            raise ConfigError(
                f"an audit runs strategies, or a function of the data that makes one, not a {type(made).__name__}; for a "
                "function f(ctx, symbol) open a lab, write @lab.every above it, and audit the lab"
            )
        found.append(renamed(made, free_name(made.name, {other.name for other in found})))
    return found


def _by_key(data: Any) -> dict[str, Any]:
    return dict(data) if isinstance(data, Mapping) else {"": data}


def _copied(frame: Any) -> Any:
    """A copy, so that a maker that writes into it changes nothing of other runs."""
    return frame.copy() if hasattr(frame, "iloc") else copy.copy(frame)
