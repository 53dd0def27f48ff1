"""Bars of one symbol and interval as they are known now: a live view that follows its clock.

Arrays and frames taken from a view are prefixes of columns that never change, read-only and without a copy. They stay
as they were; the view itself moves on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.derive.coverage import Coverage, find_gaps
from sessionlab.errors import ConfigError, LookAheadError, NoDataError
from sessionlab.markup.text import counted
from sessionlab.session.columns import NO_CUT, Bar, Cut, bar_of, cut_of, zoned
from sessionlab.session.present import Present
from sessionlab.session.window_quality import window_days
from sessionlab.tape import BAR_COLUMNS
from sessionlab.tape.actions import Split
from sessionlab.tape.block import Bools, Float64s, Int64s
from sessionlab.timing import Interval
from sessionlab.timing.clock_time import resolve_moment

if TYPE_CHECKING:
    from sessionlab.timing import TradingSession


def _column(i: int) -> Any:
    def read(self: BarView) -> Float64s:
        k = self._present.k
        cut = self._cut
        if not cut.since <= k < cut.until:
            cut = self._turn(k)
        column: Float64s = cut.columns[i]
        return column[: cut.base + cut.counts[k - cut.since]]

    read.__doc__ = f"{BAR_COLUMNS[i].capitalize()} of each bar, float64, shape (bars,), read-only, no copy."
    return property(read)


class BarView:
    """Bars of one symbol and interval, always those known at the clock's now.

    ``.history`` is the window before today, ``.all`` both. Iterating gives single bars; ``.frame()`` is the table of them.
    What today has none of (its base is not streamed, or it spans sessions) has a ``.history`` alone: else :class:`NoDataError`.
    """

    __slots__ = ("_cut", "_measured", "_part", "_present", "_symbol", "interval")

    def __init__(
        self, present: Present, symbol: str, interval: Interval, measured: tuple[bool, bool], part: str = "today"
    ) -> None:
        self._present = present
        self._symbol = symbol
        self.interval = interval
        self._measured = measured
        self._part = part
        self._cut = NO_CUT
        present.rows.tape(symbol, interval)

    open: Float64s = _column(0)
    high: Float64s = _column(1)
    low: Float64s = _column(2)
    close: Float64s = _column(3)
    volume: Float64s = _column(4)

    @property
    def last(self) -> Bar | None:
        """The newest bar, None when there is none."""
        k = self._present.k
        cut = self._cut
        if not cut.since <= k < cut.until:
            cut = self._turn(k)
        i = cut.base + cut.counts[k - cut.since] - 1
        if i < 0:
            return None
        bar = Bar()  # as bar_of does: one call less
        bar._cut = cut
        bar._i = i
        bar.close = cut.closes[i]
        return bar

    @property
    def count(self) -> Int64s | None:
        """Base bars under each bar, int64 of shape (bars,); None for stored bars."""
        cut, n = self._now()
        return None if cut.rows.base_count is None else cut.rows.base_count[:n]

    @property
    def complete(self) -> Bools | None:
        """Whether no base bar is absent under each bar, bool of shape (bars,); None for stored bars."""
        cut, n = self._now()
        return None if cut.rows.complete is None else cut.rows.complete[:n]

    @property
    def repaired(self) -> Bools | None:
        """Which bars of the window stand in for absent ones, made of finer stored bars; bool of shape (bars,). None: none."""
        cut, n = self._now()
        return None if cut.rows.repaired is None else cut.rows.repaired[:n]

    @property
    def index(self) -> pd.DatetimeIndex:
        """Start of each bar, in the exchange's zone."""
        cut, n = self._now()
        index = cut.frame.index[:n]
        assert isinstance(index, pd.DatetimeIndex)
        return index

    @property
    def history(self) -> BarView:
        """The same view of the window: the sessions before today."""
        return BarView(self._present, self._symbol, self.interval, self._measured, "history")

    @property
    def all(self) -> BarView:
        """The same view of window and today; it crosses the open."""
        return BarView(self._present, self._symbol, self.interval, self._measured, "all")

    def frame(self) -> pd.DataFrame:
        """The bars as a DataFrame over read-only memory: ``open high low close volume``, of longer bars ``count complete``.

        Where a bar of the window stands in for an absent one there is a column ``repaired``. The index is the bar's start in
        the exchange's zone. The frame stays as it is when the clock moves on.
        """
        k = self._present.k
        cut = self._cut
        if not cut.since <= k < cut.until:
            cut = self._turn(k)
        return cut.frame.iloc[: cut.base + cut.counts[k - cut.since]]

    def tail(self, n: int = 5) -> pd.DataFrame:
        """The newest ``n`` bars (fewer where there are fewer) as a frame."""
        cut, size = self._now()
        return cut.frame.iloc[max(size - n, 0) : size]

    @property
    def unadjusted(self) -> tuple[Split, ...]:
        """The splits that these bars reach across and are not adjusted for: at each, prices and volumes jump.

        Today's bars reach across none. ``session_data_config.adjust`` decides about those of the window.
        """
        return () if self._part == "today" else self._present.rows.unadjusted(self._symbol, self.interval)

    @property
    def coverage(self) -> float | None:
        """100 x bars present / bars expected so far; None before the first expected bar, or when not measured."""
        rows, present = self._present.rows, self._present
        today, window = Coverage(0, 0), Coverage(0, 0)
        if self._part != "history":
            self._need_today()
            if not self._measured[0]:
                return None
            today = rows.coverage(self._symbol, self.interval, present.k, present.now_ns)
        if self._part != "today":
            if not self._measured[1]:
                return None
            days = window_days(rows, self._symbol, self.interval)
            window = Coverage(sum(len(day.there) for day in days), sum(int(day.there.sum()) for day in days))
        return Coverage(today.expected + window.expected, today.present + window.present).percent

    @property
    def gaps(self) -> pd.DataFrame:
        """Runs of absent (if longer: absent or incomplete) bars: ``start end count``, times in the exchange's zone."""
        rows, present = self._present.rows, self._present
        days: list[tuple[TradingSession, Bools]] = []
        if self._part != "today":
            days += [day[:2] for day in window_days(rows, self._symbol, self.interval)]
        if self._part != "history":
            self._need_today()
            days.append((rows.session, rows.present(self._symbol, self.interval, present.k, present.now_ns)))
        days = days or [(rows.session, np.zeros(0, dtype=bool))]  # without a window
        return pd.concat([gaps_frame(session, self.interval, there) for session, there in days], ignore_index=True)

    def __len__(self) -> int:
        return self._now()[1]

    def __iter__(self) -> Iterator[Bar]:
        cut, n = self._now()
        return (bar_of(cut, i) for i in range(n))

    def __getitem__(self, at: Any) -> Any:
        """A bar by position (``[-1]``) or by its start (``["09:45"]``); a frame by slice.

        A slice names positions, or clock times or timestamps from the first up to but without the second (``["09:45":"10:00"]``).
        A slice ends now at the latest. Raises :class:`LookAheadError` for a bar, or a slice, that begins after now.
        """
        cut, n = self._now()
        if isinstance(at, slice):
            if at.step is not None:
                raise ConfigError(f"bars are sliced without a step, not {at.step!r}; take the frame and slice that")
            if all(edge is None or isinstance(edge, (int, np.integer)) for edge in (at.start, at.stop)):
                return cut.frame.iloc[:n].iloc[at]
            a, b = self._edge(at.start, cut, n), self._edge(at.stop, cut, n)
            if a is not None and resolve_moment(at.start, self._present.rows.session) > self._present.now_ns:
                raise LookAheadError(f"{self._title()} was asked for bars from {at.start} on; that lies ahead", at=at.start)
            return cut.frame.iloc[:n].iloc[a:b]
        if isinstance(at, (int, np.integer)):
            i = int(at) + n if at < 0 else int(at)
            if not 0 <= i < n:
                raise IndexError(f"bar {at} of {self._title()}: there are {n} so far")
            return bar_of(cut, i)
        instant = resolve_moment(at, self._present.rows.session)
        if instant >= self._present.now_ns:
            raise LookAheadError(f"{self._title()} was asked for the bar that starts at {at}; it lies ahead of now", at=at)
        i = int(cut.rows.start[:n].searchsorted(instant))
        if i == n or cut.rows.start[i] != instant:
            raise KeyError(f"no bar of {self._title()} starts at {at}; there are {n} so far")
        return bar_of(cut, i)

    def __repr__(self) -> str:
        absent = self._absent()
        if absent is not None:
            return f"<{self._title()}: {absent}>"
        cut, n = self._now()
        if n == 0:
            return f"<{self._title()}: no bars{'' if self._part == 'history' else ' yet'}>"
        coverage = self.coverage
        covered = "" if coverage is None else f", coverage {coverage:.2f} %"
        repaired = cut.rows.is_repaired[:n].sum()
        mended = f", {repaired:,} of them repaired" if repaired else ""
        return f"<{self._title()}: {counted(n, 'bar')}{covered}{mended}, last {bar_of(cut, n - 1)!r}>"

    def _repr_html_(self) -> str:
        from sessionlab.markup.tables import line
        from sessionlab.session.pages import bars_page

        absent = self._absent()
        if absent is not None:
            return line(f"{self._symbol} {self.interval}", self._what(), absent)
        return bars_page(self, self._what())

    def _title(self) -> str:
        return f"{self._symbol} {self.interval} {self._what()}"

    def _what(self) -> str:
        session = self._present.rows.session
        jumps = "".join(f", not adjusted for {split}" for split in self.unadjusted)
        if self._part == "history":
            return f"window before {session.date}{jumps}"
        now = pd.Timestamp(self._present.now_ns, tz="UTC").tz_convert(session.tz)
        return f"{'window and ' if self._part == 'all' else ''}{session.date} at {now:%H:%M:%S}{jumps}"

    def _now(self) -> tuple[Cut, int]:
        """The columns behind the view, and how many of their rows are visible. For the engine."""
        k = self._present.k
        cut = self._cut
        if not cut.since <= k < cut.until:
            cut = self._turn(k)
        return cut, cut.base + cut.counts[k - cut.since]

    def _turn(self, k: int) -> Cut:
        """The columns from here on: another session, or another telling of this one."""
        rows = self._present.rows
        self._need_today()
        telling = rows.tape(self._symbol, self.interval).telling(k)
        cut = telling.cuts.get(self._part)
        if not isinstance(cut, Cut):
            cut = telling.cuts[self._part] = cut_of(telling, self._part, rows.session.tz)
        self._cut = cut
        return cut

    def _absent(self) -> str | None:
        """Why there are no bars to show, where the window has some and today cannot; else None."""
        return None if self._part == "history" else self._present.rows.absent_today(self._symbol, self.interval)

    def _need_today(self) -> None:
        absent = self._absent()
        if absent is not None:
            raise NoDataError(absent, symbol=self._symbol, interval=str(self.interval))

    def _edge(self, edge: Any, cut: Cut, n: int) -> int | None:
        """The position of the first bar that starts at or after ``edge``; None where it is open."""
        return None if edge is None else int(cut.rows.start[:n].searchsorted(resolve_moment(edge, self._present.rows.session)))


def gaps_frame(session: TradingSession, interval: Interval, there: Bools) -> pd.DataFrame:
    """The runs of absent bars in one session: ``start end count``."""
    gaps = find_gaps(there)
    starts, ends = session.starts(interval), session.ends(interval)
    start, end = zoned(starts[gaps.first], session.tz), zoned(ends[gaps.first + gaps.bars - 1], session.tz)
    return pd.DataFrame({"start": start, "end": end, "count": gaps.bars})
