"""Profit and loss by session, symbol, time of day, strategy and coverage: tables that all sum to the same total.

The total is the last equity less the starting cash. It is what the trades made, open lots at their last price included, and what
dividends, borrow fees and the like brought; these have a row of their own where a table is about trades alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.results.account import Sessions, session_begun, session_known
from sessionlab.results.time_of_day import DAY_NS, clock_labels, since_open_ns, usual_open_ns
from sessionlab.results.trade_statistics import turnover_of
from sessionlab.timing import Interval
from sessionlab.trading.traded import Traded

EDGES = (90.0, 95.0, 99.0, 100.0)
NO_TRADE = "dividends and borrow"
NO_NAME = "(none)"
NOT_MEASURED = "not measured"
_SUMS = ["trades", "open", "pnl", "fees", "dividends_and_borrow"]


def by_session(traded: Traded, sessions: Sessions) -> pd.DataFrame:
    """A row per session: what equity made of it, with the trades that it closed; ``open`` are the lots it left open."""
    trades = traded.trades
    closed = trades[trades["exit_time"].notna()]
    table = _tally(closed, session_known(traded, closed["exit_known_at"]) if len(closed) else [])
    table = _filled(table.reindex(sessions.dates.to_numpy()))
    fills = traded.fills
    table["fees"] = _sums(fills["fee"], session_known(traded, fills["known_at"]) if len(fills) else [], sessions.dates)
    cash = traded.cash
    at_open = session_begun(traded, cash["time"]) if len(cash) else []
    table["dividends_and_borrow"] = _sums(cash["amount"], at_open, sessions.dates)
    entered = session_known(traded, trades["entry_known_at"]) if len(trades) else pd.DatetimeIndex([])
    begun = _sums(pd.Series(1.0, index=trades.index), entered, sessions.dates).cumsum()
    table["open"] = (begun - table["trades"].cumsum()).astype("int64")
    table["pnl"] = sessions.pnl.to_numpy()
    table.insert(0, "equity", sessions.equity.to_numpy())
    table.insert(1, "return", sessions.returns.to_numpy())
    table["turnover"] = turnover_of(traded, sessions).to_numpy()
    return table.set_axis(sessions.dates)


def by_symbol(traded: Traded) -> pd.DataFrame:
    """A row per symbol that was traded, by name."""
    return _with_cash(traded, "symbol", sorted(set(traded.trades["symbol"])))


def by_strategy(traded: Traded) -> pd.DataFrame:
    """A row per strategy, in the order in which they ran, also of those that did not trade."""
    return _with_cash(traded, "strategy", list(dict.fromkeys([*traded.strategies, *traded.trades["strategy"]])))


def by_time_of_day(traded: Traded, width: str | Interval = "30m") -> pd.DataFrame:
    """A row per ``width`` of the day by the clock of the exchange, from the first to the last in which a trade was entered.

    The day begins where most sessions open. Raises :class:`ConfigError` for a width that is no interval within a day.
    """
    interval = Interval.parse(width)
    if not interval.is_intraday or interval.ns > DAY_NS:
        raise ConfigError(f"by_time_of_day({str(width)!r}): a width within a day, as in 30m", width=str(width))
    begin = usual_open_ns(traded)
    entered = since_open_ns(traded, traded.trades["entry_time"]) // interval.ns
    table = _tally(traded.trades, entered)
    if len(entered):
        table = _filled(table.reindex(np.arange(entered.min(), entered.max() + 1)))
    starts = clock_labels(table.index.to_numpy("int64") * interval.ns + begin)
    table.index = pd.Index(starts, dtype="str", name="time")
    return _and_cash(table, traded)


def by_coverage(traded: Traded, edges: Sequence[float] = EDGES) -> pd.DataFrame:
    """A row per range of coverage, in percent of the base bars under a trade; each from one edge up to below the next.

    A trade whose coverage was not measured has a row of its own. Raises :class:`ConfigError` for edges that do not ascend.
    """
    bounds = [float(edge) for edge in edges]
    if not bounds or not all(isfinite(edge) for edge in bounds) or any(np.diff(bounds) <= 0):
        raise ConfigError(f"by_coverage(edges={edges!r}): percentages that ascend, as in (90, 95, 99, 100)", edges=edges)
    names = [f"below {bounds[0]:g} %", *(f"{a:g} to {b:g} %" for a, b in pairwise(bounds))]
    names += ["100 %" if bounds[-1] == 100.0 else f"{bounds[-1]:g} % and more", NOT_MEASURED]
    coverage = traded.trades["coverage"].to_numpy("float64")
    at = np.where(np.isnan(coverage), len(names) - 1, np.searchsorted(bounds, coverage, side="right"))
    table = _filled(_tally(traded.trades, at).reindex(np.arange(len(names))))
    table.index = pd.Index(names, name="coverage")
    if not np.isnan(coverage).any():
        table = table.drop(index=NOT_MEASURED)
    return _and_cash(table, traded)


def _with_cash(traded: Traded, by: str, names: list[str]) -> pd.DataFrame:
    """Trades and other cash by the column ``by``, which has a value or not."""
    owner = traded.cash[by].fillna("").replace("", NO_NAME)
    names = list(dict.fromkeys([*names, *sorted(set(owner))]))
    table = _filled(_tally(traded.trades, traded.trades[by].to_numpy()).reindex(names))
    table["dividends_and_borrow"] = traded.cash["amount"].groupby(owner.to_numpy()).sum().reindex(names, fill_value=0.0)
    table["pnl"] += table["dividends_and_borrow"]
    return table.set_axis(pd.Index(names, dtype="str", name=by))


def _and_cash(table: pd.DataFrame, traded: Traded) -> pd.DataFrame:
    """The table with a last row of what belongs to no trade, where there is any."""
    if traded.cash.empty:
        return table
    amount = float(traded.cash["amount"].sum())
    row = _filled(pd.DataFrame(index=pd.Index([NO_TRADE], name=table.index.name), columns=table.columns, dtype="float64"))
    return pd.concat([table, row.assign(pnl=amount, dividends_and_borrow=amount)])


def _tally(trades: pd.DataFrame, group: Any) -> pd.DataFrame:
    """Counts, sums and how the closed ones ended, of the trades in each group, sorted by it."""
    closed = trades["exit_time"].notna()
    pnl = trades["pnl"].astype("float64")
    ended = pnl.where(closed)
    columns = {"trades": closed, "open": ~closed, "pnl": pnl, "fees": trades["fees"].astype("float64"), "won": ended > 0}
    grouped = pd.DataFrame(columns).groupby(np.asarray(group))
    table = grouped.sum()
    table.insert(4, "dividends_and_borrow", 0.0)
    table["win_rate"] = table.pop("won") / table["trades"].where(table["trades"] > 0)
    ends = ended.groupby(np.asarray(group))
    return table.assign(average_trade=ends.mean(), best_trade=ends.max(), worst_trade=ends.min())


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """Groups without trades have made nothing; how those ended that they do not have stays NaN."""
    table[_SUMS] = table[_SUMS].fillna(0.0)
    return table.astype({"trades": "int64", "open": "int64"})


def _sums(values: pd.Series[Any], dates: Any, wanted: pd.DatetimeIndex) -> np.ndarray[Any, np.dtype[np.float64]]:
    """``values`` summed by the date of each, in the order of ``wanted``."""
    summed = values.astype("float64").groupby(np.asarray(dates)).sum()
    return np.asarray(summed.reindex(wanted.to_numpy(), fill_value=0.0), dtype=np.float64)
