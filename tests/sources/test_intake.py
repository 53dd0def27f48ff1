"""Raw columns become blocks: what is let in, what is refused and counted, and that a block stands on its own."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionlab.errors import ConfigError
from sessionlab.sources.intake import to_blocks, to_quote_blocks
from sessionlab.sources.row_checks import AT_ITS_END
from sessionlab.timing import Interval, SessionTable, TradingSession

NEW_YORK, CHICAGO, TOKYO = "America/New_York", "America/Chicago", "Asia/Tokyo"
M1, M5, D1 = Interval.parse("1m"), Interval.parse("5m"), Interval.parse("1d")
MINUTE = 60 * 10**9


def ns(text: str, tz: str = NEW_YORK) -> int:
    return pd.Timestamp(text, tz=tz).as_unit("ns").value


def session(date: str, opens: str = "09:30", closes: str = "16:00", tz: str = NEW_YORK, evening: bool = False, pause=None):
    day = pd.Timestamp(date)
    first = day - pd.Timedelta(days=1) if evening else day
    stops = (ns(f"{date} {pause[0]}", tz), ns(f"{date} {pause[1]}", tz)) if pause else (None, None)
    return TradingSession(day.date(), ns(f"{first:%Y-%m-%d} {opens}", tz), ns(f"{date} {closes}", tz), tz, stops[0], stops[1])


def table(*sessions: TradingSession) -> SessionTable:
    return SessionTable.of(list(sessions))


def flat(count: int, price: float = 10.0) -> np.ndarray:
    """Bars that differ in their close, so that each can be told from the others."""
    close = price + np.arange(count) / 1024
    return np.array([close, close + 1, close - 1, close, 100 + np.arange(count)])


def clean(day: TradingSession, interval: Interval = M1):
    start = np.array(day.starts(interval))
    return start, flat(len(start))


WEDNESDAY, THURSDAY = session("2025-07-02"), session("2025-07-03", closes="13:00")


def test_a_clean_day_is_let_in_whole_and_known_at_its_ends():
    start, values = clean(WEDNESDAY)

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values)

    assert block.rows.size == 390
    assert (block.rows.known_at - block.rows.start == MINUTE).all()
    assert (block.rows.values == values).all()
    assert block.on_time
    assert not block.refused
    assert block.off_session == 0


def test_rows_are_read_only_and_the_given_arrays_stay_writable():
    start, values = clean(WEDNESDAY)

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values)

    assert not any(array.flags.writeable for array in (block.rows.start, block.rows.known_at, block.rows.values))
    assert values.flags.writeable
    assert start.flags.writeable


def test_each_session_gets_its_own_rows_and_one_without_rows_an_empty_block():
    friday = session("2025-07-07")
    start, values = clean(WEDNESDAY)

    blocks = to_blocks("SPY", M1, table(WEDNESDAY, THURSDAY, friday), start, values)

    assert [block.rows.size for block in blocks] == [390, 0, 0]
    assert [block.date for block in blocks] == [dt.date(2025, 7, 2), dt.date(2025, 7, 3), dt.date(2025, 7, 7)]


def test_no_sessions_are_no_blocks():
    assert to_blocks("SPY", M1, SessionTable.of([], NEW_YORK), *clean(WEDNESDAY)) == []


def test_the_last_bar_is_known_at_an_odd_close():
    odd = session("2025-07-02", closes="09:43")
    start, values = clean(odd, M5)

    [block] = to_blocks("SPY", M5, table(odd), start, values)

    assert [pd.Timestamp(known, tz=NEW_YORK).strftime("%H:%M") for known in block.rows.known_at] == ["09:35", "09:40", "09:43"]


def test_a_break_cuts_bars_and_rows_within_it_are_off_session():
    tokyo = session("2024-01-04", "09:00", "15:00", TOKYO, pause=("11:32", "12:30"))
    start = np.array([ns(f"2024-01-04 {at}", TOKYO) for at in ("11:30", "11:45", "12:30", "12:33")])

    [block] = to_blocks("7203", M5, table(tokyo), start, flat(4))

    assert [pd.Timestamp(at, tz=TOKYO).strftime("%H:%M") for at in block.rows.start] == ["11:30", "12:30"]
    assert [pd.Timestamp(at, tz=TOKYO).strftime("%H:%M") for at in block.rows.known_at] == ["11:32", "12:35"]
    assert [pd.Timestamp(at, tz=TOKYO).strftime("%H:%M") for at in block.extended.start] == ["11:45"]
    assert block.refused.counts == {"off_grid": 1}
    assert block.on_time


FAULTS = {
    "not_a_number": [(0, np.nan), (1, np.inf), (3, -np.inf), (4, np.nan), (4, np.inf)],
    "bad_price": [(0, 0.0), (2, -1.0), (3, 0.0)],
    "high_below_low": [(1, 8.0), (2, 12.0), (0, 99.0), (3, 5.0)],
    "negative_volume": [(4, -1.0)],
}


@pytest.mark.parametrize(("kind", "column", "value"), [(k, c, v) for k, cases in FAULTS.items() for c, v in cases])
def test_an_unsound_row_is_refused_counted_and_told(kind, column, value):
    start, values = clean(WEDNESDAY)
    values[column, [31, 40]] = value

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values, origin="spy.parquet")

    assert block.rows.size == 388
    assert start[31] not in block.rows.start
    assert block.refused.counts == {kind: 2}
    example = block.refused.examples[kind]
    assert example.startswith("SPY 2025-07-02 10:01:00 ")
    assert f"{value:g}" in example
    assert example.endswith("in spy.parquet")
    assert "\n" not in example


def test_a_row_of_two_faults_counts_once():
    start, values = clean(WEDNESDAY)
    values[:, 5] = [-1.0, np.nan, 3.0, 2.0, -4.0]

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values)

    assert block.refused.counts == {"not_a_number": 1}


def test_a_last_bit_of_rounding_is_no_fault():
    start, values = clean(WEDNESDAY)
    values[3] = values[1] * (1 + 1e-15)

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values)

    assert block.rows.size == 390


def test_zero_volume_is_a_value():
    start, values = clean(WEDNESDAY)
    values[4] = 0.0

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values)

    assert block.rows.size == 390


def test_of_duplicates_the_first_stays():
    start = np.array([WEDNESDAY.open_ns] * 3)

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, flat(3))

    assert block.rows.values[3].tolist() == [10.0]
    assert block.refused.counts == {"duplicate": 2}
    assert block.refused.examples["duplicate"] == "SPY 2025-07-02 09:30:00 close 10.001"
    assert block.on_time


def test_an_unsound_row_does_not_stand_in_the_way_of_its_duplicate():
    start, values = np.array([WEDNESDAY.open_ns] * 2), flat(2)
    values[0, 0] = np.nan

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values)

    assert block.rows.values[3].tolist() == [values[3, 1]]
    assert block.refused.counts == {"not_a_number": 1}


def test_a_correction_known_later_stays_beside_what_it_corrects():
    start = np.array([WEDNESDAY.open_ns, WEDNESDAY.open_ns + MINUTE, WEDNESDAY.open_ns])
    known_at = np.array([AT_ITS_END, AT_ITS_END, WEDNESDAY.open_ns + 5 * MINUTE])

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, flat(3), known_at)

    assert ((block.rows.start - WEDNESDAY.open_ns) // MINUTE).tolist() == [0, 0, 1]
    assert ((block.rows.known_at - WEDNESDAY.open_ns) // MINUTE).tolist() == [1, 5, 2]
    assert block.rows.values[4].tolist() == [100, 102, 101]
    assert not block.on_time
    assert not block.refused


def test_an_arrival_log_is_in_order_when_its_arrivals_are():
    start = np.array([0, 1, 2, 0]) * MINUTE + WEDNESDAY.open_ns
    known_at = np.array([1, 2, 3, 4]) * MINUTE + WEDNESDAY.open_ns

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, flat(4), known_at)

    assert not block.refused
    assert block.rows.size == 4


def test_the_same_bar_known_at_the_same_time_is_a_duplicate():
    start = np.array([WEDNESDAY.open_ns] * 2)
    known_at = np.array([WEDNESDAY.open_ns + MINUTE, AT_ITS_END])

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, flat(2), known_at)

    assert block.rows.size == 1
    assert block.refused.counts["duplicate"] == 1
    assert block.on_time


def test_a_row_cannot_be_known_before_its_end():
    start = np.array([0, 1]) * MINUTE + WEDNESDAY.open_ns

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, flat(2), start + np.array([MINUTE - 1, MINUTE]))

    assert block.rows.start.tolist() == [start[1]]
    assert block.refused.counts == {"known_early": 1}


def test_recorded_times_at_the_ends_are_on_time():
    start, values = clean(THURSDAY)

    [block] = to_blocks("SPY", M1, table(THURSDAY), start, values, start + MINUTE)

    assert block.on_time


def test_rows_out_of_order_are_sorted_in_and_counted():
    start, values = clean(WEDNESDAY)
    order = [*range(50), *range(60, 390), *range(50, 60)]

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start[order], values[:, order])

    assert (block.rows.start == start).all()
    assert (block.rows.values == values).all()
    assert block.refused.counts == {"out_of_order": 10}
    assert block.refused.examples["out_of_order"].startswith("SPY 2025-07-02 10:20:00")


def test_rows_off_the_grid_are_refused():
    start, values = clean(WEDNESDAY)
    start[7] += 17 * 10**9

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, values)

    assert block.rows.size == 389
    assert block.refused.counts == {"off_grid": 1}
    assert "09:37:17" in block.refused.examples["off_grid"]


def test_rows_off_the_hours_are_extended_rows_of_their_date():
    at = ["2025-07-01 23:59", "2025-07-02 04:00", "2025-07-02 09:29", "2025-07-02 16:00", "2025-07-02 23:59", "2025-07-03 00:00"]
    start = np.array([ns(text) for text in at])

    [block] = to_blocks("SPY", M1, table(WEDNESDAY), start, flat(6))

    assert [f"{pd.Timestamp(s, tz=NEW_YORK):%Y-%m-%d %H:%M}" for s in block.extended.start] == at[1:5]
    assert block.off_session == 4
    assert block.rows.size == 0
    assert not block.refused


def test_the_evening_after_the_close_of_a_session_over_midnight_is_the_next_dates():
    tuesday, wednesday = (session(d, "17:00", "16:00", CHICAGO, evening=True) for d in ("2024-01-02", "2024-01-03"))
    at = ["2024-01-01 17:00", "2024-01-02 15:59", "2024-01-02 16:30", "2024-01-02 17:00", "2024-01-03 15:59"]
    start = np.array([ns(text, CHICAGO) for text in at])

    both = to_blocks("6EH4", M1, table(tuesday, wednesday), start, flat(5))
    [alone] = to_blocks("6EH4", M1, table(tuesday), start, flat(5))

    assert [block.rows.size for block in both] == [2, 2]
    assert [block.off_session for block in both] == [1, 0]
    assert (alone.rows.size, alone.off_session) == (2, 1)


def test_a_friday_evening_belongs_to_nobody():
    friday, monday = (session(d, "17:00", "16:00", CHICAGO, evening=True) for d in ("2024-01-05", "2024-01-08"))
    start = np.array([ns(text, CHICAGO) for text in ("2024-01-05 18:00", "2024-01-06 12:00")])

    blocks = to_blocks("6EH4", M1, table(friday, monday), start, flat(2))

    assert [block.rows.size + block.off_session for block in blocks] == [0, 0]


def test_daily_bars_belong_to_the_date_that_their_stamp_names():
    days = table(
        session("2024-01-02", "17:00", "16:00", CHICAGO, evening=True),
        session("2024-01-03", "17:00", "16:00", CHICAGO, evening=True),
    )
    start = np.array([ns("2024-01-02", "UTC"), ns("2024-01-03", CHICAGO), ns("2024-01-04", "UTC")])

    blocks = to_blocks("6EH4", D1, days, start, flat(3))

    assert [block.rows.values[4].tolist() for block in blocks] == [[100], [101]]
    assert [block.rows.start.tolist() for block in blocks] == [[days.open[0]], [days.open[1]]]
    assert [block.rows.known_at.tolist() for block in blocks] == [[days.close[0]], [days.close[1]]]


def test_two_daily_bars_of_one_date_are_duplicates_however_they_are_stamped():
    start = np.array([ns("2025-07-02", "UTC"), ns("2025-07-02", NEW_YORK)])

    [block] = to_blocks("SPY", D1, table(WEDNESDAY), start, flat(2))

    assert block.rows.values[4].tolist() == [100]
    assert block.refused.counts == {"duplicate": 1}


def test_unsound_daily_bars_are_counted_on_their_date():
    start, values = np.array([ns("2025-07-02", "UTC"), ns("2025-07-03", "UTC")]), flat(2)
    values[3, 0] = np.nan

    blocks = to_blocks("SPY", D1, table(WEDNESDAY, THURSDAY), start, values)

    assert [block.refused.counts for block in blocks] == [{"not_a_number": 1}, {}]


def test_bars_of_a_week_are_not_taken():
    with pytest.raises(ConfigError, match="1w bars are built"):
        to_blocks("SPY", Interval.parse("1w"), table(WEDNESDAY), *clean(WEDNESDAY))


def test_quotes_are_sorted_and_a_missing_side_is_nan_without_size():
    stamp = np.array([ns("2025-07-02 09:31"), ns("2025-07-02 09:30"), ns("2025-07-02 20:00"), ns("2025-07-03 00:00")])
    values = np.array([[10.0, 0.0, np.nan, 9.0], [1.0, 0.0, 5.0, 1.0], [11.0, 11.0, 12.0, 10.0], [2.0, 2.0, 2.0, 1.0]])

    [block] = to_quote_blocks("SPY", table(WEDNESDAY), stamp, values)

    assert block.rows.start.tolist() == sorted(stamp[:3].tolist())
    assert (block.rows.known_at == block.rows.start).all()
    np.testing.assert_array_equal(block.rows.values[0], [np.nan, 10.0, np.nan])
    np.testing.assert_array_equal(block.rows.values[1], [0.0, 1.0, 0.0])
    assert block.refused.counts == {"out_of_order": 1}


@pytest.mark.parametrize(
    ("side", "value", "kind"),
    [
        (0, -1.0, "bad_price"),
        (2, 0.0, "bad_price"),
        (2, np.inf, "not_a_number"),
        (1, -5.0, "negative_volume"),
        (3, np.nan, "not_a_number"),
    ],
)
def test_unsound_quotes_are_refused(side, value, kind):
    values = np.array([[10.0, 10.0], [1.0, 1.0], [11.0, 11.0], [2.0, 2.0]])
    values[side, 1] = value

    [block] = to_quote_blocks("SPY", table(WEDNESDAY), np.array([0, 1]) + WEDNESDAY.open_ns, values)

    assert block.rows.size == 1
    assert block.refused.counts == {kind: 1}


def test_crossed_and_repeated_quotes_stay():
    values = np.array([[12.0, 12.0], [1.0, 1.0], [11.0, 11.0], [2.0, 2.0]])

    [block] = to_quote_blocks("SPY", table(WEDNESDAY), np.array([WEDNESDAY.open_ns] * 2), values)

    assert block.rows.size == 2


SHORT = table(session("2025-07-02", closes="09:50"), session("2025-07-03", closes="09:40"))


@given(st.data())
def test_any_order_and_any_copies_of_clean_rows_give_the_same_rows(data):
    start = np.concatenate([day.starts(M1) for day in SHORT])
    values = flat(len(start))
    present = data.draw(st.lists(st.integers(0, len(start) - 1), min_size=1))
    expected = sorted(set(present))

    blocks = to_blocks("SPY", M1, SHORT, start[present], values[:, present])

    assert np.concatenate([block.rows.start for block in blocks]).tolist() == start[expected].tolist()
    assert np.concatenate([block.rows.values for block in blocks], axis=1).tolist() == values[:, expected].tolist()
    assert sum(block.refused.counts.get("duplicate", 0) for block in blocks) == len(present) - len(expected)


CELLS = st.sampled_from([10.0] * 12 + [0.0, -1.0, np.nan, np.inf, 12.0])
ROW = st.tuples(st.integers(-8, 45), st.sampled_from([0] * 9 + [30]), st.integers(0, 1), st.lists(CELLS, min_size=5, max_size=5))


@settings(max_examples=200)
@given(st.lists(ROW, max_size=25))
def test_blocks_are_what_a_plain_loop_over_the_rows_says(rows):
    """Counts and rows of dirty columns against the same rules applied to one row after the other."""
    start = np.array([SHORT[day].open_ns + at * MINUTE + late * 10**9 for at, late, day, _ in rows], dtype=np.int64)
    values = np.array([cells for *_, cells in rows]).reshape(len(rows), 5).T

    blocks = to_blocks("SPY", M1, SHORT, start, values)

    kept, off, counts = _loop(start, values)
    for block in blocks:
        assert block.rows.start.tolist() == sorted(kept[block.date])
        assert [block.rows.values[:, i].tolist() for i in range(block.rows.size)] == [
            v for _, v in sorted(kept[block.date].items())
        ]
        assert block.extended.start.tolist() == sorted(off[block.date])
        assert Counter(block.refused.counts) == counts[block.date]


@given(st.lists(ROW, min_size=1, max_size=25))
def test_a_block_does_not_depend_on_what_else_was_asked(rows):
    start = np.array([SHORT[day].open_ns + at * MINUTE + late * 10**9 for at, late, day, _ in rows])
    values = np.array([cells for *_, cells in rows]).T

    together = to_blocks("SPY", M1, SHORT, start, values)
    alone = [to_blocks("SPY", M1, SHORT[at : at + 1], start, values)[0] for at in range(2)]

    for one, other in zip(together, alone, strict=True):
        assert one.rows.start.tolist() == other.rows.start.tolist()
        assert one.extended.start.tolist() == other.extended.start.tolist()
        assert one.refused == other.refused


def _loop(start, values):
    """The rules, said once more for one row at a time."""
    kept, off, counts = defaultdict(dict), defaultdict(dict), defaultdict(Counter)
    newest = None
    for at in range(len(start)):
        o, h, low, c, v = (float(x) for x in values[:, at])
        moment = pd.Timestamp(int(start[at]), tz=NEW_YORK)
        date = moment.date()
        day = next(day for day in SHORT if day.date == date)
        if not np.isfinite([o, h, low, c, v]).all():
            counts[date]["not_a_number"] += 1
        elif min(o, h, low, c) <= 0:
            counts[date]["bad_price"] += 1
        elif h < max(o, c, low) or low > min(o, c):
            counts[date]["high_below_low"] += 1
        elif v < 0:
            counts[date]["negative_volume"] += 1
        else:
            if newest is not None and start[at] < newest:
                counts[date]["out_of_order"] += 1
            newest = int(start[at]) if newest is None else max(newest, int(start[at]))
            inside = day.open_ns <= start[at] < day.close_ns
            if inside and moment.second:
                counts[date]["off_grid"] += 1
            elif int(start[at]) in (kept if inside else off)[date]:
                counts[date]["duplicate"] += 1
            else:
                (kept if inside else off)[date][int(start[at])] = [o, h, low, c, v]
    return kept, off, counts
