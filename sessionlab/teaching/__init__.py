"""Lessons for students: data that differs by student, answers that are checked with reasons, folders that are graded.

    lesson = sl.lesson("gap-hunt", student="s123")
    lesson.lab, lesson.hint()
    lesson.check(answer)

Everything of a lesson follows from its name and the student's. What is right is worked out when an answer is checked, from how
the data was made and not from what a lab shows of it, and is kept nowhere.
"""

from __future__ import annotations

from sessionlab.teaching.catalog import lesson, lessons
from sessionlab.teaching.grading import Grades, grade
from sessionlab.teaching.lesson_kind import Lesson
from sessionlab.teaching.mark import Mark, Part
from sessionlab.teaching.record import MARK

__all__ = ["MARK", "Grades", "Lesson", "Mark", "Part", "grade", "lesson", "lessons"]
