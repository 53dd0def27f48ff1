"""What a run cost: counted exactly, by session and in all, and shown without the parts that never happened."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from builders import Recorder, RowsSource, config, make_bars, recorder
from consumers import ThreadConsumer
from fake_clock import FakeClock

import sessionlab as sl
from sessionlab.engine.metrics import PARTS, PerformanceMetrics
from sessionlab.errors import ConfigError

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))


def test_text_and_html_leave_out_what_never_happened_and_the_frame_keeps_it() -> None:
    timing = PerformanceMetrics()
    timing.record("session").add(2_000_000)

    assert [line.split()[0] for line in timing.report().splitlines()[1:]] == ["session"]
    assert "overruns" not in timing._repr_html_()
    assert "session" in timing._repr_html_()
    assert list(timing.frame().index) == list(PARTS)


def test_nothing_timed_is_told_as_that() -> None:
    assert PerformanceMetrics().report() == "nothing timed yet"


class Looks(Recorder):
    """Takes a known time for each hook."""

    def __init__(self, every: str, name: str, wall: FakeClock, ms: float) -> None:
        super().__init__(every, name, looks=False)
        self.wall, self.ms = wall, ms

    def __deepcopy__(self, memo: object) -> Looks:
        return Looks(self.every, self.name, self.wall, self.ms)

    def _write(self, ctx: Any, hook: str, *about: Any) -> None:
        super()._write(ctx, hook, *about)
        self.wall.pass_by(self.ms / 1000)


@pytest.fixture
def wall() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lab(wall: FakeClock) -> sl.Lab:
    source = RowsSource({("A", "1m"): make_bars(DAYS)})
    made = sl.Lab(config("A", "1m 5m", "2025-07-02", "2025-07-03"), source=source, times=TIMES, clock=wall)
    made.use(Looks("1m", "slow", wall, 2.0))
    made.use(Looks("5m", "quick", wall, 1.0))
    return made


SLOW = (2 * 390 + 1 + 1 + 1, 2 * 210 + 1 + 1 + 1)
"""Hooks of the slow one by session: on_bar and on_step a bar; on_start, on_session_start, on_session_end; on_end."""
QUICK = (2 * 78 + 3, 2 * 42 + 3)


class TestCounts:
    @pytest.mark.parametrize("move", [lambda lab: lab.run(), lambda lab: lab.step(10_000), lambda lab: lab.play(36_000)])
    def test_they_are_exact_and_durations_add_up(self, lab: sl.Lab, wall: FakeClock, move: Any) -> None:
        move(lab)

        cycles = lab.timing["strategy cycles"]
        assert cycles.count == cycles.timed == sum(SLOW) + sum(QUICK)
        assert cycles.total == (2 * sum(SLOW) + sum(QUICK)) * 10**6
        assert (lab.timing["session"].count, lab.timing["run"].count) == (2, 1)
        assert (lab.timing["load, first"].count, lab.timing["load, later"].count, lab.timing["session gap"].count) == (1, 1, 1)

    def test_in_a_data_driven_run_durations_are_taken_over_blocks_and_it_says_so(self, lab: sl.Lab) -> None:
        lab.run()
        assert lab.timing.frame().loc["strategy cycles", "note"] == "sampled"

    def test_paced_every_hook_is_timed(self, lab: sl.Lab) -> None:
        lab.play(36_000)

        row = lab.timing.frame().loc["strategy cycles"]
        assert (row["note"], row["min_us"], row["max_us"]) == ("", 1000.0, 2000.0)

    def test_where_a_hook_raises_they_stay_exact(self, lab: sl.Lab) -> None:
        calls = []

        @lab.every("5m")
        def bad(ctx: Any) -> None:
            calls.append(ctx.now)
            if len(calls) in (3, 40):
                raise ZeroDivisionError

        while lab.state != "done":
            with contextlib.suppress(ZeroDivisionError):
                lab.run()

        assert lab.timing["strategy cycles"].count == sum(SLOW) + sum(QUICK) + len(calls) == sum(SLOW) + sum(QUICK) + 120

    def test_subscribers_are_no_cycles_and_the_wait_for_them_is_backpressure(self, lab: sl.Lab, wall: FakeClock) -> None:
        consumer = ThreadConsumer(lab.subscribe("A", "1m"), lambda event: wall.pass_by(0.5))
        lab.run()
        consumer.join()

        assert lab.timing["strategy cycles"].count == sum(SLOW) + sum(QUICK)
        assert lab.timing["strategy cycles"].total == (2 * sum(SLOW) + sum(QUICK)) * 10**6
        backpressure = lab.timing["backpressure"]
        assert 0 < backpressure.count <= 600
        assert backpressure.total <= 600 * 0.5 * 10**9

    def test_restart_begins_anew(self, lab: sl.Lab) -> None:
        lab.run()
        lab.restart()

        assert [name for name in PARTS if lab.timing[name].count] == ["load, first"]


class TestBySession:
    def test_each_has_its_own_and_they_add_up_to_all(self, lab: sl.Lab) -> None:
        lab.run()
        table = lab.timing.frame(by="session")

        cycles = table.xs("strategy cycles", level="part")["count"]
        assert cycles.to_dict() == {"2025-07-02": SLOW[0] + QUICK[0], "2025-07-03": SLOW[1] + QUICK[1]}
        whole = lab.timing.frame()
        for column in ("count", "total_ms"):
            sums = table.groupby("part")[column].sum()
            assert sums.to_dict() == pytest.approx(whole.loc[sums.index, column].to_dict())
        assert list(table.columns) == list(whole.columns)
        assert ("2025-07-03", "session gap") in table.index
        assert ("2025-07-02", "session gap") not in table.index

    def test_the_report_tells_both(self, lab: sl.Lab) -> None:
        lab.run()
        assert "2025-07-03" in lab.timing.report(by="session")
        assert "2025-07-03" not in lab.timing.report()

    def test_by_anything_else_is_refused(self, lab: sl.Lab) -> None:
        with pytest.raises(ConfigError, match='by="session"'):
            lab.timing.frame(by="symbol")  # type: ignore[arg-type]


class TestProfile:
    def test_it_tells_by_strategy_and_hook_what_each_call_took(self, lab: sl.Lab) -> None:
        with lab.profile() as profile:
            lab.run_session()
        lab.run_session()  # outside of it: not in the profile

        table = profile.frame().set_index(["strategy", "hook"])
        assert table["count"].to_dict() == {
            **{("slow", hook): 390 for hook in ("on_bar", "on_step")},
            **{("quick", hook): 78 for hook in ("on_bar", "on_step")},
            **{(name, hook): 1 for name in ("slow", "quick") for hook in ("on_start", "on_session_start", "on_session_end")},
        }
        assert set(table.loc["slow"]["mean_us"]) == set(table.loc["slow"]["max_us"]) == {2000.0}
        assert set(table.loc["quick"]["mean_us"]) == {1000.0}
        assert table.index[0][0] == "slow"
        assert repr(profile) == "<Profile: 942 calls of 10 hooks>"
        assert "on_bar" in profile.report()

    def test_while_it_looks_nothing_is_sampled(self, lab: sl.Lab) -> None:
        with lab.profile():
            lab.run()

        row = lab.timing.frame().loc["strategy cycles"]
        assert (row["note"], row["min_us"], row["max_us"], row["count"]) == ("", 1000.0, 2000.0, sum(SLOW) + sum(QUICK))

    def test_of_two_one_within_the_other_each_has_its_own(self, lab: sl.Lab) -> None:
        with lab.profile() as outer:
            lab.step()
            with lab.profile() as inner:
                lab.step()
            lab.step()

        counts = [profile.frame().set_index(["strategy", "hook"])["count"] for profile in (outer, inner)]
        assert [count["slow", "on_bar"] for count in counts] == [2, 1]

    def test_calls_and_results_are_the_same_with_it(self, lab: sl.Lab) -> None:
        with lab.profile():
            lab.run()
        mine = recorder(lab, "slow").calls
        lab.restart()
        lab.run()

        assert recorder(lab, "slow").calls == mine

    def test_nothing_called_is_told_as_that(self, lab: sl.Lab) -> None:
        with lab.profile() as profile:
            pass
        assert profile.report() == "no hook was called"
