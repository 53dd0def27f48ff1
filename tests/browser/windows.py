"""Windows of a headless Chromium, and what goes wrong in one without anybody looking.

That is errors on the console, errors that nothing caught, and requests that leave this machine.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

# What a machine that has much else to do may take; nothing waits for longer than it must.
expect.set_options(timeout=20_000)

HERE = {"127.0.0.1", "localhost"}
SIZE = {"width": 1280, "height": 1000}


class Window:
    """A page with a storage of its own. ``troubles`` is what went wrong since the last check, ``messages`` all of its console."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_context(viewport=SIZE).new_page()
        self.troubles: list[str] = []
        self.messages: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._failed)
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda socket: self._asked(socket.url))

    def check(self) -> None:
        """Fail if anything went wrong since the last check."""
        troubles, self.troubles = self.troubles, []
        assert not troubles, "the page is not clean:\n" + "\n".join(troubles)

    def close(self) -> None:
        self.page.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        place = f"{message.location.get('url', '')}:{message.location.get('lineNumber', '')}"
        self.messages.append(f"{message.type}: {message.text} ({place})")
        if message.type == "error":
            self.troubles.append(f"console error: {message.text} ({place})")

    def _failed(self, error: Error) -> None:
        # JupyterLab takes its own splash away twice where two themes come at once; code of ours is loaded from blobs.
        said = str(error.stack or error)
        if not ("removeChild" in said and "/static/lab/jlab_core" in said and "blob:" not in said):
            self.troubles.append(f"uncaught: {said}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in HERE:
            self.troubles.append(f"a request that leaves this machine: {url}")


class Windows:
    """The browser's windows that are open."""

    def __init__(self, browser: Browser, pictures: Path) -> None:
        self.browser = browser
        self.pictures = pictures
        self.opened: list[Window] = []

    def open(self) -> Window:
        window = Window(self.browser)
        self.opened.append(window)
        return window

    def close(self, window: Window) -> None:
        self.opened.remove(window)
        window.close()

    def report(self, name: str) -> str:
        """What the open windows look like and said, of a test that failed."""
        lines = []
        for number, window in enumerate(self.opened):
            path = self.pictures / f"failed-{name}-{number}.png"
            window.page.screenshot(path=path)
            lines += [f"{window.page.url} looked like {path}, and said", *window.messages[-20:]]
        return "\n".join(lines)
