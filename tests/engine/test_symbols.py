"""Symbols that join and leave within a session: what is refused and changes nothing, who is told, and what stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import Recorder, RowsSource, at, config, make_bars, recorder
from consumers import ThreadConsumer

import sessionlab as sl
from sessionlab.errors import BusyError, ConfigError, NoDataError
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-01", "2025-07-03"))


def source_of(symbols: str = "A B C", **rows: Rows) -> RowsSource:
    made = {(symbol, "1m"): make_bars(DAYS, seed=number) for number, symbol in enumerate(symbols.split())}
    return RowsSource({**made, **{(symbol, "1m"): part for symbol, part in rows.items()}})


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(config("A B", "1m 5m", "2025-07-02", "2025-07-03", window=1), source=source_of(), times=TIMES)


class TestJoining:
    def test_its_day_so_far_its_window_and_its_coverage_are_there_at_once(self, lab: sl.Lab) -> None:
        lab.advance("11:00")
        one = lab.add_symbol("C")

        assert one is lab.data["C"]
        assert (len(one.bars("1m")), len(one.bars("5m")), len(one.bars("1m").history)) == (90, 18, 390)
        assert one.coverage == 100.0
        assert lab.symbols == lab.plan.symbols == lab.data.symbols == ("A", "B", "C")

    def test_a_cell_that_is_run_twice_does_no_harm(self, lab: sl.Lab) -> None:
        lab.advance("11:00")
        lab.add_symbol("C")
        view = lab.data["C"].bars("1m")
        rows = lab._engine.rows
        lab.add_symbol("C")
        lab.add_symbol("A")

        assert lab._engine.rows is rows
        assert len(lab.result().symbol_changes) == 1
        assert len(view) == 90

    def test_strategies_are_called_from_its_next_bar_on(self, lab: sl.Lab) -> None:
        lab.use(Recorder("1m"))
        lab.advance("11:00")
        lab.add_symbol("C")
        lab.advance("11:02")

        assert [call[0] for call in recorder(lab).of("on_bar") if call[2] == "C"] == [at("11:01"), at("11:02")]
        assert recorder(lab).of("on_step")[-1][2] == ("A", "B", "C")

    def test_a_strategy_of_a_clock_time_later_that_day_has_it(self, lab: sl.Lab) -> None:
        lab.use(Recorder("close-5m", looks=False))
        lab.advance("11:00")
        lab.add_symbol("C")
        lab.run_session()

        assert [call[2] for call in recorder(lab).of("on_bar")] == ["A", "B", "C"]

    def test_the_next_step_and_the_result_tell_when(self, lab: sl.Lab) -> None:
        lab.advance("11:00")
        lab.add_symbol("C")
        step = lab.step()
        lab.remove_symbol("C")
        last = lab.step()
        result = lab.run(progress=False)

        assert [(event.kind, str(event)) for event in step.events] == [("join", "C joined at 11:00:00")]
        assert [(event.kind, str(event)) for event in last.events] == [("leave", "C left at 11:01:00")]
        told = result.symbol_changes.astype(str).to_numpy().tolist()
        assert told == [["2025-07-02 11:00:00-04:00", "C", "join", "lab"], ["2025-07-02 11:01:00-04:00", "C", "leave", "lab"]]
        assert result.manifest["symbols"]["configured"] == ["A", "B"]
        assert "C" in result.manifest["data"]

    def test_a_step_taken_before_tells_what_it_told(self, lab: sl.Lab) -> None:
        """A step works out its bars when it is asked for them, and the newcomer was not there."""
        step = lab.step(90)
        lab.add_symbol("C")

        assert {bar.symbol for bar in step.bars} == {"A", "B"}

    def test_later_sessions_have_it_from_their_open_on(self, lab: sl.Lab) -> None:
        lab.use(Recorder("1m", looks=False))
        lab.advance("11:00")
        lab.add_symbol("C")
        result = lab.run(progress=False)

        quality = result.quality.set_index(["symbol", "interval", "date"])["present"]
        assert quality["C", "1m", "2025-07-02"] == 390
        assert quality["C", "1m", "2025-07-03"] == 210
        assert len([call for call in recorder(lab).of("on_bar") if call[2] == "C"]) == 390 - 90 + 210
        assert len(lab.data["C"].bars("1m").history) == 390
        assert result.bar_counts.set_index(["symbol", "interval"])["bars"]["C", "1m"] == 600

    def test_seconds_that_join_minutes_bring_their_moments(self) -> None:
        source = RowsSource({("A", "1m"): make_bars(DAYS), ("S", "1s"): make_bars(DAYS, "1s")})
        lab = sl.Lab(config("A", "1m"), source=source, times=TIMES)
        lab.use(Recorder("step", looks=False))
        view = lab.data["A"].bars("1m")
        lab.advance("11:00")
        frame = view.frame()
        lab.add_symbol("S")
        lab.step()

        assert lab.now.value == at("11:00:01")
        assert lab.data.as_of("10:30:30")["S"].bars("1s").index[-1].value == at("10:30:29")
        assert len(view) == len(frame) == 90
        assert [call[0] for call in recorder(lab).of("on_step")][-2:] == [at("11:00"), at("11:00:01")]
        lab.step(59)
        assert len(view) == 91
        lab.remove_symbol("S")
        assert lab.step().now.value == at("11:02")

    def test_restart_goes_back_to_the_symbols_of_the_config(self, lab: sl.Lab) -> None:
        lab.advance("11:00")
        lab.add_symbol("C")
        lab.remove_symbol("A")
        consumer = ThreadConsumer(lab.subscribe("C", "1m"))
        lab.restart()
        result = lab.run(progress=False)

        assert lab.symbols == ("A", "B")
        assert consumer.join() == []
        assert set(result.quality["symbol"]) == {"A", "B"}
        assert result.symbol_changes.empty
        with pytest.raises(NoDataError, match="'C' is not in this session; it has A, B"):
            lab.data["C"]

    def test_hooks_that_raised_are_gone_on_with(self, lab: sl.Lab) -> None:
        made = []

        class Once(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> None:
                made.append((symbol, ctx.now.value))
                if len(made) == 3:
                    raise ValueError("once")

        lab.use(Once())
        with pytest.raises(ValueError, match="once"):
            lab.step(5)
        lab.add_symbol("C")
        lab.step()

        assert made == [(s, at(f"09:3{m}")) for m in (1, 2) for s in "AB"] + [(s, at("09:33")) for s in "ABC"]


class TestLeaving:
    def test_what_was_measured_up_to_then_stays(self, lab: sl.Lab) -> None:
        lab.advance("11:00")
        lab.remove_symbol("B")
        lab.advance("12:00")
        quality = lab.data.quality().set_index(["symbol", "interval"])
        result = lab.run(progress=False)

        assert quality.loc["B", "expected"].to_dict() == {"1m": 90, "5m": 18}
        assert quality.loc["B", "coverage"].to_dict() == {"1m": 100.0, "5m": 100.0}
        kept = result.quality[result.quality["symbol"] == "B"]
        assert kept[["interval", "expected", "present"]].to_numpy().tolist() == [["1m", 90, 90], ["5m", 18, 18]]
        assert set(result.bar_counts["symbol"]) == set(result.plan.symbols) == {"A", "B"}
        assert lab.plan.symbols == ("A",)
        assert result.gaps.empty

    def test_a_view_of_it_says_that_it_left(self, lab: sl.Lab) -> None:
        lab.advance("11:00")
        one = lab.data["B"]
        bars, ema, quotes = one.bars("1m"), one[sl.EMA(9, "1m")], one.quotes
        frame = bars.frame()
        assert ema.ready
        lab.remove_symbol("B")

        looks: list[Callable[[], object]] = [
            lambda: bars.close, lambda: bars.last, bars.frame, lambda: bars.all.close, lambda: ema.last, lambda: one.day,
            lambda: one.quote, quotes.frame, lambda: one.coverage, lambda: lab.data["B"], lambda: lab.subscribe("B", "1m"),
        ]  # fmt: skip
        for look in looks:
            with pytest.raises(NoDataError, match=r"'B' left this session at 11:00:00; lab.add_symbol\('B'\)"):
                look()
        assert len(frame) == 90

    def test_its_subscriptions_end_and_others_go_on(self, lab: sl.Lab) -> None:
        ending, going = ThreadConsumer(lab.subscribe("B", "5m")), ThreadConsumer(lab.subscribe("A", "60m"))
        lab.advance("11:00")
        lab.remove_symbol("B")

        assert sum(len(event.bars) for event in ending.join()) == 18
        lab.run(progress=False)
        assert sum(len(event.bars) for event in going.join()) == 7 + 4

    def test_it_may_join_again_with_the_same_rows(self, lab: sl.Lab) -> None:
        lab.advance("11:00")
        view = lab.data["B"].bars("1m")
        lab.remove_symbol("B")
        lab.advance("12:00")
        lab.add_symbol("B")

        assert len(view) == 150
        assert lab.symbols == ("A", "B")
        quality = lab.data.quality()
        assert quality[quality["symbol"] == "B"]["expected"].tolist() == [150, 30]

    def test_the_last_one_stays(self, lab: sl.Lab) -> None:
        lab.remove_symbol("A")
        with pytest.raises(ConfigError, match="B is the last symbol of the session, which needs one; add another first"):
            lab.remove_symbol("B")

        assert lab.symbols == ("B",)

    def test_one_that_is_not_there_is_refused(self, lab: sl.Lab) -> None:
        with pytest.raises(NoDataError, match="'C' is not in this session; it has A, B"):
            lab.remove_symbol("C")


class TestWhatIsRefused:
    @pytest.mark.parametrize("name", ["", "  ", "../x", "/etc/passwd", "A\nB", "X" * 65, 5, None, ["C"]])
    def test_what_is_no_symbol(self, lab: sl.Lab, name: Any) -> None:
        with pytest.raises(ConfigError, match="is no symbol; write"):
            lab.add_symbol(name)

        assert lab.symbols == ("A", "B")

    def test_a_symbol_without_its_base_changes_nothing(self, lab: sl.Lab) -> None:
        lab.use(Recorder())
        lab.advance("11:00")
        rows = lab._engine.rows
        with pytest.raises(NoDataError, match=r"data for X is missing:\n  X: 1m needs stored 1s or 1m") as told:
            lab.add_symbol("X")

        assert str(told.value).endswith("give the source more rows")
        assert lab._engine.rows is rows
        assert lab.symbols == ("A", "B")
        assert lab.result().symbol_changes.empty

    def test_one_that_was_dropped_at_the_start_is_told_as_at_the_start(self) -> None:
        made = config("A X", "1m", session_data_config__on_missing="drop")
        with pytest.warns(sl.DataWarning, match="X is left out"):
            lab = sl.Lab(made, source=source_of(), times=TIMES)
        with pytest.raises(NoDataError, match="data for X is missing"):
            lab.add_symbol("X")

        assert lab.symbols == ("A",)

    @pytest.mark.parametrize("act", [lambda lab: lab.add_symbol("C"), lambda lab: lab.remove_symbol("A")])
    def test_from_inside_a_hook(self, lab: sl.Lab, act: Callable[[sl.Lab], object]) -> None:
        tried = []

        @lab.every("30m")
        def look(ctx: Any) -> None:
            with pytest.raises(BusyError, match="symbol from inside a hook"):
                act(lab)
            tried.append(ctx.now)

        lab.advance("10:00")
        assert len(tried) == 1
        assert lab.symbols == ("A", "B")

    def test_while_the_lab_plays(self, lab: sl.Lab) -> None:
        async def main() -> None:
            lab.play(speed=60)
            await asyncio.sleep(0)
            for act in (lambda: lab.add_symbol("C"), lambda: lab.remove_symbol("A")):
                with pytest.raises(BusyError, match=r"symbol while the lab plays .*; lab.pause\(\) first"):
                    act()
            lab.pause()
            lab.add_symbol("C")
            await lab.play(speed=0, until="close")

        asyncio.run(main())
        assert lab.symbols == ("A", "B", "C")
        assert len(lab.data["C"].bars("1m")) == 390


def test_a_played_step_tells_of_each_symbol_what_came_while_it_took_part(lab: sl.Lab) -> None:
    class Takes(sl.Scanner):
        def scan(self, ctx: Any) -> list[str]:
            return ["C"]

    lab.use_scanner(Takes(universe=["C"]), regular_session=[{"start": "11:00", "end": "11:00", "interval": "1m"}])
    step = asyncio.run(played(lab))

    told = [bar.bar.start.value for bar in step.bars if bar.symbol == "C" and bar.interval == "1m"]
    assert [event.kind for event in step.events] == ["open", "join", "close"]
    assert (told[0], len(told)) == (at("11:00"), 300)
    assert len([bar for bar in step.bars if bar.symbol == "A" and bar.interval == "1m"]) == 390


async def played(lab: sl.Lab) -> Any:
    return await lab.play(speed=0, until="close")


@pytest.mark.filterwarnings("ignore::sessionlab.lab.DataWarning")  # of an export: that it has no later row
def test_an_export_has_who_takes_part_at_its_moment(tmp_path: Path) -> None:
    class Takes(sl.Scanner):
        def scan(self, ctx: Any) -> list[str]:
            return ["C"]

    made = config("A B", "1m 5m quotes", "2025-07-02", window=1, session_data_config__historical__data=[
        {"trailing_days": 1, "intervals": ["1m"]}, {"trailing_days": 1, "intervals": ["5m"], "apply_to": ["B"]}])  # fmt: skip
    lab = sl.Lab(made, source=source_of(), times=TIMES)
    lab.use_scanner(Takes(universe=["C"]), regular_session="30m")
    lab.advance("11:00")
    lab.remove_symbol("B")
    lab.advance("12:00")

    for export in (lab.data.to_dict(), lab.data.to_parquet(tmp_path / "moment")):
        again = sl.Lab.from_export(export, times=TIMES)
        assert again.symbols == lab.symbols == ("A", "C")
        assert again.now == lab.now
        for symbol in lab.symbols:
            for view in ("1m", "5m"):
                mine, other = lab.data[symbol].bars(view), again.data[symbol].bars(view)
                pd.testing.assert_frame_equal(mine.all.frame(), other.all.frame())
                assert len(mine) > 0


@pytest.mark.parametrize("streams", ["1m 5m quotes", "1s 1m 5m"])
def test_recorded_symbols_join_as_if_they_had_been_there(real_data: Path, streams: str) -> None:
    """Real bars of one day, with those outside of the session and, of the thin one, many seconds absent."""
    labs = []
    for symbols in ("SPY AIG", "SPY"):
        made = config(symbols, streams, "2013-10-07", session_data_config__extended_hours=True)
        labs.append(sl.Lab(made, source=f"local:{real_data}", times=TIMES))
    both, one = labs
    both.advance("12:00")
    one.advance("11:00")
    one.add_symbol("AIG")
    one.advance("12:00")

    for symbol in ("SPY", "AIG"):
        mine, other = one.data[symbol], both.data[symbol]
        for interval in ("1m", "5m"):
            pd.testing.assert_frame_equal(mine.bars(interval).frame(), other.bars(interval).frame())
            assert len(mine.bars(interval)) > 0
        pd.testing.assert_frame_equal(mine.quotes.frame(), other.quotes.frame())
        pd.testing.assert_frame_equal(mine.extended, other.extended)
        assert mine.coverage == other.coverage
    assert one.result().manifest["data_digest"] == both.result().manifest["data_digest"]
