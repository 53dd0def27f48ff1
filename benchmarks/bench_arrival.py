"""A session of seconds that arrives bar by bar, through every phase of the step, against a bare loop with a call."""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab import Interval, SessionConfig, SessionCoordinator, Strategy
from sessionlab.sources.synthetic import Synthetic

SECOND = Interval.parse("1s")


class EachSecond(Strategy):
    every = "1s"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        pass


@pytest.mark.parametrize(
    ("what", "strategy", "bars", "aim_s"),
    [
        ("a bar that arrives, no strategy, whole day", None, 23_400, 15e-6),
        ("a bar that arrives, an empty callback, first 20 minutes", EachSecond(), 1_200, None),
        ("a bar that arrives, an empty callback, first 2 hours", EachSecond(), 7_200, None),
    ],
)
def test_bars_that_arrive_one_by_one(
    told: Any,
    in_turns: Any,
    bare_loop: Any,
    bare_loops: Any,
    what: str,
    strategy: Strategy | None,
    bars: int,
    aim_s: float | None,
) -> None:
    config = SessionConfig.simple("AAPL", "2025-07-02", "2025-07-02", "1s")
    source = Synthetic()
    there = SessionCoordinator(config, source)
    [day] = source.load("AAPL", SECOND, there.sessions)
    instants = day.rows.known_at[:bars].tolist()
    arrivals = [({("AAPL", SECOND): day.rows.take(slice(i, i + 1))}, at) for i, at in enumerate(instants)]
    waiting: list[SessionCoordinator] = []

    def prepare() -> None:
        waiting[:] = [SessionCoordinator(config, source, there.times, arriving=True)]
        if strategy is not None:
            waiting[0].use(strategy)

    def receive_all() -> None:
        receive = waiting[0].receive
        for rows, at_ns in arrivals:
            receive(rows, at_ns)

    work, limit = in_turns(receive_all, bare_loop(bars), per=bars, prepare=prepare, rounds=5)

    assert len(waiting[0].data["AAPL"].bars("1s")) == bars
    told.ratio(what, work, limit, "bare loop", None if aim_s is None else bare_loops(aim_s))
