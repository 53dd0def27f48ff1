"""A source whose gaps are filled with the last close, as many a cleaned file is: prices at which nobody traded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sessionlab.sources.protocol import Source
from sessionlab.tape import DayBlock, Rows
from sessionlab.timing import Interval, SessionTable, TradingSession


class ForwardFilled:
    """The rows of ``source``, and for each absent bar one of the close before it, with no volume."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self._source = source

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> Any:
        """What the source has."""
        return self._source.availability(symbols, sessions)

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """The blocks of the source, filled."""
        blocks = self._source.load(symbol, interval, sessions)
        return [_filled(block, session) for block, session in zip(blocks, sessions, strict=True)]

    def quotes(self, symbol: str, sessions: SessionTable) -> Any:
        """The quotes of the source."""
        return self._source.quotes(symbol, sessions)

    def describe(self) -> str:
        """How to get what is missing."""
        return self._source.describe()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


def _filled(block: DayBlock, session: TradingSession) -> DayBlock:
    if not block.interval.is_intraday or block.rows.size == 0 or not block.on_time:
        return block
    starts, ends = session.starts(block.interval), session.ends(block.interval)
    there = np.zeros(len(starts), dtype=bool)
    there[session.positions(block.rows.start, block.interval)] = True
    before = np.cumsum(there) - 1
    wanted = ~there & (before >= 0)
    if not wanted.any():
        return block
    close = block.rows.values[3][before[wanted]]
    values = np.vstack([close, close, close, close, np.zeros(len(close))])
    made = Rows.of(starts[wanted], ends[wanted], values)
    rows = Rows.join([block.rows, made])
    return replace(block, rows=rows.take(np.argsort(rows.start, kind="stable")))
