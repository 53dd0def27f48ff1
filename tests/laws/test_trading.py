"""What must hold of every run that trades, whatever is sent: nothing is lost, nothing looks ahead, no way of running differs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from gambler import Gambler
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import sessionlab as sl
from sessionlab.brokers.fill_bars import FillBars
from sessionlab.tape import Rows
from sessionlab.trading.fill_rules import meet, trail_on, triggers
from sessionlab.trading.order import Order

TIMES = sl.TimeManager("US_EQUITY", "EQUITY")
DATES = ("2025-07-02", "2025-07-03")  # the second one is a half day
SESSIONS = [TIMES.get_trading_session(date) for date in DATES]
TABLES = ("orders", "fills", "trades", "account", "positions", "cash")


class Idle(sl.Strategy):
    """Looks on."""

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        ctx.state.last = ctx[symbol].bars("1m").last.close


def rows(seed: int, missing: set[int], late: dict[int, float]) -> dict[tuple[str, str], Rows]:
    return {(symbol, "1m"): make_bars(SESSIONS, seed=seed + i, missing=missing, late=late) for i, symbol in enumerate("AB")}


def lab(of: dict[tuple[str, str], Rows], seed: int, *strategies: sl.Strategy, **changes: Any) -> sl.Lab:
    trading = {
        "trading_config__starting_cash": 20_000.0,
        "trading_config__max_buying_power": 20_000.0,
        "trading_config__max_per_trade": 4_000.0,
        "trading_config__max_per_symbol": 15_000.0,
        "trading_config__costs": {"per_share": 0.01, "per_order": 0.5, "borrow_bps": 100, "slippage": {"bps": 2}},
        "trading_config__fills": {"max_participation": 0.2},
    }
    made = sl.Lab(config(["A", "B"], "1m", *DATES, seed=seed, **{**trading, **changes}), source=RowsSource(of), times=TIMES)
    for strategy in strategies or (Gambler(),):
        made.use(strategy)
    return made


SEEDS = st.integers(0, 10_000)
MISSING = st.sets(st.integers(0, 389), max_size=30)
LATE = st.dictionaries(st.integers(0, 200), st.sampled_from([30.0, 90.0, 600.0]), max_size=5)


@given(seed=SEEDS, missing=MISSING, late=LATE)
@settings(max_examples=15, deadline=None)
def test_cash_and_positions_are_conserved(seed: int, missing: set[int], late: dict[int, float]) -> None:
    one = lab(rows(seed, missing, late), seed)
    one.run()

    did = one.traded()
    signed = did.fills["quantity"] * did.fills["side"].map({"buy": 1, "sell": -1})
    paid = (signed * did.fills["price"] + did.fills["fee"]).groupby(did.fills["known_at"]).sum()
    moved = did.cash["amount"].groupby(did.cash["time"]).sum() if len(did.cash) else pd.Series(dtype=float)
    index = did.account.index
    flow = pd.Series(0.0, index.unique()).sub(paid, fill_value=0.0).add(moved, fill_value=0.0)
    assert np.allclose(did.account["cash"], did.starting_cash + flow.cumsum().reindex(index), atol=1e-6)
    value = 0.0
    for symbol in "AB":
        held = signed[did.fills["symbol"] == symbol].groupby(did.fills["known_at"]).sum().reindex(index.unique(), fill_value=0.0)
        value = value + held.cumsum().reindex(index) * _last_known(one, symbol, index)
    assert np.allclose(did.account["value"], pd.Series(value, index).fillna(0.0), atol=1e-6)
    earned = did.trades["pnl"].sum() + did.cash["amount"].sum()
    assert did.account[["cash", "value"]].iloc[-1].sum() == pytest.approx(did.starting_cash + earned)
    assert one.equity == pytest.approx(did.starting_cash + earned)


def _last_known(one: sl.Lab, symbol: str, index: pd.DatetimeIndex) -> pd.Series[float]:
    """The close of the newest bar known at each moment, told by hand from the rows."""
    raw = one.source._rows[symbol, "1m"]
    frame = pd.DataFrame({"start": raw.start, "known": raw.known_at, "close": raw.values[3]})
    found = []
    for instant in index.as_unit("ns").asi8:
        known = frame[frame["known"] <= instant]
        found.append(known.loc[known["start"].idxmax(), "close"] if len(known) else np.nan)
    return pd.Series(found, index)


@given(seed=SEEDS, missing=MISSING, late=LATE, cut=st.integers(1, 598))
@settings(max_examples=15, deadline=None)
def test_cutting_the_future_changes_nothing_before(seed: int, missing: set[int], late: dict[int, float], cut: int) -> None:
    whole = rows(seed, missing, late)
    one = lab(whole, seed)
    one.step(cut)
    until = one.now.value
    known = {key: part.take(part.known_at <= until) for key, part in whole.items()}
    assume(all(part.size for part in known.values()))  # a run needs some row
    other = lab(known, seed)
    other.step(cut)

    assert one.now == other.now
    for name in ("fills", "orders", "trades", "account", "cash"):
        assert_frame_equal(getattr(one.traded(), name), getattr(other.traded(), name))


@given(seed=SEEDS, missing=MISSING, late=LATE)
@settings(max_examples=6, deadline=None)
def test_a_fill_is_nowhere_seen_before_it_is_known(seed: int, missing: set[int], late: dict[int, float]) -> None:
    final = lab(rows(seed, missing, late), seed)
    final.run()
    fills = final.fills
    one = lab(rows(seed, missing, late), seed)
    seen = 0
    while not (step := one.step()).done:
        known = fills[fills["known_at"] <= one.now]
        assert [fill.order_id for fill in step.fills] == known["order_id"].tolist()[seen:]
        seen = len(known)
        if seen and len(step.fills):
            assert_frame_equal(one.fills, known)
            filled = known.groupby("order_id")["quantity"].sum()
            orders = one.orders.set_index("id")["filled"]
            assert np.allclose(orders[orders > 0], filled)

    (gambler,) = one.strategies
    assert [(at, number) for at, number, _ in gambler.heard] == list(
        zip(fills["known_at"].astype("int64").tolist(), fills["order_id"].tolist(), strict=True)
    )


@given(seed=SEEDS, missing=MISSING, late=LATE)
@settings(max_examples=10, deadline=None)
def test_an_order_never_meets_a_bar_that_began_before_it_was_sent(seed: int, missing: set[int], late: dict[int, float]) -> None:
    one = lab(rows(seed, missing, late), seed)
    one.run()

    sent = one.orders.set_index("id")["sent"]
    entry = one.orders.set_index("id")["parent"]
    fills = one.fills
    since = fills["order_id"].map(sent)
    assert (fills["time"] >= since).all()
    assert (fills["known_at"] == fills["time"] + pd.Timedelta("1min")).all()  # so none came late
    first = fills.groupby("order_id")["time"].first()
    exits = fills[fills["order_id"].map(entry).notna()]
    assert (exits["time"].to_numpy() >= first[exits["order_id"].map(entry).astype(int)].to_numpy()).all()
    assert one.orders["id"].tolist() == list(range(1, len(one.orders) + 1))
    assert one.orders["sent"].is_monotonic_increasing


@given(seed=SEEDS, missing=MISSING, late=LATE, jumps=st.lists(st.integers(1, 90), min_size=1, max_size=8))
@settings(max_examples=8, deadline=None)
def test_every_way_of_running_gives_the_same(seed: int, missing: set[int], late: dict[int, float], jumps: list[int]) -> None:
    whole = rows(seed, missing, late)
    at_once = lab(whole, seed)
    at_once.run()
    by_hand = lab(whole, seed)
    for n in jumps * 40:
        if by_hand.step(n).done:
            break
    by_hand.run()
    ahead = lab(whole, seed, backtest_config__prefetch_days=2)
    ahead.run()
    in_company = lab(whole, seed, Gambler(), Idle())
    in_company.run()

    expected = at_once.traded()
    for other in (by_hand, ahead, in_company):
        for name in TABLES:
            assert_frame_equal(getattr(other.traded(), name), getattr(expected, name))


@given(
    seed=SEEDS, limits=st.tuples(st.integers(500, 5_000), st.integers(500, 9_000), st.integers(1, 3)), moves=st.integers(5, 60)
)
@settings(max_examples=20, deadline=None)
def test_no_limit_is_passed_when_an_order_is_accepted(seed: int, limits: tuple[int, int, int], moves: int) -> None:
    per_trade, per_symbol, positions = limits
    one = lab(
        rows(seed, set(), {}),
        seed,
        Idle(),
        trading_config__max_per_trade=per_trade,
        trading_config__max_per_symbol=per_symbol + per_trade,
        trading_config__max_buying_power=per_symbol + per_trade + 2_000,
        trading_config__max_open_positions=positions,
    )
    luck = np.random.default_rng(seed)
    one.step()
    for _ in range(moves):
        symbol = "AB"[luck.integers(2)]
        price = one.data[symbol].bars("1m").close[-1]
        before = one.open_orders, {name: one.position(name).quantity for name in "AB"}
        send = one.buy if luck.random() < 0.5 else one.sell
        limit = None if luck.random() < 0.5 else round(float(price) * (1 + luck.uniform(-0.01, 0.01)), 2)
        order = send(symbol, int(luck.integers(1, 60)), limit=limit)
        opens = _opening(order, *before)
        if order.status != "rejected" and opens > 0:
            _within(one, order, opens, per_trade, per_symbol + per_trade, positions)
        elif order.status == "rejected":
            assert opens > 0  # what only reduces is never refused
            assert order.limit_number > order.limit_value
        one.step(int(luck.integers(0, 4)))


def _opening(order: Order, resting: tuple[Order, ...], held: dict[str, float]) -> float:
    """Shares of ``order`` that would go beyond flat, if what rests on its side is filled first."""
    ahead = sum(one.remaining for one in resting if one.symbol == order.symbol and one.side == order.side)
    position = order.sign * held[order.symbol] + ahead
    return max(position + order.quantity, 0.0) - max(position, 0.0)


def _within(one: sl.Lab, order: Order, opens: float, per_trade: float, per_symbol: float, positions: int) -> None:
    closes = {symbol: float(one.data[symbol].bars("1m").close[-1]) for symbol in "AB"}
    price = closes[order.symbol] if order.limit is None else order.limit
    assert opens * price <= per_trade + 1e-9
    exposure = {}
    for symbol in "AB":
        held = one.position(symbol).quantity
        waits = {sign: sum(it.reserved for it in one.open_orders if (it.symbol, it.sign) == (symbol, sign)) for sign in (1, -1)}
        side = 1 if held > 0 else -1
        worth = abs(held) * closes[symbol]
        if symbol == order.symbol and order.sign * held < 0:
            exposure[symbol] = waits[order.sign]  # through zero: the new side alone
        else:  # a position and one in the other direction are never there at once
            exposure[symbol] = max(worth + waits[side], waits[-side]) if held else waits[1] + waits[-1]
    assert exposure[order.symbol] <= per_symbol + 1e-9
    assert sum(exposure.values()) <= per_symbol + 2_000 + 1e-9
    assert sum(value > 0 for value in exposure.values()) <= positions


@given(
    seed=SEEDS,
    missing=MISSING,
    orders=st.lists(
        st.tuples(
            st.integers(1, 380),
            st.sampled_from(["market", "limit", "stop", "stop_limit"]),
            st.sampled_from(["buy", "sell"]),
            st.floats(-0.03, 0.03),
        ),
        min_size=1,
        max_size=12,
    ),
)
@settings(max_examples=25, deadline=None)
def test_looking_for_the_next_bar_is_the_same_as_meeting_every_bar(
    seed: int, missing: set[int], orders: list[tuple[int, str, str, float]]
) -> None:
    one = lab(rows(seed, missing, {}), seed, Idle(), **_GENEROUS)
    expected = []
    for minute, kind, side, offset in sorted(orders):
        while one._engine.present.k < minute:
            one.step()
        closes = one.data["A"].bars("1m").close
        if not len(closes):
            continue
        price = round(float(closes[-1]) * (1 + offset), 2)
        prices = {"market": {}, "limit": {"limit": price}, "stop": {"stop": price}}.get(kind, {"stop": price, "limit": price})
        order = getattr(one, side)("A", 10, **prices)
        expected.append((order.id, _slow(order, FillBars(one._engine.rows, "A"))))
    one.run_session()

    fills = one.fills[one.fills["time"] < one.session.close].set_index("order_id")["price"]
    assert {number: fills.get(number) for number, _ in expected} == dict(expected)


_GENEROUS = {
    **{f"trading_config__{name}": 1e9 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")},
    "trading_config__costs": {},
    "trading_config__fills": {},
}


def _slow(order: Order, bars: FillBars) -> float | None:
    """The price at which ``order`` fills, met with every bar since it was sent, one after another."""
    twin = Order(0, "twin", "A", order.side, order.type, order.quantity, order.sent_ns, order.tz)
    twin.limit, twin.stop = order.limit, order.stop
    for i in range(bars.first_since(order.sent_ns), bars.size):
        bar = bars.at(i)
        met = meet(twin, bar)
        if met is not None:
            return met.price
        if twin.type in ("stop", "stop_limit") and triggers(twin, bar):
            twin.is_triggered = True
        if twin.type == "trailing_stop":
            trail_on(twin, bar.high, bar.low)
    return None
