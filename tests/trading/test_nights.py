"""What happens to an account between sessions, all of it at the open: splits, dividends, borrow fees; and recorded spreads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config

import sessionlab as sl
from sessionlab.tape import Rows
from sessionlab.tape.actions import Actions, Dividend, Split

TIMES = sl.TimeManager("US_EQUITY", "EQUITY")
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-02", "2025-07-03", "2025-07-07")]
MONDAY = dt.date(2025, 7, 7)


class Acting(RowsSource):
    """Rows, and what companies did."""

    def __init__(self, rows: Any, actions: Actions, quotes: Any = None) -> None:
        super().__init__(rows, quotes)
        self._actions = actions

    def actions(self, symbol: str, times: sl.TimeManager) -> Actions:
        return self._actions


def flat(prices: list[float]) -> Rows:
    """Bars of one price a session."""
    parts = []
    for session, price in zip(DAYS, prices, strict=True):
        starts, ends = session.starts(sl.Interval("1m")), session.ends(sl.Interval("1m"))
        parts.append(Rows.of(starts, ends, np.vstack([np.full((4, len(starts)), price), np.full(len(starts), 1e6)])))
    return Rows.join(parts)


def lab(prices: list[float], *, quotes: Any = None, splits: Any = (), dividends: Any = (), **changes: Any) -> sl.Lab:
    source = Acting({("A", "1m"): flat(prices)}, Actions.of(splits, dividends), quotes)
    wide = {f"trading_config__{name}": 1e6 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}
    dates = "2025-07-02", "2025-07-07"
    made = config("A", "1m", *dates, **{**wide, "trading_config__starting_cash": 100_000.0, **changes})
    return sl.Lab(made, source=source, times=TIMES)


@pytest.mark.parametrize(("side", "amount"), [("buy", 150.0), ("sell", -150.0)])
def test_a_dividend_is_paid_at_the_open_of_its_ex_date_and_a_short_pays_it(side: str, amount: float) -> None:
    one = lab([100, 100, 98.5], dividends=[Dividend(MONDAY, 1.5, 100.0)])
    one.step()
    getattr(one, side)("A", 100)
    one.run_session()
    one.run_session()
    before = one.cash
    one.step()

    assert one.cash - before == amount
    moves = one.traded().cash
    assert moves[["kind", "symbol", "amount"]].to_numpy().tolist() == [["dividend", "A", amount]]
    assert moves["time"].tolist() == [DAYS[2].open]
    assert one.equity == pytest.approx(100_000)  # what the price lost came as cash


def test_a_split_makes_other_shares_of_what_is_held_and_of_what_rests() -> None:
    one = lab([100, 100, 25], splits=[Split(MONDAY, 4.0)])
    one.step()
    one.buy("A", 10)
    one.step()
    resting = one.sell("A", 10, limit=120.0, tif="gtc")
    stop = one.sell("A", 10, trail=8.0, tif="gtc")
    one.run_session()
    one.run_session()
    one.step()

    position = one.position("A")
    assert (position.quantity, position.average_price) == (40.0, 25.0)
    assert (resting.quantity, resting.limit, stop.stop, str(stop.trail)) == (40.0, 30.0, 23.0, "2")
    account = one.traded().account
    assert np.allclose(account["cash"] + account["value"], 100_000)  # also at the open, before the first new price
    (trade,) = one.trades.itertuples()
    assert (trade.quantity, trade.entry_price, trade.pnl) == (40.0, 25.0, 0.0)


def test_a_short_pays_a_fee_for_each_night() -> None:
    one = lab([100, 100, 100], trading_config__costs={"borrow_bps": 365})
    one.step()
    one.sell("A", 100)
    one.run()

    # 10,000 x 3.65 % / 365 a night: one night to Thursday, four to Monday
    assert one.traded().cash["amount"].tolist() == pytest.approx([-1.0, -4.0])
    assert one.trades["pnl"].sum() == 0
    assert one.result().stats["dividends_and_borrow"] == pytest.approx(-5.0)


def test_half_of_the_recorded_spread_is_charged() -> None:
    instants = [DAYS[0].open_ns, DAYS[0].open_ns + 90 * 10**9]
    quotes = {"A": Rows.of(instants, instants, np.array([[99.9, 99.0], [1, 1], [100.1, 101.0], [1, 1]]))}
    one = lab([100, 100, 100], quotes=quotes, trading_config__costs={"slippage": {"half_spread": True}})
    one.step()
    one.buy("A", 10)
    one.step()
    one.sell("A", 10)
    one.step()

    assert one.fills["price"].tolist() == pytest.approx([100.1, 99.0])  # the second quote is known when the third minute begins
    assert one.fills["slippage"].tolist() == pytest.approx([0.1, 1.0])


def test_a_position_over_a_night_is_one_trade_with_the_coverage_of_all_its_sessions() -> None:
    one = lab([100, 101, 102])
    one.advance("15:00")
    one.buy("A", 10)
    one.run_session()
    one.run_session()
    one.advance("10:00")
    one.close_position("A")
    one.run()

    (trade,) = one.trades.itertuples()
    assert (trade.entry_price, trade.exit_price, trade.pnl, trade.mae, trade.mfe) == (100.0, 102.0, 20.0, 0.0, 20.0)
    assert trade.coverage == 100.0
    assert one.result().positions["date"].dt.strftime("%d").tolist() == ["02", "03"]
    assert one.result().returns.tolist() == pytest.approx([0.0, 10 / 100_000, 10 / 100_010])


def test_the_benchmark_counts_dividends_and_splits() -> None:
    one = lab(
        [100, 102, 25.5],
        splits=[Split(MONDAY, 4.0)],
        dividends=[Dividend(dt.date(2025, 7, 3), 1.0, 100.0)],
        trading_config__benchmark="A",
    )
    result = one.run()

    assert result.benchmark.tolist() == pytest.approx([0.0, (102 + 1) / 100 - 1, 0.0])
    assert isinstance(result.benchmark.index, pd.DatetimeIndex)
