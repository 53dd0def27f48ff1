"""Repairs of quotes: what stands twice is dropped where that is a fault, and what is out of order is sorted in."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.stores import TIMES, contents_of, quotes_of

import sessionlab as sl
from sessionlab.sources.local import LocalStore

COLUMNS = ["timestamp", "bid_price", "bid_size", "ask_price", "ask_size"]
DAY = "2013-10-07"


def recorded(real_data: Path, symbol: str, kind: str, date: str = DAY) -> pd.DataFrame:
    frame = pd.read_parquet(real_data / f"quotes/{kind}/{symbol}/{date}.parquet")[COLUMNS]
    return frame.assign(timestamp=frame["timestamp"].dt.tz_convert("UTC").dt.as_unit("ns")).astype(
        {"bid_size": "f8", "ask_size": "f8"}
    )


def put_quotes(root: Path, symbol: str, kind: str, frame: pd.DataFrame, name: str = DAY) -> Path:
    file = root / f"quotes/{kind}/{symbol}/{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(file, index=False)
    return file


def plan(root: Path, **further: object) -> sl.store.RepairPlan:
    return sl.store.plan_repair(root, progress=False, **further)


def found(planned: sl.store.RepairPlan) -> dict[tuple[str, str], int]:
    return {(one.interval, one.kind): one.rows for one in planned.findings}


def test_recorded_quotes_as_they_are_need_no_repair(real_data, tmp_path):
    """Of seconds, minutes and ticks; among the ticks there are several of one stamp."""
    shutil.copytree(real_data / "quotes", tmp_path / "quotes")
    planned = plan(tmp_path)

    assert not planned
    assert planned.left == []
    assert recorded(real_data, "BAC", "tick")["timestamp"].duplicated().any()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("symbol", "kind"), [("SPY", "1s"), ("AIG", "1m")])
def test_planted_repeats_and_disorder_are_mended_with_exact_counts_and_can_be_taken_back(real_data, tmp_path, seed, symbol, kind):
    luck = np.random.default_rng([seed, 11])
    real = recorded(real_data, symbol, kind)
    spots = luck.permutation(np.arange(10, len(real) - 10, 6))
    twice, late = spots[: luck.integers(1, 9)], spots[9 : 9 + luck.integers(1, 9)]
    order = np.arange(len(real), dtype=float)
    order[late] += 2.6
    wrong = pd.concat([real.assign(order=order), real.iloc[twice].assign(order=order[twice] + 0.5)])
    put_quotes(tmp_path, symbol, kind, wrong.sort_values("order", kind="stable").drop(columns="order"))
    before = contents_of(tmp_path)

    planned = plan(tmp_path)
    sl.store.repair(planned, progress=False)

    assert found(planned) == {(f"{kind} quotes", "duplicate"): len(twice), (f"{kind} quotes", "out_of_order"): len(late)}
    assert not planned.needs_confirmation
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"quotes/{kind}/{symbol}/{DAY}.parquet"), real)
    assert not plan(tmp_path)
    assert sl.store.verify(tmp_path, progress=False).counts["ok"] == 1
    sl.store.restore(tmp_path, 1)
    assert contents_of(tmp_path) == before


def test_ticks_that_are_alike_stay_and_are_only_brought_in_order(real_data, tmp_path):
    """The first thousand, with some told twice, and a stretch of them moved behind the next."""
    real = recorded(real_data, "BAC", "tick").iloc[:1000]
    doubled = pd.concat([real, real.iloc[[100, 100, 500]]]).sort_index(kind="stable")
    apart = doubled["timestamp"].iloc[400] < doubled["timestamp"].iloc[450] < doubled["timestamp"].iloc[500]
    file = put_quotes(
        tmp_path, "BAC", "tick", pd.concat([doubled.iloc[:400], doubled.iloc[450:500], doubled.iloc[400:450], doubled.iloc[500:]])
    )

    planned = plan(tmp_path)
    sl.store.repair(planned, progress=False)

    assert apart
    assert {kind for _, kind in found(planned)} == {"out_of_order"}
    stored = pd.read_parquet(file)
    pd.testing.assert_frame_equal(stored.sort_values(COLUMNS, ignore_index=True), doubled.sort_values(COLUMNS, ignore_index=True))
    assert stored["timestamp"].is_monotonic_increasing


def test_a_month_file_that_holds_a_day_files_quotes_loses_its_copies(real_data, tmp_path):
    day, next_day = recorded(real_data, "AIG", "1m"), recorded(real_data, "AIG", "1m", "2013-10-08")
    put_quotes(tmp_path, "AIG", "1m", day)
    month = put_quotes(tmp_path, "AIG", "1m", pd.concat([day, next_day]), "2013-10")
    sessions = TIMES.get_sessions(DAY, "2013-10-08")
    read = quotes_of(LocalStore(tmp_path), "AIG", sessions)

    planned = plan(tmp_path)
    sl.store.repair(planned, progress=False)

    assert found(planned) == {("1m quotes", "copy"): len(day)}
    pd.testing.assert_frame_equal(pd.read_parquet(month), next_day, check_like=True)
    pd.testing.assert_frame_equal(quotes_of(LocalStore(tmp_path), "AIG", sessions), read)


def test_what_differs_under_one_stamp_and_what_is_no_quote_is_told_and_left(real_data, tmp_path):
    real = recorded(real_data, "SPY", "1s")
    other = real.iloc[[50]].assign(bid_price=lambda some: some["bid_price"] - 0.01)
    bad = real.iloc[[60, 61]].assign(ask_price=-1.0)
    file = put_quotes(tmp_path, "SPY", "1s", pd.concat([real.iloc[:51], other, real.iloc[51:62], bad, real.iloc[62:]]))
    put_quotes(tmp_path, "SPY", "1s", real.iloc[[5, 5]], "2013-10-08").write_bytes(b"PAR1 no more")
    before = file.read_bytes()

    planned = plan(tmp_path)

    assert not planned
    stamp = other["timestamp"].iloc[0].tz_convert("America/New_York")
    assert [
        one for one in planned.left if f"1 rows told otherwise under their stamp (first: SPY {stamp:%Y-%m-%d %H:%M:%S}" in one
    ]
    assert [one for one in planned.left if "SPY 1s quotes: 2 rows bad price" in one]
    assert [one for one in planned.left if "2013-10-08.parquet" in one]
    assert len(planned.left) == 3
    assert file.read_bytes() == before


def test_only_what_was_asked_for_is_mended(real_data, tmp_path):
    real = recorded(real_data, "AIG", "1m")
    for date in (DAY, "2013-10-08"):
        day = recorded(real_data, "AIG", "1m", date)
        put_quotes(tmp_path, "AIG", "1m", pd.concat([day, day.iloc[[3]]]), date)

    kinds = {only: set(found(plan(tmp_path, only=only))) for only in ("duplicates", "order", "label")}
    first = plan(tmp_path, end=DAY)

    assert kinds == {
        "duplicates": {("1m quotes", "duplicate")}, "order": {("1m quotes", "out_of_order")}, "label": set(),
    }  # fmt: skip
    assert {(str(one.first), str(one.last)) for one in first.findings} == {(DAY, DAY)}
    with pytest.raises(sl.errors.NoDataError, match="has no bars of what was asked for"):
        plan(tmp_path, quotes=False)
    sl.store.repair(plan(tmp_path, only="duplicates"), progress=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"quotes/1m/AIG/{DAY}.parquet"), real)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([9.5, 10.0, np.nan])), min_size=1, max_size=12))
@settings(max_examples=40)
def test_a_repair_is_what_pandas_would_drop_and_sort(tmp_path_factory, drawn):
    """Whatever stands in a file: the first of rows that are alike, in the order of stamps, and a second repair does nothing."""
    root = tmp_path_factory.mktemp("drawn")
    opened = pd.Timestamp("2013-10-07 09:30", tz="America/New_York").tz_convert("UTC").as_unit("ns")
    after, bid = zip(*drawn, strict=True)
    frame = pd.DataFrame({"timestamp": [opened + pd.Timedelta(seconds=one) for one in after], "bid_price": bid})
    frame = frame.assign(bid_size=np.where(frame["bid_price"].isna(), 0.0, 3.0), ask_price=11.0, ask_size=2.0)
    file = put_quotes(root, "SPY", "1s", frame)

    planned = plan(root)
    if planned:
        sl.store.repair(planned, progress=False)

    wanted = frame.drop_duplicates().sort_values("timestamp", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(pd.read_parquet(file), wanted, check_dtype=False)
    assert found(planned).get(("1s quotes", "duplicate"), 0) == int(frame.duplicated().sum())
    assert not plan(root)
