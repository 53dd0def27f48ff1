"""A notebook that was saved with a dashboard in it: small, and still a picture and tables where no kernel is."""

from __future__ import annotations

import json

from browser.driving import come_to, hold, press, set_speed
from playwright.sync_api import expect

KILOBYTE = 1000
CELLS = (
    "import sessionlab as sl",
    "lab = sl.demo()\nlab.use(sl.strategies.SmaCross())\nstep = lab.advance('11:00')\nlab.dashboard()",
)


def test_a_notebook_saved_after_play_is_small_and_shows_without_a_kernel(open_notebook, page, chromium) -> None:
    notebook = open_notebook(*CELLS)
    notebook.run_all()
    shown = notebook.output(1)
    come_to(notebook, shown, "11:00:00")
    set_speed(shown, "3600")
    press(shown, "Play")
    notebook.until("lab.now.hour >= 12")
    hold(notebook, shown)
    saved = notebook.save()

    assert len(json.dumps(saved.metadata["widgets"])) < 20 * KILOBYTE
    assert notebook.path.stat().st_size < 300 * KILOBYTE
    still = saved.cells[1].outputs[0].data["text/html"]
    page.set_content(still)
    expect(page.locator("table").first).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    assert "<script" not in still
