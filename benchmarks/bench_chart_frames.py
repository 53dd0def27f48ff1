"""What a chart that follows a lab costs its kernel: a frame of four symbols of seconds at 360 x, and all of their day at once."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

import sessionlab as sl
from sessionlab.widgets.chart import ChartPart
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.telling import frame

SYMBOLS = list("ABCD")
A_FRAME = 12
"""Seconds of the market that go by in a thirtieth of a second."""


def test_a_frame_of_a_chart(told: Any, in_turns: Any) -> None:
    lab = sl.Lab(sl.SessionConfig.simple(SYMBOLS, "2025-07-02", "2025-07-02", "1s 1m"), source="synthetic")
    lab.advance("15:00")
    part = ChartPart(lab, SYMBOLS, "1s")
    part.tell(Standing.of(lab))
    sizes: list[int] = []

    def tell() -> None:
        new = part.tell(Standing.of(lab))
        assert new is not None
        facts, buffers = frame([("chart", new)])
        sizes.append(len(json.dumps(facts)) + sum(buffer.nbytes for buffer in buffers))

    [frames] = in_turns(tell, prepare=lambda: lab.step(A_FRAME), rounds=100)

    told.figure("a frame of a chart of four symbols of seconds", 1e3 * median(frames), "ms", 3.0)
    told.figure("the same, sent", max(sizes) / 1e3, "kB", 8.0)


def test_all_of_a_chart_at_once(told: Any, in_turns: Any) -> None:
    lab = sl.Lab(sl.SessionConfig.simple(SYMBOLS, "2025-07-02", "2025-07-02", "1s 1m"), source="synthetic")
    lab.run_session()

    [taken] = in_turns(lambda: ChartPart(lab, SYMBOLS, "1s").tell(Standing.of(lab)), rounds=15)

    told.figure("all of a chart of four symbols of seconds, at the close", 1e3 * median(taken), "ms", None)
