"""A result as a notebook shows it: the first line, a small curve of equity, the figures that matter, and the data under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.markup.presence import over_share
from sessionlab.markup.sparkline import sparkline
from sessionlab.markup.tables import MOST_ROWS, below, grid, line, rest_of, table
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.results.run_result import RunResult

SHOWN = (
    ("pnl", "annual_return", "annual_volatility", "sortino", "max_drawdown", "longest_drawdown_sessions"),
    ("win_rate", "profit_factor", "expectancy", "average_win", "average_loss", "average_holding"),
    ("exposure", "turnover", "fees", "slippage", "benchmark_return", "beta"),
)


def result_page(result: RunResult) -> str:
    """The page of a result."""
    head = line(f"RunResult {result.config.session_name!r}", *result.told())
    summary = _data_table(result.summary())
    if not result.did_trade:
        return head + summary
    equity, cash = result.equity, result.traded.starting_cash
    curve = sparkline(equity, f"equity from {cash:,.2f} to {equity.iloc[-1]:,.2f}", cash) if len(equity) else ""
    stats = result.stats
    columns = [[(_shown(label), figure_text(label, stats[label])) for label in column] for column in SHOWN]
    worth = f"{figure_text('starting_cash', cash)} → {figure_text('final_equity', stats['final_equity'])}"
    return head + below(curve, worth) + grid(columns) + summary


def frame_page(frame: pd.DataFrame) -> str:
    """A frame of statistics, a column per run, as HTML."""
    rows = [
        (_shown(str(label)), [figure_text(str(label), value) for value in values])
        for label, values in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    return table([str(name) for name in frame.columns], rows)


def _data_table(summary: pd.DataFrame) -> str:
    """The data under a run, a row per symbol and interval; of a long one the first rows, and how many there are."""
    numbers = ["bars", "expected", "present", "gaps", "longest_gap", "off_session"]
    rows = []
    for row in summary.head(MOST_ROWS).to_dict("records"):
        told = ["–" if row[name] != row[name] else f"{int(row[name]):,}" for name in numbers]
        covered = "–" if row["coverage"] != row["coverage"] else f"{row['coverage']:.2f} %"
        told.insert(3, over_share(covered, row["coverage"]))
        rows.append((row["symbol"], [row["interval"], row["action"], *told]))
    head = ["interval", "action", *map(_shown, [*numbers[:3], "coverage", *numbers[3:]])]
    return table(head, rows, left=(0, 1)) + rest_of(len(summary), "rows", ".summary()")


def _shown(label: str) -> str:
    return label.replace("_", " ")
