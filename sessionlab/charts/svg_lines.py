"""Lines and levels as paths: through points, in steps or as dots, with the pen lifted where a column says None."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.charts.grouping import thinned
from sessionlab.charts.labels import SMALL, Labels
from sessionlab.charts.layout import PlacedCell, PlacedPanel
from sessionlab.charts.scene import Levels, Line
from sessionlab.charts.strokes import dashed, half, number, stroked, words
from sessionlab.charts.text import text_width
from sessionlab.charts.themes import DASHES, Theme
from sessionlab.markup.text import escaped

LEVEL_DASH = "4 3"


def line_stroke(color: int, theme: Theme) -> tuple[str, str]:
    """The color and the dash of line number ``color``."""
    return theme.lines[color % len(theme.lines)], DASHES[color // len(theme.lines) % len(DASHES)]


def line_path(mark: Line, cell: PlacedCell, panel: PlacedPanel, theme: Theme) -> str:
    """The line of an indicator."""
    color, dash = line_stroke(mark.color, theme)
    x, y = thinned(cell.across(mark.x), panel.y(mark.y), cell.right - cell.left)
    rows = zip(x.tolist(), y.tolist(), strict=True)
    points = [None if b != b else (number(a), number(b)) for a, b in rows]
    if mark.style == "dots":
        path, dash, thick = "".join(f"M{one[0]} {one[1]}h0" for one in points if one is not None), "", 3.0
    else:
        path, thick = _through(points, steps=mark.style == "step"), 1.5
    return (
        f'<path class="line" data-name="{escaped(mark.name)}" d="{path}" stroke="{color}" stroke-width="{number(thick)}" '
        f'stroke-linejoin="round" stroke-linecap="round" fill="none"{dashed(dash)}/>'
    )


def _through(points: list[tuple[str, str] | None], *, steps: bool) -> str:
    path: list[str] = []
    drawn = 0  # points since the pen was put down
    for point in [*points, None]:
        if point is None:
            if drawn == 1:
                path.append("h0")  # of a point on its own the round end is seen
            drawn = 0
            continue
        x, y = point
        path.append(f"M{x} {y}" if not drawn else f"H{x}V{y}" if steps else f"L{x} {y}")
        drawn += 1
    return "".join(path)


def level_paths(
    mark: Levels, cell: PlacedCell, panel: PlacedPanel, theme: Theme, labels: Labels, above: list[str]
) -> Iterator[str]:
    """Levels, and in ``above`` what they are called."""
    color = theme.edge if mark.role == "guide" else theme.level
    rows = zip(panel.y(mark.y).tolist(), cell.across(mark.x0).tolist(), cell.across(mark.x1).tolist(), mark.label, strict=True)
    for y, a, b, word in rows:
        if panel.top <= y <= panel.bottom:
            yield stroked(f"M{number(a)} {half(y)}H{number(b)}", color, LEVEL_DASH, name=mark.role)
        if word:
            above.append(on_line(word, y, a, b, panel, labels, color, theme))


def on_line(label: str, y: float, left: float, right: float, panel: PlacedPanel, labels: Labels, color: str, theme: Theme) -> str:
    """Words on a line, at its right end or as near to it as there is room.

    Of a line beyond the scale they stand at the edge, with an arrow.
    """
    beyond = "" if panel.top <= y <= panel.bottom else "▲ " if y < panel.top else "▼ "
    text = f"{beyond}{label}"
    heights = (y - 4.0, y + 11.0)
    if beyond:
        heights = (panel.top + 10.0, panel.top + 22.0) if y < panel.top else (panel.bottom - 5.0, panel.bottom - 17.0)
    room = text_width(text, SMALL) / 2 + 4.0
    middles = [right - room - 20.0 * i for i in range(60) if not i or right - room - 20.0 * i >= left + room]
    place = labels.put(text, ((x, at) for at in heights for x in middles))
    return "" if place is None else words(*place, text, color, "middle", size=SMALL, halo=theme.background)
