"""A finished run, or one that was stopped: what it saw, what it cost, what it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.session.plan import StreamPlan


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """What a run left behind.

    ``quality``: a row per session, symbol and interval (coverage in percent, gaps in bars). ``gaps``: every run of
    absent bars. ``bars``: how many bars were streamed or generated per symbol and interval. ``incomplete``: longer bars
    that were skipped or lack base bars. ``refused``: rows that the source did not let in. ``complete`` is False
    where the run was stopped or raised; ``stopped_at`` then says where.
    """

    config: SessionConfig
    plan: StreamPlan
    quality: pd.DataFrame
    gaps: pd.DataFrame
    incomplete: pd.DataFrame
    bars: pd.DataFrame
    refused: pd.DataFrame
    timing: PerformanceMetrics
    manifest: dict[str, Any]
    complete: bool
    stopped_at: pd.Timestamp

    @property
    def coverage(self) -> float | None:
        """100 x present / expected of all streams of the run; None where nothing was expected or measured."""
        measured = self.quality[self.quality["coverage"].notna()]
        expected = int(measured["expected"].sum())
        return 100.0 * int(measured["present"].sum()) / expected if expected else None

    def summary(self) -> pd.DataFrame:
        """A row per symbol and interval over all sessions: ``action bars expected present coverage gaps longest_gap``."""
        keys = ["symbol", "interval"]
        grouped = self.quality.groupby(keys, sort=False)
        table = grouped[["expected", "present"]].sum()
        table["coverage"] = 100.0 * table["present"] / table["expected"].where(table["expected"] > 0)
        table.loc[grouped["coverage"].count() == 0, "coverage"] = float("nan")
        table["gaps"] = grouped["gap_count"].sum()
        table["longest_gap"] = grouped["longest_gap"].max()
        table["off_session"] = grouped["off_session"].sum()
        return self.bars.join(table, on=keys)

    def __repr__(self) -> str:
        sessions = self.quality["date"].nunique()
        coverage = self.coverage
        covered = "not measured" if coverage is None else f"{coverage:.2f} %"
        state = "" if self.complete else f", stopped at {self.stopped_at:%Y-%m-%d %H:%M:%S}"
        gaps = int((self.gaps["status"] == "absent").sum())
        return f"<RunResult {self.config.session_name!r}: {sessions} sessions, coverage {covered}, {gaps:,} gaps{state}>"

    def _repr_html_(self) -> str:
        head = repr(self)[1:-1].replace("<", "&lt;")
        return f"<p><b>{head}</b></p>" + self.summary().to_html(border=0, index=False, float_format=lambda x: f"{x:,.2f}")
