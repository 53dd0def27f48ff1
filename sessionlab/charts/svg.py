"""A scene as SVG text: self-contained, the same bytes for the same scene and size, and without anything that could run.

Text is escaped; no script and no address is in it, and of fonts only families are named. What has a name in it is named after
its content, so several drawings may stand on one page.
"""

from __future__ import annotations

import hashlib

from sessionlab.charts.layout import Layout, lay_out
from sessionlab.charts.scene import Scene
from sessionlab.charts.strokes import ID, number
from sessionlab.charts.svg_cell import cell_parts
from sessionlab.charts.text import SIZE
from sessionlab.charts.themes import Theme
from sessionlab.markup.text import escaped

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
_NAME_LENGTH = 10


def svg(scene: Scene, width: int, height: int, theme: Theme, *, rules: str | None = None) -> str:
    """The drawing at ``width`` by ``height`` pixels. With ``rules`` of CSS, in which ``ID`` stands for it, it fits its page."""
    layout = lay_out(scene, width, height)
    body = "".join(part for i, cell in enumerate(layout.cells) for part in cell_parts(cell, i, theme))
    name = "sl" + hashlib.sha256(f"{width} {height} {theme} {rules} {body}".encode()).hexdigest()[:_NAME_LENGTH]
    head = _head(scene, layout, width, height, name, fits=rules is not None)
    style = f"<style>{rules.replace('ID', name)}</style>" if rules else ""
    ground = f'<rect width="{number(layout.width)}" height="{number(layout.height)}" fill="{theme.background}"/>'
    return f"{head}{style}<defs>{_hatch(theme)}</defs>{ground}{body}</svg>\n".replace(ID, name)


def _head(scene: Scene, layout: Layout, width: int, height: int, name: str, *, fits: bool) -> str:
    title, view = escaped(scene.title), f"0 0 {number(layout.width)} {number(layout.height)}"
    size = f'width="{width}" height="{height}"'
    if fits:
        size = f'width="100%" style="max-width:{width}px;height:auto;display:block"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" {size} viewBox="{view}" '
        f'role="img" aria-label="{title}" font-family="{FONT}" font-size="{number(SIZE)}"><title>{title}</title>'
    )


def _hatch(theme: Theme) -> str:
    return (
        f'<pattern id="{ID}h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M1 0V6" stroke="{theme.hatch}" stroke-width="1.2"/></pattern>'
    )
