"""``sessionlab data list``: what a store has, per symbol and series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType

from sessionlab.cli.answer import file_for, give_document, print_tables, records, table
from sessionlab.cli.data_answer import day, size
from sessionlab.cli.endings import Ending
from sessionlab.cli.given import listed
from sessionlab.cli.notices import Notices
from sessionlab.markup.text import counted
from sessionlab.store import Contents, contents
from sessionlab.store.listing import SeriesContents
from sessionlab.timing import TimeManager

_HEADERS = {name: name for name in ("symbol", "series", "files", "rows", "first", "last", "size")}


def data_list(notices: Notices, store: Path, *, symbols: Sequence[str], output: str | None, as_json: bool, quiet: bool) -> Ending:
    """List it."""
    file = None if output is None else file_for(output, "list.json")
    found = contents(store, listed(symbols) or None)
    document = {"store": found.store, "series": records(found.table), "totals": found.totals}
    give_document(document, file, as_json=as_json)
    if not as_json and not quiet:
        print_tables(_tables(found, every=notices.verbose))
    return Ending.OK


def _tables(found: Contents, *, every: bool) -> Iterator[RenderableType]:
    frame, headers = found.table, dict(_HEADERS)
    zones = [_zone(one) for one in found.series]
    for name in ("first", "last"):
        frame[name] = [day(stamp, tz) for stamp, tz in zip(frame[name], zones, strict=True)]
    frame["size"] = frame["bytes"].map(size)
    frame["known"] = [_known(one.recorded, one.files, one.unreadable) for one in found.series]
    if (frame["version"] > 1).any():
        headers["version"] = "version"
    if (frame["known"] != "all").any():
        headers["known"] = "recorded"
    yield table("Series", frame, headers, every=every)
    sums = found.totals
    yield (
        f"{counted(sums['symbols'], 'symbol')}, {sums['series']:,} series, {counted(sums['files'], 'file')}, "
        f"{sums['rows']:,} rows, {size(sums['bytes'])}"
    )
    if sums["recorded"] < sums["files"]:
        yield f"{sums['files'] - sums['recorded']:,} files are not recorded: data verify --record takes them in"


def _zone(one: SeriesContents) -> str:
    """The zone in which its stamps have the date that is meant: of days UTC, else the exchange's."""
    return "UTC" if one.series == "1d bars" else TimeManager(one.calendar).tz


def _known(recorded: int, files: int, unreadable: int) -> str:
    bad = f", {unreadable} unreadable" if unreadable else ""
    return ("all" if recorded == files else "no" if recorded == 0 else f"{recorded} of {files}") + bad
