"""Gaps as rows, with the cause where the project knows it; and longer bars that lack base bars.

Known are: a bar that came late, a bar of a window that is made of finer ones, the end of the data, a halt of which the source
tells, and a stretch without a trade, where stored bars of another width prove it. All else is not known, and said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sessionlab.derive.coverage import find_gaps
from sessionlab.session.quality import Series
from sessionlab.sources.protocol import EndsEarly, Source, TellsHalts
from sessionlab.tape.block import Int64s
from sessionlab.widgets.facts import MS
from sessionlab.widgets.known_bars import Day, Key, KnownBars

MOST = 200
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
        self, known: KnownBars, source: Source, days: Sequence[Day], keys: Sequence[Key], within: tuple[int, int] | None = None
    ) -> None:
        self._known, self._source, self._days, self._keys = known, source, days, keys
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
                parts += [self._rows(d, i, status, first, bars, within, statuses) for status, first, bars in _runs(series)]
        self._statuses, self._gaps = statuses, np.concatenate(parts)

    def first(self, sort: str) -> Found:
        """The first rows by ``sort``: ``part symbol interval from until bars status cause so_far``; instants in ms UTC."""
        gaps = self._gaps
        order = _order(gaps, sort, self._keys, self._statuses)[:MOST]
        return Found([self._row(*gap) for gap in gaps[order].tolist()], len(gaps))

    def by_key(self) -> list[tuple[int, int]]:
        """How many absent stretches each key has, and bars of the longest."""
        absent = self._gaps[np.isin(self._gaps[:, _STATUS], [i for i, one in enumerate(self._statuses) if one == "absent"])]
        found = []
        for i in range(len(self._keys)):
            bars = absent[absent[:, _KEY] == i, _BARS]
            found.append((len(bars), int(bars.max(initial=0))))
        return found

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
        return np.stack([np.full_like(first, d), np.full_like(first, i), first, bars, np.full_like(first, code)], axis=1)

    def _row(self, d: int, i: int, first: int, bars: int, code: int) -> list[Any]:
        day, (symbol, interval), status = self._days[d], self._keys[i], self._statuses[code]
        session = day.session
        start, end = int(session.starts(interval)[first]), int(session.ends(interval)[first + bars - 1])
        so_far = status == "absent" and day == self._known.today and end == self._last_end(interval) and end < session.close_ns
        cause = self._cause(d, i, first, bars, start, end) if status == "absent" else _CAUSES.get(status, status)
        return [day.part, symbol, str(interval), start / MS, end / MS, bars, status, cause, so_far]

    def _last_end(self, interval: Any) -> int:
        session = self._known.today.session
        due = session.expected(interval, self._known.now_ns)
        return int(session.ends(interval)[due - 1]) if due else session.open_ns

    def _cause(self, d: int, i: int, first: int, bars: int, start: int, end: int) -> str:
        day, key = self._days[d], self._keys[i]
        if isinstance(self._source, EndsEarly) and start >= self._source.until_ns:
            return "the data ends before it"
        if isinstance(self._source, TellsHalts):
            for begin, until in self._source.halts(key[0], day.session):
                if begin <= start and end <= until:
                    return "halt"
                if start < until and begin < end:
                    return "a halt, and more that is not known"
        proof = self._known.said_elsewhere(day, key, start, end)
        if proof is not None:
            return proof
        others = self._absent_as_well(d, i, start, end)
        return "not known" if not others else f"not known; {others}"

    def _absent_as_well(self, d: int, i: int, start: int, end: int) -> str:
        """Whether the other symbols shown have no bar in that time either."""
        others = [series for (of_day, of_key), series in self._series.items() if of_day == d and of_key != i]
        if not others:
            return ""
        absent = sum(_has_none(series, start, end) for series in others)
        return "" if not absent else f"{'all' if absent == len(others) else absent} {len(others)} others have no bar then either"


_CAUSES = {_FILLED: "it came after it was due"}


def short_bars(known: KnownBars, days: Sequence[Day], keys: Sequence[Key], within: tuple[int, int] | None, rule: str) -> Found:
    """The newest longer bars that lack base bars: ``part symbol interval from until have expected base status``.

    ``status`` is ``skipped`` (there is no such bar) or ``built`` (of those that are there), as ``rule`` says.
    """
    rows: list[list[Any]] = []
    for day in days:
        for symbol, interval in keys:
            found = known.short_bars(day, symbol, interval)
            if found is None:
                continue
            base, short = found
            inside = slice(None) if within is None else (short.start < within[1]) & (short.end > within[0])
            columns = (short.start[inside] / MS, short.end[inside] / MS, short.have[inside], short.expected[inside])
            for start, end, have, expected in zip(*(column.tolist() for column in columns), strict=True):
                status = "skipped" if have == 0 or rule == "skip" else "built"
                rows.append([day.part, symbol, str(interval), start, end, have, expected, str(base), status])
    rows.sort(key=lambda row: -row[3])
    return Found(rows[:MOST], len(rows))


def _runs(series: Series) -> Iterator[tuple[str, Int64s, Int64s]]:
    kinds = [("absent", series.there)]
    kinds += [] if series.late is None else [(_FILLED, ~series.late)]
    kinds += [] if series.repaired is None else [(f"made of {series.repaired_from} bars", ~series.repaired)]
    for status, there in kinds:
        found = find_gaps(there)
        if len(found.first):
            yield status, found.first, found.bars


def _order(gaps: Any, sort: str, keys: Sequence[Key], statuses: Sequence[str]) -> Int64s:
    """Positions of ``gaps`` by ``sort``; what is equal in that is told from new to old."""
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
    return np.asarray(np.lexsort(columns), dtype=np.int64)


def _has_none(series: Series, start: int, end: int) -> bool:
    """Whether a series has no bar that begins within; not where none of that time is due."""
    starts = series.session.starts(series.interval)
    first, past = starts.searchsorted([start, end])
    there = series.there[first : min(past, len(series.there))]
    return bool(len(there)) and not there.any()
