"""The account over time for a curve: the session at hand in a few hundred stretches, those before it in fewer.

Nothing between two points is lost: each has the lowest and the highest equity and the deepest drawdown of every moment of its
stretch, and what the account was at the last of them. Told as it goes on it is the same as told at once.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.engine.accounting import Piece, Stood
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.timing import TradingSession
from sessionlab.trading.ledger import CashMove
from sessionlab.widgets.facts import MS

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator

COLUMNS = ("x", "time", "equity", "low", "high", "drawdown", "gross", "net")
"""Of each point: ``x`` is the number of its session and the fraction of its trading time passed, ``time`` in ms UTC; dollars
at that moment; ``low`` and ``high`` of equity, and the deepest ``drawdown`` (a fraction, at most 0), over its stretch."""
STRETCHES = 240
_PAST_STRETCHES = 12
_PAST_MOST = 240
_X, _TIME, _EQUITY, _LOW, _HIGH, _DRAWDOWN, _GROSS, _NET = range(len(COLUMNS))
Points = np.ndarray[Any, np.dtype[np.float64]]
"""Shape (points, columns)."""


class Use(NamedTuple):
    """Over all moments so far: how many there were, at how many something was held, and the deepest drawdown."""

    moments: int
    held: int
    drawdown: float


class Past(NamedTuple):
    """A session that has ended: its ``piece`` of the account, the ``points`` of it, and peak and use up to its close."""

    piece: Piece
    points: Points
    peak: float
    use: Use


class AccountLine:
    """The points of the run of ``engine`` so far."""

    def __init__(self, engine: SessionCoordinator) -> None:
        self._engine = engine
        self._past: list[Past] = []
        self.open()

    def open(self) -> None:
        """Another session is at hand, or the run went back, or other symbols take part: tell this session from its open on."""
        engine = self._engine
        pieces = engine.accounting.pieces[: engine.number]
        same = sum(1 for _ in takewhile(lambda both: both[0] is both[1].piece, zip(pieces, self._past, strict=False)))
        del self._past[same:]
        peak, use = engine.desk.account.starting_cash, Use(0, 0, 0.0)
        if self._past:
            peak, use = self._past[-1].peak, self._past[-1].use
        for number, piece in enumerate(pieces[same:], same):
            into = np.arange(len(piece.instants)) * _PAST_STRETCHES // max(len(piece.instants), 1)
            points, peak = _points(piece, _x(engine.sessions[number], number, piece.instants), into, peak)
            use = _used(use, piece, points)
            self._past.append(Past(piece, points, peak, use))
        self.points, self._peak, self._used = self._before(), peak, use
        self._next, self._last = engine.present.rows.moments.first, -1
        self._stood = engine.accounting.at_open()

    def go_on(self) -> int:
        """Take in the moments since the last look; from which point on the points have changed."""
        engine = self._engine
        if self._next > engine.present.k:
            return len(self.points)
        rows, number = engine.present.rows, len(self._past)
        kept = engine.accounting.pieces[engine.number :]
        # What was kept at the close stays, whoever joins after it.
        piece = kept[0] if kept and self._last < 0 else engine.accounting.stretch(self._stood, self._next)
        x = _x(rows.session, number, piece.instants)
        into = np.minimum(((x - number) * STRETCHES).astype(np.int64), STRETCHES - 1)
        points, self._peak = _points(piece, x, into, self._peak)
        self._used = _used(self._used, piece, points)
        changed = len(self.points)
        if int(into[0]) == self._last:
            changed -= 1
            points[0] = _joined(self.points[-1], points[0])
        self.points = np.concatenate([self.points[:changed], points])
        self._next, self._last = engine.present.k + 1, int(into[-1])
        self._stand()
        return changed

    @property
    def so_far(self) -> Use:
        """What the whole run so far used of the account."""
        return self._used

    def _stand(self) -> None:
        """Remember how the account stands, its books in the order in which they came: sums keep their last bit."""
        account, quantities = self._engine.desk.account, self._stood.quantities
        for entry in account.ledger[self._stood.entries :]:
            if not isinstance(entry, CashMove):
                quantities[entry.strategy, entry.symbol] = account.books[entry.strategy][entry.symbol].quantity
        self._stood = Stood(account.cash, quantities, len(account.ledger))

    def _before(self) -> Points:
        """The sessions before this one, each in fewer points the more there are."""
        if not self._past:
            return np.empty((0, len(COLUMNS)))
        room = _PAST_MOST // len(self._past)
        past = [one.points for one in self._past]
        per = max((n for n in range(1, _PAST_STRETCHES + 1) if _PAST_STRETCHES % n == 0 and n <= room), default=1)
        if per == _PAST_STRETCHES:
            return np.concatenate(past)
        return np.concatenate([_coarser(points, per) for points in past])


def _x(session: TradingSession, number: int, instants: Int64s) -> Float64s:
    """``number``, and the fraction of the session's trading time that has passed at each of ``instants``."""
    spans = session.spans
    passed = sum(np.clip(instants, a, b) - a for a, b in spans)
    return np.asarray(number + passed / sum(b - a for a, b in spans), dtype=np.float64)


def _points(piece: Piece, x: Float64s, into: Int64s, peak: float) -> tuple[Points, float]:
    """A point for each stretch that ``into`` names, which ascends; and the highest equity so far."""
    size = len(piece.instants)
    if size == 0:
        return np.empty((0, len(COLUMNS))), peak
    net = np.broadcast_to(np.asarray(piece.value, dtype=np.float64), size)
    gross = np.broadcast_to(np.asarray(piece.gross, dtype=np.float64), size)
    equity = np.broadcast_to(np.asarray(piece.cash, dtype=np.float64), size) + net
    peaks = np.maximum.accumulate(np.concatenate([[peak], equity]))
    first = np.flatnonzero(np.diff(into, prepend=-1))
    last = np.append(first[1:], size) - 1
    columns = np.empty((len(first), len(COLUMNS)))
    columns[:, _X], columns[:, _TIME], columns[:, _EQUITY] = x[last], piece.instants[last] / MS, equity[last]
    columns[:, _LOW], columns[:, _HIGH] = np.minimum.reduceat(equity, first), np.maximum.reduceat(equity, first)
    columns[:, _DRAWDOWN] = np.minimum.reduceat(equity / peaks[1:] - 1.0, first)
    columns[:, _GROSS], columns[:, _NET] = gross[last], net[last]
    return columns, float(peaks[-1])


def _joined(before: Float64s, after: Float64s) -> Float64s:
    """Two points of one stretch as one."""
    joined: Float64s = after.copy()
    joined[_LOW] = min(before[_LOW], after[_LOW])
    joined[_HIGH] = max(before[_HIGH], after[_HIGH])
    joined[_DRAWDOWN] = min(before[_DRAWDOWN], after[_DRAWDOWN])
    return joined


def _coarser(points: Points, into: int) -> Points:
    """The points of a session in ``into`` stretches."""
    first = np.unique(np.arange(into) * len(points) // into)
    made: Points = points[np.append(first[1:], len(points)) - 1].copy()
    made[:, _LOW] = np.minimum.reduceat(points[:, _LOW], first)
    made[:, _HIGH] = np.maximum.reduceat(points[:, _HIGH], first)
    made[:, _DRAWDOWN] = np.minimum.reduceat(points[:, _DRAWDOWN], first)
    return made


def _used(use: Use, piece: Piece, points: Points) -> Use:
    size = len(piece.instants)
    held = np.count_nonzero(np.broadcast_to(np.asarray(piece.gross) > 0, size))
    deepest = min(use.drawdown, float(points[:, _DRAWDOWN].min())) if len(points) else use.drawdown
    return Use(use.moments + size, use.held + int(held), deepest)
