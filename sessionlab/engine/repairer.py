"""Absent bars of windows, made of finer stored bars where none of those is absent.

Stored bars are never changed, and nothing of the running session is made. A repaired bar is known from the session's open,
so it is in no session before that; a stored one that comes later takes its place. Finer bars are read for days with holes
alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sessionlab.derive.buckets import Grid, longer_bars
from sessionlab.derive.coverage import presence
from sessionlab.engine.kept_blocks import KeptBlocks
from sessionlab.errors import BadDataError
from sessionlab.session.plan import DAY, MINUTE, SECOND
from sessionlab.session.repairs import Repair
from sessionlab.tape import DayBlock, Rows, told
from sessionlab.timing import Interval, TradingSession

FINER = {DAY: (MINUTE, SECOND), MINUTE: (SECOND,)}


class _Mended(NamedTuple):
    """Bars that stand in for absent ones; of each the interval it is made of."""

    rows: Rows
    from_intervals: tuple[Interval, ...]


_NOTHING = _Mended(Rows.empty(), ())


class Repairer:
    """Repairs window blocks from what is ``stored`` of each symbol. What was made of a day is kept while a window reaches it.

    Finer bars that cannot be read repair nothing; as nobody asked for them, that ends no run, but is added to ``notes``.
    """

    def __init__(self, kept: KeptBlocks, stored: dict[str, Sequence[Interval]], notes: list[str]) -> None:
        self._kept = kept
        self._stored = stored
        self._notes = notes
        self._made: dict[tuple[str, Interval], dict[dt.date, _Mended]] = {}

    def mend(
        self, sessions: Sequence[TradingSession], blocks: Sequence[DayBlock], open_ns: int
    ) -> tuple[Sequence[DayBlock], list[Repair]]:
        """The window ``blocks`` of one symbol and interval, with the absent bars that can be made at today's open; and these."""
        repairs: list[Repair] = []
        if not blocks:
            return blocks, repairs
        symbol, interval = blocks[0].symbol, blocks[0].interval
        finer = [base for base in FINER.get(interval, ()) if base in self._stored.get(symbol, ())]
        if not finer:
            return blocks, repairs
        whole = list(blocks)
        for i, (session, block) in enumerate(zip(sessions, blocks, strict=True)):
            expected = session.expected(interval) if interval.is_intraday else 1
            if block.on_time and len(block.rows.start) == expected:
                continue
            rows, made_of = self._stand_ins(session, block, finer, open_ns)
            if rows.size:
                whole[i] = _with(block, rows, open_ns)
                counts = Grid.of([session], interval, made_of[0]).expected if len(set(made_of)) == 1 else None
                at = session.positions(rows.start, interval).tolist()
                for start, of, position in zip(rows.start.tolist(), made_of, at, strict=True):
                    count = Grid.of([session], interval, of).expected if counts is None else counts
                    repairs.append(Repair(symbol, interval, start, of, int(count[position]), session.date))
        return whole, repairs

    def knows(self, symbol: str, stored: Sequence[Interval]) -> None:
        """What is ``stored`` of ``symbol``, which has joined."""
        self._stored[symbol] = stored

    def drop_before(self, keep: Mapping[tuple[str, Interval], dt.date], today: dt.date) -> None:
        """Forget what was made of days before the date that ``keep`` names for symbol and interval, else before ``today``."""
        for key, made in self._made.items():
            oldest = keep.get(key, today)
            for date in [date for date in made if date < oldest]:
                del made[date]

    def _stand_ins(self, session: TradingSession, block: DayBlock, finer: Sequence[Interval], open_ns: int) -> _Mended:
        here = self._made.setdefault((block.symbol, block.interval), {})
        found = here.get(session.date)
        if found is None:
            found, settled = self._make(session, block, finer, open_ns)
            if settled:
                here[session.date] = found
        return found

    def _make(self, session: TradingSession, block: DayBlock, finer: Sequence[Interval], open_ns: int) -> tuple[_Mended, bool]:
        """What stands in for the bars absent by ``open_ns``, and whether later opens get the same."""
        interval, total, settled = block.interval, session.expected(block.interval), block.on_time
        known = block.rows if block.on_time else told(block.rows, open_ns)
        absent = ~presence(session.positions(known.start, interval), total, total)
        made: list[Rows] = []
        of: list[Interval] = []
        for base in finer:
            if not absent.any():
                break
            try:
                source = self._kept.passing(block.symbol, base, session)
            except BadDataError as why:
                self._note(f"{block.symbol} {interval} on {session.date}: absent bars are not made of {base} bars: {why}")
                continue
            settled &= source.on_time
            rows = source.rows if source.on_time else told(source.rows, open_ns)
            bars = longer_bars(rows, Grid.of([session], interval, base), incomplete="skip")
            at = session.positions(bars.start, interval)
            bars, at = bars.take(absent[at]), at[absent[at]]
            absent[at] = False
            made.append(bars)
            of += [base] * bars.size
        rows = Rows.join(made) if made else Rows.empty()
        return (_Mended(rows, tuple(of)) if rows.size else _NOTHING), settled

    def _note(self, note: str) -> None:
        if note not in self._notes:
            self._notes.append(note)


def _with(block: DayBlock, made: Rows, open_ns: int) -> DayBlock:
    """``block`` with the bars ``made`` in their places, known from ``open_ns``."""
    known_at = np.full(made.size, open_ns, dtype=np.int64)
    stand_ins = Rows.of(made.start, known_at, made.values, repaired=np.ones(made.size, dtype=bool))
    joined = Rows.join([block.rows, stand_ins])
    return replace(block, rows=joined.take(np.lexsort((joined.known_at, joined.start))), on_time=False)
