"""Buy and hold, worked out of the bars: bought at the first bar's open, held through splits, dividends kept as cash, no costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sessionlab.tape import DayBlock
from sessionlab.tape.actions import NO_ACTIONS
from sessionlab.tape.block import Float64s, Int64s

if TYPE_CHECKING:
    from sessionlab.engine.coordinator import SessionCoordinator
    from sessionlab.tape.actions import Actions


def growth(engine: SessionCoordinator, symbol: str, instants: Int64s) -> Float64s:
    """What a dollar in ``symbol`` had become by each of ``instants``, at its last known close. Shape (instants,)."""
    sessions = engine.sessions[: engine.number + 1]
    blocks = engine.source.load(symbol, engine.plan.bases(symbol)[0], sessions)
    known_at, worth = worth_of(blocks, engine.loader.adjuster.known(symbol) or NO_ACTIONS)
    at = known_at.searchsorted(instants, "right") - 1
    return np.where(at < 0, 1.0, worth[at]) if len(worth) else np.ones(len(instants))


def worth_of(blocks: Sequence[DayBlock], actions: Actions) -> tuple[Int64s, Float64s]:
    """When each close of ``blocks`` was known, and what a dollar at the first open had become then. Both of shape (rows,)."""
    shares, cash = 1.0, 0.0
    known: list[Int64s] = []
    worth: list[Float64s] = []
    for before, block in pairwise([None, *blocks]):
        assert block is not None
        if before is not None:
            since = actions.between(before.date, block.date)
            cash += shares * sum(one.amount for one in since.dividends)
            for split in since.splits:
                shares *= split.ratio
        order = np.argsort(block.rows.known_at, kind="stable")
        start = block.rows.start[order]
        order = order[start >= np.maximum.accumulate(start)]  # a late row of an earlier bar is no later price
        known.append(block.rows.known_at[order])
        worth.append(shares * block.rows.values[3][order] + cash)
    opens = [float(block.rows.values[0][0]) for block in blocks if block.rows.size]
    if not opens:
        return np.empty(0, np.int64), np.empty(0)
    return np.concatenate(known), np.concatenate(worth) / opens[0]
