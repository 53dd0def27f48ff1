"""Following work on a store: a bar with symbol, series, date and rows a second on a terminal, and an event per series."""

from __future__ import annotations

import sys
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

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
        self._live = None
        if bar and not notices.as_json and sys.stderr.isatty():
            self._live = Live(get_renderable=self._bar, console=notices.console, refresh_per_second=5, transient=True)

    def __enter__(self) -> DataWatch:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

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
        passed, fraction, rows = self.seconds, self.last.fraction, self.last.rows
        row = Table.grid(padding=(0, 1), expand=True)
        for ratio in (None, None, 1, None, None):
            row.add_column(no_wrap=True, ratio=ratio)
        row.add_row(
            self.last.label,
            f"{rows / passed:,.0f} rows/s" if rows else "",
            ProgressBar(total=1.0, completed=fraction),
            f"{100 * fraction:.0f} %",
            f"{passed * (1 - fraction) / fraction:.0f} s left" if fraction > 0 else "",
        )
        return row
