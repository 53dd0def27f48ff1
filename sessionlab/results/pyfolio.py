"""A run in the form that pyfolio-reloaded takes: returns, positions at the close, transactions, all in UTC.

pyfolio converts the times of transactions to a zone, and divides by positions on their dates: so all three have a zone, and the
same one. Source: pyfolio-reloaded, ``create_full_tear_sheet``.
"""

from __future__ import annotations

import pandas as pd

from sessionlab.results.account import Sessions
from sessionlab.trading.traded import Traded


def positions_at_close(traded: Traded, sessions: Sessions) -> pd.DataFrame:
    """Net dollars in each symbol, and ``cash``, at each session's close. A session of no position has zeros."""
    held = traded.positions
    dates = pd.DatetimeIndex(pd.to_datetime(held["date"])).as_unit("ns").normalize()
    values = held.assign(date=dates).pivot_table(index="date", columns="symbol", values="value", aggfunc="sum")
    values = values.reindex(sessions.dates).fillna(0.0).astype("float64").sort_index(axis=1)
    account = traded.account
    values["cash"] = account["cash"].to_numpy("float64")[~account["date"].duplicated(keep="last").to_numpy()]
    return values.rename_axis(index="date", columns=None).tz_localize("UTC")


def transactions(traded: Traded) -> pd.DataFrame:
    """A row per fill, by time: ``amount`` is negative where it was sold, ``price``, ``symbol``."""
    fills = traded.fills
    sign = fills["side"].map({"buy": 1.0, "sell": -1.0}).astype("float64")
    table = pd.DataFrame({"amount": sign * fills["quantity"], "price": fills["price"], "symbol": fills["symbol"]})
    table.index = pd.DatetimeIndex(fills["time"]).as_unit("ns").tz_convert("UTC").rename("date")
    return table
