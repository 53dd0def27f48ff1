"""All files of one series as a repair leaves them: each mended by itself, and rows that moved to another date in its file.

A few files are held at a time, whatever the series' length.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sessionlab.sources.parquet_file import RowFile
from sessionlab.sources.store_layout import SUFFIX, Shelf, names_for
from sessionlab.store.facts import COLUMNS
from sessionlab.store.mend import COUNTED, Mended, homes, mend_bars
from sessionlab.store.mend_quotes import mend_quotes
from sessionlab.store.series import Series
from sessionlab.store.treatment import Treatment
from sessionlab.tape.block import Bools, Int64s
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import pyarrow as pa

_HELD = 4
_DAY = dt.timedelta(days=1)


class MendedSeries:
    """The files of ``series`` in the store at ``root`` after ``treatment``."""

    def __init__(self, root: Path, series: Series, treatment: Treatment) -> None:
        self.treatment = treatment
        self._symbol = series.symbol
        self._columns = COLUMNS[series.kind]
        self._shelf = Shelf.of(root, series.kind, series.width, series.symbol)
        interval = Interval.parse(series.width) if series.kind == "bars" else None
        self._mend = partial(mend_quotes, kind=series.width) if interval is None else partial(mend_bars, interval=interval)
        self._in_days = interval is not None and interval.unit == "s"
        self._there = set(self._shelf.names())
        self._held: OrderedDict[str, Mended] = OrderedDict()
        self._taken = self._taken_by_file()
        self._into: dict[str, list[str]] = {}

    def look(self) -> dict[str, Int64s]:
        """How many rows are mended, by kind and session. Days whose rows would fall on rows that are there are not moved."""
        moves = bool((self.treatment.shift_ns != 0).any())
        while True:
            counts = {kind: np.zeros(len(self.treatment.sessions), dtype=np.int64) for kind in COUNTED}
            self._into, stamps, moved, came_from = {}, [], [], []
            for name in self._touched_files():
                mended = self._mended(name)
                for kind, rows in mended.counts.items():
                    counts[kind] += rows
                for home in homes(mended, name, self._there, self.treatment, self._in_days):
                    self._into.setdefault(home, []).append(name)
                if moves:
                    stamps.append(mended.stamp)
                    moved.append(mended.moved)
                    came_from.append(mended.came_from)
            untouched = [home for home in self._into if home in self._there and home not in self._into[home]]
            for home in untouched:
                self._into[home].append(home)
            fallen = self._fallen(stamps, moved, came_from, untouched)
            if not fallen.any():
                return counts
            self.treatment = self.treatment.without_moves(fallen)
            self._held.clear()

    def files(self) -> Iterator[tuple[str, pa.Table | None]]:
        """Name and new content of every file that is another one; None for one of which no row is left. After :meth:`look`."""
        import pyarrow as pa

        for home, names in self._into.items():
            parts = []
            for name in names:
                mended = self._mended(name)
                rows = homes(mended, name, self._there, self.treatment, self._in_days).get(home)
                if rows is not None:
                    parts.append((mended, rows))
            if len(parts) == 1 and home in names:
                mended, rows = parts[0]
                if mended.changed or len(rows) != mended.table.num_rows:
                    yield home, mended.table.take(rows)
                continue
            table = pa.concat_tables([mended.table.take(rows) for mended, rows in parts], promote_options="default")
            stamp = np.concatenate([mended.stamp[rows] for mended, rows in parts])
            known_at = np.concatenate([mended.known_at[rows] for mended, rows in parts])
            yield home, table.take(np.lexsort((known_at, stamp)))
        for name in self._touched_files():
            if name not in self._into:
                yield name, None

    def path(self, name: str) -> Path:
        """Where the file called ``name`` is."""
        return Path(self._shelf.path(name))

    def _touched_files(self) -> list[str]:
        found: set[str] = set()
        shift = self.treatment.shift_ns
        for at in np.flatnonzero(self.treatment.touched).tolist():
            session = self.treatment.sessions[at]
            found.update(names_for(session.date, session.open_ns, session.close_ns))
            if shift[at]:  # its first rows, or its last, may be under a date that has no session
                found.update(f"{session.date + side * _DAY}{SUFFIX}" for side in (-1, 1))
        found &= self._there
        return sorted(found, key=lambda name: (name, len(name)))

    def _mended(self, name: str) -> Mended:
        if name not in self._held:
            table = RowFile(self._shelf.path(name), self._columns, self._symbol).table()
            taken = self._taken.get(name, np.empty(0, np.int64))
            self._held[name] = self._mend(table, treatment=self.treatment, taken=taken)
            while len(self._held) > _HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(name)
        return self._held[name]

    def _taken_by_file(self) -> dict[str, Int64s]:
        """For each file, the stamps that a more exactly named one has on days where rows stand twice."""
        taken: dict[str, list[Int64s]] = {}
        for at in np.flatnonzero(self.treatment.duplicates).tolist():
            session = self.treatment.sessions[at]
            names = [n for n in names_for(session.date, session.open_ns, session.close_ns) if n in self._there]
            on_it = []
            for exact, name in pairwise(names):
                stamps = RowFile(self._shelf.path(exact), self._columns).stamps()
                on_it.append(stamps[self.treatment.session_of(stamps) == at])
                taken.setdefault(name, []).extend(on_it)
        return {name: np.unique(np.concatenate(parts)) for name, parts in taken.items()}

    def _fallen(self, stamps: list[Int64s], moved: list[Bools], came_from: list[Int64s], untouched: list[str]) -> Bools:
        """The sessions of which a moved row would have the stamp of a row that stays."""
        fallen = np.zeros(len(self.treatment.sessions), dtype=bool)
        if not any(which.any() for which in moved):
            return fallen
        stay = [stamp[~which] for stamp, which in zip(stamps, moved, strict=True)]
        stay += [RowFile(self._shelf.path(name), self._columns).stamps() for name in untouched]
        go, whose = (
            np.concatenate([part[which] for part, which in zip(parts, moved, strict=True)]) for parts in (stamps, came_from)
        )
        hit = np.isin(go, np.concatenate(stay)) & (whose >= 0)
        fallen[whose[hit]] = True
        return fallen
