"""How a benchmark measures and what is told at the end: each figure beside one of the same run, and their ratio.

A figure on its own says as much about the machine as about the code. So work and limit are timed in turns, round by
round, and what counts is the median of the ratios. An aim is a ratio too; one that is missed is told and fails nothing.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest

BARE_LOOP = 0.034e-6
"""Seconds per turn of a loop that calls an empty function, on the machine on which the aims were set."""

PROGRAMS = Path(__file__).parent / "programs"
SCALES = {"MB": 1.0, "s": 1.0, "ms": 1e3, "µs": 1e6, "ns": 1e9}


class Row(NamedTuple):
    """A line of the summary. ``met`` is None where nothing was aimed at."""

    what: str
    measured: str
    against: str
    ratio: str
    aim: str
    met: bool | None


ROWS = pytest.StashKey[list[Row]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash[ROWS]
    if not rows:
        return
    terminalreporter.section("measured, and what it is held against in the same run")
    lines = [("", "measured", "against", "ratio", "aim", "met")]
    lines += [(*row[:5], {True: "yes", False: "NO", None: ""}[row.met]) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        terminalreporter.write_line("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())


class Told:
    """Puts figures into the summary, and into the benchmark's ``extra_info``."""

    def __init__(self, rows: list[Row], benchmark: Any) -> None:
        self._rows = rows
        self._benchmark = benchmark

    def ratio(
        self, what: str, work: Sequence[float], limit: Sequence[float], against: str, aim: float | None, unit: str = "µs a bar"
    ) -> None:
        """Seconds of some work round by round, and those of its limit; ``aim`` is how many times the limit it may cost."""
        ratio = median(mine / least for mine, least in zip(work, limit, strict=True))
        scale = SCALES[unit.split()[0]]
        measured, beside = f"{scale * median(work):.3g} {unit}", f"{scale * median(limit):.3g} {against}"
        aimed, met = ("", None) if aim is None else (f"{aim:.3g} x", ratio <= aim)
        self._rows.append(Row(what, measured, beside, f"{ratio:.3g} x", aimed, met))
        figures = {"measured_s": median(work), "against_s": median(limit), "ratio": ratio, "aim": aim, "met": met}
        self._benchmark.extra_info[what] = figures

    def figure(self, what: str, figure: float, unit: str, aim: float | None, against: str = "") -> None:
        """A figure that stands for itself, at most ``aim``."""
        aimed, met = ("", None) if aim is None else (f"{aim:g} {unit}", figure <= aim)
        self._rows.append(Row(what, f"{figure:.3g} {unit}", against, "", aimed, met))
        self._benchmark.extra_info[what] = {"measured": figure, "unit": unit, "against": against, "aim": aim, "met": met}


@pytest.fixture
def told(request: pytest.FixtureRequest, benchmark: Any) -> Told:
    return Told(request.config.stash[ROWS], benchmark)


@pytest.fixture
def in_turns(benchmark: Any) -> Callable[..., list[list[float]]]:
    """``in_turns(work, limit, ...)``: processor seconds of each, divided by ``per``, of ``rounds`` rounds after a first one.

    ``prepare`` is called before each round, untimed. ``clock`` is another one where two threads share the work.
    """

    def measure(
        work: Callable[[], object],
        *others: Callable[[], object],
        per: int = 1,
        prepare: Callable[[], object] = empty,
        rounds: int = 15,
        clock: Callable[[], float] = time.thread_time,
    ) -> list[list[float]]:
        taken: list[list[float]] = [[] for _ in range(1 + len(others))]

        def before() -> None:
            prepare()
            for other, into in zip(others, taken[1:], strict=True):
                gc.collect()
                into.append(seconds(other, clock) / per)
            gc.collect()

        benchmark.pedantic(lambda: taken[0].append(seconds(work, clock) / per), setup=before, rounds=rounds, warmup_rounds=1)
        return [some[1:] or some for some in taken]  # with --benchmark-disable there is one round only

    return measure


@pytest.fixture
def bare_loop() -> Callable[[int], Callable[[], None]]:
    """``bare_loop(n)`` is a function that calls an empty one ``n`` times: no engine in Python can be faster."""

    def of(turns: int) -> Callable[[], None]:
        def loop() -> None:
            for _ in range(turns):
                empty()

        return loop

    return of


@pytest.fixture
def bare_loops() -> Callable[[float], float]:
    """An aim in seconds as a multiple of the bare loop, so that it means the same on every machine."""
    return lambda aim: aim / BARE_LOOP


@pytest.fixture
def program(benchmark: Any) -> Callable[..., dict[str, Any]]:
    """``program("memory", ...)`` runs ``programs/memory.py`` in a fresh interpreter and returns what it prints as JSON."""

    def run(name: str, *arguments: object, **environment: str) -> dict[str, Any]:
        command = [sys.executable, str(PROGRAMS / f"{name}.py"), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    return run


def empty() -> None:
    """Do nothing."""


def seconds(call: Callable[[], object], clock: Callable[[], float] = time.thread_time) -> float:
    """Seconds in ``call``: by default those of this thread on a processor, so that what else runs here does not count."""
    gc.disable()
    try:
        began = clock()
        call()
        return clock() - began
    finally:
        gc.enable()
