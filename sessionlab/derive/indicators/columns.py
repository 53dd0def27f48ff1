"""The bars that an indicator is computed from: columns of window and today, and which session each bar is of.

What stands at one bar of an indicator may depend on that bar and on earlier ones alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from sessionlab.errors import ConfigError
from sessionlab.tape.block import BAR_COLUMNS, Float64s, Int64s, Rows
from sessionlab.timing import Interval, TradingSession


class Columns:
    """Bars side by side, oldest first, read-only: ``open high low close volume`` and ``start`` (ns UTC), each (bars,).

    ``session`` numbers each bar's session from 0, ``first`` is the number of the first bar of each bar's session, ``position``
    the bar's number on its session's grid. ``sessions`` are the consecutive sessions that the bars are of; the last one is
    today's.
    """

    rows: Rows
    sessions: Sequence[TradingSession]
    interval: Interval
    start: Int64s
    open: Float64s
    high: Float64s
    low: Float64s
    close: Float64s
    volume: Float64s

    def __init__(self, rows: Rows, sessions: Sequence[TradingSession], interval: Interval) -> None:
        named = dict(zip(BAR_COLUMNS, rows.values, strict=True))
        self.__dict__.update(named, rows=rows, sessions=sessions, interval=interval, start=rows.start)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise ConfigError(f"bars.{name} cannot be set: the bars under an indicator are read-only; give it a name of its own")

    def __len__(self) -> int:
        return self.rows.size

    @cached_property
    def edges(self) -> list[int]:
        """Number of each session's first bar, and of all bars: those of session ``s`` are ``edges[s]`` to ``edges[s + 1]``."""
        opens = np.array([session.open_ns for session in self.sessions], dtype=np.int64)
        return [*self.start.searchsorted(opens, "left").tolist(), len(self)]

    @cached_property
    def session(self) -> Int64s:
        """Number of each bar's session, int64 of shape (bars,)."""
        return _fixed(np.repeat(np.arange(len(self.sessions)), np.diff(self.edges)))

    @cached_property
    def first(self) -> Int64s:
        """Number of the first bar of each bar's session, int64 of shape (bars,)."""
        return _fixed(np.repeat(np.array(self.edges[:-1], dtype=np.int64), np.diff(self.edges)))

    @cached_property
    def position(self) -> Int64s:
        """Number of each bar on the grid of its session, int64 of shape (bars,)."""
        parts = [
            session.positions(self.start[a:b], self.interval)
            for session, a, b in zip(self.sessions, self.edges, self.edges[1:], strict=False)
        ]
        return _fixed(np.concatenate(parts) if parts else np.empty(0, np.int64))

    def head(self, size: int) -> Columns:
        """The first ``size`` bars, as if none had come after them."""
        return Columns(self.rows.take(slice(0, size)), self.sessions, self.interval)

    def apart(self) -> Columns:
        """The same bars in memory of their own: nothing lies behind the last one, or before the first."""
        return _Apart(self)

    def __repr__(self) -> str:
        return f"<{len(self):,} bars of {self.interval} in {len(self.sessions)} sessions>"


class _Apart(Columns):
    """A column is copied when it is first read: most functions read one or two."""

    def __init__(self, of: Columns) -> None:
        self.__dict__.update(_of=of, sessions=of.sessions, interval=of.interval)

    def __len__(self) -> int:
        return len(self._of)

    def __getattr__(self, name: str) -> Any:
        if name not in ("rows", "start", *BAR_COLUMNS):
            raise AttributeError(f"bars have no {name}; they have {', '.join(_READ)}", name=name, obj=self)
        given = getattr(self._of, name)
        # A view of a read-only array cannot be made writeable; the array itself could.
        copied = Rows.of(*(None if one is None else one.copy() for one in given)) if name == "rows" else _fixed(given.copy())[:]
        self.__dict__[name] = copied
        return copied


_READ = (*BAR_COLUMNS, "start", "session", "first", "position")


def _fixed(array: Int64s) -> Int64s:
    array.flags.writeable = False
    return array
