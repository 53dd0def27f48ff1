"""A lab opened on an export shows what the exported one shows, to the last bit, now and at every earlier moment of the session.

And nothing that comes after the moment can be seen in an export: cut off or changed, the same export comes out.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import MINUTE_NS, RowsSource, config, make_bars
from every_indicator import shown
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.session.data import SessionData
from sessionlab.tape import Rows
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.timing import Interval, TradingSession

MINUTE, SECOND = Interval.parse("1m"), Interval.parse("1s")
TIMES = {group: sl.TimeManager(group) for group in ("US_EQUITY", "XTKS")}
DATES = {"US_EQUITY": ("2025-07-01", "2025-07-02", "2025-07-03"), "XTKS": ("2025-07-01", "2025-07-02")}  # 07-03 is a half day
DAYS = {group: list(times.get_sessions("2025-06-26", "2025-07-07")) for group, times in TIMES.items()}
RECIPES = (sl.EMA(3, "5m"), sl.BBANDS(5, "1m"), sl.VWAP(), sl.OpeningRange(15), sl.RelativeVolume("1m"), sl.Pivots("5m"))
HISTORICAL = {
    "avg_volume": {"type": "trailing_average", "period": "3d"},
    "high": {"type": "trailing_max", "period": "1w", "skip_early_close": True},
    "by_minute": {"type": "trailing_average", "period": "2d", "granularity": "minute", "field": "close"},
}


class Source(RowsSource):
    """Rows in memory with corporate actions; None: it knows of none."""

    def __init__(self, rows: Mapping[tuple[str, str], Rows], quotes: Mapping[str, Rows], actions: Actions | None) -> None:
        super().__init__(rows, quotes)
        self._known = actions

    def actions(self, symbol: str, times: sl.TimeManager) -> Actions | None:
        return self._known


@dataclass
class Case:
    """A config, its rows, and a moment; all follow from a seed."""

    config: sl.SessionConfig
    rows: dict[tuple[str, str], Rows]
    quotes: dict[str, Rows]
    actions: Actions | None
    times: sl.TimeManager
    now: pd.Timestamp

    def lab(self, rows: dict[tuple[str, str], Rows] | None = None, quotes: dict[str, Rows] | None = None) -> sl.Lab:
        """A lab of the case that stands at its moment."""
        source = Source(rows or self.rows, self.quotes if quotes is None else quotes, self.actions)
        lab = sl.Lab(self.config, source=source, times=self.times)
        while lab.session.date < self.now.date():
            lab.run_session()
            lab._engine.open_next()
        if self.now > lab.session.open:
            lab.advance(self.now)
        return lab


def case_of(seed: int) -> Case:
    luck = Random(seed)
    group = luck.choice(["US_EQUITY", "US_EQUITY", "XTKS"])
    date = luck.choice(DATES[group])
    streams = luck.choice(["1m 5m", "5m", "1m 7m 1d", "5m 1d"]) + luck.choice(["", " quotes"])
    windows = luck.choice(["1m", "5m", "1m 5m 1d", "1d 1w", "7m"])
    days, times = DAYS[group], TIMES[group]
    session = times.get_trading_session(date)
    rows = {}
    for symbol in "BA":
        rows[symbol, "1m"] = faulty(days, luck)
        if luck.random() < 0.5:
            rows[symbol, "1d"] = make_bars(days, "1d", seed=luck.randrange(99), missing=[], late=luck.choice([{}, {0: 63_500}]))
        if luck.random() < 0.3:  # one day of seconds, for repairs
            rows[symbol, "1s"] = make_bars(days[days.index(session) - 1], "1s", seed=3, missing=[7, 9000], late={20: 70_000})
    quotes = {symbol: some_quotes(session, luck) for symbol in "BA" if luck.random() < 0.5}
    actions = luck.choice([None, Actions(), some_actions(days, luck)])
    document = config(
        "B A",
        streams,
        luck.choice([date, "2025-07-01"]) if group == "US_EQUITY" else date,
        luck.choice([date, "2025-07-07"]),
        group=group,
        window=luck.choice([0, 2]),
        window_intervals=windows,
        session_data_config__bars={"incomplete": luck.choice(["build", "skip"])},
        session_data_config__adjust=luck.choice(["none", "splits", "all"]),
        session_data_config__extended_hours=luck.random() < 0.5,
        session_data_config__indicators=[{"name": "EMA", "period": 4, "interval": "5m"}],
        **{"session_data_config__historical.indicators": HISTORICAL if luck.random() < 0.5 else {}},
    )
    inside = luck.choice([0.0, luck.random(), luck.random(), luck.random(), 1.0])
    now = session.open_ns + int(inside * (session.close_ns - session.open_ns))
    now -= now % luck.choice([MINUTE_NS, MINUTE_NS, 10**9, 1])
    return Case(document, rows, quotes, actions, times, pd.Timestamp(now, tz="UTC").tz_convert(session.tz))


def faulty(days: Sequence[TradingSession], luck: Random) -> Rows:
    """Bars of all days, some absent, late, corrected (some of them over night), and off the hours; of one in four none is."""
    parts = []
    plain = luck.random() < 0.25
    for day in days:
        n = day.expected(MINUTE)
        late = {i: luck.choice([0.5, 30, 60, 300, 63_000]) for i in luck.sample(range(n), 10)}
        again = {i: luck.choice([1, 60, 200, 62_000, 66_000]) for i in luck.sample(sorted(set(range(n)) - set(late)), 10)}
        missing = luck.sample(range(n), 6)
        bars = make_bars(day, seed=1) if plain else make_bars(day, missing=missing, late=late, corrected=again, seed=2)
        start = np.array([day.open_ns - 20 * MINUTE_NS, day.open_ns - MINUTE_NS, day.close_ns, day.close_ns + MINUTE_NS])
        off = Rows.of(start, start + MINUTE_NS, np.full((5, 4), 100.0))
        parts += [bars] if plain else [bars, off]
    return Rows.join(parts)


def some_quotes(session: TradingSession, luck: Random) -> Rows:
    """Recorded quotes from a while after the open on, some of one instant, some one-sided."""
    first = session.open_ns + luck.choice([-60, 0, 3600]) * 10**9
    instants = np.sort(first + np.array([luck.randrange(4 * 3600) for _ in range(300)]) * 10**9)
    bid = 100 + np.array([luck.randrange(100) for _ in range(300)]) / 100
    values = np.stack([bid, np.full(300, 3.0), bid + 0.02, np.full(300, 2.0)])
    values[:2, ::17] = [[np.nan], [0.0]]
    return Rows.of(instants, instants, values)


def some_actions(days: Sequence[TradingSession], luck: Random) -> Actions:
    some = luck.sample([day.date for day in days], 4)
    splits = [Split(some[0], 7.0), Split(some[1], luck.choice([0.05, 1.998333]))]
    return Actions.of(splits, [Dividend(some[2], 0.26, 101.3), Dividend(some[3], 1.0, 99.0)])


def seen(data: SessionData) -> Iterator[tuple[Any, ...]]:
    """All that can be looked at of the session, with every bit of it."""
    for symbol in data:
        one = data[symbol]
        of_windows = [str(interval) for of, interval in data._present.rows.windows if of == symbol]
        for interval in dict.fromkeys([*one.intervals, *of_windows, "1m"]):
            view = one.bars(interval)
            for part in (view, view.history, view.all) if interval in (*one.intervals, "1m") else (view.history,):
                cut, n = part._now()
                rows = cut.rows.take(slice(0, n))
                marks = [None if mark is None else mark.tobytes() for mark in (rows.base_count, rows.complete)]
                bits = rows.start.tobytes(), rows.known_at.tobytes(), rows.values.tobytes(), rows.is_repaired.tobytes()
                yield symbol, interval, part._part, n, *bits, *marks, part.coverage, part.unadjusted, told(part.gaps)
                yield symbol, interval, part._part, told(part.frame())
        for recipe in RECIPES:
            yield symbol, *(shown(part) for part in (one[recipe], one[recipe].history, one[recipe].all))
            yield symbol, one[recipe].why, one[recipe].unadjusted
        yield symbol, list(one.indicators)
        yield symbol, repr(one.day), repr(one.quote), one.coverage, one.splits, one.quotes.counts, repr(one.quotes.usable)
        yield symbol, "quotes", told(one.quotes.frame())
        for name, of_days in one.historical.items():
            yield symbol, name, of_days.counts.tobytes(), repr(of_days), of_days.why, told(of_days.frame())
            yield symbol, name, of_days.dates, of_days.skipped, of_days.absent, of_days.incomplete, of_days.unadjusted
        if data._around.extended_hours:
            yield symbol, told(one.extended)
    date, since = pd.Timestamp(data.session.date), data.session.open
    quality, gaps, incomplete = data.quality(), data.gaps(), data.incomplete()
    of_session = quality[quality["date"] == date], gaps[gaps["start"] >= since], incomplete[incomplete["start"] >= since]
    yield "session", *(told(table.reset_index(drop=True)) for table in of_session)
    yield "windows", told(data.repairs()), told(data.window_differences())


def told(frame: pd.DataFrame) -> list[Any]:
    """A frame to the last bit: names, types and values of its columns, the index as one of them."""
    columns = frame.reset_index().items()
    plain = [(name, column.dtype, column.to_numpy()) for name, column in columns]
    return [(name, kind, array.tolist() if array.dtype == object else array.tobytes()) for name, kind, array in plain]


def differing(one: SessionData, other: SessionData) -> list[tuple[Any, ...]]:
    """What two looks do not show alike."""
    pairs = zip(seen(one), seen(other), strict=True)
    return [(a, b) for a, b in pairs if a != b]


@pytest.mark.filterwarnings("ignore::sessionlab.lab.DataWarning")
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), files=st.booleans())
@example(seed=0, files=True)
@example(seed=1, files=False)
def test_a_lab_opened_on_an_export_shows_the_same(seed: int, files: bool) -> None:
    case = case_of(seed)
    lab = case.lab()
    lab.data["A"][RECIPES[0]]
    if files:
        with tempfile.TemporaryDirectory() as folder:
            again = sl.Lab.from_export(lab.data.to_parquet(Path(folder) / "moment"), times=case.times)
    else:
        again = sl.Lab.from_export(json.loads(json.dumps(lab.data.to_dict(), allow_nan=False)), times=case.times)

    assert (again.now, again.session) == (lab.now, lab.session) == (case.now, lab.session)
    assert differing(lab.data, again.data) == []
    luck = Random(seed)
    for _ in range(2):
        instant = lab.session.open + luck.random() * (lab.now - lab.session.open)
        assert differing(lab.data.as_of(instant), again.data.as_of(instant)) == []


@pytest.mark.filterwarnings("ignore::sessionlab.lab.DataWarning")
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_a_look_back_is_exported_as_a_lab_that_stands_there(seed: int) -> None:
    case = case_of(seed)
    later = case.lab()
    then = later.data.as_of(case.now)
    later.run()

    assert later.data.as_of(case.now).to_dict() == then.to_dict() == case.lab().data.to_dict()


@pytest.mark.filterwarnings("ignore::sessionlab.lab.DataWarning")
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_still_to_come_changes_nothing(seed: int) -> None:
    """Rows that are known later are cut off, or are others; so are later quotes and actions."""
    case = case_of(seed)
    now, before = case.now.value, case.lab().data.to_dict()
    cut = {key: rows.take(rows.known_at <= now) for key, rows in case.rows.items()}
    changed = {key: _changed_after(rows, now) for key, rows in case.rows.items()}
    quotes = {symbol: rows.take(rows.known_at <= now) for symbol, rows in case.quotes.items()}
    if case.actions is not None:
        case.actions = case.actions.between(dt.date.min, case.now.date())

    for rows in (cut, changed):
        if any(not _has_today(rows[symbol, "1m"], case) for symbol in "BA"):
            continue  # the plan of a run needs a row of every symbol
        tree = case.lab(rows, quotes).data.to_dict()
        assert {key for key in tree if tree[key] != before[key]} <= {"available"}


def _changed_after(rows: Rows, now: int) -> Rows:
    later = rows.known_at > now
    values = np.where(later, rows.values * 1.5, rows.values)
    return Rows.of(rows.start, np.where(later, rows.known_at + 17 * 10**9, rows.known_at), values)


def _has_today(rows: Rows, case: Case) -> bool:
    session = case.times.get_trading_session(case.now.date())
    return bool(((rows.start >= session.open_ns) & (rows.start < session.close_ns)).any())


@pytest.mark.filterwarnings("ignore::sessionlab.lab.DataWarning")
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_no_row_of_an_export_was_known_later(seed: int) -> None:
    case = case_of(seed)
    with tempfile.TemporaryDirectory() as folder:
        made = case.lab().data.to_parquet(Path(folder) / "moment")
        files = [path for path in made.rglob("*.parquet") if path.parent.name != "corporate_actions"]
        tables = {path: pd.read_parquet(path) for path in files}

    for path, table in tables.items():
        for column in {"known_at", "timestamp", "start"} & {*table}:
            if path.name != "historical.parquet":  # of minutes to come, made of the days before
                assert (table[column] <= case.now).all(), (path.name, column)
