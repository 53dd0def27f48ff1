"""The tables of a run in which nothing traded: every column with its type, and no row."""

from __future__ import annotations

import pandas as pd

from sessionlab.trading.traded import (
    ACCOUNT_COLUMNS,
    CASH_COLUMNS,
    EVENT_COLUMNS,
    FILL_COLUMNS,
    ORDER_COLUMNS,
    POSITION_COLUMNS,
    TRADE_COLUMNS,
    Traded,
)

_INSTANTS = {"time", "sent", "ended", "known_at", "entry_time", "exit_time", "entry_known_at", "exit_known_at"}
_COUNTS = {"id", "order_id", "entry_order"}
_COUNTS_OR_NONE = {"parent", "exit_order"}
_FLAGS = {"ambiguous"}
_WORDS = {
    "symbol", "side", "type", "trail", "tif", "status", "reason", "strategy", "tag", "client_id", "limit_hit", "kind", "note",
}  # fmt: skip


def untraded(starting_cash: float, tz: str) -> Traded:
    """An account of ``starting_cash`` before anything happened, times in zone ``tz``.

    >>> untraded(1000.0, "America/New_York").trades.empty
    True
    """
    account = _nothing(("time", *ACCOUNT_COLUMNS), tz).set_index("time")
    tables = (ORDER_COLUMNS, FILL_COLUMNS, TRADE_COLUMNS, POSITION_COLUMNS, CASH_COLUMNS, EVENT_COLUMNS)
    orders, fills, trades, positions, cash, events = (_nothing(columns, tz) for columns in tables)
    return Traded(starting_cash, orders, fills, trades, account, positions, cash, events)


def _nothing(columns: tuple[str, ...], tz: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=_kind(name, tz)) for name in columns})


def _kind(column: str, tz: str) -> str:
    if column in _INSTANTS:
        return f"datetime64[ns, {tz}]"
    if column == "date":
        return "datetime64[s]"
    if column in _COUNTS:
        return "int64"
    if column in _COUNTS_OR_NONE:
        return "Int64"
    if column in _FLAGS:
        return "bool"
    return "str" if column in _WORDS else "float64"
