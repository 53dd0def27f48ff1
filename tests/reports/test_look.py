"""Colors of a report: told apart without red and green, and legible, in both themes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from deuteranopia import seen_by_a_deuteranope

from sessionlab.reports.look import style

THEMES = dict(zip(("light", "dark"), re.findall(r":root\{([^}]*)\}", style())[:2], strict=True))


def colors(theme: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", THEMES[theme]))


def apart(one: str, other: str) -> float:
    return float(np.linalg.norm(seen_by_a_deuteranope(one) - seen_by_a_deuteranope(other)))


def contrast(one: str, other: str) -> float:
    """Of luminances. Source: WCAG 2.1, relative luminance and contrast ratio."""
    lights = []
    for color in (one, other):
        srgb = np.array(list(bytes.fromhex(color[1:]))) / 255
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(lights) / min(lights)


@pytest.mark.parametrize("theme", THEMES)
def test_gain_and_loss_are_told_apart_at_every_step(theme: str) -> None:
    named = colors(theme)

    assert min(apart(named[f"gain{step}"], named[f"loss{step}"]) for step in (1, 2, 3, 4)) > 12
    assert min(apart(named[f"{side}{step}"], named[f"{side}{step + 1}"]) for side in ("gain", "loss") for step in (1, 2, 3)) > 6
    assert min(apart(named["even"], named[f"{side}1"]) for side in ("gain", "loss")) > 5


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_whole_is_told_from_what_has_holes(theme: str) -> None:
    named = colors(theme)

    assert min(apart(named["cover4"], named[f"cover{step}"]) for step in range(4)) > 20


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ink", ["sl-ink", "sl-muted", "sl-up", "loss-ink"])
def test_words_are_legible(theme: str, ink: str) -> None:
    named = colors(theme)

    assert contrast(named[ink], named["sl-background"]) >= 4.5
