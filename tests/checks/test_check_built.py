"""Longer bars that are not stored are checked as they are built: against the lab, and against pandas."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from checks.raw_rows import RawRows, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.checks import checking

SAME = ["symbol", "interval", "date", "expected", "present", "coverage", "gap_count", "longest_gap"]
CALENDARS = {
    "XNYS": ("2025-07-02", "2025-07-03"),
    "XTKS": ("2025-07-02", "2025-07-03"),
    "COMMODITIES": ("2025-07-02", "2025-07-04"),
}
WIDTHS = ("1m", "5m", "7m", "30m", "90m", "240m", "1d")


@settings(max_examples=25)
@given(
    calendar=st.sampled_from(sorted(CALENDARS)),
    missing=st.sets(st.integers(0, 400), max_size=60),
    widths=st.sets(st.sampled_from(WIDTHS), min_size=1),
)
def test_it_counts_buckets_and_gaps_as_a_run_does(calendar: str, missing: set[int], widths: set[str]):
    """With breaks and half days, and whether or not the base is asked for itself."""
    days = list(sl.TimeManager(calendar).get_sessions(*CALENDARS[calendar]))
    source = RowsSource({("A", "1m"): make_bars(days, missing=missing)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.DataWarning)
        result = sl.Lab(config("A", " ".join(widths), *CALENDARS[calendar], group=calendar), source=source).run()

    found = sl.check(source, *CALENDARS[calendar], "A", intervals=" ".join(widths), exchange_group=calendar)

    order = ["interval", "date"]
    mine, its = found.table[SAME].sort_values(order), result.quality[SAME].sort_values(order)
    pd.testing.assert_frame_equal(mine.reset_index(drop=True), its.reset_index(drop=True))
    gaps = result.gaps.sort_values(["interval", "start"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(found.gaps.sort_values(["interval", "start"]).reset_index(drop=True), gaps)


def test_how_many_sessions_are_measured_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    days = list(sl.TimeManager().get_sessions("2025-07-01", "2025-07-09"))
    source = RowsSource({("A", "1m"): make_bars(days, missing=range(0, 300, 7))})
    whole = sl.check(source, "2025-07-01", "2025-07-09", "A", intervals="1m 5m 30m")
    monkeypatch.setattr(checking, "BARS_AT_ONCE", 500)

    found = sl.check(source, "2025-07-01", "2025-07-09", "A", intervals="1m 5m 30m")

    pd.testing.assert_frame_equal(found.table, whole.table)
    pd.testing.assert_frame_equal(found.gaps, whole.gaps)
    assert found.findings == whole.findings


def frame() -> pd.DataFrame:
    """A day without 10:00 and 10:01, with a row that has no number in it at 11:00, one that stands twice, and a flat run."""
    day = minutes("2025-07-02")
    day.loc[200:230, ["open", "high", "low", "close"]] = 55.0
    day.loc[90, "close"] = np.nan
    return pd.concat([day.drop(index=[30, 31]), day.loc[[5]]], ignore_index=True)


def test_what_is_said_of_rows_is_about_those_under_the_bars_and_the_rest_is_blank():
    found = sl.check(RawRows({("SPY", "1m"): frame()}), "2025-07-02", "2025-07-02", "SPY", intervals="5m 1m")

    stored, built = found.table.to_dict("records")
    assert (stored["interval"], built["interval"]) == ("1m", "5m")
    assert (built["expected"], built["present"], built["gap_count"], built["longest_gap"]) == (78, 76, 2, 1)
    assert (built["not_a_number"], built["duplicates"]) == (stored["not_a_number"], stored["duplicates"]) == (1, 1)
    assert (stored["flat_runs"], stored["heavy_at"]) == (1, "open")
    assert (built["flat_runs"], built["longest_flat"], built["split_like_jumps"], built["heavy_at"]) == (0, 0, 0, "")
    assert np.isnan(built["volume_fit"])
    assert pd.isna(built["heavy_bar"])
    assert found.built == {"SPY 5m": "1m"}


def test_what_is_wrong_with_rows_is_told_once():
    source = RawRows({("SPY", "1m"): frame()})
    both = sl.check(source, "2025-07-02", "2025-07-02", "SPY", intervals="1m 5m").findings
    alone = sl.check(source, "2025-07-02", "2025-07-02", "SPY", intervals="5m").findings

    gap = (
        "SPY 5m (built from 1m): 2 of 78 bars are absent or incomplete, coverage 97.44 %, in 2 gaps on 1 of 1 day, the longest "
        "of 1 (first: SPY 2025-07-02 10:00:00, 1 bar)."
    )
    assert [sentence for sentence in both if "5m" in sentence] == [gap]
    assert [sentence for sentence in alone if "5m" in sentence] == list(alone)
    assert gap in alone
    assert any("has no number in it" in sentence for sentence in alone)


def test_stamps_hours_off_are_told_of_built_bars_too():
    day = minutes("2025-07-02")
    late = day.assign(timestamp=day["timestamp"] + pd.Timedelta(hours=2))
    found = sl.check(RawRows({("SPY", "1m"): late}), "2025-07-02", "2025-07-02", "SPY", intervals="5m")

    assert found.table["hours_late"].tolist() == [2.0]
    assert found.findings[0].startswith("SPY 5m (built from 1m): stamps look 2 hours late on 1 of 1 day")


def test_what_is_stored_is_checked_as_it_is_stored():
    """Five minutes that a source has are not built; and without a row of them in the sessions they are."""
    fives = minutes("2025-07-02").iloc[::5].drop(index=[0])
    source = RawRows({("SPY", "1m"): minutes("2025-07-02"), ("SPY", "5m"): fives})
    found = sl.check(source, "2025-07-02", "2025-07-02", "SPY", intervals="1m 5m")

    assert found.table["present"].tolist() == [390, 77]
    assert found.built == {}


def test_of_two_bases_the_longest_that_is_asked_for_counts(real_data: Path):
    """Seconds of AIG have a bar in one of six, its minutes lack one. Where neither is asked for it is the minutes."""
    source = f"local:{real_data}"
    minutes_, fives = (
        sl.check(source, "2013-10-07", "2013-10-07", "AIG", intervals=some, quotes=False).table.set_index("interval")
        for some in ("1s 1m 5m", "5m")
    )
    seconds = sl.check(source, "2013-10-07", "2013-10-07", "AIG", intervals="1s 5m", quotes=False)

    assert minutes_.loc["5m", "present"] == fives.loc["5m", "present"] == 77
    assert seconds.built == {"AIG 5m": "1s"}
    assert seconds.table.set_index("interval").loc["5m", "present"] == 0


def test_real_futures_are_as_pandas_counts_them(real_data: Path):
    found = sl.check(f"local:{real_data}", "2024-01-02", "2024-01-12", "6EH4", intervals="10m 30m", exchange_group="COMMODITIES")

    for (width, date), row in found.table.set_index(["interval", "date"]).iterrows():
        day = pd.read_parquet(real_data / "bars" / "1m" / "6EH4" / f"{date:%Y-%m-%d}.parquet")
        opened = pd.Timestamp(f"{date:%Y-%m-%d} 17:00", tz="America/Chicago") - pd.Timedelta(days=1)
        size = int(width[:-1])
        bucket = (day["timestamp"] - opened) // pd.Timedelta(minutes=size)
        bucket = bucket[(bucket >= 0) & (bucket < 1380 // size)]
        assert row["expected"] == 1380 // size
        assert row["present"] == (bucket.value_counts() == size).sum()
