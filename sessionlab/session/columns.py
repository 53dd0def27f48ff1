"""Columns as a view shows them, and one bar of them.

Everything here is a prefix or an element of columns that never change, so it stays right when the clock moves on.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sessionlab.tape import BAR_COLUMNS, Rows, Telling
from sessionlab.tape.block import Int64s


class Cut:
    """The columns that a view shows a prefix of, for as long as one telling holds."""

    __slots__ = ("_frame", "base", "closes", "columns", "counts", "rows", "since", "tz", "until", "views")

    def __init__(self, rows: Rows, base: int, counts: Sequence[int], since: int, until: int, tz: str) -> None:
        self.rows = rows
        self.base = base
        self.counts = counts
        self.since = since
        self.until = until
        self.tz = tz
        self.columns = tuple(rows.values)
        self.views = tuple(memoryview(column) for column in self.columns)
        self.closes = self.views[3]
        self._frame: pd.DataFrame | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """All rows as a frame whose slices are handed out. Made once."""
        if self._frame is None:
            self._frame = bars_frame(self.rows, self.tz)
        return self._frame


NO_CUT = Cut(Rows.empty(), 0, (), 0, 0, "UTC")


def bars_frame(rows: Rows, tz: str) -> pd.DataFrame:
    """``rows`` as a frame over the same memory; the index is ``start`` in zone ``tz``.

    Columns: ``open high low close volume``, of longer bars also ``count complete``.
    """
    index = zoned(rows.start, tz).rename("start")
    frame = pd.DataFrame(rows.values.T, index=index, columns=list(BAR_COLUMNS), copy=False)
    if rows.base_count is not None:
        frame["count"] = rows.base_count
        frame["complete"] = rows.complete
    return frame


class Bar:
    """One bar: ``start``, ``known_at``, ``open high low close volume``; of a longer one also ``count`` and ``complete``.

    Strategies take one per step, mostly for its close. So it has no ``__init__``, which would cost as much as all the
    rest, and the close is read when it is made; see :func:`bar_of`.
    """

    __slots__ = ("_cut", "_i", "close")

    _cut: Cut
    _i: int
    close: float
    """In dollars."""

    @property
    def open(self) -> float:
        """In dollars."""
        return self._cut.views[0][self._i]

    @property
    def high(self) -> float:
        """In dollars."""
        return self._cut.views[1][self._i]

    @property
    def low(self) -> float:
        """In dollars."""
        return self._cut.views[2][self._i]

    @property
    def volume(self) -> float:
        """In shares."""
        return self._cut.views[4][self._i]

    @property
    def start(self) -> pd.Timestamp:
        """When the bar begins, in the exchange's zone: its label."""
        return pd.Timestamp(int(self._cut.rows.start[self._i]), tz="UTC").tz_convert(self._cut.tz)

    @property
    def known_at(self) -> pd.Timestamp:
        """When it could first be seen as it is, in the exchange's zone."""
        return pd.Timestamp(int(self._cut.rows.known_at[self._i]), tz="UTC").tz_convert(self._cut.tz)

    @property
    def count(self) -> int:
        """How many base bars are under it; 1 for a stored bar."""
        counts = self._cut.rows.base_count
        return 1 if counts is None else int(counts[self._i])

    @property
    def complete(self) -> bool:
        """Whether no base bar under it is absent; a stored bar is."""
        complete = self._cut.rows.complete
        return True if complete is None else bool(complete[self._i])

    def __repr__(self) -> str:
        part = "" if self.complete else f" of {self.count} bars, incomplete"
        return (
            f"Bar({self.start:%Y-%m-%d %H:%M:%S} open={self.open:g} high={self.high:g} low={self.low:g} "
            f"close={self.close:g} volume={self.volume:g}{part})"
        )


def bar_of(cut: Cut, i: int) -> Bar:
    """Bar number ``i``, from 0, of the columns."""
    bar = Bar()
    bar._cut = cut
    bar._i = i
    bar.close = cut.closes[i]
    return bar


def zoned(instants: Int64s, tz: str) -> pd.DatetimeIndex:
    """Instants in ns UTC as stamps in zone ``tz``."""
    return pd.DatetimeIndex(instants.view("M8[ns]")).tz_localize("UTC").tz_convert(tz)


def cut_of(telling: Telling, part: str, tz: str) -> Cut:
    """The columns of ``part`` of ``telling``: ``today``, ``history`` or ``all``."""
    since, until = telling.since, telling.until
    if part == "today":
        return Cut(telling.today, 0, telling.counts, since, until, tz)
    if part == "all":
        return Cut(telling.all, telling.window.size, telling.counts, since, until, tz)
    return Cut(telling.window, telling.window.size, bytes(until - since), since, until, tz)
