"""One line over all that some data holds: every way in gives the same run, and options mean what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from pandas.testing import assert_frame_equal

import sessionlab as sl

INDEX = pd.DatetimeIndex(
    [
        stamp
        for date in ("2025-07-01", "2025-07-02", "2025-07-03")
        for stamp in pd.date_range(f"{date} 09:30", periods=210, freq="1min", tz="America/New_York")
    ]
)


def minutes(seed: int) -> pd.DataFrame:
    luck = np.random.default_rng(seed)
    close = 50 + np.cumsum(luck.integers(-3, 4, len(INDEX))) / 16
    opens = np.concatenate([[50.0], close[:-1]])
    high, low = np.maximum(opens, close) + 0.0625, np.minimum(opens, close) - 0.0625
    return pd.DataFrame({"open": opens, "high": high, "low": low, "close": close, "volume": 900.0}, index=INDEX)


FRAMES = {"A": minutes(1), "B": minutes(2)}
CROSS = sl.strategies.SmaCross(fast=3, slow=9)


def trades(result: sl.RunResult) -> pd.DataFrame:
    return result.trades


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    found = sl.backtest(FRAMES, CROSS).trades
    assert len(found) > 20
    return found


class TestWaysIn:
    def test_frames_of_polars(self, expected: pd.DataFrame) -> None:
        frames = {name: pl.from_pandas(frame.rename_axis("timestamp").reset_index()) for name, frame in FRAMES.items()}

        assert_frame_equal(sl.backtest(frames, CROSS).trades, expected)

    def test_a_template_of_files(self, expected: pd.DataFrame, tmp_path: Path) -> None:
        for name, frame in FRAMES.items():
            frame.rename_axis("timestamp").to_csv(tmp_path / f"{name}.csv")

        assert_frame_equal(sl.backtest(str(tmp_path / "{symbol}.csv"), CROSS).trades, expected)

    def test_one_file(self, expected: pd.DataFrame, tmp_path: Path) -> None:
        FRAMES["A"].rename_axis("timestamp").to_parquet(tmp_path / "A.parquet")

        found = sl.backtest(tmp_path / "A.parquet", CROSS).trades
        assert_frame_equal(found, sl.backtest({"A": FRAMES["A"]}, CROSS).trades)

    def test_a_store_and_a_source(self, expected: pd.DataFrame, tmp_path: Path) -> None:
        for name, frame in FRAMES.items():
            frame.rename_axis("timestamp").to_csv(tmp_path / f"{name}.csv")
        sl.store.import_data(f"files:{tmp_path}/{{symbol}}.csv", tmp_path / "store", progress=False)

        for data in (tmp_path / "store", f"local:{tmp_path / 'store'}", sl.sources.Files(str(tmp_path / "{symbol}.csv"))):
            assert_frame_equal(sl.backtest(data, CROSS).trades, expected)

    def test_a_config_with_its_own_limits(self) -> None:
        config = sl.demo().config
        result = sl.backtest(config, sl.strategies.SmaCross(fast=5, slow=20), end="2025-07-02")

        assert result.config.trading_config.max_per_trade == config.trading_config.max_per_trade
        assert result.stats["sessions"] == 1

    def test_some_symbols_and_some_days(self) -> None:
        result = sl.backtest(FRAMES, CROSS, symbols="B", start="2025-07-02", end="2025-07-02")

        assert set(result.trades["symbol"]) == {"B"}
        assert result.stats["sessions"] == 1

    def test_a_window_lets_averages_stand_on_the_day_before(self) -> None:
        cold, warm = sl.backtest(FRAMES, CROSS, start="2025-07-02"), sl.backtest(FRAMES, CROSS, window=1)

        assert f"{warm.orders['sent'].iloc[0]:%H:%M}" < f"{cold.orders['sent'].iloc[0]:%H:%M}"

    @pytest.mark.parametrize(
        ("data", "how", "words"),
        [
            ("nowhere.csv", {}, "there is no file or folder nowhere.csv"),
            ("synthetic", {}, "has no list of its symbols"),
            (FRAMES, {"benchmark": "C"}, "benchmark is C, which is none of the symbols"),
            ("local:x", {"tz": "UTC"}, "tz tell how frames are to be read"),
            (3, {}, "is a int"),
        ],
    )
    def test_what_cannot_be_meant(self, data: Any, how: dict[str, Any], words: str) -> None:
        with pytest.raises(sl.errors.SessionlabError, match=words):
            sl.backtest(data, CROSS, **how)


class TestOptions:
    def test_cash_is_what_it_begins_with(self) -> None:
        result = sl.backtest(FRAMES, CROSS, cash=33_000)

        assert (result.stats["starting_cash"], result.equity.iloc[0]) == (33_000, 33_000)

    @pytest.mark.parametrize(
        ("costs", "fee"),
        [
            (2, lambda fill: 2e-4 * fill.quantity * fill.price),
            ({"per_share": 0.01}, lambda fill: 0.01 * fill.quantity),
            (sl.costs.PerShare(0.01, minimum=5), lambda fill: max(5.0, 0.01 * fill.quantity)),
        ],
    )
    def test_costs(self, costs: Any, fee: Any) -> None:
        fills = sl.backtest(FRAMES, CROSS, costs=costs).fills

        assert fills["fee"].tolist() == pytest.approx([fee(fill) for fill in fills.itertuples()])

    def test_slippage_in_basis_points(self) -> None:
        plain, slipped = (sl.backtest(FRAMES, CROSS, slippage=bps).fills for bps in (None, 10))

        sign = plain["side"].map({"buy": 1, "sell": -1})
        assert np.allclose(slipped["price"], plain["price"] * (1 + sign * 1e-3))

    def test_flat_at_every_close(self) -> None:
        result = sl.backtest(FRAMES, CROSS, flatten_at_close=True)

        assert {str(date.date()) for date in sl.backtest(FRAMES, CROSS).positions["date"]} >= {"2025-07-01", "2025-07-03"}
        assert "2025-07-03" not in {str(date.date()) for date in result.positions["date"]}  # the half day has bars to its close
        assert (result.fills["reason"] == "flatten").any()

    def test_limits_that_are_given_hold(self) -> None:
        result = sl.backtest(FRAMES, CROSS, limits={"max_open_positions": 1})

        assert set(result.orders.query("status == 'rejected'")["limit_hit"]) == {"max_open_positions"}

    def test_a_benchmark_is_held_from_its_first_open(self) -> None:
        result = sl.backtest(FRAMES, CROSS, benchmark="B")

        closes = FRAMES["B"]["close"].groupby(INDEX.date).last()
        expected = closes / closes.shift(fill_value=FRAMES["B"]["open"].iloc[0]) - 1
        assert np.allclose(result.benchmark, expected)
        assert result.stats["benchmark_return"] == pytest.approx(closes.iloc[-1] / 50.0 - 1)

    def test_several_strategies(self) -> None:
        result = sl.backtest(FRAMES, [CROSS, sl.strategies.SmaCross(fast=4, slow=16)])

        assert set(result.orders["strategy"]) == {"SmaCross", "SmaCross 2"}


class TestSignals:
    CLOSE = FRAMES["A"]["close"]
    FAST, SLOW = CLOSE.rolling(5).mean(), CLOSE.rolling(20).mean()
    LONG = FAST > SLOW + 1e-9

    def test_entries_and_exits_fill_at_the_next_open(self) -> None:
        result = sl.backtest({"A": FRAMES["A"]}, sl.Signals(self.LONG, ~self.LONG, quantity=10))

        held = self.LONG.astype(int)
        turns = held.diff().fillna(held)
        at = [self.CLOSE.index.get_loc(stamp) + 1 for stamp in turns.index[turns != 0]]
        at = [i for i in at if i < len(self.CLOSE)]
        opens = FRAMES["A"]["open"]
        assert result.fills["time"].tolist() == [opens.index[i] for i in at]
        assert result.fills["price"].tolist() == [opens.iloc[i] for i in at]

    def test_naive_stamps_are_exchange_time_and_frames_have_a_column_per_symbol(self) -> None:
        naive = pd.DataFrame({"A": self.LONG, "B": ~self.LONG}).tz_localize(None)
        by_frame = sl.backtest(FRAMES, sl.Signals(naive, ~naive, quantity=10))
        by_dict = sl.backtest(
            FRAMES, sl.Signals({"A": self.LONG, "B": ~self.LONG}, {"A": ~self.LONG, "B": self.LONG}, quantity=10)
        )

        assert_frame_equal(by_frame.fills, by_dict.fills)
        assert set(by_frame.fills["symbol"]) == {"A", "B"}

    def test_short_entries_turn_the_position(self) -> None:
        result = sl.backtest({"A": FRAMES["A"]}, sl.Signals(self.LONG, short_entries=~self.LONG, quantity=10))

        assert set(result.trades["side"]) == {"long", "short"}
        assert result.fills["quantity"].iloc[1:].tolist() == [10.0] * (len(result.fills) - 1)

    def test_targets_are_shares_to_hold(self) -> None:
        target = pd.Series(np.nan, INDEX)
        target.iloc[[3, 10, 30]] = [10, -5, 0]
        result = sl.backtest({"A": FRAMES["A"]}, sl.Signals(target=target))

        assert result.fills[["side", "quantity"]].to_numpy().tolist() == [["buy", 10.0], ["sell", 15.0], ["buy", 5.0]]
        assert result.fills["time"].tolist() == [INDEX[i] for i in (4, 11, 31)]

    def test_stops_and_targets_are_fractions_of_the_price(self) -> None:
        entries = pd.Series(False, INDEX)
        entries.iloc[5] = True
        result = sl.backtest({"A": FRAMES["A"]}, sl.Signals(entries, stop_loss=0.01, take_profit=0.02, quantity=10))

        price = self.CLOSE.iloc[5]
        exits = result.orders.iloc[1:]
        assert exits["stop"].iloc[0] == pytest.approx(0.99 * price)
        assert exits["limit"].iloc[1] == pytest.approx(1.02 * price)

    def test_rows_that_are_no_bar_are_counted(self) -> None:
        entries = pd.Series(True, pd.DatetimeIndex(["2025-07-02 09:31", "2025-07-02 03:00"]))
        lab = sl.Lab.from_frames({"A": FRAMES["A"]})
        lab.use(sl.Signals(entries, quantity=1))
        with pytest.warns(sl.DataWarning, match="Signals: 1 of 2 rows that say to do something met no bar of the run"):
            lab.run()

        assert lab.strategies[0].unused == 1

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({}, "entries and exits, or a target"),
            ({"entries": [True, False]}, "entries is a list; give a Series indexed by the start of bars"),
            ({"entries": pd.Series([True])}, "entries is indexed by int64; give a Series indexed by the start of bars"),
            ({"entries": LONG, "quantity": 1, "percent": 0.1}, "quantity or percent"),
            ({"entries": LONG, "stop_loss": 2}, "a fraction of the entry's price"),
        ],
    )
    def test_what_cannot_be_meant(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(sl.errors.ConfigError, match=words):
            sl.Signals(**given)


class TestExamples:
    EXAMPLES = (
        sl.strategies.SmaCross,
        sl.strategies.OpeningRangeBreakout,
        sl.strategies.VwapReversion,
        sl.strategies.RelativeVolume,
        sl.strategies.EndOfDayBracket,
    )

    @pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
    def test_an_example_is_short_and_trades_on_recorded_minutes(self, kind: type[sl.Strategy], real_data: Path) -> None:
        import inspect

        loose = {"times": 1.2, "move": 0.001, "width": 0.002}
        strategy = kind(**{name: value for name, value in loose.items() if name in kind._fields})
        result = sl.backtest(
            real_data, strategy, symbols="SPY AIG BAC", end="2013-10-11", start="2013-10-08", bars="1m 5m", window=1
        )

        assert len(inspect.getsource(kind).splitlines()) < 40
        assert len(result.fills) > 3
        if kind is not sl.strategies.SmaCross:
            assert result.positions.empty  # flat at every close


def test_what_goes_to_other_libraries_has_their_form() -> None:
    result = sl.backtest(FRAMES, CROSS)
    returns, positions, transactions = result.pyfolio()

    dates = pd.DatetimeIndex(["2025-07-01", "2025-07-02", "2025-07-03"])
    assert result.returns.index.equals(dates)  # quantstats and empyrical take dates without a zone
    assert returns.index.equals(dates.tz_localize("UTC"))  # pyfolio takes them in UTC
    assert (1 + result.returns).prod() == pytest.approx(result.equity.iloc[-1] / 100_000)
    assert list(positions)[-1] == "cash"
    assert {"amount", "price", "symbol"} <= set(transactions)
    assert len(transactions) == len(result.fills)
