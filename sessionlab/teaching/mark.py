"""What an answer is worth, part by part, each with its reason; and the record of it that a notebook keeps."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.teaching.record import MARK, record_of, write_record

if TYPE_CHECKING:
    import pandas as pd

_CELL = 'style="text-align:left;vertical-align:top;white-space:normal"'
_NAME = 'style="text-align:left;vertical-align:top;white-space:nowrap"'
_NUMBER = 'style="text-align:right;vertical-align:top;white-space:nowrap"'


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer: ``points`` of ``out_of``, and why. Points may be below zero for what is said and is not so."""

    name: str
    points: float
    out_of: float
    reason: str


class Mark:
    """The mark of one answer: ``points`` of ``out_of``, the ``parts`` with their reasons, and the ``answer`` as plain values.

    It is true only where it is full. Shown in a notebook it leaves a record of lesson, student and answer in the cell's output,
    which ``sessionlab grade`` checks anew: what a page says of points does not count there.
    """

    def __init__(self, lesson: str, student: str, parts: Sequence[Part], answer: Any, attempt: int, edition: int) -> None:
        self.lesson = lesson
        self.student = student
        self.parts = tuple(parts)
        self.answer = answer
        self.attempt = attempt
        self.edition = edition

    @property
    def points(self) -> float:
        """The sum of the parts, never below zero."""
        return round(max(float(sum(part.points for part in self.parts)), 0.0), 6)

    @property
    def out_of(self) -> float:
        """What a full mark has."""
        return round(float(sum(part.out_of for part in self.parts)), 6)

    @property
    def frame(self) -> pd.DataFrame:
        """A row per part: ``part points out_of reason``."""
        import pandas as pd

        rows = [(part.name, part.points, part.out_of, part.reason) for part in self.parts]
        return pd.DataFrame(rows, columns=["part", "points", "out_of", "reason"])

    def record(self) -> dict[str, Any]:
        """The record that a notebook keeps: lesson, student, answer, and a digest of these."""
        return record_of(self.lesson, self.student, self.answer, self.attempt, self.edition)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the record as JSON, to hand in without a notebook. Raises :class:`SourceError` where it cannot be written."""
        return write_record(Path(path), self.record())

    def __bool__(self) -> bool:
        return self.points >= self.out_of

    def __repr__(self) -> str:
        width = max((len(part.name) for part in self.parts), default=0)
        lines = [f"  {part.name:<{width}}  {shown_points(part):>8}  {part.reason}" for part in self.parts]
        return "\n".join([f"<Mark of {self.lesson}, {self.student}: {self._head()}>", *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th {_NAME}>{html.escape(part.name)}</th><td {_NUMBER}>{html.escape(shown_points(part))}</td><td "
            f"{_CELL}>{html.escape(part.reason, quote=False)}</td></tr>"
            for part in self.parts
        )
        head = f"<tr><th {_CELL}>part</th><th {_NUMBER}>points</th><th {_CELL}>why</th></tr>"
        title = f"{html.escape(self.lesson)}, {html.escape(self.student)}: <b>{html.escape(self._head())}</b>"
        return f"<p>{title}</p><table><thead>{head}</thead><tbody>{rows}</tbody></table>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self._repr_html_(), MARK: self.record()}

    def _head(self) -> str:
        full = ", full" if self else ""
        return f"{number(self.points)} of {number(self.out_of)} points{full} (attempt {self.attempt})"


def number(value: float) -> str:
    """Points as people write them.

    >>> number(7.0), number(0.5), number(-0.5)
    ('7', '0.5', '-0.5')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def shown_points(part: Part) -> str:
    """The points of a part, and of how many; of what nothing could be got for, the points alone.

    >>> [shown_points(Part("", *two, "")) for two in ((0.5, 1.0), (-0.5, 0.0), (0.0, 0.0))]
    ['0.5 of 1', '-0.5', '']
    """
    if part.out_of == 0:
        return number(part.points) if part.points else ""
    return f"{number(part.points)} of {number(part.out_of)}"
