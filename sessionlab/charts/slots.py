"""The slots of a chart: which bars are expected, where each instant falls among them, and which instants get a label.

Slots follow each other without room between them, whatever time lies between. An instant within a slot falls at its share of
it; one between two slots falls on the edge between them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sessionlab.charts.scene import Times, numbers
from sessionlab.derive.coverage import find_gaps
from sessionlab.tape.block import Bools, Float64s, Int64s
from sessionlab.timing.interval import SECOND_NS

# Each divides the next, so ticks of a rank are among those of every rank below.
_STEPS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_OF_A_DAY = len(_STEPS)
_MOST_TICKS = 600
_DAY_S = 86400
_DAY_NS = _DAY_S * SECOND_NS
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Slots:
    """Bars expected, by ``start`` and ``end`` in ns, both of shape (slots,) and in order. ``tz`` None: as the clock said it.

    ``first`` are the numbers of the slots with which sessions begin, ``label`` names each; ``past`` is the one past the last
    slot of each session, also where it lies beyond the axis. ``width_ns`` is that of a bar, 0 for days and longer.
    """

    start: Int64s
    end: Int64s
    tz: str | dt.tzinfo | None
    width_ns: int
    first: Int64s
    past: Int64s
    label: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.start)

    def between(self, a: int, b: int) -> Slots:
        """The slots from number ``a`` up to, without, ``b``."""
        inside = np.flatnonzero((self.past > a) & (self.first < b))
        first = np.maximum(self.first[inside] - a, 0)
        label = tuple(self.label[i] for i in inside.tolist())
        return Slots(self.start[a:b], self.end[a:b], self.tz, self.width_ns, first, self.past[inside] - a, label)

    def number(self, starts: Int64s) -> Int64s:
        """The slots that begin at ``starts``, -1 where none does."""
        at = self.start.searchsorted(starts)
        at[at == len(self)] = 0
        return np.where(self.start[at] == starts, at, -1) if len(self) else np.full(len(starts), -1)

    def x(self, instants: Int64s) -> Float64s:
        """Where ``instants`` fall, in slots; those before the axis at 0, those after it at its end."""
        at = self.start.searchsorted(instants, side="right") - 1
        before = at < 0
        at[before] = 0
        share = (instants - self.start[at]) / (self.end[at] - self.start[at])
        return np.where(before, 0.0, at + np.clip(share, 0.0, 1.0))

    def middle(self, starts: Int64s, ends: Int64s) -> Float64s:
        """Where spans of time have their middle: a bar of this axis in the middle of its slot."""
        return (self.x(starts) + self.x(ends)) / 2

    def clock(self) -> Int64s:
        """The start of each slot by the clock on the exchange's wall, seconds."""
        return self.walls(self.start)

    def walls(self, instants: Int64s) -> Int64s:
        """``instants`` by the clock on the exchange's wall, seconds."""
        if self.tz is None:
            return instants // SECOND_NS
        index = pd.DatetimeIndex(instants.view("M8[ns]")).tz_localize("UTC").tz_convert(self.tz).tz_localize(None)
        return np.asarray(index.as_unit("ns").asi8 // SECOND_NS)

    def times(self, there: Bools, ended: int) -> Times:
        """The axis of a scene. ``there`` says of the slots that have ``ended`` whether their bar is; shape (ended,)."""
        clock = self.clock()
        x, labels, ranks = self._days(clock) if self.width_ns == 0 or self.width_ns >= _DAY_NS else self._ticks(clock)
        gaps = find_gaps(there)
        opened = set(self.first.tolist())
        paused = (np.flatnonzero(self.start[1:] > self.end[:-1]) + 1).tolist() if self.width_ns else []
        return Times(
            slots=len(self),
            ended=ended,
            seconds=self.width_ns // SECOND_NS,
            clock=tuple(clock.tolist()),
            tick_x=x,
            tick_label=labels,
            tick_rank=ranks,
            session_first=tuple(self.first.tolist()),
            session_past=tuple(past if past <= len(self) else None for past in self.past.tolist()),
            session_label=self.label,
            breaks=tuple(at for at in paused if at not in opened),
            absent_first=tuple(gaps.first.tolist()),
            absent_count=tuple(gaps.bars.tolist()),
        )

    def _ticks(self, clock: Int64s) -> tuple[tuple[float | None, ...], tuple[str, ...], tuple[int, ...]]:
        """Slots that begin at round times, and the end of the last one; the first of a later session or day has its date."""
        if not len(clock):
            return (), (), ()
        clock = np.append(clock, self.walls(self.end[-1:]))
        rank = np.full(len(clock), -1)
        for number, step in enumerate(_STEPS):
            rank[clock % step == 0] = number
        days = self.first[self.first > 0] if len(self.first) > 1 else np.empty(0, dtype=np.int64)
        rank[days] = _OF_A_DAY
        lowest = next(low for low in range(_OF_A_DAY + 2) if np.count_nonzero(rank >= low) <= _MOST_TICKS)
        chosen = np.flatnonzero(rank >= max(lowest, 0))
        told = clock[chosen]
        # The clock may stand still or go back between sessions, and labels show seconds only where there are some.
        text = np.datetime_as_string(told.view("M8[s]"))
        with_seconds = self.width_ns % (60 * SECOND_NS) != 0
        labels = [one[11:19] if with_seconds and one[17:19] != "00" else one[11:16] for one in text.tolist()]
        named = {at: label for at, label in zip(self.first.tolist(), self.label, strict=True) if at in set(days.tolist())}
        if clock[0] // _DAY_S != clock[-2] // _DAY_S:
            midnights = np.flatnonzero(clock[:-1] % _DAY_S == 0)
            named |= {
                at: day_label(dt.date(1970, 1, 1) + dt.timedelta(days=int(clock[at]) // _DAY_S)) for at in midnights.tolist()
            }
        labels = [named.get(at, label) for at, label in zip(chosen.tolist(), labels, strict=True)]
        return numbers(chosen.astype(float)), tuple(labels), tuple(rank[chosen].tolist())

    def _days(self, clock: Int64s) -> tuple[tuple[float | None, ...], tuple[str, ...], tuple[int, ...]]:
        """Of daily bars each day: the first one of a month says the month, the first one of a year the year."""
        if not len(clock):
            return (), (), ()
        stamps = pd.DatetimeIndex(clock.view("M8[s]"))
        month = np.diff(stamps.year * 12 + stamps.month, prepend=0) != 0
        year = np.diff(stamps.year, prepend=0) != 0
        month[0] = year[0] = False
        week = np.diff((clock // 86400 + 3) // 7, prepend=-1) != 0
        rank = np.where(year, 3, np.where(month, 2, np.where(week, 1, 0)))
        lowest = next(low for low in range(4 + 1) if np.count_nonzero(rank >= low) <= _MOST_TICKS)
        chosen = np.flatnonzero(rank >= lowest)
        labels = [
            str(stamps[at].year) if year[at] else MONTHS[stamps[at].month - 1] if month[at] else day_label(stamps[at])
            for at in chosen.tolist()
        ]
        return numbers(chosen + 0.5), tuple(labels), tuple(rank[chosen].tolist())


def day_label(day: dt.date) -> str:
    """A day as an axis names it, the same in every locale.

    >>> day_label(dt.date(2025, 7, 2))
    '2 Jul'
    """
    return f"{day.day} {MONTHS[day.month - 1]}"


def join(spans: Sequence[tuple[Int64s, Int64s, str]], tz: str | dt.tzinfo | None, width_ns: int) -> Slots:
    """The slots of sessions one after another, each given as starts and ends of its bars and what it is called."""
    sizes = np.array([len(start) for start, _, _ in spans], dtype=np.int64)
    past = np.cumsum(sizes)
    none = np.empty(0, dtype=np.int64)
    start = np.concatenate([start for start, _, _ in spans]) if len(spans) else none
    end = np.concatenate([end for _, end, _ in spans]) if len(spans) else none
    return Slots(start, end, tz, width_ns, past - sizes, past, tuple(label for _, _, label in spans))
