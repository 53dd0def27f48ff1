"""Signals of one's own against the same rules worked out in pandas, and what is said of arrays that cannot be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hand_made import frame

import sessionlab as sl

NEW_YORK = "America/New_York"
BARS = frame([(100.0 + i, 100.5 + i, 99.5 + i, 100.25 + i) for i in range(8)])
DATES = [f"2013-10-{day:02}" for day in range(7, 12)]


def at(*numbers: int, of: pd.DataFrame = BARS) -> pd.Series:
    """True at the bars of these numbers."""
    found = pd.Series(False, of.index)
    found.iloc[list(numbers)] = True
    return found


@pytest.fixture(scope="module")
def spy(real_data: Path) -> pd.DataFrame:
    """Five sessions of recorded minutes."""
    days = [pd.read_parquet(real_data / "bars" / "1m" / "SPY" / f"{date}.parquet") for date in DATES]
    minutes = pd.concat(days).set_index("timestamp").tz_convert(NEW_YORK).between_time("09:30", "15:59")
    return minutes[["open", "high", "low", "close", "volume"]].astype(float)


def channel(minutes: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Above the highest close of the twenty before, and below the lowest."""
    before = minutes["close"].shift().rolling(20)
    return minutes["close"] > before.max(), minutes["close"] < before.min()


def held_by(up: pd.Series, down: pd.Series, low: float) -> pd.Series:
    """1 since the last ``up``, ``low`` since the last ``down``: what is held once the next bar has opened."""
    return pd.Series(np.select([up, down], [1.0, low], np.nan), up.index).ffill().fillna(0.0)


def fills_of(wanted: pd.Series, minutes: pd.DataFrame) -> pd.DataFrame:
    """The changes of ``wanted``, each at the open of the bar after it, as time, signed shares, price."""
    change = wanted.diff().fillna(wanted).shift()
    change = change[change.fillna(0.0) != 0.0]
    return pd.DataFrame(
        {"time": change.index, "signed": change.to_numpy(), "price": minutes["open"].loc[change.index].to_numpy()}
    )


def signed(result: sl.RunResult) -> pd.DataFrame:
    """The fills of a result in the same form; what closes and what opens at one price is one change."""
    fills = result.fills.assign(signed=result.fills["quantity"] * result.fills["side"].map({"buy": 1, "sell": -1}))
    return fills.groupby("time", as_index=False).agg({"signed": "sum", "price": "last"})


class TestOnRecordedMinutes:
    """A channel breakout of SPY over five days, against pandas."""

    def test_long_or_flat(self, spy: pd.DataFrame) -> None:
        up, down = channel(spy)
        result = sl.backtest({"SPY": spy}, sl.Signals(up, down, quantity=100))

        expected = fills_of(100 * held_by(up, down, 0.0), spy)
        pd.testing.assert_frame_equal(signed(result), expected, check_dtype=False, check_index_type=False)
        assert len(expected) > 60
        cash = 100_000 - (expected["signed"] * expected["price"]).sum()
        held = expected["signed"].sum()
        assert result.equity.iloc[-1] == pytest.approx(cash + held * spy["close"].iloc[-1])

    def test_long_or_short(self, spy: pd.DataFrame) -> None:
        up, down = channel(spy)
        result = sl.backtest({"SPY": spy}, sl.Signals(up, short_entries=down, quantity=100))

        expected = fills_of(100 * held_by(up, down, -1.0), spy)
        pd.testing.assert_frame_equal(signed(result), expected, check_dtype=False, check_index_type=False)
        assert result.rejections.empty
        assert set(result.trades["side"]) == {"long", "short"}

    def test_all_of_equity_both_ways_never_uses_more_than_there_is(self, spy: pd.DataFrame) -> None:
        """Each entry is sized by equity and the close that was known, and no one is refused for want of room."""
        up, down = channel(spy)
        result = sl.backtest({"SPY": spy}, sl.Signals(up, short_entries=down))

        assert result.rejections.empty
        entries = result.orders[
            (result.orders["reason"] == "") & result.orders["tag"].eq("") & result.orders["status"].eq("filled")
        ]
        opens = result.fills[result.fills["reason"] == "entry"]
        equity, close = result.equity[~result.equity.index.duplicated()], spy["close"]
        sent = entries.set_index("id")["sent"].loc[opens["order_id"]]
        size = np.floor(equity.loc[sent].to_numpy() / close.loc[sent - pd.Timedelta("1min")].to_numpy())
        assert np.abs(opens["quantity"].to_numpy() - size).max() <= 1  # in the bar of the signal nothing has filled meanwhile
        assert (opens["quantity"].to_numpy() == size).mean() > 0.95

    def test_targets(self, spy: pd.DataFrame) -> None:
        up, down = channel(spy)
        wanted = 100 * held_by(up, down, -1.0)
        target = wanted.where(up | down)
        result = sl.backtest({"SPY": spy}, sl.Signals(target=target))

        pd.testing.assert_frame_equal(signed(result), fills_of(wanted, spy), check_dtype=False, check_index_type=False)

    def test_a_stop_and_a_target_end_each_trade_where_the_bars_say(self, spy: pd.DataFrame) -> None:
        """Walked by hand, bar by bar: the stop is met before the target where a bar has both."""
        up, _ = channel(spy)
        result = sl.backtest({"SPY": spy}, sl.Signals(up, quantity=100, stop_loss=0.001, take_profit=0.002))

        opens, highs, lows, closes = (spy[name].to_numpy() for name in ("open", "high", "low", "close"))
        expected, level = [], None
        for i in range(len(spy)):
            if level is not None:
                stop, goal, entered = level
                bought = entered == i
                if opens[i] <= stop or lows[i] <= stop:
                    expected.append((spy.index[i], -100.0, round(min(opens[i], stop), 9)))
                    level = None
                elif (opens[i] >= goal and not bought) or highs[i] > goal:
                    expected.append((spy.index[i], -100.0, round(max(opens[i], goal) if not bought else goal, 9)))
                    level = None
            if level is None and up.iloc[i] and i + 1 < len(spy):
                level = closes[i] * 0.999, closes[i] * 1.002, i + 1
                expected.append((spy.index[i + 1], 100.0, opens[i + 1]))
        found = result.fills.assign(signed=result.fills["quantity"] * result.fills["side"].map({"buy": 1, "sell": -1}))
        assert list(zip(found["time"], found["signed"], found["price"].round(9), strict=True)) == expected
        assert {"stop_loss", "take_profit"} <= set(found["reason"])


class TestStamps:
    @pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", NEW_YORK])
    def test_any_zone_means_the_same_instants(self, zone: str | None) -> None:
        entries, exits = (it.tz_localize(None) if zone is None else it.tz_convert(zone) for it in (at(1), at(4)))
        result = sl.backtest(BARS, sl.Signals(entries, exits, quantity=10))

        assert result.fills["time"].dt.strftime("%H:%M").tolist() == ["09:32", "09:35"]

    def test_microseconds_and_rows_in_any_order(self) -> None:
        entries = pd.Series([True, True], pd.DatetimeIndex([BARS.index[5], BARS.index[1]]).as_unit("us"))
        result = sl.backtest(BARS, sl.Signals(entries, at(3), quantity=10))

        assert result.fills["time"].dt.strftime("%H:%M").tolist() == ["09:32", "09:34", "09:36"]

    def test_longer_bars(self) -> None:
        bars = frame([(100.0 + i, 100.5 + i, 99.5 + i, 100.25 + i) for i in range(30)])
        fives = pd.Series([True], bars.index[5:6])  # of 09:35, which is known at 09:40
        result = sl.backtest(bars, sl.Signals(fives, every="5m", quantity=10))

        assert result.fills["time"].dt.strftime("%H:%M").tolist() == ["09:40"]

    @pytest.mark.parametrize("zone", [None, "UTC", NEW_YORK])
    def test_days_go_by_their_dates(self, zone: str | None) -> None:
        """Known at the close, filled at the next open: whichever midnight it is that they stand at."""
        days = pd.bdate_range("2025-06-02", periods=10)
        bars = pd.DataFrame({"open": range(10, 20), "high": 25.0, "low": 5.0, "close": 15.0, "volume": 1e3}, days)
        index = days[[2, 5]] if zone is None else days[[2, 5]].tz_localize(zone)
        entries = pd.Series([True, False], index)
        result = sl.backtest(bars, sl.Signals(entries, ~entries, every="1d", quantity=10))

        assert result.fills["time"].dt.strftime("%m-%d").tolist() == ["06-05", "06-10"]
        assert result.fills["price"].tolist() == [13.0, 16.0]


FRAMES = {"A": BARS, "B": BARS}


class TestSymbols:
    def test_a_series_is_for_every_symbol(self) -> None:
        result = sl.backtest(FRAMES, sl.Signals(at(1), at(3), quantity=10))

        assert result.fills["symbol"].tolist() == ["A", "B", "A", "B"]

    def test_a_column_for_some(self) -> None:
        result = sl.backtest(FRAMES, sl.Signals(pd.DataFrame({"B": at(1)}), at(3), quantity=10))

        assert result.fills["symbol"].tolist() == ["B", "B"]

    @pytest.mark.parametrize("wrap", [pd.DataFrame, dict])
    def test_a_name_that_takes_no_part_is_told(self, wrap: Any) -> None:
        signals = sl.Signals(wrap({"A": at(1), "C": at(1, 3, 5)}), quantity=10)
        with pytest.warns(sl.DataWarning, match=r"3 of 4 rows that say to do something met no bar of the run; C took no part\."):
            result = sl.backtest(FRAMES, signals)

        assert result.events["kind"].tolist() == ["unused_signals"]

    def test_it_is_told_once_and_not_of_rows_that_do_nothing(self) -> None:
        entries = pd.Series([True, False], [BARS.index[1], BARS.index[1] + pd.Timedelta("9h")])
        lab = sl.Lab.from_frames(FRAMES)
        lab.use(sl.Signals(entries, quantity=1))
        lab.run()

        assert lab.strategies[0].unused == 0

    def test_two_of_them_have_books_of_their_own(self) -> None:
        result = sl.backtest(BARS, [sl.Signals(at(1), at(5), quantity=1), sl.Signals(at(2), quantity=2, name="later")])

        assert result.orders["strategy"].tolist() == ["Signals", "later", "Signals"]


class TestRules:
    def test_where_entry_and_exit_are_both_true_nothing_is_done(self) -> None:
        assert sl.backtest(BARS, sl.Signals(at(1), at(1), quantity=1)).fills.empty
        assert len(sl.backtest(BARS, sl.Signals(at(1, 3), at(3), quantity=1)).fills) == 1

    def test_an_entry_that_is_in_already_does_nothing(self) -> None:
        assert len(sl.backtest(BARS, sl.Signals(at(1, 2, 3), quantity=1)).fills) == 1

    def test_a_turn_takes_its_stop_along(self) -> None:
        result = sl.backtest(BARS, sl.Signals(at(1), short_entries=at(4), quantity=10, stop_loss=0.2))

        assert result.fills[["side", "reason"]].to_numpy().tolist() == [["buy", "entry"], ["sell", "close"], ["sell", "entry"]]
        assert result.rejections.empty
        (stop,) = result.orders.query("type == 'stop' and side == 'buy'")["stop"]
        assert stop == pytest.approx(104.25 * 1.2)

    def test_in_fractions_of_equity(self) -> None:
        target = pd.Series([0.5, np.nan, -0.5, 0.0], BARS.index[[1, 2, 3, 5]])
        result = sl.backtest(BARS, sl.Signals(target=target, as_percent=True), cash=10_000)

        assert result.fills["quantity"].iloc[0] == 5_000 // 101.25
        assert result.fills["side"].tolist() == ["buy", "sell", "buy"]
        assert result.positions.empty


class TestKinds:
    """What pandas makes of True and False on the way: ones and zeros, nullable, absent."""

    @pytest.mark.parametrize(
        "values",
        [
            np.array([0, 1, 0]),
            np.array([0.0, 1.0, np.nan]),
            pd.array([False, True, None], dtype="boolean"),
            np.array([None, True, np.nan], dtype=object),
            np.array([np.False_, np.True_, None], dtype=object),
        ],
    )
    def test_they_are_taken(self, values: Any) -> None:
        result = sl.backtest(BARS, sl.Signals(pd.Series(values, BARS.index[:3]), quantity=1))

        assert result.fills["time"].dt.strftime("%H:%M").tolist() == ["09:32"]

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"entries": BARS["close"]}, r"entries has 100.25 at 2025-07-02 09:30:00-04:00; write True and False"),
            ({"entries": pd.Series(["yes"], BARS.index[:1])}, "entries has 'yes'; write True and False"),
            ({"entries": BARS}, "entries has 100 at .*write True and False"),  # a frame of prices
            ({"target": pd.Series(["10"], BARS.index[:1])}, "target has '10'; write numbers"),
            ({"target": pd.Series([np.inf], BARS.index[:1])}, "target has inf at"),
            ({"target": pd.Series([1.0], BARS.index[:1]), "exits": at(1)}, "give one of the two"),
            ({"exits": at(1)}, "exits alone never open a position"),
            ({"entries": pd.Series([True], [pd.NaT])}, r"a row without a time \(NaT\)"),
            ({"entries": {"A": [True]}}, "entries is a list"),
            ({"entries": at(1).to_numpy()}, "entries is a ndarray"),
            ({"entries": at(1), "quantity": 0}, "quantity=0: write shares, above 0"),
            ({"entries": at(1), "percent": 0}, "percent=0: write a fraction of equity"),
            ({"entries": at(1), "percent": "10%"}, "percent='10%'"),
            ({"entries": at(1), "stop_loss": "1%"}, "stop_loss='1%': write a fraction of the entry's price"),
            ({"entries": at(1), "every": "close-5m"}, "is not an interval"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_where_it_is_given(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(sl.errors.ConfigError, match=words):
            sl.Signals(**given)

    def test_a_bar_has_one_signal(self) -> None:
        twice = pd.concat([at(1), at(1)])

        with pytest.raises(sl.errors.ConfigError, match="entries of ASSET has 2025-07-02 09:30:00 twice"):
            sl.backtest(BARS, sl.Signals(twice, quantity=1))
