"""What each hook of each strategy costs, every call of it timed: ``with lab.profile() as profile: lab.run()``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.engine.metrics import Record

if TYPE_CHECKING:
    import pandas as pd


class Profile:
    """Durations by strategy and hook, exact. ``report()`` is text, ``frame()`` a DataFrame."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Record] = {}

    def add(self, strategy: str, hook: str, ns: int) -> None:
        """One call of ``hook`` that took ``ns``."""
        record = self._records.get((strategy, hook))
        if record is None:
            record = self._records[strategy, hook] = Record()
        record.add(ns)

    def frame(self) -> pd.DataFrame:
        """A row per strategy and hook that was called: ``strategy hook count total_ms mean_us max_us``, the dearest first."""
        import pandas as pd

        rows = [
            (strategy, hook, record.count, record.total / 1e6, record.mean / 1e3, record.most / 1e3)
            for (strategy, hook), record in self._records.items()
        ]
        rows.sort(key=lambda row: -row[3])
        return pd.DataFrame(rows, columns=["strategy", "hook", "count", "total_ms", "mean_us", "max_us"])

    def report(self) -> str:
        """The same as text."""
        frame = self.frame()
        return "no hook was called" if frame.empty else frame.to_string(index=False, float_format=lambda x: f"{x:,.1f}")

    def __repr__(self) -> str:
        calls = sum(record.count for record in self._records.values())
        return f"<Profile: {calls:,} calls of {len(self._records)} hooks>"

    def _repr_html_(self) -> str:
        return self.frame().to_html(border=0, index=False, float_format=lambda x: f"{x:,.1f}")
