"""``sessionlab grade``: a folder of students' notebooks as a table of points; a gate that nothing ungraded passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Literal

from rich.console import RenderableType
from rich.table import Table

from sessionlab.cli.answer import file_for, print_json, print_tables, table
from sessionlab.cli.endings import Ending
from sessionlab.cli.live_bar import bar_row, live_bar
from sessionlab.cli.notices import Notices
from sessionlab.teaching import Grades, grade

_HEADERS = {
    "file": "file",
    "student": "student",
    "lesson": "lesson",
    "points": "points",
    "out_of": "of",
    "attempts": "attempts",
    "problems": "problems",
}
_NAMED = 5


class _Watch:
    """Shows how many files are graded, and tells of each as an event."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._begun = perf_counter()
        self._done, self._all, self._next = 0, 0, ""

    def __call__(self, done: int, of: int, file: str) -> None:
        self._done, self._all, self._next = done, of, file
        if file:
            self._notices.event("grading", file=file, done=done, of=of)

    def bar(self) -> Table:
        fraction = self._done / self._all if self._all else 0.0
        return bar_row(f"grading {self._done} of {self._all}", self._next, fraction, perf_counter() - self._begun)


def grade_folder(
    notices: Notices, folder: Path, *, take: Literal["best", "last"], output: str | None, as_json: bool, quiet: bool
) -> Ending:
    """Grade, write, tell, and return whether everything could be graded."""
    begun = perf_counter()
    file = None if output is None else file_for(output, "grades.csv")
    watch = _Watch(notices)
    with live_bar(notices, not quiet and not as_json, watch.bar):
        grades = grade(folder, take=take, progress=watch)
    if file is not None:
        grades.save(file)
    seconds = perf_counter() - begun
    left_out = [name for name in grades.left_out if file is None or (folder / name).resolve() != file.resolve()]
    if as_json:
        print_json(
            {
                "run": notices.run,
                "folder": grades.folder,
                "take": grades.take,
                "graded": len(grades.rows) - len(grades.not_graded),
                "not_graded": len(grades.not_graded),
                "rows": [row._asdict() for row in grades.rows],
                "left_out": left_out,
                "seconds": seconds,
            }
        )
    elif not quiet:
        print_tables(_tables(grades, seconds, every=notices.verbose))
    if left_out:
        more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        notices.warning(f"neither notebooks nor JSON files of answers, so left out: {', '.join(left_out[:_NAMED])}{more}")
    if not grades.not_graded:
        return Ending.OK
    notices.error(_why_not(grades), exit_code=Ending.FAILED)
    return Ending.FAILED


def _tables(grades: Grades, seconds: float, *, every: bool) -> Iterator[RenderableType]:
    yield table("Grades", grades.table, _HEADERS, every=every)
    files = len({row.file for row in grades.rows})
    graded = len(grades.rows) - len(grades.not_graded)
    yield f"{graded:,} graded by their {grades.take} mark, {len(grades.not_graded):,} not, of {files:,} files; {seconds:.2f} s"


def _why_not(grades: Grades) -> str:
    count = len(grades.not_graded)
    told = "; ".join(f"{row.file}: {row.problems}" for row in grades.not_graded[:_NAMED])
    more = f"; and {count - _NAMED:,} more" if count > _NAMED else ""
    return f"{count:,} could not be graded: {told}{more}"
