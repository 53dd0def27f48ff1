"""What a run says of the data under it: bars, and how complete they were, by symbol and interval over all sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from sessionlab.session.plan import StreamPlan
from sessionlab.session.quality import PastSeries


def bars_table(plan: StreamPlan, series: Iterable[PastSeries], incomplete: str) -> pd.DataFrame:
    """How many bars there were: ``symbol interval action bars``, one row per stream of ``plan``."""
    counts: dict[tuple[str, str], int] = {}
    for past in series:
        for interval in past.intervals:
            key = past.symbol, str(interval)
            counts[key] = counts.get(key, 0) + past.bars_made(interval, incomplete)
    streams = [stream for symbol in plan.symbols for stream in plan.bars(symbol)]
    table = [(s.symbol, s.stream, s.action, counts.get((s.symbol, s.stream), 0)) for s in streams]
    return pd.DataFrame(table, columns=["symbol", "interval", "action", "bars"])


def summary_table(bars: pd.DataFrame, quality: pd.DataFrame) -> pd.DataFrame:
    """``bars`` with ``expected present coverage gaps longest_gap off_session`` of all sessions beside them."""
    keys = ["symbol", "interval"]
    grouped = quality.groupby(keys, sort=False)
    table = grouped[["expected", "present"]].sum()
    table["coverage"] = 100.0 * table["present"] / table["expected"].where(table["expected"] > 0)
    table.loc[grouped["coverage"].count() == 0, "coverage"] = float("nan")
    table["gaps"] = grouped["gap_count"].sum()
    table["longest_gap"] = grouped["longest_gap"].max()
    table["off_session"] = grouped["off_session"].sum()
    return bars.join(table, on=keys)


def of_base(table: pd.DataFrame, series: Sequence[PastSeries]) -> pd.Series[bool]:
    """Which rows of ``table`` are about a base series: of those in the run, the shortest one made of each base."""
    bases = {(past.symbol, str(min(past.intervals))) for past in series if past.intervals}
    return pd.Series([key in bases for key in zip(table["symbol"], table["interval"], strict=True)], table.index, dtype=bool)


def coverage_of_base(quality: pd.DataFrame, series: Sequence[PastSeries]) -> float | None:
    """100 x present / expected bars of the base series; None where nothing was expected or measured."""
    measured = quality[quality["coverage"].notna() & of_base(quality, series)]
    expected = int(measured["expected"].sum())
    return 100.0 * int(measured["present"].sum()) / expected if expected else None
