"""The orders of two runs, each beside the one that it corresponds to: by strategy and by sequence within it, never by id.

Orders that were sent alike are pairs, in their sequence; between two such, what is left of the same symbol and side is paired in
turn. So an order more in one run stands alone, and those after it keep their partners.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from sessionlab.engine.acts import TERMS, SentOrder
from sessionlab.trading.ledger import Fill


class Pair(NamedTuple):
    """Order ``number`` (from 1) of ``strategy`` in both runs; None in the run that has no such order."""

    strategy: str
    number: int
    a: SentOrder | None
    b: SentOrder | None

    @property
    def sent_ns(self) -> int:
        """When the first of both was sent, ns UTC."""
        return min(one.sent_ns for one in (self.a, self.b) if one is not None)

    @property
    def symbol(self) -> str:
        """What it is for."""
        return str((self.a or self.b).terms[1])  # type: ignore[union-attr]

    @property
    def terms(self) -> list[str]:
        """Under which names the terms differ."""
        if self.a is None or self.b is None:
            return []
        return [name for name, left, right in zip(TERMS, self.a.terms, self.b.terms, strict=True) if left != right]

    @property
    def first_ns(self) -> int | None:
        """When the two differ first, ns UTC; None where they do not."""
        if self.a is None or self.b is None or self.terms:
            return self.sent_ns
        return first_apart([(one, one[0]) for one in self.a.became], [(one, one[0]) for one in self.b.became])


class FillPair(NamedTuple):
    """Fill ``number`` (from 1) of an order in both runs, with its position among the fills of each; None where there is none."""

    order: Pair
    number: int
    a: tuple[int, Fill] | None
    b: tuple[int, Fill] | None

    @property
    def fields(self) -> list[str]:
        """What differs."""
        if self.a is None or self.b is None:
            return []
        left, right = self.a[1], self.b[1]
        return [name for name in ("time", "known_at", "quantity", "price", "fee") if getattr(left, name) != getattr(right, name)]

    @property
    def first_ns(self) -> int | None:
        """When the two differ first, ns UTC; None where they do not."""
        known = [one[1].known_ns for one in (self.a, self.b) if one is not None]
        return min(known) if len(known) == 1 or self.fields else None


def first_apart(a: Sequence[tuple[Any, int]], b: Sequence[tuple[Any, int]]) -> int | None:
    """Two sequences of things and their instants: the instant at which they part, None where they are equal.

    >>> first_apart([("x", 1), ("y", 5)], [("x", 1), ("z", 4)]), first_apart([("x", 1)], [("x", 1)])
    (4, None)
    """
    same = _same_begin([one for one, _ in a], [one for one, _ in b])
    nexts = [some[same][1] for some in (a, b) if len(some) > same]
    return min(nexts) if nexts else None


def paired_orders(a: Sequence[SentOrder], b: Sequence[SentOrder]) -> list[Pair]:
    """All orders of both runs in the sequence of sending."""
    pairs: list[Pair] = []
    for strategy in dict.fromkeys(order.strategy for order in (*a, *b)):
        mine, theirs = ([order for order in orders if order.strategy == strategy] for orders in (a, b))
        pairs += (Pair(strategy, i, left, right) for i, (left, right) in enumerate(_aligned(mine, theirs), 1))
    return sorted(pairs, key=lambda pair: pair.sent_ns)


def paired_fills(pairs: Sequence[Pair], a: Sequence[Fill], b: Sequence[Fill]) -> list[FillPair]:
    """All fills of both runs, by the orders that they belong to, in the order in which they were known."""
    mine, theirs = _by_order(a), _by_order(b)
    found = []
    for pair in pairs:
        left = mine.get(pair.a.id, []) if pair.a is not None else []
        right = theirs.get(pair.b.id, []) if pair.b is not None else []
        for i in range(max(len(left), len(right))):
            found.append(FillPair(pair, i + 1, left[i] if i < len(left) else None, right[i] if i < len(right) else None))
    return sorted(found, key=lambda one: min(some[1].known_ns for some in (one.a, one.b) if some is not None))


def _by_order(fills: Sequence[Fill]) -> dict[int, list[tuple[int, Fill]]]:
    found: dict[int, list[tuple[int, Fill]]] = {}
    for at, fill in enumerate(fills):
        found.setdefault(fill.order_id, []).append((at, fill))
    return found


def _aligned(a: list[SentOrder], b: list[SentOrder]) -> Iterator[tuple[SentOrder | None, SentOrder | None]]:
    mine, theirs = [order.terms for order in a], [order.terms for order in b]
    same = _same_begin(mine, theirs)
    yield from zip(a[:same], b[:same], strict=True)
    a, b = a[same:], b[same:]
    for kind, i, past, j, until in SequenceMatcher(None, mine[same:], theirs[same:], autojunk=False).get_opcodes():
        if kind == "equal":
            yield from zip(a[i:past], b[j:until], strict=True)
        else:
            yield from _in_turn(a[i:past], b[j:until])


def _in_turn(a: list[SentOrder], b: list[SentOrder]) -> Iterator[tuple[SentOrder | None, SentOrder | None]]:
    """Pairs of one symbol and side in their sequence, and those that are left, by when they were sent."""
    left: dict[tuple[Any, ...], deque[SentOrder]] = {}
    for other in b:
        left.setdefault(other.terms[1:3], deque()).append(other)
    found: list[tuple[SentOrder | None, SentOrder | None]] = []
    for mine in a:
        partners = left.get(mine.terms[1:3])
        found.append((mine, partners.popleft() if partners else None))
    found += [(None, other) for others in left.values() for other in others]
    yield from sorted(found, key=lambda pair: min(one.sent_ns for one in pair if one is not None))


def _same_begin(a: Sequence[Any], b: Sequence[Any]) -> int:
    """How many they have alike from the beginning."""
    return next((i for i, (left, right) in enumerate(zip(a, b, strict=False)) if left != right), min(len(a), len(b)))
