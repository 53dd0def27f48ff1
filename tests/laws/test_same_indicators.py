"""However a session is come to, every indicator is the same, to the last bit: by any start, ahead of time, in jumps or pieces.

And whatever is still to come, what is shown now stays as it is. All by registry, on bars that are absent, late and corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config
from every_indicator import every_recipe, shown
from hypothesis import example, given, settings
from hypothesis import strategies as st
from laws.test_same_session import DATES, TIMES, faulty

import sessionlab as sl
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.session.data import SessionData
from sessionlab.tape import Rows
from sessionlab.timing import Interval

MINUTE = Interval.parse("1m")
RECIPES = [*every_recipe("1m"), *every_recipe("5m"), sl.EMA(3, "7m"), sl.VWAP("60m"), sl.SMA(2, "1d"), sl.RelativeVolume("1d")]
RULES = ("build", "skip")
ROWS = {"B": faulty(1, True), "A": faulty(2, True)}
# What is known by the next open: what came later could not be in a window that was read before it.
SETTLED = {"B": faulty(1, False), "A": faulty(2, False)}


def source(rows: dict[str, Rows]) -> RowsSource:
    return RowsSource({(symbol, "1m"): part for symbol, part in rows.items()})


def document(start: str, end: str, rule: str = "build", **changes: Any) -> sl.SessionConfig:
    changes |= {"session_data_config__bars": {"incomplete": rule}}
    return config("B A", "1m 5m 7m 1d", start, end, window=2, window_intervals="1m 5m 1d", **changes)


def seen(data: SessionData) -> list[tuple[Any, ...]]:
    """All that indicators show now, of window and today."""
    return [(symbol, *shown(part)) for symbol in data for one in RECIPES for part in (data[symbol][one], data[symbol][one].all)]


def differing(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Symbols and indicators that do not show the same."""
    return [a[:2] for a, b in zip(one, other, strict=True) if a != b]


def looks_of(lab: sl.Lab) -> dict[str, list[tuple[Any, ...]]]:
    """Runs a lab through; what was seen of each session in the morning and at its close."""
    looks = {}
    while lab.state != "done":
        for clock in ("10:32:30", "close"):
            lab.advance(clock)
            looks[str(lab.now)] = seen(lab.data)
    return looks


@pytest.fixture(scope="module")
def whole() -> dict[str, list[tuple[Any, ...]]]:
    """What was seen in the longest run."""
    return looks_of(sl.Lab(document(DATES[2], DATES[-1]), source=source(ROWS), times=TIMES))


@settings(max_examples=2)
@given(prefetch=st.integers(1, 9), start=st.sampled_from(DATES[3:]))
@example(prefetch=3, start=DATES[2])
@example(prefetch=1, start=DATES[5])
def test_neither_the_start_of_the_run_nor_prefetch_days_can_be_seen(
    whole: dict[str, list[tuple[Any, ...]]], prefetch: int, start: str
) -> None:
    lab = sl.Lab(document(start, DATES[-1], backtest_config__prefetch_days=prefetch), source=source(ROWS), times=TIMES)
    looks = looks_of(lab)

    assert len(looks) >= 2
    assert list(looks) == [now for now in whole if now >= start]
    assert {now: found for now, was in looks.items() if (found := differing(was, whole[now]))} == {}


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=3)
@given(seed=st.integers(0, 2**32))
def test_a_session_that_comes_in_any_pieces_is_the_replay_of_it(rule: str, seed: int) -> None:
    """Delivered at some of the replay's moments: at each of them, all that was known by then and not delivered yet."""
    luck = Random(seed)
    made = document("2025-07-03", "2025-07-03", rule)
    replay = sl.Lab(made, source=source(SETTLED), times=TIMES)
    replay.run()
    engine = SessionCoordinator(made, source(SETTLED), TIMES, arriving=True)
    blocks = {
        symbol: source(SETTLED).load(symbol, MINUTE, TIMES.get_sessions("2025-07-03", "2025-07-03"))[0].rows for symbol in "BA"
    }
    looks, before = {}, 0
    share = luck.choice([0.02, 0.2, 1.0])
    for now in replay._engine.rows.moments.instants[1:].tolist():
        if now < replay.session.close_ns and luck.random() > share:
            continue
        came = {key: rows.take((rows.known_at > before) & (rows.known_at <= now)) for key, rows in blocks.items()}
        engine.receive({(symbol, MINUTE): rows for symbol, rows in came.items() if rows.size}, now)
        before = now
        if luck.random() < 0.02 or now == replay.session.close_ns or not looks:
            looks[now] = seen(engine.data)

    assert len(looks) > 1
    for now, was in looks.items():
        stamp = pd.Timestamp(now, tz="UTC")
        assert differing(was, seen(replay.data.as_of(stamp))) == []
        assert differing(was, seen(engine.data.as_of(stamp))) == []


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_views_kept_through_jumps_show_what_a_look_back_shows(seed: int) -> None:
    luck = Random(seed)
    jumped = sl.Lab(document("2025-07-02", "2025-07-03"), source=source(ROWS), times=TIMES)
    views = [jumped.data[symbol][one] for symbol in "BA" for one in luck.sample(RECIPES, 60)]
    looks = []
    while jumped.state != "done":
        jumped.step(luck.randint(1, 60))
        looks.append((jumped.now, [shown(view) for view in views]))

    assert len(looks) > 5
    for now, was in looks:
        data = jumped.data.as_of(now)
        assert differing(was, [shown(data[view._symbol][view.recipe]) for view in views]) == []


def cut_and_changed(now: int, luck: Random) -> Iterator[dict[str, Rows]]:
    """The rows known by ``now`` alone; and with others after them, at other times, and where there were none."""
    yield {symbol: rows.take(rows.known_at <= now) for symbol, rows in SETTLED.items()}
    changed = {}
    for symbol, rows in SETTLED.items():
        later = rows.known_at > now
        values = np.where(later, rows.values * luck.uniform(0.5, 2), rows.values)
        known_at = np.where(later, rows.known_at + 17 * 10**9, rows.known_at)
        kept = ~later | (np.random.default_rng(luck.randrange(2**32)).random(rows.size) < 0.8)
        changed[symbol] = Rows.of(rows.start, known_at, values).take(kept)
    yield changed


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=3)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_still_to_come_changes_nothing(rule: str, seed: int) -> None:
    luck = Random(seed)
    made = document("2025-07-02", "2025-07-02", rule)
    lab = sl.Lab(made, source=source(SETTLED), times=TIMES)
    lab.step(luck.randint(1, 380))
    was = seen(lab.data)

    for rows in cut_and_changed(lab.now.value, luck):
        other = sl.Lab(made, source=source(rows), times=TIMES)
        other.advance(lab.now)
        assert differing(was, seen(other.data)) == []


def test_a_late_and_a_corrected_row_count_from_their_moment_on() -> None:
    """Against the bars of that moment alone, at every moment of a morning with many of both."""
    talib = pytest.importorskip("talib")
    lab = sl.Lab(document("2025-07-02", "2025-07-02"), source=source(SETTLED), times=TIMES)
    data, turned = lab.data["A"], 0
    ema, high = data[sl.EMA(9, "5m")], data[sl.SessionHigh()]
    before = ema.values
    while lab.now < lab.session.open + pd.Timedelta("4h"):
        lab.step()
        np.testing.assert_array_equal(ema.values, talib.EMA(data.bars("5m").all.close, 9)[-len(ema) :] if len(ema) else [])
        assert high.last == data.bars("1m").high.max() if len(high) else np.isnan(high.last)
        turned += not np.array_equal(ema.values[: len(before)], before)
        before = ema.values

    assert turned > 3
