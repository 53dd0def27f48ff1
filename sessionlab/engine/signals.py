"""Entries and exits from arrays of one's own, as a strategy: what was worked out elsewhere, filled and accounted here.

A row of a signal is known at its bar's end and acted on then, so it is filled from the next open on.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.engine.signal_columns import Given, column_of, names_of, parts_of
from sessionlab.engine.strategy import Strategy
from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

if TYPE_CHECKING:
    from sessionlab.engine.context import Context

Row = tuple[bool, bool, bool, bool, float]
"""Enter, leave, enter short, leave short, and the target, NaN for none."""
Key = int | dt.date
"""The start of a bar, ns UTC; of bars of days and weeks the date of the session at whose close they become known."""


class Signals(Strategy):
    """Trade by arrays: boolean ``entries`` and ``exits``, also ``short_entries`` and ``short_exits``, or ``target``.

    Each is a Series indexed by the *start* of bars of ``every`` (as ``frame.index`` is; naive stamps are exchange time; of days
    their dates), for every symbol of the run; or a frame with a column per symbol, or a dict of Series by symbol. ``target``
    has shares to hold, NaN where nothing is to change; with ``as_percent`` fractions of equity.

    An entry takes ``percent`` of equity, by default all of it, or ``quantity`` shares; one in the other direction closes first
    what is held. ``stop_loss`` and ``take_profit`` are fractions of the close below and above which a long entry is protected
    (mirrored for short ones): 0.01 is one percent. Where entry and exit are both true, nothing is done.

    Rows that say to do something and are no bar of the run, or of no symbol of it, are counted in ``unused``; a
    :class:`DataWarning` tells of them at the end. Raises :class:`ConfigError` for what is neither True nor False, or no number.

    >>> import pandas as pd
    >>> index = pd.DatetimeIndex(["2025-07-02 09:31", "2025-07-02 09:33"])
    >>> Signals(pd.Series([True, False], index), pd.Series([False, True], index), quantity=10)
    <Signals of 2 rows: 1 entries, 1 exits>
    """

    every = "1m"

    def __init__(
        self,
        entries: Given = None,
        exits: Given = None,
        *,
        short_entries: Given = None,
        short_exits: Given = None,
        target: Given = None,
        as_percent: bool = False,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        quantity: float | None = None,
        percent: float | None = None,
        every: str = "1m",
        name: str | None = None,
    ) -> None:
        super().__init__()
        opens = entries is not None or short_entries is not None
        closes = exits is not None or short_exits is not None
        if closes and not opens and target is None:
            raise ConfigError("exits alone never open a position; give entries or short_entries with them, or a target")
        if opens == (target is not None) or (closes and target is not None):
            raise ConfigError("signals are entries and exits, or a target; give one of the two")
        if quantity is not None and percent is not None:
            raise ConfigError("an entry has one size: quantity or percent; both were given")
        self._is_daily = not Interval.parse(every).is_intraday
        self.every = every  # type: ignore[misc]
        self._called = name
        self._given = {
            "entries": entries,
            "exits": exits,
            "short_entries": short_entries,
            "short_exits": short_exits,
            "target": target,
        }
        fraction = "a fraction of the entry's price between 0 and 1; 0.01 is one percent"
        self.stop_loss = _number("stop_loss", stop_loss, fraction, 1)
        self.take_profit = _number("take_profit", take_profit, fraction, 1)
        self.quantity = _number("quantity", quantity, "shares, above 0")
        self.percent = _number("percent", percent, "a fraction of equity, above 0; 0.1 is a tenth")
        self.as_percent = as_percent
        self._parts = {name: parts_of(name, it) for name, it in self._given.items() if it is not None}
        self._tables: dict[str, dict[Key, Row]] = {}
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
        if last is None:
            return
        row = self._tables[symbol].get(ctx.session.date if self._is_daily else last.start.value)
        if row is None:
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
        return sum(len(table) for table in self._tables.values()) - self._met + sum(self._strangers().values())

    def complaint(self) -> str:
        """What to tell of rows that met nothing, once the run is over; "" where there are none."""
        if not self.unused:
            return ""
        strangers = ", ".join(self._strangers())
        of = f"; {strangers} took no part" if strangers else ""
        return (
            f"{self.name}: {self.unused:,} of {self.unused + self._met:,} rows that say to do something met no bar of the run"
            f"{of}. A row stands at the start of its bar of {self.every} (every=...), by the exchange's clock if it has no zone"
        )

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
        whole = 1.0 if self.percent is None else self.percent
        size: dict[str, Any] = {"percent": whole} if self.quantity is None else {"quantity": self.quantity}
        if self.stop_loss is not None:
            size["stop_loss"] = price * (1 - sign * self.stop_loss)
        if self.take_profit is not None:
            size["take_profit"] = price * (1 + sign * self.take_profit)
        (ctx.buy if sign > 0 else ctx.sell)(symbol, **size)

    def _table(self, symbol: str, tz: str) -> dict[Key, Row]:
        """What is to be done by bar: enter, leave, enter short, leave short, target."""
        columns = [column_of(name, given, symbol, tz, daily=self._is_daily) for name, given in self._given.items()]
        index = columns[0].index
        for column in columns[1:]:
            index = index.union(column.index)
        flags = [column.reindex(index, fill_value=False).to_numpy(dtype=bool) for column in columns[:4]]
        target = columns[4].reindex(index).to_numpy(dtype=float)
        busy = np.logical_or.reduce(flags) | ~np.isnan(target)
        stamps = index[busy]
        keys: list[Any] = [stamp.date() for stamp in stamps] if self._is_daily else stamps.asi8.tolist()
        rows = zip(*(flag[busy].tolist() for flag in flags), target[busy].tolist(), strict=True)
        return dict(zip(keys, rows, strict=True))

    def _strangers(self) -> dict[str, int]:
        """Rows of symbols that took no part, by symbol; none before the run has begun."""
        named = {name for given in self._given.values() for name in names_of(given)} if self._tables else set()
        counts = {name: max(map(len, self._of(name)), default=0) for name in sorted(named - self._tables.keys())}
        return {name: count for name, count in counts.items() if count}

    def _of(self, symbol: str) -> Iterator[Any]:
        for name, given in self._given.items():
            if given is not None and symbol in names_of(given):
                column = column_of(name, given, symbol, "UTC", daily=self._is_daily)
                yield column[column.notna() if name == "target" else column]

    def __repr__(self) -> str:
        counts = {name: sum(int(np.count_nonzero(part.dropna())) for part in parts) for name, parts in self._parts.items()}
        rows = max((len(part) for parts in self._parts.values() for part in parts), default=0)
        said = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items())
        return f"<Signals of {rows:,} rows: {said}>"


def _number(name: str, given: Any, words: str, below: float = np.inf) -> float | None:
    """``given`` as a number above 0 and less than ``below``, None where nothing is given."""
    if given is None:
        return None
    try:
        number = np.nan if isinstance(given, bool | str) else float(given)
    except (TypeError, ValueError):
        number = np.nan
    if not 0 < number < below:
        raise ConfigError(f"{name}={given!r}: write {words}", value=given)
    return number
