"""``sl.check``: stored data held against the calendar and against itself, before a result stands on it.

Sessions are loaded many at once and measured as columns, some hundred thousand bars at a time, so memory stays bounded
whatever the span.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.checks.chunk import Chunk, expected_bars
from sessionlab.checks.data_check import DataCheck
from sessionlab.checks.measure import Measured, measure
from sessionlab.config import SessionConfig
from sessionlab.engine.progress import Progress, Told, shown
from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError
from sessionlab.session.plan import BASES
from sessionlab.sources.asked_names import asked_names
from sessionlab.sources.opening import open_source
from sessionlab.sources.protocol import Source
from sessionlab.sources.readable import load_readable
from sessionlab.sources.symbol_list import listed_symbols
from sessionlab.tape.block import DayBlock, Refused, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager

BARS_AT_ONCE = 300_000
_NO_BARS = Rows.empty()

Day = dt.date | str | pd.Timestamp


def check(
    source: str | Source,
    start: Day,
    end: Day,
    symbols: str | Sequence[str] | None = None,
    *,
    intervals: str | Sequence[str] | None = None,
    exchange_group: str = "US_EQUITY",
    progress: Told = None,
) -> DataCheck:
    """Check what ``source`` has of ``symbols`` in the sessions from ``start`` to ``end``, as far as they have ended.

    ``source`` is a source, or its name such as ``local:PATH``. Without ``symbols`` all that the source lists are checked,
    without ``intervals`` the ``1s 1m 1d`` that are stored (what else is stored where there are none of these). A symbol of which
    there is nothing is told in ``missing``. ``progress``: True or False, someone to tell, or None: a bar where somebody looks.

    Raises :class:`ConfigError` for what cannot be meant, :class:`CalendarError` where no session lies between the dates, and
    :class:`NoDataError` where there is nothing of any symbol.

    >>> found = check("synthetic", "2025-07-02", "2025-07-03", "AAPL", intervals="1m")
    >>> found
    <DataCheck of synthetic: 1 symbol, 2 days, coverage 100.00 % of 600 bars, nothing found>
    >>> found.table[["date", "expected", "present", "heavy_at"]]
            date  expected  present heavy_at
    0 2025-07-02       390      390    close
    1 2025-07-03       210      210    close
    """
    times = TimeManager(exchange_group)
    sessions = _sessions(times, start, end)
    widths = None if intervals is None else sorted({Interval.parse(width) for width in asked_names(intervals, "intervals")})
    asked = None if symbols is None else asked_names(symbols, "symbols")
    opened, name = _open(source, sessions, asked, exchange_group)
    asked = _all(opened, name) if asked is None else asked
    series, missing = _plan(opened, asked, sessions, widths)
    if not series:
        raise _nothing(opened, name, asked, sessions)
    work = list(_chunks(series, sessions))
    pieces: list[Measured] = []

    def where() -> Progress:
        done = len(pieces)
        last = sessions[work[min(done, len(work) - 1)].first]
        return Progress(done, len(work), done / len(work), last.open)

    splits = {symbol: _splits(opened, symbol, times) for symbol in dict.fromkeys(symbol for symbol, _ in series)}
    with shown(where, progress) as update:
        close_before = float("nan")
        for part in work:
            some = sessions[part.first : part.last]
            if part.first == 0:
                close_before = float("nan")
            blocks = _load(opened, part.symbol, part.interval, some)
            chunk = Chunk.of(part.symbol, part.interval, some, blocks)
            pieces.append(measure(chunk, splits[part.symbol], close_before))
            close_before = pieces[-1].last_close
            update()
    pieces, empty = _without_empty(work, pieces)
    missing |= _left_out(empty, pieces, widths, f"nothing is stored from {sessions.date[0]} to {sessions.date[-1]}")
    if not pieces:
        raise _nothing(opened, name, asked, sessions)
    known = {(symbol, date): ratio for symbol, some in splits.items() for date, ratio in some.items()}
    return DataCheck(name, times.tz, pieces, missing, known)


@dataclass(frozen=True, slots=True)
class _Part:
    """Sessions ``[first, last)`` of one series."""

    symbol: str
    interval: Interval
    first: int
    last: int


def _chunks(series: Sequence[tuple[str, Interval]], sessions: SessionTable) -> Iterator[_Part]:
    for symbol, interval in series:
        most = int(expected_bars(sessions, interval)[1].max())
        step = max(1, BARS_AT_ONCE // most)
        for first in range(0, len(sessions), step):
            yield _Part(symbol, interval, first, min(first + step, len(sessions)))


def _load(source: Source, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
    """The blocks of ``sessions``. One that cannot be read is empty, with the reason as what was refused."""

    def without(date: dt.date, refused: Refused) -> DayBlock:
        return DayBlock(symbol, interval, date, _NO_BARS, _NO_BARS, True, refused)

    return load_readable(lambda some: source.load(symbol, interval, some), sessions, without)


def _plan(
    source: Source, symbols: Sequence[str], sessions: SessionTable, widths: Sequence[Interval] | None
) -> tuple[list[tuple[str, Interval]], dict[str, str]]:
    """The series to check, and of what there is nothing, with the reason.

    What is stored but has no row in the trading hours is among the series: its stamps may be hours off.
    """
    series: list[tuple[str, Interval]] = []
    missing: dict[str, str] = {}
    for symbol in symbols:
        try:
            stored = source.availability([symbol], sessions)[symbol].intervals
        except BadDataError as why:
            missing[symbol] = f"cannot be read: {why}"
            continue
        there = {Interval.parse(width) for width in stored}
        wanted = widths if widths is not None else [base for base in BASES if base in there] or sorted(there)
        series += [(symbol, width) for width in wanted if width in there]
        if not there:
            missing[symbol] = f"nothing is stored; {source.describe()}"
        else:
            has = ", ".join(map(str, sorted(there)))
            missing |= {f"{symbol} {width}": f"not stored; of the symbol it has {has}" for width in wanted if width not in there}
    return series, missing


def _without_empty(work: Sequence[_Part], pieces: Sequence[Measured]) -> tuple[list[Measured], list[tuple[str, Interval]]]:
    """The pieces of series of which there is any row, refused or not; and the series of which there is none."""
    found = {(part.symbol, part.interval) for part, piece in zip(work, pieces, strict=True) if piece.any_row}
    kept = [piece for part, piece in zip(work, pieces, strict=True) if (part.symbol, part.interval) in found]
    return kept, [key for key in dict.fromkeys((part.symbol, part.interval) for part in work) if key not in found]


def _left_out(
    empty: Sequence[tuple[str, Interval]], pieces: Sequence[Measured], widths: Sequence[Interval] | None, why: str
) -> dict[str, str]:
    """What is missing for ``empty`` series: those asked for by their interval, else symbols without any other."""
    if widths is not None:
        return {f"{symbol} {interval}": why for symbol, interval in empty}
    others = {symbol for piece in pieces for symbol in piece.columns["symbol"][:1]}
    return {symbol: why for symbol, _ in empty if symbol not in others}


def _nothing(source: Source, name: str, symbols: Sequence[str], sessions: SessionTable) -> NoDataError:
    span = f"from {sessions.date[0]} to {sessions.date[-1]}"
    return NoDataError(f"{name} has nothing of {_few(symbols)} {span}; {source.describe()}", symbols=list(symbols))


def _sessions(times: TimeManager, start: Day, end: Day) -> SessionTable:
    first, last = times.get_first_trading_date(start), times.get_last_trading_date(end)
    if first > last:
        raise CalendarError(
            f"no session of {times.calendar_name} lies from {start} to {end}; the next one is {first}", start=start, end=end
        )
    sessions = times.get_sessions(first, last)
    ended = int(sessions.close.searchsorted(times.now().value, "right"))
    if ended == 0:
        raise CalendarError(f"the session of {first} has not ended yet; give dates in the past", start=start, end=end)
    return sessions[:ended]


def _open(source: str | Source, sessions: SessionTable, symbols: Sequence[str] | None, exchange_group: str) -> tuple[Source, str]:
    if not isinstance(source, str):
        if not isinstance(source, Source):
            raise ConfigError(
                f"a {type(source).__name__} is no source; give one, or a name such as local:PATH or synthetic", value=source
            )
        return source, source.name
    dates = str(sessions.date[0]), str(sessions.date[-1])
    config = SessionConfig.simple(symbols or ["ANY"], *dates, ["1m"], exchange_group=exchange_group)
    return open_source(source, config), source


def _all(source: Source, name: str) -> list[str]:
    symbols = listed_symbols(source)
    if symbols is None:
        raise ConfigError(f"{name} has no list of its symbols; name some, as in symbols=['SPY', 'AIG']", source=name)
    if not symbols:
        raise NoDataError(f"{name} has no bars of any symbol; {source.describe()}", source=name)
    return symbols


def _splits(source: Source, symbol: str, times: TimeManager) -> dict[np.datetime64, float]:
    """Known ratios by ex date, of sources that know any."""
    ask: Any = getattr(source, "actions", None)
    found = ask(symbol, times) if callable(ask) else None
    return {} if found is None else {np.datetime64(split.ex_date, "D"): split.ratio for split in found.splits}


def _few(symbols: Sequence[str]) -> str:
    return ", ".join(symbols[:5]) + (f" and {len(symbols) - 5:,} more" if len(symbols) > 5 else "")
