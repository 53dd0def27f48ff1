"""What a move of the clock brought, as a notebook shows it: how many bars of what, fills, and what else happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from sessionlab.markup.tables import MOST_ROWS, line, rest_of, table
from sessionlab.markup.text import Markup, counted, escaped

if TYPE_CHECKING:
    from sessionlab.engine.step import Step

_SHOWN = 5
_T = TypeVar("_T")


def step_page(step: Step) -> str:
    """The page of a step. Bars are counted and not made: of those of a day there may be many thousands."""
    if step.done:
        return line(f"{step.now:%Y-%m-%d %H:%M:%S}", "done: there is no later moment")
    counts = sum(step.counts.values())
    head = line(f"{step.now:%Y-%m-%d %H:%M:%S}", counted(counts, "bar") if counts else "nothing arrived")
    intervals = list(dict.fromkeys(interval for _, interval in step.counts))
    rows: dict[str, dict[str, int]] = {}
    for (symbol, interval), count in step.counts.items():
        rows.setdefault(symbol, {})[interval] = count
    cells = [(symbol, [f"{of[i]:,}" if i in of else "" for i in intervals]) for symbol, of in rows.items()]
    bars = table(intervals, cells[:MOST_ROWS]) + rest_of(len(cells), "symbols", ".counts") if cells else ""
    fills = _listed(step.fills, lambda fill: repr(fill)[1:-1], ".fills")
    return head + bars + fills + _listed(step.events, str, ".events")


def _listed(things: Sequence[_T], told: Callable[[_T], str], where: str) -> Markup:
    """The first of ``things`` as they are ``told``, a bullet each."""
    if not things:
        return Markup()
    more = [f"and {len(things) - _SHOWN:,} more in {where}"] if len(things) > _SHOWN else []
    return Markup(f"<ul>{''.join(f'<li>{escaped(one)}</li>' for one in [*map(told, things[:_SHOWN]), *more])}</ul>")
