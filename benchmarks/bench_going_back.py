"""Forks and rewinds of a day of seconds of ten symbols: a strategy whose memory grows with every bar, and a moving-average cross.

A rewind may take so long beyond what the strategies themselves take to go through a stretch again; here both together do.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import pandas as pd
import pytest

import sessionlab as sl

FORKS = 100
REWINDS = 200
MINUTE = pd.Timedelta(minutes=1)


def at_noon() -> sl.Lab:
    """The lab of which the program of the last benchmark makes forks, too."""
    lab: sl.Lab = runpy.run_path(str(Path(__file__).parent / "programs" / "forks.py"))["at_noon"]()
    return lab


@pytest.fixture(scope="module")
def noon() -> sl.Lab:
    """A lab at noon, of which nobody has made a fork."""
    return at_noon()


def test_forks_at_noon(told: Any, in_turns: Any, noon: sl.Lab) -> None:
    forks: list[sl.Lab] = []

    [taken] = in_turns(lambda: forks.append(noon.fork()), rounds=FORKS)

    assert {fork.now for fork in forks} == {noon.now}
    told.figure("a fork of 10 x 1s at noon, median", 1e3 * median(taken), "ms", None)
    told.figure(f"the slowest of {FORKS}", 1e3 * max(taken), "ms", 20.0)


def test_forks_of_an_earlier_minute(told: Any, in_turns: Any, noon: sl.Lab) -> None:
    luck = Random(1)

    [taken] = in_turns(lambda: noon.fork(at=noon.session.open + luck.randrange(1, 149) * MINUTE), rounds=20)

    told.figure("a fork of it at an earlier minute, with the strategies' replay, median", 1e3 * median(taken), "ms", None)


def test_rewinding_to_any_minute(told: Any, in_turns: Any) -> None:
    """Each rewind is one of a fork that has the whole day behind it. That its strategies go through again is in it."""
    lab = at_noon()
    lab.run_session()
    luck = Random(0)
    forks: list[sl.Lab] = []

    def rewind() -> None:
        forks[0].rewind(lab.session.open + luck.randrange(390) * MINUTE)

    [taken] = in_turns(rewind, prepare=lambda: forks.__setitem__(slice(None), [lab.fork()]), rounds=REWINDS)

    assert forks[0].now < lab.now
    told.figure("rewinding to any minute of the day, median", 1e3 * median(taken), "ms", None)
    told.figure("the same, 95th percentile", 1e3 * sorted(taken)[int(0.95 * len(taken))], "ms", 150.0)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not tell memory here")
def test_memory_of_forks(told: Any, benchmark: Any, program: Any) -> None:
    runs: list[dict[str, Any]] = []

    benchmark.pedantic(lambda: runs.append(program("forks", FORKS)), rounds=3)

    lab, forks, awake = (median(run[name] for run in runs) for name in ("lab_mb", "forks_mb", "awake_mb"))
    told.ratio(f"memory of a lab of 10 x 1s and {FORKS} forks of it", [lab + forks], [lab], "of the lab alone", 1.2, "MB")
    told.figure("what a fork takes once it goes on", awake / FORKS, "MB", None)
