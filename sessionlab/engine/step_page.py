"""What a move of the clock brought, as a notebook shows it: how many bars of what, fills, and what else happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sessionlab.markup.tables import MOST_ROWS, line, rest_of, table
from sessionlab.markup.text import Markup, escaped

if TYPE_CHECKING:
    from sessionlab.engine.step import Step

_SHOWN = 5


def step_page(step: Step) -> str:
    """The page of a step. Bars are counted and not made: of those of a day there may be many thousands."""
    if step.done:
        return line(f"{step.now:%Y-%m-%d %H:%M:%S}", "done: there is no later moment")
    counts = sum(step.counts.values())
    head = line(f"{step.now:%Y-%m-%d %H:%M:%S}", f"{counts:,} bar{'s' * (counts != 1)}" if counts else "nothing arrived")
    intervals = list(dict.fromkeys(interval for _, interval in step.counts))
    rows: dict[str, dict[str, int]] = {}
    for (symbol, interval), count in step.counts.items():
        rows.setdefault(symbol, {})[interval] = count
    cells = [(symbol, [f"{of[i]:,}" if i in of else "" for i in intervals]) for symbol, of in rows.items()]
    bars = table(intervals, cells[:MOST_ROWS]) + rest_of(len(cells), "symbols", ".counts") if cells else ""
    fills, events = [repr(fill)[1:-1] for fill in step.fills], [str(event) for event in step.events]
    return head + bars + _listed(fills, ".fills") + _listed(events, ".events")


def _listed(lines: Sequence[str], where: str) -> Markup:
    """The first of ``lines``, a bullet each."""
    if not lines:
        return Markup()
    more = [f"and {len(lines) - _SHOWN:,} more in {where}"] if len(lines) > _SHOWN else []
    return Markup(f"<ul>{''.join(f'<li>{escaped(one)}</li>' for one in [*lines[:_SHOWN], *more])}</ul>")
