"""What one move of the clock brought: the answer of ``step``, ``advance`` and ``next``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from sessionlab.engine.calls import flaws
from sessionlab.session.bars import BarView
from sessionlab.session.columns import Bar, bar_of
from sessionlab.session.plan import Stream
from sessionlab.session.present import Present
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape.block import Int64s
from sessionlab.trading.ledger import Fill


class Arrival(NamedTuple):
    """A bar that became visible."""

    symbol: str
    interval: str
    bar: Bar


class Event(NamedTuple):
    """Something else that happened: ``kind`` is ``open close gap bucket join leave`` or ``lag``; ``reason`` says it in words."""

    kind: str
    symbol: str
    interval: str
    reason: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.symbol, self.interval, self.reason) if part)


class Leg(NamedTuple):
    """A stretch of one session: from moment ``before`` (not included) to moment ``k``, where the clock stood at ``now_ns``.

    ``noted`` is what happened on it that the rows do not tell. One that ``is_cut`` ends because symbols join or leave; another
    goes on from there. ``fills`` are those that became known since the step began, on its last leg.
    """

    rows: SessionRows
    before: int
    k: int
    now_ns: int
    noted: Sequence[Event] = ()
    is_cut: bool = False
    fills: tuple[Fill, ...] = ()

    def bars(self) -> list[Arrival]:
        """Bars that became visible on it, by start, then symbol as configured, then from short to long."""
        found = []
        for order, symbol, stream, new in self._new():
            view = BarView(Present(self.rows, self.k, self.now_ns), symbol, stream.interval, (True, True))
            cut, size = view._now()
            at = cut.rows.start[:size].searchsorted(new)
            rank = stream.interval.rank
            found += [
                ((int(s), order, rank), Arrival(symbol, stream.stream, bar_of(cut, int(i)))) for s, i in zip(new, at, strict=True)
            ]
        return [arrival for _, arrival in sorted(found, key=lambda pair: pair[0])]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many bars became visible on it by symbol and interval, in the sequence of the first of each; none is made."""
        found = [
            ((int(new.min()), order, stream.interval.rank), (symbol, stream.stream), len(new))
            for order, symbol, stream, new in self._new()
        ]
        return {key: count for _, key, count in sorted(found)}

    def _new(self) -> Iterator[tuple[int, str, Stream, Int64s]]:
        """The number of each symbol, itself, each of its streams, and starts of the bars of it that became visible, if any."""
        for order, symbol in enumerate(self.rows.symbols):
            for stream in self.rows.plan.bars(symbol):
                start, seen = self.rows.first_seen(symbol, stream.interval)
                new = start[(seen > self.before) & (seen <= self.k)]
                if len(new):
                    yield order, symbol, stream, new

    def events(self) -> list[Event]:
        """What else happened on it."""
        rows, session = self.rows, self.rows.session
        found = []
        if self.before < rows.first:
            found.append(Event("open", "", "", f"session {session} opened"))
        for symbol in rows.symbols:
            for flaw in sorted(flaws(rows, symbol)):
                if self.before < flaw.k <= self.k:
                    found.append(Event(flaw.kind, symbol, str(flaw.interval), flaw.reason))
        found += self.noted
        if not self.is_cut and self.k == rows.moments.last and self.now_ns >= session.close_ns:
            found.append(Event("close", "", "", f"session {session} closed"))
        return found


class Step:
    """``now`` is where the clock stands, ``bars`` what became visible on the way, ``fills`` and ``events`` what happened.

    ``done`` is True when there was no later moment to go to. What a step brought is worked out when it is asked for.
    """

    def __init__(self, legs: Sequence[Leg], *, done: bool = False) -> None:
        self._legs = tuple(legs)
        self.done = done
        self.fills: tuple[Fill, ...] = tuple(fill for leg in self._legs for fill in leg.fills)

    @property
    def now(self) -> pd.Timestamp:
        """Where the clock stands, in the exchange's zone."""
        last = self._legs[-1]
        return pd.Timestamp(last.now_ns, tz="UTC").tz_convert(last.rows.session.tz)

    @cached_property
    def bars(self) -> tuple[Arrival, ...]:
        """Bars that became visible, by session, start, then symbol as configured, then from short to long."""
        return () if self.done else tuple(arrival for leg in self._legs for arrival in leg.bars())

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Opens, closes, gaps that began, longer bars skipped or incomplete, symbols that join or leave, and sleep."""
        return () if self.done else tuple(event for leg in self._legs for event in leg.events())

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many bars became visible by symbol and interval; the same as to count ``bars``, but at no cost."""
        counts: dict[tuple[str, str], int] = {}
        for leg in () if self.done else self._legs:
            for key, count in leg.counts().items():
                counts[key] = counts.get(key, 0) + count
        return counts

    def __repr__(self) -> str:
        if self.done:
            return f"Step(now={self.now:%Y-%m-%d %H:%M:%S}, done=True)"
        told = [f"{symbol} {interval}" + (f" x{n}" if n > 1 else "") for (symbol, interval), n in self.counts.items()]
        bars = ", ".join(told) or "nothing arrived"
        filled = "".join(f"; {fill.side} {fill.quantity:g} {fill.symbol} at {fill.price:.2f}" for fill in self.fills[:3])
        filled += f"; and {len(self.fills) - 3} more fills" if len(self.fills) > 3 else ""
        events = "".join(f"; {event}" for event in self.events[:3])
        more = f"; and {len(self.events) - 3} more events" if len(self.events) > 3 else ""
        return f"Step(now={self.now:%Y-%m-%d %H:%M:%S}: {bars}{filled}{events}{more})"

    def _repr_html_(self) -> str:
        from sessionlab.engine.step_page import step_page

        return step_page(self)
