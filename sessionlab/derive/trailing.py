"""Historical indicators: what is made of the sessions before today, as they were known at its open.

A session counts with the bars that it has. One that closed early has fewer minutes, and gives no sample of those it lacks.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from sessionlab.derive.buckets import Grid, longer_bars
from sessionlab.derive.spans import DAY, window_of_days
from sessionlab.tape import BAR_COLUMNS, DayBlock, Rows
from sessionlab.tape.block import Bools, Float64s, Int64s
from sessionlab.tape.tape import window_rows
from sessionlab.timing import Interval, TradingSession

MINUTE = Interval.parse("1m")
_T = TypeVar("_T", np.float64, np.int64)
Kind = Literal["trailing_average", "trailing_max", "trailing_min"]
_FOLD: dict[str, Callable[[Float64s], np.float64]] = {
    "trailing_average": np.mean, "trailing_max": np.max, "trailing_min": np.min,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trailing:
    """What is made of which sessions before today's.

    Those are the last ``count`` (``unit`` ``d``), or all within so many calendar weeks (``w``), months (``mo``) or years
    (``y``) before its date.
    """

    name: str
    kind: Kind
    count: int
    unit: str
    by_minute: bool
    field: str
    skip_early_close: bool

    @property
    def interval(self) -> Interval:
        """The bars it is made of: days, or minutes."""
        return MINUTE if self.by_minute else DAY

    @property
    def period(self) -> str:
        """As the config writes it: ``10d``, ``3mo``."""
        return f"{self.count}{self.unit}"

    @property
    def words(self) -> str:
        """What it is, without of how many sessions: ``average volume``, ``highest high``."""
        return {"trailing_average": "average", "trailing_max": "highest", "trailing_min": "lowest"}[self.kind] + f" {self.field}"

    @property
    def meaning(self) -> str:
        """What it is, and of which sessions."""
        of = f"{self.count} session{'s' * (self.count != 1)}" if self.unit == "d" else f"the sessions of {self.period}"
        by_minute, early = ", by minute" if self.by_minute else "", ", without early closes" if self.skip_early_close else ""
        return f"{self.words} of {of}{by_minute}{early}"


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """The outcome for one session: ``value``, NaN where no session has a bar; by minute ``values`` and ``counts``.

    ``asked`` sessions were asked for. ``used`` are the dates of those with bars and ``numbers`` what each gave, shape (used,);
    ``skipped`` are dates left out because they closed early, ``absent`` those without any bar, ``incomplete`` those among
    the used that lack some. By minute ``values`` are the means of each minute of today's session, NaN without a sample, and
    ``counts`` the samples under them, both of shape (minutes,); ``value`` is NaN then, and ``numbers`` are how many
    minutes each session has.
    """

    asked: int
    value: float
    used: tuple[dt.date, ...]
    numbers: Float64s
    skipped: tuple[dt.date, ...] = ()
    absent: tuple[dt.date, ...] = ()
    incomplete: tuple[dt.date, ...] = ()
    values: Float64s | None = None
    counts: Int64s | None = None

    @property
    def why(self) -> str | None:
        """What is missing, in words; None where every session that was asked for is there."""
        if len(self.used) + len(self.skipped) == self.asked:
            return None
        early = f", {len(self.skipped)} of them left out (closed early)" if self.skipped else ""
        if not self.used:
            return f"{_sessions(self.asked)} asked{early}, none is stored"
        verb = "is" if len(self.used) == 1 else "are"
        return f"{_sessions(self.asked)} asked{early}, {len(self.used)} {verb} stored: from {self.used[0]} to {self.used[-1]}"


class Past:
    """The ``sessions`` before ``today`` with their ``blocks`` of ``base``, as told at its open; several recipes may share one.

    Those that closed early are left out where ``skip_early_close`` says so.
    """

    def __init__(
        self,
        sessions: Sequence[TradingSession],
        blocks: Sequence[DayBlock],
        base: Interval,
        today: TradingSession,
        incomplete: str,
        skip_early_close: bool,
    ) -> None:
        self.today = today
        self.span = len(sessions)
        self.skipped = tuple(session.date for session in sessions if skip_early_close and session.is_early_close)
        kept = [(session, block) for session, block in zip(sessions, blocks, strict=True) if session.date not in self.skipped]
        self.sessions = [session for session, _ in kept]
        self._blocks = [block for _, block in kept]
        self._base = base
        self._incomplete = incomplete

    @cached_property
    def days(self) -> Rows:
        """A row per session that is there."""
        return window_of_days(self._blocks, self.sessions, self._base, self._incomplete)(self.today.open_ns)

    @cached_property
    def minutes(self) -> list[Rows]:
        """The minutes of each of ``sessions``."""
        told = [window_rows([block], self.today.open_ns) for block in self._blocks]
        if self._base == MINUTE:
            return told
        grids = [Grid.of([session], MINUTE, self._base) for session in self.sessions]
        return [longer_bars(rows, grid, incomplete=self._incomplete) for rows, grid in zip(told, grids, strict=True)]


def trail(recipe: Trailing, past: Past) -> Trail:
    """``recipe`` over ``past``."""
    return _by_minute(recipe, past) if recipe.by_minute else _daily(recipe, past)


def _daily(recipe: Trailing, past: Past) -> Trail:
    days = past.days
    numbers = days.values[BAR_COLUMNS.index(recipe.field)]
    opens = np.array([session.open_ns for session in past.sessions], dtype=np.int64)
    there = np.zeros(len(opens), dtype=bool)
    there[opens.searchsorted(days.start)] = True
    whole = there.copy()
    if days.complete is not None:
        whole[there] = days.complete
    return Trail(
        asked=_asked(recipe, past),
        value=float(_FOLD[recipe.kind](numbers)) if days.size else math.nan,
        used=_dates(past, there),
        numbers=_frozen(numbers),
        skipped=past.skipped,
        absent=_dates(past, ~there),
        incomplete=_dates(past, there & ~whole),
    )


def _by_minute(recipe: Trailing, past: Past) -> Trail:
    minutes, column = past.today.expected(MINUTE), BAR_COLUMNS.index(recipe.field)
    sums, counts = np.zeros(minutes), np.zeros(minutes, dtype=np.int64)
    gave, short = np.zeros(len(past.sessions)), np.zeros(len(past.sessions), dtype=bool)
    for i, (session, rows) in enumerate(zip(past.sessions, past.minutes, strict=True)):
        at = session.positions(rows.start, MINUTE)
        within = at < minutes
        sums[at[within]] += rows.values[column][within]
        counts[at[within]] += 1
        gave[i] = rows.size
        whole = rows.size if rows.complete is None else int(np.count_nonzero(rows.complete))
        short[i] = whole < session.expected(MINUTE)
    there = gave > 0
    return Trail(
        asked=_asked(recipe, past),
        value=math.nan,
        used=_dates(past, there),
        numbers=_frozen(gave[there]),
        skipped=past.skipped,
        absent=_dates(past, ~there),
        incomplete=_dates(past, there & short),
        values=_frozen(np.divide(sums, counts, out=np.full(minutes, np.nan), where=counts > 0)),
        counts=_frozen(counts),
    )


def _asked(recipe: Trailing, past: Past) -> int:
    return recipe.count if recipe.unit == "d" else past.span


def _dates(past: Past, which: Bools) -> tuple[dt.date, ...]:
    return tuple(past.sessions[i].date for i in np.flatnonzero(which).tolist())


def _frozen(numbers: NDArray[_T]) -> NDArray[_T]:
    view = numbers.view()
    view.flags.writeable = False
    return view


def _sessions(count: int) -> str:
    return f"{count} session{'s' * (count != 1)}"
