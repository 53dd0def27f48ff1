"""What a lab refuses, and in which words: moving from inside a hook, the future, the past, what is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from builders import Recorder, RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.errors import BusyError, CalendarError, ConfigError, LookAheadError, NoDataError, RewindError, SourceError

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-02", "2025-07-03"))
SOURCE = RowsSource({("A", "1m"): make_bars(DAYS, missing=[20])})
Ask = Callable[[sl.Lab], object]


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(config("A", "1m 5m", "2025-07-02", "2025-07-03"), source=SOURCE, times=TIMES)


class TestFromInsideAHook:
    MOVES: tuple[Ask, ...] = (
        lambda lab: lab.step(),
        lambda lab: lab.advance("5m"),
        lambda lab: lab.advance("15:00"),
        lambda lab: lab.next("bar"),
        lambda lab: lab.next("gap"),
        lambda lab: lab.run_session(),
        lambda lab: lab.run(),
        lambda lab: lab.restart(),
        lambda lab: lab.use(Recorder()),
        lambda lab: lab.every("5m")(lambda ctx: None),
    )

    @pytest.mark.parametrize(
        "hook", ["on_start", "on_session_start", "on_bar", "on_step", "on_quality", "on_session_end", "on_end"]
    )
    def test_nothing_that_moves_the_clock_or_changes_who_is_called(self, lab: sl.Lab, hook: str) -> None:
        tried: list[str] = []

        def act(self: sl.Strategy, ctx: Any, *about: Any) -> None:
            if tried:
                return
            was = ctx.now
            for move in self_moves:
                with pytest.raises(BusyError, match="from inside a hook"):
                    move(lab)
            tried.append(f"{hook} at {was}")
            assert ctx.now == was

        self_moves = self.MOVES
        lab.use(type("Acts", (sl.Strategy,), {hook: act})())
        result = lab.run()

        assert len(tried) == 1
        assert result.complete
        assert len(lab.strategies) == 1

    def test_looking_is_allowed(self, lab: sl.Lab) -> None:
        seen = []

        @lab.every("30m")
        def look(ctx: Any, symbol: str) -> None:
            back = ctx.data.as_of("open+10m")
            seen.append((len(back[symbol].bars("1m")), len(lab.data.quality()), lab.state, str(lab.progress)))

        lab.advance("10:00")
        assert [entry[:3] for entry in seen] == [(10, 2, "open")]

    def test_after_a_hook_that_raised_the_lab_is_not_busy(self, lab: sl.Lab) -> None:
        @lab.every("5m")
        def bad(ctx: Any) -> None:
            raise ValueError("bad luck")

        with pytest.raises(ValueError, match="bad luck"):
            lab.step(5)
        lab.use(Recorder())
        lab.restart()
        assert lab.state == "ready"


class TestTheFuture:
    ASKS: tuple[tuple[Ask, str], ...] = (
        (lambda lab: lab.data.as_of("10:00:01"), "lies ahead of 2025-07-02 10:00:00"),
        (lambda lab: lab.data.as_of("close"), "lies ahead"),
        (lambda lab: lab.data.as_of(pd.Timestamp("2025-07-03 09:45", tz="America/New_York")), "lies ahead"),
        (lambda lab: lab.data["A"].bars("1m")["15:00"], "the bar that starts at 15:00; it lies ahead"),
        (lambda lab: lab.data["A"].bars("1m")["10:00"], "lies ahead"),
        (lambda lab: lab.data["A"].bars("5m")["10:00"], "lies ahead"),
        (lambda lab: lab.data["A"].bars("1m")["15:00":], "bars from 15:00 on; that lies ahead"),  # type: ignore[misc]
        (lambda lab: lab.data["A"].bars("1m").all["2025-07-03 09:30":"10:00"], "lies ahead"),  # type: ignore[misc]
        (lambda lab: lab.data.as_of("09:45")["A"].bars("1m")["09:46":"09:50"], "lies ahead"),  # type: ignore[misc]
        (lambda lab: lab.data.as_of("09:45").as_of("09:50"), "as_of.* lies ahead of 2025-07-02 09:45:00"),
        (lambda lab: lab.data.as_of("09:45")["A"].bars("1m")["09:50"], "lies ahead"),
    )

    @pytest.mark.parametrize(("ask", "words"), ASKS)
    def test_asking_for_it_raises(self, lab: sl.Lab, ask: Ask, words: str) -> None:
        lab.advance("10:00")
        with pytest.raises(LookAheadError, match=words):
            ask(lab)

    def test_a_slice_ends_now(self, lab: sl.Lab) -> None:
        lab.advance("10:00")

        assert len(lab.data["A"].bars("1m")["09:55":"15:00"]) == 5  # type: ignore[misc]
        assert len(lab.data["A"].bars("1m")["10:00":]) == 0  # type: ignore[misc]

    def test_a_bar_that_began_but_has_not_ended_is_not_there(self, lab: sl.Lab) -> None:
        lab.advance("09:58")
        with pytest.raises(KeyError, match=r"no bar of A 5m .* starts at 09:55"):
            lab.data["A"].bars("5m")["09:55"]

    def test_looking_back_does_not_show_what_was_not_known_then(self, lab: sl.Lab) -> None:
        lab.run()
        then = lab.data.as_of(pd.Timestamp("2025-07-02 12:00", tz="America/New_York"))

        assert (str(then.session.date), len(then["A"].bars("1m"))) == ("2025-07-02", 149)
        assert then.quality()[["interval", "expected", "present"]].to_numpy().tolist() == [["1m", 150, 149], ["5m", 30, 29]]
        assert then["A"].coverage == pytest.approx(100 * 149 / 150)
        assert len(then.gaps()) == 2
        assert (then.gaps()["end"] <= then.now).all()


class TestThePast:
    ASKS: tuple[tuple[Ask, str], ...] = (
        (lambda lab: lab.rewind("2025-07-01 10:00"), "lies before the run, which begins at 2025-07-02 09:30"),
        (lambda lab: lab.step(-10_000), "there are no 10000 steps since then"),
        (lambda lab: lab.advance("09:45"), r"'09:45' is before now .*as_of\('09:45'\)"),
        (lambda lab: lab.advance("open"), "is before now"),
        (lambda lab: lab.data.as_of("2025-07-01 10:00"), "lies before the run, which begins at 2025-07-02 09:30"),
        (lambda lab: lab.data.as_of("09:00"), "lies before the run"),
    )

    @pytest.mark.parametrize(("ask", "words"), ASKS)
    def test_going_there_raises(self, lab: sl.Lab, ask: Ask, words: str) -> None:
        lab.advance("10:00")
        with pytest.raises(RewindError, match=words):
            ask(lab)
        assert f"{lab.now:%H:%M}" == "10:00"

    def test_looking_between_two_sessions_shows_the_close_before(self, lab: sl.Lab) -> None:
        lab.run()
        evening = lab.data.as_of(pd.Timestamp("2025-07-02 20:00", tz="America/New_York"))

        assert (evening.now, len(evening["A"].bars("1m"))) == (DAYS[0].close, 389)


class TestWhatIsNotThere:
    ASKS: tuple[tuple[Ask, type[Exception], str], ...] = (
        (lambda lab: lab.data["B"], NoDataError, "'B' is not in this session; it has A"),
        (lambda lab: lab.data["a"], NoDataError, r"it has A \(did you mean A\?\)"),
        (lambda lab: lab.data["A"].bars("5min"), ConfigError, r"did you mean 5m\?"),
        (lambda lab: lab.data["A"].bars("1s"), NoDataError, "1s bars of A cannot be made of 1m"),
        (lambda lab: lab.data["A"].bars("90s"), NoDataError, "90s bars of A cannot be made of 1m"),
        (lambda lab: lab.data["A"].bars("1w"), NoDataError, "1w bars of A cannot be made of 1m"),
        (lambda lab: lab.data["A"].bars("5x"), ConfigError, "'5x' is not an interval"),
        (lambda lab: lab.data["A"].extended, ConfigError, "extended_hours"),
        (lambda lab: lab.data["A"].bars("1m")[::2], ConfigError, "without a step"),
        (lambda lab: lab.data["A"].bars("1m")[100], IndexError, "bar 100 of A 1m .* there are 29 so far"),
        (lambda lab: lab.data["A"].bars("1m")["09:50"], KeyError, "no bar of A 1m .* starts at 09:50; there are 29 so far"),
        (lambda lab: lab.data["A"].bars("1m")["half past nine"], ConfigError, "is not a moment"),
        (lambda lab: lab.data.as_of("soon"), ConfigError, "is not a moment"),
        (lambda lab: lab.advance("5d"), ConfigError, "is not a moment"),
        (lambda lab: lab.next("quote"), ConfigError, r'write next\("bar"\)'),  # type: ignore[arg-type]
    )

    @pytest.mark.parametrize(("ask", "kind", "words"), ASKS)
    def test_asking_for_it_says_what_there_is(self, lab: sl.Lab, ask: Ask, kind: type[Exception], words: str) -> None:
        lab.advance("10:00")
        with pytest.raises(kind, match=words):
            ask(lab)

    def test_a_symbol_without_its_base_stops_the_start(self) -> None:
        with pytest.raises(
            NoDataError, match=r"(?s)data for X, Y is missing.*X: 1m needs stored 1s or 1m.*give the source more rows"
        ):
            sl.Lab(config("A X Y", "1m"), source=SOURCE, times=TIMES)

    def test_dates_without_a_session_say_which_one_is_meant(self) -> None:
        """A weekend, after the last session of which there are rows."""
        words = r"(?s)A: 1m needs.*no session lies from 2025-07-12 to 2025-07-13: the next one, 2025-07-14, is meant"
        with pytest.raises(NoDataError, match=words):
            sl.Lab(config("A", "1m", "2025-07-12", "2025-07-13"), source=SOURCE, times=TIMES)

    def test_seconds_are_not_made_of_minutes(self) -> None:
        with pytest.raises(NoDataError, match="A: 5s needs stored 1s; stored: 1m"):
            sl.Lab(config("A", "5s"), source=SOURCE, times=TIMES)

    def test_a_symbol_without_data_is_dropped_where_the_config_says_so(self) -> None:
        dropped = config("A X", "1m", session_data_config__on_missing="drop")
        with pytest.warns(sl.DataWarning, match="X is left out"):
            lab = sl.Lab(dropped, source=SOURCE, times=TIMES)

        assert lab.symbols == ("A",)
        assert lab.plan.dropped == ("X",)

    def test_a_window_before_the_calendar_begins(self) -> None:
        with pytest.raises(CalendarError, match=r"there are|sessions before"):
            sl.Lab(config("A", "1m", "1990-01-03", window=100), times=TIMES)

    def test_live_is_not_there_yet(self) -> None:
        with pytest.raises((ConfigError, SourceError), match="live"):
            sl.Lab(config("A").replace({"mode": "live"}), source=SOURCE, times=TIMES)


class TestAfterTheEnd:
    def test_moves_say_done_and_change_nothing(self, lab: sl.Lab) -> None:
        lab.use(Recorder())
        lab.run()
        made = list(lab.strategies[0].calls)  # type: ignore[attr-defined]
        for move in (lab.step, lambda: lab.step(5), lambda: lab.advance("5m"), lambda: lab.next("bar"), lab.run_session):
            step = move()
            assert (step.done, step.bars, step.events, step.now) == (True, (), (), DAYS[1].close)

        assert lab.run().complete
        assert lab.strategies[0].calls == made  # type: ignore[attr-defined]
        assert (lab.state, lab.now, lab.session.date) == ("done", DAYS[1].close, DAYS[1].date)
        assert lab.progress.fraction == 1.0

    def test_step_crosses_closes_and_advance_does_not(self, lab: sl.Lab) -> None:
        assert lab.advance("15:59").now == pd.Timestamp("2025-07-02 15:59", tz="America/New_York")
        assert lab.advance("2h").now == DAYS[0].close
        assert lab.state == "closed"
        assert f"{lab.advance('5m').now:%d %H:%M}" == "03 09:35"
        assert lab.step(1000).now == DAYS[1].close
        assert lab.state == "done"

    @pytest.mark.parametrize("to", ["2025-07-03 10:00", "2025-07-03 08:00", pd.Timestamp("2025-07-03 13:30", tz="UTC")])
    def test_advance_to_a_later_session_is_refused_with_what_to_do(self, lab: sl.Lab, to: str | pd.Timestamp) -> None:
        lab.advance("10:00")
        with pytest.raises(ConfigError, match=r"lies after the session of 2025-07-02.*lab\.run_session\(\) first"):
            lab.advance(to)

        assert f"{lab.now:%d %H:%M}" == "02 10:00"
        lab.run_session()
        lab.advance("2025-07-03 10:00")
        assert f"{lab.now:%d %H:%M}" == "03 10:00"

    def test_advance_past_the_end_of_the_run_is_refused_too(self, lab: sl.Lab) -> None:
        with pytest.raises(ConfigError, match=r"the run ends with 2025-07-03; go there with lab\.run\(\)"):
            lab.advance("2025-07-07 10:00")

    def test_advance_to_the_evening_stops_at_the_close(self, lab: sl.Lab) -> None:
        assert lab.advance("2025-07-02 18:00").now == DAYS[0].close

    def test_the_evening_of_a_future_is_of_its_next_session(self) -> None:
        """The session of 3 July opens at 17:00 of the 2nd, Chicago time."""
        lab = sl.Lab(config("6E", "1m", "2025-07-02", "2025-07-03", group="COMMODITIES"))
        with pytest.raises(ConfigError, match="lies after the session of 2025-07-02"):
            lab.advance("2025-07-02 18:00")

        assert lab.advance("18:00").now == pd.Timestamp("2025-07-01 18:00", tz="America/Chicago")

    def test_a_step_tells_gaps_and_buckets_by_their_kind(self, lab: sl.Lab) -> None:
        """The minute of 09:50 is absent: a gap of minutes, and the five minutes over it."""
        events = [event for event in lab.advance("10:00").events if event.kind != "open"]

        assert [(event.kind, event.interval, event.reason) for event in events] == [
            ("gap", "1m", "no 1m bar at 09:50:00"),
            ("bucket", "5m", "incomplete: 4 of 5 1m bars"),
        ]

    def test_a_long_step_goes_over_the_night(self, lab: sl.Lab) -> None:
        step = lab.step(391)

        assert step.now == pd.Timestamp("2025-07-03 09:31", tz="America/New_York")
        assert not step.done
