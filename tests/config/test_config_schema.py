"""The JSON Schema says what the models say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from config.documents import CONFIGS, changed, documents, without
from config.field_cases import BAD, DATA, GOOD, PAST
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from sessionlab.config import SessionConfig

SCHEMA = SessionConfig.json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def plain(document: dict[str, Any]) -> Any:
    return json.loads(json.dumps(document, default=str))


def test_it_is_a_schema_of_draft_2020_12():
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("name", ["example_session.json", "demo_session.json"])
def test_both_examples_are_valid(name: str):
    VALIDATOR.validate(json.loads((CONFIGS / name).read_text()))
    VALIDATOR.validate(SessionConfig.from_file(CONFIGS / name).to_dict(full=True))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_it_takes_every_valid_document(document: dict[str, Any]):
    VALIDATOR.validate(document)
    VALIDATOR.validate(SessionConfig.from_dict(document).to_dict(full=True))


@pytest.mark.parametrize(("path", "given", "_"), GOOD)
def test_it_takes_what_a_field_takes(example: dict[str, Any], path: str, given: Any, _: Any):
    VALIDATOR.validate(plain(changed(example, path, given)))


@pytest.mark.parametrize(("path", "given", "_"), BAD)
def test_it_refuses_what_a_field_refuses(example: dict[str, Any], path: str, given: Any, _: Any):
    assert not VALIDATOR.is_valid(plain(changed(example, path, given)))


@pytest.mark.parametrize(
    "path", ["session_name", "backtest_config", DATA, f"{DATA}.symbols", "trading_config.max_per_trade", f"{PAST}.type"]
)
def test_it_misses_required_fields(example: dict[str, Any], path: str):
    assert not VALIDATOR.is_valid(without(example, path))


def test_it_takes_comments_and_refuses_other_unknown_keys(example: dict[str, Any]):
    for path in ("x", "backtest_config.x", f"{DATA}.historical.data.0.x", "trading_config.costs.slippage.x"):
        assert not VALIDATOR.is_valid(changed(example, path, 1)), path
        assert VALIDATOR.is_valid(changed(example, path.removesuffix("x") + "_x", 1)), path
    assert VALIDATOR.is_valid(changed(example, f"{DATA}.historical.indicators._x", "why"))
    assert VALIDATOR.is_valid(changed(example, "$schema", "schema.json"))


def test_it_wants_dates_in_backtest_only(example: dict[str, Any]):
    live = changed(without(example, "backtest_config"), "mode", "live")

    assert VALIDATOR.is_valid(live)
    assert not VALIDATOR.is_valid(without(live, "mode"))


def test_every_field_has_words_for_editors():
    for section in (SCHEMA, *SCHEMA["$defs"].values()):
        for name, field in section["properties"].items():
            assert field.get("description"), f"{section['title']}.{name}"
