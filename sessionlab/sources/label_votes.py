"""What the edges of each session say about stamps: starts of bars, or their ends.

    regular hours only      the open stands and the close does not: starts; the other way round: ends
    extended hours          likewise at 04:00 and 20:00 New York; after hours alone begin at the close itself, or after it
    volume                  trading sets in with the bar that starts at the open, and keeps up to the one that ends at the close

A session whose clues are missing or contradict each other says neither. A bar that is absent says nothing by that: only
what stands there does. Ends need clues from both edges of a session, since they would show bars before they were over.

The bounds were set on recorded days of stocks, large and thin, and on copies of them with bars taken out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sessionlab.tape.block import Bools, Float64s, Int64s

MINUTE_NS = 60_000_000_000
HALF_DAY_NS, DAY_NS = 720 * MINUTE_NS, 1440 * MINUTE_NS
_NIGHT_NS = 420 * MINUTE_NS  # of the eight hours between two days of trading
_EXTENDED_NS = (-330 * MINUTE_NS, 630 * MINUTE_NS)  # 04:00 and 20:00, counted from 09:30
_NEAR = 5  # bars that an edge is compared with
_USUAL_NS = 390 * MINUTE_NS


class Part(NamedTuple):
    """Sorted stamps of one file, ns UTC, and the volume of each row, 0 where none is known. Shapes (rows,)."""

    stamps: Int64s
    volume: Float64s


class Votes(NamedTuple):
    """Of each session: whether there are rows to go by, and what they are clues of, never both. Shapes (sessions,)."""

    seen: Bools
    starts: Bools
    ends: Bools


def session_votes(part: Part, width_ns: int, opens: Int64s, closes: Int64s, tz: str) -> Votes:
    """The votes of sessions from ``opens`` to ``closes``, ns UTC, in order. One that lasts a whole day has no edges to go by."""
    if not len(part.stamps) or not len(opens):
        nothing = np.zeros(len(opens), dtype=bool)
        return Votes(nothing, nothing, nothing)
    rows = _Bars(part, width_ns)
    early = np.concatenate(([np.iinfo(np.int64).min], closes[:-1]))
    late = np.concatenate((opens[1:], [np.iinfo(np.int64).max]))
    in_hours = rows.count(opens, closes) > 0
    off_hours = (rows.count(np.maximum(early, opens - HALF_DAY_NS), opens) > 0) | (
        rows.count(closes, np.minimum(late, closes + HALF_DAY_NS)) > 0
    )

    at_open, at_close = rows.has(opens), rows.has(closes)
    regular = in_hours & ~off_hours
    sets_in, sets_in_later, torn = _opening(rows, opens)
    closing = _Closing.of(rows, closes)
    stops = at_close & (closes - opens > HALF_DAY_NS)  # nothing trades after the close of nearly a day
    starts = (regular & at_open & ~at_close) | sets_in
    ends = regular & ~at_open & rows.has(opens + width_ns) & (closing.keeps_up | stops)
    # Where the bar before is absent at one edge, the other has to be the clearer.
    ends |= sets_in_later & np.where(torn, closing.ends, closing.goes_on | (closing.towers & at_open))

    if tz == "America/New_York":
        first_ever, last_ever = (opens + edge for edge in _EXTENDED_NS)
        has_first, has_last = rows.has(first_ever), rows.has(last_ever)
        usual = closes - opens == _USUAL_NS
        only_after = ~in_hours & ~at_open & (rows.count(closes, last_ever) > 0)
        starts |= usual & ~has_last & (has_first | (only_after & at_close))
        ends |= usual & has_last & ~has_first & ((only_after & ~at_close) | ((closing.goes_on | closing.towers) & ~sets_in))
        # Rows at night are of stamps that are hours off, whose edges tell nothing.
        night = rows.count(first_ever - _NIGHT_NS, first_ever) + rows.count(last_ever, last_ever + _NIGHT_NS) > 0
        starts, ends = starts & ~night, ends & ~night
    paused = closes - opens < DAY_NS
    return Votes(in_hours | off_hours | at_open | at_close, starts & ~ends & paused, ends & ~starts & paused)


class _Bars:
    """Bars around the edges of sessions, each answer of shape (sessions,)."""

    def __init__(self, part: Part, width_ns: int) -> None:
        self._part = part
        self._width_ns = width_ns

    def has(self, instants: Int64s) -> Bools:
        at = np.minimum(self._part.stamps.searchsorted(instants), len(self._part.stamps) - 1)
        return np.asarray(self._part.stamps[at] == instants)

    def volume(self, edges: Int64s, first: int, last: int) -> Float64s:
        """Of the bars stamped from ``first`` to ``last`` bars after ``edges``, NaN where there is none: (bars, sessions)."""
        instants = edges + np.arange(first, last + 1)[:, None] * self._width_ns
        at = np.minimum(self._part.stamps.searchsorted(instants), len(self._part.stamps) - 1)
        return np.where(self._part.stamps[at] == instants, self._part.volume[at], np.nan)

    def count(self, after: Int64s, before: Int64s) -> Int64s:
        """Rows strictly between two instants."""
        stamps = self._part.stamps
        return np.asarray(stamps.searchsorted(before) - stamps.searchsorted(after, "right"), dtype=np.int64)


def _opening(rows: _Bars, opens: Int64s) -> tuple[Bools, Bools, Bools]:
    """Whether trading sets in with the bar stamped at the open, whether with the one after it, and whether the former is torn.

    It is, where it is absent though there are many before it: it may have been taken out.
    """
    around = rows.volume(opens, -_NEAR, _NEAR + 1)
    there = ~np.isnan(around)
    around = np.where(there, around, 0.0)
    before, at, after = around[:_NEAR].max(axis=0), around[_NEAR], around[_NEAR + 1]
    sets_in = (at >= 0.5 * around[_NEAR + 1 : -1].max(axis=0)) & (at >= 2 * before) & (at > 0)
    quiet = (at <= 0.1 * after) | ((at <= 3 * before) & (at <= 0.5 * after))
    later = (after >= 0.2 * around[_NEAR + 2 :].max(axis=0)) & (after >= 2 * np.maximum(before, at)) & (after > 0)
    return sets_in, later & quiet, ~there[_NEAR] & (there[:_NEAR].sum(axis=0) >= 3)


class _Closing(NamedTuple):
    """What the bar stamped at the close is beside the one before it. Shapes (sessions,).

    It ``keeps_up`` with it, or ``goes_on`` and is no less. It ``towers`` over the bars before, where that one is absent. It
    ``ends`` the day where bars are quiet after it, and is no closing print: one that is booked at the close itself dwarfs
    the bars on both sides, in starts as in ends of bars.
    """

    keeps_up: Bools
    goes_on: Bools
    towers: Bools
    ends: Bools

    @classmethod
    def of(cls, rows: _Bars, closes: Int64s) -> _Closing:
        third, second, last, at, after = rows.volume(closes, -3, 1)
        after = np.nan_to_num(after)
        with np.errstate(invalid="ignore"):
            towers = np.isnan(last) & (at >= 2 * np.where(np.isnan(second), third, second))
            is_print = (at >= 3 * last) & (after < 0.1 * at)
            return cls(at > 0.5 * last, at >= last, towers, (at >= 1.5 * last) & (after <= 0.5 * at) & ~is_print)
