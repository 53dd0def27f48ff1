"""Where a clock stands: the number of a moment, and the rows of the session that it lies in.

Views hold on to one of these and read ``k`` each time they are asked. Only the engine moves the one of a lab; the one of a
look back stands still.
"""

from __future__ import annotations

from sessionlab.session.session_rows import SessionRows


class Present:
    """``k`` is the last moment at or before now. ``instant_ns`` is now where the clock stands between two moments."""

    __slots__ = ("instant_ns", "k", "rows")

    def __init__(self, rows: SessionRows, k: int, instant_ns: int | None = None) -> None:
        self.rows = rows
        self.k = k
        self.instant_ns = instant_ns

    @property
    def now_ns(self) -> int:
        """Now in ns UTC."""
        return self.rows.moments[self.k] if self.instant_ns is None else self.instant_ns
