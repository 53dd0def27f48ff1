"""``sessionlab data verify``: every file against its checksum; a gate that no changed, missing or unreadable file passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType

from sessionlab.cli.answer import file_for, give_document, print_tables, records, table
from sessionlab.cli.data_watch import DataWatch
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import listed
from sessionlab.cli.notices import Notices
from sessionlab.markup.text import counted
from sessionlab.store import Verified, verify

_NAMED_ON_FAILURE = 5
_WHAT_TO_DO = {
    "changed": "import it again, take it from a copy, or say with --accept that the change is meant",
    "missing": "import it again, take it from a copy, or say with --accept that it is meant to be gone",
    "unreadable": "delete it and import it again, or take it from a copy",
}


def data_verify(
    notices: Notices,
    store: Path,
    *,
    symbols: Sequence[str],
    record: bool,
    accept: bool,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> Ending:
    """Verify, tell, and return whether every recorded file is what it was."""
    file = None if output is None else file_for(output, "verify.json")
    with DataWatch(notices, bar=not quiet and not as_json) as watch:
        found = verify(store, listed(symbols) or None, record=record, accept=accept, progress=watch)
    passed = not found.broken
    document = {
        "store": found.store,
        "passed": passed,
        "counts": found.counts,
        "files": records(found.table),
        "recorded": found.recorded,
        "forgotten": found.forgotten,
        "notes": found.notes,
        "seconds": watch.seconds,
    }
    give_document(document, file, as_json=as_json)
    if not as_json and not quiet:
        print_tables(_tables(found, watch.seconds, every=notices.verbose))
    if passed:
        return Ending.OK
    notices.error(_why_not(found), exit_code=Ending.DATA_GATE)
    return Ending.DATA_GATE


def _tables(found: Verified, seconds: float, *, every: bool) -> Iterator[RenderableType]:
    if len(found.table):
        yield table("Files that are not ok", found.table, {"path": "file", "state": "state", "why": "why"}, every=every)
    yield from (f"note: {note}" for note in found.notes)
    told = ", ".join(f"{count:,} {state}" for state, count in found.counts.items() if count) or "none"
    took = f"; {found.recorded:,} recorded now" if found.recorded else ""
    lost = f"; {found.forgotten:,} forgotten" if found.forgotten else ""
    yield f"{counted(len(found.files), 'file')}: {told}{took}{lost}; {seconds:.2f} s"
    if found.counts["not recorded"]:
        yield "those that are not recorded: --record takes them in"
    if found.counts["half done"]:
        yield "those that are half done: the same import again completes them"


def _why_not(found: Verified) -> str:
    named = ", ".join(f"{one.path or one.symbol} is {one.state}" for one in found.broken[:_NAMED_ON_FAILURE])
    more = f", and {len(found.broken) - _NAMED_ON_FAILURE:,} more" if len(found.broken) > _NAMED_ON_FAILURE else ""
    states = dict.fromkeys(one.state for one in found.broken)
    todo = "; ".join(f"{state}: {_WHAT_TO_DO[state]}" for state in states)
    return f"{len(found.broken):,} of {len(found.files):,} files are not what was recorded: {named}{more}; {todo}"
