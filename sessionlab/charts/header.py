"""The words over a cell: what it shows, what is to be known of it, and what its lines and shapes mean.

They flow into as many lines as they need; one that is wider than the cell is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sessionlab.charts.scene import Candles, Cell, Fills, Levels, Line
from sessionlab.charts.text import SIZE, SWATCH, TITLE_SIZE, cut_to, text_width, value_text

PAD, LINE = 10.0, 16.0
_BETWEEN = 12.0
_ROLES = ("entry", "stop", "target", "exit")


class Word(NamedTuple):
    """Words of a header. ``kind`` is ``title`` or ``fact``; of a legend ``line level fill hatch``, with its ``of``."""

    x: float
    baseline: float
    text: str
    kind: str
    of: int | str = ""


def header_words(cell: Cell, x: float, y: float, width: float, per: int) -> list[Word]:
    """Title and facts, then the legend."""
    room = width - 2 * PAD
    name = f"{cell.symbol} {cell.interval}".strip()
    facts = list(cell.facts)
    if per > 1:
        facts.append(f"{per:,} bars of {cell.interval} in a column, low to high")
    words: list[tuple[str, str, int | str]] = [(name, "title", ""), *((fact, "fact", "") for fact in facts)]
    words += _legend(cell)
    found: list[Word] = []
    at, line, legend = 0.0, 0, False
    for text, kind, of in words:
        size, bold = (TITLE_SIZE, True) if kind == "title" else (SIZE, False)
        lead = 0.0 if kind in ("title", "fact") else SWATCH
        text = cut_to(text, room - lead, size, bold=bold)
        wide = lead + text_width(text, size, bold=bold)
        begins_legend = lead > 0 and not legend
        if at > 0 and (at + wide > room or begins_legend):
            at, line = 0.0, line + 1
        legend = legend or begins_legend
        found.append(Word(x + PAD + at, y + PAD + 10.0 + line * LINE, text, kind, of))
        at += wide + _BETWEEN
    return found


def _legend(cell: Cell) -> Iterator[tuple[str, str, int | str]]:
    """What lines, levels and shapes over the price mean; of lines also their newest value."""
    price = cell.panels[0]
    for mark in price.marks:
        if isinstance(mark, Line) and any(value is not None for value in mark.y):
            yield f"{mark.name}{last_value(mark, price.decimals)}", "line", mark.color
        elif isinstance(mark, Levels):
            yield f"{mark.label[0]} {mark.y[0]:,.{price.decimals}f}", "level", mark.role
        elif isinstance(mark, Fills):
            yield from ((role, "fill", role) for role in _ROLES if role in mark.role)
    yield from ((what, "hatch", what) for what in _hatched(cell))


def _hatched(cell: Cell) -> Iterator[str]:
    if cell.times.absent_first:
        yield "absent"
    if any(isinstance(mark, Candles) and not all(mark.complete) for mark in cell.panels[0].marks):
        yield "incomplete"


def last_value(line: Line, digits: int) -> str:
    """The newest value of a line, with a space before it; nothing where there is none."""
    newest = next((value for value in reversed(line.y) if value is not None), None)
    return "" if newest is None else f" {value_text(newest, 'number', digits)}"


def last_price(cell: Cell) -> float | None:
    """The newest close of a cell."""
    return next((mark.close[-1] for mark in cell.panels[0].marks if isinstance(mark, Candles) and mark.close), None)


def newest_price(cell: Cell) -> str:
    """The newest close as its tag says it; nothing where there is none."""
    price = last_price(cell)
    return "" if price is None else value_text(price, "price", cell.panels[0].decimals)
