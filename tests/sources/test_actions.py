"""Splits and dividends: as values, as files keep them, and what windows become by them."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.errors import BadDataError
from sessionlab.sources.lean import LeanFolder
from sessionlab.sources.local import LocalStore
from sessionlab.tape.actions import Actions, Dividend, FactorRow, Split, actions_of, adjust_blocks, whole_ratio
from sessionlab.tape.block import DayBlock, Rows
from sessionlab.timing import Interval, TimeManager

TIMES = TimeManager("US_EQUITY")
M1 = Interval.parse("1m")
DAYS = [dt.date(2025, 6, 30) + dt.timedelta(days=n) for n in range(5)]  # Monday to Friday, before a holiday


# -- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rounded", "meant"),
    [(6.999997, 7), (1.999996, 2), (2.000006, 2), (1.500005, 3 / 2), (1.249993, 5 / 4), (0.050000, 1 / 20), (1.03, 1.03)],
)
def test_a_ratio_is_freed_from_the_rounding_of_its_factors(rounded, meant):
    assert whole_ratio(rounded) == meant


@pytest.mark.parametrize("ratio", [1.99827, 1.998333, 3.14159265, 1.0456])
def test_a_ratio_that_is_no_fraction_of_small_numbers_stays(ratio):
    """1.998: what holders of GOOG got in 2014."""
    assert whole_ratio(ratio) == ratio


def test_factors_tell_what_happened_and_when():
    """Apple's in 2014: a dividend of 3.29 on 2014-05-08, 7 for 1 on Monday 2014-06-09; the first row is no event."""
    rows = [
        FactorRow(dt.date(2014, 2, 5), 0.8908440, 0.0357143, 512.59),
        FactorRow(dt.date(2014, 5, 7), 0.8908440 / (1 - 3.05 / 512.59), 0.0357143, 592.33),
        FactorRow(dt.date(2014, 6, 6), 0.9011818, 0.0357143, 645.57),
        FactorRow(dt.date(2050, 12, 31), 0.9011818, 0.25, 0.0),
    ]

    actions = actions_of(rows, TIMES)

    assert actions.splits == (Split(dt.date(2014, 6, 9), 7.0),)
    assert [(one.ex_date, round(one.amount, 2)) for one in actions.dividends] == [
        (dt.date(2014, 2, 6), 3.05),
        (dt.date(2014, 5, 8), 3.29),
    ]


def test_rows_outside_of_the_calendar_are_left_out():
    rows = [FactorRow(dt.date(1985, 1, 2), 1.0, 0.5, 10.0), FactorRow(dt.date(2050, 12, 31), 1.0, 1.0, 0.0)]

    assert actions_of(rows, TIMES) == Actions()


@pytest.mark.parametrize("row", [(0.0, 1.0), (1.0, 0.0), (math.nan, 1.0), (1.0, math.inf)])
def test_factors_that_are_none_are_told(row):
    with pytest.raises(BadDataError, match="the factors up to 2014-06-06 are"):
        actions_of([FactorRow(dt.date(2014, 6, 6), *row, 1.0), FactorRow(dt.date(2050, 12, 31), 1.0, 1.0, 0.0)], TIMES)


ratios = st.sampled_from([0.05, 0.5, 1.25, 2.0, 3.0, 7.0])
some_actions = st.builds(
    Actions.of,
    st.lists(st.builds(Split, st.sampled_from(DAYS), ratios), max_size=3),
    st.lists(st.builds(Dividend, st.sampled_from(DAYS), st.floats(0, 5), st.floats(6, 50)), max_size=3),
)


def block_of(date: dt.date) -> DayBlock:
    return DayBlock("A", M1, date, make_bars(TIMES.get_trading_session(date)), Rows.empty())


@given(some_actions, st.sampled_from(DAYS), st.sampled_from(["none", "splits", "all"]))
@settings(max_examples=60, deadline=None)
def test_only_what_happened_since_a_row_and_up_to_today_touches_it(actions, today, adjust):
    blocks = [block_of(date) for date in DAYS if date < today]

    told = adjust_blocks(blocks, actions, today, adjust)

    for block, after in zip(blocks, told, strict=True):
        ratio, factor = 1.0, 1.0
        for split in actions.splits:
            if block.date < split.ex_date <= today and adjust != "none":
                ratio *= split.ratio
        for dividend in actions.dividends:
            if block.date < dividend.ex_date <= today and adjust == "all":
                factor *= 1 - dividend.amount / dividend.close
        np.testing.assert_allclose(after.rows.values[:4], block.rows.values[:4] / ratio * factor, rtol=1e-12)
        np.testing.assert_allclose(after.rows.values[4], block.rows.values[4] * ratio, rtol=1e-12)
        if (ratio, factor) == (1.0, 1.0):
            assert after is block or after.rows.values.tobytes() == block.rows.values.tobytes()
        assert after.rows.start is block.rows.start
        assert not after.rows.values.flags.writeable


@given(some_actions, st.sampled_from(DAYS[1:]))
@settings(max_examples=40, deadline=None)
def test_what_comes_later_cannot_be_seen(actions, today):
    known = Actions.of(
        [split for split in actions.splits if split.ex_date <= today],
        [dividend for dividend in actions.dividends if dividend.ex_date <= today],
    )
    blocks = [block_of(date) for date in DAYS if date < today]

    for with_future, without in zip(
        adjust_blocks(blocks, actions, today, "all"), adjust_blocks(blocks, known, today, "all"), strict=True
    ):
        assert with_future.rows.values.tobytes() == without.rows.values.tobytes()


# -- files -----------------------------------------------------------------------------------------------------------


def test_the_folder_and_the_store_tell_the_same(lean_data, real_data):
    """Counted from the events that others made of the same factors."""
    folder, store = LeanFolder(lean_data), LocalStore(real_data)
    counts = {"AAPL": (4, 35), "AIG": (4, 75)}

    for symbol in ("SPY", "AIG", "BAC", "AAPL"):
        lean, local = folder.actions(symbol, TIMES), store.actions(symbol, TIMES)
        assert lean == local
        assert (len(lean.splits), len(lean.dividends)) == counts.get(symbol, (len(lean.splits), len(lean.dividends)))
    assert [str(split) for split in folder.actions("AAPL", TIMES).splits] == [
        "2 for 1 on 2000-06-21", "2 for 1 on 2005-02-28", "7 for 1 on 2014-06-09", "4 for 1 on 2020-08-31",
    ]  # fmt: skip
    assert str(folder.actions("AIG", TIMES).splits[-1]) == "1 for 20 on 2009-07-01"
    assert folder.actions("FOXA", TIMES) is None
    assert store.actions("FOXA", TIMES) is None


def test_a_store_without_events_makes_them_of_its_factors(real_data, tmp_path):
    (tmp_path / "bars").mkdir()
    (tmp_path / "corporate_actions").mkdir()
    name = "corporate_actions/AIG_factors.parquet"
    (tmp_path / name).write_bytes((real_data / name).read_bytes())

    assert LocalStore(tmp_path).actions("AIG", TIMES) == LocalStore(real_data).actions("AIG", TIMES)


def store_with(root: Path, **columns: object) -> LocalStore:
    (root / "bars").mkdir()
    (root / "corporate_actions").mkdir()
    pd.DataFrame(columns).to_parquet(root / "corporate_actions/A_events.parquet")
    return LocalStore(root)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"kind": ["split"]}, "no column ex_date"),
        ({"ex_date": [dt.date(2025, 7, 1)], "kind": ["split"]}, "no column ratio_new_per_old"),
        ({"ex_date": [dt.date(2025, 7, 1)], "kind": ["merger"]}, "kind is 'merger'"),
        ({"ex_date": [None], "kind": ["split"], "ratio_new_per_old": [2.0]}, "a row without a date"),
        ({"ex_date": ["soon"], "kind": ["split"], "ratio_new_per_old": [2.0]}, "cannot be read as dates"),
        ({"ex_date": [dt.date(2025, 7, 1)], "kind": ["split"], "ratio_new_per_old": [0.0]}, "has ratio 0"),
        ({"ex_date": [dt.date(2025, 7, 1)], "kind": ["split"], "ratio_new_per_old": [math.nan]}, "has ratio nan"),
        ({"ex_date": [dt.date(2025, 7, 1)], "kind": ["split"], "ratio_new_per_old": ["x"]}, "cannot be read as numbers"),
        ({"ex_date": [dt.date(2025, 7, 1)], "kind": ["dividend"], "cash": [1.0]}, "no column reference_close"),
        (
            {"ex_date": [dt.date(2025, 7, 1)], "kind": ["dividend"], "cash": [9.0], "reference_close": [8.0]},
            "must be less than the close",
        ),
    ],
)
def test_events_that_cannot_be_meant_are_told_with_their_file(tmp_path, columns, says):
    with pytest.raises(BadDataError, match=says) as caught:
        store_with(tmp_path, **columns).actions("A", TIMES)

    assert "A_events.parquet" in str(caught.value)


def test_a_file_that_is_no_parquet_is_told(tmp_path):
    store = store_with(tmp_path, ex_date=[dt.date(2025, 7, 1)], kind=["split"], ratio_new_per_old=[2.0])
    (tmp_path / "corporate_actions/A_events.parquet").write_text("no")

    with pytest.raises(BadDataError, match=r"A_events\.parquet cannot be read as Parquet"):
        store.actions("A", TIMES)


# -- windows ---------------------------------------------------------------------------------------------------------


class SplittingSource(RowsSource):
    """Rows that others made, of a company that acts."""

    def __init__(self, actions: Actions | None, first: str = "2025-06-25", last: str = "2025-07-07") -> None:
        sessions = list(TIMES.get_sessions(first, last))
        super().__init__({("A", "1m"): make_bars(sessions)})
        self._actions = actions

    def actions(self, symbol: str, times: TimeManager) -> Actions | None:
        return self._actions


TWO_FOR_ONE = Actions.of([Split(dt.date(2025, 7, 2), 2.0)])


def ready(source: object, adjust: str, start: str = "2025-07-01", end: str = "2025-07-03", **changes: object) -> sl.Lab:
    asked = config("A", "1m 5m", start, end, window=2, window_intervals="1m 5m 1d", session_data_config__adjust=adjust, **changes)
    return sl.Lab(asked, source=source, times=TIMES)


def test_windows_are_told_in_the_shares_of_each_session():
    plain, adjusted = ready(RowsSource(SplittingSource(None)._rows), "none"), ready(SplittingSource(TWO_FOR_ONE), "splits")
    # in a window of two sessions: none of them, both, one
    for touched in (0, 2, 1):
        plain.step()
        adjusted.step()
        for width in ("1m", "5m", "1d"):
            raw, told = plain.data["A"].bars(width).history.frame(), adjusted.data["A"].bars(width).history.frame()
            dates = raw.index.normalize().unique()
            ratio = np.where(raw.index.normalize().isin(dates[:touched]), 2.0, 1.0)
            prices = ["open", "high", "low", "close"]
            pd.testing.assert_frame_equal(told[prices], raw[prices].div(ratio, axis=0), check_exact=True)
            assert told["volume"].tolist() == (raw["volume"] * ratio).tolist()
        plain.run_session()
        adjusted.run_session()
        today = (plain.data["A"].bars("5m").frame(), adjusted.data["A"].bars("5m").frame())
        pd.testing.assert_frame_equal(*today, check_exact=True)


def test_a_split_inside_a_window_is_said_once_and_flagged_where_nothing_is_adjusted():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lab = ready(SplittingSource(TWO_FOR_ONE), "none")
        bars = lab.data["A"].bars("1m")
        assert not caught
        assert (lab.data["A"].splits, bars.history.unadjusted) == ((), ())
        lab.run_session()
        lab.step()
    split = TWO_FOR_ONE.splits

    assert [str(warning.message) for warning in caught] == [
        "A split 2 for 1 on 2025-07-02, inside its windows before the session of 2025-07-02: prices before it are in other "
        'shares; set session_data_config.adjust to "splits"'
    ]
    assert issubclass(caught[0].category, sl.DataWarning)
    assert (lab.data["A"].splits, bars.history.unadjusted, bars.all.unadjusted, bars.unadjusted) == (split, split, split, ())
    assert "not adjusted for 2 for 1 on 2025-07-02" in repr(bars.history)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lab.run()


def test_adjusted_windows_carry_no_flag():
    lab = ready(SplittingSource(TWO_FOR_ONE), "splits", start="2025-07-03")

    assert lab.data["A"].splits == TWO_FOR_ONE.splits
    assert lab.data["A"].bars("1m").history.unadjusted == ()
    assert "not adjusted" not in repr(lab.data["A"].bars("1m").history)


def test_a_source_that_knows_no_actions_says_so_when_asked_to_adjust():
    for source in (SplittingSource(None), RowsSource(SplittingSource(None)._rows)):
        with pytest.warns(sl.DataWarning, match="A: no corporate actions are known to the source"):
            ready(source, "splits")


def test_no_setting_of_prefetch_and_no_start_of_the_run_is_seen_in_adjusted_windows():
    frames = []
    for start, prefetch in (("2025-07-01", 1), ("2025-07-01", 5), ("2025-07-03", 2)):
        lab = ready(SplittingSource(TWO_FOR_ONE), "all", start=start, backtest_config__prefetch_days=prefetch)
        while lab.session.date < dt.date(2025, 7, 3):
            lab.run_session()
            lab.step()
        frames.append(lab.data["A"].bars("5m").history.frame())

    for other in frames[1:]:
        pd.testing.assert_frame_equal(frames[0], other, check_exact=True)


def test_looking_back_tells_a_session_in_its_own_shares():
    lab = ready(SplittingSource(TWO_FOR_ONE), "splits")
    before = lab.data["A"].bars("1m").history.frame()
    lab.run()

    again = lab.data.as_of("2025-07-01 10:00")["A"].bars("1m").history.frame()

    pd.testing.assert_frame_equal(before, again, check_exact=True)


@pytest.mark.parametrize("kind", ["lean", "local"])
def test_apple_s_window_before_its_split_goes_on_near_92_dollars(lean_data, real_data, kind):
    """645.57 was the close on 2014-06-06, 92.70 the open on Monday."""
    source = LeanFolder(lean_data) if kind == "lean" else LocalStore(real_data)
    asked = config("AAPL", "1m 5m", "2014-06-09", window=1, window_intervals="1m 5m")

    with pytest.warns(sl.DataWarning, match="AAPL split 7 for 1 on 2014-06-09, inside its windows"):
        plain = sl.Lab(asked, source=source)
    adjusted = sl.Lab(asked.replace({"session_data_config.adjust": "splits"}), source=source)
    for lab in (plain, adjusted):
        lab.advance("10:00")

    raw, told = (lab.data["AAPL"].bars("1m").all.frame() for lab in (plain, adjusted))
    jumps, goes_on = (frame["close"].pct_change().abs().max() for frame in (raw, told))
    assert (round(raw["close"].iloc[389], 2), round(told["close"].iloc[389], 2)) == (645.57, 92.22)
    assert told["volume"].iloc[:390].tolist() == (raw["volume"].iloc[:390] * 7).tolist()
    assert jumps > 0.85
    assert goes_on < 0.01
    pd.testing.assert_frame_equal(raw.iloc[390:], told.iloc[390:], check_exact=True)


def test_adjusted_days_agree_with_the_factors_that_lean_publishes(lean_data):
    """Seen from a later day, a price is its factors over that day's: LEAN's own arithmetic, rounded to seven digits."""
    today = dt.date(2015, 6, 1)
    asked = config("AAPL", "1d", str(today), window=800, window_intervals="1d", session_data_config__adjust="all")
    raw_config = asked.replace({"session_data_config.adjust": "none"})
    told = sl.Lab(asked, source=LeanFolder(lean_data)).data["AAPL"].bars("1d").history.frame()
    with pytest.warns(sl.DataWarning, match="7 for 1"):
        raw = sl.Lab(raw_config, source=LeanFolder(lean_data)).data["AAPL"].bars("1d").history.frame()

    table = pd.read_csv(lean_data / "equity/usa/factor_files/aapl.csv", header=None, names=["date", "price", "split", "close"])
    last = pd.to_datetime(table["date"].astype("str"), format="%Y%m%d").to_numpy()
    at = last.searchsorted(raw.index.tz_localize(None).normalize().to_numpy())
    factor = (table["price"] * table["split"]).to_numpy()
    expected = raw["close"].to_numpy() * factor[at] / factor[last.searchsorted(np.datetime64(today))]
    np.testing.assert_allclose(told["close"].to_numpy(), expected, rtol=1e-5)
    assert len(set(factor[at])) > 10
