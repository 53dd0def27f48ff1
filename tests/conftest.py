"""What some tests need and not every machine has: folders of real market data, what drives a browser, and a Ctrl-C that is heard.

The data is not ours to hand out, so most machines do not have it: such a test is skipped there, and says what it missed.
With ``SESSIONLAB_REQUIRE_DATA=1`` it fails instead, so that a machine that should have the data cannot pass without it.
Tests in a browser cannot even be imported without playwright, so their folder is skipped as a whole (see browser/needed.py).
"""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path
from typing import NoReturn

import pytest
from browser.needed import need


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """Also by what tests start, and where a shell that runs them in the background has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """A Parquet store of real bars and quotes, named by ``SESSIONLAB_REAL_DATA``."""
    return _folder("SESSIONLAB_REAL_DATA", "a Parquet store of real data")


@pytest.fixture(scope="session")
def lean_data() -> Path:
    """A LEAN data folder, named by ``SESSIONLAB_LEAN_DATA``."""
    return _folder("SESSIONLAB_LEAN_DATA", "a LEAN data folder")


def _folder(variable: str, what: str) -> Path:
    name = os.environ.get(variable)
    if name and Path(name).is_dir():
        return Path(name).resolve()
    missing = f"{variable} is {name!r}, which is not a folder" if name else f"{variable} is not set"
    reason = f"{missing}: it names {what}, which is not part of the project"
    if os.environ.get("SESSIONLAB_REQUIRE_DATA") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class NoPlaywright(pytest.Directory):
    """The folder of the tests in a browser, where playwright is not installed."""

    def collect(self) -> NoReturn:
        need("playwright", "test")
        raise AssertionError("playwright is there after all")


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if path == Path(__file__).parent / "browser" and importlib.util.find_spec("playwright") is None:
        return NoPlaywright.from_parent(parent, path=path)
    return None
