"""Telling every so often what changes all the time: what is held back for a moment is owed, and told then."""

from __future__ import annotations

import time
from typing import ClassVar


class Unhurried:
    """A part that tells no more than once in ``every_s`` seconds, but at once what cannot wait.

    A true ``owes`` says that something is held back, so that it is asked again though nothing has changed.
    """

    every_s: ClassVar[float]

    def __init__(self) -> None:
        self.owes = False
        self._told_at = 0.0

    def _is_due(self, *, changed: bool, at_once: bool) -> bool:
        """Whether it is to tell now. ``changed``: there is news; ``at_once``: it cannot wait."""
        now = time.monotonic()
        pending = changed or at_once or self.owes
        self.owes = pending and not at_once and now - self._told_at < self.every_s
        if self.owes or not pending:
            return False
        self._told_at = now
        return True
