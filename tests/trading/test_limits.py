"""The four limits where it gets narrow: through zero, behind a close, without leverage, and when prices move on."""

from __future__ import annotations

from typing import Any

import pytest
from hand_made import filled, frame, lab

import sessionlab as sl

FLAT = (100.0, 100.0, 100.0, 100.0)


def held(shares: float, bars: list[Any] | None = None, **limits: Any) -> sl.Lab:
    """A lab that holds ``shares`` of ``A`` at 09:32, each limit 10,000 where none is given."""
    named = {f"trading_config__{name}": 10_000 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}
    one = lab(bars or [FLAT] * 10, **{**named, **{f"trading_config__{name}": value for name, value in limits.items()}})
    one.step()
    (one.buy if shares > 0 else one.sell)("A", abs(shares))
    one.step()
    return one


class TestThroughZero:
    def test_a_full_position_may_turn_into_a_full_one_on_the_other_side(self) -> None:
        """100 at 100 is all of 10,000. Long and short are never there at once, so 200 sold leave 10,000 short."""
        one = held(100, max_per_trade=20_000, max_buying_power=20_000, max_per_symbol=10_000)
        order = one.sell("A", 200)
        one.step()

        assert order.is_filled
        assert float(one.position("A")) == -100

    def test_the_new_side_is_what_is_checked(self) -> None:
        refused = held(100).sell("A", 201)

        assert (refused.limit_hit, refused.limit_number, refused.limit_value) == ("max_per_trade", 10_100, 10_000)

    def test_a_target_of_all_equity_turns_without_leverage(self) -> None:
        class Turn(sl.Strategy):
            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                n = len(ctx[symbol].bars("1m"))
                if n in (1, 3):
                    ctx.target_percent(symbol, 1.0 if n == 1 else -1.0)

        result = sl.backtest(frame([FLAT] * 6), Turn, cash=10_000)

        assert result.fills[["side", "quantity"]].to_numpy().tolist() == [["buy", 100.0], ["sell", 200.0]]
        assert result.rejections.empty

    def test_a_close_at_rest_makes_room_on_the_other_side_of_its_symbol(self) -> None:
        one = held(100)
        one.close_position("A")
        short, more = one.sell("A", 100, stop_loss=101), one.sell("A", 1)
        one.step()

        assert short.status == "filled"
        assert short.opens == 100
        assert more.limit_number == 10_100  # what came behind the close is counted
        assert float(one.position("A")) == -100

    def test_a_close_for_the_end_of_the_day_makes_none(self) -> None:
        one = held(100)
        one.close_position("A", tif="cls")
        order = one.sell("A", 100)
        one.run()

        assert order.opens == 0
        assert filled(one)[1:] == [(2, "sell", 100.0, 100.0)]

    def test_what_turns_reserves_no_more_than_it_adds(self) -> None:
        """A goes from 50 long to 70 short: 7,000 at most are used, so 3,000 are left for B."""
        both = {"A": frame([FLAT] * 10), "B": frame([FLAT] * 10)}
        limits = dict.fromkeys(("max_buying_power", "max_per_trade", "max_per_symbol"), 10_000)
        one = sl.Lab.from_frames(both, bars="1m", changes={f"trading_config.{name}": value for name, value in limits.items()})
        one.step()
        one.buy("A", 50)
        one.step()
        one.sell("A", 120)
        refused, accepted = one.buy("B", 31), one.buy("B", 30)

        assert (refused.limit_hit, refused.limit_number) == ("max_buying_power", 10_100)
        assert accepted.status == "accepted"

    def test_a_close_elsewhere_frees_its_part_once_it_has_filled(self) -> None:
        both = {"A": frame([FLAT] * 10), "B": frame([FLAT] * 10)}
        limits = dict.fromkeys(("max_buying_power", "max_per_trade", "max_per_symbol"), 10_000)
        one = sl.Lab.from_frames(both, bars="1m", changes={f"trading_config.{name}": value for name, value in limits.items()})
        one.step()
        one.buy("A", 100)
        one.step()
        one.close_position("A")
        early = one.buy("B", 100)
        one.step()

        assert early.reason.endswith("; what orders at rest close counts until they have filled")
        assert one.buy("B", 100).status == "accepted"

    def test_both_sides_reserve_while_it_is_flat(self) -> None:
        """Either may open: a breakout by two stops needs room for both."""
        one = lab([FLAT] * 10, trading_config__max_per_symbol=10_000)
        one.step()
        one.buy("A", 60, stop=101)

        assert one.sell("A", 60, stop=99).limit_number == 60 * 101 + 60 * 99


class TestEquityAsLimit:
    """Of those left out each dollar limit is the account's equity at that moment."""

    class Buys(sl.Strategy):
        shares: float

        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if len(ctx[symbol].bars("1m")) in (1, 3):
                ctx.buy(symbol, self.shares)

    @pytest.mark.parametrize(
        ("limits", "hit"),
        [
            ({}, "max_per_symbol"),
            ({"max_per_trade": 8_000, "max_per_symbol": 30_000}, "max_buying_power"),
            ({"max_buying_power": 30_000}, "max_per_symbol"),
            ({"max_buying_power": 30_000, "max_per_symbol": 30_000}, None),
            ({"max_buying_power": 30_000, "max_per_trade": 30_000}, "max_per_symbol"),
            ({"max_open_positions": 1}, "max_per_symbol"),
        ],
    )
    def test_those_that_are_given_hold_and_the_others_are_the_equity(self, limits: dict[str, float], hit: str | None) -> None:
        """60 at 100, twice, with 10,000."""
        result = sl.backtest(frame([FLAT] * 6), self.Buys(shares=60), cash=10_000, limits=limits)

        assert result.orders["limit_hit"].tolist() == ["", hit or ""]
        if hit is not None:
            assert result.orders["limit_number"].iloc[1] == 12_000
            assert result.orders["limit_value"].iloc[1] == 10_000
            assert "the account's equity" in result.orders["reason"].iloc[1]

    def test_what_was_earned_may_be_used(self) -> None:
        """50 at 100 are worth 150 each then: equity is 12,500, so 83 in all."""
        bars = [FLAT, FLAT, (150.0, 150.0, 150.0, 150.0), *[(150.0, 150.0, 150.0, 150.0)] * 3]

        class More(sl.Strategy):
            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                n = len(ctx[symbol].bars("1m"))
                if n == 1:
                    ctx.buy(symbol, 50)
                if n == 3:
                    ctx.target_percent(symbol, 1.0)

        result = sl.backtest(frame(bars), More, cash=10_000)

        assert result.fills["quantity"].tolist() == [50.0, 33.0]

    def test_what_was_lost_may_not(self) -> None:
        bars = [FLAT, FLAT, *[(50.0, 50.0, 50.0, 50.0)] * 4]  # 60 bought at 100 are worth 3,000: equity is 7,000
        result = sl.backtest(frame(bars), self.Buys(shares=81), cash=10_000, limits={"max_per_trade": 10_000})

        assert result.orders["status"].tolist() == ["filled", "rejected"]
        assert result.orders["limit_value"].iloc[1] == pytest.approx(10_000 - 81 * 50)


class TestPricesMoveOn:
    def test_it_is_noted_by_symbol_and_in_all_since_when(self) -> None:
        bars = [FLAT, FLAT, (100, 130, 100, 130), (130, 130, 110, 110), *[FLAT] * 4]
        one = held(90, bars, max_per_trade=9_500, max_per_symbol=9_500)
        one.run()

        events = one.traded().events
        assert events[["kind", "symbol"]].to_numpy().tolist() == [["limit_passed", "A"], ["limit_passed", ""]]
        assert events["time"].dt.strftime("%H:%M").tolist() == ["09:33", "09:33"]
        assert events["reason"].tolist() == [
            "max_per_symbol: prices carried exposure to 11,700.00, past 9,500.00",
            "max_buying_power: prices carried exposure to 11,700.00, past 10,000.00",
        ]
        assert filled(one) == [(1, "buy", 90.0, 100.0)]  # nothing is undone

    def test_what_reduces_is_exempt_and_what_opens_is_refused(self) -> None:
        one = held(90, [FLAT, FLAT, *[(130.0, 130.0, 130.0, 130.0)] * 6])
        one.step()

        assert one.buy("A", 1).limit_number == 90 * 130 + 130
        assert one.sell("A", 90).status == "accepted"


class TestExempt:
    def test_an_exit_needs_no_room(self) -> None:
        """The bracket's legs, a close and flatten reduce: a limit of what is held already never stops them."""
        one = held(100, max_open_positions=1, flatten_at_close=True)
        accepted = [one.sell("A", 40), one.sell("A", 60, limit=150), one.close_position("A")]
        one.run()

        assert all(order.status in ("filled", "canceled") for order in accepted)
        assert not one.position("A")

    def test_what_reduces_goes_through_also_where_no_position_is_allowed_any_more(self) -> None:
        one = held(-50, max_open_positions=1)

        assert one.buy("A", 50).status == "accepted"
        assert one.buy("A", 60).status == "accepted"  # 60 long: within 10,000

    def test_books_do_not_hide_one_another(self) -> None:
        """One strategy is long what another is short: net nothing, gross 10,000."""

        class Side(sl.Strategy):
            sign: int

            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                n = len(ctx[symbol].bars("1m"))
                if n == 1:
                    ctx.target(symbol, 50 * self.sign)

        one = lab([FLAT] * 6, **{f"trading_config__max_{name}": 10_000 for name in ("buying_power", "per_trade", "per_symbol")})
        one.use(Side(sign=1), name="up").use(Side(sign=-1), name="down")
        one.advance("09:33")

        assert one.positions["quantity"].tolist() == [50.0, -50.0]
        assert one.buy("A", 1).limit_number == 10_100


def test_what_cannot_be_meant_leaves_no_order_behind() -> None:
    one = held(100)
    before = len(one.orders)
    for how in ({"risk": 0.1}, {"quantity": 1, "tif": "dya"}, {"quantity": 200, "client_id": "x", "stop_loss": -1}):
        with pytest.raises(sl.errors.ConfigError):
            one.sell("A", **how)
    with pytest.raises(sl.errors.ConfigError, match="give trail alone"):
        one.sell("A", 10, trail=1, limit=120, client_id="x")
    with pytest.raises(sl.errors.ConfigError, match="did you mean 'day'"):
        one.target("A", 50, tif="dya")

    assert len(one.orders) == before
    assert one.sell("A", 10, client_id="x").id == before + 1
