"""The player: what a person steers a session with, and sees how far it is and where something happened.

The scrubber shows how full the data is so far, fills, and the edges of the session; moving it moves the clock.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.trading.ledger import Fill
from sessionlab.widgets.facts import MS
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.strip import STRETCHES, Strip
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.telling import Told

if TYPE_CHECKING:
    from sessionlab.lab import Lab

NOT_YET = 255
"""Of a stretch that is still to come, in the strip's bytes: else 0 to 200, for none to all of its bars."""
_FULL = 200


class PlayerPart:
    """Tells of the scrubber: ``strip`` (uint8, by stretch), and ``fills`` of the session as ``[ms, side, words]``."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._before: Standing | None = None
        self._strip = Strip(lab.data)
        self._bytes = np.full(STRETCHES, NOT_YET, dtype=np.uint8)
        self._entries = 0

    def tell(self, standing: Standing) -> Told | None:
        """The strip where it changed, and fills that are new."""
        fresh = not standing.goes_on_from(self._before)
        if fresh:
            self._strip, self._entries = Strip(self._lab.data), 0
        strip = self.strip()
        changed = fresh or not np.array_equal(strip, self._bytes)
        fills = self._fills()
        self._before, self._bytes = standing, strip
        if not (fresh or changed or fills):
            return None
        return Told({"fills": fills}, {"strip": strip} if changed else {}, fresh)

    def ask(self, what: Mapping[str, Any]) -> None:
        """Nothing of it can be chosen but to hear all again."""
        self._before = None

    def strip(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """The fullness of each stretch as a byte."""
        fullness = self._strip.fullness()
        return np.where(np.isnan(fullness), NOT_YET, np.round(np.nan_to_num(fullness) * _FULL)).astype(np.uint8)

    def still(self) -> str:
        """A line of words: there is nothing to press."""
        lab = self._lab
        return f"<p><b>{html.escape(lab.name)}</b> · {lab.state} · {html.escape(str(lab.progress))}</p>"

    def _fills(self) -> list[list[Any]]:
        session, ledger = self._lab.session, self._lab._engine.desk.account.ledger
        new = ledger[self._entries :]
        self._entries = len(ledger)
        return [
            [fill.time_ns / MS, fill.side, f"{fill.side} {fill.quantity:g} {fill.symbol} at {fill.price:.2f}"]
            for fill in new
            if isinstance(fill, Fill) and session.open_ns <= fill.time_ns < session.close_ns
        ]


class Player(Surface):
    """Play and pause, steps, jumps, speed and a scrubber for ``lab``, by mouse and by keyboard.

    Space plays and pauses, the arrows step, with shift by five minutes, Home and End go to the open and the close, n, f and g to
    the next session, fill and gap, + and - change the speed.
    """

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"player": PlayerPart})
