"""Runs side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from results.accounts import of_equity, result, sessions_of, watched

import sessionlab as sl
from sessionlab.errors import ConfigError


def two() -> sl.Comparison:
    longer = watched().config.replace({"session_data_config.streams": ["1m", "30m"]})
    a = result(of_equity([[10_000, 10_100], [10_100, 10_200]]))
    b = result(of_equity([[20_000, 20_000, 19_800], [19_800, 19_900]], starting_cash=20_000.0), of=longer)
    return sl.compare({"15m": a, "30m": b})


def test_each_run_has_a_column_of_its_statistics() -> None:
    both = two()

    assert list(both.stats) == ["15m", "30m"]
    assert both.stats.loc["total_return"].tolist() == pytest.approx([0.02, -0.005])
    assert both.stats["15m"].equals(both.results["15m"].stats.rename("15m"))
    assert both.returns["30m"].tolist() == pytest.approx([-0.01, 19_900 / 19_800 - 1])


def test_equity_is_aligned_by_time_and_keeps_its_last_value_between() -> None:
    """The second run has a moment at half time as well."""
    both = two()

    assert both.equity["15m"].tolist() == [10_000, 10_000, 10_100, 10_100, 10_200]
    assert both.equity["30m"].tolist() == [20_000, 20_000, 19_800, 19_800, 19_900]


def test_outside_of_a_run_its_equity_is_not_a_number() -> None:
    days = sessions_of(2)
    first = result(of_equity([[10_000, 10_100]], sessions=days[:1]))
    second = result(of_equity([[10_000, 10_200]], sessions=days[1:]))
    equity = sl.compare({"first": first, "second": second}).equity

    assert equity["first"].tolist() == pytest.approx([10_000, 10_100, np.nan, np.nan], nan_ok=True)
    assert equity["second"].tolist() == pytest.approx([np.nan, np.nan, 10_000, 10_200], nan_ok=True)


def test_settings_that_differ_are_listed_by_their_path() -> None:
    both = two()

    assert both.differences.loc["session_data_config.streams"].tolist() == [["1m"], ["1m", "30m"]]
    assert both.differences.index.tolist() == ["session_data_config.streams"]
    assert "1 setting differs" in repr(both)
    assert "session_data_config.streams: ['1m'] | ['1m', '30m']" in repr(both)


def test_other_strategies_and_other_data_are_differences_too() -> None:
    told = {"strategies": ["Cross(fast=5)"], "data_digest": "aa"}
    runs = {name: result(manifest=told | {"strategies": [f"Cross(fast={name})"]}) for name in ("5", "9")}

    assert sl.compare(runs).differences.loc["run.strategies"].tolist() == [["Cross(fast=5)"], ["Cross(fast=9)"]]
    assert "run.data_digest" not in sl.compare(runs).differences.index


def test_runs_of_one_config_differ_in_nothing() -> None:
    both = sl.compare({"a": result(), "b": result()})

    assert len(both.differences) == 0
    assert "of one config, strategy and data" in repr(both)
    assert both.equity.shape == (0, 2)
    assert len(both.plot().data) == 4


def test_the_repr_lines_its_columns_up() -> None:
    lines = repr(two()).splitlines()

    assert lines[0] == "<Comparison of 2 runs, 1 setting differs>"
    assert lines[1].split() == ["15m", "30m"]
    assert lines[2].split() == ["total_return", "+2.00", "%", "-0.50", "%"]
    assert len(lines[1]) == len(lines[2])


def test_markup_in_names_is_shown_and_not_obeyed() -> None:
    page = sl.compare({"<script>alert(1)</script>": result(of_equity([[10_000, 10_100]])), "b": result()})

    assert "<script>" not in page._repr_html_()
    assert "&lt;script&gt;" in page._repr_html_()
    assert "<script>alert" not in page.plot().data[0].name


def test_markup_in_settings_is_shown_and_not_obeyed() -> None:
    noted = watched().config.replace({"metadata": {"<b>note</b>": "<i>mine</i>"}})
    page = sl.compare({"a": result(), "b": result(of=noted)})._repr_html_()

    assert "metadata.&lt;b&gt;note&lt;/b&gt;" in page
    assert "<i>" not in page


def test_the_picture_has_growth_and_drawdown_of_each_run() -> None:
    """The second one has another starting cash."""
    growth, below, other_growth, other_below = (list(trace.y) for trace in two().plot().data)

    assert growth == pytest.approx([0, 0, 0.01, 0.01, 0.02])
    assert below == [0] * 5
    assert other_growth == pytest.approx([0, 0, -0.01, -0.01, -0.005])
    assert other_below == pytest.approx([0, 0, -0.01, -0.01, -0.005])


@pytest.mark.parametrize("wrong", [{"a": 1}, {"a": "15m"}, {"a": None}, {"a": pd.Series([1.0])}])
def test_what_is_no_result_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"compare: 'a' is a \w+, not a RunResult; take what lab.run\(\) returns"):
        sl.compare(wrong)


@pytest.mark.parametrize("wrong", [{}, None, [1], "a"])
def test_what_is_no_mapping_is_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match="takes results by name"):
        sl.compare(wrong)


def test_names_that_are_one_as_text_are_refused() -> None:
    with pytest.raises(ConfigError, match="two results have one name"):
        sl.compare({15: result(), "15": result()})
