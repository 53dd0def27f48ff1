"""Recipes from code and from a config: the same names, the same objects, the same words where something is wrong."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from builders import config
from every_indicator import OF_SESSIONS, TALIB, every_recipe, recipe

import sessionlab as sl
from sessionlab.config.indicator_table import INDICATORS, REFUSED
from sessionlab.config.session_data import SessionIndicator
from sessionlab.derive.indicators.makers import from_config, maker, names_in_code
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.timing import Interval

OURS = {
    "VWAP": "VWAP",
    "TWAP": "TWAP",
    "OpeningRange": "OPENING_RANGE",
    "SessionHigh": "SESSION_HIGH",
    "SessionLow": "SESSION_LOW",
    "Pivots": "PIVOTS",
    "Gap": "GAP",
    "CumulativeVolume": "CUMULATIVE_VOLUME",
    "RelativeVolume": "RELATIVE_VOLUME",
    "Keltner": "KELTNER",
    "Donchian": "DONCHIAN",
    "Hull": "HULL",
}


def problem_of(entry: dict[str, Any]) -> str:
    """What a config says of one indicator, without its path."""
    with pytest.raises(sl.errors.ConfigError) as caught:
        config(session_data_config__indicators=[entry])
    (problem,) = caught.value.problems
    hint = "" if problem.suggestion is None else f" (did you mean {problem.suggestion}?)"
    return f"{problem.message}{hint}"


class TestNames:
    def test_all_of_the_table_are_there(self) -> None:
        for name in TALIB:
            assert getattr(sl, name) is maker(name)
        for name, capitals in OURS.items():
            assert getattr(sl, name) is maker(capitals)
        assert set(OURS.values()) == set(OF_SESSIONS)
        assert set(names_in_code()) == {*TALIB, *OURS, *REFUSED} <= set(dir(sl))

    def test_asking_for_one_loads_no_talib(self) -> None:
        code = "import sys, sessionlab as sl; sl.EMA(9, '5m'), sl.Hull(9, '5m'), dir(sl); sys.exit('talib' in sys.modules)"

        assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0

    @pytest.mark.parametrize(
        ("name", "meant"),
        [("EMAA", "EMA"), ("ema", "EMA"), ("Vwap", "VWAP"), ("OpenRange", "OpeningRange"), ("Bolinger", None), ("labb", "Lab")],
    )
    def test_an_unknown_one_is_no_attribute(self, name: str, meant: str | None) -> None:
        with pytest.raises(AttributeError, match=f"no attribute '{name}'") as caught:
            getattr(sl, name)

        assert (f"did you mean sl.{meant}?" in str(caught.value)) == (meant is not None)

    def test_help_shows_parameters_and_defaults(self) -> None:
        assert str(inspect.signature(sl.BBANDS)) == (
            "(timeperiod=20, interval=None, *, nbdevup=2.0, nbdevdn=2.0, matype=0, field='close')"
        )
        assert str(inspect.signature(sl.MACD)) == "(interval, *, fastperiod=12, slowperiod=26, signalperiod=9, field='close')"
        assert str(inspect.signature(sl.OpeningRange)) == "(minutes=15, interval=None)"
        assert str(inspect.signature(sl.VWAP)) == "(interval=None)"
        assert sl.VWAP.__doc__.startswith("Volume-weighted average price")
        assert (sl.Hull.__name__, sl.EMA.__name__) == ("Hull", "EMA")


class TestIdentity:
    @pytest.mark.parametrize("one", every_recipe("5m"), ids=str)
    def test_equal_ones_are_one_object_also_copied_and_pickled(self, one: Recipe) -> None:
        assert one.on(Interval.parse("5m")) is one
        assert copy.deepcopy({"kept": [one]})["kept"][0] is one
        assert copy.copy(one) is one
        assert pickle.loads(pickle.dumps(one)) is one
        assert one is not one.on(Interval.parse("1m"))
        with pytest.raises(sl.errors.ConfigError, match="never changes"):
            one.interval = None

    def test_ways_to_say_the_same_are_the_same(self) -> None:
        one = sl.EMA(9, "5m")

        assert one is sl.EMA(9, Interval.parse("5m"))
        assert one is sl.EMA(9, interval="5m")
        assert one is sl.EMA(timeperiod=9, interval="5m", field="close")
        assert one is sl.talib("EMA", 9, "5m")
        assert one is sl.EMA(np.int64(9), "5m")
        assert sl.EMA(9, "60m") is sl.EMA(9, "1h")
        assert sl.BBANDS(20, "5m", nbdevup=2) is sl.BBANDS(20, "5m")
        assert sl.RelativeVolume(cumulative=False) is sl.RelativeVolume()
        assert sl.VWAP("5m") is sl.VWAP(interval="5m")

    def test_what_differs_is_another(self) -> None:
        assert len({sl.EMA(9, "5m"), sl.EMA(10, "5m"), sl.EMA(9, "1m"), sl.EMA(9, "5m", field="high"), sl.SMA(9, "5m")}) == 5

    def test_defaults_are_those_of_the_table(self) -> None:
        for name, facts in INDICATORS.items():
            assert dict(recipe(name, "5m").params) == dict(facts.params)  # type: ignore[attr-defined]

    def test_names_say_what_is_not_as_it_is_by_itself(self) -> None:
        texts = {
            sl.EMA(9, "5m"): "EMA(9, 5m)",
            sl.EMA(interval="1h"): "EMA(30, 60m)",
            sl.BBANDS(20, "5m", nbdevup=2.5): "BBANDS(20, 5m, nbdevup=2.5)",
            sl.STOCH("5m", fastk_period=14): "STOCH(5m, fastk_period=14)",
            sl.SMA(20, "1m", field="volume"): "SMA(20, 1m, field=volume)",
            sl.OpeningRange(30): "OPENING_RANGE(30)",
            sl.RelativeVolume(cumulative=True): "RELATIVE_VOLUME(cumulative=True)",
            sl.VWAP(): "VWAP()",
        }

        assert {one: str(one) for one in texts} == texts


class TestFromAConfig:
    @pytest.mark.parametrize(
        ("entry", "one"),
        [
            ({"name": "EMA", "interval": "5m", "period": 9}, sl.EMA(9, "5m")),
            ({"name": "EMA", "interval": "5m", "params": {"timeperiod": 9}}, sl.EMA(9, "5m")),
            ({"name": "EMA", "interval": "5m", "params": {"field": "high"}}, sl.EMA(30, "5m", field="high")),
            ({"name": "MACD", "interval": "1h", "params": {"fastperiod": 5}}, sl.MACD("60m", fastperiod=5)),
            ({"name": "BBANDS", "interval": "1m", "params": {"nbdevup": 2}}, sl.BBANDS(20, "1m")),
            ({"name": "OPENING_RANGE", "interval": "1m", "params": {"minutes": 30}}, sl.OpeningRange(30, "1m")),
            ({"name": "VWAP", "interval": "1m"}, sl.VWAP("1m")),
            ({"name": "KELTNER", "interval": "5m", "period": 9}, sl.Keltner(9, "5m")),
        ],
    )
    def test_an_entry_is_the_recipe_of_code(self, entry: dict[str, Any], one: Recipe) -> None:
        made = config(session_data_config__indicators=[entry])

        (parsed,) = made.session_data_config.indicators
        assert isinstance(parsed, SessionIndicator)
        assert from_config(parsed) is one

    @pytest.mark.parametrize("name", list(INDICATORS))
    def test_every_one_of_the_table_may_stand_in_a_config(self, name: str) -> None:
        made = config(session_data_config__indicators=[{"name": name, "interval": "5m"}])

        assert from_config(made.session_data_config.indicators[0]) is recipe(name, "5m")

    @pytest.mark.parametrize(
        ("entry", "call"),
        [
            ({"name": "EMA", "period": 100_001}, lambda: sl.EMA(100_001, "5m")),
            ({"name": "RSI", "params": {"timeperiod": 1}}, lambda: sl.RSI(1, "5m")),
            ({"name": "BBANDS", "params": {"nbdev": 2}}, lambda: sl.BBANDS(20, "5m", nbdev=2)),
            ({"name": "MA", "params": {"matype": 14}}, lambda: sl.MA(9, "5m", matype=14)),
            ({"name": "MAMA", "params": {"fastlimit": 1.5}}, lambda: sl.MAMA("5m", fastlimit=1.5)),
            ({"name": "SAR", "params": {"acceleration": -0.1}}, lambda: sl.SAR("5m", acceleration=-0.1)),
            ({"name": "EMA", "params": {"field": "hihg"}}, lambda: sl.EMA(9, "5m", field="hihg")),
            ({"name": "ATR", "params": {"field": "high"}}, lambda: sl.ATR(9, "5m", field="high")),
            ({"name": "VWAP", "params": {"anchor": 1}}, lambda: sl.VWAP("5m", anchor=1)),
            ({"name": "RELATIVE_VOLUME", "params": {"cumulative": 1}}, lambda: sl.RelativeVolume("5m", cumulative=1)),
            ({"name": "OPENING_RANGE", "params": {"minutes": 12}}, lambda: sl.OpeningRange(12, "5m")),
            ({"name": "CORREL"}, lambda: sl.CORREL(30, "5m")),
            ({"name": "MAVP"}, lambda: sl.talib("MAVP", interval="5m")),
            ({"name": "kama"}, lambda: sl.talib("kama", 10, "5m")),
        ],
    )
    def test_what_is_wrong_is_told_in_the_same_words(self, entry: dict[str, Any], call: Any) -> None:
        said = problem_of({"interval": "5m", **entry})

        with pytest.raises(sl.errors.ConfigError) as caught:
            call()
        assert said in str(caught.value)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), "2", None, True])
    def test_a_number_is_a_number(self, bad: Any) -> None:
        with pytest.raises(sl.errors.ConfigError, match=r"nbdevup: .* -> a number"):
            sl.BBANDS(20, "5m", nbdevup=bad)


class TestCalls:
    @pytest.mark.parametrize(
        ("call", "says"),
        [
            (lambda: sl.EMA(9), r'sl.EMA needs the interval of its bars, as in sl.EMA\(30, "5m"\)'),
            (lambda: sl.STOCH(), r'as in sl.STOCH\(interval="5m"\)'),
            (lambda: sl.Hull(9), r'as in sl.Hull\(16, "5m"\)'),
            (lambda: sl.EMA("5m"), r'takes timeperiod first, then the interval: sl.EMA\(30, "5m"\)'),
            (lambda: sl.OpeningRange("1m"), r'takes minutes first, then the interval: sl.OpeningRange\(15, "1m"\)'),
            (lambda: sl.EMA(9, "5m", "high"), "takes timeperiod and interval by position, the rest by name"),
            (lambda: sl.EMA(9, "5m", timeperiod=8), "given timeperiod twice"),
            (lambda: sl.EMA(9, "5mins"), "'5mins' is not an interval"),
            (lambda: sl.EMA(9.5, "5m"), "timeperiod: 9.5 -> a whole number of at least 1"),
            (lambda: sl.EMA(9.0, "5m"), "timeperiod: 9.0 -> a whole number of at least 1"),
            (lambda: sl.EMA(10**6, "1m"), "timeperiod: 1000000 -> a whole number of at least 1 and at most 100,000"),
            (lambda: sl.EMA(period=9), r'period: 9 -> no parameter: .* \(did you mean "timeperiod"\?\)'),
            (lambda: sl.SMA(length=9, interval="5m"), r'did you mean "timeperiod"'),
            (lambda: sl.EMA(True, "5m"), "timeperiod: true -> a whole number"),
            (lambda: sl.MACD(12), "sl.MACD has no period; it takes fastperiod, slowperiod, signalperiod by name"),
            (lambda: sl.VWAP(3), "sl.VWAP has no period; it takes an interval alone"),
            (lambda: sl.talib(["EMA"], interval="5m"), "the name of an indicator of TA-Lib or of ours"),
            (lambda: sl.talib("VWAP", interval="5m"), "sessionlab has one of its own under that name, sl.VWAP"),
            (lambda: sl.OpeningRange(15, "1d"), "whole bars of 1d"),
        ],
    )
    def test_a_call_that_cannot_be_meant_says_how_to_write_it(self, call: Any, says: str) -> None:
        with pytest.raises(sl.errors.ConfigError, match=says):
            call()

    def test_a_good_call_before_makes_no_bad_one_pass(self) -> None:
        """9, 9.0 and True are equal, and only one of them is a period."""
        sl.EMA(1, "5m")
        for equal in (1.0, True):
            with pytest.raises(sl.errors.ConfigError):
                sl.EMA(equal, "5m")

    def test_every_bound_is_talibs(self) -> None:
        """The least and the largest of each parameter are taken by TA-Lib, what lies beyond is not."""
        talib = pytest.importorskip("talib")
        from sessionlab.derive.indicators.talib_functions import function

        bars = np.linspace(1, 2, 50)
        for name in TALIB:
            facts = INDICATORS[name]
            for param, default in facts.params.items():
                low, high = facts.bounds(param)
                beyond = (low - 1, high + 1) if isinstance(default, int) else (low - abs(low) * 0.01 - 1e-3, high * 1.01)
                for value in (low, high):
                    getattr(talib, name)(*[bars] * len(function(name).inputs), **{param: type(default)(value)})
                for value in beyond:
                    with pytest.raises(Exception, match="TA_BAD_PARAM"):
                        getattr(talib, name)(*[bars] * len(function(name).inputs), **{param: type(default)(value)})
