"""Earlier moments of a run: of the session at hand, or of one before it, whose rows are loaded again where they are gone."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sessionlab.engine.loader import Loader
from sessionlab.errors import LookAheadError, RewindError
from sessionlab.session.present import Present
from sessionlab.session.session_rows import SessionRows
from sessionlab.timing.clock_time import resolve_moment

KEPT = 2
"""Sessions before the one at hand whose rows are kept once they were looked at."""


class LookingBack:
    """Presents of moments up to that of ``present``. ``firsts`` are the numbers of the opens so far."""

    def __init__(self, loader: Loader, present: Present) -> None:
        self.firsts = [present.rows.first]
        self._loader = loader
        self._present = present
        self._rows: dict[int, SessionRows] = {}

    def opened(self, number: int) -> None:
        """Session ``number`` is at hand, perhaps with other symbols than before."""
        self.firsts[number:] = [self._present.rows.first]

    def forked(self, loader: Loader, present: Present) -> LookingBack:
        """The same for a fork of the run."""
        other = LookingBack(loader, present)
        other.firsts = list(self.firsts)
        return other

    def forget(self) -> None:
        """Load what is looked at anew: other symbols take part."""
        self._rows.clear()

    def load(self, number: int) -> SessionRows:
        """The rows of session ``number``, as they were numbered."""
        return self._loader.load(number, self.firsts[number])

    def at(self, moment: Any) -> Present:
        """A present of an earlier moment of the run: a clock time of this session, or a timestamp.

        Between two sessions it stands at the close before. Raises :class:`RewindError` before the first open and
        :class:`LookAheadError` after now.
        """
        present, sessions = self._present, self._loader.sessions
        session = present.rows.session
        instant = resolve_moment(moment, session)
        if instant > present.now_ns:
            now = pd.Timestamp(present.now_ns, tz="UTC").tz_convert(session.tz)
            raise LookAheadError(f"{moment!r} lies ahead of {now:%Y-%m-%d %H:%M:%S}; look back only", moment=moment)
        if instant >= session.open_ns:
            return Present(present.rows, present.rows.moments.at(instant), instant)
        number = int(sessions.open.searchsorted(instant, "right")) - 1
        if number < 0:
            first = sessions[0]
            raise RewindError(f"{moment!r} lies before the run, which begins at {first.open:%Y-%m-%d %H:%M}", moment=moment)
        rows = self._rows.get(number)
        if rows is None:
            if len(self._rows) >= KEPT:
                self._rows.pop(next(iter(self._rows)))
            rows = self._rows[number] = self.load(number)
        instant = min(instant, rows.session.close_ns)
        return Present(rows, rows.moments.at(instant), instant)
