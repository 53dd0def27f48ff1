"""What a browser is told of one cell of a chart, a symbol in one interval: at first all of it, later what is new.

Bars stand in the slots of :mod:`sessionlab.charts.slots`, so a browser needs no calendar.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from sessionlab.charts.slots import Slots
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import Interval
from sessionlab.timing.interval import SECOND_NS

COMPLETE, REPAIRED = 1, 2
"""Bits of a bar's flags."""
NONE = np.empty(0, dtype=np.int64)


class CellTold(NamedTuple):
    """What is new of a cell: ``facts`` are JSON, the rest columns of new bars.

    ``slot`` (bars,), ``bars`` open high low close volume (bars, 5), ``flags`` and ``counts`` of base bars (bars,), 0 for a stored
    bar; ``points`` of lines one after another, as ``facts`` say.
    """

    facts: dict[str, Any]
    slot: Int64s = NONE
    bars: Float64s = np.empty((0, 5))
    flags: Int64s = NONE
    counts: Int64s = NONE
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


class NoCell:
    """A cell that cannot be shown, with the reason in its place."""

    slots = None

    def __init__(self, symbol: str, width: Interval, why: str) -> None:
        self._about: dict[str, Any] | None = {
            "symbol": symbol, "interval": str(width), "date": "", "more": [], "today": False, "measured": False, "made": False,
            "base": 0, "prior": None, "note": why, "lines": [], "clock": [], "seconds": 0, "past": 0, "first": [], "pasts": [],
            "labels": [], "breaks": [],
        }  # fmt: skip

    def tell(self) -> CellTold | None:
        """The reason, once."""
        about, self._about = self._about, None
        return None if about is None else CellTold({"at": 0.0, "ended": 0, "bars": 0, "points": [], "new": about})


def axis_facts(slots: Slots) -> dict[str, Any]:
    """An axis in few words: runs of slots that follow each other evenly, by the clock of the exchange."""
    clock = slots.clock()
    paused = (np.flatnonzero(slots.start[1:] > slots.end[:-1]) + 1).tolist()
    return {
        "clock": runs(clock),
        "seconds": slots.width_ns // SECOND_NS,
        "past": int(slots.walls(slots.end[-1:])[0]) if len(slots) else 0,
        "first": slots.first.tolist(),
        "pasts": slots.past.tolist(),
        "labels": list(slots.label),
        "breaks": [at for at in paused if at not in set(slots.first.tolist())],
    }


def runs(clock: Int64s) -> list[list[int]]:
    """``[first, step, count]`` of each stretch of even steps.

    >>> runs(np.array([0, 60, 120, 500, 560]))
    [[0, 60, 3], [500, 60, 2]]
    """
    found: list[list[int]] = []
    steps = np.diff(clock)
    at = 0
    while at < len(clock):
        step = int(steps[at]) if at < len(steps) else 1
        other = np.flatnonzero(steps[at:] != step)
        count = int(other[0]) + 1 if len(other) else len(clock) - at
        found.append([int(clock[at]), step, count])
        at += count
    return found
