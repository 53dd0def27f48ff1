"""What the shelves of a Parquet store hold, from the names of files; of those without dates, from their footers."""

from __future__ import annotations

import calendar
import datetime as dt
import os
from collections.abc import Iterable, Iterator

from sessionlab.sources.holdings import Holding, Kind, dates_of, within
from sessionlab.sources.parquet_file import RowFile
from sessionlab.sources.store_layout import SUFFIX, Shelf, names_for
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS
from sessionlab.timing import SessionTable, TimeManager


def shelf_holding(shelf: Shelf, kind: Kind, width: str, times: TimeManager) -> list[Holding]:
    """The holding of a shelf; none where it is empty."""
    spans = []
    for name in shelf.names():
        span = named_dates(name) if name else _stamped_dates(shelf.path(name), kind, width, times)
        spans += [] if span is None else [span]
    if not spans:
        return []
    return within(times, kind, width, min(first for first, _ in spans), max(last for _, last in spans))


def file_states(paths: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """Path, time of writing in ns, and size of those files that are there."""
    for path in paths:
        try:
            there = os.stat(path)  # noqa: PTH116 - asked for every session, and a path object costs as much again
        except (FileNotFoundError, NotADirectoryError):
            continue
        yield path, there.st_mtime_ns, there.st_size


def paths_for(shelf: Shelf, sessions: SessionTable | None) -> list[str]:
    """The paths of a shelf where rows of ``sessions`` may be; without them, of all its files."""
    if sessions is None:
        return [shelf.path(name) for name in shelf.names()]
    each = zip(sessions.date.tolist(), sessions.open.tolist(), sessions.close.tolist(), strict=True)
    return [shelf.path(name) for name in dict.fromkeys(name for session in each for name in names_for(*session))]


def named_dates(name: str) -> tuple[dt.date, dt.date] | None:
    """The first and the last date that a file's name means, None for what is no date.

    >>> named_dates("2024-02.parquet")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    parts = name.removesuffix(SUFFIX).split("-")
    try:
        year, month = int(parts[0]), int(parts[1]) if len(parts) > 1 else None
        if len(parts) == 3 and month is not None:
            date = dt.date(year, month, int(parts[2]))
            return date, date
        first, last = dt.date(year, month or 1, 1), month or 12
        return first, dt.date(year, last, calendar.monthrange(year, last)[1])
    except ValueError:
        return None


def _stamped_dates(path: str, kind: Kind, width: str, times: TimeManager) -> tuple[dt.date, dt.date] | None:
    file = RowFile(path, BAR_COLUMNS if kind == "bars" else QUOTE_COLUMNS)
    found = []
    for group, bound in enumerate(file.bounds()):
        if bound is None:
            stamps = file.stamps(group)
            bound = (int(stamps.min()), int(stamps.max())) if len(stamps) else None
        found += [] if bound is None else [bound]
    if not found:
        return None
    return dates_of(min(lo for lo, _ in found), max(hi for _, hi in found), times, daily=width == "1d")
