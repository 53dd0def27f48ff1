"""What somebody hears who does not see the picture: every control has a name, and what happens is said."""

from __future__ import annotations

from typing import Any

import pytest
from browser.driving import come_to, each_tab, hold, press, set_speed
from browser.notebook_page import NotebookPage
from playwright.sync_api import Locator, expect

# Roles that are nothing to a person who hears the page without a name.
NAMED = {
    "button", "Canvas", "checkbox", "combobox", "complementary", "form", "grid", "image", "img", "link", "menuitem",
    "option", "radio", "region", "searchbox", "slider", "spinbutton", "switch", "tab", "table", "tablist", "tabpanel", "textbox",
}  # fmt: skip
TRADED = """
lab = sl.demo()


@lab.every("15m")
def trade(ctx, symbol):
    ctx.buy(symbol, 10, stop_loss=ctx[symbol].bars("1m").last.close - 1)


lab.advance("11:00")
lab.buy("AAPL", 10**6)
lab.dashboard()
"""


@pytest.fixture
def dashboard(show) -> Locator:
    shown = show(TRADED)
    come_to(show, shown, "11:00:00")
    return shown


def heard(show: NotebookPage) -> list[dict[str, Any]]:
    """The view as Chromium tells it to a screen reader: role and name of each node that it does not leave out."""
    asked = show.page.context.new_cdp_session(show.page)
    root = asked.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    view = asked.send("DOM.querySelector", {"nodeId": root, "selector": ".sl"})["nodeId"]
    nodes = asked.send("Accessibility.queryAXTree", {"nodeId": view})["nodes"]
    asked.detach()
    return [{"role": one["role"]["value"], "name": one.get("name", {}).get("value", "")} for one in nodes if not one["ignored"]]


def test_every_control_has_a_name(show, dashboard) -> None:
    nodes = heard(show)
    for _ in each_tab(dashboard):
        nodes += heard(show)

    assert {"button", "combobox", "slider", "textbox", "tab"} <= {node["role"] for node in nodes}
    assert [node for node in nodes if node["role"] in NAMED and not node["name"].strip()] == []


def test_every_canvas_is_hidden_from_who_cannot_see_it_or_says_what_it_shows(show, dashboard) -> None:
    canvases = dashboard.locator(".sl canvas, .sl svg, .sl img").all()

    assert canvases
    for one in canvases:
        name = "el => (el.closest('[aria-hidden=true]') ? 'hidden' : el.getAttribute('aria-label') || el.getAttribute('alt'))"
        assert one.evaluate(name), one.evaluate("el => el.outerHTML.slice(0, 200)")


def test_what_it_does_is_said_and_not_every_moment_of_it(show, dashboard) -> None:
    status = dashboard.locator(".sl-player-part").get_by_role("status")
    expect(status).to_have_attribute("aria-live", "polite")
    dashboard.locator(".sl").evaluate("""el => {
        const said = el.querySelector('.sl-player-part [role=status]');
        const changes = {childList: true, characterData: true, subtree: true};
        window.said = [];
        new MutationObserver(() => window.said.push(said.textContent)).observe(said, changes);
    }""")
    set_speed(dashboard, "360")
    press(dashboard, "Play")
    show.until("lab.now.hour == 11 and lab.now.minute > 5")
    held = hold(show, dashboard)

    said = show.page.evaluate("window.said")
    assert said[-1] == f"open, {held}. paused"
    assert len([words for words in said if words.startswith("playing")]) <= 4  # lag may be said on the way


def test_the_scrubber_says_market_time(show, dashboard) -> None:
    scrubber = dashboard.get_by_role("slider", name="Market time")

    expect(scrubber).to_have_attribute("aria-valuetext", "11:00:00")
    expect(scrubber).to_have_attribute("aria-valuemin", "0")
    expect(scrubber).to_have_attribute("aria-valuenow", str(90 * 60))
    expect(scrubber).to_have_attribute("aria-valuemax", str(390 * 60))


def test_a_refusal_is_said_at_once(show, dashboard) -> None:
    dashboard.get_by_role("textbox", name="Size").fill("1000000")
    press(dashboard, "Buy RIVN")

    answer = dashboard.locator("form").get_by_role("status")
    expect(answer).to_contain_text("rejected")
    expect(answer).to_have_attribute("aria-live", "polite")
