"""Rows that only grow: a live session's arrivals. What was handed out of it never changes."""

from __future__ import annotations

import numpy as np

from sessionlab.tape.block import BAR_COLUMNS, Rows


class RowBuffer:
    """Columns with room to spare. Appending costs the same at any size (the room doubles)."""

    __slots__ = ("_known_at", "_start", "_values", "size")

    def __init__(self, rows: Rows | None = None, columns: int = len(BAR_COLUMNS)) -> None:
        self.size = 0
        self._start = np.empty(0, np.int64)
        self._known_at = np.empty(0, np.int64)
        self._values = np.empty((columns, 0))
        if rows is not None:
            self.append(rows)

    def append(self, rows: Rows, known_at: int | None = None) -> None:
        """Add ``rows`` at the end, in the order given; ``known_at`` replaces theirs."""
        size = self.size + rows.size
        if size > len(self._start):
            self._grow(max(2 * size, 256))
        new = slice(self.size, size)
        self._start[new] = rows.start
        self._known_at[new] = rows.known_at if known_at is None else known_at
        self._values[:, new] = rows.values
        self.size = size

    @property
    def last_start(self) -> int | None:
        """Start of the newest row, None without any."""
        return int(self._start[self.size - 1]) if self.size else None

    def rows(self, first: int = 0) -> Rows:
        """The rows so far from number ``first`` on; read-only, sharing memory."""
        start, known_at = self._start[first : self.size], self._known_at[first : self.size]
        values = self._values[:, first : self.size]
        for array in (start, known_at, values):
            array.flags.writeable = False
        return Rows(start, known_at, values)

    def _grow(self, room: int) -> None:
        start, known_at = np.empty(room, np.int64), np.empty(room, np.int64)
        values = np.empty((len(self._values), room))
        start[: self.size] = self._start[: self.size]
        known_at[: self.size] = self._known_at[: self.size]
        values[:, : self.size] = self._values[:, : self.size]
        self._start, self._known_at, self._values = start, known_at, values
