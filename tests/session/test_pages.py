"""What a session's data shows of itself, where its rows are unusual."""

from __future__ import annotations

import numpy as np
import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")


def lab_with_volume(volume: float) -> sl.Lab:
    bars = make_bars(DAY)
    values = bars.values.copy()
    values[4] = volume
    lab = sl.Lab(config("EURUSD", "1m 5m"), source=RowsSource({("EURUSD", "1m"): Rows.of(bars.start, bars.known_at, values)}))
    lab.step(5)
    return lab


def pages(lab: sl.Lab) -> list[str]:
    one = lab.data["EURUSD"]
    return [shown._repr_html_() for shown in (lab.data, one, one.bars("1m"), one.bars("5m"))]


@pytest.mark.parametrize("volume", [np.nan, np.inf])
def test_bars_that_tell_no_volume_are_shown_without_one(volume: float) -> None:
    for page in pages(lab_with_volume(volume)):
        assert "–" in page
        assert "nan" not in page.lower()


def test_a_part_of_a_share_is_shown_as_it_is() -> None:
    lab = lab_with_volume(0.00000012)

    assert "<td>0.00000012</td>" in lab.data["EURUSD"].bars("1m")._repr_html_()
