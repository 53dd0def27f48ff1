"""One session's grid of bars, and tables of sessions."""

from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.timing import Interval, SessionTable, TradingSession

SECOND = 10**9
MINUTE = 60 * SECOND


def at(text: str, tz: str = "America/New_York") -> int:
    return pd.Timestamp(text, tz=tz).value


@st.composite
def sessions(draw: st.DrawFn) -> TradingSession:
    """Any session of up to some minutes, with or without a break; bounds on whole seconds."""
    start = draw(st.integers(0, 2 * 10**9))
    lengths = draw(st.lists(st.integers(1, 2000), min_size=3, max_size=3))
    a, b, c = np.cumsum([start, *lengths])[1:].tolist()
    pause = draw(st.booleans())
    return TradingSession(
        dt.date(2025, 7, 2),
        start * SECOND,
        c * SECOND,
        "UTC",
        a * SECOND if pause else None,
        b * SECOND if pause else None,
    )


intervals = st.builds(lambda n, unit: Interval.parse(f"{n}{unit}"), st.integers(1, 90), st.sampled_from("sm"))


@given(sessions(), intervals)
def test_bars_partition_the_spans_of_trading(session: TradingSession, interval: Interval) -> None:
    starts, ends = session.starts(interval), session.ends(interval)
    inner = set(ends[:-1].tolist()) ^ set(starts[1:].tolist())  # where one bar ends and no other begins, or the reverse

    assert (starts[0], ends[-1]) == (session.open_ns, session.close_ns)
    assert (ends[:-1] <= starts[1:]).all()
    assert inner == {edge for edge in (session.break_start_ns, session.break_end_ns) if edge is not None}
    assert int((ends - starts).sum()) == sum(b - a for a, b in session.spans)


@given(sessions(), intervals)
def test_only_the_last_bar_of_a_span_is_cut(session: TradingSession, interval: Interval) -> None:
    starts, ends = session.starts(interval), session.ends(interval)
    cut = ends[ends - starts != interval.ns]

    assert ((ends - starts) <= interval.ns).all()
    assert set(cut.tolist()) <= {end for _, end in session.spans}


@given(sessions(), intervals, st.integers(-10, 8000))
def test_expected_counts_the_bars_that_have_ended(session: TradingSession, interval: Interval, seconds: int) -> None:
    now = session.open_ns + seconds * SECOND

    assert session.expected(interval, now) == sum(end <= now for end in session.ends(interval).tolist())


def test_half_a_day_in_new_york_has_210_minutes_and_21_bars_of_ten() -> None:
    half = TradingSession(
        dt.date(2025, 7, 3), at("2025-07-03 09:30"), at("2025-07-03 13:00"), "America/New_York", is_early_close=True
    )

    assert half.expected(Interval.parse("1m")) == 210
    assert half.expected(Interval.parse("10m")) == 21
    assert half.expected(Interval.parse("60m")) == 4  # the last one lasts half an hour
    assert half.ends(Interval.parse("60m"))[-1] == half.close_ns
    assert half.expected(Interval.parse("1m"), at("2025-07-03 09:31")) == 1
    assert half.expected(Interval.parse("1m"), at("2025-07-03 09:30:59")) == 0
    assert str(half) == "2025-07-03 09:30-13:00, early close"


def test_a_daily_bar_is_the_session() -> None:
    day = TradingSession(dt.date(2025, 7, 2), at("2025-07-02 09:30"), at("2025-07-02 16:00"), "America/New_York")

    for text in ("1d", "1w"):
        assert day.starts(Interval.parse(text)).tolist() == [day.open_ns]
        assert day.ends(Interval.parse(text)).tolist() == [day.close_ns]


def test_a_session_holds_its_open_but_neither_its_close_nor_its_break() -> None:
    zone = "Asia/Tokyo"
    opens, breaks, resumes, closes = (at(f"2025-07-02 {t}", zone) for t in ("09:00", "11:30", "12:30", "15:30"))
    tokyo = TradingSession(dt.date(2025, 7, 2), opens, closes, zone, breaks, resumes)
    inside = {t: at(f"2025-07-02 {t}", zone) in tokyo for t in ("09:00", "11:30", "12:29", "12:30", "15:30")}

    assert inside == {"09:00": True, "11:30": False, "12:29": False, "12:30": True, "15:30": False}


def test_a_grid_cannot_be_written_to() -> None:
    day = TradingSession(dt.date(2025, 7, 2), 0, 10 * MINUTE, "UTC")

    with pytest.raises(ValueError, match="read-only"):
        day.starts(Interval.parse("1m"))[0] = 1


@given(st.lists(sessions(), min_size=1, max_size=5), st.data())
def test_a_table_gives_back_the_sessions_it_was_made_of(many: list[TradingSession], data: st.DataObject) -> None:
    table = SessionTable.of(many)
    a, b = (data.draw(st.integers(-6, 6)) for _ in range(2))

    assert list(table) == many
    assert list(table[a:b]) == many[a:b]
    assert table[-1] == many[-1]
    assert list(pickle.loads(pickle.dumps(table))) == many


def test_an_empty_table_knows_its_zone() -> None:
    table = SessionTable.of([], tz="UTC")

    assert (len(table), table.tz, list(table)) == (0, "UTC", [])


def test_its_repr_says_the_hours_in_the_exchanges_zone() -> None:
    half = TradingSession(
        dt.date(2025, 7, 3), at("2025-07-03 09:30"), at("2025-07-03 13:00"), "America/New_York", is_early_close=True
    )
    tokyo = [at(f"2025-07-03 {clock}", "Asia/Tokyo") for clock in ("09:00", "15:30", "11:30", "12:30")]
    whole = TradingSession(dt.date(2025, 7, 3), tokyo[0], tokyo[1], "Asia/Tokyo", tokyo[2], tokyo[3])

    assert repr(half) == "<TradingSession 2025-07-03 09:30-13:00 America/New_York, early close>"
    assert repr(whole) == "<TradingSession 2025-07-03 09:00-15:30 Asia/Tokyo, break 11:30-12:30>"
