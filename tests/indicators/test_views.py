"""A view of an indicator follows its clock; what was taken of it stays; rows are those of its bars."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from every_indicator import every_recipe
from indicators.real_minutes import lab_on, minutes

import sessionlab as sl
from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.session.indicators import IndicatorView
from sessionlab.timing import Interval

talib = pytest.importorskip("talib")

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02")]


def lab_of(window: int = 0, streams: str = "1m 5m", missing: tuple[int, ...] = (), **changes: Any) -> sl.Lab:
    rows = {(symbol, "1m"): make_bars(DAYS, seed=i, missing=missing) for i, symbol in enumerate("AB")}
    return sl.Lab(config("A B", streams, "2025-07-02", window=window, **changes), source=RowsSource(rows), times=TIMES)


class TestFollowingTheClock:
    def test_without_a_window_it_starts_cold(self) -> None:
        lab = lab_of()
        view = lab.data["A"][sl.EMA(9, "5m")]
        assert (len(view), view.ready, view.complete) == (0, False, False)
        assert np.isnan(view.last)
        assert view.why == "it needs 9 bars of 5m and has 0: 0 of the window, 0 of today"

        lab.advance("10:10")
        assert (len(view), view.ready) == (8, False)
        assert np.isnan(view.last)
        assert view.why == "it needs 9 bars of 5m and has 8: 0 of the window, 8 of today"
        assert repr(view) == f"<A EMA(9, 5m) 2025-07-02 at 10:10:00: not ready: {view.why}>"

        lab.advance("10:15")
        assert (len(view), view.ready, view.why) == (9, True, None)
        assert view.last == talib.EMA(lab.data["A"].bars("5m").close, 9)[-1]
        assert type(view.last) is float

    def test_with_a_window_it_stands_on_yesterday(self) -> None:
        lab = lab_of(window=1)
        view = lab.data["A"][sl.EMA(9, "5m")]
        assert (len(view), len(view.history), len(view.all)) == (0, 78, 78)
        assert np.isnan(view.last)
        assert view.why == "no 5m bar of today is known yet"
        assert view.all.ready

        lab.advance("09:35")
        assert view.ready
        assert view.last == view.all.last == talib.EMA(lab.data["A"].bars("5m").all.close, 9)[-1]

    def test_a_value_comes_with_its_bar(self) -> None:
        lab = lab_of(window=1)
        data = lab.data["A"]
        views = [(data[one], data.bars("5m")) for one in every_recipe("5m")]
        while lab.now < lab.session.open + pd.Timedelta("22min"):
            lab.step()
            for view, bars in views:
                assert len(view) == len(bars)
                assert list(view.index) == list(bars.index)
                assert list(view.tail(2).index) == list(bars.tail(2).index)

    def test_each_session_begins_anew(self) -> None:
        lab = sl.demo()
        view = lab.data["AAPL"][sl.EMA(20, "1m")]
        for _ in range(3):
            lab.run_session()
            expected = talib.EMA(lab.data["AAPL"].bars("1m").all.close, 20)

            np.testing.assert_array_equal(view.all.values, expected)
            np.testing.assert_array_equal(view.values, expected[-len(view) :])
            lab.step()

    def test_a_strategy_sees_what_the_notebook_sees(self) -> None:
        lab = lab_of(window=1)
        seen = []

        @lab.every("5m")
        def note(ctx: Any, symbol: str) -> None:
            seen.append((symbol, ctx[symbol][sl.EMA(9, "5m")].last, ctx[symbol][sl.BBANDS(20, "5m")].last.upper))

        lab.run()
        for symbol in "AB":
            data = lab.data[symbol]
            mine = [(ema, upper) for of, ema, upper in seen if of == symbol]
            assert mine == list(zip(data[sl.EMA(9, "5m")].values, data[sl.BBANDS(20, "5m")].upper, strict=True))

    def test_a_strategy_may_keep_recipes(self) -> None:
        class Keeps(sl.Strategy):
            every = "5m"

            def __init__(self) -> None:
                super().__init__()
                self.fast = sl.EMA(9, "5m")

            def on_bar(self, ctx: Any, symbol: str) -> None:
                assert self.fast is sl.EMA(9, "5m")
                ctx.state.last = ctx[symbol][self.fast].last

        lab = lab_of(window=1)
        lab.use(Keeps())
        lab.run_session()

        assert list(lab.data["A"].indicators) == ["EMA(9, 5m)"]


class TestWhatWasTaken:
    @pytest.mark.parametrize("one", [sl.EMA(3, "1m"), sl.MACD("1m"), sl.VWAP(), sl.OpeningRange(5)], ids=str)
    def test_it_stays_and_is_read_only(self, one: Any) -> None:
        lab = lab_of(window=1)
        view, taken = lab.data["A"][one], []
        for _ in range(12):
            lab.step(3)
            for part in (view, view.all, view.history):
                taken += [(thing, thing.copy()) for thing in (part.values, part.frame(), part.tail(3))]
                taken += [(getattr(part, name), getattr(part, name).copy()) for name in view._now()[0].arrays]
            last = view.last
            taken.append((last, copy.deepcopy(last)))
        lab.run_session()

        for thing, copied in taken:
            if isinstance(thing, pd.DataFrame):
                pd.testing.assert_frame_equal(thing, copied)
                assert not thing.to_numpy().flags.writeable
            elif isinstance(thing, np.ndarray):
                np.testing.assert_array_equal(thing, copied)
                with pytest.raises(ValueError, match="read-only"):
                    thing[..., :1] = 0
            else:
                np.testing.assert_array_equal(thing, copied)

    def test_arrays_share_their_memory(self) -> None:
        lab = lab_of(window=1)
        lab.advance("10:30")
        for one in (sl.EMA(3, "1m"), sl.BBANDS(20, "1m")):
            view = lab.data["A"][one]
            assert np.shares_memory(view.values, view.all.values)
            assert np.shares_memory(view.frame().to_numpy(), view.values)
        bands = lab.data["A"][sl.BBANDS(20, "1m")]
        assert np.shares_memory(bands.upper, bands.all.upper)
        upper, middle, lower = bands.values
        assert (upper >= middle).all()
        assert (middle >= lower).all()

    def test_the_frame_is_named_as_the_indicator_or_its_outputs(self) -> None:
        lab = lab_of(window=1)
        lab.advance("10:30")
        data = lab.data["A"]
        frame = pd.concat([data.bars("5m").frame(), data[sl.EMA(9, "5m")].frame(), data[sl.BBANDS(20, "5m")].frame()], axis=1)

        assert list(frame.columns[-4:]) == ["EMA(9, 5m)", "upper", "middle", "lower"]
        assert frame.shape[0] == 12
        assert frame.notna().all(axis=None)
        assert frame.index.name == "start"

    def test_a_row_of_outputs_is_a_value(self) -> None:
        lab = lab_of(window=1)
        view = lab.data["A"][sl.BBANDS(20, "5m")]
        assert all(np.isnan(view.last))
        lab.advance("10:30")
        last = view.last

        assert last == view.last
        assert last == (last.upper, last.middle, last.lower) == tuple(view.values[:, -1])
        for again in (copy.copy(last), copy.deepcopy(last), pickle.loads(pickle.dumps(last))):
            assert again == last
            assert (again.upper, again._asdict()) == (last.upper, last._asdict())
        assert repr(last).startswith("Row(upper=")


class TestLookingBack:
    @pytest.mark.parametrize("one", every_recipe("5m"), ids=str)
    def test_as_of_shows_what_was_known_and_shares_the_series(self, one: Any) -> None:
        lab = lab_of(window=1)
        lab.advance("14:00")
        view, then = lab.data["A"][one], lab.data.as_of("11:03")["A"][one]

        assert (len(then), len(view)) == (18, 54)
        for name, array in then._now()[0].arrays.items():
            np.testing.assert_array_equal(array[:18], getattr(view, name)[:18])
        own = isinstance(view.recipe, FunctionRecipe)  # called with what was known then, and again with what is now
        assert (then._now()[0] is view._now()[0]) is not own
        lab.run_session()
        assert len(then) == 18

    def test_what_was_asked_for_of_the_past_is_declared_too(self) -> None:
        lab = lab_of()
        lab.advance("11:00")
        lab.data.as_of("10:00")["A"][sl.EMA(9, "5m")]

        assert list(lab.data["A"].indicators) == ["EMA(9, 5m)"]


class TestIncompleteBars:
    """The minute of 10:02 is missing on both days, so the bar of 10:00 has four of five."""

    def test_built_bars_make_what_stands_on_them_incomplete(self) -> None:
        lab = lab_of(missing=(32,))
        data = lab.data["A"]
        mean, ema, high = data[sl.SMA(3, "5m")], data[sl.EMA(3, "5m")], data[sl.SessionHigh("5m")]
        said = []
        lab.advance("10:00")
        for _ in range(5):
            said.append((mean.complete, ema.complete, high.complete))
            lab.advance("5m")

        assert said == [(True, True, True), *[(False, False, False)] * 3, (True, False, False)]
        assert "over incomplete bars" not in repr(mean)
        assert "over incomplete bars" in repr(ema)

    def test_of_yesterday_only_what_stands_on_it_is_incomplete(self) -> None:
        lab = lab_of(missing=(32,), window=1)
        lab.advance("09:50")
        data = lab.data["A"]

        assert data[sl.SMA(3, "5m")].complete
        assert data[sl.VWAP("5m")].complete
        assert data[sl.OpeningRange(15, "5m")].complete
        assert not data[sl.EMA(3, "5m")].complete
        assert not data[sl.Pivots("5m")].complete
        assert not data[sl.RelativeVolume("5m")].complete
        assert data[sl.EMA(3, "1m")].complete  # stored bars lack none

    def test_skipped_bars_have_no_row(self) -> None:
        lab = lab_of(missing=(32,), window=1, session_data_config__bars={"incomplete": "skip"})
        lab.run_session()
        data = lab.data["A"]
        for one in every_recipe("5m"):
            view = data[one]
            assert len(view) == len(data.bars("5m")) == 77
            assert list(view.index) == list(data.bars("5m").index)
            assert view.complete
        mean = data[sl.SMA(3, "5m")].all
        np.testing.assert_allclose(mean.values, pd.Series(data.bars("5m").all.close).rolling(3).mean(), rtol=1e-12)
        assert np.isnan(mean.values).sum() == 2

    def test_a_minute_of_recorded_data_that_is_missing(self, real_data: Path) -> None:
        for rule, bars in (("build", 78), ("skip", 77)):
            lab = lab_on(real_data, "AIG", "2013-10-08", window=1, rule=rule)
            lab.advance("10:00")
            view = lab.data["AIG"][sl.EMA(9, "5m")]
            assert len(view.history) == bars
            assert view.complete == (rule == "skip")


class TestNothingIsShared:
    def test_between_symbols_labs_and_intervals(self) -> None:
        labs = [lab_of(window=1), lab_of(window=0)]
        for lab in labs:
            lab.advance("12:00")
        for one in every_recipe("5m"):
            for lab in labs:
                for symbol in "AB":
                    view = lab.data[symbol][one]
                    alone = sl.Lab(lab.config.replace({"session_data_config.symbols": [symbol]}), source=lab.source, times=TIMES)
                    alone.advance("12:00")
                    for name in view._now()[0].arrays:
                        assert getattr(view, name).tobytes() == getattr(alone.data[symbol][one], name).tobytes()

    def test_each_symbol_and_each_lab_declares_its_own(self) -> None:
        one, other = lab_of(), lab_of()
        one.data["A"][sl.EMA(9, "5m")]

        assert list(one.data["A"].indicators) == ["EMA(9, 5m)"]
        assert len(one.data["B"].indicators) == len(other.data["A"].indicators) == 0


class TestByName:
    def test_those_of_the_config_and_those_asked_for(self) -> None:
        lab = lab_of(
            session_data_config__indicators=[
                {"name": "EMA", "interval": "5m", "period": 9},
                {"name": "OPENING_RANGE", "interval": "1m", "params": {"minutes": 30}},
            ]
        )
        data = lab.data["A"]
        assert list(data.indicators) == ["EMA(9, 5m)", "OPENING_RANGE(30, 1m)"]
        view = data[sl.VWAP()]
        lab.advance("10:30")

        assert list(data.indicators) == ["EMA(9, 5m)", "OPENING_RANGE(30, 1m)", "VWAP(1m)"]
        assert data.indicators["VWAP(1m)"] is view
        assert data.indicators["EMA(9, 5m)"] is data[sl.EMA(9, "5m")]
        assert isinstance(data.indicators["OPENING_RANGE(30, 1m)"], IndicatorView)
        assert "EMA(9, 5m)" in data.indicators
        assert "EMA(8, 5m)" not in data.indicators
        with pytest.raises(KeyError, match=r"no indicator 'EMA\(8, 5m\)'; did you mean 'EMA\(9, 5m\)'\?"):
            data.indicators["EMA(8, 5m)"]

    def test_functions_of_one_name_have_an_entry_each(self) -> None:
        data = lab_of(window=1).data["A"]
        made: list[IndicatorView] = []

        def cell() -> None:
            made[:] = [data[sl.indicator(fn, "5m")] for fn in (lambda b: b.close, lambda b: b.open, lambda b: b.high - b.low)]
            made.extend(data[sl.indicator(lambda b, n=n: n * b.close, "5m")] for n in (2, 3))

        names = ["lambda(5m)", *(f"lambda(5m) {n}" for n in (2, 3, 4, 5))]
        for _ in range(2):  # run again, they take the places of those before
            cell()
            assert list(data.indicators) == names
            assert [data.indicators[name] for name in names] == made

        def body(bars: Any) -> Any:
            return bars.close

        class Other:
            def body(self, bars: Any) -> Any:
                return bars.open

        kept = Other()
        views = [data[sl.indicator(fn, "5m")] for fn in (body, kept.body)]
        assert list(data.indicators)[5:] == ["body(5m)", "body(5m) 2"]
        assert [data.indicators[name] for name in ("body(5m)", "body(5m) 2")] == views
        data[sl.indicator(kept.body, "5m")]
        assert len(data.indicators) == 7

    def test_a_name_that_was_given_is_one_entry(self) -> None:
        data = lab_of(window=1).data["A"]
        data[sl.indicator(lambda b: b.close, "5m", name="mine")]
        view = data[sl.indicator(lambda b: b.open, "5m", name="mine")]

        assert list(data.indicators) == ["mine(5m)"]
        assert data.indicators["mine(5m)"] is view

    def test_the_configs_are_computed_when_looked_at(self) -> None:
        """TA-Lib is not even loaded by a run that looks at none."""
        code = """
import sys
import sessionlab as sl
lab = sl.Lab(sl.demo().config.replace({"session_data_config.indicators": [{"name": "EMA", "interval": "5m"}]}))
lab.run_session()
assert "talib" not in sys.modules
lab.data["AAPL"].indicators["EMA(30, 5m)"].last
assert "talib" in sys.modules
"""
        run = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr

    def test_the_plan_says_nothing_against_them(self) -> None:
        lab = lab_of(session_data_config__indicators=[{"name": "EMA", "interval": "7m"}])
        assert not any("indicators" in note for note in lab.plan.notes)
        lab.advance("close")
        assert len(lab.data["A"].indicators["EMA(30, 7m)"]) == 56

    @pytest.mark.parametrize("name", ["PIVOTS", "GAP", "RELATIVE_VOLUME"])
    def test_the_plan_says_which_lack_the_sessions_before(self, name: str) -> None:
        asked = {"session_data_config__indicators": [{"name": name, "interval": "5m"}]}
        with pytest.warns(sl.DataWarning, match=rf"^A, B: indicators\[0\], {name}, .* 5m bars have no window"):
            lab = lab_of(**asked)
        lab.run_session()
        assert not lab.data["A"].indicators[f"{name}(5m)"].ready

        lab = lab_of(window=1, **asked)
        lab.run_session()
        assert lab.data["A"].indicators[f"{name}(5m)"].ready

    def test_a_window_that_a_historical_indicator_brought_serves_them_too(self) -> None:
        average = {"type": "trailing_average", "period": "1d", "granularity": "minute"}
        lab = lab_of(
            session_data_config__indicators=[{"name": "PIVOTS", "interval": "1m"}],
            session_data_config__historical={"indicators": {"by_minute": average}},
        )
        lab.step()

        assert lab.data["A"].indicators["PIVOTS(1m)"].ready


class TestWhatCannotBe:
    def test_bars_that_cannot_be_made_are_told_as_bars_tells_it(self) -> None:
        data = lab_of().data["A"]
        for interval in ("1s", "90s", "1w"):
            with pytest.raises(sl.errors.NoDataError) as of_bars:
                data.bars(interval)
            with pytest.raises(sl.errors.NoDataError) as of_indicator:
                data[sl.EMA(9, interval)]
            assert str(of_indicator.value) == str(of_bars.value)
        assert len(data.indicators) == 0

    @pytest.mark.parametrize("interval", ["30s", "1w", "2d"])
    def test_in_a_config_they_stop_the_start(self, interval: str) -> None:
        entries = [{"name": "EMA", "interval": "5m"}, {"name": "SMA", "interval": interval}]
        with pytest.raises(sl.errors.NoDataError, match=rf"A: {interval} bars \(needed by indicators\[1\], SMA\) cannot be made"):
            lab_of(session_data_config__indicators=entries)

    def test_days_are_there_at_the_close(self) -> None:
        lab = lab_of(window=1, streams="1m 1d")
        view = lab.data["A"][sl.SMA(2, "1d")]
        assert view.why == "it needs 2 bars of 1d and has 1: 1 of the window, 0 of today"
        lab.run_session()

        assert view.last == pytest.approx(lab.data["A"].bars("1d").all.close.mean())

    def test_of_days_it_says_where_the_values_are(self) -> None:
        lab = lab_of(window=1, streams="1m 1d")
        view = lab.data["A"][sl.EMA(1, "1d")]
        lab.advance("15:00")
        assert np.isnan(view.last)
        assert view.why == "today's 1d bar is known at the close; .history and .all have the values of the sessions before"
        assert view.all.last == view.history.last == lab.data["A"].bars("1d").history.close[-1]
        lab.run_session()

        assert (view.why, view.last) == (None, lab.data["A"].bars("1d").close[-1])

    @pytest.mark.parametrize("wrong", [sl.EMA, sl.VWAP, print, lambda bars: bars.close])
    def test_a_function_is_told_from_an_indicator(self, wrong: Any) -> None:
        with pytest.raises(sl.errors.ConfigError, match="is a function; write"):
            lab_of().data["A"][wrong]

    def test_an_output_that_is_not_there_is_no_attribute(self) -> None:
        view = lab_of().data["A"][sl.BBANDS(20, "5m")]
        with pytest.raises(AttributeError, match=r"BBANDS\(20, 5m\) has no uper; did you mean upper\?"):
            view.uper  # noqa: B018
        with pytest.raises(AttributeError, match="its outputs are upper, middle, lower"):
            view.sigma  # noqa: B018
        assert {"upper", "middle", "lower", "last", "ready"} <= set(dir(view))


class TestAsANumber:
    @pytest.fixture
    def data(self) -> Any:
        lab = lab_of(window=1)
        lab.advance("10:30")
        return lab.data["A"]

    def test_one_output_stands_wherever_a_float_may(self, data: Any) -> None:
        view = data[sl.EMA(9, "5m")]
        value = talib.EMA(data.bars("5m").all.close, 9)[-1]

        assert float(view) == value
        assert [view + 1, 1 - view, 2 * view, view / 2, -view, abs(view), round(view, 1), f"{view:.2f}"] == [
            value + 1, 1 - value, 2 * value, value / 2, -value, value, round(value, 1), f"{value:.2f}",
        ]  # fmt: skip
        assert (view > 0, view == value, view != value, view < data[sl.EMA(9, "5m")].last + 1, view == "x", view > view) == (
            True, True, False, True, False, False,
        )  # fmt: skip
        close = data.bars("5m").close[-1]
        assert type(close) is np.float64
        assert (close > view, view > close, close - view) == (close > value, value > close, close - value)
        assert np.isnan(float(lab_of().data["A"][sl.EMA(9, "5m")]))
        with pytest.raises(TypeError, match="unhashable"):
            hash(view)

    @pytest.mark.parametrize("beside", [lambda bars: bars.close, lambda bars: bars.frame()["close"]])
    def test_beside_an_array_it_must_be_said_which_values_are_meant(self, data: Any, beside: Any) -> None:
        view, closes = data[sl.EMA(9, "5m")], beside(data.bars("5m"))
        for operation in (lambda: closes > view, lambda: view <= closes, lambda: closes - view, lambda: closes == view):
            with pytest.raises(sl.errors.ConfigError, match=r"write \.last, or \.values for all"):
                operation()
        np.testing.assert_array_equal(np.asarray(view), view.values)

    def test_several_outputs_are_no_number(self, data: Any) -> None:
        view = data[sl.BBANDS(20, "5m")]
        for operation in (lambda: float(view), lambda: view > 1.0, lambda: f"{view:.2f}"):
            with pytest.raises(TypeError, match=r"several outputs \(upper, middle, lower\).*; write \.last\.upper"):
                operation()
        assert view == view
        assert view != data[sl.BBANDS(21, "5m")]

    def test_values_are_read_by_position(self, data: Any) -> None:
        ema, bands = data[sl.EMA(9, "5m")], data[sl.BBANDS(20, "5m")]

        assert (ema[-1], ema[0], bands[-1]) == (ema.last, ema.values[0], bands.last)
        assert type(ema[-1]) is float
        np.testing.assert_array_equal(ema[-5:], ema.values[-5:])
        np.testing.assert_array_equal(bands[-5:], bands.values[:, -5:])
        assert not ema[-5:].flags.writeable
        assert list(ema) == ema.values.tolist()
        with pytest.raises(IndexError, match="there are 12 so far"):
            ema[12]
        with pytest.raises(sl.errors.ConfigError, match="is read by position"):
            ema["10:00"]


def test_a_split_in_its_window_is_flagged(real_data: Path) -> None:
    """AAPL split 7 for 1 on 2014-06-09. A mean of nine minutes leaves it behind after nine minutes."""
    with pytest.warns(sl.DataWarning, match="split 7 for 1"):
        lab = lab_on(real_data, "AAPL", "2014-06-09", "1m", window=1)
    data = lab.data["AAPL"]
    ema, mean, vwap, gap = (data[one] for one in (sl.EMA(9, "1m"), sl.SMA(9, "1m"), sl.VWAP(), sl.Gap()))
    assert ema.unadjusted == ()
    lab.advance("09:38")
    assert [bool(view.unadjusted) for view in (ema, mean, vwap, gap)] == [True, True, False, True]
    lab.step()

    assert [bool(view.unadjusted) for view in (ema, mean, vwap, gap)] == [True, False, False, True]
    assert [str(split) for split in ema.unadjusted] == ["7 for 1 on 2014-06-09"]
    assert "not adjusted for 7 for 1 on 2014-06-09" in repr(ema)
    assert "not adjusted" not in repr(mean)


def test_html_shows_the_newest_values(real_data: Path) -> None:
    lab = lab_on(real_data, "SPY", "2013-10-08", window=1)
    lab.advance("10:30")
    html = lab.data["SPY"][sl.BBANDS(20, "5m")]._repr_html_()

    assert "<b>SPY BBANDS(20, 5m)</b>" in html
    assert "last 5 shown" in html
    assert html.count("<tr") == 1 + 5
    assert len(minutes(real_data, "SPY", ("2013-10-08",))) == 390
    assert str(Interval.parse("5m")) in html
