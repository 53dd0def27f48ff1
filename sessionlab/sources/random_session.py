"""A session that never was, by the second: a bridge from open to close, and trades that hit the bid or the ask around it.

Volume and volatility run in a U from open to close; an early close, a break, a session over midnight or around the
clock is the same bridge over other seconds. All prices are whole cents.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sessionlab.sources.dice import Dice, normal_table
from sessionlab.sources.random_symbol import INTRADAY, Level, Symbol, growth, level, traits, wander
from sessionlab.timing import Interval, TradingSession

Bools = NDArray[np.bool_]
Float64s = NDArray[np.float64]
Int32s = NDArray[np.int32]
Uint16s = NDArray[np.uint16]

SECOND = Interval.parse("1s")
TICKS_PER_DOLLAR = 100.0
REGULAR_SECONDS = 23_400
OPENING_AUCTION, CLOSING_AUCTION = 0.01, 0.04  # of a regular day's volume
WIDER_AT_OPEN = 1.5  # the spread opens so many times wider than its own width
JUMP_CROWD = 8.0  # times more trading right after a jump of a day's volatility
BUSY_SECONDS = 120  # how long activity stays about the same
_HOUR_NS = 3600 * SECOND.ns
WIDE_AWAKE_NS = 17.5 * _HOUR_NS  # a market closed this long opens with the whole overnight move in its gap


class Seconds(NamedTuple):
    """One session by the second: bars as (5, seconds), best bid and ask in ticks at each second's end.

    ``traded`` says in which seconds somebody trades at all, if the symbol is to be as thin as most are.
    """

    values: Float64s
    bid: Int32s
    ask: Int32s
    traded: Bools


class Shape(NamedTuple):
    """How a day goes, by the second: volume (mean 1), volatility, and how excitement fades that was 1 at first."""

    volume: Float64s
    volatility: Float64s
    fading: Float64s


def make_seconds(dice: Dice, session: TradingSession) -> Seconds:
    """All seconds of the session for the symbol that ``dice`` stand for."""
    symbol, day, shape = traits(dice), level(dice, session.date), _shape_of(session)
    count = len(shape.volume)
    chance = dice.of(session.date)
    shock, surge, rise, fall = chance.of("path").quarters(count) >> np.uint16(4)
    at_open, at_close, jitter, patience = chance.of("trades").quarters(count)
    activity = 1.0 + 0.2 * wander(chance.of("activity"), count, BUSY_SECONDS)

    opening, move = _ends(symbol, day, session)
    pace = shape.volatility * activity
    mid = _path(pace, shock, symbol.volatility * INTRADAY * day.heat, move - day.jump)
    jump_at = int(chance.of("jump").uniform(1)[0] * count)
    mid[jump_at:] += day.jump
    mid += 1.0
    mid *= opening
    pace *= opening
    bid, ask = _book(mid, (1.0 + WIDER_AT_OPEN * shape.fading) * (symbol.spread * opening), jitter)
    del mid

    crowd = activity * activity * shape.volume
    crowd[jump_at:] *= 1.0 + (JUMP_CROWD * abs(day.jump) / symbol.volatility) * shape.fading[: count - jump_at]
    shares = symbol.volume * day.heat * min(1.0, count / REGULAR_SECONDS)
    shares *= growth(0.25 * float(chance.of("volume").normal(1)[0]))

    values = np.empty((5, count))
    _prices(values, bid, ask, math.floor(opening), at_open & 1, at_close & 1)
    values[1] += np.floor(pace * _reach()[rise])
    values[2] -= np.floor(pace * _reach()[fall])
    values[:4] /= TICKS_PER_DOLLAR
    np.floor(_surge()[surge] * _stir()[shock] * crowd * (shares / count), out=values[4])
    values[4] += 1.0
    if _closed_ns(session) > 0:
        values[4, 0] += math.floor(shares * OPENING_AUCTION)
        values[4, -1] += math.floor(shares * CLOSING_AUCTION)

    traded = patience < (0.4 + 0.6 * crowd) * (symbol.traded * 2.0**16)
    traded[0] = traded[-1] = True
    return Seconds(values, bid, ask, traded)


def quote_values(dice: Dice, session: TradingSession, bid: Int32s, ask: Int32s) -> Float64s:
    """The session's quotes at the end of each second, the columns of ``QUOTE_COLUMNS``; sizes are round lots."""
    bid_luck, ask_luck, _, _ = dice.of(session.date, "sizes").quarters(len(bid)) >> np.uint16(4)
    depth = traits(dice).depth / 100.0
    values = np.empty((4, len(bid)))
    np.divide(bid, TICKS_PER_DOLLAR, out=values[0])
    np.divide(ask, TICKS_PER_DOLLAR, out=values[2])
    values[1] = 100.0 * (1.0 + np.floor(depth * _surge()[bid_luck]))
    values[3] = 100.0 * (1.0 + np.floor(depth * _surge()[ask_luck]))
    return values


def _path(pace: Float64s, shock: Uint16s, volatility: float, target: float) -> Float64s:
    """A bridge from 0 at the open to ``target``; ``pace`` becomes the standard deviation of each second's move."""
    variance = pace * pace
    np.cumsum(variance, out=variance)
    pace *= volatility / math.sqrt(variance[-1])
    path = normal_table()[shock]
    path *= pace
    np.cumsum(path, out=path)
    variance *= (target - path[-1]) / variance[-1]
    path += variance
    return path


def _book(mid: Float64s, spread: Float64s, jitter: Uint16s) -> tuple[Int32s, Int32s]:
    """Bid and ask around the mid, all in ticks; the spread is a whole number of them, at least one."""
    spread += jitter * 2.0**-16
    ticks = np.maximum(spread.astype(np.int32), 1)
    bid = np.floor(mid - (ticks - 1) * 0.5).astype(np.int32)
    return bid, bid + ticks


def _prices(values: Float64s, bid: Int32s, ask: Int32s, opening: int, at_open: Uint16s, at_close: Uint16s) -> None:
    """Bars in ticks: each second's last trade at its bid or ask, its first at those of the second before."""
    spread = ask - bid
    values[3] = bid + spread * at_close
    values[0, 0] = opening + int(at_open[0])
    values[0, 1:] = bid[:-1] + spread[:-1] * at_open[1:]
    np.maximum(values[0], values[3], out=values[1])
    np.minimum(values[0], values[3], out=values[2])


def _ends(symbol: Symbol, day: Level, session: TradingSession) -> tuple[float, float]:
    """The mid at the open in ticks, and the session's whole move as a fraction of it."""
    gap = day.overnight * min(1.0, _closed_ns(session) / WIDE_AWAKE_NS)
    opening = symbol.price * growth(day.before + gap) * TICKS_PER_DOLLAR
    close = symbol.price * growth(day.close) * TICKS_PER_DOLLAR
    return opening, close / opening - 1.0


def _closed_ns(session: TradingSession) -> int:
    return max(0, 24 * _HOUR_NS - (session.close_ns - session.open_ns))


def _shape_of(session: TradingSession) -> Shape:
    before_break = None if session.break_start_ns is None else -((session.open_ns - session.break_start_ns) // SECOND.ns)
    return _shape(session.expected(SECOND), before_break)


@lru_cache(maxsize=4)
def _shape(count: int, before_break: int | None) -> Shape:
    second = np.arange(count, dtype=np.float64)
    t = (second + 0.5) / count
    volume = 0.3 + 0.3 / (t + 0.08) + 0.12 / (1.04 - t)
    volatility = 0.55 + 0.12 / (t + 0.06) + 0.02 / (1.04 - t)
    if before_break is not None:
        volatility[before_break] *= 10.0  # what was learned during the break
    return Shape(volume / (np.cumsum(volume)[-1] / count), volatility, 1.0 / (1.0 + second / 240.0))


@lru_cache(maxsize=1)
def _surge() -> Float64s:
    """Log-normal factors with mean 1, shape (4096,)."""
    factors = growth(normal_table())
    mean = float(np.cumsum(factors)[-1]) / len(factors)
    return factors / mean


@lru_cache(maxsize=1)
def _reach() -> Float64s:
    """How far a second's trades go beyond its first and last, in standard deviations of its move, shape (4096,)."""
    return 0.8 * np.abs(normal_table())


@lru_cache(maxsize=1)
def _stir() -> Float64s:
    """How a second's move draws volume, mean 1, shape (4096,)."""
    return 0.6 + 0.5 * np.abs(normal_table())
