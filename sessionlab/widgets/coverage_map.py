"""Coverage in cells: symbols by time of day of one session, from all of it down to its single bars, or symbols by days.

A cell counts the bars that begin in it; where bars are longer than cells, the one that covers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sessionlab.engine.pace import trading_time
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval, TradingSession
from sessionlab.timing.interval import SECOND_NS
from sessionlab.widgets.known_bars import Day, Key, KnownBars

MINUTE_NS = 60 * SECOND_NS
MOST = 80
"""Cells side by side, at most."""
_WIDTHS_NS = [n * SECOND_NS for n in (1, 5, 15, 30)] + [n * MINUTE_NS for n in (1, 5, 10, 15, 20, 30, 60, 120)]
_CLOSER = 60


class Stretch(NamedTuple):
    """A part of a day: trading time ``since`` to ``until``, ns since the open without breaks, in cells of ``width``.

    ``step`` is how often somebody looked closer: 0 for the whole day.
    """

    day: Day
    since: int
    until: int
    width: int
    step: int

    @property
    def edges(self) -> Int64s:
        """Where cells begin and, last, where they end, ns UTC: shape (cells + 1,)."""
        passed = np.append(np.arange(self.since, self.until, self.width), self.until)
        session = self.day.session
        instants, before = np.full(len(passed), session.close_ns), 0
        for start, end in session.spans:
            inside = (passed >= before) & (passed < before + end - start)
            instants[inside] = start + passed[inside] - before
            before += end - start
        return instants


def whole(day: Day, unit: Interval) -> Stretch:
    """All of ``day``, for bars of ``unit`` or longer."""
    length, width = _ladder(day.session, unit)[0]
    return Stretch(day, 0, length, width, 0)


def closer(stretch: Stretch, at_ns: int, unit: Interval) -> Stretch | None:
    """The next closer look at the instant ``at_ns``; None where single bars of ``unit`` are looked at already."""
    ladder = _ladder(stretch.day.session, unit)
    if stretch.step + 1 >= len(ladder):
        return None
    return _at(stretch.day, at_ns, stretch.step + 1, ladder)


def around(day: Day, from_ns: int, until_ns: int, unit: Interval) -> Stretch:
    """The closest look at a day that has all of ``from_ns`` to ``until_ns`` in it.

    It is one that clicks lead to as well, or, where that would cut them, one with them in its middle.
    """
    ladder = _ladder(day.session, unit)
    since, until = (trading_time(day.session, day.session.open_ns, at_ns) for at_ns in (from_ns, until_ns))
    for step in range(len(ladder) - 1, 0, -1):
        found = _at(day, from_ns, step, ladder)
        if until <= found.until:
            return found
        span, width = ladder[step]
        begin = (since + until - span) // 2 // width * width
        if begin <= since and until <= begin + span:
            return found._replace(since=begin, until=min(begin + span, ladder[0][0]))
    return whole(day, unit)


class Cells:
    """Bars present and bars expected so far in each cell of a ``stretch``, a row for each of ``keys``."""

    def __init__(self, known: KnownBars, stretch: Stretch, keys: Sequence[Key]) -> None:
        self.stretch, self._known, self._keys = stretch, known, keys
        self.edges = stretch.edges
        self._news: list[tuple[object, int, int]] = [(None, 0, 0)] * len(keys)
        self._present = np.zeros((len(keys), len(self.edges) - 1), dtype=np.int64)
        self._expected = np.zeros_like(self._present)

    def count(self) -> tuple[Int64s, Int64s]:
        """Present and expected, both of shape (keys, cells). Only series of which there is news are counted again."""
        day, now_ns = self.stretch.day, self._known.now_ns
        due = {interval: day.session.expected(interval, now_ns) for interval in {interval for _, interval in self._keys}}
        for i, key in enumerate(self._keys):
            of, size = self._known.news(day, key)
            before = self._news[i]
            if of is not before[0] or (size, due[key[1]]) != before[1:]:
                self._news[i] = of, size, due[key[1]]
                self._row(i, key)
        return self._present, self._expected

    def _row(self, i: int, key: Key) -> None:
        edges, width = self.edges, self.stretch.width
        starts, due = self._known.starts(self.stretch.day, key)
        grid = self.stretch.day.session.starts(key[1])
        if not key[1].is_intraday or key[1].ns > width:
            at = np.maximum(grid.searchsorted(edges[:-1], "right") - 1, 0)
            self._expected[i] = at < due
            self._present[i] = np.isin(grid[at], starts) & (at < due)
        else:
            self._expected[i] = np.diff(np.minimum(grid.searchsorted(edges), due))
            self._present[i] = np.diff(starts.searchsorted(edges))


def day_cells(known: KnownBars, days: Sequence[Day], keys: Sequence[Key]) -> tuple[Int64s, Int64s]:
    """The same with a cell for each of ``days``."""
    counts = np.array([[known.counts(day, key) for day in days] for key in keys], dtype=np.int64).reshape(len(keys), len(days), 2)
    return counts[:, :, 0], counts[:, :, 1]


def _ladder(session: TradingSession, unit: Interval) -> list[tuple[int, int]]:
    """How long a stretch is and how wide its cells are, from the whole session to single bars of ``unit``, ns."""
    length = sum(end - start for start, end in session.spans)
    if not unit.is_intraday:
        return [(length, length)]
    wide = next((width for width in _WIDTHS_NS if width % unit.ns == 0 and length <= MOST * width), 0)
    wide = wide or unit.ns * -(-length // (MOST * unit.ns))
    ladder = [(length, wide)]
    if wide > _CLOSER * unit.ns:
        between = max(wide, 15 * MINUTE_NS)
        ladder.append((between, unit.ns * -(-between // (_CLOSER * unit.ns))))
    if wide > unit.ns:
        ladder.append((min(_CLOSER * unit.ns, length), unit.ns))
    return ladder


def _at(day: Day, at_ns: int, step: int, ladder: list[tuple[int, int]]) -> Stretch:
    span, width = ladder[step]
    since = trading_time(day.session, day.session.open_ns, at_ns) // span * span
    return Stretch(day, since, min(since + span, ladder[0][0]), width, step)
