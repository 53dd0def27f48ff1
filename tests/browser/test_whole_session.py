"""A person works through a session with the dashboard, in JupyterLab and on a page of its own.

Kernel and picture agree after each act.
"""

from __future__ import annotations

import json

from browser.asking import Asking
from browser.driving import agree, come_to, hold, press, set_speed, turn_to
from playwright.sync_api import Locator, expect

from sessionlab.config.demo import DEMO

HALTED = {**DEMO, "api_config": {"data_api": "synthetic", "data_options": {"faults": {"halts": 3}}}}
STRATEGY = "sessionlab.strategies:SmaCross"
CELLS = (
    "import json; import sessionlab as sl",
    f"lab = sl.Lab(json.loads({json.dumps(json.dumps(HALTED))}))\nlab.use(sl.strategies.SmaCross())",
    "lab.dashboard()",
)


def test_in_jupyterlab(open_notebook) -> None:
    notebook = open_notebook(*CELLS)
    notebook.run_all()

    work_through(notebook, notebook.output(2))


def test_as_a_page_of_its_own(open_app) -> None:
    page = open_app(HALTED, "--strategy", STRATEGY)

    work_through(page, page.body)


def work_through(show: Asking, shown: Locator) -> None:
    come_to(show, shown, "09:30:00")

    set_speed(shown, "360")
    press(shown, "Play")
    show.until("lab.pacing.state == 'playing' and lab.now > lab.session.open + __import__('datetime').timedelta(minutes=5)")
    assert hold(show, shown) >= "09:35:00"

    held = show.ask("lab.now.value")  # to the millisecond, which the picture does not show
    press(shown, "Step back")
    show.until(f"lab.now.value < {held}")
    agree(show, shown)

    scrubber = shown.get_by_role("slider", name="Market time")
    scrubber.click()
    show.until("lab.now.hour == 12")
    agree(show, shown)

    press(shown, "Play")
    show.until("lab.pacing.state == 'playing'")
    set_speed(shown, "1000")
    show.until("lab.pacing.speed == 1000 and lab.now.hour >= 13")
    hold(show, shown)

    click_a_gap(show, shown)
    click_a_fill(show, shown)
    order_by_hand(show, shown)


def click_a_gap(show: Asking, shown: Locator) -> None:
    """A click looks closer and moves no clock; a press goes to where it began to show."""
    now = agree(show, shown)
    turn_to(shown, "Quality")
    quality = shown.locator(".sl-quality-part")
    rows = quality.get_by_role("table", name="What is not as it should be").get_by_role("row")
    gaps = show.ask("[(gap.symbol, f'{gap.start:%H:%M:%S}') for gap in lab.data.gaps().itertuples() if gap.interval == '1m']")
    expect(rows).to_have_count(1 + len(gaps))
    row = rows.last  # the shortest
    symbol, start = row.locator("td").nth(0).inner_text().split()[0], row.locator("td").nth(1).inner_text()
    assert (symbol, start) in gaps
    row.click()
    expect(quality.get_by_role("navigation")).to_contain_text(" to ")
    assert agree(show, shown) == now

    began = row.get_by_role("button").inner_text()[-8:]
    row.get_by_role("button").click()
    come_to(show, shown, began)
    assert show.ask("(lab.data.gaps().start.max() + __import__('datetime').timedelta(minutes=1)) == lab.now")


def click_a_fill(show: Asking, shown: Locator) -> None:
    """A click looks back and moves no clock; a press goes there."""
    now = agree(show, shown)
    turn_to(shown, "Blotter")
    turn_to(shown, "Fills")
    row = shown.locator(".sl-blotter-part").get_by_role("row").nth(2)
    row.click()
    look = shown.get_by_role("complementary", name="Look back")
    expect(look).to_contain_text("as known at")
    assert agree(show, shown) == now

    fills = show.ask("[f'{fill.known_at:%H:%M:%S}' for fill in lab.fills.itertuples()]")
    there = fills[-2]  # the newest is on top
    expect(look).to_contain_text(there)
    look.get_by_role("button", name="Go back there").click()
    come_to(show, shown, there)


def order_by_hand(show: Asking, shown: Locator) -> None:
    before = show.ask("len(lab.orders)")
    form = shown.get_by_role("form", name="Order ticket")
    form.get_by_role("textbox", name="Size").fill("25")
    press(form, "Buy AAPL" if show.ask("lab.symbols[0]") == "AAPL" else "Buy RIVN")
    show.until(f"len(lab.orders) == {before + 1}")
    number = show.ask("int(lab.orders.id.max())")
    expect(form.get_by_role("status")).to_contain_text(f"Order {number} accepted")

    press(shown, "Step forward")
    show.until(f"any(fill.order_id == {number} for fill in lab.fills.itertuples())")
    agree(show, shown)
    turn_to(shown, "Positions")
    position = shown.locator(".sl-blotter-part").get_by_role("row").filter(has_text="hand")
    expect(position).to_contain_text("25")
    assert show.ask("float(lab.position(lab.symbols[0]).quantity)") == 25
