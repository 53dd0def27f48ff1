"""One cell as SVG: its header, bands where bars are absent, axes, and the marks of each panel within its bounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sessionlab.charts.glyphs import fill_shape
from sessionlab.charts.grouping import Columns, absent_columns
from sessionlab.charts.header import Word, last_price, last_value
from sessionlab.charts.labels import SMALL, Labels
from sessionlab.charts.layout import PlacedCell, PlacedPanel
from sessionlab.charts.scene import Candles, Fills, Levels, Line, Mark, Orders, Trades, Volumes
from sessionlab.charts.strokes import ID, half, number, rect, stroked, words
from sessionlab.charts.svg_bars import STRIP, candle_paths, volume_paths
from sessionlab.charts.svg_lines import LEVEL_DASH, level_paths, line_path, line_stroke
from sessionlab.charts.svg_trading import fill_shapes, keep_free, order_paths, trade_paths
from sessionlab.charts.text import SIZE, SWATCH, TITLE_SIZE, cut_to, text_width, value_text
from sessionlab.charts.themes import Theme
from sessionlab.markup.text import escaped


def cell_parts(cell: PlacedCell, number_: int, theme: Theme) -> Iterator[str]:
    """The elements of cell number ``number_``, in the sequence in which they cover each other."""
    yield f'<g class="cell" data-symbol="{escaped(cell.cell.symbol)}" data-interval="{escaped(cell.cell.interval)}">'
    yield from _header(cell, theme)
    yield _absent(cell)
    yield from _across(cell, theme)
    for i, panel in enumerate(cell.panels):
        yield from _panel(cell, panel, f"{ID}c{number_}-{i}", theme)
    if cell.cell.note:
        price = cell.panels[0]
        note = cut_to(cell.cell.note, cell.right - cell.left, SIZE)
        yield words((cell.left + cell.right) / 2, price.top + (price.bottom - price.top) / 3, note, theme.muted, "middle")
    yield "</g>"


def _header(cell: PlacedCell, theme: Theme) -> Iterator[str]:
    for word in cell.header:
        if word.kind == "title":
            yield words(word.x, word.baseline, word.text, theme.ink, size=TITLE_SIZE, bold=True)
        elif word.kind == "fact":
            yield words(word.x, word.baseline, word.text, theme.muted)
        else:
            yield _swatch(word, theme)
            yield words(word.x + SWATCH, word.baseline, word.text, theme.ink)


def _swatch(word: Word, theme: Theme) -> str:
    y = word.baseline - 4.0
    if word.kind == "hatch":
        high = 11.0 if word.of == "absent" else STRIP
        return f'<path d="{rect(word.x, y + 5.5 - high, 13.0, high)}" fill="url(#{ID}h)"/>'
    if word.kind == "fill":
        lift = 8.0 if word.of == "target" else 5.0
        return fill_shape(word.x + 6.0, y - lift, "buy", str(word.of), theme.ink, theme.background)
    color, dash = line_stroke(word.of, theme) if isinstance(word.of, int) else (theme.level, LEVEL_DASH)
    return stroked(f"M{number(word.x)} {number(y)}h13", color, dash, thick=1.8)


def _absent(cell: PlacedCell) -> str:
    """Bands over all panels where bars are absent; where several share a column, if all of them are."""
    top = cell.panels[0].top
    bands = [cell.across(np.array(run)).tolist() for run in absent_columns(cell.cell.times, cell.per)]
    path = "".join(rect(a, top, max(b - a, 1.0), cell.axis - top) for a, b in bands)
    return f'<path class="absent" d="{path}" fill="url(#{ID}h)" opacity="0.6"/>' if path else ""


def _across(cell: PlacedCell, theme: Theme) -> Iterator[str]:
    """Lines at times, edges of sessions, and what the axis says."""
    times = cell.cell.times
    edges = [*times.session_first, *(past for past in times.session_past if past is not None)]
    yield stroked(_verticals(cell, [x for x, _, _ in cell.ticks if cell.left < x < cell.right]), theme.grid)
    yield stroked(_verticals(cell, cell.across(np.array(sorted({*edges}))).tolist()), theme.edge, name="sessions")
    yield stroked(_verticals(cell, cell.across(np.array(times.breaks)).tolist()), theme.edge, "2 3", name="breaks")
    marks = "".join(f"M{half(x)} {number(cell.axis)}v4" for x, _, _ in cell.ticks)
    yield stroked(f"M{number(cell.left)} {half(cell.axis)}H{number(cell.right)}{marks}", theme.edge)
    labels = [(middle, label) for _, middle, label in cell.ticks]
    said = "".join(f'<text x="{number(x)}" y="{number(cell.axis + 16.0)}">{escaped(label)}</text>' for x, label in labels)
    yield f'<g class="times" fill="{theme.muted}" text-anchor="middle">{said}</g>'


def _verticals(cell: PlacedCell, places: list[float]) -> str:
    return "".join(f"M{half(x)} {number(cell.panels[0].top)}V{number(cell.axis)}" for x in places)


def _panel(cell: PlacedCell, panel: PlacedPanel, clip: str, theme: Theme) -> Iterator[str]:
    """The scale, the marks, and over them what they are called."""
    of_price = panel is cell.panels[0]
    bounds = rect(cell.left, panel.top, cell.right - cell.left, panel.bottom - panel.top)
    yield f'<clipPath id="{clip}"><path d="{bounds}"/></clipPath>'
    if not of_price:
        yield stroked(f"M{number(cell.left)} {half(panel.top - 4.0)}H{number(cell.right)}", theme.grid)
    yield stroked("".join(f"M{number(cell.left)} {half(y)}H{number(cell.right)}" for y, _ in panel.ticks), theme.grid)
    newest = last_price(cell.cell) if of_price else None
    tag = None if newest is None else float(np.clip(panel.y((newest,))[0], panel.top + 7.0, panel.bottom - 7.0))
    yield _values(cell, panel, tag, theme)

    labels = Labels(cell.left, panel.top, cell.right, panel.bottom)
    above: list[str] = []
    for mark in panel.panel.marks:
        if isinstance(mark, Fills):
            keep_free(mark, cell, panel, labels)
    yield f'<g clip-path="url(#{clip})">'
    for mark, columns in zip(panel.panel.marks, panel.columns, strict=True):
        yield from _mark(mark, columns, cell, panel, theme, labels, above)
    yield "</g>"
    if newest is not None and tag is not None:
        text = value_text(newest, "price", panel.panel.decimals)
        box = rect(cell.right + 1.0, tag - 8.0, text_width(text, SIZE) + 8.0, 16.0)
        yield f'<path class="last" d="{box}" fill="{theme.ink}"/>{words(cell.right + 6.0, tag + 4.0, text, theme.background)}'
    yield from above
    if not of_price:
        yield from _name(cell, panel, theme)


def _values(cell: PlacedCell, panel: PlacedPanel, tag: float | None, theme: Theme) -> str:
    """The numbers at the right; one gives way to the newest price."""
    shown = [(y, label) for y, label in panel.ticks if tag is None or abs(y - tag) > 14.0]
    said = "".join(f'<text x="{number(cell.right + 6.0)}" y="{number(y + 4.0)}">{label}</text>' for y, label in shown)
    return f'<g class="values" fill="{theme.muted}">{said}</g>'


def _mark(
    mark: Mark,
    columns: Columns | None,
    cell: PlacedCell,
    panel: PlacedPanel,
    theme: Theme,
    labels: Labels,
    above: list[str],
) -> Iterator[str]:
    if isinstance(mark, Candles) and columns is not None:
        yield from candle_paths(columns, cell, panel, theme)
    elif isinstance(mark, Volumes) and columns is not None:
        yield from volume_paths(mark, columns, cell, panel, theme)
    elif isinstance(mark, Line):
        yield line_path(mark, cell, panel, theme)
    elif isinstance(mark, Levels):
        yield from level_paths(mark, cell, panel, theme, labels, above)
    elif isinstance(mark, Orders):
        yield from order_paths(mark, cell, panel, theme, labels, above)
    elif isinstance(mark, Trades):
        yield from trade_paths(mark, cell, panel, theme, labels, above)
    elif isinstance(mark, Fills):
        fill_shapes(mark, cell, panel, theme, labels, above)


def _name(cell: PlacedCell, panel: PlacedPanel, theme: Theme) -> Iterator[str]:
    """What a panel below the price shows, at its top left, of lines with the newest value; as much as there is room for."""
    lines = [mark for mark in panel.panel.marks if isinstance(mark, Line)]
    named = [(f"{one.name}{last_value(one, max(panel.digits, 2))}", line_stroke(one.color, theme)[0]) for one in lines]
    x = cell.left + 4.0
    for said, color in named or [(panel.panel.name, theme.muted)]:
        text = cut_to(said, cell.right - x - 4.0, SMALL)
        if text == "…":
            return
        yield words(x, panel.top + 8.0, text, color, size=SMALL, halo=theme.background)
        x += text_width(text, SMALL) + 10.0
