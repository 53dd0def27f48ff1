"""The player by mouse: what a person does moves the lab of the kernel, and the picture says where the lab stands."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

PLAYER = "lab = sl.demo(); sl.widgets.Player(lab)"


@pytest.fixture
def player(show) -> Locator:
    shown = show(PLAYER)
    expect(shown.locator(".sl-time")).to_have_text("09:30:00")
    return shown


def press(player: Locator, name: str) -> None:
    player.get_by_role("button", name=name, exact=True).click()


def agree(show, player: Locator) -> str:
    """Wait until the picture says what the kernel says, and give the time."""
    clock = show.ask("f'{lab.now:%H:%M:%S}'")
    expect(player.locator(".sl-time")).to_have_text(clock)
    expect(player.locator(".sl")).to_have_attribute("data-state", show.ask("lab.state"))
    return str(clock)


def test_playing_goes_on_until_it_is_paused_and_then_holds(show, player) -> None:
    show.ask("lab._the_player().__setattr__('speed', 360)")
    player.get_by_role("combobox", name="Speed").select_option("360")
    press(player, "Play")
    show.until("lab.pacing.state == 'playing' and lab.progress.fraction > 0")
    press(player, "Pause")
    show.until("lab.pacing.state == 'paused'")

    held = agree(show, player)
    show.page.wait_for_timeout(300)
    assert agree(show, player) == held > "09:30:00"
    expect(player.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_other_cells_run_while_it_plays(show, player) -> None:
    player.get_by_role("combobox", name="Speed").select_option("360")
    press(player, "Play")
    show.until("lab.pacing.state == 'playing'")
    show("before = lab.now")
    show.until("lab.now > before")

    assert show.ask("lab.pacing.state") == "playing"
