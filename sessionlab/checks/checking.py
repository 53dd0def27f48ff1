"""``sl.check``: stored data held against the calendar and against itself, before a result stands on it.

Sessions are loaded many at once and measured as columns, some hundred thousand bars at a time, so memory stays bounded
whatever the span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sessionlab.checks.built import measure_built
from sessionlab.checks.chunk import Chunk, expected_bars
from sessionlab.checks.data_check import DataCheck
from sessionlab.checks.measure import Measured, measure
from sessionlab.checks.quotes import AT_A_TIME, QuoteDays, measure_quotes, quote_kinds
from sessionlab.checks.scope import Day, all_symbols, bars_held, between, ended_sessions, opened, outer_dates, trimmed
from sessionlab.checks.series import UNREADABLE, StoredSeries, plan
from sessionlab.engine.progress import Progress, Told, shown
from sessionlab.errors import BadDataError, NoDataError
from sessionlab.sources.asked_names import asked_names
from sessionlab.sources.holdings import Holding
from sessionlab.sources.protocol import Source
from sessionlab.sources.readable import readable_bars
from sessionlab.timing import Interval, SessionTable, TimeManager

BARS_AT_ONCE = 300_000


def check(
    source: str | Source,
    start: Day | None = None,
    end: Day | None = None,
    symbols: str | Sequence[str] | None = None,
    *,
    intervals: str | Sequence[str] | None = None,
    exchange_group: str | None = None,
    quotes: bool = True,
    progress: Told = None,
) -> DataCheck:
    """Check what ``source`` has of ``symbols`` in the sessions from ``start`` to ``end``, as far as they have ended.

    ``source`` is a source, or its name such as ``local:PATH`` or ``files:data/{symbol}.csv``. Without ``start`` or ``end`` each
    interval is checked from its first session with a row of any symbol, or to its last; without ``symbols`` all that the
    source lists; without ``intervals`` the ``1s 1m 1d`` that are stored (what else is stored where there are none of these).
    ``exchange_group``: by default that of the source, else ``US_EQUITY``.

    Sound data is not without findings. What they mean where nothing is wrong:

    * a gap: nobody traded. Thin stocks lack minutes, futures do at night, and of seconds five in six may be absent;
    * a session that is one gap: of its date there are rows before the open or after the close alone;
    * a known split: prices are as they traded, so they jump. ``adjust`` of a config tells windows in later shares;
    * a jump like that of a split: news over night that took a third or a half of the price, or gave it (AAPL on 2000-09-29,
      AIG in September 2008 and March 2009);
    * off the grid, with no bar left: hours that stand on those of the wall, 10:00 and on, where the grid begins at 09:30.

    Of hours off and of labels at the end there is none on recorded days of stocks and futures, large and thin.

    An interval that is not stored is checked as it is built from the base that divides it: ``present`` are buckets that are
    complete, ``expected`` those of the calendar. What the table says of single rows (``off_session``, refused kinds,
    suspicions of stamps) is about the rows under them; ``flat_runs``, ``longest_flat`` and ``split_like_jumps`` are 0 and the
    volume profile is blank: ask for the base to have these.

    Recorded ``quotes`` are checked in the sessions of intraday bars. A symbol of which there is nothing is told in ``missing``.
    ``progress``: True or False, someone to tell, or None: a bar where somebody looks.

    Raises :class:`ConfigError` for what cannot be meant, :class:`CalendarError` where no session lies between the dates,
    :class:`NoDataError` where there is nothing of any symbol, and :class:`BadDataError` where nothing can be read.

    >>> found = check("synthetic", "2025-07-02", "2025-07-03", "AAPL", intervals="1m 5m", quotes=False)
    >>> found
    <DataCheck of synthetic: 1 symbol, 2 days, coverage 100.00 % of 720 bars, nothing found>
    >>> found.table[["interval", "date", "expected", "present"]]
      interval       date  expected  present
    0       1m 2025-07-02       390      390
    1       1m 2025-07-03       210      210
    2       5m 2025-07-02        78       78
    3       5m 2025-07-03        42       42
    """
    widths = None if intervals is None else sorted({Interval.parse(width) for width in asked_names(intervals, "intervals")})
    asked = None if symbols is None else asked_names(symbols, "symbols")
    rows_of, name, group = opened(source, exchange_group)
    times = TimeManager(group)
    sessions = None if start is None or end is None else ended_sessions(times, start, end)
    asked = all_symbols(rows_of, name, times) if asked is None else asked
    held: dict[str, list[Holding]] = {}
    if sessions is None:
        held = bars_held(rows_of, name, asked, times)
        sessions = ended_sessions(times, *_dates(rows_of, name, asked, held, times, start, end))
    series, missing = plan(rows_of, asked, sessions, widths)
    looked_at = _sessions_by_base(rows_of, series, sessions, held, start is None, end is None)
    splits = {symbol: _splits(rows_of, symbol, times) for symbol in dict.fromkeys(one.symbol for one in series)}
    work = [*_parts(series, looked_at), *(_quote_parts(rows_of, series, looked_at, times) if quotes else ())]
    done = 0

    def where() -> Progress:
        last = work[min(done, len(work) - 1)].sessions
        return Progress(done, len(work), done / len(work), last[0].open)

    pieces: dict[tuple[str, str], list[Measured]] = {}
    quoted: dict[tuple[str, str], list[QuoteDays]] = {}
    with shown(where, progress) as update:
        before: tuple[StoredSeries | None, float] = None, float("nan")
        for part in work:
            if isinstance(part, _QuotePart):
                days = measure_quotes(rows_of, part.symbol, part.kind, part.sessions)
                quoted.setdefault((part.symbol, part.kind), []).append(days)
            else:
                one = part.series
                last_close = before[1] if before[0] == one else float("nan")
                blocks = readable_bars(rows_of, one.symbol, one.base, part.sessions)
                chunk = Chunk.of(one.symbol, one.base, part.sessions, blocks)
                stored = measure(chunk, splits[one.symbol], last_close)
                before = one, stored.last_close
                for width in one.widths:
                    made = stored if width == one.base else measure_built(chunk, width, stored, alone=not one.is_asked)
                    pieces.setdefault((one.symbol, str(width)), []).append(made)
            done += 1
            update()
    there = {key: some for key, some in pieces.items() if any(piece.any_row for piece in some)}
    missing |= _left_out(series, there, widths, sessions)
    if not there:
        raise _nothing(rows_of, name, asked, sessions, missing)
    known = {(symbol, date): ratio for symbol, some in splits.items() for date, ratio in some.items()}
    built = {f"{one.symbol} {width}": str(one.base) for one in series for width in one.built}
    told = [days for some in quoted.values() if any(days.any_row for days in some) for days in some]
    measured = [piece for key in _in_order(series) for piece in there.get(key, ())]
    return DataCheck(name, times, measured, told, missing, built, known)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some consecutive ``sessions`` of one series."""

    series: StoredSeries
    sessions: SessionTable


@dataclass(frozen=True, slots=True)
class _QuotePart:
    """Some consecutive ``sessions`` of one kind of quotes."""

    symbol: str
    kind: str
    sessions: SessionTable


def _parts(series: Sequence[StoredSeries], looked_at: Mapping[Interval, SessionTable]) -> Iterator[_Part]:
    for one in series:
        sessions = looked_at[one.base]
        if len(sessions):
            step = max(1, BARS_AT_ONCE // int(expected_bars(sessions, one.base)[1].max()))
            yield from (_Part(one, sessions[first : first + step]) for first in range(0, len(sessions), step))


def _quote_parts(
    source: Source, series: Sequence[StoredSeries], looked_at: Mapping[Interval, SessionTable], times: TimeManager
) -> Iterator[_QuotePart]:
    """Quotes are looked at in the sessions of the intraday bars of their symbol, of the longest stretch of these."""
    longest: dict[str, SessionTable] = {}
    for one in series:
        if one.base.is_intraday and len(looked_at[one.base]) > len(longest.get(one.symbol, ())):
            longest[one.symbol] = looked_at[one.base]
    for symbol, sessions in longest.items():
        for kind in quote_kinds(source, symbol, sessions, times):
            yield from (_QuotePart(symbol, kind, sessions[at : at + AT_A_TIME]) for at in range(0, len(sessions), AT_A_TIME))


def _dates(
    source: Source,
    name: str,
    symbols: Sequence[str],
    held: Mapping[str, Sequence[Holding]],
    times: TimeManager,
    start: Day | None,
    end: Day | None,
) -> tuple[Day, Day]:
    """The dates asked for, and for one that was not, that of what is ``held``."""
    span = outer_dates(held, symbols)
    if span is None:
        raise NoDataError(
            f"{name} tells of no date with bars of {_few(symbols)} in the hours of {times.calendar_name}; {source.describe()}",
            symbols=list(symbols),
        )
    return span[0] if start is None else start, span[1] if end is None else end


def _sessions_by_base(
    source: Source,
    series: Sequence[StoredSeries],
    sessions: SessionTable,
    held: Mapping[str, Sequence[Holding]],
    open_start: bool,
    open_end: bool,
) -> dict[Interval, SessionTable]:
    """The sessions to look at in each stored interval: all, but where a date was left out those with a row of any symbol."""
    found = {}
    for base in dict.fromkeys(one.base for one in series):
        found[base] = sessions
        if open_start or open_end:
            symbols = [one.symbol for one in series if one.base == base]
            span = outer_dates(held, symbols, base)
            if span is not None:
                first = span[0] if open_start else sessions[0].date
                last = span[1] if open_end else sessions[len(sessions) - 1].date
                found[base] = trimmed(source, symbols, base, between(sessions, (first, last)), open_start, open_end)
    return found


def _in_order(series: Sequence[StoredSeries]) -> Iterator[tuple[str, str]]:
    """The keys of the series that were asked for, by symbol as named, from short to long."""
    for symbol in dict.fromkeys(one.symbol for one in series):
        widths = sorted(width for one in series if one.symbol == symbol for width in one.widths)
        yield from ((symbol, str(width)) for width in widths)


def _left_out(
    series: Sequence[StoredSeries],
    there: Mapping[tuple[str, str], Any],
    widths: Sequence[Interval] | None,
    sessions: SessionTable,
) -> dict[str, str]:
    """What is missing though it may be stored: series asked for by their interval, else symbols without any other."""
    why = f"nothing is stored from {sessions[0].date} to {sessions[len(sessions) - 1].date}"
    empty = [key for key in _in_order(series) if key not in there]
    if widths is not None:
        return {f"{symbol} {width}": why for symbol, width in empty}
    others = {symbol for symbol, _ in there}
    return {symbol: why for symbol, _ in empty if symbol not in others}


def _nothing(
    source: Source, name: str, symbols: Sequence[str], sessions: SessionTable, missing: Mapping[str, str]
) -> NoDataError | BadDataError:
    unreadable = [why for why in missing.values() if why.startswith(UNREADABLE)]
    if unreadable:
        return BadDataError(unreadable[0].removeprefix(UNREADABLE), symbols=list(symbols))
    first, last = sessions[0].date, sessions[len(sessions) - 1].date
    told = f"{name} has nothing of {_few(symbols)} from {first} to {last}; {source.describe()}"
    return NoDataError(told, symbols=list(symbols), sessions=(first, last))


def _splits(source: Source, symbol: str, times: TimeManager) -> dict[np.datetime64, float]:
    """Known ratios by ex date, of sources that know any."""
    ask: Any = getattr(source, "actions", None)
    found = ask(symbol, times) if callable(ask) else None
    return {} if found is None else {np.datetime64(split.ex_date, "D"): split.ratio for split in found.splits}


def _few(symbols: Sequence[str]) -> str:
    return ", ".join(symbols[:5]) + (f" and {len(symbols) - 5:,} more" if len(symbols) > 5 else "")
