"""Nothing of a dashboard is cut off, in a wide window and in a narrow one, with orders, rejections and gaps in its lists."""

from __future__ import annotations

import json

import pytest
from browser.driving import come_to, each_tab

from sessionlab.config.demo import DEMO

FAULTY = {
    **DEMO,
    "api_config": {"data_api": "synthetic", "data_options": {"faults": {"halts": 3, "late": 0.02, "missing": 0.05}}},
}
TRADED = f"""
import json

lab = sl.Lab(json.loads({json.dumps(json.dumps(FAULTY))}))


@lab.every("15m")
def trade(ctx, symbol):
    ctx.buy(symbol, 10, stop_loss=ctx[symbol].bars("1m").last.close - 1, tag="every quarter")
    ctx.buy(symbol, 10**6)


lab.advance("14:00")
lab.dashboard()
"""
# What is wider than its place, which a person would have to scroll to or never sees.
CUT_OFF = """() => [...document.querySelectorAll('.sl, .sl *')]
    .filter(el => el.clientWidth && el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).overflowX !== 'visible')
    .filter(el => !el.matches('.sl-hear'))
    .map(el => `${el.tagName} ${el.className} ${el.scrollWidth} in ${el.clientWidth}`)"""


@pytest.mark.parametrize("width", [800, 1280])
def test_nothing_is_cut_off(show, width: int) -> None:
    show.width(width)
    dashboard = show(TRADED)
    come_to(show, dashboard, "14:00:00")

    seen = 0
    for tab in each_tab(dashboard):
        seen += 1
        show.page.wait_for_timeout(300)
        show.screenshot(f"fits_{width}_{seen}")
        assert show.page.evaluate(CUT_OFF) == [], tab
    assert seen == 11
