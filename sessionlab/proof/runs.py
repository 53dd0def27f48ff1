"""Ways to go through a run: to its end or to a cut, in steps of any size, and with rows that arrive moment by moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np

from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.engine.replaying import go_on
from sessionlab.proof.decisions import Call, Decision, Recorder
from sessionlab.tape.block import Int64s, Rows


class Record(NamedTuple):
    """What was decided in a run, and which hooks were called. ``error`` is what a hook raised, if one did."""

    decisions: list[Decision]
    calls: list[Call]
    error: Exception | None


def record(
    engine: SessionCoordinator, go: Callable[[SessionCoordinator], object], inside: Callable[[Call], Any] | None = None
) -> Record:
    """Let ``engine`` go, and record it up to its end, or to what a hook raises. Other errors are raised."""
    recorder = Recorder(engine, inside)
    try:
        go(engine)
    except Exception as error:
        last = recorder.decisions[-1:]
        if not last or last[0].values[0] != "raise":
            raise
        return Record(recorder.decisions, recorder.calls, error)
    return Record(recorder.decisions, recorder.calls, None)


def to_the_end(engine: SessionCoordinator) -> None:
    """A session at a time."""
    while not engine.done:
        if engine.ended:
            engine.open_next()
        engine.move()


def until(instant_ns: int) -> Callable[[SessionCoordinator], None]:
    """To ``instant_ns``; from an open one step on, since what is done at an open is done in the first step."""

    def go(engine: SessionCoordinator) -> None:
        go_on(engine, instant_ns)
        if engine.at_open:
            engine.step(1)

    return go


def in_steps(sizes: Sequence[int]) -> Callable[[SessionCoordinator], None]:
    """In steps of these sizes, over and over."""

    def go(engine: SessionCoordinator) -> None:
        for size in cycle(sizes):
            if engine.done:
                return
            if engine.ended:
                engine.open_next()
            engine.step(size)

    return go


def arriving(twin: SessionCoordinator, most: int) -> Callable[[SessionCoordinator], None]:
    """Row by row, as they would have come: what the engine has not been given cannot be looked at. ``twin`` replays the same.

    It stops after ``most`` moments.
    """

    def go(engine: SessionCoordinator) -> None:
        left = most
        while True:
            moments = twin.rows.moments.instants
            parts = {key: _by_moment(block.rows, moments) for key, block in twin.rows.today.items()}
            flatten = twin.desk.flatten_k - twin.rows.first  # where rows arrive nobody knows yet which moment that will be
            for i, instant in enumerate(moments.tolist()[1:], start=1):
                left -= 1
                if left < 0:
                    return
                if i == flatten:
                    engine.desk.flatten_k = engine.rows.moments.until
                came = {key: rows.take(slice(edges[i - 1], edges[i])) for key, (rows, edges) in parts.items()}
                engine.receive({key: rows for key, rows in came.items() if rows.size}, instant)
            twin.move()
            if not twin.open_next():
                return
            engine.open_next()

    return go


def _by_moment(rows: Rows, moments: Int64s) -> tuple[Rows, list[int]]:
    """``rows`` by when they came, and up to which of them have by each moment."""
    ordered = rows.take(np.argsort(rows.known_at, kind="stable"))
    edges = ordered.known_at.searchsorted(moments, "right")
    edges[0] = 0
    return ordered, edges.tolist()
