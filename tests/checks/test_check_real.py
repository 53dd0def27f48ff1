"""Checks of recorded days: as they are, and with faults planted in copies of them.

What is planted is counted by pandas and by hand, from the rows that were changed.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from checks.raw_rows import PRICES, RawRows

import sessionlab as sl
from sessionlab.checks.prices import flat_from

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
FUTURE = "6EH4"
AFTER_HOURS_ONLY = {("AAPL", "2025-07-01"), ("RIVN", "2025-07-01")}
COPIES = 100


def files(root: Path) -> list[tuple[str, str]]:
    """Symbol and date of every recorded day of minutes."""
    return sorted((file.parent.name, file.stem) for file in (root / "bars" / "1m").glob("*/*.parquet"))


@lru_cache(maxsize=64)
def recorded(root: Path, symbol: str, date: str) -> pd.DataFrame:
    return pd.read_parquet(root / "bars" / "1m" / symbol / f"{date}.parquet")


def zone(symbol: str) -> str:
    return CHICAGO if symbol == FUTURE else NEW_YORK


def hours(symbol: str, date: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Open and close, by hand."""
    close = pd.Timestamp(f"{date} 16:00", tz=zone(symbol))
    if symbol != FUTURE:
        return pd.Timestamp(f"{date} 09:30", tz=NEW_YORK), close
    return close.normalize() - pd.Timedelta(hours=7), close


def looked_at(symbol: str, date: str, frame: pd.DataFrame) -> sl.DataCheck:
    """The check of one day of a source that has ``frame``."""
    group = "COMMODITIES" if symbol == FUTURE else "US_EQUITY"
    return sl.check(RawRows({(symbol, "1m"): frame}), date, date, symbol, exchange_group=group)


def looked_at_in_a_store(root: Path, symbol: str, date: str, frame: pd.DataFrame) -> sl.DataCheck:
    """The check of one day of a store that holds ``frame``."""
    file = root / "bars" / "1m" / symbol / f"{date}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(file)
    return sl.check(f"local:{root}", date, date, [symbol], exchange_group="COMMODITIES" if symbol == FUTURE else "US_EQUITY")


def moved(frame: pd.DataFrame, by: pd.Timedelta) -> pd.DataFrame:
    return frame.assign(timestamp=frame["timestamp"] + by)


# Recorded days as they are

FALSE_ALARMS = {
    # A minute without a trade is a gap to the calendar, though nothing is lost: AIG at 13:47, euro futures mostly at night.
    ("AIG", "1m", "gap"): 1,
    ("6EH4", "1m", "gap"): 137,
    # So is nearly every second of a thin stock.
    ("AIG", "1s", "gap"): 2818 - 4,
    ("SPY", "1s", "gap"): 7072 - 3,
    # Hours on the wall, 10:00 and on: of the 34,984 before 16:00 none is on a grid from 09:30, and 47 come after early closes.
    ("SPY", "60m", "off_grid"): 34_984 - 47,
    ("SPY", "60m", "gap"): 5849,
    # The files of 2025-07-01 begin after the close: their session is one gap.
    ("AAPL", "1m", "gap"): 1,
    ("RIVN", "1m", "gap"): 1,
    # Nobody quotes both sides of a thin stock at four in the morning.
    ("FOXA", "1m quotes", "one_sided"): 4,
    # True splits, told as known ones. Prices are as traded, so the jump is really in them.
    ("AAPL", "1m", "split_like_jump"): 1,
    ("AAPL", "1d", "split_like_jump"): 5,  # four splits, and 2000-09-29: half of the price lost over night, on news
    ("BAC", "1d", "split_like_jump"): 1,
    # Four splits, and three nights of the crash: 2008-09-16, 2008-09-17 and 2009-03-19.
    ("AIG", "1d", "split_like_jump"): 7,
}
SPANS = [
    ("2013-07-01", "2013-07-02", "FOXA", "1m", "US_EQUITY"),
    ("2013-10-07", "2013-10-11", "SPY AIG BAC", "1m", "US_EQUITY"),
    ("2013-10-07", "2013-10-07", "AIG", "1s", "US_EQUITY"),
    ("2013-10-07", "2013-10-08", "SPY", "1s", "US_EQUITY"),
    ("2014-06-05", "2014-06-09", "AAPL", "1m", "US_EQUITY"),
    ("2025-07-01", "2025-07-02", "AAPL RIVN", "1m", "US_EQUITY"),
    ("2024-01-02", "2024-01-12", "6EH4", "1m", "COMMODITIES"),
    ("1998-01-02", "2021-03-31", "SPY AIG BAC AAPL", "1d", "US_EQUITY"),
    ("1998-01-02", "2021-03-31", "SPY", "60m", "US_EQUITY"),
]


def test_the_false_alarms_on_recorded_days_are_these(real_data: Path):
    """Of all files of all widths. What they mean is told to users by ``sl.check``."""
    checked = {(symbol, interval) for _, _, symbols, interval, _ in SPANS for symbol in symbols.split()}
    stored = {(path.stem, "60m") for path in (real_data / "bars/1h").iterdir()}
    stored |= {(path.stem, width) for width in ("1s", "1m", "1d") for path in (real_data / "bars" / width).iterdir()}
    assert checked == stored

    alarms: Counter[tuple[str, str, str]] = Counter()
    for start, end, symbols, interval, group in SPANS:
        found = sl.check(f"local:{real_data}", start, end, symbols, intervals=interval, exchange_group=group)
        for _, example in found.examples.iterrows():
            alarms[example["symbol"], example["interval"], example["kind"]] += example["count"]
        assert not found.table["end_labelled"].any()
        assert not found.table["hours_late"].any()
        assert found.missing == {}

    assert dict(alarms) == FALSE_ALARMS


def test_known_splits_are_told_apart_from_crashes(real_data: Path):
    found = sl.check(f"local:{real_data}", "1998-01-02", "2021-03-31", "AAPL AIG", intervals="1d")

    crashes = [finding for finding in found.findings if "like that of a split" in finding]
    known = [finding.split(" is known")[0] for finding in found.findings if " is known" in finding]
    assert crashes == [
        "AIG 1d: 3 jumps like that of a split on 3 of 5,849 days "
        "(first: AIG 2008-09-16 09:30:00, close 5.09, then open 1.75, about 3 for 1).",
        "AAPL 1d: 1 jump like that of a split on 1 of 5,849 days "
        "(first: AAPL 2000-09-29 09:30:00, close 53.38, then open 28.06, about 2 for 1).",
    ]
    ratios = ["2 for 1", "2 for 1", "7 for 1", "4 for 1"]
    assert known[:4] == [f"AAPL 1d: a split of {ratio}" for ratio in ratios]
    assert [split.split("of ")[1] for split in known[4:]] == ["3 for 2", "5 for 4", "3 for 2", "1 for 20"]


@pytest.mark.parametrize(("symbol", "coverage"), [("AAPL", 89.49), ("RIVN", 67.18)])
def test_the_files_as_found_are_four_hours_late(real_data: Path, symbol: str, coverage: float):
    frame = pd.read_csv(real_data / "as_found" / f"mislabelled_{symbol}_2025-07-02.csv", parse_dates=["timestamp"])

    found = sl.check(RawRows({(symbol, "1m"): frame}), "2025-07-02", "2025-07-02", symbol)

    [row] = found.table.to_dict("records")
    assert row["hours_late"] == 4.0
    assert row["coverage"] == pytest.approx(coverage, abs=0.005)
    assert not row["end_labelled"]
    assert found.findings[0] == (
        f"{symbol} 1m: stamps look 4 hours late on 1 of 1 day (first 2025-07-02); moved back, coverage there would be 100.00 % "
        f"instead of {coverage} %, and the volume would be heavy at open and close: check the zone of the stamps."
    )
    moved_back = sl.check(RawRows({(symbol, "1m"): moved(frame, -pd.Timedelta(hours=4))}), "2025-07-02", "2025-07-02", symbol)
    assert moved_back.coverage == 100.0
    assert not moved_back.table["hours_late"].any()
    assert moved_back.table["heavy_at"].item() in ("open", "close")


# Labels, over all recorded days


@pytest.mark.parametrize("kept", ["all", "regular hours", "from the open", "to the close"])
def test_a_copy_labelled_by_the_end_is_recognized_and_no_other_is(real_data: Path, kept: str):
    """Two of the recorded files have rows after the close alone: their copies end at 20:00, and do not begin at the close."""
    for symbol, date in files(real_data):
        frame, (opened, closed) = recorded(real_data, symbol, date), hours(symbol, date)
        early, late = frame["timestamp"] < opened, frame["timestamp"] >= closed
        frame = frame[~{"all": early & late, "regular hours": early | late, "from the open": early, "to the close": late}[kept]]
        if frame.empty:
            continue
        for by, labelled in ((0, False), (1, True)):
            found = looked_at(symbol, date, moved(frame, pd.Timedelta(minutes=by)))

            assert found.table["end_labelled"].item() == labelled, (symbol, date, by)
            assert found.table["hours_late"].item() == 0.0


def test_a_closing_print_booked_after_the_close_is_no_label_at_the_end(real_data: Path):
    """Consolidated tapes book the auction at 16:00: the day's greatest volume, one minute after the last of the session."""
    evening = moved(recorded(real_data, "AAPL", "2025-07-01"), pd.Timedelta(days=1))
    whole = pd.concat([recorded(real_data, "AAPL", "2025-07-02"), evening])
    for by, labelled in ((0, False), (1, True)):
        found = sl.check(RawRows({("AAPL", "1m"): moved(whole, pd.Timedelta(minutes=by))}), "2025-07-02", "2025-07-02", "AAPL")

        assert found.table["end_labelled"].item() == labelled
        assert found.table["heavy_at"].item() == ("off_session" if labelled else "close")


# Planted faults


@pytest.mark.parametrize("seed", range(COPIES))
def test_hours_planted_are_told(real_data: Path, seed: int):
    """Also in a copy that lacks a tenth of its minutes."""
    luck = np.random.default_rng([seed, 1])
    some = [file for file in files(real_data) if file[0] != FUTURE and file not in AFTER_HOURS_ONLY]
    symbol, date = some[luck.integers(len(some))]
    late = int(luck.choice([-8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8]))
    frame = recorded(real_data, symbol, date)
    opened, closed = hours(symbol, date)
    edges = frame["timestamp"].isin([opened, closed - pd.Timedelta(minutes=1)])
    frame = frame[(luck.random(len(frame)) >= luck.choice([0.0, 0.1])) | edges]
    inside = ((frame["timestamp"] >= opened) & (frame["timestamp"] < closed)).sum()

    found = looked_at(symbol, date, moved(frame, pd.Timedelta(hours=late)))

    [row] = found.table.to_dict("records")
    assert row["hours_late"] == late, (symbol, date)
    assert not row["end_labelled"]
    assert f"coverage there would be {100 * inside / 390:.2f} %" in found.findings[0]


@pytest.mark.parametrize("seed", range(COPIES))
def test_rows_planted_are_found_and_counted(real_data: Path, tmp_path: Path, seed: int):
    """Eleven kinds in one copy, each in rows of its own, in one to three of them."""
    luck = np.random.default_rng([seed, 2])
    some = [file for file in files(real_data) if file not in AFTER_HOURS_ONLY]
    symbol, date = some[luck.integers(len(some))]
    frame = recorded(real_data, symbol, date).reset_index(drop=True).astype({"volume": "float64"})
    opened, closed = hours(symbol, date)
    inside = np.flatnonzero((frame["timestamp"] >= opened) & (frame["timestamp"] < closed))
    off_session = len(frame) - len(inside)

    # Rows to touch lie six apart; the flat run and the jump have places of their own, in the first hour and in the last.
    flat = inside[20 : 20 + flat_from(sl.Interval.parse("1m")) + int(luck.integers(8))]
    leap = inside[-30]
    spots = [int(spot) for spot in luck.permutation(inside[60:-40:6])]
    kinds = ("gap", "duplicate", "out_of_order", "not_a_number", "bad_price", "high_below_low", "negative_volume", "off_grid")
    planted = {kind: sorted(spots.pop() for _ in range(int(luck.integers(1, 4)))) for kind in kinds}
    frame.loc[leap:, PRICES] /= 7
    frame.loc[flat, PRICES] = frame.loc[flat[0], PRICES].to_numpy(float) + 1.23e-5  # like no bar beside them
    frame["order"] = np.arange(len(frame), dtype=float)
    for row in planted["not_a_number"]:
        frame.loc[row, luck.choice([*PRICES, "volume"])] = np.nan
    for row in planted["bad_price"]:
        frame.loc[row, luck.choice(PRICES)] = luck.choice([0.0, -1.0])
    frame.loc[planted["high_below_low"], "high"] = frame.loc[planted["high_below_low"], "low"] * 0.99
    frame.loc[planted["negative_volume"], "volume"] = -5.0
    frame.loc[planted["off_grid"], "timestamp"] += pd.Timedelta(seconds=7)
    frame.loc[planted["out_of_order"], "order"] += 2.5
    again = frame.loc[planted["duplicate"]].assign(order=lambda rows: rows["order"] + 0.5, close=lambda rows: rows["high"])
    copy = pd.concat([frame.drop(index=planted["gap"]), again]).sort_values("order", kind="stable").drop(columns="order")

    found = looked_at_in_a_store(tmp_path, symbol, date, copy)

    lost = [
        row
        for kind in ("gap", "not_a_number", "bad_price", "high_below_low", "negative_volume", "off_grid")
        for row in planted[kind]
    ]
    original = recorded(real_data, symbol, date)["timestamp"].reset_index(drop=True)
    grid = pd.date_range(opened, closed, freq="1min", inclusive="left")
    there = set(original[np.setdiff1d(inside, lost)])
    gaps = runs([minute not in there for minute in grid])
    [row] = found.table.to_dict("records")
    assert (row["expected"], row["present"], row["off_session"]) == (len(grid), len(inside) - len(lost), off_session)
    assert row["coverage"] == 100 * (len(inside) - len(lost)) / len(grid)
    assert (row["gap_count"], row["longest_gap"]) == (len(gaps), max(length for _, length in gaps))
    assert (row["flat_runs"], row["split_like_jumps"]) == (1, 1)
    assert row["longest_flat"] == len(flat)
    columns = {kind: "duplicates" if kind == "duplicate" else kind for kind in kinds[1:]}
    assert {kind: row[column] for kind, column in columns.items()} == {kind: len(planted[kind]) for kind in columns}
    assert not row["end_labelled"]
    assert row["hours_late"] == 0.0

    tz = zone(symbol)
    first = found.examples.set_index("kind")["first"]
    assert set(first.index) == {*kinds, "flat_run", "split_like_jump"}
    at, length = gaps[0]
    assert first["gap"] == f"{symbol} {grid[at]:%Y-%m-%d %H:%M:%S}, {length} bar{'s' * (length != 1)}"
    for kind in columns:
        stamp = frame["timestamp"][planted[kind][0]].tz_convert(tz)
        assert first[kind].startswith(f"{symbol} {stamp:%Y-%m-%d %H:%M:%S}"), kind
    assert first["flat_run"] == f"{symbol} {original[flat[0]].tz_convert(tz):%Y-%m-%d %H:%M:%S}, {len(flat)} bars"
    assert first["split_like_jump"].startswith(f"{symbol} {original[leap].tz_convert(tz):%Y-%m-%d %H:%M:%S}, close ")
    assert first["split_like_jump"].endswith("about 7 for 1")
    for kind in ("gap", *columns):
        assert any(first[kind] in finding for finding in found.findings)


@pytest.mark.parametrize("seed", range(COPIES))
def test_labels_planted_are_told(real_data: Path, seed: int):
    """In copies of which a twentieth of the minutes is absent; a copy of the same rows that is not moved is never told."""
    luck = np.random.default_rng([seed, 3])
    some = [file for file in files(real_data) if file not in AFTER_HOURS_ONLY]
    symbol, date = some[luck.integers(len(some))]
    frame = recorded(real_data, symbol, date)
    opened, closed = hours(symbol, date)
    edges = frame["timestamp"].isin([opened, closed - pd.Timedelta(minutes=1)])
    frame = frame[(luck.random(len(frame)) >= 0.05) | edges]

    plain = looked_at(symbol, date, frame)
    ends = looked_at(symbol, date, moved(frame, pd.Timedelta(minutes=1)))

    assert (plain.table["end_labelled"].item(), ends.table["end_labelled"].item()) == (False, True), (symbol, date)
    assert not plain.table["hours_late"].any()
    assert not ends.table["hours_late"].any()


def runs(absent: list[bool]) -> list[tuple[int, int]]:
    """First and length of each run of True."""
    found: list[tuple[int, int]] = []
    for at, one in enumerate(absent):
        if one and at and absent[at - 1]:
            found[-1] = found[-1][0], found[-1][1] + 1
        elif one:
            found.append((at, 1))
    return found
