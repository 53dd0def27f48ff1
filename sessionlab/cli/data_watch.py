"""Following work on a store: a bar with symbol, series, date and rows a second on a terminal, and an event per series."""

from __future__ import annotations

from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING

from rich.table import Table

from sessionlab.cli.live_bar import bar_row, live_bar
from sessionlab.store.progress import Progress

if TYPE_CHECKING:
    from sessionlab.cli.notices import Notices


class DataWatch:
    """Called with the work's progress; while entered, a bar shows it where somebody looks. ``last`` is what came last."""

    def __init__(self, notices: Notices, *, bar: bool) -> None:
        self.last = Progress(0.0, "", "", "", 0)
        self._notices = notices
        self._begun = perf_counter()
        self._at: tuple[str, str] = ("", "")
        self._live = live_bar(notices, bar, self._bar)

    def __enter__(self) -> DataWatch:
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.__exit__(kind, error, trace)

    def __call__(self, progress: Progress) -> None:
        """Tell of a series that begins."""
        self.last = progress
        at = progress.symbol, progress.series
        if at != self._at:
            self._at = at
            self._notices.event("series", symbol=progress.symbol, series=progress.series, rows=progress.rows)

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return perf_counter() - self._begun

    def _bar(self) -> Table:
        passed, rows = self.seconds, self.last.rows
        return bar_row(self.last.label, f"{rows / passed:,.0f} rows/s" if rows else "", self.last.fraction, passed)
