"""How full the session is so far, in a few hundred stretches of it: what a scrubber is painted with.

Each stretch counts the base bars of all symbols that are there; only rows that came since the last look are counted.
"""

from __future__ import annotations

import numpy as np

from sessionlab.session.columns import Cut
from sessionlab.session.data import SessionData
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval, TradingSession

STRETCHES = 240


class Strip:
    """Of the session at hand of ``data``: one is made for each session, and another where the run went back."""

    def __init__(self, data: SessionData) -> None:
        self._counts = [_Count(data, symbol) for symbol in data.symbols]

    def fullness(self) -> Float64s:
        """The fraction of expected bars that are there, shape (stretches,); NaN of those that are still to come."""
        for one in self._counts:
            one.go_on()
        expected = np.sum([one.expected for one in self._counts], axis=0)
        present = np.sum([one.present for one in self._counts], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(expected > 0, present / expected, np.nan)


class _Count:
    """Base bars of one symbol by stretch: ``expected`` so far and ``present``."""

    def __init__(self, data: SessionData, symbol: str) -> None:
        self._present_of = data._present
        self._session: TradingSession = data.session
        self._base: Interval = data._present.rows.finest(symbol)
        self._view = data[symbol].bars(self._base)
        self._total = self._session.expected(self._base)
        self._cut: Cut | None = None
        self._due = self._counted = 0
        self.expected, self.present = np.zeros(STRETCHES), np.zeros(STRETCHES)

    def go_on(self) -> None:
        due = self._session.expected(self._base, self._present_of.now_ns)
        self.expected += self._by_stretch(np.arange(self._due, due))
        self._due = due
        cut, size = self._view._now()
        if cut is not self._cut:  # late or corrected rows: they need not have come last
            self._cut, self._counted, self.present = cut, 0, np.zeros(STRETCHES)
        at = self._session.positions(cut.rows.start[self._counted : size], self._base)
        self.present += self._by_stretch(at[(at >= 0) & (at < self._total)])
        self._counted = size

    def _by_stretch(self, at: Int64s) -> Float64s:
        return np.bincount(at * STRETCHES // max(self._total, 1), minlength=STRETCHES)[:STRETCHES].astype(np.float64)
