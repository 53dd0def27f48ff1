"""Strategies sleep while data catches up, and wake when it has: by hand on a wall that stands still until it is moved."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd
import pytest
from builders import MINUTE_NS, Recorder, RowsSource, at, config, make_bars, recorder
from consumers import ThreadConsumer, starts_of
from fake_clock import FakeClock

import sessionlab as sl
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.engine.lag_gate import LagGate
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")
BARS = make_bars(DAY)
MINUTE = Interval.parse("1m")


def clock_of(calls: list[tuple[Any, ...]]) -> list[str]:
    return [f"{pd.Timestamp(call[0], tz='UTC').tz_convert(DAY.tz):%H:%M}" for call in calls]


def minutes(first: str, last: str) -> list[str]:
    """All minutes from the first to the last, as on a clock."""
    return [f"{stamp:%H:%M}" for stamp in pd.date_range(f"2025-07-02 {first}", f"2025-07-02 {last}", freq="1min")]


class Stalls(Recorder):
    """Takes ``seconds`` of wall time in its ``on_bar`` of the clock time ``when``."""

    def __init__(self, when: str, seconds: float) -> None:
        super().__init__("1m")
        self.when = when
        self.seconds = seconds

    def on_bar(self, ctx: Any, symbol: str) -> None:
        super().on_bar(ctx, symbol)
        if f"{ctx.now:%H:%M}" == self.when:
            WALL.pass_by(self.seconds)


WALL = FakeClock()


@pytest.fixture(autouse=True)
def from_zero() -> None:
    WALL.now_ns = 0
    WALL.before_sleep = lambda seconds: None


def lab_with(strategy: sl.Strategy, **changes: Any) -> sl.Lab:
    document = config("A", "1m 5m", "2025-07-02", **changes)
    return sl.Lab(document, source=RowsSource({("A", "1m"): BARS}), times=TIMES, clock=WALL).use(strategy)


class TestPaced:
    def test_behind_the_plan_by_more_than_the_threshold_hooks_sleep_until_it_is_reached(self) -> None:
        """At 60 x a minute takes a second. A stall of 100 s at 10:00 is 100 minutes: the bars up to 11:40 pass unseen."""
        lab = lab_with(Stalls("10:00", 100.0), session_data_config__streaming__catchup_check_interval=1)
        lab.play(60, until="12:00")

        called = clock_of(recorder(lab).of("on_bar"))
        assert called == [*minutes("09:31", "10:00"), *minutes("11:41", "12:00")]
        assert clock_of(recorder(lab).of("on_step")) == called
        assert lab.lag.skipped == lab.timing["skipped cycles"].count == 2 * 100
        assert WALL.seconds == pytest.approx(150.0, abs=0.04)

    def test_the_bars_that_passed_are_there(self) -> None:
        lab = lab_with(Stalls("10:00", 100.0))
        lab.play(60, until="12:00")

        assert len(lab.data["A"].bars("1m")) == 150
        assert lab.data["A"].coverage == 100.0

    def test_the_lag_is_looked_at_every_so_many_bars(self) -> None:
        """Looked at before the first bar and after each ten: the stall at 10:05 is seen behind 10:10."""
        lab = lab_with(Stalls("10:05", 100.0))
        lab.play(60, until="12:00")

        called = clock_of(recorder(lab).of("on_bar"))
        assert called == [*minutes("09:31", "10:10"), *minutes("11:46", "12:00")]

    def test_a_lag_under_the_threshold_is_made_up_for_with_all_hooks(self) -> None:
        lab = lab_with(Stalls("10:00", 59.9))
        lab.play(60, until="12:00")

        assert clock_of(recorder(lab).of("on_bar")) == minutes("09:31", "12:00")
        assert lab.lag.skipped == 0

    def test_what_happened_is_an_event_and_a_record_of_the_log_with_market_time(self, caplog: pytest.LogCaptureFixture) -> None:
        lab = lab_with(Stalls("10:00", 100.0), session_data_config__streaming__catchup_check_interval=1)
        with caplog.at_level(logging.WARNING, logger="sessionlab"):
            step = lab.play(60, until="12:00").result()

        told = [event.reason for event in step.events if event.kind == "lag"]
        assert told == [
            "100.0 s behind the wall, more than 60 s: strategies sleep while data catches up",
            "0.0 s behind the wall: data has caught up, strategies wake with the next bar",
        ]
        sleep, wake = (record.getMessage() for record in caplog.records)  # seen at the next tick, two seconds of the market
        assert (sleep[:18], sleep[19:]) == ("2025-07-02 10:00:0", f" market time: {told[0]}")
        assert (wake[:18], wake[19:]) == ("2025-07-02 11:40:0", f" market time: {told[1]}")

    def test_it_can_be_seen_while_it_lasts(self) -> None:
        lab = lab_with(Stalls("10:00", 100.0), session_data_config__streaming__catchup_check_interval=1)
        seen = []
        lab.play(60, until="12:00", progress=lambda progress: seen.append(lab.lag))

        gated = [lag for lag in seen if lag.gated]
        assert gated[0].seconds == pytest.approx(100.0, abs=0.04)
        assert gated[0].since is not None
        assert f"{gated[0].since:%H:%M}" == "10:00"
        assert gated[0].reason.startswith("100.0 s behind the wall")
        assert [lag.seconds for lag in gated] == sorted((lag.seconds for lag in gated), reverse=True)
        assert lab.lag == (0.0, False, "", None, 200)

    def test_subscribers_are_told_all_the_same(self) -> None:
        lab = lab_with(Stalls("10:00", 100.0))
        consumer = ThreadConsumer(lab.subscribe("A", "1m"))
        lab.play(60)

        assert starts_of(consumer.join()) == BARS.start.tolist()
        assert lab.lag.skipped > 0

    def test_first_and_last_hooks_are_called_though_strategies_sleep(self) -> None:
        lab = lab_with(Stalls("15:30", 100.0))
        lab.play(60)

        assert [call[1] for call in recorder(lab).calls if call[1] not in ("on_bar", "on_step")] == [
            *("on_start", "on_session_start", "on_session_end", "on_end")
        ]
        assert clock_of(recorder(lab).of("on_bar"))[-1] == "15:30"

    def test_by_hand_nobody_sleeps_though_it_was_paused_so(self) -> None:
        lab = lab_with(Stalls("10:00", 100.0), session_data_config__streaming__catchup_check_interval=1)
        WALL.before_sleep = lambda seconds: None

        def hold(progress: Any) -> None:
            if lab.lag.gated:
                lab.pause()

        lab.play(60, progress=hold)
        stood = lab.now
        assert not lab.lag.gated
        lab.step(3)

        assert len([call for call in recorder(lab).of("on_bar") if call[0] > stood.value]) == 3

    @pytest.mark.parametrize("move", [lambda lab: lab.run(), lambda lab: lab.step(500), lambda lab: lab.play(speed=0)])
    def test_a_data_driven_run_never_sleeps(self, move: Any) -> None:
        lab = lab_with(Stalls("10:00", 100_000.0))
        move(lab)

        assert len(recorder(lab).of("on_bar")) == 390
        assert lab.lag == (0.0, False, "", None, 0)


class Quiet(Recorder):
    """One that does not listen to on_quality."""

    on_quality = sl.Strategy.on_quality


class TestRowsThatArrive:
    def engine(self, **changes: Any) -> SessionCoordinator:
        engine = SessionCoordinator(
            config("A", "1m", "2025-07-02", **changes), RowsSource({("A", "1m"): BARS}), TIMES, arriving=True, clock=WALL
        )
        engine.use(Quiet("1m"))
        return engine

    def calls(self, engine: SessionCoordinator) -> list[str]:
        strategy = engine.books[0].strategy
        assert isinstance(strategy, Recorder)
        return clock_of(strategy.of("on_bar"))

    def receive(self, engine: SessionCoordinator, bar: int, at_ns: int) -> None:
        engine.receive({("A", MINUTE): BARS.take(slice(bar, bar + 1))}, at_ns)

    def test_bars_that_come_old_are_taken_in_and_nobody_is_woken_until_they_are_fresh(self) -> None:
        """The feed stands from 09:41 to 09:50:30, then brings all that was missed within a second."""
        engine = self.engine(session_data_config__streaming__catchup_check_interval=1)
        for bar in range(11):
            self.receive(engine, bar, DAY.open_ns + (bar + 1) * MINUTE_NS + 10**9)
        burst = at("09:50:30")
        for bar in range(11, 20):
            self.receive(engine, bar, burst + (bar - 11) * 10**8)
        for bar in range(20, 23):
            self.receive(engine, bar, DAY.open_ns + (bar + 1) * MINUTE_NS + 10**9)

        # Bar 19 ended at 09:50 and came at 09:50:30.8: the first one that is no older than a minute.
        assert self.calls(engine) == [*minutes("09:31", "09:41"), "09:50", *minutes("09:51", "09:53")]
        assert len(engine.data["A"].bars("1m")) == 23
        assert engine.catching_up.lag.skipped == 2 * 8
        assert [event.kind for event in engine.way.noted] == ["lag", "lag"]

    def test_the_lag_is_looked_at_every_so_many_bars(self) -> None:
        engine = self.engine(session_data_config__streaming__catchup_check_interval=10)
        came = 0
        for bar in range(40):
            late = 300 if 12 <= bar < 25 else 1
            came = max(came + 1, DAY.open_ns + (bar + 1) * MINUTE_NS + late * 10**9)
            self.receive(engine, bar, came)

        # Looked at with the bars 0, 10, 20, 30: closed at 20, though 12 came late; open again at 30, though 29 was fresh.
        assert len(self.calls(engine)) == 20 + 10
        assert engine.catching_up.lag.skipped == 2 * 10

    def test_a_hole_in_the_data_or_a_late_row_is_no_lag(self) -> None:
        engine = self.engine(session_data_config__streaming__catchup_check_interval=1)
        self.receive(engine, 0, at("09:31"))
        for minute in range(2, 30):
            engine.receive({}, DAY.open_ns + minute * MINUTE_NS)  # nothing traded
        self.receive(engine, 29, at("10:00"))
        self.receive(engine, 3, at("10:00:30"))  # a late one, of 09:33

        assert self.calls(engine) == ["09:31", "10:00", "10:00"]
        assert not engine.catching_up.lag.gated

    def test_the_mode_is_live_and_the_step_never_waits(self) -> None:
        engine = self.engine()
        subscription = engine.subscribers.join("A", MINUTE, "count", 600.0)
        for bar in range(5):
            self.receive(engine, bar, DAY.open_ns + (bar + 1) * MINUTE_NS)
        assert (subscription.mode, subscription.overruns) == ("live", 5)

        event = subscription.wait()
        assert event is not None
        assert (len(event.bars), event.overruns) == (5, 5)


class TestTheGate:
    def test_it_opens_where_data_has_caught_up_and_not_before(self) -> None:
        gate = LagGate(60, 10)
        told = [gate.look(lag, 5, 0) is not None for lag in (60, 61, 80, 60, 6, 5, 60)]

        assert told == [False, True, False, False, False, True, False]

    def test_it_is_time_to_look_after_so_many_bars(self) -> None:
        gate = LagGate(60, 10)
        looks = []
        for _ in range(30):
            looks.append(gate.passed(1))
            if looks[-1]:
                gate.look(0, 0, 0)

        assert [i for i, looked in enumerate(looks) if looked] == [0, 10, 20]
