"""A page with a kernel behind it, that a test can ask."""

from __future__ import annotations

import ast
import contextlib
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from browser.windows import Window
from playwright.sync_api import Page


class KernelError(AssertionError):
    """A cell, or an expression asked of the kernel, raised."""


class Asking(ABC):
    """A ``window`` whose ``page`` (playwright's) shows what a kernel does."""

    def __init__(self, window: Window, pictures: Path) -> None:
        self.window = window
        self.page: Page = window.page
        self._pictures = pictures

    @abstractmethod
    def answer(self, expression: str, patience: float) -> dict[str, Any]:
        """What the kernel says of ``expression``, evaluated by a silent execution, past all cells."""

    def ask(self, expression: str, patience: float = 30) -> Any:
        """The value of ``expression`` in the kernel: a Python value where its repr is a literal, else that repr.

        Raises KernelError where it raised, and where there is no answer within ``patience`` seconds.
        """
        # The repr as a string: what a kernel shows of a long list ends in dots.
        answer = self.answer(f"repr(({expression}))", patience)
        if answer["status"] != "ok":
            raise KernelError(f"{expression}: {answer.get('ename')}: {answer.get('evalue')}")
        text: str = ast.literal_eval(answer["data"]["text/plain"])
        with contextlib.suppress(ValueError, SyntaxError):
            return ast.literal_eval(text)
        return text

    def until(self, expression: str, timeout: float = 20) -> Any:
        """Ask for ``expression`` again and again until it is true, and give its value. Fails after ``timeout`` seconds.

        The kernel's state comes to be after the picture changed, or before: never assert on it at once.
        """
        end = time.monotonic() + timeout
        while not (value := self.ask(expression)):
            assert time.monotonic() < end, f"{expression} is still {value!r} after {timeout} s"
            self.page.wait_for_timeout(30)
        return value

    def width(self, pixels: int) -> None:
        """Make the window ``pixels`` wide."""
        height = (self.page.viewport_size or {"height": 1000})["height"]
        self.page.set_viewport_size({"width": pixels, "height": height})

    def screenshot(self, name: str) -> Path:
        """A picture of the window, in the folder that ``SESSIONLAB_SCREENSHOTS`` names, else in one of the test run's own."""
        path = self._pictures / f"{name}.png"
        self.page.screenshot(path=path)
        return path
