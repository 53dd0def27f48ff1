"""What a run costs: counts and durations of each part of the engine's work, by session and in all.

A record keeps count, total, least and most; nothing is kept per event. Counts are exact. Where a duration was taken over
a block of calls, its row says ``sampled``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from sessionlab.errors import ConfigError
from sessionlab.timing.wall_clock import WALL, Clock

if TYPE_CHECKING:
    import pandas as pd

PARTS = {
    "strategy cycles": "one call of a strategy's hook",
    "derivation": "what is due is worked out, longer bars and coverage with it",
    "load, first": "from the start to the first session's rows",
    "load, later": "rows of each later session",
    "session gap": "from one session's close to the next one's open",
    "session": "from open to close",
    "run": "all sessions of a run that came to its end",
    "overruns": "a subscriber was not ready in time",
    "backpressure": "the engine waited for a subscriber",
    "scans": "one scan of a scanner, with the symbols that join in it",
    "skipped cycles": "hooks that were not called while data caught up",
}
COLUMNS = ["count", "total_ms", "min_us", "mean_us", "max_us", "note"]


class Record:
    """Count, total, least and most of one duration, in ns. What has no duration is counted by ``record.count += 1``."""

    __slots__ = ("count", "least", "most", "sampled", "timed", "total")

    def __init__(self) -> None:
        self.count = 0
        self.timed = 0
        self.total = 0
        self.least = 0
        self.most = 0
        self.sampled = False

    def add(self, ns: int) -> None:
        """One event that took ``ns``."""
        if self.timed == 0 or ns < self.least:
            self.least = ns
        if ns > self.most:
            self.most = ns
        self.total += ns
        self.timed += 1
        self.count += 1

    def add_block(self, events: int, ns: int) -> None:
        """``events`` events that took ``ns`` together: each counts with the block's mean."""
        if events == 0:
            return
        each = ns // events
        if self.timed == 0 or each < self.least:
            self.least = each
        if each > self.most:
            self.most = each
        self.total += ns
        self.timed += events
        self.count += events
        self.sampled = True

    @classmethod
    def sum(cls, records: Iterable[Record]) -> Record:
        """All events of ``records`` in one."""
        whole = cls()
        for one in records:
            if one.timed:
                whole.least = one.least if whole.timed == 0 else min(whole.least, one.least)
                whole.most = max(whole.most, one.most)
            whole.count += one.count
            whole.timed += one.timed
            whole.total += one.total
            whole.sampled |= one.sampled
        return whole

    @property
    def mean(self) -> float:
        """Mean in ns; NaN without any."""
        return self.total / self.timed if self.timed else float("nan")

    def row(self) -> tuple[int, float, float, float, float, str]:
        """The values of :data:`COLUMNS`; durations NaN where nothing was timed."""
        nan = float("nan")
        least, most = (self.least / 1e3, self.most / 1e3) if self.timed else (nan, nan)
        return self.count, self.total / 1e6, least, self.mean / 1e3, most, "sampled" if self.sampled else ""


class PerformanceMetrics:
    """The records of a run by part, see :data:`PARTS`; ``report()`` is text, ``frame()`` a DataFrame of all parts.

    ``by="session"`` tells them session by session. ``timing[part]`` is the sum over all sessions.

    >>> timing = PerformanceMetrics()
    >>> timing.record("session").add(2_000_000)
    >>> timing.frame().loc["session", "mean_us"].item()
    2000.0
    """

    def __init__(self, clock: Clock = WALL) -> None:
        self.ns = clock.ns
        self._sessions: list[tuple[dt.date | None, dict[str, Record]]] = [(None, {})]

    def begin(self, date: dt.date) -> None:
        """What is recorded from now on belongs to the session of ``date``."""
        if self._sessions[-1] == (None, {}):
            self._sessions.pop()
        self._sessions.append((date, {}))

    def record(self, part: str) -> Record:
        """The record of ``part`` in the session at hand, to add to."""
        records = self._sessions[-1][1]
        found = records.get(part)
        if found is None:
            if part not in PARTS:
                raise KeyError(part)
            found = records[part] = Record()
        return found

    def __getitem__(self, part: str) -> Record:
        if part not in PARTS:
            raise KeyError(part)
        return Record.sum(records[part] for _, records in self._sessions if part in records)

    def _ipython_key_completions_(self) -> list[str]:
        return list(PARTS)

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Time what is inside as one event of ``part``."""
        begun = self.ns()
        try:
            yield
        finally:
            self.record(part).add(self.ns() - begun)

    def frame(self, by: Literal["session"] | None = None) -> pd.DataFrame:
        """A row per part: ``count total_ms min_us mean_us max_us note``; durations NaN where nothing was timed.

        With ``by="session"`` a row per session and part, of the parts that happened in it; the index is ``date part``.
        """
        import pandas as pd

        if by is None:
            return pd.DataFrame.from_dict({part: self[part].row() for part in PARTS}, orient="index", columns=COLUMNS)
        if by != "session":
            raise ConfigError(f'by={by!r}: timing is told in all, or by="session"', by=by)
        of_sessions = [part for part in PARTS if part != "run"]
        every = [(str(date), part, records.get(part)) for date, records in self._sessions for part in of_sessions]
        there = [(date, part, record.row()) for date, part, record in every if record is not None and record.count]
        index = pd.MultiIndex.from_tuples([(date, part) for date, part, _ in there], names=["date", "part"])
        return pd.DataFrame([row for _, _, row in there], index=index, columns=COLUMNS)

    def report(self, by: Literal["session"] | None = None) -> str:
        """The same as text, one line per part that happened."""
        frame = self._happened(by)
        if frame.empty:
            return "nothing timed yet"
        return frame.to_string(float_format=lambda x: f"{x:,.1f}", na_rep="-")

    def document(self) -> list[dict[str, Any]]:
        """All records as JSON: a ``date`` each (None: before the first) with its ``parts``; durations in ns."""
        return [
            {
                "date": None if date is None else str(date),
                "parts": {part: {name: getattr(one, name) for name in Record.__slots__} for part, one in records.items()},
            }
            for date, records in self._sessions
        ]

    @classmethod
    def of_document(cls, said: Iterable[Mapping[str, Any]]) -> PerformanceMetrics:
        """What :meth:`document` gave."""
        made = cls()
        made._sessions = []
        for session in said:
            records = {part: Record() for part in session["parts"]}
            for part, values in session["parts"].items():
                for name, value in values.items():
                    setattr(records[part], name, value)
            made._sessions.append((None if session["date"] is None else dt.date.fromisoformat(session["date"]), records))
        return made

    def _happened(self, by: Literal["session"] | None = None) -> pd.DataFrame:
        frame = self.frame(by)
        return frame[frame["count"] > 0]

    def __repr__(self) -> str:
        run, cycles = self["session"], self["strategy cycles"]
        return f"<PerformanceMetrics: {run.count} sessions, {cycles.count:,} strategy cycles>"

    def _repr_html_(self) -> str:
        return self._happened().to_html(border=0, float_format=lambda x: f"{x:,.1f}", na_rep="–")
