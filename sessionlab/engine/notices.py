"""What a person should be told about the data of a run, each thing once, and not before it could be known.

What was refused of a session, and what looks wrong with its stamps, is told at its close: said earlier, it would tell of
rows that have not come yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from sessionlab.derive.quotes import CROSSED, FLAGS, ONE_SIDED, flag_codes
from sessionlab.engine.loader import Loader
from sessionlab.session.session_rows import SessionRows
from sessionlab.sources.label_votes import Part, session_votes
from sessionlab.sources.protocol import EndsEarly
from sessionlab.tape import DayBlock, Refused, Rows
from sessionlab.tape.block import BAR_COLUMNS
from sessionlab.timing import TradingSession

OUTSIDE = 0.25
"""Share of a day's rows outside of the session from which its stamps are doubted, if bars are missing as well."""

NO_PRICES = 0.03
"""Share of a session's quotes that are one-sided or crossed from which it is told. Before the open many are."""


class Notices:
    """Says what is new: rows refused, stamps that look wrong, windows not adjusted, what the config asks for in vain."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._told: set[str] = set()
        self._looked_at: SessionRows | None = None
        self._barren: list[tuple[str, str]] = []
        self._ends = loader.source if isinstance(loader.source, EndsEarly) else None

    def new(self, rows: SessionRows, *, ended: bool, now_ns: int) -> Iterator[str]:
        """What has not been told yet and may be told now, at the open or at the close of ``rows``' session."""
        before = rows.session.date + dt.timedelta(days=ended)
        for key, message in chain(self._ending(now_ns), self._all(rows, before, ended)):
            if key not in self._told:
                self._told.add(key)
                yield message

    def refused(self, rows: SessionRows, *, ended: bool) -> dict[tuple[str, str], Refused]:
        """What was refused so far, by symbol and series."""
        return self._loader.kept.refused(rows.session.date + dt.timedelta(days=ended))

    def _ending(self, now_ns: int) -> Iterator[tuple[str, str]]:
        if self._ends is not None and now_ns > self._ends.until_ns:
            yield "ending", self._ends.ending()

    def _all(self, rows: SessionRows, before: dt.date, ended: bool) -> Iterator[tuple[str, str]]:
        for note in (*self._loader.plan.notes, *self._loader.notes):
            yield note, note
        for (symbol, series), what in self._loader.kept.refused(before).items():
            kinds = "put in order" if set(what.counts) == {"out_of_order"} else "refused"
            yield f"refused {symbol} {series}", f"{symbol} {series}: rows were {kinds}: {what}; see lab.refused"
        yield from self._barren_windows(rows)
        if ended and self._ends is None:  # else bars are missing for another reason
            for key, message in barren(rows):
                yield key, message
            for symbol, message in doubts(rows):
                yield f"doubt {symbol}", message
            for symbol, message in worthless_quotes(rows):
                yield f"quotes {symbol}", message

    def _barren_windows(self, rows: SessionRows) -> Sequence[tuple[str, str]]:
        """Looked for once a session: steps by hand ask at each moment."""
        if rows is not self._looked_at:
            self._looked_at, self._barren = rows, list(barren_windows(rows))
        return self._barren


def barren(rows: SessionRows) -> Iterator[tuple[str, str]]:
    """Series without any row of a session that has ended, each with a key of its own, so that it is told once a run."""
    for (symbol, interval), block in rows.today.items():
        if not block.rows.size and not block.off_session and not rows.arriving:  # of rows off its hours doubts tell
            yield (
                f"barren {symbol} {interval}",
                f"{symbol} {interval}: no bar at all in the session of {rows.session.date}; "
                "how many sessions are like it is told by lab.data.quality()",
            )


def barren_windows(rows: SessionRows) -> Iterator[tuple[str, str]]:
    """Windows that were asked for and have no bar, as of the open."""
    for (symbol, interval), window in rows.windows.items():
        if window.sessions and not any(block.rows.size for block in window.blocks):
            first, last = window.sessions[0].date, window.sessions[-1].date
            yield (
                f"barren window {symbol} {interval}",
                f"{symbol} {interval}: no {window.base} bar is stored of the window before {rows.session.date}, from {first} to "
                f"{last}: what stands on it has no value",
            )


def doubts(rows: SessionRows) -> Iterator[tuple[str, str]]:
    """Symbols whose stamps look wrong in a session that has ended, each with the reason.

    Edges that speak for ends of bars: the stamps may be ends. Many rows outside of the session while bars are missing in it:
    they may be in another zone.
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
        if (block.extended.start == session.close_ns).any() and _look_like_ends(block, session):
            yield (
                symbol,
                f"{symbol} {interval} on {session.date}: trading sets in one bar after the open, and there is a last bar at the "
                "close: are the stamps the ends of bars? See sl.check(...)",
            )


def _look_like_ends(block: DayBlock, session: TradingSession) -> bool:
    day = Rows.join([block.rows, block.extended])
    order = np.argsort(day.start, kind="stable")
    part = Part(day.start[order], day.values[BAR_COLUMNS.index("volume")][order])
    edges = np.array([session.open_ns]), np.array([session.close_ns])
    return bool(session_votes(part, block.interval.ns, *edges, session.tz).ends[0])


def worthless_quotes(rows: SessionRows) -> Iterator[tuple[str, str]]:
    """Symbols of which more than a few recorded quotes are no prices in a session that has ended, each with the counts."""
    session = rows.session
    for symbol, block in rows.quotes.items():
        first, last = (
            block.rows.known_at.searchsorted(session.open_ns),
            block.rows.known_at.searchsorted(session.close_ns, "right"),
        )
        bid, _, ask, _ = block.rows.values[:, first:last]
        counts = np.bincount(flag_codes(bid, ask), minlength=len(FLAGS))
        if counts[ONE_SIDED] + counts[CROSSED] > NO_PRICES * counts.sum():
            yield (
                symbol,
                f"{symbol} quotes on {session.date}: {counts[CROSSED]:,} crossed and {counts[ONE_SIDED]:,} one-sided of "
                f"{counts.sum():,} in the session; none of them is used as a price. See sl.check(...).quotes",
            )
