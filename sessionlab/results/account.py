"""An account over time: equity, what a session made of it, how far it is below its peak, and what was at risk.

Equity is cash plus the value of the positions. A session's close is the last row of its date, also where the run was stopped
before that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.trading.traded import Traded


def equity_of(traded: Traded) -> pd.Series[float]:
    """Dollars by time, one per moment and each open."""
    account = traded.account
    return (account["cash"] + account["value"]).astype("float64").rename("equity")


def exposure_of(traded: Traded) -> pd.DataFrame:
    """What was at risk, by time: ``gross net long short`` in dollars, ``leverage`` is gross over equity.

    ``short`` is positive. ``leverage`` is NaN where equity is not positive.
    """
    gross, net = (traded.account[name].astype("float64") for name in ("gross", "value"))
    equity = equity_of(traded)
    sides = {"long": (gross + net) / 2, "short": (gross - net) / 2}
    return pd.DataFrame({"gross": gross, "net": net, **sides, "leverage": gross / equity.where(equity > 0)})


def drawdown_of(equity: pd.Series[float], starting_cash: float) -> pd.Series[float]:
    """Fraction below the highest equity so far, the starting cash included; 0 at a new high. Shape of ``equity``.

    It may be below -1: equity is not bounded by zero. Source: Magdon-Ismail and Atiya (2004), "Maximum Drawdown", Risk 17(10).

    >>> drawdown_of(pd.Series([110.0, 99.0, 121.0]), 100.0).round(6).tolist()
    [0.0, -0.1, 0.0]
    """
    dollars = equity.to_numpy(np.float64)
    peak = np.maximum.accumulate(np.concatenate([[starting_cash], dollars]))[1:]
    return pd.Series(dollars / peak - 1.0, index=equity.index, name="drawdown")


def dates_of(traded: Traded) -> pd.DatetimeIndex:
    """The date of the session of each moment, without a zone; shape (moments,)."""
    return pd.DatetimeIndex(pd.to_datetime(traded.account["date"])).as_unit("ns").normalize().rename("date")


class Sessions(NamedTuple):
    """The sessions of an account, each Series of shape (sessions,), indexed by ``date`` without a zone.

    ``equity`` at the close; ``pnl``, by which it changed, in dollars; ``returns``, the same as fractions of the equity at the
    close before, in the first session of the starting cash. After a close at which equity is not positive there is nothing to
    make a return of: it is NaN.
    """

    equity: pd.Series[float]
    pnl: pd.Series[float]
    returns: pd.Series[float]

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Their dates."""
        return pd.DatetimeIndex(self.equity.index)

    @property
    def stays_positive(self) -> bool:
        """Whether equity was positive at every close, so that returns can be compounded."""
        return bool((self.equity > 0).all())


def sessions_of(traded: Traded) -> Sessions:
    """The sessions of the account."""
    dates = dates_of(traded)
    last = ~dates.duplicated(keep="last")
    return sessions_from(pd.Series(equity_of(traded).to_numpy()[last], index=dates[last]), traded.starting_cash)


def sessions_from(equity: pd.Series[float], starting_cash: float) -> Sessions:
    """The same from the equity at each close."""
    equity = equity.rename("equity").rename_axis("date")
    before = equity.shift(1, fill_value=starting_cash)
    returns = (equity / before - 1.0).where(before > 0)
    return Sessions(equity, (equity - before).rename("pnl"), returns.rename("returns"))


def session_known(traded: Traded, known_at: pd.Series[pd.Timestamp]) -> pd.DatetimeIndex:
    """The date of the session in which something became known; of NaT the last one. Shape of ``known_at``.

    An instant that is one session's close and the next one's open is the close: what is known then ended then.
    """
    times = _instants(traded.account.index)
    at = np.searchsorted(times, _instants(pd.DatetimeIndex(known_at)), side="left")
    at[known_at.isna().to_numpy()] = len(times)
    return dates_of(traded)[np.minimum(at, len(times) - 1)]


def session_begun(traded: Traded, time: pd.Series[pd.Timestamp]) -> pd.DatetimeIndex:
    """The same for what happens at an open, such as a dividend: an instant between two sessions is the open."""
    times = _instants(traded.account.index)
    at = np.searchsorted(times, _instants(pd.DatetimeIndex(time)), side="right") - 1
    return dates_of(traded)[np.maximum(at, 0)]


def _instants(index: pd.Index) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return pd.DatetimeIndex(index).as_unit("ns").asi8
