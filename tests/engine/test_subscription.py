"""The hand-shake between the step and those outside of it: each bar once, in order, and nobody is left waiting."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from builders import Recorder, RowsSource, at, config, make_bars, recorder
from consumers import ThreadConsumer, all_starts, bars_of, starts_of, take_all

import sessionlab as sl
from sessionlab.engine.stream_event import StreamEvent
from sessionlab.errors import BusyError, ConfigError, NoDataError, OverrunError

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))
DAY, HALF_DAY = DAYS
ROWS = {(symbol, "1m"): make_bars(DAYS, missing=[7], late={3: 90}, corrected={20: 45}, seed=i) for i, symbol in enumerate("BA")}
SOON = 0.05


@pytest.fixture
def lab() -> Iterator[sl.Lab]:
    made = sl.Lab(config("B A", "1m 5m", "2025-07-02", "2025-07-03"), source=RowsSource(ROWS), times=TIMES)
    yield made
    made.close()


def clock(events: list[StreamEvent]) -> list[str]:
    return [f"{event.moment:%H:%M:%S}" for event in events]


class TestAThread:
    def test_it_gets_every_bar_of_the_run_once_when_it_became_visible(self, lab: sl.Lab) -> None:
        """The bars and moments are those in which on_bar was called."""
        lab.use(Recorder("1m"))
        consumer = ThreadConsumer(lab.subscribe("A", "1m"))
        lab.run()

        events = consumer.join()
        called = [call[0] for call in recorder(lab).of("on_bar") if call[2] == "A"]
        assert [moment for _, moment, _ in bars_of(events)] == called
        assert len(set(starts_of(events))) == len(starts_of(events)) == 389 + 209
        assert starts_of(events)[2:5] == [at("09:32"), at("09:34"), at("09:33")]  # the one of 09:33 came at 09:35:30
        assert [event.moment for event in events if event.closes] == [DAY.close, HALF_DAY.close]

    def test_an_event_says_what_when_and_of_which_session(self, lab: sl.Lab) -> None:
        consumer = ThreadConsumer(lab.subscribe("A", "5m"))
        lab.advance("09:40")
        lab.close()
        first, second = consumer.join()

        assert (first.symbol, first.interval, f"{first.moment:%H:%M}", first.session, first.closes) == (
            "A",
            "5m",
            "09:35",
            DAY,
            False,
        )
        assert first.bar is not None
        assert first.bar.start == DAY.open
        assert first.bar.close == lab.data.as_of("09:35")["A"].bars("5m").last.close  # type: ignore[union-attr]
        assert first.bar.count == 4  # as it was told then: the bar of 09:33 was still to come
        assert second.bars[-1] == lab.data["A"].bars("5m").last
        assert repr(second) == "<A 5m at 2025-07-02 09:40:00: 1 bars>"

    def test_while_it_works_the_clock_stands_at_the_events_moment(self, lab: sl.Lab) -> None:
        seen: list[tuple[int, int, float, str]] = []

        def look(event: StreamEvent) -> None:
            bars = lab.data["A"].bars("1m")
            seen.append((lab.now.value, len(bars), float(bars.close.sum()), lab.state))

        consumer = ThreadConsumer(lab.subscribe("A", "5m"), look)
        lab.run()
        moments = [event.moment_ns for event in consumer.join()]

        plain = sl.Lab(lab.config, source=RowsSource(ROWS), times=TIMES)
        plain.run()
        assert [now for now, *_ in seen] == moments
        for now, count, total, _ in seen:
            bars = plain.data.as_of(_stamp(now))["A"].bars("1m")
            assert (count, total) == (len(bars), float(bars.close.sum()))
        assert [state for *_, state in seen if state != "open"] == ["closed", "done"]

    def test_at_the_end_of_run_it_is_through_with_everything(self, lab: sl.Lab) -> None:
        done = []
        subscription = lab.subscribe("A", "1m")
        consumer = ThreadConsumer(subscription, done.append)
        lab.run()

        assert (len(done), subscription.ended, subscription.delivered, subscription.overruns) == (598, True, 598, 0)
        consumer.join()

    def test_several_are_told_in_the_order_in_which_they_subscribed(self, lab: sl.Lab) -> None:
        """Each is let go by the one before it, so they tell the order themselves."""
        told: list[tuple[str, str]] = []
        order = [("5m", "one"), ("1m", "two"), ("1m", "three")]
        offered: list[tuple[Any, ...]] = []
        subscriptions = [lab.subscribe("A", interval) for interval, _ in order]
        for subscription, (_, name) in zip(subscriptions, order, strict=True):
            offer = subscription.offer
            subscription.offer = lambda k, event, offer=offer, name=name: offered.append((k, name)) or offer(k, event)  # type: ignore[method-assign]
        consumers = [
            ThreadConsumer(subscription, lambda event, name=name: told.append((name, f"{event.moment:%H:%M}")))
            for subscription, (_, name) in zip(subscriptions, order, strict=True)
        ]
        lab.advance("09:35")
        lab.close()
        for consumer in consumers:
            consumer.join()

        assert [name for k, name in offered if k == 5] == ["one", "two", "three"]
        assert sorted(told) == sorted([("one", "09:35"), *[(n, f"09:3{i}") for n in ("two", "three") for i in (1, 2, 3, 5)]])

    def test_they_come_after_the_strategies_of_the_moment(self, lab: sl.Lab) -> None:
        order: list[str] = []

        @lab.every("5m")
        def watch(ctx: Any) -> None:
            order.append(f"strategy {ctx.now:%H:%M}")

        consumer = ThreadConsumer(lab.subscribe("A", "5m"), lambda event: order.append(f"subscriber {event.moment:%H:%M}"))
        lab.advance("09:40")
        lab.close()
        consumer.join()

        assert order == ["strategy 09:35", "subscriber 09:35", "strategy 09:40", "subscriber 09:40"]

    def test_without_strategies_only_its_moments_are_visited(self, lab: sl.Lab) -> None:
        consumer = ThreadConsumer(lab.subscribe("A", "60m"))
        lab.run_session()
        lab.close()

        assert clock(consumer.join()) == ["10:30:00", "11:30:00", "12:30:00", "13:30:00", "14:30:00", "15:30:00", "16:00:00"]
        assert lab.timing["backpressure"].count == 7
        assert lab.timing["strategy cycles"].count == 0

    def test_it_may_subscribe_in_the_middle_and_gets_what_comes_from_now_on(self, lab: sl.Lab) -> None:
        lab.advance("10:00")
        consumer = ThreadConsumer(lab.subscribe("A", "5m"))
        lab.advance("10:10")
        lab.close()

        assert clock(consumer.join()) == ["10:05:00", "10:10:00"]

    def test_it_may_subscribe_from_a_hook_and_gets_what_comes_from_then_on(self, lab: sl.Lab) -> None:
        consumers: list[ThreadConsumer] = []

        @lab.every("10:00")
        def subscribe(ctx: Any) -> None:
            consumers.append(ThreadConsumer(lab.subscribe("A", "60m")))

        lab.run()
        first, second = (clock(consumer.join()) for consumer in consumers)
        assert first[:3] == ["10:30:00", "11:30:00", "12:30:00"]
        assert first[-4:] == second == ["10:30:00", "11:30:00", "12:30:00", "13:00:00"]

    def test_it_may_subscribe_in_another_thread_while_a_step_goes_on(self, lab: sl.Lab) -> None:
        consumers: list[ThreadConsumer] = []

        @lab.every("10:00")
        def subscribe_elsewhere(ctx: Any) -> None:
            if not consumers:
                thread = threading.Thread(target=lambda: consumers.append(ThreadConsumer(lab.subscribe("A", "60m"))))
                thread.start()
                thread.join()

        lab.run()
        assert clock(consumers[0].join())[-4:] == ["10:30:00", "11:30:00", "12:30:00", "13:00:00"]

    def test_wait_takes_one_after_the_other_and_says_when_nothing_came(self, lab: sl.Lab) -> None:
        subscription = lab.subscribe("A", "5m")
        taken: list[Any] = []

        def consume() -> None:
            try:
                subscription.wait(timeout=SOON)
            except TimeoutError as error:
                taken.append(str(error))
            asked.set()
            taken.append(subscription.wait())
            taken.append(subscription.wait())

        asked = threading.Event()
        thread = threading.Thread(target=consume)
        thread.start()
        asked.wait(30)
        lab.advance("09:35")
        lab.close()
        thread.join(30)

        assert taken[0] == "nothing came of A 5m within 0.05 s"
        assert (f"{taken[1].moment:%H:%M}", taken[2]) == ("09:35", None)

    def test_one_subscription_has_one_consumer(self, lab: sl.Lab) -> None:
        subscription = lab.subscribe("A", "5m")
        consumer = ThreadConsumer(subscription)
        while not subscription.ready:
            threading.Event().wait(0.001)
        with pytest.raises(BusyError, match=r"A 5m \(thread 'consumer'\) has a consumer that waits already"):
            subscription.wait(timeout=SOON)
        lab.close()
        consumer.join()


class TestATask:
    def test_of_another_thread_than_the_runs_it_gets_every_bar_once(self, lab: sl.Lab) -> None:
        async def main() -> list[StreamEvent]:
            task = asyncio.create_task(take_all(lab.subscribe("A", "1m")))
            await asyncio.to_thread(lab.run)
            return await task

        events = asyncio.run(main())
        assert len(set(starts_of(events))) == len(starts_of(events)) == 598

    def test_of_the_playing_loop_it_gets_every_bar_while_the_clock_waits(self, lab: sl.Lab) -> None:
        """It awaits other things in the middle of its work: the clock stands all that time."""
        stood = []

        async def work(event: StreamEvent) -> None:
            for _ in range(3):
                stood.append(lab.now.value == event.moment_ns)
                await asyncio.sleep(0)

        async def main() -> list[StreamEvent]:
            task = asyncio.create_task(take_all(lab.subscribe("A", "1m"), work))
            await lab.play(speed=0)
            assert lab.state == "done"
            return await task

        events = asyncio.run(main())
        assert len(set(starts_of(events))) == len(starts_of(events)) == 598
        assert len(stood) == 3 * 598
        assert all(stood)

    def test_a_single_step_on_its_own_loop_gives_it_the_event_afterwards(self, lab: sl.Lab) -> None:
        """As in a notebook: a cell steps, and the task comes to its turn when the cell has ended."""

        async def main() -> list[str]:
            subscription = lab.subscribe("A", "1m")
            task = asyncio.create_task(take_all(subscription))
            for _ in range(3):
                await asyncio.sleep(0)  # between two cells
                lab.step()
            await asyncio.sleep(0)
            lab.close()
            return clock(await task)

        assert asyncio.run(main()) == ["09:31:00", "09:32:00", "09:33:00"]

    def test_a_call_that_holds_its_loop_up_is_refused_with_the_way_out(self, lab: sl.Lab) -> None:
        async def main() -> None:
            task = asyncio.create_task(take_all(lab.subscribe("A", "1m")))
            await asyncio.sleep(0)
            with pytest.raises(BusyError, match=r"A 1m \(task .*write await lab.play\(speed=0\)"):
                lab.step(2)
            assert f"{lab.now:%H:%M}" == "09:31"
            await lab.play(speed=0, until="09:33")
            lab.close()
            assert clock(await task) == ["09:31:00", "09:32:00", "09:33:00"]

        asyncio.run(main())

    def test_a_cancelled_one_loses_nothing(self, lab: sl.Lab) -> None:
        async def main() -> list[Any]:
            subscription = lab.subscribe("A", "5m", timeout=SOON)
            task = asyncio.create_task(subscription.get())
            await asyncio.sleep(0)
            lab.advance("09:35")
            task.cancel()  # the event is there, and the task is not told of it any more
            with pytest.raises(asyncio.CancelledError):
                await task
            first = await subscription.get()
            lab.close()
            return [first, await subscription.get()]

        first, after = asyncio.run(main())
        assert (f"{first.moment:%H:%M}", after) == ("09:35", None)

    def test_one_that_stops_waiting_for_a_while_is_not_gone(self, lab: sl.Lab) -> None:
        """``wait_for`` asks in a task of its own, and that is done when its time is up."""
        subscription = lab.subscribe("A", "1m")

        async def look_now_and_then() -> list[StreamEvent]:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(subscription.get(), SOON)
            playing = lab.play(speed=0)
            events = [event async for event in subscription]
            await playing
            return events

        events = asyncio.run(look_now_and_then())

        assert len(set(starts_of(events))) == len(starts_of(events)) == 389 + 209
        assert subscription.ended


class TestWhoIsLate:
    def test_a_time_out_names_it_and_says_what_to_do(self, lab: sl.Lab) -> None:
        lab.subscribe("A", "5m", timeout=SOON)
        with pytest.raises(
            OverrunError, match=r"A 5m, which never asked, was not ready within 0.05 s at 2025-07-02 09:35:00 market"
        ):
            lab.run()
        assert f"{lab.now:%H:%M}" == "09:35"

    def test_it_gets_what_it_missed_when_it_comes(self, lab: sl.Lab) -> None:
        subscription = lab.subscribe("A", "5m", timeout=SOON)
        with pytest.raises(OverrunError):
            lab.run()
        consumer = ThreadConsumer(subscription)
        subscription.timeout = 60
        lab.run()

        assert starts_of(consumer.join())[:78] == all_starts_of_day(lab)
        assert subscription.overruns == 0

    def test_the_strategies_and_the_others_are_not_disturbed(self, lab: sl.Lab) -> None:
        lab.use(Recorder("1m"))
        other = ThreadConsumer(lab.subscribe("B", "1m"))
        late = lab.subscribe("A", "5m", timeout=SOON)
        with pytest.raises(OverrunError):
            lab.run()
        late.close()
        lab.run()
        plain = sl.Lab(lab.config, source=RowsSource(ROWS), times=TIMES).use(Recorder("1m"))
        plain.run()

        assert recorder(lab).calls == recorder(plain).calls
        assert len(set(starts_of(other.join()))) == len(starts_of(other.events)) == 598

    def test_a_thread_that_raises_is_named_rather_than_waited_for(self, lab: sl.Lab) -> None:
        def raises(event: StreamEvent) -> None:
            if f"{event.moment:%H:%M}" == "10:00":
                raise ZeroDivisionError

        consumer = ThreadConsumer(lab.subscribe("A", "5m", timeout=600), raises)
        with pytest.raises(
            OverrunError, match=r"10:00:00 market time, A 5m \(thread 'consumer'\): its consumer has ended without"
        ):
            lab.run()

        assert lab.subscriptions == ()
        assert lab.run().complete
        assert isinstance(consumer.error, ZeroDivisionError)

    def test_whoever_asks_after_it_was_taken_out_is_told_that_nothing_comes(self, lab: sl.Lab) -> None:
        subscription = lab.subscribe("A", "1m")
        thread = threading.Thread(target=subscription.wait, kwargs={"timeout": 5})
        thread.start()
        with pytest.raises(OverrunError, match="taken out"):
            lab.step()
        thread.join()

        left = list(subscription)
        assert starts_of(left) == []
        assert subscription.ended
        assert lab.subscriptions == ()

    def test_a_task_that_ends_is_named_too(self, lab: sl.Lab) -> None:
        async def one(subscription: sl.StreamSubscription) -> None:
            await subscription.get()

        async def main() -> None:
            task = asyncio.create_task(one(lab.subscribe("A", "5m", timeout=600)), name="short")
            with pytest.raises(OverrunError, match=r"A 5m \(task 'short'\): its consumer has ended"):
                await lab.play(speed=0)
            await task

        asyncio.run(main())
        assert lab.run().complete

    def test_ctrl_c_ends_the_wait_and_nothing_is_lost(self, lab: sl.Lab) -> None:
        pressed = threading.Event()

        def busy(event: StreamEvent) -> None:
            if not pressed.is_set():
                pressed.set()
                signal.raise_signal(signal.SIGINT)  # handled by the main thread, which waits for this one
                release.wait(60)

        release = threading.Event()
        consumer = ThreadConsumer(lab.subscribe("A", "5m"), busy)
        with pytest.raises(KeyboardInterrupt):
            lab.run()
        assert f"{lab.now:%H:%M}" == "09:35"
        release.set()
        lab.run()

        assert starts_of(consumer.join())[:78] == all_starts_of_day(lab)

    def test_leaving_the_with_block_lets_the_step_go_on(self, lab: sl.Lab) -> None:
        def consume() -> None:
            with lab.subscribe("A", "5m") as subscription:
                ready.set()
                subscription.wait()

        ready = threading.Event()
        thread = threading.Thread(target=consume)
        thread.start()
        ready.wait(30)
        lab.run()
        thread.join(30)

        assert (lab.state, lab.subscriptions) == ("done", ())


class TestClosing:
    def test_closing_the_lab_wakes_who_waits(self, lab: sl.Lab) -> None:
        async def main() -> list[StreamEvent]:
            task = asyncio.create_task(take_all(lab.subscribe("A", "1m")))
            await asyncio.sleep(0)
            lab.close()
            return await task

        consumer = ThreadConsumer(lab.subscribe("B", "1m"))
        assert asyncio.run(main()) == []
        assert consumer.join() == []

    def test_closing_a_subscription_wakes_who_waits_for_it_alone(self, lab: sl.Lab) -> None:
        one, other = lab.subscribe("A", "5m"), lab.subscribe("A", "5m")
        first, second = ThreadConsumer(one), ThreadConsumer(other)
        one.close()
        assert first.join() == []
        lab.advance("09:35")
        lab.close()

        assert len(second.join()) == 1
        assert (one.ended, one.wait(), repr(one)) == (
            True,
            None,
            f"<StreamSubscription A 5m (thread {threading.current_thread().name!r}): closed, 0 delivered, 0 overruns>",
        )

    def test_after_the_end_it_stops_at_once(self, lab: sl.Lab) -> None:
        subscription = lab.subscribe("A", "5m")
        consumer = ThreadConsumer(subscription)
        lab.run()
        consumer.join()

        assert list(subscription) == []

    def test_a_hook_that_raises_at_the_close_does_not_keep_the_end_from_it(self, lab: sl.Lab) -> None:
        class Bad(sl.Strategy):
            def on_session_end(self, ctx: Any) -> None:
                raise ZeroDivisionError

        lab.use(Bad())
        consumer = ThreadConsumer(lab.subscribe("A", "60m"))
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                lab.run()
        lab.run()

        assert [event.moment for event in consumer.join() if event.closes] == [DAY.close, HALF_DAY.close]


class TestGoingBack:
    def test_restart_goes_on_with_the_same_subscription(self, lab: sl.Lab) -> None:
        consumer = ThreadConsumer(lab.subscribe("A", "60m"))
        lab.advance("12:00")
        lab.restart()
        lab.run_session()
        lab.close()

        events = consumer.join()
        assert [(event.epoch, f"{event.moment:%H:%M}") for event in events] == [
            *[(0, "10:30"), (0, "11:30")],
            *[(1, f"{hour}:30") for hour in range(10, 16)],
            (1, "16:00"),
        ]

    def test_what_was_not_taken_of_later_moments_never_happened(self, lab: sl.Lab) -> None:
        """``rewound`` is what going back will call: of what waits, only what was known then stays."""
        subscription = lab.subscribe("A", "1m", timeout=SOON)
        with pytest.raises(OverrunError):
            lab.step(3)
        with pytest.raises(OverrunError):
            lab.step()
        lab.restart()
        subscription.timeout = 60
        consumer = ThreadConsumer(subscription)
        lab.step(2)
        lab.close()

        assert [(event.epoch, clock([event])) for event in consumer.join()] == [(1, ["09:31:00"]), (1, ["09:32:00"])]

    def test_to_a_moment_keeps_what_was_known_by_then(self, lab: sl.Lab) -> None:
        subscription = lab.subscribe("A", "1m")
        first, second, third = (StreamEvent("A", "1m", (), DAY, DAY.open_ns + i, False, 0, 0) for i in range(3))
        for k, event in ((1, first), (2, second), (3, third)):
            subscription.offer(k, event)
        subscription.rewound(2, DAY.open_ns + 1)

        assert subscription.epoch == 1
        assert subscription.wait() == second  # one event of what waited, up to the second moment

    def test_a_waiting_consumer_from_which_an_event_was_taken_back_waits_on(self, lab: sl.Lab) -> None:
        """Delivered, but its thread has not woken yet when the clock goes back: it sleeps on, and is not told of it."""
        subscription = lab.subscribe("A", "1m")
        consumer = ThreadConsumer(subscription)
        while not subscription.ready:
            threading.Event().wait(0.001)
        with lab._engine.subscribers.lock:
            subscription.offer(5, StreamEvent("A", "1m", (), DAY, DAY.open_ns, False, 0, 0))
            subscription.rewound(-1, DAY.open_ns - 1)
            assert subscription.ready
            assert subscription.is_settled
        lab.step()
        lab.close()

        assert clock(consumer.join()) == ["09:31:00"]

    def test_one_that_was_told_of_the_end_does_not_hold_up_a_run_that_begins_again(self, lab: sl.Lab) -> None:
        subscription = lab.subscribe("A", "60m", timeout=SOON)
        consumer = ThreadConsumer(subscription)
        lab.run()
        consumer.join()
        lab.restart()
        lab.advance("11:00")
        again = ThreadConsumer(subscription)
        while not subscription.ready:
            threading.Event().wait(0.001)
        subscription.timeout = 60
        lab.run_session()
        lab.close()

        assert clock(again.join()) == ["11:30:00", "12:30:00", "13:30:00", "14:30:00", "15:30:00", "16:00:00"]


class TestAsking:
    @pytest.mark.parametrize(
        ("ask", "kind", "words"),
        [
            (lambda lab: lab.subscribe("X", "1m"), NoDataError, "'X' is not in this session; it has B, A"),
            (lambda lab: lab.subscribe("A", "1s"), NoDataError, "1s bars of A cannot be made of 1m"),
            (lambda lab: lab.subscribe("A", "quotes"), ConfigError, "'quotes' is not an interval"),
            (lambda lab: lab.subscribe("A", "1m", on_overrun="explode"), ConfigError, 'write "count" or "raise"'),
            (lambda lab: lab.subscribe("A", "1m", timeout=0), ConfigError, "more than 0"),
        ],
    )
    def test_for_what_cannot_be_is_refused(self, lab: sl.Lab, ask: Any, kind: type[Exception], words: str) -> None:
        with pytest.raises(kind, match=words):
            ask(lab)
        assert lab.subscriptions == ()

    def test_a_lab_moved_by_a_consumer_in_the_middle_of_a_step_is_busy(self, lab: sl.Lab) -> None:
        errors: list[BaseException] = []

        def move(event: StreamEvent) -> None:
            try:
                lab.step()
            except BusyError as error:
                errors.append(error)

        consumer = ThreadConsumer(lab.subscribe("A", "60m"), move)
        lab.advance("11:00")
        lab.close()
        consumer.join()

        assert [str(error) for error in errors] == [
            "cannot move the clock from another thread: a step is under way; do it between steps"
        ]


def all_starts_of_day(lab: sl.Lab) -> list[int]:
    """Starts of A's five minutes on the first day, of a run on its own."""
    plain = sl.Lab(lab.config, source=RowsSource(ROWS), times=TIMES)
    plain.run_session()
    return all_starts(plain, "A", "5m")


def _stamp(ns: int) -> Any:
    import pandas as pd

    return pd.Timestamp(ns, tz="UTC")
