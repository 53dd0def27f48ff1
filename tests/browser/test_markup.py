"""Names are shown as they are written: markup in them is text, in every picture and every table, and does nothing."""

from __future__ import annotations

import pytest
from browser.driving import each_tab, turn_to
from playwright.sync_api import Locator, expect

MARKUP = '<img src=x onerror="window.harmed=1">'
# A config refuses symbols with < in them; without care this one would become another.
SYMBOL = "A&LT"
OPENED = f"""
markup, symbol = {MARKUP!r}, {SYMBOL!r}
demo = sl.demo()
demo.run()
frame = demo.data["AAPL"].bars("1m").frame()[["open", "high", "low", "close", "volume"]]
changes = {{"session_name": markup, "metadata": {{markup: markup}}}}
lab = sl.Lab.from_frames({{symbol: frame}}, bars="1m 5m", changes=changes)


class Named(sl.Strategy):
    every = "15m"

    def on_bar(self, ctx, symbol):
        ctx.buy(symbol, 1, tag=markup)


lab.use(Named(), name=markup)
step = lab.advance("10:30")
order = lab.buy(symbol, 10**9, tag=markup)
"""


@pytest.mark.parametrize("shown", ["lab.dashboard()", "lab", "lab.config", "lab.result()", "lab.orders", "lab.fills"])
def test_markup_in_names_is_shown_and_not_obeyed(show, shown: str) -> None:
    show(OPENED)
    output = show(shown)

    expect(output).to_contain_text("<img src=x")
    assert_harmless(show, output)


@pytest.mark.parametrize("shown", ["lab.dashboard()", "lab.data", "lab.data.quality()", "lab.data.chart(symbol)"])
def test_a_symbol_is_shown_as_it_is_written(show, shown: str) -> None:
    show(OPENED)

    expect(show(shown)).to_contain_text(SYMBOL)


def test_markup_is_shown_by_what_is_opened_in_the_dashboard(show) -> None:
    show(OPENED)
    dashboard = show("lab.dashboard()")
    for _ in each_tab(dashboard):
        assert_harmless(show, dashboard)
    turn_to(dashboard, "Blotter")
    turn_to(dashboard, "Fills")
    dashboard.locator(".sl-blotter-part").get_by_role("row").nth(1).click()
    look = dashboard.get_by_role("complementary", name="Look back")

    expect(look).to_contain_text(f"{SYMBOL} as known at")
    expect(look.get_by_role("img")).to_have_js_property("complete", True)
    assert_harmless(show, dashboard)


def assert_harmless(show, output: Locator) -> None:
    expect(output.locator("img[src=x]")).to_have_count(0)
    assert show.page.evaluate("window.harmed") is None
