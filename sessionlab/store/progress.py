"""Where the work on a store stands: how much is done, at which series and date it is, how many rows went through."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Progress(NamedTuple):
    """``fraction`` 0 to 1 of all work; ``symbol``, ``series`` and ``date`` of what is next; ``rows`` that were read so far."""

    fraction: float
    symbol: str
    series: str
    date: str
    rows: int

    @property
    def label(self) -> str:
        """``AAPL 1m bars 2025-07-02``."""
        return " ".join(part for part in (self.symbol, self.series, self.date) if part)

    def __str__(self) -> str:
        return f"{self.label}, {100 * self.fraction:.1f} %"


Told = bool | Callable[[Progress], object] | None
"""True or False, someone to tell, or None: a bar where somebody looks."""
