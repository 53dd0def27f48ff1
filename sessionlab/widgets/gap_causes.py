"""Why bars are absent, as far as the project knows: it guesses nothing.

Known are the end of the data, a halt of which the source tells, and a stretch without a trade where stored bars of another width
prove it. All else is not known, and said so, with what other symbols had then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sessionlab.sources.protocol import EndsEarly, Source, TellsHalts
from sessionlab.timing.interval import SECOND_NS
from sessionlab.widgets.known_bars import Day, Key, KnownBars

_SETTLES_NS = 60 * SECOND_NS
"""After so long no stored bar of another width, which is a minute at most, can say more of a stretch."""


class Absent(NamedTuple):
    """A stretch of absent bars, in ns UTC."""

    day: Day
    key: Key
    start: int
    end: int


class Causes:
    """Why bars of ``known`` are absent, as far as the project can tell. What cannot change any more is worked out once."""

    def __init__(self, known: KnownBars, source: Source) -> None:
        self._known = known
        self._ends_ns = source.until_ns if isinstance(source, EndsEarly) else None
        self._source = source if isinstance(source, TellsHalts) else None
        self._halts: dict[tuple[str, Day], list[tuple[int, int]]] = {}
        self._settled: dict[Absent, str] = {}
        self._version = known.version

    def renew(self) -> None:
        """Forget what was settled, where rows came late or were corrected since."""
        version = self._known.version
        if version != self._version:
            self._version, self._settled = version, {}

    def of(self, absent: Absent, others: Callable[[], str]) -> str:
        """The cause in words, of which ``others`` tells what other symbols did."""
        found = self._settled.get(absent)
        if found is None:
            found = self._worked_out(absent, others)
            if absent.end + _SETTLES_NS <= self._known.now_ns:
                self._settled[absent] = found
        return found

    def _worked_out(self, absent: Absent, others: Callable[[], str]) -> str:
        day, key, start, end = absent
        if self._ends_ns is not None and start >= self._ends_ns:
            return "the data ends before it"
        for begin, until in self._halts_of(key[0], day):
            if begin <= start and end <= until:
                return "halt"
            if start < until and begin < end:
                bars, part = divmod(min(end, until) - max(start, begin), key[1].ns or end - start)
                return "a halt in a part of it, the rest not known" if part else f"halt in {bars:,} of them, the rest not known"
        base = self._known.made_of(key)
        if base is not None:
            return f"{base} bars that it is made of are absent"
        proof = self._known.said_elsewhere(day, key, start, end)
        if proof is not None:
            return proof
        told = others()
        return f"not known; {told}" if told else "not known"

    def _halts_of(self, symbol: str, day: Day) -> list[tuple[int, int]]:
        if self._source is None:
            return []
        found = self._halts.get((symbol, day))
        if found is None:
            found = self._halts[symbol, day] = self._source.halts(symbol, day.session)
        return found
