"""A source behind a disguise: the same rows under other names, at other dates, on other scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sessionlab.practice.disguise import Disguise
from sessionlab.session.plan import Stored
from sessionlab.sources.protocol import Source, TellsActions
from sessionlab.tape import DayBlock, QuoteBlock, Refused, Rows
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession


class HiddenSource:
    """The rows of a source in ``disguise``. Nothing of the source itself can be asked for."""

    name = "hidden"

    def __init__(self, source: Source, disguise: Disguise) -> None:
        self._source = source
        self._disguise = disguise

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol, by the name that is shown."""
        true = self._disguise.symbols
        named = [true[symbol] for symbol in symbols if symbol in true]
        found = self._source.availability(named, self._true_sessions(sessions))
        return {symbol: found.get(true.get(symbol, ""), Stored()) for symbol in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session shown; of a session beyond the calendar an empty one."""
        true_symbol = self._disguise.symbols[symbol]
        pairs = [(shown, self._disguise.true_session(shown.date)) for shown in sessions]
        asked = [true for _, true in pairs if true is not None]
        loaded = iter(self._source.load(true_symbol, interval, SessionTable.of(asked)) if asked else ())
        return [
            DayBlock(symbol, interval, shown.date, Rows.empty(), Rows.empty())
            if true is None
            else self._hide(symbol, next(loaded), shown, true)
            for shown, true in pairs
        ]

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """One block of quotes per session shown, None where none are recorded."""
        true_symbol = self._disguise.symbols[symbol]
        pairs = [(shown, self._disguise.true_session(shown.date)) for shown in sessions]
        asked = [true for _, true in pairs if true is not None]
        loaded = self._source.quotes(true_symbol, SessionTable.of(asked)) if asked else None
        if loaded is None:
            return None
        blocks = iter(loaded)
        found = []
        for shown, true in pairs:
            rows = Rows.empty(4) if true is None else self._moved(next(blocks).rows, shown, true)
            price, volume = self._scales(symbol)
            values = rows.values * np.array([[price], [volume], [price], [volume]])
            found.append(QuoteBlock(symbol, shown.date, Rows.of(rows.start, rows.known_at, values)))
        return found

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        """Splits and dividends under the dates and in the prices that are shown."""
        if not isinstance(self._source, TellsActions):
            return None
        known = self._source.actions(self._disguise.symbols[symbol], times)
        if known is None:
            return None
        price, _ = self._scales(symbol)
        first, last = self._disguise.table.date[0].item(), self._disguise.table.date[-1].item()
        dates = [one.ex_date for one in known.splits] + [one.ex_date for one in known.dividends]
        shown = {date: self._shown(date) for date in dates if first <= date <= last}
        splits = [Split(day, one.ratio) for one in known.splits if (day := shown.get(one.ex_date)) is not None]
        dividends = [
            Dividend(day, one.amount * price, one.close * price)
            for one in known.dividends
            if (day := shown.get(one.ex_date)) is not None
        ]
        return Actions.of(splits, dividends)

    def describe(self) -> str:
        """How to get what is missing."""
        return "it is hidden until lab.reveal()"

    def __repr__(self) -> str:
        return "<HiddenSource>"

    def _shown(self, true: Any) -> Any:
        try:
            return self._disguise.shown_date(true)
        except IndexError:
            return None

    def _true_sessions(self, sessions: SessionTable) -> SessionTable:
        found = [self._disguise.true_session(shown.date) for shown in sessions]
        return SessionTable.of([true for true in found if true is not None])

    def _scales(self, symbol: str) -> tuple[float, float]:
        true = self._disguise.symbols[symbol]
        return self._disguise.price[true], self._disguise.volume[true]

    def _hide(self, symbol: str, block: DayBlock, shown: TradingSession, true: TradingSession) -> DayBlock:
        price, volume = self._scales(symbol)
        scale = np.array([[price]] * 4 + [[volume]])

        def hidden(rows: Rows) -> Rows:
            moved = self._moved(rows, shown, true)
            return Rows.of(moved.start, moved.known_at, moved.values * scale)

        inside = hidden(block.rows)
        if shown.close_ns - shown.open_ns != true.close_ns - true.open_ns:
            inside = inside.take(inside.start < shown.close_ns)
        refused = Refused(dict(block.refused.counts), dict.fromkeys(block.refused.counts, "hidden"))
        return DayBlock(symbol, block.interval, shown.date, inside, hidden(block.extended), block.on_time, refused)

    def _moved(self, rows: Rows, shown: TradingSession, true: TradingSession) -> Rows:
        by = shown.open_ns - true.open_ns
        return Rows.of(rows.start + by, rows.known_at + by, rows.values)
