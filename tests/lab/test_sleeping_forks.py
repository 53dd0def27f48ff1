"""Strategies of a fork are made of the copy when they are asked for first, and nobody can tell that they slept."""

from __future__ import annotations

from typing import Any

import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.engine.coordinator import SessionCoordinator

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")
SOURCE = RowsSource({("A", "1m"): make_bars(DAY)})


class Remembers(sl.Strategy):
    every = "1m"

    def on_start(self, ctx: Any) -> None:
        self.closes: list[float] = []
        self.order = ctx.buy("A", 1, limit=1.0)

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.closes.append(ctx[symbol].bars("1m").last.close)


class Fails:
    """Something that was copied, and cannot be made again."""

    def __setstate__(self, state: object) -> None:
        raise OSError("the disk is gone")

    def __getstate__(self) -> object:
        return {"a": 1}


def lab_of() -> sl.Lab:
    lab = sl.Lab(config(["A"], "1m"), source=SOURCE, times=TIMES).use(Remembers())
    lab.advance("10:00")
    return lab


def engine_of(lab: sl.Lab) -> SessionCoordinator:
    return lab._engine


def remembered(lab: sl.Lab) -> Remembers:
    found = lab.strategies[0]
    assert isinstance(found, Remembers)
    return found


def test_what_happens_to_the_lab_later_is_not_in_its_fork() -> None:
    lab = lab_of()
    closes = list(remembered(lab).closes)
    fork = lab.fork()
    remembered(lab).closes.clear()
    lab.advance("11:00")

    assert remembered(fork).closes == closes
    assert remembered(fork).order is engine_of(fork).desk.orders[0]


def test_what_somebody_changed_between_two_forks_is_in_the_second() -> None:
    lab = lab_of()
    first = lab.fork()
    remembered(lab).closes.append(-1.0)
    second = lab.fork()

    assert remembered(second).closes == [*remembered(first).closes, -1.0]


def test_many_forks_of_one_moment_share_one_copy_until_they_are_looked_at() -> None:
    lab = lab_of()
    forks = [lab.fork() for _ in range(5)]
    grandchild = forks[0].fork()
    copies = {id(engine_of(fork).hooks.asleep) for fork in (*forks, grandchild)}
    told = repr(lab.forks), forks[1].equity, forks[1].orders

    assert len(copies) == 1
    assert told[0].count("Remembers") == 7
    assert engine_of(forks[1]).hooks.asleep is not None
    assert remembered(forks[1]).closes == remembered(grandchild).closes == remembered(lab).closes
    assert remembered(forks[1]).closes is not remembered(grandchild).closes
    assert len(engine_of(lab).going_back.points) == 2  # at the open, and here


def test_a_fork_of_a_sleeping_fork_goes_on_as_the_lab_does() -> None:
    lab = lab_of()
    middle = lab.fork()
    end = middle.fork()
    for one in (lab, middle, end):
        one.advance("11:00")

    assert remembered(end).closes == remembered(middle).closes == remembered(lab).closes
    assert len(remembered(end).closes) == 90


def test_a_scanner_that_joins_a_sleeping_fork_is_in_forks_of_it() -> None:
    class Counts(sl.Scanner):
        def scan(self, ctx: Any) -> list[str]:
            ctx.state.n = getattr(ctx.state, "n", 0) + 1
            return []

    lab = lab_of()
    fork = lab.fork().use_scanner(Counts(), regular_session="5m")
    fork.advance("10:15")
    again = fork.fork()
    again.rewind("10:10")

    counted = [engine_of(one).scanning.posts[0].ctx.state.n for one in (fork, again)]
    assert counted[0] - counted[1] == 1
    assert remembered(again).closes == remembered(fork).closes[:-5]


def test_a_sleeping_fork_begins_again_with_strategies_as_given() -> None:
    fork = lab_of().fork()
    fork.restart()

    assert not hasattr(remembered(fork), "closes")
    fork.advance("09:35")
    assert len(remembered(fork).closes) == 5


def test_a_fork_whose_strategies_cannot_be_made_says_so_each_time() -> None:
    lab = lab_of()
    remembered(lab).fails = Fails()  # type: ignore[attr-defined]
    fork = lab.fork()

    for _ in range(2):
        with pytest.raises(OSError, match="the disk is gone"):
            fork.advance("10:30")
    assert fork.now == lab.now
