"""What the clock has come through since a step began: legs, each over the rows of the symbols that took part on it.

Where a symbol joins or leaves, one leg ends and the next begins, so a step tells of each symbol what became visible while it
took part. What is noted between two steps belongs to the later one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sessionlab.engine.step import Event, Leg
from sessionlab.session.present import Present
from sessionlab.session.session_rows import SessionRows
from sessionlab.trading.ledger import Entry, Fill


class Way:
    """The legs of the session at hand. ``noted`` is what happened in it that its rows do not tell."""

    def __init__(self, present: Present, ledger: Callable[[], Sequence[Entry]]) -> None:
        self._present = present
        self._ledger = ledger
        self.opened()

    def opened(self) -> None:
        """A session has been opened."""
        self.noted: list[Event] = []
        self._told = 0
        self.begin(at_open=True)

    def begin(self, *, at_open: bool) -> None:
        """A step begins here; ``at_open``: it is the first one of its session."""
        self._legs: list[Leg] = []
        self._entries = len(self._ledger())
        self._cut_at = self._told
        self._before = self._present.k - at_open

    def cross(self, rows: SessionRows, k: int, instant_ns: int | None) -> None:
        """The session goes on with other ``rows``, in which the moment at hand has number ``k``."""
        present = self._present
        at_open = self._before < present.rows.first and present.k == present.rows.first and not self._legs
        if self._before < present.k and not at_open:
            self._legs.append(self._leg(is_cut=True))
            self._cut_at = len(self.noted)
        present.rows, present.k, present.instant_ns = rows, k, instant_ns
        self._before = k - at_open

    @property
    def is_new(self) -> bool:
        """Whether the clock stands where the step began."""
        return not self._legs and self._before == self._present.k

    def legs(self) -> list[Leg]:
        """All legs of the step that ends here."""
        fills = tuple(entry for entry in self._ledger()[self._entries :] if isinstance(entry, Fill))
        legs = [*self._legs, self._leg(is_cut=False)._replace(fills=fills)]
        self._told = len(self.noted)
        self.begin(at_open=False)
        return legs

    def _leg(self, *, is_cut: bool) -> Leg:
        present = self._present
        return Leg(present.rows, self._before, present.k, present.now_ns, self.noted[self._cut_at :], is_cut)
