"""Breakout of the opening range, with a stop at its other side."""

from __future__ import annotations

from sessionlab.engine.context import Context
from sessionlab.engine.strategy import Strategy
from sessionlab.trading.ledger import Fill


class OpeningRangeBreakout(Strategy):
    """Buy the first close above the high of the first ``minutes``, with a stop at their low; once a day, flat at the close.

    ``risk`` is the fraction of equity lost where the stop is hit.
    Source: Crabel (1990), "Day Trading with Short Term Price Patterns and Opening Range Breakout".
    """

    minutes: int = 15
    risk: float = 0.005

    def on_session_start(self, ctx: Context) -> None:
        """Nothing is done yet today."""
        self.done: set[str] = set()

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Go in above the range, and not in the last minutes."""
        import sessionlab as sl

        opening = ctx[symbol][sl.OpeningRange(self.minutes)]
        if symbol in self.done or not opening.ready or ctx.minutes_to_close <= 5:
            return
        if ctx[symbol].bars("1m").close[-1] > opening.last.high:
            self.done.add(symbol)
            ctx.buy(symbol, risk=self.risk, stop_loss=opening.last.low)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """What the entry opened is closed at the close, unless the stop comes first."""
        if fill.reason == "entry":
            ctx.close(fill.symbol, tif="cls")
