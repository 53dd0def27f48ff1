"""Where rows come from. ``Files`` and ``Frames`` are for a user's own data; names are loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.sources.files import Files
    from sessionlab.sources.frames import Frames

__all__ = ["Files", "Frames"]
_HOMES = {"Files": "sessionlab.sources.files", "Frames": "sessionlab.sources.frames"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sessionlab.sources' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
