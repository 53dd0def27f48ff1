"""Another config by dotted paths."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError


@pytest.fixture
def config(example: dict[str, Any]) -> SessionConfig:
    return SessionConfig.from_dict(example)


@pytest.mark.parametrize(
    ("path", "value", "there"),
    [
        ("seed", 5, lambda c: c.seed == 5),
        ("backtest_config.end_date", "2025-07-03", lambda c: c.backtest_config.end_date == dt.date(2025, 7, 3)),
        ("backtest_config.end_date", dt.date(2025, 7, 3), lambda c: c.backtest_config.end_date == dt.date(2025, 7, 3)),
        ("session_data_config.symbols", ["SPY"], lambda c: c.session_data_config.symbols == ("SPY",)),
        ("session_data_config.symbols[1]", "SPY", lambda c: c.session_data_config.symbols == ("RIVN", "SPY")),
        ("session_data_config.symbols.0", "SPY", lambda c: c.session_data_config.symbols == ("SPY", "AAPL")),
        (
            "session_data_config.historical.data[0].trailing_days",
            9,
            lambda c: c.session_data_config.historical.data[0].trailing_days == 9,
        ),
        (
            "session_data_config.historical.indicators.avg_volume.period",
            "1y",
            lambda c: str(c.session_data_config.historical.indicators["avg_volume"].period) == "1y",
        ),
        ("trading_config.costs.bps", 1, lambda c: c.trading_config.costs.bps == 1),
        ("trading_config.costs.slippage.bps", 2, lambda c: c.trading_config.costs.slippage.bps == 2),
        ("session_data_config.bars.incomplete", "skip", lambda c: c.session_data_config.bars.incomplete == "skip"),
        ("metadata.desk.name", "rates", lambda c: c.metadata["desk"]["name"] == "rates"),
        ("api_config.data_options.feed", "sip", lambda c: c.api_config.data_options["feed"] == "sip"),
        ("trading_config.starting_cash", None, lambda c: c.trading_config.starting_cash == 100_000),
        ("_note", "why", lambda c: c.to_dict()["_note"] == "why"),
    ],
)
def test_replace_puts_the_value_there_and_leaves_the_first_alone(config: SessionConfig, path: str, value: Any, there: Any):
    before = config.to_dict()
    other = config.replace({path: value})

    assert there(other)
    assert config.to_dict() == before


def test_a_section_of_another_config_may_be_put_in(config: SessionConfig):
    other = config.replace({"trading_config.max_open_positions": 9})

    assert config.replace({"trading_config": other.trading_config}) == other


def test_a_value_that_was_put_in_is_left_alone(config: SessionConfig):
    desk = {"name": "rates"}
    other = config.replace({"metadata": desk, "metadata.floor": 3})

    assert other.metadata == {"name": "rates", "floor": 3}
    assert desk == {"name": "rates"}


def test_a_secret_in_a_change_is_not_shown(config: SessionConfig):
    for changes in ({"api_config.api_key": "hush"}, {"api_confg": {"secret": "hush"}}):
        with pytest.raises(ConfigError) as caught:
            config.replace(changes)
        assert "hush" not in str(caught.value) + repr(caught.value.problems)


def test_changes_are_checked_together(config: SessionConfig):
    moved = config.replace({"backtest_config.start_date": "2026-01-05", "backtest_config.end_date": "2026-01-06"})

    assert moved.backtest_config is not None
    with pytest.raises(ConfigError, match="on or before end_date"):
        config.replace({"backtest_config.start_date": "2026-01-05"})


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("symbols", 'did you mean "session_data_config.symbols"'),
        ("max_per_trade", 'did you mean "trading_config.max_per_trade"'),
        ("backtest_config.end", 'did you mean "backtest_config.end_date"'),
        ("backtest_confg.end_date", 'did you mean "backtest_config.end_date"'),
        ("seed.value", "seed is a single value"),
        ("session_data_config.symbols[7]", "session_data_config.symbols has 2, counted from 0"),
        ("session_data_config.symbols.first", "no such entry"),
        ("session_data_config.strategies[0].module", "session_data_config.strategies has none"),
        ("session_data_config.historical.data[0].days", "trailing_days, intervals, apply_to"),
        ("", "is not a path"),
        ("a..b", "is not a path"),
        ("symbols[x]", "is not a path"),
    ],
)
def test_an_unknown_path_is_refused_with_the_one_that_was_meant(config: SessionConfig, path: str, says: str):
    with pytest.raises(ConfigError) as caught:
        config.replace({path: 1})

    assert says in str(caught.value)


def test_all_unknown_paths_are_told_at_once(config: SessionConfig):
    with pytest.raises(ConfigError) as caught:
        config.replace({"symbols": ["A"], "sed": 1})

    assert [problem.path for problem in caught.value.problems] == ["symbols", "sed"]


def test_a_problem_leads_back_to_its_place(config: SessionConfig):
    """The path of a problem is one that replace takes."""
    with pytest.raises(ConfigError) as caught:
        config.replace({"session_data_config.symbols": ["AAPL", ".."]})

    fixed = config.replace({"session_data_config.symbols": ["AAPL", "SPY"]}).replace({caught.value.problems[0].path: "AIG"})
    assert fixed.session_data_config.symbols == ("AAPL", "AIG")
