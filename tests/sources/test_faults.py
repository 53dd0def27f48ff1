"""Faults put in on purpose: as many as asked for, of the nature asked for, and nothing else touched."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionlab.errors import ConfigError
from sessionlab.sources.faults import Faults
from sessionlab.sources.synthetic import Synthetic
from sessionlab.tape.block import DayBlock
from sessionlab.timing import Interval, SessionTable, TradingSession

SECOND, MINUTE, DAY = Interval.parse("1s"), Interval.parse("1m"), Interval.parse("1d")
NEW_YORK = "America/New_York"


def session(date: str, opens: str = "09:30", closes: str = "16:00") -> TradingSession:
    open_ns, close_ns = (pd.Timestamp(f"{date} {clock}", tz=NEW_YORK).value for clock in (opens, closes))
    return TradingSession(dt.date.fromisoformat(date), open_ns, close_ns, NEW_YORK)


DAYS = SessionTable.of([session(f"2025-07-{d:02}") for d in (7, 8, 9, 10, 11)])
ALL = {"missing": 0.02, "halts": 2, "duplicates": 0.01, "late": 0.02, "late_seconds": 30, "corrections": 0.01}


def load(interval: Interval, days: SessionTable = DAYS, sparse: bool = False, **faults: float) -> list[DayBlock]:
    return Synthetic(0, {"sparse": sparse, "faults": faults}).load("A", interval, days)


def pairs(interval: Interval, **faults: float) -> list[tuple[DayBlock, DayBlock]]:
    return list(zip(load(interval), load(interval, **faults), strict=True))


def test_no_faults_leave_everything_as_it_is():
    for clean, same in pairs(SECOND, missing=0, halts=0, late=0.0):
        assert (clean.rows.values == same.rows.values).all()
        assert same.on_time


def test_missing_bars_are_absent_and_the_others_untouched():
    for interval, fraction, slack in ((SECOND, 0.01, 0.003), (MINUTE, 0.05, 0.035)):
        for clean, holey in pairs(interval, missing=fraction):
            at = clean.rows.start.searchsorted(holey.rows.start)

            assert abs(1 - holey.rows.size / clean.rows.size - fraction) < slack
            assert (holey.rows.values == clean.rows.values[:, at]).all()
            assert (holey.rows.known_at == clean.rows.known_at[at]).all()
            assert holey.on_time
            assert not holey.refused


def test_minutes_and_seconds_miss_bars_of_their_own():
    for day, minutes, seconds in zip(DAYS, load(MINUTE, missing=0.5), load(SECOND, missing=0.5), strict=True):
        minute_there = np.isin(day.starts(MINUTE), minutes.rows.start)
        second_there = np.isin(day.starts(MINUTE), seconds.rows.start)

        assert abs(np.corrcoef(minute_there, second_there)[0, 1]) < 0.2


def test_a_day_is_the_sum_of_all_seconds_also_where_some_were_not_delivered():
    for clean, whole in pairs(DAY, missing=0.9):
        assert (whole.rows.values == clean.rows.values).all()


def test_all_missing_is_an_empty_block():
    source = Synthetic(0, {"faults": {"missing": 1}})

    assert [block.rows.size for block in source.load("A", MINUTE, DAYS)] == [0] * 5
    assert source.availability(["A"], DAYS)["A"].intervals == {"1s": False, "1m": False, "1d": True}


@pytest.mark.parametrize("halts", [1, 3, 10])
def test_halts_take_whole_minutes_from_every_interval_and_from_the_day(halts):
    clean_days = load(DAY)
    for i, (minutes, seconds) in enumerate(zip(load(MINUTE, halts=halts), load(SECOND, halts=halts), strict=True)):
        expected = DAYS[i].starts(MINUTE)
        gone = ~np.isin(expected, minutes.rows.start)
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], gone, [0]]))))[::2]
        (day,) = load(DAY, DAYS[i : i + 1], halts=halts)

        assert seconds.rows.size == 60 * minutes.rows.size
        assert np.isin(seconds.rows.start // MINUTE.ns * MINUTE.ns, minutes.rows.start).all()
        assert len(runs) <= halts  # two may touch
        assert 5 * halts <= gone.sum() <= 15 * halts
        assert day.rows.values[4, 0] == seconds.rows.values[4].sum() < clean_days[i].rows.values[4, 0]
        assert seconds.on_time


def test_a_halt_leaves_the_rows_around_it_as_they_were():
    for clean, halted in pairs(MINUTE, halts=2):
        at = clean.rows.start.searchsorted(halted.rows.start)

        assert (halted.rows.values == clean.rows.values[:, at]).all()


def test_nobody_quotes_during_a_halt():
    halted = Synthetic(0, {"faults": {"halts": 1}})
    for bars, quotes, all_quotes in zip(
        halted.load("A", SECOND, DAYS), halted.quotes("A", DAYS), Synthetic().quotes("A", DAYS), strict=True
    ):
        at = all_quotes.rows.start.searchsorted(quotes.rows.start)

        assert (quotes.rows.known_at == bars.rows.known_at).all()
        assert (quotes.rows.values == all_quotes.rows.values[:, at]).all()


def test_a_session_shorter_than_its_halts_is_left_alone_or_empty():
    short = SessionTable.of([session("2025-07-07", "09:30", "09:34")])

    assert load(MINUTE, short, halts=10)[0].rows.size == 4
    assert load(MINUTE, short, halts=1)[0].rows.size == 0
    assert load(DAY, short, halts=1)[0].rows.size == 0


def test_duplicates_are_refused_and_counted_with_the_first():
    for i, (clean, twice) in enumerate(pairs(SECOND, duplicates=0.001)):
        (kind,) = twice.refused.counts

        assert kind == "duplicate"
        assert 5 <= twice.refused.counts["duplicate"] <= 50
        assert f"A {DAYS[i].date} " in twice.refused.examples["duplicate"]
        assert (twice.rows.values == clean.rows.values).all()
        assert (twice.rows.start == clean.rows.start).all()
        assert twice.on_time


def test_late_rows_are_known_late_by_no_more_than_the_bound():
    for clean, late in pairs(SECOND, late=0.002, late_seconds=90):
        delay = late.rows.known_at - clean.rows.known_at

        assert (late.rows.values == clean.rows.values).all()
        assert 15 <= (delay > 0).sum() <= 90
        assert delay.min() == 0
        assert 30e9 < delay.max() <= 90e9
        assert not late.on_time


def test_corrections_tell_a_row_wrong_and_later_right():
    for clean, told in pairs(SECOND, corrections=0.002):
        start, known_at = told.rows.start, told.rows.known_at
        second = np.flatnonzero(start[1:] == start[:-1]) + 1
        first = second - 1
        right = np.ones(len(start), dtype=bool)
        right[first] = False
        wrong = told.rows.values[:, first]

        assert 15 <= len(second) <= 90
        assert (known_at[second] > known_at[first]).all()
        assert (known_at[second] - known_at[first] <= 90e9).all()
        assert (told.rows.values[:, right] == clean.rows.values).all()
        assert (wrong[3] != told.rows.values[3, second]).all()
        assert (wrong[1] >= np.maximum(wrong[0], wrong[3])).all()
        assert (wrong[2] <= np.minimum(wrong[0], wrong[3])).all()
        assert not told.on_time


def test_the_days_row_is_delivered_whole():
    for clean, told in pairs(DAY, missing=1, duplicates=1, late=1, corrections=1):
        assert (told.rows.values == clean.rows.values).all()
        assert told.on_time
        assert not told.refused


@given(st.sets(st.sampled_from(["missing", "halts", "duplicates", "late", "corrections"])), st.booleans())
@settings(max_examples=25, deadline=None)
def test_no_fault_changes_what_another_hits_and_order_holds(kinds, sparse):
    """Every row told is a row of the sound day or the first half of a correction, with its own delay."""
    day = DAYS[0:1]
    (clean,) = load(MINUTE, day, sparse)
    (told,) = load(MINUTE, day, sparse, **{kind: ALL[kind] for kind in kinds})
    start, known_at = told.rows.start, told.rows.known_at
    last_told = np.append(start[1:] != start[:-1], True)
    at = clean.rows.start.searchsorted(start[last_told])

    assert (np.lexsort((known_at, start)) == np.arange(len(start))).all()
    assert (told.rows.values[:, last_told] == clean.rows.values[:, at]).all()
    assert (known_at[last_told] >= clean.rows.known_at[at]).all()
    for kind in kinds - {"halts"}:
        (single,) = load(MINUTE, day, sparse, **{kind: ALL[kind]})
        if kind == "missing":
            assert np.isin(start, single.rows.start).all()


def test_faults_are_the_same_whenever_asked():
    for interval in (SECOND, MINUTE):
        a, b = load(interval, **ALL), load(interval, DAYS[3:], **ALL)

        assert (a[4].rows.values == b[1].rows.values).all()
        assert (a[4].rows.known_at == b[1].rows.known_at).all()
        assert a[4].refused == b[1].refused


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mising": 0.1}, "did you mean 'missing'?"),
        ({"missing": 1.5}, "data_options.faults.missing is 1.5; it must be a fraction from 0 to 1"),
        ({"late": -0.1}, "data_options.faults.late is -0.1"),
        ({"duplicates": "many"}, "data_options.faults.duplicates is 'many'"),
        ({"corrections": float("nan")}, "data_options.faults.corrections is nan"),
        ({"halts": 1.5}, "data_options.faults.halts is 1.5; it must be a whole number from 0 to 10"),
        ({"halts": True}, "data_options.faults.halts is True"),
        ({"late_seconds": 0}, "data_options.faults.late_seconds is 0"),
        ({"missing": 2, "late": 3, "x": 1}, "faults.late is 3"),
    ],
)
def test_faults_that_cannot_be_meant_are_named(options, says):
    with pytest.raises(ConfigError) as error:
        Faults.parse(options)

    assert says in str(error.value)
    assert "missing, halts, duplicates, late, late_seconds, corrections" in str(error.value) or "it must be" in str(error.value)
