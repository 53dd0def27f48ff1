"""Whoever joins, leaves and joins again, and whenever: nothing of the others changes, and of the newcomer nothing is amiss.

Three runs are held to each other: one in which symbols come and go, one in which all were there from the start, and one in which
only the others ever were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import Recorder, RowsSource, config, make_bars, recorder
from consumers import ThreadConsumer, starts_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.engine.coordinator import SessionCoordinator
from sessionlab.session.bars import BarView
from sessionlab.session.data import SessionData
from sessionlab.tape import Rows
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-01", "2025-07-07"))  # the run's: the half day of 2025-07-03, and 2025-07-07
RUN = DAYS[2:]
MINUTE = Interval.parse("1m")
EVERY = ("1m", "5m", "7m", "1d")
PARTS: tuple[Callable[[BarView], BarView], ...] = (lambda view: view, lambda view: view.history, lambda view: view.all)
OTHERS = ("B", "A")
COMERS = ("C", "S")
"""C is stored in minutes, with late and corrected rows of its own; S in seconds alone, so it brings 60 times the moments."""
STRATEGIES = ("1m", "7m", "step", "open+33m")


def faulty(number: int) -> Rows:
    """Bars of all days: some absent, some late, some told again; no day like the other."""
    luck = Random(number)
    parts = []
    for day in DAYS:
        n = day.expected(MINUTE)
        late = {i: luck.choice([0.5, 30, 61, 300]) for i in luck.sample(range(n - 10), 12)}
        again = {i: luck.choice([1, 59, 60, 200]) for i in luck.sample(sorted(set(range(n - 10)) - set(late)), 6)}
        parts.append(make_bars(day, missing=luck.sample(range(20, n - 20), 9), late=late, corrected=again, seed=number))
    return Rows.join(parts)


def some_quotes(number: int) -> Rows:
    """A quote every 17 seconds or so of each day."""
    luck = np.random.default_rng(number)
    known_at = np.concatenate([np.arange(day.open_ns, day.close_ns, 17 * 10**9) + luck.integers(0, 10**9) for day in DAYS])
    bid = 100 + luck.integers(-100, 100, len(known_at)) / 100
    return Rows.of(known_at, known_at, np.stack([bid, np.ones(len(bid)), bid + 0.02, np.ones(len(bid))]))


@cache
def source() -> RowsSource:
    seconds = Rows.join([make_bars(day, "1s", seed=9, missing=range(700, 760), late={3000: 90.25}) for day in DAYS])
    minutes = {(symbol, "1m"): faulty(number) for number, symbol in enumerate("BAC")}
    return RowsSource({**minutes, ("S", "1s"): seconds}, {symbol: some_quotes(number) for number, symbol in enumerate("AC")})


def lab_of(symbols: str, **changes: Any) -> sl.Lab:
    made = config(
        symbols,
        "1m 5m 7m 1d quotes",
        str(RUN[0].date),
        str(RUN[-1].date),
        window=2,
        window_intervals="1m 5m",
        session_data_config__indicators=[{"name": "EMA", "period": 9, "interval": "5m"}],
        session_data_config__historical__indicators={"avg": {"type": "trailing_average", "period": "2d"}},
        **changes,
    )
    lab = sl.Lab(made, source=source(), times=TIMES)
    for every in STRATEGIES:
        lab.use(Recorder(every, name=every))
    return lab


def seen(data: SessionData, symbol: str) -> list[Any]:
    """All that can be seen now of one symbol."""
    one, found = data[symbol], list[Any]()
    for interval in EVERY:
        bars = one.bars(interval)
        for part in PARTS:
            cut, n = part(bars)._now()
            rows = cut.rows.take(slice(0, n))
            found.append((interval, rows.start.tobytes(), rows.known_at.tobytes(), rows.values.tobytes()))
        found += [interval, bars.coverage, bars.history.coverage, bars.gaps.to_csv(), bars.last]
    for recipe in (sl.EMA(9, "5m"), sl.VWAP(), sl.RelativeVolume(interval="1m")):
        found += [one[recipe].values.tobytes(), one[recipe].all.values.tobytes(), one[recipe].ready]
    found += [list(one.indicators), float(one.historical["avg"]), one.historical["avg"].dates]
    return [*found, str(one.day), one.coverage, one.quote, one.quotes.frame().to_csv(), one.splits]


def calls(lab: sl.Lab, symbol: str, since_ns: int = 0, until_ns: int = 2**62) -> list[tuple[Any, ...]]:
    """The calls about ``symbol`` later than ``since_ns``; where a strategy is called once for several, its part in that."""
    found = []
    for every in STRATEGIES:
        for call in recorder(lab, every).of("on_bar", "on_step", "on_quality"):
            if since_ns < call[0] <= until_ns and (call[2] == symbol or (call[1] == "on_step" and symbol in call[2])):
                found.append((every, call[0], call[1], *(call[2:] if call[1] != "on_step" else ())))
    return found


def tables(lab: sl.Lab, symbol: str, since: str = "2000-01-01") -> Iterator[list[Any]]:
    """Of ``symbol`` from the date ``since`` on: quality, gaps, incomplete bars of the result."""
    result = lab.result()
    for table, column in ((result.quality, "date"), (result.gaps, "start"), (result.incomplete, "start")):
        days = table[column].dt.strftime("%Y-%m-%d")
        yield table[(table["symbol"] == symbol) & (days >= since)].astype(str).to_numpy().tolist()


def go_to(lab: sl.Lab, day: int, share: float) -> None:
    """To an instant of session number ``day``: 0 is its open, 1 its close."""
    while lab.progress.session - 1 < day - (lab.state == "closed"):
        lab.run_session()
    session = RUN[day]
    instant = session.open_ns + int(share * (session.close_ns - session.open_ns))
    if lab.session.date != session.date or lab._engine.present.now_ns < instant:
        lab.advance(pd.Timestamp(instant, tz="UTC"))


@cache
def whole() -> sl.Lab:
    lab = lab_of(" ".join([*OTHERS, *COMERS]))
    lab.run(progress=False)
    return lab


@cache
def never() -> sl.Lab:
    lab = lab_of(" ".join(OTHERS))
    lab.run(progress=False)
    return lab


shares = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0, 1))
turns = st.lists(st.tuples(st.integers(0, 1), shares, st.sampled_from(COMERS)), min_size=1, max_size=5).map(sorted)


@settings(max_examples=8)
@given(turns=turns, prefetch=st.integers(1, 3), seed=st.integers(0, 2**32))
@example(turns=[(0, 90 / 210, "C")], prefetch=1, seed=1)  # at 11:00
@example(turns=[(0, 0.0, "S"), (0, 0.3, "S"), (0, 0.31234567, "S")], prefetch=2, seed=2)
@example(turns=[(0, 0.5, "C"), (0, 0.5, "S"), (1, 0.0, "C"), (1, 0.5, "C"), (1, 1.0, "S")], prefetch=3, seed=3)
@example(turns=[(0, 1.0, "S"), (1, 1.0, "C"), (1, 1.0, "S")], prefetch=1, seed=4)
def test_symbols_that_come_and_go_change_nothing_of_the_others_and_lack_nothing_themselves(
    turns: list[tuple[int, float, str]], prefetch: int, seed: int
) -> None:
    luck = Random(seed)
    lab = lab_of(" ".join(OTHERS), backtest_config__prefetch_days=prefetch)
    streams = [("A", "1m"), ("B", "7m")]
    consumers = [ThreadConsumer(lab.subscribe(*stream)) for stream in streams]
    since: dict[str, tuple[int, str]] = {}
    spells: list[tuple[str, int, int]] = []
    held = {symbol: lab.data[symbol] for symbol in OTHERS}
    taken: list[tuple[Any, Any]] = []
    stops: list[tuple[int, float, str | None]] = [*turns, *((luck.randint(0, 1), luck.random(), None) for _ in range(4))]
    for day, share, symbol in [*sorted(stops, key=lambda stop: stop[:2]), (1, 1.0, None)]:
        go_to(lab, day, share)
        if symbol is not None and symbol in since:
            lab.remove_symbol(symbol)
            spells.append((symbol, since.pop(symbol)[0], lab.now.value))
        elif symbol is not None:
            held[symbol] = lab.add_symbol(symbol)
            since[symbol] = lab.now.value, str(lab.session.date)
        frame = lab.data["A"].bars("5m").frame()
        taken.append((frame, frame.copy()))
        for one in (*OTHERS, *since):
            now = seen(lab.data, one)
            assert now == seen(whole().data.as_of(lab.now), one)
            assert now == (seen(never().data.as_of(lab.now), one) if one in OTHERS else now)
            assert held[one].bars("1m").frame().equals(lab.data[one].bars("1m").frame())
            early = pd.Timestamp(luck.randint(lab.session.open_ns, lab.now.value), tz="UTC")
            assert seen(lab.data.as_of(early), one) == seen(whole().data.as_of(early), one)

    assert lab.state == "done"
    for one in OTHERS:
        assert calls(lab, one) == calls(whole(), one) == calls(never(), one)
        assert [*tables(lab, one)] == [*tables(whole(), one)] == [*tables(never(), one)]
    for one in COMERS:
        spans = [spell[1:] for spell in spells if spell[0] == one] + ([(since[one][0], 2**62)] if one in since else [])
        expected = [call for span in spans for call in calls(whole(), one, *span)]
        assert sorted(calls(lab, one), key=str) == sorted(expected, key=str)
        if one in since:
            last = max(since[one][1], str(lab.session.date))
            assert [*tables(lab, one, last)] == [*tables(whole(), one, last)]
    for frame, copy in taken:
        pd.testing.assert_frame_equal(frame, copy)
    for (symbol, interval), consumer in zip(streams, consumers, strict=True):
        starts = starts_of(consumer.join())
        views = [whole().data.as_of(day.close)[symbol].bars(interval) for day in RUN]
        assert len(starts) == len(set(starts))
        assert sorted(starts) == [start for view in views for start in view.index.as_unit("ns").asi8.tolist()]


@pytest.mark.parametrize("every", [1, 7, 60])
def test_steps_tell_each_bar_of_a_newcomer_once_from_its_next_one_on(every: int) -> None:
    lab = lab_of("B A")
    lab.advance("11:00")
    lab.add_symbol("C")
    told = []
    close = lab.session.close
    while lab.now < close:
        told += [(bar.symbol, bar.interval, bar.bar.start.value) for bar in lab.step(every).bars if bar.bar.known_at <= close]
    expected = []
    other = lab_of("B A C")
    other.advance("11:00")
    while other.now < other.session.close:
        expected += [(bar.symbol, bar.interval, bar.bar.start.value) for bar in other.step().bars]

    assert len(told) == len(set(told))
    assert sorted(told) == sorted(expected)


@settings(max_examples=6)
@given(first=st.integers(0, 240), length=st.integers(1, 100), seed=st.integers(0, 2**32))
@example(first=0, length=90, seed=0)
def test_where_rows_arrive_a_newcomer_starts_with_what_is_known_of_today_and_goes_on(first: int, length: int, seed: int) -> None:
    """It joins before moment number ``first``, leaves after so many, and joins again after as many."""
    luck = Random(seed)
    document = lab_of("B A C").config
    replay = lab_of("B A C")
    engine = SessionCoordinator(document.replace({"session_data_config.symbols": list(OTHERS)}), source(), TIMES, arriving=True)
    engine.use(Recorder("1m", name="1m"))
    day = TIMES.get_sessions(str(RUN[0].date), str(RUN[0].date))
    blocks = {symbol: source().load(symbol, MINUTE, day)[0].rows for symbol in "BAC"}
    looks = {}
    spells: list[list[int]] = []
    for i, now in enumerate(replay._engine.rows.moments.instants[1:].tolist()):
        if i in (first, first + 2 * length):
            engine.add_symbol("C")
            spells.append([engine.present.now_ns, 2**62])
        if i == first + length:
            engine.remove_symbol("C")
            spells[-1][1] = engine.present.now_ns
        came = {(symbol, MINUTE): blocks[symbol].take(blocks[symbol].known_at == now) for symbol in engine.rows.symbols}
        engine.receive(came, now)
        if luck.random() < 0.05:
            looks[now] = {symbol: seen(engine.data, symbol) for symbol in engine.data}
            early = luck.randint(replay.session.open_ns, now)
            data = engine.data.as_of(pd.Timestamp(early, tz="UTC"))
            looks[early] = {symbol: seen(data, symbol) for symbol in data}
    replay.run_session()

    for now, was in looks.items():
        for symbol, what in was.items():
            assert what == seen(replay.data.as_of(pd.Timestamp(now, tz="UTC")), symbol)
    (mine,) = (book.strategy for book in engine.books)
    assert isinstance(mine, Recorder)
    for symbol in OTHERS:
        assert [call for call in mine.calls if call[2:3] == (symbol,)] == [
            call for call in recorder(replay, "1m").calls if call[2:3] == (symbol,)
        ]
    assert [call for call in mine.calls if call[2:3] == ("C",)] == [
        call for call in recorder(replay, "1m").calls if call[2:3] == ("C",) and any(a < call[0] <= b for a, b in spells)
    ]
