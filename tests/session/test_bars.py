"""A bar is a value, and says its numbers plainly."""

from __future__ import annotations

import copy
import pickle

import pandas as pd
import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.session.bars import BarView
from sessionlab.session.columns import Bar, Cut, bar_of
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    """One symbol at 10:00, whose minute of 09:42 never came."""
    source = RowsSource({("A", "1m"): make_bars(DAY, missing=[12])})
    lab = sl.Lab(config(["A"], "1m 5m", "2025-07-02"), source=source, times=TIMES)
    lab.advance("10:00")
    return lab


@pytest.fixture(params=["1m", "5m"])
def bars(lab: sl.Lab, request: pytest.FixtureRequest) -> BarView:
    view: BarView = lab.data["A"].bars(request.param)
    return view


def bar(close: float = 155.5, volume: float = 4_092_860.0) -> Bar:
    values = [[155.0], [156.0], [154.0], [close], [volume]]
    return bar_of(Cut(Rows.of([DAY.open_ns], [DAY.open_ns + 60], values), 1, (0,), 0, 1, DAY.tz), 0)


class TestABarIsAValue:
    def test_two_looks_at_one_bar_are_equal_and_hash_alike(self, bars: BarView) -> None:
        assert bars.last == bars.last
        assert len({bars.last, bars.last, bars[-1]}) == 1
        assert bars.last is not bars.last

    def test_bars_that_differ_are_not_equal(self, bars: BarView) -> None:
        assert bars[0] != bars[1]
        assert bar(155.5) != bar(155.25)
        assert bars.last != "a bar"

    @pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
    def test_a_copy_or_a_pickle_of_each_is_that_bar(self, bars: BarView, again: object) -> None:
        assert callable(again)
        told = [again(one) for one in bars]

        assert told == list(bars)
        assert [repr(one) for one in told] == [repr(one) for one in bars]
        assert [one.start.tz for one in told] == [one.start.tz for one in bars]

    def test_a_pickled_bar_does_not_carry_its_day(self, bars: BarView) -> None:
        assert len(pickle.dumps(bars.last)) < 1000

    def test_rows_of_bars_are_the_frame(self, lab: sl.Lab) -> None:
        bars = lab.data["A"].bars("5m")
        told = pd.DataFrame([one._asdict() for one in bars]).set_index("start")

        pd.testing.assert_frame_equal(told[bars.frame().columns], bars.frame(), check_index_type=False, check_freq=False)

    def test_an_incomplete_bar_stays_one(self, lab: sl.Lab) -> None:
        short = pickle.loads(pickle.dumps(lab.data["A"].bars("5m")["09:40"]))

        assert (short.count, short.complete) == (4, False)


class TestItsText:
    def test_numbers_are_written_without_an_exponent(self) -> None:
        assert repr(bar()) == "Bar(2025-07-02 09:30:00 open=155 high=156 low=154 close=155.5 volume=4092860)"

    def test_small_prices_keep_six_decimals(self) -> None:
        assert "close=0.000123 " in repr(bar(close=0.000123))
        assert "volume=0.5)" in repr(bar(volume=0.5))

    def test_a_price_above_a_million_keeps_its_cents(self) -> None:
        assert "close=1234567.25 " in repr(bar(close=1_234_567.25))


def test_html_shows_whole_shares(lab: sl.Lab) -> None:
    volume = f">{lab.data['A'].day.volume:,.0f}</"

    assert "," in volume
    assert volume in lab.data["A"]._repr_html_()
    assert volume in lab.data._repr_html_()


def test_without_a_window_its_gaps_are_an_empty_table(bars: BarView) -> None:
    nothing = bars.history.gaps

    assert (list(nothing), len(nothing), bars.history.coverage) == (["start", "end", "count"], 0, None)
    assert nothing.dtypes.tolist() == bars.gaps.dtypes.tolist()
