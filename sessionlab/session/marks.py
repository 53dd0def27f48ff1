"""The last known price of each symbol: the close of its newest visible base bar.

Before the first bar of a day it is what the session before ended with, told in today's shares; where the run has none before,
the last close of the window.
"""

from __future__ import annotations

from sessionlab.session.bars import BarView
from sessionlab.session.present import Present


class Marks:
    """Last known closes at the clock of ``present``, by symbol. ``carried`` are those that the day began with."""

    def __init__(self, present: Present) -> None:
        self.carried: dict[str, float] = {}
        self._present = present
        self._views: dict[str, BarView] = {}

    def __call__(self, symbol: str) -> float | None:
        """The last known price of ``symbol``, dollars; None where none is known."""
        view = self._views.get(symbol)
        if view is None:
            rows = self._present.rows
            if symbol not in rows.bases or not rows.today:
                return self.carried.get(symbol)
            view = self._views[symbol] = BarView(self._present, symbol, rows.finest(symbol), (False, False))
        last = view.last
        if last is not None:
            return last.close
        return self.at_open(symbol)

    def at_open(self, symbol: str) -> float | None:
        """What was known before the first bar of the day."""
        carried = self.carried.get(symbol)
        if carried is not None:
            return carried
        rows = self._present.rows
        if symbol not in rows.bases:
            return None
        known = rows.last_close(symbol, rows.moments.first)
        return None if known is None else known[0]

    def carry(self) -> None:
        """The session is at its close: what was known last counts until the next bar."""
        rows, k = self._present.rows, self._present.k
        for symbol in rows.bases:
            known = rows.last_close(symbol, k)  # looks at nothing but the last row
            if known is not None and (known[1] > rows.session.open_ns or symbol not in self.carried):
                self.carried[symbol] = known[0]

    def renew(self) -> None:
        """The rows are others: views of the former ones are let go."""
        self._views.clear()

    def split(self, symbol: str, ratio: float) -> None:
        """``symbol`` counts in other shares from now on: ``ratio`` for each old one."""
        if symbol in self.carried:
            self.carried[symbol] /= ratio
