"""Who a student is, and the dice that are that student's: numbers that follow from the names of lesson and student alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, TypeVar

from sessionlab.errors import ConfigError
from sessionlab.sources.dice import Dice

_T = TypeVar("_T")

# No markup, no formula of a spreadsheet, nothing that ends a line: what is written here stands in pages and tables.
_NAME = re.compile(r"\w[\w .@+-]{0,63}")


def student_name(student: Any) -> str:
    """The name of a student: letters, digits and ``_ . @ + -``, up to 64 of them. Raises :class:`ConfigError` for others.

    >>> student_name(" s123 "), student_name(123)
    ('s123', '123')
    """
    if isinstance(student, int) and not isinstance(student, bool) and student >= 0:
        student = str(student)
    name = student.strip() if isinstance(student, str) else ""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f'student={student!r}: write the name or number by which you are known, as in student="s123"; letters, digits, '
            "spaces and _ . @ + - after the first letter, 64 of them at most",
            student=student,
        )
    return name


def dice_of(lesson: str, student: str, edition: int) -> Dice:
    """The dice of a student in a lesson, the same on every machine."""
    return Dice(hashlib.sha256(f"sessionlab lesson\n{lesson}\n{edition}\n{student}".encode()).hexdigest())


def pick(dice: Dice, things: Sequence[_T], number: int = 1) -> list[_T]:
    """``number`` different ones of ``things``, in an order that the dice decide."""
    luck = dice.uniform(len(things))
    return [things[i] for i in luck.argsort(kind="stable")[:number].tolist()]


def whole(dice: Dice, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + int(float(dice.uniform(1)[0]) * (high - low + 1))


def first_fit(dice: Dice, made: Callable[[Dice, int], _T | None]) -> _T:
    """The first thing that is not None of those made with one set of dice after another, and a seed that goes with each."""
    tries = (dice.of("try", number) for number in count())
    found = (made(each, int(each.of("seed").words(1)[0] >> 33)) for each in tries)
    return next(one for one in found if one is not None)
