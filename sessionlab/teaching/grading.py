"""A folder of what students handed in, graded: every answer is checked anew, and whatever cannot be is a row with its reason."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from sessionlab.errors import ConfigError, SessionlabError
from sessionlab.teaching.catalog import KINDS, lesson
from sessionlab.teaching.handed_in import files_in, read_handed_in
from sessionlab.teaching.mark import Mark
from sessionlab.teaching.record import Record
from sessionlab.teaching.students import student_name
from sessionlab.whole_file import replace_whole

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("file", "student", "lesson", "points", "out_of", "attempts", "version", "problems")
TAKES = ("best", "last")
MOST_ATTEMPTS = 200
"""Different answers of one student to one lesson that are looked at."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Take = Literal["best", "last"]
Progress = Callable[[int, int, str], object]


class Grade(NamedTuple):
    """A row: ``points`` and ``out_of`` are None where nothing could be graded, and ``problems`` says why."""

    file: str
    student: str
    lesson: str
    points: float | None
    out_of: float | None
    attempts: int
    version: str
    problems: str


class Grades:
    """The grades of a folder. ``rows`` has one for each student and lesson, and one for each file that has none.

    ``take`` says which mark counts; ``left_out`` are files that are neither notebooks nor answers. ``marks`` has the mark that
    counts by student and lesson, with its reasons.
    """

    def __init__(
        self,
        folder: str,
        take: Take,
        rows: Sequence[Grade],
        marks: Mapping[tuple[str, str], Mark],
        left_out: Sequence[str],
    ) -> None:
        self.folder = folder
        self.take = take
        self.rows = tuple(rows)
        self.marks = dict(marks)
        self.left_out = tuple(left_out)

    @property
    def table(self) -> pd.DataFrame:
        """The rows under :data:`COLUMNS`; points are NaN where nothing could be graded."""
        import pandas as pd

        frame = pd.DataFrame(self.rows, columns=list(COLUMNS))
        return frame.astype({"points": float, "out_of": float})

    @property
    def not_graded(self) -> tuple[Grade, ...]:
        """The rows without points."""
        return tuple(row for row in self.rows if row.points is None)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the rows as CSV, whole or not at all. Raises :class:`SourceError` where it cannot be written."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(["" if value is None else value for value in row] for row in self.rows)
        replace_whole(Path(path), lambda out: out.write(text.getvalue().encode(errors="backslashreplace")))
        return Path(path)

    def __repr__(self) -> str:
        return f"<Grades of {self.folder}: {len(self.rows) - len(self.not_graded)} graded, {len(self.not_graded)} not>"

    def _repr_html_(self) -> str:
        return self.table.to_html(border=0, index=False, na_rep="–")


def grade(folder: str | PathLike[str], *, take: Take = "best", progress: Progress | None = None) -> Grades:
    """Grade the notebooks and answer files in ``folder`` and below it.

    Of every ``lesson.check(answer)`` whose output was kept the answer is checked anew; no code of a student is run, and no points
    are taken from an output. ``take``: the ``best`` mark of a student in a lesson counts, or the ``last`` one, from the top of
    the notebook to its end. Where files have different answers of one student to one lesson, and none of them has all, none is
    graded. ``progress`` is called with how many are done, of how many, and the next one's file.

    Raises :class:`ConfigError` where there is no such folder, or nothing to grade in it.
    """
    root = Path(folder)
    if take not in TAKES:
        raise ConfigError(f'take={take!r}: the best mark counts, or the last one; write "best" or "last"', value=take)
    if not root.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of notebooks", folder=str(folder))
    files, others = files_in(root)
    if not files:
        raise ConfigError(f"{folder}: there is neither a notebook nor a JSON file of answers in it", folder=str(folder))
    handed: dict[tuple[str, str], dict[str, list[Record]]] = {}
    notes: dict[str, list[str]] = {}
    rows: list[Grade] = []
    marks: dict[tuple[str, str], Mark] = {}
    for file in files:
        name = _file_name(file.relative_to(root))
        records, notes[name] = read_handed_in(file)
        kept, refused = _of_students(records)
        notes[name] += refused
        if not kept:
            rows.append(Grade(name, "", "", None, None, 0, "", "; ".join(notes[name])))
        elif len({student for student, _ in kept}) > 1:
            notes[name].append(f"it has answers of {' and '.join(sorted({student for student, _ in kept}))}")
        for key, own in kept.items():
            handed.setdefault(key, {})[name] = own
    for number, (key, by_file) in enumerate(handed.items()):
        if progress is not None:
            progress(number, len(handed), next(iter(by_file)))
        some, mark = _graded(*key, by_file, take, notes)
        rows += some
        if mark is not None:
            marks[key] = mark
    if progress is not None:
        progress(len(handed), len(handed), "")
    rows.sort(key=lambda row: (row.student == "", row.student, row.lesson, row.file))
    return Grades(str(folder), take, rows, marks, [_file_name(file.relative_to(root)) for file in others])


def _of_students(records: Iterable[Record]) -> tuple[dict[tuple[str, str], list[Record]], list[str]]:
    """Records by student and lesson, and what is wrong with those that name no student."""
    kept: dict[tuple[str, str], list[Record]] = {}
    problems = []
    for record in records:
        try:
            kept.setdefault((student_name(record.student), record.lesson), []).append(record)
        except ConfigError as why:
            problems.append(str(why))
    return kept, problems


def _graded(
    student: str, name: str, by_file: dict[str, list[Record]], take: Take, notes: dict[str, list[str]]
) -> tuple[list[Grade], Mark | None]:
    """The row of a student in a lesson and the mark that counts; a row for each file where they contradict each other."""
    attempts = {file: max(len(some), *(one.attempt for one in some)) for file, some in by_file.items()}
    versions = {file: some[-1].version for file, some in by_file.items()}
    told = name if name in KINDS else repr(name[:40])  # quoted, since a stranger wrote it
    answers = {file: {_text(one.answer) for one in some} for file, some in by_file.items()}
    every = set().union(*answers.values())
    whole = next((file for file, some in answers.items() if some == every), None)
    if whole is None:
        rows = []
        for file in by_file:
            others = ", ".join(one for one in by_file if one != file)
            why = "; ".join([f"{others} has other answers of {student} to {told}: leave one of them", *notes[file]])
            rows.append(Grade(file, student, told, None, None, attempts[file], versions[file], why))
        return rows, None
    file, copies = whole, [file for file in by_file if file != whole]
    marks, problems = _marks(student, name, by_file[file])
    problems = [*notes[file], *problems]
    problems += ["; ".join([f"also in {copy}, with no other answer", *notes[copy]]) for copy in copies]
    counted = None if not marks else marks[-1] if take == "last" else max(marks, key=lambda mark: mark.points)
    points, out_of = (None, None) if counted is None else (counted.points, counted.out_of)
    return [Grade(file, student, told, points, out_of, attempts[file], versions[file], "; ".join(problems))], counted


def _marks(student: str, name: str, records: Sequence[Record]) -> tuple[list[Mark], list[str]]:
    """The answers, checked anew, and what could not be."""
    edition = KINDS[name].edition if name in KINDS else None
    comparable = [one for one in records if edition is None or one.edition in (None, edition)]
    answers: dict[str, Record] = {}
    for one in comparable:
        answers.pop(_text(one.answer), None)  # what was said again stands where it was said last
        answers[_text(one.answer)] = one
    problems = []
    if len(comparable) < len(records):
        problems.append(f"{len(records) - len(comparable)} of it answer another edition of {name} than this sessionlab has")
    if len(answers) > MOST_ATTEMPTS:
        problems.append(f"of {len(answers):,} different answers the last {MOST_ATTEMPTS} are looked at")
    marks = []
    for one in list(answers.values())[-MOST_ATTEMPTS:]:
        try:
            marks.append(lesson(name, student=student).check(one.answer))
        except SessionlabError as why:
            said = str(why).splitlines()[0]
            if said not in problems:
                problems.append(said)
    return marks, problems


def _text(answer: object) -> str:
    return json.dumps(answer, sort_keys=True)


def _file_name(path: Path) -> str:
    """A path within the folder; one that a spreadsheet would take for a formula begins with ``./``."""
    name = path.as_posix()
    return f"./{name}" if name.startswith(_FORMULA) else name
