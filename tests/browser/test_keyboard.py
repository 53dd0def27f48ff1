"""The keyboard alone drives everything, and JupyterLab does not take the keys that are meant for the lab."""

from __future__ import annotations

import pytest
from browser.driving import agree, come_to
from playwright.sync_api import Locator, expect

TRADES = """
lab = sl.demo()


@lab.every("open+20m")
def trade(ctx, symbol):
    ctx.buy(symbol, 10)


lab.dashboard()
"""


NOTEBOOK_KEYS = "a b c x d d y m j k z 0 0 1 i i Enter Shift+Enter Escape ArrowDown ArrowUp Shift+m Control+s"


@pytest.fixture
def dashboard(show) -> Locator:
    shown = show(TRADES)
    come_to(show, shown, "09:30:00")
    shown.locator(".sl").focus()
    return shown


def test_the_arrows_and_the_edges(show, dashboard) -> None:
    for keys, there in [
        ("ArrowRight ArrowRight ArrowLeft", "09:31:00"),
        ("Shift+ArrowRight Shift+ArrowRight Shift+ArrowLeft", "09:36:00"),
        ("Home", "09:30:00"),
        ("f", "09:51:00"),
        ("End", "16:00:00"),
        ("ArrowLeft", "15:59:00"),
    ]:
        for key in keys.split():
            show.page.keyboard.press(key)
        come_to(show, dashboard, there)


def test_space_plays_and_pauses(show, dashboard) -> None:
    show.page.keyboard.press(" ")
    show.until("lab.pacing.state == 'playing' and lab.now > lab.session.open")
    show.page.keyboard.press(" ")
    show.until("lab.pacing.state == 'paused'")

    agree(show, dashboard)


def test_two_spaces_at_once_play_and_hold(show, dashboard) -> None:
    """The second is pressed before the picture can say that it plays."""
    show.page.keyboard.press(" ")
    show.page.keyboard.press(" ")
    show.until("lab.pacing.state == 'paused'")

    agree(show, dashboard)


def test_plus_and_minus_change_the_speed(show, dashboard) -> None:
    speed = dashboard.get_by_role("combobox", name="Speed")
    expect(speed).to_have_value("360")
    show.page.keyboard.press("+")
    expect(speed).to_have_value("1000")
    show.until("lab.pacing.speed == 1000")
    show.page.keyboard.press("-")
    show.page.keyboard.press("-")

    expect(speed).to_have_value("120")
    show.until("lab.pacing.speed == 120")


def test_no_key_does_anything_to_the_notebook(show, dashboard) -> None:
    """In a notebook a and b insert cells, d d deletes one, m makes one Markdown, x cuts, Enter edits, 0 0 restarts the kernel."""
    pid = show.ask("__import__('os').getpid()")
    for key in NOTEBOOK_KEYS.split():
        show.page.keyboard.press(key)
        dashboard.locator(".sl").focus()

    cells = "window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.map(cell => cell.cell_type)"
    assert show.page.evaluate(cells) == ["code", "code"]
    expect(show.page.locator(".jp-Dialog")).to_have_count(0)
    assert show.ask("__import__('os').getpid()") == pid


def test_keys_written_into_a_field_stay_there(show, dashboard) -> None:
    tag = dashboard.get_by_role("textbox", name="Tag")
    tag.click()
    show.page.keyboard.type("fan -g a+b")

    expect(tag).to_have_value("fan -g a+b")
    come_to(show, dashboard, "09:30:00")
    assert show.ask("lab.pacing.state") == "idle"


def test_tab_comes_to_every_control_and_leaves_again(show, dashboard) -> None:
    """Whatever can be pressed or written into can be come to by Tab, but for tabs of a list, which the arrows choose from."""
    count = """el => [...el.querySelectorAll('button, input, select, textarea, [role=slider], [role=tabpanel]')].filter(
        one => one.checkVisibility() && !one.disabled && one.tabIndex >= 0).length"""
    expected = dashboard.locator(".sl").evaluate(count)
    met = set()
    for _ in range(expected + 10):
        show.page.keyboard.press("Tab")
        where = """() => { const at = document.activeElement; const view = document.querySelector('.sl');
            return view.contains(at) && at !== view
                ? at.tagName + [...view.querySelectorAll('*')].indexOf(at) : null }"""
        at = show.page.evaluate(where)
        if at is None:
            break
        met.add(at)

    assert at is None, "Tab does not leave the picture"
    assert len(met) >= expected


def test_an_order_is_sent_by_the_keyboard(show, dashboard) -> None:
    buy = dashboard.get_by_role("button", name="Buy RIVN")
    for _ in range(60):
        if buy.evaluate("el => el === document.activeElement"):
            break
        show.page.keyboard.press("Tab")
    show.page.keyboard.press("Enter")
    show.until("len(lab.orders) == 1")

    order = "(one.symbol, one.side, float(one.quantity)) for one in lab.orders.itertuples()"
    assert show.ask(f"[{order}]") == [("RIVN", "buy", 100.0)]


def test_the_scrubber_moves_by_keys(show, dashboard) -> None:
    dashboard.get_by_role("slider", name="Market time").focus()
    show.page.keyboard.press("ArrowRight")
    come_to(show, dashboard, "09:31:00")
    show.page.keyboard.press("End")
    come_to(show, dashboard, "16:00:00")
