"""Market time by the clock on the wall: on plan, held whole, changed while it goes; and nothing goes wrong unheard."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from builders import Recorder, RowsSource, config, make_bars, recorder
from fake_clock import SECOND_NS, FakeClock

import sessionlab as sl
from sessionlab.errors import BusyError, ConfigError, RewindError

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))
DAY, HALF_DAY = DAYS
SOURCE = RowsSource({("A", "1m"): make_bars(DAYS)})
TICK = 1 / 30


@pytest.fixture
def wall() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lab(wall: FakeClock) -> sl.Lab:
    return sl.Lab(config("A", "1m 5m", "2025-07-02", "2025-07-03"), source=SOURCE, times=TIMES, clock=wall)


def market_seconds(lab: sl.Lab) -> float:
    return (lab.now.value - lab.session.open_ns) / SECOND_NS


class TestOnPlan:
    @pytest.mark.parametrize(
        ("speed", "minutes", "seconds"), [(360, 390, 65.0), (60, 390, 390.0), (2.5, 10, 240.0), (1, 5, 300.0), (0.5, 2, 240.0)]
    )
    def test_it_takes_the_market_time_divided_by_the_speed(
        self, lab: sl.Lab, wall: FakeClock, speed: float, minutes: int, seconds: float
    ) -> None:
        lab.play(speed, until=f"{minutes}m")

        assert lab.now == DAY.open + pd.Timedelta(minutes=minutes)
        assert wall.seconds == pytest.approx(seconds, abs=TICK)

    def test_at_every_tick_market_time_is_where_the_line_through_the_start_says(self, lab: sl.Lab, wall: FakeClock) -> None:
        errors = []
        wall.before_sleep = lambda seconds: errors.append(market_seconds(lab) - 77 * wall.seconds)
        lab.play(77, until="11:00")

        assert max(map(abs, errors)) < 0.001 + 77e-9
        assert len(errors) == pytest.approx(30 * 5400 / 77, abs=2)

    def test_a_delay_is_made_up_for_and_does_not_add_up(self, lab: sl.Lab, wall: FakeClock) -> None:
        """Every sleep takes 7 ms too long, and one hook 3 s: the next tick stands where it would have stood."""

        @lab.every("5m")
        def slow(ctx: Any) -> None:
            if f"{ctx.now:%H:%M}" == "10:00":
                wall.pass_by(3.0)

        wall.before_sleep = lambda seconds: wall.pass_by(0.007)
        lab.play(60, until="10:30")
        assert wall.seconds == pytest.approx(60.0, abs=TICK + 0.007)

    def test_nights_take_no_time(self, lab: sl.Lab, wall: FakeClock) -> None:
        lab.play(360)

        assert lab.state == "done"
        assert wall.seconds == pytest.approx((390 + 210) * 60 / 360, abs=2 * TICK)

    def test_breaks_take_no_time(self, wall: FakeClock) -> None:
        tokyo = sl.TimeManager("XTKS")
        day = tokyo.get_trading_session("2025-07-02")
        source = RowsSource({("A", "1m"): make_bars(day)})
        lab = sl.Lab(config("A", "1m", "2025-07-02", group="XTKS"), source=source, times=tokyo, clock=wall)
        stood = []
        wall.before_sleep = lambda seconds: stood.append(lab.now)
        lab.play(60)

        assert wall.seconds == pytest.approx(330.0, abs=TICK)  # five hours and a half: 9:00 to 11:30, 12:30 to 15:30
        (begin, end) = (pd.Timestamp(f"2025-07-02 {clock}", tz=day.tz) for clock in ("11:30", "12:30"))
        assert not [now for now in stood if begin < now < end]

    def test_without_a_speed_it_goes_as_the_config_says(self, wall: FakeClock) -> None:
        document = config("A", "1m", "2025-07-02", backtest_config__speed_multiplier=180.0)
        lab = sl.Lab(document, source=SOURCE, times=TIMES, clock=wall)
        lab.play(until="10:30")
        assert (wall.seconds, lab.pacing.speed) == (pytest.approx(20.0, abs=TICK), 180.0)

        lab.play(360, until="11:30")
        lab.play(until="12:30")  # as fast as the last time
        assert wall.seconds == pytest.approx(40.0, abs=3 * TICK)

    def test_speed_zero_sleeps_never_and_lets_others_come_to_their_turn(self, lab: sl.Lab, wall: FakeClock) -> None:
        turns = []

        async def other() -> None:
            while True:
                turns.append(lab.now)
                await asyncio.sleep(0)

        async def main() -> None:
            task = asyncio.create_task(other())
            await lab.play(speed=0)
            task.cancel()

        lab.use(Recorder("1m"))
        wall.before_sleep = lambda seconds: pytest.fail("slept")
        asyncio.run(main())
        assert (lab.state, wall.now_ns) == ("done", 0)
        assert len(set(turns)) > 2


class TestUntil:
    @pytest.mark.parametrize(
        ("until", "stands"),
        [
            ("10:30", "2025-07-02 10:30"),
            ("10:30:07", "2025-07-02 10:30:07"),
            ("close-10m", "2025-07-02 15:50"),
            ("close", "2025-07-02 16:00"),
            ("open", "2025-07-02 09:30"),
            ("5m", "2025-07-02 09:35"),
            ("20h", "2025-07-02 16:00"),
            (pd.Timedelta("90s"), "2025-07-02 09:31:30"),
            (pd.Timestamp("2025-07-02 09:31:00.25", tz="America/New_York"), "2025-07-02 09:31:00.25"),
            (pd.Timestamp("2025-07-03 10:00", tz="America/New_York"), "2025-07-03 10:00"),
            ("2025-07-02 20:00", "2025-07-02 16:00"),
            ("2025-07-04 20:00", "2025-07-03 13:00"),
        ],
    )
    @pytest.mark.parametrize("speed", [3600, 0])
    def test_it_stops_there(self, lab: sl.Lab, until: Any, stands: str, speed: float) -> None:
        step = lab.play(speed, until=until).result()

        assert step.now == lab.now == pd.Timestamp(stands, tz="America/New_York")
        assert lab.pacing.state == "paused"

    def test_at_a_close_it_is_of_the_next_session(self, lab: sl.Lab) -> None:
        lab.run_session()
        lab.play(3600, until="10:00")

        assert lab.now == pd.Timestamp("2025-07-03 10:00", tz="America/New_York")

    def test_the_past_is_refused(self, lab: sl.Lab) -> None:
        lab.advance("10:00")
        with pytest.raises(RewindError, match="'09:45' is before now"):
            lab.play(60, until="09:45")
        assert lab.pacing.state == "idle"

    def test_the_step_tells_what_came(self, lab: sl.Lab) -> None:
        lab.advance("10:00")
        step = lab.play(3600, until="10:10").result()

        assert [(bar.interval, f"{bar.bar.start:%H:%M}") for bar in step.bars if bar.interval == "5m"] == [
            ("5m", "10:00"),
            ("5m", "10:05"),
        ]
        assert len(step.bars) == 12
        assert not step.done

    def test_after_the_end_it_says_done(self, lab: sl.Lab) -> None:
        lab.run()
        step = lab.play(60).result()

        assert (step.done, step.bars, step.now) == (True, (), HALF_DAY.close)


class TestHolding:
    def test_from_a_hook_it_stands_at_the_hooks_moment_with_the_moment_made_whole(self, lab: sl.Lab) -> None:
        @lab.every("5m")
        def hold(ctx: Any) -> None:
            if f"{ctx.now:%d %H:%M}" == "02 10:05":
                lab.pause()

        lab.use(Recorder("1m"))  # comes after it
        lab.play(36_000)

        assert f"{lab.now:%H:%M:%S}" == "10:05:00"
        assert f"{pd.Timestamp(recorder(lab).calls[-1][0], tz='UTC').tz_convert(DAY.tz):%H:%M}" == "10:05"
        assert lab.pacing[:2] == ("paused", "paused")
        lab.play(36_000)
        assert lab.state == "done"
        assert len(recorder(lab).of("on_bar")) == 600

    def test_from_a_cell_at_once_and_going_on_with_play(self, lab: sl.Lab) -> None:
        async def main() -> None:
            playing = lab.play(60)
            for _ in range(40):
                await asyncio.sleep(0)
            lab.pause()
            stood = lab.now
            assert stood > DAY.open
            step = await playing
            assert step.now == stood
            lab.step()  # by hand again, in the same cell
            assert lab.now > stood
            await lab.play(3600, until="11:00")
            assert f"{lab.now:%H:%M}" == "11:00"

        asyncio.run(main())

    def test_from_another_thread_within_two_ticks(self, lab: sl.Lab, wall: FakeClock) -> None:
        paused_at: list[float] = []

        def sleeping(seconds: float) -> None:
            if wall.seconds >= 1 and not paused_at:
                paused_at.append(wall.seconds)
                thread = threading.Thread(target=lab.pause)
                thread.start()
                thread.join()

        wall.before_sleep = sleeping
        lab.play(60)

        assert lab.state == "open"
        assert wall.seconds - paused_at[0] <= 2 * TICK + 1e-6

    def test_the_speed_is_changed_while_it_plays_without_a_jump(self, lab: sl.Lab, wall: FakeClock) -> None:
        """60 seconds at 60 x, then 360 x: an hour of market time, then another one in ten seconds."""
        changed: list[int] = []
        errors = []

        def sleeping(seconds: float) -> None:
            if wall.seconds >= 60 and not changed:
                changed.append(wall.now_ns)
                lab.play(360)
            line = 60 * min(wall.seconds, 60) + 360 * max(wall.seconds - 60, 0)
            errors.append(market_seconds(lab) - line)

        wall.before_sleep = sleeping
        lab.play(60, until="11:30")

        assert max(map(abs, errors)) < 12 + 0.01  # the tick in which it changes ends as it was planned
        assert wall.seconds == pytest.approx(70.0, abs=2 * TICK)

    def test_from_zero_back_to_a_pace_it_goes_on_from_there(self, lab: sl.Lab, wall: FakeClock) -> None:
        @lab.every("10:00")
        def fast(ctx: Any) -> None:
            lab.play(speed=0)

        @lab.every("11:00")
        def slow(ctx: Any) -> None:
            lab.play(speed=60)

        lab.play(60, until="11:30")
        assert wall.seconds == pytest.approx(30 + 30, abs=60)
        assert lab.pacing.speed == 60

    def test_pausing_what_does_not_play_does_nothing(self, lab: sl.Lab) -> None:
        lab.pause()
        assert lab.pacing[:2] == ("idle", "")
        lab.step()
        assert f"{lab.now:%H:%M}" == "09:31"

    def test_cancelling_the_await_holds_it(self, lab: sl.Lab) -> None:
        async def main() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(lab.play(60), 0.01)
            stood = lab.now
            await asyncio.sleep(0.01)
            assert lab.now == stood
            assert lab.pacing[:2] == ("paused", "its await was cancelled")

        asyncio.run(main())

    def test_a_loop_that_ends_holds_it(self, lab: sl.Lab) -> None:
        async def main() -> None:
            lab.play(60)
            for _ in range(40):
                await asyncio.sleep(0)

        asyncio.run(main())
        assert (lab.state, lab.pacing[:2]) == ("open", ("paused", "interrupted"))
        lab.run()
        assert lab.state == "done"

    def test_a_loop_that_stands_still_lets_go_of_it_at_pause(self, lab: sl.Lab) -> None:
        async def some() -> None:
            lab.play(60)
            for _ in range(40):
                await asyncio.sleep(0)

        loop = asyncio.new_event_loop()
        loop.run_until_complete(some())
        with pytest.raises(BusyError, match="plays at 60 x"):
            lab.step()
        lab.pause()
        lab.step()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        assert lab.pacing.state == "paused"

    def test_closing_the_lab_holds_it(self, lab: sl.Lab) -> None:
        async def main() -> None:
            playing = lab.play(60)
            await asyncio.sleep(0)
            lab.close()
            await playing

        asyncio.run(main())
        assert lab.pacing.state == "paused"


class TestByHandWhileItPlays:
    MOVES: tuple[Callable[[sl.Lab], object], ...] = (
        lambda lab: lab.step(),
        lambda lab: lab.advance("5m"),
        lambda lab: lab.next("bar"),
        lambda lab: lab.run_session(),
        lambda lab: lab.run(),
        lambda lab: lab.restart(),
    )

    @pytest.mark.parametrize("move", MOVES)
    def test_is_refused(self, lab: sl.Lab, move: Callable[[sl.Lab], object]) -> None:
        async def main() -> None:
            playing = lab.play(60)
            await asyncio.sleep(0)
            was = lab.now
            with pytest.raises(BusyError, match=r"while the lab plays \(plays at 60 x\); lab.pause\(\) first"):
                move(lab)
            assert lab.now == was
            assert lab.pacing.state == "playing"
            lab.pause()
            await playing
            move(lab)

        asyncio.run(main())

    def test_a_strategy_may_be_replaced(self, lab: sl.Lab) -> None:
        async def main() -> None:
            playing = lab.play(3600)
            await asyncio.sleep(0)
            lab.use(Recorder("1m"))
            await playing

        asyncio.run(main())
        assert len(recorder(lab).of("on_bar")) == 600

    def test_playing_from_a_hook_of_a_run_is_refused(self, lab: sl.Lab) -> None:
        @lab.every("10:00")
        def play(ctx: Any) -> None:
            with pytest.raises(BusyError, match="cannot play from inside a hook"):
                lab.play(60)

        assert lab.run().complete

    @pytest.mark.parametrize("speed", [-1, float("nan"), float("inf"), "fast", True and "60"])
    def test_a_speed_that_cannot_be_meant_is_refused(self, lab: sl.Lab, speed: Any) -> None:
        with pytest.raises(ConfigError, match=r"play\(speed=.*market time per wall time"):
            lab.play(speed)


class TestWhatGoesWrong:
    def bad(self, lab: sl.Lab) -> None:
        @lab.every("10:00")
        def bad(ctx: Any) -> None:
            if ctx.session == DAY:
                raise ZeroDivisionError("bad luck")

    def test_is_raised_from_the_await(self, lab: sl.Lab) -> None:
        self.bad(lab)

        async def main() -> None:
            with pytest.raises(ZeroDivisionError, match="bad luck") as raised:
                await lab.play(3600)
            assert raised.value.__notes__ == ["in bad() at 2025-07-02 10:00:00 market time"]
            lab.step()  # it was told: nothing is raised twice
            assert f"{lab.now:%H:%M}" == "10:01"

        asyncio.run(main())

    def test_is_raised_at_the_next_call_where_nobody_awaits(self, lab: sl.Lab) -> None:
        self.bad(lab)

        async def main() -> None:
            lab.play(3600)
            while lab.pacing.state == "playing":
                await asyncio.sleep(0)
            assert lab.pacing.why == "ZeroDivisionError: bad luck"
            with pytest.raises(ZeroDivisionError, match="bad luck"):
                lab.step()
            lab.step()
            assert f"{lab.now:%H:%M}" == "10:01"

        asyncio.run(main())

    def test_is_raised_by_the_next_play_too(self, lab: sl.Lab) -> None:
        self.bad(lab)

        async def main() -> None:
            lab.play(3600)
            while lab.pacing.state == "playing":
                await asyncio.sleep(0)
            with pytest.raises(ZeroDivisionError):
                lab.play(3600)
            await lab.play(3600)
            assert lab.state == "done"

        asyncio.run(main())

    def test_is_raised_at_once_without_a_loop(self, lab: sl.Lab) -> None:
        self.bad(lab)
        with pytest.raises(ZeroDivisionError):
            lab.play(3600)
        lab.play(3600)
        assert lab.state == "done"

    @pytest.mark.parametrize("hook", ["on_start", "on_bar", "on_session_end", "on_end"])
    def test_ctrl_c_in_a_hook_ends_it_whole(self, lab: sl.Lab, hook: str) -> None:
        pressed = []

        def press(self: sl.Strategy, ctx: Any, *about: Any) -> None:
            if not pressed:
                pressed.append(ctx.now)
                signal.raise_signal(signal.SIGINT)

        lab.use(type("Press", (sl.Strategy,), {hook: press})())
        lab.use(Recorder("1m"))
        with pytest.raises(KeyboardInterrupt):
            lab.play(3600)
        assert lab.now == pressed[0]
        assert lab.pacing[:2] == ("paused", "interrupted")

        lab.play(3600)
        assert lab.state == "done"
        assert len(recorder(lab).of("on_bar")) == 600

    def test_ctrl_c_between_two_moves_ends_it_whole(self, lab: sl.Lab, wall: FakeClock) -> None:
        def press(seconds: float) -> None:
            if market_seconds(lab) > 600:
                signal.raise_signal(signal.SIGINT)

        wall.before_sleep = press
        with pytest.raises(KeyboardInterrupt):
            lab.play(60)
        assert lab.state == "open"
        assert lab.pacing[:2] == ("paused", "interrupted")

    def test_a_source_that_fails_over_night_is_told(self, wall: FakeClock) -> None:
        class Broken(RowsSource):
            def load(self, *asked: Any) -> Any:
                if asked[2][0].date == HALF_DAY.date and self.broken:
                    raise OSError("no disk")
                return super().load(*asked)

            broken = True

        source = Broken({("A", "1m"): make_bars(DAYS)})
        lab = sl.Lab(config("A", "1m", "2025-07-02", "2025-07-03"), source=source, times=TIMES, clock=wall)
        with pytest.raises(OSError, match="no disk"):
            lab.play(3600)
        assert (lab.state, lab.now) == ("closed", DAY.close)
        source.broken = False
        lab.play(3600)
        assert lab.state == "done"


class TestWhereItPlays:
    def test_called_elsewhere_it_plays_on_the_loop_where_the_lab_was_made(self, wall: FakeClock) -> None:
        """As a widget's callback, which some kernels run on a thread of its own."""
        threads = set()

        async def main() -> None:
            lab = sl.Lab(config("A", "1m", "2025-07-02"), source=SOURCE, times=TIMES, clock=wall)

            @lab.every("60m")
            def note(ctx: Any) -> None:
                threads.add(threading.current_thread())

            playing = await asyncio.to_thread(lab.play, 3600)
            step = await asyncio.to_thread(playing.result, 60)
            assert step.now == DAY.close

        asyncio.run(main())
        assert threads == {threading.main_thread()}

    def test_asking_for_the_result_on_the_loop_that_plays_is_refused(self, lab: sl.Lab) -> None:
        async def main() -> None:
            playing = lab.play(60)
            assert repr(playing) == "<Playing: plays at 60 x>"
            with pytest.raises(BusyError, match="write await lab"):
                playing.result()
            lab.pause()
            assert repr(playing) == "<Playing: paused>"

        asyncio.run(main())

    def test_two_who_await_get_the_same_step(self, lab: sl.Lab) -> None:
        async def main() -> None:
            playing = lab.play(3600)
            assert lab.play() is playing
            one, other = await asyncio.gather(playing, playing)
            assert one is other

        asyncio.run(main())

    def test_progress_is_told_after_each_move(self, lab: sl.Lab) -> None:
        told: list[float] = []
        lab.play(3600, progress=lambda progress: told.append(progress.fraction))

        assert told == sorted(told)
        assert (told[-1], len(told) > 100) == (1.0, True)
