"""A session as SVG, from its views to the text: minutes with indicators, and seconds grouped to pixels."""

from __future__ import annotations

import json
from typing import Any

import pytest

import sessionlab as sl


@pytest.mark.parametrize(("interval", "aim_ms"), [("1m", 50.0), ("1s", 50.0)])
def test_a_session_as_svg(told: Any, in_turns: Any, interval: str, aim_ms: float) -> None:
    lab = sl.Lab(sl.SessionConfig.simple("AAPL", "2025-07-02", "2025-07-02", "1s 1m"), source="synthetic")
    lab.run_session()
    indicators = [sl.EMA(9, interval), sl.RSI(14, interval)]
    frame = lab.data["AAPL"].bars(interval).frame()

    def draw() -> object:
        return lab.data.chart("AAPL", interval, indicators=indicators).svg

    def dump() -> object:
        return json.dumps(frame.to_numpy().tolist())

    drawn, dumped = in_turns(draw, dump)

    told.ratio(f"a session of {interval} bars as SVG", drawn, dumped, "ms, json.dumps of the bars", None, "ms")
    told.figure(f"the same, {interval}", 1e3 * min(drawn), "ms", aim_ms)
