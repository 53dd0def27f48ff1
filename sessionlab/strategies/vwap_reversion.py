"""Back to the volume-weighted average price."""

from __future__ import annotations

from sessionlab.engine.context import Context
from sessionlab.engine.strategy import Strategy


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
        if ctx.minutes_to_close <= 5:
            ctx.close(symbol, tif="cls")
        elif vwap.ready and ctx.minutes_from_open >= 30 <= ctx.minutes_to_close and not ctx.position(symbol) and not ctx.orders:
            price = ctx[symbol].bars("5m").close[-1]
            if price < vwap.last * (1 - self.width):
                stop = price - self.width * vwap.last
                ctx.buy(symbol, percent=self.percent, stop_loss=stop, take_profit=vwap.last)
