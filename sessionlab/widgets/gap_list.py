"""Gaps as rows: bars that are absent, that came late, and those of a window that are made of finer ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sessionlab.derive.coverage import find_gaps
from sessionlab.session.quality import Series
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval
from sessionlab.widgets.facts import MS
from sessionlab.widgets.gap_causes import Absent, Causes
from sessionlab.widgets.known_bars import Day, Key, KnownBars

MOST = 100
"""Rows that are told at most."""
SORTS = ("from", "-from", "length", "-length", "symbol", "status")
_FILLED = "came late"
_NO_GAPS = np.empty((0, 5), dtype=np.int64)
_DAY, _KEY, _FIRST, _BARS, _STATUS = range(5)


class Found(NamedTuple):
    """``rows`` are those told, as lists of JSON, of as many as there are in all."""

    rows: list[list[Any]]
    of: int


class Gaps:
    """The gaps of some ``keys`` on some ``days``, of which ``within`` (ns UTC) cuts out a stretch; all of it as ``known`` now."""

    def __init__(
        self, known: KnownBars, causes: Causes, days: Sequence[Day], keys: Sequence[Key], within: tuple[int, int] | None = None
    ) -> None:
        self._known, self._causes, self._days, self._keys = known, causes, days, keys
        self._absent = [(0, 0)] * len(keys)
        self._last_ends: dict[Interval, int] = {}
        causes.renew()
        self._series: dict[tuple[int, int], Series] = {}
        statuses: list[str] = []
        parts = [_NO_GAPS]
        for d, day in enumerate(days):
            for i, key in enumerate(keys):
                series = known.series(day, key)
                if series is None:
                    continue
                if len(days) == 1:
                    self._series[d, i] = series
                for status, first, bars in _runs(series):
                    parts.append(self._rows(d, i, status, first, bars, within, statuses))
                    if status == "absent" and len(parts[-1]):
                        count, longest = self._absent[i]
                        kept = parts[-1][:, _BARS]
                        self._absent[i] = count + len(kept), max(longest, int(kept.max()))
        self._statuses, self._gaps = statuses, np.concatenate(parts)

    def first(self, sort: str) -> Found:
        """The first rows by ``sort``: ``part symbol interval from until bars status cause so_far``; instants in ms UTC."""
        gaps = self._gaps
        order = _order(gaps, sort, self._keys, self._statuses)[:MOST]
        return Found([self._row(*gap) for gap in gaps[order].tolist()], len(gaps))

    def by_key(self) -> list[tuple[int, int]]:
        """How many absent stretches each key has, and bars of the longest."""
        return self._absent

    def _rows(
        self, d: int, i: int, status: str, first: Int64s, bars: Int64s, within: tuple[int, int] | None, statuses: list[str]
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        if within is not None:
            session, interval = self._days[d].session, self._keys[i][1]
            inside = (session.starts(interval)[first] < within[1]) & (session.ends(interval)[first + bars - 1] > within[0])
            first, bars = first[inside], bars[inside]
        if status not in statuses:
            statuses.append(status)
        code = statuses.index(status)
        gaps = np.empty((len(first), 5), dtype=np.int64)
        gaps[:, _DAY], gaps[:, _KEY], gaps[:, _STATUS] = d, i, code
        gaps[:, _FIRST], gaps[:, _BARS] = first, bars
        return gaps

    def _row(self, d: int, i: int, first: int, bars: int, code: int) -> list[Any]:
        day, (symbol, interval), status = self._days[d], self._keys[i], self._statuses[code]
        session = day.session
        start, end = int(session.starts(interval)[first]), int(session.ends(interval)[first + bars - 1])
        so_far = status == "absent" and day == self._known.today and end == self._last_end(interval) and end < session.close_ns
        cause = _CAUSES.get(status, status)
        if status == "absent":
            cause = self._causes.of(Absent(day, (symbol, interval), start, end), lambda: self._absent_as_well(d, i, start, end))
        return [day.part, symbol, str(interval), start / MS, end / MS, bars, status, cause, so_far]

    def _last_end(self, interval: Interval) -> int:
        found = self._last_ends.get(interval)
        if found is None:
            session = self._known.today.session
            due = session.expected(interval, self._known.now_ns)
            found = self._last_ends[interval] = int(session.ends(interval)[due - 1]) if due else session.open_ns
        return found

    def _absent_as_well(self, d: int, i: int, start: int, end: int) -> str:
        """Whether the other symbols shown have no bar in that time either."""
        others = [series for (of_day, of_key), series in self._series.items() if of_day == d and of_key != i]
        if not others:
            return ""
        absent = sum(_has_none(series, start, end) for series in others)
        if not absent:
            return ""
        if absent == len(others):
            return (
                f"none of the {absent} other symbols has a bar then" if absent > 1 else "the other symbol has no bar then either"
            )
        return f"{absent} of the {len(others)} other symbols {'have' if absent > 1 else 'has'} no bar then either"


_CAUSES = {_FILLED: "it came after it was due"}


def _runs(series: Series) -> Iterator[tuple[str, Int64s, Int64s]]:
    kinds = [("absent", series.there)]
    kinds += [] if series.late is None else [(_FILLED, ~series.late)]
    kinds += [] if series.repaired is None else [(f"made of {series.repaired_from} bars", ~series.repaired)]
    for status, there in kinds:
        found = find_gaps(there)
        if len(found.first):
            yield status, found.first, found.bars


def _order(gaps: Any, sort: str, keys: Sequence[Key], statuses: Sequence[str]) -> Int64s:
    """Positions of the first ``gaps`` by ``sort``; what is equal in that is told from new to old."""
    newest = -gaps[:, _FIRST], -gaps[:, _DAY]
    ns = np.array([interval.ns or 1 for _, interval in keys] or [1], dtype=np.int64)
    length = gaps[:, _BARS] * ns[gaps[:, _KEY]]
    by = {
        "length": (*newest, length),
        "symbol": (*newest, gaps[:, _KEY]),
        "status": (*newest, np.array([sorted(statuses).index(one) for one in statuses] or [0])[gaps[:, _STATUS]]),
        "from": (gaps[:, _FIRST] * ns[gaps[:, _KEY]], gaps[:, _DAY]),
    }
    columns = by[sort.removeprefix("-")]
    if sort.startswith("-"):
        columns = (*columns[:-1], -columns[-1]) if sort != "-from" else tuple(-column for column in columns)
    first = columns[-1]
    if len(first) <= MOST:
        return np.asarray(np.lexsort(columns), dtype=np.int64)
    near = np.flatnonzero(first <= np.partition(first, MOST - 1)[MOST - 1])  # most have no place among the first
    return near[np.lexsort(tuple(column[near] for column in columns))]


def _has_none(series: Series, start: int, end: int) -> bool:
    """Whether a series has no bar that begins within; not where none of that time is due."""
    starts = series.session.starts(series.interval)
    first, past = starts.searchsorted([start, end])
    there = series.there[first : min(past, len(series.there))]
    return bool(len(there)) and not there.any()
