"""The same recorded sessions from frames, CSV, Parquet, LEAN and the store are the same to the last bit, and say so."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest
from own_files import csv_of, parquet_of, put, zip_of

import sessionlab as sl
from sessionlab.sources.files import Files
from sessionlab.sources.frames import Frames
from sessionlab.tape import Rows
from sessionlab.timing import Interval


class Case(NamedTuple):
    """Sessions from ``start`` to ``end`` and their windows; ``days`` are all that these may need."""

    symbols: str
    width: str
    streams: str
    start: str
    end: str
    window: int
    days: tuple[str, ...]

    @property
    def config(self) -> sl.SessionConfig:
        asked = sl.SessionConfig.simple(self.symbols, self.start, self.end, self.streams)
        if not self.window:
            return asked
        data = [{"trailing_days": self.window, "intervals": self.streams.split()}]
        return asked.replace({"session_data_config.historical.data": data})


WEEK = tuple(f"2013-10-{day:02}" for day in range(7, 12))
CASES = {
    "minutes of a week": Case("SPY AIG BAC", "1m", "1m 5m 30m", WEEK[0], WEEK[-1], 0, WEEK),
    "minutes with a window": Case("SPY AIG", "1m", "1m 5m", WEEK[2], WEEK[-1], 2, WEEK),
    "seconds of two days": Case("SPY", "1s", "1s 5m 10m", WEEK[1], WEEK[1], 1, WEEK[:2]),
    "seconds of a thin stock": Case("AIG", "1s", "1s 5m", WEEK[0], WEEK[0], 0, WEEK[:1]),
}


class Seen(NamedTuple):
    """All that a run saw: rows by session, symbol and width; its tables; its digests."""

    rows: dict[tuple[str, str, str], Rows]
    tables: list[pd.DataFrame]
    digests: dict[str, Any]


def seen(case: Case, source: Any) -> Seen:
    lab = sl.Lab(case.config, source=source)
    rows: dict[tuple[str, str, str], Rows] = {}
    while lab.state != "done":
        lab.run_session()
        session = lab._engine.rows
        for symbol in lab.symbols:
            for width in case.streams.split():
                telling = session.tape(symbol, Interval.parse(width)).telling(session.moments.last)
                key = str(lab.session.date), symbol
                rows |= {(*key, width): telling.today, (*key, f"{width} before"): telling.window}
            block = session.today[symbol, Interval.parse(case.width)]
            rows |= {(*key, "stored"): block.rows, (*key, "off the hours"): block.extended}
    result = lab.result()
    tables = [result.quality, lab.data.quality(window=True), result.gaps, result.incomplete, result.summary(), result.refused]
    return Seen(rows, tables, {name: result.manifest[name] for name in ("data_digest", "data")})


def frames_of(real_data: Path, case: Case) -> dict[str, pd.DataFrame]:
    """The rows of each symbol as they are stored, all days in one frame."""
    folder = real_data / "bars" / case.width
    return {
        symbol: pd.concat([pd.read_parquet(folder / symbol / f"{day}.parquet") for day in case.days], ignore_index=True)
        for symbol in case.symbols.split()
    }


def as_pandas(real_data: Path, lean_data: Path, folder: Path, case: Case) -> Any:
    return Frames({symbol: frame.set_index("timestamp") for symbol, frame in frames_of(real_data, case).items()})


def as_arrow(real_data: Path, lean_data: Path, folder: Path, case: Case) -> Any:
    return Frames({symbol: pa.Table.from_pandas(frame) for symbol, frame in frames_of(real_data, case).items()})


def as_polars(real_data: Path, lean_data: Path, folder: Path, case: Case) -> Any:
    return Frames({symbol: polars.from_pandas(frame) for symbol, frame in frames_of(real_data, case).items()})


def as_csv(real_data: Path, lean_data: Path, folder: Path, case: Case) -> Any:
    for symbol, frame in frames_of(real_data, case).items():
        local = frame["timestamp"].dt.tz_convert("America/New_York").dt.tz_localize(None)
        put(folder / f"{symbol}.csv", csv_of(frame.assign(timestamp=local)))
    return Files(folder / "{symbol}.csv", tz="America/New_York", label="auto")


def as_zipped_csv_by_day(real_data: Path, lean_data: Path, folder: Path, case: Case) -> Any:
    for symbol in case.symbols.split():
        for day in case.days:
            frame = pd.read_parquet(real_data / "bars" / case.width / symbol / f"{day}.parquet")
            put(folder / symbol / f"{day}.zip", zip_of(bars__csv=csv_of(frame)))
    return Files(folder / "{symbol}/{date}.zip")


def as_parquet(real_data: Path, lean_data: Path, folder: Path, case: Case) -> Any:
    frames = pd.concat(frames_of(real_data, case)).sort_values("timestamp", kind="stable")
    put(folder / "all.parquet", parquet_of(frames))
    return Files(folder / "all.parquet", label="auto")


def as_lean(real_data: Path, lean_data: Path, folder: Path, case: Case) -> Any:
    return f"lean:{lean_data}"


WAYS = (as_pandas, as_arrow, as_polars, as_csv, as_zipped_csv_by_day, as_parquet, as_lean)


@cache
def from_the_store(real_data: Path, name: str) -> Seen:
    return seen(CASES[name], f"local:{real_data}")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.removeprefix("as_").replace("_", " "))
def test_every_way_in_gives_the_same_bits_and_the_same_digests(
    real_data: Path, lean_data: Path, tmp_path: Path, way: Callable[..., Any], name: str
):
    wanted = from_the_store(real_data, name)

    found = seen(CASES[name], way(real_data, lean_data, tmp_path, CASES[name]))

    assert found.rows.keys() == wanted.rows.keys()
    for key, rows in found.rows.items():
        for column, other in zip(rows, wanted.rows[key], strict=True):
            assert (column is None) == (other is None), key
            assert column is None or np.ascontiguousarray(column).tobytes() == np.ascontiguousarray(other).tobytes(), key
    for table, other in zip(found.tables, wanted.tables, strict=True):
        pd.testing.assert_frame_equal(table, other, check_exact=True)
    assert found.digests == wanted.digests
    assert sum(rows.size for (*_, part), rows in found.rows.items() if part == "off the hours") > 0
