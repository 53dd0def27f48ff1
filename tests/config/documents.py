"""Ways to change a document, and valid documents drawn at random."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

CONFIGS = Path(__file__).parents[2] / "session_configs"


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of ``document`` with ``value`` at a dotted path; missing objects are made."""
    made = copy.deepcopy(document)
    *before, last = path.split(".")
    holder: Any = made
    for key in before:
        holder = holder[int(key)] if isinstance(holder, list) else holder.setdefault(key, {})
    holder[int(last) if isinstance(holder, list) else last] = value
    return made


def without(document: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy of ``document`` without what stands at a dotted path."""
    made = copy.deepcopy(document)
    *before, last = path.split(".")
    holder = made
    for key in before:
        holder = holder[key]
    del holder[last]
    return made


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=6), inside, max_size=3),
    max_leaves=6,
)
free = st.dictionaries(st.text(min_size=1, max_size=6), json_values, max_size=2)
number = st.floats(0.01, 1e6) | st.integers(1, 10**6)
indicators = [
    {"name": "EMA", "interval": "5m", "period": 9},
    {"name": "MACD", "interval": "1h", "params": {"fastperiod": 5, "_why": "quick"}},
    {"name": "VWAP", "interval": "1m", "_note": "ours"},
]
scanners = [
    {"module": "desk.scan:Gaps", "pre_session": True},
    {"module": "scan:Volume", "regular_session": [{"start": "open+5m", "end": "close-5m", "interval": "5m", "_a": 1}]},
]
windows = [
    {"trailing_days": 3, "intervals": ["1m", "1h"]},
    {"trailing_days": 250, "intervals": ["1d"], "apply_to": ["AAPL"], "_long": None},
]
past = [
    {"type": "trailing_average", "period": "10d", "granularity": "minute"},
    {"type": "trailing_max", "period": "1y", "_field": "high"},
    {"type": "trailing_min", "period": "6mo", "field": "close", "skip_early_close": True},
]
_data = "session_data_config"
# Valid in any combination on top of the smallest document.
CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "exchange_group": st.sampled_from(["US_EQUITY", "CRYPTO", "FOREX", "COMMODITIES"]),
    "mode": st.sampled_from(["backtest", "live"]),
    "seed": st.integers(0, 2**40),
    "metadata": free,
    "_comment": json_values,
    "backtest_config.speed_multiplier": st.just(0) | number,
    "backtest_config.prefetch_days": st.integers(1, 30),
    "backtest_config._comment": json_values,
    f"{_data}.streams": st.lists(st.sampled_from(["1s", "1m", "5m", "1h", "1d", "1w"]), min_size=1, unique=True),
    f"{_data}.historical.enable_quality": st.booleans(),
    f"{_data}.historical.data": st.lists(st.sampled_from(windows), max_size=3),
    f"{_data}.historical.indicators": st.dictionaries(st.sampled_from(["a", "volume_10d", "B 2"]), st.sampled_from(past)),
    f"{_data}.historical.indicators._comment": json_values,
    f"{_data}.indicators": st.lists(st.sampled_from(indicators), max_size=3),
    f"{_data}.bars.incomplete": st.sampled_from(["build", "skip"]),
    f"{_data}.gap_filler.max_retries": st.integers(1, 20),
    f"{_data}.gap_filler.retry_interval_seconds": st.floats(1, 1e6),
    f"{_data}.streaming.settle_seconds": st.just(0) | number,
    f"{_data}.on_missing": st.sampled_from(["fail", "drop"]),
    f"{_data}.adjust": st.sampled_from(["none", "splits", "all"]),
    f"{_data}.extended_hours": st.booleans(),
    f"{_data}.strategies": st.lists(st.fixed_dictionaries({"module": st.just("a.b:C"), "config": free}), max_size=2),
    f"{_data}.scanners": st.lists(st.sampled_from(scanners), max_size=2),
    "trading_config.starting_cash": number | st.none(),
    "trading_config.costs.bps": number,
    "trading_config.costs.slippage": st.just({}) | st.just({"half_spread": True, "spread_bps": 1, "_b": 2}),
    "trading_config.fills.max_participation": st.floats(0.01, 1) | st.none(),
    "trading_config.flatten_at_close": st.booleans(),
    "trading_config.benchmark": st.sampled_from(["SPY", "BRK.B", None]),
    "api_config.data_api": st.sampled_from(["alpaca", "local", "files", "lean", "synthetic"]),
    "api_config.account": st.sampled_from(["paper", "live"]),
    "api_config.data_path": st.sampled_from(["bars", "s3://x/{symbol}.csv", None]),
    "api_config.data_options": st.just({"feed": "sip", "faults": {"missing": 0.1}}),
}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document: the smallest one, and some changes."""
    start, end = sorted(draw(st.tuples(st.dates(), st.dates())))
    power = draw(number)
    document: dict[str, Any] = {
        "session_name": draw(st.text(min_size=1, max_size=9).filter(str.strip)),
        "backtest_config": {"start_date": str(start), "end_date": str(end)},
        "session_data_config": {
            "symbols": draw(st.permutations(["AAPL", "BRK.B", "BTC/USD"])),
            "streams": ["1m", "quotes"],
        },
        "trading_config": {
            "max_buying_power": power,
            "max_per_trade": power / 2,
            "max_per_symbol": power,
            "max_open_positions": 3,
        },
    }
    for path in draw(st.lists(st.sampled_from(sorted(CHANGES)), max_size=12, unique=True)):
        document = changed(document, path, draw(CHANGES[path]))
    return document
