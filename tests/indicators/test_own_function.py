"""A function of a user's own is an indicator like any other, unless it looks ahead or gives no series."""

from __future__ import annotations

import copy
import functools
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from indicators.real_minutes import fives, lab_on, minutes

import sessionlab as sl
from sessionlab.derive.indicators.recipe import TAKEN
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.session.indicators import IndicatorView
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02")]


def body(bars: Any) -> Any:
    return bars.close - bars.open


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    source = RowsSource({(symbol, "1m"): make_bars(DAYS, seed=i) for i, symbol in enumerate("AB")})
    lab = sl.Lab(config(["A", "B"], "1m 5m", "2025-07-02", window=1), source=source, times=TIMES)
    lab.advance("11:00")
    return lab


@pytest.fixture
def data(lab: sl.Lab) -> Any:
    return lab.data["A"]


class TestWhatItSees:
    def test_it_stands_on_window_and_today(self, real_data: Path) -> None:
        def mean_of_day(bars: Any) -> Any:
            typical = (bars.high + bars.low + bars.close) / 3
            sums, counts = np.zeros(len(bars)), np.zeros(len(bars))
            for i, first in enumerate(bars.first):
                sums[i] = typical[first : i + 1].sum()
                counts[i] = i + 1 - first
            return sums / counts

        lab = lab_on(real_data, "BAC", "2013-10-10", window=2)
        lab.advance("10:00")
        view = lab.data["BAC"][sl.indicator(mean_of_day, "5m")]
        frame = fives(minutes(real_data, "BAC", ("2013-10-08", "2013-10-09", "2013-10-10"))).loc[:"2013-10-10 09:59"]  # type: ignore[misc]
        typical = frame[["high", "low", "close"]].mean(axis=1)

        np.testing.assert_allclose(view.all.values, typical.groupby(typical.index.date).expanding().mean(), rtol=1e-12)
        assert len(view) == 6
        assert list(view.frame().columns) == ["mean_of_day(5m)"]

    def test_sessions_starts_and_positions_are_told(self, data: Any) -> None:
        told = {}

        def note(bars: Any) -> Any:
            told.update(session=bars.session, first=bars.first, position=bars.position, start=bars.start)
            return bars.volume

        view = data[sl.indicator(note, "5m")]
        assert view.last > 0
        size = len(told["start"])
        at = np.arange(size)

        assert (told["session"] == at // 78).all()
        assert (told["first"] == at // 78 * 78).all()
        assert (told["position"] == at % 78).all()
        assert told["start"][0] == DAYS[0].open_ns

    def test_a_series_a_list_and_whole_numbers_are_arrays_too(self, data: Any) -> None:
        closes = data.bars("5m").all.close
        forms = [
            lambda bars: pd.Series(bars.close).ewm(span=9, adjust=False).mean(),
            lambda bars: [float(value) for value in bars.close],
            lambda bars: np.arange(len(bars)),
            lambda bars: bars.close > bars.open,
        ]
        shown = [data[sl.indicator(form, "5m", name=f"form{i}")].all.values for i, form in enumerate(forms)]

        np.testing.assert_array_equal(shown[0], pd.Series(closes).ewm(span=9, adjust=False).mean())
        np.testing.assert_array_equal(shown[1], closes)
        np.testing.assert_array_equal(shown[2], np.arange(len(closes)))
        np.testing.assert_array_equal(shown[3], closes > data.bars("5m").all.open)
        assert {one.dtype for one in shown} == {np.dtype("float64")}

    @pytest.mark.parametrize(
        ("fn", "outputs"),
        [
            (lambda bars: (bars.high, bars.low), ("top", "bottom")),
            (lambda bars: {"top": bars.high, "bottom": bars.low}, ()),
            (lambda bars: {"bottom": bars.low, "top": bars.high}, ("top", "bottom")),
        ],
    )
    def test_several_outputs_are_named(self, data: Any, fn: Any, outputs: tuple[str, ...]) -> None:
        view, bars = data[sl.indicator(fn, "5m", name="both", outputs=outputs)], data.bars("5m")

        assert view.last == (bars.last.high, bars.last.low)
        assert (view.last.top, view.last.bottom) == view.last
        np.testing.assert_array_equal(view.top, bars.high)
        assert view.top.base is not None
        np.testing.assert_array_equal(view.values, [bars.high, bars.low])
        assert list(view.frame().columns) == ["top", "bottom"]

    def test_what_it_keeps_and_changes_later_is_its_own(self, data: Any) -> None:
        kept = []

        def keeps(bars: Any) -> Any:
            kept.append(np.zeros(len(bars)))
            return kept[-1]

        view = data[sl.indicator(keeps, "5m")]
        assert view.last == 0
        for array in kept:
            array[:] = 7

        assert view.values.tolist() == [0] * 18

    def test_without_an_interval_it_stands_on_the_finest_bars(self, data: Any) -> None:
        assert len(data[sl.indicator(body)]) == 90


class TestIdentity:
    def test_the_same_function_is_the_same_indicator(self) -> None:
        one = sl.indicator(body, "5m")

        assert one is sl.indicator(body, Interval.parse("5m"))
        assert one is not sl.indicator(body, "1m")
        assert one is not sl.indicator(body, "5m", name="another")
        for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert again is one

    def test_a_method_of_one_object_is_the_same_function(self) -> None:
        class Kept:
            def body(self, bars: Any) -> Any:
                return bars.close

        kept = Kept()
        assert sl.indicator(kept.body, "5m") is sl.indicator(kept.body, "5m")
        assert sl.indicator(kept.body, "5m") is not sl.indicator(Kept().body, "5m")

    def test_a_cell_that_is_run_again_replaces_it(self, lab: sl.Lab) -> None:
        data = lab.data["B"]
        values = []
        for factor in (1, 2):

            def scaled(bars: Any, factor: int = factor) -> Any:
                return factor * bars.close

            values.append(data[sl.indicator(scaled, "5m")].last)

        assert values[1] == 2 * values[0]
        assert data.indicators["scaled(5m)"].last == values[1]
        assert [name for name in data.indicators if name.startswith("scaled")] == ["scaled(5m)"]

    def test_a_partial_and_a_callable_object_work(self, data: Any) -> None:
        class Doubled:
            __hash__ = None  # type: ignore[assignment]

            def __eq__(self, other: object) -> bool:
                return True

            def __call__(self, bars: Any) -> Any:
                return 2 * bars.close

        def times(bars: Any, factor: float) -> Any:
            return factor * bars.close

        close = data.bars("5m").last.close
        assert data[sl.indicator(Doubled(), "5m")].last == 2 * close
        assert data[sl.indicator(functools.partial(times, factor=3.0), "5m", name="thrice")].last == 3 * close


AHEAD = {
    "tomorrow": lambda bars: np.append(bars.close[1:], np.nan),
    "whole mean": lambda bars: bars.close - bars.close.mean(),
    "last": lambda bars: np.full(len(bars), bars.close[-1]),
    "backward fill": lambda bars: pd.Series(np.where(np.arange(len(bars)) % 7 == 0, bars.close, np.nan)).bfill(),
    "centered": lambda bars: pd.Series(bars.close).rolling(5, center=True).mean(),
    "size": lambda bars: np.full(len(bars), len(bars)),
    "chance": lambda bars: np.random.default_rng().normal(size=len(bars)),
    "zero phase": lambda bars: np.cumsum(bars.close[::-1])[::-1],
    "one of two": lambda bars: {"fine": bars.close, "late": np.append(bars.close[1:], 0.0)},
}


class TestLookingAhead:
    @pytest.mark.parametrize("name", AHEAD)
    def test_it_is_found_at_the_first_look(self, data: Any, name: str) -> None:
        view = data[sl.indicator(AHEAD[name], "5m", name=name)]

        with pytest.raises(sl.errors.LookAheadError, match=rf"{name}\(5m\) looks ahead") as caught:
            view.last  # noqa: B018
        assert 0 <= caught.value.row < caught.value.cut < 156
        assert f"of bar {caught.value.row} (2025-07-0" in str(caught.value)
        assert f"after the first {caught.value.cut}" in str(caught.value)

    def test_the_first_bar_that_differs_is_named(self, data: Any) -> None:
        """Bar 40 sees bar 150: every cut between them shows it, and no other bar differs."""

        def at_forty(bars: Any) -> Any:
            values = np.zeros(len(bars))
            values[40:41] = bars.close[150] if len(bars) > 150 else 0.0
            return values

        with pytest.raises(sl.errors.LookAheadError) as caught:
            data[sl.indicator(at_forty, "5m")].last  # noqa: B018
        assert caught.value.row == 40
        assert 40 < caught.value.cut <= 150

    def test_the_same_cuts_are_made_every_time(self, data: Any) -> None:
        sizes: list[list[int]] = []
        for _ in range(2):
            seen: list[int] = []

            def note(bars: Any, seen: list[int] = seen) -> Any:
                seen.append(len(bars))
                return bars.close

            data[sl.indicator(note, "5m")].last  # noqa: B018
            sizes.append(seen)

        assert sizes[0] == sizes[1]
        assert len(sizes[0]) == 9
        assert sizes[0][0] == 156
        assert len(set(sizes[0])) == 9

    def test_it_is_checked_once_not_at_every_step_and_symbol(self) -> None:
        lab = sl.demo()
        seen = []

        def note(bars: Any) -> Any:
            seen.append(len(bars))
            return bars.close

        for symbol in lab.data:
            for _ in range(5):
                lab.step()
                lab.data[symbol][sl.indicator(note, "1m")].last  # noqa: B018

        assert len(seen) == 9 + 1

    def test_a_session_that_is_still_coming_finds_it_when_there_are_bars_to_tell_by(self) -> None:
        source = RowsSource({("A", "1m"): make_bars(DAYS)})
        engine = SessionCoordinator(config("A", "1m", "2025-07-02"), source, TIMES, arriving=True)
        rows, minute = make_bars(DAYS[1]), Interval.parse("1m")
        view = engine.data["A"][sl.indicator(lambda bars: bars.close - bars.close.mean(), "1m", name="mean")]

        def watch() -> None:
            for i in range(20):
                engine.receive({("A", minute): rows.take(slice(i, i + 1))}, int(rows.known_at[i]))
                view.last  # noqa: B018

        with pytest.raises(sl.errors.LookAheadError, match="mean"):
            watch()

    def test_sums_in_another_order_are_no_look_ahead(self, data: Any) -> None:
        def convolved(bars: Any) -> Any:
            return np.convolve(bars.close, np.ones(37) / 37)[: len(bars)]

        assert data[sl.indicator(convolved, "1m")].ready


class TestWhatIsNoSeries:
    @pytest.mark.parametrize(
        ("fn", "says"),
        [
            (lambda bars: bars.close[1:], r"gives shape \(155,\) for 156 bars; give one number for each bar"),
            (lambda bars: bars.close[-1], r"gives shape \(\) for 156 bars"),
            (lambda bars: None, "gives NoneType of object; give numbers"),
            (lambda bars: np.array(["a"] * len(bars)), "give numbers"),
            (lambda bars: np.stack([bars.high, bars.low]), r"shape \(2, 156\)"),
            (lambda bars: (bars.high, bars.low), r"gives a tuple of 2, and outputs=\(...\) must name each"),
            (lambda bars: {"a b": bars.high}, "'a b' cannot name an output"),
            (lambda bars: {"last": bars.high}, "'last' cannot name an output; views have"),
            (lambda bars: bars.adj_close, "raised AttributeError over the first 156 bars: .*adj_close"),
            (lambda bars: 1 / 0, "raised ZeroDivisionError over the first 156 bars: division by zero"),
            (lambda bars: bars.close.sort(), "read-only.*copy a column before you write into it"),
            (lambda bars: bars.close.__setitem__(0, 1.0), "copy a column before you write into it"),
            (lambda bars: bars.__setattr__("close", bars.open), r"bars\.close cannot be set"),
        ],
    )
    def test_it_says_what_was_given_and_what_to_give(self, data: Any, fn: Any, says: str) -> None:
        view = data[sl.indicator(fn, "5m", name="mine")]

        for _ in range(2):
            with pytest.raises(sl.errors.ConfigError, match=says) as caught:
                view.last  # noqa: B018
            assert "mine" in str(caught.value) or "bars.close" in str(caught.value)

    def test_columns_cannot_be_made_writeable(self, data: Any) -> None:
        def opens_up(bars: Any) -> Any:
            bars.close.flags.writeable = True

        before = data.bars("5m").all.close.copy()
        with pytest.raises(sl.errors.ConfigError, match="raised ValueError"):
            data[sl.indicator(opens_up, "5m")].last  # noqa: B018
        np.testing.assert_array_equal(data.bars("5m").all.close, before)

    def test_the_number_of_outputs_is_the_one_named(self, data: Any) -> None:
        two = sl.indicator(lambda bars: bars.close, "5m", name="two", outputs=("a", "b"))
        with pytest.raises(sl.errors.ConfigError, match="gives one series, and outputs names a, b"):
            data[two].last  # noqa: B018
        other = sl.indicator(lambda bars: {"c": bars.close}, "5m", name="other", outputs=("a",))
        with pytest.raises(sl.errors.ConfigError, match="gives c; its outputs are a"):
            data[other].last  # noqa: B018

    @pytest.mark.parametrize("outputs", [("1st",), ("class",), ("_x",), ("a", "a"), *[(name,) for name in sorted(TAKEN)]])
    def test_names_that_cannot_be_asked_for_are_refused(self, outputs: tuple[str, ...]) -> None:
        with pytest.raises(sl.errors.ConfigError, match="name"):
            sl.indicator(body, "5m", outputs=outputs)

    def test_the_names_taken_are_those_of_a_view(self) -> None:
        assert {name for name in dir(IndicatorView) if not name.startswith("_")} == TAKEN

    @pytest.mark.parametrize("wrong", [5, "EMA", None, sl.EMA(9, "5m")])
    def test_what_is_no_function_is_refused(self, wrong: Any) -> None:
        with pytest.raises(sl.errors.ConfigError, match="takes a function of bars"):
            sl.indicator(wrong, "5m")
