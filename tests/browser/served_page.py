"""A notebook that Voila shows as a page: only its outputs are there, and live."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from browser.asking import Asking, KernelError
from browser.served import Server
from browser.windows import Window
from jupyter_client.blocking import BlockingKernelClient


class ServedPage(Asking):
    """What ``server`` shows at ``path``. The kernel is asked over its own sockets: a page of Voila gives no way to it."""

    def __init__(self, window: Window, server: Server, path: str, pictures: Path) -> None:
        super().__init__(window, pictures)
        before = set(server.runtime.glob("**/kernel-*.json"))
        self.page.goto(f"{server.url}{path}")
        self.page.wait_for_function("() => document.querySelector('#loading') === null", timeout=60_000)
        self._client = BlockingKernelClient()
        self._client.load_connection_file(_new(server.runtime, before))
        self._client.start_channels()
        self.body = self.page.locator("body")

    def answer(self, expression: str, patience: float) -> dict[str, Any]:
        try:
            told = self._client.execute("", silent=True, user_expressions={"asked": expression}, reply=True, timeout=patience)
        except TimeoutError as error:
            raise KernelError(f"no answer: {expression}") from error
        answer: dict[str, Any] = told["content"]["user_expressions"]["asked"]
        return answer

    def close(self) -> None:
        self._client.stop_channels()


def _new(runtime: Path, before: set[Path]) -> str:
    """The connection file of the kernel that the page started."""
    end = time.monotonic() + 10
    while not (new := set(runtime.glob("**/kernel-*.json")) - before):
        assert time.monotonic() < end, f"no kernel was started: {list(runtime.iterdir())}"
        time.sleep(0.05)
    return str(new.pop())
