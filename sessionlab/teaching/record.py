"""The record of an answer, as a notebook or a file keeps it: who answered what in which lesson.

It has no points, since nobody would believe them: who grades checks the answer anew. The digest tells a record that was changed
by hand or on its way from one that was not; it is no signature, and whoever makes another one has given another answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from sessionlab import __version__
from sessionlab.errors import AnswerError
from sessionlab.whole_file import replace_whole

MARK = "application/vnd.sessionlab.mark+json"
"""The mime type of a record in the output of a notebook's cell."""
_VERSION = re.compile(r"\d[\w.+-]{0,31}")
LARGEST_ANSWER = 100_000
"""Bytes of an answer as JSON; no lesson needs a tenth of it."""


class Record(NamedTuple):
    """A record as it was read: ``attempt`` is its number, 1 where none is told; ``version`` that of sessionlab, or empty."""

    lesson: str
    student: str
    answer: Any
    attempt: int
    edition: int | None
    version: str


def record_of(lesson: str, student: str, answer: Any, attempt: int, edition: int) -> dict[str, Any]:
    """The record of a plain ``answer``, with its digest."""
    told = {
        "lesson": lesson,
        "student": student,
        "answer": answer,
        "attempt": attempt,
        "edition": edition,
        "version": __version__,
    }
    return {**told, "digest": digest_of(told)}


def digest_of(told: dict[str, Any]) -> str:
    """SHA-256 of everything in a record but its digest, as JSON with sorted keys."""
    rest = {name: value for name, value in told.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def read_record(told: Any) -> Record:
    """A record out of what stands in a notebook or a file. Without a digest it is taken as written by hand.

    Raises :class:`AnswerError` for what is no record, and for one that was changed after it was made.
    """
    if not isinstance(told, dict):
        raise AnswerError(f"a record is an object with lesson, student and answer, not {type(told).__name__}")
    absent = [name for name in ("lesson", "student", "answer") if name not in told]
    if absent:
        raise AnswerError(f"a record without {', '.join(absent)}; it has lesson, student and answer")
    if "digest" in told and told["digest"] != digest_of(told):
        raise AnswerError("a record that was changed after lesson.check had made it, so that it does not count")
    if len(json.dumps(told["answer"])) > LARGEST_ANSWER:
        raise AnswerError(f"an answer of more than {LARGEST_ANSWER:,} bytes, which no lesson asks for")
    attempt, edition, version = told.get("attempt", 1), told.get("edition"), told.get("version", "")
    return Record(
        str(told["lesson"]),
        str(told["student"]),
        told["answer"],
        attempt if isinstance(attempt, int) and attempt > 0 else 1,
        edition if isinstance(edition, int) else None,
        version if isinstance(version, str) and _VERSION.fullmatch(version) else "",
    )


def write_record(file: Path, record: dict[str, Any]) -> Path:
    """Write a record as a file, whole or not at all."""
    if file.suffix != ".json":
        file = file.with_name(f"{file.name}.json")
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    replace_whole(file, lambda out: out.write(text.encode()))
    return file
