"""What one wants to see of many sessions at a glance: returns by month, and the worst drawdowns."""

from __future__ import annotations

from calendar import month_abbr
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.markup.text import Markup
from sessionlab.reports.elements import Column, cell_text, frame_table, tag

if TYPE_CHECKING:
    from sessionlab.results import RunResult
    from sessionlab.results.account import Sessions

_MOST_DRAWDOWNS = 5
_DRAWDOWNS = {
    "peak": Column("peak on"),
    "trough": Column("lowest on"),
    "recovered": Column("reached again on"),
    "sessions": Column("sessions", "sessions"),
    "depth": Column("below the peak", "max_drawdown"),
}


def months_table(result: RunResult) -> Markup:
    """Returns by month, compounded, a row per year; nothing of a run within one month, or without returns to compound."""
    returns = result.returns
    dates = pd.DatetimeIndex(returns.index)
    if dates.to_period("M").nunique() < 2 or returns.isna().any() or not result.sessions.stays_positive:
        return Markup("")
    growth = (1.0 + returns).groupby([dates.year, dates.month]).prod()
    years = (1.0 + returns).groupby(dates.year).prod() - 1.0
    months = growth.unstack() - 1.0
    most = float(np.nanmax(np.abs(months.to_numpy()))) or 1.0
    rows = []
    every = months.reindex(columns=range(1, 13)).to_numpy()
    for year, whole, row in zip(months.index.tolist(), years.tolist(), every.tolist(), strict=True):
        cells = [_cell(value, most) for value in row]
        rows.append(tag("tr", tag("th", str(year), scope="row"), *cells, _cell(whole, None)))
    heads = ["", *month_abbr[1:], "year"]
    head = tag("tr", *(tag("th", name, scope="col", **({"class_": "n"} if name else {})) for name in heads))
    caption = "Returns by month in percent, compounded"
    made = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *rows), class_="months")
    return tag("div", made, class_="table", tabindex="0", role="region", aria_label=caption)


def drawdowns_table(result: RunResult) -> Markup:
    """The deepest stretches below a peak, at closes."""
    frame = drawdowns(result.sessions, result.traded.starting_cash)
    if frame.empty:
        return Markup("")
    return frame_table("Worst drawdowns, at closes", frame, _DRAWDOWNS, most=_MOST_DRAWDOWNS)


def drawdowns(sessions: Sessions, starting_cash: float) -> pd.DataFrame:
    """A row per stretch below a peak, the deepest first: ``depth`` (a fraction, negative), ``peak trough recovered sessions``.

    ``peak`` is the date of the close before it, "the start" where there is none, ``recovered`` that of the close at which the
    peak was reached again, "not yet" at the end; ``sessions`` from the peak until then.

    >>> from sessionlab.results.account import sessions_from
    >>> equity = pd.Series([90.0, 110.0, 99.0, 110.0, 88.0], index=pd.date_range("2025-07-07", periods=5))
    >>> drawdowns(sessions_from(equity, 100.0), 100.0).round(3).values.tolist()[0]
    [-0.2, '2025-07-10', '2025-07-11', 'not yet', 1]
    """
    equity = np.concatenate([[starting_cash], sessions.equity.to_numpy(np.float64)])
    names = ["the start", *sessions.dates.strftime("%Y-%m-%d")]
    below = equity / np.maximum.accumulate(equity) - 1.0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], below < 0, [False]]).astype(np.int8)))
    rows = []
    for first, past in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        lowest = first + int(below[first:past].argmin())
        recovered = names[past] if past < len(names) else "not yet"
        rows.append((float(below[lowest]), names[first - 1], names[lowest], recovered, min(past, len(names) - 1) - first + 1))
    frame = pd.DataFrame(rows, columns=["depth", "peak", "trough", "recovered", "sessions"])
    return frame.sort_values("depth", kind="stable", ignore_index=True)


def _cell(value: float, most: float | None) -> Markup:
    """A return, on a ground as strong as it is large against the ``most``; None: on none."""
    if value != value:
        return tag("td", class_="n")
    step = 0 if most is None else int(np.ceil(3.0 * abs(value) / most))
    ground = f" {'gain' if value > 0 else 'loss'}{step}" if step else ""
    return tag("td", cell_text(value, "total_return").removesuffix(" %"), class_=f"n{ground}")
