"""The indicators that a config may name are those that TA-Lib has, and ours."""

from __future__ import annotations

import pytest

from sessionlab.config.indicator_table import INDICATORS, REFUSED

OURS = {"VWAP", "TWAP", "OPENING_RANGE", "SESSION_HIGH", "SESSION_LOW", "PIVOTS"}
OURS |= {"GAP", "RELATIVE_VOLUME", "CUMULATIVE_VOLUME", "KELTNER", "DONCHIAN", "HULL"}


def test_every_function_of_talib_is_named_or_refused_with_a_reason():
    talib = pytest.importorskip("talib")

    assert set(talib.get_functions()) <= set(INDICATORS) | set(REFUSED)
    assert not set(INDICATORS) & set(REFUSED)
    assert all(REFUSED.values())


def test_what_is_named_is_talibs_or_ours():
    talib = pytest.importorskip("talib")

    assert set(INDICATORS) - set(talib.get_functions()) <= OURS
    assert set(INDICATORS) >= OURS


def test_groups_parameters_and_defaults_are_those_of_talib():
    abstract = pytest.importorskip("talib.abstract")
    talib = pytest.importorskip("talib")

    for group, names in talib.get_function_groups().items():
        for name in set(names) - set(REFUSED) - OURS:
            facts = INDICATORS[name]
            assert (facts.group, dict(facts.params)) == (group, dict(abstract.Function(name).parameters)), name
            assert {type(value) for value in facts.params.values()} <= {int, float}


def test_every_default_is_a_value_that_its_parameter_may_have():
    for facts in INDICATORS.values():
        assert all(facts.accepts(param, default) for param, default in facts.params.items()), facts


def test_refused_functions_need_more_than_one_symbols_bars():
    assert set(REFUSED) == {"ADD", "SUB", "MULT", "DIV", "BETA", "CORREL", "MAVP"}


def test_those_that_choose_their_series_are_those_of_one_price_at_talib():
    abstract = pytest.importorskip("talib.abstract")

    for name, facts in INDICATORS.items():
        if facts.group != "Sessions":
            assert facts.takes_field == ("price" in abstract.Function(name).input_names), name
    assert [name for name in OURS if INDICATORS[name].takes_field] == ["HULL"]
