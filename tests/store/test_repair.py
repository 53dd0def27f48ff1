"""Repairs: wrong copies of recorded days become the days that were recorded, and what was there before comes back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_files import csv_of, minutes, put
from store.stores import (
    PRICES,
    as_stored,
    bars_in,
    contents_of,
    coverage,
    put_day,
    read_days,
    rows_of,
)

import sessionlab as sl
from sessionlab.errors import BadDataError, BusyError, ConfigError, NoDataError, SourceError
from sessionlab.sources.local import LocalStore

HOUR, MINUTE = pd.Timedelta(hours=1), pd.Timedelta(minutes=1)
WEEK = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11")


def plan(root: Path, **further: object) -> sl.store.RepairPlan:
    return sl.store.plan_repair(root, progress=False, **further)


def found(planned: sl.store.RepairPlan) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Days and rows by symbol, interval and what is wrong."""
    return {(one.symbol, one.interval, one.wrong): (one.days, one.rows) for one in planned.findings}


def mended(root: Path, **further: object) -> sl.store.RepairReport:
    return sl.store.repair(plan(root, **further), progress=False)


def moved(frame: pd.DataFrame, by: pd.Timedelta) -> pd.DataFrame:
    return frame.assign(timestamp=frame["timestamp"] + by)


# The files as found


@pytest.fixture
def as_found(real_data, tmp_path) -> Path:
    root = tmp_path / "found"
    sl.store.import_data(f"files:{real_data}/as_found/mislabelled_{{symbol}}_2025-07-02.csv", root, progress=False)
    return root


def test_the_files_as_found_are_four_hours_late_and_mended(as_found, real_data):
    """The day before has rows after the close alone, which tell no hours: it goes with its neighbour."""
    before = contents_of(as_found)
    planned = plan(as_found)

    assert found(planned) == {
        ("AAPL", "1m", "stamps 4 h late"): (1, 639),
        ("AAPL", "1m", "stamps 4 h late, as their neighbours"): (1, 223),
        ("RIVN", "1m", "stamps 4 h late"): (1, 518),
        ("RIVN", "1m", "stamps 4 h late, as their neighbours"): (1, 99),
    }
    assert planned.needs_confirmation
    assert contents_of(as_found) == before

    report = sl.store.repair(planned, progress=False)

    for symbol in ("AAPL", "RIVN"):
        assert coverage(as_found, symbol, "2025-07-02") == (390, 390)
        real = as_stored(read_days(real_data, symbol, "2025-07-01", "2025-07-02"))
        pd.testing.assert_frame_equal(bars_in(as_found, symbol, "2025-07"), real)
    assert (report.version.number, report.rows, report.files) == (2, 862 + 617, 2)
    assert not plan(as_found)
    assert sl.store.contents(as_found).table["version"].tolist() == [2, 2]


def test_the_old_version_comes_back_bit_for_bit_and_so_does_the_new(as_found):
    before = contents_of(as_found)
    mended(as_found)
    after = contents_of(as_found)

    restored = sl.store.restore(as_found, 1)
    back = contents_of(as_found)
    again = sl.store.restore(as_found, 2)

    assert (restored.number, again.number) == (3, 4)
    assert (back, contents_of(as_found)) == (before, after)
    assert sl.store.verify(as_found).counts["ok"] == 2
    assert [(one.number, one.made_by, one.in_place) for one in sl.store.versions(as_found)] == [
        (2, "repair", True), (3, "restore", True), (4, "restore", True),
    ]  # fmt: skip


def test_what_a_repair_moved_is_not_imported_over_it(as_found, real_data, tmp_path):
    """Neither from the same files, nor from files that changed since; after a restore they come as they are."""
    template = f"files:{tmp_path}/in/{{symbol}}.csv"
    csv = pd.read_csv(real_data / "as_found/mislabelled_AAPL_2025-07-02.csv", usecols=["timestamp", *PRICES, "volume"])
    put(tmp_path / "in/AAPL.csv", csv_of(csv))
    root = tmp_path / "store"
    sl.store.import_data(template, root, progress=False)
    mended(root)
    after = contents_of(root)
    put(tmp_path / "in/AAPL.csv", csv_of(csv.assign(volume=csv["volume"] + 1)))

    report = sl.store.import_data(template, root, progress=False)

    assert contents_of(root) == after
    assert "862 rows of 2025-07-01 to 2025-07-02 are left as a repair moved them (by 4 h)" in report.notes[0]
    sl.store.restore(root, 1)
    assert sl.store.import_data(template, root, progress=False).table["replaced"].item() == 862


# Labels


@pytest.mark.parametrize(("symbol", "dates", "group"), [
    ("SPY", WEEK, "US_EQUITY"), ("AIG", WEEK, "US_EQUITY"), ("BAC", WEEK, "US_EQUITY"),
    ("AAPL", ("2025-07-01", "2025-07-02"), "US_EQUITY"), ("FOXA", ("2013-07-01", "2013-07-02"), "US_EQUITY"),
    ("6EH4", ("2024-01-03", "2024-01-04", "2024-01-05"), "COMMODITIES"),
])  # fmt: skip
def test_minutes_labelled_by_their_end_are_moved_back(real_data, tmp_path, symbol, dates, group):
    """Imported as if their stamps were starts. One of the days has no trading hours in it, and goes with the other."""
    real = read_days(real_data, symbol, *dates)
    put(tmp_path / f"in/{symbol}.csv", csv_of(moved(real, MINUTE).drop(columns="symbol")))
    root = tmp_path / "store"
    sl.store.import_data(
        f"files:{tmp_path}/in/{{symbol}}.csv", root, options={"label": "start"}, exchange_group=group, progress=False
    )

    planned = plan(root)
    sl.store.repair(planned, progress=False)

    assert sum(rows for _, rows in found(planned).values()) == len(real)
    assert {one.kind for one in planned.findings} == {"label"}
    [file] = (root / "bars/1m" / symbol).iterdir()
    pd.testing.assert_frame_equal(as_stored(pd.read_parquet(file)), as_stored(real))
    assert not plan(root)


def test_hours_and_label_are_mended_together(real_data, tmp_path):
    real = read_days(real_data, "SPY", *WEEK)
    for date in WEEK:
        put_day(tmp_path, "SPY", date, moved(read_days(real_data, "SPY", date), MINUTE - 2 * HOUR))

    planned = plan(tmp_path)
    sl.store.repair(planned, progress=False)

    rows = planned.table.groupby(planned.table["wrong"].str.contains("ends"))["rows"].sum()
    assert rows.to_dict() == {False: len(real), True: len(real)}
    found_now = pd.concat([bars_in(tmp_path, "SPY", date) for date in WEEK], ignore_index=True)
    pd.testing.assert_frame_equal(found_now, as_stored(real))


@pytest.mark.parametrize("hours", [-8, -5, -4, 1, 3, 7, 9])
def test_rows_that_move_to_another_date_go_to_its_file(real_data, tmp_path, hours):
    """Day files named by the dates that the wrong stamps have, as an import would name them."""
    real = read_days(real_data, "SPY", *WEEK[:3])
    wrong = moved(real, hours * HOUR)
    dates = wrong["timestamp"].dt.tz_convert("America/New_York").dt.strftime("%Y-%m-%d")
    for date, some in wrong.groupby(dates):
        put_day(tmp_path, "SPY", date, some)
    before = contents_of(tmp_path)

    mended(tmp_path)

    sessions = sl.TimeManager().get_sessions("2013-10-01", "2013-10-20")
    ours, theirs = (rows_of(LocalStore(root), "SPY", sl.Interval("1m"), sessions) for root in (tmp_path, real_data))
    until = pd.Timestamp("2013-10-10", tz="America/New_York").as_unit("ns").value
    pd.testing.assert_frame_equal(ours, theirs[theirs["start"] < until].reset_index(drop=True))
    for date in WEEK[:3]:
        pd.testing.assert_frame_equal(bars_in(tmp_path, "SPY", date), as_stored(read_days(real_data, "SPY", date)))
    assert sl.store.verify(tmp_path).counts["changed"] == sl.store.verify(tmp_path).counts["missing"] == 0
    sl.store.restore(tmp_path, 1)
    assert contents_of(tmp_path) == before


def test_stamps_that_would_fall_on_others_are_not_moved(real_data, tmp_path):
    """What is seven hours late begins with the evening of the day before, which is there already as it should be."""
    before, day = (read_days(real_data, "SPY", date) for date in WEEK[:2])
    evening = before[before["timestamp"] >= pd.Timestamp(f"{WEEK[0]} 17:00", tz="America/New_York")]
    put_day(tmp_path, "SPY", "2013-10", pd.concat([before, moved(pd.concat([evening, day]), 7 * HOUR)]))

    planned = plan(tmp_path)

    assert not planned
    assert planned.left[-1].startswith("SPY 1m: stamps of 2 days look wrong (first 2013-10-08) and are not moved")


def test_recorded_days_as_they_are_need_no_repair(real_data):
    planned = plan(real_data, intervals="1m,1s", symbols="SPY,AIG,BAC,AAPL,FOXA,RIVN")

    assert not planned
    assert planned.left == []


# Rows that stand twice, and rows out of order


def planted(frame: pd.DataFrame, luck: np.random.Generator, kinds: Sequence[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    """A copy with faults in rows that lie six apart, and how many of each."""
    spots = [int(spot) for spot in luck.permutation(np.arange(30, len(frame) - 30, 6))]
    frame = frame.reset_index(drop=True).astype({"volume": "float64"})
    frame["order"] = np.arange(len(frame), dtype=float)
    counts, parts = {}, [frame]
    for kind in kinds:
        rows = [spots.pop() for _ in range(int(luck.integers(1, 5)))]
        counts[kind] = len(rows)
        if kind == "duplicate":
            parts.append(frame.loc[rows].assign(order=lambda some: some["order"] + 0.5))
        elif kind == "correction":  # what was told first was wrong
            parts.append(frame.loc[rows].assign(order=lambda some: some["order"] - 0.5, close=lambda some: some["low"]))
            changed = frame.loc[rows, "close"] != frame.loc[rows, "low"]
            counts[kind] = int(changed.sum())
            counts["duplicate"] = counts.get("duplicate", 0) + int((~changed).sum())
        elif kind == "out_of_order":
            frame.loc[rows, "order"] += 2.6
    return pd.concat(parts).sort_values("order", kind="stable").drop(columns="order"), counts


@pytest.mark.parametrize("seed", range(25))
def test_planted_duplicates_and_disorder_are_mended_with_exact_counts(real_data, tmp_path, seed):
    luck = np.random.default_rng([seed, 7])
    symbol, date = [("SPY", "2013-10-08"), ("AIG", "2013-10-09"), ("BAC", "2013-10-10"), ("AAPL", "2014-06-06")][seed % 4]
    real = read_days(real_data, symbol, date)
    wrong, counts = planted(real, luck, ["duplicate", "correction", "out_of_order"])
    put_day(tmp_path, symbol, date, wrong)

    planned = plan(tmp_path)
    report = sl.store.repair(planned, progress=False)

    assert {one.kind: one.rows for one in planned.findings} == {kind: count for kind, count in counts.items() if count}
    assert not planned.needs_confirmation
    pd.testing.assert_frame_equal(bars_in(tmp_path, symbol, date), as_stored(real))
    assert report.version.changes[0].rows_before == len(wrong)
    assert not plan(tmp_path)


def test_of_two_different_tellings_the_later_in_the_file_is_taken(tmp_path):
    frame = minutes("2025-07-02").astype({"volume": "float64"})
    put_day(tmp_path, "SPY", "2025-07-02", pd.concat([frame, frame.iloc[[5]].assign(volume=9.0)]))

    mended(tmp_path)

    stored = pd.read_parquet(tmp_path / "bars/1m/SPY/2025-07-02.parquet")
    assert (len(stored), stored["volume"].iloc[5]) == (390, 9.0)


def test_only_what_was_asked_for_is_mended(real_data, tmp_path):
    wrong, counts = planted(read_days(real_data, "SPY", WEEK[1]), np.random.default_rng(1), ["duplicate", "out_of_order"])
    put_day(tmp_path, "SPY", WEEK[1], moved(wrong, 4 * HOUR))

    kinds = {only: {one.kind for one in plan(tmp_path, only=only).findings} for only in ("duplicates", "order", "hours", "label")}

    assert kinds == {"duplicates": {"duplicate"}, "order": {"out_of_order"}, "hours": {"hours"}, "label": set()}
    assert {one.kind for one in plan(tmp_path).findings} == {"hours", *counts}


def test_dates_and_symbols_bound_a_repair(real_data, tmp_path):
    for symbol in ("SPY", "AIG"):
        for date in WEEK[:2]:
            put_day(tmp_path, symbol, date, pd.concat([read_days(real_data, symbol, date)] * 2))
    before = contents_of(tmp_path)

    mended(tmp_path, symbols="SPY", start=WEEK[1], end=WEEK[1])

    changed = [path for path, digest in contents_of(tmp_path).items() if digest != before[path]]
    assert changed == [f"bars/1m/SPY/{WEEK[1]}.parquet"]


def test_what_cannot_be_mended_is_listed_and_left(real_data, tmp_path):
    frame = read_days(real_data, "SPY", WEEK[1]).astype({"volume": "float64"})
    frame.loc[200, "close"] = np.nan
    frame.loc[210, "low"] = 0.0
    frame.loc[220, "timestamp"] += pd.Timedelta(seconds=7)
    put_day(tmp_path, "SPY", WEEK[1], pd.concat([frame, frame.iloc[[300]]]))
    (tmp_path / f"bars/1m/SPY/{WEEK[2]}.parquet").write_bytes(b"PAR1 no more")

    planned = plan(tmp_path)
    sl.store.repair(planned, progress=False)

    kinds = ("not a number", "bad price", "off grid", "unreadable")
    assert [next(kind for kind in kinds if kind in said) for said in planned.left] == list(kinds)
    stored = pd.read_parquet(tmp_path / f"bars/1m/SPY/{WEEK[1]}.parquet")
    pd.testing.assert_frame_equal(as_stored(stored), as_stored(frame))


def test_columns_that_are_not_ours_stay(tmp_path):
    frame = minutes("2025-07-02").assign(symbol="SPY", trades=np.arange(390))
    put_day(tmp_path, "SPY", "2025-07-02", pd.concat([frame, frame.iloc[[5]]]))

    mended(tmp_path)

    stored = pd.read_parquet(tmp_path / "bars/1m/SPY/2025-07-02.parquet")
    assert stored["trades"].tolist() == list(range(390))
    assert set(stored["symbol"]) == {"SPY"}


def test_days_that_stand_twice_under_two_stamps_become_one(tmp_path):
    dates = pd.date_range("2025-06-02", "2025-06-06")
    bars = pd.DataFrame({"timestamp": dates.tz_localize("UTC"), **dict.fromkeys(PRICES, 10.0), "volume": 5.0})
    again = bars.assign(timestamp=dates.tz_localize("America/New_York").tz_convert("UTC")).iloc[[2]]
    (tmp_path / "bars/1d").mkdir(parents=True)
    pd.concat([bars, again]).to_parquet(tmp_path / "bars/1d/SPY.parquet", index=False)

    mended(tmp_path)

    assert len(pd.read_parquet(tmp_path / "bars/1d/SPY.parquet")) == 5


def test_when_a_row_was_known_moves_with_its_clock_and_never_earlier_by_another(real_data, tmp_path):
    """Rows told by the clock that is off keep their delay; those told by another clock keep their instant."""
    real = read_days(real_data, "SPY", WEEK[1])
    end = real["timestamp"] + MINUTE
    same = np.arange(len(real)) % 2 == 0
    known_at = (end + 4 * HOUR + pd.Timedelta(seconds=2)).where(same, end + 5 * HOUR)
    put_day(tmp_path, "SPY", WEEK[1], moved(real, 4 * HOUR).assign(known_at=known_at))

    mended(tmp_path)

    stored = pd.read_parquet(tmp_path / f"bars/1m/SPY/{WEEK[1]}.parquet")
    delay = stored["known_at"] - stored["timestamp"] - MINUTE
    assert set(delay[same]) == {pd.Timedelta(seconds=2)}
    assert (delay[~same] >= 5 * HOUR - 4 * HOUR).all()


# What goes wrong


def test_a_plan_that_is_out_of_date_is_refused(as_found):
    planned = plan(as_found)
    file = as_found / "bars/1m/AAPL/2025-07.parquet"
    file.write_bytes(file.read_bytes() + b"")
    pd.read_parquet(file).iloc[:-1].to_parquet(file)

    with pytest.raises(BusyError, match="are others than when the repair was planned"):
        sl.store.repair(planned, progress=False)


def test_nothing_to_mend_is_no_version(real_data, tmp_path):
    put_day(tmp_path, "SPY", WEEK[0], read_days(real_data, "SPY", WEEK[0]))

    with pytest.raises(NoDataError, match="nothing to mend"):
        mended(tmp_path)
    assert sl.store.versions(tmp_path) == []


def test_what_cannot_be_meant_says_what_to_do(as_found):
    with pytest.raises(ConfigError, match="'prices' is nothing that is mended"):
        plan(as_found, only="prices")
    with pytest.raises(NoDataError, match="has nothing of XXX"):
        plan(as_found, symbols="XXX")
    with pytest.raises(NoDataError, match="nothing was repaired"):
        sl.store.restore(as_found, 7)


def test_a_kept_file_that_is_damaged_is_not_brought_back(as_found):
    mended(as_found)
    after = contents_of(as_found)
    kept = as_found / ".sessionlab/versions/0002/old/bars/1m/AAPL/2025-07.parquet"
    kept.write_bytes(kept.read_bytes()[:-9] + b"123456789")

    with pytest.raises(BadDataError, match="its checksum is another; nothing was brought back"):
        sl.store.restore(as_found, 1)
    assert contents_of(as_found) == after


def test_a_disk_that_is_full_while_new_files_are_written_leaves_the_store_as_it_was(as_found, monkeypatch):
    planned, before = plan(as_found), contents_of(as_found)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SourceError, match="No space left on device"):
        sl.store.repair(planned, progress=False)
    monkeypatch.undo()

    assert contents_of(as_found) == before
    assert sl.store.versions(as_found) == []
    assert list((as_found / ".sessionlab").rglob("*.parquet")) == []


def test_a_disk_that_refuses_when_files_are_put_in_place_keeps_old_or_new_and_it_is_completed(as_found, monkeypatch):
    planned, before = plan(as_found), contents_of(as_found)
    real, count = Path.replace, iter(range(100))

    def refuse_the_fifth(self: Path, target: Path) -> Path:
        if next(count) == 4:  # two files staged, the decision, one file in place
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse_the_fifth)
    with pytest.raises(SourceError, match="nothing is lost"):
        sl.store.repair(planned, progress=False)
    monkeypatch.undo()
    between = contents_of(as_found)
    told = sl.store.verify(as_found).notes
    completed = plan(as_found)

    assert sum(between[path] == digest for path, digest in before.items()) == 1
    assert "version 2 is not in place yet" in told[0]
    assert "it is now" in completed.notes[0]
    assert not completed
    assert coverage(as_found, "AAPL", "2025-07-02") == coverage(as_found, "RIVN", "2025-07-02") == (390, 390)
    assert sl.store.verify(as_found).counts["ok"] == 2
