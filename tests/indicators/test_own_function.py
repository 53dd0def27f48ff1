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


def one_day(window: int) -> sl.Lab:
    return sl.Lab(config("A", "1m", "2025-07-02", window=window), source=RowsSource({("A", "1m"): make_bars(DAYS)}), times=TIMES)


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    source = RowsSource({(symbol, "1m"): make_bars(DAYS, seed=i) for i, symbol in enumerate("AB")})
    lab = sl.Lab(config(["A", "B"], "1m 5m", "2025-07-02", window=1), source=source, times=TIMES)
    lab.advance("11:00")
    return lab


@pytest.fixture
def data(lab: sl.Lab) -> Any:
    return lab.data["A"]


def next_close_at_seven(bars: Any) -> Any:
    return np.where(np.arange(len(bars)) == 7, bars.close[min(8, len(bars) - 1)], bars.close)


def centered_on_five(bars: Any) -> Any:
    return np.where(np.arange(len(bars)) == 5, bars.close[-1], 1.0)


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

    def test_before_its_first_bar_each_output_is_not_a_number(self) -> None:
        """A dict names them when it is there; a strategy may read them before."""
        lab = one_day(window=0)
        view = lab.data["A"][sl.indicator(lambda bars: {"top": bars.high, "bottom": bars.low}, "1m", name="both")]
        named = lab.data["A"][sl.indicator(lambda bars: (bars.high, bars.low), "1m", name="named", outputs=("top", "bottom"))]
        for one in (view, named):
            assert np.isnan(one.last.top)
            assert (len(one.top), one.ready) == (0, False)
        lab.step()

        for one in (view, named):
            assert one.last == (one.last.top, one.last.bottom) == (one.top[0], one.bottom[0])

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
        assert 0 <= caught.value.row < caught.value.cut < 96
        assert f"of bar {caught.value.row} (2025-07-0" in str(caught.value)
        assert f"after the first {caught.value.cut}" in str(caught.value)

    def test_the_first_bar_that_differs_is_named(self, data: Any) -> None:
        """Bar 40 sees bar 90: every cut between them shows it, and no other bar differs."""

        def at_forty(bars: Any) -> Any:
            values = np.zeros(len(bars))
            values[40:41] = bars.close[90] if len(bars) > 90 else 0.0
            return values

        with pytest.raises(sl.errors.LookAheadError) as caught:
            data[sl.indicator(at_forty, "5m")].last  # noqa: B018
        assert caught.value.row == 40
        assert 40 < caught.value.cut <= 90

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
        assert sizes[0][0] == 96
        assert len(set(sizes[0])) == 9

    def test_cuts_are_tried_again_when_there_are_twice_as_many_bars(self) -> None:
        lab = one_day(window=1)
        seen: list[int] = []

        def note(bars: Any) -> Any:
            seen.append(len(bars))
            return bars.close

        view = lab.data["A"][sl.indicator(note, "1m")]
        tried = []
        for clock in ("09:35", "09:36", "09:40", "15:59", "close"):
            lab.advance(clock)
            view.last  # noqa: B018
            tried.append((seen[0], len(seen) - 1))
            seen.clear()

        assert tried == [(395, 8), (396, 0), (400, 0), (779, 0), (780, 0)]

        alone = one_day(window=0)
        view = alone.data["A"][sl.indicator(note, "1m")]
        while alone.now < alone.session.open + pd.Timedelta("70min"):
            alone.step()
            seen.clear()
            view.last  # noqa: B018
            tried.append((seen[0], len(seen) - 1))

        assert [(size, cuts) for size, cuts in tried[5:] if cuts] == [(2, 1), (4, 3), (8, 7), (16, 8), (32, 8), (64, 8)]

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

    def test_a_value_that_changes_is_told_with_both_values_and_moments(self) -> None:
        lab = one_day(window=0)
        view = lab.data["A"][sl.indicator(next_close_at_seven, "1m", name="sneaky")]
        lab.advance("09:38")
        was = view.last
        lab.step()

        with pytest.raises(sl.errors.LookAheadError) as caught:
            view.last  # noqa: B018
        close = lab.data["A"].bars("1m").close[8]
        assert str(caught.value) == (
            f"sneaky(1m) looks ahead, for it repaints: sneaky of bar 7 (2025-07-02 09:37:00) was {was:g} at 2025-07-02 09:38:00, "
            f"and is {close:g} at 2025-07-02 09:39:00, when later bars have come. A value may depend on its bar and earlier ones "
            "alone, and on nothing but the bars"
        )
        assert (caught.value.row, caught.value.was, caught.value.became) == (7, was, close)

    def test_it_is_told_again_from_then_on_and_a_look_back_shows_what_was_seen(self) -> None:
        lab = one_day(window=0)
        one = sl.indicator(next_close_at_seven, "1m")
        lab.advance("09:38")
        was = lab.data["A"][one].values
        lab.step()
        for _ in range(3):
            with pytest.raises(sl.errors.LookAheadError, match="at 2025-07-02 09:39:00"):
                lab.data["A"][one].last  # noqa: B018
            lab.step()

        np.testing.assert_array_equal(lab.data.as_of("09:38")["A"][one].values, was)
        with pytest.raises(sl.errors.LookAheadError, match="at 2025-07-02 09:39:00"):
            lab.data.as_of("09:40")["A"][one].last  # noqa: B018

    def test_what_a_look_back_saw_counts_too(self) -> None:
        lab = one_day(window=0)
        one = sl.indicator(next_close_at_seven, "1m")
        lab.advance("09:38")
        lab.data["A"][one].last  # noqa: B018
        then = lab.data.as_of("09:36")["A"][sl.indicator(centered_on_five, "1m")]
        assert then.last
        lab.advance("09:45")

        with pytest.raises(sl.errors.LookAheadError, match=r"was .* at 2025-07-02 09:3[68]:00, and is .* at 2025-07-02 09:45:00"):
            lab.data["A"][one].last  # noqa: B018
        with pytest.raises(sl.errors.LookAheadError, match="centered_on_five"):
            lab.data["A"][then.recipe].last  # noqa: B018

    @pytest.mark.parametrize(
        "fn",
        [
            lambda b: np.append(np.abs(np.diff(b.close)) > 0.12, False).astype(float),
            lambda b: np.append(b.volume[1:] > 4 * b.volume.mean(), False).astype(float),
            lambda b: np.where(b.position == 107, np.append(b.close[1:], np.nan), b.close),
            lambda b: np.where(b.start >= DAYS[1].open_ns + 86_400 * 10**9, np.append(b.close[1:], np.nan), b.close),
        ],
        ids=["rare moves", "rare volume", "one position", "from the second session on"],
    )
    def test_no_strategy_reads_the_next_bar(self, fn: Any) -> None:
        """Functions that eight cuts alone let pass: none tells of the next bar, and where one repaints, it is found."""
        lab = sl.demo()
        view = lab.data["AAPL"][sl.indicator(fn, "1m", name="fn")]

        def run() -> None:
            while lab.state != "done":
                lab.step()
                bars = lab.data["AAPL"].bars("1m")
                assert not len(bars) or view.last in (0.0, bars.close[-1]) or np.isnan(view.last)

        with pytest.raises(sl.errors.LookAheadError, match=r"fn\(1m\) looks ahead"):
            run()

    def test_no_word_tells_of_later_bars(self) -> None:
        """At the open of a day with window: what it is given, and what errors say, ends with the window."""
        lab = one_day(window=1)
        for fn, says in [
            (lambda bars: bars.close[1:], r"shape \(389,\) for 390 bars"),
            (lambda bars: bars.nothing, "over the first 390 bars"),
            (lambda bars: np.full(len(bars), bars.close[-1]), "over the 390 bars known at 2025-07-02 09:30:00"),
        ]:
            with pytest.raises(sl.errors.SessionlabError, match=says):
                lab.data["A"][sl.indicator(fn, "1m")].all.last  # noqa: B018

    def test_a_corrected_row_is_no_look_ahead_but_before_it_nothing_may_change(self) -> None:
        rows = make_bars(DAYS[1], corrected={3: 200.0}, late={5: 90.0})
        lab = sl.Lab(config("A", "1m", "2025-07-02"), source=RowsSource({("A", "1m"): rows}), times=TIMES)
        honest = lab.data["A"][sl.indicator(lambda bars: np.cumsum(bars.close), "1m", name="honest")]
        sly = sl.indicator(lambda bars: np.where(np.arange(len(bars)) == 1, len(bars) > 8, 0.0), "1m", name="sly")
        turned, before = 0, honest.values
        while lab.now < lab.session.open + pd.Timedelta("10min"):
            lab.step()
            np.testing.assert_array_equal(honest.values, np.cumsum(lab.data["A"].bars("1m").close))
            turned += not np.array_equal(honest.values[: len(before)], before)
            before = honest.values

        assert turned == 2
        late = lab.data.as_of("09:37:10")["A"][sly]
        assert late.values.tolist() == [0.0] * 6
        with pytest.raises(sl.errors.LookAheadError, match=r"bar 1 .* was 0 at .* and is 1 at"):
            lab.data["A"][sly].last  # noqa: B018

    def test_outputs_that_come_and_go_are_refused(self) -> None:
        lab = one_day(window=0)
        view = lab.data["A"][sl.indicator(lambda b: {"a": b.close} | ({"b": b.close} if len(b) > 1 else {}), "1m", name="two")]
        lab.step()
        assert view.last > 0
        lab.step()

        with pytest.raises(sl.errors.ConfigError, match="gave a of 1 bars and a, b of 2; let it give the same outputs each time"):
            view.last  # noqa: B018

    def test_it_is_called_once_at_a_moment_and_not_without_new_bars(self) -> None:
        seen: list[int] = []

        def note(bars: Any) -> Any:
            seen.append(len(bars))
            return bars.close

        lab = sl.Lab(config("A", "1m 5m", "2025-07-02", window=1), source=RowsSource({("A", "1m"): make_bars(DAYS)}), times=TIMES)
        view = lab.data["A"][sl.indicator(note, "5m")]
        view.last  # noqa: B018
        seen.clear()
        for _ in range(60):
            lab.step()
            for part in (view, view.all, view.history, lab.data["A"][view.recipe]):
                assert (len(part.values), part.ready, part.complete) == (len(part), len(part) > 0, len(part) > 0)
                part.frame()

        assert seen == list(range(79, 79 + 12))

    def test_each_session_is_checked_anew(self) -> None:
        lab, seen = sl.demo(), []
        view = lab.data["AAPL"][sl.indicator(lambda bars: seen.append(len(bars)) or bars.close, "1m", name="note")]
        calls = []
        for _ in range(3):
            lab.advance("close")
            view.last  # noqa: B018
            calls.append((len(seen), sorted(seen[1:])))
            seen.clear()
            lab.step()

        assert [count for count, _ in calls] == [9, 9, 9]
        assert len({tuple(cuts) for _, cuts in calls}) == 3

    def test_sums_in_another_order_are_no_look_ahead(self, data: Any) -> None:
        def convolved(bars: Any) -> Any:
            return np.convolve(bars.close, np.ones(37) / 37)[: len(bars)]

        assert data[sl.indicator(convolved, "1m")].ready


class TestWhatIsNoSeries:
    @pytest.mark.parametrize(
        ("fn", "says"),
        [
            (lambda bars: bars.close[1:], r"gives shape \(95,\) for 96 bars; give one number for each bar"),
            (lambda bars: bars.close[-1], r"gives shape \(\) for 96 bars"),
            (lambda bars: None, "gives NoneType of object; give numbers"),
            (lambda bars: np.array(["a"] * len(bars)), "give numbers"),
            (lambda bars: np.stack([bars.high, bars.low]), r"shape \(2, 96\)"),
            (lambda bars: (bars.high, bars.low), r"gives a tuple of 2, and outputs=\(...\) must name each"),
            (lambda bars: {"a b": bars.high}, "'a b' cannot name an output"),
            (lambda bars: {"last": bars.high}, "'last' cannot name an output; views have"),
            (lambda bars: bars.adj_close, "raised AttributeError over the first 96 bars: .*adj_close"),
            (lambda bars: 1 / 0, "raised ZeroDivisionError over the first 96 bars: division by zero"),
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
