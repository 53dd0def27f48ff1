"""Contexts that see too early, on purpose: what people's notebooks do without their noticing it.

They wrap the context of an honest run, so that everything else stays the same. Nothing here is reached from a lab.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.engine.strategy import Strategy, overrides
from sessionlab.session.bars import BarView
from sessionlab.session.data import Day, SymbolData
from sessionlab.session.indicators import IndicatorView
from sessionlab.session.present import Present
from sessionlab.timing import Interval

_OF_THE_DAY = ("SESSION_HIGH", "SESSION_LOW")

Clock = Callable[[Present], int]
"""The number of the moment that is taken for now."""


class _AheadPresent:
    """Stands for a present, at a later moment."""

    def __init__(self, present: Present, clock: Clock) -> None:
        self._present = present
        self._clock = clock

    @property
    def rows(self) -> Any:
        return self._present.rows

    @property
    def k(self) -> int:
        return self._clock(self._present)

    @property
    def instant_ns(self) -> int | None:
        return None

    @property
    def now_ns(self) -> int:
        return self._present.rows.moments[self.k]


def end_of_bucket(interval: Interval) -> Clock:
    """At the end of the bar of ``interval`` that has begun: its row stands at its start, and is taken for known there."""

    def clock(present: Present) -> int:
        rows = present.rows
        session = rows.session
        ends = session.ends(interval)
        i = int(session.starts(interval).searchsorted(present.now_ns, "right")) - 1
        end_ns = max(int(ends[i]), present.now_ns) if i >= 0 else present.now_ns
        return max(rows.moments.at(end_ns), present.k)

    return clock


def end_of_day(present: Present) -> int:
    """At the close."""
    return present.rows.moments.last


class _Symbol:
    """The data of a symbol, of which some is seen too early."""

    def __init__(self, honest: SymbolData, kind: str) -> None:
        self._honest = honest
        self._kind = kind

    def bars(self, interval: str | Interval) -> Any:
        width = Interval.parse(interval)
        present = self._honest._present
        if self._kind != "unfinished" or width == present.rows.finest(self._honest.symbol):
            return self._honest.bars(interval)
        ahead: Any = _AheadPresent(present, end_of_bucket(width))
        return BarView(ahead, self._honest.symbol, width, (False, False))

    def __getitem__(self, what: Any) -> Any:
        if not isinstance(what, Recipe):
            return self.bars(what)
        present = self._honest._present
        if self._kind == "day" and str(what).startswith(_OF_THE_DAY):
            ahead: Any = _AheadPresent(present, end_of_day)
            return IndicatorView(ahead, self._honest.symbol, what)
        if self._kind == "unfinished" and what.interval not in (None, present.rows.finest(self._honest.symbol)):
            assert what.interval is not None
            later: Any = _AheadPresent(present, end_of_bucket(what.interval))
            return IndicatorView(later, self._honest.symbol, what)
        return self._honest[what]

    @property
    def day(self) -> Day:
        if self._kind != "day":
            return self._honest.day
        present = self._honest._present
        ahead: Any = _AheadPresent(present, end_of_day)
        whole = BarView(ahead, self._honest.symbol, present.rows.finest(self._honest.symbol), (False, False))
        return self._honest.day._replace(high=float(whole.high.max()), low=float(whole.low.min()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._honest, name)


class _Data:
    """The data of a session, by symbols that are seen too early."""

    def __init__(self, honest: Any, kind: str) -> None:
        self._honest = honest
        self._kind = kind

    def __getitem__(self, symbol: str) -> _Symbol:
        return _Symbol(self._honest[symbol], self._kind)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._honest, name)


class _Context:
    """A strategy's context, whose data is seen too early."""

    def __init__(self, honest: Any, kind: str) -> None:
        self._honest = honest
        self.data = _Data(honest.data, kind)

    def __getitem__(self, symbol: str) -> _Symbol:
        return self.data[symbol]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._honest, name)


_HOOKS = ("on_start", "on_session_start", "on_bar", "on_step", "on_fill", "on_quality", "on_session_end", "on_end")


class _Early(Strategy):
    """A strategy that is made to see too early."""

    def __init__(self, inner: Strategy, kind: str) -> None:
        super().__init__()
        self._inner = inner
        self._kind = kind
        self._called = inner.name
        self.every = inner.every  # type: ignore[misc]


def early(inner: Strategy, kind: str) -> Strategy:
    """``inner``, made to see too early: ``unfinished`` longer bars, or the high and low of the whole ``day``."""
    hooks = {name: _hook(name) for name in _HOOKS if overrides(inner, name)}
    made: type[_Early] = type(type(inner).__name__, (_Early,), hooks)
    return made(inner, kind)


def _hook(name: str) -> Callable[..., None]:
    """The hook ``name`` of the strategy inside, called with the context that sees too early."""

    def hook(self: _Early, ctx: Any, *arguments: Any) -> None:
        getattr(self._inner, name)(_Context(ctx, self._kind), *arguments)

    takes: dict[str, Callable[..., None]] = {
        "on_bar": lambda self, ctx, symbol: hook(self, ctx, symbol),
        "on_step": lambda self, ctx, symbols: hook(self, ctx, symbols),
        "on_fill": lambda self, ctx, fill: hook(self, ctx, fill),
        "on_quality": lambda self, ctx, symbol, interval, reason: hook(self, ctx, symbol, interval, reason),
    }
    made = takes.get(name, lambda self, ctx: hook(self, ctx))
    made.__name__ = name
    return made
