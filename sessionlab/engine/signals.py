"""Entries and exits from arrays of one's own, as a strategy: what was worked out elsewhere, filled and accounted here.

A row of a signal is known at its bar's end and acted on then, so it is filled from the next open on.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.engine.strategy import Strategy
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

if TYPE_CHECKING:
    from sessionlab.engine.context import Context

Row = tuple[bool, bool, bool, bool, float]
"""Enter, leave, enter short, leave short, and the target, NaN for none."""
Signal = Any
"""A boolean or number Series by the start of bars, a frame with a column per symbol, or a dict of Series by symbol."""


class Signals(Strategy):
    """Trade by arrays: boolean ``entries`` and ``exits``, also ``short_entries`` and ``short_exits``, or ``target``.

    Each is a Series indexed by the *start* of bars (as ``frame.index`` is; naive stamps are exchange time), a frame with a
    column per symbol, or a dict of Series by symbol. ``target`` has shares to hold, NaN where nothing is to change; with
    ``as_percent`` fractions of equity. ``stop_loss`` and ``take_profit`` are fractions of the price below and above a long
    entry (mirrored for short ones): 0.01 is one percent. An entry takes ``percent`` of equity, by default all of it, or
    ``quantity`` shares. An entry in the other direction closes first what is held. Where entry and exit are both true, nothing
    is done. Stamps that are no bar of the run are counted in ``unused`` after it.

    >>> import pandas as pd
    >>> index = pd.DatetimeIndex(["2025-07-02 09:31", "2025-07-02 09:33"])
    >>> Signals(pd.Series([True, False], index), pd.Series([False, True], index), quantity=10)
    <Signals of 2 rows: 1 entries, 1 exits>
    """

    every = "1m"

    def __init__(
        self,
        entries: Signal = None,
        exits: Signal = None,
        *,
        short_entries: Signal = None,
        short_exits: Signal = None,
        target: Signal = None,
        as_percent: bool = False,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        quantity: float | None = None,
        percent: float | None = None,
        every: str = "1m",
        name: str | None = None,
    ) -> None:
        super().__init__()
        if (entries is None and short_entries is None) == (target is None):
            raise ConfigError("signals are entries and exits, or a target; give one of the two")
        if quantity is not None and percent is not None:
            raise ConfigError("an entry has one size: quantity or percent; both were given")
        Interval.parse(every)
        self.every = every  # type: ignore[misc]
        self._called = name
        self._given = {
            "entries": entries,
            "exits": exits,
            "short_entries": short_entries,
            "short_exits": short_exits,
            "target": target,
        }
        self.stop_loss = _fraction("stop_loss", stop_loss)
        self.take_profit = _fraction("take_profit", take_profit)
        self.quantity, self.percent = quantity, percent
        self.as_percent = as_percent
        self._check_kinds()
        self._tables: dict[str, dict[int, Row]] = {}
        self._met = 0

    def on_start(self, ctx: Context) -> None:
        """Read the arrays: by symbol, what is to be done at the start of each bar."""
        for symbol in ctx.symbols:
            self._tables[symbol] = self._table(symbol, ctx.session.tz)

    def on_bar(self, ctx: Context, symbol: str) -> None:
        """Act on the row of the bar that has just become known."""
        last = ctx[symbol].bars(self.every).last
        if symbol not in self._tables:
            self._tables[symbol] = self._table(symbol, ctx.session.tz)
        row = None if last is None else self._tables[symbol].get(last.start.value)
        if row is None or last is None:
            return
        self._met += 1
        enter, leave, enter_short, leave_short, target = row
        if target == target:
            (ctx.target_percent if self.as_percent else ctx.target)(symbol, target)
            return
        held = ctx.position(symbol).quantity
        if (held > 0 and leave and not enter) or (held < 0 and leave_short and not enter_short):
            ctx.close(symbol)
        elif held <= 0 and enter and not leave and not enter_short:
            self._enter(ctx, symbol, 1, last.close)
        elif held >= 0 and enter_short and not leave_short and not enter:
            self._enter(ctx, symbol, -1, last.close)

    @property
    def unused(self) -> int:
        """How many rows that say to do something met no bar so far."""
        return sum(len(table) for table in self._tables.values()) - self._met

    def __deepcopy__(self, memo: dict[int, Any]) -> Signals:
        """A copy that shares the arrays, which nobody changes."""
        other = copy.copy(self)
        other._tables = dict(self._tables)
        memo[id(self)] = other
        return other

    def _enter(self, ctx: Context, symbol: str, sign: int, price: float) -> None:
        if any(order.symbol == symbol and not order.reduces_only for order in ctx.orders):
            return
        if ctx.position(symbol):
            ctx.close(symbol)
        size: dict[str, Any] = {"quantity": self.quantity} if self.quantity else {"percent": self.percent or 1.0}
        if self.stop_loss is not None:
            size["stop_loss"] = price * (1 - sign * self.stop_loss)
        if self.take_profit is not None:
            size["take_profit"] = price * (1 + sign * self.take_profit)
        (ctx.buy if sign > 0 else ctx.sell)(symbol, **size)

    def _table(self, symbol: str, tz: str) -> dict[int, Row]:
        """What is to be done by the start of bars, ns UTC: enter, leave, enter short, leave short, target."""
        columns = [self._column(name, symbol, tz) for name in self._given]
        index = columns[0].index
        for column in columns[1:]:
            index = index.union(column.index)
        flags = [column.reindex(index, fill_value=False).to_numpy(dtype=bool) for column in columns[:4]]
        target = columns[4].reindex(index).to_numpy(dtype=float)
        busy = np.logical_or.reduce(flags) | ~np.isnan(target)
        starts = pd.DatetimeIndex(index).as_unit("ns").asi8[busy].tolist()
        rows = zip(*(flag[busy].tolist() for flag in flags), target[busy].tolist(), strict=True)
        return dict(zip(starts, rows, strict=True))

    def _column(self, name: str, symbol: str, tz: str) -> pd.Series[Any]:
        given = self._given[name]
        if isinstance(given, Mapping | pd.DataFrame):
            given = given.get(symbol)
        if given is None:
            return pd.Series([], pd.DatetimeIndex([], tz="UTC"), dtype=float if name == "target" else bool)
        index = pd.DatetimeIndex(given.index)
        index = index.tz_localize(tz) if index.tz is None else index
        column = pd.Series(given.to_numpy(), index.tz_convert("UTC"))
        if column.index.has_duplicates:
            twice = column.index[column.index.duplicated()][0].tz_convert(tz)
            raise ConfigError(f"{name} of {symbol} has {twice:%Y-%m-%d %H:%M:%S} twice; a bar has one signal", symbol=symbol)
        return column.astype(float) if name == "target" else column.fillna(False).astype(bool)

    def _check_kinds(self) -> None:
        for name, given in self._given.items():
            parts = list(given.values()) if isinstance(given, Mapping) else [given]
            for part in parts:
                if part is None:
                    continue
                if not isinstance(part, pd.Series | pd.DataFrame) or not isinstance(part.index, pd.DatetimeIndex):
                    raise ConfigError(
                        f"{name} is a {type(part).__name__}; give a Series indexed by the start of bars, a frame with a "
                        "column per symbol, or a dict of Series by symbol",
                        value=type(part).__name__,
                    )

    def __repr__(self) -> str:
        counts = {name: _count(given) for name, given in self._given.items() if given is not None}
        rows = max((_rows(given) for given in self._given.values() if given is not None), default=0)
        said = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items())
        return f"<Signals of {rows:,} rows: {said}>"


def _fraction(name: str, given: Any) -> float | None:
    if given is None:
        return None
    number = float(given)
    if not 0 < number < 1:
        raise ConfigError(f"{name}={given!r}: a fraction of the entry's price between 0 and 1; 0.01 is one percent", value=given)
    return number


def _parts(given: Signal) -> list[Any]:
    return list(given.values()) if isinstance(given, Mapping) else [given]


def _count(given: Signal) -> int:
    return sum(int(np.count_nonzero(np.nan_to_num(part.to_numpy(dtype=float)))) for part in _parts(given))


def _rows(given: Signal) -> int:
    return max((len(part) for part in _parts(given)), default=0)
