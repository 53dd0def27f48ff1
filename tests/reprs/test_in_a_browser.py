"""In a real browser no page runs what people wrote, and none asks the network for anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from held_things import held
from reprs.test_everything_held import TEXTS, pages

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path")


@pytest.fixture(scope="module")
def bodies() -> dict[str, str]:
    """All pages, made before a browser's event loop runs here, in which a lab would play in the background."""
    return {text: "".join(pages(held(text.replace("alert(1)", "window.ran=1"), "R&D")).values()) for text in TEXTS}


@pytest.fixture(scope="module")
def browser(bodies: dict[str, str]) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.mark.parametrize("text", TEXTS)
def test_what_people_wrote_does_not_run(bodies: dict[str, str], browser: Any, text: str) -> None:
    tab = browser.new_page(viewport={"width": 800, "height": 600})
    told: list[str] = []
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.on("request", lambda request: told.append(request.url))
    tab.set_content(f"<!doctype html><meta charset='utf-8'><body>{bodies[text]}</body>")
    tab.wait_for_timeout(200)

    assert tab.evaluate("window.ran === undefined && document.images.length === 0 && document.scripts.length === 0")
    assert told == []
    tab.close()
