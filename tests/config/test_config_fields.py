"""Every field of a config: what it takes, what it refuses, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest
from config.documents import changed, without
from config.field_cases import BAD, BROKEN_RULES, DATA, GOOD, PAST

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval


def read(config: Any, path: str) -> Any:
    """The typed value at a dotted path of a config."""
    for key in path.split("."):
        if isinstance(config, tuple):
            config = config[int(key)]
        else:
            config = config[key] if isinstance(config, dict) else getattr(config, key)
    return config


@pytest.mark.parametrize(("path", "given", "meant"), GOOD)
def test_a_field_takes_what_it_allows(example: dict[str, Any], path: str, given: Any, meant: Any):
    config = SessionConfig.from_dict(changed(example, path, given))

    assert meant is None or read(config, path) == meant


@pytest.mark.parametrize(("path", "given", "says"), BAD + BROKEN_RULES)
def test_a_field_refuses_what_cannot_be_meant(example: dict[str, Any], path: str, given: Any, says: str):
    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_dict(changed(example, path, given))

    assert len(caught.value.problems) == 1, str(caught.value)
    assert "\n" not in str(caught.value)
    assert says in str(caught.value)
    assert "pydantic" not in str(caught.value)
    assert caught.value.problems[0].path.replace("[", ".").replace("]", "").startswith(path.partition(".")[0])


@pytest.mark.parametrize(
    "path",
    [
        "session_name",
        "backtest_config",
        "backtest_config.start_date",
        "backtest_config.end_date",
        DATA,
        f"{DATA}.symbols",
        f"{DATA}.streams",
        "trading_config",
        "trading_config.max_buying_power",
        "trading_config.max_per_trade",
        "trading_config.max_per_symbol",
        "trading_config.max_open_positions",
        f"{PAST}.type",
        f"{PAST}.period",
    ],
)
def test_a_required_field_is_missed_by_its_path(example: dict[str, Any], path: str):
    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_dict(without(example, path))

    assert [problem.path for problem in caught.value.problems] == [path]
    assert str(caught.value).startswith(f"{path}: missing -> required")


def test_defaults_are_those_of_the_table():
    config = SessionConfig.simple("AAPL", "2025-07-02", "2025-07-02")
    data = config.session_data_config

    assert (config.exchange_group, config.asset_class, config.mode, config.seed) == (
        "US_EQUITY",
        "EQUITY",
        "backtest",
        0,
    )
    assert (config.backtest_config.speed_multiplier, config.backtest_config.prefetch_days) == (0.0, 1)
    assert (data.historical.enable_quality, data.bars.incomplete, data.on_missing, data.adjust) == (
        True,
        "build",
        "fail",
        "none",
    )
    assert (data.gap_filler.max_retries, data.gap_filler.retry_interval_seconds) == (5, 60)
    assert data.gap_filler.enable_session_quality is True
    assert (data.streaming.catchup_threshold_seconds, data.streaming.catchup_check_interval) == (60, 10)
    assert (data.streaming.settle_seconds, data.extended_hours) == (2.0, False)
    assert (config.api_config.data_api, config.api_config.trade_api, config.api_config.account) == (
        "alpaca",
        "alpaca",
        "paper",
    )
    assert (config.trading_config.flatten_at_close, config.trading_config.benchmark) == (False, None)


def test_starting_cash_is_the_buying_power_where_none_is_given(example: dict[str, Any]):
    assert SessionConfig.from_dict(example).trading_config.starting_cash == 100_000.0
    assert (
        SessionConfig.from_dict(changed(example, "trading_config.starting_cash", None)).trading_config.starting_cash == 100_000.0
    )


@pytest.mark.parametrize(("kind", "field"), [("trailing_average", "volume"), ("trailing_max", "high"), ("trailing_min", "low")])
def test_a_historical_indicator_looks_at_the_field_of_its_type(example: dict[str, Any], kind: str, field: str):
    config = SessionConfig.from_dict(changed(example, PAST, {"type": kind, "period": "5d"}))

    assert config.session_data_config.historical.indicators["avg_volume"].field == field


@pytest.mark.parametrize(
    ("group", "asset"), [("CRYPTO", "CRYPTO"), ("FOREX", "FOREX"), ("COMMODITIES", "FUTURES"), ("XTKS", "EQUITY")]
)
def test_a_group_brings_its_asset_class_where_none_is_given(example: dict[str, Any], group: str, asset: str):
    config = SessionConfig.from_dict(changed(without(example, "asset_class"), "exchange_group", group))

    assert config.asset_class == asset


@pytest.mark.parametrize(
    ("group", "asset", "fits"),
    [
        ("CRYPTO", "EQUITY", False),
        ("FOREX", "FUTURES", False),
        ("COMMODITIES", "EQUITY", False),
        ("XLON", "CRYPTO", False),
        ("XLON", "FUTURES", True),
        ("CMES", "FUTURES", True),
        ("24/7", "CRYPTO", True),
        ("24/5", "FOREX", True),
    ],
)
def test_an_asset_class_must_be_one_that_its_exchange_has(example: dict[str, Any], group: str, asset: str, fits: bool):
    document = changed(changed(example, "exchange_group", group), "asset_class", asset)

    if fits:
        assert SessionConfig.from_dict(document).asset_class == asset
    else:
        with pytest.raises(ConfigError, match=f'asset_class: "{asset}"'):
            SessionConfig.from_dict(document)


def test_trading_is_refused_where_multipliers_are_missing_and_looking_is_not(example: dict[str, Any]):
    futures = changed(changed(example, "exchange_group", "COMMODITIES"), "asset_class", "FUTURES")

    assert "multipliers" in (SessionConfig.from_dict(futures).trading_refusal or "")
    assert SessionConfig.from_dict(example).trading_refusal is None


def test_a_live_config_needs_no_dates(example: dict[str, Any]):
    config = SessionConfig.from_dict(changed(without(example, "backtest_config"), "mode", "live"))

    assert config.backtest_config is None


def test_an_installed_plug_in_is_a_source(example: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    from importlib import metadata

    def installed(**asked: str) -> metadata.EntryPoints:
        return metadata.EntryPoints([metadata.EntryPoint("kdb", "desk.kdb:Kdb", asked["group"])])

    monkeypatch.setattr(metadata, "entry_points", installed)
    document = changed(example, "api_config.data_api", "kdb")

    assert SessionConfig.from_dict(document).api_config.data_api == "kdb"
    assert "kdb" in SessionConfig.json_schema()["$defs"]["ApiConfig"]["properties"]["data_api"]["enum"]


def test_streams_tell_intervals_and_quotes(example: dict[str, Any]):
    config = SessionConfig.from_dict(example)

    assert config.intervals == tuple(Interval.parse(text) for text in ("1s", "1m", "5m", "10m"))
    assert config.wants_quotes
    assert not config.replace({"session_data_config.streams": ["1m"]}).wants_quotes
