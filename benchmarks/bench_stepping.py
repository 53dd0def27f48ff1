"""A loaded session stepped from its open to its close, against a bare loop with a call over as many steps.

All that a run does from its first step to its close is in it: what is due is planned, coverage is measured and kept.
"""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab import Lab, SessionConfig, Strategy

STEPS = 23_400


class EachSecond(Strategy):
    every = "1s"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        pass


class EachMinute(Strategy):
    every = "1m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        pass


class EachMinuteToo(EachMinute):
    pass


def one_day(symbols: str, streams: str) -> Lab:
    dates = "2025-07-02", "2025-07-02"
    return Lab(SessionConfig.simple(symbols, *dates, streams, **{"api_config.data_api": "synthetic"}))


def test_a_session_that_nobody_listens_to(told: Any, in_turns: Any, bare_loop: Any, bare_loops: Any) -> None:
    lab = one_day("AAPL", "1s")

    work, limit = in_turns(lab.run_session, bare_loop(STEPS), per=STEPS, prepare=lab.restart)

    assert lab.state == "done"
    told.ratio("a session nobody listens to", work, limit, "bare loop", bare_loops(0.02e-6))


def test_an_empty_callback_each_second(told: Any, in_turns: Any, bare_loop: Any) -> None:
    lab = one_day("AAPL", "1s").use(EachSecond())

    work, limit = in_turns(lab.run_session, bare_loop(STEPS), per=STEPS, prepare=lab.restart)

    assert lab.timing["strategy cycles"].count == STEPS
    told.ratio("an empty callback each second", work, limit, "bare loop", 3.5, "µs a step")


def test_two_strategies_on_minutes_of_three_symbols(told: Any, in_turns: Any, bare_loop: Any) -> None:
    lab = one_day("AAPL RIVN SPY", "1s 1m").use(EachMinute()).use(EachMinuteToo())

    work, limit = in_turns(lab.run_session, bare_loop(STEPS), per=STEPS, prepare=lab.restart)

    assert lab.timing["strategy cycles"].count == 2 * 3 * 390
    told.ratio("two strategies on 1m, three symbols of 1s", work, limit, "bare loop", 5.0, "µs a step")


@pytest.mark.parametrize("symbols", ["AAPL", "AAPL RIVN SPY"])
def test_steps_by_hand(told: Any, in_turns: Any, bare_loop: Any, symbols: str) -> None:
    lab = one_day(symbols, "1s").use(EachMinute())

    def by_hand() -> None:
        for _ in range(STEPS):
            lab.step()

    work, limit = in_turns(by_hand, bare_loop(STEPS), per=STEPS, prepare=lab.restart, rounds=5)

    assert lab.state == "done"
    told.ratio(f"lab.step() by hand, {len(symbols.split())} x 1s, 1m strategy", work, limit, "bare loop", None, "µs a step")
