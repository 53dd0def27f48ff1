"""What tests in a browser need. Where it is not there they are skipped, and say what to install; with ``CI=true`` they fail."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import NoReturn

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def need(module: str, extra: str) -> None:
    """Go on only where ``module`` is installed, which comes with ``sessionlab[extra]``."""
    if importlib.util.find_spec(module) is None:
        _absent(f"{module} is not installed", f"pip install 'sessionlab[{extra}]'")


def chromium_path() -> str:
    """The Chromium on the PATH."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    return path or _absent("Chromium is not on the PATH", "as root, apt-get install chromium fonts-dejavu-core")


def _absent(what: str, remedy: str) -> NoReturn:
    reason = f"{what}, so nothing is looked at in a browser: {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
