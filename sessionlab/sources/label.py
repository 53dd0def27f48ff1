"""Whether stamps are the starts or the ends of bars, by what the calendar expects of a session's edges.

    regular hours only      the open stands and the close does not: starts; the other way round: ends
    extended hours          likewise at 04:00 and 20:00 New York
    around the clock        likewise at the first and the last stamp of a file
    volume                  trading sets in with the bar that starts at the open

Every session has one vote, none where clues are missing or contradict each other. To take starts for ends would show
bars before they were over, so ends need clearer votes; where neither has enough, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from sessionlab.tape.block import Bools, Float64s, Int64s
from sessionlab.timing import Interval, SessionTable

_MINUTE_NS = 60_000_000_000
_HALF_DAY_NS = 720 * _MINUTE_NS
_NIGHT_NS = 420 * _MINUTE_NS  # of the eight hours between two days of trading
_EXTENDED_NS = (-330 * _MINUTE_NS, 630 * _MINUTE_NS)  # 04:00 and 20:00, counted from 09:30
_MOST_STARTS_AMONG_ENDS, _MOST_ENDS_AMONG_STARTS = 0.05, 0.2


class Part(NamedTuple):
    """Sorted stamps of one file, ns UTC, and the volume of each row. Shapes (rows,)."""

    stamps: Int64s
    volume: Float64s


class Verdict(NamedTuple):
    """``label`` is None where it cannot be told. ``starts`` and ``ends`` are votes of ``sessions`` that have rows."""

    label: Literal["start", "end"] | None
    starts: int
    ends: int
    sessions: int

    def __str__(self) -> str:
        return f"of {self.sessions:,} sessions {self.starts:,} speak for starts and {self.ends:,} for ends of bars"


def judge_label(parts: Sequence[Part], interval: Interval, sessions: SessionTable) -> Verdict:
    """What the stamps of intraday bars are. ``sessions`` are all that the rows may lie in, consecutive ones."""
    votes = [vote for part in parts for vote in _votes(part, interval.ns, sessions)]
    starts, ends = sum(vote > 0 for vote in votes), sum(vote < 0 for vote in votes)
    label: Literal["start", "end"] | None = None
    if ends and starts <= _MOST_STARTS_AMONG_ENDS * ends:
        label = "end"
    elif starts and ends <= _MOST_ENDS_AMONG_STARTS * starts:
        label = "start"
    return Verdict(label, starts, ends, len(votes))


class _Day:
    """Volumes around the edges of sessions, each of shape (sessions,), 0 where there is no row."""

    def __init__(self, part: Part, width: int) -> None:
        self._part = part
        self.width = width

    def has(self, instants: Int64s) -> Bools:
        at = np.minimum(self._part.stamps.searchsorted(instants), len(self._part.stamps) - 1)
        return np.asarray(self._part.stamps[at] == instants)

    def volume(self, edges: Int64s, bars: int) -> Float64s:
        """Of the bar stamped so many ``bars`` after ``edges``."""
        instants = edges + bars * self.width
        at = np.minimum(self._part.stamps.searchsorted(instants), len(self._part.stamps) - 1)
        return np.asarray(np.where(self._part.stamps[at] == instants, self._part.volume[at], 0.0), dtype=np.float64)

    def most(self, edges: Int64s, first: int, last: int) -> Float64s:
        """The most of the bars from ``first`` to ``last``, both included."""
        return np.asarray(np.max([self.volume(edges, bars) for bars in range(first, last + 1)], axis=0), dtype=np.float64)

    def count(self, after: Int64s, before: Int64s) -> Int64s:
        """Rows strictly between two instants."""
        stamps = self._part.stamps
        return np.asarray(stamps.searchsorted(before) - stamps.searchsorted(after, "right"), dtype=np.int64)


def _votes(part: Part, width: int, sessions: SessionTable) -> list[int]:
    """1 for starts, -1 for ends, 0 for neither, of each session with rows."""
    if not len(part.stamps):
        return []
    first, last = int(part.stamps[0]), int(part.stamps[-1])
    a, b = sessions.close.searchsorted(first - _HALF_DAY_NS), sessions.open.searchsorted(last + _HALF_DAY_NS)
    near = sessions[max(int(a), 0) : int(b)]
    if not len(near):
        return []
    if (near.open[1:] == near.close[:-1]).any() or _touch(near, sessions):
        return _vote_of_ends_of_file(first, last, width, sessions)
    day, opens, closes = _Day(part, width), near.open, near.close
    early = np.concatenate(([np.iinfo(np.int64).min], closes[:-1]))
    late = np.concatenate((opens[1:], [np.iinfo(np.int64).max]))
    in_hours = day.count(opens, closes) > 0
    off_hours = (day.count(np.maximum(early, opens - _HALF_DAY_NS), opens) > 0) | (
        day.count(closes, np.minimum(late, closes + _HALF_DAY_NS)) > 0
    )

    at_open, at_close = day.has(opens), day.has(closes)
    regular = in_hours & ~off_hours
    sets_in, set_in_before = _sets_in(day, opens)
    # What comes after the close is quiet, but for the closing auction of some exchanges.
    two_at_close = at_close & day.has(closes - width)
    stops = at_close & (closes - opens > _HALF_DAY_NS)  # nothing trades after the close of nearly a day
    keeps_up = two_at_close & (day.volume(closes, 0) > 0.5 * day.volume(closes, -1))
    busy_close = two_at_close & (day.volume(closes, 0) >= day.volume(closes, -1))
    starts = (regular & at_open & ~at_close) | sets_in
    ends = regular & ~at_open & day.has(opens + width) & (keeps_up | stops)
    ends |= set_in_before & busy_close

    seen = in_hours | off_hours | at_open | at_close
    if sessions.tz == "America/New_York":
        first_ever, last_ever = (opens + edge for edge in _EXTENDED_NS)
        has_first, has_last = day.has(first_ever), day.has(last_ever)
        usual = closes - opens == 390 * _MINUTE_NS
        only_after = ~in_hours & ~at_open & (day.count(closes, last_ever) > 0)
        starts |= usual & ~has_last & (has_first | (only_after & at_close))
        ends |= usual & has_last & ~has_first & ((only_after & ~at_close) | (busy_close & ~sets_in))
        # Rows at night are of stamps that are hours off, whose edges tell nothing.
        night = day.count(first_ever - _NIGHT_NS, first_ever) + day.count(last_ever, last_ever + _NIGHT_NS) > 0
        starts, ends = starts & ~night, ends & ~night
    votes: list[int] = (starts.astype(int) - ends)[seen].tolist()
    return votes


def _sets_in(day: _Day, opens: Int64s) -> tuple[Bools, Bools]:
    """Whether trading sets in with the bar stamped at the open, and whether with the one after it."""
    at, after = day.volume(opens, 0), day.volume(opens, 1)
    before = day.most(opens, -5, -1)
    sets_in = (at >= 0.5 * day.most(opens, 1, 5)) & (at >= 2 * before) & (at > 0)
    quiet = (at <= 0.1 * after) | ((at <= 3 * before) & (at <= 0.5 * after))
    absent = (at == 0) & (sum(day.has(opens + bars * day.width).astype(int) for bars in range(-5, 0)) >= 3)
    later = (after >= 0.5 * day.most(opens, 2, 6)) & (after >= 2 * np.maximum(before, at)) & (after > 0)
    return sets_in, later & quiet & ~absent


def _touch(near: SessionTable, sessions: SessionTable) -> bool:
    """Whether a single session is one of many without a pause between them."""
    at = int(sessions.open.searchsorted(near.open[0]))
    neighbour = sessions[max(at - 1, 0) : at + 2]
    return bool((neighbour.open[1:] == neighbour.close[:-1]).any())


def _vote_of_ends_of_file(first: int, last: int, width: int, sessions: SessionTable) -> list[int]:
    starts_at_open = bool(np.isin(first, sessions.open))
    ends_at_close = bool(np.isin(last, sessions.close))
    if starts_at_open and not ends_at_close:
        return [1]
    if np.isin(first - width, sessions.open) and ends_at_close:
        return [-1]
    return [0]
