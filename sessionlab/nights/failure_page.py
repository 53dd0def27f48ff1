"""The report of a job of which no run is left to tell: a page, or a notebook, that says what went wrong."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

from sessionlab.config.secrets import without_secrets

if TYPE_CHECKING:
    from sessionlab.nights.job import Job
    from sessionlab.reports import Failure


def failure_report(job: Job, failure: Failure, more: str) -> bytes:
    """The content of the report of ``job``, as a page or as a notebook; ``more`` is why there is nothing of the run."""
    title = job.title or job.name
    if job.file.lower().endswith(".ipynb"):
        return _notebook(title, failure, more).encode("utf-8", "replace")
    from sessionlab.reports import failure_html

    config = None if job.config is None else without_secrets(job.config.to_dict())[0]
    return failure_html(failure, title=title, config=config, more=more).encode("utf-8", "replace")


def _notebook(title: str, failure: Failure, more: str) -> str:
    import nbformat

    parts = [f"<h1>{html.escape(title)}</h1>", f"<p><b>{html.escape(failure.words())}</b></p>", f"<p>{html.escape(more)}</p>"]
    parts += [f"<pre>{html.escape(failure.traceback)}</pre>"] if failure.traceback else []
    text = "".join(parts).replace("\n", "&#10;")  # an empty line would end the block of HTML
    cell = nbformat.v4.new_markdown_cell(text, id="sessionlab-failure")  # type: ignore[no-untyped-call]
    return json.dumps(nbformat.v4.new_notebook(cells=[cell]), indent=1) + "\n"  # type: ignore[no-untyped-call]
