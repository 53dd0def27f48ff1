"""From the options of ``sessionlab quality`` and a config to what is to be measured."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sessionlab.cli.relative_dates import resolve
from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.opening import open_named, open_source
from sessionlab.sources.protocol import Source, TellsHoldings
from sessionlab.sources.symbol_list import symbols_with_bars
from sessionlab.timing import TimeManager

_OPTIONS = {
    "session_data_config.symbols": "--symbols",
    "session_data_config.streams": "--intervals",
    "backtest_config.start_date": "--start",
    "backtest_config.end_date": "--end",
    "exchange_group": "--calendar",
}


class Measure(NamedTuple):
    """What to measure. A date that nobody said is None: the source's first, or its last. ``named``: someone named the symbols."""

    source: Source
    named_source: str
    symbols: list[str]
    named: bool
    start: str | None
    end: str | None
    intervals: list[str]
    times: TimeManager


def what_to_measure(
    base: SessionConfig | None,
    source: str | None,
    symbols: list[str],
    start: str | None,
    end: str | None,
    intervals: list[str],
    calendar: str | None,
) -> Measure:
    """What was asked for, else what ``base`` says, else all that the source has; of intervals 1m.

    Raises :class:`ConfigError`, in the words of the command's options, for what is lacking or cannot be meant.
    """
    if base is not None:
        dates, data = base.backtest_config, base.session_data_config
        symbols = symbols or list(data.symbols)
        intervals = intervals or [stream for stream in data.streams if stream != "quotes"]
        start = start or (None if dates is None else str(dates.start_date))
        end = end or (None if dates is None else str(dates.end_date))
    elif source is None:
        raise ConfigError("whose quality? name a source with --source local:PATH or --source synthetic, or give a config")
    group = calendar or (base.exchange_group if base else "US_EQUITY")
    times = TimeManager(group)
    opened = _opened(base, source, group)
    if not isinstance(opened, TellsHoldings) and (start is None or end is None):
        lacking = [name for name, given in (("--start", start), ("--end", end)) if given is None]
        told = f"{' and '.join(lacking)} {'are' if len(lacking) > 1 else 'is'} missing"
        raise ConfigError(f"which days? {told}; write dates such as --start 2025-07-01 --end 2025-07-07, or last, or -20d")
    named = bool(symbols)
    symbols = symbols or _all_symbols(opened, source or opened.name, times)
    start, end = resolve(start, end, times)
    intervals = intervals or ["1m"]
    _check(symbols, start, end, intervals, group, times.first_date)
    return Measure(opened, source or opened.name, symbols, named, start, end, intervals, times)


def _opened(base: SessionConfig | None, source: str | None, group: str) -> Source:
    if base is None:
        assert source is not None
        return open_named(source, exchange_group=group)
    if group != base.exchange_group:
        document = {name: value for name, value in base.to_dict().items() if name != "asset_class"}
        base = SessionConfig.from_dict(document | {"exchange_group": group})
    return open_source(source, base)


def _all_symbols(source: Source, name: str, times: TimeManager) -> list[str]:
    symbols = symbols_with_bars(source, times)
    if symbols is None:
        raise ConfigError(f"which symbols? the source {name} has no list of them; name some, as in --symbols SPY,AIG")
    if not symbols:
        raise NoDataError(f"{name} has no bars of any symbol; {source.describe()}", source=name)
    return symbols


def _check(symbols: list[str], start: str | None, end: str | None, intervals: list[str], group: str, first_date: dt.date) -> None:
    """Hold what was asked against the rules of a config: it knows what each of them may be, and says what is not."""
    first, last = start or end or str(first_date), end or start or str(first_date)
    try:
        SessionConfig.simple(symbols, first, last, intervals, exchange_group=group)
    except ConfigError as why:
        text = str(why)
        for path, option in _OPTIONS.items():
            text = text.replace(path, option)
        raise ConfigError(text, **why.facts) from None
