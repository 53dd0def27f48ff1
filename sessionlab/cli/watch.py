"""Following a run: a bar with market time on a terminal, and an event at each open and each close."""

from __future__ import annotations

import sys
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING

from rich.table import Table

from sessionlab.cli.live_bar import bar_row, live_bar

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
        # What a strategy prints goes where stdout goes.
        self._live = live_bar(notices, bar, self._bar, redirect_stdout=sys.stdout.isatty())

    def __enter__(self) -> Watch:
        self(self._lab.progress)
        self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.__exit__(kind, error, trace)

    def __call__(self, progress: Progress) -> None:
        """Tell of the opens and closes that have come since the last call."""
        date = str(self._lab.session.date)
        if progress.session > self._opened:
            self._opened, self._opened_at = progress.session, perf_counter()
            self._notices.event("session opened", date=date, session=progress.session, sessions=progress.sessions)
        if progress.session > self._closed and self._lab.state in ("closed", "done"):
            self._closed = progress.session
            self._notices.event("session closed", date=date, seconds=round(perf_counter() - self._opened_at, 6))

    def _bar(self) -> Table:
        progress = self._lab.progress
        sessions = f"session {progress.session} of {progress.sessions}"
        return bar_row(f"{progress.now:%Y-%m-%d %H:%M}", sessions, progress.fraction, perf_counter() - self._begun)
