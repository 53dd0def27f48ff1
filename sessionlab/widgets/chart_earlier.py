"""A cell of a chart with bars of whole days, or of the window alone: few, that change at a close, so all are told anew then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.charts import session_chart
from sessionlab.charts.scene import Candles, Cell, Fills, Levels, Line, Panel, Volumes, array
from sessionlab.widgets.chart_told import CellTold, NoCell, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sessionlab.derive.indicators.recipe import Recipe
    from sessionlab.lab import Lab
    from sessionlab.timing import Interval


class EarlierCell:
    """Bars of ``symbol`` before today, and, of whole days, today's once it has ended."""

    slots = None

    def __init__(self, lab: Lab, symbol: str, width: Interval, recipes: Sequence[Recipe]) -> None:
        self._lab, self._symbol, self._width, self._recipes = lab, symbol, width, recipes
        self._standing: tuple[object, ...] = ()

    def tell(self) -> CellTold | None:
        """All of it, where a bar came."""
        data = self._lab.data
        present = data._present
        telling = present.rows.tape(self._symbol, self._width).telling(present.k)
        standing = (telling.since, telling.visible(present.k), present.now_ns >= data.session.close_ns)
        if standing == self._standing:
            return None
        self._standing = standing
        options: dict[str, Any] = {"vwap": False, "prior_close": False, "fills": self._lab.fills}
        try:
            chart = session_chart(data, self._symbol, self._width, indicators=self._recipes, **options)
        except Exception as why:  # a function of a user's own may raise anything
            return NoCell(self._symbol, self._width, str(why)).tell()
        return _all_of(chart.scene.cells[0])


def _all_of(cell: Cell) -> CellTold:
    """A cell of a scene, all of it."""
    times = cell.times
    marks = [mark for panel in cell.panels for mark in panel.marks]
    candles = next((mark for mark in marks if isinstance(mark, Candles)), Candles((), (), (), (), (), ()))
    volumes = next((mark for mark in marks if isinstance(mark, Volumes)), None)
    drawn = list(_drawn(cell))
    volume = np.full(len(candles.slot), np.nan) if volumes is None else array(volumes.value)
    prices = [array(column) for column in (candles.open, candles.high, candles.low, candles.close)]
    about = {
        "symbol": cell.symbol,
        "interval": cell.interval,
        "date": cell.facts[0],
        "more": list(cell.facts[2:]),
        "today": False,
        "measured": False,
        "made": False,
        "base": 0,
        "prior": None,
        "note": cell.note,
        "lines": [
            {
                "name": panel.name if own else lines[0].name,
                "names": [one.name for one in lines],
                "kind": "points",
                "style": lines[0].style,
                "over": not own,
                "bounds": [panel.low, panel.high] if own and panel.low is not None else None,
                "guides": [y for mark in panel.marks if isinstance(mark, Levels) for y in mark.y] if own else [],
                "why": "",
            }
            for panel, lines, own in drawn
        ],
        "clock": runs(np.array(times.clock, dtype=np.int64)),
        "seconds": times.seconds,
        "past": times.clock[-1] + times.seconds if times.clock else 0,
        "first": list(times.session_first),
        "pasts": [times.slots if past is None else past for past in times.session_past],
        "labels": list(times.session_label),
        "breaks": list(times.breaks),
        "ticks": None if times.seconds else [list(times.tick_x), list(times.tick_label), list(times.tick_rank)],
    }
    told = (mark for mark in marks if isinstance(mark, Fills))
    fills = [[*row] for one in told for row in zip(one.x, one.y, one.side, one.role, one.reason, one.label, strict=True)]
    facts: dict[str, Any] = {"fills": fills} if fills else {}
    facts |= {"at": float(times.ended), "ended": times.ended, "bars": len(candles.slot), "new": about}
    facts["points"] = [len(lines[0].x) for _, lines, _ in drawn]
    slot, complete = np.array(candles.slot, dtype=np.int64), np.array(candles.complete, dtype=np.int64)
    points = tuple(column for _, lines, _ in drawn for column in (array(lines[0].x), *(array(one.y) for one in lines)))
    return CellTold(facts, slot, np.stack([*prices, volume], axis=1), complete, np.zeros(len(slot), np.int64), points)


def _drawn(cell: Cell) -> Iterator[tuple[Panel, list[Line], bool]]:
    """Lines over the price one by one, and those of each other panel together: with their panel, and whether it is their own."""
    for i, panel in enumerate(cell.panels):
        lines = [mark for mark in panel.marks if isinstance(mark, Line)]
        if i and lines:
            yield panel, lines, True
        else:
            yield from ((panel, [line], False) for line in lines)
