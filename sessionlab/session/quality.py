"""How complete the data was: tables of coverage and gaps, per session, symbol and interval.

Of a session that has ended, one bit per expected base bar is kept; its tables are made when they are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sessionlab.derive.buckets import Grid
from sessionlab.derive.coverage import complete_buckets, find_gaps
from sessionlab.session.columns import zoned
from sessionlab.session.present import Present
from sessionlab.session.quality_tables import QUALITY_COLUMNS, gap_table, quality_table
from sessionlab.session.session_rows import SessionRows
from sessionlab.session.window_quality import window_days
from sessionlab.tape.block import Bools, Int64s
from sessionlab.timing import Interval, TradingSession


@dataclass(frozen=True, slots=True)
class Series:
    """What was there of one symbol and interval in one session.

    ``there`` is about its expected bars so far; ``late`` are those among them that were absent when they were due, ``repaired``
    those of a window that stand in for absent ones, made of ``repaired_from`` (None: none).
    """

    symbol: str
    interval: Interval
    session: TradingSession
    there: Bools
    off_session: int
    late: Bools | None = None
    repaired: Bools | None = None
    repaired_from: str = ""

    def so_far(self, now_ns: int) -> Series:
        """The same, about the bars that are expected by ``now_ns``."""
        expected = self.session.expected(self.interval, now_ns)
        if expected == len(self.there):
            return self
        late = None if self.late is None else self.late[:expected]
        return replace(self, there=self.there[:expected], late=late)

    def quality_row(self, measured: bool) -> tuple[object, ...]:
        """A row of :data:`QUALITY_COLUMNS`; coverage is NaN where it was not measured."""
        gaps = find_gaps(self.there)
        expected, present = len(self.there), int(np.count_nonzero(self.there))
        coverage = 100.0 * present / expected if expected and measured else float("nan")
        key = (self.symbol, str(self.interval), self.session.date)
        return (*key, expected, present, coverage, len(gaps.first), gaps.longest, self.off_session)


@dataclass(frozen=True, slots=True)
class PastSeries:
    """The base bars of one symbol in a session that has ended, packed; ``intervals`` are the series made of them."""

    symbol: str
    base: Interval
    intervals: tuple[Interval, ...]
    session: TradingSession
    bits: NDArray[np.uint8]
    late_bits: Mapping[Interval, NDArray[np.uint8]]
    off_session: int
    until_ns: int | None = None
    """When its symbol left the session, from where on nothing is expected of it; None: it was there at the close."""

    @property
    def has_left(self) -> bool:
        """Whether its symbol left the session before its close."""
        return self.until_ns is not None

    def unpack(self) -> Iterator[Series]:
        """What was there of each interval at the close, or when its symbol left."""
        for one in self._whole():
            yield one if self.until_ns is None else one.so_far(self.until_ns)

    def _whole(self) -> Iterator[Series]:
        count = self.session.expected(self.base)
        there = _unpacked(self.bits, count).astype(bool)
        for interval in self.intervals:
            bits = self.late_bits.get(interval)
            late = None if bits is None else _unpacked(bits, self.session.expected(interval)).astype(bool)
            if interval == self.base:
                yield Series(self.symbol, interval, self.session, there, self.off_session, late)
                continue
            whole = Grid.of([self.session], interval, self.base).expected
            yield Series(self.symbol, interval, self.session, complete_buckets(there, whole), self.off_session, late)

    def bars_made(self, interval: Interval, incomplete: str) -> int:
        """How many bars of ``interval`` there were: stored ones, or longer ones under the rule ``incomplete``."""
        count = self.session.expected(self.base)
        there = _unpacked(self.bits, count)
        if interval == self.base:
            return int(there.sum())
        whole = Grid.of([self.session], interval, self.base).expected
        have = _per_bucket(there, whole)
        return int(np.count_nonzero(have == whole if incomplete == "skip" else have))

    def shortfalls(self, interval: Interval, expected: int) -> Shortfalls:
        """Bars of ``interval`` that lack base bars, among the first ``expected``."""
        there = _unpacked(self.bits, self.session.expected(self.base))
        grid = Grid.of([self.session], interval, self.base)
        expected = expected if self.until_ns is None else min(expected, self.session.expected(interval, self.until_ns))
        have = _per_bucket(there, grid.expected)
        short = np.flatnonzero(have[:expected] < grid.expected[:expected])
        return Shortfalls(grid.start[short], grid.end[short], have[short], grid.expected[short])


class Shortfalls(NamedTuple):
    """Longer bars that lack base bars: ``start``, ``end``, how many they ``have`` of those ``expected``; each (bars,)."""

    start: Int64s
    end: Int64s
    have: Int64s
    expected: Int64s


def _unpacked(bits: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """The first ``count`` bits, zeros behind the last one that there is. Shape (count,)."""
    # numpy 2.4 hands out memory as it finds it where there are no bits at all: at an open, before the first bar
    return np.unpackbits(bits, count=count) if len(bits) else np.zeros(count, dtype=np.uint8)


def _per_bucket(there: NDArray[np.uint8], expected: Int64s) -> Int64s:
    sums = np.concatenate([[0], np.cumsum(there, dtype=np.int64)])
    return np.asarray(np.diff(sums[np.concatenate([[0], np.cumsum(expected)])]), dtype=np.int64)


def past_series(rows: SessionRows, k: int, now_ns: int) -> list[PastSeries]:
    """What to keep of a session at its close; also what there is at any moment before."""
    return [one for symbol in rows.symbols for one in past_of(rows, symbol, k, now_ns)]


def past_of(rows: SessionRows, symbol: str, k: int, now_ns: int, *, leaves: bool = False) -> list[PastSeries]:
    """The same of one symbol, which may leave the session then."""
    kept = []
    streams, until_ns = rows.plan.bars(symbol), now_ns if leaves else None
    for base in rows.bases_of(symbol):
        intervals = tuple(stream.interval for stream in streams if stream.base == base)
        bits = np.packbits(rows.present(symbol, base, k, now_ns))
        late = {interval: rows.came_late(symbol, interval, k, now_ns) for interval in intervals}
        packed = {interval: np.packbits(bits) for interval, bits in late.items() if bits is not None}
        off = rows.off_session(symbol, base, now_ns)
        kept.append(PastSeries(symbol, base, intervals, rows.session, bits, packed, off, until_ns))
    return kept


def present_series(present: Present) -> Iterator[Series]:
    """What is there now of each stream of the running session."""
    rows, now_ns = present.rows, present.now_ns
    for past in past_series(rows, present.k, now_ns):
        for one in past.unpack():
            yield one.so_far(now_ns)


def window_series(rows: SessionRows) -> Iterator[Series]:
    """What is there of each day of the windows before the running session."""
    for (symbol, interval), window in rows.windows.items():
        off = [(day.open_ns, block.off_session) for day, block in zip(window.sessions, window.blocks, strict=True)]
        for session, there, repaired in window_days(rows, symbol, interval):
            made_of = "" if repaired is None else _repaired_from(rows, symbol, session)
            outside = sum(count for open_ns, count in off if session.open_ns <= open_ns < session.close_ns)
            yield Series(symbol, interval, session, there, outside, None, repaired, made_of)


def _repaired_from(rows: SessionRows, symbol: str, session: TradingSession) -> str:
    inside = (r for r in rows.repairs if r.symbol == symbol and session.open_ns <= r.start_ns < session.close_ns)
    return " and ".join(dict.fromkeys(str(repair.from_interval) for repair in inside))


def with_part(window: pd.DataFrame, session: pd.DataFrame) -> pd.DataFrame:
    """Both tables, the window's first, with a column ``part``: the days of a window may be sessions of the run as well."""
    return pd.concat([window.assign(part="window"), session.assign(part="session")], ignore_index=True).astype({"part": "str"})


def quality_frame(series: Iterable[tuple[Series, bool]]) -> pd.DataFrame:
    """A row per series of :data:`QUALITY_COLUMNS`, sorted by date in the order given. Coverage in percent, gaps in bars."""
    rows = [one.quality_row(measured) for one, measured in series]
    frame = pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))
    frame["date"] = pd.to_datetime(frame["date"]).dt.as_unit("ns") if rows else pd.DatetimeIndex([]).as_unit("ns")
    counts = ["expected", "present", "gap_count", "longest_gap", "off_session"]
    return quality_table(frame.astype(dict.fromkeys(counts, "int64") | {"coverage": "float64"}))


def gap_frame(series: Iterable[Series], tz: str) -> pd.DataFrame:
    """The gaps of ``series``: ``symbol interval start end count status``, times in zone ``tz``.

    ``status`` is ``absent``; ``filled`` for bars that were absent when they were due and came late; or ``repaired from`` an
    interval for bars of a window that are made of it.
    """
    keys: list[tuple[str, str, str]] = []
    starts: list[Int64s] = []
    ends: list[Int64s] = []
    counts: list[Int64s] = []
    for one in series:
        kinds = [("absent", one.there)] + ([] if one.late is None else [("filled", ~one.late)])
        kinds += [] if one.repaired is None else [(f"repaired from {one.repaired_from}", ~one.repaired)]
        for status, there in kinds:
            found = find_gaps(there)
            if len(found.first):
                keys.append((one.symbol, str(one.interval), status))
                starts.append(one.session.starts(one.interval)[found.first])
                ends.append(one.session.ends(one.interval)[found.first + found.bars - 1])
                counts.append(found.bars)
    if not keys:
        return gap_table(_nothing(tz, count="int64", status="str"))
    of = np.repeat(np.arange(len(keys)), [len(count) for count in counts])
    symbol, interval, statuses = (pd.array(column, dtype="str").take(of) for column in zip(*keys, strict=True))
    stamps = {"start": zoned(np.concatenate(starts), tz), "end": zoned(np.concatenate(ends), tz)}
    count = np.concatenate(counts)
    columns = {"symbol": symbol, "interval": interval, **stamps, "count": count, "status": statuses}
    return gap_table(pd.DataFrame(columns, copy=False))


def incomplete_frame(pasts: Iterable[PastSeries], incomplete: str, now_ns: int, tz: str) -> pd.DataFrame:
    """Longer bars that lack base bars: ``symbol interval start end count expected status reason``.

    ``status`` is ``built`` (of those that are there) or ``skipped`` (there is no such bar).
    """
    keys: list[tuple[str, str, str]] = []
    found: list[Shortfalls] = []
    for past in pasts:
        for interval in past.intervals:
            if interval != past.base:
                short = past.shortfalls(interval, past.session.expected(interval, now_ns))
                if len(short.start):
                    keys.append((past.symbol, str(interval), str(past.base)))
                    found.append(short)
    if not keys:
        return _nothing(tz, count="int64", expected="int64", status="str", reason="str")
    sizes = [len(short.start) for short in found]
    symbol, width, base = (np.repeat(column, sizes) for column in zip(*keys, strict=True))
    start, end, have, expected = (np.concatenate(column) for column in zip(*found, strict=True))
    status = np.where((have == 0) | (incomplete == "skip"), "skipped", "built")
    reason = [f"{n} of {m} {of} bars" for n, m, of in zip(have.tolist(), expected.tolist(), base.tolist(), strict=True)]
    columns = {"symbol": symbol, "interval": width, "start": zoned(start, tz), "end": zoned(end, tz), "count": have}
    frame = pd.DataFrame({**columns, "expected": expected, "status": status, "reason": reason})
    return frame.astype(dict.fromkeys(("symbol", "interval", "status", "reason"), "str"))


def _nothing(tz: str, **columns: str) -> pd.DataFrame:
    stamps = pd.DatetimeIndex([], tz=tz).as_unit("ns")
    keys = {"symbol": pd.Series(dtype="str"), "interval": pd.Series(dtype="str"), "start": stamps, "end": stamps}
    return pd.DataFrame({**keys, **{name: pd.Series(dtype=kind) for name, kind in columns.items()}})
