"""The quality inspector in a browser: a person looks closer and back, reads why, and moves the clock by its buttons alone."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, expect

GAPPY = """
import pandas as pd

index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
frame = pd.DataFrame({"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 100}, index=index)
holes = {"SPY": {5, 6, 7, 100}, "AIG": {5, 6, 7, 8, 40, 41, 200}}
lab = sl.Lab.from_frames({symbol: frame[[i not in some for i in range(390)]] for symbol, some in holes.items()}, bars="1m 5m")
"""
QUALITY = GAPPY + "step = lab.advance('12:00')\nsl.widgets.Quality(lab)"
STANDS = "(str(lab.now), lab._engine.present.k, lab._engine.turned)"


def cell(quality: Locator) -> Locator:
    return quality.get_by_role("gridcell")


def test_the_keyboard_walks_over_the_map_and_moves_no_clock(show) -> None:
    quality = show(QUALITY)
    expect(cell(quality)).to_contain_text("SPY 1m")
    stands = show.ask(STANDS)
    grid = quality.get_by_role("grid")
    grid.focus()
    for key in ("ArrowRight", "ArrowDown"):
        show.page.keyboard.press(key)

    expect(cell(quality)).to_have_text("AIG 1m · 09:35 to 09:40 · 1 of 5 bars, 20.00 %")
    show.page.keyboard.press("Enter")
    expect(quality.get_by_role("navigation")).to_have_text("All daysWed 2 Jul 202509:30 to 10:30")
    show.page.keyboard.press("Home")
    for _ in range(8):
        show.page.keyboard.press("ArrowRight")
    expect(cell(quality)).to_have_text("AIG 1m · 09:38 to 09:39 · 0 of 1 bar, 0.00 %, absent")
    show.page.keyboard.press("End")
    expect(cell(quality)).to_contain_text("10:29 to 10:30")
    show.page.keyboard.press("Escape")
    expect(quality.get_by_role("navigation")).to_have_text("All daysWed 2 Jul 2025")
    show.page.keyboard.press("Escape")
    expect(quality.get_by_role("navigation")).to_have_text("All days")
    expect(grid).to_have_attribute("aria-colcount", "1")
    assert show.ask(STANDS) == stands


def test_space_still_plays_from_the_map(show) -> None:
    quality = show(f"{QUALITY.replace('sl.widgets', 'playing = lab.play(speed=60); lab.pause(); sl.widgets')}")
    quality.get_by_role("grid").focus()
    show.page.keyboard.press("Space")

    show.until("lab.pacing.state == 'playing'")
    show.page.keyboard.press("Space")
    show.until("lab.pacing.state == 'paused'")


def test_the_mouse_looks_closer_and_the_path_leads_back(show) -> None:
    quality = show(QUALITY)
    expect(cell(quality)).to_contain_text("SPY 1m")
    canvas = quality.locator(".sl-map canvas")
    box = canvas.bounding_box()
    assert box is not None
    canvas.hover(position={"x": 100, "y": 56})
    expect(quality.locator(".sl-map .sl-hint")).to_contain_text("of 5 bars")
    canvas.click(position={"x": 100, "y": 56})

    expect(quality.get_by_role("navigation")).to_have_text("All daysWed 2 Jul 202509:30 to 10:30")
    quality.get_by_role("button", name="Wed 2 Jul 2025").click()
    expect(quality.get_by_role("navigation")).to_have_text("All daysWed 2 Jul 2025")


def test_gaps_are_listed_sorted_and_looked_at(show) -> None:
    quality = show(QUALITY)
    rows = quality.locator(".sl-scroll[role=tabpanel] tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("AIG 1m09:35:0009:39:004 min4 barsabsentnot known")
    quality.get_by_role("button", name="From").click()
    expect(rows.first).to_contain_text("09:35:00")
    expect(quality.get_by_role("columnheader", name="From")).to_have_attribute("aria-sort", "ascending")
    quality.get_by_role("button", name="From").click()
    expect(rows.first).to_contain_text("SPY 1m11:10:0011:11:00")

    stands = show.ask(STANDS)
    rows.first.click()
    expect(quality.get_by_role("navigation")).to_have_text("All daysWed 2 Jul 202510:30 to 11:30")
    expect(rows).to_have_count(1)
    assert show.ask(STANDS) == stands


def test_a_button_goes_back_to_a_gap_and_says_so(show) -> None:
    quality = show(QUALITY)
    quality.get_by_role("button", name="Go back to 09:36:00, when it began to show").first.click()

    show.until("f'{lab.now:%H:%M:%S}' == '09:36:00'")
    expect(quality.locator(".sl-scroll[role=tabpanel] tbody tr")).to_have_count(2)
    quality.get_by_role("button", name="Advance to the next gap").click()
    show.until("f'{lab.now:%H:%M:%S}' == '10:11:00'")


def test_the_other_lists_and_another_interval(show) -> None:
    quality = show(QUALITY)
    quality.get_by_role("tab", name="Longer bars").click()
    rows = quality.locator(".sl-scroll[role=tabpanel] tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("SPY 5m11:10:0011:15:00built4 of 5 1m bars")
    quality.get_by_role("tab", name="Rows left out").click()
    expect(quality.get_by_text("No row was refused")).to_be_visible()
    quality.get_by_label("Bars that are counted").select_option("5m")
    expect(cell(quality)).to_contain_text("SPY 5m")
    quality.get_by_text("As a table").click()
    expect(quality.get_by_role("table", name="Coverage by symbol").locator("tbody tr").first).to_contain_text("SPY5m283093.33 %")


def test_the_map_follows_time_that_is_played(show) -> None:
    quality = show(QUALITY)
    show("playing = lab.play(speed=0, until='13:00')")
    show.until("f'{lab.now:%H:%M}' == '13:00'")

    quality.get_by_text("As a table").click()
    expect(quality.get_by_role("table", name="Coverage by symbol").locator("tbody tr").first).to_contain_text(
        "SPY1m20621098.10 %"
    )


def test_the_cursor_stays_in_sight_among_many_symbols(show) -> None:
    many = GAPPY.replace('{"SPY": {5, 6, 7, 100}, "AIG": {5, 6, 7, 8, 40, 41, 200}}', "{f'S{i}': {5} for i in range(60)}")
    quality = show(many + "step = lab.advance('10:00')\nsl.widgets.Quality(lab)")
    expect(cell(quality)).to_contain_text("S0 1m")
    quality.get_by_role("grid").focus()
    for _ in range(50):
        show.page.keyboard.press("ArrowDown")

    expect(cell(quality)).to_contain_text("S50 1m")
    top = quality.locator(".sl-maps").evaluate("room => room.scrollTop")
    high = quality.locator(".sl-maps").evaluate("room => room.clientHeight")
    assert top < 46 + 50 * 16 < top + high - 16


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_absent_cells_stand_out_in_gray_and_for_eyes_without_green(show, theme: str) -> None:
    show.theme(theme)
    quality = show(QUALITY)
    expect(quality.locator(".sl-legend i").last).to_have_css("background-color", re.compile(r"^rgb\("))
    colors = quality.locator(".sl-legend i").evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert len(colors) == 7
    luminance = [brightness(color) for color in colors]

    ordered = luminance if theme == "dark" else luminance[::-1]
    steps = [b - a for a, b in pairwise(ordered)]
    assert min(steps) > 0.04
    assert max(luminance) - min(luminance) > 0.65
    show.theme("light")


def brightness(color: str) -> float:
    """How bright ``rgb(r, g, b)`` is to an eye without the green cones, 0 to 1: most of it is luminance, which they keep.

    Source: Viénot, Brettel and Mollon (1999), "Digital Video Colourmaps for Checking the Legibility of Displays by Dichromats".
    """
    r, g, b = (float(one) / 255 for one in color[4:-1].split(","))
    red = green = 0.29275 * r + 0.70725 * g
    return 0.2126 * red + 0.7152 * green + 0.0722 * (-0.02234 * r + 0.02234 * g + b)
