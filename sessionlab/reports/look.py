"""How a report looks: its style, the colors of both themes, and its script. All of it goes into the page."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path

from sessionlab.charts.themes import DARK, LIGHT, Theme, declared

_HERE = Path(__file__).parent
_STEPS = (0.9, 0.66, 0.42, 0.2)
"""How much of a full color there is in the classes of a heat map, the strongest first."""


@cache
def style() -> str:
    """The style sheet. On a dark screen it is dark, on paper never."""
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{_colors(DARK)}}}}}"
    return f":root{{color-scheme:light;{_colors(LIGHT)}}}{dark}\n" + (_HERE / "style.css").read_text(encoding="utf-8")


@cache
def script() -> str:
    """The script: what is pointed at is told in words, and a part of a picture can be looked at."""
    return (_HERE / "report.js").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """What the page may do: run this script and no other, and ask no other place for anything."""
    digest = base64.b64encode(sha256(script().encode()).digest()).decode()
    may = {"default": "'none'", "script": f"'sha256-{digest}'", "style": "'unsafe-inline'", "img": "data:"}
    return "; ".join([*(f"{what}-src {where}" for what, where in may.items()), "base-uri 'none'", "form-action 'none'"])


def _colors(theme: Theme) -> str:
    told = declared(theme)
    even, whole = _mixed(theme.ink, theme.background, 0.06), _mixed(theme.up, theme.background, 0.42)
    for number, share in enumerate(_STEPS):
        told += f"--loss{4 - number}:{_mixed(theme.down, theme.background, share)};"
        told += f"--gain{4 - number}:{_mixed(theme.up, theme.background, share)};"
        told += f"--cover{number}:{_mixed(theme.down, theme.background, share)};"
    return told + f"--even:{even};--soft:{even};--cover4:{whole};--loss-ink:{_mixed(theme.down, theme.ink, 0.72)}"


def _mixed(color: str, ground: str, share: float) -> str:
    """``share`` of a color over a ground, both ``#rrggbb``.

    >>> _mixed("#ff0000", "#000000", 0.5)
    '#800000'
    """
    pairs = zip(bytes.fromhex(color[1:]), bytes.fromhex(ground[1:]), strict=True)
    return "#" + bytes(round(one * share + other * (1 - share)) for one, other in pairs).hex()
