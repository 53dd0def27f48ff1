"""Follow the first move of a day that trades far more than usual at that time."""

from __future__ import annotations

from sessionlab.engine.context import Context
from sessionlab.engine.strategy import Strategy


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

        ratio = ctx[symbol][sl.RelativeVolume()]
        if ctx.minutes_to_close <= 5:
            ctx.close(symbol, tif="cls")
        elif symbol not in self.done and ratio.ready and ctx.minutes_from_open >= 30 and ctx.minutes_to_close >= 120:
            bars = ctx[symbol].bars("5m")
            if ratio.last.ratio >= self.times and bars.close[-1] != bars.open[0]:
                self.done.add(symbol)
                send = ctx.buy if bars.close[-1] > bars.open[0] else ctx.sell
                send(symbol, percent=self.percent, trail=self.trail)
