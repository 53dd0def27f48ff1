"""Who takes part in a run: symbols join, and leave, between two steps or where a scanner says so.

A symbol that joins is there with its window and its whole day so far, and wakes strategies from its next bar on. Nothing of
the others changes: what was seen, what was called, what is still due.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd

from sessionlab.config.names import symbol_problem
from sessionlab.engine.hooks import Hooks
from sessionlab.engine.loader import Loader, Newcomer
from sessionlab.engine.step import Event
from sessionlab.engine.way import Way
from sessionlab.errors import ConfigError
from sessionlab.session.data import SessionData
from sessionlab.session.membership import with_symbols, without_symbol
from sessionlab.session.present import Present
from sessionlab.session.quality import PastSeries, past_of
from sessionlab.session.session_rows import SessionRows

LOGGER = logging.getLogger("sessionlab")


class Change(NamedTuple):
    """``symbol`` joined or left at ``at``, as ``by`` asked for: ``lab``, or a scanner's name."""

    at: pd.Timestamp
    symbol: str
    kind: Literal["join", "leave"]
    by: str


class Members:
    """Lets symbols join and leave the run at ``present``. ``changes`` tells of each, in order."""

    def __init__(self, loader: Loader, present: Present, hooks: Hooks, data: SessionData, way: Way) -> None:
        self.changes: list[Change] = []
        self._loader = loader
        self._present = present
        self._hooks = hooks
        self._data = data
        self._way = way

    def newcomer(self, symbol: str, number: int) -> Newcomer:
        """``symbol`` with its rows of session ``number``: it is looked at, and takes no part yet.

        Raises :class:`ConfigError` for what is no symbol, :class:`~sessionlab.errors.NoDataError` for one without its base.
        """
        check_symbol(symbol)
        try:
            return self._loader.newcomer(symbol, number)
        except BaseException:
            self._loader.forget(symbol)
            raise

    def join(self, newcomers: Sequence[Newcomer], by: str) -> None:
        """Let ``newcomers`` take part from now on."""
        self._loader.admit(newcomers)
        rows, now_ns = self._present.rows, self._present.now_ns
        self._go_on_with(with_symbols(rows, [one.rows for one in newcomers], self._loader.plan, now_ns))
        for one in newcomers:
            self._data.forget(one.symbol)
            self._note(one.symbol, "join", by)

    def leave(self, symbol: str, by: str) -> list[PastSeries]:
        """Let ``symbol`` take no part from now on; what was there of it in this session.

        Raises :class:`~sessionlab.errors.NoDataError` where it takes none, :class:`ConfigError` where it is the last.
        """
        present = self._present
        rows, now_ns = present.rows, present.now_ns
        rows.bases_of(symbol)  # says so where it is not here
        if len(rows.symbols) == 1:
            raise ConfigError(
                f"{symbol} is the last symbol of the session, which needs one; add another first, as in lab.add_symbol(...)",
                symbol=symbol,
            )
        kept = past_of(rows, symbol, present.k, now_ns, leaves=True)
        self._loader.release(symbol)
        self._hooks.without(symbol)
        self._go_on_with(without_symbol(rows, symbol, self._loader.plan, now_ns))
        self._data.forget(symbol)
        self._note(symbol, "leave", by)
        return kept

    def stand_as(self, changes: int) -> None:
        """The run went back to where so many had joined or left: what views of the others showed is looked up anew."""
        for change in self.changes[changes:]:
            self._data.forget(change.symbol)
        del self.changes[changes:]

    def begin_again(self) -> None:
        """Those take part that the config names, as at the first open; the session at hand is not changed."""
        for symbol in self._loader.plan.symbols:
            self._data.forget(symbol)
        joined = {change.symbol for change in self.changes if change.kind == "join"}
        self._loader.begin_again()
        for symbol in joined - set(self._loader.plan.symbols):
            self._hooks.subscribers.without([symbol])
        self.changes = []

    def _go_on_with(self, rows: SessionRows) -> None:
        present = self._present
        now_ns, k = present.now_ns, present.k
        if rows.moments is present.rows.moments:
            self._hooks.plan_anew()
            self._way.cross(rows, k, present.instant_ns)
            self._hooks.desk.renew()
            return
        k = rows.moments.at(now_ns)
        self._hooks.renumbered(k, rows.moments)
        self._way.cross(rows, k, None if rows.moments[k] == now_ns else now_ns)
        self._hooks.desk.renew()

    def _note(self, symbol: str, kind: Literal["join", "leave"], by: str) -> None:
        at = self._data.now
        self.changes.append(Change(at, symbol, kind, by))
        did = "joined" if kind == "join" else "left"
        self._way.noted.append(Event(kind, symbol, "", f"{did} at {at:%H:%M:%S}{'' if by == 'lab' else f', proposed by {by}'}"))
        LOGGER.info(f"symbol {did}", extra={"facts": {"symbol": symbol, "by": by}})


def check_symbol(symbol: Any) -> None:
    """Raise :class:`ConfigError` for what is no symbol."""
    problem = symbol_problem(symbol)
    if problem is not None:
        raise ConfigError(f"{symbol!r} is no symbol; write {problem}", symbol=symbol)
