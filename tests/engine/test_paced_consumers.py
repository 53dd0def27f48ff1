"""Consumers while the clock goes by the wall: the step never waits, each bar comes once, and who is late is counted."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from random import Random
from typing import Any

import pytest
from builders import RowsSource, config, make_bars
from consumers import ThreadConsumer, all_starts, starts_of, take_all
from fake_clock import FakeClock

import sessionlab as sl
from sessionlab.engine.stream_event import StreamEvent
from sessionlab.errors import OverrunError

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-03")  # a half day: 210 minutes
MINUTE_NS = 60 * 10**9
ROWS = {(symbol, "1m"): make_bars(DAY, missing=[7], late={3: 90}, corrected={20: 45}, seed=i) for i, symbol in enumerate("BA")}
REPETITIONS = int(os.environ.get("SESSIONLAB_REPETITIONS", "50"))
FIRST_SEEN = dict(reversed(list(zip(ROWS["A", "1m"].start.tolist(), ROWS["A", "1m"].known_at.tolist(), strict=True))))
"""When each bar of A was told for the first time, by its start."""
STARTS = sorted(FIRST_SEEN)


def lab_by(wall: FakeClock) -> sl.Lab:
    return sl.Lab(config("B A", "1m 5m", "2025-07-03"), source=RowsSource(ROWS), times=TIMES, clock=wall)


class Held:
    """A thread that is busy with the events of the minutes ``held``, each until the market is at least three minutes on."""

    def __init__(self, lab: sl.Lab, subscription: sl.StreamSubscription, held: set[int]) -> None:
        self.lab = lab
        self.subscription = subscription
        self.held = held
        self.since: int | None = None
        self.provoked = 0
        self.holds = threading.Event()
        self.release = threading.Event()
        self.consumer = ThreadConsumer(subscription, self.told)

    def told(self, event: StreamEvent) -> None:
        if (event.moment_ns - DAY.open_ns) // MINUTE_NS in self.held and not event.closes:
            self.since = event.moment_ns
            self.holds.set()
            assert self.release.wait(60)
            self.release.clear()

    def keep_up(self, seconds: float) -> None:
        """Before the wall moves on: it has taken what was delivered, and either is ready again or holds on purpose."""
        while not (self.subscription.ready or self.subscription.ended or self.holds.is_set()):
            threading.Event().wait(0.0001)
        if self.holds.is_set():
            assert self.since is not None
            if self.lab.now.value < self.since + 3 * MINUTE_NS and self.lab.state == "open":
                return
            moments = {known_at for known_at in FIRST_SEEN.values() if self.since < known_at <= self.lab.now.value}
            self.provoked += len(moments)
            self.holds.clear()
            self.release.set()
            self.keep_up(seconds)


class TestAThread:
    def test_one_that_keeps_up_gets_each_bar_at_its_moment(self) -> None:
        wall = FakeClock()
        lab = lab_by(wall)
        held = Held(lab, lab.subscribe("A", "1m"), set())
        wall.before_sleep = held.keep_up
        lab.play(360)

        events = held.consumer.join()
        assert sorted(starts_of(events)) == STARTS
        assert [len(event.bars) for event in events] == [1] * len(STARTS)
        assert (held.subscription.overruns, lab.timing["overruns"].count, lab.timing["backpressure"].count) == (0, 0, 0)

    def test_each_delivery_comes_when_the_plan_has_its_moment(self) -> None:
        """And not in bunches of a tick: at 3600 x two minutes lie in each."""
        wall = FakeClock()
        lab = lab_by(wall)
        came: list[tuple[float, float]] = []

        def told(event: StreamEvent) -> None:
            came.append(((event.moment_ns - DAY.open_ns) / 1e9 / 3600, wall.seconds))

        held = Held(lab, lab.subscribe("A", "5m"), set())
        held.told = told  # type: ignore[method-assign]
        held.consumer._told = told
        wall.before_sleep = held.keep_up
        lab.play(3600)
        held.consumer.join()

        assert max(abs(planned - came_at) for planned, came_at in came) < 1e-6
        assert len(came) == 42

    def test_overruns_are_those_provoked_and_what_was_missed_comes_with_the_next_event(self) -> None:
        wall = FakeClock()
        lab = lab_by(wall)
        held = Held(lab, lab.subscribe("A", "1m"), {30, 100})
        wall.before_sleep = held.keep_up
        lab.play(360)

        events = held.consumer.join()
        assert [len(event.bars) for event in events if event.overruns] == [3, 3]
        assert [event.overruns for event in events if event.overruns] == [3, 3]
        assert held.subscription.overruns == held.provoked == lab.timing["overruns"].count == 6
        assert sorted(starts_of(events)) == STARTS
        assert len(events) == held.subscription.delivered == len(STARTS) - 4

    def test_an_overrun_is_raised_where_that_is_wanted_and_nothing_is_lost(self) -> None:
        wall = FakeClock()
        lab = lab_by(wall)
        held = Held(lab, lab.subscribe("A", "1m", on_overrun="raise"), {30})
        wall.before_sleep = held.keep_up
        with pytest.raises(OverrunError, match=r"A 1m \(thread 'consumer'\): not ready at 2025-07-03 10:01:00 market time"):
            lab.play(360)
        assert f"{lab.now:%H:%M}" == "10:01"
        held.holds.clear()
        held.release.set()
        lab.run()

        assert sorted(starts_of(held.consumer.join())) == STARTS

    def test_one_that_is_gone_is_named_in_the_log_and_taken_out(self, caplog: pytest.LogCaptureFixture) -> None:
        wall = FakeClock()
        lab = lab_by(wall)
        subscription = lab.subscribe("A", "1m")
        thread = threading.Thread(target=lambda: subscription.wait(), name="short")
        thread.start()
        while not subscription.ready:
            threading.Event().wait(0.001)

        def keep_up(seconds: float) -> None:
            if lab.now.value >= DAY.open_ns + MINUTE_NS:
                thread.join(60)

        wall.before_sleep = keep_up
        with caplog.at_level(logging.WARNING, logger="sessionlab"):
            lab.play(360)

        assert lab.state == "done"
        assert lab.subscriptions == ()
        (record,) = caplog.records
        assert record.getMessage().startswith(
            "at 2025-07-03 09:32:00 market time, A 1m (thread 'short'): its consumer has ended without closing"
        )


class TestATask:
    def test_overruns_are_those_provoked(self) -> None:
        wall = FakeClock()
        lab = lab_by(wall)

        async def busy(event: StreamEvent) -> None:
            if event.moment_ns == DAY.open_ns + 30 * MINUTE_NS:
                while lab.now.value < event.moment_ns + 4 * MINUTE_NS:
                    await asyncio.sleep(0)

        async def main() -> list[StreamEvent]:
            subscription = lab.subscribe("A", "1m")
            task = asyncio.create_task(take_all(subscription, busy))
            assert subscription.mode == "data-driven"
            await lab.play(360)
            events = await task
            assert subscription.overruns == 4
            return events

        events = asyncio.run(main())
        assert sorted(starts_of(events)) == STARTS
        assert [event.overruns for event in events if event.overruns] == [4]

    def test_while_it_plays_the_mode_is_paced(self) -> None:
        wall = FakeClock()
        lab = lab_by(wall)
        modes = []
        subscription = lab.subscribe("A", "60m")
        wall.before_sleep = lambda seconds: None

        @lab.every("60m")
        def note(ctx: Any) -> None:
            modes.append(subscription.mode)

        consumer = ThreadConsumer(subscription)
        lab.play(3600, until="11:00")
        lab.run()
        consumer.join()
        assert modes == ["paced", "data-driven", "data-driven", "data-driven"]


class TestManyTimes:
    """A thread and a task through whole sessions, late at random: again and again, for the races that a single run misses."""

    @pytest.mark.parametrize("seed", range(REPETITIONS))
    def test_paced(self, seed: int) -> None:
        luck = Random(seed)
        wall = FakeClock()

        async def main() -> None:
            lab = lab_by(wall)
            hold = set(luck.sample(range(10, 190, 5), luck.randint(0, 6)))
            held = Held(lab, lab.subscribe("A", "1m"), hold)
            wall.before_sleep = held.keep_up
            mine = lab.subscribe("B", "1m")
            wanted = {DAY.open_ns + minute * MINUTE_NS for minute in luck.sample(range(40, 200), 3)}

            async def busy(event: StreamEvent) -> None:
                if event.moment_ns in wanted:
                    for _ in range(luck.randint(1, 30)):
                        await asyncio.sleep(0)

            task = asyncio.create_task(take_all(mine, busy))
            await asyncio.sleep(0)
            await lab.play(luck.choice([90, 360, 3600, 20_000]))
            by_thread, by_task = held.consumer.join(), await task
            assert sorted(starts_of(by_thread)) == STARTS == sorted(set(starts_of(by_thread)))
            assert sorted(starts_of(by_task)) == sorted(set(starts_of(by_task))) == STARTS
            assert held.subscription.overruns == held.provoked
            assert lab.timing["overruns"].count == held.provoked + mine.overruns
            for events in (by_thread, by_task):
                assert [event.moment_ns for event in events] == sorted({event.moment_ns for event in events})
                assert [event.closes for event in events] == [False] * (len(events) - 1) + [True]

        asyncio.run(main())

    @pytest.mark.parametrize("seed", range(REPETITIONS))
    def test_data_driven(self, seed: int) -> None:
        luck = Random(seed)
        lab = lab_by(FakeClock())
        streams = [(luck.choice("AB"), luck.choice(["1m", "5m", "60m"])) for _ in range(luck.randint(1, 3))]

        async def work(event: StreamEvent) -> None:
            assert lab.now.value == event.moment_ns
            for _ in range(luck.choice([0, 0, 0, 2])):
                await asyncio.sleep(0)
                assert lab.now.value == event.moment_ns

        async def main() -> None:
            threads = [ThreadConsumer(lab.subscribe(*stream)) for stream in streams]
            task = asyncio.create_task(take_all(lab.subscribe("A", "1m"), work))
            if luck.random() < 0.5:
                await lab.play(speed=0)
            else:
                await asyncio.to_thread(lab.run)
            for stream, thread in zip(streams, threads, strict=True):
                assert sorted(starts_of(thread.join())) == all_starts(lab, *stream)
            assert sorted(starts_of(await task)) == STARTS
            assert lab.timing["overruns"].count == 0

        asyncio.run(main())
