"""What was traded as shapes: fills with their reasons, orders as dashed lines, trades from entry to exit.

Each says in its title, which a page shows where one points, what there may be no room for beside it. Where there are many, words
stand only at what is still open: shapes tell the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.charts.glyphs import fill_shape
from sessionlab.charts.labels import SMALL, Labels
from sessionlab.charts.layout import PlacedCell, PlacedPanel
from sessionlab.charts.scene import Fills, Orders, Trades
from sessionlab.charts.strokes import dashed, half, number, rect, words
from sessionlab.charts.svg_lines import on_line
from sessionlab.charts.themes import Theme
from sessionlab.markup.text import escaped

_MOST_ORDERS, _MOST_FILLS, _MOST_TRADES = 4, 12, 6
_ORDER_DASH = {"entry": "1.5 3", "stop": "7 3 1.5 3", "target": "9 4", "exit": "4 4"}


def order_paths(
    mark: Orders, cell: PlacedCell, panel: PlacedPanel, theme: Theme, labels: Labels, above: list[str]
) -> Iterator[str]:
    """Orders, and in ``above`` what they are."""
    x0, x1, heights = cell.across(mark.x0).tolist(), cell.across(mark.x1).tolist(), panel.y(mark.y).tolist()
    few = len(mark.y) <= _MOST_ORDERS
    for a, past, y, role, is_open, label in zip(x0, x1, heights, mark.role, mark.open, mark.label, strict=True):
        b = cell.right if is_open else past  # it goes on
        if panel.top <= y <= panel.bottom:
            yield (
                f'<path class="order {role}" d="M{number(a)} {half(y)}H{number(max(b, a + 2.0))}" stroke="{theme.order}" '
                f'stroke-width="1.2" stroke-opacity="{"1" if is_open else "0.5"}" fill="none"{dashed(_ORDER_DASH[role])}>'
                f"<title>{escaped(label)}</title></path>"
            )
        if few or is_open:
            above.append(on_line(label, y, a, b, panel, labels, theme.order, theme))


def keep_free(mark: Fills, cell: PlacedCell, panel: PlacedPanel, labels: Labels) -> None:
    """Let no words stand where a fill does."""
    for x, y, side in zip(cell.across(mark.x).tolist(), panel.y(mark.y).tolist(), mark.side, strict=True):
        upper, lower = (y - 1.0, y + 17.0) if side == "buy" else (y - 17.0, y + 1.0)
        labels.take(x - 7.0, upper, x + 7.0, lower)


def fill_shapes(mark: Fills, cell: PlacedCell, panel: PlacedPanel, theme: Theme, labels: Labels, above: list[str]) -> None:
    """Into ``above``: fills, each with its reason where there is room."""
    columns = (cell.across(mark.x).tolist(), panel.y(mark.y).tolist(), mark.side, mark.role, mark.reason, mark.label)
    for x, y, side, role, reason, label in zip(*columns, strict=True):
        color = theme.up if side == "buy" else theme.down
        above.append(fill_shape(x, y, side, role, color, theme.background, name=f"fill {side} {role}", title=label))
        sign, lift = (1.0, 7.0) if side == "buy" else (-1.0, 0.0)
        places = [(x + aside, y + sign * (19.0 + 11.0 * i) + lift) for i in range(3) for aside in (0.0, -24.0, 24.0)]
        place = labels.put(reason, places) if reason and len(mark.x) <= _MOST_FILLS else None
        if place is not None:
            above.append(words(*place, reason, theme.ink, "middle", size=SMALL, halo=theme.background))


def trade_paths(
    mark: Trades, cell: PlacedCell, panel: PlacedPanel, theme: Theme, labels: Labels, above: list[str]
) -> Iterator[str]:
    """Trades as a line and a span, and in ``above`` what they brought."""
    x0, x1 = cell.across(mark.x0).tolist(), cell.across(mark.x1).tolist()
    y0, y1 = panel.y(mark.y0).tolist(), panel.y(mark.y1).tolist()
    few = len(mark.x0) <= _MOST_TRADES
    for a, b, c, d, gain, is_open, label in zip(x0, y0, x1, y1, mark.gain, mark.open, mark.label, strict=True):
        color = theme.up if gain else theme.down
        span = rect(a, min(b, d), max(c - a, 1.0), max(abs(d - b), 1.0))
        yield (
            f'<g class="trade {"gain" if gain else "loss"}"><title>{escaped(label)}</title>'
            f'<path d="{span}" fill="{color}" fill-opacity="0.1"/>'
            f'<path d="M{number(a)} {number(b)}L{number(c)} {number(d)}" stroke="{color}" stroke-width="1.4" '
            f'fill="none"{dashed("5 3")}/></g>'
        )
        over, under, middle = min(b, d) - 5.0, max(b, d) + 12.0, (a + c) / 2
        places = [(middle, over), (middle, under), (c, over - 12.0), (c, under + 12.0), (middle, over - 14.0)]
        place = labels.put(label, places) if few or is_open else None
        if place is not None:
            above.append(words(*place, label, theme.ink, "middle", size=SMALL, halo=theme.background))
