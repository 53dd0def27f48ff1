"""What a store has, and whether it is what was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from own_files import minutes
from store.stores import put_day

import sessionlab as sl
from sessionlab.errors import NoDataError

WORDS = {"start": "2025-06-27", "end": "2025-07-02", "intervals": "1m,1d", "progress": False}


@pytest.fixture
def store(tmp_path) -> Path:
    sl.store.import_data("synthetic", tmp_path, "AAPL,SPY", **WORDS)
    return tmp_path


def states(root: Path, **further: object) -> dict[str, str]:
    """The files that are not ok."""
    found = sl.store.verify(root, progress=False, **further)
    return dict(zip(found.table["path"], found.table["state"], strict=True))


def damage(file: Path) -> None:
    """Turn one bit of a page of ``file`` over: its size and its footer stay."""
    content = bytearray(file.read_bytes())
    meta = pq.read_metadata(file).row_group(0).column(2)
    content[meta.data_page_offset + meta.total_compressed_size // 2] ^= 1
    file.write_bytes(content)


def test_every_file_that_was_written_is_recorded_with_its_checksum(store):
    files = [path for path in store.rglob("*.parquet") if ".sessionlab" not in path.parts]
    recorded = {
        path: facts
        for record in (store / ".sessionlab/records").rglob("*.json")
        for path, facts in json.loads(record.read_text())["files"].items()
    }

    assert len(files) == 14  # of each symbol two months of minutes, four days of quotes, and one file of days
    assert {path.relative_to(store).as_posix() for path in files} == recorded.keys()
    for path, facts in recorded.items():
        stamps = pd.read_parquet(store / path, columns=["timestamp"])["timestamp"]
        assert facts["sha256"] == hashlib.sha256((store / path).read_bytes()).hexdigest()
        assert (facts["bytes"], facts["rows"]) == ((store / path).stat().st_size, len(stamps))
        assert pd.Timestamp(facts["first"]) == stamps.min()
        assert pd.Timestamp(facts["last"]) == stamps.max()
        assert facts["source"] == "synthetic"


def test_a_store_as_it_was_written_is_ok(store):
    assert states(store) == {}
    assert sl.store.verify(store).counts["ok"] == 14


def test_what_became_of_files_is_told_apart(store):
    minutes_of = store / "bars/1m"
    pd.read_parquet(minutes_of / "AAPL/2025-06.parquet").iloc[:-1].to_parquet(minutes_of / "AAPL/2025-06.parquet")
    (minutes_of / "AAPL/2025-07.parquet").unlink()
    damage(minutes_of / "SPY/2025-06.parquet")
    (minutes_of / "SPY/2025-07.parquet").write_bytes(b"")
    put_day(store, "QQQ", "2025-07-02", minutes("2025-07-02"))

    found = states(store)

    assert found == {
        "bars/1m/AAPL/2025-06.parquet": "changed",
        "bars/1m/AAPL/2025-07.parquet": "missing",
        "bars/1m/QQQ/2025-07-02.parquet": "not recorded",
        "bars/1m/SPY/2025-06.parquet": "unreadable",
        "bars/1m/SPY/2025-07.parquet": "unreadable",
    }
    why = sl.store.verify(store).table.set_index("path")["why"]
    assert "checksum" in why["bars/1m/SPY/2025-06.parquet"]
    assert "empty" in why["bars/1m/SPY/2025-07.parquet"]


def test_a_bit_turned_over_in_a_file_that_was_never_recorded_is_found_too(tmp_path):
    sl.store.import_data("synthetic", tmp_path / "made", "SPY", **WORDS)
    file = tmp_path / "made/bars/1m/SPY/2025-06.parquet"
    damage(file)
    (tmp_path / "other/bars/1m/SPY").mkdir(parents=True)
    file.rename(tmp_path / "other/bars/1m/SPY/2025-06.parquet")

    assert states(tmp_path / "other") == {"bars/1m/SPY/2025-06.parquet": "unreadable"}
    assert states(tmp_path / "other", record=True) == {"bars/1m/SPY/2025-06.parquet": "unreadable"}


def test_files_put_there_by_hand_are_taken_in_on_demand_and_changes_only_if_meant(store):
    put_day(store, "QQQ", "2025-07-02", minutes("2025-07-02"))
    file = store / "bars/1m/SPY/2025-06.parquet"
    pd.read_parquet(file).iloc[:-1].to_parquet(file)
    (store / "bars/1m/SPY/2025-07.parquet").unlink()
    broken = {"bars/1m/SPY/2025-06.parquet": "changed", "bars/1m/SPY/2025-07.parquet": "missing"}

    taken = states(store, record=True)
    after = states(store)
    accepted = sl.store.verify(store, accept=True, progress=False)

    assert taken == after == broken
    assert (accepted.recorded, accepted.forgotten) == (1, 1)
    assert states(store) == {}


def test_verifying_changes_nothing(store):
    put_day(store, "QQQ", "2025-07-02", minutes("2025-07-02"))
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()}

    states(store)
    sl.store.contents(store)

    assert {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()} == before


def test_the_list_counts_rows_files_and_bytes(store):
    put_day(store, "QQQ", "2025-07-02", minutes("2025-07-02"))
    (store / "bars/1m/SPY/2025-07.parquet").write_bytes(b"PAR1")

    found = sl.store.contents(store)

    rows = {(one.symbol, one.series): (one.files, one.rows, one.recorded, one.unreadable) for one in found.series}
    assert rows[("AAPL", "1m bars")] == (2, 4 * 390, 2, 0)
    assert rows[("AAPL", "1d bars")] == (1, 4, 1, 0)
    assert rows[("QQQ", "1m bars")] == (1, 390, 0, 0)
    assert rows[("SPY", "1m bars")] == (2, 2 * 390, 2, 1)
    sizes = sum(path.stat().st_size for path in store.rglob("*.parquet"))
    assert (found.totals["bytes"], found.totals["symbols"]) == (sizes, 3)
    assert sl.store.contents(store, "QQQ").table["symbol"].tolist() == ["QQQ"]


def test_a_real_store_is_listed_though_nothing_of_it_is_recorded(real_data):
    """Rows as its own list of files counts them."""
    entries = json.loads((real_data / "manifest.json").read_text())["files"]
    told = [entry for entry in entries if entry["path"].startswith(("bars/", "quotes/"))]

    table = sl.store.contents(real_data).table

    assert table[table["series"] != "actions"]["rows"].sum() == sum(entry["rows"] for entry in told)
    assert table["recorded"].sum() == 0


def test_where_no_store_is_that_is_said(tmp_path):
    with pytest.raises(NoDataError, match="does not exist"):
        sl.store.contents(tmp_path / "none")
    with pytest.raises(NoDataError, match="it is no store"):
        sl.store.verify(tmp_path)
