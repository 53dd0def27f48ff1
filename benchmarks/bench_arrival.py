"""A session of seconds that arrives bar by bar, through every phase of the step, against a bare loop with a call."""

from __future__ import annotations

from typing import Any

from sessionlab import Interval, SessionConfig, SessionCoordinator
from sessionlab.sources.synthetic import Synthetic

SECOND = Interval.parse("1s")


def test_bars_that_arrive_one_by_one(told: Any, in_turns: Any, bare_loop: Any, bare_loops: Any) -> None:
    config = SessionConfig.simple("AAPL", "2025-07-02", "2025-07-02", "1s")
    source = Synthetic()
    there = SessionCoordinator(config, source)
    [day] = source.load("AAPL", SECOND, there.sessions)
    arrivals = [({("AAPL", SECOND): day.rows.take(slice(i, i + 1))}, at) for i, at in enumerate(day.rows.known_at.tolist())]
    waiting: list[SessionCoordinator] = []

    def prepare() -> None:
        waiting[:] = [SessionCoordinator(config, source, there.times, arriving=True)]

    def receive_all() -> None:
        receive = waiting[0].receive
        for rows, at_ns in arrivals:
            receive(rows, at_ns)

    work, limit = in_turns(receive_all, bare_loop(len(arrivals)), per=len(arrivals), prepare=prepare, rounds=7)

    assert waiting[0].done
    assert len(waiting[0].data["AAPL"].bars("1s")) == len(arrivals) == 23_400
    told.ratio("a bar that arrives, no strategy", work, limit, "bare loop", bare_loops(15e-6))
