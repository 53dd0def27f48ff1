"""The first moment at which two runs differ, and what differs there: orders, fills, other entries of the ledger, symbols, data.

Positions and cash follow from these; they are told as they stand at that moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.engine.acts import TERMS, SentOrder
from sessionlab.engine.members import Change
from sessionlab.results.paired import FillPair, Pair, first_apart, paired_fills, paired_orders
from sessionlab.results.run_result import RunResult
from sessionlab.trading.ledger import CashMove, Entry, Fill, SplitMove

Digests = Mapping[tuple[str, str], Mapping[dt.date, bytes]]
"""Of the rows that a run stood on, by symbol and series, then by date."""


@dataclass(frozen=True)
class Side:
    """What one of two labs did up to the moment up to which they are compared, under its ``name``.

    ``held`` is what it holds then, ``digests`` are those of its rows up to then, None where both labs share all rows.
    """

    name: str
    run: RunResult
    orders: Sequence[SentOrder]
    ledger: Sequence[Entry]
    changes: Sequence[Change]
    held: pd.DataFrame
    digests: Digests | None

    @property
    def fills(self) -> list[Fill]:
        """Its fills, in the order in which they happened."""
        return [entry for entry in self.ledger if isinstance(entry, Fill)]

    @property
    def moves(self) -> list[CashMove | SplitMove]:
        """What its ledger has beside fills."""
        return [entry for entry in self.ledger if not isinstance(entry, Fill)]


class Row(NamedTuple):
    """Something that differs: ``what`` of a ``kind`` of thing is ``a`` in the one and ``b`` in the other; None: not there."""

    kind: str
    strategy: str
    symbol: str
    what: str
    a: Any
    b: Any


class Compared:
    """Two sides held to each other: ``pairs`` and ``fills``, and ``first_ns``, None where nothing differs.

    ``opens`` are the opens of the run's sessions by date; rows of other data differ from the open of their session on, those
    of windows from the first one on. ``equity`` is of both, by time, and is looked at where the data differs.
    """

    def __init__(self, a: Side, b: Side, opens: Mapping[dt.date, int], equity: Callable[[], pd.DataFrame]) -> None:
        self.a, self.b = a, b
        self.pairs = paired_orders(a.orders, b.orders)
        self.fills = paired_fills(self.pairs, a.fills, b.fills)
        self.data = _other_data(a.digests, b.digests)
        self._tz = str(a.run.stopped_at.tz)
        self._begin = min(opens.values())
        self._opens = opens
        self._equity_ns = _first_apart_in(equity()) if a.digests is not None else None
        self.first_ns = min((at_ns for at_ns in self._instants() if at_ns is not None), default=None)

    def _instants(self) -> Iterator[int | None]:
        yield from (pair.first_ns for pair in self.pairs)
        yield from (pair.first_ns for pair in self.fills)
        yield first_apart(*([(one, one.known_ns) for one in side.moves] for side in (self.a, self.b)))
        yield first_apart(*([(one, one.at.value) for one in side.changes] for side in (self.a, self.b)))
        yield from (self._from(date) for date in self.data["date"])
        yield self._equity_ns

    def _from(self, date: pd.Timestamp) -> int:
        return self._opens.get(date.date(), self._begin)

    def rows(self) -> list[Row]:
        """What differs at the first moment."""
        at_ns = self.first_ns
        if at_ns is None:
            return []
        found = list(self._other_rows(at_ns))
        found += _unshared("symbol", at_ns, self.a.changes, self.b.changes)
        found += (row for pair in self.pairs if pair.first_ns == at_ns for row in _order_rows(pair, at_ns, self._tz))
        found += (row for pair in self.fills if pair.first_ns == at_ns for row in _fill_rows(pair))
        found += _unshared("move", at_ns, self.a.moves, self.b.moves)
        found += self._positions(at_ns)
        found += self._money(at_ns)
        return found

    def _other_rows(self, at_ns: int) -> Iterator[Row]:
        for symbol, series, date in self.data.itertuples(index=False):
            if self._from(date) == at_ns:
                sides = (_short(digests, symbol, series, date) for digests in (self.a.digests, self.b.digests))
                yield Row("data", "", symbol, f"{series} {date:%Y-%m-%d}", *sides)

    def _positions(self, at_ns: int) -> Iterator[Row]:
        a, b = _shares(self.a.ledger, at_ns), _shares(self.b.ledger, at_ns)
        for strategy, symbol in dict.fromkeys([*a, *b]):
            left, right = a.get((strategy, symbol), 0.0), b.get((strategy, symbol), 0.0)
            if left != right:
                yield Row("position", strategy, symbol, "quantity", left, right)

    def _money(self, at_ns: int) -> Iterator[Row]:
        when = pd.Timestamp(at_ns, tz="UTC")
        accounts = [side.run.traded.account for side in (self.a, self.b)]
        for name in ("cash", "value"):
            left, right = (_as_of(account[name], when) for account in accounts)
            if not _alike(left, right):
                yield Row(name, "", "", name, left, right)


def order_words(order: SentOrder) -> str:
    """What was asked for.

    >>> order_words(SentOrder(1, "hand", (0, "AAPL", "buy", "limit", 100.0, 20.5, None, None, "day", ""), ()))
    'buy 100 AAPL, limit 20.5'
    """
    told = dict(zip(TERMS, order.terms, strict=True))
    quantity = "" if told["quantity"] is None else f"{told['quantity']:g} "
    prices = [f"{name} {told[name]:.10g}" for name in ("limit", "stop") if told[name] is not None]
    prices += [] if told["trail"] is None else [f"trail {told['trail']}"]
    at = f", {', '.join(prices)}" if prices else " at the market"
    tif = "" if told["tif"] == "day" else f" ({told['tif']})"
    return f"{told['side']} {quantity}{told['symbol']}{at}{tif}"


def _order_rows(pair: Pair, at_ns: int, tz: str) -> Iterator[Row]:
    a, b = pair.a, pair.b
    if a is None or b is None:
        yield Row("order", pair.strategy, pair.symbol, "sent", *(None if one is None else order_words(one) for one in (a, b)))
        return
    for name in pair.terms:
        at = TERMS.index(name)
        left, right = a.terms[at], b.terms[at]
        if name == "sent":
            left, right = (pd.Timestamp(one, tz="UTC").tz_convert(tz) for one in (left, right))
        yield Row("order", pair.strategy, pair.symbol, name, left, right)
    if not pair.terms:
        yield Row("order", pair.strategy, pair.symbol, "status", _status(a, at_ns), _status(b, at_ns))


def _fill_rows(pair: FillPair) -> Iterator[Row]:
    a, b = (None if one is None else one[1] for one in (pair.a, pair.b))
    strategy, symbol = pair.order.strategy, pair.order.symbol
    if a is None or b is None:
        sides = (None if one is None else f"{one.side} {one.quantity:g} at {one.price:g}" for one in (a, b))
        yield Row("fill", strategy, symbol, "fill", *sides)
        return
    for name in pair.fields:
        yield Row("fill", strategy, symbol, name, getattr(a, name), getattr(b, name))


def _status(order: SentOrder, at_ns: int) -> str:
    return next((status for when_ns, status in reversed(order.became) if when_ns <= at_ns), "new")


def _unshared(kind: str, at_ns: int, a: Sequence[Any], b: Sequence[Any]) -> Iterator[Row]:
    """Entries of the ledger, or changes of symbols, at ``at_ns`` that one side alone has."""
    for own, other, is_a in ((a, b, True), (b, a, False)):
        for one in own:
            if _when(one) == at_ns and one not in other:
                said, what = (one.by, one.kind) if isinstance(one, Change) else _move(one)
                strategy = "" if isinstance(one, Change) else one.strategy
                yield Row(kind, strategy, one.symbol, what, said if is_a else None, None if is_a else said)


def _when(one: Any) -> int:
    return int(one.at.value if isinstance(one, Change) else one.known_ns)


def _move(move: CashMove | SplitMove) -> tuple[float, str]:
    return (move.ratio, "split") if isinstance(move, SplitMove) else (move.amount, move.kind)


def _shares(ledger: Sequence[Entry], at_ns: int) -> dict[tuple[str, str], float]:
    """Shares held at ``at_ns`` by strategy and symbol."""
    held: dict[tuple[str, str], float] = {}
    for entry in ledger:
        if entry.known_ns > at_ns or isinstance(entry, CashMove):
            continue
        before = held.get((entry.strategy, entry.symbol), 0.0)
        after = before + entry.signed if isinstance(entry, Fill) else before * entry.ratio
        held[entry.strategy, entry.symbol] = 0.0 if abs(after) < 1e-9 else after
    return held


def _other_data(a: Digests | None, b: Digests | None) -> pd.DataFrame:
    """Which rows differ: ``symbol series date``."""
    found = []
    if a is not None and b is not None:
        for key in sorted({*a, *b}):
            left, right = a.get(key, {}), b.get(key, {})
            found += [(*key, date) for date in sorted({*left, *right}) if left.get(date) != right.get(date)]
    frame = pd.DataFrame(found, columns=["symbol", "series", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]).astype("M8[s]"))


def _short(digests: Digests | None, symbol: str, series: str, date: pd.Timestamp) -> str | None:
    """The beginning of a digest; None where there are no such rows."""
    found = None if digests is None else digests.get((symbol, series), {}).get(date.date())
    return None if found is None else f"rows {found.hex()[:8]}"


def _first_apart_in(equity: pd.DataFrame) -> int | None:
    a, b = (equity.iloc[:, at].to_numpy(np.float64) for at in (0, 1))
    apart = np.flatnonzero(~np.isclose(a, b, rtol=1e-12, atol=0.0, equal_nan=True))
    return int(pd.DatetimeIndex(equity.index).as_unit("ns").asi8[apart[0]]) if apart.size else None


def _as_of(column: pd.Series[float], when: pd.Timestamp) -> float:
    known = column.loc[:when]
    return float(known.iloc[-1]) if len(known) else float("nan")


def _alike(left: float, right: float) -> bool:
    return left == right or (left != left and right != right)
