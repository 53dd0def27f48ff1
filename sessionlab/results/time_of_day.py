"""Times of the day by the clock of the exchange, counted from where most sessions of a run open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sessionlab.tape.block import Int64s
from sessionlab.trading.traded import Traded

if TYPE_CHECKING:
    from sessionlab.timing import TradingSession

DAY_NS = 86_400 * 10**9
_MINUTE_NS = 60 * 10**9


def usual_open_ns(traded: Traded) -> int:
    """Nanoseconds from midnight to the open that most sessions have; 0 without sessions."""
    opens = pd.DatetimeIndex(traded.account.index[~traded.account["date"].duplicated().to_numpy()])
    return int(pd.Series(_clock_ns(opens)).mode().iloc[0]) if len(opens) else 0


def usual_open_of(sessions: Iterable[TradingSession]) -> int:
    """The same of ``sessions``, by their calendar.

    >>> from sessionlab.timing import TimeManager
    >>> usual_open_of(TimeManager().get_sessions("2025-07-02", "2025-07-08")) / 3600e9
    9.5
    """
    opens = [pd.Timestamp(one.open_ns, tz="UTC").tz_convert(one.tz) for one in sessions]
    return int(pd.Series(_clock_ns(pd.DatetimeIndex([at.tz_localize(None) for at in opens]))).mode().iloc[0]) if opens else 0


def since_open_ns(traded: Traded, times: pd.Series[pd.Timestamp]) -> Int64s:
    """Nanoseconds by the clock from the usual open to each of ``times``, below a day. Shape of ``times``."""
    return np.asarray((_clock_ns(pd.DatetimeIndex(times)) - usual_open_ns(traded)) % DAY_NS, dtype=np.int64)


def clock_labels(since_midnight_ns: Int64s) -> list[str]:
    """What the clock shows so long after a midnight; with seconds where any has some.

    >>> clock_labels(np.array([9, 25]) * 3600 * 10**9)
    ['09:00', '01:00']
    """
    shown = "%H:%M:%S" if (since_midnight_ns % _MINUTE_NS).any() else "%H:%M"
    return pd.DatetimeIndex(since_midnight_ns.astype("M8[ns]")).strftime(shown).tolist()


def _clock_ns(times: pd.DatetimeIndex) -> Int64s:
    return np.asarray(times.tz_localize(None).as_unit("ns").asi8 % DAY_NS, dtype=np.int64)
