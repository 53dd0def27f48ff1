"""A cell of a chart with bars of today: each bar, point, fill and order is told once, as it comes.

All is told anew where a late or corrected row changed what was known before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.charts.prior_close import prior_close
from sessionlab.charts.session_axis import session_slots, shown_dates
from sessionlab.timing.interval import SECOND_NS
from sessionlab.widgets.chart_lines import LineTelling, line_tellings
from sessionlab.widgets.chart_told import COMPLETE, NONE, REPAIRED, CellTold, axis_facts
from sessionlab.widgets.chart_trading import TradingTelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessionlab.derive.indicators.recipe import Recipe
    from sessionlab.lab import Lab
    from sessionlab.timing import Interval


class TodayCell:
    """Bars of today, as they come."""

    def __init__(self, lab: Lab, symbol: str, width: Interval, recipes: Sequence[Recipe]) -> None:
        self._lab, self._data = lab, lab.data
        self._symbol, self._width = symbol, width
        self._view = lab.data[symbol].bars(width)
        self.slots = session_slots([lab.session], width, NONE, 0)
        self._lines: list[LineTelling] = line_tellings(lab.data, symbol, recipes, width, self.slots)
        self._trading = TradingTelling(lab, symbol, self.slots)
        self._since: tuple[object, ...] = ()
        self._bars = 0
        self._where = (-1.0, -1)

    def tell(self) -> CellTold | None:
        """New bars, points of lines, fills, and orders that changed."""
        present = self._data._present
        cut, n = self._view._now()
        since = (cut.since, *(line.since(present.k) for line in self._lines))
        fresh = since != self._since
        if fresh:
            self._since, self._bars = since, 0
            self._trading.restart()
            for line in self._lines:
                line.restart()
        first, self._bars = self._bars, n
        slot = self.slots.number(cut.rows.start[first:n]) if n > first else NONE
        told = [line.tell(slot) for line in self._lines]
        facts = self._trading.tell()
        where = (float(self.slots.x(np.array([present.now_ns]))[0]), int(self.slots.end.searchsorted(present.now_ns, "right")))
        if not (fresh or n > first or facts or where != self._where):
            return None
        self._where = where
        facts |= {"at": where[0], "ended": where[1], "bars": n - first, "points": [one.size for one in told]}
        if fresh:
            facts["new"] = self._about()
        rows, part = cut.rows, slice(first, n)
        complete = np.ones(n - first, dtype=bool) if rows.complete is None else rows.complete[part]
        repaired = np.zeros(n - first, dtype=bool) if rows.repaired is None else rows.repaired[part]
        count = np.zeros(n - first, dtype=np.int64) if rows.base_count is None else rows.base_count[part]
        points = tuple(column for one in told for column in one.columns)
        return CellTold(facts, slot, rows.values[:, part].T, COMPLETE * complete + REPAIRED * repaired, count, points)

    def _about(self) -> dict[str, Any]:
        data, slots = self._data, self.slots
        close, left_out = prior_close(data, self._symbol, self._width)
        return {
            "symbol": self._symbol,
            "interval": str(self._width),
            "date": shown_dates(slots, [data.session], data.session),
            "more": [left_out] if left_out else [],
            "today": True,
            "measured": data._around.measured[0],
            "made": self._view._now()[0].rows.base_count is not None,
            "base": data._present.rows.base_tape(self._symbol, self._width).interval.ns // SECOND_NS,
            "prior": close,
            "note": f"no {self._width} bar of today is known yet",
            "lines": [line.about() for line in self._lines],
            **axis_facts(slots),
        }
