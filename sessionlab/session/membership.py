"""The rows of a session after a symbol has joined or left: the others' blocks are shared, and nothing handed out changes.

What a view shows depends on the number of a moment. Where the instants of a session change (a newcomer has finer or late rows),
or where a symbol leaves, all moments get new numbers, so that every view looks anew. Instants that have passed stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from sessionlab.session.plan import StreamPlan
from sessionlab.session.session_rows import SessionRows
from sessionlab.tape import Rows, StoredTape
from sessionlab.tape.block import DayBlock
from sessionlab.timing import Interval

_Key = TypeVar("_Key")
_Keys = TypeVar("_Keys", bound=tuple[object, ...])
_Value = TypeVar("_Value")


def with_symbols(rows: SessionRows, newcomers: Sequence[SessionRows], plan: StreamPlan, now_ns: int) -> SessionRows:
    """``rows`` with those of ``newcomers`` as well, who join at ``now_ns``: their whole day so far is there at once.

    Where rows are arriving, what is known of a newcomer by now came at the moments at which it would have come; the rest of its
    blocks is left to :meth:`SessionRows.receive`.
    """
    today: dict[tuple[str, Interval], DayBlock] = {}
    for one in newcomers:
        today |= {key: _nothing_yet(block) for key, block in one.today.items()} if rows.arriving else one.today
    symbols = [symbol for one in newcomers for symbol in one.symbols]
    made = replace(
        rows,
        plan=plan,
        today={**rows.today, **today},
        windows=_joined(rows.windows, [one.windows for one in newcomers]),
        quotes=_joined(rows.quotes, [one.quotes for one in newcomers]),
        splits=_joined(rows.splits, [one.splits for one in newcomers]),
        trails=rows.trails.over(_joined(rows.trails.windows, [one.trails.windows for one in newcomers])),
        repairs=[*rows.repairs, *(repair for one in newcomers for repair in one.repairs)],
        joined={**rows.joined, **dict.fromkeys(symbols, now_ns)},
        left={symbol: left_ns for symbol, left_ns in rows.left.items() if symbol not in symbols},
    )
    _number(made, rows, now_ns, anew=False)
    if rows.arriving:
        for one in newcomers:
            for (symbol, interval), block in one.today.items():
                made.base_tape(symbol, interval).catch_up(block.rows.take(block.rows.known_at <= now_ns))
    return made


def without_symbol(rows: SessionRows, symbol: str, plan: StreamPlan, now_ns: int) -> SessionRows:
    """``rows`` without those of ``symbol``, which leaves at ``now_ns``."""
    made = replace(
        rows,
        plan=plan,
        today=_without(rows.today, symbol),
        windows=_without(rows.windows, symbol),
        quotes={of: block for of, block in rows.quotes.items() if of != symbol},
        splits={of: splits for of, splits in rows.splits.items() if of != symbol},
        trails=rows.trails.over(_without(rows.trails.windows, symbol)),
        repairs=[repair for repair in rows.repairs if repair.symbol != symbol],
        joined={of: joined_ns for of, joined_ns in rows.joined.items() if of != symbol},
        left={**rows.left, symbol: now_ns},
    )
    _number(made, rows, now_ns, anew=True)
    return made


def _number(made: SessionRows, before: SessionRows, now_ns: int, *, anew: bool) -> None:
    """Give ``made`` its moments: those of ``before`` where they can stay, else such as no view has seen."""
    old = before.moments
    instants = old.instants
    if not made.arriving:
        instants = np.unique(np.concatenate([instants[instants <= now_ns], made.moments.instants]))
        anew = anew or len(instants) != len(old) or bool((instants != old.instants).any())
    if not anew:
        made.moments, made._tapes, made.told_quotes = old, before._tapes, before.told_quotes
        return
    made.moments = old.numbered_anew(instants.copy())
    made.first = made.moments.first
    if made.arriving:
        kept = {key: tape for key, tape in before._tapes.items() if key in made.today}
        made._tapes.update({key: tape.renumbered(made.moments) for key, tape in kept.items() if isinstance(tape, StoredTape)})


def _nothing_yet(block: DayBlock) -> DayBlock:
    return replace(block, rows=Rows.empty(), on_time=True)


def _joined(some: Mapping[_Key, _Value], others: Sequence[Mapping[_Key, _Value]]) -> dict[_Key, _Value]:
    whole = dict(some)
    for other in others:
        whole.update(other)
    return whole


def _without(some: Mapping[_Keys, _Value], symbol: str) -> dict[_Keys, _Value]:
    return {key: value for key, value in some.items() if key[0] != symbol}
