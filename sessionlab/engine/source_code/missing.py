"""What a text lacks to be run again, and why."""

from __future__ import annotations

from typing import NamedTuple


class Missing(NamedTuple):
    """``name`` could not be had as text, ``why`` not in words."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"
