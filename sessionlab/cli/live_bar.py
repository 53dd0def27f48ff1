"""A bar on stderr, where somebody looks. A thread of its own draws it a few times a second: it costs the work nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

if TYPE_CHECKING:
    from sessionlab.cli.notices import Notices


def live_bar(notices: Notices, wanted: bool, render: Callable[[], Table], **further: Any) -> AbstractContextManager[Any]:
    """While entered, what ``render`` gives is shown, if it is ``wanted`` and stderr is a terminal."""
    if not wanted or notices.as_json or not sys.stderr.isatty():
        return nullcontext()
    return Live(get_renderable=render, console=notices.console, refresh_per_second=5, transient=True, **further)


def bar_row(first: str, second: str, fraction: float, seconds: float) -> Table:
    """Two texts, the bar, percents, and how long it will go on after the ``seconds`` that have passed."""
    left = f"{seconds * (1 - fraction) / fraction:.0f} s left" if fraction > 0 else ""
    row = Table.grid(padding=(0, 1), expand=True)
    for ratio in (None, None, 1, None, None):
        row.add_column(no_wrap=True, ratio=ratio)
    row.add_row(first, second, ProgressBar(total=1.0, completed=fraction), f"{100 * fraction:.0f} %", left)
    return row
