"""Intervals: what may be written, and what it means."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

texts = st.builds(lambda count, unit: f"{count}{unit}", st.integers(1, 10_000), st.sampled_from("smhdw"))


@given(texts)
def test_writing_an_interval_and_reading_it_gives_the_same_object(text: str) -> None:
    interval = Interval.parse(text)

    assert Interval.parse(str(interval)) is interval
    assert pickle.loads(pickle.dumps(interval)) is interval


@given(st.integers(1, 1000))
def test_hours_become_minutes(hours: int) -> None:
    assert Interval.parse(f"{hours}h") is Interval.parse(f"{60 * hours}m")


@given(texts, texts)
def test_one_interval_divides_another_when_whole_bars_of_it_fill_one(short: str, long: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600}
    if short[-1] in "dw" or long[-1] in "dw":
        expected = False
    else:
        a, b = (int(text[:-1]) * seconds[text[-1]] for text in (short, long))
        expected = a < b and b % a == 0

    assert Interval.parse(short).divides(Interval.parse(long)) is expected


def test_intervals_sort_from_short_to_long() -> None:
    ordered = ["1s", "5s", "1m", "90s", "5m", "1h", "1d", "5d", "1w", "2w"]

    assert [str(i) for i in sorted(Interval.parse(text) for text in reversed(ordered))] == [
        "1s", "5s", "1m", "90s", "5m", "60m", "1d", "5d", "1w", "2w",
    ]  # fmt: skip


def test_widths_are_nanoseconds_and_zero_where_the_calendar_decides() -> None:
    widths = {"1s": 10**9, "5m": 300 * 10**9, "1h": 3600 * 10**9, "1d": 0, "1w": 0}

    assert {text: Interval.parse(text).ns for text in widths} == widths


@pytest.mark.parametrize("text", ["", "0m", "01m", "m", "5", "5M", "5 m", " 5m", "5m\n", "-5m", "1.5m", "٣m", "1mo"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ConfigError, match="is not an interval; write a whole number and s, m, h, d or w") as caught:
        Interval.parse(text)

    assert caught.value.value == text


@pytest.mark.parametrize("value", [None, 5, ["5m"], {"5m": 1}])
def test_what_is_no_text_is_refused_the_same_way(value: object) -> None:
    with pytest.raises(ConfigError, match="is not an interval"):
        Interval.parse(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["1s", "5m", "60m", "1d", "2w"])
def test_its_repr_is_code_that_makes_it(text: str) -> None:
    assert eval(repr(Interval.parse(text)), {"Interval": Interval}) == Interval.parse(text)


@pytest.mark.parametrize("value", ["five", "", 5, None])
def test_the_class_takes_no_other_text_than_parse(value: object) -> None:
    with pytest.raises(ConfigError, match="is not an interval"):
        Interval(value)  # type: ignore[arg-type]
