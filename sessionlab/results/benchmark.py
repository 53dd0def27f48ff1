"""What a benchmark returned, session by session, as a run's own returns are kept."""

from __future__ import annotations

import pandas as pd


def benchmark_returns(closes: pd.Series[float], first_open: float, symbol: str) -> pd.Series[float]:
    """Returns per session of ``symbol``, as fractions, in the form that ``RunResult(benchmark=…)`` takes.

    ``closes`` are its closes by session date, adjusted where a split or a dividend lies between. The first return is over
    ``first_open``, the first price at which a run could have bought it, each other one over the close before. A session without
    a close has NaN; the next one's return is then over the last close there was.

    >>> closes = pd.Series([102.0, 51.0], index=pd.to_datetime(["2025-07-02", "2025-07-03"]))
    >>> benchmark_returns(closes, 100.0, "SPY").round(6).tolist()
    [0.02, -0.5]
    """
    dates = pd.DatetimeIndex(pd.to_datetime(closes.index)).as_unit("ns").normalize().rename("date")
    closes = pd.Series(closes.to_numpy("float64"), index=dates, name=symbol)
    before = closes.ffill().shift(1).fillna(float(first_open))
    return closes / before - 1.0
