"""What ``sl.backtest`` makes of its costs, limits, cash and strategies, given with frames and with a config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import frame

import sessionlab as sl

BARS = frame([(100.0 + i, 100.5 + i, 99.5 + i, 100.25 + i) for i in range(8)])


class Once(sl.Strategy):
    """Buys 10 after the first bar."""

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        if len(ctx[symbol].bars("1m")) == 1:
            ctx.buy(symbol, 10)


class Twice(Once):
    """Another class."""


def config(**changes: Any) -> sl.SessionConfig:
    made = sl.demo().config.replace(
        {
            "backtest_config.end_date": "2025-07-02",
            "trading_config.starting_cash": 40_000.0,
            "trading_config.costs": {"per_share": 0.25, "slippage": {"bps": 10}},
        }
    )
    return made.replace({name.replace("__", "."): value for name, value in changes.items()}) if changes else made


class TestOfAConfig:
    """What is given replaces its own part; whatever else the config says stays."""

    def test_nothing_given_changes_nothing(self) -> None:
        assert sl.backtest(config(), Once).config.digest() == config().digest()

    def test_cash_that_happens_to_be_the_default_is_meant(self) -> None:
        assert sl.backtest(config(), Once).stats["starting_cash"] == 40_000
        assert sl.backtest(config(), Once, cash=100_000).stats["starting_cash"] == 100_000

    def test_slippage_leaves_commissions_as_they_are(self) -> None:
        fills = sl.backtest(config(), Once, slippage=0).fills

        assert fills["fee"].tolist() == [2.5, 2.5]
        assert fills["slippage"].tolist() == [0.0, 0.0]

    def test_costs_leave_slippage_as_it_is(self) -> None:
        fills = sl.backtest(config(), Once, costs=1).fills

        assert np.allclose(fills["fee"], 1e-4 * 10 * fills["price"])
        assert np.allclose(fills["slippage"], 1e-3 * fills["price"] / 1.001)

    def test_a_section_of_costs_is_all_of_it(self) -> None:
        fills = sl.backtest(config(), Once, costs={"per_order": 3}).fills

        assert fills["fee"].tolist() == [3.0, 3.0]
        assert fills["slippage"].tolist() == [0.0, 0.0]

    def test_limits_are_those_of_the_config_but_for_the_ones_given(self) -> None:
        result = sl.backtest(config(), Once, limits={"max_per_trade": 1.0})

        assert set(result.orders["limit_hit"]) == {"max_per_trade"}
        assert result.config.trading_config.max_per_symbol == config().trading_config.max_per_symbol

    def test_a_dict_and_a_file_are_configs_too(self, tmp_path: Path) -> None:
        config().save(tmp_path / "run.json")
        document = json.loads((tmp_path / "run.json").read_text())

        for data in (document, tmp_path / "run.json", str(tmp_path / "run.json")):
            assert len(sl.backtest(data, Once).fills) == 2

    @pytest.mark.parametrize("option", [{"symbols": "AAPL"}, {"bars": "1m"}, {"window": 3}, {"tz": "UTC"}, {"label": "end"}])
    def test_what_it_says_itself_is_no_option(self, option: dict[str, Any]) -> None:
        with pytest.raises(
            sl.errors.ConfigError, match=f"{next(iter(option))}: a config says that itself; change it with changes"
        ):
            sl.backtest(config(), Once, **option)


class TestNames:
    @pytest.mark.parametrize(
        ("strategies", "names"),
        [
            ([Once, Twice], ["Once", "Twice"]),
            ([Once, Once()], ["Once", "Once 2"]),
            ([Once(), Twice(), Once(), Once], ["Once", "Twice", "Once 2", "Once 3"]),
        ],
        ids=["two classes", "a class and one of it", "many"],
    )
    def test_every_strategy_that_is_given_runs(self, strategies: list[Any], names: list[str]) -> None:
        assert sl.backtest(BARS, strategies).orders["strategy"].tolist() == names

    @pytest.mark.parametrize("strategy", [None, "Once", {"a": Once()}, lambda ctx, symbol: None, int, [Once, 3]])
    def test_what_is_no_strategy_is_refused(self, strategy: Any) -> None:
        with pytest.raises(sl.errors.ConfigError, match=r"a backtest runs strategies, not a \w+; subclass sl.Strategy"):
            sl.backtest(BARS, strategy)


class TestModels:
    """A number that a model gives is in the account for good, so it is looked at first."""

    @pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "1", None, np.array([1.0])])
    def test_what_is_no_number_of_dollars_is_refused(self, wrong: Any) -> None:
        def model(of: Any) -> Any:
            return wrong

        with pytest.raises(sl.errors.ConfigError, match=r"costs=.* for buy 10 ASSET at 101; it has to give dollars"):
            sl.backtest(BARS, Once, costs=model)
        with pytest.raises(sl.errors.ConfigError, match=r"slippage=.* for buy 10 ASSET at 101; .*0 or more"):
            sl.backtest(BARS, Once, slippage=model)

    def test_a_price_gets_never_better_but_a_rebate_is_fine(self) -> None:
        with pytest.raises(sl.errors.ConfigError, match=r"gave -0.5"):
            sl.backtest(BARS, Once, slippage=lambda slipping: -0.5)
        assert sl.backtest(BARS, Once, costs=lambda fill: np.float64(-0.5)).fills["fee"].tolist() == [-0.5]

    def test_a_class_in_place_of_a_model(self) -> None:
        with pytest.raises(sl.errors.ConfigError, match="costs=PerShare: that is a class; make one"):
            sl.backtest(BARS, Once, costs=sl.costs.PerShare)

    def test_numbers_of_numpy(self) -> None:
        fills = sl.backtest(BARS, Once, costs=np.int64(2), slippage=np.float64(0)).fills

        assert fills["fee"].tolist() == [pytest.approx(2e-4 * 10 * 101)]


class TestLimits:
    @pytest.mark.parametrize(
        ("limits", "words"),
        [
            ({"max_trade": 5}, "no such limit; did you mean 'max_per_trade'"),
            ({"flatten_at_close": True}, "no such limit; the limits are max_buying_power, max_per_trade"),
            ({"max_per_trade": -1}, "max_per_trade: -1 -> a number greater than 0"),
            ({"max_open_positions": 1.5}, "max_open_positions: 1.5 -> a whole number"),
        ],
    )
    def test_what_cannot_be_meant(self, limits: dict[str, Any], words: str) -> None:
        with pytest.raises(sl.errors.ConfigError, match=words):
            sl.backtest(BARS, Once, limits=limits)

    def test_buying_power_alone(self) -> None:
        result = sl.backtest(BARS, Once, limits={"max_buying_power": 500})

        assert result.orders["limit_hit"].tolist() == ["max_buying_power"]
