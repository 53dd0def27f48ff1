"""A config for some of its symbols and sessions, under other names: nothing of the other ones, and no code, stays in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sessionlab.config import SessionConfig


def retold(config: SessionConfig, names: Mapping[str, str], first: dt.date, last: dt.date, **fields: Any) -> SessionConfig:
    """``config`` for the symbols that ``names`` has a name for, from ``first`` to ``last``, with other top-level ``fields``.

    Its strategies and scanners are left out. A window for other symbols alone goes, and so does a benchmark that is none of them.
    """
    document = config.to_dict(full=True)
    data, trading = document["session_data_config"], document["trading_config"]
    windows = []
    for window in data["historical"]["data"]:
        if window["apply_to"] == "all":
            windows.append(window)
        elif any(symbol in names for symbol in window["apply_to"]):
            windows.append({**window, "apply_to": [names[symbol] for symbol in window["apply_to"] if symbol in names]})
    data |= {"symbols": list(names.values()), "strategies": [], "scanners": []}
    data["historical"]["data"] = windows
    trading["benchmark"] = names.get(trading["benchmark"])
    dates = {**document["backtest_config"], "start_date": first, "end_date": last}
    return SessionConfig.from_dict({**document, "backtest_config": dates, **fields})
