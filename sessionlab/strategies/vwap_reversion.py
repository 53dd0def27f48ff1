"""Back to the volume-weighted average price."""

from __future__ import annotations

from sessionlab.engine.context import Context
from sessionlab.engine.strategy import Strategy
from sessionlab.trading.ledger import Fill


class VwapReversion(Strategy):
    """Buy ``width`` below the session's VWAP, sell it at the VWAP; a stop as far again below. Flat at the close.

    ``width`` is a fraction of the VWAP, ``percent`` the fraction of equity that a position takes.
    """

    width: float = 0.003
    percent: float = 0.1
    every = "5m"

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Go in when it is cheap, and not in the first and last half hour."""
        import sessionlab as sl

        vwap = ctx[symbol][sl.VWAP()]
        is_time = ctx.minutes_from_open >= 30 and ctx.minutes_to_close >= 30
        if not is_time or not vwap.ready or ctx.position(symbol) or any(order.symbol == symbol for order in ctx.orders):
            return
        price = ctx[symbol].bars("5m").close[-1]
        if price < vwap.last * (1 - self.width):
            ctx.buy(symbol, percent=self.percent, stop_loss=price - self.width * vwap.last, take_profit=vwap.last)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """What the entry opened is closed at the close, unless an exit comes first."""
        if fill.reason == "entry":
            ctx.close(fill.symbol, tif="cls")
