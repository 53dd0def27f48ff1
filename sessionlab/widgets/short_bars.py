"""Longer bars that lack base bars, as rows: what became of them and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessionlab.widgets.facts import MS
from sessionlab.widgets.gap_list import MOST, Found
from sessionlab.widgets.known_bars import Day, Key, KnownBars


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
