"""From the options of ``sessionlab quality`` to the config of the run that measures."""

from __future__ import annotations

from typing import Any

from sessionlab.cli.relative_dates import resolve
from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.timing import TimeManager

_OPTIONS = {
    "session_data_config.symbols": "--symbols",
    "session_data_config.streams": "--intervals",
    "backtest_config.start_date": "--start",
    "backtest_config.end_date": "--end",
    "exchange_group": "--calendar",
}


def quality_config(
    base: SessionConfig | None,
    source: str | None,
    symbols: list[str],
    start: str | None,
    end: str | None,
    intervals: list[str],
    calendar: str | None,
) -> SessionConfig:
    """A config that streams what is to be measured and nothing else: what was asked for, else what ``base`` says.

    Raises :class:`ConfigError`, in the words of the command's options, for what is lacking or cannot be meant.
    """
    group = calendar or (base.exchange_group if base else "US_EQUITY")
    further: dict[str, Any] = {"exchange_group": group, "session_data_config.on_missing": "fail" if symbols or base else "drop"}
    if base is not None:
        dates, data = base.backtest_config, base.session_data_config
        symbols = symbols or list(data.symbols)
        intervals = intervals or [stream for stream in data.streams if stream != "quotes"]
        start = start or (None if dates is None else str(dates.start_date))
        end = end or (None if dates is None else str(dates.end_date))
        further |= {"api_config": base.api_config.model_dump(mode="json"), "seed": base.seed}
        if calendar is None:
            further["asset_class"] = base.asset_class
    elif source is None:
        raise ConfigError("whose quality? name a source with --source local:PATH or --source synthetic, or give a config")
    if start is None or end is None:
        lacking = [name for name, given in (("--start", start), ("--end", end)) if given is None]
        told = f"{' and '.join(lacking)} {'are' if len(lacking) > 1 else 'is'} missing"
        raise ConfigError(f"which days? {told}; write dates such as --start 2025-07-01 --end 2025-07-07, or last, or -20d")
    symbols = symbols or _all_symbols(source)
    start, end = resolve(start, end, TimeManager(group))
    try:
        return SessionConfig.simple(symbols, start, end, intervals or ["1m"], **further)
    except ConfigError as why:
        text = str(why)
        for path, option in _OPTIONS.items():
            text = text.replace(path, option)
        raise ConfigError(text, **why.facts) from None


def _all_symbols(source: str | None) -> list[str]:
    kind, _, path = (source or "").partition(":")
    if kind != "local":
        raise ConfigError(
            f"which symbols? the source {kind or 'of the config'} has no list of them; name some, as in --symbols SPY,AIG"
        )
    if not path:
        raise ConfigError("which folder? write --source local:PATH")
    from sessionlab.sources.local import LocalStore
    from sessionlab.sources.symbol_list import listed_symbols

    symbols = listed_symbols(LocalStore(path))  # says what is wrong with a folder that is no store
    if not symbols:
        raise NoDataError(
            f"{path} has no bars of any symbol; put files under it, as in bars/1m/<SYMBOL>/2024-01.parquet", path=path
        )
    return symbols
