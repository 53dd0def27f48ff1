"""A strategy that sends orders of every kind by chance, for laws that must hold whatever is sent."""

from __future__ import annotations

from typing import Any

import sessionlab as sl


class Gambler(sl.Strategy):
    """Sends orders of every kind as its generator says, and keeps what it saw."""

    eager: float = 0.05
    every = "1m"

    def on_start(self, ctx: sl.Context) -> None:
        self.heard: list[tuple[int, int, float]] = []

    def on_fill(self, ctx: sl.Context, fill: Any) -> None:
        self.heard.append((ctx.now.value, fill.order_id, fill.price))

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        luck = ctx.rng.random(6)
        if luck[0] > self.eager:
            return
        price = ctx[symbol].bars("1m").last.close
        send = ctx.buy if luck[1] < 0.5 else ctx.sell
        sign = 1 if luck[1] < 0.5 else -1
        near, tif = round(price * (1 + 0.01 * (luck[2] - 0.5)), 2), ("day", "gtc", "ioc", "fok")[int(4 * luck[3])]
        shares = 1 + int(20 * luck[4])
        kind = int(9 * luck[5])
        if kind == 0:
            send(symbol, shares, tif=tif)
        elif kind == 1:
            send(symbol, shares, limit=near, tif=tif)
        elif kind == 2:
            send(symbol, shares, stop=near, tif="gtc" if tif == "gtc" else "day")
        elif kind == 3:
            send(symbol, shares, stop=near, limit=round(near * (1 + 0.003 * sign), 2))
        elif kind == 4:
            send(symbol, shares, stop_loss=round(price * (1 - 0.004 * sign), 2), take_profit=round(price * (1 + 0.004 * sign), 2))
        elif kind == 5:
            send(symbol, percent=0.02, trail="0.5%")
        elif kind == 6:
            ctx.target(symbol, shares * sign)
        elif kind == 7:
            ctx.close(symbol, tif="cls" if luck[2] < 0.3 else "day")
        elif ctx.orders:
            order = ctx.orders[int(len(ctx.orders) * luck[2])]
            if luck[4] < 0.5 or order.limit is None:
                ctx.cancel(order)
            else:
                ctx.replace(order, limit=near)
