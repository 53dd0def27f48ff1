"""Accounts made by hand: equity as given, or lots whose cash and value are added up one moment at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.results.untraded import untraded
from sessionlab.timing import Interval, TradingSession
from sessionlab.trading.traded import (
    ACCOUNT_COLUMNS,
    CASH_COLUMNS,
    FILL_COLUMNS,
    ORDER_COLUMNS,
    POSITION_COLUMNS,
    TRADE_COLUMNS,
    Traded,
)

TIMES = sl.TimeManager()
NEW_YORK = "America/New_York"
START = 10_000.0


class Lot(NamedTuple):
    """One lot, bought or sold short at the open of bar ``entered`` and closed at that of bar ``left`` (None: still open)."""

    entered: int
    left: int | None
    symbol: str = "A"
    quantity: float = 10.0
    side: str = "long"
    fee: float = 0.0  # of each fill
    slippage: float = 0.0  # per share
    ambiguous: bool = False
    coverage: float = 100.0
    strategy: str = "Cross"


class Flow(NamedTuple):
    """Cash at the open of a session, by its number."""

    session: int
    amount: float
    symbol: str = "A"
    kind: str = "dividend"
    strategy: str = "Cross"


def sessions_of(count: int, first: str = "2025-07-01", times: sl.TimeManager = TIMES) -> list[TradingSession]:
    date = times.get_first_trading_date(first)
    last = date if count == 1 else times.get_next_trading_date(date, count - 1)
    return list(times.get_sessions(date, last))


def of_equity(days: Sequence[Sequence[float]], *, starting_cash: float = START, sessions: Any = None) -> Traded:
    """An account of nothing but cash: the equity at moments of each session, from its open to its close."""
    sessions = sessions_of(len(days)) if sessions is None else sessions
    rows = []
    for session, equity in zip(sessions, days, strict=True):
        times = np.linspace(session.close_ns, session.open_ns, len(equity)).astype(np.int64)[::-1]
        rows += [(at, session.date, cash, 0.0, 0.0) for at, cash in zip(times, equity, strict=True)]
    return dataclasses.replace(untraded(starting_cash, NEW_YORK), account=account_frame(rows, str(sessions[0].tz)))


def of_lots(
    lots: Sequence[Lot],
    prices: Any,
    sessions: Sequence[TradingSession],
    *,
    width: str = "60m",
    flows: Sequence[Flow] = (),
    starting_cash: float = START,
    strategies: Sequence[str] = ("Cross",),
) -> Traded:
    """An account of ``lots`` over bars of ``width``; ``prices`` by symbol and bar, at which that bar opens.

    It closes at the next bar's price, the last one at its own, so that a fill and the mark after it may differ.
    """
    interval = Interval.parse(width)
    starts = np.concatenate([session.starts(interval) for session in sessions])
    ends = np.concatenate([session.ends(interval) for session in sessions])
    day = np.repeat(np.arange(len(sessions)), [session.expected(interval) for session in sessions])
    mark = {symbol: [*path[1:], path[-1]] for symbol, path in prices.items()}

    fills, trades = [], []
    for number, lot in enumerate(lots):
        sign = 1.0 if lot.side == "long" else -1.0
        made_by = {"symbol": lot.symbol, "quantity": lot.quantity, "strategy": lot.strategy, "ambiguous": lot.ambiguous}
        for reason, bar, way in (("entry", lot.entered, sign), ("exit", lot.left, -sign)):
            if bar is not None:
                when = {"time": starts[bar], "known_at": ends[bar], "reason": reason, "order_id": number}
                money = {"price": prices[lot.symbol][bar], "fee": lot.fee, "slippage": lot.slippage}
                fills.append(made_by | when | money | {"side": "buy" if way > 0 else "sell"})
        entry = prices[lot.symbol][lot.entered]
        leave = mark[lot.symbol][-1] if lot.left is None else prices[lot.symbol][lot.left]
        fees = lot.fee * (1 if lot.left is None else 2)
        pnl = sign * lot.quantity * (leave - entry) - fees
        begun = {"entry_time": starts[lot.entered], "entry_known_at": ends[lot.entered], "entry_price": entry, "side": lot.side}
        ended = {"exit_time": None, "exit_known_at": None, "exit_price": leave}
        if lot.left is not None:
            ended |= {"exit_time": starts[lot.left], "exit_known_at": ends[lot.left]}
        worth = {"pnl": pnl, "fees": fees, "mae": min(pnl, 0.0), "mfe": max(pnl, 0.0), "coverage": lot.coverage}
        trades.append(made_by | begun | ended | worth | {"entry_order": number, "exit_order": number})

    rows, positions = [], []
    for number, session in enumerate(sessions):
        bars = np.flatnonzero(day == number)
        moments = [(session.open_ns, bars[0] - 1), *((ends[bar], bar) for bar in bars)]
        for at, bar in moments:
            known = [fill for fill in fills if np.searchsorted(ends, fill["known_at"]) <= bar]
            cash = starting_cash + sum(flow.amount for flow in flows if flow.session <= number)
            cash -= sum(_signed(fill) * fill["price"] + fill["fee"] for fill in known)
            net = {symbol: sum(_signed(fill) for fill in known if fill["symbol"] == symbol) for symbol in prices}
            worth = {symbol: held * mark[symbol][max(bar, 0)] for symbol, held in net.items()}
            rows.append((at, session.date, cash, sum(worth.values()), sum(map(abs, worth.values()))))
        positions += [(session.date, s, "Cross", net[s], 0.0, mark[s][bars[-1]], worth[s]) for s in prices if net[s]]

    cash_rows = [(sessions[f.session].open_ns, f.kind, f.symbol, f.amount, f.strategy, "") for f in flows]
    tz = sessions[0].tz
    trades.sort(key=lambda trade: (trade["exit_time"] is None, trade["exit_time"] or 0))
    return dataclasses.replace(
        untraded(starting_cash, tz),
        account=account_frame(rows, tz),
        fills=_frame(sorted(fills, key=lambda fill: fill["time"]), FILL_COLUMNS, tz),
        trades=_frame(trades, TRADE_COLUMNS, tz),
        positions=_frame(positions, POSITION_COLUMNS, tz),
        cash=_frame(cash_rows, CASH_COLUMNS, tz),
        strategies=strategies,
    )


def orders(*rows: dict[str, Any]) -> pd.DataFrame:
    """Orders with these cells; the others are as of a market order of ten shares of A that was filled."""
    common = {"sent": pd.Timestamp("2025-07-01 10:00", tz=NEW_YORK), "symbol": "A", "side": "buy", "type": "market"}
    common |= {"quantity": 10.0, "tif": "day", "status": "filled", "reason": "", "limit_hit": "", "strategy": "Cross"}
    return pd.DataFrame([common | row for row in rows], columns=list(ORDER_COLUMNS))


def account_frame(rows: Sequence[tuple[Any, ...]], tz: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["time", *ACCOUNT_COLUMNS])
    frame["time"] = pd.DatetimeIndex(frame["time"].to_numpy().astype("M8[ns]"), tz="UTC").tz_convert(tz)
    frame["date"] = pd.to_datetime(frame["date"]).dt.as_unit("ns")
    return frame.set_index("time")


def _signed(fill: dict[str, Any]) -> float:
    return float(fill["quantity"]) if fill["side"] == "buy" else -float(fill["quantity"])


def _frame(rows: Sequence[Any], columns: Sequence[str], tz: str) -> pd.DataFrame:
    empty = {name: column for name, column in _empties(tz).items() if name in columns}
    frame = pd.DataFrame(rows, columns=list(columns))
    for name in columns:
        kind = empty[name].dtype
        if isinstance(kind, pd.DatetimeTZDtype):
            frame[name] = pd.DatetimeIndex(pd.to_datetime(frame[name], unit="ns", utc=True)).tz_convert(tz).as_unit("ns")
        elif name == "date":
            frame[name] = pd.to_datetime(frame[name]).dt.as_unit("ns") if rows else pd.DatetimeIndex([]).as_unit("ns")
        else:
            frame[name] = frame[name].astype(kind)
    return frame


def _empties(tz: str) -> dict[str, pd.Series[Any]]:
    nothing = untraded(1.0, tz)
    tables = (nothing.fills, nothing.trades, nothing.positions, nothing.cash)
    return {str(name): table[name] for table in tables for name in table}


@cache
def watched() -> sl.RunResult:
    """A run of one symbol over a session of 390 minutes, three of which are absent: coverage 99.2308 %."""
    rows = {("A", "1m"): make_bars(TIMES.get_trading_session("2025-07-02"), missing=[12, 40, 41])}
    return sl.Lab(config(["A"], "1m", "2025-07-02"), source=RowsSource(rows), times=TIMES).run()


def result(
    traded: Traded | None = None, *, of: sl.SessionConfig | None = None, times: Any = TIMES, **further: Any
) -> sl.RunResult:
    """A result with that account, over the data of :func:`watched`."""
    run = watched()
    made_of = (run.plan, run._series, run.timing, run.refused, further.pop("manifest", run.manifest), run.stopped_at)
    return sl.RunResult(of or run.config, *made_of, complete=True, traded=traded, times=times, **further)
