"""What an account did, as the tables of :class:`~sessionlab.trading.traded.Traded`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.engine.accounting import Accounting, Held, Piece
from sessionlab.engine.desk import Desk
from sessionlab.session.columns import zoned
from sessionlab.trading.account import Account
from sessionlab.trading.ledger import CashMove, Fill
from sessionlab.trading.lots import Trade
from sessionlab.trading.order import Order
from sessionlab.trading.traded import (
    CASH_COLUMNS,
    EVENT_COLUMNS,
    FILL_COLUMNS,
    ORDER_COLUMNS,
    POSITION_COLUMNS,
    TRADE_COLUMNS,
    Traded,
)

_NONE = np.iinfo(np.int64).min


def traded(desk: Desk, accounting: Accounting, strategies: Sequence[str]) -> Callable[[], Traded]:
    """What makes the tables of ``desk`` up to now: whatever happens later, they tell of now."""
    tz = desk.present.rows.session.tz
    pieces, closed, still_open = accounting.so_far()
    orders = order_rows(desk.orders)
    ledger, held, events = list(desk.account.ledger), list(accounting.held), list(desk.events)

    def tables() -> Traded:
        return Traded(
            desk.account.starting_cash,
            orders_frame(orders, tz),
            fills_frame((entry for entry in ledger if isinstance(entry, Fill)), tz),
            trades_frame([*closed, *still_open], tz),
            account_frame(pieces, tz),
            positions_frame(held),
            cash_frame((entry for entry in ledger if isinstance(entry, CashMove)), tz),
            _frame(events, EVENT_COLUMNS, tz, "time"),
            tuple(strategies),
        )

    return tables


def order_rows(orders: Iterable[Order]) -> list[tuple[Any, ...]]:
    """The orders as they stand, a row each, in the sequence of sending."""
    return [
        (
            one.sent_ns, one.symbol, one.side, one.type, one.quantity, one.limit, one.stop,
            None if one.trail is None else str(one.trail), one.tif, one.status, one.reason, one.id, one.strategy, one.filled,
            one.average_price, one.tag, None if one.parent is None else one.parent.id, one.client_id, one.trimmed_from,
            one.limit_hit, one.limit_number, one.limit_value, _NONE if one.ended_ns is None else one.ended_ns,
        )
        for one in orders
    ]  # fmt: skip


def orders_frame(rows: Sequence[tuple[Any, ...]], tz: str) -> pd.DataFrame:
    """A row per order, in the sequence of sending."""
    frame = _frame(rows, ORDER_COLUMNS, tz, "sent", "ended")
    numbers = ["quantity", "limit", "stop", "filled", "average_price", "trimmed_from", "limit_number", "limit_value"]
    frame[numbers] = frame[numbers].astype(float)
    return frame.astype({"id": np.int64, "parent": "Int64", "trail": "str", "client_id": "str"})


def fills_frame(fills: Iterable[Fill], tz: str) -> pd.DataFrame:
    """A row per fill, in the order in which they happened."""
    rows = [
        (
            one.time_ns, one.known_ns, one.symbol, one.side, one.quantity, one.price, one.fee, one.ambiguous, one.order_id,
            one.strategy, one.reason, one.slippage,
        )
        for one in fills
    ]  # fmt: skip
    frame = _frame(rows, FILL_COLUMNS, tz, "time", "known_at")
    return frame.astype(
        dict.fromkeys(("quantity", "price", "fee", "slippage"), float) | {"ambiguous": bool, "order_id": np.int64}
    )


def trades_frame(trades: Iterable[Trade], tz: str) -> pd.DataFrame:
    """A row per lot closed, in the order of closing; open ones last."""
    rows = []
    for one in trades:
        lot, out, entry = one.lot, one.exit, one.lot.fill
        worst, best = one.worst_and_best
        coverage = 100.0 * one.reach.present / one.reach.expected if one.reach.expected else np.nan
        rows.append(
            (
                entry.symbol, "long" if lot.sign > 0 else "short", one.quantity, entry.time_ns, lot.price,
                _NONE if out is None else out.time_ns, one.exit_price, one.gross - one.fees, one.fees, worst, best, coverage,
                entry.strategy, entry.ambiguous or (out is not None and out.ambiguous), entry.known_ns,
                _NONE if out is None else out.known_ns, entry.order_id, None if out is None else out.order_id,
            )
        )  # fmt: skip
    frame = _frame(rows, TRADE_COLUMNS, tz, "entry_time", "exit_time", "entry_known_at", "exit_known_at")
    numbers = ("quantity", "entry_price", "exit_price", "pnl", "fees", "mae", "mfe", "coverage")
    kinds: dict[str, Any] = dict.fromkeys(numbers, float)
    return frame.astype(kinds | {"ambiguous": bool, "entry_order": np.int64, "exit_order": "Int64"})


def account_frame(pieces: Sequence[Piece], tz: str) -> pd.DataFrame:
    """A row per moment and each open: ``date cash value gross``, indexed by ``time``."""
    sizes = [len(piece.instants) for piece in pieces]
    instants = np.concatenate([piece.instants for piece in pieces]) if pieces else np.empty(0, np.int64)
    dates = np.repeat(np.array([piece.date for piece in pieces], dtype="M8[D]"), sizes)
    columns: dict[str, Any] = {"date": dates.astype("M8[s]")}
    for name in ("cash", "value", "gross"):
        parts = [np.broadcast_to(getattr(piece, name), size) for piece, size in zip(pieces, sizes, strict=True)]
        columns[name] = np.concatenate(parts) if parts else np.empty(0)
    return pd.DataFrame(columns, index=zoned(instants, tz).rename("time"))


def positions_frame(held: Iterable[Held]) -> pd.DataFrame:
    """A row per session, symbol and strategy at its close, where something was held."""
    rows = [
        (one.date, one.symbol, one.strategy, one.quantity, one.average_price, one.close, one.quantity * one.close) for one in held
    ]
    frame = _of_words(pd.DataFrame(rows, columns=list(POSITION_COLUMNS)))
    numbers = dict.fromkeys(("quantity", "average_price", "close", "value"), float)
    return frame.assign(date=pd.to_datetime(frame["date"]).astype("M8[s]")).astype(numbers)


def held_frame(account: Account) -> pd.DataFrame:
    """What is held now, a row per book and symbol."""
    rows = [
        (strategy, symbol, one.quantity, one.average_price, one.price, one.value, one.unrealized)
        for strategy, book in account.books.items()
        for symbol, one in book.items()
        if one
    ]
    numbers = ["quantity", "average_price", "price", "value", "unrealized"]
    return _of_words(pd.DataFrame(rows, columns=["strategy", "symbol", *numbers])).astype(dict.fromkeys(numbers, float))


def cash_frame(moves: Iterable[CashMove], tz: str) -> pd.DataFrame:
    """A row per dividend and borrow fee."""
    rows = [(one.known_ns, one.kind, one.symbol, one.amount, one.strategy, one.note) for one in moves]
    return _frame(rows, CASH_COLUMNS, tz, "time").astype({"amount": float})


def _frame(rows: Sequence[Any], columns: Sequence[str], tz: str, *times: str) -> pd.DataFrame:
    """``rows`` as a table; ``times`` are columns of ns UTC, told in zone ``tz``."""
    frame = pd.DataFrame(rows, columns=[name if name != "time_ns" else "time" for name in columns])
    for name in times:
        instants = frame[name].to_numpy(dtype=np.int64)
        known = zoned(np.where(instants == _NONE, 0, instants), tz).to_series(index=frame.index)
        frame[name] = known.mask(instants == _NONE)
    return _of_words(frame)


def _of_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with words as words also where there is no row to tell them from; numbers are typed by who knows them."""
    return frame.astype(dict.fromkeys(frame.select_dtypes(object).columns, "str")) if frame.empty else frame
