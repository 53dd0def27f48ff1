"""Whether stamps mean what they are taken for: hours off against the calendar, or ends of bars taken for their starts.

Hours are seen in the volume: it leaps up at the open and falls at the close. A day is suspected only on evidence from both of
its ends; one that cannot tell (few rows, no trading hours in it, trading around the clock, bars of hours) is not. What stamps
are labels of, sources judge in the same way: :mod:`sessionlab.sources.label_votes`.
The bounds were set on recorded days of stocks, large and thin; beside them stand the least and the most that those have.
"""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from sessionlab.checks.chunk import Chunk
from sessionlab.checks.volume_profile import AROUND_THE_CLOCK_NS
from sessionlab.sources.label_votes import MINUTE_NS, Part, session_votes
from sessionlab.tape.block import Bools, Float64s, Int64s

HOUR_NS = 60 * MINUTE_NS
FARTHEST_HOURS = 14
EDGE_NS = 30 * MINUTE_NS
LEAST_ROWS = 20

_CAP = 2.0  # of a logarithm: beyond it a leap is a leap


class Suspicion(NamedTuple):
    """Of each day: ``hours_late`` (0.0 for none; below 0 the stamps are early), and whether they are ends of bars.

    ``coverage_then`` is the coverage in percent that the day would have if moved back, else NaN. ``hours_told`` and
    ``label_told``: whether the volume of a day tells its hours, and its edges the label, at all. Each of shape (days,).
    """

    hours_late: Float64s
    coverage_then: Float64s
    end_labelled: Bools
    hours_told: Bools
    label_told: Bools


def suspect_stamps(chunk: Chunk) -> Suspicion:
    """What the stamps of each day of a chunk are suspected of."""
    days = chunk.days
    late, then = np.zeros(days), np.full(days, np.nan)
    clear, nothing = np.zeros(days, dtype=bool), np.zeros(days, dtype=bool)
    width_ns = chunk.interval.ns
    if not chunk.interval.is_intraday or width_ns > HOUR_NS // 2:
        return Suspicion(late, then, nothing, nothing, nothing)
    rows = _Volumes.of(chunk)
    hours_ns = chunk.sessions.close - chunk.sessions.open
    # Hours that never end look alike at every shift.
    asked = np.flatnonzero((rows.per_day >= LEAST_ROWS) & (hours_ns <= AROUND_THE_CLOCK_NS))
    if len(asked):
        clear[asked] = _fit(rows, chunk, asked, np.zeros((1, 1), dtype=np.int64)).is_clear[:, 0]
        asked = asked[~clear[asked]]
    if len(asked):
        shifts = _shifts(chunk)
        late[asked], then[asked] = _hours_late(_fit(rows, chunk, asked, shifts), shifts[0])
    shift = (late * HOUR_NS).astype(np.int64)
    opened, closed = chunk.sessions.open + shift, chunk.sessions.close + shift
    votes = session_votes(Part(rows.start, rows.volume), width_ns, opened, closed, chunk.sessions.tz)
    return Suspicion(late, then, votes.ends, clear | (late != 0), votes.starts | votes.ends)


class _Volumes(NamedTuple):
    """All rows in order: ``start``, ``volume``, and the ``total`` of volume before each. Without any, each row has a thousand."""

    start: Int64s
    volume: Float64s
    total: Float64s
    per_day: Int64s
    volume_per_day: Float64s

    @classmethod
    def of(cls, chunk: Chunk) -> _Volumes:
        start = np.concatenate([chunk.start, chunk.off_start])
        volume = np.concatenate([chunk.volume, chunk.off_volume])
        day = np.concatenate([chunk.day, chunk.off_day])
        if not volume.any():
            volume = np.full(len(start), 1000.0)
        order = np.argsort(start, kind="stable")
        start, ordered = start[order], volume[order]
        total = np.concatenate([[0.0], np.cumsum(ordered)])
        sums = np.asarray(np.bincount(day, volume, chunk.days), dtype=np.float64)
        return cls(start, ordered, total, np.bincount(day, minlength=chunk.days), sums)

    def before(self, instants: Int64s) -> tuple[Int64s, Float64s]:
        """How many rows there are before each instant, and their volume."""
        count = self.start.searchsorted(instants)
        return count, self.total[count]

    def level(self, instants: Int64s, width: int) -> Float64s:
        """Mean of log(1 + volume) of the five minutes that make up the half hour after each instant.

        Logarithms, so that a single large print moves it little; five minutes, so that an absent bar does neither.
        """
        step = max(width, 5 * MINUTE_NS)
        edges = instants[..., None] + np.arange(0, EDGE_NS + 1, step)
        return np.asarray(np.log1p(np.maximum(np.diff(self.before(edges)[1]), 0.0)).mean(axis=-1))


class _Fit(NamedTuple):
    """How well days fit the calendar when moved back by each shift; each (days, shifts)."""

    coverage: Float64s  # rows in the hours, of those expected
    within: Float64s  # volume in the hours, of the day's
    height: Float64s  # level of volume in the first half hour or in the last, whichever is higher
    leap: Float64s  # at the open: the level in the first half hour, less that in the one before
    fall: Float64s  # at the close: that in the last half hour, less that in the next
    torn: Bools  # rows before the open, but none in the hour before it: what is absent is a piece, not hours of the clock

    @property
    def edges(self) -> Float64s:
        return (np.clip(self.leap, -2 * _CAP, 2 * _CAP) + np.clip(self.fall, -2 * _CAP, 2 * _CAP)) / 2

    @property
    def score(self) -> Float64s:
        return self.coverage + self.within + 0.25 * self.edges

    @property
    def is_clear(self) -> Bools:
        return (self.leap >= 1.8) & (self.fall >= 0.8)  # recorded: 2.4 and 1.1 or more


def _shifts(chunk: Chunk) -> Int64s:
    """Whole hours; half ones where the exchange's own zone is off by such. Shape (1, shifts), 0 in the middle."""
    opened = chunk.sessions.open[0] // 10**9
    offset = (
        np.datetime64(int(opened), "s").item().replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(chunk.sessions.tz)).utcoffset()
    )
    step = HOUR_NS if offset is None or offset.total_seconds() % 3600 == 0 else HOUR_NS // 2
    count = FARTHEST_HOURS * HOUR_NS // step
    return np.arange(-count, count + 1).reshape(1, -1) * step


def _fit(rows: _Volumes, chunk: Chunk, days: Int64s, shifts: Int64s) -> _Fit:
    width = chunk.interval.ns
    opened = chunk.sessions.open[days, None] + shifts
    closed = chunk.sessions.close[days, None] + shifts
    after = closed + width  # the closing print is often booked at the close itself
    volume = rows.volume_per_day[days, None]
    n_open, v_open = rows.before(opened)
    n_close, _ = rows.before(closed)
    coverage = (n_close - n_open) / chunk.expected[days, None]
    within = np.minimum((rows.before(after)[1] - v_open) / np.where(volume > 0, volume, 1.0), 1.0)
    opening, closing = rows.level(opened, width), rows.level(closed - EDGE_NS, width)
    leap = opening - rows.level(opened - EDGE_NS, width)
    fall = closing - rows.level(after, width)
    n_hour, _ = rows.before(opened - HOUR_NS)
    n_first, _ = rows.before(opened - 8 * HOUR_NS)
    return _Fit(coverage, within, np.maximum(opening, closing), leap, fall, (n_hour == n_open) & (n_hour > n_first))


def _hours_late(fit: _Fit, shifts: Int64s) -> tuple[Float64s, Float64s]:
    """Hours by which the stamps of each day are late (0.0 where nothing is clearly better than face value), and coverage."""
    score, day, face = fit.score, np.arange(len(fit.score)), len(shifts) // 2
    others = np.where(fit.is_clear, score, -np.inf)
    best = others.argmax(axis=1)
    others[day, best] = -np.inf
    told = fit.is_clear[day, best] & (score[day, best] - others.max(axis=1) >= 0.15)
    told &= score[day, best] - score[:, face] >= 0.15
    told &= fit.height[day, best] >= fit.height[:, face]  # a morning without its afternoon stands where it should
    told &= fit.coverage[day, best] >= fit.coverage[:, face] - 0.05
    told &= ~fit.torn[day, best]
    hours = np.where(told, shifts[best] / HOUR_NS, 0.0)
    return hours, np.where(told, 100.0 * np.minimum(fit.coverage[day, best], 1.0), np.nan)
