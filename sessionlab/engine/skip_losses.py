"""How many longer bars the rule ``skip`` leaves out over a whole run, counted from the data before the first step.

It reads every session of the run once, some at a time, and keeps only counts: nothing of it is seen by a strategy.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from sessionlab.derive.buckets import Grid
from sessionlab.derive.coverage import complete_buckets, presence
from sessionlab.session.plan import StreamPlan
from sessionlab.sources.protocol import Source
from sessionlab.timing import SessionTable

AT_ONCE = 20
"""Sessions in memory at a time."""


class Loss(NamedTuple):
    """``skip`` leaves out ``lost`` of the ``expected`` bars of one symbol and interval."""

    symbol: str
    interval: str
    base: str
    lost: int
    expected: int


def skip_losses(plan: StreamPlan, source: Source, sessions: SessionTable) -> list[Loss]:
    """A row per generated stream of ``plan`` over ``sessions``. Late rows count as absent."""
    losses = []
    for symbol in plan.symbols:
        made = [stream for stream in plan.bars(symbol) if stream.action == "GENERATED"]
        for base in {stream.base for stream in made if stream.base is not None}:
            wanted = [stream.interval for stream in made if stream.base == base]
            lost = dict.fromkeys(wanted, 0)
            for i in range(0, len(sessions), AT_ONCE):
                some = sessions[i : i + AT_ONCE]
                for session, block in zip(some, source.load(symbol, base, some), strict=True):
                    positions = session.positions(block.rows.start, base)
                    on_time = block.rows.known_at == session.ends(base)[positions]
                    total = session.expected(base)
                    there = presence(np.unique(positions[on_time]), total, total)
                    for interval in wanted:
                        whole = complete_buckets(there, Grid.of([session], interval, base).expected)
                        lost[interval] += int(np.count_nonzero(~whole))
            for interval in wanted:
                expected = sum(session.expected(interval) for session in sessions)
                losses.append(Loss(symbol, str(interval), str(base), lost[interval], expected))
    return losses


def with_losses(plan: StreamPlan, losses: list[Loss]) -> StreamPlan:
    """``plan`` with what ``skip`` leaves out said in the reason of each generated stream."""
    by_stream = {(loss.symbol, loss.interval): loss for loss in losses}
    streams = []
    for stream in plan.streams:
        loss = by_stream.get((stream.symbol, stream.stream))
        if loss is not None:
            said = f"{stream.reason}; skip leaves out {loss.lost:,} of {loss.expected:,}"
            stream = dataclasses.replace(stream, reason=said)
        streams.append(stream)
    return dataclasses.replace(plan, streams=tuple(streams))
