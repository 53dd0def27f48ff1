"""Months and drawdowns of a run of many sessions, against pandas and a loop that goes day by day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from reports.runs import Read, number
from results.accounts import of_equity, result, sessions_of

from sessionlab.reports.elements import joined
from sessionlab.reports.long_runs import drawdowns, drawdowns_table, months_table
from sessionlab.results.account import sessions_from

SESSIONS = sessions_of(300, "2024-05-06")
EQUITY = 10_000 * np.exp(np.random.default_rng(3).normal(0.0002, 0.01, 300).cumsum())


def slowly(closes: list[float], start: float) -> set[tuple[float, int, int, int | None]]:
    """Depth, peak (-1: the start), trough and recovery of each stretch below a peak, close by close."""
    found = set()
    peak, at, low, lowest = start, -1, None, -1
    for day, close in enumerate(closes):
        if close >= peak:
            if low is not None:
                found.add((low / peak - 1, at, lowest, day))
            peak, at, low = close, day, None
        elif low is None or close < low:
            low, lowest = close, day
    if low is not None:
        found.add((low / peak - 1, at, lowest, None))
    return found


@given(st.lists(st.integers(1, 20).map(float), min_size=1, max_size=30))
def test_drawdowns_are_those_of_going_close_by_close(closes: list[float]) -> None:
    dates = pd.date_range("2025-01-01", periods=len(closes))
    names = {-1: "the start", **{day: f"{date:%Y-%m-%d}" for day, date in enumerate(dates)}}
    frame = drawdowns(sessions_from(pd.Series(closes, index=dates), 10.0), 10.0)

    expected = slowly(closes, 10.0)
    assert {(round(row.depth, 12), row.peak, row.trough, row.recovered) for row in frame.itertuples()} == {
        (round(depth, 12), names[peak], names[low], "not yet" if again is None else names[again])
        for depth, peak, low, again in expected
    }
    assert frame["depth"].is_monotonic_increasing


def test_the_deepest_drawdowns_are_shown_first() -> None:
    run = result(of_equity([[equity, equity] for equity in EQUITY.tolist()], sessions=SESSIONS))
    rows = Read(drawdowns_table(run)).table("Worst drawdowns")

    depths = sorted(depth for depth, *_ in slowly(EQUITY.tolist(), 10_000.0))
    assert [number(row["below the peak"]) for row in rows] == [round(100 * depth, 2) for depth in depths[:5]]


def test_months_are_compounded_and_so_are_years() -> None:
    run = result(of_equity([[equity, equity] for equity in EQUITY.tolist()], sessions=SESSIONS))
    rows = Read(joined([months_table(run)])).table("Returns by month")
    closes = pd.Series(EQUITY, index=pd.DatetimeIndex([str(one.date) for one in SESSIONS]))
    ends = pd.concat(
        [pd.Series([10_000.0], index=[pd.Timestamp("2024-04-30")]), closes.groupby(closes.index.to_period("M")).last()]
    )
    months = (100 * ends.pct_change().iloc[1:]).round(2).tolist()

    told = [row[name] for row in rows for name in list(row)[1:-1] if row[name]]
    assert [number(cell) for cell in told] == months
    assert [row[""] for row in rows] == ["2024", "2025"]
    assert number(rows[0]["year"]) == round(100 * (closes[:"2024-12-31"].iloc[-1] / 10_000 - 1), 2)


def test_a_run_within_one_month_has_no_months() -> None:
    run = result(of_equity([[10_000.0, 10_100.0]] * 3, sessions=SESSIONS[:3]))

    assert months_table(run) == ""
