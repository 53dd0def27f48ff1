"""What is said of data that cannot be trusted as it is, and on whose line."""

from __future__ import annotations

import sys


class DataWarning(UserWarning):
    """Rows of the data were refused, or cannot be trusted as they are."""


def outside() -> int:
    """The stack level of the first caller outside of the package: whose line a warning should name."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("sessionlab."):
        level, frame = level + 1, frame.f_back
    return level
