"""A folder is graded by what the answers are worth now; points in outputs do not count, and nothing is skipped in silence."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from teaching.notebooks import cell, notebook, output, write
from teaching.right_answers import right

import sessionlab as sl
from sessionlab.errors import AnswerError, ConfigError
from sessionlab.teaching import MARK, Grades, Mark, grade
from sessionlab.teaching.record import read_record


def marks(student: str, *answers: Any, lesson: str = "costs") -> list[Mark]:
    opened = sl.lesson(lesson, student=student)
    return [opened.check(answer) for answer in answers]


def rows(folder: Path, **how: Any) -> dict[str, Any]:
    """Rows by file."""
    return {row.file: row for row in grade(folder, **how).rows}


def half_right(student: str) -> dict[str, float]:
    """Two of five questions, by the fills of the run without costs."""
    result = sl.lesson("costs", student=student).result  # type: ignore[attr-defined]
    shares, prices, gross = result.fills["quantity"], result.fills["price"], result.stats["pnl"]
    return {"per_share": gross - 0.005 * shares.sum(), "bps": gross - 1e-4 * (shares * prices).sum()}


def test_a_folder_of_thirty_notebooks_with_broken_ones_among_them(tmp_path: Path) -> None:
    """Twenty are sound; ten are broken, each in another way."""
    points = {"s00": 10} | {f"s{i:02}": (0, 4)[i % 2] for i in range(1, 20)}
    for student, worth in points.items():
        answer = right("costs", student) if worth == 10 else half_right(student) if worth else {"bps": 0.0}
        write(tmp_path / "group a" / f"{student} hand-in.ipynb", notebook(*map(output, marks(student, {}, answer))))
    mark = marks("t0", right("costs", "t0"))[0]
    broken: dict[str, Any] = {
        "cut.ipynb": json.dumps(notebook(output(mark)))[:200],
        "empty.ipynb": "",
        "list.ipynb": "[1, 2]",
        "old.ipynb": {"worksheets": [], "nbformat": 3},
        "not-run.ipynb": {"cells": [cell("lesson.check(answer)", count=None)], "nbformat": 4},
        "no-check.ipynb": notebook(),
        "error.ipynb": {"cells": [cell("lesson.check(x)", [{"output_type": "error", "ename": "NameError"}])], "nbformat": 4},
        "no-lesson.ipynb": notebook({"data": {MARK: {"lesson": "haggling", "student": "t1", "answer": {}}}}),
        "no-student.ipynb": notebook({"data": {MARK: {"lesson": "costs", "student": "=1+1", "answer": {}}}}),
        "form.ipynb": notebook({"data": {MARK: {"lesson": "costs", "student": "t2", "answer": {"bps": "many"}}}}),
    }
    for name, document in broken.items():
        write(tmp_path / name, document)

    grades = grade(tmp_path)

    assert len(grades.rows) == 30
    assert {row.student: row.points for row in grades.rows if row.points is not None} == points
    assert {row.attempts for row in grades.rows if row.points is not None} == {2}
    assert {row.file for row in grades.not_graded} == set(broken)
    why = {row.file: row.problems for row in grades.not_graded}
    assert "no JSON" in why["cut.ipynb"]
    assert "no JSON" in why["empty.ipynb"]
    assert why["list.ipynb"] == why["old.ipynb"] != ""
    assert "no cell of it was run" in why["not-run.ipynb"]
    assert "has to be the last line of a cell" in why["no-check.ipynb"]
    assert "ended in an error" in why["error.ipynb"]
    assert "there is no lesson 'haggling', there are gap-hunt" in why["no-lesson.ipynb"]
    assert "student='=1+1'" in why["no-student.ipynb"]
    assert "bps is 'many'; write a number" in why["form.ipynb"]


def test_points_in_an_output_do_not_count(tmp_path: Path) -> None:
    mark = marks("s1", {"bps": 0.0})[0]
    forged = output(mark)
    forged["data"]["text/html"] = forged["data"]["text/html"].replace("0 of 10", "10 of 10, full")
    forged["data"]["text/plain"] = "<Mark of costs, s1: 10 of 10 points, full (attempt 1)>"
    write(tmp_path / "forged.ipynb", notebook(forged))

    assert rows(tmp_path)["forged.ipynb"].points == 0


@pytest.mark.parametrize(
    "changed",
    [{"answer": {"bps": 99.0}}, {"student": "s2"}, {"lesson": "gap-hunt"}, {"points": 10}, {"attempt": 9}, {"digest": "0" * 64}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_record_that_was_edited_is_not_graded_and_named(tmp_path: Path, changed: dict[str, Any]) -> None:
    honest, other = marks("s1", half_right("s1"), {"bps": 1.0})
    write(tmp_path / "edited.ipynb", notebook(output(other, **changed)))
    write(tmp_path / "mixed.ipynb", notebook(output(honest), output(other, **changed)))
    found = rows(tmp_path)

    assert found["edited.ipynb"].points is None
    assert "was changed after lesson.check had made it" in found["edited.ipynb"].problems
    assert found["mixed.ipynb"].points == 4
    assert found["mixed.ipynb"].problems.startswith("record 2: a record that was changed")


def test_the_answer_of_another_student_is_marked_as_ones_own(tmp_path: Path) -> None:
    """Whoever copies a neighbour's answer under another name has wrong numbers."""
    theirs = marks("s1", right("costs", "s1"))[0].answer
    write(tmp_path / "copied.ipynb", notebook(*map(output, marks("s2", theirs))))

    assert rows(tmp_path)["copied.ipynb"].points < 5


def test_best_or_last_counts(tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(*map(output, marks("s1", {}, right("costs", "s1"), half_right("s1")))))

    assert rows(tmp_path)["a.ipynb"].points == 10
    assert rows(tmp_path, take="last")["a.ipynb"].points == 4
    assert grade(tmp_path).marks["s1", "costs"]
    with pytest.raises(ConfigError, match='write "best" or "last"'):
        grade(tmp_path, take="first")  # type: ignore[arg-type]


def test_what_was_said_again_last_counts_as_last(tmp_path: Path) -> None:
    good, bad = right("costs", "s1"), half_right("s1")
    write(tmp_path / "a.ipynb", notebook(*map(output, marks("s1", good, bad, good))))

    assert rows(tmp_path, take="last")["a.ipynb"].points == 10


def test_attempts_that_a_run_again_has_overwritten_are_counted(tmp_path: Path) -> None:
    """Jupyter keeps the last output of a cell; the record knows which attempt it was."""
    write(tmp_path / "a.ipynb", notebook(output(marks("s1", {}, {"bps": 1}, {"bps": 2})[-1])))

    assert rows(tmp_path)["a.ipynb"].attempts == 3


def test_a_student_with_different_answers_in_two_files_is_not_graded(tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(*map(output, marks("s1", half_right("s1")))))
    write(tmp_path / "b.ipynb", notebook(*map(output, marks("s1", right("costs", "s1")))))
    found = rows(tmp_path)

    assert [found[name].points for name in ("a.ipynb", "b.ipynb")] == [None, None]
    assert found["a.ipynb"].problems == "b.ipynb has other answers of s1 to costs: leave one of them"


def test_a_copy_and_an_older_version_of_a_notebook_are_one_row(tmp_path: Path) -> None:
    first, second = marks("s1", half_right("s1"), right("costs", "s1"))
    write(tmp_path / "a.ipynb", notebook(output(first)))
    write(tmp_path / "b.ipynb", notebook(output(first), output(second)))
    write(tmp_path / "c" / "b.ipynb", notebook(output(first), output(second)))
    (row,) = grade(tmp_path).rows

    assert (row.file, row.points) == ("b.ipynb", 10)
    assert row.problems == "also in a.ipynb, with no other answer; also in c/b.ipynb, with no other answer"


def test_several_lessons_in_a_notebook_are_several_rows(tmp_path: Path) -> None:
    both = [*marks("s1", half_right("s1")), *marks("s1", {"c1": "16:00"}, lesson="look-ahead-hunt")]
    write(tmp_path / "all.ipynb", notebook(*map(output, both)))

    assert [(row.lesson, row.problems) for row in grade(tmp_path).rows] == [("costs", ""), ("look-ahead-hunt", "")]


def test_several_students_in_a_notebook_are_told(tmp_path: Path) -> None:
    write(tmp_path / "two.ipynb", notebook(*map(output, [*marks("s1", {}), *marks("s2", {})])))

    assert [row.problems for row in grade(tmp_path).rows] == ["it has answers of s1 and s2"] * 2


def test_answer_files_are_graded_like_notebooks(tmp_path: Path) -> None:
    (mark,) = marks("s1", right("costs", "s1"))
    mark.save(tmp_path / "s1")
    by_hand = [
        {"lesson": "costs", "student": "s2", "answer": half_right("s2")},
        {"lesson": "costs", "student": "s3", "answer": {}},
    ]
    write(tmp_path / "others.json", by_hand)
    write(tmp_path / "empty.json", "[]")
    write(tmp_path / "settings.json", '{"theme": "dark"}')
    grades = grade(tmp_path)

    assert {row.student: row.points for row in grades.rows if row.student} == {"s1": 10, "s2": 4, "s3": 0}
    assert {row.file: row.problems for row in grades.not_graded} == {
        "empty.json": "no mark: lesson.check(answer) has to be the last line of a cell that was run, so that its output is kept",
        "settings.json": "a record without lesson, student, answer; it has lesson, student and answer",
    }


def test_answers_to_another_edition_of_a_lesson_are_not_compared(tmp_path: Path) -> None:
    record = marks("s1", right("costs", "s1"))[0].record()
    del record["digest"]
    write(tmp_path / "old.json", {**record, "edition": 99})
    (row,) = grade(tmp_path).rows

    assert row.points is None
    assert row.problems == "1 of it answer another edition of costs than this sessionlab has"


def test_other_files_are_named_and_copies_that_jupyter_keeps_are_not_looked_at(tmp_path: Path) -> None:
    document = notebook(*map(output, marks("s1", {})))
    write(tmp_path / "a.ipynb", document)
    write(tmp_path / ".ipynb_checkpoints" / "a-checkpoint.ipynb", document)
    write(tmp_path / "notes.txt", "hm")
    write(tmp_path / ".hidden.ipynb", document)
    grades = grade(tmp_path)

    assert [row.file for row in grades.rows] == ["a.ipynb"]
    assert grades.left_out == (".hidden.ipynb", "notes.txt")


def test_a_folder_with_nothing_to_grade_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither a notebook nor a JSON file"):
        grade(tmp_path)
    with pytest.raises(ConfigError, match="there is no such folder"):
        grade(tmp_path / "nowhere")


def test_code_of_students_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = cell(f"open({str(tmp_path / 'trapped')!r}, 'w')", count=None)
    document = notebook(*map(output, marks("s1", {})))
    document["cells"].insert(0, trap)
    write(tmp_path / "a.ipynb", document)
    monkeypatch.setattr("builtins.exec", None)
    monkeypatch.setattr("builtins.eval", None)
    grade(tmp_path)

    assert not (tmp_path / "trapped").exists()


def test_a_spreadsheet_finds_no_formula_in_the_table(tmp_path: Path) -> None:
    document = [{"lesson": "=cmd()", "student": "s1", "answer": {}, "version": "=1"}]
    write(tmp_path / "=a.json", document)
    write(tmp_path / "@b.json", document)
    grade(tmp_path).save(tmp_path / "grades.csv")
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))

    assert len(found) == 1
    assert not [value for row in found for value in row.values() if value[:1] in "=+-@" and value]
    assert found[0]["file"] == "./=a.json"


def test_the_csv_has_its_columns_and_is_put_in_place_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(*map(output, marks("s1", half_right("s1")))))
    file = grade(tmp_path).save(tmp_path / "out" / "grades.csv")

    version = sl.__version__
    assert file.read_text().splitlines() == [
        "file,student,lesson,points,out_of,attempts,version,problems",
        f"a.ipynb,s1,costs,4.0,10.0,1,{version},",
    ]
    assert [one.name for one in file.parent.iterdir()] == ["grades.csv"]


def test_a_link_to_nothing_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").symlink_to(tmp_path / "gone.ipynb")

    assert "cannot be read: No such file" in rows(tmp_path)["a.ipynb"].problems


def test_files_nested_beyond_reason_are_rows(tmp_path: Path) -> None:
    write(tmp_path / "deep.ipynb", "[" * 200_000)
    write(
        tmp_path / "deep.json",
        json.dumps({"lesson": "costs", "student": "s1"})[:-1] + ', "answer": ' + "[" * 900 + "]" * 900 + "}",
    )
    write(tmp_path / "large.json", {"lesson": "costs", "student": "s2", "answer": "x" * 200_000})
    write(tmp_path / "number.json", '{"lesson": "costs", "student": "s3", "answer": ' + "9" * 5000 + "}")
    write(tmp_path / "surrogate.json", '{"lesson": "costs", "student": "\\ud800", "answer": {"\\ud800": 1}}')
    grades = grade(tmp_path)

    assert len(grades.not_graded) == len(grades.rows) == 5
    assert all(row.problems for row in grades.rows)
    grades.save(tmp_path / "grades.csv")


def test_a_record_is_json_that_any_tool_can_check() -> None:
    """Source: the digest is SHA-256 of the rest, as JSON with sorted keys and ASCII only."""
    import hashlib

    record = marks("s1", {"bps": 1.5})[0].record()
    rest = json.dumps({name: value for name, value in record.items() if name != "digest"}, sort_keys=True)

    assert record["digest"] == hashlib.sha256(rest.encode()).hexdigest()
    assert record["answer"] == {"bps": 1.5}
    assert set(record) == {"lesson", "student", "answer", "attempt", "edition", "version", "digest"}


def test_progress_is_told_for_each_student(tmp_path: Path) -> None:
    for student in ("s1", "s2"):
        write(tmp_path / f"{student}.ipynb", notebook(*map(output, marks(student, {}))))
    told: list[tuple[int, int, str]] = []
    grade(tmp_path, progress=lambda *one: told.append(one))

    assert told == [(0, 2, "s1.ipynb"), (1, 2, "s2.ipynb"), (2, 2, "")]


def test_grades_show_themselves(tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(*map(output, marks("s1", {}))))
    write(tmp_path / "<b>.ipynb", "")
    grades = grade(tmp_path)

    assert isinstance(grades, Grades)
    assert repr(grades) == f"<Grades of {tmp_path}: 1 graded, 1 not>"
    assert "<b>" not in grades._repr_html_()
    assert grades.table["points"].isna().tolist() == [False, True]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(
    JSON | st.fixed_dictionaries({"lesson": JSON, "student": JSON, "answer": JSON}, optional={"attempt": JSON, "edition": JSON})
)
def test_any_json_is_a_record_or_an_error(told: Any) -> None:
    try:
        record = read_record(json.loads(json.dumps(told)))
    except AnswerError:
        return

    assert record.attempt >= 1
    assert isinstance(record.lesson, str)
