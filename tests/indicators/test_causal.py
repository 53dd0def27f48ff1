"""No indicator looks ahead: its values over a prefix of the bars are the prefix of its values, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import make_bars
from every_indicator import TALIB, every_recipe, recipe
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.config.indicator_table import INDICATORS
from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.derive.indicators.talib_functions import UNBOUNDED, function, lookback
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-02", "2025-07-03", "2025-07-07")]  # the second is a half day
MINUTE = Interval.parse("1m")
ROWS = make_bars(DAYS, missing=[3, 4, 77, 150], seed=5)
BARS = Columns(ROWS, DAYS, MINUTE)


def head(size: int) -> Columns:
    """The first bars in memory of their own: nothing lies behind them."""
    return Columns(type(ROWS).of(*(array[..., :size].copy() for array in ROWS[:3])), DAYS, MINUTE)


@pytest.mark.parametrize("one", every_recipe("1m"), ids=str)
def test_what_later_bars_are_changes_no_value(one: Recipe):
    whole = one.outputs(BARS)

    for size in [*range(45), *range(45, len(BARS), 61), len(BARS) - 1]:
        part = one.outputs(head(size))
        assert list(part) == list(whole)
        for name, values in part.items():
            assert values.tobytes() == whole[name][:size].tobytes(), (name, size)


@settings(max_examples=150)
@given(data=st.data())
def test_nor_does_it_with_any_parameters(data: Any):
    name = data.draw(st.sampled_from(TALIB))
    facts = INDICATORS[name]
    params = {}
    for param, default in facts.params.items():
        low, high = facts.bounds(param)
        if isinstance(default, float):
            params[param] = data.draw(st.floats(max(low, -3.0), min(high, 5.0)), label=param)
        else:
            params[param] = data.draw(st.integers(int(low), min(int(high), 40)), label=param)
    one, size = recipe(name, "1m", **params), data.draw(st.integers(1, len(BARS) - 1))
    whole = one.outputs(BARS)

    for output, values in one.outputs(head(size)).items():
        assert values.tobytes() == whole[output][:size].tobytes()


@pytest.mark.parametrize("name", TALIB)
def test_only_the_bars_that_are_said_to_stand_under_a_value_count(name: str):
    """With other bars before them the value is the same, but for the rounding of running sums."""
    one = recipe(name, "1m")
    first = one.under(BARS)
    if name in UNBOUNDED or name in ("APO", "KDJ", "PPO", "PVO"):  # the latter by the averages that they take by default
        assert not first.any()
        return

    assert first.tolist() == [max(i - lookback(name, one.params), 0) for i in range(len(BARS))]  # type: ignore[attr-defined]
    whole, number = one.outputs(BARS), 600
    part = one.outputs(Columns(ROWS.take(slice(first[number], number + 1)), DAYS, MINUTE))
    ahead = first[number] if name.endswith("INDEX") else 0  # these number bars from the first one on
    for output in function(name).outputs:
        np.testing.assert_allclose(part[output][-1] + ahead, whole[output][number], rtol=1e-7, atol=1e-7)
