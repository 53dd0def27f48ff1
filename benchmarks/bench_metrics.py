"""A count and a timed record of the metrics, against a look at the clock that neither can do without."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any

from sessionlab import PerformanceMetrics

TURNS = 100_000
CLOCK_S = 0.054e-6
"""Seconds of one ``perf_counter_ns()`` on the machine on which the aims were set."""


def test_a_count_and_a_timed_record(told: Any, in_turns: Any) -> None:
    timing = PerformanceMetrics()
    overruns, cycles = timing.record("overruns"), timing.record("strategy cycles")

    def count() -> None:
        for _ in range(TURNS):
            overruns.count += 1

    def record() -> None:
        for _ in range(TURNS):
            begun = perf_counter_ns()
            cycles.add(perf_counter_ns() - begun)

    def look() -> None:
        for _ in range(TURNS):
            perf_counter_ns()

    counted, recorded, limit = in_turns(count, record, look, per=TURNS)

    assert overruns.count % TURNS == cycles.count % TURNS == 0
    told.ratio("a count", counted, limit, "clock read", 0.05e-6 / CLOCK_S, "µs")
    told.ratio("a timed record, both looks at the clock in it", recorded, limit, "clock read", 0.25e-6 / CLOCK_S, "µs")
