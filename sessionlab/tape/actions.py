"""Corporate actions of a symbol, and bars of earlier days told in the shares of a later one.

An action counts from the open of its ex date on. So bars of a session are touched by those actions alone whose ex date
lies after that session, and seen from a session only by those whose ex date has come: nothing is adjusted ahead.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from sessionlab.errors import BadDataError, CalendarError
from sessionlab.tape.block import DayBlock, Rows
from sessionlab.timing import TimeManager

Adjust = Literal["none", "splits", "all"]

_NOISE = 1e-5  # files give factors to six figures or so
_LARGEST_OLD = 100  # 103 for 100 is a split; finer ones are taken as they are given


@dataclass(frozen=True, slots=True)
class Split:
    """From the open of ``ex_date`` on there are ``ratio`` shares for each old one: 7.0, or 0.05 where twenty became one.

    >>> str(Split(dt.date(2014, 6, 9), 7.0)), str(Split(dt.date(2009, 7, 1), 0.05))
    ('7 for 1 on 2014-06-09', '1 for 20 on 2009-07-01')
    """

    ex_date: dt.date
    ratio: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.ratio) and self.ratio > 0):
            raise BadDataError(f"a split on {self.ex_date} has ratio {self.ratio:g}; it must be above 0", value=self.ratio)

    def __str__(self) -> str:
        near = _fraction(self.ratio)
        shares = f"{self.ratio:g} for 1" if near is None else f"{near.numerator} for {near.denominator}"
        return f"{shares} on {self.ex_date}"


@dataclass(frozen=True, slots=True)
class Dividend:
    """``amount`` dollars a share go to those who held it before ``ex_date``; ``close`` is the last price before it."""

    ex_date: dt.date
    amount: float
    close: float

    def __post_init__(self) -> None:
        if not 0 <= self.amount < self.close < math.inf:
            raise BadDataError(
                f"a dividend on {self.ex_date} is {self.amount:g} on a close of {self.close:g}; it must be less than the close",
                value=self.amount,
            )

    @property
    def factor(self) -> float:
        """What a price before ``ex_date`` is multiplied by: 1 - amount / close.

        Source: the multiplier of Yahoo's adjusted close, "What is the adjusted close?", which follows CRSP.
        """
        return 1.0 - self.amount / self.close


class Adjustment(NamedTuple):
    """Prices are divided by ``ratio`` and multiplied by ``factor``, volumes are multiplied by ``ratio``."""

    ratio: float
    factor: float

    def __call__(self, rows: Rows) -> Rows:
        """Bars as adjusted; instants and order stay."""
        values = rows.values.copy()
        values[:4] /= self.ratio
        if self.factor != 1.0:
            values[:4] *= self.factor
        values[4] *= self.ratio
        return Rows.of(rows.start, rows.known_at, values, rows.base_count, rows.complete, rows.repaired)


UNADJUSTED = Adjustment(1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Actions:
    """The splits and dividends of one symbol, each sorted by ex date."""

    splits: tuple[Split, ...] = ()
    dividends: tuple[Dividend, ...] = ()

    @classmethod
    def of(cls, splits: Iterable[Split] = (), dividends: Iterable[Dividend] = ()) -> Actions:
        """Actions in any order."""
        return cls(
            tuple(sorted(splits, key=lambda split: split.ex_date)),
            tuple(sorted(dividends, key=lambda dividend: dividend.ex_date)),
        )

    def between(self, after: dt.date, until: dt.date) -> Actions:
        """Those whose ex date is later than ``after`` and not later than ``until``."""
        splits = tuple(split for split in self.splits if after < split.ex_date <= until)
        return Actions(splits, tuple(dividend for dividend in self.dividends if after < dividend.ex_date <= until))

    def adjustment(self, date: dt.date, today: dt.date, adjust: Adjust) -> Adjustment:
        """What tells bars of ``date`` in the shares of ``today``.

        >>> apple = Actions.of([Split(dt.date(2014, 6, 9), 7.0)])
        >>> apple.adjustment(dt.date(2014, 6, 6), dt.date(2014, 6, 9), "splits")
        Adjustment(ratio=7.0, factor=1.0)
        >>> apple.adjustment(dt.date(2014, 6, 5), dt.date(2014, 6, 6), "splits")
        Adjustment(ratio=1.0, factor=1.0)
        """
        if adjust == "none":
            return UNADJUSTED
        touching = self.between(date, today)
        ratio = math.prod((split.ratio for split in touching.splits), start=1.0)
        if adjust == "splits":
            return Adjustment(ratio, 1.0)
        return Adjustment(ratio, math.prod((dividend.factor for dividend in touching.dividends), start=1.0))


NO_ACTIONS = Actions()


class FactorRow(NamedTuple):
    """A row of a factor file: what prices up to ``date``, the last one it holds for, are multiplied by.

    ``reference`` is the close of ``date``; a price factor is about dividends, a split factor about splits.
    """

    date: dt.date
    price_factor: float
    split_factor: float
    reference: float


def actions_of(factors: Sequence[FactorRow], times: TimeManager) -> Actions:
    """The splits and dividends that ``factors`` were made of. The ex date is the session after a row's date.

    Ratios are freed from the rounding of factors, dividends have four decimals. Actions before the calendar's first
    session and after its last one are left out: no window reaches them.
    """
    splits, dividends = [], []
    rows = sorted(factors)
    for row in rows:
        if not (0 < row.price_factor < math.inf and 0 < row.split_factor < math.inf):
            raise BadDataError(
                f"the factors up to {row.date} are {row.price_factor:g} and {row.split_factor:g}; they must be above 0"
            )
    for row, later in pairwise(rows):
        try:
            ex_date = times.get_next_trading_date(row.date)
        except CalendarError:
            continue
        ratio = whole_ratio(later.split_factor / row.split_factor)
        if ratio != 1.0:
            splits.append(Split(ex_date, ratio))
        if row.price_factor != later.price_factor:
            amount = row.reference * (1.0 - row.price_factor / later.price_factor)
            dividends.append(Dividend(ex_date, round(amount, 4), row.reference))
    return Actions.of(splits, dividends)


def whole_ratio(ratio: float) -> float:
    """The ratio of small whole numbers that ``ratio`` was rounded from; as it is where none is near.

    >>> [whole_ratio(ratio) for ratio in (6.999997, 1.249993, 0.0500001, 1.998333)]
    [7.0, 1.25, 0.05, 1.998333]
    """
    near = _fraction(ratio)
    return ratio if near is None else near.numerator / near.denominator


def adjust_blocks(blocks: Sequence[DayBlock], actions: Actions, today: dt.date, adjust: Adjust) -> list[DayBlock]:
    """Blocks of earlier sessions told in the shares of ``today``; those that nothing touches are handed back as they are."""
    touching = actions.between(min((block.date for block in blocks), default=today), today)
    told = []
    for block in blocks:
        change = touching.adjustment(block.date, today, adjust)
        if change == UNADJUSTED:
            told.append(block)
        else:
            told.append(replace(block, rows=change(block.rows), extended=change(block.extended)))
    return told


def _fraction(ratio: float) -> Fraction | None:
    if not 0 < ratio < math.inf:
        return None
    inverse = ratio < 1
    near = Fraction(1 / ratio if inverse else ratio).limit_denominator(_LARGEST_OLD)
    near = 1 / near if inverse else near
    return near if abs(float(near) / ratio - 1.0) < _NOISE else None
