"""A chart: a scene with the size and theme that it is drawn in, and the ways to look at it and to keep it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from sessionlab.charts.png import png
from sessionlab.charts.scene import Cell, Scene
from sessionlab.charts.svg import FONT, svg
from sessionlab.charts.themes import of_page, theme_named
from sessionlab.errors import ConfigError
from sessionlab.whole_file import replace_whole

_WIDTH, _ONE_HIGH, _ROW_HIGH, _PANEL_HIGH = 960, 440, 330, 80


class Chart:
    """A picture of market data. It shows itself in notebooks; ``.svg`` is its text, ``.save("t.png")`` keeps it.

    ``scene`` is what it shows, as plain numbers, without a size or colors. A chart never changes.
    """

    __slots__ = ("height", "scene", "theme", "width")

    def __init__(self, scene: Scene, *, width: int | None = None, height: int | None = None, theme: str = "light") -> None:
        theme_named(theme)
        self.scene = scene
        self.width = _WIDTH if width is None else width
        self.height = _natural_height(scene.cells, scene.columns) if height is None else height
        self.theme = theme

    @property
    def svg(self) -> str:
        """The drawing as SVG text, in its own size and theme: equal scenes give equal text."""
        return self.to_svg()

    def to_svg(self, *, width: int | None = None, height: int | None = None, theme: str | None = None) -> str:
        """The drawing as SVG text, ``width`` by ``height`` pixels, in the theme ``light`` or ``dark``."""
        wide, high = self._size(width, height)
        return svg(self.scene, wide, high, theme_named(self.theme if theme is None else theme))

    def to_png(
        self, *, width: int | None = None, height: int | None = None, theme: str | None = None, scale: float = 1.0
    ) -> bytes:
        """The drawing as PNG, ``scale`` times ``width`` by ``height`` pixels; 2 is sharp on a fine screen.

        Raises :class:`ConfigError` where resvg-py, or every font, is missing.
        """
        wide, high = self._size(width, height)
        return png(self.to_svg(width=wide, height=high, theme=theme), FONT, wide, high, scale)

    def save(
        self,
        path: str | PathLike[str],
        *,
        width: int | None = None,
        height: int | None = None,
        theme: str | None = None,
        scale: float = 1.0,
    ) -> Path:
        """Write the drawing to ``path``, which ends in ``.svg`` or ``.png``. Folders are made; an old file is replaced whole.

        ``width`` and ``height`` are in pixels; of a PNG ``scale`` multiplies them. Raises :class:`ConfigError` for another
        ending, :class:`SourceError` where the disk refuses.
        """
        file = Path(path)
        kind = file.suffix.lower()
        if kind == ".svg":
            content = self.to_svg(width=width, height=height, theme=theme).encode()
        elif kind == ".png":
            content = self.to_png(width=width, height=height, theme=theme, scale=scale)
        else:
            raise ConfigError(f"{file.name} ends neither in .svg nor in .png; a chart is saved as one of these", path=str(file))
        replace_whole(file, lambda out: out.write(content))
        return file

    def _size(self, width: int | None, height: int | None) -> tuple[int, int]:
        return self.width if width is None else width, self.height if height is None else height

    def __repr__(self) -> str:
        return f"<Chart {self.scene.title}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        """As wide as its page lets it be; a light one is dark in a dark notebook."""
        if self.theme == "dark":
            return svg(self.scene, self.width, self.height, theme_named("dark"), rules="")
        theme, rules = of_page()
        return svg(self.scene, self.width, self.height, theme, rules=rules)


def side_by_side(charts: Sequence[Chart], *, columns: int = 2, theme: str | None = None) -> Chart:
    """One picture of the ``charts``, at most ``columns`` of them in a row, where there is room for them.

    The theme is that of the first one where none is given.
    """
    if not charts or not all(isinstance(one, Chart) for one in charts):
        raise ConfigError("side_by_side takes charts, as in side_by_side([a, b])")
    if isinstance(columns, bool) or not isinstance(columns, int) or columns < 1:
        raise ConfigError(f"columns is {columns!r}; write how many charts stand in a row, 1 or more", columns=columns)
    cells = tuple(cell for one in charts for cell in one.scene.cells)
    title = "; ".join(dict.fromkeys(one.scene.title for one in charts))
    return Chart(Scene(title, columns, cells), theme=charts[0].theme if theme is None else theme)


def _natural_height(cells: Sequence[Cell], columns: int) -> int:
    """Enough for each row of cells, and for panels below the price."""
    rows = math.ceil(len(cells) / max(min(columns, len(cells)), 1))
    own = max((sum(panel.numbers == "number" for panel in cell.panels) for cell in cells), default=0)
    return rows * ((_ONE_HIGH if rows == 1 else _ROW_HIGH) + _PANEL_HIGH * own)
