"""A run with everything in it, acts on it by name, and all that can be told of it: for laws about going back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from builders import SECOND_NS, RowsSource, config, make_bars
from gambler import Gambler
from pandas.testing import assert_frame_equal

import sessionlab as sl
from sessionlab.session.data import SessionData
from sessionlab.tape import Rows
from sessionlab.tape.actions import Actions, Dividend, Split
from sessionlab.timing import Interval, TradingSession

GUESTS = ("C", "D")
"""Symbols that take no part at first, with late and corrected rows of their own."""

Place = tuple[int, int, bool]
"""Number of a session, an instant in ns UTC, and whether the session has ended."""
Deed = tuple[Place, str, tuple[Any, ...]]
"""Where somebody acted from outside, what was done, and with which arguments."""


class Eventful(RowsSource):
    """Rows in memory, of companies that split their shares and pay."""

    def __init__(self, rows: Mapping[tuple[str, str], Rows], quotes: Mapping[str, Rows], acts: Mapping[str, Actions]) -> None:
        super().__init__(rows, quotes)
        self._acts = acts

    def actions(self, symbol: str, times: sl.TimeManager) -> Actions | None:
        return self._acts.get(symbol)


class World(NamedTuple):
    """Where a run takes place."""

    group: str
    asset: str
    times: sl.TimeManager
    sessions: list[TradingSession]
    source: Eventful


def world(group: str, asset: str, before: str, *dates: str) -> World:
    """The sessions of ``dates``, with the day ``before`` for windows. Shares split on the second one, and pay on the last."""
    times = sl.TimeManager(group, asset)
    sessions = [times.get_trading_session(date) for date in dates]
    days = [times.get_trading_session(before), *sessions]
    bars = {symbol: Rows.join([_faulty(day, f"{symbol} {day.date}", i) for day in days]) for i, symbol in enumerate("ABCD")}
    quotes = {symbol: _quotes(days, number) for number, symbol in enumerate("AC")}
    split, paid = Split(sessions[1].date, 2.0), Dividend(sessions[-1].date, 0.5, 100.0)
    acts = {"A": Actions((split,), (paid,)), "B": Actions((), (paid,)), "C": Actions((split,), ())}
    source = Eventful({(symbol, "1m"): rows for symbol, rows in bars.items()}, quotes, acts if asset == "EQUITY" else {})
    return World(group, asset, times, sessions, source)


def _faulty(day: TradingSession, seed: str, number: int) -> Rows:
    """Bars of a day: some absent, some late, some told again."""
    luck, n = Random(seed), day.expected(Interval.parse("1m"))
    late = {i: luck.choice([0.5, 30, 61, 300]) for i in luck.sample(range(n - 10), 12)}
    again = {i: luck.choice([1, 59, 60, 200]) for i in luck.sample(sorted(set(range(n - 10)) - set(late)), 6)}
    return make_bars(day, missing=luck.sample(range(20, n - 20), 9), late=late, corrected=again, seed=number)


def _quotes(days: list[TradingSession], number: int) -> Rows:
    luck = np.random.default_rng(number)
    every = [np.arange(day.open_ns, day.close_ns, 17 * SECOND_NS) for day in days]
    known_at = np.concatenate([instants + luck.integers(0, SECOND_NS) for instants in every])
    bid = 100 + luck.integers(-100, 100, len(known_at)) / 100
    return Rows.of(known_at, known_at, np.stack([bid, np.ones(len(bid)), bid + 0.02, np.ones(len(bid))]))


class Grows(sl.Strategy):
    """Keeps all that it saw, in lists that grow, with views, a context, orders, a position and frames beside them."""

    every = "5m"

    def on_start(self, ctx: Any) -> None:
        self.seen: list[Any] = []
        self.also_seen = self.seen
        self.view, self.ema = ctx["A"].bars("1m"), ctx["A"][sl.EMA(5, "1m")]
        self.mine, self.held = ctx, ctx.position("A")
        self.orders: list[sl.Order] = []
        self.frames: list[pd.DataFrame] = []

    def on_session_start(self, ctx: Any) -> None:
        self.seen.append(("open", ctx.now.value, float(self.held), ctx.equity))

    def on_session_end(self, ctx: Any) -> None:
        self.also_seen.append(("close", ctx.now.value, float(self.held), ctx.equity))

    def on_step(self, ctx: Any, symbols: tuple[str, ...]) -> None:
        ema = self.ema.last if self.ema.ready else None
        self.seen.append((self.mine.now.value, symbols, self.view.close.tobytes(), ema, ctx.symbols, float(self.held)))
        if len(self.seen) % 7 == 0:
            self.frames.append(self.view.frame())
        if len(self.seen) % 9 == 0 and len(self.view):
            self.orders.append(ctx.buy("A", 3, limit=round(self.view.last.close * 0.999, 2), tif="gtc"))


class Quality(sl.Strategy):
    """Keeps what it heard of the data."""

    def on_quality(self, ctx: Any, *about: Any) -> None:
        ctx.state.heard = [*getattr(ctx.state, "heard", []), (ctx.now.value, *about)]

    def on_end(self, ctx: Any) -> None:
        ctx.state.ended = ctx.now.value


class Once(sl.Strategy):
    """Turns its position round once a day."""

    size: int = 2
    every = "open+33m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.turns = getattr(self, "turns", 0) + 1
        ctx.target(symbol, self.size if self.turns % 2 else -self.size)


class Early(sl.Scanner):
    """Lets a symbol join at some opens, and another one leave."""

    def scan(self, ctx: Any) -> list[str]:
        if "D" in ctx.symbols and ctx.rng.random() < 0.5:
            ctx.remove("D")
        return ["C"] if ctx.rng.random() < 0.5 else []


class Often(sl.Scanner):
    """Lets a symbol join and leave now and then, and proposes what is not there."""

    def scan(self, ctx: Any) -> list[str]:
        self.scans = getattr(self, "scans", 0) + 1
        luck = ctx.rng.random()
        if 0.15 < luck < 0.3 and "D" in ctx.symbols:
            ctx.remove("D")
        return ["D"] if luck < 0.15 else ["NOPE"] if luck > 0.95 else []


def opened(where: World, scans: bool, **changes: Any) -> sl.Lab:
    """A lab over all of it, with strategies that trade, draw and remember; with ``scans`` also with scanners."""
    generous = {f"trading_config__{name}": 1e6 for name in ("max_buying_power", "max_per_trade", "max_per_symbol")}
    made = config(
        "B A",
        "1m 5m 7m 1d quotes",
        str(where.sessions[0].date),
        str(where.sessions[-1].date),
        group=where.group,
        asset_class=where.asset,
        window=1,
        window_intervals="1m 5m",
        trading_config__costs={"per_share": 0.01, "slippage": {"bps": 2}, "borrow_bps": 50},
        trading_config__max_open_positions=50,
        trading_config__benchmark="B",
        session_data_config__indicators=[{"name": "EMA", "period": 9, "interval": "5m"}],
        session_data_config__historical__indicators={"avg": {"type": "trailing_average", "period": "1d"}},
        **generous,
        **changes,
    )
    lab = sl.Lab(made, source=where.source, times=where.times)
    lab.use(Gambler(eager=0.04)).use(Grows).use(Quality)
    if scans:
        lab.use_scanner(Early(), pre_session=True).use_scanner(Often(), regular_session="15m")

    @lab.every("15m")
    def counts(ctx: sl.Context, symbol: str) -> None:
        ctx.state.n = getattr(ctx.state, "n", 0) + 1
        if ctx.state.n % 5 == 0:
            ctx.target(symbol, int(ctx.rng.integers(-4, 5)))

    return lab


def act(lab: sl.Lab, what: str, arguments: tuple[Any, ...]) -> bool:
    """Act by hand, as in a cell of a notebook; whether it could be done."""
    first = arguments[0] if arguments else None
    last = lab.data[first].bars("1m").last if first in lab.symbols else None
    if last is None and what in ("bracket", "rest"):
        return False
    try:
        match what:
            case "use":
                lab.use(Once(size=first))
            case "gamble":
                lab.use(Gambler(eager=0.01 * first))
            case "every":
                _run_a_cell(lab, first)
            case "scanner":
                lab.use_scanner(Often(), regular_session=f"{first}m")
            case "cancel" | "replace":
                resting = [order for order in lab.open_orders if what == "cancel" or order.limit is not None]
                if not resting:
                    return False
                order = resting[first % len(resting)]
                if what == "cancel":
                    lab.cancel(order)
                else:
                    lab.replace(order, limit=round(order.limit * 1.001, 2))
            case "bracket":
                lab.buy(*arguments, stop_loss=round(last.close * 0.997, 2), take_profit=round(last.close * 1.003, 2))
            case "rest":
                lab.sell(*arguments, limit=round(last.close * 1.01, 2), tif="gtc")
            case "trail":
                lab.sell(*arguments, trail="0.5%", tif="gtc")
            case _:
                getattr(lab, what)(*arguments)
    except sl.errors.SessionlabError:
        return False
    return True


def _run_a_cell(lab: sl.Lab, size: int) -> None:
    @lab.every("5m")
    def cell(ctx: sl.Context, symbol: str) -> None:
        ctx.state.total = getattr(ctx.state, "total", 0) + size
        if ctx.rng.random() < 0.1:
            ctx.buy(symbol, size)


def place_of(lab: sl.Lab) -> Place:
    return lab.progress.session - 1, lab.now.value, lab.state in ("closed", "done")


def go_to(lab: sl.Lab, place: Place) -> None:
    """Straight on to ``place``."""
    number, instant, ended = place
    while place_of(lab)[0] < number:
        if place_of(lab)[2]:
            lab._open_next()
        else:
            lab.run_session()
    if ended and not place_of(lab)[2]:
        lab.run_session()
    if lab.now.value < instant:
        lab.advance(pd.Timestamp(instant, tz="UTC"))
    assert place_of(lab) == place


def seen(data: SessionData, symbol: str) -> list[Any]:
    """All that can be seen now of one symbol."""
    one, found = data[symbol], list[Any]()
    for interval in ("1m", "5m", "7m", "1d"):
        bars = one.bars(interval)
        for part in (bars, bars.history, bars.all):
            cut, n = part._now()
            rows = cut.rows.take(slice(0, n))
            found.append((interval, rows.start.tobytes(), rows.known_at.tobytes(), rows.values.tobytes()))
        found += [bars.coverage, bars.history.coverage, bars.gaps.to_csv(), repr(bars.last)]
    for recipe in (sl.EMA(9, "5m"), sl.VWAP(), sl.RelativeVolume(interval="1m")):
        found += [one[recipe].values.tobytes(), one[recipe].all.values.tobytes(), one[recipe].ready]
    return [*found, float(one.historical["avg"]), str(one.day), one.coverage, repr(one.quote), one.quotes.frame().to_csv()]


def looks(lab: sl.Lab, moment: pd.Timestamp) -> Any:
    """A look back at all symbols, or why there is none."""
    try:
        return {symbol: seen(lab.data.as_of(moment), symbol) for symbol in lab.symbols}
    except sl.errors.SessionlabError as why:
        return repr(why)


def told(lab: sl.Lab) -> Iterator[tuple[str, Any]]:
    """All that must be the same in two runs, by name: tables, memories, draws to come, what can be seen."""
    did, result = lab.traded(), lab.result()
    for name in ("orders", "fills", "trades", "account", "positions", "cash", "events"):
        yield name, getattr(did, name)
    for name in ("quality", "gaps", "incomplete", "symbol_changes", "scans", "bar_counts", "refused"):
        yield name, getattr(result, name)
    yield "quality of windows", lab.data.quality(window=True)
    yield "benchmark", None if result.benchmark is None else result.benchmark.to_csv()
    yield "manifest", {name: value for name, value in result.manifest.items() if name not in ("versions", "command")}
    yield "plan", repr(result.plan.streams)
    yield "ledger", repr(lab._engine.desk.account.ledger)
    contexts = [*(book.ctx for book in lab._engine.books), *(post.ctx for post in lab._engine.scanning.posts)]
    for one in (*lab.strategies, *lab.scanners):
        of_the_lab = ("function", "mine", "view", "ema", "held")
        yield f"memory of {one.name}", plain({name: value for name, value in vars(one).items() if name not in of_the_lab})
    yield "states", [plain(vars(ctx.state)) for ctx in contexts]
    yield "draws", [None if ctx._rng is None else repr(ctx._rng.bit_generator.state) for ctx in contexts]
    yield "open orders", [plain(order) for order in lab.open_orders]
    yield "exits", [([leg.id for leg in order.exits], order.parent and order.parent.id) for order in lab._engine.desk.orders]
    yield "standing", (lab.equity, lab.cash, list(lab._engine.desk.account.books), lab.symbols, lab.state)
    for symbol in lab.symbols:
        yield f"what is seen of {symbol}", seen(lab.data, symbol)


def plain(value: Any) -> Any:
    """``value`` so that those of two runs can be held against each other."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, pd.DataFrame):
        return value.to_csv()
    if isinstance(value, sl.Order):
        return "order", value.id, value.status, value.filled, value.quantity, value.limit, value.stop
    return value


def same(found: sl.Lab, expected: sl.Lab) -> None:
    """Assert that nothing of the two runs differs."""
    mine, theirs = dict(told(found)), dict(told(expected))
    assert mine.keys() == theirs.keys()
    for name, value in theirs.items():
        if isinstance(value, pd.DataFrame):
            assert_frame_equal(mine[name], value, obj=name)
        else:
            assert mine[name] == value, name
