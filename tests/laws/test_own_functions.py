"""Whatever a function of a user's own tries, it is given the bars known now and no others, and nothing that it says changes.

What is shown at a moment is what it says of the bars that are visible then, or it was found to look ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from builders import RowsSource, config, make_bars
from hypothesis import example, given, settings
from hypothesis import strategies as st
from laws.test_same_session import faulty

import sessionlab as sl

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02", "2025-07-03")]  # the last is a half day
CLEAN = make_bars(DAYS, missing=[5, 60, 61], seed=3)
Fn = Callable[[Any], Any]


def following(values: Any) -> Any:
    return np.append(values[1:], np.nan)


def next_bar_event(rarity: float, column: str) -> Fn:
    """Flags a bar when the next one is larger, or moves more, than all but a share of the day's."""

    def event(bars: Any) -> Any:
        values = getattr(bars, column)
        move = np.abs(np.diff(values)) if column == "close" else values[1:]
        limit = {"close": 6.5, "volume": 1000.0}[column] * (1 - rarity)
        return np.append(move > limit, False).astype(float)

    return event


def at_position(position: int) -> Fn:
    return lambda bars: np.where(bars.position == position, following(bars.close), bars.close)


def in_session(number: int) -> Fn:
    return lambda bars: np.where(bars.session == number, following(bars.close), bars.close)


def once_there_are(size: int) -> Fn:
    return lambda bars: bars.close - (bars.close[-1] if len(bars) > size else 0.0)


def centered(width: int) -> Fn:
    return lambda bars: pd.Series(bars.close).rolling(width, center=True, min_periods=1).mean()


def of_the_whole_day(bars: Any) -> Any:
    means = pd.Series(bars.close).groupby(bars.session).transform("mean")
    return bars.close / means.to_numpy()


def trailing(width: int) -> Fn:
    return lambda bars: pd.Series(bars.volume).rolling(width, min_periods=1).mean()


def since_open(bars: Any) -> Any:
    return bars.close / bars.open[bars.first]


SNEAKY = st.one_of(
    st.builds(next_bar_event, st.floats(0, 1).map(lambda x: x**4), st.sampled_from(["close", "volume"])),
    st.builds(at_position, st.integers(0, 389)),
    st.builds(in_session, st.integers(0, 1)),
    st.builds(once_there_are, st.integers(1, 700)),
    st.builds(centered, st.integers(2, 40)),
    st.just(of_the_whole_day),
)
HONEST = st.one_of(st.builds(trailing, st.integers(1, 50)), st.just(since_open))


class Recorded:
    """A function, and the bars that it was given since the last look."""

    def __init__(self, fn: Fn) -> None:
        self.fn = fn
        self.given: list[Any] = []

    def __call__(self, bars: Any) -> Any:
        self.given.append(bars)
        return self.fn(bars)


class Bars(SimpleNamespace):
    """What a function is to be given, put together by hand."""

    def __len__(self) -> int:
        return len(self.close)


def visible(data: Any) -> Bars:
    """The bars that are known now of the session and of the one before it."""
    frame = data["A"].bars("1m").all.frame()
    today = DAYS.index(TIMES.get_trading_session(data.session.date))
    number = {day.date: i for i, day in enumerate(DAYS[today - 1 : today + 1])}
    session = np.array([number[date] for date in frame.index.date], dtype=np.int64)
    clock = (frame.index - frame.index.normalize()) // pd.Timedelta("1min")
    columns = {name: frame[name].to_numpy() for name in ("open", "high", "low", "close", "volume")}
    return Bars(**columns, session=session, first=session.searchsorted(session), position=np.asarray(clock) - 570)


def lab_of(rows: Any) -> sl.Lab:
    made = config("A", "1m", "2025-07-02", "2025-07-03", window=1)
    return sl.Lab(made, source=RowsSource({("A", "1m"): rows}), times=TIMES)


def look(recorded: Recorded, data: Any) -> Any:
    """What is shown, None where it was found to look ahead; and in any case, what it was given."""
    bars, recorded.given = visible(data), []
    view = data["A"][sl.indicator(recorded, "1m", name="mine")].all
    try:
        values, last = view.values, view.last
    except sl.errors.LookAheadError:
        values = None
    for passed in recorded.given:
        size = len(passed)
        assert size <= len(bars)
        for name in ("open", "high", "low", "close", "volume", "session", "first", "position"):
            np.testing.assert_array_equal(getattr(passed, name), getattr(bars, name)[:size])
        assert passed.close.base.size == passed.start.base.size == size  # nothing lies behind them
    if values is None:
        return None
    said = np.asarray(recorded.fn(bars), dtype=np.float64)
    np.testing.assert_array_equal(values, said)
    np.testing.assert_array_equal(last, said[-1] if len(said) else np.nan)
    return said


@settings(max_examples=30)
@given(fn=st.one_of(SNEAKY, HONEST), seed=st.integers(0, 2**32), late=st.booleans())
@example(fn=next_bar_event(0.0001, "close"), seed=0, late=False)
@example(fn=at_position(107), seed=1, late=False)
@example(fn=in_session(1), seed=2, late=True)
def test_what_is_shown_is_what_it_says_of_the_visible_bars(fn: Fn, seed: int, late: bool) -> None:
    luck = Random(seed)
    lab, recorded = lab_of(faulty(2, False) if late else CLEAN), Recorded(fn)
    seen: dict[Any, Any] = {}
    while lab.state != "done":
        lab.step(luck.choice([1, 1, 2, luck.randint(1, 120)]))
        said = look(recorded, lab.data)
        if said is None:
            break
        seen[lab.now] = said
        if luck.random() < 0.2:
            then = luck.choice([now for now in seen if now.date() == lab.now.date()])
            again = look(recorded, lab.data.as_of(then))
            np.testing.assert_array_equal(again, seen[then])

    assert seen or said is None


@settings(max_examples=30)
@given(fn=SNEAKY, seed=st.integers(0, 2**32))
@example(fn=next_bar_event(0.0001, "close"), seed=0)
@example(fn=at_position(107), seed=1)
@example(fn=in_session(1), seed=2)
def test_no_value_changes_unnoticed(fn: Fn, seed: int) -> None:
    """From look to look of a session: where it says something else of a bar that was there, that is an error from then on."""
    luck = Random(seed)
    lab, recorded = lab_of(CLEAN), Recorded(fn)
    before: dict[Any, Any] = {}
    while lab.state != "done":
        lab.step(luck.choice([1, 1, 1, 5, 60]))
        said = look(recorded, lab.data)
        if said is None:
            day = lab.session.date
            lab.step()
            assert lab.session.date != day or look(recorded, lab.data) is None
            break
        was = before.get(lab.session.date, said[:0])
        np.testing.assert_allclose(said[: len(was)], was, rtol=1e-8)
        before[lab.session.date] = said


@settings(max_examples=10)
@given(fn=HONEST, seed=st.integers(0, 2**32), late=st.booleans())
def test_an_honest_function_is_never_accused(fn: Fn, seed: int, late: bool) -> None:
    luck = Random(seed)
    lab, recorded = lab_of(faulty(2, False) if late else CLEAN), Recorded(fn)
    while lab.state != "done":
        lab.step(luck.choice([1, 1, 2, 30]))

        assert look(recorded, lab.data) is not None
        assert len(recorded.given) in (0, 1, 9)


@given(rarity=st.floats(0, 1).map(lambda x: x**4), column=st.sampled_from(["close", "volume"]))
def test_an_event_of_the_next_bar_is_never_flagged_in_advance(rarity: float, column: str) -> None:
    """Read at each bar, as a strategy does: the newest bar is never flagged, as the next one is not known."""
    lab = lab_of(CLEAN)
    view = lab.data["A"][sl.indicator(next_bar_event(rarity, column), "1m", name="event")]
    flags = 0
    try:
        while lab.now < DAYS[1].close:
            lab.step()
            flags += bool(len(view) and view.last)
    except sl.errors.LookAheadError:
        pass

    assert flags == 0
