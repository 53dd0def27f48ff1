"""The simulated broker: orders rest, and meet the bars of their symbol as these become known.

Nothing is asked of a bar that changes no order: when an order begins to rest, the next bar that may change it is searched in
the columns of the day, and the moment of that bar is when the broker looks at it again. That moment is the engine's secret.
What an order has met, and what it became, is worked out when the clock stands there, by the rules of
:mod:`sessionlab.trading.fill_rules` alone.

At one moment bars come by their start, and orders that meet the same one in the sequence in which they were sent.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sessionlab.brokers.fill_bars import FillBars
from sessionlab.session.present import Present
from sessionlab.trading.account import Account
from sessionlab.trading.costs import CostModel, Slipping
from sessionlab.trading.fill_rules import FillBar, Meeting, first_of_pair, meet, trail_on, triggers
from sessionlab.trading.ledger import Fill
from sessionlab.trading.limits import round_down
from sessionlab.trading.order import Order, Status, Trail

if TYPE_CHECKING:
    from sessionlab.config.trading_section import Fills

NEVER = 1 << 62
_NONE: Mapping[str, FillBars] = MappingProxyType({})
_ABSENT = -1
_AT_CLOSE = -2
_DUST = 1e-9

Wake = tuple[int, int, int, int]
"""Moment, start of the bar in ns, order id, number of the bar among those of its symbol (or one of the two above)."""


class SimulatedBroker:
    """Fills the orders of ``account`` on the bars that ``present`` moves through. ``open`` are those at rest, by id.

    ``changes`` tells of each transition: instant in ns, order, status.
    """

    def __init__(self, present: Present, account: Account, costs: CostModel, fills: Fills, unit: float) -> None:
        self.open: dict[int, Order] = {}
        self.changes: list[tuple[int, Order, Status]] = []
        self.unspread: set[str] = set()  # symbols whose spread was asked for, and not known
        self.session = 0
        self._present = present
        self._account = account
        self._costs = costs
        self._touch = fills.limit == "touch"
        self._participation = fills.max_participation
        self._unit = unit
        self._bars: dict[str, FillBars] = {}
        self._heap: list[Wake] = []
        self._wakes: dict[int, Wake] = {}  # by order id; not on the order, for whoever holds that would know what comes
        self._made: list[Fill] = []

    @property
    def next_k(self) -> int:
        """Number of the next moment at which an order may change; ``NEVER`` where none does in this session."""
        heap = self._heap
        while heap and self._stale(heap[0]):
            heapq.heappop(heap)
        return heap[0][0] if heap else NEVER

    def submit(self, order: Order) -> int:
        """Let an accepted ``order`` rest, or its exits wait with it; the moment at which it may change, ``NEVER`` for none."""
        self.open[order.id] = order
        if order.status == "new" and order.parent is None:
            order.status = "accepted"
            self.changes.append((order.sent_ns, order, "accepted"))
        wake = None if order.status == "new" else self._schedule(order)
        return NEVER if wake is None else wake[0]

    def become(self, order: Order, status: Status, reason: str = "") -> None:
        """Move ``order`` on, and note that it did."""
        at_ns = self._present.now_ns
        order.become(status, at_ns, reason)
        self.changes.append((at_ns, order, status))
        if not order.is_open:
            self.open.pop(order.id, None)
            self._wakes.pop(order.id, None)

    def end(self, order: Order, status: Status, reason: str) -> None:
        """End ``order``, and with an entry the exits that wait for it."""
        if not order.is_open:
            return
        self.become(order, status, reason)
        for leg in order.exits:
            if leg.status == "new":
                self.end(leg, "canceled", f"its entry, order {order.id}, has ended: {reason}")

    def open_session(self, number: int) -> None:
        """Session ``number`` begins: what rests over night, and what was sent for it, meets its bars."""
        self.session = number
        self._begin_anew()

    def close_session(self) -> None:
        """The session is at its close: what was good for it alone has expired."""
        for order in list(self.open.values()):
            if order.tif != "gtc" and order.session <= self.session:
                self.end(order, "expired", f"{order.tif}: not filled by the close")

    def renew(self) -> None:
        """The moments of the session have other numbers, or symbols came or left: look for each order's next bar again.

        What an order has met it does not meet again.
        """
        for order in self.open.values():
            order.since_ns = self.unmet_since(order)
        self._begin_anew()

    def unmet_since(self, order: Order) -> int:
        """The first instant, ns UTC, at which a bar may start that ``order`` has not met."""
        bars = self._bars.get(order.symbol)
        if bars is None or order.seen <= 0 or not bars.size:
            return order.since_ns
        return max(order.since_ns, int(bars.start[min(order.seen, bars.size) - 1]) + 1)

    def stand_in(self, session: int, bars: Mapping[str, FillBars], unspread: Iterable[str]) -> None:
        """The run went back, or was forked, and stands in that ``session``: look for each order's next bar.

        ``bars`` are those of its rows that were looked at before: nobody changes them, so forks share them. Of ``unspread`` a
        spread had been asked for in vain by then.
        """
        self.session = session
        self.unspread = set(unspread)
        self._begin_anew(bars)

    @property
    def bars_so_far(self) -> dict[str, FillBars]:
        """The bars that orders met in this session, by symbol; none where bars are still to arrive."""
        return {} if self._present.rows.arriving else dict(self._bars)

    def _begin_anew(self, bars: Mapping[str, FillBars] = _NONE) -> None:
        self._bars = dict(bars)
        self._heap.clear()
        self._wakes.clear()
        for order in self.open.values():
            order.seen = -1
            if order.status != "new":
                self._schedule(order)

    def arrived(self) -> None:
        """Bars have arrived that were not there before, perhaps between others: orders look at what they have not met."""
        self.renew()

    def meet(self, k: int, fills: list[Fill]) -> None:
        """Let orders meet the bars known at moment ``k``, at which the clock stands; ``fills`` gets what fills, in order.

        Where a cost model raises, its order waits for the same bar: met again, all goes on from there.
        """
        self._made = fills
        heap = self._heap
        while heap and heap[0][0] <= k:
            wake = heapq.heappop(heap)
            order, i = self.open.get(wake[2]), wake[3]
            if order is None or self._wakes.get(order.id) is not wake:
                continue
            try:
                if i == _ABSENT:
                    self.end(order, "canceled", f"{order.tif}: the next bar did not come")
                elif i == _AT_CLOSE:
                    self._meet_close(order)
                else:
                    self._meet_bar(order, self.bars(order.symbol), i)
            except BaseException:
                if not self._stale(wake):
                    heapq.heappush(heap, wake)
                raise

    def bars(self, symbol: str) -> FillBars:
        """The bars of ``symbol`` that orders meet in this session."""
        found = self._bars.get(symbol)
        if found is None:
            found = self._bars[symbol] = FillBars(self._present.rows, symbol)
        return found

    def _stale(self, wake: Wake) -> bool:
        return wake[2] not in self.open or self._wakes.get(wake[2]) is not wake

    def _schedule(self, order: Order) -> Wake | None:
        """Note the moment at which ``order`` is to be looked at next, if there is one in this session."""
        wake = self._next_wake(order)
        if wake is None:
            self._wakes.pop(order.id, None)
        else:
            self._wakes[order.id] = wake
            heapq.heappush(self._heap, wake)
        return wake

    def _next_wake(self, order: Order) -> Wake | None:
        present = self._present
        rows = present.rows
        if order.session > self.session or order.symbol not in rows.bases:
            return None
        session, moments = rows.session, rows.moments
        if order.tif == "cls":
            if rows.arriving and moments[moments.last] < session.close_ns:
                return None
            return moments.last, session.close_ns, order.id, _AT_CLOSE
        bars = self.bars(order.symbol)
        if order.seen < 0:
            order.seen = bars.first_since(order.since_ns)
        i = order.seen
        if order.tif == "opg":
            return (bars.known(0), int(bars.start[0]), order.id, 0) if i == 0 < bars.size else None
        if order.tif in ("ioc", "fok"):
            return self._next_expected(order, bars, i)
        j = bars.first_touch(order, i, touch=self._touch)
        return (bars.known(j), bars.began(j), order.id, j) if j < bars.size else None

    def _next_expected(self, order: Order, bars: FillBars, i: int) -> Wake | None:
        """The next bar that the calendar expects: an order that is good at once meets it or nothing."""
        rows = self._present.rows
        starts = rows.session.starts(bars.interval)
        at = int(starts.searchsorted(order.since_ns, "left"))
        if at == len(starts):
            return None
        start = int(starts[at])
        if i < bars.size and int(bars.start[i]) == start:
            return bars.known(i), start, order.id, i
        end_ns = int(rows.session.ends(bars.interval)[at])
        k = int(rows.moments.first + rows.moments.instants.searchsorted(end_ns, "left"))
        return None if k > rows.moments.last else (k, start, order.id, _ABSENT)

    def _meet_bar(self, order: Order, bars: FillBars, i: int) -> None:
        bar = bars.at(i)
        meeting = meet(order, bar, touch=self._touch)
        if meeting is None or not order.others:
            if meeting is not None:
                self._fill(order, bar, meeting, ambiguous=False)
            if order.ended_ns is None:
                self._pass_by(order, bar, i)
            return
        chosen, ambiguous = order, False
        for other in order.others:
            if other.is_open and other.status != "new" and other.seen <= i and self._may_meet(other, i):
                rival = meet(other, bar, touch=self._touch)
                if rival is not None:
                    which, ambiguous = first_of_pair(meeting, rival, order.sign if order.sign == other.sign else 0)
                    chosen, meeting = (other, rival) if which == 1 else (chosen, meeting)
        self._fill(chosen, bar, meeting, ambiguous=ambiguous)
        for one in (chosen, *(other for other in chosen.others if other is order)):
            if one.is_open:
                self._pass_by(one, bar, i)

    def _may_meet(self, order: Order, i: int) -> bool:
        """Whether ``order`` meets bar ``i`` at all: one that lives only at the open or the close may not."""
        wake = self._wakes.get(order.id)
        return order.tif not in ("cls", "opg") and (wake is None or wake[3] >= 0) and order.session <= self.session

    def _pass_by(self, order: Order, bar: FillBar, i: int) -> None:
        """What a bar that did not end ``order`` leaves of it, and when it is looked at next."""
        if order.tif in ("ioc", "fok"):
            self.end(order, "canceled", f"{order.tif}: {order.remaining:g} of {order.quantity:g} did not fill at once")
            return
        if order.tif == "opg":
            self.end(order, "expired", f"opg: {order.remaining:g} of {order.quantity:g} did not fill at the open {bar.open:g}")
            return
        if order.type in ("stop", "stop_limit", "trailing_stop") and not order.is_triggered and triggers(order, bar):
            order.is_triggered = True
        if order.type == "trailing_stop":
            trail_on(order, bar.high, bar.low)
        order.seen = max(order.seen, i + 1)
        self._schedule(order)

    def _meet_close(self, order: Order) -> None:
        """At the closing moment: the close of the last bar that starts at or after the order was sent."""
        present = self._present
        bars = self.bars(order.symbol)
        i = bars.known_by(present.k) - 1
        if i < 0 or bars.start[i] < order.since_ns:
            self.end(order, "expired", "cls: no bar between its sending and the close")
            return
        bar = bars.at(i)
        limit = order.limit
        if limit is not None and (bar.close > limit if order.sign > 0 else bar.close < limit):
            self.end(order, "expired", f"cls: the close {bar.close:g} is beyond its limit {limit:g}")
            return
        self._fill(order, bar, Meeting(bar.close, False, limit is None), ambiguous=False)
        if order.is_open:
            self.end(order, "expired", f"cls: {order.remaining:g} of {order.quantity:g} did not fill at the close")

    def _fill(self, order: Order, bar: FillBar, meeting: Meeting, *, ambiguous: bool) -> None:
        """Fill as much of ``order`` as the bar gives."""
        position = self._account.position(order.strategy, order.symbol)
        held = -position.quantity * order.sign  # what it may reduce, if above 0
        quantity = order.quantity - order.filled
        if order.reduces_only:
            if held <= 0:
                self.end(order, "canceled", "there is no position left to close")
                return
            quantity = min(quantity, held)
        if self._participation is not None:
            most = round_down(self._participation * bar.volume, self._unit)
            if most < quantity and order.tif == "fok":
                self.end(order, "canceled", f"fok: the bar gives {most:g} of {quantity:g} shares")
                return
            quantity = min(quantity, most)
        if quantity <= 0:
            return
        price, slippage = meeting.price, 0.0
        if meeting.slips and self._costs.slippages:
            slippage = self._costs.slippage(Slipping(order, quantity, price, bar, self._spread(order.symbol, bar.start)))
            slippage = min(slippage, price) if order.sign < 0 else slippage
            price += order.sign * slippage
        now_ns = self._present.now_ns
        opened = quantity if held <= 0 else max(quantity - held, 0.0)
        fill = Fill(
            bar.start, now_ns, order.symbol, order.side, quantity, price, 0.0, ambiguous, order.id, order.strategy,
            order.role, slippage, order.filled == 0.0, meeting.at_open, opened, order.tz,
        )  # fmt: skip
        if self._costs.commissions:
            fill = fill._replace(fee=self._costs.fee(fill))
        self._account.fill(fill, position)
        self._made.append(fill)
        order.filled += quantity
        order.paid += quantity * price
        if order.stop is not None:
            order.is_triggered = True
        is_done = order.quantity - order.filled <= _DUST
        order.status = "filled" if is_done else "partially_filled"
        self.changes.append((now_ns, order, order.status))
        if is_done:
            order.ended_ns = now_ns
            del self.open[order.id]
            self._wakes.pop(order.id, None)
        if order.others:
            self._shrink_others(order, quantity)
        if order.exits:
            self._arm_exits(order, fill, bar, opened)
            if is_done:
                self._drop_unarmed(order)
        if order.parent is not None and is_done:
            self.end(order.parent, "canceled", f"its exit, order {order.id}, has filled")
        if self.open:
            self._drop_idle_exits(order.strategy, order.symbol, position.quantity)

    def _shrink_others(self, order: Order, quantity: float) -> None:
        """One of several that cancel each other has filled: the exits of one entry share its shares, others end."""
        for other in order.others:
            if not other.is_open:
                continue
            if order.parent is not None and other.parent is order.parent and order.is_open:
                other.quantity = max(other.quantity - quantity, other.filled)
                if other.remaining > _DUST:
                    continue
            self.end(other, "canceled", f"order {order.id} has filled")

    def _arm_exits(self, entry: Order, fill: Fill, bar: FillBar, opened: float) -> None:
        """The exits of ``entry`` live for the shares it has opened: on its bar if it filled at the open, else from the next."""
        if opened <= 0:
            return
        bars = self.bars(entry.symbol)
        for leg in entry.exits:
            if leg.status == "new":
                leg.quantity = 0.0
                leg.since_ns = bar.start
                leg.seen = bars.first_since(bar.start + (0 if fill.at_open else 1))
                if leg.trail is not None:
                    leg.stop = leg.trail.level(fill.price, leg.sign)
                self.become(leg, "accepted")
            if leg.is_open:
                leg.quantity += opened
                self._schedule(leg)

    def _drop_unarmed(self, entry: Order) -> None:
        """All of ``entry`` has filled: exits that still wait never live, for it closed what was there and opened nothing."""
        for leg in entry.exits:
            if leg.status == "new":
                self.end(leg, "canceled", f"its entry, order {entry.id}, opened no position")

    def _drop_idle_exits(self, strategy: str, symbol: str, quantity: float) -> None:
        """Exits that have nothing left to close end at once."""
        for order in list(self.open.values()):
            of_it = order.symbol == symbol and order.strategy == strategy and order.status != "new"
            if of_it and order.reduces_only and -quantity * order.sign <= 0:
                self.end(order, "canceled", "there is no position left to close")
                if order.parent is not None:
                    self.end(order.parent, "canceled", "the position that it opened is closed")

    def _spread(self, symbol: str, instant_ns: int) -> float | None:
        """Ask less bid of the last recorded quote known at ``instant_ns``, None where there is none with two sides."""
        block = self._present.rows.quotes.get(symbol)
        if block is not None:
            i = int(block.rows.known_at.searchsorted(instant_ns, "right")) - 1
            if i >= 0:
                bid, _, ask, _ = block.rows.values[:, i].tolist()
                if ask >= bid > 0:
                    return float(ask - bid)
        self.unspread.add(symbol)
        return None


def rest_over_night(orders: Iterable[Order], symbol: str, ratio: float) -> None:
    """Tell resting ``orders`` of ``symbol`` in other shares: ``ratio`` new ones for each old one."""
    for order in orders:
        if order.symbol != symbol:
            continue
        order.quantity *= ratio
        order.filled *= ratio
        order.opens *= ratio
        order.price /= ratio
        order.limit = None if order.limit is None else order.limit / ratio
        order.stop = None if order.stop is None else order.stop / ratio
        if order.trail is not None and not order.trail.is_share:
            order.trail = Trail(order.trail.amount / ratio)
