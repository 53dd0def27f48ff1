"""What the indicators of a config need of a symbol's bars: something to be made of, and some of them a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from sessionlab.config.indicator_table import OF_SESSIONS_BEFORE
from sessionlab.timing import Interval

if TYPE_CHECKING:
    from sessionlab.config.session_data import SessionIndicator

BaseOf = Callable[[Interval], Interval | None]


def without_bars(entries: Sequence[SessionIndicator], base_of: BaseOf) -> list[str]:
    """The indicators whose bars cannot be made, each with the reason. ``base_of`` gives the base of an interval, if any."""
    return [
        f"{entry.interval} bars (needed by indicators[{i}], {entry.name}) cannot be made of what is streamed"
        for i, entry in enumerate(entries)
        if base_of(entry.interval) is None
    ]


def without_window(entries: Sequence[SessionIndicator], base_of: BaseOf, windows: AbstractSet[Interval]) -> list[str]:
    """Those that stand on sessions before, where neither their bars nor the base of those have one of the ``windows``."""
    return [
        f"indicators[{i}], {entry.name}, stands on sessions before, and {entry.interval} bars have no window: it has no value; "
        "ask for one in session_data_config.historical.data"
        for i, entry in enumerate(entries)
        if entry.name in OF_SESSIONS_BEFORE and windows.isdisjoint({entry.interval, base_of(entry.interval)})
    ]
