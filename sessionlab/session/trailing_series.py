"""What historical indicators of days and of minutes share: which sessions they are made of, and what is missing.

They are live views: at the next open they tell of the sessions before that. Within a session they never change.
"""

from __future__ import annotations

import datetime as dt

from sessionlab.derive.trailing import Trail, Trailing
from sessionlab.markup.text import counted
from sessionlab.session.present import Present
from sessionlab.tape.actions import Split


class TrailingSeries:
    """A historical indicator of one symbol."""

    __slots__ = ("_present", "_recipe", "symbol")

    def __init__(self, present: Present, symbol: str, recipe: Trailing) -> None:
        self._present = present
        self._recipe = recipe
        self.symbol = symbol

    @property
    def name(self) -> str:
        """Its name in the config."""
        return self._recipe.name

    @property
    def count(self) -> int:
        """How many sessions it is made of."""
        return len(self._trail.used)

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """The sessions that it is made of."""
        return self._trail.used

    @property
    def skipped(self) -> tuple[dt.date, ...]:
        """Sessions of the period that closed early and are left out, where ``skip_early_close`` says so."""
        return self._trail.skipped

    @property
    def absent(self) -> tuple[dt.date, ...]:
        """Sessions of the period of which no bar was known at the open."""
        return self._trail.absent

    @property
    def incomplete(self) -> tuple[dt.date, ...]:
        """The ``dates`` of sessions that lack some of their bars, as far as the bars it is made of tell."""
        return self._trail.incomplete

    @property
    def why(self) -> str | None:
        """What is missing, in words: ``10 sessions asked, 3 are stored: from … to …``. None where nothing is."""
        return self._trail.why

    @property
    def unadjusted(self) -> tuple[Split, ...]:
        """The splits within its period that it was not adjusted for. See ``session_data_config.adjust``."""
        return self._present.rows.unadjusted_trail(self.symbol, self._recipe)

    @property
    def _trail(self) -> Trail:
        return self._present.rows.trail(self.symbol, self._recipe)

    def made_of(self) -> str:
        """In words: what it is, of which sessions, and what is missing."""
        trail = self._trail
        over = "no session" if not trail.used else f"{trail.used[0]} to {trail.used[-1]}"
        count = f"{counted(len(trail.used), 'session')}, " if trail.used else ""
        early = f", {len(trail.skipped)} skipped (closed early)" if trail.skipped else ""
        short = f", {len(trail.incomplete)} of them incomplete" if trail.incomplete else ""
        jumps = "".join(f", not adjusted for {split}" for split in self.unadjusted)
        lacks = "" if trail.why is None else f"; {trail.why}"
        return f"{self._recipe.words} of {count}{over}{early}{short}{jumps}{lacks}"


def plain(value: float) -> str:
    """With separators and two decimals, those of a whole number left out.

    >>> plain(4861396.5), plain(93.0)
    ('4,861,396.50', '93')
    """
    return f"{value:,.0f}" if value == value and value == round(value) else f"{value:,.2f}"
