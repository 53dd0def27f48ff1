"""A lesson is the same for the same student everywhere, another for another one, and tells nobody what is right."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from teaching.right_answers import RIGHT, right

import sessionlab as sl
from sessionlab.errors import AnswerError, ConfigError
from sessionlab.teaching import Lesson

NAMES = list(RIGHT)
PINNED = {
    "gap-hunt": "c4495cf8240b9472",
    "look-ahead-hunt": "50cce9f87e48b42a",
    "fill-realism": "688903c1c6cbb76a",
    "costs": "a19135bc2f1d0b30",
    "blind-replay": "4d1d7d42efae58b9",
}
each_lesson = pytest.mark.parametrize("name", NAMES)

DIGEST = """
import hashlib, sys
import sessionlab as sl

def told(name, student):
    lesson = sl.lesson(name, student=student)
    if name == "look-ahead-hunt":
        return lesson.code + str(lesson.row) + lesson.frame.to_csv()
    if name == "fill-realism":
        return lesson.orders.to_csv() + lesson.frame.to_csv()
    if name == "costs":
        return lesson.result.fills.to_csv()
    lab = lesson.lab
    lab.run_session()
    if name == "blind-replay":
        lab = lab.score.truth.open()  # under its true symbol and date, in its true scale
        lab.run_session()
    return "".join(symbol + lab.data[symbol].bars("1m").frame().to_csv() for symbol in lab.symbols)

for student in sys.argv[1:]:
    for name in sl.lessons().index:
        print(student, name, hashlib.sha256(told(name, student).encode()).hexdigest()[:16])
"""


@cache
def digests(hash_seed: str, *students: str) -> dict[str, dict[str, str]]:
    """Of what students are given in each lesson, worked out in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", DIGEST, *students],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    found: dict[str, dict[str, str]] = {student: {} for student in students}
    for line in run.stdout.splitlines():
        student, name, digest = line.split()
        found[student][name] = digest
    return found


def outcome(lesson: Lesson, answer: Any) -> tuple[float, str]:
    """Its points, and the first line of the error where there is one."""
    try:
        return lesson.check(answer).points, ""
    except AnswerError as why:
        return 0.0, str(why).splitlines()[0]


FIRST = ("1", "ada", "demo")


def test_a_student_has_the_same_data_in_every_process_and_another_student_others() -> None:
    ada, demo = (digests(*FIRST)[student] for student in ("ada", "demo"))

    assert ada == digests("2", "ada")["ada"]
    assert list(ada) == NAMES
    assert all(ada[name] != demo[name] for name in NAMES)


def test_what_an_edition_gives_a_student_never_changes() -> None:
    """Where this fails, count the lesson's ``edition`` up: answers that were handed in are no longer to be compared."""
    assert digests(*FIRST)["demo"] == PINNED


@each_lesson
@pytest.mark.parametrize("student", ["s1", "s2"])
def test_an_answer_found_another_way_gets_all_points(name: str, student: str) -> None:
    lesson = sl.lesson(name, student=student)

    mark = lesson.check(right(name, student))

    assert mark
    assert (mark.points, mark.out_of) == (10, 10)
    assert all(part.points == part.out_of for part in mark.parts)


@each_lesson
def test_the_right_answer_of_another_student_is_wrong(name: str) -> None:
    theirs = right(name, "s1")

    points, why = outcome(sl.lesson(name, student="s2"), theirs)

    assert points < 9
    assert why == "" or "no symbol of this lesson" in why or "this lesson is about" in why


@each_lesson
def test_nothing_that_a_student_can_look_at_or_pickle_is_the_answer(name: str) -> None:
    lesson = sl.lesson(name, student="s1")
    lesson.check({"gaps": [], "late": []} if name == "gap-hunt" else {})

    public = {one for one in dir(lesson) if not one.startswith("_")}
    common = {"check", "hint", "attempts", "student", "name", "title", "teaches", "task", "form", "example", "has"}
    offered = {one.partition("(")[0] for one in lesson.has}
    assert public == common | offered | {"edition", "out_of", "hints"}
    assert not offered & {"answer", "truth", "solution"}
    kept = {key for key in vars(lesson) if key not in offered}
    assert kept == {"_student", "_attempts", "_hinted"}


@each_lesson
def test_a_pickled_lesson_keeps_its_attempts_and_not_its_answer(name: str) -> None:
    lesson = sl.lesson(name, student="s1")
    answer = right(name, "s1")
    pickled = pickle.dumps(lesson)
    lesson.check(answer)
    again = pickle.loads(pickle.dumps(lesson))

    assert len(pickled) < 300
    assert [mark.points for mark in again.attempts] == [10]
    assert again.student == "s1"
    assert again.check(answer)


@each_lesson
def test_a_lesson_says_what_to_do_and_how_to_answer(name: str) -> None:
    lesson = sl.lesson(name, student="s1")
    text, page = repr(lesson), lesson._repr_html_()

    assert "10 points" in text
    assert "10 points" in page
    assert f"lesson.check({lesson.example})" in text
    assert all(f".{one}" in text and f".{one}" in page for one in [*lesson.has, "hint()"])
    assert max(len(line) for line in text.splitlines()) <= 140
    assert "`" not in text + page


@each_lesson
def test_the_example_has_a_form_that_is_taken_or_names_what_is_not_this_students(name: str) -> None:
    lesson = sl.lesson(name, student="s1")
    example = eval(lesson.example)

    points, why = outcome(lesson, example)

    assert points < 5
    assert why == "" or "'ABC' is no symbol of this lesson" in why


@each_lesson
def test_hints_come_one_after_another_and_begin_again(name: str) -> None:
    lesson = sl.lesson(name, student="s1")
    hints = [lesson.hint() for _ in range(4)]

    assert [hint[:11] for hint in hints[:3]] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3"]
    assert hints[3] == hints[0]


@each_lesson
@pytest.mark.parametrize("wrong", [None, 7, "all of them", [1, 2], {"x": 1}, {"gaps": 3, "late": 4}, object(), {"c1": object()}])
def test_an_answer_of_another_form_is_an_error_that_says_the_form_and_no_attempt(name: str, wrong: Any) -> None:
    lesson = sl.lesson(name, student="s1")

    with pytest.raises(AnswerError) as error:
        lesson.check(wrong)
    assert str(error.value).startswith(f"{name}: ")
    assert lesson.form.replace("`", "") in str(error.value)
    assert lesson.example in str(error.value)
    assert lesson.attempts == ()


def test_attempts_are_kept_and_counted() -> None:
    lesson = sl.lesson("costs", student="s1")
    marks = [lesson.check({"bps": 1.0}), lesson.check({"bps": 2.0})]

    assert lesson.attempts == tuple(marks)
    assert [mark.attempt for mark in marks] == [1, 2]
    assert "2 attempts, the best 0 of 10" in lesson._repr_html_()


def test_an_unknown_lesson_is_told_with_the_nearest_and_all_there_are() -> None:
    with pytest.raises(ConfigError, match=r"there is no lesson 'gap hunt', there are gap-hunt, .* did you mean 'gap-hunt'\?"):
        sl.lesson("gap hunt", student="s1")
    with pytest.raises(ConfigError, match="there is no lesson 3"):
        sl.lesson(3, student="s1")  # type: ignore[arg-type]


def test_lessons_lists_all_of_them() -> None:
    table = sl.lessons()

    assert table.index.tolist() == NAMES
    assert table["points"].tolist() == [10] * 5
    assert table.columns.tolist() == ["title", "points", "teaches"]


@pytest.mark.parametrize("student", ["", " ", "=1+2", "<b>x</b>", "a\nb", "x" * 65, None, 1.5, True, -3, "@x"])
def test_a_name_that_pages_or_tables_would_trip_over_is_refused(student: Any) -> None:
    with pytest.raises(ConfigError, match="letters, digits"):
        sl.lesson("costs", student=student)


@pytest.mark.parametrize(
    ("student", "name"), [(17, "17"), (" s1 ", "s1"), ("Zoë Ångström", "Zoë Ångström"), ("a.b@c-d", "a.b@c-d")]
)
def test_names_and_numbers_of_people_are_taken(student: Any, name: str) -> None:
    assert sl.lesson("costs", student=student).student == name


def test_the_lab_of_a_lesson_stands_at_its_open_and_is_one_lab() -> None:
    for name in NAMES:
        lesson: Any = sl.lesson(name, student="s1")

        assert lesson.lab is lesson.lab
        assert lesson.lab.now == lesson.lab.session.open


def test_a_lesson_needs_no_network_and_no_file() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise OSError('no network here')\n"
        "socket.socket.connect = refuse\n"
        "import sessionlab as sl\n"
        "for name in sl.lessons().index:\n"
        "    lesson = sl.lesson(name, student='s1')\n"
        "    lesson.lab.step()\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)

    assert run.returncode == 0, run.stderr


def test_plain_answers_are_json() -> None:
    lesson = sl.lesson("gap-hunt", student="s1")
    mark = lesson.check(right("gap-hunt", "s1"))

    assert json.loads(json.dumps(mark.answer)) == mark.answer
    assert isinstance(lesson, Lesson)
