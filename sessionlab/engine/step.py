"""What one move of the clock brought: the answer of ``step``, ``advance`` and ``next``."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from sessionlab.engine.calls import flaws
from sessionlab.session.bars import BarView
from sessionlab.session.columns import Bar, bar_of
from sessionlab.session.present import Present
from sessionlab.session.session_rows import SessionRows


class Arrival(NamedTuple):
    """A bar that became visible."""

    symbol: str
    interval: str
    bar: Bar


class Event(NamedTuple):
    """Something else that happened: ``kind`` is ``open``, ``close``, ``gap`` or ``bucket``; ``reason`` says it in words."""

    kind: str
    symbol: str
    interval: str
    reason: str


class Step:
    """``now`` is where the clock stands, ``bars`` what became visible on the way, ``fills`` and ``events`` what happened.

    ``done`` is True when there was no later moment to go to. What a step brought is worked out when it is asked for.
    """

    def __init__(self, rows: SessionRows, before: int, k: int, now_ns: int, *, done: bool = False) -> None:
        self._rows = rows
        self._before = before
        self._k = k
        self._now_ns = now_ns
        self.done = done
        self.fills: tuple[Any, ...] = ()

    @property
    def now(self) -> pd.Timestamp:
        """Where the clock stands, in the exchange's zone."""
        return pd.Timestamp(self._now_ns, tz="UTC").tz_convert(self._rows.session.tz)

    @cached_property
    def bars(self) -> tuple[Arrival, ...]:
        """Bars that became visible, by start, then symbol as configured, then from short to long."""
        if self.done:
            return ()
        found = []
        for order, symbol in enumerate(self._rows.symbols):
            for stream in self._rows.plan.bars(symbol):
                start, seen = self._rows.first_seen(symbol, stream.interval)
                new = start[(seen > self._before) & (seen <= self._k)]
                if len(new):
                    view = BarView(Present(self._rows, self._k, self._now_ns), symbol, stream.interval, (True, True))
                    cut, size = view._now()
                    at = cut.rows.start[:size].searchsorted(new)
                    rank = stream.interval.rank
                    found += [
                        ((int(s), order, rank), Arrival(symbol, stream.stream, bar_of(cut, int(i))))
                        for s, i in zip(new, at, strict=True)
                    ]
        return tuple(arrival for _, arrival in sorted(found, key=lambda pair: pair[0]))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Opens, closes, gaps that began, and longer bars that were skipped or are incomplete."""
        if self.done:
            return ()
        rows, session = self._rows, self._rows.session
        found = []
        if self._before < rows.first:
            found.append(Event("open", "", "", f"session {session} opened"))
        for symbol in rows.symbols:
            for k, interval, reason in sorted(flaws(rows, symbol)):
                if self._before < k <= self._k:
                    kind = "bucket" if " of " in reason else "gap"
                    found.append(Event(kind, symbol, str(interval), reason))
        if self._k == rows.moments.last and self._now_ns >= session.close_ns:
            found.append(Event("close", "", "", f"session {session} closed"))
        return tuple(found)

    def __repr__(self) -> str:
        if self.done:
            return f"Step(now={self.now:%Y-%m-%d %H:%M:%S}, done=True)"
        counts: dict[str, int] = {}
        for arrival in self.bars:
            key = f"{arrival.symbol} {arrival.interval}"
            counts[key] = counts.get(key, 0) + 1
        bars = ", ".join(key if n == 1 else f"{key} x{n}" for key, n in counts.items()) or "nothing arrived"
        events = "".join(f"; {event.reason}" for event in self.events[:3])
        more = f"; and {len(self.events) - 3} more events" if len(self.events) > 3 else ""
        return f"Step(now={self.now:%Y-%m-%d %H:%M:%S}: {bars}{events}{more})"
