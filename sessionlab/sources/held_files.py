"""The files of one series that were read last, checked and ready: a run that goes on by sessions opens none twice.

How much is held does not grow with the sessions gone through. A file that was replaced is read again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from sessionlab.sources.parquet_file import RowFile
from sessionlab.sources.row_checks import Checked, check_bars, check_quotes
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS

FileStamp = tuple[int, int]
"""When a file was last written, in ns, and its size in bytes: another pair means another file."""

_MOST_ROWS = 1_000_000  # a file of more is read by its row groups, if they follow one another
_HELD = ((1, _MOST_ROWS), (2, 50_000), (4, -1))  # more than so many files are held only up to so many rows


def file_stamp(path: str) -> FileStamp | None:
    """The stamp of the file at ``path``; None where there is none."""
    try:
        there = os.stat(path)  # noqa: PTH116 - asked for every session, and a path object costs as much again
    except (FileNotFoundError, NotADirectoryError):
        return None
    return there.st_mtime_ns, there.st_size


def file_states(paths: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """Path and stamp of those files that are there."""
    for path in paths:
        stamp = file_stamp(path)
        if stamp is not None:
            yield path, *stamp


class HeldFiles:
    """The bars, or with ``quotes`` the quotes, of ``symbol`` in the files asked for last."""

    def __init__(self, symbol: str, quotes: bool = False) -> None:
        self._symbol = symbol
        self._columns = QUOTE_COLUMNS if quotes else BAR_COLUMNS
        self._check: Callable[..., Checked] = check_quotes if quotes else check_bars
        self._rows: dict[tuple[str, int], tuple[FileStamp, Checked]] = {}
        self._groups: dict[str, tuple[FileStamp, list[tuple[int, int]]]] = {}

    def read(self, path: str, stamp: FileStamp, lo_ns: int, hi_ns: int) -> list[Checked]:
        """Checked rows of ``path`` that include all which start in ``[lo_ns, hi_ns)``; several pieces follow one another."""
        held = self._rows.get((path, -1))
        if held is not None and held[0] == stamp:
            return [held[1]]
        groups = self._groups.get(path)
        if groups is None or groups[0] != stamp:
            file = RowFile(path, self._columns, self._symbol)
            bounds = _sequence(file)
            if bounds is None:
                return [self._piece(path, -1, stamp, file)]
            groups = self._groups[path] = (stamp, bounds)
        wanted = [at for at, (first, last) in enumerate(groups[1]) if first < hi_ns and last >= lo_ns]
        return [self._piece(path, at, stamp) for at in wanted]

    def _piece(self, path: str, group: int, stamp: FileStamp, file: RowFile | None = None) -> Checked:
        held = self._rows.pop((path, group), None)
        if held is None or held[0] != stamp:
            file = RowFile(path, self._columns, self._symbol) if file is None else file
            columns = file.read(None if group < 0 else group)
            known_at = () if columns.known_at is None else (columns.known_at,)
            held = stamp, self._check(columns.stamp, columns.values, *known_at, origin=path)
        self._rows[path, group] = held
        while self._holds_too_much():
            del self._rows[next(iter(self._rows))]
        return held[1]

    def _holds_too_much(self) -> bool:
        count = sum(len(rows.start) for _, rows in self._rows.values())
        return any(len(self._rows) > files and count > most for files, most in _HELD)


def _sequence(file: RowFile) -> list[tuple[int, int]] | None:
    """First and last stamp of each row group of a large file whose groups follow one another; else None."""
    if file.rows <= _MOST_ROWS:
        return None
    bounds = [bound for bound in file.bounds() if bound is not None]
    follow = all(a[1] < b[0] for a, b in pairwise(bounds))
    return bounds if follow and len(bounds) == file.group_count else None
