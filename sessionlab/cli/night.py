"""``sessionlab report --jobs-file``: a night of reports, each in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from sessionlab.cli.answer import print_json, print_tables, table
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import value_of
from sessionlab.cli.jobs_file import JobRow, read_jobs
from sessionlab.cli.live_bar import bar_row, live_bar
from sessionlab.cli.night_date import night_date
from sessionlab.cli.notices import Notices
from sessionlab.cli.report_job import Asked, checked_job, config_of, make
from sessionlab.cli.report_output import ReportFile, filled
from sessionlab.cli.work import terminated_as_by_ctrl_c
from sessionlab.errors import ConfigError, SessionlabError
from sessionlab.nights.job import BAD, Job
from sessionlab.nights.lock import NightLock
from sessionlab.nights.night import Night
from sessionlab.nights.place import Place, place_at
from sessionlab.nights.summary import Row, Summary


def night(
    notices: Notices,
    common: Asked,
    jobs_file: Path,
    *,
    output: str,
    date: str | None,
    workers: int,
    timeout: float,
    again: bool,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Check every row, then make the reports, and return how the night ended. What a row leaves open is as in ``common``."""
    if "{name}" not in output:
        example = '-o "reports/{date}/{name}"'
        raise ConfigError(f"-o {output}: every report needs a place of its own; put {{name}} into it, as in {example}")
    rows, wrong = read_jobs(jobs_file)
    asked = [_asked(row, common) for row in rows]
    if date is not None:
        date = _date(date, asked, wrong, jobs_file)
    jobs, folder = _jobs(asked, output, date, wrong)
    if wrong:
        raise _all_wrong(jobs_file, wrong)
    place = place_at(folder)
    with TemporaryDirectory(prefix="sessionlab-night-", ignore_cleanup_errors=True) as scratch, NightLock(place) as lock:
        if lock.left_over is not None:
            notices.warning(f"the lock of a night that died was found in {place.where} ({lock.left_over}), and taken over")
        made = Night(
            jobs,
            place,
            make,
            run=notices.run,
            date=date,
            workers=workers,
            timeout=timeout or None,
            again=again,
            scratch=Path(scratch),
            on_start=lambda row: notices.event("report started", report=row.name, row=row.row),
            on_end=lambda row: _tell_end(notices, row),
        )
        notices.event("night started", reports=len(jobs), date=date, place=place.where, workers=workers)
        return _run(made, place, notices, as_json=as_json, quiet=quiet)


def _run(made: Night, place: Place, notices: Notices, *, as_json: bool, quiet: bool) -> Ending:
    begun, interrupted = perf_counter(), False
    with live_bar(notices, not quiet, lambda: _bar(made, perf_counter() - begun)), terminated_as_by_ctrl_c():
        try:
            made.run()
        except KeyboardInterrupt:
            interrupted = True
    summary = made.summary
    where = f"{place.where.rstrip('/')}/"
    notices.event("night ended", ending=summary.ending, seconds=round(summary.seconds, 3), **summary.counts())
    if as_json:
        print_json(summary.document())
    elif not quiet:
        print_tables(
            [*_tables(summary), f"{len(summary.rows):,} reports: {summary.words()}; {summary.seconds:,.1f} s; {where}index.html"]
        )
    if interrupted:
        notices.error(
            f"interrupted; the summary so far is {where}summary.json: the same command goes on", exit_code=Ending.INTERRUPTED
        )
        return Ending.INTERRUPTED
    if summary.failed:
        told = "\n".join(f"  {row.name}: {row.error}" for row in summary.failed)
        notices.error(f"{len(summary.failed)} of {len(summary.rows):,} reports failed\n{told}", exit_code=Ending.FAILED)
        return Ending.FAILED
    return Ending.OK


def _asked(row: JobRow, common: Asked) -> Asked:
    own = row.own
    return Asked(
        own.get("name", ""),
        own.get("config", common.what),
        {**common.parameters, **row.parameters},
        {**common.changes, **{where: value_of(text) for where, text in row.changes.items()}},
        tuple(own["strategy"].split()) if "strategy" in own else common.strategies,
        own.get("source", common.source),
        own.get("title", common.title),
        row.line,
    )


def _date(text: str, asked: Sequence[Asked], wrong: list[str], jobs_file: Path) -> str | None:
    """The date that is meant. What is wrong with rows is said first, where it stands in the way."""
    configs, found = [], list[str]()
    for one in asked:
        try:
            config = config_of(one) if one.what else None
        except SessionlabError as why:
            found.append(_of_row(one, why))
            continue
        configs += [] if config is None else [(config, one.source)]
    if (wrong or found) and not configs:
        raise _all_wrong(jobs_file, [*wrong, *found])
    return night_date(text, configs)


def _jobs(asked: Sequence[Asked], output: str, date: str | None, wrong: list[str]) -> tuple[list[Job], str]:
    """The jobs, and the folder of them all; what is wrong with a row goes into ``wrong``."""
    jobs, folder = list[Job](), ""
    for one in asked:
        into: ReportFile = filled(output, name=one.name, date=date)
        folder = into.folder
        if not one.what:
            wrong.append(f"row {one.row}: of what? Name a config or a notebook in a column config, or as the command's CONFIG")
            continue
        try:
            jobs.append(checked_job(one, into.file, date))
        except SessionlabError as why:
            wrong.append(_of_row(one, why))
    return jobs, folder


def _of_row(one: Asked, why: SessionlabError) -> str:
    text = "\n    ".join(str(why).splitlines())
    return f"row {one.row} ({one.name or 'without a name'}): {text}"


def _all_wrong(jobs_file: Path, wrong: Sequence[str]) -> ConfigError:
    first = sorted(dict.fromkeys(wrong), key=lambda text: int(text.removeprefix("row ").split()[0].rstrip(":")))
    lines = "\n  ".join(first)
    count = "a row that cannot be meant" if len(first) == 1 else f"{len(first)} rows that cannot be meant"
    return ConfigError(f"{jobs_file} has {count}; nothing was run:\n  {lines}", file=str(jobs_file), rows=first)


def _tell_end(notices: Notices, row: Row) -> None:
    facts: dict[str, Any] = {"report": row.name, "row": row.row, "status": row.status, "seconds": row.seconds}
    facts |= {"error": row.error, "at": row.at} if row.error is not None else {}
    notices.event("report failed" if row.status in BAD else "report ended", **facts)


def _bar(made: Night, seconds: float) -> Table:
    rows = made.summary.rows
    done = sum(row.status not in ("waiting", "running") for row in rows)
    at_work = list(made.pool.running)
    part = sum(one.fraction for one in at_work)
    names = ", ".join(f"{rows[one.number].name} {one.label}".rstrip() for one in at_work)
    failed = len(made.summary.failed)
    told = f"{done} of {len(rows)}" + (f", {failed} failed" if failed else "")
    return bar_row(told, names, (done + part) / max(1, len(rows)), seconds)


def _tables(summary: Summary) -> Iterator[RenderableType]:
    import pandas as pd

    if not summary.failed:
        return
    frame = pd.DataFrame(
        [
            (row.name, str(row.row or ""), row.status, f"{row.seconds or 0:.1f}", (row.error or "").partition("\n")[0])
            for row in summary.failed
        ],
        columns=["name", "row", "status", "seconds", "error"],
    )
    yield table("Failed", frame, {name: name for name in map(str, frame)}, every=True)
