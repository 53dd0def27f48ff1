"""A finished run, or one that was stopped: what it saw, what it cost, what it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.session.plan import StreamPlan
from sessionlab.session.quality import PastSeries, Series, gap_frame, incomplete_frame, quality_frame


class RunResult:
    """What a run left behind. ``complete`` is False where it was stopped or raised; ``stopped_at`` says where the clock stands.

    ``config``, ``plan`` (of all symbols that took part), ``timing``, ``manifest`` (versions, digests, seed, who joined and left),
    ``refused`` (rows that the source did not let in), ``scans``, and tables that are made when they are looked at: ``quality``,
    ``gaps``, ``incomplete``, ``bars``, ``symbol_changes``, ``summary()``.

    ``manifest["data_digest"]`` is one of all rows that the sessions opened so far stood on, today's and those of their windows,
    as they are stored; ``manifest["data"]`` has one by symbol and series. Equal data has equal digests, from whatever source.
    """

    def __init__(
        self,
        config: SessionConfig,
        plan: StreamPlan,
        series: Sequence[PastSeries],
        timing: PerformanceMetrics,
        refused: pd.DataFrame,
        manifest: dict[str, Any],
        stopped_at: pd.Timestamp,
        *,
        complete: bool,
        scans: pd.DataFrame | None = None,
    ) -> None:
        self.config = config
        self.plan = plan
        self.timing = timing
        self.refused = refused
        self.manifest = manifest
        self.stopped_at = stopped_at
        self.complete = complete
        self.scans = pd.DataFrame() if scans is None else scans
        self._series = tuple(series)

    @cached_property
    def quality(self) -> pd.DataFrame:
        """A row per session, symbol and interval; coverage in percent, NaN where it was not measured, gaps in bars.

        Columns: ``symbol interval date expected present coverage gap_count longest_gap off_session``.
        """
        measured = self.config.session_data_config.gap_filler.enable_session_quality
        return quality_frame((one, measured) for one in self._unpacked())

    @cached_property
    def symbol_changes(self) -> pd.DataFrame:
        """A row per symbol that joined or left on the way: ``at symbol kind by``, by market time."""
        changes = self.manifest.get("symbols", {}).get("changes", [])
        frame = pd.DataFrame(changes, columns=["at", "symbol", "kind", "by"])
        return frame.assign(at=[pd.Timestamp(at) for at in frame["at"]])

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Every run of absent bars: ``symbol interval start end count status``; ``filled`` ones came late."""
        return gap_frame(self._unpacked(), str(self.stopped_at.tz))

    @cached_property
    def incomplete(self) -> pd.DataFrame:
        """Longer bars that lack base bars: ``symbol interval start end count expected status reason``."""
        rule = self.config.session_data_config.bars.incomplete
        return incomplete_frame(self._series, rule, self.stopped_at.value, str(self.stopped_at.tz))

    @cached_property
    def bars(self) -> pd.DataFrame:
        """How many bars there were: ``symbol interval action bars``, one row per stream of the plan."""
        rule = self.config.session_data_config.bars.incomplete
        counts: dict[tuple[str, str], int] = {}
        for past in self._series:
            for interval in past.intervals:
                key = past.symbol, str(interval)
                counts[key] = counts.get(key, 0) + past.bars_made(interval, rule)
        streams = [stream for symbol in self.plan.symbols for stream in self.plan.bars(symbol)]
        table = [(s.symbol, s.stream, s.action, counts.get((s.symbol, s.stream), 0)) for s in streams]
        return pd.DataFrame(table, columns=["symbol", "interval", "action", "bars"])

    def _unpacked(self) -> Iterator[Series]:
        now_ns = self.stopped_at.value
        return (one.so_far(now_ns) for past in self._series for one in past.unpack())

    @property
    def coverage(self) -> float | None:
        """100 x present / expected bars of the base series; None where nothing was expected or measured.

        That is the bars as stored (STREAMED in the plan), and where these are not in the run the shortest ones made of them.
        So a hole counts once, however many longer bars lack it; of those see ``summary()``.
        """
        measured = self.quality[self.quality["coverage"].notna() & self._of_base(self.quality)]
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

    def _of_base(self, table: pd.DataFrame) -> pd.Series[bool]:
        """Which rows of ``table`` are about a base series: of those in the run, the shortest one made of each base."""
        bases = {(past.symbol, str(min(past.intervals))) for past in self._series if past.intervals}
        return pd.Series([key in bases for key in zip(table["symbol"], table["interval"], strict=True)], table.index, dtype=bool)

    def __repr__(self) -> str:
        sessions = self.quality["date"].nunique()
        coverage = self.coverage
        covered = "not measured" if coverage is None else f"{coverage:.2f} %"
        state = "" if self.complete else f", stopped at {self.stopped_at:%Y-%m-%d %H:%M:%S}"
        gaps = int(((self.gaps["status"] == "absent") & self._of_base(self.gaps)).sum())
        return f"<RunResult {self.config.session_name!r}: {sessions} sessions, coverage {covered}, {gaps:,} gaps{state}>"

    def _repr_html_(self) -> str:
        head = repr(self)[1:-1].replace("<", "&lt;")
        return f"<p><b>{head}</b></p>" + self.summary().to_html(border=0, index=False, float_format=lambda x: f"{x:,.2f}")
