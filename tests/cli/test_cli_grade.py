"""``sessionlab grade DIR -o grades.csv``: a row for each student and lesson, and a gate that nothing ungraded passes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli.terminal import ANSI, on_a_terminal
from teaching.notebooks import notebook, output, write

import sessionlab as sl

ROOT = Path(__file__).parents[2]


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    """The notebooks of two students."""
    for student, answers in (("ada", [{}, {"bps": 1.0}]), ("bob", [{"c1": "16:00"}])):
        lesson = sl.lesson("costs" if student == "ada" else "look-ahead-hunt", student=student)
        write(tmp_path / "homework" / f"{student}.ipynb", notebook(*(output(lesson.check(answer)) for answer in answers)))
    return tmp_path / "homework"


def test_everything_graded_ends_with_zero(cli: Any, homework: Path, tmp_path: Path) -> None:
    result = cli("grade", homework, "-o", tmp_path / "grades.csv")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert "2 graded by their best mark, 0 not, of 2 files" in result.stdout
    lines = (tmp_path / "grades.csv").read_text().splitlines()
    assert lines[0] == "file,student,lesson,points,out_of,attempts,version,problems"
    assert [line.split(",")[:3] for line in lines[1:]] == [["ada.ipynb", "ada", "costs"], ["bob.ipynb", "bob", "look-ahead-hunt"]]


def test_what_cannot_be_graded_ends_with_one_and_is_named(cli: Any, homework: Path, tmp_path: Path) -> None:
    write(homework / "broken.ipynb", "{")
    result = cli("grade", homework, "-o", tmp_path / "grades.csv", "-q")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "1 could not be graded: broken.ipynb: cannot be read: it is no JSON" in result.stderr
    assert len((tmp_path / "grades.csv").read_text().splitlines()) == 4


def test_json_is_one_document_with_every_row(cli: Any, homework: Path) -> None:
    write(homework / "notes.txt", "hm")
    result = cli("grade", homework, "--json", "--take", "last")
    document = json.loads(result.stdout)

    assert result.exit_code == 0
    assert (document["take"], document["graded"], document["not_graded"]) == ("last", 2, 0)
    assert document["rows"][0] == {
        "file": "ada.ipynb",
        "student": "ada",
        "lesson": "costs",
        "points": 0.0,
        "out_of": 10.0,
        "attempts": 2,
        "version": sl.__version__,
        "problems": "",
    }
    assert document["left_out"] == ["notes.txt"]
    assert "left out: notes.txt" in result.stderr


def test_grades_written_beside_the_notebooks_are_not_taken_for_homework(cli: Any, homework: Path) -> None:
    results = [cli("grade", homework, "-o", homework / "grades.csv") for _ in range(2)]

    assert [result.exit_code for result in results] == [0, 0]
    assert results[1].stderr == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "there is no such folder"),
        (["."], "neither a notebook nor a JSON file"),
        (["homework", "--take", "first"], "first"),
        (["homework", "-o", "grades.xlsx"], "it is written as CSV"),
    ],
)
def test_bad_input_ends_with_two(
    cli: Any, homework: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty" if words == ["."] else tmp_path)
    result = cli("grade", *words)

    assert result.exit_code == 2
    assert said in result.stderr


def test_events_tell_which_notebook_is_next(cli: Any, homework: Path) -> None:
    result = cli("grade", homework, "-q", "--log", "json")
    events = [json.loads(line) for line in result.stderr.splitlines()]

    assert [(event["event"], event["file"]) for event in events] == [("grading", "ada.ipynb"), ("grading", "bob.ipynb")]


def test_a_bar_is_shown_on_a_terminal(homework: Path) -> None:
    code, shown = on_a_terminal("grade", str(homework), columns=100)

    assert code == 0
    assert re.search(r"grading \d of \d", ANSI.sub("", shown))


def test_the_exercise_notebooks_themselves_are_graded_in_full(cli: Any, tmp_path: Path) -> None:
    """As the README shows it."""
    result = cli("grade", ROOT / "notebooks" / "exercises", "-o", tmp_path / "grades.csv", "--json")
    rows = json.loads(result.stdout)["rows"]

    assert result.exit_code == 0
    assert {row["lesson"]: row["points"] for row in rows} == dict.fromkeys(sl.lessons().index, 10.0)
    assert {row["attempts"] for row in rows} == {2}
