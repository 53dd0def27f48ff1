"""Room for words within a drawing: each is put at the first of its places that is free, and left out where none is."""

from __future__ import annotations

from collections.abc import Iterable

from sessionlab.charts.text import text_width

_ABOVE, _BELOW = 9.0, 3.0  # of a baseline, at size 10
SMALL = 10.0


class Labels:
    """What is taken of the room between ``left``, ``top``, ``right`` and ``bottom``."""

    def __init__(self, left: float, top: float, right: float, bottom: float) -> None:
        self._room = left, top, right, bottom
        self._taken: list[tuple[float, float, float, float]] = []

    def take(self, left: float, top: float, right: float, bottom: float) -> None:
        """Let nothing be written there."""
        self._taken.append((left, top, right, bottom))

    def put(self, text: str, places: Iterable[tuple[float, float]]) -> tuple[float, float] | None:
        """The first of ``places``, middles of a baseline, that is free, and taken from now on; None where none is.

        One that leads over the left or right edge is moved inside.
        """
        half = text_width(text, SMALL) / 2 + 1.0
        a, b, c, d = self._room
        if 2 * half > c - a:
            return None
        for wanted, y in places:
            x = min(max(wanted, a + half), c - half)
            box = x - half, y - _ABOVE, x + half, y + _BELOW
            if box[1] < b or box[3] > d:
                continue
            if not any(box[0] < r and box[2] > le and box[1] < bo and box[3] > t for le, t, r, bo in self._taken):
                self._taken.append(box)
                return x, y
        return None
