"""A store of 20 symbols x 2 years of minutes imported, verified and listed, against pyarrow's own read and write of its files.

pytest benchmarks/bench_data.py -s
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sessionlab as sl
from sessionlab.sources.store_write import write_bars
from sessionlab.timing import Interval

MINUTE = Interval.parse("1m")
TWENTY = [f"S{i:02d}" for i in range(20)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Month files of 3.9 million minutes; prices walk on cents."""
    root = tmp_path_factory.mktemp("made")
    sessions = sl.TimeManager().get_sessions("2023-07-03", "2025-07-02")
    start = np.concatenate([session.starts(MINUTE) for session in sessions])
    rng = np.random.default_rng(7)
    for symbol in TWENTY:
        close = np.round(500 + np.cumsum(rng.normal(0, 0.02, len(start))), 2)
        open_ = np.round(close + rng.normal(0, 0.02, len(start)), 2)
        rows = {"timestamp": start, "open": open_, "high": np.maximum(open_, close), "low": np.minimum(open_, close)}
        write_bars(root, symbol, "1m", rows | {"close": close, "volume": np.round(rng.exponential(5000, len(start)))}, sessions)
    return root


def test_import_verify_and_list(
    told: Any, in_turns: Callable[..., list[list[float]]], made: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = sorted((made / "bars").rglob("*.parquet"))
    root, other, tables = tmp_path_factory.mktemp("imported"), tmp_path_factory.mktemp("written"), dict[Path, pa.Table]()

    def read() -> None:
        tables.update({file: pq.ParquetFile(file).read(use_threads=False) for file in files})

    def write() -> None:
        for at, table in enumerate(tables.values()):
            with (other / f"{at}.parquet").open("wb") as file:
                pq.write_table(table, file, compression="zstd", write_page_checksum=True)
                file.flush()
                os.fsync(file.fileno())

    def read_and_write() -> None:
        read()
        write()

    def imported() -> None:
        shutil.rmtree(root)
        sl.store.import_data(f"local:{made}", root, progress=False)

    def again() -> None:
        sl.store.import_data(f"local:{made}", root, progress=False)

    def verified() -> None:
        assert not sl.store.verify(root, progress=False).broken

    def listed() -> None:
        assert sl.store.contents(root).totals["files"] == len(files)

    whole, twice, verify, contents, bare, reading = in_turns(imported, again, verified, listed, read_and_write, read)

    told.ratio("import, 3.9 M minutes", whole, bare, "pyarrow's read and write, synced", 2.5, "s")
    told.ratio("the same import again", twice, bare, "the same", 0.1, "s")
    told.ratio("verify", verify, reading, "pyarrow's read", 0.5, "s")
    told.ratio("list", contents, reading, "pyarrow's read", 0.1, "s")
