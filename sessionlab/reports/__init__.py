"""Reports: one page that opens without a network, tells what a run was and carries what it takes to run it again."""

from __future__ import annotations

from sessionlab.reports.embedded import embedded_run, pieces_of, stable_part
from sessionlab.reports.failure import Failure
from sessionlab.reports.failure_notebook import failure_notebook
from sessionlab.reports.notebook import notebook_html
from sessionlab.reports.report import failure_html, report_html, write_report

__all__ = [
    "Failure", "embedded_run", "failure_html", "failure_notebook", "notebook_html", "pieces_of", "report_html", "stable_part",
    "write_report",
]  # fmt: skip
