"""A bar delivered to a thread while the step waits for it, against two ``threading.Event`` that hand a number over."""

from __future__ import annotations

import threading
import time
from typing import Any

from sessionlab import Lab, SessionConfig

BARS = 2_000


def test_a_bar_delivered_to_a_thread(told: Any, in_turns: Any) -> None:
    dates = "2025-07-02", "2025-07-02"
    lab = Lab(SessionConfig.simple("AAPL", *dates, "1s", **{"api_config.data_api": "synthetic"}))
    subscription = lab.subscribe("AAPL", "1s")
    seen = []

    def consume() -> None:
        for event in subscription:
            seen.append(event.bar)

    thread = threading.Thread(target=consume, daemon=True)
    thread.start()

    def prepare() -> None:
        seen.clear()
        lab.restart()

    work, limit = in_turns(lambda: lab.step(BARS), event_pair(BARS), per=BARS, prepare=prepare, clock=time.perf_counter)

    assert len(seen) == BARS
    lab.close()
    thread.join()
    told.ratio("a bar delivered to a thread", work, limit, "event pair", 1.5, "µs")


def event_pair(count: int) -> Any:
    """Hands ``count`` numbers to another thread, each when it is ready, and waits until it is ready again."""

    def hand_over() -> None:
        ready, given = threading.Event(), threading.Event()
        slot: list[int | None] = [None]

        def consume() -> None:
            while True:
                ready.set()
                given.wait()
                given.clear()
                if slot[0] is None:
                    return

        thread = threading.Thread(target=consume)
        thread.start()
        ready.wait()
        for number in range(count):
            ready.clear()
            slot[0] = number
            given.set()
            ready.wait()
        slot[0] = None
        given.set()
        thread.join()

    return hand_over
