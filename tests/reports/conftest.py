"""A headless Chromium that opens files and nothing else: every other request is stopped, and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser.needed import chromium_path, need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Opened = Callable[..., "Page"]


# By module, since playwright leaves an event loop running in this thread while it is there: other tests have to find none.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need("playwright", "test")
    program = chromium_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def troubles() -> list[str]:
    """What pages wrote that is an error, and what they asked for. A test that meant some of it clears the list."""
    return []


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path, troubles: list[str]) -> Iterator[Opened]:
    """Opens the text of a page. At the end the test fails if there were any troubles."""
    contexts: list[Any] = []

    def opened(html: str, *, width: int = 1280, scheme: Any = "light", javascript: bool = True) -> Page:
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_bytes(html.encode())
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=javascript, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", lambda route: route.continue_() if route.request.url == file.as_uri() else route.abort())
        page.on("request", lambda asked: _note(troubles, asked.url, file.as_uri()))
        page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def _note(troubles: list[str], url: str, own: str) -> None:
    if url != own and not url.startswith(("data:", "blob:")):
        troubles.append(f"asked for {url}")
