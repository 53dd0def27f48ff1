"""What a repair does to the days of one series: drop what stands twice, sort, move stamps back. From what the check found.

A day whose volume does not tell its hours or its label (few rows, or none in trading hours) is treated as its nearest
neighbours are that do tell, if they agree: days that came from one place in one way are wrong in one way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sessionlab.checks import DataCheck
from sessionlab.sources.trading_day import day_windows
from sessionlab.tape.block import Bools, Float64s, Int64s
from sessionlab.timing import Interval, SessionTable, TimeManager

REPAIRS = ("duplicates", "order", "label", "hours")
"""What can be mended."""
CONFIRMED = ("label", "hours")
"""What is mended only when somebody said yes: it is a conclusion from volumes, and moves every row of a day."""

HOUR_NS = 3_600_000_000_000
_FARTHEST = 5  # sessions: beyond a week a neighbour on one side alone tells nothing
_MARGIN = pd.Timedelta(days=7)


@dataclass(frozen=True, slots=True, eq=False)
class Treatment:
    """What is done on each of ``sessions``; the columns have shape (sessions,).

    ``duplicates`` are dropped, rows brought in ``order``; stamps are moved back by ``hours_ns`` (below 0: forth) and by
    ``label_ns``. ``inferred``: the move is that of neighbouring days.
    """

    sessions: SessionTable
    duplicates: Bools
    order: Bools
    hours_ns: Int64s
    label_ns: Int64s
    inferred: Bools

    @property
    def shift_ns(self) -> Int64s:
        """By how much stamps are moved back in all."""
        return self.hours_ns + self.label_ns

    @property
    def touched(self) -> Bools:
        """Which sessions anything is done to."""
        touched: Bools = self.duplicates | self.order | (self.shift_ns != 0)
        return touched

    def without_moves(self, which: Bools) -> Treatment:
        """The same, but that stamps of ``which`` sessions stay."""
        hours, label = np.where(which, 0, self.hours_ns), np.where(which, 0, self.label_ns)
        return Treatment(self.sessions, self.duplicates, self.order, hours, label, self.inferred & ~which)

    def session_of(self, stamps: Int64s) -> Int64s:
        """The position of the session on whose date each stamp lies, -1 for none. Shape (rows,)."""
        lo, hi = (np.array(edges, dtype=np.int64) for edges in day_windows(self.sessions))
        at = lo.searchsorted(stamps, "right") - 1
        return np.where((at >= 0) & (stamps < hi[at]), at, -1)

    def shift_of(self, stamps: Int64s, session: Int64s) -> Int64s:
        """By how much each stamp is moved back. One of no session goes with the session that it would come to. Shape (rows,)."""
        shift = np.where(session >= 0, self.shift_ns[session], 0)
        for by in np.unique(self.shift_ns[self.shift_ns != 0]).tolist():
            then = self.session_of(stamps - by)
            shift = np.where((session < 0) & (then >= 0) & (self.shift_ns[then] == by), by, shift)
        return shift


def treatment_of(check: DataCheck, interval: Interval, times: TimeManager, only: Collection[str]) -> Treatment:
    """What to do about what ``check`` found in one series; of the kinds in ``only`` alone."""
    table, told = check.table, check.told
    dates = pd.DatetimeIndex(table["date"])
    first = max((dates[0] - _MARGIN).date(), times.first_date)
    sessions = times.get_sessions(first, min((dates[-1] + _MARGIN).date(), times.last_date))
    at = sessions.date.searchsorted(dates.to_numpy().astype("datetime64[D]"))

    def spread(column: Bools | Int64s | Float64s) -> np.ndarray:
        whole = np.zeros(len(sessions), dtype=column.dtype)
        whole[at] = column
        return whole

    has_rows = (table["present"] + table["off_session"] > 0).to_numpy()
    late = _filled(table["hours_late"].to_numpy(), told["hours"].to_numpy(), has_rows)
    ends = _filled(table["end_labelled"].to_numpy().astype(float), told["label"].to_numpy(), has_rows)
    hours = late * ("hours" in only)
    label = ends * ("label" in only)
    inferred = ((hours != 0) & (table["hours_late"] == 0).to_numpy()) | ((label != 0) & ~table["end_labelled"].to_numpy())
    return Treatment(
        sessions,
        spread((table["duplicates"] > 0).to_numpy() & ("duplicates" in only)),
        spread((table["out_of_order"] > 0).to_numpy() & ("order" in only)),
        spread((hours * HOUR_NS).astype(np.int64)),
        spread((label * interval.ns).astype(np.int64)),
        spread(inferred),
    )


def _filled(found: Float64s, told: Bools, has_rows: Bools) -> Float64s:
    """``found`` with the days that do not tell as their nearest neighbours that do, where those on both sides agree."""
    filled = np.where(told, found, 0.0)
    known = np.flatnonzero(told & has_rows)
    if not len(known):
        return filled
    for day in np.flatnonzero(~told & has_rows).tolist():
        at = int(known.searchsorted(day))
        before = known[at - 1] if at else None
        after = known[at] if at < len(known) else None
        sides = [side for side in (before, after) if side is not None]
        values = {float(found[side]) for side in sides}
        if len(values) == 1 and (len(sides) == 2 or abs(int(sides[0]) - day) <= _FARTHEST):
            filled[day] = values.pop()
    return filled
