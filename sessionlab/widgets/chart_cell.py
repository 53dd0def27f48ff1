"""One cell of a chart as it is told to a browser: at first all of a symbol's bars in one interval, later those that are new.

Bars stand in the slots of :mod:`sessionlab.charts.slots`, so a browser needs no calendar. All is told anew where a late or
corrected row changed what was known before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from sessionlab.charts import session_chart
from sessionlab.charts.prior_close import prior_close
from sessionlab.charts.scene import Candles, Cell, Fills, Line, Volumes, array
from sessionlab.charts.session_axis import session_slots, shown_dates
from sessionlab.charts.slots import Slots
from sessionlab.errors import SessionlabError
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing.interval import SECOND_NS
from sessionlab.widgets.chart_lines import FRESH, LineTelling, line_tellings
from sessionlab.widgets.chart_trading import TradingTelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessionlab.derive.indicators.recipe import Recipe
    from sessionlab.lab import Lab
    from sessionlab.timing import Interval

COMPLETE, REPAIRED = 1, 2
"""Bits of a bar's flags."""
_NONE = np.empty(0, dtype=np.int64)


class CellTold(NamedTuple):
    """What is new of a cell: ``facts`` are JSON, the rest columns of new bars.

    ``slot`` (bars,), ``bars`` open high low close volume (bars, 5), ``flags`` and ``counts`` of base bars (bars,), 0 for a stored
    bar; ``points`` of lines one after another, as ``facts`` say.
    """

    facts: dict[str, Any]
    slot: Int64s = _NONE
    bars: Float64s = np.empty((0, 5))
    flags: Int64s = _NONE
    counts: Int64s = _NONE
    points: tuple[Float64s, ...] = ()


class CellTelling(Protocol):
    """Tells one cell."""

    def tell(self) -> CellTold | None:
        """What is new since it was asked last; with ``facts["new"]``: all of it. None where nothing is."""
        ...

    @property
    def slots(self) -> Slots | None:
        """Its axis, None where it has none of today."""
        ...


def cell_telling(lab: Lab, symbol: str, width: Interval, recipes: Sequence[Recipe]) -> CellTelling:
    """The telling of ``symbol`` in bars of ``width``, which has told nothing yet."""
    try:
        absent = lab.data[symbol]._present.rows.absent_today(symbol, width)
    except SessionlabError as why:
        return NoCell(symbol, width, str(why))
    if absent is None and width.is_intraday:
        return TodayCell(lab, symbol, width, recipes)
    return EarlierCell(lab, symbol, width, recipes)


class TodayCell:
    """Bars of today, as they come."""

    def __init__(self, lab: Lab, symbol: str, width: Interval, recipes: Sequence[Recipe]) -> None:
        self._lab, self._data = lab, lab.data
        self._symbol, self._width = symbol, width
        self._view = lab.data[symbol].bars(width)
        self.slots = session_slots([lab.session], width, _NONE, 0)
        self._lines: list[LineTelling] = line_tellings(lab.data, symbol, recipes, width, self.slots)
        self._trading = TradingTelling(lab, symbol, self.slots)
        self._since: tuple[object, ...] = FRESH
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
        slot = self.slots.number(cut.rows.start[first:n]) if n > first else _NONE
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
            "measured": data._around.measured[0],
            "made": self._view._now()[0].rows.base_count is not None,
            "base": data._present.rows.base_tape(self._symbol, self._width).interval.ns // SECOND_NS,
            "prior": close,
            "note": f"no {self._width} bar of today is known yet",
            "lines": [line.about() for line in self._lines],
            **_axis(slots),
        }


class EarlierCell:
    """Bars of whole days, or of the window alone: few, and they change at a close, so all of them are told anew then."""

    slots = None

    def __init__(self, lab: Lab, symbol: str, width: Interval, recipes: Sequence[Recipe]) -> None:
        self._lab, self._symbol, self._width, self._recipes = lab, symbol, width, recipes
        self._standing: tuple[object, ...] = FRESH

    def tell(self) -> CellTold | None:
        """All of it, where a bar came."""
        data = self._lab.data
        present, telling = data._present, None
        telling = present.rows.tape(self._symbol, self._width).telling(present.k)
        standing = (telling.since, telling.visible(present.k), present.now_ns >= data.session.close_ns)
        if standing == self._standing:
            return None
        self._standing = standing
        chart = session_chart(
            data, self._symbol, self._width, indicators=self._recipes, vwap=False, prior_close=False, fills=self._lab.fills
        )
        return _all_of(chart.scene.cells[0])


class NoCell:
    """A cell that cannot be shown, with the reason in its place."""

    slots = None

    def __init__(self, symbol: str, width: Interval, why: str) -> None:
        self._about: dict[str, Any] | None = {
            "symbol": symbol, "interval": str(width), "date": "", "more": [], "measured": False, "made": False, "prior": None,
            "note": why, "lines": [], "clock": [], "seconds": 0, "past": 0, "first": [], "pasts": [], "labels": [], "breaks": [],
        }  # fmt: skip

    def tell(self) -> CellTold | None:
        """The reason, once."""
        about, self._about = self._about, None
        return None if about is None else CellTold({"at": 0.0, "ended": 0, "bars": 0, "points": [], "new": about})


def _axis(slots: Slots) -> dict[str, Any]:
    """An axis in few words: runs of slots that follow each other evenly, by the clock of the exchange."""
    clock = slots.clock()
    paused = (np.flatnonzero(slots.start[1:] > slots.end[:-1]) + 1).tolist()
    return {
        "clock": _runs(clock),
        "seconds": slots.width_ns // SECOND_NS,
        "past": int(slots.walls(slots.end[-1:])[0]) if len(slots) else 0,
        "first": slots.first.tolist(),
        "pasts": slots.past.tolist(),
        "labels": list(slots.label),
        "breaks": [at for at in paused if at not in set(slots.first.tolist())],
    }


def _runs(clock: Int64s) -> list[list[int]]:
    """``[first, step, count]`` of each stretch of even steps.

    >>> _runs(np.array([0, 60, 120, 500, 560]))
    [[0, 60, 3], [500, 60, 2]]
    """
    runs: list[list[int]] = []
    steps = np.diff(clock)
    at = 0
    while at < len(clock):
        step = int(steps[at]) if at < len(steps) else 1
        other = np.flatnonzero(steps[at:] != step)
        count = int(other[0]) + 1 if len(other) else len(clock) - at
        runs.append([int(clock[at]), step, count])
        at += count
    return runs


def _all_of(cell: Cell) -> CellTold:
    """A cell of a scene, all of it."""
    times, marks = cell.times, [mark for panel in cell.panels for mark in panel.marks]
    candles = next((mark for mark in marks if isinstance(mark, Candles)), Candles((), (), (), (), (), ()))
    volumes = next((mark for mark in marks if isinstance(mark, Volumes)), None)
    over = [id(mark) for mark in cell.panels[0].marks]
    lines = [mark for mark in marks if isinstance(mark, Line)]
    volume = np.full(len(candles.slot), np.nan) if volumes is None else array(volumes.value)
    prices = [array(column) for column in (candles.open, candles.high, candles.low, candles.close)]
    fills = next((mark for mark in marks if isinstance(mark, Fills)), None)
    told = [] if fills is None else zip(fills.x, fills.y, fills.side, fills.role, fills.reason, fills.label, strict=True)
    about = {
        "symbol": cell.symbol, "interval": cell.interval, "date": cell.facts[0], "more": list(cell.facts[2:]),
        "measured": False, "made": False, "prior": None, "note": cell.note,
        "lines": [
            {"name": one.name, "names": [one.name], "kind": "points", "style": one.style, "over": id(one) in over,
             "bounds": None, "guides": [], "why": ""}
            for one in lines
        ],
        "clock": _runs(np.array(times.clock, dtype=np.int64)), "seconds": times.seconds,
        "past": times.clock[-1] + times.seconds if times.clock else 0, "first": list(times.session_first),
        "pasts": [times.slots if past is None else past for past in times.session_past], "labels": list(times.session_label),
        "breaks": list(times.breaks),
        "ticks": None if times.seconds else [list(times.tick_x), list(times.tick_label), list(times.tick_rank)],
    }  # fmt: skip
    facts: dict[str, Any] = {
        "at": float(times.ended), "ended": times.ended, "bars": len(candles.slot), "points": [len(one.x) for one in lines],
        "new": about,
    }  # fmt: skip
    rows = [list(row) for row in told]
    if rows:
        facts["fills"] = rows
    slot = np.array(candles.slot, dtype=np.int64)
    complete = np.array(candles.complete, dtype=np.int64)
    points = tuple(array(column) for one in lines for column in (one.x, one.y))
    return CellTold(facts, slot, np.stack([*prices, volume], axis=1), complete, np.zeros(len(slot), np.int64), points)
