"""What holds between the fields of a config.

Rules look at the plain document, and each passes over what is not well-formed: the models tell that. So every problem
of a document is told at once.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sessionlab.config.document import Keys, path_of
from sessionlab.config.indicator_check import params_problems
from sessionlab.config.indicator_table import INDICATORS
from sessionlab.config.kinds import DATE_PATTERN
from sessionlab.config.problems import MISSING, Problem, is_secret, listed, nearest
from sessionlab.config.sections import ASSET_CLASS
from sessionlab.errors import ConfigError
from sessionlab.timing import ClockTime, Interval

Problems = Iterator[Problem]
_SESSION_DATA = "session_data_config"
_URL_WITH_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/@\s]*:[^/@\s]*@")


def broken_rules(document: dict[str, Any]) -> Problems:
    """Every problem between fields of a plain ``document`` without comments."""
    for rule in _RULES:
        yield from rule(document)


def _backtest_has_dates(document: dict[str, Any]) -> Problems:
    if document.get("mode", "backtest") == "backtest" and document.get("backtest_config") is None:
        yield Problem("backtest_config", MISSING, "required in backtest: start_date and end_date")


def _start_is_before_end(document: dict[str, Any]) -> Problems:
    start, end = (_date(_at(document, "backtest_config", name)) for name in ("start_date", "end_date"))
    if start is not None and end is not None and start > end:
        yield Problem("backtest_config.start_date", str(start), f"a date on or before end_date, {end}")


def _asset_class_fits_group(document: dict[str, Any]) -> Problems:
    group, asset = document.get("exchange_group", "US_EQUITY"), document.get("asset_class")
    if not isinstance(group, str) or asset not in ASSET_CLASS.values():
        return
    if group in ASSET_CLASS:
        allowed = [ASSET_CLASS[group]]
    else:
        allowed = {"24/7": ["CRYPTO", "EQUITY", "FUTURES"], "24/5": ["FOREX", "EQUITY", "FUTURES"]}.get(
            group, ["EQUITY", "FUTURES"]
        )
    if asset in allowed:
        return
    meant = next(name for name, its in ASSET_CLASS.items() if its == asset)
    message = f"{listed(allowed)} on {group}; {asset} is traded on exchange_group {meant}"
    yield Problem(
        "asset_class",
        asset,
        message,
        f'"{allowed[0]}"' if "exchange_group" in document else f'exchange_group "{meant}"',
    )


def _lists_name_nothing_twice(document: dict[str, Any]) -> Problems:
    yield from _repeated(document, (_SESSION_DATA, "symbols"))
    yield from _repeated(document, (_SESSION_DATA, "streams"))
    for at, _ in _entries(document, _SESSION_DATA, "historical", "data"):
        yield from _repeated(document, (*at, "intervals"))
        yield from _repeated(document, (*at, "apply_to"))


def _repeated(document: dict[str, Any], at: Keys) -> Problems:
    first: dict[str, int] = {}
    for i, value in enumerate(_list(document, *at)):
        if not isinstance(value, str):
            continue
        name = _canonical(value) if at[-1] in ("streams", "intervals") else value
        if name in first:
            same = "" if name == value else f", which is {name}"
            yield Problem(path_of((*at, i)), value, f"each only once; it stands at {path_of((*at, first[name]))} too{same}")
        first.setdefault(name, i)


def _bars_are_streamed(document: dict[str, Any]) -> Problems:
    streams = _list(document, _SESSION_DATA, "streams")
    if streams and all(stream == "quotes" for stream in streams):
        yield Problem(
            f"{_SESSION_DATA}.streams",
            streams,
            "at least one interval beside quotes, as in 1m: bars make the clock's moments",
        )


def _windows_are_of_symbols(document: dict[str, Any]) -> Problems:
    symbols = [symbol for symbol in _list(document, _SESSION_DATA, "symbols") if isinstance(symbol, str)]
    for at, _ in _entries(document, _SESSION_DATA, "historical", "data"):
        for i, symbol in enumerate(_list(document, *at, "apply_to")):
            if symbols and isinstance(symbol, str) and symbol not in symbols:
                near = nearest(symbol, symbols)
                yield Problem(
                    path_of((*at, "apply_to", i)),
                    symbol,
                    f'one of symbols ({", ".join(symbols)}), or "all" for the list',
                    None if near is None else f'"{near}"',
                )


def _minutes_are_averaged(document: dict[str, Any]) -> Problems:
    named = _at(document, _SESSION_DATA, "historical", "indicators")
    for name, given in named.items() if isinstance(named, dict) else ():
        kind, granularity = _at(given, "type"), _at(given, "granularity")
        if granularity == "minute" and kind in ("trailing_max", "trailing_min"):
            path = path_of((_SESSION_DATA, "historical", "indicators", name, "granularity"))
            yield Problem(path, granularity, f"daily for {kind}; one value per minute is what trailing_average has")


def _indicators_have_their_params(document: dict[str, Any]) -> Problems:
    for at, given in _entries(document, _SESSION_DATA, "indicators"):
        name, params, period = _at(given, "name"), _at(given, "params"), _at(given, "period")
        facts = INDICATORS.get(name) if isinstance(name, str) else None
        if facts is None:
            continue
        # anything but a whole number of at least 1 is no period at all, and the models say so
        said = period if isinstance(period, int) and not isinstance(period, bool) and period >= 1 else MISSING
        inside = params if isinstance(params, dict) else {}
        for problem in params_problems(facts, said, inside, _interval(_at(given, "interval"))):
            yield replace(problem, path=f"{path_of(at)}.{problem.path}")


def _limits_fit_buying_power(document: dict[str, Any]) -> Problems:
    power = _number(_at(document, "trading_config", "max_buying_power"))
    for name in ("max_per_trade", "max_per_symbol"):
        limit = _number(_at(document, "trading_config", name))
        if power is not None and limit is not None and limit > power > 0:
            yield Problem(f"trading_config.{name}", limit, f"at most max_buying_power, {power:g}")


def _spread_is_used(document: dict[str, Any]) -> Problems:
    slippage = _at(document, "trading_config", "costs", "slippage")
    spread = _at(slippage, "spread_bps")
    if _number(spread) is not None and _at(slippage, "half_spread") in (MISSING, False):
        yield Problem("trading_config.costs.slippage.spread_bps", spread, "only beside half_spread true, for which it stands in")


def _scanners_have_a_time(document: dict[str, Any]) -> Problems:
    for at, given in _entries(document, _SESSION_DATA, "scanners"):
        windows = _at(given, "regular_session")
        idle = _at(given, "pre_session") in (MISSING, False) and (windows is MISSING or windows == [])
        if idle and _at(given, "enabled") in (MISSING, True):
            yield Problem(path_of(at), MISSING, "a time to run: pre_session true, or at least one window in regular_session")
        for i, window in enumerate(windows if isinstance(windows, list) else ()):
            start, end = (_clock(_at(window, name)) for name in ("start", "end"))
            comparable = start is not None and end is not None and start.anchor == end.anchor
            backwards = (start and start.anchor) == "close" and (end and end.anchor) == "open"
            if backwards or (comparable and start is not None and end is not None and start.seconds >= end.seconds):
                path = path_of((*at, "regular_session", i, "start"))
                yield Problem(path, _at(window, "start"), f"a clock time before end, {_at(window, 'end')}")


def _source_holds_no_secrets(document: dict[str, Any]) -> Problems:
    path = _at(document, "api_config", "data_path")
    if isinstance(path, str) and _URL_WITH_PASSWORD.match(path):
        yield Problem("api_config.data_path", "***", "a URL without a password: it comes from the environment")
    yield from _secrets(_at(document, "api_config", "data_options"), ("api_config", "data_options"))


def _secrets(value: Any, at: Keys) -> Problems:
    for key, item in value.items() if isinstance(value, dict) else ():
        if is_secret(key):
            yield Problem(path_of((*at, key)), "***", "no secrets in a config: they come from the environment or a keyring")
        yield from _secrets(item, (*at, key))


_RULES: Sequence[Callable[[dict[str, Any]], Problems]] = (
    _asset_class_fits_group,
    _backtest_has_dates,
    _start_is_before_end,
    _lists_name_nothing_twice,
    _bars_are_streamed,
    _windows_are_of_symbols,
    _minutes_are_averaged,
    _indicators_have_their_params,
    _scanners_have_a_time,
    _limits_fit_buying_power,
    _spread_is_used,
    _source_holds_no_secrets,
)


def _at(value: Any, *keys: str | int) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(str(key), MISSING)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return MISSING
    return value


def _list(document: dict[str, Any], *keys: str | int) -> list[Any]:
    value = _at(document, *keys)
    return value if isinstance(value, list) else []


def _entries(document: dict[str, Any], *keys: str | int) -> Iterator[tuple[Keys, dict[str, Any]]]:
    for i, entry in enumerate(_list(document, *keys)):
        if isinstance(entry, dict):
            yield (*keys, i), entry


def _canonical(value: str) -> str:
    interval = _interval(value)
    return value if interval is None else str(interval)


def _interval(value: Any) -> Interval | None:
    try:
        return Interval.parse(value)
    except ConfigError:
        return None


def _clock(value: Any) -> ClockTime | None:
    try:
        return ClockTime.parse(value)
    except ConfigError:
        return None


def _date(value: Any) -> dt.date | None:
    if not isinstance(value, str) or not re.fullmatch(DATE_PATTERN, value):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def _number(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if good else None
