"""An account as it stands: cash, and a book of positions for each strategy. It is the running fold over its ledger.

Positions have an average price, as brokers show it; what a trade earned is worked out lot by lot, first in first out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.trading.ledger import CashMove, Entry, Fill, SplitMove

Mark = Callable[[str], float | None]
"""The last known price of a symbol, None where none is known."""


class Position:
    """A position in one symbol of one book; false when flat. It follows the clock.

    ``quantity`` in shares, negative when short; ``average_price`` of what is held, None when flat.
    """

    __slots__ = ("_average", "_mark", "quantity", "symbol")

    def __init__(self, symbol: str, mark: Mark, quantity: float = 0.0, average: float = 0.0) -> None:
        self.symbol = symbol
        self.quantity = quantity
        self._average = average
        self._mark = mark

    def __bool__(self) -> bool:
        return self.quantity != 0.0

    @property
    def average_price(self) -> float | None:
        """Dollars a share, without costs; None when flat."""
        return self._average if self.quantity else None

    @property
    def side(self) -> str:
        """``long``, ``short`` or ``flat``."""
        return "long" if self.quantity > 0 else "short" if self.quantity < 0 else "flat"

    @property
    def value(self) -> float:
        """What it is worth at the last known close, dollars; negative when short."""
        mark = self._mark(self.symbol)
        return self.quantity * (self._average if mark is None else mark)

    @property
    def price(self) -> float:
        """The last known close, or the average price where none is known."""
        mark = self._mark(self.symbol)
        return self._average if mark is None else mark

    @property
    def unrealized(self) -> float:
        """What closing it at the last known close would earn, before costs, dollars."""
        return self.quantity * (self.price - self._average)

    def add(self, signed: float, price: float) -> None:
        """``signed`` shares more at ``price``. What reduces keeps the average; what crosses zero begins a new one."""
        before, after = self.quantity, self.quantity + signed
        if abs(after) < 1e-9:
            after = 0.0
        if before == 0.0 or (before > 0) != (after > 0):
            self._average = price
        elif (before > 0) == (signed > 0):
            self._average = (before * self._average + signed * price) / after
        self.quantity = after

    def split(self, ratio: float) -> None:
        """``ratio`` shares for each one."""
        self.quantity *= ratio
        self._average /= ratio

    def stand_as(self, other: Position | None) -> None:
        """Be what ``other`` is; flat for None."""
        self.quantity, self._average = (0.0, 0.0) if other is None else (other.quantity, other._average)

    def copy(self) -> Position:
        """The same, apart from this one."""
        return Position(self.symbol, self._mark, self.quantity, self._average)

    def __deepcopy__(self, memo: dict[int, Any]) -> Position:
        copied = memo[id(self)] = self.copy()
        return copied

    def __float__(self) -> float:
        return self.quantity

    def __repr__(self) -> str:
        if not self:
            return f"<Position {self.symbol}: flat>"
        return f"<Position {self.symbol}: {self.quantity:g} at {self._average:.4f}, unrealized {self.unrealized:+,.2f}>"

    def _repr_html_(self) -> str:
        from sessionlab.trading.pages import position_page

        return position_page(self)


class Account:
    """``cash`` and ``books`` of positions by strategy and symbol; ``ledger`` is what led there, and only grows."""

    def __init__(self, starting_cash: float, mark: Mark) -> None:
        self.starting_cash = starting_cash
        self.cash = starting_cash
        self.books: dict[str, dict[str, Position]] = {}
        self.ledger: list[Entry] = []
        self.mark = mark
        self._spare: dict[tuple[str, str], Position] = {}
        self._spare_books: dict[str, dict[str, Position]] = {}

    def book(self, strategy: str) -> dict[str, Position]:
        """The positions of ``strategy`` by symbol."""
        found = self.books.get(strategy)
        if found is None:
            found = self.books[strategy] = self._spare_books.pop(strategy, {})
        return found

    def position(self, strategy: str, symbol: str) -> Position:
        """The position of ``strategy`` in ``symbol``, flat where there is none."""
        try:
            return self.books[strategy][symbol]
        except KeyError:
            spare = self._spare.pop((strategy, symbol), None)
            found = self.book(strategy)[symbol] = Position(symbol, self.mark) if spare is None else spare
            return found

    def add(self, entry: Entry) -> None:
        """Let ``entry`` count from now on."""
        if isinstance(entry, Fill):
            self.fill(entry, self.position(entry.strategy, entry.symbol))
            return
        self.ledger.append(entry)
        if isinstance(entry, CashMove):
            self.cash += entry.amount
        elif isinstance(entry, SplitMove):
            self.position(entry.strategy, entry.symbol).split(entry.ratio)

    def fill(self, fill: Fill, position: Position) -> None:
        """Let ``fill``, of the book and symbol of ``position``, count from now on."""
        self.ledger.append(fill)
        signed = fill.quantity if fill.side == "buy" else -fill.quantity
        position.add(signed, fill.price)
        self.cash -= signed * fill.price + fill.fee

    @property
    def value(self) -> float:
        """What all positions are worth, net, dollars."""
        return sum(position.value for book in self.books.values() for position in book.values() if position.quantity)

    @property
    def equity(self) -> float:
        """Cash and what all positions are worth, dollars."""
        return self.cash + self.value

    def exposure(self, symbol: str) -> float:
        """Gross exposure of all books in ``symbol``, dollars."""
        return sum(abs(book[symbol].value) for book in self.books.values() if symbol in book and book[symbol].quantity)

    @property
    def gross(self) -> float:
        """Gross exposure of all books, dollars."""
        return sum(abs(position.value) for book in self.books.values() for position in book.values() if position.quantity)

    @property
    def held(self) -> set[str]:
        """Symbols in which some book has a position."""
        return {symbol for book in self.books.values() for symbol, position in book.items() if position.quantity}

    def copy_state(self) -> tuple[float, dict[str, dict[str, Position]], int]:
        """What :meth:`restore` takes: cash, books, and how long the ledger is."""
        books = {name: {symbol: position.copy() for symbol, position in book.items()} for name, book in self.books.items()}
        return self.cash, books, len(self.ledger)

    def restore(self, state: tuple[float, dict[str, dict[str, Position]], int]) -> None:
        """Stand as it did when ``state`` was copied."""
        self.cash, books, size = state
        for name, book in self.books.items():
            for symbol, position in book.items():
                position.stand_as(None)
                self._spare[name, symbol] = position
            book.clear()
            self._spare_books[name] = book
        self.books.clear()  # sums, and what falls due at opens, go through books and positions in the order in which they came
        for name, saved in books.items():
            self.book(name)
            for symbol, one in saved.items():
                self.position(name, symbol).stand_as(one)
        del self.ledger[size:]
