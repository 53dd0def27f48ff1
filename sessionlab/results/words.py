"""A run's figures in words, for the first line of its repr and for tables that people read."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd

from sessionlab.markup.text import counted
from sessionlab.results.statistics import UNITS

_LONGEST_REASON = 60


def figure_text(label: str, value: Any) -> str:
    """The value of a statistic with its unit; a dash where there is none.

    >>> figure_text("total_return", 0.0123), figure_text("pnl", -1234.5), figure_text("sharpe", float("nan"))
    ('+1.23 %', '-1,234.50', '–')
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return "–"
    unit = UNITS[label]
    if unit == "fraction":
        signed = "+" if label.endswith("return") or label == "alpha" else ""
        return f"{100.0 * value:{signed},.2f} %"
    if unit == "percent":
        return f"{value:.2f} %"
    if unit in ("dollars", "ratio"):
        return f"{value:,.2f}"
    if unit == "count":
        return f"{value:,}"
    if unit == "time":
        return str(pd.Timedelta(value).floor("s")).removeprefix("0 days ")
    return str(value)


def traded_words(stats: pd.Series[Any], rejections: pd.DataFrame) -> list[str]:
    """What matters about a run that traded; last what makes one doubt it: ambiguous fills, and orders that were rejected."""
    open_lots = f" and {stats['open_trades']:,} open" if stats["open_trades"] else ""
    rejected = f"{stats['rejected']:,} rejected"
    if len(rejections):
        reason = textwrap.shorten(str(rejections.index[0]), _LONGEST_REASON, placeholder="…")
        most = int(rejections["count"].iloc[0])
        rejected += f" ({reason})" if len(rejections) == 1 else f" ({most:,} {reason})"
    return [
        counted(stats["trades"], "trade") + open_lots,
        f"return {figure_text('total_return', stats['total_return'])}",
        f"Sharpe {figure_text('sharpe', stats['sharpe'])}",
        counted(stats["ambiguous_fills"], "ambiguous fill"),
        rejected,
    ]
