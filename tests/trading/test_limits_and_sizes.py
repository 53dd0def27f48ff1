"""What is refused, and why; and how many shares an order has that was not sized in shares."""

from __future__ import annotations

from typing import Any

import pytest
from hand_made import filled, frame, lab

import sessionlab as sl
from sessionlab.trading.limits import Limits, Use, check, room

FLAT = (100.0, 100.0, 100.0, 100.0)
WIDE = {f"trading_config__{name}": 1e6 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}


def at_work(bars: list[Any] | None = None, **changes: Any) -> sl.Lab:
    one = lab(bars or [FLAT] * 10, **{**WIDE, "trading_config__starting_cash": 10_000, **changes})
    one.step()
    return one


def test_orders_at_rest_stand_in_the_sequence_of_sending() -> None:
    one = at_work()
    bracket = one.buy("A", 1, limit=50, stop_loss=40)
    last = one.buy("A", 1, limit=60)

    assert one.open_orders == (bracket, *bracket.exits, last)


class TestLimits:
    @pytest.mark.parametrize("limit", ["max_per_trade", "max_per_symbol"])
    def test_a_rejection_has_its_limit_and_its_number(self, limit: str) -> None:
        one = at_work(**{f"trading_config__{limit}": 5_000})
        order = one.buy("A", 51)

        assert (order.status, order.limit_hit, order.limit_number, order.limit_value) == ("rejected", limit, 5_100, 5_000)
        assert order.reason.startswith(f"{limit}: 5,100.00")
        assert one.buy("A", 50).status == "accepted"

    def test_what_open_orders_reserved_counts(self) -> None:
        one = at_work(trading_config__max_per_symbol=5_000)
        one.buy("A", 40, limit=90)  # 3,600 at its limit
        refused, accepted = one.buy("A", 20), one.buy("A", 14)

        assert refused.limit_number == 3_600 + 2_000
        assert accepted.status == "accepted"

    def test_what_only_reduces_is_exempt_and_what_crosses_is_checked_on_its_new_side(self) -> None:
        one = at_work(trading_config__max_per_trade=5_000)
        one.buy("A", 50)
        one.step()
        flat, crossing, refused = one.sell("A", 50, limit=200), one.sell("A", 40, limit=200), one.sell("A", 11, limit=200)

        assert flat.status == "accepted"
        assert crossing.status == "rejected"  # 40 short at 200
        assert crossing.limit_number == 8_000
        assert refused.status == "accepted"

    def test_open_positions_count_symbols_with_entries_open(self) -> None:
        both = {symbol: frame([FLAT] * 10) for symbol in "ABC"}
        one = sl.Lab.from_frames(both, bars="1m", changes={"trading_config.max_open_positions": 2})
        one.step()
        one.buy("A", 1)
        one.buy("B", 1, limit=50)
        third, again = one.buy("C", 1), one.buy("A", 1)

        assert (third.limit_hit, third.limit_number, third.limit_value) == ("max_open_positions", 3, 2)
        assert again.status == "accepted"

    def test_short_and_buying_power(self) -> None:
        """10,000 of buying power: 100 short at 40 and 60 long at 100 use all of it, though cash is at 8,000."""
        frames = {"LOW": frame([(40, 40, 40, 40)] * 5 + [(50, 50, 50, 50)] * 5), "HIGH": frame([FLAT] * 10)}
        limits = {f"trading_config.{name}": 10_000 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}
        one = sl.Lab.from_frames(frames, bars="1m", changes={**limits, "trading_config.starting_cash": 10_000})
        one.step()
        one.sell("LOW", 100)
        one.step()
        assert one.cash == 14_000
        refused, taken = one.buy("HIGH", 61), one.buy("HIGH", 60)
        one.step()

        assert (refused.limit_hit, refused.limit_number) == ("max_buying_power", 10_100)
        assert taken.is_filled
        assert one.cash == 8_000
        one.advance("09:36")
        assert one.buy("HIGH", 1).limit_number == 11_100  # the short has risen: noted, nothing undone
        assert one.buy("LOW", 100).status == "accepted"
        one.run()
        assert one.traded().events["kind"].tolist() == ["limit_passed"]

    def test_without_limits_each_is_the_equity_of_the_moment(self) -> None:
        result = sl.backtest(frame([FLAT] * 10), Sized(how={"quantity": 101}), cash=10_000)
        within = sl.backtest(frame([FLAT] * 10), Sized(how={"quantity": 100}), cash=10_000)

        assert result.orders["reason"].tolist() == [
            "max_per_trade: 10,100.00 would pass 10,000.00, the account's equity (this order 10,100.00)"
        ]
        assert within.orders["status"].tolist() == ["filled"]

    def test_room_is_the_most_that_passes(self) -> None:
        use = Use(1_000.0, 500.0, 3_000.0, 500.0, 2, True, 0.0)
        limits = Limits(10_000, 4_000, 5_000, 5)

        assert room(limits, use, "A", 33.0, 1.0) == 106  # (5,000 - 1,500) / 33
        assert check(limits, use, "A", 106, 33.0) is None
        assert check(limits, use, "A", 107, 33.0) is not None


class Sized(sl.Strategy):
    """Buys once, sized as told."""

    how: dict[str, Any]

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        if len(ctx[symbol].bars("1m")) == 1:
            ctx.buy(symbol, **self.how)


class TestSizes:
    @pytest.mark.parametrize(
        ("how", "quantity"),
        [
            ({"value": 1_050}, 10),
            ({"percent": 0.1}, 10),
            ({"percent": 0.1, "limit": 80}, 12),  # at its limit: 1,000 / 80
            ({"risk": 0.01, "stop_loss": 97}, 33),  # 100 / 3
            ({"risk": 0.01, "trail": 4.0}, 25),
            ({"risk": 0.01, "stop_loss": 90, "limit": 95}, 20),
        ],
    )
    def test_a_size_is_rounded_down_to_whole_shares(self, how: dict[str, Any], quantity: float) -> None:
        assert at_work().buy("A", **how).quantity == quantity

    def test_a_size_that_was_worked_out_is_trimmed_and_says_so(self) -> None:
        one = at_work(trading_config__max_per_trade=3_050)
        order = one.buy("A", percent=0.5)

        assert (order.quantity, order.trimmed_from, order.status) == (30, 50, "accepted")
        assert one.orders["trimmed_from"].tolist() == [50.0]

    def test_a_quantity_that_was_stated_is_never_changed(self) -> None:
        order = at_work(trading_config__max_per_trade=3_050).buy("A", 31)

        assert (order.quantity, order.status) == (31, "rejected")

    def test_less_than_a_share_is_a_rejection(self) -> None:
        order = at_work().buy("A", value=99)

        assert (order.status, order.reason) == ("rejected", "value 99 is less than 1 share at 100")

    def test_crypto_has_small_units(self) -> None:
        import pandas as pd

        index = pd.date_range("2025-07-02", periods=1440, freq="1min", tz="UTC")
        bars = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), 30000.0), index=index).assign(volume=1.0)
        result = sl.backtest({"BTC": bars}, Sized(how={"value": 1_000}), exchange_group="CRYPTO")

        assert result.fills["quantity"].tolist() == [pytest.approx(0.03333333, abs=1e-12)]

    def test_a_target_counts_what_is_open_and_cancels_what_is_against_it(self) -> None:
        one = at_work()
        one.target("A", 50)
        more = one.target("A", 80)
        against = one.sell("A", 10, limit=150)
        last = one.target("A", 90)
        one.run()

        assert (more.quantity, last.quantity) == (30, 10)
        assert against.reason == "superseded by a new target"
        assert float(one.position("A")) == 90

    def test_a_lower_target_takes_back_what_has_not_filled(self) -> None:
        one = at_work()
        first = one.target("A", 50)
        second = one.target("A", 20)
        one.run()

        assert (first.status, second.quantity) == ("canceled", 20)
        assert float(one.position("A")) == 20

    @pytest.mark.parametrize(("name", "value", "shares"), [("target_value", 2_550, 25), ("target_percent", -0.2, -20)])
    def test_targets_in_dollars_and_in_equity(self, name: str, value: float, shares: float) -> None:
        one = at_work()
        getattr(one, name)("A", value)
        one.run()

        assert float(one.position("A")) == shares
        assert getattr(at_work(), name)("A", 0) is None

    def test_closing_never_opens(self) -> None:
        one = at_work([FLAT, FLAT, (97, 97, 97, 97), FLAT])
        one.buy("A", 10, stop_loss=98)
        one.step()
        one.close_position("A", tif="cls")
        one.run()

        assert filled(one) == [(1, "buy", 10.0, 100.0), (2, "sell", 10.0, 97.0)]
        assert one.orders["status"].tolist() == ["filled", "filled", "canceled"]


class TestBadInput:
    ASKS: tuple[tuple[dict[str, Any], str], ...] = (
        ({"quantity": 0}, "quantity=0: write shares, above 0"),
        ({"quantity": -5}, r"above 0; sell\(\.\.\.\) sells"),
        ({"quantity": float("nan")}, "quantity=nan"),
        ({"quantity": float("inf")}, "quantity=inf"),
        ({"quantity": "ten"}, "quantity='ten'"),
        ({}, "one size: quantity, value, percent or risk; none was given"),
        ({"quantity": 1, "value": 5}, "quantity and value was given"),
        ({"quantity": 1, "limit": float("nan")}, "limit=nan: write a price in dollars"),
        ({"quantity": 1, "limit": 0}, "limit=0"),
        ({"quantity": 1, "tif": "dya"}, "did you mean 'day'"),
        ({"quantity": 1, "trail": "lots"}, "trail='lots'"),
        ({"quantity": 1, "stop": 99, "tif": "cls"}, "a stop rests"),
        ({"risk": 0.01}, "give stop_loss or trail with it"),
        ({"percent": -0.1}, "percent=-0.1: write a fraction of equity"),
    )

    @pytest.mark.parametrize(("how", "words"), ASKS)
    def test_what_cannot_be_meant_says_what_to_write(self, how: dict[str, Any], words: str) -> None:
        one = at_work()

        with pytest.raises(sl.errors.ConfigError, match=words):
            one.buy("A", **how)
        assert one.buy("A", 1).status == "accepted"

    def test_an_unknown_symbol(self) -> None:
        with pytest.raises(sl.errors.NoDataError, match="'B' is not in this session; it has A"):
            at_work().buy("B", 1)

    def test_after_the_run_has_ended(self) -> None:
        one = at_work()
        one.run()

        with pytest.raises(sl.errors.ConfigError, match=r"the run has ended at its last close.*lab.restart\(\)"):
            one.buy("A", 1)

    def test_a_client_id_twice(self) -> None:
        one = at_work()
        one.buy("A", 1, client_id="x1")

        with pytest.raises(sl.errors.ConfigError, match="'x1' was sent before, as order 1"):
            one.buy("A", 1, client_id="x1")
        assert len(one.orders) == 1

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ({"stop_loss": 101}, "stop_loss 101 is not below 100"),
            ({"take_profit": 99}, "take_profit 99 is not above 100"),
            ({"stop_loss": 99, "trail": 1}, "two stops for one position"),
        ],
    )
    def test_exits_on_the_wrong_side_are_rejected(self, how: dict[str, Any], words: str) -> None:
        order = at_work().buy("A", 10, **how)

        assert order.is_rejected
        assert words in order.reason

    def test_before_any_price_is_known(self) -> None:
        order = lab([FLAT, FLAT]).buy("A", 1)

        assert (order.status, order.reason) == ("rejected", "no price of A is known yet, so its limits cannot be checked")

    def test_a_symbol_that_is_held_cannot_leave(self) -> None:
        both = {symbol: frame([FLAT] * 10) for symbol in "AB"}
        one = sl.Lab.from_frames(both, bars="1m")
        one.step()
        one.buy("A", 1)
        resting = one.buy("B", 1, limit=50)
        one.step()

        with pytest.raises(sl.errors.ConfigError, match="A cannot leave: 1 shares of it are held"):
            one.remove_symbol("A")
        one.remove_symbol("B")
        assert (resting.status, resting.reason) == ("canceled", "B has left the session")
