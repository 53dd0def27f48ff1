"""What became of an import: rows by series, what was refused and why, what was done before, what was not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sessionlab.store.page import page
from sessionlab.tape.block import NOTHING_REFUSED, Refused

if TYPE_CHECKING:
    import pandas as pd


@dataclass(slots=True)
class SeriesCounts:
    """Of one series: rows ``added``, ``replaced`` and ``unchanged``; pieces of work and those ``skipped`` as done before."""

    symbol: str
    series: str
    first: str = ""
    last: str = ""
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    refused: Refused = NOTHING_REFUSED
    left_as_moved: int = 0
    files: int = 0
    chunks: int = 0
    skipped: int = 0


@dataclass
class ImportReport:
    """What :func:`~sessionlab.store.import_data` did, or with ``dry_run`` would do.

    ``missing`` tells of which symbols there was nothing, ``unreadable`` what could not be read, both with the reason;
    ``notes`` what the source found out or assumed, and what a repair keeps from being imported again.
    """

    source: str
    store: str
    calendar: str
    dry_run: bool
    series: list[SeriesCounts] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files_written: int = 0

    @property
    def rows(self) -> int:
        """Rows that are in the store now, of what was read."""
        return sum(one.added + one.replaced + one.unchanged for one in self.series)

    @cached_property
    def table(self) -> pd.DataFrame:
        """``symbol series first last added replaced unchanged refused chunks skipped``, a row per series.

        ``first`` and ``last`` are the dates that were looked at.
        """
        import pandas as pd

        names = ("symbol", "series", "first", "last", "added", "replaced", "unchanged")
        frame = pd.DataFrame([[getattr(one, name) for name in names] for one in self.series], columns=list(names))
        frame["refused"] = [sum(n for kind, n in one.refused.counts.items() if kind != "out_of_order") for one in self.series]
        frame["chunks"] = [one.chunks for one in self.series]
        frame["skipped"] = [one.skipped for one in self.series]
        return frame

    @cached_property
    def refused(self) -> pd.DataFrame:
        """``symbol series kind count first``: rows that were not let in, and those that had to be sorted in."""
        import pandas as pd

        rows = [
            (one.symbol, one.series, kind, count, one.refused.examples.get(kind, ""))
            for one in self.series
            for kind, count in one.refused.counts.items()
        ]
        return pd.DataFrame(rows, columns=["symbol", "series", "kind", "count", "first"])

    def __repr__(self) -> str:
        added, replaced = (sum(getattr(one, name) for one in self.series) for name in ("added", "replaced"))
        would = "would import" if self.dry_run else f"{added:,} rows added, {replaced:,} replaced"
        return f"<ImportReport of {self.source} into {self.store}: {len(self.series)} series, {would}>"

    def _repr_html_(self) -> str:
        lacking = [f"{symbol}: {why}" for symbol, why in self.missing.items()]
        tables = {"Rows": self.table, "Refused, or sorted in": self.refused}
        return page(repr(self), tables, [*lacking, *self.unreadable, *self.notes])
