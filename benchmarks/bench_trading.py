"""Strategies that trade, against the smallest account that can be written in Python on the same closes.

That account calls the same strategy bar by bar, and has a position, cash and an equity curve; no orders, no limits, no ledger and
no data to look at: the least that any engine has to do. Here orders go through the limits, rest, fill on the next bar, are kept.
"""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest

import sessionlab as sl

STEPS = 86_400  # the seconds of a day around the clock
FAST, SLOW = 20, 50


class Sums:
    """Running sums of the closes of one symbol."""

    __slots__ = ("closes", "fast", "slow")

    def __init__(self) -> None:
        self.closes: list[float] = []
        self.fast = self.slow = 0.0

    def add(self, close: float) -> float | None:
        """How far the fast mean is above the slow one, None before there are enough closes."""
        closes = self.closes
        closes.append(close)
        self.fast += close
        self.slow += close
        n = len(closes)
        if n > FAST:
            self.fast -= closes[n - FAST - 1]
        if n <= SLOW:
            return None
        self.slow -= closes[n - SLOW - 1]
        return self.fast / FAST - self.slow / SLOW


class Inc(sl.Strategy):
    """SMA cross by running sums, one share long or flat."""

    every = "1s"

    def on_start(self, ctx: Any) -> None:
        self.sums = {symbol: Sums() for symbol in ctx.symbols}

    def on_bar(self, ctx: Any, symbol: str) -> None:
        above = self.sums[symbol].add(ctx[symbol].bars("1s").last.close)
        if above is None:
            return
        if above > 0:
            if not ctx.position(symbol):
                ctx.buy(symbol, 1)
        elif ctx.position(symbol):
            ctx.sell(symbol, 1)


class Sma(sl.Strategy):
    """The same by two indicators."""

    every = "1s"

    def on_start(self, ctx: Any) -> None:
        self.recipes = sl.SMA(FAST, "1s"), sl.SMA(SLOW, "1s")

    def on_bar(self, ctx: Any, symbol: str) -> None:
        data = ctx[symbol]
        fast, slow = self.recipes
        if data[fast].last > data[slow].last:
            if not ctx.position(symbol):
                ctx.buy(symbol, 1)
        elif ctx.position(symbol):
            ctx.sell(symbol, 1)


class EachBar(sl.Strategy):
    """Looks at the close of each bar, and sends an order every ``gap`` of them; 0: never."""

    gap: int = 0
    every = "1s"

    def on_start(self, ctx: Any) -> None:
        self.n = 0

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.n += 1
        if self.gap and self.n % self.gap == 0:
            (ctx.buy if self.n % (2 * self.gap) else ctx.sell)(symbol, 1)


def day(symbols: str = "BTC") -> sl.Lab:
    generous = dict.fromkeys(("max_buying_power", "max_per_trade", "max_per_symbol"), 1e9)
    config = sl.SessionConfig.simple(
        symbols,
        "2025-07-02",
        "2025-07-02",
        "1s",
        exchange_group="CRYPTO",
        asset_class="CRYPTO",
        **{"api_config.data_api": "synthetic", **{f"trading_config.{name}": value for name, value in generous.items()}},
    )
    return sl.Lab(config)


class SmallestAccount:
    """Cash, a position, an order that fills at the next open, and an equity curve."""

    def __init__(self, opens: list[float], closes: list[float]) -> None:
        self.opens, self.closes = opens, closes
        self.cash, self.position, self.pending, self.orders = 100_000.0, 0, 0, 0
        self.equity: list[float] = []
        self.sums = Sums()

    def run(self) -> int:
        """Call the strategy for each bar; how many orders it sent."""
        equity, on_bar = self.equity, self.on_bar
        for i, close in enumerate(self.closes):
            if self.pending:
                self.cash -= self.pending * self.opens[i]
                self.position += self.pending
                self.pending = 0
            on_bar(close)
            equity.append(self.cash + self.position * close)
        return self.orders

    def on_bar(self, close: float) -> None:
        """The same strategy."""
        above = self.sums.add(close)
        if above is None:
            return
        if above > 0:
            if not self.position:
                self.pending, self.orders = 1, self.orders + 1
        elif self.position:
            self.pending, self.orders = -1, self.orders + 1


def columns(lab: sl.Lab, symbol: str) -> tuple[list[float], list[float]]:
    lab.run()
    bars = lab.data[symbol].bars("1s")
    opens, closes = bars.open.tolist(), bars.close.tolist()
    lab.restart()
    return closes, opens


@pytest.mark.parametrize("kind", [Inc, Sma], ids=["inc", "sma"])
def test_a_cross_with_orders_limits_and_ledger(told: Any, in_turns: Any, kind: type[sl.Strategy]) -> None:
    lab = day()
    closes, opens = columns(lab, "BTC")
    lab.use(kind)

    def account() -> int:
        return SmallestAccount(opens, closes).run()

    work, limit = in_turns(lab.run, account, per=STEPS, prepare=lab.restart, rounds=5)

    assert abs(len(lab.orders) - account()) <= 0.02 * len(lab.orders)  # the same decisions, but for ties of the sums
    what = f"{kind.__name__.lower()}, {len(lab.orders):,} orders on 86,400 s"
    told.ratio(what, work, limit, "smallest account", 5.0, "µs a step")


def test_an_order_from_the_call_to_the_ledger(told: Any, in_turns: Any) -> None:
    lab, other = day(), day()
    lab.use(EachBar(gap=20))
    other.use(EachBar())
    orders = STEPS // 20

    def both_restart() -> None:
        lab.restart()
        other.restart()

    work, limit = in_turns(lab.run_session, other.run_session, per=orders, prepare=both_restart, rounds=5)

    assert len(lab.orders) == orders
    assert (lab.orders["status"] == "filled").sum() >= orders - 1
    spent = 1e6 * median(mine - without for mine, without in zip(work, limit, strict=True))
    told.figure("an order, accepted to filled, in the ledger", spent, "µs an order", 12.0, "the same run without orders")


def test_ten_symbols_against_one(told: Any, in_turns: Any) -> None:
    ten, one = day(" ".join(f"C{i}" for i in range(10))), day("C0")
    ten.use(Inc)
    one.use(Inc)

    def both_restart() -> None:
        ten.restart()
        one.restart()

    work, limit = in_turns(ten.run_session, one.run_session, prepare=both_restart, rounds=3)

    told.ratio("ten symbols, per bar", [seconds / 10 for seconds in work], limit, "one symbol", 1.2, "s a day")
