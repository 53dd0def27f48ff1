"""The made-up session of a lesson: which symbols and dates there are to draw, its rows, and the config of a lab on it.

All symbols and prices come from the synthetic source, so that a lesson needs no file and no network.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from sessionlab.config import SessionConfig
from sessionlab.sources.synthetic import Synthetic
from sessionlab.tape import Rows
from sessionlab.timing import Interval, SessionTable, TimeManager

TZ = "America/New_York"
MINUTE = Interval.parse("1m")
OPEN, BARS = 34_200, 390
"""Seconds of the day at which a whole session opens, and how many minutes it has."""
SYMBOLS = ("DUNE", "FERN", "FLAX", "KITE", "LARK", "MOSS", "OPAL", "PINE", "REED", "SAGE", "TIDE", "WREN")
DATES = ("2025-03-05", "2025-03-19", "2025-04-03", "2025-04-23", "2025-05-08", "2025-05-21", "2025-06-04", "2025-06-18")
HALF_DAYS = ("2024-07-03", "2024-11-29", "2024-12-24", "2025-07-03", "2025-11-28", "2025-12-24")
LIMITS = {"max_buying_power": 1e5, "max_per_trade": 1e5, "max_per_symbol": 1e5, "max_open_positions": 5}


def sessions_on(date: str, before: int = 0) -> SessionTable:
    """The session of ``date``, and so many before it."""
    times = TimeManager("US_EQUITY", "EQUITY")
    return times.get_sessions(times.get_previous_trading_date(date, before) if before else date, date)


def minutes_of(symbol: str, date: str, seed: int, faults: dict[str, Any] | None = None) -> Rows:
    """The minutes of a session as the feed delivers them."""
    return Synthetic(seed, options_of(faults)).load(symbol, MINUTE, sessions_on(date))[0].rows


def seconds_of_day(date: str, instant_ns: Any) -> Any:
    """Instants, ns UTC, as seconds of the day on the exchange's clock, rounded down."""
    midnight_ns = pd.Timestamp(date, tz=TZ).as_unit("ns").value
    return (instant_ns - midnight_ns) // 1_000_000_000


def options_of(faults: dict[str, Any] | None) -> dict[str, Any]:
    """The options of a synthetic source with ``faults``."""
    return {} if faults is None else {"faults": faults}


def config_of(
    name: str,
    date: str,
    symbols: list[str],
    seed: int,
    *,
    streams: str = "1m",
    window: int = 0,
    faults: dict[str, Any] | None = None,
) -> SessionConfig:
    """The config of a lab on one session, with ``window`` sessions of minutes before it."""
    data: dict[str, Any] = {"symbols": symbols, "streams": streams.split()}
    if window:
        data["historical"] = {"data": [{"trailing_days": window, "intervals": ["1m"]}]}
    return SessionConfig.from_dict(
        {
            "session_name": name,
            "seed": seed,
            "backtest_config": {"start_date": date, "end_date": date},
            "session_data_config": data,
            "trading_config": LIMITS,
            "api_config": {"data_api": "synthetic", "data_options": options_of(faults)},
        }
    )
