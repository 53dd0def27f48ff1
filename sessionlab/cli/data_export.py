"""``sessionlab data export``: bars and quotes of a store as files that others read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from rich.console import RenderableType

from sessionlab.cli.answer import file_for, give_document, print_tables
from sessionlab.cli.data_answer import dates_of, size
from sessionlab.cli.data_watch import DataWatch
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import listed
from sessionlab.cli.notices import Notices
from sessionlab.markup.text import counted
from sessionlab.store import ExportReport, export


def data_export(
    notices: Notices,
    store: Path,
    out: Path,
    *,
    format: Literal["csv", "parquet"],
    symbols: Sequence[str],
    start: str | None,
    end: str | None,
    intervals: Sequence[str],
    quotes: bool,
    calendar: str | None,
    template: str | None,
    tz: str,
    label: Literal["start", "end"],
    force: bool,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Export, and tell how to read it back."""
    file = None if output is None else file_for(output, "export.json")
    group = calendar or "US_EQUITY"
    first, last = dates_of(start, end, group)
    with DataWatch(notices, bar=not quiet and not as_json) as watch:
        report = export(
            store, out, listed(symbols) or None, first, last, intervals=listed(intervals) or None, quotes=quotes,
            format=format, template=template, tz=tz, label=label, exchange_group=group, force=force, progress=watch,
        )  # fmt: skip
    document = {
        "store": report.store,
        "templates": [str(out / template) for template in report.templates],
        "quotes_template": None if report.quotes_template is None else str(out / report.quotes_template),
        "files": [str(path) for path in report.files],
        "rows": report.rows,
        "bytes": report.bytes,
        "refused": report.refused.counts,
        "seconds": watch.seconds,
    }
    give_document(document, file, as_json=as_json)
    if not as_json and not quiet:
        print_tables(_lines(report, out, label, watch.seconds))
    return Ending.OK


def _lines(report: ExportReport, out: Path, label: str, seconds: float) -> Iterator[RenderableType]:
    if report.refused:
        yield f"left out, as the store refuses them: {report.refused}"
    yield f"{report.rows:,} rows in {counted(len(report.files), 'file')}, {size(report.bytes)}; {seconds:.2f} s"
    said = "" if label == "start" else f", label={label!r}"
    yield from (f"read them with sl.sources.Files({str(out / template)!r}{said})" for template in report.templates)
    if report.quotes_template is not None:
        yield f"quotes are in {out / report.quotes_template}, by kind in place of the interval; read them with pandas"
