"""What every lesson is: a task for one student, hints, and answers that are checked with reasons.

A lesson keeps who it is for and which attempts were made, and nothing else. What is right is worked out while an answer is
checked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from sessionlab.config.problems import nearest
from sessionlab.errors import AnswerError
from sessionlab.sources.dice import Dice
from sessionlab.teaching.lesson_page import lesson_page, lesson_text
from sessionlab.teaching.made_session import TZ
from sessionlab.teaching.mark import Mark, Part
from sessionlab.teaching.plain_answer import plain, shown
from sessionlab.teaching.students import dice_of, student_name

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.lab import Lab


class Lesson(ABC):
    """A lesson of one student; made by :func:`sl.lesson`. ``check(answer)`` gives a :class:`Mark`, as often as it is asked."""

    name: ClassVar[str]
    title: ClassVar[str]
    teaches: ClassVar[str]
    edition: ClassVar[int] = 1
    """Counts up when a lesson's data or its marking changes: answers to another edition are not comparable."""
    task: ClassVar[tuple[str, ...]]
    """What to do, a paragraph each."""
    form: ClassVar[str]
    example: ClassVar[str]
    """An answer of the right form, as code; not of this student's data."""
    has: ClassVar[dict[str, str]]
    """What a lesson has to work with, by attribute."""
    out_of: ClassVar[float] = 10
    hints: ClassVar[tuple[str, ...]]

    def __init__(self, student: Any) -> None:
        self._student = student_name(student)
        self._attempts: list[Mark] = []
        self._hinted = 0

    @property
    def student(self) -> str:
        """Whose lesson it is."""
        return self._student

    @property
    def attempts(self) -> tuple[Mark, ...]:
        """The marks of all answers that were checked, in their order."""
        return tuple(self._attempts)

    def hint(self) -> str:
        """The next hint; after the last one it begins again."""
        at = self._hinted % len(self.hints)
        self._hinted += 1
        return f"Hint {at + 1} of {len(self.hints)}: {self.hints[at]}"

    def check(self, answer: Any) -> Mark:
        """Mark ``answer``, with a reason for every part of it. It may be asked any number of times; all attempts are kept.

        Raises :class:`AnswerError` for an answer that has not the form of the lesson; that is no attempt.
        """
        try:
            given = plain(answer, TZ)
            parts = self._marked(given)
        except AnswerError as why:
            form = self.form.replace("`", "")
            raise AnswerError(f"{self.name}: {why}\n{form}\nAs in {self.example}", lesson=self.name) from None
        mark = Mark(self.name, self.student, parts, given, len(self._attempts) + 1, self.edition)
        self._attempts.append(mark)
        return mark

    @abstractmethod
    def _marked(self, answer: Any) -> list[Part]:
        """The parts of a plain ``answer``; raises :class:`AnswerError` where its form is another one."""

    @property
    def _dice(self) -> Dice:
        return dice_of(self.name, self.student, self.edition)

    def __repr__(self) -> str:
        return lesson_text(self)

    def _repr_html_(self) -> str:
        return lesson_page(self)

    def __getstate__(self) -> dict[str, Any]:
        """Who it is for and what was tried; labs and frames are made anew."""
        return {"_student": self._student, "_attempts": self._attempts, "_hinted": self._hinted}


def whole_session(lab: Lab) -> pd.DataFrame:
    """The minutes of the one symbol of ``lab`` over its whole session; the lab itself stays where it is."""
    from sessionlab.lab import Lab

    other = Lab(lab.config)
    other.run_session()
    return other.data[other.symbols[0]].bars("1m").frame()


def refuse_other_keys(given: Any, known: Sequence[str], what: str) -> None:
    """Raise :class:`AnswerError` where ``given`` is no dict, or has a key that is not ``known``."""
    if not isinstance(given, dict):
        raise AnswerError(f"the answer is {shown(given)}, and should be a dict by {what}")
    for key in given:
        if key not in known:
            near = nearest(key, known)
            meant = f"; did you mean {near!r}?" if near else ""
            raise AnswerError(f"the answer has {shown(key)}, which is no {what} of this lesson{meant}")
