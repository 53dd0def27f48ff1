"""Which bars are there, day by day: of the sessions of the run so far, the one at hand included, and of the windows before it.

All of it is as known now. What has been asked of a day that has ended stays the same, so only its counts are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sessionlab.session.quality import PastSeries, Series, Shortfalls, past_of
from sessionlab.session.session_rows import SessionRows
from sessionlab.session.window_quality import WindowDay, window_days
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval, TradingSession
from sessionlab.widgets.other_widths import said_elsewhere

if TYPE_CHECKING:
    from sessionlab.lab import Lab

Key = tuple[str, Interval]
"""A symbol and an interval."""


class Day(NamedTuple):
    """A day to look at: a ``session`` of the run, or one of the windows before the session at hand (``part`` is ``window``)."""

    part: str
    session: TradingSession


class KnownBars:
    """What ``lab`` knows now. One is made for each session, and another where the run went back."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._rows: SessionRows = lab._engine.present.rows
        today = self._rows.session
        ended = [
            one for one in lab._engine.past if one.session.close_ns <= today.open_ns or (one.session == today and one.has_left)
        ]
        self._past: dict[tuple[TradingSession, str], list[PastSeries]] = {}
        for one in ended:
            self._past.setdefault((one.session, one.symbol), []).append(one)
        self._windows: dict[Key, dict[TradingSession, WindowDay]] = {}
        self._counts: dict[tuple[Day, Key], tuple[int, int]] = {}
        self._keys: dict[Interval | None, list[Key]] = {}
        self._days: dict[tuple[Key, ...], list[Day]] = {}
        self.today = Day("session", today)
        self.of_sessions, self.of_windows = lab._engine.around.measured

    @property
    def now_ns(self) -> int:
        """Now of the lab."""
        return self._lab._engine.present.now_ns

    @property
    def version(self) -> tuple[int, ...]:
        """Another one where rows came late or were corrected: what was known of the bars before need not hold."""
        k, rows = self._lab._engine.present.k, self._rows
        return tuple(rows.base_tape(symbol, base).telling(k).since for symbol in rows.symbols for base in rows.bases_of(symbol))

    @property
    def symbols(self) -> list[str]:
        """Symbols that take part, then those that did before."""
        return list(dict.fromkeys([*self._rows.symbols, *(symbol for _, symbol in self._past)]))

    @property
    def intervals(self) -> list[Interval]:
        """The planned intervals of all symbols, from short to long."""
        planned = {stream.interval for symbol in self._rows.symbols for stream in self._rows.plan.bars(symbol)}
        return sorted(planned)

    def keys(self, interval: Interval | None) -> list[Key]:
        """The series of ``interval``, one for each symbol that has it; None: of the shortest stored one of each."""
        found = self._keys.get(interval)
        if found is None:
            found = self._keys[interval] = self._keys_of(interval)
        return found

    def _keys_of(self, interval: Interval | None) -> list[Key]:
        found = []
        for symbol in self.symbols:
            if symbol in self._rows.bases:
                planned = [stream.interval for stream in self._rows.plan.bars(symbol)]
                base = self._rows.finest(symbol)
            else:
                last = [one for (_, of), some in self._past.items() if of == symbol for one in some]
                planned, base = [one for past in last for one in past.intervals], min(past.base for past in last)
            if interval is None or interval in planned:
                found.append((symbol, base if interval is None else interval))
        return found

    def days(self, keys: Sequence[Key]) -> list[Day]:
        """Every day of which something is known, in order. A day that is a session of the run is none of a window."""
        found = self._days.get(tuple(keys))
        if found is None:
            found = self._days[tuple(keys)] = self._days_of(keys)
        return found

    def _days_of(self, keys: Sequence[Key]) -> list[Day]:
        sessions = list(dict.fromkeys([*(session for session, _ in self._past), self.today.session]))
        dates = {session.date for session in sessions}
        window = {session for key in keys for session in self._window(key)} if self.of_windows else set()
        before = [Day("window", session) for session in window if session.date not in dates]
        return sorted([*before, *(Day("session", session) for session in sessions)], key=lambda day: day.session.open_ns)

    def starts(self, day: Day, key: Key) -> tuple[Int64s, int]:
        """Starts of the bars that are there (longer ones: and complete), ascending, and how many are expected so far."""
        symbol, interval = key
        if day != self.today or symbol not in self._rows.bases:
            series = self.series(day, key)
            if series is None:
                return np.empty(0, np.int64), 0
            return day.session.starts(interval)[: len(series.there)][series.there], len(series.there)
        cut, size = self._lab.data[symbol].bars(interval)._now()
        starts, complete = cut.rows.start[:size], cut.rows.complete
        due = day.session.expected(interval, self.now_ns)
        return (starts if complete is None else starts[complete[:size]]), due

    def news(self, day: Day, key: Key) -> tuple[object, int]:
        """Another value where :meth:`starts` may have changed but for what is expected; compare the first by identity."""
        if day != self.today or key[0] not in self._rows.bases:
            return self, 0
        return self._lab.data[key[0]].bars(key[1])._now()

    def counts(self, day: Day, key: Key) -> tuple[int, int]:
        """How many bars of ``day`` are there, of how many expected so far."""
        found = self._counts.get((day, key))
        if found is None:
            starts, due = self.starts(day, key)
            found = len(starts), due
            if day != self.today:
                self._counts[day, key] = found
        return found

    def series(self, day: Day, key: Key) -> Series | None:
        """What was there of ``day``, bar by bar; None where nothing is known of it."""
        symbol, interval = key
        if day.part == "window":
            known = self._window(key).get(day.session)
            if known is None:
                return None
            made_of = (one.from_interval for one in self._rows.repairs if one.symbol == symbol and one.date == day.session.date)
            names = " and ".join(dict.fromkeys(map(str, made_of)))
            return Series(symbol, interval, known.session, known.there, 0, None, known.repaired, names)
        if day == self.today and symbol in self._rows.bases:
            k, now_ns = self._lab._engine.present.k, self.now_ns
            there = self._rows.present(symbol, interval, k, now_ns)
            late = self._rows.came_late(symbol, interval, k, now_ns)
            return Series(symbol, interval, day.session, there, 0, late)
        unpacked = (one for past in self._of_past(day, symbol) for one in past.unpack())
        return next((one for one in unpacked if one.interval == interval), None)

    def short_bars(self, day: Day, symbol: str, interval: Interval) -> tuple[Interval, Shortfalls] | None:
        """The longer bars of ``interval`` that lack base bars, and that base; None where there are no such bars."""
        if day.part == "window":
            return None
        if day == self.today and symbol in self._rows.bases:
            pasts = past_of(self._rows, symbol, self._lab._engine.present.k, self.now_ns)
        else:
            pasts = self._of_past(day, symbol)
        for past in pasts:
            if interval in past.intervals and interval != past.base:
                return past.base, past.shortfalls(interval, day.session.expected(interval, self.now_ns))
        return None

    def made_of(self, key: Key) -> Interval | None:
        """The shorter bars that those of a series are made of; None for stored ones."""
        symbol, interval = key
        if symbol not in self._rows.bases:
            return None
        bases = (stream.base for stream in self._rows.plan.bars(symbol) if stream.interval == interval)
        return next((base for base in bases if base != interval), None)

    def said_elsewhere(self, day: Day, key: Key, start: int, end: int) -> str | None:
        """What bars of another width say of an absent stretch; None where they say nothing, or are not here any more."""
        is_here = day == self.today and key[0] in self._rows.bases
        return said_elsewhere(self._lab.data, *key, start, end) if is_here else None

    def _of_past(self, day: Day, symbol: str) -> list[PastSeries]:
        """What was kept of a day at its close; where the symbol had left before, when it left."""
        kept = self._past.get((day.session, symbol), [])
        return [one for one in kept if not one.has_left] or kept

    def _window(self, key: Key) -> dict[TradingSession, WindowDay]:
        found = self._windows.get(key)
        if found is None:
            symbol, _ = key
            days = window_days(self._rows, *key) if symbol in self._rows.bases else []
            found = self._windows[key] = {day.session: day for day in days}
        return found
