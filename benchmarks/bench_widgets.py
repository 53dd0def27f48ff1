"""A dashboard in JupyterLab, in headless Chromium, that plays ten symbols of seconds at 360 times the wall's time.

Kernel, server and browser share the machine, and whatever else runs there counts in figures of wall time.
``SESSIONLAB_PLAYED_SECONDS`` is how long it plays, 20 by default; 600 are the ten minutes after which a notebook is still small.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from browser.conftest import chromium, chromium_program, jupyter, open_notebook, pictures  # noqa: F401
from browser.driving import come_to, press, set_speed

SYMBOLS = "AAPL AMD AMZN GOOG IBM META MSFT NVDA SPY TSLA"
PLAYED = int(os.environ.get("SESSIONLAB_PLAYED_SECONDS", "20"))
WARMED_MS = 2000
PAUSES = 10
CELLS = (
    f"""
import json
import time

import sessionlab as sl
from sessionlab.widgets.surface import Surface

config = sl.SessionConfig.simple({SYMBOLS!r}, "2025-07-02", "2025-07-31", "1s 1m", **{{"api_config.data_api": "synthetic"}})
lab = sl.Lab(config)
step = lab.step()
sent, looks = [], []


def keeping(self, content, buffers=None, was=Surface.send):
    sent.append((content, buffers))
    return was(self, content, buffers)


def timed(self, *, again=True, was=Surface._look):
    before, began = len(sent), time.thread_time()
    was(self, again=again)
    if len(sent) > before:
        looks.append((time.thread_time() - began) / (len(sent) - before))


def size(content, buffers):
    return len(json.dumps(content)) + sum(len(one) for one in buffers or ())


Surface.send, Surface._look = keeping, timed
""",
    "lab.dashboard()",
)
# Gaps between two frames of the browser, and between two moves of the picture.
RECORD = """() => {
    const view = document.querySelector('.sl'), record = window.record = {gaps: [], moves: [], on: true};
    let last = performance.now(), moved = last;
    new MutationObserver(() => { const now = performance.now(); record.moves.push(now - moved); moved = now; })
        .observe(view, {attributes: true, attributeFilter: ['data-now']});
    const frame = now => { record.gaps.push(now - last); last = now; if (record.on) requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""
# From the press until the picture says that it holds, and where it holds.
PAUSE = """() => new Promise(done => {
    const view = document.querySelector('.sl'), began = performance.now();
    new MutationObserver((_, all) => {
        if (view.dataset.playing === 'true') return;
        all.disconnect();
        done([performance.now() - began, Number(view.dataset.now)]);
    }).observe(view, {attributes: true, attributeFilter: ['data-playing']});
    view.querySelector("[aria-label='Pause']").click();
})"""


def test_ten_symbols_of_seconds(told: Any, benchmark: Any, open_notebook: Any) -> None:  # noqa: F811
    notebook = open_notebook(*CELLS)
    notebook.run_all()
    shown = notebook.output(1)
    come_to(notebook, shown, "09:30:01")
    set_speed(shown, "360")

    def play() -> dict[str, Any]:
        press(shown, "Play")
        notebook.until("lab.pacing.state == 'playing'")
        notebook.page.wait_for_timeout(WARMED_MS)
        notebook.ask("(sent.clear(), looks.clear())")
        notebook.page.evaluate(RECORD)
        notebook.page.wait_for_timeout(1000 * PLAYED)
        record: dict[str, Any] = notebook.page.evaluate("() => { record.on = false; return record; }")
        return record

    record = benchmark.pedantic(play, rounds=1)
    spent, sizes = (
        notebook.ask("[float(one) for one in looks]"),
        notebook.ask("[size(*one) for one in sent if one[0]['is'] == 'frame']"),
    )
    pauses = [paused(notebook, shown) for _ in range(PAUSES)]
    state = notebook.save().metadata.get("widgets", {})

    gaps, moves = np.percentile(record["gaps"], [50, 95, 100]), np.percentile(record["moves"], [50, 95, 100])
    what = f"{PLAYED} s of 10 x 1s at 360 x in a dashboard"
    told.figure(f"{what}: between two frames of the browser, 95th percentile", gaps[1], "ms", 34.0, spread(gaps))
    told.figure("between two moves of the picture, 95th percentile", moves[1], "ms", None, spread(moves))
    frames = f"of {len(sizes) / PLAYED:.0f} frames a second"
    told.figure("the kernel's processor a frame, mean", 1e3 * np.mean(spent), "ms", 5.0, frames)
    told.figure("bytes a frame, mean", np.mean(sizes) / 1e3, "kB", 10.0, f"largest {max(sizes) / 1e3:.3g}")
    told.figure(
        "from a press of pause until the picture holds, slowest", max(pauses), "ms", 100.0, f"median {np.median(pauses):.3g}"
    )
    told.figure("widget state in the saved notebook", len(json.dumps(state)) / 1e3, "kB", 100.0)


def paused(notebook: Any, shown: Any) -> float:
    """Milliseconds until it holds; it must hold where the kernel does. It plays on after."""
    taken, now = notebook.page.evaluate(PAUSE)
    assert notebook.ask("lab.now.value // 10**6") == now
    press(shown, "Play")
    notebook.until("lab.pacing.state == 'playing'")
    notebook.page.wait_for_timeout(300)
    return float(taken)


def spread(percentiles: Any) -> str:
    return f"median {percentiles[0]:.3g}, worst {percentiles[2]:.3g}"
