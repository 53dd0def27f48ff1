"""All figures of a run in one Series: what is stable are their labels and their units."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sessionlab.results.account import Sessions, drawdown_of, equity_of
from sessionlab.results.ratios import benchmark_statistics, return_statistics
from sessionlab.results.trade_statistics import order_statistics, trade_statistics, use_of_account
from sessionlab.trading.traded import Traded

UNITS = {
    "sessions": "count", "start": "date", "end": "date", "starting_cash": "dollars", "final_equity": "dollars", "pnl": "dollars",
    "total_return": "fraction", "annual_return": "fraction", "annual_volatility": "fraction", "sharpe": "ratio",
    "sortino": "ratio", "calmar": "ratio", "max_drawdown": "fraction", "max_drawdown_intraday": "fraction",
    "longest_drawdown_sessions": "count", "longest_drawdown_days": "count", "exposure": "fraction", "gross_exposure": "fraction",
    "turnover": "fraction", "trades": "count", "open_trades": "count", "long_trades": "count", "short_trades": "count",
    "win_rate": "fraction", "profit_factor": "ratio", "expectancy": "dollars", "average_win": "dollars",
    "average_loss": "dollars", "best_trade": "dollars", "worst_trade": "dollars", "mean_mae": "dollars",
    "median_mae": "dollars", "mean_mfe": "dollars", "median_mfe": "dollars", "average_holding": "time", "fees": "dollars",
    "slippage": "dollars", "dividends_and_borrow": "dollars", "coverage": "percent", "fills": "count",
    "ambiguous_fills": "count", "orders": "count", "rejected": "count", "commonest_rejection": "words",
    "benchmark_return": "fraction", "alpha": "fraction", "beta": "ratio", "correlation": "ratio",
}  # fmt: skip
"""Every label in its order, with its unit. Of these, figures of returns are per session; 0.01 as a fraction is one percent."""


def statistics(
    traded: Traded,
    sessions: Sessions,
    dates: pd.DatetimeIndex,
    coverage: float | None,
    benchmark: pd.Series[float] | None,
    per_year: float,
) -> pd.Series[Any]:
    """The figures under the labels of :data:`UNITS`. ``dates`` are those of the run, whether or not an account was kept."""
    cash, equity = traded.starting_cash, sessions.equity
    final = float(equity.iloc[-1]) if len(equity) else cash
    found: dict[str, Any] = {
        "sessions": len(dates),
        "start": dates.min().date() if len(dates) else pd.NaT,
        "end": dates.max().date() if len(dates) else pd.NaT,
        "starting_cash": float(cash),
        "final_equity": final,
        "pnl": final - cash,
        "total_return": final / cash - 1.0 if cash > 0 else float("nan"),
        "max_drawdown_intraday": float(drawdown_of(equity_of(traded), cash).min()),
        "coverage": float("nan") if coverage is None else coverage,
        **return_statistics(sessions, cash, per_year),
        **use_of_account(traded, sessions),
        **trade_statistics(traded.trades),
        **order_statistics(traded),
        **benchmark_statistics(sessions.returns, benchmark, per_year),
    }
    return pd.Series({label: found[label] for label in UNITS}, dtype="object")
