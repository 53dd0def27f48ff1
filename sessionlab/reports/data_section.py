"""How complete the data under a run was: where in the days bars are absent, on which days, the longest gaps, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sessionlab.markup.text import Markup, counted
from sessionlab.reports.account_pictures import heat_drawing
from sessionlab.reports.elements import Column, Section, frame_table, joined, paragraph
from sessionlab.reports.heat import COVERED, NOTHING, HeatMap, swatches
from sessionlab.results.data_tables import of_base
from sessionlab.results.groups import EDGES
from sessionlab.results.time_of_day import clock_labels, usual_open_of

if TYPE_CHECKING:
    from sessionlab.results import RunResult
    from sessionlab.tape.block import Float64s

Rows = dict[tuple[str, str], int]
"""The number of the row of each symbol and interval."""

_MOST_ROWS, _MOST_COLUMNS, _MOST_GAPS = 40, 400, 15
_HALF_HOUR_NS = 1800 * 10**9
_LONG_DAY_NS = 24 * _HALF_HOUR_NS
_SUMMARY = {
    "symbol": Column("symbol"),
    "interval": Column("interval"),
    "action": Column("action"),
    "bars": Column("bars", "trades"),
    "expected": Column("expected", "trades"),
    "coverage": Column("coverage", "coverage"),
    "gaps": Column("gaps", "trades"),
    "longest_gap": Column("longest, bars", "trades"),
    "off_session": Column("off session", "trades"),
}
_GAPS = {
    "symbol": Column("symbol"),
    "interval": Column("interval"),
    "start": Column("from", "stamp"),
    "end": Column("to", "stamp"),
    "count": Column("bars", "trades"),
    "status": Column("what became of it"),
}


def data_section(result: RunResult) -> Section:
    """Coverage in pictures and tables."""
    quality = result.quality[of_base(result.quality, result._series)]
    pictures: list[Markup] = []
    if quality["coverage"].notna().any():
        keys = pd.MultiIndex.from_frame(quality[["symbol", "interval"]])
        absent = (quality["expected"] - quality["present"]).groupby(keys, sort=False).sum()
        most = set(absent.sort_values(ascending=False, kind="stable").index[:_MOST_ROWS])
        rows = {key: number for number, key in enumerate(key for key in absent.index if key in most)}
        some = f" Of {len(absent):,} series those with most absent bars." if len(absent) > len(rows) else ""
        pictures.append(_by_time(result, rows, some))
        if quality["date"].nunique() > 1:
            pictures.append(_by_day(quality, keys, rows, some))
    else:
        pictures.append(paragraph("Coverage was not measured in this run.", quiet=True))
    tables = [frame_table("Bars by symbol and interval, over all sessions", result.summary(), _SUMMARY, most=200)]
    gaps = result.gaps[of_base(result.gaps, result._series)]
    if len(gaps):
        longest = gaps.sort_values("count", ascending=False, kind="stable")
        tables.append(frame_table("Longest gaps", longest, _GAPS, most=_MOST_GAPS))
    else:
        tables.append(paragraph("No bar that the calendar expects is absent."))
    tables += _told(result)
    return Section("data", "Data and coverage", joined([*pictures, *tables]))


def _by_day(quality: pd.DataFrame, keys: pd.MultiIndex, rows: Rows, some: str) -> Markup:
    dates = pd.DatetimeIndex(sorted(quality["date"].unique()))
    every = -(-len(dates) // _MOST_COLUMNS)
    starts = np.arange(0, len(dates), every)
    row = np.array([rows.get(key, -1) for key in keys])
    column = dates.get_indexer(pd.DatetimeIndex(quality["date"])) // every
    expected, present = np.zeros((len(rows), len(starts))), np.zeros((len(rows), len(starts)))
    for into, name in ((expected, "expected"), (present, "present")):
        np.add.at(into, (row[row >= 0], column[row >= 0]), quality[name].to_numpy(np.float64)[row >= 0])
    days = dates.strftime("%Y-%m-%d").tolist()
    if every > 1:
        days = [f"{days[a]} to {days[min(a + every, len(days)) - 1]}" for a in starts.tolist()]
        some += f" A column is {every} sessions."
    coverage = _coverage(present, expected)
    label = f"Coverage by session; {_least(float(np.nanmin(coverage)))}"
    heat = HeatMap(label, _names(rows), days, _classes(coverage), _words(coverage, present, expected), COVERED)
    return heat_drawing("Coverage by session", heat, joined([f"{label}.{some} ", _legend()]))


def _by_time(result: RunResult, rows: Rows, some: str) -> Markup:
    """By the time that has passed since the open, in half hours, of long sessions in hours."""
    pasts = [(one, min(one.intervals)) for one in result._series if one.intervals]
    pasts = [(one, base) for one, base in pasts if (one.symbol, str(base)) in rows]
    longest = max((one.session.close_ns - one.session.open_ns for one, _ in pasts), default=_HALF_HOUR_NS)
    width = _HALF_HOUR_NS * (1 if longest <= _LONG_DAY_NS else 2)
    size = -(-longest // width)
    expected, present = np.zeros((len(rows), size)), np.zeros((len(rows), size))
    for past, base in pasts:
        there = next(one for one in past.unpack() if one.interval == base).so_far(result.stopped_at.value).there
        place = (past.session.starts(base)[: len(there)] - past.session.open_ns) // width
        row = rows[past.symbol, str(base)]
        expected[row] += np.bincount(place, minlength=size)[:size]
        present[row] += np.bincount(place, there, size)[:size]
    sessions = {past.session for past, _ in pasts}
    labels = clock_labels(np.arange(size, dtype=np.int64) * width + usual_open_of(sessions))
    coverage, total = _coverage(present, expected), _coverage(present.sum(axis=0), expected.sum(axis=0))
    worst = int(np.nanargmin(total))
    where = "" if total[worst] == 100.0 else f" from {labels[worst]}"
    label = f"Coverage by time of day over {counted(len(sessions), 'session')}; {_least(float(total[worst]))}{where}"
    heat = HeatMap(label, _names(rows), labels, _classes(coverage), _words(coverage, present, expected), COVERED)
    return heat_drawing("Coverage by time of day", heat, joined([f"{label}.{some} ", _legend()]))


def _least(percent: float) -> str:
    return "no bar is absent" if percent == 100.0 else f"the least is {percent:.2f} %"


def _names(rows: Rows) -> list[str]:
    """The symbols, with the interval where one has several."""
    symbols = [symbol for symbol, _ in rows]
    return symbols if len(set(symbols)) == len(symbols) else [f"{symbol} {interval}" for symbol, interval in rows]


def _told(result: RunResult) -> list[Markup]:
    """What else there is to know of the data."""
    told = []
    short = result.incomplete
    if len(short):
        counts = short.groupby(["symbol", "interval", "status"], sort=False).size().rename("bars").reset_index()
        columns = {
            "symbol": Column("symbol"),
            "interval": Column("interval"),
            "status": Column("status"),
            "bars": Column("bars", "trades"),
        }
        told.append(frame_table("Longer bars that lack some of their base bars", counts, columns, most=60))
    if len(result.refused):
        columns = {
            str(name): Column(str(name).replace("_", " "), "trades" if name == "count" else "text") for name in result.refused
        }
        told.append(frame_table("Rows that the source refused", result.refused, columns, most=30))
    told += [paragraph(note, quiet=True) for note in result.plan.notes]
    if result.plan.dropped:
        told.append(paragraph(f"Left out, as there is no data: {', '.join(result.plan.dropped)}.", quiet=True))
    return told


def _coverage(present: Float64s, expected: Float64s) -> Float64s:
    return 100.0 * present / np.where(expected > 0, expected, np.nan)


def _classes(coverage: Float64s) -> NDArray[np.int64]:
    """The ranges in which results are told by coverage too."""
    kind = np.searchsorted(EDGES, np.nan_to_num(coverage), side="right").astype(np.int64)
    return np.where(np.isnan(coverage), NOTHING, kind)


def _words(coverage: Float64s, present: Float64s, expected: Float64s) -> NDArray[np.object_]:
    told = [
        "nothing expected" if value != value else f"{value:.2f} %, {int(there):,} of {int(of):,} bars"
        for value, there, of in zip(coverage.ravel().tolist(), present.ravel().tolist(), expected.ravel().tolist(), strict=True)
    ]
    return np.array(told, dtype=object).reshape(coverage.shape)


def _legend() -> Markup:
    names = [f"below {EDGES[0]:g} %", *(f"{a:g} % and more" for a in EDGES[:-1]), "100 %"]
    return swatches(list(zip(COVERED, names, strict=True)))
