"""A drawing read back from its SVG text, as somebody would who looks at it: by its words and by where its strokes are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

SVG = "{http://www.w3.org/2000/svg}"
_STROKE = re.compile(r"([MLHVhvZ])([^MLHVhvZ]*)")


class Word(NamedTuple):
    text: str
    x: float
    y: float
    anchor: str
    size: float


class Drawing:
    """The drawing that ``text`` is; of several cells the one of ``symbol`` and ``interval``, where they are said."""

    def __init__(self, text: str, symbol: str | None = None, interval: str | None = None) -> None:
        self.root = ET.fromstring(text)
        cells = [one for one in self.root.iter(f"{SVG}g") if one.get("class") == "cell"]
        self.cell = next(
            one for one in cells if symbol in (None, one.get("data-symbol")) and interval in (None, one.get("data-interval"))
        )

    def paths(self, name: str) -> list[str]:
        return [one.get("d", "") for one in self.cell.iter(f"{SVG}path") if one.get("class") == name]

    def runs(self, name: str) -> list[list[tuple[float, float]]]:
        """The points of each stroke, one list from each time that the pen was put down."""
        return [run for path in self.paths(name) for run in strokes(path)]

    def words(self, group: str | None = None) -> list[Word]:
        found: list[Word] = []
        for parent in self.cell.iter():
            for one in parent.findall(f"{SVG}text"):
                if group in (None, parent.get("class")):
                    anchor = one.get("text-anchor") or parent.get("text-anchor") or "start"
                    size = float(one.get("font-size") or 11)
                    found.append(Word(one.text or "", float(one.get("x", 0)), float(one.get("y", 0)), anchor, size))
        return found

    def header(self) -> str:
        return " | ".join(word.text for word in self.words() if word.y < self.top)

    @property
    def top(self) -> float:
        return min(y for clip in self.cell.iter(f"{SVG}clipPath") for run in strokes(clip[0].get("d", "")) for _, y in run)

    def x_of(self, label: str) -> float:
        """Where the tick with that ``label`` is: the mark nearest to the middle of its words."""
        middle = next(word.x for word in self.words("times") if word.text == label)
        axis = max(y for run in self._axis() for _, y in run) - 4
        marks = [run[0][0] for run in self._axis() if len(run) == 2 and run[0][0] == run[1][0] and run[0][1] >= axis - 0.6]
        return min(marks, key=lambda x: abs(x - middle)) - 0.5

    def y_of(self, price: float) -> float:
        """Where a price stands, between and beyond two ticks of the uppermost scale."""
        scale = next(one for one in self.cell.iter(f"{SVG}g") if one.get("class") == "values")
        ticks = [(float((one.text or "").replace(",", "")), float(one.get("y", 0)) - 4) for one in scale]
        (a, ya), (b, yb) = ticks[0], ticks[-1]
        return ya + (price - a) / (b - a) * (yb - ya)

    def _axis(self) -> list[list[tuple[float, float]]]:
        marked = [one.get("d", "") for one in self.cell.iter(f"{SVG}path") if (one.get("d") or "").endswith("v4")]
        return [run for path in marked for run in strokes(path)]


def strokes(path: str) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = []
    x = y = 0.0
    for command, rest in _STROKE.findall(path):
        values = [float(one) for one in rest.replace(",", " ").split()]
        if command == "Z":
            continue
        if command in "ML":
            x, y = values
        elif command in "Hh":
            x = values[0] if command == "H" else x + values[0]
        else:
            y = values[0] if command == "V" else y + values[0]
        if command == "M":
            found.append([])
        found[-1].append((x, y))
    return found


def spans(word: Word) -> tuple[float, float]:
    """From where to where a word reaches in DejaVu Sans, a wide font: less than 0.64 of its size per letter on average."""
    wide = 0.62 * word.size * len(word.text)
    left = word.x - {"start": 0.0, "middle": wide / 2, "end": wide}[word.anchor]
    return left, left + wide


def tags_and_attributes(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in ET.fromstring(text).iter():
        yield one.tag.removeprefix(SVG), tuple(one.keys())
