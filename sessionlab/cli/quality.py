"""``sessionlab quality``: how complete and how sound stored data is, by ``sl.check``; with ``--fail-under`` as a gate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from sessionlab.checks import DataCheck, check
from sessionlab.cli.answer import file_for, give_document, percent, print_tables, records, write_page
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import listed, read_config
from sessionlab.cli.notices import Notices
from sessionlab.cli.quality_config import Measure, what_to_measure
from sessionlab.cli.quality_tables import calendar_notes, refused_rows, tables_of, totals, with_refused
from sessionlab.errors import NoDataError

WORST = 10
"""So many of the worst days are told unless another number is asked for."""

_NAMED_ON_FAILURE = 5


def quality(
    notices: Notices,
    config_file: Path | None,
    *,
    source: str | None,
    symbols: Sequence[str],
    start: str | None,
    end: str | None,
    intervals: Sequence[str],
    calendar: str | None,
    with_quotes: bool,
    worst: int | None,
    plot: str | None,
    fail_under: float | None,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Measure, tell, and return whether any symbol, interval and day lies below ``fail_under`` percent."""
    begun = perf_counter()
    file = None if output is None else file_for(output, "quality.json")
    page = None if plot is None else file_for(plot, "quality.html", "--plot")
    base = None if config_file is None else read_config(config_file)
    asked = what_to_measure(base, source, listed(symbols), start, end, listed(intervals), calendar)
    notices.event("checking", source=asked.named_source, symbols=len(asked.symbols), intervals=" ".join(asked.intervals))
    found = _checked(asked, quotes=with_quotes, progress=False if quiet or notices.as_json else None)
    told = {"symbols": len(asked.symbols), "days": found.table["date"].nunique(), "findings": len(found.findings)}
    notices.event("checked", **told, seconds=round(perf_counter() - begun, 6))

    below = found.table[:0] if fail_under is None else found.table[found.table["coverage"] < fail_under]
    # Of what is missing there is nothing at all: no gate may pass because a file is absent.
    passed = fail_under is None or (below.empty and not found.missing)
    if page is not None:
        write_page(page, found.plot().to_html(include_plotlyjs=True))
    if as_json or file is not None:
        document = _document(asked, found, below, fail_under, WORST if worst is None else worst) | {"passed": passed}
        give_document(document, file, as_json=as_json)
    if not as_json and not quiet:
        print_tables(tables_of(found, worst, WORST, every=notices.verbose))
        if page is not None:
            print_tables([f"written to {page}"])
    if fail_under is None or passed:
        return Ending.OK
    notices.error(_why_not(found, below, fail_under), exit_code=Ending.DATA_GATE)
    return Ending.DATA_GATE


def _checked(asked: Measure, *, quotes: bool, progress: bool | None) -> DataCheck:
    group = asked.times.exchange_group
    try:
        return check(
            asked.source,
            asked.start,
            asked.end,
            asked.symbols,
            intervals=asked.intervals,
            exchange_group=group,
            quotes=quotes,
            progress=progress,
        )
    except NoDataError as why:
        if asked.named or "sessions" not in why.facts:
            raise
        first, last = why.facts["sessions"]
        raise NoDataError(
            f"{asked.named_source} has nothing from {first} to {last} that {', '.join(asked.intervals)} could be made of; "
            "choose other dates or intervals",
            **why.facts,
        ) from None


def _document(asked: Measure, found: DataCheck, below: pd.DataFrame, fail_under: float | None, worst: int) -> dict[str, Any]:
    rows = with_refused(found.table)
    there = set(found.table["symbol"])
    return {
        "source": asked.named_source,
        "calendar": found.calendar,
        "start_date": asked.start or f"{rows['date'].min():%Y-%m-%d}",
        "end_date": asked.end or f"{rows['date'].max():%Y-%m-%d}",
        "coverage": found.coverage,
        "quality": records(rows),
        "totals": records(totals(rows)),
        "gaps": records(found.gaps),
        "refused": records(refused_rows(found)),
        "quotes": records(found.quotes),
        "findings": list(found.findings),
        "worst": records(found.worst(worst)),
        "built": found.built,
        "missing": found.missing,
        "dropped": [symbol for symbol in asked.symbols if symbol not in there],
        "notes": calendar_notes(found),
        "fail_under": fail_under,
        "below": records(below),
    }


def _why_not(found: DataCheck, below: pd.DataFrame, fail_under: float) -> str:
    if below.empty:
        return f"nothing at all is stored of {', '.join(found.missing)}; name what counts with --symbols and --intervals"
    worst = records(below.sort_values("coverage", kind="stable").head(_NAMED_ON_FAILURE))
    named = [f"{row['symbol']} {row['interval']} on {row['date']} has {percent(row['coverage'])} %" for row in worst]
    further = f", and {len(below) - len(worst):,} more" if len(below) > len(worst) else ""
    return (
        f"{len(below):,} of {len(found.table):,} symbol-days lie below {fail_under:g} %: {', '.join(named)}{further}; "
        "fill the gaps, or lower --fail-under"
    )
