"""Following a run: a bar with market time on a terminal, and an event at each open and each close."""

from __future__ import annotations

import sys
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

if TYPE_CHECKING:
    from sessionlab.cli.notices import Notices
    from sessionlab.engine.progress import Progress
    from sessionlab.lab import Lab


class Watch:
    """Called with the run's progress, as by ``lab.run(progress=watch)``; while entered, the bar shows where the clock stands."""

    def __init__(self, lab: Lab, notices: Notices, *, bar: bool) -> None:
        self._lab = lab
        self._notices = notices
        self._begun = self._opened_at = perf_counter()
        self._opened = self._closed = 0
        self._live = self._new_bar() if bar and not notices.as_json and sys.stderr.isatty() else None

    def __enter__(self) -> Watch:
        self(self._lab.progress)
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, progress: Progress) -> None:
        """Tell of the opens and closes that have come since the last call."""
        date = str(self._lab.session.date)
        if progress.session > self._opened:
            self._opened, self._opened_at = progress.session, perf_counter()
            self._notices.event("session opened", date=date, session=progress.session, sessions=progress.sessions)
        if progress.session > self._closed and self._lab.state in ("closed", "done"):
            self._closed = progress.session
            self._notices.event("session closed", date=date, seconds=round(perf_counter() - self._opened_at, 6))

    def _new_bar(self) -> Live:
        """Drawn by a thread of its own a few times a second, so it costs a run nothing and moves however slow a strategy is."""
        return Live(
            get_renderable=self._bar,
            console=self._notices.console,
            refresh_per_second=5,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # what a strategy prints goes where stdout goes
        )

    def _bar(self) -> Table:
        progress = self._lab.progress
        passed, fraction = perf_counter() - self._begun, progress.fraction
        left = f"{passed * (1 - fraction) / fraction:.0f} s left" if fraction > 0 else ""
        row = Table.grid(padding=(0, 1), expand=True)
        for ratio in (None, None, 1, None, None):
            row.add_column(no_wrap=True, ratio=ratio)
        row.add_row(
            f"{progress.now:%Y-%m-%d %H:%M}",
            f"session {progress.session} of {progress.sessions}",
            ProgressBar(total=1.0, completed=fraction),
            f"{100 * fraction:.0f} %",
            left,
        )
        return row
