"""An export of a moment as a source: the rows that were known then, and nothing after them.

Rows come as they were exported, unchecked: what a source let in once is let in again, to the last bit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.sources.protocol import Stored
from sessionlab.tape.actions import Actions
from sessionlab.tape.block import QUOTE_COLUMNS, DayBlock, QuoteBlock, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession


class DayRows(NamedTuple):
    """Bars of one date: on the hours, all tellings sorted by start and ``known_at``, and off them."""

    rows: Rows
    off_session: Rows


@dataclass(slots=True, eq=False, repr=False)
class Exported:
    """The rows of one moment, ``until_ns``, of ``session``. It is made by :func:`open_export`.

    ``asked_for`` are the indicators that the exported lab had been asked for, by symbol.
    """

    session: TradingSession
    until_ns: int
    available: Mapping[str, Stored]
    bars: Mapping[tuple[str, Interval], Mapping[dt.date, DayRows]]
    recorded: Mapping[str, Rows]
    known_actions: Mapping[str, Actions | None]
    asked_for: Mapping[str, Sequence[Recipe]] = field(default_factory=dict)
    name: str = "export"

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What the exported lab's source had of each symbol."""
        return {symbol: self.available.get(symbol, Stored()) for symbol in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order; a session that the export does not reach has an empty one."""
        days = self.bars.get((symbol, interval), {})
        return [_block(symbol, interval, session, days.get(session.date)) for session in sessions]

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block per session, or None where no quotes were recorded."""
        rows = self.recorded.get(symbol)
        if rows is None:
            return None
        nothing = Rows.empty(len(QUOTE_COLUMNS))
        return [QuoteBlock(symbol, s.date, rows if s.date == self.session.date else nothing) for s in sessions]

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        """Splits and dividends whose ex date had come; None where none were known to the exported lab's source."""
        return self.known_actions.get(symbol)

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        return f"this is an export of {self._moment()}, with what its lab stood on; open the run on its own source"

    def ending(self) -> str:
        """What a person who goes on should be told, in one line."""
        return (
            f"the export ends at {self._moment()}: no later row is in it, so the rest of the session is absent; "
            "open the run on its own source to go on"
        )

    def _moment(self) -> str:
        return f"{pd.Timestamp(self.until_ns, tz='UTC').tz_convert(self.session.tz):%Y-%m-%d %H:%M:%S}"

    def __repr__(self) -> str:
        return f"<Exported {self._moment()}: {', '.join(dict.fromkeys(symbol for symbol, _ in self.bars))}>"


def _block(symbol: str, interval: Interval, session: TradingSession, day: DayRows | None) -> DayBlock:
    if day is None:
        return DayBlock(symbol, interval, session.date, Rows.empty(), Rows.empty())
    rows = day.rows
    ends = session.ends(interval)[session.positions(rows.start, interval)]
    on_time = bool((rows.known_at == ends).all() and (rows.start[1:] > rows.start[:-1]).all())
    return DayBlock(symbol, interval, session.date, rows, day.off_session, on_time)


def by_start(parts: Sequence[Rows]) -> Rows:
    """All rows of ``parts`` sorted by start, then by ``known_at``."""
    rows = Rows.join(parts) if parts else Rows.empty()
    if bool((rows.start[1:] > rows.start[:-1]).all()):
        return rows
    return rows.take(np.lexsort((rows.known_at, rows.start)))
