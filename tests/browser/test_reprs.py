"""What a lab and all around it show in JupyterLab: nothing that people wrote runs, and magics move the lab of the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from reprs.test_everything_held import TEXTS

TESTS = Path(__file__).parents[1]
SHOW = """
import sys
from IPython.display import HTML, display
sys.path.insert(0, {tests!r})
from held_things import held
shown = {{name: one for name, one in held({text!r}, "R&D").items() if hasattr(one, "_repr_html_")}}
for one in shown.values():
    display(one)
"""


@pytest.mark.parametrize("text", TEXTS)
def test_what_people_wrote_does_not_run(show, text: str) -> None:
    output = show(SHOW.format(tests=str(TESTS), text=text.replace("alert(1)", "window.ran=1")))

    expect(output.locator(".jp-RenderedHTML")).to_have_count(show.ask("len(shown)"))
    assert output.locator("img, script, [onload], [onerror]").count() == 0
    assert show.page.evaluate("window.ran === undefined")


def test_small_pictures_are_drawn_and_tell_their_numbers_to_who_cannot_see(show) -> None:
    output = show("lab = sl.demo(); step = lab.advance('10:00'); order = lab.buy('AAPL', 10); step = lab.advance('10:30'); lab")

    strip = output.get_by_role("img", name="session 2025-07-02 from 09:30 to 16:00, now 10:30")
    expect(strip).to_be_visible()
    expect(strip.locator("title")).to_have_text(f"buy 10 AAPL at {show.ask('float(lab.fills.price[0])'):,.2f}, 10:00")
    expect(output.get_by_role("img", name="closes of AAPL")).to_be_visible()
    assert strip.bounding_box()["width"] == pytest.approx(640, abs=1)


def test_magics_move_the_lab_of_the_kernel_and_say_in_a_line_what_cannot_be(show) -> None:
    show("%load_ext sessionlab\nlab = sl.demo()\n%lab lab")
    stepped = show("%step 5m")
    refused = show("%until 09:00")
    played = show("%play 360")
    show.until("lab.pacing.state == 'playing' and lab.now.minute > 36")
    paused = show("%pause")

    expect(stepped).to_contain_text("2025-07-02 09:35:00")
    expect(refused).to_contain_text("UsageError: '09:00' is before now")
    expect(refused).not_to_contain_text("Traceback")
    expect(played).to_contain_text("Playing")
    expect(paused).to_contain_text("paused at 2025-07-02")
    assert show.ask("lab.pacing.state") == "paused"
