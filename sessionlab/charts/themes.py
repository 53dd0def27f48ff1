"""Colors of a drawing, light and dark: blue against orange, told apart also by who does not tell red from green.

On light ground up and down differ in lightness too, so a gray print tells them apart. On dark ground they are equally light, and
there the hue tells, and shapes do: candles that fell are filled, and buys point up. Beyond the first colors lines are dashed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sessionlab.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Theme:
    """Colors as ``#rrggbb``. ``up`` and ``down`` are of candles, fills and trades, ``lines`` of indicators, by number."""

    background: str
    ink: str
    muted: str
    grid: str
    edge: str
    hatch: str
    up: str
    down: str
    level: str
    order: str
    lines: tuple[str, ...]


LIGHT = Theme(
    background="#ffffff",
    ink="#1c2530",
    muted="#5b6876",
    grid="#e9edf1",
    edge="#b3bdc7",
    hatch="#a9b4bf",
    up="#1466a8",
    down="#e07a10",
    level="#5b6876",
    order="#1c2530",
    lines=("#8e3a9d", "#0b7f6e", "#a07800", "#3c4a59", "#c2477f", "#5a9bd4"),
)
DARK = Theme(
    background="#11161c",
    ink="#e8edf2",
    muted="#98a5b3",
    grid="#212932",
    edge="#4b5763",
    hatch="#55616e",
    up="#63b3f0",
    down="#f0962e",
    level="#98a5b3",
    order="#e8edf2",
    lines=("#d993e6", "#4fc9b4", "#e3c14f", "#c3ccd6", "#f19bbd", "#8db6e0"),
)
THEMES = {"light": LIGHT, "dark": DARK}
DASHES = ("", "6 3", "2 2.5")
"""Of lines, by how often the colors have been used up."""


def theme_named(name: str) -> Theme:
    """The theme ``light`` or ``dark``. Raises :class:`ConfigError` for another."""
    found = THEMES.get(name)
    if found is None:
        raise ConfigError(f"there is no theme {name!r}; write light or dark", theme=name)
    return found


def of_page() -> tuple[Theme, str]:
    """Colors that a page may set, light ones where it does not, and the rules with which a notebook sets them.

    The rules are those of an element ``#ID``; a dark JupyterLab and a dark VS Code make it dark.
    """
    names = [field.name for field in fields(Theme) if field.name != "lines"]
    theme = Theme(
        **{name: f"var({_variable(name)},{getattr(LIGHT, name)})" for name in names},
        lines=tuple(f"var({_variable(i)},{color})" for i, color in enumerate(LIGHT.lines)),
    )
    return theme, f'[data-jp-theme-light="false"] #ID,.vscode-dark #ID{{{declared(DARK)}}}'


def declared(theme: Theme) -> str:
    """The colors of ``theme`` as CSS sets them for the drawings of :func:`of_page`.

    >>> declared(DARK)[:24]
    '--sl-background:#11161c;'
    """
    names = [field.name for field in fields(Theme) if field.name != "lines"]
    told: list[tuple[str | int, str]] = [*((name, getattr(theme, name)) for name in names), *enumerate(theme.lines)]
    return "".join(f"{_variable(name)}:{color};" for name, color in told)


def _variable(name: str | int) -> str:
    return f"--sl-line{name}" if isinstance(name, int) else f"--sl-{name}"
