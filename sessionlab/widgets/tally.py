"""What was earned, by symbol and in all: a fold over the ledger that goes on with it, lot by lot, first in first out.

A symbol's realized and open results, dividends and borrow fees sum to what it added to equity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.trading.ledger import CashMove, Fill
from sessionlab.trading.lots import Lot, Lots, Reach

if TYPE_CHECKING:
    from sessionlab.engine.desk import Desk


@dataclass(slots=True)
class Earned:
    """Of one symbol, dollars: ``realized`` by closed lots net of their fees, all ``fees`` paid, and ``other`` cash."""

    realized: float = 0.0
    fees: float = 0.0
    other: float = 0.0


class Tally:
    """What the ledger and the orders of ``desk`` come to, for as long as the run does not go back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lots = Lots()
        self._entries = self._orders = 0
        self.symbols: dict[str, Earned] = {}
        self.fills = self.rejected = self.trades = self.won = 0
        self._gains = self._losses = self._slippage = 0.0
        self._lost = 0

    def go_on(self) -> None:
        """Count what is new."""
        ledger, orders = self._desk.account.ledger, self._desk.orders
        for entry in ledger[self._entries :]:
            earned = self.symbols.setdefault(entry.symbol, Earned())
            if isinstance(entry, CashMove):
                earned.other += entry.amount
                continue
            if isinstance(entry, Fill):
                self.fills += 1
                earned.fees += entry.fee
                self._slippage += entry.slippage * entry.quantity
            for trade in self._lots.add(entry, _unmoved):
                self._closed(earned, trade.gross - trade.fees)
        self._entries = len(ledger)
        self.rejected += sum(one.is_rejected for one in orders[self._orders :])
        self._orders = len(orders)

    def open_results(self) -> dict[str, float]:
        """What open lots would earn at the last known closes, net of the fees of their entries, dollars by symbol."""
        results: dict[str, float] = {}
        for trade in self._lots.unclosed(_unmoved, self._desk.marks):
            symbol = trade.lot.fill.symbol
            results[symbol] = results.get(symbol, 0.0) + trade.gross - trade.fees
        return results

    def statistics(self) -> dict[str, Any]:
        """Of closed trades, fills and orders, under the names of ``result.stats``; None for what there is not."""
        total = self._gains + self._losses
        return {
            "trades": self.trades,
            "open_trades": sum(len(lots) for lots in self._lots.open.values()),
            "win_rate": self.won / self.trades if self.trades else None,
            "profit_factor": self._gains / -self._losses if self._lost else None,
            "expectancy": total / self.trades if self.trades else None,
            "fees": sum(earned.fees for earned in self.symbols.values()),
            "slippage": self._slippage,
            "dividends_and_borrow": sum(earned.other for earned in self.symbols.values()),
            "fills": self.fills,
            "orders": self._orders,
            "rejected": self.rejected,
        }

    def _closed(self, earned: Earned, pnl: float) -> None:
        earned.realized += pnl
        self.trades += 1
        if pnl > 0:
            self.won += 1
            self._gains += pnl
        elif pnl < 0:
            self._lost += 1
            self._losses += pnl


def _unmoved(lot: Lot, exit: Fill | None) -> Reach:
    return Reach(lot.low, lot.high, 0, 0)
