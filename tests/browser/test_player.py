"""The player by mouse: what a person does moves the lab of the kernel, and the picture says where the lab stands."""

from __future__ import annotations

import pytest
from browser.asking import KernelError
from browser.driving import agree, come_to, hold, press, set_speed
from playwright.sync_api import Locator, expect

PLAYER = "lab = sl.demo(); sl.widgets.Player(lab)"
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


@pytest.fixture
def player(show) -> Locator:
    shown = show(PLAYER)
    come_to(show, shown, "09:30:00")
    return shown


def test_it_plays_until_it_is_paused_and_then_holds(show, player) -> None:
    set_speed(player, "360")
    press(player, "Play")
    show.until("lab.pacing.state == 'playing' and lab.now > lab.session.open")
    held = hold(show, player)
    show.page.wait_for_timeout(200)

    assert agree(show, player) == held > "09:30:00"
    expect(player.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(player.locator(".sl-words")).to_have_text("stands")


def test_the_picture_follows_while_it_plays(show, player) -> None:
    set_speed(player, "360")
    press(player, "Play")
    expect(player.locator(".sl-time")).not_to_have_text("09:30:00")

    expect(player.locator(".sl-words")).to_contain_text("playing, 360 ×")
    expect(player.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_other_cells_run_while_it_plays(show, player) -> None:
    set_speed(player, "360")
    press(player, "Play")
    show.until("lab.pacing.state == 'playing'")
    show("before = lab.now")
    show.until("lab.now > before")

    assert show.ask("lab.pacing.state") == "playing"


def test_the_speed_changes_while_it_plays(show, player) -> None:
    set_speed(player, "1")
    press(player, "Play")
    show.until("lab.pacing.state == 'playing'")
    set_speed(player, "3600")
    show.until("lab.pacing.speed == 3600")
    show.until("lab.now > lab.session.open + __import__('pandas').Timedelta('2min')")

    assert show.ask("lab.pacing.state") == "playing"


def test_as_fast_as_it_can_ends_at_the_close_of_the_last_session(show, player) -> None:
    set_speed(player, "0")
    press(player, "Play")
    show.until("lab.state == 'done'", timeout=30)

    agree(show, player)
    expect(player.locator(".sl-words")).to_have_text("the run is done")


def test_steps_go_forward_and_back(show, player) -> None:
    press(player, "Step forward")
    come_to(show, player, "09:31:00")
    press(player, "Step forward")
    come_to(show, player, "09:32:00")
    press(player, "Step back")
    come_to(show, player, "09:31:00")


def test_the_edges_of_sessions_are_a_press_away(show, player) -> None:
    press(player, "To the close")
    come_to(show, player, "16:00:00")
    press(player, "To the open")
    come_to(show, player, "09:30:00")
    press(player, "Next session")
    show.until("lab.progress.session == 2")

    agree(show, player)
    expect(player.locator(".sl-day")).to_contain_text("Thu 3 Jul 2025, early close · session 2 of 3")


def test_dragging_the_scrubber_moves_the_clock_on_and_back(show, player) -> None:
    scrubber = player.get_by_role("slider", name="Market time")
    box = scrubber.bounding_box()
    mouse, height = show.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + 2, height)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.75, height, steps=3)
    hint = player.locator(".sl-hint").inner_text()
    mouse.up()
    show.until("lab.now.hour == 14")

    assert agree(show, player) == hint[:8]
    scrubber.click(position={"x": box["width"] / 2, "y": 10})
    show.until("lab.now.hour == 12")
    agree(show, player)


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


def test_it_follows_a_cell_that_moves_the_lab(show, player) -> None:
    show("lab.advance('10:00')")
    come_to(show, player, "10:00:00")
    show("lab.rewind('09:45')")
    come_to(show, player, "09:45:00")


def test_two_pictures_of_a_lab_agree(show, player) -> None:
    other = show("sl.widgets.Player(lab)")
    press(player, "Step forward")

    come_to(show, player, "09:31:00")
    come_to(show, other, "09:31:00")


def test_an_error_is_shown_with_market_time_and_raised_in_the_next_cell(show) -> None:
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
