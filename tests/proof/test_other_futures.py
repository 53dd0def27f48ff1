"""Other futures: nothing known by the cut changes, everything later does, and what comes out is still sound data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from builders import RowsSource, at, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.proof.cut_rows import WAYS, Way, cut_rows
from sessionlab.proof.cut_source import Shelf, cut_source
from sessionlab.proof.stamped import Stood, known_at
from sessionlab.sources.protocol import TellsActions, TellsHoldings
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAYS = TIMES.get_sessions("2025-07-01", "2025-07-03")
BARS = make_bars(DAYS, late={5: 90.0}, corrected={30: 600.0})
EASTERN = "America/New_York"


class TestRows:
    @given(cut=st.integers(int(BARS.known_at.min()) - 10**9, int(BARS.known_at.max()) + 10**9), way=st.sampled_from(WAYS))
    @settings(max_examples=60)
    def test_rows_known_by_the_cut_stay_to_the_last_bit_and_later_ones_do_not(self, cut: int, way: Way) -> None:
        known, later = BARS.known_at <= cut, BARS.known_at > cut

        other = cut_rows(BARS, cut, way)

        early = other.known_at <= cut
        np.testing.assert_array_equal(other.values[:, early], BARS.values[:, known])
        np.testing.assert_array_equal(other.start[early], BARS.start[known])
        if way == "removed":
            assert other.size == known.sum()
        else:
            np.testing.assert_array_equal(other.known_at, BARS.known_at)
            assert later.sum() <= 1 or (other.values[:, later] != BARS.values[:, later]).any(axis=0).mean() > 0.9

    @given(cut=st.integers(int(BARS.known_at.min()), int(BARS.known_at.max())), way=st.sampled_from(WAYS))
    @settings(max_examples=30)
    def test_bars_stay_sound(self, cut: int, way: Way) -> None:
        opens, highs, lows, closes, volumes = cut_rows(BARS, cut, way).values

        assert (lows > 0).all()
        assert (volumes >= 0).all()
        assert (np.minimum(opens, closes) >= lows).all()
        assert (np.maximum(opens, closes) <= highs).all()

    def test_a_rise_becomes_a_fall_of_the_same_ratio(self) -> None:
        rows = Rows.of([0, 60], [60, 120], [[10.0, 10.0], [10.0, 12.5], [10.0, 8.0], [10.0, 12.5], [1.0, 1.0]])

        other = cut_rows(rows, 60, "replaced")

        assert other.values[:, 1].tolist() == [10.0, 12.5, 8.0, 8.0, 1.0]

    def test_quotes_keep_their_sides(self) -> None:
        rows = Rows.of([60, 120], [60, 120], [[10.0, 10.5], [1.0, 1.0], [10.1, 10.6], [2.0, 2.0]])

        for way in WAYS:
            bid, _, ask, _ = cut_rows(rows, 60, way).values
            assert (bid < ask).all()


class TestSource:
    def test_it_says_what_the_other_one_can_say_and_no_more(self) -> None:
        class Telling(RowsSource):
            def actions(self, symbol: str, times: Any) -> str:
                return f"those of {symbol}"

        telling: Any = cut_source(Shelf(Telling({("A", "1m"): BARS})))
        plain = cut_source(Shelf(RowsSource({("A", "1m"): BARS})))

        assert isinstance(telling, TellsActions)
        assert telling.actions("A", TIMES) == "those of A"
        assert not isinstance(plain, TellsActions | TellsHoldings)

    def test_each_block_is_read_once_for_all_runs(self) -> None:
        source = RowsSource({("A", "1m"): BARS})
        shelf = Shelf(source)

        for way in WAYS:
            SessionCoordinator(config("A", "1m", "2025-07-01", "2025-07-03"), cut_source(shelf, at("12:00"), way), TIMES)

        assert source.asked == [("A", "1m", "2025-07-01")]

    @given(k=st.integers(1, 389), way=st.sampled_from(WAYS))
    @settings(max_examples=10)
    def test_a_lab_shows_the_same_up_to_the_cut(self, k: int, way: Way) -> None:
        source, document = RowsSource({("A", "1m"): BARS}), config("A", "1m 5m", "2025-07-02", window=1)
        plain = sl.Lab(document, source=source, times=TIMES)
        plain.step(k)
        other = sl.Lab(document, source=cut_source(Shelf(source), plain.now.value, way), times=TIMES)
        other.step(k)

        for interval in ("1m", "5m"):
            pd.testing.assert_frame_equal(
                other.data["A"].bars(interval).all.frame(), plain.data["A"].bars(interval).all.frame(), check_freq=False
            )
        np.testing.assert_equal(other.data["A"][sl.EMA(9, "1m")].last, plain.data["A"][sl.EMA(9, "1m")].last)


def frame_of(stamps: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(stamps), dtype=float)}, index=pd.DatetimeIndex(stamps))


class TestStamps:
    """When the rows of a held table became known."""

    def known(self, frame: Any) -> list[str]:
        found = known_at(frame, DAYS, [])
        assert found is not None
        return [f"{stamp:%d %H:%M}" for stamp in pd.DatetimeIndex(found, tz="UTC").tz_convert(EASTERN)]

    def test_stamps_at_the_open_and_none_at_the_close_are_starts(self) -> None:
        stamps = pd.date_range("2025-07-01 09:30", "2025-07-01 15:55", freq="5min", tz=EASTERN)

        known = self.known(frame_of(stamps))

        assert (known[0], known[-1]) == ("01 09:35", "01 16:00")

    def test_stamps_at_the_close_and_none_at_the_open_are_ends(self) -> None:
        stamps = pd.date_range("2025-07-01 09:35", "2025-07-01 16:00", freq="5min", tz=EASTERN)

        assert self.known(frame_of(stamps))[0] == "01 09:35"

    def test_naive_stamps_are_exchange_time_and_dates_are_known_at_the_close_also_of_a_half_day(self) -> None:
        assert self.known(frame_of(["2025-07-02", "2025-07-03"])) == ["02 16:00", "03 13:00"]

    def test_equal_rows_of_the_source_tell_the_label_where_stamps_do_not(self) -> None:
        stood = [Stood("A", BARS.start, BARS.known_at, BARS.values)]
        some = slice(60, 120)
        starts = frame_of(pd.DatetimeIndex(BARS.start[some], tz="UTC")).assign(x=BARS.values[3, some])
        ends = starts.set_axis(starts.index + pd.Timedelta("1min"))

        for frame in (starts, ends):
            np.testing.assert_array_equal(known_at(frame, DAYS, stood), BARS.known_at[some])

    def test_a_column_known_at_says_it(self) -> None:
        frame = frame_of(["2025-07-01 10:00"]).assign(known_at=pd.Timestamp("2025-07-01 11:11", tz=EASTERN))

        assert self.known(frame) == ["01 11:11"]

    def test_a_table_without_stamps_has_no_times(self) -> None:
        assert known_at(pd.DataFrame({"x": [1.0, 2.0]}), DAYS, []) is None
