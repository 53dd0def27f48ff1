"""The market hours that LEAN knows, held against the calendar: both are kept by hand somewhere, so both can be wrong."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.errors import BadDataError
from sessionlab.timing import TimeManager

if TYPE_CHECKING:
    import pandas as pd

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LeanHours:
    """Regular hours of one market by weekday (0 is Monday), its holidays, and the days with other hours."""

    data_tz: str
    exchange_tz: str
    week: tuple[tuple[dt.time, dt.time] | None, ...]
    holidays: frozenset[dt.date]
    early_closes: Mapping[dt.date, dt.time]
    late_opens: Mapping[dt.date, dt.time]

    @classmethod
    def read(cls, path: Path, security: str, market: str) -> LeanHours | None:
        """The hours of all symbols of a market in the database at ``path``; None where it, or its entry, is not there.

        Raises :class:`BadDataError` for a database that cannot be read.
        """
        if not path.is_file():
            return None
        try:
            entries = json.loads(path.read_text(encoding="utf-8-sig"))["entries"]
            entry = entries.get(f"{security.capitalize()}-{market}-[*]")
            return None if entry is None else cls._parse(entry)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as why:
            reason = " ".join(str(why).split())[:120]
            raise BadDataError(
                f"{path} cannot be read as LEAN's market-hours database ({reason}); fetch it again", path=str(path)
            ) from why

    @classmethod
    def _parse(cls, entry: Mapping[str, Any]) -> LeanHours:
        return cls(
            entry["dataTimeZone"],
            entry["exchangeTimeZone"],
            tuple(_regular(entry.get(day, ())) for day in _WEEK),
            frozenset(_date(text) for text in entry.get("holidays", ())),
            {_date(text): _time(at) for text, at in entry.get("earlyCloses", {}).items()},
            {_date(text): _time(at) for text, at in entry.get("lateOpens", {}).items()},
        )

    def of(self, date: dt.date) -> tuple[dt.time, dt.time] | None:
        """Open and close of ``date`` by the exchange's wall, None where it is closed."""
        usual = self.week[date.weekday()]
        if usual is None or date in self.holidays:
            return None
        return self.late_opens.get(date, usual[0]), self.early_closes.get(date, usual[1])

    def listed_closed(self, date: dt.date) -> dt.time | None:
        """The early close that is listed for a day without a session."""
        return self.early_closes.get(date) if self.of(date) is None else None


def compare_hours(hours: LeanHours, times: TimeManager, start: dt.date | str, end: dt.date | str) -> pd.DataFrame:
    """The dates from ``start`` to ``end`` on which ``hours`` and the calendar differ: ``date lean calendar``.

    A cell reads ``09:30-16:00`` or ``closed``, by the exchange's wall. An early close listed for a day without a
    session is a difference too.
    """
    import pandas as pd

    first, last = (pd.Timestamp(edge).date() for edge in (start, end))
    sessions = {session.date: session for session in times.get_sessions(first, last)}
    found = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        date = dt.date.fromordinal(ordinal)
        theirs, session = hours.of(date), sessions.get(date)
        lean = CLOSED if theirs is None else f"{theirs[0]:%H:%M}-{theirs[1]:%H:%M}"
        ours = CLOSED if session is None else f"{session.open:%H:%M}-{session.close:%H:%M}"
        listed = hours.listed_closed(date)
        if listed is not None:
            lean = f"{CLOSED}, yet an early close at {listed:%H:%M} is listed"
        if lean != ours:
            found.append((pd.Timestamp(date), lean, ours))
    frame = pd.DataFrame(found, columns=["date", "lean", "calendar"])
    return frame.astype({"date": "datetime64[ns]", "lean": "str", "calendar": "str"})


def _regular(segments: Any) -> tuple[dt.time, dt.time] | None:
    market = [segment for segment in segments if segment["state"] == "market"]
    return (_time(market[0]["start"]), _time(market[-1]["end"])) if market else None


def _date(text: str) -> dt.date:
    month, day, year = (int(part) for part in text.split("/"))
    return dt.date(year, month, day)


def _time(text: str) -> dt.time:
    return dt.time.fromisoformat(text.rpartition(".")[2])  # 1.00:00:00 is the midnight that ends a day
