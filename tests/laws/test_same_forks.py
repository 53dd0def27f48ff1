"""A fork is the lab again: nothing of the two differs, however both go on, until somebody acts in one of them.

What a run has done is compared with what another one has done, so nothing here needs to know what that is.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from builders import RowsSource, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))  # the second is a half day
MINUTE = Interval.parse("1m")
SOURCE = RowsSource({(symbol, "1m"): make_bars(DAYS, seed=seed, missing=range(60, 70)) for seed, symbol in enumerate("AB")})
MINUTES = sum(day.expected(MINUTE) for day in DAYS)


class Restless(sl.Strategy):
    """Sends, replaces and cancels orders of all kinds, by luck of its own; goes home flat or not."""

    every = "7m"
    name_of: str = "Restless"
    eager: float = 0.2

    @property
    def name(self) -> str:
        return self.name_of

    def on_bar(self, ctx: Any, symbol: str) -> None:
        last, luck = ctx[symbol].bars("1m").last.close, ctx.rng.random()
        if luck < self.eager:
            ctx.buy(symbol, 10, stop_loss=last - 1, take_profit=last + 1)
        elif luck < 0.35:
            ctx.sell(symbol, 10, trail=0.5, tif="gtc")
        elif luck < 0.5:
            ctx.buy(symbol, 5, limit=last - 0.5, tif="gtc")
        elif luck < 0.6:
            ctx.close(symbol)
        elif luck < 0.7 and ctx.orders:
            ctx.cancel(ctx.orders[0])

    def on_session_start(self, ctx: Any) -> None:
        ctx.buy("A", 1, limit=90.0)


def lab_of(participates: bool = False) -> sl.Lab:
    fills = {"trading_config__fills__max_participation": 0.01} if participates else {}
    lab = sl.Lab(config("A B", "1m 7m", str(DAYS[0].date), str(DAYS[-1].date), **fills), source=SOURCE, times=TIMES)
    return lab.use(Restless()).use(Restless(name_of="Second"))


moves = st.lists(st.one_of(st.integers(1, 200), st.integers(-60, -1)), max_size=4)


def go(lab: sl.Lab, steps: list[int]) -> None:
    """Forwards, and back as far as there is a way."""
    for n in steps:
        done = (lab.progress.session - 1) * DAYS[0].expected(MINUTE) + lab._engine.present.k - lab._engine.rows.first
        lab.step(max(n, -done))


@settings(max_examples=40)
@given(before=st.integers(0, MINUTES), mine=moves, theirs=moves, participates=st.booleans())
def test_a_lab_and_its_fork_do_not_differ_however_they_go_on(
    before: int, mine: list[int], theirs: list[int], participates: bool
) -> None:
    lab = lab_of(participates)
    lab.step(before)
    fork = lab.fork()

    assert not lab.diff(fork)
    go(lab, mine)
    go(fork, theirs)
    found = lab.diff(fork)
    assert (found.first, found.words) == (None, ())
    assert found.until == min(lab.now, fork.now)


@settings(max_examples=40)
@given(before=st.integers(1, MINUTES - 1), after=st.integers(0, 300), more=st.integers(0, 300), size=st.integers(1, 20))
def test_a_fork_differs_first_where_somebody_acts_in_it(before: int, after: int, more: int, size: int) -> None:
    lab = lab_of()
    lab.step(before)
    fork = lab.fork()
    fork.buy("B", size, limit=500.0 if size % 2 else None)
    acted = fork.now
    fork.step(after)
    lab.step(more)
    found = lab.diff(fork)

    assert found.first == acted
    assert found.at_first.iloc[0][["kind", "strategy", "symbol", "what"]].tolist() == ["order", "hand", "B", "sent"]
    assert found.orders.loc["hand"]["where"].tolist() == [fork.name]


@settings(max_examples=40)
@given(seed=st.integers(0, 100))
def test_what_one_has_more_the_other_has_less(seed: int) -> None:
    luck = Random(seed)
    lab = lab_of()
    lab.step(luck.randrange(1, 500))
    fork = lab.fork(strategy=Restless(name_of="Second", eager=0.1) if luck.random() < 0.5 else None)
    for one in (lab, fork):
        one.buy(luck.choice("AB"), luck.randrange(1, 30))
        one.step(luck.randrange(1, 200))
    there, back = lab.diff(fork), fork.diff(lab)

    assert (there.first, there.until, bool(there)) == (back.first, back.until, bool(back))
    np.testing.assert_array_equal(there.equity["difference"], -back.equity["difference"])
    np.testing.assert_array_equal(there.equity[lab.name], back.equity[lab.name])
    assert len(there.orders) == len(back.orders) or not there
    assert there.stats[fork.name].astype(str).tolist() == back.stats[fork.name].astype(str).tolist()


@pytest.mark.parametrize("session", [0, 1])
def test_at_a_close_and_at_the_open_after_it_a_fork_is_the_same(session: int) -> None:
    lab = lab_of()
    fork = lab.fork()
    lab.run_session()
    fork.run_session()
    for one in (lab, fork)[:session]:
        one.step(5)

    assert not lab.diff(fork)
