"""Statistics of returns per session: growth, risk, ratios, and how they go with a benchmark's.

The arithmetic is that of empyrical-reloaded. The risk-free rate is 0, deviations have ddof 1, and a ratio over nothing is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sessionlab.results.account import Sessions, drawdown_of

_NAN = float("nan")
_ROUNDING = 1e-13  # equal returns differ by so much in their last digits, and their ratio would be of that


def return_statistics(sessions: Sessions, starting_cash: float, per_year: float) -> dict[str, Any]:
    """Growth, risk and ratios. Rates and ratios are NaN where equity was not positive at some close: nothing compounds there."""
    import empyrical

    returns = sessions.returns.to_numpy()
    rates: dict[str, float] = dict.fromkeys(("annual_return", "annual_volatility", "sharpe", "sortino", "calmar"), _NAN)
    if sessions.stays_positive:
        with np.errstate(all="ignore"):
            rates["annual_return"] = empyrical.annual_return(returns, annualization=per_year)
            rates["annual_volatility"] = empyrical.annual_volatility(returns, annualization=per_year)
            rates["sharpe"] = sharpe(sessions, per_year)
            rates["sortino"] = empyrical.sortino_ratio(returns, annualization=per_year)
            rates["calmar"] = empyrical.calmar_ratio(returns, annualization=per_year)
    below = drawdown_of(sessions.equity, starting_cash)
    length, days = longest_drawdown(sessions, starting_cash)
    return {
        **{name: _finite(value) for name, value in rates.items()},
        "max_drawdown": float(below.min()),
        "longest_drawdown_sessions": length,
        "longest_drawdown_days": days,
    }


def sharpe(sessions: Sessions, per_year: float) -> float:
    """Annualized mean over standard deviation of the returns per session; NaN without variation, and after ruin.

    Source: Sharpe (1994), "The Sharpe Ratio", J. Portfolio Management 21(1).
    """
    import empyrical

    returns = sessions.returns.to_numpy()
    if not sessions.stays_positive or len(returns) < 2 or np.ptp(returns) < _ROUNDING:
        return _NAN
    return _finite(empyrical.sharpe_ratio(returns, annualization=per_year))


def longest_drawdown(sessions: Sessions, starting_cash: float) -> tuple[int, int]:
    """The longest way from a peak to the close that reaches it again, or to the last one: in sessions, and in calendar days.

    The starting cash is a peak too, of the first session's date.
    """
    equity = sessions.equity.to_numpy()
    if not len(equity):
        return 0, 0
    peak = np.maximum.accumulate(np.concatenate([[starting_cash], equity]))[:-1]
    reached = np.flatnonzero(equity >= peak)
    # from a close that is at its peak (-1: the start) to the next such one, where any lies between; or to the end
    begins = np.concatenate([[-1], reached])
    ends = np.concatenate([reached, [len(equity)]])
    under = ends - begins > 1
    begins, ends = begins[under], np.minimum(ends[under], len(equity) - 1)
    if not len(begins):
        return 0, 0
    dates = sessions.dates.to_numpy().astype("M8[D]")
    days = (dates[ends] - dates[np.maximum(begins, 0)]).astype(np.int64)
    return int((ends - begins).max()), int(days.max())


def benchmark_statistics(returns: pd.Series[float], benchmark: pd.Series[float] | None, per_year: float) -> dict[str, float]:
    """``benchmark_return`` over the sessions of ``returns``; ``alpha`` a year, ``beta``, ``correlation`` over those both have.

    Source: Jensen (1968), "The Performance of Mutual Funds in the Period 1945-1964", J. Finance 23(2).
    """
    names = ("benchmark_return", "alpha", "beta", "correlation")
    if benchmark is None:
        return dict.fromkeys(names, _NAN)
    import empyrical

    of_run = benchmark.reindex(returns.index)
    both = pd.DataFrame({"ours": returns, "theirs": of_run}).dropna()
    ours, theirs = both["ours"].to_numpy(), both["theirs"].to_numpy()
    with np.errstate(all="ignore"):
        total = empyrical.cum_returns_final(of_run.to_numpy()) if of_run.notna().any() else _NAN
        alpha, beta = empyrical.alpha_beta_aligned(ours, theirs, annualization=per_year)
        correlation = both["ours"].corr(both["theirs"]) if len(both) > 1 else _NAN
    return {name: _finite(value) for name, value in zip(names, (total, alpha, beta, correlation), strict=True)}


def _finite(value: Any) -> float:
    number = float(value)
    return number if np.isfinite(number) else _NAN
