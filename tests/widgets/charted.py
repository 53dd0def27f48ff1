"""What a browser holds of a chart: everything that it was told, put together as its JavaScript does."""

from __future__ import annotations

from typing import Any

import numpy as np

from sessionlab.widgets.chart import ChartPart
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.telling import Told


class Held:
    """One cell: ``about`` it, columns of bars, points of lines by name as ``(x, y)``, fills, open orders by id."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about
        self.slot: list[int] = []
        self.bars: list[list[float]] = []
        self.flags: list[int] = []
        self.counts: list[int] = []
        self.points: list[list[list[float]]] = [[[] for _ in range(_columns(line))] for line in about["lines"]]
        self.fills: list[Any] = []
        self.orders: dict[int, Any] = {}
        self.at, self.ended = 0.0, 0

    def state(self) -> Any:
        """All of it, to be compared."""
        return (
            self.about, self.slot, repr(self.bars), self.flags, self.counts, repr(self.points), self.fills, self.orders, self.at,
            self.ended,
        )  # fmt: skip

    def lines(self) -> dict[str, tuple[list[float], list[float]]]:
        """Points of each line: one per bar, or where a longer bar was known."""
        found = {}
        for about, columns in zip(self.about["lines"], self.points, strict=True):
            own = about["kind"] == "points"
            x = columns[0] if own else [slot + 0.5 for slot in self.slot]
            for name, y in zip(about["names"], columns[own:], strict=True):
                found[name] = (x, y)
        return found


class Browser:
    """The cells of a chart, as ``part`` tells them."""

    def __init__(self, part: ChartPart) -> None:
        self.part = part
        self.cells: list[Held] = []
        self.sizes: list[int] = []

    def look(self, standing: Standing) -> Told | None:
        """Hear what is new."""
        told = self.part.tell(standing)
        if told is None:
            return None
        self.sizes.append(sum(array.nbytes for array in told.arrays.values()))
        if told.fresh:
            self.cells = []
        at = dict.fromkeys(told.arrays, 0)

        def take(name: str, count: int) -> list[Any]:
            at[name] = at.get(name, 0) + count
            return told.arrays[name][at[name] - count : at[name]].tolist() if count else []

        for i, facts in enumerate(told.facts.get("cells", [])):
            if facts is None:
                continue
            if "new" in facts:
                self.cells[i : i + 1] = [Held(facts["new"])]
            _hear(self.cells[i], facts, take)
        assert all(at.get(name, 0) == len(array) for name, array in told.arrays.items() if name != "png")
        return told


def _hear(cell: Held, facts: dict[str, Any], take: Any) -> None:
    count = facts["bars"]
    cell.at, cell.ended = facts["at"], facts["ended"]
    cell.slot += take("slot", count)
    cell.bars += np.reshape(take("bars", 5 * count), (count, 5)).tolist()
    cell.flags += take("flags", count)
    cell.counts += take("counts", count)
    for about, columns, size in zip(cell.about["lines"], cell.points, facts["points"], strict=True):
        for column in columns:
            column += take("points", size if about["kind"] == "points" else count)
    cell.fills += facts.get("fills", [])
    cell.orders |= {row[0]: row for row in facts.get("orders", [])}
    for number in facts.get("gone", []):
        del cell.orders[number]


def _columns(line: dict[str, Any]) -> int:
    return len(line["names"]) + (line["kind"] == "points" and bool(line["names"]))
