"""The axis of a session's chart: which bars the calendar expects, what part of them is shown, and how its days are named.

The calendar knows the whole session; of whole days only those that have ended have a slot.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sessionlab.charts.slots import Slots, day_label, join
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval, TradingSession

LEAST_SLOTS = 24
"""So many slots are shown at least, so that a session that has just begun does not fill its axis with one bar."""


def session_slots(sessions: Sequence[TradingSession], width: Interval, starts: Int64s, now_ns: int) -> Slots:
    """The bars that the calendar expects; of whole days those that have ended, of longer ones those that are there.

    ``starts`` are the starts of the bars that are there, ns UTC, shape (bars,).
    """
    tz = sessions[-1].tz if sessions else "UTC"
    if width.is_intraday:
        return join([(one.starts(width), one.ends(width), day_label(one.date)) for one in sessions], tz, width.ns)
    none = np.empty(0, dtype=np.int64)
    if width.unit == "d" and width.count == 1:
        done = [one for one in sessions if one.close_ns <= now_ns]
        starts = np.array([one.open_ns for one in done], dtype=np.int64)
        return Slots(starts, np.array([one.close_ns for one in done], dtype=np.int64), tz, 0, none, none, ())
    closes = np.array([one.close_ns for one in sessions], dtype=np.int64)
    following = np.append(starts[1:], np.iinfo(np.int64).max)
    ends = np.array([closes[(closes > a) & (closes <= b)].max(initial=a + 1) for a, b in zip(starts, following, strict=True)])
    return Slots(starts, ends.astype(np.int64), tz, 0, none, none, ())


def shown_past(ended: int, first: int, before: int, total: int) -> int:
    """The slot up to which a chart from slot ``first`` on is shown where nobody says it: a little beyond those that ``ended``.

    So the newest bar does not stick to the edge. Today begins with slot ``before``; there are ``total`` slots.

    >>> shown_past(100, 0, 0, 390), shown_past(1, 0, 0, 390), shown_past(389, 0, 0, 390)
    (105, 24, 390)
    """
    return min(total, max(ended + max((ended - first) // 20, 1), max(before, first) + LEAST_SLOTS))


def shown_dates(slots: Slots, sessions: Sequence[TradingSession], today: TradingSession) -> str:
    """The date of the session that is shown, or of the first and the last one."""
    if not len(slots):
        return str(today.date)
    shown = [one for one in sessions if one.close_ns > slots.start[0] and one.open_ns < slots.end[-1]]
    first, last = shown[0], shown[-1]
    early = ", early close" if last.is_early_close and len(shown) == 1 else ""
    return f"{last.date}{early}" if first is last else f"{first.date} to {last.date}"
