"""Market time played at 360 times the wall's: how far behind its plan it is when it is moved, a session of 10 x 1s bars.

``SESSIONLAB_PACED_MINUTES`` is how much of the session is played, 60 by default; 390 is all of it, in 65 seconds.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import numpy as np
import pytest

from sessionlab import Lab, SessionConfig, Strategy

SPEED = 360.0
MINUTES = int(os.environ.get("SESSIONLAB_PACED_MINUTES", "60"))
SYMBOLS = "AAPL AMD AMZN GOOG IBM META MSFT NVDA SPY TSLA"


class EachMinute(Strategy):
    every = "1m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        ctx.state.last = ctx[symbol].bars("1m").last.close


@pytest.mark.parametrize("listening", [False, True])
def test_ten_symbols_of_seconds(told: Any, benchmark: Any, listening: bool) -> None:
    dates = "2025-07-02", "2025-07-02"
    lab = Lab(SessionConfig.simple(SYMBOLS, *dates, "1s 1m", **{"api_config.data_api": "synthetic"})).use(EachMinute())
    behind: list[float] = []
    got = []

    async def consume() -> None:
        async for event in lab.subscribe("AAPL", "1s"):
            got.append(event)

    async def play() -> None:
        tasks = [asyncio.create_task(consume())] if listening else []
        await asyncio.sleep(0)
        lab.step()  # the morning's work is done: longer bars are made, and what is due is planned
        await asyncio.sleep(0)
        playing = lab.play(SPEED, until=f"{MINUTES}m")
        begun, opened = time.perf_counter(), lab.now.value
        while not playing.done:
            # At any time, looked at 500 times a second: between two moves it falls behind by as much as a tick.
            behind.append(time.perf_counter() - begun - (lab.now.value - opened) / 1e9 / SPEED)
            await asyncio.sleep(0.002)
        lab.close()
        await asyncio.gather(*tasks)

    benchmark.pedantic(lambda: asyncio.run(play()), rounds=1)

    late = np.percentile(behind, [50, 99, 100]) * 1e3
    what = f"{MINUTES} minutes of 10 x 1s at 360 x{', one subscriber' if listening else ''}: behind the plan"
    told.figure(f"{what}, 99th percentile", late[1], "ms", 50.0, f"median {late[0]:.3g}, worst {late[2]:.3g}")
    if listening:
        bars = sum(len(event.bars) for event in got)
        assert bars == min(MINUTES * 60 + 1, 390 * 60)
        told.figure("bars that came to it late, with a later one", bars - len(got), f"of {bars:,}", None)
