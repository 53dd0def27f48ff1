"""``sessionlab data repair``: the plan first; stamps are moved only after somebody said yes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import RenderableType

from sessionlab.cli.answer import file_for, give_document, print_tables, records, table
from sessionlab.cli.data_answer import dates_of
from sessionlab.cli.data_watch import DataWatch
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import listed
from sessionlab.cli.notices import Notices
from sessionlab.markup.text import counted
from sessionlab.store import RepairPlan, RepairReport, plan_repair, repair
from sessionlab.store.treatment import REPAIRS

_HEADERS = {"symbol": "symbol", "interval": "series", "from_to": "dates", "days": "days", "wrong": "wrong", "action": "action"}


def data_repair(
    notices: Notices,
    store: Path,
    *,
    symbols: Sequence[str],
    start: str | None,
    end: str | None,
    intervals: Sequence[str],
    quotes: bool,
    calendar: str | None,
    only: Sequence[str],
    yes: bool,
    dry_run: bool,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Plan, tell, ask where stamps would be moved, and do it. ``BAD_INPUT`` where nobody is there to be asked."""
    file = None if output is None else file_for(output, "repair.json")
    first, last = dates_of(start, end, calendar or "US_EQUITY")
    with DataWatch(notices, bar=not quiet and not as_json) as watch:
        plan = plan_repair(
            store, listed(symbols) or None, first, last, intervals=listed(intervals) or None, quotes=quotes,
            only=listed(only) or REPAIRS, exchange_group=calendar, progress=watch,
        )  # fmt: skip
    shown = not as_json and not quiet
    if shown or (plan.needs_confirmation and not yes and not as_json and sys.stdin.isatty()):
        print_tables(_plan_tables(plan, every=notices.verbose))
    agreed = bool(plan) and not dry_run
    refused = False
    if agreed and plan.needs_confirmation and not yes:
        agreed = not as_json and _asked(notices)
        refused = not agreed
    done = None
    if agreed:
        with DataWatch(notices, bar=not quiet and not as_json) as watch:
            done = repair(plan, progress=watch)
    document = _document(plan, done, dry_run)
    give_document(document, file, as_json=as_json)
    if shown:
        print_tables([_last_line(plan, done, dry_run)])
    if refused:
        notices.error(
            "nothing was changed: stamps would be moved, which needs a yes; look at the plan, and say --yes, or leave stamps "
            "as they are with --only duplicates,order",
            exit_code=Ending.BAD_INPUT,
        )
        return Ending.BAD_INPUT
    return Ending.OK


def _asked(notices: Notices) -> bool:
    """Whether somebody at the terminal says yes; no where nobody is there."""
    if not sys.stdin.isatty():
        return False
    notices.console.print("Move these stamps? The present files are kept as a version. [y/N] ", end="", markup=False)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _document(plan: RepairPlan, done: RepairReport | None, dry_run: bool) -> dict[str, Any]:
    return {
        "store": plan.store,
        "dry_run": dry_run,
        "plan": records(plan.table),
        "left": plan.left,
        "notes": [*plan.notes, *(() if done is None else done.notes)],
        "needs_confirmation": plan.needs_confirmation,
        "version": None if done is None else done.version.number,
        "files": 0 if done is None else done.files,
        "rows": 0 if done is None else done.rows,
    }


def _plan_tables(plan: RepairPlan, *, every: bool) -> Iterator[RenderableType]:
    yield from (f"note: {note}" for note in plan.notes)
    if plan.findings:
        frame = plan.table
        one_day = frame["first"] == frame["last"]
        frame["from_to"] = frame["first"].astype(str) + (" to " + frame["last"].astype(str)).where(~one_day, "")
        yield table("What would be mended", frame, _HEADERS | {"rows": "rows"}, every=every)
    if plan.left:
        yield table("What is left as it is", pd.DataFrame({"what": plan.left}), {"what": "what"}, every=every)


def _last_line(plan: RepairPlan, done: RepairReport | None, dry_run: bool) -> str:
    if not plan:
        return "nothing to mend"
    if done is None:
        return "nothing was changed" + (": a dry run" if dry_run else "")
    files = counted(done.files, "file")
    back = done.version.number - 1
    return (
        f"{done.rows:,} rows mended in {files}: the store is in version {done.version.number} now; "
        f"data restore --version {back} brings back what was there"
    )
