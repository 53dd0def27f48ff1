"""``sessionlab report``: the report of a config's run, or of a notebook of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.table import Table

from sessionlab.cli.answer import only_the_document_on_stdout, print_json, print_tables
from sessionlab.cli.endings import Ending
from sessionlab.cli.live_bar import bar_row, live_bar
from sessionlab.cli.night_date import night_date
from sessionlab.cli.notices import Notices
from sessionlab.cli.report_job import Asked, checked_job, config_of, config_report, notebook_report
from sessionlab.cli.report_output import filled
from sessionlab.cli.watch import Watch
from sessionlab.errors import ConfigError
from sessionlab.nights.place import Place, place_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from sessionlab.engine.progress import Progress
    from sessionlab.lab import Lab
    from sessionlab.nights.job import Job, Made
    from sessionlab.notebooks.running import Where


def report(
    notices: Notices,
    asked: Asked,
    *,
    output: str,
    date: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Check all that was given, run it, write the report, also of what fails on the way, and return how it ended."""
    begun = perf_counter()
    job, place = _checked(replace(asked, name=Path(asked.what).stem), output, date)
    with only_the_document_on_stdout(as_json):
        made = _made(job, notices, bar=not quiet)
    assert made.content is not None
    place.write(job.file, made.content)
    where = f"{place.where.rstrip('/')}/{job.file}" if place.where != "." else job.file
    seconds = perf_counter() - begun
    if as_json:
        document: dict[str, Any] = {
            "run": notices.run,
            "ending": Ending(made.exit_code).name.lower(),
            "report": where,
            "bytes": len(made.content),
            "seconds": round(seconds, 3),
            "figures": dict(made.figures),
            "error": made.error,
            "at": made.at,
        }
        print_json(document)
    if made.error is not None:
        notices.error(f"{made.error}\nthe report of what there was until then is {where}", exit_code=made.exit_code)
        return Ending(made.exit_code)
    notices.event("finished", report=where, seconds=round(seconds, 3))
    if not as_json and not quiet:
        again = f"; run it again with sessionlab verify {where}" if made.figures and place.local is not None else ""
        print_tables([f"{where}: {len(made.content) / 1e6:,.1f} MB, {seconds:.2f} s{again}"])
    return Ending.OK


def _checked(asked: Asked, output: str, date: str | None) -> tuple[Job, Place]:
    if date is not None:
        date = night_date(date, [(config, asked.source)] if (config := config_of(asked)) else [])
    into = filled(output, name=asked.name, date=date)
    place = place_at(into.folder)
    if place.local is not None and not place.local.exists() and "{" not in output and not output.endswith("/"):
        raise ConfigError(f"-o {output}: there is no folder {place.local}; make it first, or choose another place")
    return checked_job(asked, into.file, date), place


def _made(job: Job, notices: Notices, *, bar: bool) -> Made:
    if not job.is_notebook:
        return config_report(job, lambda lab: _watched(lab, notices, bar))
    cell: list[Where] = []
    begun = perf_counter()

    def at(where: Where) -> None:
        cell[:] = [where]
        notices.event("cell", cell=where.cell, cells=where.cells)

    with live_bar(notices, bar, lambda: _row(cell, perf_counter() - begun)):
        return notebook_report(job, at)


@contextmanager
def _watched(lab: Lab, notices: Notices, bar: bool) -> Iterator[Callable[[Progress], object]]:
    notices.market_time = lambda: lab.now
    with Watch(lab, notices, bar=bar) as watch:
        yield watch


def _row(cell: Sequence[Where], seconds: float) -> Table:
    if not cell:
        return bar_row("starting the kernel", "", 0.0, seconds)
    where = cell[0].so_far()
    return bar_row(where.label or "", f"cell {where.cell} of {where.cells}", where.done, seconds)
