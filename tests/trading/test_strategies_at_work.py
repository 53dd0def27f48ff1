"""A run that is stopped or fails, wherever that is, goes on as if nothing had been: no order twice, no fill lost."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import Any

import pytest
from builders import RowsSource, config, make_bars
from hand_made import filled, frame, lab
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import sessionlab as sl
from sessionlab.engine import hooks

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))
ROWS = {(symbol, "1m"): make_bars(DAYS, missing=[7], late={3: 90}, seed=i) for i, symbol in enumerate("BA")}
TABLES = ("orders", "fills", "trades", "account", "positions", "cash", "events")
HOOKS = ("on_start", "on_session_start", "on_bar", "on_step", "on_fill", "on_quality", "on_session_end", "on_end")
FLAT = (100.0, 100.0, 100.0, 100.0)


class Trades(sl.Strategy):
    """Sends orders as its generator says, and writes down every call; presses Ctrl-C or raises in those of some numbers."""

    def __init__(self, name: str, keys: dict[int, int] | None = None, errors: set[int] | None = None) -> None:
        super().__init__()
        self._called = name
        self.keys, self.errors = dict(keys or {}), set(errors or ())
        self.calls: list[tuple[Any, ...]] = []

    def on_start(self, ctx: sl.Context) -> None:
        self._note(ctx, "on_start")

    def on_session_start(self, ctx: sl.Context) -> None:
        self._note(ctx, "on_session_start")

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        luck = ctx.rng.random(4)
        if luck[0] < 0.08:
            price = ctx[symbol].bars("1m").close[-1]
            send = ctx.buy if luck[1] < 0.5 else ctx.sell
            if luck[2] < 0.4:
                send(symbol, 1 + int(9 * luck[3]))
            elif luck[2] < 0.7:
                send(symbol, 1 + int(9 * luck[3]), limit=round(float(price), 2), tif="gtc")
            else:
                ctx.close(symbol, tif="cls" if luck[3] < 0.2 else "day")
        self._note(ctx, "on_bar", symbol, ctx.cash, float(ctx.position(symbol)))

    def on_step(self, ctx: sl.Context, symbols: tuple[str, ...]) -> None:
        self._note(ctx, "on_step", symbols)

    def on_fill(self, ctx: sl.Context, fill: Any) -> None:
        if fill.quantity > 7:
            ctx.target(fill.symbol, 3)
        self._note(ctx, "on_fill", fill.order_id, fill.quantity, float(ctx.position(fill.symbol)))

    def on_quality(self, ctx: sl.Context, symbol: str, interval: str, reason: str) -> None:
        self._note(ctx, "on_quality", symbol, reason)

    def on_session_end(self, ctx: sl.Context) -> None:
        self._note(ctx, "on_session_end")

    def on_end(self, ctx: sl.Context) -> None:
        self._note(ctx, "on_end")

    def _note(self, ctx: sl.Context, *what: Any) -> None:
        self.calls.append((ctx.now.value, *what))
        number = len(self.calls)
        for _ in range(self.keys.get(number, 0)):
            signal.raise_signal(signal.SIGINT)
        if number in self.errors:
            raise ZeroDivisionError(f"call {number}")


def at_work(*strategies: sl.Strategy, **options: Any) -> sl.Lab:
    changes = {"trading_config__costs": {"per_order": 1.0}, "trading_config__flatten_at_close": True}
    made = sl.Lab(config("B A", "1m", "2025-07-02", "2025-07-03", **changes), source=RowsSource(ROWS), times=TIMES, **options)
    for strategy in strategies:
        made.use(strategy)
    return made


def run_through(one: sl.Lab) -> int:
    """Runs to the end, going on after each stop; how often that was."""
    stops = 0
    while one.state != "done":
        try:
            one.run()
        except (KeyboardInterrupt, ZeroDivisionError):
            stops += 1
            assert stops < 100
    return stops


def calls(one: sl.Lab) -> dict[str, list[tuple[Any, ...]]]:
    return {strategy.name: strategy.calls for strategy in one.strategies if isinstance(strategy, Trades)}


def undisturbed() -> tuple[dict[str, list[tuple[Any, ...]]], Any]:
    one = at_work(Trades("one"), Trades("two"))
    one.run()
    return calls(one), one.traded()


WHOLE, DID = undisturbed()


def test_the_undisturbed_run_has_all_that_can_be_disturbed() -> None:
    assert {call[1] for call in WHOLE["one"]} == set(HOOKS)
    assert len(DID.fills) > 60
    assert set(DID.fills["reason"]) == {"entry", "close", "flatten"}


@settings(max_examples=15)
@given(
    keys=st.dictionaries(st.integers(1, 1900), st.sampled_from([1, 1, 2]), max_size=4),
    errors=st.sets(st.integers(1, 1900), max_size=3),
    block=st.sampled_from([1, 3, 64, 4096]),
    which=st.booleans(),
)
def test_wherever_it_is_stopped_it_trades_the_same(keys: dict[int, int], errors: set[int], block: int, which: bool) -> None:
    before, hooks.BLOCK = hooks.BLOCK, (block, block)
    try:
        one = at_work(*(Trades(name, keys, errors) if (name == "one") == which else Trades(name) for name in ("one", "two")))
        run_through(one)
    finally:
        hooks.BLOCK = before

    assert calls(one) == WHOLE
    for table in TABLES:
        assert_frame_equal(getattr(one.traded(), table), getattr(DID, table))


@pytest.mark.parametrize("hook", HOOKS)
def test_after_an_error_all_tells_of_the_moment_it_came_at(hook: str) -> None:
    number = [call[1] for call in WHOLE["one"]].index(hook) + 1
    one = at_work(Trades("one", errors={number}), Trades("two"))
    with pytest.raises(ZeroDivisionError, match=f"call {number}") as caught:
        one.run()

    instant_ns, *_ = WHOLE["one"][number - 1]
    assert one.now.value == instant_ns
    (note,) = caught.value.__notes__
    assert f"in one.{hook}" in note
    assert f"at {one.now:%Y-%m-%d %H:%M:%S} market time" in note
    if hook in ("on_bar", "on_fill", "on_quality"):
        assert "'A'" in note or "'B'" in note  # whom it was about
    known = DID.fills[DID.fills["known_at"] <= one.now]
    assert_frame_equal(one.fills, known)
    assert one.result().fills.equals(known)
    assert not one.result().complete
    signed = known["quantity"] * known["side"].map({"buy": 1.0, "sell": -1.0}).astype(float)
    held = signed.groupby([known["strategy"], known["symbol"]]).sum()
    shown = one.positions.set_index(["strategy", "symbol"])["quantity"]
    assert held[held != 0].sort_index().to_dict() == shown.sort_index().to_dict()
    assert set(one.orders["id"]) >= set(known["order_id"])


def test_ctrl_c_in_on_fill_makes_the_moment_whole_first() -> None:
    number = [call[1] for call in WHOLE["one"]].index("on_fill") + 1
    one = at_work(Trades("one", keys={number: 1}), Trades("two"))
    with pytest.raises(KeyboardInterrupt):
        one.run()

    assert calls(one) == {name: [call for call in made if call[0] <= one.now.value] for name, made in WHOLE.items()}
    assert one.now.value == WHOLE["one"][number - 1][0]


def test_by_steps_and_after_looking_back_it_trades_the_same() -> None:
    """Each step stops where an error was, a rewind goes over it, and nothing is doubled."""
    one = at_work(Trades("one", errors={40, 41, 300}), Trades("two"))
    for _ in range(400):
        with contextlib.suppress(ZeroDivisionError):
            one.step()
    run_through(one)

    assert calls(one) == WHOLE
    for table in TABLES:
        assert_frame_equal(getattr(one.traded(), table), getattr(DID, table))


class TestACostModelThatRaises:
    class Flaky:
        """Raises when it is asked for the second time about ``symbol``, once."""

        def __init__(self, symbol: str) -> None:
            self.symbol, self.asked = symbol, 0

        def __call__(self, of: Any) -> float:
            self.asked += getattr(of, "symbol", self.symbol) == self.symbol
            if self.asked == 2:
                self.asked = 100
                raise ZeroDivisionError("no price list")
            return 0.25

    @pytest.mark.parametrize("what", ["costs", "slippage"])
    def test_no_fill_is_lost_or_told_twice(self, what: str) -> None:
        disturbed = at_work(Trades("one"), Trades("two"), **{what: self.Flaky("A")})
        assert run_through(disturbed) == 1
        steady = at_work(Trades("one"), Trades("two"), **{what: lambda of: 0.25})
        steady.run()

        assert calls(disturbed) == calls(steady)
        for table in TABLES:
            assert_frame_equal(getattr(disturbed.traded(), table), getattr(steady.traded(), table))

    def test_it_says_about_what_and_when(self) -> None:
        one = sl.Lab.from_frames({"A": frame([FLAT] * 5)}, bars="1m", costs=lambda fill: 1 / 0)
        one.step()
        one.buy("A", 10)
        with pytest.raises(ZeroDivisionError) as caught:
            one.run()

        asked, when = caught.value.__notes__
        assert asked.startswith("in costs=<function")
        assert asked.endswith("asked about buy 10 A at 100")
        assert when == "in a fill at 2025-07-02 09:32:00 market time"
        assert one.cash == 100_000


def test_tables_have_their_types_also_where_nothing_traded() -> None:
    before = at_work().traded()

    for table in TABLES:
        of_some = getattr(DID, table)
        if len(of_some):
            assert getattr(before, table).dtypes.astype(str).to_dict() == of_some.dtypes.astype(str).to_dict()


class TestCopies:
    class Holds(sl.Strategy):
        def __init__(self) -> None:
            super().__init__()
            self.limits = {"of": [1, 2]}
            self.sock = socket.socket()

    @pytest.mark.parametrize("name", [None, "other"])
    def test_the_attribute_that_cannot_be_copied_is_named(self, name: str | None) -> None:
        holds = self.Holds()
        with (
            contextlib.closing(holds.sock),
            pytest.raises(sl.errors.ConfigError, match=r"Holds\.sock is a socket, which cannot be"),
        ):
            lab([FLAT] * 3).use(holds, name=name)

    def test_a_scanner_too(self) -> None:
        class Looks(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                return []

        looks = Looks(universe=["B"])
        looks.sock = socket.socket()
        with contextlib.closing(looks.sock), pytest.raises(sl.errors.ConfigError, match=r"Looks\.sock is a socket"):
            lab([FLAT] * 3).use_scanner(looks, pre_session=True)

    def test_what_it_makes_in_a_hook_is_its_own_at_each_restart(self) -> None:
        class Late(sl.Strategy):
            def on_start(self, ctx: sl.Context) -> None:
                self.sock = socket.socket()

            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                if not ctx.orders and not ctx.position(symbol):
                    ctx.buy(symbol, 1)

            def on_end(self, ctx: sl.Context) -> None:
                self.sock.close()

        one = lab([FLAT] * 5)
        one.use(Late)
        one.run()
        one.restart()
        one.run()

        assert filled(one) == [(1, "buy", 1.0, 100.0)]


def test_a_strategy_of_the_notebook_is_not_the_one_at_work() -> None:
    """What is given is copied: orders and positions that it holds later are the lab's own, and follow it."""

    class Keeps(sl.Strategy):
        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if len(ctx[symbol].bars("1m")) == 1:
                self.orders = [ctx.buy(symbol, 10, stop_loss=90)]
                self.book = {symbol: ctx.position(symbol)}

    mine = Keeps()
    one = lab([FLAT] * 6)
    one.use(mine)
    one.step(3)
    (at_work,) = one.strategies
    one.use(at_work, name="another")  # with all that it holds

    assert not hasattr(mine, "orders")
    assert at_work.orders[0].is_filled
    assert float(at_work.book["A"]) == 10.0
    assert one.run().complete


def test_orders_come_before_scanners() -> None:
    """What fills on the bar that ends at 10:00 is held when a scanner looks at 10:00, so its symbol stays."""

    class Drops(sl.Scanner):
        def scan(self, ctx: Any) -> list[str]:
            ctx.remove("A")
            return []

    class Hears(sl.Strategy):
        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if symbol == "A" and f"{ctx.now:%H:%M}" == "09:59":
                ctx.state.order = ctx.buy("A", 5)

        def on_fill(self, ctx: sl.Context, fill: Any) -> None:
            ctx.state.heard = f"{ctx.now:%H:%M}", ctx.symbols

    one = sl.Lab.from_frames({"A": frame([FLAT] * 60), "B": frame([FLAT] * 60)}, bars="1m", strategy=Hears())
    one.use_scanner(Drops(), regular_session=[{"start": "10:00", "end": "10:00", "interval": "1m"}])
    (ctx,) = [book.ctx for book in one._engine.books]
    with pytest.warns(sl.DataWarning, match="Drops cannot have 'A': A cannot leave: 5 shares of it are held"):
        one.advance("10:05")

    assert ctx.state.order.is_filled
    assert ctx.state.heard == ("10:00", ("A", "B"))
    assert one.symbols == ("A", "B")


class TestBlocks:
    """Orders meet their bars between two calls, wherever a block of calls begins and ends."""

    @pytest.mark.parametrize("size", [1, 2, 7, 8192])
    def test_each_bar_is_acted_on_once_its_fills_are_known(self, size: int) -> None:
        class Alternates(sl.Strategy):
            def on_start(self, ctx: sl.Context) -> None:
                self.seen: list[tuple[str, float]] = []

            def on_bar(self, ctx: sl.Context, symbol: str) -> None:
                self.seen.append((f"{ctx.now:%H:%M}", float(ctx.position(symbol))))
                if ctx.now.minute % 7 == 0:
                    (ctx.close if ctx.position(symbol) else lambda of: ctx.buy(of, 10))(symbol)

        before, hooks.BLOCK = hooks.BLOCK, (size, size)
        try:
            one = lab([FLAT] * 60)
            one.use(Alternates)
            one.run()
        finally:
            hooks.BLOCK = before

        seen = one.strategies[0].seen
        expected, held, coming = [], 0.0, 0.0
        for minute in range(31, 91):
            held = coming
            expected.append((f"{9 + minute // 60:02}:{minute % 60:02}", held))
            coming = (0.0 if held else 10.0) if minute % 60 % 7 == 0 else held
        assert seen == expected

    def test_calls_are_counted_as_they_are_made(self) -> None:
        one = lab([FLAT] * 60)
        one.use(Trades("one"))
        one.run()

        made = [call[1] for call in one.strategies[0].calls]
        assert one.timing["strategy cycles"].count == len(made)
