"""However a session is come to, it is the same session: by any start, ahead of time or not, in steps, jumps or pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import Recorder, RowsSource, config, make_bars, recorder
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.session.bars import BarView
from sessionlab.session.data import SessionData
from sessionlab.tape import Rows
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-06-26", "2025-07-07"))  # seven sessions, 2025-07-03 is a half day
DATES = [str(day.date) for day in DAYS]
EVERY = ("1m", "5m", "7m", "60m", "1d")
PARTS: tuple[Callable[[BarView], BarView], ...] = (lambda view: view, lambda view: view.history, lambda view: view.all)


def faulty(symbol_number: int, over_night: bool) -> Rows:
    """Bars of all days: some absent, some late (the last one by a night), some told again; no day like the other."""
    luck = Random(symbol_number)
    parts = []
    for day in DAYS:
        n = day.expected(Interval.parse("1m"))
        late = {i: luck.choice([0.5, 30, 60, 61, 300]) for i in luck.sample(range(n), 12)}
        late |= {n - 1: 63_000 + luck.random()} if over_night else {}
        again = {i: luck.choice([1, 59, 60, 200]) for i in luck.sample(sorted(set(range(n)) - set(late)), 6)}
        parts.append(make_bars(day, missing=luck.sample(range(20, n - 20), 9), late=late, corrected=again, seed=symbol_number))
    return Rows.join(parts)


@pytest.fixture(scope="module")
def source() -> RowsSource:
    return RowsSource({("B", "1m"): faulty(1, True), ("A", "1m"): faulty(2, True)})


@pytest.fixture(scope="module")
def settled() -> RowsSource:
    """What is known by the next open: what came later could not be in a window that was read before it."""
    return RowsSource({("B", "1m"): faulty(1, False), ("A", "1m"): faulty(2, False)})


class Quiet(Recorder):
    """One that does not listen to on_quality."""

    on_quality = sl.Strategy.on_quality


def make(source: RowsSource, start: str, end: str, **changes: Any) -> sl.Lab:
    made = config("B A", " ".join(EVERY), start, end, window=2, window_intervals="1m 5m 1d", **changes)
    lab = sl.Lab(made, source=source, times=TIMES)
    lab.use(Recorder("1m", name="minutes"))
    lab.use(Recorder("7m", name="sevens"))
    return lab


def seen(data: SessionData) -> list[tuple[Any, ...]]:
    """All that a view can show now, of every symbol, interval and part: values and when each row was known."""
    found = []
    for symbol in data:
        for interval in EVERY:
            for part in PARTS:
                cut, n = part(data[symbol].bars(interval))._now()
                rows = cut.rows.take(slice(0, n))
                found.append((symbol, interval, rows.start.tobytes(), rows.known_at.tobytes(), rows.values.tobytes()))
            found.append((symbol, interval, data[symbol].bars(interval).coverage))
        found.append((symbol, data[symbol].day, data[symbol].quote))
    return found


def calls(lab: sl.Lab, since: str = "2000-01-01") -> list[tuple[Any, ...]]:
    """All calls of both strategies from the open of ``since`` on, without those of the run's ends."""
    first = pd.Timestamp(since, tz="America/New_York").value
    every = [("minutes", *call) for call in recorder(lab, "minutes").calls] + [
        ("sevens", *call) for call in recorder(lab, "sevens").calls
    ]
    return [call for call in every if call[1] >= first and call[2] not in ("on_start", "on_end")]


def tables(lab: sl.Lab, since: str = "2000-01-01") -> Iterator[pd.DataFrame]:
    """Quality, gaps and incomplete bars of the run from ``since`` on."""
    result = lab.result()
    yield result.quality[result.quality["date"] >= since].reset_index(drop=True)
    first = pd.Timestamp(since, tz="America/New_York")
    for table in (result.gaps, result.incomplete):
        yield table[table["start"] >= first].reset_index(drop=True)


def assert_same_run(a: sl.Lab, b: sl.Lab, since: str = "2000-01-01") -> None:
    assert calls(a, since) == calls(b, since)
    assert len(calls(a, since)) > 100
    for one, other in zip(tables(a, since), tables(b, since), strict=True):
        pd.testing.assert_frame_equal(one, other)


def jump(lab: sl.Lab, luck: Random) -> Iterator[pd.Timestamp]:
    """Moves a lab to the end of its run in moves of every kind; yields wherever it stands."""
    while lab.state != "done":
        kind = luck.randrange(5) if lab.state != "closed" else 0
        if kind == 0:
            lab.step(luck.randint(1, 40))
        elif kind == 1:
            lab.advance(luck.choice(["30s", "90s", "5m", "1h"]))
        elif kind == 2:
            lab.advance(lab.now + pd.Timedelta(luck.randint(1, 4_000_000), unit="ms"))
        elif kind == 3:
            lab.next(luck.choice(["bar", "gap"]))  # type: ignore[arg-type]
        else:
            lab.advance(pd.Timedelta(luck.randint(1, 600), unit="s"))
        yield lab.now


def looked_at(lab: sl.Lab) -> dict[str, list[tuple[Any, ...]]]:
    """Runs a lab through; what was seen of each session at half past ten or so, and at its close."""
    looks = {}
    while lab.state != "done":
        for clock in ("10:32:30", "close"):
            lab.advance(clock)
            looks[str(lab.now)] = seen(lab.data)
    return looks


@pytest.fixture(scope="module")
def whole(source: RowsSource) -> tuple[sl.Lab, dict[str, list[tuple[Any, ...]]]]:
    """The longest run, and what was seen in it."""
    lab = make(source, DATES[2], DATES[-1])
    return lab, looked_at(lab)


class TestAnyWayToComeThere:
    @settings(max_examples=8)
    @given(prefetch=st.integers(1, 9), start=st.sampled_from([*DATES[2:], "2025-07-05"]))
    @example(prefetch=3, start=DATES[2])
    @example(prefetch=1, start=DATES[4])
    def test_neither_the_start_of_the_run_nor_prefetch_days_can_be_seen(
        self, source: RowsSource, whole: tuple[sl.Lab, dict[str, list[tuple[Any, ...]]]], prefetch: int, start: str
    ) -> None:
        lab = make(source, start, DATES[-1], backtest_config__prefetch_days=prefetch)
        looks = looked_at(lab)

        assert len(looks) >= 2
        assert looks == {now: was for now, was in whole[1].items() if now >= start}
        assert_same_run(lab, whole[0], since=start)

    @settings(max_examples=6)
    @given(seed=st.integers(0, 2**32))
    def test_jumps_of_any_size_make_the_same_calls(self, source: RowsSource, seed: int) -> None:
        luck = Random(seed)
        whole, jumped = make(source, "2025-07-02", "2025-07-03"), make(source, "2025-07-02", "2025-07-03")
        whole.run()
        looks = [(now, seen(jumped.data)) for now in jump(jumped, luck) if luck.random() < 0.2]

        assert_same_run(whole, jumped)
        for now, was in looks:
            assert seen(whole.data.as_of(now)) == was

    def test_step_by_step_is_the_same_as_at_once(self, source: RowsSource) -> None:
        whole, stepped = make(source, "2025-07-03", "2025-07-03"), make(source, "2025-07-03", "2025-07-03")
        whole.run()
        told = []
        while not (step := stepped.step()).done:
            told += [(step.now.value, arrival.symbol, arrival.interval, arrival.bar.start.value) for arrival in step.bars]
            if step.now.minute % 10 == 7:
                assert seen(whole.data.as_of(step.now)) == seen(stepped.data)

        assert_same_run(whole, stepped)
        minutes = [(call[0], call[2]) for call in recorder(whole, "minutes").of("on_bar")]
        assert [(now, symbol) for now, symbol, interval, _ in told if interval == "1m"] == minutes
        assert len(set(told)) == len(told)

    def test_restart_makes_the_same_calls_again(self, source: RowsSource) -> None:
        lab = make(source, "2025-07-02", "2025-07-03")
        lab.run()
        first = [*recorder(lab, "minutes").calls], [*recorder(lab, "sevens").calls], [*tables(lab)]
        lab.restart()
        assert (lab.state, lab.now) == ("ready", lab.session.open)
        assert recorder(lab, "minutes").calls == []
        lab.run()

        assert (recorder(lab, "minutes").calls, recorder(lab, "sevens").calls) == first[:2]
        for table, before in zip(tables(lab), first[2], strict=True):
            pd.testing.assert_frame_equal(table, before)

    @pytest.mark.parametrize("prefetch", [1, 3])
    def test_every_block_is_read_once(self, prefetch: int) -> None:
        source = RowsSource({("A", "1m"): make_bars(DAYS)})
        document = config(
            "A", "1m 5m", "2025-07-01", "2025-07-07", window=2, window_intervals="1m 5m", backtest_config__prefetch_days=prefetch
        )
        lab = sl.Lab(document, source=source, times=TIMES)
        lab.run()
        assert source.asked == [("A", "1m", str(date)) for date in dict.fromkeys(date for _, _, date in source.asked)]
        assert sorted(date for _, _, date in source.asked) == DATES[1:]

        lab.restart()
        lab.run()
        assert sorted(set(source.asked)) == sorted(("A", "1m", date) for date in DATES[1:])


class TestRowsThatArrive:
    @settings(max_examples=2)
    @given(seed=st.integers(0, 2**32))
    def test_a_session_that_comes_in_pieces_is_the_replay_of_it(self, settled: RowsSource, seed: int) -> None:
        """Delivered at each of the replay's moments, in random pieces or at once: the same calls, views and tables."""
        luck = Random(seed)
        document = config("B A", " ".join(EVERY), "2025-07-03", window=2, window_intervals="1m 5m 1d")
        replay = make(settled, "2025-07-03", "2025-07-03")
        engine = SessionCoordinator(document, settled, TIMES, arriving=True)
        every = {"minutes": "1m", "steps": "step", "open": "open", "later": "open+7m", "last": "close-30s"}
        for name, when in every.items():
            kind = Recorder if name == "minutes" else Quiet
            engine.use(kind(when, name=name))
            replay.use(kind(when, name=name))
        looks = {}
        minute = Interval.parse("1m")
        blocks = {symbol: settled.load(symbol, minute, TIMES.get_sessions("2025-07-03", "2025-07-03"))[0].rows for symbol in "BA"}
        for now in replay._engine.rows.moments.instants[1:].tolist():
            came = {(symbol, minute): rows.take(rows.known_at == now) for symbol, rows in blocks.items()}
            engine.receive({key: rows for key, rows in came.items() if rows.size or luck.random() < 0.5}, now)
            if luck.random() < 0.1:
                looks[now] = seen(engine.data)
        replay.run()

        for name in every:
            (mine,) = (book.strategy.calls for book in engine.books if book.strategy.name == name)  # type: ignore[attr-defined]
            assert mine == recorder(replay, name).calls, name
        for now, was in looks.items():
            stamp = pd.Timestamp(now, tz="UTC")
            assert seen(replay.data.as_of(stamp)) == was == seen(engine.data.as_of(stamp))
        pd.testing.assert_frame_equal(engine.data.quality(), replay.data.quality())
        pd.testing.assert_frame_equal(engine.data.gaps(), replay.data.gaps())
        pd.testing.assert_frame_equal(engine.data.incomplete(), replay.data.incomplete())

    def test_arrays_stay_while_many_rows_come(self) -> None:
        """A thousand rows one by one: what was taken of the first never changes, wherever the rest is put."""
        second, all_day = Interval.parse("1s"), make_bars(TIMES.get_trading_session("2025-07-02"), "1s")
        source = RowsSource({("A", "1s"): all_day})
        engine = SessionCoordinator(config("A", "1s", "2025-07-02"), source, TIMES, arriving=True)
        rows = all_day.take(slice(0, 1000))
        taken = []
        for i in range(rows.size):
            engine.receive({("A", second): rows.take(slice(i, i + 1))}, int(rows.known_at[i]))
            if i % 50 == 0:
                view = engine.data["A"].bars("1s")
                taken.append((i, view.close, view.frame()))

        for i, close, frame in taken:
            np.testing.assert_array_equal(close, rows.values[3, : i + 1])
            np.testing.assert_array_equal(frame["volume"], rows.values[4, : i + 1])


class TestNoLookAhead:
    @pytest.mark.parametrize("symbols", ["AAPL", "RIVN AAPL"])
    def test_at_no_moment_does_a_hook_see_what_is_not_known_yet(self, symbols: str) -> None:
        """Synthetic data with all its faults, windows and quotes, looked at from a hook at every moment."""
        faults = {"missing": 0.02, "late": 0.05, "late_seconds": 400.0, "corrections": 0.03, "duplicates": 0.01, "halts": 1}
        made = config(
            symbols, "1m 5m 1d quotes", "2025-07-03", window=1, window_intervals="1m 5m", data_options={"faults": faults}
        )
        with pytest.warns(sl.DataWarning, match="duplicate"):
            lab = sl.Lab(made, times=TIMES)
        looked = []

        @lab.every("step")
        def look(ctx: Any) -> None:
            now = ctx.now.value
            for symbol in ctx.symbols:
                for interval in ("1m", "5m", "15m", "1d"):
                    bars = ctx[symbol].bars(interval)
                    for view in (bars, bars.history, bars.all):
                        cut, n = view._now()
                        assert (cut.rows.known_at[:n] <= now).all()
                    grid = ctx.session.starts(Interval.parse(interval)).searchsorted(bars.index.as_unit("ns").asi8)
                    assert (ctx.session.ends(Interval.parse(interval))[grid] <= now).all()
                quote = ctx[symbol].quote
                assert quote is None or quote.timestamp.value <= now
            looked.append(now)

        lab.run()
        assert len(looked) == len(lab._engine.rows.moments) - 1 > 210

    def test_of_two_bases_each_shows_the_latest_telling_of_every_row(self) -> None:
        """Seconds and minutes side by side, both with faults of their own, against a table sorted by pandas."""
        faults = {"missing": 0.05, "late": 0.05, "late_seconds": 90.0, "corrections": 0.05, "halts": 1}
        lab = sl.Lab(config("AAPL", "1s 1m 5m", "2025-07-03", data_options={"faults": faults}), times=TIMES)
        tables = {}
        for name in ("1s", "1m"):
            rows = lab._engine.rows.today["AAPL", Interval.parse(name)].rows
            tables[name] = pd.DataFrame({"start": rows.start, "known_at": rows.known_at, "close": rows.values[3]})
        luck = Random(3)
        for _ in range(60):
            lab.advance(pd.Timedelta(luck.randint(1, 400_000), unit="ms"))
            now = lab.now.value
            for name, table in tables.items():
                told = table[table["known_at"] <= now].sort_values(["start", "known_at"]).drop_duplicates("start", keep="last")
                view = lab.data["AAPL"].bars(name)
                np.testing.assert_array_equal(view.close, told["close"])
                np.testing.assert_array_equal(view.index.as_unit("ns").asi8, told["start"])
            ended = told[told["start"] < (now - lab.session.open_ns) // (300 * 10**9) * 300 * 10**9 + lab.session.open_ns]
            by_five = ended.groupby((ended["start"] - lab.session.open_ns) // (300 * 10**9))["close"]
            fives = lab.data["AAPL"].bars("5m")
            np.testing.assert_array_equal(fives.close, by_five.last())
            np.testing.assert_array_equal(fives.count, by_five.count())
