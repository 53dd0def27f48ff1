"""Corners of filling, on bars made by hand: nights, seconds, late and corrected bars, pairs and brackets that fill in part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, at, config, make_bars
from hand_made import filled, frame, lab

import sessionlab as sl
from sessionlab.trading.order import AFTER, OPEN

FLAT = (100.0, 100.0, 100.0, 100.0)
RISE = [(100.0 + i, 101.0 + i, 100.0 + i, 101.0 + i) for i in range(5)]  # to 105


def days(*bars: list[Any]) -> pd.DataFrame:
    """Minute bars from the opens of 2025-07-02, a half day, and the Monday after."""
    dates = ("2025-07-02", "2025-07-03", "2025-07-07")
    return pd.concat([frame(part, date=date) for part, date in zip(bars, dates, strict=False)])


def seconds(changed: dict[int, float], n: int = 240, price: float = 100.0) -> pd.DataFrame:
    """Seconds from the open, all at ``price`` but for those that are ``changed``, by their number."""
    index = pd.date_range("2025-07-02 09:30", periods=n, freq="1s", tz="America/New_York")
    made = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), price), index=index)
    for i, other in changed.items():
        made.iloc[i] = other
    return made.assign(volume=10.0)


class TestTrailingStops:
    DAYS = days([FLAT, FLAT, *RISE], [(104.0, 104.0, 102.0, 102.0)])

    @pytest.mark.parametrize("looks", [True, False])
    def test_over_night_it_stands_where_the_day_before_left_it(self, looks: bool) -> None:
        one = lab(self.DAYS)
        one.step()
        one.buy("A", 10, trail=2.0)
        one.run_session()
        if looks:
            assert one.orders["stop"].iloc[-1] == 103.0
        one.run()

        assert filled(one)[1] == (0, "sell", 10.0, 103.0)  # 105 less 2, and not 98

    def test_an_order_in_the_hand_tells_where_it_stands_now(self) -> None:
        one = lab([FLAT, FLAT, *RISE])
        one.step(2)
        one.buy("A", 10)
        one.step()
        order = one.sell("A", 10, trail=2.0)
        stops = [order.stop]
        while len(stops) < 5:
            one.step()
            stops.append(order.stop)

        assert stops == [99.0, 100.0, 101.0, 102.0, 103.0]  # two below the last close, then below each high

    @pytest.mark.parametrize("tif", ["opg", "cls"])
    def test_one_that_would_live_at_one_price_alone_is_refused(self, tif: str) -> None:
        one = lab([FLAT] * 5)
        one.step()
        one.buy("A", 10)
        one.step()

        with pytest.raises(sl.errors.ConfigError, match=f'tif="{tif}" is for market and limit orders; a stop rests'):
            one.sell("A", 10, trail=1.0, tif=tif)
        assert len(one.orders) == 1

    @pytest.mark.parametrize("holds", [True, False])
    def test_one_that_nothing_would_ever_reach_is_rejected(self, holds: bool) -> None:
        one = lab([FLAT] * 5)
        one.step()
        if holds:
            one.buy("A", 10)
            one.step()
        order = (one.sell if holds else one.buy)("A", 10, trail=150.0)

        assert order.is_rejected
        assert "trail 150 is more than the price" in order.reason


def test_a_held_order_tells_nothing_of_what_comes() -> None:
    """Two labs that differ in the future alone: their orders are alike to the last attribute."""
    told = []
    for future in ([(97, 97, 90, 90), *RISE], [*RISE, (97, 97, 90, 90)]):
        one = lab([FLAT, FLAT, *future])
        one.step()
        one.buy("A", 10)
        one.step()
        sent = [
            one.buy("A", 10, limit=95.0),
            one.buy("A", 10, stop=104.0, stop_loss=98.0, take_profit=110.0),
            one.sell("A", 10, trail=3.0),
            one.sell("A", 5, limit=99.0, stop=98.0, tif="gtc"),
            one.sell("A", 5, tif="cls"),
            one.sell("A", 5, tif="ioc"),
        ]
        told.append([{**vars(order), "exits": None, "trail": str(order.trail)} for order in sent])

    assert told[0] == told[1]


class TestPairs:
    def three(self, last: Any, third: dict[str, float]) -> sl.Lab:
        one = lab([FLAT, FLAT, last])
        one.step()
        one.buy("A", 10)
        one.step()
        one.oco(one.sell("A", 10, limit=103.0), one.sell("A", 10, stop=98.0), one.sell("A", 10, **third))
        one.run()
        return one

    def test_a_third_that_is_far_away_takes_no_doubt_away(self) -> None:
        one = self.three((100, 104, 97, 100), {"limit": 120.0})

        assert filled(one)[1] == (2, "sell", 10.0, 98.0)
        assert one.fills["ambiguous"].tolist() == [False, True]
        assert one.orders["status"].tolist()[1:] == ["canceled", "filled", "canceled"]

    def test_a_third_that_the_open_fills_leaves_none(self) -> None:
        one = self.three((102, 104, 97, 100), {"limit": 101.0})

        assert filled(one)[1] == (2, "sell", 10.0, 102.0)
        assert not one.fills["ambiguous"].any()

    def test_an_order_is_no_pair_with_itself(self) -> None:
        one = lab([FLAT] * 3)
        one.step()
        order = one.buy("A", 10, limit=95)

        with pytest.raises(sl.errors.ConfigError, match="oco links two orders or more"):
            one.oco(order, order)
        assert order.others == ()

    def test_a_part_that_fills_cancels_the_other_of_a_pair_by_hand(self) -> None:
        one = lab([FLAT, FLAT, (103, 103, 103, 103), (98, 98, 98, 98)], trading_config__fills={"max_participation": 0.01})
        one.step()
        one.buy("A", 10)
        one.step()
        target, stop = one.sell("A", 10, limit=102), one.sell("A", 10, stop=99)
        one.oco(target, stop)
        one.run()

        assert (target.status, stop.status) == ("filled", "canceled")


class TestBracketsInPart:
    """A bar of 1,000 shares gives 100 of them."""

    def bracket(self, bars: list[Any], **how: Any) -> sl.Lab:
        one = lab([FLAT, *bars], trading_config__fills={"max_participation": 0.1})
        one.step()
        one.buy("A", 250, **{"stop_loss": 98.0, "take_profit": 103.0, **how})
        return one

    def test_exits_protect_what_has_filled_and_the_rest_of_the_entry_ends_with_them(self) -> None:
        one = self.bracket([FLAT, (97, 97, 97, 97), FLAT])
        one.step()
        assert one.orders["quantity"].tolist() == [250.0, 100.0, 100.0]
        one.run()

        # the second bar fills a hundred more at its open, then the stop, which is beyond, gives what the bar gives
        assert filled(one) == [
            (1, "buy", 100.0, 100.0), (2, "buy", 100.0, 97.0), (2, "sell", 100.0, 97.0), (3, "buy", 50.0, 100.0),
            (3, "sell", 100.0, 100.0),
        ]  # fmt: skip

    def test_an_exit_that_fills_in_part_shrinks_the_other(self) -> None:
        one = lab([FLAT, FLAT, (103.5, 103.5, 103.5, 103.5), (97, 97, 97, 97)], trading_config__fills={"max_participation": 0.1})
        one.step()
        one.buy("A", 100)
        one.step()
        one.buy("A", 100, limit=104.0, stop_loss=98.0, take_profit=105.0)
        one.run()

        assert one.orders["filled"].tolist() == [100.0, 100.0, 100.0, 0.0]
        assert filled(one)[-1] == (3, "sell", 100.0, 97.0)

    def test_exits_of_an_entry_that_opens_nothing_never_live(self) -> None:
        one = lab([FLAT, FLAT, FLAT, (98, 98, 98, 98), FLAT])
        one.step()
        one.buy("A", 10, limit=99, stop_loss=90)
        one.sell("A", 10)  # fills first, so the entry covers a short
        one.run()

        assert filled(one) == [(1, "sell", 10.0, 100.0), (3, "buy", 10.0, 98.0)]
        assert one.orders["status"].tolist() == ["filled", "canceled", "filled"]
        assert one.orders["reason"].iloc[1] == "its entry, order 1, opened no position"

    def test_a_replaced_entry_keeps_its_exits(self) -> None:
        one = lab([FLAT, FLAT, (98, 98, 98, 98), (94, 94, 94, 94)])
        one.step()
        first = one.buy("A", 10, limit=90, stop_loss=80, take_profit=120)
        second = one.replace(first, limit=99)
        moved = one.replace(second.exits[0], stop=95)
        one.run()

        assert filled(one) == [(2, "buy", 10.0, 98.0), (3, "sell", 10.0, 94.0)]
        assert (moved.parent, moved.status, moved.role) == (second, "filled", "stop_loss")

    def test_a_replacement_that_is_rejected_leaves_the_order_as_it_is(self) -> None:
        one = lab([FLAT] * 3, trading_config__max_per_trade=1_000, trading_config__max_per_symbol=1_000)
        one.step()
        order = one.buy("A", 5, limit=99)
        other = one.replace(order, quantity=50)

        assert (other.status, other.limit_hit, order.status, order.quantity) == ("rejected", "max_per_trade", "accepted", 5)
        with pytest.raises(sl.errors.ConfigError, match="order 1 stays as it is: give what is to be another"):
            one.replace(order)


class TestBars:
    @pytest.mark.parametrize(("when", "start"), [("09:31:00", 60), ("09:31:30", 90)])
    def test_a_symbol_with_seconds_and_minutes_meets_its_seconds(self, when: str, start: int) -> None:
        one = sl.Lab.from_frames({"A": seconds({60: 101.0, 90: 102.0})}, bars="1s 1m")
        one.advance(when)
        one.buy("A", 1)
        one.run()

        assert one.fills["time"].iloc[0].value == at("09:30") + start * 10**9
        assert one.fills["price"].iloc[0] == {60: 101.0, 90: 102.0}[start]

    def test_an_order_sent_between_two_moments_meets_the_bar_that_starts_after_it(self) -> None:
        one = lab([FLAT, (101, 101, 101, 101), (102, 102, 102, 102), FLAT])
        one.advance("09:31:10")
        one.buy("A", 1)
        one.run()

        assert filled(one) == [(2, "buy", 1.0, 102.0)]

    def test_a_bar_is_met_as_it_was_first_told(self) -> None:
        session = sl.TimeManager("US_EQUITY", "EQUITY").get_trading_session("2025-07-02")
        rows = make_bars(session, corrected={31: 45.0})  # told again, a quarter higher
        one = sl.Lab(config("A", "1m"), source=RowsSource({("A", "1m"): rows}))
        one.advance("10:01")
        one.buy("A", 10)
        one.run()

        first = rows.values[0][np.flatnonzero(rows.start == at("10:01"))[0]]
        assert one.fills["price"].tolist() == [first]


class TestAtOneMoment:
    def test_a_limit_at_the_open_fills_there_or_not_at_all(self) -> None:
        for limit, expected in ((99.0, []), (101.0, [(0, "buy", 10.0, 101.0)])):
            one = lab(days([FLAT, FLAT], [(101, 102, 95, 100), (95, 95, 95, 95)]))
            one.run_session()
            order = one.buy("A", 10, limit=limit, tif="opg")
            one.run()

            assert filled(one) == expected
            assert order.status == ("filled" if expected else "expired")
        one = lab(days([FLAT, FLAT], [(101, 102, 95, 100)]))
        one.run_session()
        order = one.buy("A", 10, limit=99, tif="opg")
        one.run()
        assert order.reason == "opg: 10 of 10 did not fill at the open 101"

    def test_sent_after_the_open_it_is_for_the_next_one(self) -> None:
        one = lab(days([FLAT, FLAT, FLAT], [(101, 101, 101, 101)]))
        one.step()
        one.buy("A", 10, tif="opg")
        one.run()

        assert one.fills["time"].iloc[0].value == at("09:30", "2025-07-03")

    @pytest.mark.parametrize(("limit", "fills"), [(99.0, 0), (101.5, 1), (None, 1)])
    def test_a_limit_at_the_close_is_held_against_the_close(self, limit: float | None, fills: int) -> None:
        one = lab(frame({0: FLAT, 389: (101, 102, 95, 101.5)}))
        one.advance("15:59")
        order = one.buy("A", 10, limit=limit, tif="cls")
        one.run()

        assert filled(one) == [(389, "buy", 10.0, 101.5)] * fills
        assert order.status == ("filled" if fills else "expired")

    @pytest.mark.parametrize(
        ("tif", "limit", "price"),
        [("opg", None, 101 * 1.001), ("opg", 103.0, 101.0), ("cls", None, 101.5 * 1.001), ("cls", 103.0, 101.5)],
    )
    def test_slippage_is_due_at_both_but_not_on_their_limits(self, tif: str, limit: float | None, price: float) -> None:
        one = lab(days([FLAT, FLAT], [(101, 102, 100, 101.5)]), trading_config__costs={"slippage": {"bps": 10}})
        one.run_session()
        one.buy("A", 10, tif=tif, limit=limit)
        one.run()

        assert one.fills["price"].tolist() == [pytest.approx(price)]

    def test_a_half_day_is_flat_at_its_own_close(self) -> None:
        one = lab(days([FLAT], [FLAT] * 210), trading_config__flatten_at_close=True)
        one.run_session()
        one.buy("A", 10)
        one.run()

        assert one.fills["time"].iloc[-1].value == at("12:59", "2025-07-03")
        assert one.orders["sent"].iloc[-1].value == at("12:59", "2025-07-03")
        assert one.positions.empty

    def test_what_fills_at_the_moment_of_flattening_is_closed_too(self) -> None:
        one = lab(frame({0: FLAT, 388: FLAT, 389: (101, 101, 101, 101)}), trading_config__flatten_at_close=True)
        one.advance("15:58")
        one.buy("A", 10)
        one.run()

        assert filled(one) == [(388, "buy", 10.0, 100.0), (389, "sell", 10.0, 101.0)]


def test_an_order_moves_on_by_the_transitions_that_there_are_and_by_no_other() -> None:
    """Every change that any order of a long gamble goes through is in the table, and nothing comes after an end."""
    from gambler import Gambler

    sessions = list(sl.TimeManager("US_EQUITY", "EQUITY").get_sessions("2025-07-02", "2025-07-03"))
    one = sl.Lab(
        config("A", "1m", "2025-07-02", "2025-07-03", trading_config__fills={"max_participation": 0.2}),
        source=RowsSource({("A", "1m"): make_bars(sessions)}),
    )
    one.use(Gambler(eager=0.3))
    one.run()

    was = dict.fromkeys(one.orders["id"], "new")
    for _, order, status in one._engine.desk.broker.changes:
        assert status in AFTER[was[order.id]]
        was[order.id] = status
    assert was == dict(zip(one.orders["id"], one.orders["status"], strict=True))
    assert not set(was.values()) & OPEN
    assert {"filled", "canceled", "expired", "replaced", "rejected"} <= set(was.values())
