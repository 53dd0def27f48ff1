"""What is about sessions: averages, extremes and sums since the open, and what the sessions before it were like.

Each function goes over the sessions of its columns; today's values depend on earlier sessions only where its first
line says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from sessionlab.derive.indicators.columns import Columns
from sessionlab.derive.indicators.recipe import Outputs
from sessionlab.tape.block import Float64s
from sessionlab.timing import TradingSession

MINUTE_NS = 60 * 10**9


def vwap(columns: Columns) -> Outputs:
    """Volume-weighted average price since the open: sum of typical price x volume over sum of volume, in dollars.

    The typical price of a bar is (high + low + close) / 3. NaN while no share was traded.
    Source: Berkowitz, Logue, Noser (1988), "The Total Cost of Transactions on the NYSE", J. Finance 43(1), on bars.
    """
    typical = (columns.high + columns.low + columns.close) / 3
    traded, volume = _since_open(columns, typical * columns.volume), _since_open(columns, columns.volume)
    return {"vwap": _ratio(traded, volume)}


def twap(columns: Columns) -> Outputs:
    """Time-weighted average price since the session's first bar, in dollars.

    A bar counts with (open + high + low + close) / 4 for its width, an absent one with the close before it.
    """
    mean = (columns.open + columns.high + columns.low + columns.close) / 4
    absent = np.diff(columns.position, prepend=0) - 1
    opening = columns.first == np.arange(len(columns))
    absent[opening] = 0
    carried = absent * np.concatenate([columns.close[:1], columns.close[:-1]])
    return {"twap": _since_open(columns, mean + carried) / _since_open(columns, 1.0 + absent)}


def opening_range(columns: Columns, minutes: int = 15) -> Outputs:
    """High, low, open and width (high - low) of the first ``minutes`` of trading, in dollars; NaN until they are over.

    They are over at the first bar that ends at or after their end. A session that is shorter has no opening range.
    """
    values = np.full((4, len(columns)), np.nan)
    for session, a, b in _sessions(columns):
        end = _after_trading(session, minutes * MINUTE_NS)
        if end is None:
            continue
        inside = a + int(columns.start[a:b].searchsorted(end))
        ends = session.ends(columns.interval)[columns.position[a:b]]
        over = a + int(ends.searchsorted(end))
        if inside > a:
            high, low = columns.high[a:inside].max(), columns.low[a:inside].min()
            values[:, over:b] = np.array([[high], [low], [columns.open[a]], [high - low]])
    return dict(zip(("high", "low", "open", "width"), values, strict=True))


def session_high(columns: Columns) -> Outputs:
    """The highest high since the open, in dollars."""
    return {"session_high": _by_session(columns, columns.high, np.maximum.accumulate)}


def session_low(columns: Columns) -> Outputs:
    """The lowest low since the open, in dollars."""
    return {"session_low": _by_session(columns, columns.low, np.minimum.accumulate)}


def cumulative_volume(columns: Columns) -> Outputs:
    """Shares traded since the open."""
    return {"cumulative_volume": _since_open(columns, columns.volume)}


def pivots(columns: Columns) -> Outputs:
    """Floor traders' pivots of the session before: ``p``, resistances ``r1 r2 r3``, supports ``s1 s2 s3``, in dollars.

    p = (high + low + close) / 3; r1 = 2p - low; s1 = 2p - high; r2, s2 = p +- (high - low); r3 = high + 2(p - low);
    s3 = low - 2(high - p). NaN where the session before has no bar.
    Source: Person (2004), "A Complete Guide to Technical Trading Tactics", on pivot points.
    """
    values = np.full((7, len(columns)), np.nan)
    for (_, a, b), (_, c, d) in _sessions_after_one(columns):
        high, low, close = columns.high[a:b].max(), columns.low[a:b].min(), columns.close[b - 1]
        p = (high + low + close) / 3
        levels = p, 2 * p - low, p + (high - low), high + 2 * (p - low), 2 * p - high, p - (high - low), low - 2 * (high - p)
        values[:, c:d] = np.array(levels)[:, None]
    return dict(zip(("p", "r1", "r2", "r3", "s1", "s2", "s3"), values, strict=True))


def gap(columns: Columns) -> Outputs:
    """The session's first open less the last close of the session before: ``absolute`` in dollars, ``percent`` of that close.

    NaN where the session before has no bar.
    """
    values = np.full((2, len(columns)), np.nan)
    for (_, _, b), (_, c, d) in _sessions_after_one(columns):
        close = columns.close[b - 1]
        values[:, c:d] = np.array([[columns.open[c] - close], [100 * (columns.open[c] - close) / close]])
    return dict(zip(("absolute", "percent"), values, strict=True))


def relative_volume(columns: Columns, cumulative: bool = False) -> Outputs:
    """Volume of a bar (``cumulative``: since the open) over its mean at the same bar of the sessions before: ``ratio``.

    ``samples`` is how many sessions that mean is of: those that have this bar; cumulative, those that last until it and have
    traded by then. So an early close adds to the bars that it has. Without a sample the ratio is NaN.
    """
    length = max((session.expected(columns.interval) for session in columns.sessions), default=0)
    sums, counts = np.zeros(length), np.zeros(length)
    volume = _since_open(columns, columns.volume) if cumulative else columns.volume
    ratio, samples = np.full(len(columns), np.nan), np.zeros(len(columns))
    for session, a, b in _sessions(columns):
        at = columns.position[a:b]
        samples[a:b] = counts[at]
        ratio[a:b] = _ratio(volume[a:b] * counts[at], sums[at])
        if cumulative and b > a:
            every = np.arange(at[0], session.expected(columns.interval))
            sums[every] += volume[a:b][at.searchsorted(every, "right") - 1]
            counts[every] += 1
        else:
            sums[at] += volume[a:b]
            counts[at] += 1
    return {"ratio": ratio, "samples": samples}


def _sessions(columns: Columns) -> Iterator[tuple[TradingSession, int, int]]:
    return zip(columns.sessions, columns.edges, columns.edges[1:], strict=False)


def _sessions_after_one(
    columns: Columns,
) -> Iterator[tuple[tuple[TradingSession, int, int], tuple[TradingSession, int, int]]]:
    """Each session with the one before it, where both have bars."""
    every = list(_sessions(columns))
    return ((one, two) for one, two in pairwise(every) if one[1] < one[2] and two[1] < two[2])


def _by_session(columns: Columns, values: Float64s, function: Callable[[Float64s], Float64s]) -> Float64s:
    made = np.empty(len(columns))
    for _, a, b in _sessions(columns):
        made[a:b] = function(values[a:b])
    return made


def _since_open(columns: Columns, values: Float64s) -> Float64s:
    return _by_session(columns, values, np.cumsum)


def _ratio(above: Float64s, below: Float64s) -> Float64s:
    """NaN where there is nothing below."""
    made: Float64s = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return made


def _after_trading(session: TradingSession, time_ns: int) -> int | None:
    """The instant at which so much time has been traded in ``session``, None where it is shorter."""
    for a, b in session.spans:
        if time_ns <= b - a:
            return a + time_ns
        time_ns -= b - a
    return None
