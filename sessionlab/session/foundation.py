"""What one session stands on, as it is stored and as far as it is known at a moment: enough to open it again elsewhere.

No row is in it that was known later, and none that no moment of the session up to then could tell. Of a corrected row the
earlier telling is kept beside the one that holds, because what was seen at the open (historical indicators, coverage of
windows) and when a bar was first there stand on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import numpy as np

from sessionlab.config import SessionConfig
from sessionlab.session.plan import Stored, StreamPlan
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape import Rows
from sessionlab.tape.actions import UNADJUSTED, Actions
from sessionlab.timing import Interval

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.session.data import SessionData
    from sessionlab.session.present import Present

_T = TypeVar("_T")


class KnownDay(NamedTuple):
    """Stored bars of one date: as ``told`` at the moment, as they were before they were ``corrected``, and ``off_session``."""

    date: dt.date
    told: Rows
    corrected: Rows
    off_session: Rows


@dataclass(frozen=True, slots=True)
class Foundation:
    """``days`` by symbol and stored interval, from old to new; recorded ``quotes`` of the session by symbol.

    ``available`` is what the source had of each symbol in the run, ``plan`` what follows from that. ``actions`` are those
    whose ex date has come; None where the source knows of none. ``versions`` are those of what made it.
    """

    config: SessionConfig
    calendar: str
    plan: StreamPlan
    available: Mapping[str, Stored]
    days: Mapping[tuple[str, Interval], Sequence[KnownDay]]
    quotes: Mapping[str, Rows]
    actions: Mapping[str, Actions | None]
    versions: Mapping[str, str]

    def is_adjusted(self, symbol: str, dates: Sequence[dt.date], today: dt.date) -> bool:
        """Whether windows of ``symbol`` over ``dates`` are told in other shares than they are stored in."""
        adjust, actions = self.config.session_data_config.adjust, self.actions.get(symbol)
        if actions is None:
            return False
        return any(actions.adjustment(date, today, adjust) != UNADJUSTED for date in dates)


class Exporter(Protocol):
    """Who knows what a session stands on, and can write it down."""

    def foundation(self, rows: SessionRows, now_ns: int, *, window: bool = True) -> Foundation:
        """What the session of ``rows`` stands on at ``now_ns``; without ``window`` its own rows alone."""
        ...

    def watched(self, steps: Sequence[_T], now: pd.Timestamp, progress: bool | None) -> Iterator[_T]:
        """The ``steps`` of some work, one by one, with a bar where it takes long and somebody looks."""
        ...

    def write(
        self, data: SessionData, present: Present, folder: str | PathLike[str], *, overwrite: bool, progress: bool | None
    ) -> Path:
        """Write ``data``, which is as of ``present``, into ``folder``."""
        ...


def known_day(date: dt.date, rows: Rows, extended: Rows, open_ns: int, now_ns: int) -> KnownDay:
    """What of one day's ``rows`` any moment from ``open_ns`` to ``now_ns`` shows."""
    off_session = _known(extended, now_ns)
    rows = _known(rows, now_ns)
    again = rows.start[1:] == rows.start[:-1]
    if not again.any() and bool((rows.start[1:] > rows.start[:-1]).all()):
        return KnownDay(date, rows, Rows.empty(), off_session)
    rows = rows.take(np.lexsort((rows.known_at, rows.start)))
    again = np.append(rows.start[1:] == rows.start[:-1], False)
    until = np.append(rows.known_at[1:], 0)
    seen = again & (until > np.maximum(rows.known_at, open_ns))
    return KnownDay(date, rows.take(~again), rows.take(seen), off_session)


def _known(rows: Rows, now_ns: int) -> Rows:
    known = rows.known_at <= now_ns
    return rows if known.all() else rows.take(known)
