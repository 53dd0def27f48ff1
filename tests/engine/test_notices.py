"""What a lab says of data whose stamps look wrong, at the close of the session that shows it."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest

import sessionlab as sl

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
