"""Versions of what numbers depend on: a run on others may come out otherwise."""

from __future__ import annotations

import platform
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("numpy", "pandas", "pyarrow", "exchange_calendars", "TA-Lib")


@cache
def versions() -> dict[str, str]:
    """Python's version, ours, also where it runs from a folder that is not installed, and those of the packages that are."""
    # By name, as an import of the whole package would lead up through the layers.
    found = {"python": platform.python_version(), "sessionlab": import_module("sessionlab").__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
