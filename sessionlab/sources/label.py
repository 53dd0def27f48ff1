"""Whether stamps are the starts or the ends of bars, by what the calendar expects of a session's edges.

Every session has one vote (:mod:`sessionlab.sources.label_votes`); around the clock, where nothing tells sessions apart, a
file has one by its first and its last stamp. To take starts for ends would show bars before they were over, so ends need
clearer votes; where neither has enough, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from sessionlab.sources.label_votes import DAY_NS, HALF_DAY_NS, Part, session_votes
from sessionlab.timing import Interval, SessionTable

_MOST_STARTS_AMONG_ENDS, _MOST_ENDS_AMONG_STARTS = 0.05, 0.2


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


def _votes(part: Part, width_ns: int, sessions: SessionTable) -> list[int]:
    """1 for starts, -1 for ends, 0 for neither, of each session with rows."""
    if not len(part.stamps):
        return []
    first, last = int(part.stamps[0]), int(part.stamps[-1])
    a, b = sessions.close.searchsorted(first - HALF_DAY_NS), sessions.open.searchsorted(last + HALF_DAY_NS)
    near = sessions[max(int(a), 0) : int(b)]
    if not len(near):
        return []
    if (near.close - near.open >= DAY_NS).any():
        return _vote_of_ends_of_file(first, last, width_ns, sessions)
    found = session_votes(part, width_ns, near.open, near.close, sessions.tz)
    votes: list[int] = (found.starts.astype(int) - found.ends)[found.seen].tolist()
    return votes


def _vote_of_ends_of_file(first: int, last: int, width_ns: int, sessions: SessionTable) -> list[int]:
    starts_at_open = bool(np.isin(first, sessions.open))
    ends_at_close = bool(np.isin(last, sessions.close))
    if starts_at_open and not ends_at_close:
        return [1]
    if np.isin(first - width_ns, sessions.open) and ends_at_close:
        return [-1]
    return [0]
