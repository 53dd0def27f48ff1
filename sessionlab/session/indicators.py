"""Indicators of one symbol as they are known now: live views that follow their clock, like those of bars.

A value becomes visible with its bar. Arrays and frames taken from a view are prefixes of arrays that never change.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.config.problems import nearest
from sessionlab.derive.indicators.own_function import FunctionRecipe
from sessionlab.derive.indicators.recipe import TAKEN, Recipe
from sessionlab.derive.indicators.series import series_of
from sessionlab.errors import ConfigError
from sessionlab.session.indicator_columns import UNNAMED, IndicatorCut, NoCut
from sessionlab.session.number import Number
from sessionlab.session.present import Present
from sessionlab.tape import Telling
from sessionlab.tape.actions import Split
from sessionlab.tape.block import Float64s
from sessionlab.timing import Interval, TradingSession


class IndicatorView(Number):
    """An indicator of one symbol, always as known at the clock's now.

    ``.last`` is its newest value, of several outputs a row of them; an output's array is an attribute by its name.
    ``.history`` is the window before today, ``.all`` both. ``view[-1]`` and ``view[-5:]`` are of its ``values``. One of a
    single output stands for its newest value wherever a float may; beside an array write ``.last`` or ``.values``.
    """

    __slots__ = ("_cut", "_part", "_present", "_symbol", "interval", "recipe")

    def __init__(self, present: Present, symbol: str, recipe: Recipe, part: str = "today") -> None:
        interval = recipe.interval or present.rows.finest(symbol)
        present.rows.tape(symbol, interval)
        self._present = present
        self._symbol = symbol
        self.interval: Interval = interval
        self.recipe = recipe.on(interval)
        self._part = part
        self._cut: Any = NoCut

    @property
    def last(self) -> Any:
        """The newest value: a float, of several outputs a row of them by name. NaN where there is none."""
        k = self._present.k
        cut = self._cut
        if not cut.since <= k < cut.until:
            cut = self._turn(k)
        i = cut.base + cut.counts[k - cut.since] - 1
        if i < 0:
            return cut.nothing
        single = cut.single
        return cut.row(*[view[i] for view in cut.views]) if single is None else single[i]

    @property
    def ready(self) -> bool:
        """Whether the newest value is a number; of several outputs, whether all are."""
        cut, n = self._now()
        return n > 0 and not any(math.isnan(view[n - 1]) for view in cut.views)

    @property
    def complete(self) -> bool:
        """Whether there is a newest value, and no bar under it lacks a base bar."""
        cut, n = self._now()
        return n > 0 and cut.series.complete(cut.before + n - 1)

    @property
    def why(self) -> str | None:
        """Why it is not ready, with how many bars there are and how many it needs; None when it is."""
        cut, n = self._now()
        if self.ready:
            return None
        window, has, needs = cut.before + cut.base, cut.before + n, self.recipe.needs
        if has < needs:
            there = f"{window} of the window, {has - window} of today"
            return f"it needs {needs} bars of {self.interval} and has {has}: {there}"
        if n == 0:
            return self._no_bar_yet() if self._part != "history" else "its window has no bars"
        return self.recipe.lacks(self._sessions()[:-1])

    @property
    def values(self) -> Float64s:
        """Its values, float64 of shape (bars,), of several outputs (outputs, bars); read-only, no copy."""
        cut, n = self._now()
        if cut.single is None:
            return cut.series.block[:, cut.before : cut.before + n]
        return cut.series.arrays[0][cut.before : cut.before + n]

    @property
    def index(self) -> pd.DatetimeIndex:
        """Start of each bar, in the exchange's zone."""
        cut, n = self._now()
        index = cut.frame.index[:n]
        assert isinstance(index, pd.DatetimeIndex)
        return index

    def frame(self) -> pd.DataFrame:
        """The values as a DataFrame over read-only memory: a column per output, a single one named as the indicator.

        The index is the bar's start in the exchange's zone. The frame stays as it is when the clock moves on.
        """
        cut, n = self._now()
        return cut.frame.iloc[:n]

    def tail(self, n: int = 5) -> pd.DataFrame:
        """The newest ``n`` values (fewer where there are fewer) as a frame."""
        cut, size = self._now()
        return cut.frame.iloc[max(size - n, 0) : size]

    @property
    def history(self) -> IndicatorView:
        """The same view of the window: the sessions before today."""
        return IndicatorView(self._present, self._symbol, self.recipe, "history")

    @property
    def all(self) -> IndicatorView:
        """The same view of window and today; it crosses the open."""
        return IndicatorView(self._present, self._symbol, self.recipe, "all")

    @property
    def unadjusted(self) -> tuple[Split, ...]:
        """The splits that its newest value reaches across and is not adjusted for: at each, prices and volumes jump."""
        cut, n = self._now()
        if n == 0:
            return ()
        first = cut.series.first_session(cut.before + n - 1).date
        return tuple(s for s in self._present.rows.unadjusted(self._symbol, self.interval) if s.ex_date > first)

    def __len__(self) -> int:
        return self._now()[1]

    def __getitem__(self, at: Any) -> Any:
        """The value of one bar by position, of several outputs a row of them; of a slice the values, as in ``.values``."""
        cut, n = self._now()
        if isinstance(at, slice):
            return self.values[..., at]
        if not isinstance(at, (int, np.integer)):
            raise ConfigError(f"{self._title()} is read by position, as in [-1] and [-5:], not by {at!r}; take .frame().loc")
        i = int(at) + n if at < 0 else int(at)
        if not 0 <= i < n:
            raise IndexError(f"value {at} of {self._title()}: there are {n} so far")
        values = [view[i] for view in cut.views]
        return values[0] if cut.row is None else cut.row(*values)

    def __float__(self) -> float:
        last = self.last
        if isinstance(last, float):
            return last
        outputs = ", ".join(last._fields)
        raise TypeError(f"{self.recipe} has several outputs ({outputs}) and is no number; write .last.{last._fields[0]}")

    __array_ufunc__ = None  # so numpy's numbers, and arrays, leave operators to this class

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.values, dtype=dtype) if copy or dtype is not None else self.values

    def _other(self, other: Any) -> float | None:
        if isinstance(other, np.ndarray | pd.Series | pd.Index | pd.DataFrame):
            raise ConfigError(
                f"{self.recipe} beside an array may mean its newest value or all of them; write .last, or .values for all"
            )
        return super()._other(other)

    def __eq__(self, other: object) -> Any:
        return super().__eq__(other) if isinstance(self.last, float) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # see Number

    def __getattr__(self, name: str) -> Float64s:
        if name.startswith("_"):
            raise AttributeError(name)
        cut, n = self._now()
        array = cut.arrays.get(name)
        if array is None and cut.nothing is UNNAMED:
            array = cut.series.arrays[0]
        if array is None:
            near = nearest(name, [*cut.arrays, *TAKEN])
            hint = f"did you mean {near}?" if near else f"its outputs are {', '.join(cut.arrays)}"
            raise AttributeError(f"{self.recipe} has no {name}; {hint}", name=name, obj=self)
        return array[:n]

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self._now()[0].series.names])

    def __repr__(self) -> str:
        return f"<{self._title()}: {self._newest()}>"

    def _repr_html_(self) -> str:
        from sessionlab.session.pages import indicator_page

        return indicator_page(self, self._what(), self._newest())

    def _newest(self) -> str:
        why = self.why
        if why is not None:
            return f"not ready: {why}"
        last = self.last
        said = (
            f"{last:g}" if isinstance(last, float) else ", ".join(f"{name} {value:g}" for name, value in last._asdict().items())
        )
        return said if self.complete else f"{said}, over incomplete bars"

    def _title(self) -> str:
        return f"{self._symbol} {self.recipe} {self._what()}"

    def _what(self) -> str:
        session = self._present.rows.session
        jumps = "".join(f", not adjusted for {split}" for split in self.unadjusted)
        if self._part == "history":
            return f"window before {session.date}{jumps}"
        now = pd.Timestamp(self._present.now_ns, tz="UTC").tz_convert(session.tz)
        return f"{'window and ' if self._part == 'all' else ''}{session.date} at {now:%H:%M:%S}{jumps}"

    def _no_bar_yet(self) -> str:
        absent = self._present.rows.absent_today(self._symbol, self.interval)
        if absent is not None:
            return absent
        if self.interval.is_intraday:
            return f"no {self.interval} bar of today is known yet"
        return f"today's {self.interval} bar is known at the close; .history and .all have the values of the sessions before"

    def _now(self) -> tuple[IndicatorCut, int]:
        """The arrays behind the view, and how many of their values are visible."""
        k = self._present.k
        cut = self._cut
        if not cut.since <= k < cut.until:
            cut = self._turn(k)
        return cut, cut.base + cut.counts[k - cut.since]

    def _turn(self, k: int) -> IndicatorCut:
        """The arrays from here on: another session, or another telling of this one; of an own function also other bars."""
        rows = self._present.rows
        telling = rows.tape(self._symbol, self.interval).telling(k)
        if isinstance(self.recipe, FunctionRecipe):
            said = self._cut = self._said(self.recipe, telling, k)
            return said
        key = self.recipe, self._part
        cut = telling.cuts.get(key)
        if not isinstance(cut, IndicatorCut):
            series = series_of(telling, self.recipe, self.interval, self._sessions)
            window, since, until = telling.window.size, telling.since, telling.until
            before = window if self._part == "today" else 0
            counts = bytes(until - since) if self._part == "history" else telling.counts
            cut = telling.cuts[key] = IndicatorCut(series, before, window - before, counts, since, until, rows.session.tz)
        self._cut = cut
        return cut

    def _said(self, recipe: FunctionRecipe, telling: Telling, k: int) -> IndicatorCut:
        """What an own function says of the bars known at moment ``k``. Of the window alone it was asked at the open."""
        rows, window = self._present.rows, telling.window.size
        count = 0 if self._part == "history" else telling.visible(k)
        series = rows.watched(self._symbol, recipe, self.interval).series(telling, count)
        since, until = telling.since, telling.until
        if self._part != "history":
            since, until = since + bisect_left(telling.counts, count), since + bisect_right(telling.counts, count)
        before = window if self._part == "today" else 0
        return IndicatorCut(series, before, window - before, [count] * (until - since), since, until, rows.session.tz)

    def _sessions(self) -> list[TradingSession]:
        return self._present.rows.sessions_of(self._symbol, self.interval)
