"""The report of a job of which no run is left to tell: a page, or a notebook, that says what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.config.secrets import without_secrets

if TYPE_CHECKING:
    from sessionlab.nights.job import Job
    from sessionlab.reports import Failure


def failure_report(job: Job, failure: Failure, more: str) -> bytes:
    """The content of the report of ``job``, as a page or as a notebook; ``more`` is why there is nothing of the run."""
    from sessionlab.reports import failure_html, failure_notebook

    title = job.title or job.name
    if job.file.lower().endswith(".ipynb"):
        return failure_notebook(failure, title=title, more=more).encode("utf-8", "replace")
    config = None if job.config is None else without_secrets(job.config.to_dict())[0]
    return failure_html(failure, title=title, config=config, more=more).encode("utf-8", "replace")
