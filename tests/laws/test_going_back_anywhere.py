"""Wherever the run goes back to, and whatever had been done by then: it goes on as if it had never gone further.

Every lab and every fork is held to a straight run, in which only what survived was done. Symbols come and go by hand and as
scanners say, strategies are set on the way, rows come late and are told again, shares split over night.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from consumers import ThreadConsumer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pandas.testing import assert_frame_equal
from travels import GUESTS, Deed, World, act, go_to, looks, opened, place_of, same, world

import sessionlab as sl
from sessionlab.engine import going_back
from sessionlab.engine.stream_event import StreamEvent
from sessionlab.errors import NoDataError, RewindError

pytestmark = pytest.mark.filterwarnings("ignore::sessionlab.lab.DataWarning")  # scanners that are refused something are told
SECOND = 10**9
SYMBOLS = st.sampled_from(["A", "B", *GUESTS])
FEW = st.integers(1, 9)
ACTS = st.one_of(
    st.tuples(st.sampled_from(["buy", "sell", "bracket", "rest", "trail", "target"]), st.tuples(SYMBOLS, FEW)),
    st.tuples(st.sampled_from(["cancel", "replace", "use", "gamble", "every"]), st.tuples(FEW)),
    st.tuples(st.just("add_symbol"), st.tuples(st.sampled_from(GUESTS))),
    st.tuples(st.just("remove_symbol"), st.tuples(st.sampled_from(["B", *GUESTS]))),  # at A strategies look by name
    st.tuples(st.just("close_position"), st.tuples(SYMBOLS)),
    st.tuples(st.just("close_all"), st.just(())),
    st.tuples(st.just("scanner"), st.tuples(st.sampled_from([10, 30]))),
)
DAY = st.integers(0, 2)
SHARE = st.floats(0, 1.4)  # of a session; what lies past its close is in the night


@dataclass
class Timeline:
    """A lab, and what was done in it that it did not go back from."""

    lab: sl.Lab
    deeds: list[Deed]
    back_to: list[int] = field(default_factory=list)

    def went_back(self) -> None:
        here = place_of(self.lab)
        self.deeds = [deed for deed in self.deeds if deed[0] <= here]


class Anywhere(RuleBasedStateMachine):
    where: World

    @initialize(
        scans=st.booleans(),
        adjust=st.sampled_from(["none", "splits", "all"]),
        prefetch=st.integers(1, 3),
        incomplete=st.sampled_from(["build", "skip"]),
        flatten=st.booleans(),
        copies=st.sampled_from([(100_000_000, 20), (1_000_000, 0), (100_000_000, 10**12)]),
    )
    def begin(self, scans: bool, adjust: str, prefetch: int, incomplete: str, flatten: bool, copies: tuple[int, int]) -> None:
        """``copies`` says how many are taken, which nobody must see: as many as usual, at each turn, none but the needed ones."""
        self.usual = going_back.DEAR_NS, going_back.SHARE
        going_back.DEAR_NS, going_back.SHARE = copies
        self.scans = scans
        self.changes: dict[str, Any] = {
            "session_data_config__adjust": adjust,
            "backtest_config__prefetch_days": prefetch,
            "session_data_config__bars__incomplete": incomplete,
            "trading_config__flatten_at_close": flatten,
        }
        self.lines = [Timeline(self.fresh(), [])]
        self.at = 0
        self.consumer = ThreadConsumer(self.lines[0].lab.subscribe("A", "7m"))
        self.consumer_left = False
        self.taken: list[tuple[Any, Any]] = []
        self.held: list[tuple[sl.Lab, str, Any, Any, Any]] = []

    def fresh(self) -> sl.Lab:
        return opened(self.where, self.scans, **self.changes)

    @property
    def line(self) -> Timeline:
        return self.lines[self.at]

    # -- what a user does ------------------------------------------------------------------------------------------

    @rule(n=st.integers(1, 250))
    def step(self, n: int) -> None:
        self.line.lab.step(n)

    @rule(by=st.sampled_from(["1m", "17m", "90m", "20s"]))
    def advance(self, by: str) -> None:
        self.line.lab.advance(by)

    @rule(what=st.sampled_from(["bar", "gap", "fill", "order"]))
    def go_to_the_next(self, what: Any) -> None:
        self.line.lab.next(what)

    @rule()
    def run_session(self) -> None:
        self.line.lab.run_session()

    @rule(day=DAY, share=SHARE, whole=st.booleans())
    def rewind(self, day: int, share: float, whole: bool) -> None:
        self._go_back(lambda lab: lab.rewind(self._moment(lab, day, share, whole)))

    @rule(n=st.sampled_from([1, 1, 2, 7, 400]))
    def step_back(self, n: int) -> None:
        with suppress(RewindError):  # where there are not so many
            self._go_back(lambda lab: lab.step(-n))

    @precondition(lambda self: len(self.lines) < 4)
    @rule(now=st.booleans(), day=DAY, share=SHARE, whole=st.booleans())
    def fork(self, now: bool, day: int, share: float, whole: bool) -> None:
        lab = self.line.lab
        self.lines.append(Timeline(lab.fork(at=None if now else self._moment(lab, day, share, whole)), self.line.deeds))
        self.lines[-1].went_back()

    @rule(number=st.integers(0, 3))
    def turn_to_another(self, number: int) -> None:
        self.at = number % len(self.lines)

    @precondition(lambda self: self.line.lab.state != "done")
    @rule(what=ACTS)
    def act(self, what: tuple[str, tuple[Any, ...]]) -> None:
        deed: Deed = (place_of(self.line.lab), *what)
        if act(self.line.lab, *what):
            self.line.deeds.append(deed)

    @rule(day=DAY, share=SHARE)
    def look(self, day: int, share: float) -> None:
        lab = self.line.lab
        back = lab.data.as_of(self._moment(lab, day, share, False))
        for data in (lab.data, back):
            frame, array = data["A"].bars("5m").frame(), data["A"].bars("1m").close
            self.taken += [(frame, frame.copy(deep=True)), (array, array.copy())]
        view = back["A"].bars("1m")
        self.taken.append((view, view.frame().copy(deep=True)))
        self.held += [
            (lab, symbol, lab.data[symbol].bars("1m"), lab.data[symbol][sl.EMA(9, "5m")], lab.position(symbol))
            for symbol in lab.symbols
        ]

    # -- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def what_is_held_follows_the_clock(self) -> None:
        for lab, symbol, bars, ema, position in getattr(self, "held", ()):
            if symbol in lab.symbols:
                assert bars.frame().equals(lab.data[symbol].bars("1m").frame())
                assert ema.values.tobytes() == lab.data[symbol][sl.EMA(9, "5m")].values.tobytes()
                assert float(position) == float(lab.position(symbol))
            else:
                assert _is_away(bars)

    @invariant()
    def a_consumer_leaves_where_the_run_ends(self) -> None:
        if hasattr(self, "lines") and self.lines[0].lab.state == "done":
            self.consumer_left = True

    def teardown(self) -> None:
        try:
            self._check()
        finally:
            if hasattr(self, "usual"):
                going_back.DEAR_NS, going_back.SHARE = self.usual

    def _check(self) -> None:
        for shown, copied in getattr(self, "taken", ()):
            if isinstance(copied, np.ndarray):
                np.testing.assert_array_equal(shown, copied)
            else:
                assert_frame_equal(shown if isinstance(shown, pd.DataFrame) else shown.frame(), copied)
        for number, line in enumerate(getattr(self, "lines", ())):
            straight, lab = self.fresh(), line.lab
            consumer = ThreadConsumer(straight.subscribe("A", "7m"))
            for place, what, arguments in line.deeds:
                go_to(straight, place)
                assert act(straight, what, arguments)
            go_to(straight, place_of(lab))
            same(lab, straight)
            first = self.where.sessions[0].open
            for share in (0.3, 0.9):
                moment = first + share * (lab.now - first)
                assert looks(lab, moment) == looks(straight, moment)
            for one in (lab, straight):
                one.run(progress=False)
            same(lab, straight)
            for one in (lab, straight):
                one.close()
            events = survived(consumer.join(), [])
            if number == 0 and not self.consumer_left:
                assert survived(self.consumer.join(), line.back_to) == events

    def _go_back(self, go: Callable[[sl.Lab], object]) -> None:
        line = self.line
        epochs = [one.epoch for one in line.lab.subscriptions]
        go(line.lab)
        line.went_back()
        if [one.epoch for one in line.lab.subscriptions] != epochs:
            line.back_to.append(line.lab.now.value)

    def _moment(self, lab: sl.Lab, day: int, share: float, whole: bool) -> pd.Timestamp:
        """A moment up to now: within a session, or in the night behind it; at a whole minute, or not."""
        session = self.where.sessions[day]
        instant = session.open_ns + int(share * (session.close_ns - session.open_ns)) // SECOND * SECOND
        instant -= whole * (instant % (60 * SECOND))
        return pd.Timestamp(max(min(instant, lab.now.value), self.where.sessions[0].open_ns), tz="UTC")


def survived(events: list[StreamEvent], back_to: list[int]) -> list[tuple[int, int, float]]:
    """Moment, start and close of the bars told, but for those that the run went back from."""
    found: list[tuple[int, int, float]] = []
    for epoch in range(len(back_to) + 1):
        found += [(one.moment_ns, bar.start.value, bar.close) for one in events if one.epoch == epoch for bar in one.bars]
        if epoch < len(back_to):
            found = [bar for bar in found if bar[0] <= back_to[epoch]]
    return found


def _is_away(bars: Any) -> bool:
    try:
        bars.frame()
    except NoDataError:
        return True
    return False


class InNewYork(Anywhere):
    where = world("US_EQUITY", "EQUITY", "2025-07-01", "2025-07-02", "2025-07-03", "2025-07-07")  # the second is a half day


class InHongKong(Anywhere):
    where = world("XHKG", "EQUITY", "2025-06-30", "2025-07-02", "2025-07-03", "2025-07-04")  # with breaks


class RoundTheClock(Anywhere):
    where = world("CRYPTO", "CRYPTO", "2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04")


def examples(count: int) -> settings:
    return settings(max_examples=count, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))


InNewYork.TestCase.settings = examples(10)
InHongKong.TestCase.settings = examples(5)
RoundTheClock.TestCase.settings = examples(1)
TestInNewYork = InNewYork.TestCase
TestInHongKong = InHongKong.TestCase
TestRoundTheClock = RoundTheClock.TestCase
