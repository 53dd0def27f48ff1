"""Scanners: when they scan, what they see, who joins and who is refused; market time stands still meanwhile."""

from __future__ import annotations

import signal
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pandas as pd
import pytest
from builders import Recorder, RowsSource, at, config, make_bars, recorder
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.errors import BusyError, ConfigError, NoDataError

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-01", "2025-07-03"))
SYMBOLS = "ABCDEFG"
SOURCE = RowsSource({(symbol, "1m"): make_bars(DAYS, seed=number) for number, symbol in enumerate(SYMBOLS)})


def lab_of(symbols: str = "A B", **changes: Any) -> sl.Lab:
    return sl.Lab(config(symbols, "1m 5m", "2025-07-02", "2025-07-03", window=1, **changes), source=SOURCE, times=TIMES)


class Watches(sl.Scanner):
    """Writes down what it saw, and proposes ``names`` at their times."""

    names: dict[str, list[str]] = {}  # noqa: RUF012  # a parameter: copied for each
    seen: ClassVar[list[Any]] = []

    def scan(self, ctx: Any) -> list[str]:
        Watches.seen.append((ctx.now.strftime("%H:%M"), ctx.symbols))
        return self.names.get(ctx.now.strftime("%H:%M"), [])


class Fails(sl.Scanner):
    """Raises in its first scan of all."""

    done: ClassVar[list[Any]] = []

    def scan(self, ctx: Any) -> list[str]:
        Fails.done.append(ctx.now.value)
        if len(Fails.done) == 1:
            raise ValueError("no luck")
        return ["C"]


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    Watches.seen.clear()
    Fails.done.clear()


def times() -> list[str]:
    return [time for time, _ in Watches.seen]


class TestWhen:
    @pytest.mark.parametrize(
        ("windows", "first", "second"),
        [
            ("60m", "09:30 10:30 11:30 12:30 13:30 14:30 15:30 16:00", "09:30 10:30 11:30 12:30 13:00"),
            ([{"start": "09:37", "end": "10:00", "interval": "10m"}], "09:40 09:50 10:00", "09:40 09:50 10:00"),
            ([{"start": "close-15m", "interval": "5m"}], "15:45 15:50 15:55 16:00", "12:45 12:50 12:55 13:00"),
            ([{"start": "15:00", "end": "15:05", "interval": "5m"}], "15:00 15:05", ""),
            (
                [{"start": "10:00", "end": "10:10", "interval": "5m"}, {"start": "10:05", "end": "10:06", "interval": "1m"}],
                "10:00 10:05 10:06 10:10",
                "10:00 10:05 10:06 10:10",
            ),
        ],
    )  # fmt: skip
    def test_at_the_boundaries_of_the_sessions_grid(self, windows: Any, first: str, second: str) -> None:
        lab = lab_of()
        lab.use_scanner(Watches(universe=[]), regular_session=windows)
        lab.run(progress=False)

        assert times() == first.split() + second.split()

    def test_before_the_session_no_row_of_the_day_is_known(self) -> None:
        looks = []

        class Looks(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                one = ctx.candidate("C")
                looks.append((ctx.now, len(one.bars("1m")), len(one.bars("1m").history), one.quote is None))
                return ["C"] if len(looks) == 1 else []

        lab = lab_of()
        lab.use_scanner(Looks(), pre_session=True)
        assert lab.symbols == ("A", "B", "C")
        lab.run(progress=False)

        assert looks == [(DAYS[1].open, 0, 390, False), (DAYS[2].open, 0, 390, False)]

    def test_those_that_join_are_there_for_the_strategies_of_the_same_moment(self) -> None:
        lab = lab_of()
        lab.use_scanner(Watches(names={"11:00": ["C"]}), regular_session="30m")
        lab.use(Recorder("1m"))
        lab.use(Recorder("11:00", name="clock", looks=False))
        seen = []

        @lab.every("60m")
        def look(ctx: Any) -> None:
            seen.append((ctx.now.strftime("%H:%M"), ctx.symbols))

        lab.advance("11:30")
        assert Watches.seen[-2:] == [("11:00", ("A", "B")), ("11:30", ("A", "B", "C"))]
        assert [call[2] for call in recorder(lab, "clock").of("on_bar")] == ["A", "B", "C"]
        assert next(call[0] for call in recorder(lab).of("on_bar") if call[2] == "C") == at("11:01")
        assert seen == [("10:30", ("A", "B")), ("11:30", ("A", "B", "C"))]

    def test_a_scanner_set_in_the_middle_begins_from_now_on_and_one_of_its_name_is_replaced(self) -> None:
        lab = lab_of()
        lab.advance("11:00")
        lab.use_scanner(Watches(universe=["C"]), pre_session=True, regular_session="30m")
        lab.use_scanner(Watches(universe=["D"]), pre_session=True, regular_session="60m")
        lab.advance("12:00")

        assert times() == ["11:30"]
        assert [scanner.universe for scanner in lab.scanners] == [["D"]]

    def test_restart_scans_again(self) -> None:
        lab = lab_of()
        lab.use_scanner(Watches(names={"09:30": ["C"], "10:00": ["D"]}), pre_session=True, regular_session="30m")
        lab.advance("10:00")
        first = [*Watches.seen], lab.scans
        Watches.seen.clear()
        lab.restart()
        assert lab.symbols == ("A", "B", "C")
        lab.advance("10:00")

        assert Watches.seen == first[0]
        pd.testing.assert_frame_equal(lab.scans, first[1])
        assert lab.symbols == ("A", "B", "C", "D")

    def test_a_step_of_many_moments_is_as_many_steps_of_one_where_finer_bars_join(self) -> None:
        rows = {("A", "1m"): make_bars(DAYS), ("S", "1s"): make_bars(DAYS, "1s")}

        def lab() -> sl.Lab:
            made = sl.Lab(config("A", "1m", "2025-07-02"), source=RowsSource(rows), times=TIMES)
            return made.use_scanner(Watches(names={"09:35": ["S"]}), regular_session="5m")

        one, many = lab(), lab()
        for _ in range(20):
            one.step()
        many.step(20)

        assert one.now == many.now == pd.Timestamp("2025-07-02 09:35:15", tz="America/New_York")


class TestWhatItSees:
    def test_a_candidate_is_as_it_would_be_if_it_took_part(self) -> None:
        seen = []

        class Looks(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                one = ctx.candidate("C")
                seen.append((one.bars("5m").frame(), one[sl.EMA(9, "1m")].all.values, one.day, one.coverage, one.quote))

        lab, other = lab_of(), lab_of("A B C")
        lab.use_scanner(Looks(), regular_session=[{"start": "11:00", "end": "11:00", "interval": "1m"}])
        lab.advance("12:00")
        other.advance("11:00")
        ((frame, ema, day, coverage, quote),) = seen
        one = other.data["C"]

        pd.testing.assert_frame_equal(frame, one.bars("5m").frame())
        assert ema.tobytes() == one[sl.EMA(9, "1m")].all.values.tobytes()
        assert (day, coverage, quote) == (one.day, one.coverage, one.quote)

    def test_nothing_joins_by_being_looked_at_and_it_is_forgotten(self) -> None:
        class Looks(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                assert [one.symbol for one in ctx.candidates()] == ["C", "D", "A"]
                assert ctx.candidate("A") is ctx.data["A"]

        lab = lab_of()
        lab.use_scanner(Looks(universe=["C", "D", "A"]), regular_session="60m")
        lab.advance("12:00")

        assert lab.symbols == ("A", "B")
        assert {symbol for symbol, _ in lab._engine.loader.kept._blocks} == {"A", "B"}
        assert set(lab.result().manifest["data"]) == {"A", "B"}

    def test_chance_and_state_are_its_own_and_the_same_each_time(self) -> None:
        drawn: list[float] = []

        class Draws(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                ctx.state.count = getattr(ctx.state, "count", 0) + 1
                drawn.append(ctx.rng.random() + ctx.state.count)

        for _ in range(2):
            lab = lab_of()
            lab.use_scanner(Draws(), regular_session="60m")
            lab.advance("11:30")

        assert drawn[:3] == drawn[3:]

    def test_the_universe_is_what_the_source_lists_where_none_is_given(self) -> None:
        day = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
        frame = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": 5}, index=day)
        lab = sl.Lab.from_frames({"X": frame, "Y": frame})
        found = []

        class Lists(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                found.append(ctx.universe)

        lab.use_scanner(Lists(), pre_session=True)
        assert found == [("X", "Y")]

    def test_a_source_without_a_list_asks_for_a_universe(self) -> None:
        class Lists(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                ctx.universe  # noqa: B018

        with pytest.raises(
            ConfigError, match="Lists looks at what the source lists, but rows has no list of its symbols; give it"
        ):
            lab_of().use_scanner(Lists(), pre_session=True)

    def test_a_file_of_symbols_says_once_what_of_it_is_none(self, tmp_path: Path) -> None:
        file = tmp_path / "universe.txt"
        file.write_text("C\nnot one\nD\n../E\n")
        found = []

        class Lists(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                found.append(ctx.universe)

        lab = lab_of()
        with pytest.warns(sl.DataWarning, match=r"universe.txt: 2 of 4 entries are no symbols .* \(first: number 2, 'not one'\)"):
            lab.use_scanner(Lists(universe=str(file)), pre_session=True)
        lab.run(progress=False)
        assert found == [("C", "D")] * 2


class TestWhoJoins:
    def test_what_cannot_join_is_refused_counted_and_told_once(self) -> None:
        lab = lab_of()
        lab.use_scanner(Watches(names={"10:00": ["C", "X", "a b\n", "A", "C"], "11:00": ["X", "D"]}), regular_session="60m")
        lab.use_scanner(Watches(names={"10:00": ["C", "X", "a b\n", "A", "C"], "11:00": ["X", "D"]}), regular_session="30m")
        with pytest.warns(sl.DataWarning) as told:
            lab.advance("11:30")
        scans = lab.scans[lab.scans["proposed"].map(len) > 0]

        assert scans["joined"].tolist() == [("C",), ("D",)]
        assert scans["refused"].tolist() == [("X", "a b\n"), ("X",)]
        assert "data for X is missing" in scans["reason"].iloc[0]
        assert [str(one.message).split(":")[0] for one in told] == ["Watches cannot have 'X'", "Watches cannot have 'a b\\n'"]

    def test_removal_takes_effect_after_the_scan_and_the_last_one_stays(self) -> None:
        class Swaps(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                for symbol in ctx.symbols:
                    ctx.remove(symbol)
                assert len(ctx.symbols) > 0
                return []

        lab = lab_of()
        lab.use_scanner(Swaps(), regular_session=[{"start": "10:00", "end": "10:00", "interval": "1m"}])
        with pytest.warns(sl.DataWarning, match="Swaps cannot have 'B': B is the last symbol"):
            lab.advance("10:05")

        assert lab.symbols == ("B",)
        assert lab.scans["left"].tolist() == [("A",)]
        assert len(lab.data["B"].bars("1m")) == 35

    def test_removing_one_that_is_not_there_raises_in_the_scan(self) -> None:
        class Wrong(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                ctx.remove("Z")

        with pytest.raises(NoDataError, match="'Z' is not in this session"):
            lab_of().use_scanner(Wrong(), pre_session=True)

    def test_no_more_than_most_take_part(self) -> None:
        lab = lab_of()
        lab.use_scanner(Watches(most=2, names={"10:00": ["C", "D", "E"], "11:00": ["F"]}), regular_session="30m")
        with pytest.warns(sl.DataWarning, match="most=2"):
            lab.advance("11:00")

        assert lab.symbols == ("A", "B", "C", "D")
        assert lab.scans["refused"].tolist()[-1] == ("F",)

    def test_a_generator_of_names_will_do(self) -> None:
        class Yields(sl.Scanner):
            def scan(self, ctx: Any) -> Any:
                yield "C"
                yield "D"

        assert lab_of().use_scanner(Yields(), pre_session=True).symbols == ("A", "B", "C", "D")


class TestWhatGoesWrong:
    def test_one_that_raises_is_noted_made_once_and_gone_on_from(self) -> None:
        lab = lab_of()
        lab.use(Recorder("1m", looks=False))
        lab.use_scanner(Fails(), regular_session=[{"start": "10:00", "end": "10:05", "interval": "5m"}])
        with pytest.raises(ValueError, match="no luck") as told:
            lab.advance("10:30")

        assert told.value.__notes__ == ["in scanner Fails.scan at 2025-07-02 10:00:00 market time"]
        assert (lab.now.value, lab.state, lab.symbols) == (at("10:00"), "open", ("A", "B"))
        lab.advance("10:30")
        assert Fails.done == [at("10:00"), at("10:05")]
        assert lab.symbols == ("A", "B", "C")
        assert [call[0] for call in recorder(lab).of("on_step")] == [DAYS[1].open_ns + i * 60 * 10**9 for i in range(1, 61)]

    def test_a_second_scanner_of_the_moment_comes_to_its_turn_when_it_goes_on(self) -> None:
        lab = lab_of()
        lab.use_scanner(Fails(), regular_session="60m")
        lab.use_scanner(Watches(), regular_session="60m")
        with pytest.raises(ValueError, match="no luck"):
            lab.step()
        lab.step()

        assert times() == ["09:30"]
        assert lab.now.value == at("09:31")

    def test_before_the_open_as_well(self) -> None:
        entry = {"module": "sessionlab.scanners:MostActive", "config": {"universe": ["C", "D"], "n": 5}, "pre_session": True}
        lab = lab_of(session_data_config__scanners=[entry])
        lab.run_session()
        lab.use_scanner(Fails(), pre_session=True)
        lab.use_scanner(Watches(names={"09:30": ["E"]}), pre_session=True)
        with pytest.raises(ValueError, match="no luck") as told:
            lab.step()

        assert told.value.__notes__ == ["in scanner Fails.scan at 2025-07-03 09:30:00 market time"]
        assert (lab.now, lab.state, times()) == (DAYS[2].open, "open", [])
        step = lab.step()
        assert (step.now.value, times()) == (at("09:31", "2025-07-03"), ["09:30"])
        assert [event.kind for event in step.events] == ["open", "join"]

    def test_ctrl_c_in_a_scan_ends_the_step_with_a_whole_moment(self) -> None:
        class Stops(sl.Scanner):
            def scan(self, ctx: Any) -> list[str]:
                signal.raise_signal(signal.SIGINT)
                return ["C"]

        lab = lab_of()
        lab.use(Recorder("1m", looks=False))
        lab.use_scanner(Stops(), regular_session=[{"start": "10:00", "end": "10:00", "interval": "1m"}])
        with pytest.raises(KeyboardInterrupt):
            lab.run(progress=False)

        assert (lab.now.value, lab.symbols) == (at("10:00"), ("A", "B", "C"))
        assert recorder(lab).of("on_step")[-1][0] == at("10:00")
        assert lab.step().now.value == at("10:01")

    def test_inside_a_scan_the_lab_is_busy(self) -> None:
        lab = lab_of()
        tried = []

        class Acts(sl.Scanner):
            def scan(self, ctx: Any) -> None:
                for act in (lab.step, lambda: lab.add_symbol("C"), lambda: lab.use(Recorder()), lab.restart):
                    with pytest.raises(BusyError, match="from inside a hook"):
                        act()
                tried.append(ctx.now)

        lab.use_scanner(Acts(), pre_session=True)
        assert len(tried) == 1

    def test_what_is_no_scanner(self) -> None:
        class Nothing(sl.Scanner):
            pass

        class Later(sl.Scanner):
            async def scan(self, ctx: Any) -> None:
                pass

        class Odd(sl.Scanner):
            def scan(self) -> None:
                pass

        class Text(sl.Scanner):
            def scan(self, ctx: Any) -> str:
                return "SPY"

        lab = lab_of()
        bad: list[tuple[Any, str]] = [
            (Recorder(), "a Recorder is no scanner"), (Nothing(), "Nothing has no method scan"), (Later(), "is async"),
            (Odd(), r"Odd.scan\(\) cannot be called"), (Watches(most=0), "at least 1"), (Text(), "return a list of symbols"),
        ]  # fmt: skip
        for scanner, words in bad:
            with pytest.raises(ConfigError, match=words):
                lab.use_scanner(scanner, pre_session=True)
        assert lab.symbols == ("A", "B")

    @pytest.mark.parametrize(
        ("windows", "words"),
        [
            ((), "when is it to scan"),
            ([{"start": "open"}], "how often"),
            ([{"from": "open", "interval": "5m"}], "'from' is not understood"),
            (["5m"], "'5m' is not understood"),
            ([{"start": "noon", "interval": "5m"}], "not a clock time"),
            ("5x", "interval"),
        ],
    )
    def test_windows_that_cannot_be_meant(self, windows: Any, words: str) -> None:
        with pytest.raises(ConfigError, match=words):
            lab_of().use_scanner(Watches(), regular_session=windows)


class TestFromAConfig:
    def entry(self, module: str = "sessionlab.scanners:MostActive", **more: Any) -> dict[str, Any]:
        return {"module": module, "config": {"universe": ["C", "D", "E"], "n": 1}, "pre_session": True} | more

    def test_those_that_are_enabled_run(self) -> None:
        entries = [self.entry(), self.entry(config={"universe": ["F"]}, enabled=False), self.entry(config={"universe": ["G"]})]
        lab = lab_of(session_data_config__scanners=entries)

        volume = {one: SOURCE._rows[one, "1m"].values[4][:390].sum() for one in "CDE"}
        assert lab.symbols == ("A", "B", max(volume, key=volume.__getitem__), "G")
        assert lab.scans["scanner"].tolist() == ["MostActive", "MostActive 2"]
        assert lab.plan.notes == ()

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ({"module": "sessionlab.scanners:MostActiv"}, r"scanners\[0\].module .*did you mean sessionlab.scanners:MostActive"),
            ({"module": "sessionlab.lab:Lab"}, "Lab is not a subclass of sessionlab.Scanner"),
            ({"module": "no_such.module:X"}, "there is no module no_such"),
            ({"config": {"m": 1}}, r"scanners\[0\]: MostActive has no parameter m; it has universe, most, n, by, drop"),
            ({"config": {"n": "many"}}, "n is int"),
            ({"config": {"universe": "missing.txt"}}, "universe missing.txt cannot be read: no such file or directory"),
        ],
    )
    def test_one_that_cannot_be_made_is_refused(self, entry: dict[str, Any], words: str) -> None:
        with pytest.raises(ConfigError, match=words):
            lab_of(session_data_config__scanners=[self.entry(**entry)])

    def test_most_active_by_what_it_was_asked(self) -> None:
        lab = lab_of("A", session_data_config__scanners=[self.entry(config={"universe": list("BCDEFG"), "n": 2, "drop": True},
            pre_session=False, regular_session=[{"start": "10:00", "end": "12:00", "interval": "60m"}])])  # fmt: skip
        for clock, bars in (("10:31", 60), ("11:31", 120)):
            lab.advance(clock)
            volume = {one: SOURCE._rows[one, "1m"].values[4][390 : 390 + bars].sum() for one in "BCDEFG"}
            assert sorted(lab.symbols[1:]) == sorted(sorted(volume, key=volume.__getitem__)[-2:])

    def test_gaps_from_the_close_before(self) -> None:
        entry = self.entry("sessionlab.scanners:Gaps", config={"universe": list("BCDEFG"), "least": 0.02}, pre_session=False,
            regular_session=[{"start": "open", "end": "open+1m", "interval": "1m"}])  # fmt: skip
        lab = lab_of("A", session_data_config__scanners=[entry])
        lab.step()
        rows = {one: SOURCE._rows[one, "1m"].values for one in "BCDEFG"}

        assert lab.symbols[1:] == tuple(one for one, v in rows.items() if abs(v[0, 390] / v[3, 389] - 1) >= 0.02)
        assert 0 < len(lab.symbols[1:]) < 6


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32), prefetch=st.integers(1, 3))
def test_the_same_config_gives_the_same_joins_however_it_is_stepped(seed: int, prefetch: int) -> None:
    entry = {
        "module": "sessionlab.scanners:MostActive",
        "config": {"universe": list("CDEFG"), "n": 2, "drop": True},
        "pre_session": True,
        "regular_session": [{"interval": "17m"}],
    }
    whole, stepped = (lab_of(session_data_config__scanners=[entry], backtest_config__prefetch_days=n) for n in (1, prefetch))
    for lab in (whole, stepped):
        lab.use(Recorder("5m"))
    whole.run(progress=False)
    luck = Random(seed)
    told: list[Any] = []
    while stepped.state != "done":
        move = luck.choice([lambda: stepped.step(luck.randint(1, 90)), lambda: stepped.advance("23m"), stepped.run_session,
                            lambda: stepped.advance(pd.Timedelta(luck.randint(1, 4000), unit="s"))])  # fmt: skip
        told += [(event.symbol, event.kind) for event in move().events if event.kind in ("join", "leave")]

    assert recorder(stepped).calls == recorder(whole).calls
    pd.testing.assert_frame_equal(stepped.scans, whole.scans)
    assert told == [(change.symbol, change.kind) for change in whole._engine.members.changes]
    assert len(told) > 10
    pd.testing.assert_frame_equal(stepped.result().quality, whole.result().quality)
