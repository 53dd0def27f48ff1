"""The account over time, worked out once a session has ended, in columns: equity at every moment, and trades lot by lot.

All of it is a fold over the ledger and the session's rows. What a run that is under way shows is the same fold, up to now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sessionlab.brokers.fill_bars import FillBars
from sessionlab.engine.desk import Desk
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.trading.ledger import CashMove, Entry, Fill, SplitMove
from sessionlab.trading.lots import Lot, Lots, Reach, Trade

Key = tuple[str, str]
"""A strategy and a symbol."""


class Piece(NamedTuple):
    """The account in one session: at each of ``instants`` (ns UTC) its cash, the value of its positions, and gross exposure."""

    date: dt.date
    instants: Int64s
    cash: Float64s | float
    value: Float64s | float
    gross: Float64s | float


class Held(NamedTuple):
    """A position at a session's close."""

    date: dt.date
    symbol: str
    strategy: str
    quantity: float
    average_price: float
    close: float


class Stood(NamedTuple):
    """How the account stood: cash, shares by book and symbol, and how many entries of the ledger counted."""

    cash: float
    quantities: dict[Key, float]
    entries: int


class AtOpen(NamedTuple):
    """The account as it stood when the session began, after what falls due at the open.

    ``benchmark`` is its last known price in today's shares, ``dividend`` what a share of it paid this morning.
    """

    stood: Stood
    marks: dict[str, float | None]
    benchmark: float | None
    dividend: float


class Accounting:
    """Keeps what sessions left behind of ``desk``: ``pieces``, ``trades``, ``held``, and the open ``lots``.

    ``benchmark`` are the returns of holding the benchmark, a date and a fraction per session: from the first open to its close,
    then from close to close, dividends included.
    """

    def __init__(self, desk: Desk) -> None:
        self.pieces: list[Piece] = []
        self.trades: list[Trade] = []
        self.held: list[Held] = []
        self.benchmark: list[tuple[dt.date, float]] = []
        self.lots = Lots()
        self._desk = desk
        self._gone: dict[str, tuple[Int64s, Float64s, FillBars]] = {}
        self.open_session(0)

    def open_session(self, since: int, dividend: float = 0.0) -> None:
        """A session begins; entries of the ledger from number ``since`` on fell due at its open.

        ``dividend`` is what a share of the benchmark paid this morning, dollars.
        """
        account = self._desk.account
        for entry in account.ledger[since:]:
            self.trades += self.lots.add(entry, _nothing)
        quantities = {
            (strategy, symbol): position.quantity
            for strategy, book in account.books.items()
            for symbol, position in book.items()
            if position.quantity
        }
        marks = {symbol: self._desk.marks.at_open(symbol) for _, symbol in quantities}
        benchmark = self._desk.config.benchmark
        price = None if benchmark is None else self._desk.marks.carried.get(benchmark)
        self._at_open = AtOpen(Stood(account.cash, quantities, len(account.ledger)), marks, price, dividend)
        self._gone = {}

    def leaves(self, symbol: str) -> None:
        """``symbol`` leaves the session: what it went through is kept, for its rows are not there any more."""
        present = self._desk.present
        rows = present.rows
        instants = rows.moments.instants[: present.k - rows.moments.first + 1].copy()
        marks = self._marks(rows, symbol, rows.moments.first, instants)
        self._gone[symbol] = instants, marks, self._desk.broker.bars(symbol)

    def close_session(self) -> None:
        """The session has ended: keep its piece, its trades, and what is held."""
        desk = self._desk
        piece, gross = self._piece()
        self.pieces.append(piece)
        trades, add, reach = self.trades, self.lots.add, self._reach
        for entry in desk.account.ledger[self._at_open.stood.entries :]:
            trades += add(entry, reach)
        self.lots.end_session(reach)
        for strategy, book in desk.account.books.items():
            for symbol, position in book.items():
                if position.quantity:
                    self.held.append(
                        Held(piece.date, symbol, strategy, position.quantity, position.average_price or 0.0, position.price)
                    )
        self._note_limits(piece, gross)
        self.benchmark += self._benchmark_return()

    def so_far(self) -> tuple[list[Piece], list[Trade], list[Trade]]:
        """Pieces, closed trades and open ones up to now, whether or not the session has ended."""
        desk = self._desk
        lots, closed = self.lots.copy(), list(self.trades)
        pieces = self.pieces_so_far()
        if not self._is_kept:
            for entry in desk.account.ledger[self._at_open.stood.entries :]:
                closed += lots.add(entry, self._reach)
            return pieces, closed, list(lots.unclosed(self._reach, desk.marks))
        return pieces, closed, list(lots.unclosed(_nothing, desk.marks))

    def pieces_so_far(self) -> list[Piece]:
        """The pieces of :meth:`so_far` alone."""
        return list(self.pieces) if self._is_kept else [*self.pieces, self._piece()[0]]

    @property
    def _is_kept(self) -> bool:
        """Whether the session at hand has ended, and its piece is among the others."""
        return bool(self.pieces) and self.pieces[-1].date == self._desk.present.rows.session.date

    def at_open(self) -> Stood:
        """How the account stood when the session at hand began, after what fell due at its open."""
        stood = self._at_open.stood
        return stood._replace(quantities=dict(stood.quantities))  # whoever goes on from it changes its own

    def stretch(self, stood: Stood, first: int) -> Piece:
        """The account at the moments of this session from number ``first`` on, up to now; before them it ``stood`` so.

        A session told in stretches is the same, to the last bit, as told at once.
        """
        return self._piece(stood, first)[0]

    def _piece(self, stood: Stood | None = None, first: int | None = None) -> tuple[Piece, dict[str, Float64s]]:
        """The session so far, and gross exposure by symbol at each of its instants, of what was held in it."""
        desk = self._desk
        present = desk.present
        rows = present.rows
        first = rows.moments.first if first is None else first
        stood = self.at_open() if stood is None else stood
        instants = rows.moments.instants[first - rows.moments.first : present.k - rows.moments.first + 1]
        entries = desk.account.ledger[stood.entries :]
        if not entries and not stood.quantities:
            return Piece(rows.session.date, instants, stood.cash, 0.0, 0.0), {}
        cash, quantities = _steps(stood, entries)
        since = np.searchsorted(instants, np.array([entry.known_ns for entry in entries], dtype=np.int64), "left")
        long = np.diff(since, prepend=0, append=len(instants))  # moments between one entry and the next
        value = np.zeros(len(instants))
        gross: dict[str, Float64s] = {}
        marks: dict[str, Float64s] = {}
        for (_, symbol), (numbers, shares) in quantities.items():
            if symbol not in marks:
                marks[symbol], gross[symbol] = self._marks(rows, symbol, first, instants), np.zeros(len(instants))
            held = np.repeat(np.repeat(shares, np.diff([*numbers, len(entries) + 1])), long)
            worth = np.where(held == 0.0, 0.0, held * marks[symbol])
            value += worth
            gross[symbol] += np.abs(worth)
        in_all = np.sum(list(gross.values()), axis=0) if gross else 0.0
        return Piece(rows.session.date, instants, np.repeat(cash, long), value, in_all), gross

    def _benchmark_return(self) -> list[tuple[dt.date, float]]:
        """The benchmark's return in this session, none where it has no price."""
        desk, rows = self._desk, self._desk.present.rows
        symbol = desk.config.benchmark
        if symbol is None or symbol not in rows.bases:
            return []
        before, close = self._at_open.benchmark, desk.marks(symbol)
        if before is None:
            bars = desk.broker.bars(symbol)
            before = float(bars.open[0]) if bars.size else None
        if before is None or close is None:
            return []
        return [(rows.session.date, (close + self._at_open.dividend) / before - 1.0)]

    def benchmark_so_far(self) -> list[tuple[dt.date, float]]:
        """The same with the session under way, up to now."""
        return self.benchmark if self._is_kept else [*self.benchmark, *self._benchmark_return()]

    def _marks(self, rows: SessionRows, symbol: str, first: int, instants: Int64s) -> Float64s:
        """The last known close of ``symbol`` at each of ``instants``, NaN before any is known. Shape (instants,).

        They are those of moments one after another, of which the first has number ``first``.
        """
        gone = self._gone.get(symbol)
        if symbol not in rows.bases:
            if gone is None:
                return np.full(len(instants), np.nan)
            return gone[1][np.maximum(np.searchsorted(gone[0], instants, "right") - 1, 0)]
        before = self._desk.marks.at_open(symbol) if symbol not in self._at_open.marks else self._at_open.marks[symbol]
        tape = rows.tape(symbol, rows.finest(symbol))
        marks = np.full(len(instants), np.nan if before is None else before)
        last = first + len(instants) - 1
        k = first
        while k <= last:
            telling = tape.telling(k)
            past = min(telling.until, last + 1)
            counts = np.asarray(telling.counts)[k - telling.since : past - telling.since]
            if telling.today.size:
                seen = counts > 0
                marks[k - first : past - first][seen] = telling.today.values[3][counts[seen] - 1]
            k = past
        return marks

    def _reach(self, lot: Lot, exit: Fill | None) -> Reach:
        """What ``lot`` went through in this session, up to ``exit``, or up to now."""
        present = self._desk.present
        rows = present.rows
        symbol = lot.fill.symbol
        gone = self._gone.get(symbol)
        if symbol not in rows.bases and gone is None:
            return Reach(lot.price, lot.price, 0, 0)
        bars = self._desk.broker.bars(symbol) if symbol in rows.bases else gone[2]  # type: ignore[index]
        session = rows.session
        is_new = lot.fill.time_ns >= session.open_ns
        first = bars.first_since(lot.fill.time_ns) if is_new else 0
        begins = bars.positions[first] if is_new else 0
        if exit is not None:
            past = bars.first_since(exit.time_ns)
        else:
            past = bars.known_by(present.k) if symbol in rows.bases else bars.size
        prices = [lot.price]
        whole = first
        if is_new and not lot.fill.at_open:
            whole = first + 1
            if exit is None or past > first:
                prices.append(float(bars.close[first]))
        if past > whole:
            prices += bars.extremes(whole, past)
        if exit is None:
            expected = session.expected(bars.interval, present.now_ns) - begins
            return Reach(min(prices), max(prices), expected, past - first)
        prices.append(exit.price)
        if past >= whole:
            prices.append(float(bars.open[past]))
        return Reach(min(prices), max(prices), bars.positions[past] - begins + 1, past - first + 1)

    def _note_limits(self, piece: Piece, gross: dict[str, Float64s]) -> None:
        """Note where prices carried exposure past a limit that is a number, and since when; nothing is undone."""
        limits = self._desk.limits
        asked = [("max_per_symbol", symbol, of, limits.max_per_symbol) for symbol, of in gross.items()]
        for name, symbol, exposure, most in [*asked, ("max_buying_power", "", piece.gross, limits.max_buying_power)]:
            if most is None or isinstance(exposure, float):
                continue
            past = exposure > most
            if past.any():
                words = f"{name}: prices carried exposure to {np.nanmax(exposure):,.2f}, past {most:,.2f}"
                self._desk.note("limit_passed", symbol, "", words, int(piece.instants[past.argmax()]))


def _steps(stood: Stood, entries: Sequence[Entry]) -> tuple[list[float], dict[Key, tuple[list[int], list[float]]]]:
    """Cash before any of ``entries`` and after each; and of each book and symbol the entries that change it, and its shares."""
    cash = [stood.cash]
    steps: dict[Key, tuple[list[int], list[float]]] = {key: ([0], [shares]) for key, shares in stood.quantities.items()}
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, CashMove):
            cash.append(cash[-1] + entry.amount)
            continue
        since, shares = steps.setdefault((entry.strategy, entry.symbol), ([0], [0.0]))
        since.append(number)
        if isinstance(entry, Fill):
            signed = entry.signed
            after = shares[-1] + signed
            shares.append(0.0 if abs(after) < 1e-9 else after)
            cash.append(cash[-1] - (signed * entry.price + entry.fee))
        elif isinstance(entry, SplitMove):
            shares.append(shares[-1] * entry.ratio)
            cash.append(cash[-1])
    return cash, steps


def _nothing(lot: Lot, exit: Fill | None) -> Reach:
    return Reach(lot.low, lot.high, 0, 0)
