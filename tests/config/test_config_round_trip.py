"""A document in is a document out; equal meanings are equal configs; nothing ever changes."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from config.documents import changed, documents
from hypothesis import HealthCheck, given, settings

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

calm = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def shuffled(value: Any) -> Any:
    """The same value with the keys of every object in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@calm
@given(documents())
def test_a_valid_document_comes_back_as_it_was_given(document: dict[str, Any]):
    config = SessionConfig.from_dict(document)

    assert config.to_dict() == document
    assert list(config.to_dict()) == list(document)
    assert SessionConfig.from_dict(config.to_dict()) == config


@calm
@given(documents())
def test_the_full_document_means_the_same_and_is_its_own_full_document(document: dict[str, Any]):
    config = SessionConfig.from_dict(document)
    full = config.to_dict(full=True)

    assert json.loads(json.dumps(full)) == full
    assert SessionConfig.from_dict(full) == config
    assert SessionConfig.from_dict(full).to_dict(full=True) == full


@calm
@given(documents())
def test_a_digest_knows_meaning_not_the_order_of_keys(document: dict[str, Any]):
    config, other = SessionConfig.from_dict(document), SessionConfig.from_dict(shuffled(document))

    assert config.digest() == other.digest()
    assert config == other
    assert hash(config) == hash(other)


@calm
@given(documents())
def test_a_config_survives_pickling_and_copying(document: dict[str, Any]):
    config = SessionConfig.from_dict(document)

    for again in (pickle.loads(pickle.dumps(config)), copy.deepcopy(config), copy.copy(config)):
        assert again == config
        assert again.to_dict() == document


def test_the_digest_is_the_hash_of_the_canonical_full_document(example: dict[str, Any]):
    config = SessionConfig.from_dict(example)
    text = json.dumps(config.to_dict(full=True), sort_keys=True, separators=(",", ":"))

    assert config.digest() == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("path", "value", "same"),
    [
        ("_comment", "x", True),
        ("metadata._comment", "x", True),
        ("seed", 0, True),
        ("trading_config.starting_cash", 100000, True),
        ("session_data_config.bars", {"incomplete": "build"}, True),
        ("seed", 1, False),
        ("session_data_config.symbols", ["AAPL", "RIVN"], False),
        ("metadata.desk", "rates", False),
    ],
)
def test_configs_are_equal_when_they_mean_the_same(example: dict[str, Any], path: str, value: Any, same: bool):
    config, other = SessionConfig.from_dict(example), SessionConfig.from_dict(changed(example, path, value))

    assert (config == other) is same
    assert (config.digest() == other.digest()) is same


def test_a_config_never_changes(example: dict[str, Any]):
    document = changed(example, "metadata", {"a": {"b": [1]}})
    config = SessionConfig.from_dict(document)

    document["session_data_config"]["symbols"].append("MSFT")
    config.to_dict()["session_data_config"]["symbols"].append("MSFT")
    for change in (
        lambda: setattr(config, "seed", 3),
        lambda: setattr(config.backtest_config, "prefetch_days", 3),
        lambda: delattr(config, "seed"),
        lambda: config.metadata.update(a=1),
        lambda: config.metadata["a"].__setitem__("b", 1),
        lambda: config.session_data_config.historical.indicators.clear(),
    ):
        with pytest.raises(ConfigError, match="never changes"):
            change()

    assert config.session_data_config.symbols == ("RIVN", "AAPL")
    assert config.metadata == {"a": {"b": (1,)}}
    assert config.to_dict()["session_data_config"]["symbols"] == ["RIVN", "AAPL"]


def test_what_comes_from_code_becomes_the_json_it_means(example: dict[str, Any]):
    document = copy.deepcopy(example)
    document["backtest_config"] = {
        "start_date": dt.date(2025, 7, 2),
        "end_date": pd.Timestamp("2025-07-07", tz="America/New_York"),
    }
    document["session_data_config"]["symbols"] = pd.Index(["RIVN", "AAPL"])
    document["session_data_config"]["streams"] = (Interval.parse("1h"), "quotes")
    document["api_config"]["data_path"] = Path("bars") / "x"
    document["metadata"] = {
        "n": np.int64(3),
        "x": np.array([1.5]),
        "day": np.datetime64("2025-07-02"),
        "at": dt.time(9, 30),
    }

    given = SessionConfig.from_dict(document).to_dict()
    assert given["backtest_config"] == {"start_date": "2025-07-02", "end_date": "2025-07-07"}
    assert given["session_data_config"]["symbols"] == ["RIVN", "AAPL"]
    assert given["session_data_config"]["streams"] == ["60m", "quotes"]
    assert given["api_config"]["data_path"] == str(Path("bars/x"))
    assert given["metadata"] == {"n": 3, "x": [1.5], "day": "2025-07-02", "at": "09:30:00"}


@pytest.mark.parametrize("value", [float("inf"), pd.NaT, {1, 2}, b"x", "\ud800", 10**40])
def test_what_json_cannot_say_is_refused_with_its_place(example: dict[str, Any], value: Any):
    with pytest.raises(ConfigError, match=r"^metadata\.a\[1\]: "):
        SessionConfig.from_dict(changed(example, "metadata", {"a": [0, value]}))


def test_a_document_that_holds_itself_is_refused(example: dict[str, Any]):
    example["metadata"] = {}
    example["metadata"]["me"] = example["metadata"]

    with pytest.raises(ConfigError, match="nested deeper"):
        SessionConfig.from_dict(example)


def test_every_way_to_make_one_checks_it(example: dict[str, Any]):
    for make in (SessionConfig.from_dict, SessionConfig.model_validate, lambda document: SessionConfig(**document)):
        assert make(example) == SessionConfig.from_dict(example)
        with pytest.raises(ConfigError, match="seed"):
            make({**example, "seed": -1})
    with pytest.raises(ConfigError, match="seed"):
        SessionConfig.from_dict(example).model_copy(update={"seed": -1})


def test_the_repr_is_one_short_line_and_always_the_same(example: dict[str, Any]):
    config = SessionConfig.from_dict(example)

    assert repr(config) == str(config) == repr(SessionConfig.from_dict(shuffled(example)))
    assert repr(config).startswith(
        "<SessionConfig 'Example Trading Session': RIVN AAPL; 1s 1m 5m 10m quotes; 2025-07-02 to 2025-07-07; "
    )
    assert len(repr(config.replace({"session_data_config.symbols": [f"S{i}" for i in range(500)]}))) < 200


def test_a_simple_config_needs_symbols_and_dates_only():
    config = SessionConfig.simple(
        "SPY AIG", dt.date(2013, 10, 7), "2013-10-11", "1m 5m", **{"api_config.data_api": "local"}, seed=3
    )

    assert config.session_data_config.symbols == ("SPY", "AIG")
    assert config.session_data_config.streams == ("1m", "5m")
    assert (config.seed, config.api_config.data_api) == (3, "local")
    assert config.trading_config.starting_cash == 100_000
    assert SessionConfig.simple(["BTC/USD"], "2025-07-02", "2025-07-02", exchange_group="CRYPTO").asset_class == "CRYPTO"
    with pytest.raises(ConfigError, match=r'did you mean "api_config\.data_api"'):
        SessionConfig.simple("SPY", "2025-07-02", "2025-07-02", data_api="local")


def test_two_simple_configs_of_no_symbols_say_only_that():
    with pytest.raises(ConfigError, match=r"^session_data_config\.symbols: \[\] -> at least one"):
        SessionConfig.simple([], "2025-07-02", "2025-07-02")
