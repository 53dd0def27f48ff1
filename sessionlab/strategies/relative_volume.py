"""Follow the first move of a day that trades far more than usual at that time."""

from __future__ import annotations

from sessionlab.engine.context import Context
from sessionlab.engine.strategy import Strategy
from sessionlab.trading.ledger import Fill


class RelativeVolume(Strategy):
    """Where volume so far is ``times`` the usual one at this time of day, go with the move since the open; trail by ``trail``.

    The usual volume comes from the window: give the lab some days of history. Long and short, once a day, flat at the close.
    """

    times: float = 2.0
    percent: float = 0.1
    trail: str = "1%"
    every = "5m"

    def on_session_start(self, ctx: Context) -> None:
        """Nothing is done yet today."""
        self.done: set[str] = set()

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Go in once, between half an hour after the open and two hours before the close."""
        import sessionlab as sl

        usual, bars = ctx[symbol][sl.RelativeVolume(cumulative=True)], ctx[symbol].bars("5m")
        is_time = ctx.minutes_from_open >= 30 and ctx.minutes_to_close >= 120
        if is_time and symbol not in self.done and usual.ready and usual.last.ratio >= self.times:
            self.done.add(symbol)
            (ctx.buy if bars.close[-1] > bars.open[0] else ctx.sell)(symbol, percent=self.percent, trail=self.trail)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """What the entry opened is closed at the close, unless the trailing stop comes first."""
        if fill.reason == "entry":
            ctx.close(fill.symbol, tif="cls")
