"""Documents of former layouts become documents of this one, with a sentence for each change."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from config.documents import CONFIGS, changed, json_values, without
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionlab.config import SessionConfig
from sessionlab.config.migrate import migrate
from sessionlab.errors import ConfigError

FIRST: dict[str, Any] = {
    "session_name": "First layout",
    "mode": "backtest",
    "data_streams": [
        {"type": "bars", "symbol": "X", "interval": "1m"},
        {"type": "bars", "symbol": "Y", "interval": "1m"},
        {"type": "quotes", "symbol": "Y"},
    ],
    "trading_config": {
        "max_buying_power": 100000.0,
        "max_per_trade": 10000.0,
        "max_per_symbol": 20000.0,
        "max_open_positions": 5,
        "paper_trading": True,
    },
    "api_config": {"data_api": "alpaca", "trade_api": "alpaca", "account_id": "paper_account_123"},
    "backtest_config": {"start_date": "2025-07-02", "end_date": "2025-07-07", "speed_multiplier": 60.0},
    "session_data_config": {
        "historical_bars": {"enabled": True, "trailing_days": 3, "intervals": [1, 5], "auto_load": True},
        "data_upkeep": {
            "enabled": True,
            "check_interval_seconds": 30,
            "retry_missing_bars": True,
            "max_retries": 7,
            "derived_intervals": [5, 15],
            "auto_compute_derived": True,
        },
        "prefetch": {"enabled": True, "window_minutes": 60, "check_interval_minutes": 5, "auto_activate": True},
        "session_boundary": {"auto_roll": True, "preserve_historical_days": 5},
    },
    "metadata": {"created_by": "user", "strategy": "momentum"},
}


def told(changes: list[str], start: str) -> str:
    """The one sentence about ``start``."""
    found = [change for change in changes if change.startswith(start + ":")]
    assert len(found) == 1, changes
    return found[0]


def test_the_first_layout_becomes_this_one():
    new, changes = migrate(FIRST)

    assert new == {
        "session_name": "First layout",
        "mode": "backtest",
        "trading_config": {
            "max_buying_power": 100000.0,
            "max_per_trade": 10000.0,
            "max_per_symbol": 20000.0,
            "max_open_positions": 5,
        },
        "api_config": {"data_api": "alpaca", "trade_api": "alpaca", "account": "paper"},
        "backtest_config": {"start_date": "2025-07-02", "end_date": "2025-07-07", "speed_multiplier": 60.0, "prefetch_days": 2},
        "session_data_config": {
            "symbols": ["X", "Y"],
            "streams": ["1m", "quotes", "5m", "15m"],
            "historical": {"data": [{"trailing_days": 3, "intervals": ["1m", "5m"]}]},
            "gap_filler": {"max_retries": 7, "retry_interval_seconds": 30},
        },
        "metadata": {"created_by": "user", "strategy": "momentum"},
    }
    assert [change.split(":")[0] for change in changes] == [
        "data_streams",
        "data_streams",
        "session_data_config.historical_bars",
        "session_data_config.data_upkeep.max_retries",
        "session_data_config.data_upkeep.check_interval_seconds",
        "session_data_config.data_upkeep.derived_intervals",
        "session_data_config.prefetch",
        "session_data_config.session_boundary",
        "trading_config.paper_trading",
        "api_config.account_id",
    ]
    assert changes[1] == "data_streams: streams are of every symbol now, so quotes comes for X too"


def test_what_comes_out_validates_and_goes_in_again_without_a_change():
    new, changes = migrate(FIRST)

    SessionConfig.from_dict(json.loads(json.dumps(new)))
    assert changes
    assert migrate(new) == (new, [])


@pytest.mark.parametrize("name", ["example_session.json", "demo_session.json"])
def test_a_document_of_this_layout_stays_as_it_is(name):
    document = json.loads((CONFIGS / name).read_text())

    assert migrate(document) == (document, [])


def test_what_was_given_is_not_touched():
    before = copy.deepcopy(FIRST)
    migrate(FIRST)

    assert before == FIRST


@pytest.mark.parametrize(
    ("path", "value", "at", "becomes", "says"),
    [
        ("data_streams.0.interval", "1s", "streams", ["1s", "1m", "quotes", "5m", "15m"], "data_streams"),
        ("session_data_config.symbols", ["Z"], "symbols", ["Z", "X", "Y"], None),
        ("session_data_config.data_upkeep.derived_intervals", [], "streams", ["1m", "quotes"], None),
        ("session_data_config.data_upkeep.derived_intervals", ["1h"], "streams", ["1m", "quotes", "1h"], None),
        ("session_data_config.data_upkeep.auto_compute_derived", False, "streams", ["1m", "quotes"], "derived_intervals"),
        ("session_data_config.data_upkeep.enabled", False, "gap_filler.enable_session_quality", False, "enabled"),
        ("session_data_config.data_upkeep.max_retries", 50, "gap_filler.max_retries", 20, "max_retries"),
        ("session_data_config.data_upkeep.max_retries", 0, "gap_filler.max_retries", 1, "max_retries"),
        ("session_data_config.data_upkeep.max_gap_fill_retries", 9, "gap_filler.max_retries", 7, None),
        ("session_data_config.gap_filler", {"max_retries": 2}, "gap_filler.max_retries", 2, "max_retries"),
        ("session_data_config.historical_bars.intervals", ["1m", "1d"], "historical.data.0.intervals", ["1m", "1d"], None),
        ("session_data_config.historical_bars.enabled", False, "historical", None, "historical_bars"),
        ("session_data_config.historical_bars.auto_load", False, "historical", None, "historical_bars"),
        ("session_data_config.historical_bars", {}, "historical.data.0", {"trailing_days": 5, "intervals": ["1m", "5m"]}, None),
    ],
)
def test_one_field_at_a_time(path, value, at, becomes, says):
    old = changed(FIRST, path, value)

    new, changes = migrate(old)

    found: Any = new["session_data_config"]
    for key in at.split("."):
        found = found[int(key)] if isinstance(found, list) else found.get(key)
    assert found == becomes
    if says is not None:
        assert any(says in change.split(": ")[0] for change in changes)


def test_the_layouts_in_between_are_known():
    """A window in historical itself, upkeep inside streaming, quality on a timer, prefetch and description at the top."""
    new, changes = migrate(
        {
            "session_name": "Between",
            "description": "No gaps",
            "session_data_config": {
                "symbols": ["AAPL"],
                "streams": ["1m"],
                "streaming": {"data_upkeep": {"derived_intervals": [5], "quality_check_interval": 5}},
                "historical": {"enabled": True, "trailing_days": 30, "intervals": ["5m"], "enable_quality": False},
                "gap_filler": {"enabled": False, "max_retries": 3, "quality_update_frequency": "event"},
            },
            "prefetch": {"enabled": False},
            "backtest_config": {"enabled": True, "start_date": "2025-01-02", "end_date": "2025-01-03", "comment": "fast"},
            "trading_config": {"max_buying_power": 1, "max_per_trade": 1, "max_per_symbol": 1, "paper_trading": False},
        }
    )

    assert new["session_data_config"] == {
        "symbols": ["AAPL"],
        "streams": ["1m", "5m"],
        "historical": {"enable_quality": False, "data": [{"trailing_days": 30, "intervals": ["5m"]}]},
        "gap_filler": {"max_retries": 3},
    }
    assert new["backtest_config"] == {
        "start_date": "2025-01-02",
        "end_date": "2025-01-03",
        "prefetch_days": 1,
        "_comment": "fast",
    }
    assert new["metadata"] == {"description": "No gaps"}
    assert (new["api_config"], new["trading_config"]["max_open_positions"]) == ({"account": "live"}, 10)
    assert "always up to date" in told(changes, "session_data_config.gap_filler.quality_update_frequency")
    assert "live alone" in told(changes, "session_data_config.gap_filler.enabled")
    assert "dropped" in told(changes, "session_data_config.streaming.data_upkeep.quality_check_interval")
    assert "10" in told(changes, "trading_config.max_open_positions")


def test_ticks_are_dropped_and_their_symbol_stays():
    old = changed(without(FIRST, "backtest_config"), "mode", "live")
    old["data_streams"].append({"type": "ticks", "symbol": "Z"})

    new, changes = migrate(old)

    assert new["session_data_config"]["symbols"] == ["X", "Y", "Z"]
    assert "ticks" not in new["session_data_config"]["streams"]
    assert "backtest_config" not in new
    assert any("ticks of Z are dropped" in change for change in changes)
    assert "only a backtest" in told(changes, "session_data_config.prefetch")


def test_what_only_its_author_can_say_is_asked_for():
    with pytest.raises(ConfigError, match=r"the migrated config: trading_config: missing") as caught:
        migrate(without(FIRST, "trading_config"))
    assert [problem.path for problem in caught.value.problems] == ["trading_config"]

    with pytest.raises(ConfigError, match="the migrated config has 2 problems") as caught:
        migrate(changed(changed(FIRST, "api_config.data_api", "schwab"), "session_data_config.watchlist", 1))
    assert [problem.path for problem in caught.value.problems] == ["session_data_config.watchlist", "api_config.data_api"]


@given(
    st.sampled_from(
        [
            "data_streams",
            "data_streams.0",
            "data_streams.0.symbol",
            "data_streams.0.interval",
            "session_data_config",
            "session_data_config.historical_bars",
            "session_data_config.historical_bars.intervals",
            "session_data_config.historical",
            "session_data_config.historical.data",
            "session_data_config.data_upkeep",
            "session_data_config.data_upkeep.derived_intervals",
            "session_data_config.data_upkeep.max_retries",
            "session_data_config.streaming",
            "session_data_config.streams",
            "session_data_config.symbols",
            "session_data_config.gap_filler",
            "session_data_config.prefetch",
            "backtest_config",
            "trading_config",
            "api_config",
            "metadata",
            "description",
            "prefetch",
        ]
    ),
    json_values,
)
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_place_is_migrated_or_told(path, value):
    """Never anything but a valid document or a ConfigError, and what comes out is of this layout."""
    try:
        new, _ = migrate(changed(FIRST, path, value))
    except ConfigError:
        return

    SessionConfig.from_dict(new)
    assert migrate(new) == (new, [])


@pytest.mark.parametrize("document", [None, [], "text", 3])
def test_what_is_no_document_is_told(document):
    with pytest.raises(ConfigError, match="a config is an object of sections"):
        migrate(document)
