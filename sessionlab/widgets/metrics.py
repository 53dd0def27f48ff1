"""How the account does: equity, drawdown and exposure as curves, what is held, what each symbol earned, and statistics.

The curves are told with every frame, the tables a few times a second at most: what is held back for a moment is still owed.
All of it is exact, and the same as ``lab.equity``, ``lab.positions`` and ``lab.result().stats`` say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.markup.sparkline import sparkline
from sessionlab.widgets.account_line import AccountLine
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.still import still_table
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.tally import Earned, Tally
from sessionlab.widgets.telling import Told
from sessionlab.widgets.unhurried import Unhurried

if TYPE_CHECKING:
    from sessionlab.lab import Lab

_POSITION = ("strategy", "symbol", "quantity", "average", "last", "value", "unrealized")
_SYMBOL = ("symbol", "last", "change", "volume", "realized", "open", "fees", "other", "total")
_NOTHING = Earned()


class MetricsPart(Unhurried):
    """Tells of the ``line`` of points from number ``at`` on (see :data:`account_line.COLUMNS`), and of tables.

    ``positions`` has rows of ``strategy symbol quantity average last value unrealized``; ``symbols`` of ``symbol last change
    volume realized open fees other total``, where ``change`` is a fraction since the last close before today, ``open`` what open
    lots would earn, ``other`` dividends and borrow fees; ``stats`` bears names of ``result.stats``. None: there is not.
    """

    every_s = 0.25

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._line = AccountLine(lab._engine)
        self._before: Standing | None = None
        self._again = True
        self._turned: int | None = None
        self._told: dict[str, Any] = {}

    def ask(self, what: Mapping[str, Any]) -> None:
        """Nothing of it can be chosen but to hear all again."""
        self._again = True

    def tell(self, standing: Standing) -> Told | None:
        """The points that are new, and what has changed in the tables."""
        fresh = self._again or not standing.goes_on_from(self._before)
        if fresh:
            self._begin(standing)
        changed = self._line.go_on()
        at = 0 if fresh else changed
        points = self._line.points[at:]
        facts: dict[str, Any] = {}
        if self._is_due(changed=standing != self._before, at_once=fresh):
            tables = self.tables()
            facts = {name: value for name, value in tables.items() if fresh or self._told.get(name) != value}
            self._told = tables
        self._before, self._again = standing, False
        if not (fresh or facts or len(points)):
            return None
        arrays = {"line": points.ravel()} if fresh or len(points) else {}
        return Told({**facts, **({"at": at} if arrays else {})}, arrays, fresh)

    def tables(self) -> dict[str, Any]:
        """The account and its tables as they stand now."""
        desk = self._lab._engine.desk
        self._tally.go_on()
        account = desk.account
        symbols = list(dict.fromkeys([*self._lab.symbols, *self._tally.symbols]))
        open_results = self._tally.open_results()
        return {
            "traded": bool(desk.orders or account.ledger),
            "starting_cash": account.starting_cash,
            "cash": account.cash,
            "equity": account.equity,
            "gross": account.gross,
            "net": account.value,
            "positions": [
                [strategy, symbol, one.quantity, one.average_price, one.price, one.value, one.unrealized]
                for strategy, book in account.books.items()
                for symbol, one in book.items()
                if one
            ],
            "symbols": [self._symbol(symbol, open_results.get(symbol, 0.0)) for symbol in symbols],
            "stats": self._statistics(account.starting_cash, account.equity),
        }

    def still(self) -> str:
        """Equity as a small curve, what is held, and what each symbol earned."""
        self._begin(Standing.of(self._lab))
        self._line.go_on()
        tables = self.tables()
        if not tables["traded"]:
            return "<p>Nothing traded yet.</p>" + _table(_SYMBOL[:4], [row[:4] for row in tables["symbols"]])
        curve = pd.Series(self._line.points[:, 2])
        drawn = sparkline(curve, f"equity, {tables['equity']:,.2f} now", tables["starting_cash"])
        stats = ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in tables["stats"].items())
        head = f"<p><b>Equity {tables['equity']:,.2f}</b> {drawn}</p><p>{stats}</p>"
        return head + _table(_POSITION, tables["positions"]) + _table(_SYMBOL, tables["symbols"])

    def _begin(self, standing: Standing) -> None:
        engine = self._lab._engine
        self._line.open()
        if standing.turned != self._turned:
            self._tally, self._turned = Tally(engine.desk), standing.turned
        self._views = {symbol: self._lab.data[symbol].bars(engine.present.rows.finest(symbol)) for symbol in self._lab.symbols}
        self._told = {}

    def _symbol(self, symbol: str, open_result: float) -> list[Any]:
        marks = self._lab._engine.desk.marks
        view = self._views.get(symbol)
        last, before = marks(symbol), marks.at_open(symbol)
        change = None if last is None or not before else last / before - 1.0
        volume = None if view is None else float(view.volume.sum())
        earned = self._tally.symbols.get(symbol, _NOTHING)
        total = earned.realized + open_result + earned.other
        return [symbol, last, change, volume, earned.realized, open_result, earned.fees, earned.other, total]

    def _statistics(self, starting_cash: float, equity: float) -> dict[str, Any]:
        use = self._line.so_far
        return {
            "pnl": equity - starting_cash,
            "total_return": equity / starting_cash - 1.0 if starting_cash > 0 else None,
            "max_drawdown_intraday": use.drawdown,
            "exposure": use.held / use.moments if use.moments else None,
            **self._tally.statistics(),
        }


class Metrics(Surface):
    """Equity, drawdown and exposure of ``lab`` as curves, positions, profit and loss by symbol, and statistics."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"metrics": MetricsPart})


def _table(columns: tuple[str, ...], rows: list[list[Any]]) -> str:
    return still_table(columns, ([_said(value) for value in row] for row in rows))


def _said(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    return str(value)
