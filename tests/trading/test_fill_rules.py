"""Every rule by which an order fills, on bars made by hand: what it is sent with, what it meets, where it fills."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hand_made import filled, frame, lab

import sessionlab as sl

FLAT = (100.0, 100.0, 100.0, 100.0)

# An order is sent at 09:31, after the bar FLAT; then come the bars listed, from 09:31 on. (minute, price) of the fill, or None.
RULES: dict[str, tuple[str, dict[str, Any], list[Any], tuple[int, float] | None]] = {
    # market: the open of the next base bar
    "market": ("buy", {}, [(101, 103, 99, 102)], (1, 101)),
    "market, the next bar is absent": ("buy", {}, [None, None, (104, 105, 103, 104), FLAT], (3, 104)),
    "market to sell": ("sell", {}, [(101, 103, 99, 102)], (1, 101)),
    # limit buy: the open if it is at or below the limit, else the limit if the low is below it
    "limit buy, opens below": ("buy", {"limit": 99}, [(98, 99, 97, 98)], (1, 98)),
    "limit buy, opens at it": ("buy", {"limit": 99}, [(99, 100, 99, 100)], (1, 99)),
    "limit buy, goes through": ("buy", {"limit": 99}, [(100, 101, 98.99, 100)], (1, 99)),
    "limit buy, touches": ("buy", {"limit": 99}, [(100, 101, 99, 100)], None),
    "limit buy, later": ("buy", {"limit": 99}, [FLAT, FLAT, (100, 100, 98, 98)], (3, 99)),
    "limit sell, opens above": ("sell", {"limit": 101}, [(102, 103, 101, 102)], (1, 102)),
    "limit sell, goes through": ("sell", {"limit": 101}, [(100, 101.01, 100, 100)], (1, 101)),
    "limit sell, touches": ("sell", {"limit": 101}, [(100, 101, 100, 100)], None),
    # stop buy: triggered by a high at or above it, at the worse of stop and open
    "stop buy, reached": ("buy", {"stop": 101}, [(100, 101, 100, 101)], (1, 101)),
    "stop buy, gaps over": ("buy", {"stop": 101}, [(103, 104, 102, 103)], (1, 103)),
    "stop buy, not reached": ("buy", {"stop": 101}, [(100, 100.99, 99, 100)], None),
    "stop sell, reached": ("sell", {"stop": 99}, [(100, 100, 99, 99)], (1, 99)),
    "stop sell, gaps under": ("sell", {"stop": 99}, [(96, 97, 95, 96)], (1, 96)),
    "stop sell, not reached": ("sell", {"stop": 99}, [(100, 101, 99.01, 100)], None),
    # stop limit: triggered as a stop, then rests as a limit
    "stop limit, opens beyond": ("buy", {"stop": 101, "limit": 102}, [(101.5, 103, 101, 102)], (1, 101.5)),
    "stop limit, opens beyond both, comes back": ("buy", {"stop": 101, "limit": 102}, [(104, 105, 101.9, 103)], (1, 102)),
    "stop limit, opens beyond both": ("buy", {"stop": 101, "limit": 102}, [(104, 105, 103, 104), (103, 103, 102.5, 103)], None),
    "stop limit, triggered within, then the limit": (
        "buy",
        {"stop": 101, "limit": 102},
        [(100, 101.5, 100, 101), (101.7, 102, 101, 101)],
        (2, 101.7),
    ),
    "stop limit sell": ("sell", {"stop": 99, "limit": 98}, [(98.5, 99, 97, 98)], (1, 98.5)),
    # good at once: the next expected bar, or nothing
    "ioc": ("buy", {"tif": "ioc"}, [(101, 101, 101, 101)], (1, 101)),
    "ioc, the next bar is absent": ("buy", {"tif": "ioc"}, [None, (101, 101, 101, 101), FLAT], None),
    "ioc limit, not reached": ("buy", {"limit": 99, "tif": "ioc"}, [FLAT, (98, 98, 98, 98)], None),
    "fok": ("buy", {"tif": "fok"}, [(101, 101, 101, 101)], (1, 101)),
}


@pytest.mark.parametrize("name", RULES)
def test_an_order_fills_where_the_rule_says(name: str) -> None:
    side, how, bars, expected = RULES[name]
    one = lab([FLAT, *bars])
    one.step()
    order = getattr(one, side)("A", 100, **how)
    one.run()

    assert filled(one) == ([] if expected is None else [(expected[0], side, 100.0, expected[1])])
    assert order.is_filled == (expected is not None)


@pytest.mark.parametrize(("side", "limit", "bar"), [("buy", 99.0, (100, 101, 99, 100)), ("sell", 101.0, (100, 101, 99, 100))])
def test_a_touch_is_enough_where_the_config_says_so(side: str, limit: float, bar: Any) -> None:
    one = lab([FLAT, bar], trading_config__fills={"limit": "touch"})
    one.step()
    getattr(one, side)("A", 100, limit=limit)
    one.run()

    assert filled(one) == [(1, side, 100.0, limit)]


class TestTrailing:
    """The level moves after each bar, and never away from the price."""

    @pytest.mark.parametrize(
        ("trail", "bars", "expected"),
        [
            # long from 100 (bar 1); the stop stands 2 below the best high of the bars before
            (2.0, [(100, 101, 100, 101), (101, 104, 99.5, 103), (103, 103, 101.9, 102)], (3, 102.0)),
            (2.0, [(100, 101, 100, 101), (101, 104, 99.0, 103)], (2, 99.0)),  # 101 - 2; its own high of 104 comes too late
            ("2%", [(100, 102, 100, 101), (101, 101, 99.9, 100)], (2, 99.96)),  # 102 x 0.98
            (2.0, [(100, 101, 100, 101), (97, 98, 96, 97)], (2, 97.0)),  # opens beyond it
        ],
    )
    def test_an_exit_trails_the_best_price(self, trail: Any, bars: list[Any], expected: tuple[int, float]) -> None:
        one = lab([FLAT, *bars])
        one.step()
        one.buy("A", 100, trail=trail)
        one.run()

        assert filled(one)[1] == (expected[0], "sell", 100.0, pytest.approx(expected[1]))

    def test_an_order_of_its_own_trails_from_the_last_close(self) -> None:
        one = lab([FLAT, FLAT, (100, 100.5, 99.5, 100), (100, 100, 98.4, 99)])
        one.step()
        one.buy("A", 100)
        one.step()
        order = one.sell("A", 100, trail=1.5)
        level = order.stop
        one.step()
        moved = one.orders["stop"].iloc[-1]
        one.run()

        assert (order.type, level, moved) == ("trailing_stop", 98.5, 99.0)
        assert filled(one)[1] == (3, "sell", 100.0, 99.0)


class TestBracket:
    def bracket(self, bars: list[Any], **how: Any) -> sl.Lab:
        one = lab([FLAT, *bars])
        one.step()
        one.buy("A", 100, **{"stop_loss": 98.0, "take_profit": 103.0, **how})
        one.run()
        return one

    def test_exits_live_on_the_bar_of_an_entry_that_filled_at_its_open(self) -> None:
        one = self.bracket([(100, 101, 97, 98)])

        assert filled(one) == [(1, "buy", 100.0, 100.0), (1, "sell", 100.0, 98.0)]

    def test_and_from_the_next_bar_where_it_filled_within(self) -> None:
        one = self.bracket([(100, 101, 97, 98), (98.5, 99, 97.5, 98)], limit=99.0)

        assert filled(one) == [(1, "buy", 100.0, 99.0), (2, "sell", 100.0, 98.0)]

    def test_one_exit_cancels_the_other(self) -> None:
        one = self.bracket([FLAT, (101, 104, 101, 103), (97, 97, 97, 97)])

        assert filled(one) == [(1, "buy", 100.0, 100.0), (2, "sell", 100.0, 103.0)]
        assert one.orders["status"].tolist() == ["filled", "canceled", "filled"]

    def test_of_both_ends_in_one_bar_the_worse_counts_and_is_flagged(self) -> None:
        one = self.bracket([FLAT, (100, 104, 97, 100)])

        assert filled(one)[1] == (2, "sell", 100.0, 98.0)
        assert one.fills["ambiguous"].tolist() == [False, True]

    @pytest.mark.parametrize(("bar", "price"), [((97, 104, 96, 100), 97.0), ((105, 106, 97, 100), 105.0)])
    def test_an_open_beyond_one_end_decides(self, bar: Any, price: float) -> None:
        one = self.bracket([FLAT, bar])

        assert filled(one)[1] == (2, "sell", 100.0, price)
        assert not one.fills["ambiguous"].any()

    def test_of_a_short_the_worse_end_is_the_higher(self) -> None:
        one = lab([FLAT, FLAT, (100, 103, 97, 100)])
        one.step()
        one.sell("A", 100, stop_loss=102.0, take_profit=98.0)
        one.run()

        assert filled(one)[1] == (2, "buy", 100.0, 102.0)
        assert one.fills["ambiguous"].tolist() == [False, True]

    def test_seconds_that_are_loaded_decide_what_a_minute_does_not(self) -> None:
        index = pd.date_range("2025-07-02 09:30", periods=180, freq="1s", tz="America/New_York")
        seconds = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), 100.0), index=index).assign(volume=10.0)
        seconds.iloc[130, 1] = 104.0  # the target first, at 09:32:10
        seconds.iloc[150, 2] = 97.0
        one = sl.Lab.from_frames({"A": seconds}, bars="1s 1m")
        one.advance("09:31")
        one.buy("A", 100, stop_loss=98.0, take_profit=103.0)
        one.run()

        assert one.fills["price"].tolist() == [100.0, 103.0]
        assert not one.fills["ambiguous"].any()

    def test_exits_of_an_entry_that_never_fills_never_live(self) -> None:
        one = self.bracket([FLAT], limit=90.0, stop_loss=88.0)

        assert filled(one) == []
        assert one.orders["status"].tolist() == ["expired", "canceled", "canceled"]

    def test_an_exit_with_nothing_left_to_close_ends(self) -> None:
        one = lab([FLAT, FLAT, FLAT, (97, 97, 97, 97)])
        one.step()
        one.buy("A", 100, stop_loss=98.0)
        one.step()
        one.close_position("A")
        one.run()

        assert filled(one) == [(1, "buy", 100.0, 100.0), (2, "sell", 100.0, 100.0)]
        assert one.orders["status"].tolist() == ["filled", "canceled", "filled"]


class TestParticipation:
    def test_a_bar_gives_its_share_and_the_rest_stays_open(self) -> None:
        one = lab([FLAT, FLAT, (101, 101, 101, 101), (102, 102, 102, 102)], trading_config__fills={"max_participation": 0.1})
        one.step()
        order = one.buy("A", 250)
        one.step()
        status = order.status
        one.run()

        assert status == "partially_filled"
        assert filled(one) == [(1, "buy", 100.0, 100.0), (2, "buy", 100.0, 101.0), (3, "buy", 50.0, 102.0)]
        assert order.average_price == pytest.approx((100 * 100 + 100 * 101 + 50 * 102) / 250)

    @pytest.mark.parametrize(("tif", "quantity"), [("ioc", 100.0), ("fok", 0.0)])
    def test_what_is_good_at_once_takes_what_there_is_or_nothing(self, tif: str, quantity: float) -> None:
        one = lab([FLAT, FLAT, FLAT], trading_config__fills={"max_participation": 0.1})
        one.step()
        order = one.buy("A", 250, tif=tif)
        one.run()

        assert (order.filled, order.status) == (quantity, "canceled")


class TestOpenAndClose:
    DAYS = pd.concat(
        [frame({0: FLAT, 388: FLAT, 389: (101, 102, 100, 101.5)}), frame({3: (105, 106, 104, 105), 4: FLAT}, date="2025-07-03")]
    )

    def test_cls_fills_at_the_close_of_the_last_bar_since_it_was_sent(self) -> None:
        one = lab(self.DAYS)
        one.advance("15:59")
        order = one.buy("A", 10, tif="cls")
        one.run_session()

        assert filled(one) == [(389, "buy", 10.0, 101.5)]
        assert order.ended == one.session.close

    def test_cls_expires_where_no_bar_comes_after_it_was_sent(self) -> None:
        one = lab(frame({0: FLAT, 1: FLAT}))
        one.advance("10:00")
        order = one.buy("A", 10, tif="cls")
        one.run()

        assert (order.status, order.reason) == ("expired", "cls: no bar between its sending and the close")

    def test_opg_fills_at_the_first_bar_there_is(self) -> None:
        one = lab(self.DAYS)
        one.run_session()
        one.buy("A", 10, tif="opg")
        one.run()

        assert filled(one) == [(3, "buy", 10.0, 105.0)]

    def test_what_is_sent_at_the_closing_moment_belongs_to_the_next_session(self) -> None:
        one = lab(self.DAYS)
        one.run_session()
        one.buy("A", 10)
        one.run_session()

        assert filled(one) == [(3, "buy", 10.0, 105.0)]
        assert str(one.fills["time"].iloc[0].date()) == "2025-07-03"

    def test_with_no_next_session_it_expires(self) -> None:
        one = lab([FLAT, FLAT])

        class Late(sl.Strategy):
            def on_session_end(self, ctx: sl.Context) -> None:
                ctx.state.order = ctx.buy("A", 10)

        one.use(Late)
        one.run()

        assert one.orders["status"].tolist() == ["expired"]
        assert one.orders["reason"].tolist() == ["the run has ended"]

    def test_a_days_order_expires_at_the_close_and_gtc_rests(self) -> None:
        one = lab(self.DAYS)
        one.step()
        one.buy("A", 10, limit=99.0)
        one.sell("A", 10, limit=104.0, tif="gtc")
        one.run()

        assert one.orders["status"].tolist() == ["expired", "filled"]
        assert filled(one) == [(3, "sell", 10.0, 105.0)]

    def test_flatten_sends_a_minute_before_the_close(self) -> None:
        one = lab(self.DAYS, trading_config__flatten_at_close=True)
        one.step()
        one.buy("A", 10)
        one.run_session()

        assert filled(one) == [(388, "buy", 10.0, 100.0), (389, "sell", 10.0, 101.5)]
        assert one.orders.iloc[-1]["sent"] == one.session.close - pd.Timedelta("1min")
        assert one.positions.empty

    def test_what_flatten_cannot_close_is_told(self) -> None:
        one = lab(frame({0: FLAT, 1: FLAT}), trading_config__flatten_at_close=True)
        one.step()
        one.buy("A", 10)
        one.run()

        events = one.traded().events
        assert events[["kind", "symbol"]].to_numpy().tolist() == [["open_at_close", "A"]]


class TestCosts:
    def run(self, costs: dict[str, Any], **how: Any) -> sl.Lab:
        one = lab([FLAT, (100, 101, 98, 100), FLAT], trading_config__costs=costs)
        one.step()
        one.buy("A", 200, **how)
        one.run()
        return one

    @pytest.mark.parametrize(
        ("costs", "fee"),
        [
            ({"per_share": 0.005}, 1.0),
            ({"per_order": 1.5}, 1.5),
            ({"bps": 2}, 200 * 100 * 2e-4),
            ({"per_share": 0.005, "per_order": 1.5, "bps": 2}, 1.0 + 1.5 + 4.0),
        ],
    )
    def test_commissions_add_up(self, costs: dict[str, Any], fee: float) -> None:
        one = self.run(costs)

        assert one.fills["fee"].tolist() == [pytest.approx(fee)]
        assert one.cash == pytest.approx(100_000 - 200 * 100 - fee)

    @pytest.mark.parametrize(
        ("how", "price"),
        [({}, 100.1), ({"stop": 101}, 101 * 1.001), ({"limit": 99}, 99.0), ({"limit": 101, "stop": 100}, 100.0)],
        ids=["market", "triggered stop", "limit", "stop limit"],
    )
    def test_slippage_is_on_market_orders_and_triggered_stops_alone(self, how: dict[str, Any], price: float) -> None:
        one = self.run({"slippage": {"bps": 10}}, **how)

        assert one.fills["price"].tolist() == [pytest.approx(price)]

    def test_impact_grows_with_the_square_of_the_share_of_volume(self) -> None:
        one = self.run({"slippage": {"volume_share": 0.5}})

        assert one.fills["price"].tolist() == [pytest.approx(100 * (1 + 0.5 * (200 / 1000) ** 2))]

    def test_an_order_pays_its_commission_once(self) -> None:
        one = lab([FLAT] * 4, trading_config__costs={"per_order": 2}, trading_config__fills={"max_participation": 0.1})
        one.step()
        one.buy("A", 250)
        one.run()

        assert one.fills["fee"].tolist() == [2.0, 0.0, 0.0]

    def test_half_a_spread_needs_recorded_quotes(self) -> None:
        with pytest.raises(sl.errors.ConfigError, match="half_spread needs recorded quotes, and A has none"):
            lab([FLAT, FLAT], trading_config__costs={"slippage": {"half_spread": True}})

    def test_or_a_spread_to_stand_in(self) -> None:
        one = self.run({"slippage": {"half_spread": True, "spread_bps": 20}})

        assert one.fills["price"].tolist() == [pytest.approx(100.1)]


def test_orders_link_so_that_one_cancels_the_other() -> None:
    one = lab([FLAT, FLAT, (100, 103, 100, 102), (97, 97, 97, 97)])
    one.step()
    one.buy("A", 100)
    one.step()
    target, stop = one.sell("A", 100, limit=102), one.sell("A", 100, stop=98)
    one.oco(target, stop)
    one.run()

    assert (target.status, stop.status) == ("filled", "canceled")
    assert filled(one)[1:] == [(2, "sell", 100.0, 102.0)]


def test_a_replaced_order_gives_its_place_to_another() -> None:
    one = lab([FLAT, FLAT, (100, 100, 98, 99)])
    one.step()
    first = one.buy("A", 100, limit=95)
    one.step()
    second = one.replace(first, limit=98.5, quantity=50)
    one.run()

    assert (first.status, second.status, second.replaces) == ("replaced", "filled", first)
    assert filled(one) == [(2, "buy", 50.0, 98.5)]


def test_an_order_never_meets_a_bar_that_came_late() -> None:
    from builders import RowsSource, at, config, make_bars

    session = sl.TimeManager("US_EQUITY", "EQUITY").get_trading_session("2025-07-02")
    rows = make_bars(session, late={31: 120.0})  # the bar of 10:01 comes two minutes after its end
    one = sl.Lab(config("A", "1m"), source=RowsSource({("A", "1m"): rows}))
    one.advance("10:01")
    one.buy("A", 10)
    one.run()

    assert one.fills["time"].iloc[0].value == at("10:02")
