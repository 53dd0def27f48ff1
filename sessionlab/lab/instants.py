"""Where a call such as ``advance("5m")`` leads: an instant of a session."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.errors import ConfigError, RewindError
from sessionlab.timing import TradingSession

_DURATION = re.compile(r"[1-9]\d*[smh]")
_UNIT_NS = {"s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def instant_of(to: Any, session: TradingSession, now_ns: int) -> int:
    """The instant in ns UTC that ``advance`` goes to in ``session`` from ``now_ns``."""
    from sessionlab.timing.clock_time import resolve_moment, session_elapsed

    if isinstance(to, str) and _DURATION.fullmatch(to):
        return session_elapsed(session, now_ns, int(to[:-1]) * _UNIT_NS[to[-1]])
    if isinstance(to, dt.timedelta | np.timedelta64):  # a pd.Timedelta is one
        length = int(pd.Timedelta(to).as_unit("ns").value)
        if length < 0:
            raise RewindError(f"advance({to!r}) goes back; look back with lab.data.as_of(moment)", to=to)
        return session_elapsed(session, now_ns, length)
    if isinstance(to, int | float):
        raise ConfigError(f'advance({to!r}): by how much of what? Write "{to:g}m" or "{to:g}s", or lab.step({to:g})', to=to)
    return resolve_moment(to, session)
