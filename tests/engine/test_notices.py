"""What a lab says of data whose stamps look wrong, at the close of the session that shows it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import SECOND_NS, RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.tape import Rows

OPEN = pd.Timestamp("2025-07-02 09:30", tz="America/New_York")


def lab_on(folder: Path, shift: str) -> sl.Lab:
    """A complete day of minutes whose stamps are ``shift`` late."""
    stamps = pd.date_range(OPEN, periods=390, freq="1min") + pd.Timedelta(shift)
    day = pd.DataFrame({"timestamp": stamps, "open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 100})
    file = folder / "bars" / "1m" / "SPY" / "2025-07-02.parquet"
    file.parent.mkdir(parents=True)
    day.to_parquet(file, index=False)
    return sl.Lab(sl.SessionConfig.simple("SPY", "2025-07-02", "2025-07-02"), source=f"local:{folder}")


@pytest.mark.parametrize(("shift", "words"), [("1min", "the ends of bars"), ("4h", "in another zone")])
def test_stamps_that_are_ends_or_hours_late_are_doubted_at_the_close(tmp_path: Path, shift: str, words: str):
    lab = lab_on(tmp_path, shift)
    lab.advance("15:59")

    with pytest.warns(sl.DataWarning, match=words):
        lab.run()


def test_nothing_is_said_of_a_day_as_it_should_be(tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lab_on(tmp_path, "0min").run()


def lab_with_quotes(crossed: int, one_sided: int, early: int = 0) -> sl.Lab:
    """Two days, each with a hundred quotes from 10:00 on, so many of them bad, and ``early`` one-sided ones before the open."""
    days = list(sl.TimeManager().get_sessions("2025-07-02", "2025-07-03"))
    start = np.concatenate([day.open_ns + np.r_[-np.arange(1, early + 1), np.arange(1800, 1900)] * SECOND_NS for day in days])
    bid, ask = np.full((2, 100 + early), [[99.0], [101.0]])
    bid[:early] = np.nan
    bid[early : early + crossed], ask[early + crossed : early + crossed + one_sided] = 102.0, np.nan
    bid, ask = np.tile(bid, 2), np.tile(ask, 2)
    order = np.argsort(start, kind="stable")
    values = np.stack([bid, np.where(np.isnan(bid), 0, 100), ask, np.where(np.isnan(ask), 0, 100)])[:, order]
    source = RowsSource({("A", "1m"): make_bars(days)}, {"A": Rows.of(start[order], start[order], values)})
    return sl.Lab(config("A", "1m quotes", "2025-07-02", "2025-07-03"), source=source)


def test_a_session_with_many_quotes_that_are_no_prices_is_told_once_at_its_close():
    lab = lab_with_quotes(crossed=3, one_sided=2)
    lab.advance("15:59")
    with pytest.warns(sl.DataWarning) as told:
        lab.run()

    assert [str(one.message) for one in told] == [
        "A quotes on 2025-07-02: 3 crossed and 2 one-sided of 100 in the session; none of them is used as a price. "
        "See sl.check(...).quotes"
    ]


def test_a_few_of_them_and_those_before_the_open_are_not_told():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lab_with_quotes(crossed=2, one_sided=1, early=50).run()


def test_a_session_without_any_bar_is_told_once_at_its_close():
    days = list(sl.TimeManager().get_sessions("2025-07-02", "2025-07-08"))
    source = RowsSource({("A", "1m"): make_bars([days[0], days[3]]), ("B", "1m"): make_bars(days)})
    lab = sl.Lab(config("A B", "1m", "2025-07-02", "2025-07-08"), source=source)
    lab.run_session()
    lab.advance("12:00")
    with pytest.warns(sl.DataWarning) as told:
        lab.run()

    assert [str(one.message) for one in told] == [
        "A 1m: no bar at all in the session of 2025-07-03; how many sessions are like it is told by lab.data.quality()"
    ]


def test_a_window_without_any_bar_is_told_at_the_open():
    days = list(sl.TimeManager().get_sessions("2025-07-02", "2025-07-03"))
    source = RowsSource({("A", "1m"): make_bars(days)})
    with pytest.warns(sl.DataWarning) as told:
        sl.Lab(config("A", "1m", "2025-07-02", window=2), source=source)

    assert [str(one.message) for one in told] == [
        "A 1m: no 1m bar is stored of the window before 2025-07-02, from 2025-06-30 to 2025-07-01: what stands on it has no value"
    ]
