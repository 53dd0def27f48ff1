"""How many shares: worked out from dollars, equity and risk, led to a target, closed as a whole; alone and beside open orders."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hand_made import filled, frame, lab

import sessionlab as sl

FLAT = (100.0, 100.0, 100.0, 100.0)
WIDE = {f"trading_config__{name}": 1e6 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}


def holding(shares: float, bars: list[Any] | None = None, **changes: Any) -> sl.Lab:
    """A lab of 10,000 that holds ``shares`` at 100."""
    one = lab(bars or [FLAT] * 12, **{**WIDE, "trading_config__starting_cash": 10_000, **changes})
    one.step()
    if shares:
        (one.buy if shares > 0 else one.sell)("A", abs(shares))
        one.step()
    return one


class TestWorkedOut:
    @pytest.mark.parametrize(
        ("held", "side", "how", "quantity", "opens"),
        [
            (-5, "buy", {"percent": 0.1, "stop_loss": 95}, 10, 5),  # through zero: what opens is protected
            (-50, "buy", {"value": 1_000}, 10, 0),
            (50, "sell", {"percent": 0.1, "trail": 1.0}, 10, 0),  # only reduces: a trailing stop of its own
            (10, "sell", {"value": 3_000, "take_profit": 90}, 30, 20),
            (0, "sell", {"risk": 0.01, "stop_loss": 104}, 25, 25),
            (0, "buy", {"risk": 0.01, "trail": "2%"}, 50, 50),
            (0, "buy", {"risk": 0.01, "stop": 102, "stop_loss": 100}, 50, 50),  # from its stop price on
        ],
    )
    def test_shares_count_and_not_the_number_that_they_were_asked_with(
        self, held: float, side: str, how: dict[str, Any], quantity: float, opens: float
    ) -> None:
        order = getattr(holding(held), side)("A", **how)

        assert (order.status, order.quantity, order.opens) == ("accepted", quantity, opens)
        assert order.type == ("trailing_stop" if how.get("trail") and not opens else "stop" if "stop" in how else "market")

    def test_equity_is_that_of_the_moment(self) -> None:
        one = holding(50, [FLAT, FLAT, *[(120.0, 120.0, 120.0, 120.0)] * 4])
        one.step()

        assert one.equity == 11_000
        assert one.buy("A", percent=0.5).quantity == 5_500 // 120

    def test_risk_is_what_is_lost_at_the_stop(self) -> None:
        one = holding(0, [FLAT, FLAT, (100, 100, 94, 94), FLAT, FLAT])
        one.buy("A", risk=0.02, stop_loss=95)
        one.run()

        (trade,) = one.trades.itertuples()
        assert trade.pnl == -0.02 * 10_000

    def test_a_stop_at_the_price_is_no_distance(self) -> None:
        order = holding(0).buy("A", risk=0.01, stop_loss=100)

        assert (order.status, order.quantity) == ("rejected", 0)
        assert order.reason == "risk needs a stop_loss away from 100, at which the order would fill"

    def test_what_has_no_size_yet_has_none(self) -> None:
        order = lab([FLAT, FLAT]).buy("A", percent=0.5)

        assert (order.status, order.quantity) == ("rejected", 0)

    def test_float_noise_costs_no_share(self) -> None:
        """A tenth three times, of 10,000 at 100: 29.999999999999996 are 30."""
        assert holding(0).buy("A", percent=0.1 * 3).quantity == 30

    def test_part_that_reduces_is_never_trimmed(self) -> None:
        one = holding(50, trading_config__max_per_symbol=6_000, trading_config__max_per_trade=6_000)
        order = one.sell("A", value=15_000)

        assert (order.quantity, order.trimmed_from, order.opens) == (110, 150, 60)

    def test_no_room_at_all_names_the_limit(self) -> None:
        order = holding(60, trading_config__max_per_symbol=6_050).buy("A", percent=0.1)

        assert (order.status, order.limit_hit, order.limit_number) == ("rejected", "max_per_symbol", 7_000)


class TestCrypto:
    """Eight digits, down to a hundred millionth."""

    INDEX = pd.date_range("2025-07-02", periods=1440, freq="1min", tz="UTC")
    BARS = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), 30_000.0), INDEX).assign(volume=1.0)

    def run(self, *acts: tuple[str, tuple[Any, ...], dict[str, Any]]) -> sl.RunResult:
        class Acts(sl.Strategy):
            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                n = len(ctx[symbol].bars("1m")) - 1
                if n % 3 == 0 and n // 3 < len(acts):
                    name, arguments, how = acts[n // 3]
                    getattr(ctx, name)(symbol, *arguments, **how)

        return sl.backtest({"BTC": self.BARS}, Acts, cash=100_000, exchange_group="CRYPTO")

    def test_sizes_and_targets(self) -> None:
        result = self.run(
            ("target_percent", (0.5,), {}), ("target_value", (25_000,), {}), ("close", (), {}), ("buy", (), {"percent": 1.0})
        )

        assert result.fills["quantity"].tolist() == [1.66666666, 0.83333333, 0.83333333, 3.33333333]
        assert result.positions["quantity"].tolist() == [3.33333333]
        assert result.rejections.empty

    def test_a_turn_leaves_no_dust(self) -> None:
        result = self.run(("buy", (0.1,), {}), ("buy", (0.2,), {}), ("target", (-0.3,), {}), ("target", (0,), {}))

        assert result.fills["quantity"].tolist() == pytest.approx([0.1, 0.2, 0.6, 0.3])
        assert result.positions.empty
        assert result.trades["exit_time"].notna().all()

    def test_less_than_the_unit(self) -> None:
        (order,) = self.run(("buy", (), {"value": 1e-5})).orders.itertuples()

        assert order.reason == "value 1e-05 is less than 1e-08 share at 30000"


class TestTargets:
    def test_after_a_close_that_rests(self) -> None:
        """What is being closed is on its way: a target of nothing adds nothing, and one of what is held takes it back."""
        for shares, left in ((0, 0.0), (10, 10.0), (25, 25.0), (-10, -10.0), (4, 4.0)):
            one = holding(10)
            one.close_position("A")
            one.target("A", shares)
            one.run()

            assert float(one.position("A")) == left

    def test_what_waits_for_the_close_is_no_part_of_it(self) -> None:
        one = holding(10)
        one.close_position("A", tif="cls")
        assert one.target("A", 10) is None
        assert one.target("A", 15).quantity == 5
        one.run()

        assert filled(one)[1:] == [(2, "buy", 5.0, 100.0), (11, "sell", 10.0, 100.0)]

    def test_exits_of_a_bracket_do_not_count(self) -> None:
        one = holding(0)
        one.buy("A", 10, stop_loss=90, take_profit=110)
        one.step()

        assert one.target("A", 10) is None
        assert one.target("A", 12).quantity == 2
        one.step()
        assert one.target("A", 0).quantity == 12
        one.step()
        assert (len(one.open_orders), len(one.positions)) == (0, 0)  # exits end with what they protect

    def test_each_book_has_its_own(self) -> None:
        class Holds(sl.Strategy):
            shares: float

            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                ctx.target(symbol, self.shares)

        one = holding(0)
        one.use(Holds(shares=7), name="long").use(Holds(shares=-3), name="short")
        one.run()

        assert one.orders[["strategy", "quantity"]].to_numpy().tolist() == [["long", 7.0], ["short", 3.0]]

    def test_repeated_at_each_bar_it_follows_equity_and_price(self) -> None:
        """Half of equity in shares, walked by hand: the target of a bar's end is what is held from the next open on."""
        closes = [100.0, 104.0, 96.0, 90.0, 99.0, 99.0]

        class Half(sl.Strategy):
            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                ctx.target_percent(symbol, 0.5)

        result = sl.backtest(frame([(c, c, c, c) for c in closes]), Half, cash=10_000)

        cash, held, wanted, signed = 10_000.0, 0, 0, []
        for close in closes:
            change = wanted - held
            cash, held = cash - change * close, wanted
            signed += [change] if change else []
            wanted = int(0.5 * (cash + held * close) // close)
        fills = result.fills
        assert (fills["quantity"] * fills["side"].map({"buy": 1, "sell": -1})).tolist() == signed
        assert result.equity.iloc[-1] == pytest.approx(cash + held * closes[-1])

    def test_before_any_price_nothing_is_nothing(self) -> None:
        one = lab([FLAT, FLAT])

        assert one.target_percent("A", 0) is None
        assert one.target_percent("A", 0.5).reason.startswith("no price of A is known yet")


class TestClosing:
    def test_it_grows_with_the_position(self) -> None:
        one = holding(10)
        first = one.close_position("A", tif="cls")
        one.buy("A", 5)
        one.step()
        again, same = one.close_position("A", tif="cls"), one.close_position("A", tif="cls")
        one.run()

        assert (first.status, again.quantity) == ("canceled", 15)
        assert same is again
        assert filled(one)[-1] == (11, "sell", 15.0, 100.0)

    def test_everything_is_closed_and_nothing_more_is_opened(self) -> None:
        one = holding(0)
        one.sell("A", 10)
        one.step()
        resting = one.buy("A", 3, limit=90)
        (closing,) = one.close_all()
        one.run()

        assert (closing.side, closing.quantity, resting.status) == ("buy", 10, "canceled")
        assert one.positions.empty

    def test_where_it_is_flat_an_entry_at_rest_is_canceled(self) -> None:
        one = holding(0)
        entry = one.buy("A", 10)

        assert one.close_all() == []
        assert (entry.status, entry.reason) == ("canceled", "the position is being closed")

    def test_other_books_stay_as_they_are(self) -> None:
        class Buys(sl.Strategy):
            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                if len(ctx[symbol].bars("1m")) == 2:
                    ctx.buy(symbol, 4)

        one = holding(0)
        one.use(Buys)
        one.buy("A", 10)
        one.step(2)
        one.close_all()
        one.run()

        assert one.positions[["strategy", "quantity"]].to_numpy().tolist() == [["Buys", 4.0]]

    @pytest.mark.parametrize("odd", ["x", None, 99, 1.5])
    def test_canceling_what_is_no_order(self, odd: Any) -> None:
        with pytest.raises(sl.errors.ConfigError, match=r"there is no order .*give one, or its id"):
            holding(0).cancel(odd)
