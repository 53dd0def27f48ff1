"""A result's headline counts each hole in the data once, by hand."""

from __future__ import annotations

import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")


@pytest.mark.parametrize("streams", ["1m", "1m 5m 10m"])
def test_a_hole_counts_once_however_many_longer_bars_lack_it(streams: str) -> None:
    source = RowsSource({("A", "1m"): make_bars(DAY, missing=[12, 40, 41])})
    result = sl.Lab(config(["A"], streams, "2025-07-02"), source=source, times=TIMES).run()

    assert result.coverage == pytest.approx(100 * 387 / 390)
    assert "1 sessions, coverage 99.23 %, 2 gaps" in repr(result)


def test_without_the_base_in_the_run_the_shortest_bars_made_of_it_count() -> None:
    source = RowsSource({("A", "1m"): make_bars(DAY, missing=[12, 40, 41])})
    result = sl.Lab(config(["A"], "5m 10m", "2025-07-02"), source=source, times=TIMES).run()

    assert result.coverage == pytest.approx(100 * 76 / 78)
    assert "2 gaps" in repr(result)
