"""Killed at any write: the store reads as before or after it, and the same command again gives what one run would have."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from store.killed import run_killed
from store.stores import contents_of, put_day, read_days, records_of

import sessionlab as sl

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"), pytest.mark.slow]
IMPORT = """
sl.store.import_data("synthetic", {root!r}, ["AAPL", "SPY"], "2025-06-27", "2025-07-02", intervals="1m,1d", progress=False)
"""
REPAIR = """
sl.store.repair(sl.store.plan_repair({root!r}, progress=False), progress=False)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    exec(IMPORT.format(root=str(root)), {"sl": sl})
    return root


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3, 6, 9, 12])
def test_an_import_that_was_killed_goes_on(tmp_path, whole, at, when):
    code = IMPORT.format(root=str(tmp_path))

    killed = run_killed(code, at, when)
    left = contents_of(tmp_path)
    exec(code, {"sl": sl})

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert left.items() <= contents_of(whole).items()
    assert contents_of(tmp_path) == contents_of(whole)
    assert records_of(tmp_path) == records_of(whole)
    assert not sl.store.verify(tmp_path).broken


@pytest.fixture
def wrong(real_data, tmp_path) -> Path:
    """Three day files of each of two symbols, four hours late, and as they were put there by hand."""
    root = tmp_path / "wrong"
    for symbol in ("AIG", "SPY"):
        for date in ("2013-10-08", "2013-10-09", "2013-10-10"):
            frame = read_days(real_data, symbol, date)
            put_day(root, symbol, date, frame.assign(timestamp=frame["timestamp"] + sl_hours(4)))
    return root


def sl_hours(hours: int):
    import pandas as pd

    return pd.Timedelta(hours=hours)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 6, 7, 8, 11, 13, 15, 16])
def test_a_repair_that_was_killed_reads_as_old_or_new_and_is_completed(tmp_path, wrong, at, when):
    """Six files staged, one decision, six files put in place, two records, one note that it is done."""
    root, once = tmp_path / "store", tmp_path / "once"
    for copy in (root, once):
        shutil.copytree(wrong, copy)
    exec(REPAIR.format(root=str(once)), {"sl": sl})
    old, new = contents_of(wrong), contents_of(once)

    killed = run_killed(REPAIR.format(root=str(root)), at, when)
    between = contents_of(root)
    plan = sl.store.plan_repair(root, progress=False)
    if plan:
        sl.store.repair(plan, progress=False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert between.keys() == old.keys()
    assert all(digest in (old[path], new[path]) for path, digest in between.items())
    assert contents_of(root) == new
    assert records_of(root) == records_of(once)
    assert [version.number for version in sl.store.versions(root)] == [2]
    sl.store.restore(root, 1)
    assert contents_of(root) == old
