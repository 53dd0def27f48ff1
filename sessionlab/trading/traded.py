"""What an account did, as tables: the form in which a run's trading is kept, saved, compared and told about.

Times are in the exchange's zone, money in the account's currency. Each table is there with its columns also when nothing traded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

ORDER_COLUMNS = (
    "sent", "symbol", "side", "type", "quantity", "limit", "stop", "trail", "tif", "status", "reason", "id", "strategy",
    "filled", "average_price", "tag", "parent", "client_id", "trimmed_from", "limit_hit", "limit_number", "limit_value",
    "ended",
)  # fmt: skip
FILL_COLUMNS = (
    "time", "known_at", "symbol", "side", "quantity", "price", "fee", "ambiguous", "order_id", "strategy", "reason", "slippage",
)  # fmt: skip
TRADE_COLUMNS = (
    "symbol", "side", "quantity", "entry_time", "entry_price", "exit_time", "exit_price", "pnl", "fees", "mae", "mfe",
    "coverage", "strategy", "ambiguous", "entry_known_at", "exit_known_at", "entry_order", "exit_order",
)  # fmt: skip
POSITION_COLUMNS = ("date", "symbol", "strategy", "quantity", "average_price", "close", "value")
CASH_COLUMNS = ("time", "kind", "symbol", "amount", "strategy", "note")
ACCOUNT_COLUMNS = ("date", "cash", "value", "gross")
EVENT_COLUMNS = ("time", "kind", "symbol", "strategy", "reason")


@dataclass(frozen=True)
class Traded:
    """What an account did in a run.

    ``orders``, a row per order in the order of sending: ``side`` buy or sell, ``type`` market limit stop stop_limit
    trailing_stop, ``status`` new accepted partially_filled filled canceled replaced rejected expired, ``reason`` in words (of a
    rejection with its number and limit; ``limit_hit`` is the limit's name, ``limit_number`` what it would have become,
    ``limit_value`` the limit; ``trimmed_from`` the quantity before it was trimmed to the limits), ``average_price`` of what is
    ``filled``, ``ended`` when it ended, ``parent`` the id of the entry that an exit belongs to.

    ``fills``: ``time`` is the start of the bar, ``known_at`` its end, ``slippage`` what the price is worse by, per share;
    ``reason`` is what filled: entry stop_loss take_profit trail exit flatten ...

    ``trades``, a row per FIFO lot closed, by exit, open lots last (``exit_time`` NaT, ``exit_price`` the last close): ``side``
    long or short, ``pnl`` net of ``fees``, ``mae <= 0 <= mfe`` in dollars, ``coverage`` in percent of the base bars under it.

    ``account``, a row per moment and each open, indexed by ``time``: ``date`` of its session, ``cash``, ``value`` of positions
    (net), ``gross`` exposure. Equity is cash + value.

    ``positions``, a row per session, symbol and strategy at its close, where the quantity is not 0. ``cash``: dividends, borrow
    fees and the like. ``events``: what happened beside orders: limits passed by prices, splits, positions left open at a close.
    """

    starting_cash: float
    orders: pd.DataFrame
    fills: pd.DataFrame
    trades: pd.DataFrame
    account: pd.DataFrame
    positions: pd.DataFrame
    cash: pd.DataFrame
    events: pd.DataFrame
    strategies: Sequence[str] = ()
