"""Wrong answers cost what they should, and the reason says which mistake it was."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from teaching.right_answers import RIGHT, right

import sessionlab as sl
from sessionlab.errors import AnswerError
from sessionlab.teaching.column_pool import AHEAD, HONEST
from sessionlab.teaching.made_session import BARS


@pytest.fixture
def gaps() -> dict[str, Any]:
    return right("gap-hunt", "s1")


def test_a_gap_of_another_length_has_half_a_point(gaps: dict[str, Any]) -> None:
    symbol, start, minutes = gaps["gaps"][0]
    mark = sl.lesson("gap-hunt", student="s1").check(
        {"gaps": [(symbol, start, minutes + 1), *gaps["gaps"][1:]], "late": gaps["late"]}
    )

    assert mark.points == 9.5
    assert (
        mark.parts[0].reason
        == f"it begins there, but {minutes + 1} is too long: count the absent minutes up to the next bar that is there"
    )


def test_minutes_after_an_early_close_are_no_gap(gaps: dict[str, Any]) -> None:
    symbol = gaps["gaps"][0][0]
    mark = sl.lesson("gap-hunt", student="s1").check({**gaps, "gaps": [*gaps["gaps"], (symbol, "13:00", 180)]})

    assert mark.points == 9.5
    assert not mark
    assert "the session had closed at 13:00" in mark.frame.set_index("part").loc[f"gap {symbol} 13:00", "reason"]


def test_a_late_row_is_no_gap_and_a_gap_no_late_row(gaps: dict[str, Any]) -> None:
    symbol, start, _ = gaps["late"][0]
    lost, at, _ = gaps["gaps"][0]
    mark = sl.lesson("gap-hunt", student="s1").check({"gaps": [(symbol, start, 1)], "late": [(lost, at, "12:00")]})
    reasons = mark.frame.set_index("part")["reason"]

    assert mark.points == 0
    assert "this row came, later than it was due" in reasons[f"gap {symbol} {start}"]
    assert "this row never came" in reasons[f"late {lost} {at}"]
    assert sum(part.out_of for part in mark.parts) == 10


def test_guessing_everywhere_earns_nothing(gaps: dict[str, Any]) -> None:
    lesson = sl.lesson("gap-hunt", student="s1")
    symbol = lesson.lab.symbols[0]  # type: ignore[attr-defined]
    every = [(symbol, f"{9 + (30 + i) // 60:02}:{(30 + i) % 60:02}", 1) for i in range(190)]

    assert lesson.check({"gaps": every, "late": []}).points == 0


def test_a_gap_said_twice_counts_once(gaps: dict[str, Any]) -> None:
    mark = sl.lesson("gap-hunt", student="s1").check({**gaps, "gaps": [*gaps["gaps"], gaps["gaps"][0]]})

    assert mark.points == 10


def test_a_moment_a_minute_off_is_half_of_a_late_row(gaps: dict[str, Any]) -> None:
    symbol, start, known = gaps["late"][0]
    off = (pd.Timestamp(f"2025-01-01 {known}") + pd.Timedelta("2min")).strftime("%H:%M")
    mark = sl.lesson("gap-hunt", student="s1").check({**gaps, "late": [(symbol, start, off), gaps["late"][1]]})

    assert mark.points == 9
    assert f"it was known earlier than {off}" in mark.frame.set_index("part").loc[f"late {symbol} {start}", "reason"]


def test_frames_of_the_lab_are_taken_as_answers(gaps: dict[str, Any]) -> None:
    lesson: Any = sl.lesson("gap-hunt", student="s1")
    lesson.lab.run_session()
    found = lesson.lab.data.gaps().query("interval == '1m' and status == 'absent'")
    late = pd.DataFrame(gaps["late"], columns=["symbol", "start", "known"])

    assert lesson.check({"gaps": found, "late": late})


def test_columns_said_to_be_honest_have_half_a_point_where_they_are_at_most() -> None:
    lesson: Any = sl.lesson("look-ahead-hunt", student="s1")
    moments = right("look-ahead-hunt", "s1")
    end = f"{lesson.row + pd.Timedelta('1min'):%H:%M}"
    mark = lesson.check(dict.fromkeys(moments, end))

    by_hand = sum(1 if moment == end else 0.5 if moment < end else 0 for moment in moments.values())
    assert mark.points == by_hand
    reasons = dict(zip(mark.frame["part"], mark.frame["reason"], strict=True))
    assert all(reasons[name].startswith("it does look ahead: ") for name, moment in moments.items() if moment > end)
    assert all(reasons[name].startswith("right: ") for name, moment in moments.items() if moment == end)


def test_of_every_row_that_may_be_asked_about_the_columns_do_what_is_said_of_them() -> None:
    """At the edge of a bucket what fills from later rows has its own."""
    rows = [30 * block + within for block in range(2, 9) for within in range(6, 9)]  # as a student's row is drawn

    for row in rows:
        assert all(column.last(row, n, BARS) > row for column in AHEAD for n in column.choices)
        assert all(column.last(row, n, BARS) <= row for column in HONEST for n in column.choices)


def test_a_column_that_is_left_out_is_named() -> None:
    mark = sl.lesson("look-ahead-hunt", student="s1").check({"c1": "16:00"})

    assert [part.reason for part in mark.parts].count("no moment is given") == 9


def test_an_unknown_column_is_asked_back() -> None:
    with pytest.raises(AnswerError, match="'c11', which is no column of this lesson; did you mean 'c1'"):
        sl.lesson("look-ahead-hunt", student="s1").check({"c11": "16:00"})


def test_bar_and_price_of_a_fill_are_worth_half_a_point_each() -> None:
    lesson = sl.lesson("fill-realism", student="s1")
    fills = right("fill-realism", "s1")
    order, (start, price) = next((number, fill) for number, fill in fills.items() if fill is not None)
    points = [
        lesson.check({**fills, order: said}).points for said in ((start, price + 0.01), ("09:31", price), ("09:31", 1.0), None)
    ]

    assert points == [9.5, 9.5, 9, 9]


def test_each_rule_of_filling_is_met_once() -> None:
    """Two market orders, two stops, four limits (one of them ioc), a bracket, and one for the close."""
    orders = sl.lesson("fill-realism", student="s1").orders  # type: ignore[attr-defined]

    assert orders["type"].value_counts().to_dict() == {"limit": 4, "market": 3, "stop": 2, "bracket": 1}
    assert orders["tif"].value_counts().to_dict() == {"day": 8, "ioc": 1, "cls": 1}


def test_costs_say_which_mistake_it_was() -> None:
    lesson: Any = sl.lesson("costs", student="s1")
    fills = lesson.result.fills
    gross = float(lesson.result.stats["pnl"])
    per_share, bps = 0.005 * fills["quantity"].sum(), 1e-4 * (fills["quantity"] * fills["price"]).sum()
    said = {
        "per_share": [gross - per_share, gross - per_share / 2, per_share, gross + per_share, gross],
        "bps": [gross - bps, gross - bps / 2, -bps, gross - 2 * bps, 1e6],
    }
    found = [[lesson.check({name: value}).frame.set_index("part").loc[name] for value in values] for name, values in said.items()]

    assert [[row["points"] for row in rows] for rows in found] == [[2, 0, 1, 0, 0], [2, 0, 1, 0, 0]]
    assert [row["reason"].split(":")[0].split(",")[0] for row in found[0]] == [
        "right",
        "half of the cost",
        "that is the cost itself",
        "costs are taken off",
        "that is the result without costs",
    ]
    assert found[1][3]["reason"].startswith("twice the cost")
    assert found[1][4]["reason"].startswith("too much is left")


def test_break_even_of_a_round_trip_has_half_the_points() -> None:
    lesson = sl.lesson("costs", student="s1")
    truly = right("costs", "s1")["break_even_bps"]
    points = [lesson.check({"break_even_bps": truly * times}).points for times in (1.0, 2.0, 1e-4, 1.1, 0.9)]

    assert points == [2, 1, 1, 0, 0]


def test_being_sure_without_a_reason_costs_points_even_where_it_came_true() -> None:
    lesson = sl.lesson("blind-replay", student="s1")
    chances = right("blind-replay", "s1")
    lesson.lab.run_session()  # type: ignore[attr-defined]
    bars = lesson.lab.data["X1"].bars("1m")  # type: ignore[attr-defined]
    outcome = float(bars.close[-1] > bars.open[0])
    mark = lesson.check(dict.fromkeys(chances, outcome))

    by_hand = sum(
        1 if abs(outcome - chance) <= 0.08 else 0.5 if abs(outcome - chance) <= 0.18 else 0 for chance in chances.values()
    )
    assert mark.points == by_hand < 10
    assert mark.parts[-1].reason.startswith("0.000, ")
    assert mark.parts[-1].reason.endswith("above its open" if outcome else "below its open")


def test_calls_in_percent_are_an_error() -> None:
    with pytest.raises(AnswerError, match="the chance at 10:00 is 55; write a number from 0 to 1"):
        sl.lesson("blind-replay", student="s1").check({"10:00": 55})


TIMES = st.sampled_from(["10:31", "13:00", "09:30", "16:00", "2025-07-03 10:31", "24:00", "x", ""])
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | TIMES
KEYS = st.sampled_from(["gaps", "late", "c1", "c2", "1", "2", "per_share", "bps", "10:00", "15:45", "symbol", "start"]) | st.text(
    max_size=3
)
ANY = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


@given(name=st.sampled_from(list(RIGHT)), answer=ANY)
def test_any_json_is_marked_within_bounds_or_is_an_error_of_form(name: str, answer: Any) -> None:
    try:
        mark = sl.lesson(name, student="s1").check(answer)
    except AnswerError:
        return

    assert 0 <= mark.points < mark.out_of == 10
    assert bool(mark) is False


SOME_GAPS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 209), st.integers(1, 20)), max_size=12)


@given(claims=SOME_GAPS, late=SOME_GAPS)
def test_claims_about_gaps_are_marked_by_hand_alike(claims: list[tuple[int, int, int]], late: list[tuple[int, int, int]]) -> None:
    lesson: Any = sl.lesson("gap-hunt", student="s1")
    symbols = lesson.config.session_data_config.symbols

    def clock(minute: int) -> str:
        return f"{(570 + minute) // 60:02}:{(570 + minute) % 60:02}"

    said = [(symbols[i], clock(minute), count) for i, minute, count in claims]
    came = [(symbols[i], clock(minute), clock(minute + 1 + count)) for i, minute, count in late]
    mark = lesson.check({"gaps": said, "late": came})

    true = right("gap-hunt", "s1")
    truth = {(symbol, start): count for symbol, start, count in true["gaps"]}
    known = {(symbol, start): moment for symbol, start, moment in true["late"]}
    points, seen = 0.0, set()
    for symbol, start, count in said:
        if (symbol, start) in truth:
            points += ((symbol, start) not in seen) * (1.0 if truth[symbol, start] == count else 0.5)
            seen.add((symbol, start))
        else:
            points -= 0.5
    seen = set()
    for symbol, start, moment in came:
        if (symbol, start) in known:
            off = (pd.Timestamp(f"2025-01-01 {moment}") - pd.Timestamp(f"2025-01-01 {known[symbol, start]}")).total_seconds()
            points += ((symbol, start) not in seen) * (2.0 if -60 < off < 61 else 1.0)
            seen.add((symbol, start))
        else:
            points -= 0.5
    assert mark.points == max(points, 0.0)
