"""A config that runs over what a source holds: its symbols, its dates, its bars, where a user names none.

Limits are those of :meth:`SessionConfig.simple`, so wide that they do not bind.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.asked_names import asked_names
from sessionlab.sources.holdings import Holding
from sessionlab.sources.opening import open_named
from sessionlab.sources.protocol import Source, TellsHoldings
from sessionlab.sources.symbol_list import symbols_with_bars
from sessionlab.timing import SessionTable, TimeManager

Dates = tuple[str | dt.date | None, str | dt.date | None]


def named_place(data: str | os.PathLike[str]) -> str:
    """What a source is called that reads the path ``data``; a name such as ``local:PATH`` stays as it is.

    A folder with a folder ``bars`` is a store, any other folder and a template are files, and so is a single file.
    """
    text = os.fspath(data)
    if isinstance(data, str) and (text == "synthetic" or text.partition(":")[0] in ("local", "lean", "files", "synthetic")):
        return text
    path = Path(text).expanduser()
    if path.is_dir():
        return f"local:{path}" if (path / "bars").is_dir() else f"files:{path}"
    if "{" not in text and not path.exists():
        raise NoDataError(
            f"there is no file or folder {text}; give a frame, a folder, a template such as data/{{symbol}}.csv, or local:PATH",
            path=text,
        )
    return f"files:{text}"


def config_of_source(
    named: str | Source,
    symbols: str | Sequence[str] | None,
    bars: str | Sequence[str] | None,
    dates: Dates,
    exchange_group: str | None,
    window: int,
) -> tuple[SessionConfig, Source]:
    """A config over ``symbols`` of the source ``named`` on ``dates``, by default all that it tells of, and the source.

    Raises :class:`ConfigError` where the source has no list of its symbols or dates and none are given.
    """
    group = exchange_group or "US_EQUITY"
    options: dict[str, Any] = {}
    if isinstance(named, str):
        kind, _, path = named.partition(":")
        if kind == "files" and "{symbol}" not in path and Path(path).is_file():
            options["symbol"] = Path(path).name.partition(".")[0]
        source = open_named(named, options, exchange_group=group)
        api: dict[str, Any] = {"data_api": kind, **({"data_path": path} if path else {})}
        api |= {"data_options": options} if options else {}
    else:
        source, api = named, {"data_api": named.name}
    times = TimeManager(group, "CRYPTO" if group == "CRYPTO" else "EQUITY")
    names = _symbols(source, times) if symbols is None else asked_names(symbols, "symbols")
    start, end, streams = dates[0], dates[1], bars
    if start is None or end is None or streams is None:
        holdings = _holdings(source, names, times)
        bases = [held for held in holdings if held.kind == "bars" and held.width in ("1m", "1s", "1d")]
        if not bases:
            raise NoDataError(f"{source.name} has no bars of 1s, 1m or 1d of {', '.join(names[:5])}; {source.describe()}")
        base = next(width for width in ("1m", "1s", "1d") if any(held.width == width for held in bases))
        streams = base if streams is None else streams
        first = min(held.first for held in bases if held.width == base)
        last = max(held.last for held in bases if held.width == base)
        first, last = _with_rows(source, names, base, times.get_sessions(*_sessions(times, first, last)))
        start, end = first if start is None else start, last if end is None else end
        if window and dates[0] is None:
            start = times.get_next_trading_date(start, window)
    listed = streams.split() if isinstance(streams, str) else list(streams)
    further: dict[str, Any] = {"api_config": api, "exchange_group": group}
    if window:
        wanted = {"trailing_days": window, "intervals": [stream for stream in listed if stream != "quotes"]}
        further["session_data_config.historical"] = {"data": [wanted]}
    return SessionConfig.simple(names, start, end, listed, **further), source


def _sessions(times: TimeManager, first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last session of two dates; that of the first where none lies between."""
    begins = times.get_first_trading_date(first)
    return begins, max(begins, times.get_last_trading_date(last))


def _with_rows(source: Source, symbols: Sequence[str], base: str, sessions: SessionTable) -> tuple[dt.date, dt.date]:
    """The first and the last of ``sessions`` that have a row of some symbol: what tells dates tells of late hours too."""

    def has_rows(i: int) -> bool:
        return any(stored.intervals.get(base) for stored in source.availability(symbols, sessions[i : i + 1]).values())

    first, last = 0, len(sessions) - 1
    while first < last and not has_rows(first):
        first += 1
    while last > first and not has_rows(last):
        last -= 1
    return sessions[first].date, sessions[last].date


def _symbols(source: Source, times: TimeManager) -> list[str]:
    listed = symbols_with_bars(source, times)
    if listed is None:
        raise ConfigError(f'{source.name} has no list of its symbols; name some, as in symbols="SPY AIG"', source=source.name)
    if not listed:
        raise NoDataError(f"{source.name} has bars of no symbol; {source.describe()}", source=source.name)
    return listed


def _holdings(source: Source, symbols: Sequence[str], times: TimeManager) -> list[Holding]:
    if not isinstance(source, TellsHoldings):
        raise ConfigError(
            f'{source.name} does not tell its first and last date; give start=, end= and bars=, as in bars="1m"',
            source=source.name,
        )
    return [held for symbol in symbols for held in source.holdings(symbol, times)]
