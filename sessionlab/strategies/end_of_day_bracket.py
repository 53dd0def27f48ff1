"""The last hour: with the day's move, between a stop and a target, and out at the close."""

from __future__ import annotations

from sessionlab.engine.context import Context
from sessionlab.engine.strategy import Strategy
from sessionlab.trading.ledger import Fill


class EndOfDayBracket(Strategy):
    """An hour before the close, buy what is up since the open by ``move`` or more, sell short what is down by it.

    A bracket of ``stop`` and ``target``, fractions of the price, is around each entry; what is left goes at the close.
    Source: Gao, Han, Li, Zhou (2018), "Market Intraday Momentum", J. Financial Economics 129(2).
    """

    move: float = 0.005
    stop: float = 0.003
    target: float = 0.006
    percent: float = 0.1
    every = "close-60m"

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Send the bracket, and ask for the close of what it leaves."""
        bars = ctx[symbol].bars("1m")
        if bars.last is None:
            return
        price, opening = bars.last.close, bars.open[0]
        side = 1 if price >= opening * (1 + self.move) else -1 if price <= opening * (1 - self.move) else 0
        if side:
            send = ctx.buy if side > 0 else ctx.sell
            loss, profit = price * (1 - side * self.stop), price * (1 + side * self.target)
            send(symbol, percent=self.percent, stop_loss=loss, take_profit=profit)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """What the entry opened is closed at the close, unless an exit comes first."""
        if fill.reason == "entry":
            ctx.close(fill.symbol, tif="cls")
