"""Columns as a view shows them, and one bar of them.

Everything here is a prefix or an element of columns that never change, so it stays right when the clock moves on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
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

    Columns: ``open high low close volume``, of longer bars also ``count complete``; ``repaired`` where any row is.
    """
    index = zoned(rows.start, tz).rename("start")
    frame = pd.DataFrame(rows.values.T, index=index, columns=list(BAR_COLUMNS), copy=False)
    if rows.base_count is not None:
        frame["count"] = rows.base_count
        frame["complete"] = rows.complete
    if rows.repaired is not None and rows.repaired.any():
        frame["repaired"] = rows.repaired
    return frame


class Bar:
    """One bar: ``start``, ``known_at``, ``open high low close volume``; of a longer one also ``count`` and ``complete``.

    A value: two bars are equal when all of that is, they hash, copy and pickle. ``_asdict()`` gives it as a row; for a table
    of many bars take the view's ``frame()``.

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

    @property
    def repaired(self) -> bool:
        """Whether it stands in for an absent bar of the window, or is made of one that does."""
        repaired = self._cut.rows.repaired
        return False if repaired is None else bool(repaired[self._i])

    def _asdict(self) -> dict[str, Any]:
        """All of the bar by name, without ``repaired``: a row for ``pd.DataFrame``. The name is that of named tuples."""
        return {
            "start": self.start,
            "known_at": self.known_at,
            "open": self.open,
            "high": self.high,
            "low": self.low,
            "close": self.close,
            "volume": self.volume,
            "count": self.count,
            "complete": self.complete,
        }

    def _values(self) -> tuple[int, int, tuple[float, ...], int, bool, bool]:
        rows, i = self._cut.rows, self._i
        prices = tuple(column[i] for column in self._cut.views)
        return int(rows.start[i]), int(rows.known_at[i]), prices, self.count, self.complete, self.repaired

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, Bar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def __reduce__(self) -> tuple[Any, ...]:
        stored = self._cut.rows.base_count is None
        return _lone_bar, (*self._values(), stored, self._cut.tz)

    def __repr__(self) -> str:
        part = "" if self.complete else f" of {self.count} bars, incomplete"
        return (
            f"Bar({self.start:%Y-%m-%d %H:%M:%S} open={_plain(self.open)} high={_plain(self.high)} low={_plain(self.low)} "
            f"close={_plain(self.close)} volume={_plain(self.volume)}{part})"
        )


def bar_of(cut: Cut, i: int) -> Bar:
    """Bar number ``i``, from 0, of the columns."""
    bar = Bar()
    bar._cut = cut
    bar._i = i
    bar.close = cut.closes[i]
    return bar


def _lone_bar(
    start: int, known_at: int, prices: tuple[float, ...], count: int, complete: bool, repaired: bool, stored: bool, tz: str
) -> Bar:
    """A bar over columns of its own, of one row: what a pickled or copied one becomes."""
    values = np.array(prices, dtype=np.float64).reshape(-1, 1)
    base_count, whole = (None, None) if stored else ([count], [complete])
    rows = Rows.of([start], [known_at], values, base_count, whole, [True] if repaired else None)
    return bar_of(Cut(rows, 1, (0,), 0, 1, tz), 0)


def _plain(value: float) -> str:
    """At most six decimals, none of them trailing zeros, and no exponent.

    >>> _plain(4092860.0), _plain(155.5), _plain(0.00012)
    ('4092860', '155.5', '0.00012')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")


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
