"""What a strategy remembers, copied and made again: apart from what it was, and in the hands of the lab that it is made in."""

from __future__ import annotations

import random
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.errors import RewindError

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02")]
SOURCE = RowsSource({(symbol, "1m"): make_bars(DAYS, seed=seed) for seed, symbol in enumerate("AB")})


def opened() -> sl.Lab:
    averages = {"avg": {"type": "trailing_average", "period": "1d"}}
    made = config("A B", "1m 5m", "2025-07-02", window=1, session_data_config__historical__indicators=averages)
    return sl.Lab(made, source=SOURCE, times=TIMES)


def only(lab: sl.Lab, name: str = "Keeps") -> Any:
    return next(one for one in lab.strategies if one.name == name)


def at_ten(keeps: type[sl.Strategy], **more: type[sl.Strategy]) -> tuple[sl.Lab, sl.Lab]:
    """A lab at 10:00 with strategies, and its fork, which goes on alone to 10:30."""
    lab = opened().use(keeps)
    for name, one in more.items():
        lab.use(one, name=name)
    lab.advance("10:00")
    fork = lab.fork()
    fork.advance("10:30")
    return lab, fork


def test_views_follow_the_clock_of_the_lab_that_they_are_made_in() -> None:
    class Keeps(sl.Strategy):
        def on_start(self, ctx: Any) -> None:
            a = ctx["A"]
            self.views = [a.bars("1m"), a.bars("5m").history, a.bars("1m").all, a.quotes]
            self.ema, self.symbol, self.data = a[sl.EMA(3, "1m")], a, ctx.data
            self.average, self.named = a.historical["avg"], a.indicators

    lab, fork = at_ten(Keeps)
    for one, minutes in ((lab, 30), (fork, 60)):
        own = only(one)
        today, history, whole, quotes = own.views

        assert [len(today), len(whole) - len(today), len(history), len(quotes.frame())] == [minutes, 390, 78, minutes]
        assert own.ema.last == one.data["A"][sl.EMA(3, "1m")].last
        assert own.symbol.day == one.data["A"].day
        assert own.data.now == one.now
        assert float(own.average) == float(one.data["A"].historical["avg"])
        assert own.named["EMA(3, 1m)"].last == own.ema.last
    lab.rewind("09:40")
    assert len(only(lab).views[0]) == 10
    assert len(only(fork).views[0]) == 60


def test_contexts_positions_and_orders_are_those_of_the_lab() -> None:
    class Keeps(sl.Strategy):
        def on_start(self, ctx: Any) -> None:
            self.ctx, self.position = ctx, ctx.position("A")
            self.rests = ctx.buy("B", 1, limit=1.0)

        def on_bar(self, ctx: Any, symbol: str) -> None:
            self.positions, self.orders = ctx.positions, ctx.orders
            if symbol == "A" and ctx.minutes_from_open == 5:
                self.order = ctx.buy("A", 3)
            if symbol == "A" and ctx.minutes_from_open == 45:
                ctx.cancel(self.rests)
                ctx.close("A")

    lab, fork = at_ten(Keeps)

    for one in (lab, fork):
        assert only(one).position is one._engine.desk.account.position("Keeps", "A")
        assert only(one).ctx is one._engine.books[0].ctx
        assert only(one).order is one._engine.desk.orders[1]
    assert (float(only(lab).position), float(only(fork).position)) == (3.0, 0.0)
    assert [order.status for order in lab._engine.desk.orders] == ["accepted", "filled"]
    assert only(lab).positions["A"] is only(lab).position


def test_values_are_apart_and_what_was_one_thing_stays_one() -> None:
    class Keeps(sl.Strategy):
        def on_start(self, ctx: Any) -> None:
            self.closes: list[float] = []
            self.same, ctx.state.same = self.closes, self.closes
            self.array = np.zeros(3)
            self.frame = pd.DataFrame({"a": [0.0]})
            self.luck, self.draws = random.Random(1), np.random.default_rng(2)
            self.loop: list[Any] = [self]

        def on_bar(self, ctx: Any, symbol: str) -> None:
            self.closes.append(ctx[symbol].bars("1m").last.close)
            self.array += 1
            self.frame.loc[len(self.frame)] = len(self.closes)
            self.drawn = self.luck.random(), self.draws.random()

    lab, fork = at_ten(Keeps)

    assert [len(only(one).closes) for one in (lab, fork)] == [60, 120]
    for one in (lab, fork):
        own = only(one)
        assert own.same is own.closes is one._engine.books[0].ctx.state.same
        assert own.loop[0] is own
        assert own.array.tolist() == [len(own.closes)] * 3
        assert len(own.frame) == len(own.closes) + 1
    lab.advance("10:30")
    assert only(lab).drawn == only(fork).drawn


def test_functions_and_classes_of_a_cell_stay_themselves() -> None:
    class Step:
        def __init__(self, n: int) -> None:
            self.n = n

        def words(self) -> str:
            return f"old {self.n}"

    class Keeps(sl.Strategy):
        def on_start(self, ctx: Any) -> None:
            self.step, self.kind = Step(0), Step
            self.more = lambda n: n + 1

        def on_bar(self, ctx: Any, symbol: str) -> None:
            self.step.n = self.more(self.step.n)

    lab = opened().use(Keeps)
    lab.advance("09:40")
    lab.buy("A", 1, limit=1.0)  # so that a copy is taken here
    lab.advance("10:00")
    fork = lab.fork()

    Step = type("Step", (), {"words": lambda self: "new"})  # type: ignore[misc]  # noqa: F811  # the cell is run again
    lab.rewind("09:45")

    assert [only(lab).step.words(), only(fork).step.words()] == ["old 30", "old 60"]
    assert isinstance(only(fork).step, only(fork).kind)


def test_what_two_strategies_share_is_shared_in_the_copy() -> None:
    shared: dict[str, Any] = {}

    class Keeps(sl.Strategy):
        def on_start(self, ctx: Any) -> None:
            self.board = shared["board"] = {"n": 0}

        def on_bar(self, ctx: Any, symbol: str) -> None:
            self.board["n"] += 1

    class Reads(sl.Strategy):
        def on_start(self, ctx: Any) -> None:
            self.board = shared["board"]

    lab, fork = at_ten(Keeps, Reads=Reads)

    for one, n in ((lab, 60), (fork, 120)):
        assert only(one).board is only(one, "Reads").board
        assert only(one).board["n"] == n


@pytest.mark.parametrize(
    ("make", "kind"),
    [(lambda: (i for i in range(3)), "generator"), (threading.Lock, "lock")],
    ids=["generator", "lock"],
)
def test_what_cannot_be_copied_is_refused_by_name_and_the_lab_goes_on(make: Any, kind: str) -> None:
    class Keeps(sl.Strategy):
        def on_bar(self, ctx: Any, symbol: str) -> None:
            if ctx.minutes_from_open == 20:
                self.feed = make()

    lab = opened().use(Keeps)
    lab.advance("09:45")
    lab.fork()
    lab.advance("10:00")
    with pytest.raises(RewindError, match=rf"Keeps\.feed is a {kind}, which cannot be copied"):
        lab.fork()

    assert lab.run_session().now == DAYS[1].close
