"""Indicators of one symbol as they are known now: live views that follow their clock, like those of bars.

A value becomes visible with its bar. Arrays and frames taken from a view are prefixes of arrays that never change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from sessionlab.config.problems import nearest
from sessionlab.derive.indicators.recipe import TAKEN, Recipe
from sessionlab.derive.indicators.series import series_of
from sessionlab.session.indicator_columns import IndicatorCut, NoCut
from sessionlab.session.present import Present
from sessionlab.tape.actions import Split
from sessionlab.tape.block import Float64s
from sessionlab.timing import Interval, TradingSession


class IndicatorView:
    """An indicator of one symbol, always as known at the clock's now.

    ``.last`` is its newest value, of several outputs a row of them; an output's array is an attribute by its name.
    ``.history`` is the window before today, ``.all`` both.
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
            return f"no {self.interval} bar of today is known yet" if self._part != "history" else "its window has no bars"
        return self.recipe.lacks

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

    def __getattr__(self, name: str) -> Float64s:
        if name.startswith("_"):
            raise AttributeError(name)
        cut, n = self._now()
        array = cut.arrays.get(name)
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
        n = len(self)
        shown = f" · last {min(n, 5)} shown" if n > 5 else ""
        head = f"<p><b>{self._symbol} {self.recipe}</b> {self._what()} · {self._newest()}{shown}</p>"
        return head + (self.tail(5).to_html(border=0) if n else "")

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

    def _now(self) -> tuple[IndicatorCut, int]:
        """The arrays behind the view, and how many of their values are visible."""
        k = self._present.k
        cut = self._cut
        if not cut.since <= k < cut.until:
            cut = self._turn(k)
        return cut, cut.base + cut.counts[k - cut.since]

    def _turn(self, k: int) -> IndicatorCut:
        """The arrays from here on: another session, or another telling of this one."""
        rows = self._present.rows
        telling = rows.tape(self._symbol, self.interval).telling(k)
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

    def _sessions(self) -> list[TradingSession]:
        rows = self._present.rows
        return [*rows.window_of(self._symbol, self.interval).sessions, rows.session]


class IndicatorViews(Mapping[str, IndicatorView]):
    """Indicators of one symbol by name: those of the config, and those asked for so far."""

    __slots__ = ("_declared", "_view")

    def __init__(self, declared: Mapping[str, Recipe], view: Callable[[Recipe], IndicatorView]) -> None:
        self._declared = declared
        self._view = view

    def __getitem__(self, name: str) -> IndicatorView:
        recipe = self._declared.get(name)
        if recipe is None:
            near = nearest(name, [*self._declared])
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(self._declared) or 'none'} so far"
            raise KeyError(f"no indicator {name!r}; {hint}")
        return self._view(recipe)

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._declared)

    def __repr__(self) -> str:
        return f"<indicators {', '.join(self._declared) or 'none so far'}>"
