"""Which hooks are due at which moments of a session, worked out once as columns.

At one moment the order is: strategy as configured; of each its ``on_quality``, then ``on_bar`` by the bars' start and the
symbols' order, then ``on_step``; subscribers come last. A moment at which nothing is due is not visited.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any, Literal, NamedTuple

import numpy as np

from sessionlab.derive.buckets import Grid
from sessionlab.derive.coverage import complete_buckets, find_gaps, presence
from sessionlab.engine.context import Context, Looking
from sessionlab.engine.strategy import FunctionStrategy, Strategy, overrides, parse_every
from sessionlab.session.columns import zoned
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval
from sessionlab.timing.clock_time import ClockTime

Hook = Callable[[Any, Any], object]


@dataclass(slots=True)
class Book:
    """A strategy at work: its own copy, its context, what was given, and whether its first hooks have run."""

    strategy: Strategy
    ctx: Context
    given: Strategy
    started: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Calls of one hook of one strategy, sorted: moment numbers ``k``, shape (calls,), and an argument for each."""

    k: Int64s
    hook: Hook
    ctx: Looking
    arguments: Sequence[Any] | repeat[Any]


@dataclass(slots=True)
class Calls:
    """Calls in order. ``next`` is the number of the first one not made yet."""

    moments: list[int] = field(default_factory=list)
    hooks: list[Hook] | repeat[Hook] = field(default_factory=list)
    contexts: list[Looking] | repeat[Looking] = field(default_factory=list)
    arguments: Sequence[Any] | repeat[Any] = field(default_factory=list)
    next: int = 0

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Calls:
        """The calls of ``parts``, which stand in the order that holds at one moment."""
        if len(parts) == 1:
            (part,) = parts
            return cls(part.k.tolist(), repeat(part.hook), repeat(part.ctx), part.arguments)
        if not parts:
            return cls()
        order = np.argsort(np.concatenate([part.k for part in parts]), kind="stable")
        which = np.repeat(np.arange(len(parts)), [len(part.k) for part in parts])[order].tolist()
        moments = np.concatenate([part.k for part in parts])[order].tolist()
        every = [argument for part in parts for argument, _ in zip(part.arguments, part.k, strict=False)]
        hooks, contexts = [part.hook for part in parts], [part.ctx for part in parts]
        return cls(moments, [hooks[i] for i in which], [contexts[i] for i in which], [every[i] for i in order.tolist()])

    def due(self, k: int) -> int:
        """One past the number of the last call at or before moment ``k``."""
        return bisect_right(self.moments, k, self.next)

    def between(self, first: int, past: int) -> tuple[list[int], list[Any]]:
        """Moments of calls ``first`` to ``past``, and their hooks, contexts and arguments as columns."""
        columns = (self.hooks, self.contexts, self.arguments)
        return self.moments[first:past], [c if isinstance(c, repeat) else c[first:past] for c in columns]

    def left(self, k: int) -> list[Part]:
        """The calls at moments up to ``k`` that are not made yet, one part for each."""
        every = range(self.next, self.due(k))
        return [Part(np.array([self.moments[i]]), self.hook(i), self.context(i), [self.argument(i)]) for i in every]

    def hook(self, number: int) -> Hook:
        """The hook of call ``number``."""
        return next(self.hooks) if isinstance(self.hooks, repeat) else self.hooks[number]

    def context(self, number: int) -> Looking:
        """The context of call ``number``."""
        return next(self.contexts) if isinstance(self.contexts, repeat) else self.contexts[number]

    def argument(self, number: int) -> Any:
        """The argument of call ``number``."""
        return next(self.arguments) if isinstance(self.arguments, repeat) else self.arguments[number]

    def words(self, number: int) -> str:
        """Call ``number`` as one would write it: ``Cross.on_bar('AAPL')``, or ``watch('AAPL')`` of a function."""
        hook, argument = self.hook(number), self.argument(number)
        name, strategy = getattr(hook, "__name__", repr(hook)), getattr(hook, "__self__", None)
        if isinstance(strategy, FunctionStrategy):
            return f"{strategy.name}({argument!r})" if strategy.per_symbol else f"{strategy.name}()"
        values = argument if name == "on_quality" else (argument,)
        return f"{self.context(number).name}.{name}({', '.join(map(repr, values))})"


def part_without(part: Part, symbol: str) -> Part | None:
    """One call of a ``part`` without ``symbol``; None where it was about that symbol alone."""
    argument = next(iter(part.arguments))
    if argument == symbol or (
        isinstance(argument, tuple) and getattr(part.hook, "__name__", "") == "on_quality" and argument[0] == symbol
    ):
        return None
    if isinstance(argument, tuple) and symbol in argument:
        return replace(part, arguments=[tuple(of for of in argument if of != symbol)])
    return part


def calls_of(rows: SessionRows, books: Sequence[Book], after: int, left: Sequence[Part] = (), last: Sequence[Part] = ()) -> Calls:
    """What is due at moments later than ``after``, behind the calls ``left`` over from before; ``last`` come after the books'."""
    parts = [part for book in books for part in _parts(rows, book, after)]
    return Calls.of([*left, *(part for part in parts if len(part.k)), *last])


def _parts(rows: SessionRows, book: Book, after: int) -> Iterator[Part]:
    strategy, ctx = book.strategy, book.ctx
    due = parse_every(strategy.every)
    if overrides(strategy, "on_quality"):
        yield _quality_part(rows, book, after)
    wants_bars, wants_steps = overrides(strategy, "on_bar"), overrides(strategy, "on_step")
    if not wants_bars and not wants_steps:
        return
    if isinstance(due, ClockTime):
        yield from _timed_parts(rows, book, due, after, wants_bars, wants_steps)
        return
    k, symbols = _arrivals(rows, due, after)
    if wants_bars:
        one = len(rows.symbols) == 1
        names = rows.symbols
        yield Part(k, strategy.on_bar, ctx, repeat(names[0]) if one else [names[i] for i in symbols.tolist()])
    if wants_steps:
        yield _step_part(rows, book, k, symbols, due, after)


def _arrivals(rows: SessionRows, interval: Interval | None, after: int) -> tuple[Int64s, Int64s]:
    """Moments and symbol numbers of all bars first seen after ``after``, by moment, start, symbol."""
    series = [(symbol, interval or rows.finest(symbol)) for symbol in rows.symbols]
    seen = [rows.first_seen(*one) for one in series]
    since = [rows.woken_after(symbol, after) for symbol in rows.symbols]
    if any(len(k) and k.min() <= first for (_, k), first in zip(seen, since, strict=True)):
        seen = [(start[k > first], k[k > first]) for (start, k), first in zip(seen, since, strict=True)]
    numbers = np.repeat(np.arange(len(seen)), [len(k) for _, k in seen])
    k = np.concatenate([k for _, k in seen])
    if all(len(rows.base_tape(*one).turns) == 1 for one in series):
        # Nothing came late: bars of one moment have one start, and a stable sort of sorted runs keeps the symbols' order.
        order = np.argsort(k, kind="stable") if len(seen) > 1 else slice(None)
    else:
        order = np.lexsort((np.concatenate([start for start, _ in seen]), k))
    return k[order], numbers[order]


def _step_part(rows: SessionRows, book: Book, k: Int64s, symbols: Int64s, due: Interval | None, after: int) -> Part:
    edges = np.flatnonzero(np.diff(k, prepend=-1))
    names = rows.symbols
    groups = [tuple(names[i] for i in dict.fromkeys(group.tolist())) for group in np.split(symbols, edges[1:])] if len(k) else []
    moments = k[edges]
    if due is None:  # every moment, also those at which nothing arrived
        arrived = dict(zip(moments.tolist(), groups, strict=True))
        moments = np.arange(max(after, rows.first) + 1, rows.moments.until)
        groups = [arrived.get(moment, ()) for moment in moments.tolist()]
    return Part(moments, book.strategy.on_step, book.ctx, groups)


def _timed_parts(
    rows: SessionRows, book: Book, due: ClockTime, after: int, wants_bars: bool, wants_steps: bool
) -> Iterator[Part]:
    instant = due.at(rows.session)
    if not rows.session.open_ns <= instant <= rows.session.close_ns:
        return
    k = rows.moments.after(np.array([instant]))
    if k[0] <= after or k[0] >= rows.moments.until:
        return
    if wants_bars:
        yield Part(np.repeat(k, len(rows.symbols)), book.strategy.on_bar, book.ctx, rows.symbols)
    if wants_steps:
        yield Part(k, book.strategy.on_step, book.ctx, [rows.symbols])


def _quality_part(rows: SessionRows, book: Book, after: int) -> Part:
    since = [rows.woken_after(symbol, after) for symbol in rows.symbols]
    found = [(flaw.k, i, flaw) for i, symbol in enumerate(rows.symbols) for flaw in flaws(rows, symbol) if flaw.k > since[i]]
    found.sort(key=lambda one: one[:2])
    strategy = book.strategy
    arguments = [(rows.symbols[i], str(flaw.interval), flaw.reason) for _, i, flaw in found]

    def on_quality(ctx: Context, flaw: tuple[str, str, str]) -> None:
        strategy.on_quality(ctx, *flaw)

    return Part(np.array([k for k, _, _ in found], dtype=np.int64), on_quality, book.ctx, arguments)


class Flaw(NamedTuple):
    """Where data falls short, at moment number ``k``; ``reason`` says it in words.

    ``kind`` is ``gap``, a run of stored bars that are absent, or ``bucket``, a longer bar that is skipped or incomplete.
    """

    k: int
    interval: Interval
    kind: Literal["gap", "bucket"]
    reason: str


def flaws(rows: SessionRows, symbol: str) -> list[Flaw]:
    """Where the data of ``symbol`` falls short, by interval.

    A gap of base bars counts where it begins, a longer bar at its end if a base bar under it was absent by then.
    """
    session, moments = rows.session, rows.moments
    found: list[Flaw] = []
    kind: Literal["gap", "bucket"]
    for stream in rows.plan.bars(symbol):
        base = stream.base
        assert base is not None
        start, seen = rows.first_seen(symbol, base)
        positions = session.positions(start, base)
        total = session.expected(base)
        if stream.interval == base:
            there = presence(positions[seen <= moments.after(session.ends(base)[positions])], total, total)
            first = find_gaps(there).first
            ks, starts = moments.after(session.ends(base)[first]), session.starts(base)[first]
            kind, words = "gap", [f"no {base} bar at {at}" for at in _clock(starts, session.tz)]
        else:
            grid = Grid.of([session], stream.interval, base)
            there = presence(positions[seen <= moments.after(grid.end[grid.bucket_of(start)])], total, total)
            short = np.flatnonzero(~complete_buckets(there, grid.expected))
            ks = moments.after(grid.end[short])
            edges = np.concatenate([[0], np.cumsum(grid.expected)])
            sums = np.concatenate([[0], np.cumsum(there)])
            have = (sums[edges[1:]] - sums[edges[:-1]])[short]
            made = ["skipped" if rows.incomplete == "skip" or n == 0 else "incomplete" for n in have.tolist()]
            of = zip(made, have.tolist(), grid.expected[short].tolist(), strict=True)
            kind, words = "bucket", [f"{what}: {n} of {m} {base} bars" for what, n, m in of]
        found += [
            Flaw(k, stream.interval, kind, reason) for k, reason in zip(ks.tolist(), words, strict=True) if k < moments.until
        ]
    return found


def next_moment(rows: SessionRows, k: int, what: str) -> int:
    """Number of the next moment after ``k`` at which a ``bar`` arrives or a ``gap`` begins; the close's if none."""
    if what == "gap":
        coming = [flaw.k for symbol in rows.symbols for flaw in flaws(rows, symbol) if flaw.kind == "gap"]
    else:
        seen = [rows.first_seen(symbol, base)[1] for symbol in rows.symbols for base in rows.bases[symbol]]
        coming = [int(at[at > k].min()) for at in seen if (at > k).any()]
    return min((at for at in coming if at > k), default=rows.moments.last)


def _clock(instants: Int64s, tz: str) -> list[str]:
    return list(zoned(instants, tz).strftime("%H:%M:%S"))
