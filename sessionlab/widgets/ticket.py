"""The order ticket: practice by hand, under the same limits and into the same ledger as strategies trade.

It tells what a person needs to size an order: last prices, what is held by hand, cash, and what is left of the limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.engine.desk import BY_HAND
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.telling import Told

if TYPE_CHECKING:
    from sessionlab.lab import Lab


class TicketPart:
    """Tells ``cash equity gross``, the ``limits`` and, by symbol, last price, position by hand, its average price."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._before: Standing | None = None
        self._told: dict[str, Any] = {}

    def ask(self, what: Mapping[str, Any]) -> None:
        """What is written on a ticket is the browser's; it can only hear all again."""
        self._before = None

    def tell(self, standing: Standing) -> Told | None:
        """What has changed."""
        fresh = not standing.goes_on_from(self._before)
        self._before = standing
        facts = self._facts()
        if facts == self._told and not fresh:
            return None
        self._told = facts
        return Told(facts, fresh=fresh)

    def still(self) -> str:
        """The account in words."""
        facts = self._facts()
        said = ", ".join(f"{name} {facts[name]:,.2f}" for name in ("cash", "equity", "gross"))
        return f"<p>{said}</p>"

    def _facts(self) -> dict[str, Any]:
        desk = self._lab._engine.desk
        account, limits = desk.account, desk.limits
        equity = account.equity
        mine = account.books.get(BY_HAND, {})
        symbols = {}
        for symbol in self._lab.symbols:
            held = mine.get(symbol)
            average = None if held is None or not held else held.average_price
            symbols[symbol] = [desk.marks(symbol), 0.0 if held is None else held.quantity, average]
        return {
            "cash": account.cash,
            "equity": equity,
            "gross": account.gross,
            "limits": {
                "buying power": equity if limits.max_buying_power is None else limits.max_buying_power,
                "per trade": equity if limits.max_per_trade is None else limits.max_per_trade,
                "per symbol": equity if limits.max_per_symbol is None else limits.max_per_symbol,
                "positions": limits.max_open_positions,
            },
            "symbols": symbols,
        }


class Ticket(Surface):
    """Buy and sell in ``lab`` by hand: market, limit, stop, trailing, with a bracket; the answer says what became of it."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"ticket": TicketPart})
