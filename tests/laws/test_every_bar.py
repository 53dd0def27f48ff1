"""The broker looks for the next bar that matters; whoever meets every bar, one by one, comes to the same."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from builders import RowsSource, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_broker import SlowBroker

import sessionlab as sl
from sessionlab.tape import Rows

TIMES = sl.TimeManager("US_EQUITY", "EQUITY")
DATES = ("2025-07-03", "2025-07-07")
SESSIONS = list(TIMES.get_sessions(*DATES))  # a half day, and a whole one
WIDE = {f"trading_config__{name}": 1e9 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}


def act(lab: sl.Lab, luck: np.random.Generator) -> None:
    """Send, cancel, replace or link something, by chance."""
    symbol = "AB"[luck.integers(2)]
    price = lab._engine.desk.marks(symbol)
    if price is None:
        return
    side = 1 if luck.random() < 0.5 else -1
    send = lab.buy if side > 0 else lab.sell
    shares = int(luck.integers(1, 250))
    near = [round(price * (1 + x), 2) for x in luck.normal(0, 0.012, 2)]
    tif = str(luck.choice(["day", "gtc", "ioc", "fok"], p=[0.4, 0.3, 0.15, 0.15]))
    exits: dict[str, Any] = {}
    if luck.random() < 0.7:
        exits["take_profit"] = round(price * (1 + side * luck.uniform(0.002, 0.02)), 2)
    if luck.random() < 0.7:
        exits |= {"trail": str(round(luck.uniform(0.3, 2), 2)) + "%"} if luck.random() < 0.5 else {}
        exits |= {} if exits.get("trail") else {"stop_loss": round(price * (1 - side * luck.uniform(0.002, 0.02)), 2)}
    orders = lab.open_orders
    match int(luck.integers(14)):
        case 0:
            send(symbol, shares, tif=tif)
        case 1:
            send(symbol, shares, limit=near[0], tif=tif)
        case 2:
            send(symbol, shares, stop=near[0], tif=tif)
        case 3:
            send(symbol, shares, stop=near[0], limit=near[1], tif=tif)
        case 4:
            send(symbol, shares, tif=str(luck.choice(["opg", "cls"])), limit=near[0] if luck.random() < 0.5 else None, **exits)
        case 5 | 6:
            send(symbol, shares, tif=tif, **exits)
        case 7:
            send(symbol, shares, limit=near[0], tif=tif, **exits)
        case 8:
            send(symbol, shares, stop=near[0], tif=tif, **exits)
        case 9 if lab.position(symbol):
            held = lab.position(symbol).quantity
            (lab.sell if held > 0 else lab.buy)(symbol, abs(held), trail=float(round(luck.uniform(0.2, 2), 2)))
        case 10:
            lab.close_position(symbol, tif=str(luck.choice(["day", "gtc", "cls", "ioc"])))
        case 11 if orders:
            lab.cancel(orders[luck.integers(len(orders))])
        case 12 if orders:
            order = orders[luck.integers(len(orders))]
            change = {"limit": near[0]} if order.limit is not None else {"quantity": shares}
            lab.replace(order, **change)
        case 13:
            mine = [one for one in orders if one.symbol == symbol and one.status != "new" and not one.parent]
            if len(mine) > 1:
                lab.oco(*[mine[i] for i in luck.permutation(len(mine))[:3]])


def state_of(order: Any, *, waits: bool) -> tuple[float, ...]:
    """What is filled, out of how much, and where the stop stands; NaN for nothing. What waits has no quantity of its own yet."""
    return order.id, order.filled, np.nan if waits else order.quantity, np.nan if order.stop is None else order.stop


def agree(one: list[tuple[float, ...]], other: list[tuple[float, ...]]) -> bool:
    """Whether both say the same, but for the last bits of a price."""
    return len(one) == len(other) and np.allclose(np.array(one), np.array(other), rtol=1e-12, atol=1e-9, equal_nan=True)


@given(
    seed=st.integers(0, 2**32),
    missing=st.sets(st.integers(0, 389), max_size=60),
    late=st.dictionaries(st.integers(0, 389), st.sampled_from([30.0, 90.0, 600.0]), max_size=20),
    corrected=st.dictionaries(st.integers(0, 389), st.sampled_from([30.0, 90.0, 600.0]), max_size=20),
    participation=st.sampled_from([None, 0.1, 0.5]),
    limit=st.sampled_from(["through", "touch"]),
    eager=st.floats(0.02, 0.3),
)
@settings(max_examples=20, deadline=None)
def test_each_fill_and_each_order_is_that_of_a_broker_that_meets_every_bar(
    seed: int,
    missing: set[int],
    late: dict[int, float],
    corrected: dict[int, float],
    participation: float | None,
    limit: str,
    eager: float,
) -> None:
    rows: dict[str, Rows] = {
        symbol: make_bars(SESSIONS, seed=seed + i, missing=missing, late=late, corrected=corrected)
        for i, symbol in enumerate("AB")
    }
    fills = {"limit": limit} | ({} if participation is None else {"max_participation": participation})
    costs = {"slippage": {"bps": 5}}
    made = config("A B", "1m", *DATES, **WIDE, trading_config__fills=fills, trading_config__costs=costs)
    lab = sl.Lab(made, source=RowsSource({(symbol, "1m"): part for symbol, part in rows.items()}), times=TIMES)
    slow = SlowBroker(lab, rows, participation, 5.0, touch=limit == "touch")
    luck = np.random.default_rng(seed)
    session = lab.session
    while True:
        while luck.random() < eager:
            with suppress(sl.errors.ConfigError):  # what cannot be meant, as chance would have it
                act(lab, luck)
        slow.hear()
        step = lab.step()
        if step.done:
            break
        if lab.session != session:
            session = lab.session
            slow.opened(SESSIONS.index(session))
        slow.moment(lab.now.value)

        told = [(it.order_id, it.time_ns, it.known_ns, it.quantity, it.price, it.ambiguous) for it in step.fills]
        assert agree(told, slow.fills)
        slow.fills.clear()
        if lab.state != "done":
            theirs = sorted(state_of(order, waits=order.status == "new") for order in lab.open_orders)
            assert agree(theirs, sorted(state_of(one, waits=one.waits) for one in slow.open.values()))
