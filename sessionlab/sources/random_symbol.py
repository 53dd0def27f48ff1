"""Symbols that never were: what each is like, and where its price stands on every date.

A date needs no other date. Levels come from blocks of 1,024 calendar days: the level at a block's either end is drawn for
itself and a bridge leads from one to the other, so a price stays around its symbol's own and no walk has a beginning.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sessionlab.sources.dice import Dice

Float64s = NDArray[np.float64]
_Number = TypeVar("_Number", float, Float64s)

OVERNIGHT, INTRADAY = 0.5, 0.866  # parts of a day's volatility; their squares make one
WEEKEND = 0.3  # of a weekday's moves and volume; between sessions it makes Monday's gap
NEWS_DAYS, JUMP_DAYS = 0.015, 0.2  # how many of all days
BLOCK_DAYS = 1024
BLOCK_ENDS = 0.2  # how far, in log price, a block's ends lie from the symbol's own price
_EPOCH = dt.date(1970, 1, 1).toordinal()


class Symbol(NamedTuple):
    """What stays the same about a symbol.

    ``price`` dollars; ``volatility`` of a day's return and ``spread`` as fractions; ``volume`` shares a day;
    ``traded`` the fraction of seconds with a trade; ``depth`` shares at the best bid.
    """

    price: float
    volatility: float
    spread: float
    volume: float
    traded: float
    depth: float


class Level(NamedTuple):
    """A date's place in the symbol's history, as log prices around its own; ``heat`` scales its volatility and volume."""

    before: float
    overnight: float
    close: float
    jump: float
    heat: float


@lru_cache(maxsize=1024)
def traits(dice: Dice) -> Symbol:
    """The symbol that ``dice`` stand for. A busier one has tighter spreads and trades in more of its seconds."""
    price, calm, size = (float(u) for u in dice.of("symbol").uniform(3))
    volume = 2e6 * growth(3.0 * size)
    return Symbol(
        price=28.0 * growth(2.15 * price),
        volatility=0.009 + 0.010 * calm,
        spread=0.00028 - 0.00018 * size,
        volume=volume,
        traded=1 / 6 + size / 3,
        depth=300.0 + volume / 20_000,
    )


def level(dice: Dice, date: dt.date) -> Level:
    """Where the symbol stands on ``date``: yesterday's close, the move before the open, today's close."""
    block, day = divmod(date.toordinal() - _EPOCH, BLOCK_DAYS)
    return Level(*_block(dice, block)[:, day].tolist())


def growth(x: _Number) -> _Number:
    """``(1 + x/1024)**1024``: near enough to ``exp(x)``, and the same to the last bit everywhere."""
    y: _Number = 1.0 + x / 1024.0
    for _ in range(10):
        y = y * y
    return y


def wander(dice: Dice, count: int, pace: int) -> Float64s:
    """Normals drawn every ``pace`` steps with straight lines between them, shape (count,)."""
    nodes = dice.normal(count // pace + 2)
    way = np.tile(np.arange(pace) / pace, len(nodes) - 1)[:count]
    return np.repeat(nodes[:-1], pace)[:count] + np.repeat(nodes[1:] - nodes[:-1], pace)[:count] * way


@lru_cache(maxsize=128)
def _block(dice: Dice, block: int) -> Float64s:
    volatility = traits(dice).volatility
    chance = dice.of("levels", block)
    before, after = (float(dice.of("block", b).normal(1)[0]) * BLOCK_ENDS for b in (block, block + 1))
    night, noon = chance.of("moves").normal(2 * BLOCK_DAYS).reshape(2, -1)
    news, jumps, size = chance.of("events").uniform(3 * BLOCK_DAYS).reshape(3, -1)
    # 1970-01-01, day 0, was a Thursday.
    weekday = (np.arange(BLOCK_DAYS) + block * BLOCK_DAYS + 3) % 7
    rest = np.where(weekday < 5, 1.0, WEEKEND)
    heat = growth(0.25 * wander(chance.of("heat"), BLOCK_DAYS, 12)) * np.where(news < NEWS_DAYS, 1.7, 1.0) * rest

    overnight = OVERNIGHT * volatility * night * rest * np.where(news < NEWS_DAYS, 3.5, 1.0)
    jump = INTRADAY * volatility * rest * np.where(jumps < JUMP_DAYS, 1.8 * size - 0.9, 0.0)
    walk = np.cumsum(overnight + jump + INTRADAY * volatility * noon * heat)
    variance = np.cumsum(rest * rest)
    close = before + walk + variance * ((after - before - walk[-1]) / variance[-1])
    return np.stack([np.concatenate([[before], close[:-1]]), overnight, close, jump, heat])
