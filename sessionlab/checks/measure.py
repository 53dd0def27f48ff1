"""The rows of a check's table for some sessions of one series, and the first example of each thing that is wrong.

Columns of counts and flags, one row per session; examples are kept as numbers and put into words when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sessionlab.checks.chunk import Chunk, expected_bars
from sessionlab.checks.prices import flat_runs, split_like_jumps
from sessionlab.checks.runs import Runs, find_runs
from sessionlab.checks.stamps import suspect_stamps
from sessionlab.checks.volume_profile import NEVER, PLACES, volume_profile
from sessionlab.session.quality import Series
from sessionlab.tape.block import Bools, Int64s
from sessionlab.timing import Interval, SessionTable

REFUSED = {
    "duplicate": "duplicates",
    "out_of_order": "out_of_order",
    "not_a_number": "not_a_number",
    "bad_price": "bad_price",
    "high_below_low": "high_below_low",
    "negative_volume": "negative_volume",
    "off_grid": "off_grid",
    "known_early": "known_early",
    "outside": "outside",
    "unreadable": "unreadable",
}
"""Kinds of rows that a source refuses, and their columns. Of those out of order none is refused, they are sorted in."""

COLUMNS = (
    "symbol", "interval", "date", "expected", "present", "coverage", "gap_count", "longest_gap", "off_session",
    *REFUSED.values(),
    "flat_runs", "longest_flat", "split_like_jumps", "heavy_bar", "heavy_at", "volume_fit", "end_labelled", "hours_late",
)  # fmt: skip


class Example(NamedTuple):
    """The ``number`` of one ``kind`` on a day, and the first: ``words``, at ``first_ns`` where they do not say it."""

    symbol: str
    interval: str
    date: np.datetime64
    kind: str
    number: int
    first_ns: int | None
    words: str

    def told(self, tz: str) -> str:
        """The first one in words, times in zone ``tz``."""
        if self.first_ns is None:
            return self.words
        stamp = pd.Timestamp(self.first_ns, tz="UTC").tz_convert(tz)
        return f"{self.symbol} {stamp:%Y-%m-%d %H:%M:%S}, {self.words}"


class Kept(NamedTuple):
    """Which bars there are of one series: a bit for each expected one, of session ``i`` those from ``bound[i]`` on."""

    symbol: str
    interval: Interval
    sessions: SessionTable
    bound: Int64s
    bits: NDArray[np.uint8]

    def series(self) -> Iterator[Series]:
        """The same, session by session."""
        there = np.unpackbits(self.bits, count=int(self.bound[-1])).astype(bool)
        for at, session in enumerate(self.sessions):
            yield Series(self.symbol, self.interval, session, there[self.bound[at] : self.bound[at + 1]], 0)


class Measured(NamedTuple):
    """The columns of :data:`COLUMNS`, with ``heavy_bar`` in ns UTC; ``others`` are counts of further refused kinds.

    ``told``: whether each day tells the hours of its stamps, and their label, at all. ``last_close`` is the last there was,
    ``any_row`` whether there was any row at all, refused or not; ``kept`` says of each bar whether it is there.
    """

    columns: dict[str, Any]
    others: dict[str, Int64s]
    coverage_then: Any
    told: tuple[Bools, Bools]
    examples: list[Example]
    last_close: float
    any_row: bool
    kept: Kept


def measure(chunk: Chunk, splits: Mapping[np.datetime64, float], close_before: float) -> Measured:
    """What is there and what is wrong on each day. ``splits`` are known ratios by ex date."""
    days = chunk.days
    there = chunk.there
    kept = Kept(chunk.symbol, chunk.interval, chunk.sessions, chunk.bound, np.packbits(there))
    columns, examples = gap_columns(kept, there)
    flat, longest_flat = flat_runs(chunk)
    flat_count = _note(examples, "flat_run", kept, flat, chunk.start[flat.first], _bars(flat.length))
    jumps = split_like_jumps(chunk, close_before, splits)
    at_jump = Runs(jumps.row, np.ones(len(jumps.row), dtype=np.int64), chunk.day[jumps.row])
    words = [
        f"close {before:g}, then open {after:g}, about {ratio_words(ratio)}"
        for before, after, ratio in zip(jumps.before, chunk.values[0][jumps.row], jumps.ratio, strict=True)
    ]
    jump_count = _note(examples, "split_like_jump", kept, at_jump, chunk.start[jumps.row], words)
    refused, others = _refused(chunk, examples)
    suspected = suspect_stamps(chunk)
    if chunk.interval.is_intraday:
        profile = volume_profile(chunk)
        heavy, where, fit = profile.heavy, profile.where, profile.fit
    else:
        heavy, where, fit = np.full(days, NEVER), np.zeros(days, dtype=np.int64), np.full(days, np.nan)
    columns |= {
        "off_session": np.bincount(chunk.off_day, minlength=days),
        **refused,
        "flat_runs": flat_count,
        "longest_flat": longest_flat,
        "split_like_jumps": jump_count,
        "heavy_bar": heavy,
        "heavy_at": np.array(PLACES, dtype=object)[where],
        "volume_fit": fit,
        "end_labelled": suspected.end_labelled,
        "hours_late": suspected.hours_late,
    }
    last_close = float(chunk.values[3][-1]) if len(chunk.start) else close_before
    any_row = bool(len(chunk.start) or len(chunk.off_start) or any(chunk.refused))
    told = suspected.hours_told, suspected.label_told
    return Measured(columns, others, suspected.coverage_then, told, examples, last_close, any_row, kept)


def gap_columns(kept: Kept, there: Bools) -> tuple[dict[str, Any], list[Example]]:
    """The columns from ``symbol`` to ``longest_gap``, and the first gap of each day; ``there`` is what ``kept`` keeps."""
    days, expected = len(kept.sessions), np.diff(kept.bound)
    present = np.add.reduceat(there, kept.bound[:-1], dtype=np.int64) if days else expected
    gaps = find_runs(~there, kept.bound)
    examples: list[Example] = []
    starts = _starts(kept.sessions, kept.interval, gaps, kept.bound)
    gap_count = _note(examples, "gap", kept, gaps, starts, _bars(gaps.length))
    columns = {
        "symbol": [kept.symbol] * days,
        "interval": [str(kept.interval)] * days,
        "date": kept.sessions.date,
        "expected": expected,
        "present": present,
        "coverage": 100.0 * present / expected,
        "gap_count": gap_count,
        "longest_gap": gaps.per_day(days)[1],
    }
    return columns, examples


def _note(examples: list[Example], kind: str, kept: Kept, runs: Runs, starts: Int64s, words: Sequence[str]) -> Int64s:
    """Keep the first of ``runs`` of each day as an example; how many there are on each."""
    counts, _ = runs.per_day(len(kept.sessions))
    for at in np.flatnonzero(np.diff(runs.day, prepend=-1)).tolist():
        day = int(runs.day[at])
        key = kept.symbol, str(kept.interval), kept.sessions.date[day]
        examples.append(Example(*key, kind, int(counts[day]), int(starts[at]), words[at]))
    return counts


def ratio_words(ratio: float) -> str:
    """A split's ratio as people say it.

    >>> ratio_words(7.0), ratio_words(0.05), ratio_words(1.25)
    ('7 for 1', '1 for 20', '5 for 4')
    """
    shares = Fraction(ratio).limit_denominator(100)
    return f"{shares.numerator} for {shares.denominator}"


def _refused(chunk: Chunk, examples: list[Example]) -> tuple[dict[str, Int64s], dict[str, Int64s]]:
    columns = {name: np.zeros(chunk.days, dtype=np.int64) for name in REFUSED.values()}
    others: dict[str, Int64s] = {}
    for day, refused in enumerate(chunk.refused):
        for kind, count in refused.counts.items():
            into = columns.get(REFUSED.get(kind, ""))
            if into is None:
                into = others.setdefault(kind, np.zeros(chunk.days, dtype=np.int64))
            into[day] = count
            key = chunk.symbol, str(chunk.interval), chunk.sessions.date[day]
            examples.append(Example(*key, kind, count, None, refused.examples.get(kind, "")))
    return columns, others


def _starts(sessions: SessionTable, interval: Interval, runs: Runs, bound: Int64s) -> Int64s:
    """When the first expected bar of each run begins, ns UTC."""
    opened, resumed = sessions.open[runs.day], sessions.break_end[runs.day]
    at = runs.first - bound[runs.day]
    before = expected_bars(sessions, interval)[0][runs.day]
    return np.where(at < before, opened + at * interval.ns, resumed + (at - before) * interval.ns)


def _bars(lengths: Int64s) -> list[str]:
    return [f"{bars} bar{'s' * (bars != 1)}" for bars in lengths.tolist()]
