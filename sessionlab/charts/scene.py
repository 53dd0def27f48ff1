"""A chart as plain numbers: cells, panels, scales and marks, each mark a few columns. What draws it needs nothing else.

Across, a scene counts in slots: slot ``i`` is the bar number ``i`` that is expected and spans ``[i, i + 1)``, so its bar stands
at ``i + 0.5``. Time without trading has no slot; an absent bar has one, with nothing in it. Up, it counts in the units of a
panel's scale. A scene has no pixels, colors or fonts: those are for who draws it. None in a column of numbers lifts the pen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

FORMAT = "sessionlab-scene/1"

Numbers = tuple[float | None, ...]
Integers = tuple[int, ...]
Flags = tuple[bool, ...]
Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candles:
    """Bars of a price, in their slots. One that is not ``complete`` lacks some of the bars that it is made of."""

    slot: Integers
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    complete: Flags
    kind: ClassVar[str] = "candles"


@dataclass(frozen=True, slots=True)
class Volumes:
    """Columns from zero up, in their slots; ``up`` says whether the bar closed at or above its open."""

    slot: Integers
    value: Numbers
    up: Flags
    kind: ClassVar[str] = "volumes"


@dataclass(frozen=True, slots=True)
class Line:
    """A line through ``(x, y)``. ``style`` is ``line``, ``step`` (each value holds until the next) or ``dots``.

    ``color`` is its number among the lines of its panel, from 0.
    """

    name: str
    color: int
    style: str
    x: Numbers
    y: Numbers
    kind: ClassVar[str] = "line"


@dataclass(frozen=True, slots=True)
class Levels:
    """Horizontal lines from ``x0`` to ``x1``. ``role`` is ``prior_close`` or ``guide``; a guide is not told in words."""

    role: str
    x0: Numbers
    x1: Numbers
    y: Numbers
    label: Texts
    kind: ClassVar[str] = "levels"


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders as horizontal lines while they are open; ``open`` are those that still are where the chart ends.

    ``role`` of each is ``entry``, ``stop``, ``target`` or ``exit``.
    """

    x0: Numbers
    x1: Numbers
    y: Numbers
    role: Texts
    side: Texts
    open: Flags
    label: Texts
    kind: ClassVar[str] = "orders"


@dataclass(frozen=True, slots=True)
class Fills:
    """Fills at their prices. ``side`` is ``buy`` or ``sell``, ``role`` as of orders, ``reason`` in words, ``label`` the whole."""

    x: Numbers
    y: Numbers
    side: Texts
    role: Texts
    reason: Texts
    label: Texts
    kind: ClassVar[str] = "fills"


@dataclass(frozen=True, slots=True)
class Trades:
    """Trades from entry ``(x0, y0)`` to exit ``(x1, y1)``; one still ``open`` ends at the last price.

    ``side`` is ``long`` or ``short``, ``gain`` whether it is above water after costs.
    """

    x0: Numbers
    y0: Numbers
    x1: Numbers
    y1: Numbers
    side: Texts
    gain: Flags
    open: Flags
    label: Texts
    kind: ClassVar[str] = "trades"


Mark = Candles | Volumes | Line | Levels | Orders | Fills | Trades


@dataclass(frozen=True, slots=True)
class Panel:
    """Marks over one scale from ``low`` to ``high``, drawn in their sequence; both None where there is nothing to measure.

    ``numbers`` says how its values are written: ``price``, ``volume`` or ``number``. ``weight`` is its share of the height.
    ``decimals`` is how many digits the prices themselves have.
    """

    name: str
    weight: float
    low: float | None
    high: float | None
    numbers: str
    decimals: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """The axis across: ``slots`` of them, of which the first ``ended`` are over.

    ``seconds`` is the width of a bar, 0 for days and longer. ``clock`` is the start of each slot by the clock of the exchange:
    seconds since 1970-01-01 00:00 there, to be read as if they were UTC. ``tick_*`` are instants worth a label, the higher
    the rank the rounder. ``session_first`` and ``session_past`` are the slots with which sessions begin, and those past their
    ends (None where that lies beyond the axis). ``breaks`` are slots before which trading paused. ``absent_*`` are the runs of
    slots whose bar should be there and is not.
    """

    slots: int
    ended: int
    seconds: int
    clock: Integers
    tick_x: Numbers
    tick_label: Texts
    tick_rank: Integers
    session_first: Integers
    session_past: tuple[int | None, ...]
    session_label: Texts
    breaks: Integers
    absent_first: Integers
    absent_count: Integers


@dataclass(frozen=True, slots=True)
class Cell:
    """One symbol in one interval. ``facts`` stand in its header, ``note`` in the middle of it where there is nothing to draw."""

    symbol: str
    interval: str
    facts: Texts
    note: str
    times: Times
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """All of a picture: its ``cells``, at most ``columns`` of them side by side. ``title`` is what it shows, in words."""

    title: str
    columns: int
    cells: tuple[Cell, ...]

    def to_dict(self) -> dict[str, Any]:
        """The scene as plain values for JSON: every part a dict of its fields, a mark also with its ``kind``."""
        plain: dict[str, Any] = _plain(self)
        return {"format": FORMAT, **plain}

    def to_json(self) -> str:
        """The same as text: equal scenes give equal text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def __repr__(self) -> str:
        return f"<Scene {self.title}: {len(self.cells)} cell{'s' * (len(self.cells) != 1)}>"


def numbers(values: ArrayLike) -> Numbers:
    """A column of numbers; what is no finite number is None.

    >>> numbers([1.0, float("nan"), float("inf")])
    (1.0, None, None)
    """
    array = np.asarray(values, dtype=np.float64)
    column: list[float | None] = array.tolist()
    for i in np.flatnonzero(~np.isfinite(array)).tolist():
        column[i] = None
    return tuple(column)


def array(column: Numbers) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column of numbers as float64, NaN for None.

    >>> array((1.0, None))
    array([ 1., nan])
    """
    return np.array(column, dtype=np.float64)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value] if value and hasattr(value[0], "__dataclass_fields__") else list(value)
    if not hasattr(value, "__dataclass_fields__"):
        return value
    named = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return {"kind": value.kind, **named} if hasattr(value, "kind") else named
