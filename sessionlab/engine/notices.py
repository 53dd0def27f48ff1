"""What a person should be told about the data of a run, each thing once, and not before it could be known.

What was refused of a session, and what looks wrong with its stamps, is told at its close: said earlier, it would tell of
rows that have not come yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sessionlab.engine.loader import Loader
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape import Refused

OUTSIDE = 0.25
"""Share of a day's rows outside of the session from which its stamps are doubted, if bars are missing as well."""


class Notices:
    """Says what is new: rows refused, stamps that look wrong, windows not adjusted, what the config asks for in vain."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._told: set[str] = set()

    def new(self, rows: SessionRows, *, ended: bool) -> Iterator[str]:
        """What has not been told yet and may be told now, at the open or at the close of ``rows``' session."""
        before = rows.session.date + dt.timedelta(days=ended)
        for key, message in self._all(rows, before, ended):
            if key not in self._told:
                self._told.add(key)
                yield message

    def refused(self, rows: SessionRows, *, ended: bool) -> dict[tuple[str, str], Refused]:
        """What was refused so far, by symbol and series."""
        return self._loader.kept.refused(rows.session.date + dt.timedelta(days=ended))

    def _all(self, rows: SessionRows, before: dt.date, ended: bool) -> Iterator[tuple[str, str]]:
        for note in (*self._loader.plan.notes, *self._loader.notes):
            yield note, note
        for (symbol, series), what in self._loader.kept.refused(before).items():
            kinds = "put in order" if set(what.counts) == {"out_of_order"} else "refused"
            yield f"refused {symbol} {series}", f"{symbol} {series}: rows were {kinds}: {what}; see lab.refused"
        if ended:
            for symbol, message in doubts(rows):
                yield f"doubt {symbol}", message


def doubts(rows: SessionRows) -> Iterator[tuple[str, str]]:
    """Symbols whose stamps look wrong in a session that has ended, each with the reason.

    A row that starts at the close while the first bar is absent: the stamps may be ends. Many rows outside of the session
    while bars are missing in it: they may be in another zone.
    """
    session = rows.session
    for (symbol, interval), block in rows.today.items():
        if not interval.is_intraday or block.rows.size + block.off_session == 0:
            continue
        outside = block.off_session / (block.rows.size + block.off_session)
        if outside > OUTSIDE and block.rows.size < 0.95 * session.expected(interval):
            yield (
                symbol,
                f"{symbol} {interval} on {session.date}: {block.off_session:,} of {block.rows.size + block.off_session:,} rows "
                "lie outside of the session, where bars are missing: are the stamps in another zone? See sl.check(...)",
            )
            continue
        first_absent = block.rows.size > 0 and int(block.rows.start[0]) != session.open_ns
        if first_absent and (block.extended.start == session.close_ns).any():
            yield (
                symbol,
                f"{symbol} {interval} on {session.date}: no bar starts at the open, and one at the close: "
                "are the stamps the ends of bars? See sl.check(...)",
            )
