"""A broker as slow as it is plain: every order meets every bar, one after another, by the published rules and nothing else.

It shares no code with the one that is tested. An order is accepted, sized and linked by the lab; from there on it is told here
again, in numbers, and what it becomes is worked out anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import sessionlab as sl
from sessionlab.tape import Rows

FINEST_NS = 60 * 10**9


@dataclass
class Rest:
    """An order at rest. ``waits``: an exit whose entry has not filled; ``met`` is the start of the last bar that it has met."""

    id: int
    symbol: str
    sign: int
    type: str
    quantity: float
    limit: float | None
    stop: float | None
    trail: tuple[float, bool] | None
    tif: str
    since: int
    session: int
    reduces: bool
    waits: bool
    parent: int | None
    exits: tuple[int, ...]
    others: tuple[int, ...]
    filled: float = 0.0
    triggered: bool = False
    met: int = -1

    @property
    def left(self) -> float:
        return self.quantity - self.filled


class SlowBroker:
    """``fills`` as tuples of order, start, known, quantity, price, ambiguous; ``open`` by id; ``position`` by symbol."""

    def __init__(self, lab: sl.Lab, rows: dict[str, Rows], participation: float | None, bps: float, *, touch: bool) -> None:
        self.lab = lab
        self.open: dict[int, Rest] = {}
        self.fills: list[tuple[int, int, int, float, float, bool]] = []
        self.position = dict.fromkeys(rows, 0.0)
        self._participation, self._bps, self._touch = participation, bps, touch
        self._known = 0
        self._session = 0
        self._bars: dict[int, dict[str, tuple[int, np.ndarray[Any, Any]]]] = {}
        self._last: dict[str, tuple[int, np.ndarray[Any, Any]]] = {}
        self._first: dict[str, int] = {}
        for symbol, part in rows.items():
            seen = set()
            for start, known, values in zip(part.start.tolist(), part.known_at.tolist(), part.values.T, strict=True):
                if known == start + FINEST_NS and start not in seen:
                    self._bars.setdefault(known, {})[symbol] = (start, values)
                seen.add(start)

    def hear(self) -> None:
        """Somebody has sent, canceled, replaced or linked orders: take them as the lab has them."""
        sent = self.lab._engine.desk.orders
        for order in sent[self._known :]:
            if order.is_open:
                trail = None if order.trail is None else (order.trail.amount, order.trail.is_share)
                self.open[order.id] = Rest(
                    order.id, order.symbol, order.sign, order.type, order.quantity, order.limit, order.stop, trail, order.tif,
                    order.sent_ns, self._session + self._is_for_tomorrow(order), order.reduces_only, order.status == "new",
                    None, (), (), triggered=order.is_triggered,
                )  # fmt: skip
        self._known = len(sent)
        for number in list(self.open):
            order = sent[number - 1]
            if not order.is_open:
                del self.open[number]
                continue
            one = self.open[number]
            one.parent = None if order.parent is None else order.parent.id
            one.exits, one.others = tuple(leg.id for leg in order.exits), tuple(other.id for other in order.others)

    def opened(self, number: int) -> None:
        """Session ``number`` begins."""
        self._session, self._last, self._first = number, {}, {}

    def moment(self, now: int) -> None:
        """Everything that happens at ``now``: bars by their start, orders in the sequence in which they were sent."""
        came = self._bars.get(now, {})
        for symbol, (start, values) in came.items():
            self._last[symbol] = start, values
            self._first.setdefault(symbol, start)
        start = now - FINEST_NS
        if start % FINEST_NS:
            return  # nothing but late rows comes at such a moment
        while (one := self._next(came, start)) is not None:
            self._meet(one, *came[one.symbol]) if one.symbol in came else self._end(one)
        if now == self.lab.session.close.value:
            for one in sorted(self.open.values(), key=lambda one: one.id):
                if one.id in self.open and one.tif == "cls" and one.session <= self._session:
                    self._meet_close(one)
            for one in list(self.open.values()):
                if one.id in self.open and one.tif != "gtc" and not one.waits and one.session <= self._session:
                    self._end(one)

    def _is_for_tomorrow(self, order: Any) -> bool:
        session = self.lab.session
        return order.sent_ns >= session.close.value or (order.tif == "opg" and order.sent_ns > session.open.value)

    def _next(self, came: dict[str, Any], start: int) -> Rest | None:
        due = [one for one in self.open.values() if self._meets(one, one.symbol in came, start)]
        return min(due, key=lambda one: one.id) if due else None

    def _meets(self, one: Rest, is_there: bool, start: int) -> bool:
        """Whether ``one`` meets the bar that starts at ``start``, or misses it where it is good at once."""
        if one.waits or one.tif == "cls" or one.session > self._session or one.since > start or one.met >= start:
            return False
        if one.tif == "opg":
            return is_there and self._first[one.symbol] == start
        return is_there or one.tif in ("ioc", "fok")

    def _meet(self, one: Rest, start: int, bar: np.ndarray[Any, Any]) -> None:
        price = self._price(one, bar)
        if price is None:
            self._pass(one, start, bar)
            return
        chosen, ambiguous = one, False
        for number in one.others:
            other = self.open.get(number)
            if other is None or other.tif == "opg" or not self._meets(other, is_there=True, start=start):
                continue
            rival = self._price(other, bar)
            if rival is None:
                continue
            if price[1] != rival[1]:
                better, ambiguous = price[1], False
            else:
                worse = 1 if other.sign != one.sign else one.sign
                better = other.sign != one.sign or worse * price[0] >= worse * rival[0]
                ambiguous = not price[1]
            if not better:
                chosen, price = other, rival
        self._fill(chosen, start, bar, *price, ambiguous)
        for each in (chosen, one):
            if each.id in self.open and each.met < start:
                self._pass(each, start, bar)

    def _price(self, one: Rest, bar: np.ndarray[Any, Any]) -> tuple[float, bool, bool] | None:
        """Price, whether it is the open, whether slippage is due. Told for a buy; a sell sees the world upside down."""
        sign = one.sign
        opens, high, low = sign * bar[0], *sorted((sign * bar[1], sign * bar[2]), reverse=True)
        limit = None if one.limit is None else sign * one.limit
        stop = None if one.stop is None else sign * one.stop
        if stop is not None and not one.triggered:
            if high < stop:
                return None
            if one.type == "stop_limit" and opens < stop:
                return None  # triggered within: from the next bar
            if one.type != "stop_limit":
                return (sign * max(stop, opens), opens >= stop, True)
        if limit is None:
            return sign * opens, True, True
        if opens <= limit:
            return sign * opens, True, False
        if one.tif != "opg" and (low < limit or (self._touch and low == limit)):
            return sign * limit, False, False
        return None

    def _pass(self, one: Rest, start: int, bar: np.ndarray[Any, Any]) -> None:
        one.met = start
        if one.tif in ("ioc", "fok", "opg"):
            self._end(one)
            return
        if one.stop is not None:
            one.triggered = one.triggered or (bar[1] >= one.stop if one.sign > 0 else bar[2] <= one.stop)
        if one.trail is not None:
            level = self._level(one, float(bar[2] if one.sign > 0 else bar[1]))
            one.stop = min(one.stop, level) if one.sign > 0 else max(one.stop, level)

    def _level(self, one: Rest, best: float) -> float:
        amount, is_share = one.trail
        return best * (1 + one.sign * amount) if is_share else best + one.sign * amount

    def _meet_close(self, one: Rest) -> None:
        start, bar = self._last.get(one.symbol, (-1, None))
        if bar is not None and start >= one.since and (one.limit is None or one.sign * bar[3] <= one.sign * one.limit):
            self._fill(one, start, bar, float(bar[3]), False, one.limit is None, False)
        if one.id in self.open:
            self._end(one)

    def _fill(
        self, one: Rest, start: int, bar: np.ndarray[Any, Any], price: float, at_open: bool, slips: bool, ambiguous: bool
    ) -> None:
        held = -one.sign * self.position[one.symbol]
        if one.reduces and held <= 0:
            self._end(one)
            return
        quantity = min(one.left, held) if one.reduces else one.left
        if self._participation is not None:
            gives = math.floor(self._participation * bar[4] + 1e-9)
            if one.tif == "fok" and gives < quantity:
                self._end(one)
                return
            quantity = min(quantity, gives)
        if quantity <= 0:
            return
        price *= 1 + one.sign * self._bps * 1e-4 * slips
        now = self.lab.now.value
        self.fills.append((one.id, start, now, quantity, price, ambiguous))
        opened = quantity - min(quantity, max(held, 0.0))
        self.position[one.symbol] += one.sign * quantity
        one.filled += quantity
        one.triggered = one.triggered or one.stop is not None
        is_done = one.left < 1e-9
        if is_done:
            del self.open[one.id]
        for number in one.others:
            other = self.open.get(number)
            if other is None:
                continue
            if not is_done and one.parent is not None and other.parent == one.parent and other.left - quantity > 1e-9:
                other.quantity -= quantity
                continue
            self._end(other)
        for number in one.exits:
            leg = self.open.get(number)
            if leg is not None and opened > 0:
                self._arm(leg, start, price, opened, at_open)
            elif leg is not None and leg.waits and is_done:
                self._end(leg)
        if is_done and one.parent in self.open:
            self._end(self.open[one.parent])
        for other in list(self.open.values()):
            idle = other.symbol == one.symbol and other.reduces and not other.waits
            if idle and other.id in self.open and -other.sign * self.position[one.symbol] <= 0:
                self._end(other)
                if other.parent in self.open:
                    self._end(self.open[other.parent])

    def _arm(self, leg: Rest, start: int, price: float, opened: float, at_open: bool) -> None:
        if leg.waits:
            leg.waits, leg.quantity, leg.session = False, 0.0, self._session
            leg.since, leg.met = start, -1 if at_open else start
            if leg.trail is not None:
                leg.stop = self._level(leg, price)
        leg.quantity += opened

    def _end(self, one: Rest) -> None:
        self.open.pop(one.id, None)
        for number in one.exits:
            if number in self.open and self.open[number].waits:
                self._end(self.open[number])
