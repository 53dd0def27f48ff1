"""One trading session, and the grid of bars that the calendar expects of it.

A session is ``[open, close)``, or ``[open, break_start) + [break_end, close)``. Each bar of the grid is labeled by
its start and known at its end; the last bar of a span is cut where the span ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sessionlab.timing.interval import SECOND_NS, Interval

Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True, repr=False)
class TradingSession:
    """One exchange day. ``*_ns`` are int64 nanoseconds UTC, half-open; ``tz`` names the exchange's zone."""

    date: dt.date
    open_ns: int
    close_ns: int
    tz: str
    break_start_ns: int | None = None
    break_end_ns: int | None = None
    is_early_close: bool = False

    @property
    def open(self) -> pd.Timestamp:
        """The first instant, in the exchange's zone."""
        return pd.Timestamp(self.open_ns, tz="UTC").tz_convert(self.tz)

    @property
    def close(self) -> pd.Timestamp:
        """The instant at which the last bar is known, in the exchange's zone."""
        return pd.Timestamp(self.close_ns, tz="UTC").tz_convert(self.tz)

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The stretches of trading as ``(start, end)`` in ns UTC: one, or two around a break."""
        if self.break_start_ns is None or self.break_end_ns is None:
            return ((self.open_ns, self.close_ns),)
        return ((self.open_ns, self.break_start_ns), (self.break_end_ns, self.close_ns))

    def starts(self, interval: Interval) -> Int64s:
        """Starts of the bars that the calendar expects, ns UTC, shape (expected,), read-only."""
        return _grid(self, interval)[0]

    def ends(self, interval: Interval) -> Int64s:
        """Ends of the same bars: the moments at which they become known. Shape (expected,), read-only."""
        return _grid(self, interval)[1]

    def expected(self, interval: Interval, now_ns: int | None = None) -> int:
        """How many bars the calendar expects to have ended by ``now_ns``, or in the whole session."""
        if not interval.is_intraday:
            return int(now_ns is None or now_ns >= self.close_ns)
        count = 0
        for start, end in self.spans:
            if now_ns is None or now_ns >= end:
                count += -((start - end) // interval.ns)
            elif now_ns > start:
                count += (now_ns - start) // interval.ns
        return count

    def positions(self, starts: Int64s, interval: Interval) -> Int64s:
        """Numbers on the grid of the bars that start at ``starts``, which must lie on it. Shape of ``starts``."""
        if not interval.is_intraday:
            return np.zeros(len(starts), dtype=np.int64)
        if self.break_end_ns is None or self.break_start_ns is None:
            return (starts - self.open_ns) // interval.ns
        before = -(-(self.break_start_ns - self.open_ns) // interval.ns)
        late = starts >= self.break_end_ns
        return np.where(late, before + (starts - self.break_end_ns) // interval.ns, (starts - self.open_ns) // interval.ns)

    def __contains__(self, instant_ns: int) -> bool:
        return any(a <= instant_ns < b for a, b in self.spans)

    def __repr__(self) -> str:
        pause = ""
        if len(self.spans) == 2:
            a, b = (pd.Timestamp(edge, tz="UTC").tz_convert(self.tz) for edge in (self.spans[0][1], self.spans[1][0]))
            pause = f", break {a:%H:%M}-{b:%H:%M}"
        early = ", early close" if self.is_early_close else ""
        return f"<TradingSession {self.date} {self.open:%H:%M}-{self.close:%H:%M} {self.tz}{pause}{early}>"

    def _repr_html_(self) -> str:
        from sessionlab.markup.tables import line

        minutes = sum(end - start for start, end in self.spans) / (60 * SECOND_NS)
        return line(*repr(self)[len("<TradingSession ") : -1].split(", "), f"{minutes:,g} minutes")

    def __str__(self) -> str:
        early = ", early close" if self.is_early_close else ""
        return f"{self.date} {self.open:%H:%M}-{self.close:%H:%M}{early}"


@lru_cache(maxsize=16)
def _grid(session: TradingSession, interval: Interval) -> tuple[Int64s, Int64s]:
    if not interval.is_intraday:
        starts, ends = np.array([session.open_ns]), np.array([session.close_ns])
    else:
        pieces = [np.arange(a, b, interval.ns, dtype=np.int64) for a, b in session.spans]
        starts = np.concatenate(pieces)
        ends = np.concatenate([np.minimum(piece + interval.ns, b) for piece, (_, b) in zip(pieces, session.spans, strict=True)])
    starts.flags.writeable = ends.flags.writeable = False
    return starts, ends


@dataclass(frozen=True, slots=True)
class SessionTable(Sequence[TradingSession]):
    """Consecutive sessions as columns, for work on many days at once. Every array has shape (sessions,).

    ``date`` is datetime64[D]; the rest int64 ns UTC. Without a break ``break_start == break_end == close``.
    Slicing gives a table, an index a :class:`TradingSession`.
    """

    date: NDArray[np.datetime64]
    open: Int64s
    close: Int64s
    break_start: Int64s
    break_end: Int64s
    early: NDArray[np.bool_]
    tz: str

    def __len__(self) -> int:
        return len(self.date)

    @overload
    def __getitem__(self, at: int) -> TradingSession: ...
    @overload
    def __getitem__(self, at: slice) -> SessionTable: ...
    def __getitem__(self, at: int | slice) -> TradingSession | SessionTable:
        if isinstance(at, slice):
            return SessionTable(
                self.date[at],
                self.open[at],
                self.close[at],
                self.break_start[at],
                self.break_end[at],
                self.early[at],
                self.tz,
            )
        date: dt.date = self.date[at].item()
        open_ns, close_ns, early = int(self.open[at]), int(self.close[at]), bool(self.early[at])
        a, b = int(self.break_start[at]), int(self.break_end[at])
        if a == b:
            return TradingSession(date, open_ns, close_ns, self.tz, is_early_close=early)
        return TradingSession(date, open_ns, close_ns, self.tz, a, b, early)

    def __iter__(self) -> Iterator[TradingSession]:
        return (self[i] for i in range(len(self)))

    @classmethod
    def of(cls, sessions: Sequence[TradingSession], tz: str | None = None) -> SessionTable:
        """A table of single sessions. ``tz`` is needed only when there are none."""
        return cls(
            np.array([s.date for s in sessions], dtype="datetime64[D]"),
            np.array([s.open_ns for s in sessions], dtype=np.int64),
            np.array([s.close_ns for s in sessions], dtype=np.int64),
            np.array([s.close_ns if s.break_start_ns is None else s.break_start_ns for s in sessions], dtype=np.int64),
            np.array([s.close_ns if s.break_end_ns is None else s.break_end_ns for s in sessions], dtype=np.int64),
            np.array([s.is_early_close for s in sessions], dtype=bool),
            tz if tz is not None else sessions[0].tz,
        )
