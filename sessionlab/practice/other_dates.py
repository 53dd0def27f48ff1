"""Sessions told on other dates of the same calendar: one by one, in their order, with the same hours.

An instant keeps its distance to the open of its session. What was known in the night after a session is known by the next open
there as here, though that night may be shorter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np

from sessionlab.tape.block import Int64s, Rows
from sessionlab.timing import SessionTable, TimeManager


class OtherDates:
    """Consecutive sessions ``true``, told as ``told``, which are as many. ``depth`` of them lie before the first one played."""

    def __init__(self, true: SessionTable, told: SessionTable, depth: int) -> None:
        self.true = true
        self.told = told
        self.depth = depth
        self._at: dict[dt.date, int] = {date: i for i, date in enumerate(told.date.tolist())}
        self._later = told.open - true.open

    def position(self, told: dt.date) -> int | None:
        """Number of the session that is told on that date, None where none is."""
        return self._at.get(told)

    def shift(self, rows: Rows, i: int) -> Rows:
        """``rows`` of session ``i``, told on its other date."""
        return rows._replace(start=_kept(rows.start + self._later[i]), known_at=_kept(self._known(rows.known_at, i)))

    def true_date(self, told: dt.date) -> dt.date:
        """The true date of the session told on that one."""
        date: dt.date = self.true.date[self._at[told]].item()
        return date

    def told_date(self, true: dt.date) -> dt.date | None:
        """The date that the session of a true one is told on; None for those that are not told."""
        i = int(self.true.date.searchsorted(np.datetime64(true)))
        is_here = i < len(self.true) and self.true.date[i].item() == true
        return self.told.date[i].item() if is_here else None

    def truly(self, instants: Int64s) -> Int64s:
        """Told instants of sessions, ns UTC, as they truly were. Same shape."""
        at = np.clip(self.told.open.searchsorted(instants, "right") - 1, 0, len(self.told) - 1)
        return np.asarray(instants - self._later[at])

    def _known(self, known_at: Int64s, i: int) -> Int64s:
        # An instant that is one session's close and the next one's open is the close: what is known then ended then.
        at = np.maximum(self.true.open.searchsorted(known_at, "left") - 1, i)
        told = known_at + self._later[at]
        has_next = at + 1 < len(self.told)
        following = np.minimum(at + 1, len(self.told) - 1)
        by_next_open = has_next & (known_at <= self.true.open[following])
        return np.where(by_next_open, np.minimum(told, self.told.open[following]), told)


class OtherHours(TimeManager):
    """The calendar of ``times`` with the hours of ``sessions`` on their dates: where no stretch of real dates has the same."""

    def __init__(self, times: TimeManager, sessions: SessionTable) -> None:
        self.exchange_group, self.asset_class, self._wall = times.exchange_group, times.asset_class, times._wall
        every = times._calendar.sessions
        at = every.date.searchsorted(sessions.date)
        columns = {name: getattr(every, name).copy() for name in ("open", "close", "break_start", "break_end", "early")}
        for name, column in columns.items():
            column[at] = getattr(sessions, name)
            column.flags.writeable = False
        self._calendar = replace(times._calendar, sessions=replace(every, **columns))
        self.invalidate_cache()


def _kept(instants: Int64s) -> Int64s:
    instants.flags.writeable = False
    return instants
