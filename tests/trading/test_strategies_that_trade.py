"""Strategies with orders: their hooks, their books, and what becomes of a run when one of them fails."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from hand_made import filled, frame, lab

import sessionlab as sl

FLAT = (100.0, 100.0, 100.0, 100.0)
DAY = [(100 + i, 100.5 + i, 99.5 + i, 100 + i) for i in range(10)]


class Diary(sl.Strategy):
    """Buys after the first bar, sells after the third, and writes down every call."""

    def on_start(self, ctx: sl.Context) -> None:
        self.calls = ["on_start"]

    def on_session_start(self, ctx: sl.Context) -> None:
        self.calls.append("on_session_start")

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        n = len(ctx[symbol].bars("1m"))
        self.calls.append(f"on_bar {n} {float(ctx.position(symbol)):g}")
        if n == 1:
            self.order = ctx.buy(symbol, 10)
        if n == 3:
            ctx.close(symbol)

    def on_step(self, ctx: sl.Context, symbols: tuple[str, ...]) -> None:
        self.calls.append("on_step")

    def on_fill(self, ctx: sl.Context, fill: Any) -> None:
        self.calls.append(f"on_fill {fill.side} {float(ctx.position(fill.symbol)):g}")

    def on_session_end(self, ctx: sl.Context) -> None:
        self.calls.append("on_session_end")

    def on_end(self, ctx: sl.Context) -> None:
        self.calls.append("on_end")


def calls(of: sl.Lab) -> list[str]:
    (diary,) = (one for one in of.strategies if isinstance(one, Diary))
    return diary.calls


def test_a_fill_is_told_before_the_bar_that_it_became_known_with() -> None:
    one = lab(DAY[:4])
    one.use(Diary)
    one.run()

    assert calls(one) == [
        *("on_start", "on_session_start", "on_bar 1 0", "on_step"),
        *("on_fill buy 10", "on_bar 2 10", "on_step"),
        *("on_bar 3 10", "on_step"),
        *("on_fill sell 0", "on_bar 4 0", "on_step"),
        *("on_session_end", "on_end"),
    ]


def test_each_strategy_has_a_book_of_its_own() -> None:
    class Other(sl.Strategy):
        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if len(ctx[symbol].bars("1m")) == 2:
                assert not ctx.position(symbol)
                ctx.sell(symbol, 3)

    one = lab(DAY)
    one.use(Diary).use(Other)
    one.advance("09:34")
    one.buy("A", 1)
    one.run_session()

    assert one.positions[["strategy", "quantity"]].to_numpy().tolist() == [["hand", 1.0], ["Other", -3.0]]
    assert one.orders["strategy"].tolist() == ["Diary", "Other", "Diary", "hand"]
    assert one.result().by_strategy().index.tolist() == ["Diary", "Other", "hand"]


def test_a_cell_that_runs_twice_does_not_trade_twice() -> None:
    one = lab(DAY)
    one.use(Diary)
    one.step()
    one.use(Diary)  # between the order and its fill
    one.run()

    assert one.orders["status"].tolist() == ["canceled"]
    assert one.orders["reason"].tolist() == ["its strategy was replaced"]

    two = lab(DAY)
    for _ in range(2):

        @two.every("1m")
        def once(ctx: sl.Context, symbol: str) -> None:
            if not ctx.position(symbol) and not ctx.orders:
                ctx.buy(symbol, 10)

        two.step(3)
    two.run()
    assert two.fills["quantity"].tolist() == [10.0]


def test_restart_begins_with_an_empty_account() -> None:
    one = lab(DAY)
    one.use(Diary)
    one.run()
    first = filled(one)
    one.restart()
    assert (one.cash, len(one.orders), len(one.fills)) == (100_000, 0, 0)
    one.run()

    assert filled(one) == first


def test_names_tell_strategies_of_one_class_apart() -> None:
    one = lab(DAY)
    one.use(Diary, name="first").use(Diary, name="second")
    one.run()

    assert one.orders["strategy"].tolist() == ["first", "second", "first", "second"]


def test_a_config_names_strategies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"module": "sessionlab.strategies:SmaCross", "config": {"fast": 2, "slow": 3, "shares": 7}}
    off = {"module": "sessionlab.strategies:VwapReversion", "enabled": False}
    one = lab(DAY, session_data_config__strategies=[entry, off, {**entry, "config": {"fast": 2, "slow": 4}}])
    one.run()

    assert [strategy.name for strategy in one.strategies] == ["SmaCross", "SmaCross 2"]
    assert one.orders["quantity"].tolist() == [7.0, 100.0]
    with pytest.raises(sl.errors.ConfigError, match=r"strategies\[0\].*SmaCros.*did you mean sessionlab.strategies:SmaCross"):
        lab(DAY, session_data_config__strategies=[{"module": "sessionlab.strategies:SmaCros"}])


class Fails(sl.Strategy):
    """Buys after the first bar, and raises in the hook named, once."""

    where: str

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        n = len(ctx[symbol].bars("1m"))
        if n == 1:
            ctx.buy(symbol, 10)
        self.fail("on_bar", n == 2)

    def on_fill(self, ctx: sl.Context, fill: Any) -> None:
        self.fail("on_fill", True)

    def on_session_end(self, ctx: sl.Context) -> None:
        self.fail("on_session_end", True)

    def fail(self, hook: str, now: bool) -> None:
        if now and self.where == hook:
            self.where = "nowhere"
            raise ZeroDivisionError("planned")


@pytest.mark.parametrize(
    ("where", "clock", "call"),
    [
        ("on_fill", "09:32:00", "Fails.on_fill('A')"),
        ("on_bar", "09:32:00", "Fails.on_bar('A')"),
        ("on_session_end", "16:00:00", "Fails.on_session_end"),
    ],
)
def test_an_error_says_where_and_when_and_the_lab_goes_on(where: str, clock: str, call: str) -> None:
    one = lab(DAY)
    one.use(Fails(where=where))
    with pytest.raises(ZeroDivisionError, match="planned") as caught:
        one.run()

    assert caught.value.__notes__ == [f"in {call} at 2025-07-02 {clock} market time"]
    assert f"{one.now:%H:%M:%S}" == clock
    assert one.positions["quantity"].tolist() == [10.0]  # the state at the failure
    assert not one.result().complete
    result = one.run()
    assert result.complete
    assert filled(one) == [(1, "buy", 10.0, 101.0)]


def test_ctrl_c_stops_a_strategy_that_never_returns() -> None:
    class Endless(sl.Strategy):
        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if len(ctx[symbol].bars("1m")) == 1:
                ctx.buy(symbol, 10)
            elif not ctx.state.__dict__.get("stopped"):
                ctx.state.stopped = True
                for delay in (0.1, 0.3):
                    threading.Timer(delay, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
                while True:
                    pass

    one = lab(DAY)
    one.use(Endless)
    with pytest.raises(KeyboardInterrupt):
        one.run()

    assert one.positions["quantity"].tolist() == [10.0]
    assert one.run().complete


def test_a_strategy_that_cannot_be_copied_is_refused_by_the_name_of_its_attribute() -> None:
    class Holds(sl.Strategy):
        def __init__(self) -> None:
            super().__init__()
            self.lock = threading.Lock()

    with pytest.raises(sl.errors.ConfigError, match=r"Holds\.lock is a lock, which cannot be copied"):
        lab(DAY).use(Holds())


def test_a_strategy_may_keep_its_orders_and_positions() -> None:
    class Keeps(sl.Strategy):
        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            n = len(ctx[symbol].bars("1m"))
            if n == 1:
                self.order, self.position = ctx.buy(symbol, 10), ctx.position(symbol)
            if n == 2:
                assert self.order.is_filled
                assert float(self.position) == 10
                ctx.state.seen = True

    one = lab(DAY)
    one.use(Keeps)
    one.run_session()

    assert one.strategies[0].order.average_price == 101.0
    assert one._engine.books[0].ctx.state.seen


def test_a_model_of_ones_own_costs_what_it_says() -> None:
    result = sl.backtest(
        frame(DAY), Diary, costs=lambda fill: 0.25 * fill.quantity, slippage=[lambda slipping: 0.5, sl.costs.SlippageBps(0)]
    )

    assert result.fills["fee"].tolist() == [2.5, 2.5]
    assert result.fills["price"].tolist() == [101.5, 102.5]  # the opens are 101 and 103
    with pytest.raises(sl.errors.ConfigError, match=r"costs='cheap': a model is a function"):
        sl.backtest(frame(DAY), Diary, costs="cheap")


def test_next_goes_to_a_fill_and_to_an_order() -> None:
    one = lab(DAY)
    one.use(Diary)
    first, second = one.next("order"), one.next("fill")

    assert f"{first.now:%H:%M}" == "09:31"
    assert (f"{second.now:%H:%M}", [fill.price for fill in second.fills]) == ("09:32", [101.0])
    assert calls(one)[-2:] == ["on_bar 2 10", "on_step"]  # the moment is whole
    assert f"{one.next('fill').now:%H:%M}" == "09:34"
    assert f"{one.next('fill').now:%H:%M}" == "16:00"
