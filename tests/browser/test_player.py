"""The player in a browser: each button, the scrubber, the speed and the keyboard move the lab of the kernel."""

from __future__ import annotations

import pytest
from browser.asking import KernelError
from browser.driving import agree, come_to, press, set_speed
from playwright.sync_api import expect

OPEN = "lab = sl.demo(); step = lab.advance('10:00'); sl.widgets.Player(lab)"
BROKEN = """
lab = sl.demo()


@lab.every("5m")
def trade(ctx, symbol):
    if f"{ctx.now:%H:%M}" >= "10:00":
        raise ZeroDivisionError("nothing to divide by")


sl.widgets.Player(lab)
"""
GAPS = """
lab = sl.Lab(sl.demo().config.replace({"api_config.data_options": {"faults": {"halts": 1}}}))
sl.widgets.Player(lab)
"""
TRADES = """
lab = sl.demo()


@lab.every("open+20m")
def trade(ctx, symbol):
    ctx.buy(symbol, 10)


sl.widgets.Player(lab)
"""


def clock(show) -> str:
    return show.ask("f'{lab.now:%H:%M:%S}'")


@pytest.mark.parametrize(
    ("button", "then"),
    [
        ("Step forward", "10:01:00"), ("Step back", "09:59:00"), ("To the open", "09:30:00"), ("To the close", "16:00:00"),
        ("Next session", "09:30:00"), ("Next gap", "16:00:00"),
    ],
)  # fmt: skip
def test_each_button_moves_the_lab(show, button: str, then: str) -> None:
    player = show(OPEN)
    player.get_by_role("button", name=button).click()

    expect(player.locator(".sl-time")).to_have_text(then)
    assert clock(show) == then


def test_it_plays_changes_speed_and_holds(show) -> None:
    player = show(OPEN)
    player.get_by_label("Speed").select_option("60")
    player.get_by_role("button", name="Play").click()
    show.until("lab.pacing.state == 'playing' and lab.pacing.speed == 60")
    player.get_by_label("Speed").select_option("1000")
    show.until("lab.pacing.speed == 1000")
    expect(player.get_by_role("status")).to_contain_text("playing, 1000 ×")
    player.get_by_role("button", name="Pause").click()
    show.until("lab.pacing.state == 'paused'")

    held = show.ask("str(lab.now)")
    show.page.wait_for_timeout(300)
    assert show.ask("str(lab.now)") == held
    expect(player.locator(".sl-time")).to_have_text(clock(show))


@pytest.mark.parametrize(
    ("key", "then"),
    [
        ("ArrowRight", "10:01:00"), ("Shift+ArrowRight", "10:05:00"), ("ArrowLeft", "09:59:00"), ("Shift+ArrowLeft", "09:55:00"),
        ("Home", "09:30:00"), ("End", "16:00:00"), ("n", "09:30:00"), ("g", "16:00:00"), ("f", "16:00:00"),
    ],
)  # fmt: skip
def test_each_key_moves_the_lab(show, key: str, then: str) -> None:
    player = show(OPEN)
    player.get_by_role("slider", name="Market time").focus()
    show.page.keyboard.press(key)

    expect(player.locator(".sl-time")).to_have_text(then)
    assert clock(show) == then


def test_space_plays_and_holds_and_keys_are_not_the_notebook_s(show) -> None:
    player = show(OPEN)
    cells = show.page.locator(".jp-Notebook .jp-Cell").count()
    player.get_by_role("slider", name="Market time").focus()
    for key in ("a", "b", "d", "d", "m"):
        show.page.keyboard.press(key)
    show.page.keyboard.press("Space")
    show.until("lab.pacing.state == 'playing'")
    show.page.keyboard.press("Space")
    show.until("lab.pacing.state == 'paused'")

    assert show.page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_dragging_the_scrubber_goes_there_and_back(show) -> None:
    player = show(OPEN)
    come_to(show, player, "10:00:00")
    box = player.get_by_role("slider", name="Market time").bounding_box()
    for fraction, then in [(0.5, "12:45"), (0.25, "11:07")]:
        show.page.mouse.move(box["x"] + 5, box["y"] + 15)
        show.page.mouse.down()
        show.page.mouse.move(box["x"] + fraction * box["width"], box["y"] + 15, steps=4)
        show.page.mouse.up()
        show.until(f"abs((lab.now - lab.session.open).total_seconds() / 23400 - {fraction}) < 0.002")

        expect(player.locator(".sl-time")).to_contain_text(then)


def test_what_goes_wrong_stands_there_with_its_market_time(show) -> None:
    player = show(OPEN)
    show("@lab.every('5m')\ndef fails(ctx, symbol):\n    raise ValueError('<b>no</b> luck')")
    player.get_by_role("button", name="Play").click()

    expect(player.get_by_role("alert")).to_contain_text("ValueError at 2025-07-02 10:05:00")
    expect(player.get_by_role("alert")).to_contain_text("<b>no</b> luck")
    player.get_by_role("button", name="Dismiss").click()
    expect(player.get_by_role("alert")).to_be_hidden()


def test_it_follows_what_a_cell_does(show) -> None:
    player = show(OPEN)
    show("lab.advance('14:00')")

    expect(player.locator(".sl-time")).to_have_text("14:00:00")
    show("lab.rewind('09:45')")
    expect(player.locator(".sl-time")).to_have_text("09:45:00")


def test_cells_run_while_it_plays(show) -> None:
    player = show(OPEN)
    player.get_by_role("button", name="Play").click()
    show.until("lab.pacing.state == 'playing'")
    show("seen = len(lab.data['AAPL'].bars('1m'))")

    assert show.ask("seen") >= 30
    assert show.ask("lab.pacing.state") == "playing"
    show("lab.pause()")
    expect(player.get_by_role("button", name="Play")).to_be_visible()


def test_the_picture_goes_with_the_lab(show) -> None:
    player = show(OPEN)
    expect(player.locator(".sl-time")).to_be_visible()
    show("lab.close()")

    expect(player.locator(".sl-time")).to_have_count(0)


def test_as_fast_as_it_can_ends_at_the_close_of_the_last_session(show) -> None:
    player = show(OPEN)
    set_speed(player, "0")
    press(player, "Play")
    show.until("lab.state == 'done'", timeout=30)

    agree(show, player)
    expect(player.locator(".sl-words")).to_have_text("the run is done")


def test_it_goes_to_the_next_gap(show) -> None:
    player = show(GAPS)
    come_to(show, player, "09:30:00")
    press(player, "Next gap")
    show.until("lab.now > lab.session.open")

    agree(show, player)
    gaps = show.ask("[str(start) for start in lab.data.gaps().start], str(lab.now)")
    assert min(gaps[0]) <= gaps[1]
    assert show.ask("lab.step(-1).now and lab.data.gaps().empty")


def test_it_goes_to_the_next_fill(show) -> None:
    player = show(TRADES)
    come_to(show, player, "09:30:00")
    press(player, "Next fill")
    come_to(show, player, "09:51:00")

    assert show.ask("len(lab.fills)") == 2


def test_two_pictures_of_a_lab_agree(show) -> None:
    player = show(OPEN)
    other = show("sl.widgets.Player(lab)")
    press(player, "Step forward")

    come_to(show, player, "10:01:00")
    come_to(show, other, "10:01:00")


def test_an_error_is_raised_in_the_next_cell(show) -> None:
    player = show(BROKEN)
    come_to(show, player, "09:30:00")
    set_speed(player, "0")
    press(player, "Play")

    alert = player.get_by_role("alert")
    expect(alert).to_contain_text("nothing to divide by")
    expect(alert).to_contain_text("2025-07-02 10:00:00")
    with pytest.raises(KernelError, match="nothing to divide by"):
        show("lab.step()")


def test_an_error_of_a_press_is_shown_until_the_next(show) -> None:
    player = show(BROKEN)
    come_to(show, player, "09:30:00")
    press(player, "To the close")
    alert = player.get_by_role("alert")
    expect(alert).to_contain_text("nothing to divide by")
    press(player, "To the open")

    expect(alert).to_be_hidden()
    come_to(show, player, "09:30:00")
