"""Versions of what numbers depend on: a run on others may come out otherwise."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("sessionlab", "numpy", "pandas", "pyarrow", "exchange_calendars", "TA-Lib")


@cache
def versions() -> dict[str, str]:
    """Python's version, and those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
