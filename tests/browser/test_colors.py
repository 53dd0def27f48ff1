"""Up and down, gain and loss are told apart in what is really drawn, also by who does not tell red from green."""

from __future__ import annotations

import base64
from itertools import combinations

import numpy as np
import pytest
from browser.driving import come_to
from deuteranopia import seen_by_a_deuteranope
from playwright.sync_api import Locator, Page

from sessionlab.charts.themes import THEMES

TRADED = """
lab = sl.demo()
# One position that gains and one that loses, by hand, and marks of both sides.
step = lab.advance("10:00")
orders = [lab.buy(symbol, 10) for symbol in lab.symbols]
step = lab.step()
orders += [lab.sell(symbol, 15) for symbol in lab.symbols]
step = lab.advance("11:30")
lab.dashboard()
"""
COUNT = """async picture => {
    const image = Object.assign(new Image(), {src: 'data:image/png;base64,' + picture});
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, image.width, image.height), counts = {};
    for (let i = 0; i < data.length; i += 4) {
        const color = '#' + [data[i], data[i + 1], data[i + 2]].map(one => one.toString(16).padStart(2, '0')).join('');
        counts[color] = (counts[color] ?? 0) + 1;
    }
    return counts;
}"""
APART = 25.0
"""CIE Lab distance; about 2 is the least that an eye sees side by side, colors of small marks need many times that."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_drawn_is_told_apart_in_deuteranopia(show, theme: str) -> None:
    shown = show(TRADED)
    show.theme(theme)
    come_to(show, shown, "11:30:00")
    drawn = colors(show.page, shown.locator(".sl"))

    colored = THEMES[theme]
    for color in (colored.up, colored.down, colored.background, colored.ink):
        assert drawn.get(color, 0) > 10, f"{color} is not in the picture"
    seen = {name: seen_by_a_deuteranope(getattr(colored, name)) for name in ("up", "down", "background")}
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > APART, f"{one} and {other} look alike"


def colors(page: Page, shown: Locator) -> dict[str, int]:
    """How many pixels of a screenshot have which color."""
    counts: dict[str, int] = page.evaluate(COUNT, base64.b64encode(shown.screenshot()).decode())
    return counts
