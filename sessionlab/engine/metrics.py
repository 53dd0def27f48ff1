"""What a run costs: counts and durations of each part of the engine's work.

A record keeps count, total, least and most; nothing is kept per event. Counts are exact. Where a duration was taken over
a block of calls, its row says ``sampled``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter_ns
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PARTS = {
    "strategy cycles": "one call of a strategy's hook",
    "derivation": "longer bars, indicators, coverage",
    "load, first": "from the start to the first session's rows",
    "load, later": "rows of each later session",
    "session gap": "from one session's close to the next one's open",
    "session": "from open to close",
    "run": "all sessions so far",
    "overruns": "a consumer was not ready in time",
    "backpressure": "the engine waited for a consumer",
}


class Record:
    """Count, total, least and most of one duration, in ns."""

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

    @property
    def mean(self) -> float:
        """Mean in ns; NaN without any."""
        return self.total / self.timed if self.timed else float("nan")


class PerformanceMetrics:
    """The records of a run by part: see :data:`PARTS`. ``report()`` is text, ``frame()`` a DataFrame of all parts.

    >>> timing = PerformanceMetrics()
    >>> timing["session"].add(2_000_000)
    >>> timing.frame().loc["session", "mean_us"].item()
    2000.0
    """

    def __init__(self) -> None:
        self._records = {name: Record() for name in PARTS}

    def __getitem__(self, part: str) -> Record:
        return self._records[part]

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Time what is inside as one event of ``part``."""
        begun = perf_counter_ns()
        try:
            yield
        finally:
            self._records[part].add(perf_counter_ns() - begun)

    def frame(self) -> pd.DataFrame:
        """A row per part: ``count total_ms min_us mean_us max_us note``; durations NaN where nothing was timed."""
        import pandas as pd

        nan = float("nan")
        rows = {
            name: (
                record.count,
                record.total / 1e6,
                record.least / 1e3 if record.timed else nan,
                record.mean / 1e3,
                record.most / 1e3 if record.timed else nan,
                "sampled" if record.sampled else "",
            )
            for name, record in self._records.items()
        }
        columns = ["count", "total_ms", "min_us", "mean_us", "max_us", "note"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)

    def report(self) -> str:
        """The same as text, one line per part that happened."""
        frame = self._happened()
        if frame.empty:
            return "nothing timed yet"
        return frame.to_string(float_format=lambda x: f"{x:,.1f}", na_rep="-")

    def _happened(self) -> pd.DataFrame:
        frame = self.frame()
        return frame[frame["count"] > 0]

    def __repr__(self) -> str:
        run, cycles = self["session"], self["strategy cycles"]
        return f"<PerformanceMetrics: {run.count} sessions, {cycles.count:,} strategy cycles>"

    def _repr_html_(self) -> str:
        return self._happened().to_html(border=0, float_format=lambda x: f"{x:,.1f}", na_rep="–")
