"""Stand at noon of a day of seconds of ten symbols, make forks there, and print the memory that they took, as JSON.

    python forks.py FORKS

``lab_mb`` is what is resident beyond the imports once the lab stands at noon, ``forks_mb`` what the forks took beyond that, and
``awake_mb`` the same after each has gone on by one step, so that what strategies remember is there in each.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

import sessionlab as sl


class Keeps(sl.Strategy):
    """Keeps every close of every symbol: what it remembers grows all day."""

    every = "1s"

    def on_start(self, ctx: Any) -> None:
        self.closes: list[float] = []

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.closes.append(ctx[symbol].bars("1s").last.close)


def at_noon() -> sl.Lab:
    day = "2025-07-02"
    lab = sl.Lab(sl.SessionConfig.simple(" ".join(f"S{i}" for i in range(10)), day, day, "1s 1m"), source="synthetic")
    lab.use(Keeps()).use(sl.strategies.SmaCross())
    lab.advance("12:00")
    return lab


def main() -> None:
    sl.Lab, sl.SessionConfig, sl.strategies  # noqa: B018
    before = resident()
    lab = at_noon()
    one = resident() - before
    forks = [lab.fork() for _ in range(int(sys.argv[1]))]
    asleep = resident() - before - one
    for fork in forks:
        fork.step()
    print(json.dumps({"lab_mb": one, "forks_mb": asleep, "awake_mb": resident() - before - one}))


def resident() -> float:
    """Megabytes (10**6 bytes) by the kernel's own count."""
    gc.collect()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main()
