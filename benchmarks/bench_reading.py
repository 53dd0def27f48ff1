"""What a look at the bars costs a callback, against numpy's slice of a column and pandas' frame of a block.

Each value is read once at each moment, from a view that the strategy holds; a second look may be cheaper.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sessionlab import Lab, SessionConfig, Strategy

STEPS = 23_400
FRAMES = 500


class DoesNotLook(Strategy):
    every = "1s"

    def on_session_start(self, ctx: Any) -> None:
        self.bars = ctx["AAPL"].bars("1s")

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.bars  # noqa: B018


class LooksAtLastClose(DoesNotLook):
    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.bars.last.close  # noqa: B018


class LooksAtCloses(DoesNotLook):
    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.bars.close  # noqa: B018


class AsksForEverything(DoesNotLook):
    def on_bar(self, ctx: Any, symbol: str) -> None:
        ctx[symbol].bars("1s").last.close  # noqa: B018


def one_day(strategy: Strategy | None = None) -> Lab:
    dates = "2025-07-02", "2025-07-02"
    config = SessionConfig.simple("AAPL", *dates, "1s", **{"api_config.data_api": "synthetic"})
    return Lab(config, strategy=strategy)


@pytest.mark.parametrize(
    ("what", "strategy", "aim"),
    [
        ("bars.last.close in a callback", LooksAtLastClose(), 0.30 / 0.11),
        ("bars.close in a callback", LooksAtCloses(), 0.35 / 0.11),
        ('ctx[symbol].bars("1s").last.close in a callback', AsksForEverything(), None),
    ],
)
def test_a_look_at_each_step(told: Any, in_turns: Any, what: str, strategy: Strategy, aim: float | None) -> None:
    """The time of a session whose strategy looks, less the time of one whose strategy does not."""
    looking, not_looking = one_day(strategy), one_day(DoesNotLook())
    column = np.arange(float(STEPS))

    def slices() -> None:
        for n in range(STEPS):
            column[:n]

    def prepare() -> None:
        looking.restart()
        not_looking.restart()

    with_look, without, limit = in_turns(looking.run_session, not_looking.run_session, slices, per=STEPS, prepare=prepare)

    assert looking.timing["strategy cycles"].count == STEPS + 1  # the first hook of the session is one too
    look = [a - b for a, b in zip(with_look, without, strict=True)]
    told.ratio(what, look, limit, "numpy slice", aim, "µs")


@pytest.mark.parametrize("size", [10, 1_000, STEPS])
def test_a_frame_of_all_bars_so_far(told: Any, in_turns: Any, size: int) -> None:
    lab = one_day()
    lab.step(size)
    bars, block = lab.data["AAPL"].bars("1s"), np.ones((5, STEPS))

    def frames() -> None:
        for _ in range(FRAMES):
            bars.frame()

    def bare_frames() -> None:
        for _ in range(FRAMES):
            pd.DataFrame(block[:, :size].T, copy=False)

    work, limit = in_turns(frames, bare_frames, per=FRAMES)

    assert len(bars.frame()) == size
    told.ratio(f".frame() of {size:,} bars", work, limit, "DataFrame(block[:n], copy=False)", 25 / 14, "µs")
