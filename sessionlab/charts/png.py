"""PNG from SVG, by resvg, which comes in the wheel of resvg-py: no browser, and no library of the system.

Words are drawn with the fonts of the machine. Where it has none there would be none in the picture, which is refused.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sessionlab.errors import ConfigError

_MOST_PIXELS = 100_000_000
_PROBE = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" font-family="{}">{}</svg>'


def png(svg: str, font: str, width: int, height: int, scale: float) -> bytes:
    """The picture of ``svg``, ``scale`` times ``width`` by ``height`` pixels. ``font`` are the families that it names.

    Raises :class:`ConfigError` where resvg-py, or every font, is missing, and for a size that no picture has.
    """
    if not 0 < scale <= 10:
        raise ConfigError(f"scale is {scale!r}; write a number above 0 and up to 10, as in scale=2", scale=scale)
    if width * height * scale * scale > _MOST_PIXELS:
        raise ConfigError(
            f"{width} x {height} at scale {scale:g} is more than {_MOST_PIXELS:,} pixels; save a smaller one, or .svg"
        )
    resvg = _resvg()
    if not _has_fonts(font):
        raise ConfigError(
            "this machine has no fonts, so the PNG would have no words; install some (on Debian fonts-dejavu-core), or save .svg"
        )
    return bytes(resvg.svg_to_bytes(svg_string=svg, zoom=scale, **_families()))


def _resvg() -> Any:
    try:
        import resvg_py
    except ImportError as why:
        raise ConfigError(
            "a PNG needs resvg-py, which is not installed; pip install resvg-py, or save the chart as .svg"
        ) from why
    return resvg_py


def _families() -> dict[str, str]:
    """The fonts taken where none of those named are there."""
    return {"font_family": "DejaVu Sans", "sans_serif_family": "DejaVu Sans"}


@cache
def _has_fonts(font: str) -> bool:
    empty, written = (_PROBE.format(font, inside) for inside in ("", '<text y="15">W</text>'))
    resvg = _resvg()
    return bool(resvg.svg_to_bytes(svg_string=empty, **_families()) != resvg.svg_to_bytes(svg_string=written, **_families()))
