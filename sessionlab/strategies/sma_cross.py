"""Long while the fast moving average of closes is above the slow one."""

from __future__ import annotations

from sessionlab.engine.context import Context
from sessionlab.engine.strategy import Strategy


class SmaCross(Strategy):
    """Hold ``shares`` while SMA(``fast``) of 1m closes is above SMA(``slow``) by more than ``margin`` dollars, else nothing.

    Exact ties of two averages fall either way by float rounding; ``margin`` decides them.
    """

    fast: int = 20
    slow: int = 50
    shares: float = 100
    margin: float = 5e-7

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Go in on a cross upwards, out on one downwards."""
        import sessionlab as sl

        fast, slow = ctx[symbol][sl.SMA(self.fast, "1m")], ctx[symbol][sl.SMA(self.slow, "1m")]
        if not slow.ready:
            return
        above = fast.last > slow.last + self.margin
        if above and not ctx.position(symbol):
            ctx.buy(symbol, self.shares)
        elif not above and ctx.position(symbol):
            ctx.close(symbol)
