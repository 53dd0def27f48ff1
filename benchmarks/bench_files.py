"""Opening a lab on two years of minutes in a user's files, against pyarrow's read of the same files in the same process.

pytest benchmarks/bench_files.py -s

Aimed at: 20 symbols (3.9 million rows) of Parquet in less than 3 seconds, and less than 0.5 when they are kept. Four are
measured, and the figure for 20 is five times theirs.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import sessionlab as sl
from sessionlab.sources.files import Files
from sessionlab.sources.kept_files import KEPT
from sessionlab.timing import Interval, TimeManager

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
TIMES = 20 / len(SYMBOLS)
START, END = "2023-01-03", "2024-12-31"
MINUTE = Interval.parse("1m")
SESSIONS = TimeManager().get_sessions(START, END)


def bars(seed: int) -> pa.Table:
    """Every minute of a random walk on cents."""
    rng = np.random.default_rng(seed)
    start = np.concatenate([session.starts(MINUTE) for session in SESSIONS])
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 2e-4, len(start)))), 2)
    stamps = pa.array(start // 10**9, pa.timestamp("s", "UTC"))
    columns = {"open": close, "high": close + 0.01, "low": close - 0.01, "close": close}
    return pa.table({"timestamp": stamps, **columns, "volume": rng.integers(100, 9999, len(start))})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("files")
    for seed, symbol in enumerate(SYMBOLS):
        pq.write_table(bars(seed), root / f"{symbol}.parquet")
        pyarrow.csv.write_csv(bars(seed), root / f"{symbol}.csv")
    return root


@pytest.mark.parametrize("label", ["start", "auto"])
@pytest.mark.parametrize(("suffix", "aim"), [("parquet", 3.0), ("csv", None)])
def test_a_lab_on_files(told: Any, benchmark: Any, folder: Path, suffix: str, aim: float | None, label: str) -> None:
    config = sl.SessionConfig.simple(SYMBOLS, START, END, "1m 5m")
    taken: dict[str, list[float]] = {"read": [], "first": [], "second": [], "blocks": []}

    def read() -> None:
        for path in sorted(folder.glob(f"*.{suffix}")):
            _ = pq.read_table(path) if suffix == "parquet" else pyarrow.csv.read_csv(path)

    def open_lab() -> None:
        sl.Lab(config, source=Files(folder / f"{{symbol}}.{suffix}", label=label))

    def all_blocks() -> None:
        source = Files(folder / f"{{symbol}}.{suffix}", label=label)
        for symbol in SYMBOLS:
            source.load(symbol, MINUTE, SESSIONS)

    def one_round() -> None:
        KEPT.clear()
        for name, work in {"read": read, "first": open_lab, "second": open_lab, "blocks": all_blocks}.items():
            began = time.perf_counter()  # of the wall: pyarrow reads in threads of its own
            work()
            taken[name].append(time.perf_counter() - began)

    benchmark.pedantic(one_round, rounds=5, warmup_rounds=1)

    what = f"{suffix}, label {label}: "
    told.ratio(f"{what}first lab on {len(SYMBOLS)} symbols", taken["first"], taken["read"], "pyarrow's read", None, "ms")
    told.ratio(f"{what}second lab", taken["second"], taken["read"], "pyarrow's read", None, "ms")
    told.ratio(f"{what}all blocks of two years, files kept", taken["blocks"], taken["read"], "pyarrow's read", None, "ms")
    told.figure(f"{what}first lab on 20 symbols", TIMES * min(taken["first"]), "s", aim)
    told.figure(f"{what}second lab on 20 symbols", TIMES * min(taken["second"]), "s", 0.5)
