"""What the scrubber is told: how full each stretch of the session is, and the fills."""

from __future__ import annotations

import numpy as np
import pandas as pd
from eyes import Eyes
from hypothesis import given
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.widgets.player import NOT_YET
from sessionlab.widgets.strip import STRETCHES


def gappy(missing: set[int]) -> sl.Lab:
    """One symbol of minutes on one day, without those of the given numbers."""
    index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
    frame = pd.DataFrame({"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 100}, index=index)
    return sl.Lab.from_frames({"SPY": frame[[i not in missing for i in range(390)]]}, bars="1m")


def by_hand(missing: set[int], minutes: int) -> np.ndarray:
    """The strip after so many minutes, one minute at a time."""
    there, due = np.zeros(STRETCHES), np.zeros(STRETCHES)
    for minute in range(minutes):
        due[minute * STRETCHES // 390] += 1
        there[minute * STRETCHES // 390] += minute not in missing
    return np.array([NOT_YET if d == 0 else round(200 * t / d) for t, d in zip(there, due, strict=True)])


@given(
    missing=st.sets(st.integers(1, 389), max_size=40), moves=st.lists(st.integers(-30, 60).filter(bool), min_size=1, max_size=8)
)
def test_the_strip_is_that_of_the_bars_known_now_however_it_came_there(missing: set[int], moves: list[int]) -> None:
    lab = gappy(missing)
    eyes, strip, at = Eyes(sl.widgets.Player(lab)), np.full(STRETCHES, NOT_YET), 0
    for move in moves:
        move = max(move, -at) if move < 0 else min(move, 390 - at)
        if move:
            lab.step(move)
        at += move
        told = (eyes.pull() or {"parts": {}})["parts"].get("player")
        strip = strip if told is None else told["arrays"].get("strip", strip)

        np.testing.assert_array_equal(strip, by_hand(missing, at))


def test_fills_are_told_once_and_again_where_the_run_went_back() -> None:
    lab = gappy(set())
    lab.advance("10:00")
    eyes = Eyes(sl.widgets.Player(lab))
    lab.buy("SPY", 100)
    lab.step()

    frame = eyes.pull()
    assert frame is not None
    start = pd.Timestamp("2025-07-02 10:00", tz="America/New_York").value / 1e6
    assert frame["parts"]["player"]["facts"]["fills"] == [[start, "buy", "buy 100 SPY at 10.00"]]
    lab.step()
    assert (eyes.pull() or {})["parts"]["player"]["facts"]["fills"] == []
    lab.rewind("10:01")
    again = (eyes.pull() or {})["parts"]["player"]
    assert again["fresh"]
    assert len(again["facts"]["fills"]) == 1
    lab.rewind("09:45")
    assert (eyes.pull() or {})["parts"]["player"]["facts"]["fills"] == []


def test_nothing_told_depends_on_the_future() -> None:
    told = []
    for last in (389, 250):
        lab = gappy({5, 6, 7, last, last - 1})
        eyes = Eyes(lab.dashboard())
        lab.advance("11:00")
        lab.buy("SPY", 10)
        lab.step(5)
        eyes.pull()
        told.append((eyes.lab, eyes.bytes, eyes.told[-1]["parts"]["player"]["facts"]))

    assert told[0] == told[1]
