"""When hooks are called, in which order, and how often: each bar once, when it was first seen."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any, ClassVar

import pytest
from builders import MINUTE_NS, Recorder, RowsSource, at, config, make_bars, recorder

import sessionlab as sl
from sessionlab.engine.strategy import FunctionStrategy
from sessionlab.errors import ConfigError
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")
HALF_DAY = TIMES.get_trading_session("2025-07-03")


def lab_of(rows: dict[str, Rows], streams: str = "1m 5m", end: str | None = None, **changes: Any) -> sl.Lab:
    source = RowsSource({(symbol, "1m"): part for symbol, part in rows.items()})
    return sl.Lab(config(list(rows), streams, "2025-07-02", end, **changes), source=source, times=TIMES)


def clock(calls: list[tuple[Any, ...]]) -> list[str]:
    """When each call was made, as New York's clock said."""
    import pandas as pd

    return [f"{pd.Timestamp(call[0], tz='UTC').tz_convert('America/New_York'):%H:%M:%S}" for call in calls]


class TestOrder:
    def test_the_life_of_a_run(self) -> None:
        lab = lab_of({"A": make_bars([DAY, HALF_DAY])}, end="2025-07-03")
        lab.use(Recorder("close-0m", looks=False))
        lab.run()

        assert [(hook, when) for (_, hook, *_), when in zip(recorder(lab).calls, clock(recorder(lab).calls), strict=True)] == [
            ("on_start", "09:30:00"),
            ("on_session_start", "09:30:00"),
            ("on_bar", "16:00:00"),
            ("on_step", "16:00:00"),
            ("on_session_end", "16:00:00"),
            ("on_session_start", "09:30:00"),
            ("on_bar", "13:00:00"),
            ("on_step", "13:00:00"),
            ("on_session_end", "13:00:00"),
            ("on_end", "13:00:00"),
        ]

    def test_nothing_is_called_before_the_first_step(self) -> None:
        lab = lab_of({"A": make_bars(DAY)})
        lab.use(Recorder())

        assert recorder(lab).calls == []
        assert lab.state == "ready"

    def test_at_one_moment_strategies_come_first_then_start_then_symbol(self) -> None:
        """B's bar of 09:31 comes with the bars of 09:32: it is older, so it is told first."""
        told: list[tuple[str, str, int]] = []

        class Tells(sl.Strategy):
            def __init__(self, name: str) -> None:
                super().__init__()
                self.called = name

            @property
            def name(self) -> str:
                return self.called

            def on_bar(self, ctx: Any, symbol: str) -> None:
                told.append((self.called, symbol, ctx.now.value))

            def on_step(self, ctx: Any, symbols: tuple[str, ...]) -> None:
                told.append((self.called, "+".join(symbols), ctx.now.value))

        lab = lab_of({"C": make_bars(DAY), "B": make_bars(DAY, late={1: 60}), "A": make_bars(DAY)})
        lab.use(Tells("two"))
        lab.use(Tells("one"))
        lab.advance("09:33")

        now = at("09:33")
        assert [call for call in told if call[2] == now] == [
            ("two", "B", now),
            ("two", "C", now),
            ("two", "B", now),
            ("two", "A", now),
            ("two", "B+C+A", now),
            ("one", "B", now),
            ("one", "C", now),
            ("one", "B", now),
            ("one", "A", now),
            ("one", "B+C+A", now),
        ]

    def test_on_quality_comes_before_the_bars_of_its_moment(self) -> None:
        lab = lab_of({"A": make_bars(DAY, missing=[2])})
        lab.use(Recorder("5m", looks=False))
        lab.advance("09:35")

        assert [call[1:] for call in recorder(lab).calls[2:]] == [
            ("on_quality", "A", "1m", "no 1m bar at 09:32:00"),
            ("on_quality", "A", "5m", "incomplete: 4 of 5 1m bars"),
            ("on_bar", "A", None),
            ("on_step", ("A",)),
        ]


class TestOncePerBar:
    @pytest.mark.parametrize(("every", "bars"), [("1m", 390), ("5m", 78), ("7m", 56), ("60m", 7), ("1d", 1), ("step", 390)])
    def test_each_bar_calls_once(self, every: str, bars: int) -> None:
        lab = lab_of({"A": make_bars(DAY), "B": make_bars(DAY)}, "1m 5m 1d")
        lab.use(Recorder(every, looks=False))
        lab.run()

        assert Counter(call[2] for call in recorder(lab).of("on_bar")) == {"A": bars, "B": bars}
        assert [call[2] for call in recorder(lab).of("on_step")] == [("A", "B")] * bars

    def test_a_late_bar_calls_when_it_comes_and_a_correction_never(self) -> None:
        lab = lab_of({"A": make_bars(DAY, late={3: 90}, corrected={5: 45})})
        lab.use(Recorder("1m"))
        lab.advance("09:38")

        starts = [(call[3][0] - DAY.open_ns) // MINUTE_NS for call in recorder(lab).of("on_bar")]
        assert clock(recorder(lab).of("on_bar")) == [
            *("09:31:00", "09:32:00", "09:33:00", "09:35:00", "09:35:30", "09:36:00", "09:37:00", "09:38:00")
        ]
        assert starts == [0, 1, 2, 4, 4, 5, 6, 7]  # at 09:35:30 the newest bar is still that of 09:34
        assert len(lab.data["A"].bars("1m")) == 8

    def test_a_longer_bar_calls_at_its_end_though_a_base_bar_came_late_within_it(self) -> None:
        lab = lab_of({"A": make_bars(DAY, late={3: 30})})
        lab.use(Recorder("5m"))
        lab.advance("09:40")

        assert clock(recorder(lab).of("on_bar")) == ["09:35:00", "09:40:00"]
        assert recorder(lab).of("on_quality")[0][2:] == ("A", "1m", "no 1m bar at 09:33:00")
        assert len(recorder(lab).of("on_quality")) == 1  # the bar of five minutes was whole at its end
        assert lab.data.gaps()[["interval", "count", "status"]].to_numpy().tolist() == [["1m", 1, "filled"]]

    def test_a_bar_that_was_incomplete_at_its_end_is_told_once_and_filled_when_the_rest_comes(self) -> None:
        lab = lab_of({"A": make_bars(DAY, late={3: 90})})
        lab.use(Recorder("5m"))
        lab.advance("09:40")

        assert clock(recorder(lab).of("on_bar")) == ["09:35:00", "09:40:00"]
        assert [call[3:] for call in recorder(lab).of("on_quality")] == [
            ("1m", "no 1m bar at 09:33:00"),
            ("5m", "incomplete: 4 of 5 1m bars"),
        ]
        assert lab.data.gaps()[["interval", "count", "status"]].to_numpy().tolist() == [["1m", 1, "filled"], ["5m", 1, "filled"]]
        assert lab.data["A"].bars("5m")[0].complete
        assert not lab.data.as_of("09:35")["A"].bars("5m")[0].complete

    def test_a_skipped_bar_that_is_whole_later_calls_then(self) -> None:
        lab = lab_of({"A": make_bars(DAY, late={3: 90}, missing=[7])}, session_data_config__bars__incomplete="skip")
        lab.use(Recorder("5m"))
        lab.advance("09:45")

        assert clock(recorder(lab).of("on_bar")) == ["09:35:30", "09:45:00"]
        assert [call[4] for call in recorder(lab).of("on_quality") if call[3] == "5m"] == [
            "skipped: 4 of 5 1m bars",
            "skipped: 4 of 5 1m bars",
        ]
        assert lab.data.incomplete()[["interval", "count", "expected", "status"]].to_numpy().tolist() == [["5m", 4, 5, "skipped"]]

    def test_every_step_is_called_where_nothing_arrived(self) -> None:
        lab = lab_of({"A": make_bars(DAY, missing=range(10, 20), late={2: 30})})
        lab.use(Recorder("step", looks=False))
        lab.run()

        steps = recorder(lab).of("on_step")
        assert len(steps) == 391  # 390 minutes, and the moment at which the late one came
        assert sum(call[2] == () for call in steps) == 11  # ten absent, and the one that was not there in time
        assert len(recorder(lab).of("on_bar")) == 380

    def test_a_gap_is_told_where_it_begins(self) -> None:
        lab = lab_of({"A": make_bars(DAY, missing=[0, 1, 2, 100, 389])}, "1m")
        lab.use(Recorder("1m", looks=False))
        lab.run()

        told = recorder(lab).of("on_quality")
        assert clock(told) == ["09:31:00", "11:11:00", "16:00:00"]
        assert [call[4] for call in told] == ["no 1m bar at 09:30:00", "no 1m bar at 11:10:00", "no 1m bar at 15:59:00"]


class TestClockTimes:
    @pytest.mark.parametrize(
        ("every", "first", "second"),
        [
            ("close-5m", "15:55:00", "12:55:00"),
            ("open", "09:30:00", "09:30:00"),
            ("open+15m", "09:45:00", "09:45:00"),
            ("10:15", "10:15:00", "10:15:00"),
            ("close", "16:00:00", "13:00:00"),
            ("12:59:30", "13:00:00", "13:00:00"),  # between two moments: the next one
        ],
    )
    def test_it_is_called_once_a_session_also_on_half_days(self, every: str, first: str, second: str) -> None:
        lab = lab_of({"A": make_bars([DAY, HALF_DAY])}, end="2025-07-03")
        lab.use(Recorder(every, looks=False))
        lab.run()

        assert clock(recorder(lab).of("on_bar")) == [first, second]
        assert clock(recorder(lab).of("on_step")) == [first, second]

    def test_a_time_after_an_early_close_is_not_called(self) -> None:
        lab = lab_of({"A": make_bars([DAY, HALF_DAY])}, end="2025-07-03")
        lab.use(Recorder("15:00", looks=False))
        lab.run()

        assert clock(recorder(lab).of("on_bar")) == ["15:00:00"]


class TestUse:
    def test_in_the_middle_it_begins_from_now_on(self) -> None:
        lab = lab_of({"A": make_bars(DAY)})
        lab.advance("11:00")
        lab.use(Recorder("1m"))
        lab.advance("11:02")

        assert [(call[1], when) for call, when in zip(recorder(lab).calls, clock(recorder(lab).calls), strict=True)] == [
            ("on_start", "11:00:00"),
            ("on_session_start", "11:00:00"),
            ("on_bar", "11:01:00"),
            ("on_step", "11:01:00"),
            ("on_bar", "11:02:00"),
            ("on_step", "11:02:00"),
        ]

    def test_one_that_is_set_later_does_not_disturb_the_others(self) -> None:
        alone, both = lab_of({"A": make_bars(DAY)}), lab_of({"A": make_bars(DAY)})
        for lab in (alone, both):
            lab.use(Recorder("1m", name="first"))
            lab.use(Recorder("open", name="at the open", looks=False))
        alone.run()
        for move in ("30s", "1m", "10:15", "17s", "close-1m", "30s"):
            both.use(Recorder("5m", name="other"))
            both.advance(move)
            both.use(Recorder("1m", name="more"))
        both.run()

        for name in ("first", "at the open"):
            assert recorder(both, name).calls == recorder(alone, name).calls

    def test_between_the_open_and_the_first_bar_the_clock_does_not_go_back(self) -> None:
        lab = lab_of({"A": make_bars(DAY)})
        lab.advance("30s")
        lab.use(Recorder("open", looks=False))
        lab.step()

        assert clock(recorder(lab).calls) == ["09:30:30", "09:30:30"]  # on_start, on_session_start; the open is past

    def test_a_second_one_of_its_name_takes_its_place(self) -> None:
        lab = lab_of({"A": make_bars(DAY)})
        lab.use(Recorder("1m", name="x"))
        lab.use(Recorder("1m", name="y"))
        lab.advance("10:00")
        lab.use(Recorder("5m", name="x"))
        lab.advance("10:10")

        assert [strategy.name for strategy in lab.strategies] == ["x", "y"]
        assert clock(recorder(lab, "x").of("on_bar")) == ["10:05:00", "10:10:00"]
        assert len(recorder(lab, "y").of("on_bar")) == 40

    def test_at_a_close_it_begins_with_the_next_session(self) -> None:
        lab = lab_of({"A": make_bars([DAY, HALF_DAY])}, end="2025-07-03")
        lab.run_session()
        lab.use(Recorder("1m"))
        lab.run()

        assert recorder(lab).calls[0][:2] == (HALF_DAY.open_ns, "on_start")
        assert len(recorder(lab).of("on_bar")) == 210

    def test_restart_makes_the_calls_of_the_whole_run_with_one_set_in_the_middle(self) -> None:
        lab = lab_of({"A": make_bars(DAY)})
        lab.advance("11:00")
        lab.use(Recorder("1m"))
        lab.restart()
        lab.run()

        assert len(recorder(lab).of("on_bar")) == 390

    def test_strategies_are_copied_when_given_and_again_by_restart(self) -> None:
        given = Recorder("1m")
        lab = lab_of({"A": make_bars(DAY)})
        lab.use(given)
        given.every = "5m"  # type: ignore[misc]
        lab.advance("09:40")
        mine = recorder(lab)

        assert given.calls == []
        assert len(mine.of("on_bar")) == 10
        lab.restart()
        assert recorder(lab) is not mine
        assert recorder(lab).calls == []

    def test_the_same_strategy_given_to_two_labs_shares_nothing(self) -> None:
        given = Recorder("1m")
        one, other = lab_of({"A": make_bars(DAY)}), lab_of({"A": make_bars(DAY)})
        one.use(given)
        other.use(given)
        one.advance("09:40")

        assert len(recorder(one).calls) > 0
        assert recorder(other).calls == []

    def test_a_function_is_a_strategy_and_running_its_cell_again_replaces_it(self) -> None:
        lab = lab_of({"A": make_bars(DAY), "B": make_bars(DAY)})
        seen: list[tuple[str, str]] = []

        def cell(tag: str) -> None:
            @lab.every("5m")
            def trade(ctx: Any, symbol: str) -> None:
                ctx.state.count = getattr(ctx.state, "count", 0) + 1
                seen.append((tag, symbol))

        cell("one")
        lab.advance("09:35")
        cell("two")
        lab.advance("09:40")

        assert seen == [("one", "A"), ("one", "B"), ("two", "A"), ("two", "B")]
        assert len(lab.strategies) == 1

    def test_a_function_of_the_context_alone_is_called_once_per_boundary(self) -> None:
        lab = lab_of({"A": make_bars(DAY), "B": make_bars(DAY)})
        seen = []

        @lab.every("30m")
        def look(ctx: Any) -> None:
            seen.append(f"{ctx.now:%H:%M}")

        lab.advance("11:00")
        assert seen == ["10:00", "10:30", "11:00"]

    def test_each_strategy_has_a_generator_of_its_own_that_restart_begins_again(self) -> None:
        class Dice(sl.Strategy):
            def __init__(self, name: str) -> None:
                super().__init__()
                self.called = name
                self.rolled: list[float] = []

            @property
            def name(self) -> str:
                return self.called

            def on_bar(self, ctx: Any, symbol: str) -> None:
                self.rolled.append(float(ctx.rng.random()))

        lab = lab_of({"A": make_bars(DAY)})
        lab.use(Dice("one"))
        lab.use(Dice("two"))
        lab.advance("10:00")
        one, two = (list(strategy.rolled) for strategy in lab.strategies)  # type: ignore[attr-defined]
        lab.restart()
        lab.advance("10:00")

        assert one != two
        assert [strategy.rolled for strategy in lab.strategies] == [one, two]  # type: ignore[attr-defined]


class Cross(sl.Strategy):
    """Two numbers, a word, and something that all crosses share."""

    fast: int = 10
    slow: int = 30
    tag: str = "x"
    levels: list[float] = [1.0]  # noqa: RUF012
    shared: ClassVar[int] = 7


class Slower(Cross):
    slow: int = 90
    factor: float


class TestParameters:
    def test_they_are_the_annotated_fields(self) -> None:
        assert repr(Cross(fast=5)) == "Cross(fast=5, slow=30, tag='x', levels=[1.0])"
        assert Slower(factor=2).parameters == {"fast": 10, "slow": 90, "tag": "x", "levels": [1.0], "factor": 2.0}

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda: Cross(fats=5), "no parameter fats; it has fast, slow"),
            (lambda: Cross(fast="many"), "fast is int"),
            (lambda: Cross(fast=2.5), "fast is int"),
            (lambda: Cross(shared=8), "no parameter shared"),
            (lambda: Cross(every="5m"), "no parameter every"),
            (lambda: Slower(), "needs a value for factor"),
        ],
    )
    def test_they_are_checked(self, make: Any, words: str) -> None:
        with pytest.raises(ConfigError, match=words):
            make()

    def test_one_cannot_hide_what_the_lab_asks_for(self) -> None:
        with pytest.raises(ConfigError, match="Named cannot have a parameter name"):
            type("Named", (sl.Strategy,), {"__annotations__": {"name": str}})

    def test_a_default_that_can_change_is_not_shared(self) -> None:
        one, other = Cross(), Cross()
        one.levels.append(2.0)

        assert other.levels == [1.0]

    def test_strategies_are_pickled_with_their_parameters_and_state(self) -> None:
        strategy = Cross(fast=5)
        strategy.seen = 3  # type: ignore[attr-defined]
        again = pickle.loads(pickle.dumps(strategy))

        assert (again.parameters, again.seen) == (strategy.parameters, 3)
        function = pickle.loads(pickle.dumps(FunctionStrategy(watch, "5m")))
        assert repr(function) == "watch(every='5m')"

    @pytest.mark.parametrize("every", ["5x", "", "5 m", "close+5m", "25:00", "1", "0m"])
    def test_a_time_to_act_that_cannot_be_meant_is_refused(self, every: str) -> None:
        with pytest.raises(ConfigError, match=r"every=.* is not a time to act"):
            lab_of({"A": make_bars(DAY)}).use(Recorder(every))

    def test_an_interval_that_cannot_be_made_is_refused(self) -> None:
        lab = lab_of({"A": make_bars(DAY)})
        lab.use(Recorder("30s", looks=False))
        with pytest.raises(sl.errors.NoDataError, match="30s bars of A cannot be made of 1m"):
            lab.step()

    @pytest.mark.parametrize("wrong", ["Cross", 5, None, len])
    def test_only_strategies_are_used(self, wrong: Any) -> None:
        with pytest.raises(ConfigError, match="takes a Strategy"):
            lab_of({"A": make_bars(DAY)}).use(wrong)

    def test_a_class_is_used_with_its_defaults(self) -> None:
        lab = lab_of({"A": make_bars(DAY)}).use(Cross)  # type: ignore[arg-type]

        assert lab.strategies[0].parameters == Cross().parameters


def watch(ctx: Any, symbol: str) -> None:
    """Looks."""
