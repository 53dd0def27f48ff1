"""Going back and going on is the same as never having gone back, in a lab and in its forks, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from builders import RowsSource, config, make_bars
from consumers import ThreadConsumer
from gambler import Gambler
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from pandas.testing import assert_frame_equal

import sessionlab as sl

TIMES = sl.TimeManager("US_EQUITY", "EQUITY")
BEFORE = TIMES.get_trading_session("2025-07-01")
SESSIONS = [TIMES.get_trading_session(date) for date in ("2025-07-02", "2025-07-03", "2025-07-07")]
SECOND = 1_000_000_000

Deed = tuple[int, bool, str, tuple[Any, ...]]
"""When it was done (ns, and whether the session had ended by then), what, and with which arguments."""


class Grows(sl.Strategy):
    """Keeps a list of all that it saw, views and orders."""

    every = "5m"

    def on_start(self, ctx: sl.Context) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.view = ctx["A"].bars("1m")
        self.orders: list[sl.Order] = []

    def on_step(self, ctx: sl.Context, symbols: tuple[str, ...]) -> None:
        self.seen.append((ctx.now.value, symbols, len(self.view), float(self.view.close.sum()), len(ctx.symbols)))
        if len(self.seen) % 9 == 0:
            self.orders.append(ctx.buy("A", 3, limit=round(float(self.view.close[-1]) * 0.999, 2), tif="gtc"))


def opened() -> sl.Lab:
    rows = {}
    for i, symbol in enumerate("ABC"):
        late, corrected = {40 + i: 90.0, 100: 600.0}, {60: 45.0, 120 + i: 300.0}
        days = [BEFORE, *SESSIONS]
        rows[symbol, "1m"] = make_bars(days, seed=i, missing={7, 8, 30 + i, 200}, late=late, corrected=corrected)
    dates = str(SESSIONS[0].date), str(SESSIONS[-1].date)
    generous = {f"trading_config__{name}": 1e6 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}
    costs = {"per_share": 0.01, "slippage": {"bps": 2}, "borrow_bps": 50}
    made = config(["A", "B"], "1m 5m", *dates, window=1, seed=3, trading_config__costs=costs, **generous)
    lab = sl.Lab(made, source=RowsSource(rows), times=TIMES)
    lab.use(Gambler(eager=0.04)).use(Grows)

    @lab.every("15m")
    def counts(ctx: sl.Context, symbol: str) -> None:
        ctx.state.n = getattr(ctx.state, "n", 0) + 1
        if ctx.state.n % 5 == 0:
            ctx.target(symbol, int(ctx.rng.integers(-4, 5)))

    return lab


def do(lab: sl.Lab, what: str, arguments: tuple[Any, ...]) -> bool:
    """Act by hand; whether it could be done."""
    try:
        getattr(lab, what)(*arguments)
    except sl.errors.SessionlabError:
        return False
    return True


def go_to(lab: sl.Lab, instant_ns: int, ended: bool) -> None:
    for session in SESSIONS:
        if session.close_ns <= instant_ns and lab.now.value < session.close_ns:
            lab.run_session()
    if lab.now.value < instant_ns:
        lab.advance(pd.Timestamp(instant_ns, tz="UTC"))
    assert lab.now.value == instant_ns
    assert (lab.state in ("closed", "done")) == ended


def state_of(lab: sl.Lab) -> dict[str, Any]:
    """All that must be the same: tables, what strategies remember, what was measured, draws to come."""
    did, result = lab.traded(), lab.result()
    gambler, grows, *_ = lab.strategies
    contexts = [book.ctx for book in lab._engine.books]
    return {
        **{name: getattr(did, name) for name in ("orders", "fills", "trades", "account", "positions", "cash", "events")},
        **{name: getattr(result, name) for name in ("quality", "gaps", "incomplete", "symbol_changes")},
        "digest": result.manifest["data_digest"],
        "heard": getattr(gambler, "heard", None),
        "seen": getattr(grows, "seen", None),
        "kept": [order.id for order in getattr(grows, "orders", ())],
        "states": [dict(vars(ctx.state)) for ctx in contexts],
        "draws": [None if ctx._rng is None else ctx._rng.bit_generator.state["state"] for ctx in contexts],
        "symbols": lab.symbols,
        "equity": lab.equity,
        "open": [(order.id, order.status, order.stop, order.filled) for order in lab.open_orders],
    }


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, pd.DataFrame):
            assert_frame_equal(found[name], value, obj=name)
        else:
            assert found[name] == value, name


class GoingBack(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.labs: list[tuple[sl.Lab, list[Deed]]] = [(opened(), [])]
        self.at = 0
        self.taken: list[tuple[Any, Any]] = []

    @property
    def lab(self) -> sl.Lab:
        return self.labs[self.at][0]

    @property
    def deeds(self) -> list[Deed]:
        return self.labs[self.at][1]

    @rule(n=st.integers(1, 250))
    def step(self, n: int) -> None:
        self.lab.step(n)

    @rule(minutes=st.sampled_from(["1m", "17m", "90m", "20s"]))
    def advance(self, minutes: str) -> None:
        self.lab.advance(minutes)

    @rule()
    def run_session(self) -> None:
        self.lab.run_session()

    @rule(share=st.floats(0, 1), odd=st.booleans())
    def rewind(self, share: float, odd: bool) -> None:
        self.lab.rewind(pd.Timestamp(self._instant(self.lab, share, odd), tz="UTC"))
        self._undo(self.deeds, self.lab)

    @precondition(lambda self: self.lab.now > self.lab.session.open)
    @rule(n=st.integers(1, 3))
    def step_back(self, n: int) -> None:
        if self.lab._engine.present.k - self.lab._engine.rows.first >= n:
            self.lab.step(-n)
            self._undo(self.deeds, self.lab)

    @precondition(lambda self: len(self.labs) < 3)
    @rule(share=st.one_of(st.none(), st.floats(0, 1)), odd=st.booleans())
    def fork(self, share: float | None, odd: bool) -> None:
        at = None if share is None else pd.Timestamp(self._instant(self.lab, share, odd), tz="UTC")
        other = self.lab.fork(at=at)
        deeds = list(self.deeds)
        self._undo(deeds, other)
        self.labs.append((other, deeds))

    @rule(number=st.integers(0, 4))
    def turn_to_another(self, number: int) -> None:
        self.at = number % len(self.labs)

    @rule(
        what=st.sampled_from(["buy", "sell", "cancel", "add_symbol", "remove_symbol", "close_position"]),
        symbol=st.sampled_from("ABC"),
        n=st.integers(1, 20),
    )
    def act(self, what: str, symbol: str, n: int) -> None:
        if self.lab.state == "done" or (what == "remove_symbol" and symbol == "A"):  # which strategies look at by name
            return
        arguments = {"buy": (symbol, n), "sell": (symbol, n), "cancel": (n,)}.get(what, (symbol,))
        deed = self.lab.now.value, self.lab.state == "closed", what, arguments
        if do(self.lab, what, arguments):
            self.deeds.append(deed)

    @rule(share=st.floats(0, 1))
    def look(self, share: float) -> None:
        lab = self.lab
        back = lab.data.as_of(pd.Timestamp(self._instant(lab, share, False), tz="UTC"))
        for data in (lab.data, back):
            frame = data["A"].bars("5m").frame()
            self.taken.append((frame, frame.copy(deep=True)))
        view = back["A"].bars("1m")
        self.taken.append((view, view.frame().copy(deep=True)))

    def teardown(self) -> None:
        for shown, copied in getattr(self, "taken", ()):
            assert_frame_equal(shown if isinstance(shown, pd.DataFrame) else shown.frame(), copied)
        for lab, deeds in getattr(self, "labs", ()):
            straight = opened()
            for instant_ns, ended, what, arguments in deeds:
                go_to(straight, instant_ns, ended)
                assert do(straight, what, arguments)
            go_to(straight, lab.now.value, lab.state in ("closed", "done"))
            same(state_of(lab), state_of(straight))
            bars = {symbol: lab.data[symbol].bars("1m").frame() for symbol in lab.symbols}
            for symbol, frame in bars.items():
                assert_frame_equal(frame, straight.data[symbol].bars("1m").frame())
            lab.run(progress=False)
            straight.run(progress=False)
            same(state_of(lab), state_of(straight))

    def _instant(self, lab: sl.Lab, share: float, odd: bool) -> int:
        """An instant from the first open to now: a whole minute, or ``odd`` seconds beside it."""
        first, now = SESSIONS[0].open_ns, lab.now.value
        instant = first + int(share * (now - first)) // (60 * SECOND) * 60 * SECOND
        return min(instant + 13 * SECOND * odd, now)

    def _undo(self, deeds: list[Deed], lab: sl.Lab) -> None:
        now = lab.now.value
        deeds[:] = [deed for deed in deeds if deed[0] <= now]


GoingBack.TestCase.settings = settings(
    max_examples=30, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestGoingBack = GoingBack.TestCase


def test_a_subscription_is_told_again_what_comes_after_going_back() -> None:
    lab = opened()
    consumer = ThreadConsumer(lab.subscribe("A", "60m"))
    lab.advance("12:40")
    lab.rewind("11:00")
    lab.advance("13:00")
    lab.close()

    told = [(event.epoch, f"{event.moment:%H:%M}") for event in consumer.join()]
    assert told == [(0, "10:30"), (0, "11:30"), (0, "12:30"), (1, "11:30"), (1, "12:30")]


def test_a_view_that_is_held_follows_the_clock_back_over_a_symbol_that_joined() -> None:
    lab = opened()
    held, ema = lab.data["A"].bars("1m"), lab.data["A"][sl.EMA(5, "1m")]
    lab.advance("10:30")
    lab.add_symbol("C")
    lab.advance("11:30")
    lab.rewind("10:00")
    at_ten = held.close.copy(), ema.last
    lab.advance("10:20")
    lab.add_symbol("C")
    lab.advance("11:30")

    straight = opened()
    straight.advance("10:00")
    assert np.array_equal(at_ten[0], straight.data["A"].bars("1m").close)
    assert at_ten[1] == straight.data["A"][sl.EMA(5, "1m")].last
    straight.advance("11:30")
    assert np.array_equal(held.close, straight.data["A"].bars("1m").close)
    assert ema.last == straight.data["A"][sl.EMA(5, "1m")].last
