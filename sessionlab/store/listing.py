"""``sl.store.contents``: what a store has, per symbol and series, from its records; of files put there by hand, from footers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sessionlab.errors import BadDataError
from sessionlab.sources.asked_names import asked_names
from sessionlab.store.facts import rows_and_bounds
from sessionlab.store.page import page
from sessionlab.store.series import Series, all_series, relative


@dataclass(frozen=True, slots=True)
class SeriesContents:
    """One series: its ``files``, of which so many are ``recorded``, their rows, bytes, first and last stamp (ISO, UTC).

    ``version`` is that of the store in which a repair last wrote any of them, 1 for none. ``unreadable`` files have no rows.
    ``calendar`` is the one that it was imported with.
    """

    symbol: str
    series: str
    files: int
    rows: int
    first: str
    last: str
    bytes: int
    version: int
    recorded: int
    unreadable: int
    calendar: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What :func:`contents` found."""

    store: str
    series: tuple[SeriesContents, ...]

    @property
    def table(self) -> pd.DataFrame:
        """A row per series, with the columns of :class:`SeriesContents`."""
        names = SeriesContents.__slots__
        return pd.DataFrame([[getattr(one, name) for name in names] for one in self.series], columns=list(names))

    @property
    def totals(self) -> dict[str, int]:
        """``symbols series files rows bytes recorded`` of all of it."""
        sums = {name: sum(getattr(one, name) for one in self.series) for name in ("files", "rows", "bytes", "recorded")}
        return {"symbols": len({one.symbol for one in self.series}), "series": len(self.series), **sums}

    def __repr__(self) -> str:
        count = self.totals
        return f"<Contents of {self.store}: {count['symbols']:,} symbols, {count['files']:,} files, {count['rows']:,} rows>"

    def _repr_html_(self) -> str:
        return page(repr(self), {"Series": self.table})


def contents(store: str | os.PathLike[str], symbols: str | Sequence[str] | None = None) -> Contents:
    """What ``store`` has of ``symbols``, by default of all. Nothing is read but names, records and footers.

    Raises :class:`~sessionlab.errors.NoDataError` where no store is, and for symbols that it does not know.
    """
    root = Path(store).expanduser()
    every = all_series(root, None if symbols is None else asked_names(symbols, "symbols"))
    found = [_of_series(root, series) for series in every]
    return Contents(str(root), tuple(one for one in found if one.files))


def _of_series(root: Path, series: Series) -> SeriesContents:
    record = series.record(root)
    rows, size, recorded, unreadable = 0, 0, 0, 0
    firsts, lasts = [], []
    files = series.files(root)
    for file in files:
        there = file.stat().st_size
        size += there
        facts = record.files.get(relative(root, file))
        recorded += facts is not None
        if facts is not None and facts.bytes == there:
            told = facts.rows, facts.first, facts.last
        else:
            try:
                told = rows_and_bounds(file, series.kind)
            except BadDataError:
                unreadable += 1
                continue
        rows += told[0]
        firsts += [told[1]] if told[1] else []
        lasts += [told[2]] if told[2] else []
    return SeriesContents(
        series.symbol, series.title, len(files), rows, min(firsts, default=""), max(lasts, default=""), size, record.version,
        recorded, unreadable, record.calendar,
    )  # fmt: skip
