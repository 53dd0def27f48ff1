"""Coverage in cells: symbols by time of day of one session, from all of it down to its single bars, or symbols by days.

A cell counts the bars that begin in it; where bars are longer than cells, the one that covers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

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
    """The closest look at a day that has all of ``from_ns`` to ``until_ns`` in it."""
    ladder = _ladder(day.session, unit)
    for step in range(len(ladder) - 1, 0, -1):
        found = _at(day, from_ns, step, ladder)
        if _passed(day.session, until_ns) <= found.until:
            return found
    return whole(day, unit)


def cells(known: KnownBars, stretch: Stretch, keys: Sequence[Key]) -> tuple[Int64s, Int64s]:
    """Bars present and bars expected so far in each cell, both of shape (series, cells)."""
    edges = stretch.edges
    present = np.zeros((len(keys), len(edges) - 1), dtype=np.int64)
    expected = np.zeros_like(present)
    for i, key in enumerate(keys):
        starts, due = known.starts(stretch.day, key)
        grid = stretch.day.session.starts(key[1])
        if not key[1].is_intraday or key[1].ns > stretch.width:
            at = np.maximum(grid.searchsorted(edges[:-1], "right") - 1, 0)
            expected[i] = at < due
            present[i] = np.isin(grid[at], starts) & (at < due)
        else:
            expected[i] = np.diff(np.minimum(grid.searchsorted(edges), due))
            present[i] = np.diff(starts.searchsorted(edges))
    return present, expected


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
    since = _passed(day.session, at_ns) // span * span
    return Stretch(day, since, min(since + span, ladder[0][0]), width, step)


def _passed(session: TradingSession, instant_ns: int) -> int:
    """Trading time from the open to an instant, ns; within the session."""
    return sum(min(max(instant_ns - start, 0), end - start) for start, end in session.spans)
