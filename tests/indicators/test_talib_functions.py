"""Every function of TA-Lib shows what TA-Lib gives for the same minutes, called directly on columns of pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config
from every_indicator import TALIB, recipe
from indicators.real_minutes import fives, lab_on, minutes

import sessionlab as sl
from sessionlab.config.indicator_table import INDICATORS
from sessionlab.tape import Rows
from sessionlab.timing import Interval

talib = pytest.importorskip("talib")
abstract = pytest.importorskip("talib.abstract")

SYMBOLS = ("SPY", "AIG", "BAC")


@pytest.fixture(scope="module")
def closed(real_data: Path) -> sl.Lab:
    """The close of a day with four days of window; one minute of AIG's window is missing."""
    lab = lab_on(real_data, "SPY AIG BAC", "2013-10-11")
    lab.run_session()
    return lab


@pytest.fixture(scope="module")
def frames(real_data: Path) -> dict[tuple[str, str], pd.DataFrame]:
    found = {(symbol, "1m"): minutes(real_data, symbol) for symbol in SYMBOLS}
    return found | {(symbol, "5m"): fives(minutes(real_data, symbol)) for symbol in SYMBOLS}


def by_talib(name: str, frame: pd.DataFrame, **params: Any) -> list[np.ndarray[Any, Any]]:
    """What TA-Lib's own front door for tables gives, with NaN before the first value."""
    function = abstract.Function(name)
    made = function(frame, **params)
    made = made.to_frame() if isinstance(made, pd.Series) else made
    blank = np.arange(len(frame)) < function.lookback
    return [np.where(blank, np.nan, made[column].to_numpy(dtype=float)) for column in made]


@pytest.mark.parametrize("name", TALIB)
def test_values_are_those_of_talib(closed: sl.Lab, frames: dict[tuple[str, str], pd.DataFrame], name: str):
    for (symbol, interval), frame in frames.items():
        view = closed.data[symbol][recipe(name, interval)]
        today = frame.index >= "2013-10-11"
        expected = by_talib(name, frame)
        shown = np.atleast_2d(view.all.values)

        assert len(shown) == len(expected)
        for mine, theirs in zip(shown, expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        np.testing.assert_array_equal(np.atleast_2d(view.values), shown[:, today])
        np.testing.assert_array_equal(np.atleast_2d(view.history.values), shown[:, ~today])
        assert list(view.all.index) == list(frame.index)
        ready = all(not np.isnan(one[-1]) for one in expected)
        assert (view.ready, view.why is None) == (ready, ready)
        if ready:
            np.testing.assert_array_equal(np.atleast_1d(view.last), [one[-1] for one in expected])


@pytest.mark.parametrize(
    ("one", "call"),
    [
        (sl.EMA(9, "5m"), lambda f: talib.EMA(f["close"], 9)),
        (sl.EMA(9, "5m", field="high"), lambda f: talib.EMA(f["high"], timeperiod=9)),
        (sl.RSI(timeperiod=7, interval="5m"), lambda f: talib.RSI(f["close"], 7)),
        (sl.ATR(5, "5m"), lambda f: talib.ATR(f["high"], f["low"], f["close"], 5)),
        (sl.OBV("5m"), lambda f: talib.OBV(f["close"], f["volume"])),
        (sl.OBV("5m", field="open"), lambda f: talib.OBV(f["open"], f["volume"])),
        (sl.VWMA(5, "5m"), lambda f: talib.VWMA(f["close"], f["volume"], 5)),
        (sl.MFI(5, "5m"), lambda f: talib.MFI(f["high"], f["low"], f["close"], f["volume"], 5)),
        (sl.BOP("5m"), lambda f: talib.BOP(f["open"], f["high"], f["low"], f["close"])),
        (sl.MA(8, "5m", matype=2), lambda f: talib.WMA(f["close"], 8)),
        (sl.talib("KAMA", timeperiod=10, interval="5m"), lambda f: talib.KAMA(f["close"], 10)),
        (sl.AROONOSC(9, "5m"), lambda f: talib.AROONOSC(f["high"], f["low"], 9)),
    ],
    ids=str,
)
def test_a_call_means_the_same_call_of_talib(closed: sl.Lab, frames: dict[tuple[str, str], pd.DataFrame], one: Any, call: Any):
    for symbol in SYMBOLS:
        expected = call(frames[symbol, "5m"])

        np.testing.assert_array_equal(closed.data[symbol][one].all.values, expected.to_numpy())


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (sl.BBANDS(20, "5m", nbdevup=2.0), ("upper", "middle", "lower")),
        (sl.MACD("5m"), ("macd", "signal", "hist")),
        (sl.STOCH(interval="5m", fastk_period=5), ("slowk", "slowd")),
        (sl.AROON(9, "5m"), ("down", "up")),
        (sl.HA("5m"), ("open", "high", "low", "close")),
        (sl.SUPERTREND(10, "5m"), ("supertrend", "trend")),
        (sl.MINMAX(10, "5m"), ("min", "max")),
        (sl.HT_SINE("5m"), ("sine", "leadsine")),
    ],
    ids=str,
)
def test_several_outputs_have_names(closed: sl.Lab, frames: dict[tuple[str, str], pd.DataFrame], one: Any, names: tuple[str]):
    view = closed.data["BAC"][one]
    function = abstract.Function(one.name, **dict(one.params))
    expected = function(frames["BAC", "5m"])

    assert view.last._fields == tuple(view.frame().columns) == names
    for name, theirs in zip(names, expected, strict=True):
        np.testing.assert_array_equal(getattr(view.all, name)[one.needs :], expected[theirs].iloc[one.needs :])
        assert getattr(view.last, name) == expected[theirs].iloc[-1]


def test_bollinger_bands_are_the_mean_and_its_deviations(closed: sl.Lab, frames: dict[tuple[str, str], pd.DataFrame]):
    close = frames["AIG", "5m"]["close"].rolling(20)
    bands = closed.data["AIG"][sl.BBANDS(20, "5m", nbdevup=2.0, nbdevdn=1.0)].all

    np.testing.assert_allclose(bands.middle, close.mean(), rtol=1e-12)
    np.testing.assert_allclose(bands.upper, close.mean() + 2 * close.std(ddof=0), rtol=1e-9)
    np.testing.assert_allclose(bands.lower, close.mean() - close.std(ddof=0), rtol=1e-9)


def test_wilders_averages_are_exponential_ones_by_pandas(closed: sl.Lab, frames: dict[tuple[str, str], pd.DataFrame]):
    """ATR and RSI start with a plain mean of the first changes, then take one part in fourteen of each new one."""
    frame = frames["SPY", "1m"]
    prior = frame["close"].shift()
    ranges = np.maximum(frame["high"], prior) - np.minimum(frame["low"], prior)
    change = frame["close"].diff()

    def wilder(changes: pd.Series) -> pd.Series:
        begun = pd.concat([pd.Series([changes.iloc[1:15].mean()]), changes.iloc[15:]])
        return begun.ewm(alpha=1 / 14, adjust=False).mean()

    up, down = wilder(change.clip(lower=0)), wilder(-change.clip(upper=0))
    data = closed.data["SPY"]
    np.testing.assert_allclose(data[sl.ATR(14, "1m")].all.values[14:], wilder(ranges), rtol=1e-9)
    np.testing.assert_allclose(data[sl.RSI(14, "1m")].all.values[14:], 100 * up / (up + down), rtol=1e-9)


@pytest.mark.parametrize("name", TALIB)
def test_no_whole_number_stands_before_the_first_value(closed: sl.Lab, name: str):
    """TA-Lib fills those with 0, which would be a value."""
    view = closed.data["SPY"][recipe(name, "5m")].all
    if name in ("ACOS", "ASIN"):
        assert not view.ready  # of prices, which are above 1
        return

    first = recipe(name, "5m").needs - 1
    for values in np.atleast_2d(view.values):
        assert np.isnan(values[:first]).all()
        assert not np.isnan(values[first:]).any()


def test_with_a_field_the_choosing_ones_stand_on_it(closed: sl.Lab, frames: dict[tuple[str, str], pd.DataFrame]):
    frame = frames["AIG", "1m"]
    for name, facts in INDICATORS.items():
        if name in TALIB and facts.takes_field:
            inputs = {"price": "low", **{k: v for k, v in abstract.Function(name).input_names.items() if k != "price"}}
            function = abstract.Function(name)
            function.set_input_names(inputs)
            made = function(frame)
            made = made.to_frame() if isinstance(made, pd.Series) else made
            view = closed.data["AIG"][recipe(name, "1m", field="low")].all
            blank = function.lookback
            for mine, theirs in zip(np.atleast_2d(view.values), made, strict=True):
                np.testing.assert_array_equal(mine[blank:], made[theirs].to_numpy(dtype=float)[blank:])


@pytest.fixture(scope="module")
def odd(real_data: Path) -> list[tuple[Any, str]]:
    """Seconds in which a thin stock traded; skipped bars; a half day; a pause at noon, and bars that it cuts."""
    thin = lab_on(real_data, "AIG", "2013-10-07", "1s 1m", window=0)
    skipped = lab_on(real_data, "AIG", "2013-10-08", window=1, rule="skip")
    tokyo = sl.Lab(config("A", "1m", "2025-07-02", group="XTKS", window=1))
    half_day = sl.Lab(config("A", "1m", "2025-07-03", window=2))
    for lab in (thin, skipped, tokyo, half_day):
        lab.run_session()
    found = [(thin.data["AIG"], "1s"), (skipped.data["AIG"], "5m"), (half_day.data["A"], "7m")]
    return [*found, (tokyo.data["A"], "1m"), (tokyo.data["A"], "7m")]


@pytest.mark.parametrize("name", TALIB)
def test_it_stands_on_the_bars_that_a_view_shows(odd: list[tuple[Any, str]], name: str):
    for data, interval in odd:
        frame = data.bars(interval).all.frame()[["open", "high", "low", "close", "volume"]]
        view = data[recipe(name, interval)].all

        assert len(view) == len(frame) > 60
        for mine, theirs in zip(np.atleast_2d(view.values), by_talib(name, frame), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_a_fractal_is_told_when_the_bars_to_its_right_are_there():
    """The third of five highs is the highest; nobody can know before the fifth."""
    highs = [1.0, 2.0, 5.0, 3.0, 1.0, 1.0]
    session = sl.TimeManager().get_trading_session("2025-07-02")
    minute = Interval.parse("1m")
    values = np.array([highs, highs, np.array(highs) - 1, highs, [1.0] * 6])
    rows = Rows.of(session.starts(minute)[:6], session.ends(minute)[:6], values)
    lab = sl.Lab(config("A", "1m", "2025-07-02"), source=RowsSource({("A", "1m"): rows}))
    lab.advance("09:36")

    np.testing.assert_array_equal(lab.data["A"][sl.FRACTAL("1m")].swinghigh, [np.nan] * 4 + [100, 0])
