"""All problems at once, each with its place and what was probably meant; nothing else ever comes out."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from config.documents import changed, documents, json_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessionlab.config import MISSING, Problem, SessionConfig
from sessionlab.config.sections import Document
from sessionlab.errors import ConfigError


def problems_of(document: Any) -> dict[str, Problem]:
    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_dict(document)
    return {problem.path: problem for problem in caught.value.problems}


def test_all_problems_are_told_at_once_fields_and_rules_alike(example: dict[str, Any]):
    document = changed(example, "mode", "bactest")
    document["backtest_config"] = {"start_date": "2025-07-08", "end_date": "2025-07-02", "prefetch_days": 0}
    document["session_data_config"]["symbols"] = ["AAPL", "AAPL", ".."]
    document["session_data_config"]["streams"] = ["ticks", "1m"]
    document["session_data_config"]["historical"]["data"][0]["apply_to"] = ["MSFT"]
    document["trading_config"]["max_per_trade"] = 1e9
    del document["trading_config"]["max_open_positions"]
    document["api_confg"] = {}

    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_dict(document)

    assert {problem.path for problem in caught.value.problems} == {
        "mode",
        "backtest_config.start_date",
        "backtest_config.prefetch_days",
        "session_data_config.symbols[1]",
        "session_data_config.symbols[2]",
        "session_data_config.streams[0]",
        "session_data_config.historical.data[0].apply_to[0]",
        "trading_config.max_per_trade",
        "trading_config.max_open_positions",
        "api_confg",
    }
    lines = str(caught.value).splitlines()
    assert lines[0] == "the config has 10 problems:"
    assert [line.strip() for line in lines[1:]] == [str(problem) for problem in caught.value.problems]


def test_a_problem_carries_path_value_message_and_suggestion(example: dict[str, Any]):
    problem = problems_of(changed(example, "mode", "bactest"))["mode"]

    assert problem == Problem("mode", "bactest", '"backtest" or "live"', '"backtest"')
    assert str(problem) == 'mode: "bactest" -> "backtest" or "live" (did you mean "backtest"?)'


@pytest.mark.parametrize(
    ("path", "says", "suggestion"),
    [
        ("sesion_name", "no such key", '"session_name"'),
        ("trading", "no such key", '"trading_config"'),
        ("backtest_config.end", "no such key", '"end_date"'),
        ("backtest_config.prefetch", "start_date, end_date, speed_multiplier, prefetch_days", '"prefetch_days"'),
        ("session_data_config.symbol", "no such key", '"symbols"'),
        ("session_data_config.seed", "seed belongs at the top", None),
        ("starting_cash", "starting_cash belongs at trading_config.starting_cash", None),
        ("gap_filler", "gap_filler belongs at session_data_config.gap_filler", None),
        ("session_data_config.historical.data.0.days", "trailing_days, intervals, apply_to", None),
        ("session_data_config.zebra", "the keys here are symbols, streams", None),
    ],
)
def test_an_unknown_key_is_told_with_the_key_that_was_meant_or_where_it_belongs(
    example: dict[str, Any], path: str, says: str, suggestion: str | None
):
    document = changed(example, path, 3)
    (problem,) = problems_of(document).values()

    assert says in problem.message
    assert suggestion is None or problem.suggestion == suggestion


def test_a_missing_value_is_not_none(example: dict[str, Any]):
    del example["session_name"]

    assert problems_of(example)["session_name"].value is MISSING


def test_a_secret_is_refused_and_never_shown(example: dict[str, Any]):
    document = changed(example, "api_config.secret_key", "hush-hush")
    document = changed(document, "api_config.data_options", {"api_key": "hush-too"})
    document = changed(document, "api_config.keys", [{"password": "hush-again"}])
    document = changed(document, "api_config.data_path", "s3://me:hush-still@bucket/bars")

    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_dict(document)
    assert "hush" not in str(caught.value) + repr(caught.value.problems)
    assert len(caught.value.problems) == 4


def test_comments_are_allowed_everywhere_and_mean_nothing(example: dict[str, Any]):
    document = changed(example, "_note", "why")
    for path in (
        "backtest_config._a",
        "session_data_config.historical.data.0._b",
        "session_data_config.historical.indicators._c",
    ):
        document = changed(document, path, {"any": ["thing"]})

    config = SessionConfig.from_dict(document)
    assert config == SessionConfig.from_dict(example)
    assert config.to_dict() == document


def test_a_schema_reference_for_editors_may_stand_at_the_top_only(example: dict[str, Any]):
    assert SessionConfig.from_dict(changed(example, "$schema", "./schema.json")) == SessionConfig.from_dict(example)
    assert "backtest_config.$schema" in problems_of(changed(example, "backtest_config.$schema", "x"))


@pytest.mark.parametrize("document", [None, [], "text", 3])
def test_what_is_no_object_is_no_config(document: Any):
    with pytest.raises(ConfigError, match="an object of sections"):
        SessionConfig.from_dict(document)


def test_a_long_value_is_cut_in_the_message_only(example: dict[str, Any]):
    problem = problems_of(changed(example, "mode", "x" * 500))["mode"]

    assert len(str(problem)) < 200
    assert problem.value == "x" * 500


def test_the_error_survives_pickling(example: dict[str, Any]):
    with pytest.raises(ConfigError) as caught:
        SessionConfig.from_dict(changed(example, "seed", -1))

    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems


def places(value: Any, at: str = "") -> list[str]:
    """Dotted paths of everything inside a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in inside for path in (f"{at}{key}", *places(item, f"{at}{key}."))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_stands_anywhere_the_answer_is_a_config_or_a_config_error(example: dict[str, Any], data: st.DataObject):
    broken = example
    for path in data.draw(st.lists(st.sampled_from(places(example)), min_size=1, max_size=3, unique=True)):
        try:
            broken = changed(broken, path, data.draw(json_values))
        except (LookupError, TypeError, ValueError, AttributeError):  # an earlier change took the place away
            continue

    problems: tuple[Problem, ...] = ()
    try:
        SessionConfig.from_dict(broken)
    except ConfigError as why:
        problems = why.problems or (Problem("", "", "an error without problems"),)

    assert all(problem.path and "pydantic" not in str(problem) for problem in problems)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.text(min_size=1, max_size=8).filter(lambda key: not key.startswith("_") and key != "$schema"))
def test_an_unknown_key_is_never_taken(document: dict[str, Any], key: str):
    if key not in Document.model_fields:
        with pytest.raises(ConfigError):
            SessionConfig.from_dict({**document, key: 1})
