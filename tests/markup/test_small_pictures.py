"""Small pictures show what is there and what is not, and stay small however much there is."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.markup.presence import over_share, over_size, presence
from sessionlab.markup.sparkline import legend, sparkline, sparklines
from sessionlab.markup.tables import below, line, rest_of, signed, stacked, table
from sessionlab.markup.text import Markup, escaped


def pieces(svg: str) -> list[list[tuple[float, float]]]:
    """The points of each stretch of a curve."""
    return [[tuple(map(float, point.split(","))) for point in found.split()] for found in re.findall(r'points="([^"]*)"', svg)]  # type: ignore[misc]


def test_a_curve_stands_where_it_is_told_to_and_stops_where_it_ends() -> None:
    (points,) = pieces(sparkline([1.0, 3.0, 2.0], "x", across=[0.0, 0.02, 0.04], width=104, height=20))

    assert points == [(2.0, 18.0), (4.0, 2.0), (6.0, 10.0)]


def test_no_line_is_drawn_over_a_hole() -> None:
    stretches = pieces(sparkline([1.0, 1.0, 2.0, 2.0, 3.0], "x", across=[0.0, 0.02, 0.5, 0.52, 1.0], width=104))

    assert [[x for x, _ in stretch] for stretch in stretches] == [[2.0, 4.0], [52.0, 54.0], [102.0, 102.0]]


def test_what_is_no_number_is_left_out() -> None:
    (points,) = pieces(sparkline([np.nan, 1.0, np.inf, 2.0], "x"))

    assert len(points) == 2
    assert sparkline([np.nan, 1.0], "x") == ""


def test_without_a_base_no_line_is_dashed_and_the_scale_is_the_curves_own() -> None:
    assert "dasharray" not in sparkline([5.0, 6.0], "x")
    assert pieces(sparkline([5.0, 6.0], "x", 0.0, height=20))[0][0][1] == pytest.approx(2 + 16 / 6, abs=0.05)


def test_a_fourth_curve_is_not_drawn() -> None:
    curves = [[float(n), 1.0] for n in range(5)]

    assert len(pieces(sparklines(curves, "x"))) == 3
    assert legend(list("abcde")).count("<span") == 3


@given(st.integers(2, 200_000))
def test_a_curve_of_any_length_is_small(count: int) -> None:
    svg = sparkline(np.random.default_rng(count).normal(size=count), "x", across=np.linspace(0, 1, count))

    assert len(svg) < 7_000


@given(st.lists(st.booleans(), max_size=400), st.integers(0, 200))
def test_a_band_has_orange_where_and_only_where_a_bar_is_absent(there: list[bool], ahead: int) -> None:
    flags = np.array(there, dtype=bool)
    total = max(len(flags) + ahead, 1)
    svg = presence(flags, total, "x", width=220)
    parts = min(total, 110)
    expected = {n * parts // total for n, is_there in enumerate(there) if not is_there}
    runs = [(float(x), float(wide)) for x, wide in re.findall(r"M([\d.]+) 0.0h([\d.]+)v", svg)]
    drawn = {n for n in range(parts) for x, wide in runs if x < (n + 0.5) * 220 / parts < x + wide}

    assert drawn == expected
    assert len(svg) < 8_000


def test_less_than_all_never_looks_like_all() -> None:
    assert "100% - 2px" in over_share("99.999 %", 99.999)
    assert "100% - 2px" not in over_share("100 %", 100.0)
    assert over_share("–", float("nan")) == "–"
    assert "2px" in over_size("1", 1e-6)


def test_text_is_escaped_once_and_markup_never() -> None:
    assert escaped(escaped("<&>")) == "&lt;&amp;&gt;"
    assert escaped(Markup("<b>x</b>")) == "<b>x</b>"
    assert escaped("a\x00b\x1b") == "a\ufffdb\ufffd"


def test_parts_that_are_empty_leave_nothing_behind() -> None:
    assert (below("", ""), stacked("", "")) == ("", "")
    assert line("A", "", "B") == '<p style="overflow-wrap:anywhere"><b>A</b> · B</p>'
    assert signed("0.00 %", 0.0) == "0.00 %"


def test_a_long_table_says_what_it_leaves_out() -> None:
    assert rest_of(20, "rows", ".frame()") == ""
    assert "the first 20 of 1,021 rows; all: .frame()" in rest_of(1021, "rows", ".frame()")
    assert table(("a", "b"), [("x", ["1", "<i>"])], left=(1,)).count("text-align:left") == 3
