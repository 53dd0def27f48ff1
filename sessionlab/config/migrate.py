"""Configs of former layouts become configs of this one, and every change is said. Nothing is guessed.

    data_streams                             session_data_config.symbols and .streams
    session_data_config.historical_bars      .historical.data
    session_data_config.data_upkeep          .gap_filler, and .streams for what it derived
    gap_filler.quality_update_frequency      dropped: coverage is always up to date
    prefetch                                 backtest_config.prefetch_days
    session_boundary                         dropped: sessions follow one another
    trading_config.paper_trading             api_config.account

What no layout ever had stays where it is, and the check of the whole document tells of it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

from sessionlab.config.problems import config_error
from sessionlab.config.session_config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

_DATA = "session_data_config"
_FORMER_WINDOW = {"trailing_days": 5, "intervals": [1, 5]}
_FORMER_DERIVED = [5, 15]
_MOST_RETRIES = 20


def migrate(old: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The document in this layout, and a sentence for each change; ``old`` stays as it is.

    A document of this layout comes back as it is, with no sentence. Raises :class:`ConfigError` with every problem that
    is left, of the migrated document: what only its author can say, such as limits that never stood in it.

    >>> new, changes = migrate({
    ...     "session_name": "Old", "mode": "backtest",
    ...     "data_streams": [{"type": "bars", "symbol": "SPY", "interval": "1m"}],
    ...     "backtest_config": {"start_date": "2025-07-02", "end_date": "2025-07-02"},
    ...     "trading_config": {"max_buying_power": 10, "max_per_trade": 10, "max_per_symbol": 10, "max_open_positions": 1},
    ... })
    >>> new["session_data_config"], changes
    ({'symbols': ['SPY'], 'streams': ['1m']}, ['data_streams: now session_data_config.symbols (SPY) and .streams (1m)'])
    """
    if not isinstance(old, Mapping):
        raise ConfigError(f"a config is an object of sections, not a {type(old).__name__}", value=old)
    new = copy.deepcopy(dict(old))
    changes: list[str] = []
    for step in (_data_streams, _historical_bars, _data_upkeep, _quality, _prefetch, _session_boundary, _trading, _comments):
        step(new, changes)
    try:
        SessionConfig.from_dict(new)
    except ConfigError as why:
        raise config_error(why.problems, file="the migrated config") from None
    return new, changes


def _data_streams(new: dict[str, Any], changes: list[str]) -> None:
    listed = new.get("data_streams")
    if not isinstance(listed, list) or not all(isinstance(one, dict) and isinstance(one.get("symbol"), str) for one in listed):
        return
    del new["data_streams"]
    wanted: dict[str, list[str]] = {}
    for one in listed:
        symbol, kind = one["symbol"], one.get("type")
        if kind == "ticks":
            changes.append(f"data_streams: ticks of {symbol} are dropped; no stream of ticks is read, 1s bars are the finest")
            continue
        name = _interval(one.get("interval")) if kind == "bars" else str(kind)
        wanted.setdefault(name, []).append(symbol)
    data = _section(new, _DATA)
    _extend(data, "symbols", [one["symbol"] for one in listed])
    _extend(data, "streams", sorted(wanted, key=lambda name: name == "quotes"))
    changes.append(f"data_streams: now {_DATA}.symbols ({_words(data['symbols'])}) and .streams ({_words(data['streams'])})")
    for name, its in wanted.items():
        if missing := [symbol for symbol in data["symbols"] if symbol not in its]:
            changes.append(f"data_streams: streams are of every symbol now, so {name} comes for {_words(missing)} too")


def _historical_bars(new: dict[str, Any], changes: list[str]) -> None:
    data = new.get(_DATA)
    if not isinstance(data, dict):
        return
    if isinstance(data.get("historical_bars"), dict):
        _window(data, data.pop("historical_bars"), f"{_DATA}.historical_bars", changes)
    historical = data.get("historical")
    if isinstance(historical, dict):
        former = {key: historical.pop(key) for key in ("enabled", "auto_load", "trailing_days", "intervals") if key in historical}
        if former:
            _window(data, former, f"{_DATA}.historical", changes)


def _window(data: dict[str, Any], former: dict[str, Any], place: str, changes: list[str]) -> None:
    """A window of the former layout, with the defaults it had."""
    off = next((name for name in ("enabled", "auto_load") if former.get(name, True) is False), None)
    _drop_rest(former, ("enabled", "auto_load", "trailing_days", "intervals"), place, changes)
    if off is not None:
        changes.append(f"{place}: dropped, since its {off} is false; a window is loaded whenever it is named")
        return
    filled = _FORMER_WINDOW | {key: former[key] for key in _FORMER_WINDOW if former.get(key) is not None}
    listed = filled["intervals"] if isinstance(filled["intervals"], list) else [filled["intervals"]]
    days, intervals = filled["trailing_days"], [_interval(one) for one in listed]
    window = {"trailing_days": days, "intervals": intervals}
    historical = _section(data, "historical")
    there = historical.get("data")
    historical["data"] = [*(there if isinstance(there, list) else []), window]
    changes.append(f"{place}: now {_DATA}.historical.data, {days} trading days of {_words(intervals)} bars")


def _data_upkeep(new: dict[str, Any], changes: list[str]) -> None:
    data = _object(new.get(_DATA))
    streaming = _object(data.get("streaming"))
    for holder, at in ((new, ""), (data, f"{_DATA}."), (streaming, f"{_DATA}.streaming.")):
        if isinstance(holder.get("data_upkeep"), dict):
            _upkeep(_section(new, _DATA), holder.pop("data_upkeep"), f"{at}data_upkeep", changes)
            if not streaming:
                data.pop("streaming", None)


def _upkeep(data: dict[str, Any], upkeep: dict[str, Any], place: str, changes: list[str]) -> None:
    filler = _section(data, "gap_filler")
    enabled = upkeep.pop("enabled", True)
    if enabled is False:
        filler.setdefault("enable_session_quality", False)
        changes.append(f"{place}.enabled: now {_DATA}.gap_filler.enable_session_quality, false")
    if "max_gap_fill_retries" in upkeep:
        upkeep.setdefault("max_retries", upkeep.pop("max_gap_fill_retries"))
    for former, name in (("max_retries", "max_retries"), ("check_interval_seconds", "retry_interval_seconds")):
        if former in upkeep:
            was = upkeep.pop(former)
            value = _within(former, was)
            said = f", {value}" if value == was else f", {value}, the nearest to {was} that is allowed"
            if filler.setdefault(name, value) != value:
                said = f"; {filler[name]} stood there already and stays"
            changes.append(f"{place}.{former}: now {_DATA}.gap_filler.{name}{said}")
    if upkeep.pop("retry_missing_bars", True) is False:
        changes.append(
            f"{place}.retry_missing_bars: dropped; gaps are asked for again in live alone, a backtest never fills its own"
        )
    derived = upkeep.pop("derived_intervals", _FORMER_DERIVED)
    derived = derived if isinstance(derived, list) else [derived]
    if upkeep.pop("auto_compute_derived", True) is False or enabled is False:
        changes.append(f"{place}.derived_intervals: dropped, since they were not computed; name them in {_DATA}.streams")
    elif added := _extend(data, "streams", [_interval(one) for one in derived]):
        changes.append(f"{place}.derived_intervals: now in {_DATA}.streams ({_words(added)}), built from the base bars")
    _drop_rest(upkeep, (), place, changes)
    if data["gap_filler"] == {}:
        del data["gap_filler"]


def _quality(new: dict[str, Any], changes: list[str]) -> None:
    data = new.get(_DATA)
    filler = data.get("gap_filler") if isinstance(data, dict) else None
    if not isinstance(filler, dict):
        return
    reasons = {
        "quality_update_frequency": "coverage is always up to date when it is looked at",
        "enabled": "gaps are asked for again in live alone, a backtest never fills its own",
    }
    for name, why in reasons.items():
        if name in filler:
            changes.append(f"{_DATA}.gap_filler.{name}: dropped; {why}")
            del filler[name]


def _prefetch(new: dict[str, Any], changes: list[str]) -> None:
    for holder, at in ((new, ""), (new.get(_DATA), f"{_DATA}.")):
        for name in ("prefetch", "prefetch_manager"):
            if not isinstance(holder, dict) or not isinstance(holder.get(name), dict):
                continue
            enabled = holder.pop(name).get("enabled", True) is not False
            dates = new.get("backtest_config")
            if not isinstance(dates, dict):
                changes.append(f"{at}{name}: dropped; only a backtest loads sessions ahead")
            elif "prefetch_days" in dates:
                changes.append(f"{at}{name}: dropped; backtest_config.prefetch_days says how many sessions are loaded ahead")
            else:
                days = dates["prefetch_days"] = 2 if enabled else 1
                changes.append(
                    f"{at}{name}: now backtest_config.prefetch_days, {days}: whole sessions, the current one included; "
                    "no result depends on it"
                )


def _session_boundary(new: dict[str, Any], changes: list[str]) -> None:
    data = new.get(_DATA)
    if isinstance(data, dict) and isinstance(data.get("session_boundary"), dict):
        del data["session_boundary"]
        changes.append(
            f"{_DATA}.session_boundary: dropped; sessions follow one another, and windows keep what historical.data says"
        )


def _trading(new: dict[str, Any], changes: list[str]) -> None:
    trading, api, dates = (new.get(name) for name in ("trading_config", "api_config", "backtest_config"))
    if isinstance(trading, dict) and "paper_trading" in trading:
        account = "live" if trading.pop("paper_trading") is False else "paper"
        _section(new, "api_config")["account"] = account
        changes.append(f'trading_config.paper_trading: now api_config.account, "{account}"')
    if isinstance(trading, dict) and changes and trading.get("max_open_positions") is None:
        trading["max_open_positions"] = 10
        changes.append("trading_config.max_open_positions: 10, which was the default; it has none now")
    if isinstance(api, dict) and "account_id" in api:
        del api["account_id"]
        changes.append("api_config.account_id: dropped; the account is the one that the keys in the environment belong to")
    for name in ("enabled", "use_clock_time"):
        if isinstance(dates, dict) and name in dates:
            del dates[name]
            changes.append(
                f"backtest_config.{name}: dropped; mode says whether it is a backtest, --paced whether it goes by the clock"
            )


def _comments(new: dict[str, Any], changes: list[str]) -> None:
    if isinstance(new.get("description"), str):
        _section(new, "metadata").setdefault("description", new["description"])
        del new["description"]
        changes.append("description: now metadata.description")
    for section in ("backtest_config", "trading_config", "api_config", _DATA):
        holder = new.get(section)
        if isinstance(holder, dict) and "comment" in holder:
            holder["_comment"] = holder.pop("comment")
            changes.append(f"{section}.comment: now _comment; keys that begin with _ are comments")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _section(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under ``name``, made where there is none. What else stands there is for the check to tell."""
    if holder.get(name) is None:
        holder[name] = {}
    return _object(holder[name])


def _extend(data: dict[str, Any], name: str, items: list[Any]) -> list[Any]:
    """Put those of ``items`` at the end of the list ``name`` that are not in it; returns them."""
    there = data.get(name)
    there = there if isinstance(there, list) else []
    new = [item for item in dict.fromkeys(items) if _same(item) not in map(_same, there)]
    data[name] = [*there, *new]
    return new


def _same(item: Any) -> Any:
    try:
        return Interval.parse(item)
    except ConfigError:
        return item


def _interval(value: Any) -> str:
    """An interval that was a number of minutes, or text as it is."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return f"{value}m" if whole or (isinstance(value, str) and value.isdigit()) else str(value)


def _within(former: str, value: Any) -> Any:
    """The nearest value that the field may have today, where ``value`` is a number at all."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    return min(max(value, 1), _MOST_RETRIES) if former == "max_retries" else max(value, 1)


def _drop_rest(former: dict[str, Any], known: tuple[str, ...], place: str, changes: list[str]) -> None:
    rest = [name for name in former if name not in known]
    if rest:
        changes.append(f"{place}.{', .'.join(rest)}: dropped; nothing here goes by it")


def _words(items: list[Any]) -> str:
    return ", ".join(map(str, items))
