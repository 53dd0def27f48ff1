"""What is about sessions, against pandas on recorded minutes and against what a hand works out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config
from indicators.real_minutes import fives, lab_on, minutes, seconds

import sessionlab as sl
from sessionlab.tape import Rows
from sessionlab.timing import Interval, TradingSession

talib = pytest.importorskip("talib")

SYMBOLS = ("SPY", "AIG", "BAC")
NAN = float("nan")


@pytest.fixture(scope="module")
def closed(real_data: Path) -> sl.Lab:
    """The close of a day with four days of window; one minute of AIG's window is missing."""
    lab = lab_on(real_data, "SPY AIG BAC", "2013-10-11")
    lab.run_session()
    return lab


@pytest.fixture(params=SYMBOLS)
def symbol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def frame(real_data: Path, symbol: str) -> pd.DataFrame:
    return minutes(real_data, symbol)


def days_of(frame: pd.DataFrame) -> Any:
    assert isinstance(frame.index, pd.DatetimeIndex)
    return frame.groupby(frame.index.date)


def vwap(frame: pd.DataFrame) -> pd.Series:
    traded = frame[["high", "low", "close"]].mean(axis=1) * frame["volume"]
    return days_of(traded.to_frame("x"))["x"].cumsum() / days_of(frame)["volume"].cumsum()


def every_slot(day: pd.DataFrame, freq: str) -> pd.DataFrame:
    """Each interval from the first bar to the last, an absent one at the close before it."""
    mean = day[["open", "high", "low", "close"]].mean(axis=1)
    grid = pd.date_range(day.index[0], day.index[-1], freq=freq)
    return pd.DataFrame({"price": mean.reindex(grid).fillna(day["close"].reindex(grid).ffill())})


def twap(frame: pd.DataFrame, freq: str = "1min") -> pd.Series:
    parts = [every_slot(day, freq)["price"].expanding().mean().reindex(day.index) for _, day in days_of(frame)]
    return pd.concat(parts)


def before(frame: pd.DataFrame) -> pd.DataFrame:
    """High, low and close of the session before, at every bar."""
    daily = days_of(frame).agg({"high": "max", "low": "min", "close": "last"}).shift()
    return daily.reindex(frame.index.date).set_axis(frame.index)  # type: ignore[attr-defined]


class TestAgainstPandas:
    @pytest.mark.parametrize("interval", ["1m", "5m"])
    def test_averages_extremes_and_sums_since_the_open(
        self, closed: sl.Lab, symbol: str, frame: pd.DataFrame, interval: str
    ) -> None:
        bars = frame if interval == "1m" else fives(frame)
        data, days = closed.data[symbol], days_of(bars)

        np.testing.assert_allclose(data[sl.VWAP(interval)].all.values, vwap(bars), rtol=1e-12)
        np.testing.assert_allclose(data[sl.TWAP(interval)].all.values, twap(bars, interval.replace("m", "min")), rtol=1e-12)
        np.testing.assert_array_equal(data[sl.SessionHigh(interval)].all.values, days["high"].cummax())
        np.testing.assert_array_equal(data[sl.SessionLow(interval)].all.values, days["low"].cummin())
        np.testing.assert_array_equal(data[sl.CumulativeVolume(interval)].all.values, days["volume"].cumsum())

    def test_the_finest_bars_are_taken_where_nothing_is_said(self, closed: sl.Lab, symbol: str, frame: pd.DataFrame) -> None:
        view = closed.data[symbol][sl.VWAP()]

        assert view is closed.data[symbol][sl.VWAP("1m")]
        assert str(view.recipe) == "VWAP(1m)"
        assert view.last == pytest.approx(vwap(frame).iloc[-1], rel=1e-12)

    def test_vwap_of_seconds_with_holes(self, real_data: Path) -> None:
        """AIG traded in one second of six; a second without a trade counts in the average over time alone."""
        lab = lab_on(real_data, "AIG", "2013-10-07", "1s 1m", window=0)
        lab.run_session()
        bars, data = seconds(real_data, "AIG", "2013-10-07"), lab.data["AIG"]

        np.testing.assert_allclose(data[sl.VWAP()].values, vwap(bars), rtol=1e-12)
        np.testing.assert_allclose(data[sl.TWAP()].values, twap(bars, "1s"), rtol=1e-12)
        np.testing.assert_array_equal(data[sl.EMA(20, "1s")].values, talib.EMA(bars["close"], 20).to_numpy())
        opening = bars.loc[:"2013-10-07 09:44:59"]  # type: ignore[misc]
        assert data[sl.OpeningRange(15)].last[:3] == (opening["high"].max(), opening["low"].min(), opening["open"].iloc[0])

    @pytest.mark.parametrize("length", [5, 15, 30])
    @pytest.mark.parametrize("interval", ["1m", "5m"])
    def test_an_opening_range_is_there_once_it_is_over(
        self, closed: sl.Lab, symbol: str, frame: pd.DataFrame, length: int, interval: str
    ) -> None:
        view = closed.data[symbol][sl.OpeningRange(length, interval)].all
        width = pd.Timedelta(interval.replace("m", "min"))
        for date, day in days_of(frame):
            over = pd.Timestamp(f"{date} 09:30", tz="America/New_York") + pd.Timedelta(minutes=length)
            opening, mine = day[day.index < over], view.frame()[view.index.date == date]
            known = mine.index + width >= over

            assert mine[~known].isna().all(axis=None)
            assert (mine.loc[known, "high"] == opening["high"].max()).all()
            assert (mine.loc[known, "low"] == opening["low"].min()).all()
            assert (mine.loc[known, "open"] == opening["open"].iloc[0]).all()
            assert (mine.loc[known, "width"] == opening["high"].max() - opening["low"].min()).all()

    def test_pivots_are_of_the_session_before(self, closed: sl.Lab, symbol: str, frame: pd.DataFrame) -> None:
        day = before(frame)
        p = (day["high"] + day["low"] + day["close"]) / 3
        expected = {
            "p": p,
            "r1": 2 * p - day["low"],
            "r2": p + day["high"] - day["low"],
            "r3": day["high"] + 2 * (p - day["low"]),
            "s1": 2 * p - day["high"],
            "s2": p - day["high"] + day["low"],
            "s3": day["low"] - 2 * (day["high"] - p),
        }
        view = closed.data[symbol][sl.Pivots()].all

        assert list(view.frame().columns) == list(expected)
        np.testing.assert_allclose(view.frame(), pd.DataFrame(expected), rtol=1e-12)
        assert view.frame().iloc[:389].isna().all(axis=None)

    def test_the_gap_is_from_close_to_open(self, closed: sl.Lab, symbol: str, frame: pd.DataFrame) -> None:
        opens, closes = days_of(frame)["open"].transform("first"), before(frame)["close"]
        view = closed.data[symbol][sl.Gap()].all

        np.testing.assert_allclose(view.absolute, opens - closes, rtol=1e-12)
        np.testing.assert_allclose(view.percent, 100 * (opens / closes - 1), rtol=1e-9, atol=1e-12)

    @pytest.mark.parametrize("cumulative", [False, True])
    def test_volume_is_held_against_the_same_minute_of_the_sessions_before(
        self, closed: sl.Lab, symbol: str, frame: pd.DataFrame, cumulative: bool
    ) -> None:
        volume = days_of(frame)["volume"].cumsum() if cumulative else frame["volume"]
        table = volume.to_frame("v").assign(day=frame.index.date, clock=frame.index.time)  # type: ignore[attr-defined]
        table = table.pivot(index="clock", columns="day", values="v")
        filled = table.ffill() if cumulative else table  # of a minute without a bar, nothing was added
        samples, means = filled.notna().cumsum(axis=1).shift(axis=1), filled.T.expanding().mean().T.shift(axis=1)
        order = list(zip(frame.index.time, frame.index.date, strict=True))  # type: ignore[attr-defined]
        view = closed.data[symbol][sl.RelativeVolume(cumulative=cumulative)].all

        expected = [table.at[at] / means.at[at] for at in order]
        np.testing.assert_allclose(view.ratio, expected, rtol=1e-12)
        np.testing.assert_array_equal(view.samples, [np.nan_to_num(samples.at[at]) for at in order])
        assert set(view.samples[-390:]) == ({4.0} if symbol != "AIG" or cumulative else {3.0, 4.0})

    def test_keltner_donchian_and_hull(self, closed: sl.Lab, symbol: str, frame: pd.DataFrame) -> None:
        bars, data = fives(frame), closed.data[symbol]
        middle = talib.EMA(bars["close"], 20)
        width = 2.5 * talib.ATR(bars["high"], bars["low"], bars["close"], 10)
        keltner = data[sl.Keltner(20, "5m", multiplier=2.5)].all
        np.testing.assert_allclose(keltner.values, [middle + width, middle, middle - width], rtol=1e-12)

        upper, lower = bars["high"].rolling(20).max(), bars["low"].rolling(20).min()
        np.testing.assert_allclose(data[sl.Donchian(20, "5m")].all.values, [upper, (upper + lower) / 2, lower], rtol=1e-15)

        def wma(values: pd.Series, n: int) -> pd.Series:
            weights = np.arange(1, n + 1) / (n * (n + 1) / 2)
            return values.rolling(n).apply(lambda part: float(part @ weights), raw=True)

        for n, half, root in ((16, 8, 4), (9, 4, 3), (21, 10, 4), (2, 1, 1)):
            expected = wma(2 * wma(bars["close"], half) - wma(bars["close"], n), root)
            view = data[sl.Hull(n, "5m")].all
            np.testing.assert_allclose(view.values, expected, rtol=1e-10)
            assert view.recipe.needs == expected.notna().to_numpy().argmax() + 1


TIMES = sl.TimeManager()


def day_of(session: TradingSession, bars: Sequence[tuple[int, float, float, float, float, float]]) -> Rows:
    """Bars by number on the session's grid of minutes: open, high, low, close, volume."""
    at = [number for number, *_ in bars]
    minute = Interval.parse("1m")
    values = np.array([values for _, *values in bars], dtype=float).T
    return Rows.of(session.starts(minute)[at], session.ends(minute)[at], values)


def flat(count: int, price: float = 10.0, volume: float = 100.0) -> list[tuple[int, float, float, float, float, float]]:
    return [(i, price, price, price, price, volume) for i in range(count)]


def by_hand(days: Sequence[Rows], date: str, window: int, *, group: str = "US_EQUITY", streams: str = "1m 5m") -> sl.Lab:
    times = sl.TimeManager(group, "EQUITY")
    made = config("A", streams, date, window=window, group=group)
    return sl.Lab(made, source=RowsSource({("A", "1m"): Rows.join(list(days))}), times=times)


class TestByHand:
    def test_vwap_weighs_by_volume_and_twap_by_time(self) -> None:
        day = TIMES.get_trading_session("2025-07-02")
        rows = day_of(day, [(0, 10, 12, 9, 12, 100), (1, 12, 12, 12, 12, 300), (4, 20, 20, 20, 20, 0)])
        lab = by_hand([rows], "2025-07-02", 0)
        lab.advance("09:35")
        data = lab.data["A"]

        np.testing.assert_allclose(data[sl.VWAP()].values, [11, (11 * 100 + 12 * 300) / 400, (11 * 100 + 12 * 300) / 400])
        np.testing.assert_allclose(data[sl.TWAP()].values, [10.75, (10.75 + 12) / 2, (10.75 + 12 + 12 + 12 + 20) / 5])

    def test_vwap_is_not_ready_before_a_share_was_traded(self) -> None:
        day = TIMES.get_trading_session("2025-07-02")
        lab = by_hand([day_of(day, [*flat(3, volume=0), (3, 11, 11, 11, 11, 50)])], "2025-07-02", 0)
        lab.advance("09:33")
        view = lab.data["A"][sl.VWAP()]

        assert (view.ready, view.why) == (False, "no share was traded since the open")
        lab.step()
        assert (view.ready, view.last) == (True, 11)

    def test_pivots_and_gap_of_a_hand_worked_day(self) -> None:
        days = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02")]
        yesterday = day_of(days[0], [(0, 95, 110, 90, 100, 1), (389, 100, 104, 99, 100, 1)])
        lab = by_hand([yesterday, day_of(days[1], [(2, 105, 106, 104, 105, 1)])], "2025-07-02", 1)
        lab.advance("10:00")

        pivots, gap = lab.data["A"][sl.Pivots()].last, lab.data["A"][sl.Gap()].last
        assert pivots == (100, 110, 120, 130, 90, 80, 70)
        assert (pivots.p, pivots.r1, pivots.r2, pivots.r3) == (100, 110, 120, 130)
        assert (pivots.s1, pivots.s2, pivots.s3) == (90, 80, 70)
        assert (gap.absolute, gap.percent) == (5, 5)

    @pytest.mark.parametrize("one", [sl.Pivots(), sl.Gap()], ids=str)
    def test_a_session_before_without_bars_is_not_replaced_by_an_older_one(self, one: Any) -> None:
        days = [TIMES.get_trading_session(date) for date in ("2025-06-30", "2025-07-02")]
        lab = by_hand([day_of(day, flat(390)) for day in days], "2025-07-02", 2)
        lab.advance("10:00")
        view = lab.data["A"][one]

        assert not view.ready
        assert "no bar of the session before is in its window" in view.why

    def test_without_a_window_there_is_no_session_before(self) -> None:
        lab = by_hand([day_of(TIMES.get_trading_session("2025-07-02"), flat(390))], "2025-07-02", 0)
        lab.advance("10:00")

        assert "session_data_config.historical.data" in lab.data["A"][sl.Pivots()].why
        assert "session_data_config.historical.data" in lab.data["A"][sl.RelativeVolume()].why

    def test_a_window_that_was_asked_for_and_lacks_data_is_told_as_such(self) -> None:
        with pytest.warns(sl.DataWarning, match="no 1m bar is stored of the window"):
            lab = by_hand([day_of(TIMES.get_trading_session("2025-07-02"), flat(390))], "2025-07-02", 2)
        lab.advance("10:00")
        pivots, gap, volume = (lab.data["A"][one].why for one in (sl.Pivots(), sl.Gap("5m"), sl.RelativeVolume()))

        said = "no bar of the session before is in its window: 2025-07-01 was asked for, and no bar of it is known"
        assert (pivots, gap) == (said, said)
        assert volume.endswith("2025-06-30 to 2025-07-01 were asked for")

    def test_an_early_close_adds_to_the_minutes_that_it_has(self) -> None:
        """2025-07-03 closes at 13:00. Volumes are 100, 300 and 600 a minute."""
        days = [TIMES.get_trading_session(date) for date in ("2025-07-02", "2025-07-03", "2025-07-07")]
        volumes = (100, 300, 600)
        rows = [day_of(day, flat(day.expected(Interval.parse("1m")), volume=v)) for day, v in zip(days, volumes, strict=True)]
        lab = by_hand(rows, "2025-07-07", 2)
        lab.run_session()
        alone, summed = (lab.data["A"][sl.RelativeVolume(cumulative=c)] for c in (False, True))

        for view in (alone, summed):
            assert view.samples.tolist() == [2] * 210 + [1] * 180
            np.testing.assert_allclose(view.ratio, [3] * 210 + [6] * 180, rtol=1e-12)

    def test_a_minute_that_a_day_lacks_is_no_sample_of_it(self) -> None:
        days = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02")]
        first = [row for row in flat(10) if row[0] not in (0, 4)]
        lab = by_hand([day_of(days[0], first), day_of(days[1], flat(10, volume=200))], "2025-07-02", 1)
        lab.advance("09:40")
        alone, summed = (lab.data["A"][sl.RelativeVolume(cumulative=c)] for c in (False, True))

        assert alone.samples.tolist() == [0, 1, 1, 1, 0, 1, 1, 1, 1, 1]
        np.testing.assert_array_equal(alone.ratio, [NAN, 2, 2, 2, NAN, 2, 2, 2, 2, 2])
        assert summed.samples.tolist() == [0] + [1] * 9
        np.testing.assert_allclose(summed.ratio, [NAN, 4, 3, 8 / 3, 10 / 3, 3, 14 / 5, 8 / 3, 18 / 7, 5 / 2])

    def test_an_opening_range_waits_for_its_end_though_bars_are_missing(self) -> None:
        day = TIMES.get_trading_session("2025-07-02")
        bars = [row for row in flat(40) if row[0] not in (0, 14, 15)]
        bars[3] = (4, 10, 15, 5, 10, 100)
        lab = by_hand([day_of(day, bars)], "2025-07-02", 0)
        view = lab.data["A"][sl.OpeningRange(15)]
        lab.advance("09:46")
        assert not view.ready  # over, but no bar has told it
        assert "its range is not over yet" in view.why

        lab.step()
        assert view.last == (15, 5, 10, 10)

    def test_a_session_shorter_than_its_opening_range_has_none(self) -> None:
        lab = by_hand([day_of(TIMES.get_trading_session("2025-07-03"), flat(210))], "2025-07-03", 0)
        lab.run_session()

        assert lab.data["A"][sl.OpeningRange(210)].ready
        assert not lab.data["A"][sl.OpeningRange(211)].ready

    def test_a_break_takes_no_time(self) -> None:
        """Tokyo pauses from 11:30 to 12:30: the first 160 minutes end at 12:40."""
        times = sl.TimeManager("XTKS", "EQUITY")
        day = times.get_trading_session("2025-07-02")
        bars = [(i, 10 + i, 10 + i, 10 + i, 10 + i, 1) for i in range(330)]
        lab = by_hand([day_of(day, bars)], "2025-07-02", 0, group="XTKS")
        opening, mean = lab.data["A"][sl.OpeningRange(160)], lab.data["A"][sl.TWAP()]
        lab.advance("12:39")
        assert not opening.ready

        lab.step()
        assert opening.last == (10 + 159, 10, 10, 159)
        assert mean.last == pytest.approx(10 + 159 / 2)
        lab.run_session()
        assert len(lab.data["A"][sl.VWAP("60m")]) == 6  # 2.5 hours, and 3
        assert lab.data["A"][sl.SessionHigh()].last == 10 + 329

    def test_positions_go_on_across_a_break(self) -> None:
        times = sl.TimeManager("XTKS", "EQUITY")
        days = [times.get_trading_session(date) for date in ("2025-07-01", "2025-07-02")]
        rows = [
            day_of(day, [(i, 10, 10, 10, 10, volume * (i + 1)) for i in range(330)])
            for day, volume in zip(days, (1, 3), strict=True)
        ]
        lab = by_hand(rows, "2025-07-02", 1, group="XTKS")
        lab.run_session()

        np.testing.assert_allclose(lab.data["A"][sl.RelativeVolume()].ratio, [3] * 330)


def test_what_is_of_today_does_not_depend_on_the_window(real_data: Path) -> None:
    """To the last bit: sums begin with the session."""
    with_window, without = (lab_on(real_data, "AIG", "2013-10-11", window=days) for days in (4, 0))
    for lab in (with_window, without):
        lab.run_session()

    for one in (sl.VWAP(), sl.TWAP("5m"), sl.SessionHigh(), sl.CumulativeVolume("5m"), sl.OpeningRange(30)):
        a, b = (lab.data["AIG"][one] for lab in (with_window, without))
        np.testing.assert_array_equal(a.values, b.values)
