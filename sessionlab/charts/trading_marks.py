"""What an account did, as marks: fills with their reasons, orders while they are open, trades from entry to exit.

Only what lies on the axis is drawn, and of that only what was known by its end.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from sessionlab.charts.scene import Fills, Mark, Orders, Trades, numbers
from sessionlab.charts.slots import Slots
from sessionlab.errors import ConfigError
from sessionlab.markup.numbers import amount_text, price_text
from sessionlab.tape.block import Int64s

_OPEN = ("new", "accepted", "partially_filled")
_ROLES = {"": "entry", "entry": "entry", "stop_loss": "stop", "trail": "stop", "take_profit": "target"}
_NONE = np.iinfo(np.int64).min


class Traded(NamedTuple):
    """Tables as of :class:`sessionlab.trading.traded.Traded`, of any symbols; None where there is none."""

    fills: pd.DataFrame | None = None
    trades: pd.DataFrame | None = None
    orders: pd.DataFrame | None = None


def trading_marks(given: Traded, symbol: str, slots: Slots, now_ns: int, last: float | None) -> tuple[list[Mark], list[Mark]]:
    """The marks of ``symbol`` that lie below the candles, and those above. ``last`` is the last price known at ``now_ns``."""
    fills = _of(given.fills, symbol, "fills", ("time", "side", "price"))
    trades = _of(given.trades, symbol, "trades", ("entry_time", "entry_price", "exit_time", "exit_price", "side"))
    orders = _of(given.orders, symbol, "orders", ("sent", "side", "status"))
    if not len(slots):
        return [], []
    below: list[Mark] = []
    above: list[Mark] = []
    if trades is not None:
        below += _trades(trades, slots, now_ns, last)
    if orders is not None:
        above += _orders(orders, fills, slots, now_ns)
    if fills is not None:
        above += _fills(fills, trades, slots, now_ns)
    return below, above


def _fills(fills: pd.DataFrame, trades: pd.DataFrame | None, slots: Slots, now_ns: int) -> list[Mark]:
    starts, known = _when(fills, "time", "known_at", slots)
    shown = (known <= now_ns) & (known > slots.start[0]) & (starts < slots.end[-1])
    if not shown.any():
        return []
    x = slots.middle(starts, known)[shown]
    rows = fills[shown]
    reasons = _texts(rows, "reason", "")
    if trades is not None and "order_id" in rows and {"entry_order", "exit_order"} <= {*trades}:
        # A plain order that closes a position says "entry", as the desk gives it no other role.
        closing = set(trades["exit_order"].dropna()) - set(trades["entry_order"].dropna())
        reasons = [
            "exit" if reason == "entry" and order in closing else reason
            for reason, order in zip(reasons, rows["order_id"], strict=True)
        ]
    sides, prices = _texts(rows, "side"), rows["price"].to_numpy(dtype=float)
    sizes = rows["quantity"].to_numpy(dtype=float) if "quantity" in rows else np.full(len(rows), np.nan)
    unsure = rows["ambiguous"].to_numpy(dtype=bool) if "ambiguous" in rows else np.zeros(len(rows), dtype=bool)
    told = [
        fill_words(side, size, price, reason, ambiguous=both)
        for side, size, price, reason, both in zip(sides, sizes.tolist(), prices.tolist(), reasons, unsure.tolist(), strict=True)
    ]
    roles, words, labels = (tuple(column) for column in zip(*told, strict=True))
    return [Fills(numbers(x), numbers(prices), tuple(sides), roles, words, labels)]


class FillWords(NamedTuple):
    """What a fill is called: its ``role``, its ``reason`` in words, and ``label``, the whole of it."""

    role: str
    reason: str
    label: str


def fill_words(side: str, quantity: float, price: float, reason: str, *, ambiguous: bool) -> FillWords:
    """What a fill of ``quantity`` (NaN where nobody says it) for ``reason``, as of :class:`Fill`, is called.

    >>> fill_words("sell", 100.0, 10.5, "stop_loss", ambiguous=False)
    FillWords(role='stop', reason='stop loss', label='sell 100 at 10.50: stop loss')
    """
    words = reason.replace("_", " ") + (" (ambiguous)" if ambiguous else "")
    label = f"{side}{_size(quantity)} at {price_text(price)}{': ' * bool(words)}{words}"
    return FillWords(_ROLES.get(reason, "exit"), words, label)


def _orders(orders: pd.DataFrame, fills: pd.DataFrame | None, slots: Slots, now_ns: int) -> list[Mark]:
    sent = _instants(orders["sent"], slots)
    until = _until(orders, fills, slots, now_ns)
    stops, limits = (
        orders[name].to_numpy(dtype=float) if name in orders else np.full(len(orders), np.nan) for name in ("stop", "limit")
    )
    kinds, sides = _texts(orders, "type", ""), _texts(orders, "side")
    statuses, end = _texts(orders, "status"), min(now_ns, int(slots.end[-1]))
    parents = orders["parent"].notna().to_numpy() if "parent" in orders else np.zeros(len(orders), dtype=bool)
    sizes = orders["quantity"].to_numpy(dtype=float) if "quantity" in orders else np.full(len(orders), np.nan)
    rows: list[tuple[float, float, float, str, str, bool, str]] = []
    x0, x1 = slots.x(np.maximum(sent, slots.start[0])), slots.x(np.where(until == _NONE, slots.start[0], until))
    for i in range(len(orders)):
        if until[i] == _NONE or sent[i] > now_ns or sent[i] >= slots.end[-1] or until[i] <= slots.start[0]:
            continue
        waits, has_parent = statuses[i] == "new", bool(parents[i])
        role, lines = order_words(
            sides[i], kinds[i], float(sizes[i]), float(stops[i]), float(limits[i]), has_parent=has_parent, waits=waits
        )
        for price, label in lines:
            rows.append((float(x0[i]), float(x1[i]), price, role, sides[i], bool(until[i] >= end), label))
    if not rows:
        return []
    return [Orders(*zip(*rows, strict=True))]


def order_words(
    side: str, kind: str, quantity: float, stop: float, limit: float, *, has_parent: bool, waits: bool
) -> tuple[str, list[tuple[float, str]]]:
    """The role of an order, and the prices that it rests at, each with what stands there in words.

    NaN stands for a number that it has not. One with a parent is an exit of a bracket; it may wait for its entry.

    >>> order_words("sell", "stop", 100.0, 9.5, float("nan"), has_parent=True, waits=False)
    ('stop', [(9.5, 'stop loss: sell 100 at 9.50')])
    """
    trails = kind == "trailing_stop"
    role = "stop" if trails or (has_parent and "stop" in kind) else "target" if has_parent else "entry"
    named = {"stop": "trailing stop" if trails else "stop loss", "target": "take profit"}
    word = named.get(role, kind.replace("_", " ") or "order")
    pending = ", waits for its entry" if waits else ""
    told = [
        (price, f"{what}: {side}{_size(quantity)} at {price_text(price)}{pending}") for price, what in _prices(stop, limit, word)
    ]
    return role, told


def _prices(stop: float, limit: float, word: str) -> list[tuple[float, str]]:
    """Where an order waits; one with a stop and a limit at both. One at the market waits nowhere."""
    both = stop == stop and limit == limit
    found = [(stop, f"{word}, its stop" if both else word)] if stop == stop else []
    return found + ([(limit, f"{word}, its limit" if both else word)] if limit == limit else [])


def _until(orders: pd.DataFrame, fills: pd.DataFrame | None, slots: Slots, now_ns: int) -> Int64s:
    """Until when each order was open, in ns; ``_NONE`` where the tables do not tell.

    A column ``ended`` says it. Else one is open still, or until it filled, or until another exit of its bracket did.
    """
    statuses = _texts(orders, "status")
    if "ended" in orders:
        ended = _instants(orders["ended"], slots)
        return np.where((ended == _NONE) | (ended > now_ns), now_ns, ended)
    filled: dict[int, int] = {}
    if fills is not None and {"order_id"} <= {*fills}:
        known = _when(fills, "time", "known_at", slots)[1]
        for order, at in zip(fills["order_id"], known.tolist(), strict=True):
            filled[int(order)] = max(at, filled.get(int(order), at))
    ids = orders["id"].tolist() if "id" in orders else [None] * len(orders)
    parents = [None if pd.isna(parent) else int(parent) for parent in orders["parent"]] if "parent" in orders else []
    parents = parents or [None] * len(orders)
    exits: dict[int, int] = {}
    for number, parent in zip(ids, parents, strict=True):
        if parent is not None and number in filled:
            exits[parent] = max(filled[number], exits.get(parent, 0))
    found = np.full(len(orders), _NONE)
    for i, (number, parent, status) in enumerate(zip(ids, parents, statuses, strict=True)):
        done = filled.get(number) if status == "filled" else exits.get(parent) if parent is not None else None
        found[i] = now_ns if status in _OPEN or (done is not None and done > now_ns) else _NONE if done is None else done
    return found


def _trades(trades: pd.DataFrame, slots: Slots, now_ns: int, last: float | None) -> list[Mark]:
    entry, entered = _when(trades, "entry_time", "entry_known_at", slots)
    leaving, left = _when(trades, "exit_time", "exit_known_at", slots)
    still_open = (leaving == _NONE) | (left > now_ns)
    shown = (entered <= now_ns) & (entry < slots.end[-1]) & (still_open | (left > slots.start[0]))
    if not shown.any():
        return []
    end = min(now_ns, int(slots.end[-1]))
    x0 = slots.middle(entry, entered)[shown]
    x1 = slots.middle(np.where(still_open, end, leaving), np.where(still_open, end, left))[shown]
    rows, lasting = trades[shown], still_open[shown]
    y0 = rows["entry_price"].to_numpy(dtype=float)
    now_at = rows["exit_price"].to_numpy(dtype=float) if last is None else np.full(len(rows), last)
    y1 = np.where(lasting, now_at, rows["exit_price"].to_numpy(dtype=float))
    sides = _texts(rows, "side")
    sign = np.array([-1.0 if side == "short" else 1.0 for side in sides])
    gross = sign * (y1 - y0)
    # What an open trade is worth later is not told: of one that was open at that moment only the way of its price.
    earned = rows["pnl"].to_numpy(dtype=float) if "pnl" in rows else np.full(len(rows), np.nan)
    earned = np.where(lasting & (left[shown] != _NONE), np.nan, earned)
    gain = np.where(np.isnan(earned), gross, earned) >= 0
    labels = [
        f"{side}{_size(size)}{', open' * bool(is_open)}{'' if money != money else f', {money:+,.2f}'}"
        for side, size, is_open, money in zip(sides, _sizes(rows), lasting, earned, strict=True)
    ]
    return [
        Trades(
            numbers(x0), numbers(y0), numbers(x1), numbers(y1), tuple(sides), tuple(gain.tolist()), tuple(lasting.tolist()),
            tuple(labels),
        )
    ]  # fmt: skip


def _of(table: pd.DataFrame | None, symbol: str, what: str, needed: tuple[str, ...]) -> pd.DataFrame | None:
    """The rows of ``symbol``; all of them where the table names none."""
    if table is None:
        return None
    lacking = [name for name in needed if name not in table]
    if lacking:
        raise ConfigError(f"{what} lacks {', '.join(lacking)}; give a table as in a result's .{what}", missing=lacking)
    return table[(table["symbol"] == symbol).to_numpy()] if symbol and "symbol" in table else table


def _when(table: pd.DataFrame, time: str, known: str, slots: Slots) -> tuple[Int64s, Int64s]:
    """The start and end of the bars in which something happened; without the second column, of the slots of the first."""
    starts = _instants(table[time], slots)
    if known in table:
        ends = _instants(table[known], slots)
        return starts, np.where(ends == _NONE, starts, ends)
    at = np.clip(slots.start.searchsorted(starts, side="right") - 1, 0, max(len(slots) - 1, 0))
    inside = (starts >= slots.start[at]) & (starts < slots.end[at]) if len(slots) else np.zeros(len(starts), dtype=bool)
    return np.where(inside, slots.start[at], starts), np.where(inside, slots.end[at], starts)


def _instants(column: pd.Series[pd.Timestamp], slots: Slots) -> Int64s:
    return instants_of(pd.DatetimeIndex(column), slots.tz, str(column.name))


def instants_of(index: pd.DatetimeIndex, tz: str | dt.tzinfo | None, what: str) -> Int64s:
    """Stamps as ns on the axis of zone ``tz``: of a chart without a zone as they stand, else naive ones are exchange time.

    Raises :class:`ConfigError` for stamps with a zone on a chart without one.
    """
    if tz is None and index.tz is not None:
        raise ConfigError(f"{what} has a time zone and the bars have none; localize the bars' index, or take the zone away")
    if tz is not None and index.tz is None:
        index = index.tz_localize(tz, ambiguous=np.ones(len(index), dtype=bool), nonexistent="shift_forward")
    return np.asarray(index.as_unit("ns").asi8)


def _texts(table: pd.DataFrame, name: str, default: str | None = None) -> list[str]:
    if name not in table and default is not None:
        return [default] * len(table)
    return ["" if pd.isna(value) else str(value) for value in table[name]]


def _sizes(table: pd.DataFrame) -> list[float]:
    return table["quantity"].tolist() if "quantity" in table else [float("nan")] * len(table)


def _size(quantity: float) -> str:
    return "" if quantity != quantity else f" {amount_text(quantity)}"
