"""Lots: what was bought or sold to open, closed first in, first out. One trade per lot closed, or per part of one.

A trade's worst and best are told of prices at which it was surely held: a bar counts whole where it was held from its open to
its close; of the bar of a fill within count the fill's price and the close after an entry, the open and the fill's price
before an exit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sessionlab.trading.ledger import Entry, Fill, SplitMove

_DUST = 1e-9


@dataclass(slots=True)
class Lot:
    """``quantity`` shares opened by ``fill`` at ``price``; ``sign`` 1 long, -1 short; ``fee`` per share.

    ``low`` and ``high`` are the extremes of the price over the sessions before this one since it was opened, ``expected`` and
    ``present`` the base bars of them.
    """

    fill: Fill
    sign: int
    quantity: float
    price: float
    fee: float
    low: float
    high: float
    expected: int = 0
    present: int = 0

    def copy(self) -> Lot:
        """The same, apart from this one."""
        return Lot(
            self.fill, self.sign, self.quantity, self.price, self.fee, self.low, self.high, self.expected, self.present
        )  # fmt: skip


class Reach(NamedTuple):
    """Extremes of the price, and base bars expected and present, over a stretch of a session."""

    low: float
    high: float
    expected: int
    present: int


class Trade(NamedTuple):
    """A lot that was closed, or a part of one, by ``exit``; ``exit`` None: still open, and marked at ``exit_price``."""

    lot: Lot
    exit: Fill | None
    quantity: float
    exit_price: float
    exit_fee: float
    reach: Reach

    @property
    def gross(self) -> float:
        """What it earned before fees, dollars."""
        return self.lot.sign * self.quantity * (self.exit_price - self.lot.price)

    @property
    def fees(self) -> float:
        """Its share of the fees of its fills, dollars."""
        return self.quantity * (self.lot.fee + self.exit_fee)

    @property
    def worst_and_best(self) -> tuple[float, float]:
        """The largest loss and gain on the way, before fees, dollars: the first is at most 0, the second at least 0."""
        lot = self.lot
        moves = [lot.sign * self.quantity * (price - lot.price) for price in (self.reach.low, self.reach.high)]
        return min(0.0, *moves), max(0.0, *moves)


Reaches = Callable[[Lot, Fill | None], Reach]
"""What a lot went through in the session at hand, up to a fill, or up to now."""


class Lots:
    """The open lots of each book and symbol, oldest first."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str], deque[Lot]] = {}

    def copy(self) -> Lots:
        """The same, apart from this one."""
        other = Lots()
        other.open = {key: deque(lot.copy() for lot in lots) for key, lots in self.open.items()}
        return other

    def add(self, entry: Entry, reaches: Reaches) -> list[Trade]:
        """Let ``entry`` count; the trades that it closes."""
        if isinstance(entry, Fill):
            return self._fill(entry, reaches)
        if isinstance(entry, SplitMove):
            self._split(entry)
        return []

    def unclosed(self, reaches: Reaches, mark: Callable[[str], float | None]) -> Iterator[Trade]:
        """What is still open, as trades marked at the last known close."""
        for (_, symbol), lots in self.open.items():
            price = mark(symbol)
            for lot in lots:
                yield Trade(lot, None, lot.quantity, lot.price if price is None else price, 0.0, _joined(lot, reaches(lot, None)))

    def end_session(self, reaches: Reaches) -> None:
        """The session is over: lots keep what they went through in it."""
        for lots in self.open.values():
            for lot in lots:
                lot.low, lot.high, lot.expected, lot.present = _joined(lot, reaches(lot, None))

    def _fill(self, fill: Fill, reaches: Reaches) -> list[Trade]:
        lots = self.open.get((fill.strategy, fill.symbol))
        if lots is None:
            lots = self.open[fill.strategy, fill.symbol] = deque()
        closes: list[Trade] = []
        sign = 1 if fill.side == "buy" else -1
        left, fee = fill.quantity, fill.fee / fill.quantity
        while left > _DUST and lots and lots[0].sign != sign:
            lot = lots[0]
            closed = min(left, lot.quantity)
            reach = _joined(lot, reaches(lot, fill))
            left -= closed
            if lot.quantity - closed <= _DUST:
                closes.append(Trade(lots.popleft(), fill, closed, fill.price, fee, reach))
                continue
            closes.append(Trade(lot.copy(), fill, closed, fill.price, fee, reach))
            lot.quantity -= closed
        if left > _DUST:
            lots.append(Lot(fill, sign, left, fill.price, fee, fill.price, fill.price))
        return closes

    def _split(self, move: SplitMove) -> None:
        for lot in self.open.get((move.strategy, move.symbol), ()):
            lot.quantity *= move.ratio
            lot.price /= move.ratio
            lot.fee /= move.ratio
            lot.low /= move.ratio
            lot.high /= move.ratio


def _joined(lot: Lot, reach: Reach) -> Reach:
    if not lot.expected:  # it was opened in this session
        return reach
    return Reach(min(lot.low, reach.low), max(lot.high, reach.high), lot.expected + reach.expected, lot.present + reach.present)
