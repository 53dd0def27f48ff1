"""``sessionlab audit``: whether strategies look ahead; a gate that none passes with a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table

from sessionlab.cli.answer import file_for, give_document, only_the_document_on_stdout, print_tables, table
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import pairs, read_config
from sessionlab.cli.live_bar import bar_row, live_bar
from sessionlab.cli.notices import Notices
from sessionlab.cli.strategies import use_strategies
from sessionlab.lab import Lab
from sessionlab.markup.text import counted
from sessionlab.proof import Audit, audit

if TYPE_CHECKING:
    from sessionlab.proof.auditor import Stage

_HEADERS = {"kind": "kind", "moment": "moment", "strategy": "strategy", "hook": "hook", "symbol": "symbol", "what": "what"}


class _Watch:
    """Shows how far the audit is."""

    def __init__(self) -> None:
        self._begun = perf_counter()
        self._fraction, self._label = 0.0, ""

    def __call__(self, stage: Stage) -> None:
        self._fraction, self._label = stage

    def bar(self) -> Table:
        return bar_row("audit", self._label, self._fraction, perf_counter() - self._begun)


def audit_strategies(
    notices: Notices,
    config_file: Path,
    *,
    changes: Sequence[str],
    source: str | None,
    strategies: Sequence[str],
    parameters: Sequence[str],
    cuts: int,
    seconds: float | None,
    trust: Sequence[str],
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Audit them, tell what was found, and return whether nothing was."""
    file = None if output is None else file_for(output, "audit.json")
    config = read_config(config_file, changes)
    watch = _Watch()
    with only_the_document_on_stdout(as_json):
        lab = Lab(config, source=source)
        use_strategies(lab, strategies, pairs(parameters, "-p"))
        with live_bar(notices, not quiet, watch.bar):
            report = audit(lab, cuts=cuts, seconds=seconds, trust=trust, progress=watch)
    give_document({**report.to_dict(), "seconds": report.seconds}, file, as_json=as_json)
    if not as_json and not quiet:
        print_tables(_tables(report, every=notices.verbose))
    if report.passed:
        return Ending.OK
    notices.error(_why_not(report), exit_code=Ending.FAILED)
    return Ending.FAILED


def _tables(report: Audit, *, every: bool) -> Iterator[RenderableType]:
    if report.findings:
        shown = report.table.assign(moment=[_clock(finding.moment) for finding in report.findings])
        yield table("Findings", shown, _HEADERS, every=every)
        for number, finding in enumerate(report.findings, start=1):
            yield from (f"{number} read {read}" for read in finding.reads)
            yield from (f"{number} look at {suspect}" for suspect in finding.suspects)
    yield from (f"note: {note}" for note in report.notes)
    head = repr(report).splitlines()[0].strip("<>")
    yield f"{head}; {report.seconds:.2f} s"


def _clock(moment: object) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _why_not(report: Audit) -> str:
    count = len(report.findings)
    first = report.findings[0]
    kind, where = first.kind.replace("_", " "), f"{first.strategy}.{first.hook}"
    what = f"{counted(count, 'finding')}, the first is of kind {kind}, in {where}"
    return what if first.moment is None else f"{what} at {_clock(first.moment)}"
