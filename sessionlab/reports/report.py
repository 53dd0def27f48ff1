"""The report of a run: one self-contained page."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sessionlab.errors import ConfigError
from sessionlab.reports.embedded import elements, run_document
from sessionlab.whole_file import replace_whole

if TYPE_CHECKING:
    from sessionlab.reports.failure import Failure
    from sessionlab.results import RunResult


def report_html(result: RunResult, *, failure: Failure | None = None, title: str | None = None) -> str:
    """The report of ``result`` as HTML; of a run that failed, with ``failure`` on top and everything up to there.

    ``title`` is by default the session's name.
    """
    name = result.config.session_name if title is None else title
    told = "" if failure is None else f"<p>{html.escape(failure.words())}</p><pre>{html.escape(failure.traceback)}</pre>"
    body = f"<h1>{html.escape(name)}</h1>{told}{result._repr_html_()}"
    return f"<!doctype html><title>{html.escape(name)}</title>{body}\n{elements(run_document(result, failure))}\n"


def write_report(
    result: RunResult, path: str | os.PathLike[str], *, failure: Failure | None = None, title: str | None = None
) -> Path:
    """Write the report into the file ``path``, which ends in ``.html``, whole or not at all; where it was written.

    Raises :class:`ConfigError` for another ending, :class:`~sessionlab.errors.SourceError` where the disk refuses.
    """
    file = Path(path).expanduser()
    if file.suffix.lower() != ".html":
        raise ConfigError(f"{file.name}: a report is one page of HTML; give a name that ends in .html", path=str(file))
    content = report_html(result, failure=failure, title=title).encode("utf-8", "replace")
    replace_whole(file, lambda out: out.write(content))
    return file
