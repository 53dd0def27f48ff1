"""What it costs to begin: the import against that of pandas, and the way from nothing to the demo's first step.

Every figure is of a fresh interpreter. The folder that keeps calendars between runs is empty for the first of them.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

PAIRS = 9


def test_import_against_pandas(told: Any, benchmark: Any, program: Any) -> None:
    pandas, ours = [], []

    def alone() -> None:
        pandas.append(program("imported", "pandas")["cpu_s"])

    benchmark.pedantic(
        lambda: ours.append(program("imported", "sessionlab")["cpu_s"]), setup=alone, rounds=PAIRS, warmup_rounds=1
    )

    told.ratio("import, with Lab and SessionConfig", ours[1:] or ours, pandas[1:] or pandas, "import pandas", 1.15, "s")


def test_from_nothing_to_the_first_step(told: Any, benchmark: Any, program: Any, tmp_path: Path) -> None:
    cold = [program("first_step", SESSIONLAB_CACHE_DIR=str(tmp_path / str(i))) for i in range(3)]
    warm = benchmark.pedantic(lambda: [program("first_step", SESSIONLAB_CACHE_DIR=str(tmp_path / "0")) for _ in range(5)])

    for what, runs, aim in [("no calendar kept", cold, 1.5), ("calendar kept", warm, None)]:
        wall, cpu = (median(run[clock] for run in runs) for clock in ("wall_s", "cpu_s"))
        told.figure(f"from nothing to the demo's first step, {what}", cpu, "s", aim, f"processor time; {wall:.2f} s passed")
