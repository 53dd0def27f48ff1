"""Ctrl-C and exceptions in the middle of a run: the lab stands whole, and going on makes every call exactly once."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Any

import pytest
from builders import Recorder, RowsSource, at, config, make_bars, recorder
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.engine import hooks
from sessionlab.tape import DayBlock
from sessionlab.timing import Interval, SessionTable

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))
ROWS = {(symbol, "1m"): make_bars(DAYS, missing=[7], late={3: 90}, seed=i) for i, symbol in enumerate("BA")}


class Interrupted(Recorder):
    """Presses Ctrl-C (or raises) during the calls of these numbers, after writing them down."""

    def __init__(self, every: str, name: str, keys: dict[int, int] | None = None, errors: set[int] | None = None) -> None:
        super().__init__(every, name, looks=False)
        self.keys = dict(keys or {})
        self.errors = set(errors or ())

    def _write(self, ctx: Any, hook: str, *about: Any) -> None:
        super()._write(ctx, hook, *about)
        number = len(self.calls)
        for _ in range(self.keys.get(number, 0)):
            signal.raise_signal(signal.SIGINT)
        if number in self.errors:
            raise ZeroDivisionError(f"call {number}")


def lab_with(*strategies: sl.Strategy) -> sl.Lab:
    lab = sl.Lab(config("B A", "1m 5m", "2025-07-02", "2025-07-03"), source=RowsSource(ROWS), times=TIMES)
    for strategy in strategies:
        lab.use(strategy)
    return lab


def run_through(lab: sl.Lab) -> int:
    """Runs to the end, going on after each stop; how often that was."""
    stops = 0
    while lab.state != "done":
        try:
            lab.run()
        except (KeyboardInterrupt, ZeroDivisionError):
            stops += 1
            assert stops < 100
    return stops


def undisturbed() -> dict[str, list[tuple[Any, ...]]]:
    lab = lab_with(Recorder("1m", "one", looks=False), Recorder("5m", "two", looks=False))
    lab.run()
    return {name: recorder(lab, name).calls for name in ("one", "two")}


WHOLE = undisturbed()


class TestCtrlC:
    def test_the_moment_is_made_whole_then_it_is_raised(self) -> None:
        """Pressed in the first of four hooks of 10:00: the other three are called too, and nothing after."""
        press = 2 + sum(call[0] < at("10:00") for call in WHOLE["one"][2:]) + 1
        lab = lab_with(Interrupted("1m", "one", {press: 1}), Recorder("5m", "two", looks=False))
        with pytest.raises(KeyboardInterrupt):
            lab.run()

        assert (f"{lab.now:%H:%M:%S}", lab.state, lab.progress.session) == ("10:00:00", "open", 1)
        for name in ("one", "two"):
            made = recorder(lab, name).calls
            assert made == [call for call in WHOLE[name] if call[0] <= at("10:00")]
        assert len(lab.data["A"].bars("1m")) == 29  # all there were by then: one is absent
        result = lab.result()
        assert (result.complete, result.stopped_at) == (False, lab.now)
        lab.run()
        assert {name: recorder(lab, name).calls for name in ("one", "two")} == WHOLE

    def test_after_it_a_single_step_goes_on_with_the_next_moment(self) -> None:
        lab = lab_with(Interrupted("1m", "one", {50: 1}))
        with pytest.raises(KeyboardInterrupt):
            lab.run()
        stood = lab.now
        step = lab.step()

        assert (step.now - stood).total_seconds() <= 60
        run_through(lab)
        assert recorder(lab, "one").calls == WHOLE["one"]

    @settings(max_examples=15)
    @given(
        keys=st.dictionaries(st.integers(1, 1900), st.sampled_from([1, 1, 2]), max_size=4),
        errors=st.sets(st.integers(1, 1900), max_size=3),
        block=st.sampled_from([1, 3, 64, 4096]),
        which=st.booleans(),
    )
    def test_wherever_it_comes_every_call_is_made_once(
        self, keys: dict[int, int], errors: set[int], block: int, which: bool
    ) -> None:
        """One Ctrl-C, two in one hook, exceptions: in any hook, of whichever strategy, in blocks of any size."""
        before, hooks.BLOCK = hooks.BLOCK, (block, block)
        try:
            one = Interrupted("1m", "one", keys, errors) if which else Recorder("1m", "one", looks=False)
            two = Recorder("5m", "two", looks=False) if which else Interrupted("5m", "two", keys, errors)
            lab = lab_with(one, two)
            run_through(lab)
        finally:
            hooks.BLOCK = before

        assert {name: recorder(lab, name).calls for name in ("one", "two")} == WHOLE

    def test_at_the_close_the_last_hooks_are_finished_first(self) -> None:
        last = len(WHOLE["one"]) - 1  # on_session_end of the last day; on_end is still to come
        lab = lab_with(Interrupted("1m", "one", {last: 1}), Recorder("5m", "two", looks=False))
        with pytest.raises(KeyboardInterrupt):
            lab.run()

        assert lab.state == "done"
        assert lab.run().complete
        assert {name: recorder(lab, name).calls for name in ("one", "two")} == WHOLE

    def test_a_second_one_stops_the_hook_itself(self) -> None:
        class Endless(sl.Strategy):
            reached = 0

            def on_bar(self, ctx: Any, symbol: str) -> None:
                self.reached += 1
                if self.reached == 5:
                    signal.raise_signal(signal.SIGINT)
                    signal.raise_signal(signal.SIGINT)
                    self.reached = 1_000_000  # not come to

        lab = lab_with(Endless())
        with pytest.raises(KeyboardInterrupt) as stopped:
            lab.run()

        assert lab.strategies[0].reached == 5  # type: ignore[attr-defined]
        assert "09:33:00 market time" in stopped.value.__notes__[0]

    def test_in_a_first_hook_between_two_moments_the_clock_does_not_go_back(self) -> None:
        lab = lab_with(Recorder("open", "early", looks=False))
        lab.advance("90s")
        lab.use(Interrupted("1m", "one", {1: 1}))
        with pytest.raises(KeyboardInterrupt):
            lab.step()

        assert f"{lab.now:%H:%M:%S}" == "09:31:30"
        assert f"{lab.step().now:%H:%M:%S}" == "09:32:00"
        assert [call[1] for call in recorder(lab, "one").calls] == ["on_start", "on_session_start", "on_bar", "on_bar", "on_step"]

    def test_outside_of_a_move_it_is_what_it_was_before(self) -> None:
        lab = lab_with(Interrupted("1m", "one", {50: 1}))
        with contextlib.suppress(KeyboardInterrupt):
            lab.run()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

        lab.run()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_a_lab_runs_in_another_thread(self) -> None:
        lab = lab_with(Recorder("1m", "one", looks=False), Recorder("5m", "two", looks=False))
        thread = threading.Thread(target=lab.run)
        thread.start()
        thread.join()

        assert {name: recorder(lab, name).calls for name in ("one", "two")} == WHOLE

    def test_between_two_blocks_of_calls_the_moment_is_whole_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hooks, "BLOCK", (1, 1))
        looks = []

        def press(progress: object) -> None:
            looks.append(progress)
            if len(looks) in (5, 100, 300):
                signal.raise_signal(signal.SIGINT)

        lab = lab_with(Recorder("1m", "one", looks=False), Recorder("5m", "two", looks=False))
        stops = 0
        while lab.state != "done":
            try:
                lab.run(progress=press)
            except KeyboardInterrupt:
                stops += 1
                for name in ("one", "two"):
                    assert recorder(lab, name).calls == [call for call in WHOLE[name] if call[0] <= lab.now.value]

        assert stops == 3
        assert {name: recorder(lab, name).calls for name in ("one", "two")} == WHOLE

    def test_while_rows_are_read_it_leaves_the_lab_at_the_close_before(self) -> None:
        class Slow(RowsSource):
            trouble: BaseException | None = None

            def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
                if self.trouble is not None and len(sessions) == 1 and sessions[0].date == DAYS[1].date:
                    raise self.trouble
                return super().load(symbol, interval, sessions)

        days = [TIMES.get_trading_session("2025-07-01"), *DAYS]
        source = Slow({("A", "1m"): make_bars(days)})
        lab = sl.Lab(config("A", "1m 5m", "2025-07-01", "2025-07-03"), source=source, times=TIMES)
        lab.use(Recorder("1m", "one", looks=False))
        view = lab.data["A"].bars("1m")
        lab.run_session()
        lab.run_session()
        frame = view.frame()
        for trouble in (KeyboardInterrupt(), OSError("no disk")):
            source.trouble = trouble
            with pytest.raises(type(trouble)):
                lab.run()
            assert (lab.state, lab.now) == ("closed", DAYS[0].close)
            assert lab.data["A"].bars("1m").frame().equals(frame)
            assert view.frame().equals(frame)
            assert len(lab.result().quality) == 4
        source.trouble = None
        lab.run()

        assert len(recorder(lab, "one").of("on_bar")) == 390 + 390 + 210
        assert view.frame().equals(lab.data["A"].bars("1m").frame())
        assert view.frame().index[0] == DAYS[1].open  # and not rows of the day before under the new one's name


class TestExceptions:
    def test_it_says_where_in_market_time_and_the_lab_goes_on_behind_the_call(self) -> None:
        lab = lab_with(Interrupted("1m", "one", errors={120}), Recorder("5m", "two", looks=False))
        with pytest.raises(ZeroDivisionError, match="call 120") as raised:
            lab.run()
        when = lab.now

        _, hook, about, *_ = WHOLE["one"][119]
        assert raised.value.__notes__ == [f"in one.{hook}({about!r}) at {when:%Y-%m-%d %H:%M:%S} market time"]
        assert when.value == WHOLE["one"][119][0]
        assert (lab.state, lab.result().complete) == ("open", False)
        lab.run()
        assert {name: recorder(lab, name).calls for name in ("one", "two")} == WHOLE

    @pytest.mark.parametrize("hook", ["on_start", "on_session_start", "on_session_end", "on_end"])
    def test_in_a_hook_of_the_session(self, hook: str) -> None:
        """The other strategies still get theirs, each once, and the run comes to its end."""
        number = next(i for i, call in enumerate(WHOLE["one"], 1) if call[1] == hook)
        lab = lab_with(Interrupted("1m", "one", errors={number}), Recorder("5m", "two", looks=False))
        with pytest.raises(ZeroDivisionError) as raised:
            lab.run()

        assert raised.value.__notes__[0].startswith(f"in one.{hook} at 2025-07-0")
        assert run_through(lab) == 0
        assert {name: recorder(lab, name).calls for name in ("one", "two")} == WHOLE

    def test_mending_the_strategy_and_going_on_leaves_the_others_alone(self) -> None:
        """The cell that raised is run again: what the moment still owed to the other strategy is not lost."""
        lab = lab_with(Interrupted("1m", "one", errors={120}), Recorder("1m", "two", looks=False))
        with pytest.raises(ZeroDivisionError):
            lab.run()
        lab.use(Recorder("1m", "one", looks=False))
        lab.run()

        assert recorder(lab, "two").calls == WHOLE["one"]
        assert recorder(lab, "one").calls[0][1] == "on_start"

    def test_in_a_step_it_does_not_lose_the_rest_of_the_moment(self) -> None:
        lab = lab_with(Interrupted("1m", "one", errors={3}))  # the first on_bar, of B
        with pytest.raises(ZeroDivisionError):
            lab.step()
        assert f"{lab.now:%H:%M}" == "09:31"
        lab.step()
        lab.run()

        assert recorder(lab, "one").calls == WHOLE["one"]
