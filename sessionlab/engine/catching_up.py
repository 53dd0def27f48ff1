"""Strategies sleep while data catches up: the lag is looked at, the gate closes or opens, and what changes is told.

Paced, the lag is how far the clock is behind its plan; where rows arrive, how old the newest bar was when it came. Both are
seconds on the wall. A data-driven run has no lag, and nobody ever sleeps in it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from sessionlab.config.session_data import Streaming
from sessionlab.engine.lag_gate import LagGate
from sessionlab.engine.making import Making
from sessionlab.engine.step import Event
from sessionlab.engine.way import Way
from sessionlab.session.present import Present
from sessionlab.tape import Rows
from sessionlab.timing import Interval
from sessionlab.timing.interval import SECOND_NS

LOGGER = logging.getLogger("sessionlab")


class Lag(NamedTuple):
    """How far market time is behind: ``seconds`` on the wall when it was last looked at.

    ``gated``: strategies sleep, ``since`` that market time, for that ``reason``. ``skipped``: calls of hooks not made so far.
    """

    seconds: float
    gated: bool
    reason: str
    since: pd.Timestamp | None
    skipped: int


class CatchingUp:
    """Lets the strategies of ``making`` sleep and wake, and notes that for the step."""

    def __init__(self, present: Present, making: Making, streaming: Streaming, way: Way) -> None:
        self.gate = LagGate(int(streaming.catchup_threshold_seconds * SECOND_NS), streaming.catchup_check_interval)
        self._way = way
        self._present = present
        self._making = making
        self._newest_ns = 0

    def open(self) -> None:
        """A session begins, in which nothing lags yet."""
        self._newest_ns = self._present.rows.session.open_ns
        self.wake()

    def wake(self) -> None:
        """Nothing lags from now on, until it is looked at again."""
        self.gate.reset()
        self._making.asleep = False

    @property
    def lag(self) -> Lag:
        """Where it stands."""
        gate = self.gate
        since = None if gate.since_ns is None else self._stamp(gate.since_ns)
        skipped = self._making.metrics["skipped cycles"].count
        return Lag(gate.lag_ns / SECOND_NS, gate.closed, gate.reason, since, skipped)

    def look(self, lag_ns: int, caught_up_ns: int) -> None:
        """Let strategies sleep, or wake, for a lag of so many ns; what changes is an event and a record of the log."""
        now_ns = self._present.now_ns
        change = self.gate.look(lag_ns, caught_up_ns, now_ns)
        self._making.asleep = self.gate.closed
        if change is not None:
            self._way.noted.append(Event("lag", "", "", change))
            facts = {"lag_seconds": lag_ns / SECOND_NS}
            LOGGER.warning(f"{self._stamp(now_ns):%Y-%m-%d %H:%M:%S} market time: {change}", extra={"facts": facts})

    def look_at_arrivals(self, arrivals: Mapping[tuple[str, Interval], Rows], at_ns: int) -> None:
        """Where bars came that are newer than all before: how long ago did the newest end? Late ones alone say nothing."""
        newest = self._newest_ns  # the end of a bar that a break or the close cuts is taken as if nothing cut it
        for (_, interval), rows in arrivals.items():
            if rows.size:
                newest = max(newest, int(rows.start[-1]) + interval.ns)
        if newest > self._newest_ns:
            self._newest_ns = newest
            if self.gate.passed(1):
                self.look(max(at_ns - newest, 0), self.gate.threshold_ns)

    def _stamp(self, instant_ns: int) -> pd.Timestamp:
        return pd.Timestamp(instant_ns, tz="UTC").tz_convert(self._present.rows.session.tz)
