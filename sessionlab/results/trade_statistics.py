"""Statistics of trades, orders and fills. Open lots count in profit and loss, and in nothing that is about how trades ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sessionlab.results.account import Sessions, dates_of, equity_of, exposure_of, session_known
from sessionlab.trading.traded import Traded


def trade_statistics(trades: pd.DataFrame) -> dict[str, Any]:
    """How closed trades ended: counts, dollars net of fees, excursions, and how long they were held."""
    closed = trades[trades["exit_time"].notna()]
    pnl = closed["pnl"].astype("float64")
    won, lost = pnl[pnl > 0], pnl[pnl < 0]
    excursions = closed[["mae", "mfe"]].astype("float64")
    return {
        "trades": len(closed),
        "open_trades": len(trades) - len(closed),
        "long_trades": int((closed["side"] == "long").sum()),
        "short_trades": int((closed["side"] == "short").sum()),
        "win_rate": len(won) / len(closed) if len(closed) else float("nan"),
        "profit_factor": float(won.sum() / -lost.sum()) if len(lost) else float("nan"),
        "expectancy": float(pnl.mean()),
        "average_win": float(won.mean()),
        "average_loss": float(lost.mean()),
        "best_trade": float(pnl.max()),
        "worst_trade": float(pnl.min()),
        "mean_mae": float(excursions["mae"].mean()),
        "median_mae": float(excursions["mae"].median()),
        "mean_mfe": float(excursions["mfe"].mean()),
        "median_mfe": float(excursions["mfe"].median()),
        "average_holding": (closed["exit_time"] - closed["entry_time"]).mean() if len(closed) else pd.NaT,
    }


def order_statistics(traded: Traded) -> dict[str, Any]:
    """What the broker did and took: orders and why they were rejected, fills, fees, slippage."""
    why = rejections_of(traded.orders)
    return {
        "fees": float(traded.fills["fee"].sum()),
        "slippage": float(slippage_of(traded.fills).sum()),
        "dividends_and_borrow": float(traded.cash["amount"].sum()),
        "fills": len(traded.fills),
        "ambiguous_fills": int(traded.fills["ambiguous"].sum()),
        "orders": len(traded.orders),
        "rejected": int(why["count"].sum()),
        "commonest_rejection": why.index[0] if len(why) else "",
    }


def rejections_of(orders: pd.DataFrame) -> pd.DataFrame:
    """Why orders were rejected, the commonest first: indexed by ``reason``, which is the limit's name where it was a limit.

    Columns: ``count``, the ``symbols``, when the ``first`` and the ``last`` was sent, and the ``example`` of the first in words.
    """
    rejected = orders[orders["status"] == "rejected"]
    limit = rejected["limit_hit"]
    reason = rejected["reason"].where(limit.isna() | (limit == ""), limit).rename("reason")
    grouped = rejected.groupby(reason, sort=False)
    table = pd.DataFrame(
        {
            "count": grouped.size().astype("int64"),
            "symbols": grouped["symbol"].agg(lambda symbols: " ".join(dict.fromkeys(symbols))),
            "first": grouped["sent"].min(),
            "last": grouped["sent"].max(),
            "example": grouped["reason"].first(),
        }
    )
    return table.sort_values("count", ascending=False, kind="stable").rename_axis("reason")


def use_of_account(traded: Traded, sessions: Sessions) -> dict[str, float]:
    """How much of the account was at work: share of moments with a position, mean leverage, turnover per session."""
    exposure = exposure_of(traded)
    return {
        "exposure": float((exposure["gross"] > 0).mean()),
        "gross_exposure": float(exposure["leverage"].mean()),
        "turnover": float(turnover_of(traded, sessions).mean()),
    }


def turnover_of(traded: Traded, sessions: Sessions) -> pd.Series[float]:
    """Notional of each session's fills over its mean equity, by ``date``; NaN where that is not positive."""
    fills = traded.fills
    notional = (fills["quantity"] * fills["price"]).astype("float64").to_numpy()
    filled = pd.Series(notional, index=session_known(traded, fills["known_at"])) if len(fills) else pd.Series(dtype="float64")
    traded_by = filled.groupby(level=0).sum().reindex(sessions.dates, fill_value=0.0)
    mean = equity_of(traded).groupby(dates_of(traded).to_numpy()).mean().to_numpy()
    return (traded_by / np.where(mean > 0, mean, np.nan)).rename("turnover").rename_axis("date")


def slippage_of(fills: pd.DataFrame) -> pd.Series[float]:
    """What each fill cost against its price before slippage, in dollars."""
    return (fills["slippage"] * fills["quantity"]).astype("float64")
