"""Columns that people's notebooks work out of a day's minutes, as code: some look ahead, some do not.

Of each is said which bar is the last that its value in a given row needs. A value is known at that bar's end, and no earlier.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Last = Callable[[int, int, int], int]
"""The number of the last bar needed, out of that of the row, the parameter of the column, and how many bars the day has."""


class Column(NamedTuple):
    """A column: ``code`` with ``{n}`` for its parameter, the ``choices`` of that, and the ``last`` bar it needs."""

    code: str
    choices: tuple[int, ...]
    last: Last
    why: str


def _own(row: int, n: int, bars: int) -> int:
    return row


def _close(row: int, n: int, bars: int) -> int:
    return bars - 1


HONEST = (
    Column("close.ewm(span={n}, adjust=False).mean()", (9, 12, 20), _own, "it goes back from its own row"),
    Column("close.rolling({n}).mean()", (5, 10, 30), _own, "it goes back from its own row"),
    Column("(close * volume).cumsum() / volume.cumsum()", (0,), _own, "it sums up to its own row"),
    Column("high.cummax()", (0,), _own, "it is the high so far, not that of the day"),
    Column("close.pct_change({n})", (3, 5, 15), _own, "it compares with an earlier row"),
    Column(
        "(close - close.expanding().mean()) / close.expanding().std()",
        (0,),
        _own,
        "mean and deviation are of the rows so far",
    ),
    Column("close.shift({n})", (1, 2, 5), lambda row, n, bars: row - n, "it is the value of an earlier row, known at its end"),
    Column(
        'close.resample("{n}min").last().shift(1).reindex(bars.index).ffill()',
        (5, 10, 15),
        lambda row, n, bars: row // n * n - 1,
        "the shift takes the longer bar before, which had ended when this one began",
    ),
)
AHEAD = (
    Column(
        "close.rolling({n}, center=True).mean()",
        (5, 9, 15),
        lambda row, n, bars: row + n // 2,
        "a centered window reaches half its width beyond its row",
    ),
    Column("close.shift(-{n})", (1, 2, 5), lambda row, n, bars: row + n, "shift by a minus number takes from later rows"),
    Column(
        "close.pct_change({n}).shift(-{n})",
        (3, 4, 10),
        lambda row, n, bars: row + n,
        "that is the return that is still to come",
    ),
    Column('high.groupby(bars.index.date).transform("max")', (0,), _close, "the high of a whole day is known at its close"),
    Column("(close - close.mean()) / close.std()", (0,), _close, "mean and deviation are those of all rows, to the last one"),
    Column(
        'close.resample("{n}min").last().reindex(bars.index).ffill()',
        (5, 10, 15),
        lambda row, n, bars: row // n * n + n - 1,
        "a longer bar stands at its start, and is known at its end",
    ),
    Column(
        'low.groupby(bars.index.floor("{n}min")).transform("min")',
        (5, 10, 15),
        lambda row, n, bars: row // n * n + n - 1,
        "each row gets what its whole bucket comes to, and that is known at the bucket's end",
    ),
    Column(
        "close.iloc[::{n}].reindex(bars.index).bfill()",
        (20, 10, 15),
        lambda row, n, bars: -(-row // n) * n,
        "bfill takes from a later row",
    ),
    Column(
        "pd.Series(np.gradient(close), bars.index)",
        (0,),
        lambda row, n, bars: row + 1,
        "a gradient takes the row before and the row after",
    ),
)
