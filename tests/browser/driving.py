"""A lab on the screen, driven as a person does, and the proof that the picture says what the kernel says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from browser.asking import Asking
from playwright.sync_api import Locator, expect

STANDS = "f'{lab.now:%H:%M:%S}', str(int(lab.now.value // 10**6)), lab.state, str(lab.pacing.state == 'playing').lower()"

# Bars of today, and fills on them, of each cell of a chart.
DRAWN = (
    "[len(lab.data[symbol].bars(interval)) for symbol, interval in {series}], "
    "[sum(fill.symbol == symbol and fill.time >= lab.session.open for fill in lab.fills.itertuples()) for symbol, _ in {series}]"
)


def press(shown: Locator, name: str) -> None:
    """Press the button of that name."""
    shown.get_by_role("button", name=name, exact=True).click()


def set_speed(shown: Locator, speed: str) -> None:
    """Choose from the speeds: times the wall's time, ``"0"`` for as fast as it can."""
    shown.get_by_role("combobox", name="Speed").select_option(speed)


def turn_to(shown: Locator, name: str) -> None:
    """Choose the tab of that name."""
    tab = shown.get_by_role("tab", name=name).first
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def each_tab(dashboard: Locator) -> Iterator[str]:
    """Turn to every tab of a dashboard, and to every tab within it, one after the other."""
    for place in dashboard.get_by_role("tablist", name="Below the chart").get_by_role("tab").all_inner_texts():
        turn_to(dashboard, place)
        yield place
        panel = dashboard.get_by_role("tabpanel", name=place).first
        for tab in panel.get_by_role("tab").all():
            tab.click()
            expect(tab).to_have_attribute("aria-selected", "true")
            yield f"{place}, {tab.inner_text()}"


def agree(show: Asking, shown: Locator) -> str:
    """Wait until the picture of a lab that stands says what the kernel says, and give the time."""
    clock, now, state, playing = show.ask(STANDS)
    view = shown.locator(".sl")
    expect(view.locator(".sl-time")).to_have_text(clock)
    expect(view).to_have_attribute("data-now", now)
    expect(view).to_have_attribute("data-state", state)
    expect(view).to_have_attribute("data-playing", playing)
    chart = view.locator(".sl-chart-part canvas").first
    if chart.count():
        expect(chart).to_have_attribute("data-series", re.compile(r"\[\["))  # it is drawn
        series = json.loads(chart.get_attribute("data-series") or "")
        bars, fills = show.ask(DRAWN.format(series=series))
        expect(chart).to_have_attribute("data-bars", " ".join(map(str, bars)))
        expect(chart).to_have_attribute("data-fills", " ".join(map(str, fills)))
    assert show.ask(STANDS)[0] == clock, "the lab moves on"
    return str(clock)


def come_to(show: Asking, shown: Locator, clock: str) -> None:
    """Wait until the kernel stands at ``clock``, and the picture with it."""
    show.until(f"f'{{lab.now:%H:%M:%S}}' == {clock!r}")
    agree(show, shown)


def hold(show: Asking, shown: Locator) -> str:
    """Press pause, and give the time at which both hold."""
    press(shown, "Pause")
    show.until("lab.pacing.state == 'paused'")
    return agree(show, shown)
