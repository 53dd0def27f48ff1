"""Raw columns become one block per session; rows that cannot be trusted are refused and counted in their day's block.

A block depends on the rows and on its own session alone, never on which other sessions were asked for with it. Its
rows are those on the grid of the trading hours, its ``extended`` those off the hours on its date in the exchange's
zone. Rows of other dates are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from sessionlab.errors import ConfigError
from sessionlab.sources.refusal import Fault, refused_of
from sessionlab.sources.row_checks import (
    AT_ITS_END,
    Checked,
    check_bars,
    check_quotes,
    merge_bars,
    merge_quotes,
    repeats,
)
from sessionlab.sources.trading_day import DAY_NS, day_windows, number_daily
from sessionlab.tape.block import (
    BAR_COLUMNS,
    NOTHING_REFUSED,
    QUOTE_COLUMNS,
    Bools,
    DayBlock,
    Float64s,
    Int64s,
    QuoteBlock,
    Refused,
    Rows,
)
from sessionlab.timing import Interval, SessionTable

_NEVER: int = np.iinfo(np.int64).max
_Block = TypeVar("_Block", DayBlock, QuoteBlock)
_NO_BARS, _NO_QUOTES = Rows.empty(), Rows.empty(len(QUOTE_COLUMNS))


def to_blocks(
    symbol: str,
    interval: Interval,
    sessions: SessionTable,
    start: Any,
    values: Any,
    known_at: Any = None,
    origin: str = "",
) -> list[DayBlock]:
    """One block per session from columns in any order.

    ``start`` int64 ns UTC (rows,); ``values`` float64 (5, rows): open, high, low, close, volume; ``known_at`` int64 ns
    UTC, or ``AT_ITS_END``. The arrays are taken over: do not write to them afterwards. ``origin`` names the file or
    feed in the examples of what was refused.

    A bar of ``1d`` belongs to the date that its stamp names: the UTC date at 00:00 UTC, else the date in the
    exchange's zone. Raises :class:`ConfigError` for longer intervals, which are built and never stored.
    """
    return split_bars(symbol, interval, sessions, [check_bars(start, values, known_at, origin)])


def to_quote_blocks(symbol: str, sessions: SessionTable, stamp: Any, values: Any, origin: str = "") -> list[QuoteBlock]:
    """One block per session from quotes in any order; ``stamp`` int64 ns UTC (rows,) is when each was known.

    ``values`` float64 (4, rows): bid_price, bid_size, ask_price, ask_size. A side without a price (NaN, or 0 with size
    0) becomes NaN with size 0.
    """
    return split_quotes(symbol, sessions, [check_quotes(stamp, values, origin)])


def split_bars(symbol: str, interval: Interval, sessions: SessionTable, pieces: Sequence[Checked]) -> list[DayBlock]:
    """One block per session from checked pieces. Where several hold one bar, the piece named first counts."""
    if not interval.is_intraday and str(interval) != "1d":
        raise ConfigError(f"{interval} bars are built from 1d, 1m or 1s, never stored; ask for one of those", value=interval)
    if not len(sessions):
        return []
    dates = sessions.date.tolist()
    lo, hi = day_windows(sessions)
    if interval.is_intraday:
        near = [piece.cut(lo[0], hi[-1]) for piece in pieces]
    else:
        near = [_at_opens(piece.cut(lo[0] - DAY_NS, hi[-1] + DAY_NS), sessions) for piece in pieces]
    rows = merge_bars(near)
    if not len(rows.start) and not rows.faults:
        return [DayBlock(symbol, interval, date, _NO_BARS, _NO_BARS) for date in dates]

    hours = (sessions.open, sessions.break_start, sessions.break_end, sessions.close)
    six = zip(lo, *(column.tolist() for column in hours), hi, strict=True)
    marks = [instant for session in six for instant in session]  # six instants of each session, in order
    cuts = rows.start.searchsorted(marks).tolist()
    found, (rows, ends) = rows, _let_in(rows, interval.ns, marks, cuts)
    if rows is not found:
        cuts = rows.start.searchsorted(marks).tolist()
    start, values, known_at = rows.start, rows.values, ends if rows.known_at is None else rows.known_at
    known_at.flags.writeable = False
    on_time = rows.known_at is None

    blocks = []
    for i, date in enumerate(dates):
        first, opened, paused, resumed, closed, last = cuts[6 * i : 6 * i + 6]
        if paused == resumed:
            inside = Rows(start[opened:closed], known_at[opened:closed], values[:, opened:closed])
        else:
            inside = _pieced(start, known_at, values, (opened, paused), (resumed, closed))
        if first == opened and paused == resumed and closed == last:
            extended = _NO_BARS
        else:
            extended = _pieced(start, known_at, values, (first, opened), (paused, resumed), (closed, last))
        prompt = on_time or _is_prompt(inside, ends, ((opened, paused), (resumed, closed)))
        no = refused_of(rows.faults, symbol, sessions.tz, (lo[i], hi[i])) if rows.faults else NOTHING_REFUSED
        blocks.append(DayBlock(symbol, interval, date, inside, extended, prompt, no))
    return blocks


def split_quotes(
    symbol: str, sessions: SessionTable, pieces: Sequence[Checked], with_last_instant: bool = False
) -> list[QuoteBlock]:
    """One block per session from checked pieces. Where several hold one stamp, the piece named first counts.

    ``with_last_instant``: take the quotes stamped at the very end of the date too, as a file of one trading date
    means them; otherwise they are the next date's first.
    """
    if not len(sessions):
        return []
    lo, hi = day_windows(sessions)
    hi = [end + with_last_instant for end in hi]
    rows = merge_quotes([piece.cut(lo[0], hi[-1]) for piece in pieces])
    blocks = []
    for date, first, last in zip(sessions.date.tolist(), lo, hi, strict=True):
        a, b = rows.start.searchsorted((first, last)).tolist()
        inside = Rows(rows.start[a:b], rows.start[a:b], rows.values[:, a:b]) if a < b else _NO_QUOTES
        no = refused_of(rows.faults, symbol, sessions.tz, (first, last), QUOTE_COLUMNS) if rows.faults else NOTHING_REFUSED
        blocks.append(QuoteBlock(symbol, date, inside, no))
    return blocks


def outside(
    symbol: str,
    rows: Checked,
    sessions: SessionTable,
    interval: Interval | None,
    with_last_instant: bool = False,
    between: tuple[int, int] | None = None,
) -> Refused:
    """Rows that belong to none of ``sessions``, as refused, unsound ones included. ``interval`` is None for quotes.

    ``with_last_instant``: as in :func:`split_quotes`. ``between``: only rows stamped in these, ns UTC, half-open.
    """
    total = NOTHING_REFUSED
    columns = QUOTE_COLUMNS if interval is None else BAR_COLUMNS
    unsound = [fault for fault in rows.faults if fault.kind != "out_of_order"]
    for found in (Fault("outside", rows.start, rows.values, rows.origin), *unsound):
        stray = _is_outside(found.start - with_last_instant, sessions, interval)
        if between is not None:
            stray &= (found.start >= between[0]) & (found.start < between[1])
        if np.count_nonzero(stray):
            strays = Fault("outside", found.start[stray], found.values[:, stray], found.origin)
            total += refused_of([strays], symbol, sessions.tz, columns=columns)
    return total


def with_strays(block: _Block, rows: Checked, sessions: SessionTable) -> _Block:
    """``block`` with those of ``rows`` as refused that belong to none of ``sessions``: their file should have no other."""
    if isinstance(block, DayBlock):
        strays = outside(block.symbol, rows, sessions, block.interval)
    else:
        strays = outside(block.symbol, rows, sessions, None, with_last_instant=True)
    return replace(block, refused=block.refused + strays) if strays else block


def _is_outside(start: Int64s, sessions: SessionTable, interval: Interval | None) -> Bools:
    if not len(sessions):
        return np.ones(len(start), dtype=bool)
    if interval is not None and not interval.is_intraday:
        return number_daily(start, sessions) < 0
    lo, hi = (np.array(edges) for edges in day_windows(sessions))
    at = lo.searchsorted(start, "right") - 1
    return (at < 0) | (start >= hi[at])


def _at_opens(rows: Checked, sessions: SessionTable) -> Checked:
    """Daily rows with the opens of the sessions that their stamps name as starts; those of other dates are left out."""
    faults = []
    for fault in rows.faults:
        at = number_daily(fault.start, sessions)
        faults.append(fault._replace(start=sessions.open[at[at >= 0]], values=fault.values[:, at >= 0]))
    at = number_daily(rows.start, sessions)
    order = np.argsort(at, kind="stable")  # stamps of both ways to name a date may stand side by side
    order = order[at[order] >= 0]
    named = rows.take(order)
    return Checked(sessions.open[at[order]], named.values, named.known_at, tuple(faults), rows.origin)


def _let_in(rows: Checked, width: int, marks: list[int], cuts: list[int]) -> tuple[Checked, Int64s]:
    """The rows that a session may have, with ``known_at`` filled in where it is recorded, and the ends of their bars.

    ``marks`` are six instants of each session (date, open, break, break's end, close, end of date), ``cuts`` where they
    fall among the rows. ``width`` is 0 for bars of whole sessions.
    """
    ends, off_grid = _bar_ends(rows.start, width, marks, cuts)
    if off_grid is not None:
        rows, ends = rows.refuse({"off_grid": off_grid}), ends[~off_grid]
    if rows.known_at is not None:
        known_at = np.where(rows.known_at == AT_ITS_END, ends, rows.known_at)
        early = known_at < ends
        rows = Checked(rows.start, rows.values, known_at, rows.faults, rows.origin).refuse({"known_early": early})
        ends = ends[~early]
    twice = repeats(rows.start, rows.known_at)
    if not np.count_nonzero(twice):
        return rows, ends
    return rows.refuse({"duplicate": twice}), ends[~twice]


def _bar_ends(start: Int64s, width: int, marks: list[int], cuts: list[int]) -> tuple[Int64s, Bools | None]:
    """When each bar ends, cut where its stretch of trading does, and which are off the grid: None for none."""
    if width == 0:
        opens, closes = np.array(marks[1::6]), np.array(marks[4::6])
        return closes[opens.searchsorted(start)], None
    ends = start + width
    off_grid = None
    for at in (*range(1, len(cuts), 6), *range(3, len(cuts), 6)):
        a, b, opened, closed = cuts[at], cuts[at + 1], marks[at], marks[at + 1]
        if a == b:
            continue
        if ends[b - 1] > closed:
            np.minimum(ends[a:b], closed, out=ends[a:b])
        rest = (start[a:b] - opened) % width
        if np.count_nonzero(rest):
            off_grid = np.zeros(len(start), dtype=bool) if off_grid is None else off_grid
            off_grid[a:b] = rest != 0
    return ends, off_grid


def _pieced(start: Int64s, known_at: Int64s, values: Float64s, *stretches: tuple[int, int]) -> Rows:
    parts = [Rows(start[a:b], known_at[a:b], values[:, a:b]) for a, b in stretches if a < b]
    return Rows.join(parts) if parts else _NO_BARS


def _is_prompt(rows: Rows, ends: Int64s, spans: tuple[tuple[int, int], ...]) -> bool:
    """Whether every row was known at its bar's end, and none corrects another."""
    expected = np.concatenate([ends[a:b] for a, b in spans])
    return bool((rows.known_at == expected).all()) and not (rows.start[1:] == rows.start[:-1]).any()
