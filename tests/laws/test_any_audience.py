"""Whoever listens, however fast it plays and wherever it is held: data, calls and results are those of a plain run."""

from __future__ import annotations

import asyncio
from functools import cache
from random import Random
from typing import Any

import pandas as pd
import pytest
from builders import Recorder, RowsSource, config, make_bars, recorder
from consumers import ThreadConsumer, starts_of, take_all
from fake_clock import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-03", "2025-07-07"))  # a half day, then a whole one
ROWS = {
    (symbol, "1m"): Rows.join(
        [make_bars(day, missing=[9, 10, 77], late={3: 90, 50: 400}, corrected={20: 45}, seed=number) for day in DAYS]
    )
    for number, symbol in enumerate("BA")
}
STREAMS = [("A", "1m"), ("B", "1m"), ("A", "5m"), ("B", "7m"), ("A", "60m"), ("B", "1d")]


def lab_by(wall: FakeClock) -> sl.Lab:
    made = config("B A", "1m 5m 1d", "2025-07-03", "2025-07-07")
    lab = sl.Lab(made, source=RowsSource(ROWS), times=TIMES, clock=wall)
    lab.use(Recorder("1m", name="minutes"))
    lab.use(Recorder("5m", name="fives"))
    return lab


def outcome(lab: sl.Lab) -> tuple[Any, ...]:
    """All calls with what they saw, and the tables of the result."""
    result = lab.result()
    tables = tuple(table.to_csv() for table in (result.quality, result.gaps, result.incomplete, result.bar_counts))
    return recorder(lab, "minutes").calls, recorder(lab, "fives").calls, tables


@pytest.fixture(scope="module")
def plain() -> sl.Lab:
    lab = lab_by(FakeClock())
    lab.run()
    return lab


@cache
def first_seen(symbol: str, interval: str) -> list[tuple[int, int]]:
    """Start and moment of every bar of a stream, from a strategy that is called for each."""
    lab = sl.Lab(lab_by(FakeClock()).config, source=RowsSource(ROWS), times=TIMES)
    seen: dict[int, int] = {}

    @lab.every("step")
    def look(ctx: Any) -> None:
        for start in ctx[symbol].bars(interval).index.as_unit("ns").asi8.tolist():
            seen.setdefault(start, ctx.now.value)

    lab.run(progress=False)
    return sorted(seen.items())


@settings(max_examples=25)
@given(
    audience=st.lists(st.tuples(st.sampled_from(STREAMS), st.booleans()), max_size=4),
    speeds=st.lists(st.sampled_from([0, 90, 360, 5_000, 1e6]), min_size=1, max_size=6),
    seed=st.integers(0, 2**32),
)
def test_any_audience_any_speed_any_pause(
    plain: sl.Lab, audience: list[tuple[tuple[str, str], bool]], speeds: list[float], seed: int
) -> None:
    luck = Random(seed)

    async def main() -> sl.Lab:
        lab = lab_by(FakeClock())
        threads = [ThreadConsumer(lab.subscribe(*stream)) for stream, is_thread in audience if is_thread]
        tasks = [asyncio.create_task(take_all(lab.subscribe(*stream))) for stream, is_thread in audience if not is_thread]
        await asyncio.sleep(0)
        while lab.state != "done":
            lab.play(luck.choice(speeds), until=luck.choice([None, "5m", "47m", "close"]))
            for _ in range(luck.randint(1, 300)):
                await asyncio.sleep(0)
            kind = luck.randrange(4)
            if kind == 0:
                lab.play(luck.choice(speeds))
            elif kind == 1:
                lab.pause()
                if not tasks:  # a task of this loop cannot be waited for by hand
                    lab.step(luck.randint(1, 30))
            while luck.random() < 0.8 and lab.pacing.state == "playing":
                await asyncio.sleep(0)
            lab.pause()
        told = [starts_of(thread.join()) for thread in threads] + [starts_of(await task) for task in tasks]
        order = [stream for stream, is_thread in audience if is_thread] + [s for s, is_thread in audience if not is_thread]
        for (symbol, interval), starts in zip(order, told, strict=True):
            assert len(starts) == len(set(starts))
            assert sorted(starts) == [start for start, _ in first_seen(symbol, interval)]
        return lab

    assert outcome(asyncio.run(main())) == outcome(plain)


def test_the_moments_of_events_are_those_in_which_the_bars_became_visible(plain: sl.Lab) -> None:
    lab = lab_by(FakeClock())
    consumers = [ThreadConsumer(lab.subscribe(*stream)) for stream in STREAMS]
    lab.run()

    for stream, consumer in zip(STREAMS, consumers, strict=True):
        moments = sorted((bar.start.value, event.moment_ns) for event in consumer.join() for bar in event.bars)
        assert moments == first_seen(*stream)
    assert outcome(lab) == outcome(plain)


def test_stepping_between_moments_delivers_the_same(plain: sl.Lab) -> None:
    lab = lab_by(FakeClock())
    consumer = ThreadConsumer(lab.subscribe("A", "1m"))
    luck = Random(1)
    while lab.state != "done":
        lab.advance(pd.Timedelta(luck.randint(1, 900_000), unit="ms"))

    moments = sorted((bar.start.value, event.moment_ns) for event in consumer.join() for bar in event.bars)
    assert moments == first_seen("A", "1m")
    assert outcome(lab) == outcome(plain)
