"""``sessionlab data import``: a source into a store, and what came of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import RenderableType

from sessionlab.cli.answer import file_for, give_document, print_tables, records, table
from sessionlab.cli.data_answer import dates_of, refused_table
from sessionlab.cli.data_watch import DataWatch
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import listed, pairs
from sessionlab.cli.notices import Notices
from sessionlab.errors import ConfigError
from sessionlab.markup.text import counted
from sessionlab.store import ImportReport, import_data

_NAMED_ON_FAILURE = 3
_ROWS = {"added": "added", "replaced": "replaced", "unchanged": "unchanged", "refused": "refused"}


def data_import(
    notices: Notices,
    source: str,
    store: Path,
    *,
    symbols: Sequence[str],
    start: str | None,
    end: str | None,
    intervals: Sequence[str],
    calendar: str | None,
    quotes: bool,
    said: Mapping[str, str | None],
    columns: Sequence[str],
    options: Sequence[str],
    dry_run: bool,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Import, tell, and return whether everything that was asked for was there and could be read."""
    file = None if output is None else file_for(output, "import.json")
    group = calendar or "US_EQUITY"
    first, last = dates_of(start, end, group)
    further = _options(source, said, columns, options)
    asked, widths = listed(symbols) or None, listed(intervals) or None
    with DataWatch(notices, bar=not quiet and not as_json) as watch, _without_warnings(not quiet and not as_json):
        try:
            report = import_data(
                source, store, asked, first, last, intervals=widths, quotes=quotes, exchange_group=group, options=further,
                dry_run=dry_run, progress=watch,
            )  # fmt: skip
        except KeyboardInterrupt:
            at = f" at {watch.last}" if watch.last.symbol else ""
            notices.error(
                f"interrupted{at}; what was imported stays: the same command goes on from there", exit_code=Ending.INTERRUPTED
            )
            return Ending.INTERRUPTED
    if as_json or file is not None:
        document = _document(report, watch.seconds)
        give_document(document, file, as_json=as_json)
    if not as_json and not quiet:
        print_tables(_tables(report, watch.seconds, every=notices.verbose))
    # Of symbols that nobody named, not each has every interval on all dates.
    missing = [] if asked is None else [f"{symbol}: {why}" for symbol, why in report.missing.items()]
    problems = [*report.unreadable, *missing]
    if not problems:
        return Ending.OK
    more = f"; and {len(problems) - _NAMED_ON_FAILURE:,} more" if len(problems) > _NAMED_ON_FAILURE else ""
    told = "; ".join(problems[:_NAMED_ON_FAILURE])
    notices.error(f"not all of it could be imported: {told}{more}; the rest is in the store", exit_code=Ending.BAD_INPUT)
    return Ending.BAD_INPUT


def _options(source: str, said: Mapping[str, str | None], columns: Sequence[str], options: Sequence[str]) -> dict[str, object]:
    """The options of the source. Those of files alone are refused for others."""
    given: dict[str, object] = {name: value for name, value in said.items() if value is not None}
    if columns:
        given["columns"] = {name: str(value) for name, value in pairs(columns, "--column").items()}
    if given and not source.startswith("files:"):
        names = ", ".join(f"--{name.replace('_', '-').removesuffix('s')}" for name in given)
        raise ConfigError(f"{names}: only files:TEMPLATE has these; leave them out for {source}", options=given)
    return given | pairs(options, "--option")


@contextmanager
def _without_warnings(tables: bool) -> Iterator[None]:
    """Where tables are shown, what the source warns of is not said twice: they tell all of its notes."""
    logger = logging.getLogger("sessionlab")
    level = logger.level
    if tables and level == logging.WARNING:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _document(report: ImportReport, seconds: float) -> dict[str, Any]:
    return {
        "source": report.source,
        "store": report.store,
        "calendar": report.calendar,
        "dry_run": report.dry_run,
        "series": records(report.table),
        "refused": records(report.refused),
        "missing": report.missing,
        "unreadable": report.unreadable,
        "notes": report.notes,
        "files_written": report.files_written,
        "seconds": seconds,
    }


def _tables(report: ImportReport, seconds: float, *, every: bool) -> Iterator[RenderableType]:
    frame = report.table
    done = frame["skipped"]
    if report.dry_run:
        frame["to_do"] = frame["chunks"] - done
        headers = {"symbol": "symbol", "series": "series", "first": "first", "last": "last"}
        headers |= {"chunks": "pieces", "skipped": "done before", "to_do": "to import"}
        yield table("What would be imported", frame, headers, every=every)
        yield f"{int(frame['to_do'].sum()):,} of {int(frame['chunks'].sum()):,} pieces would be imported; nothing was written"
    else:
        fresh = frame[frame["chunks"] > done]
        if len(fresh):
            yield table("Rows", fresh, {"symbol": "symbol", "series": "series"} | _ROWS, every=every)
        if len(report.refused):
            yield refused_table(report.refused, every=every)
    yield from (f"note: {note}" for note in report.notes)
    if report.missing:
        frame_of = pd.DataFrame([*report.missing.items()], columns=["symbol", "why"])
        yield table("Nothing of", frame_of, {"symbol": "symbol", "why": "why"}, every=every)
    if not report.dry_run:
        yield _last_line(report, seconds)


def _last_line(report: ImportReport, seconds: float) -> str:
    frame = report.table
    sums = {name: int(frame[name].sum()) for name in (*_ROWS, "chunks", "skipped")}
    if sums["skipped"] == sums["chunks"]:
        return (
            f"nothing to do: all {sums['chunks']:,} pieces were imported before, and the source has not changed; {seconds:.2f} s"
        )
    read = sums["added"] + sums["replaced"] + sums["unchanged"]
    before = f"; {sums['skipped']:,} of {sums['chunks']:,} pieces were done before" if sums["skipped"] else ""
    files = counted(report.files_written, "file")
    return (
        f"{read:,} rows: {sums['added']:,} added, {sums['replaced']:,} replaced, {sums['unchanged']:,} were there, "
        f"{sums['refused']:,} refused; {files} written{before}; {seconds:.2f} s"
    )
