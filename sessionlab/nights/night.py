"""A night: every report that is wanted, made anew or found whole and unchanged, put in place as it ends.

The place is written by this process alone; those that make reports hand them over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from sessionlab.config.secrets import text_without_secrets
from sessionlab.errors import SourceError
from sessionlab.nights import index_page as index
from sessionlab.nights import summary as summaries
from sessionlab.nights.failure_page import failure_report
from sessionlab.nights.job import BAD, Job, Made, Tell
from sessionlab.nights.place import Place
from sessionlab.nights.pool import Ended, Pool
from sessionlab.nights.summary import Row, Summary, rows_before

_BETWEEN_SECONDS = 2.0
_OF_THE_TIME = 0.05
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")


class Task(NamedTuple):
    """A job, and the report that a former night made of it, a file, where that may stay as it is."""

    job: Job
    before: str | None


Making = Callable[[Task, Tell], Made]
"""Importable: it makes a report, in a process of its own. It raises nothing that a report can tell."""


class Night:
    """Makes the reports of ``jobs`` in ``place`` by ``make``, ``workers`` at a time, each within ``timeout`` seconds.

    ``again``: also those that are whole and unchanged. ``on_start`` and ``on_end`` are called with the row of each;
    ``summary`` is what became of them so far.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        place: Place,
        make: Making,
        *,
        run: str,
        date: str | None = None,
        workers: int = 1,
        timeout: float | None = None,
        again: bool = False,
        scratch: Path,
        on_start: Callable[[Row], object] = lambda row: None,
        on_end: Callable[[Row], object] = lambda row: None,
    ) -> None:
        self.summary = Summary(run, [Row.of(job) for job in jobs], date)
        self._jobs, self._place, self._again, self._scratch = jobs, place, again, scratch
        self._on_start, self._on_end = on_start, on_end
        self._before: dict[str, Row] = {}
        self._shown = self._told_at = float("-inf")
        self._cost = 0.0
        self._tasks: list[Task] = []
        self.pool = Pool(make, self._tasks, workers=workers, timeout=timeout, scratch=scratch, on_start=self._started)

    def run(self) -> Summary:
        """Make them all. Ctrl-C ends those at work, and the summary so far is there; it is raised again."""
        self._before = rows_before(self._place.read(summaries.NAME))
        self._tasks += [Task(job, self._former(number, job)) for number, job in enumerate(self._jobs)]
        for task, row in zip(self._tasks, self.summary.rows, strict=True):
            if task.before is not None:
                _as_before(row, self._before[task.job.name])  # what is there stays known also if this night is killed
        self._tell(always=True)
        try:
            with closing(self.pool.ended()) as ends:
                for ended in ends:
                    self._ended(ended)
                    self._tell()
        except BaseException as why:
            for row in self.summary.rows:
                row.status = "interrupted" if row.status == "running" else row.status
            with suppress(SourceError):  # where that is why it ended, it is said once
                self._finish("interrupted", 130 if isinstance(why, KeyboardInterrupt) else 4)
            raise
        self._finish("failed", 1) if self.summary.failed else self._finish("ok", 0)
        return self.summary

    def _former(self, number: int, job: Job) -> str | None:
        """A file with the report that a former night made of the same, whole as it was put there; None where there is none."""
        before = self._before.get(job.name)
        if before is None or self._again or job.key is None or before.key != job.key or before.status in BAD:
            return None
        if before.file != job.file or before.sha256 is None:
            return None
        content = self._place.read(job.file)
        if content is None or sha256(content).hexdigest() != before.sha256:
            return None
        if self._place.local is not None:
            return str((self._place.local / job.file).absolute())
        copy = self._scratch / f"before-{number}{Path(job.file).suffix}"
        copy.write_bytes(content)
        return str(copy)

    def _started(self, number: int) -> None:
        self.summary.rows[number].status = "running"
        self._on_start(self.summary.rows[number])

    def _ended(self, ended: Ended) -> None:
        job, row = self._jobs[ended.number], self.summary.rows[ended.number]
        made = ended.value if ended.how == "made" else _ended_early(ended)
        if made.status == "unchanged":
            row.status, row.exit_code = "unchanged", 0
            self._on_end(row)
            return
        content = made.content or _report_of_the_end(job, made, ended)
        self._place.write(job.file, content)
        row.status, row.at, row.exit_code, row.figures = made.status, made.at, made.exit_code, made.figures
        row.file, row.sha256 = job.file, sha256(content).hexdigest()
        row.made, row.seconds = datetime.now(UTC).isoformat(timespec="seconds"), round(ended.seconds, 3)
        row.error = None if made.error is None else text_without_secrets(made.error)
        row.printed = None if made.status == "ok" or not ended.printed else text_without_secrets(ended.printed)
        self._on_end(row)

    def _finish(self, ending: Any, code: int) -> None:
        self.summary.ended, self.summary.ending, self.summary.exit_code = datetime.now(UTC), ending, code
        self._tell(always=True)

    def _tell(self, *, always: bool = False) -> None:
        """Write the summary, which the next night needs, and the page: as often as that costs little, and people can look."""
        begun = monotonic()
        if not always and (begun - self._told_at) * _OF_THE_TIME < self._cost:
            return
        document = json.dumps(self.summary.document(), indent=1, ensure_ascii=False, allow_nan=False)
        self._place.write(summaries.NAME, f"{document}\n".encode("utf-8", "replace"))  # a name of a file need not be UTF-8
        if always or begun - self._shown > _BETWEEN_SECONDS:
            self._shown = begun
            self._place.write(index.NAME, index.index_page(self.summary).encode("utf-8", "replace"))
        self._told_at = monotonic()
        self._cost = self._told_at - begun


def _as_before(row: Row, before: Row) -> None:
    """Tell of the report that is there."""
    row.file, row.sha256, row.made, row.seconds, row.figures = (
        before.file,
        before.sha256,
        before.made,
        before.seconds,
        before.figures,
    )


def _ended_early(ended: Ended) -> Made:
    """What there is to say of one that was killed or died: where it was seen last."""
    assert ended.how != "made"
    stamp = _STAMP.search(ended.label)
    seen = f", at {ended.label}{' market time' if stamp else ''}" if ended.label else ""
    return Made(ended.how, error=f"{ended.words}{seen}", at=None if stamp is None else stamp[0], exit_code=1)


def _report_of_the_end(job: Job, made: Made, ended: Ended) -> bytes:
    """Of one whose process ended before it could tell."""
    from sessionlab.reports.failure import Failure, without_places

    failure = Failure(str(made.status), made.error or "", traceback=without_places(ended.printed))
    printed = " Below is what it printed last." if ended.printed else ""
    return failure_report(job, failure, f"Its process was ended, and with it what there was of the run.{printed}")
