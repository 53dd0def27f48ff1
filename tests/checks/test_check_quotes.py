"""Recorded quotes in a check: counted as pandas counts them, as they are and with bad ones planted in copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, make_bars
from checks.raw_rows import minutes

import sessionlab as sl
from sessionlab.sources.local import LocalStore
from sessionlab.tape import Rows

NEW_YORK = "America/New_York"
RECORDED = [("SPY", "1s"), ("SPY", "1m"), ("AIG", "1s"), ("AIG", "1m"), ("BAC", "1m"), ("BAC", "tick")]


def by_pandas(frame: pd.DataFrame, date: str) -> dict[str, float]:
    """What the table should say of one day, from the rows of its file."""
    opened, closed = pd.Timestamp(f"{date} 09:30", tz=NEW_YORK), pd.Timestamp(f"{date} 16:00", tz=NEW_YORK)
    inside = frame["timestamp"].between(opened, closed)
    one_sided = frame["bid_price"].isna() | frame["ask_price"].isna()
    crossed, locked = frame["bid_price"] > frame["ask_price"], frame["bid_price"] == frame["ask_price"]
    some = frame[inside & ~one_sided & ~crossed]
    middle = (some["bid_price"] + some["ask_price"]) / 2
    edges = pd.concat([pd.Series([opened]), frame.loc[inside, "timestamp"].dt.tz_convert(NEW_YORK), pd.Series([closed])])
    return {
        "quotes": len(frame),
        "in_session": inside.sum(),
        "one_sided": one_sided.sum(),
        "crossed": crossed.sum(),
        "locked": locked.sum(),
        "one_sided_in_session": (one_sided & inside).sum(),
        "crossed_in_session": (crossed & inside).sum(),
        "locked_in_session": (locked & inside).sum(),
        "spread_bps": ((some["ask_price"] - some["bid_price"]) / middle * 1e4).median(),
        "longest_silence": edges.diff().max().total_seconds(),
    }


def file_of(root: Path, symbol: str, kind: str, date: str) -> Path:
    return root / "quotes" / kind / symbol / f"{date}.parquet"


def test_every_kind_of_every_day_is_as_pandas_counts_it(real_data: Path):
    found = sl.check(f"local:{real_data}", "2013-10-07", "2013-10-11", "SPY AIG BAC", intervals="1m")

    assert list(found.quotes.groupby(["symbol", "kind"], sort=False).groups) == RECORDED
    for row in found.quotes.to_dict("records"):
        date = f"{row['date']:%Y-%m-%d}"
        file = file_of(real_data, row["symbol"], row["kind"], date)
        if not file.exists():
            assert (row["quotes"], row["longest_silence"]) == (0, 23_400.0)
            assert np.isnan(row["spread_bps"])
            continue
        expected = by_pandas(pd.read_parquet(file), date)
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-9)
        refused = [row[name] for name in ("outside", "not_a_number", "bad_price", "negative_size", "out_of_order", "unreadable")]
        assert not any(refused)


def test_the_ticks_of_bac_are_as_their_readme_says(real_data: Path):
    found = sl.check(LocalStore(real_data, quotes="tick"), "2013-10-07", "2013-10-07", "BAC", intervals="1m")

    [row] = found.quotes.to_dict("records")
    assert (row["kind"], row["quotes"], row["locked_in_session"], row["crossed"], row["one_sided"]) == (
        "tick",
        238_427,
        4_244,
        0,
        0,
    )
    assert repr(found).startswith("<DataCheck of local: 1 symbol, 1 day, coverage 100.00 % of 390 bars, 238,427 quotes, nothing")


def test_one_sided_ones_before_the_open_are_told_with_the_first(real_data: Path):
    found = sl.check(f"local:{real_data}", "2013-07-01", "2013-07-02", "FOXA", intervals="1m")

    assert found.quotes["one_sided"].tolist() == [1, 3]
    assert found.quotes["one_sided_in_session"].tolist() == [0, 0]
    frame = pd.read_parquet(file_of(real_data, "FOXA", "1m", "2013-07-01"))
    first = frame[frame["bid_price"].isna() | frame["ask_price"].isna()].iloc[0]
    side = f"no bid, ask {first['ask_price']:g}" if np.isnan(first["bid_price"]) else f"bid {first['bid_price']:g}, no ask"
    assert found.findings == (
        f"FOXA 1m quotes: 4 of {found.quotes['quotes'].sum():,} (0.44 %) are one-sided, 0 in the session, on 2 of 2 days "
        f"(first: FOXA 2013-07-01 04:01:00, {side}); none of them is used as a price.",
    )


def test_a_lean_folder_has_the_same_quotes(real_data: Path, lean_data: Path):
    asked = ("2013-10-07", "2013-10-08", "BAC SPY")
    store, folder = (
        sl.check(f"{kind}:{root}", *asked, intervals="1m") for kind, root in (("local", real_data), ("lean", lean_data))
    )

    pd.testing.assert_frame_equal(store.quotes, folder.quotes)
    assert len(store.quotes) == 8  # minutes and ticks of BAC, minutes and seconds of SPY


@pytest.mark.parametrize("seed", range(20))
def test_bad_ones_planted_are_found_and_counted(real_data: Path, tmp_path: Path, seed: int):
    luck = np.random.default_rng(seed)
    symbol, kind = RECORDED[luck.integers(len(RECORDED))]
    frame = pd.read_parquet(file_of(real_data, symbol, kind, "2013-10-07"))
    places = luck.permutation(len(frame))[: 3 * 7].reshape(3, 7)
    crossed, one_sided, negative = places
    frame.loc[crossed, "bid_price"] = frame.loc[crossed, "ask_price"] + 0.01
    side = luck.choice(["bid", "ask"])
    frame.loc[one_sided, f"{side}_price"], frame.loc[one_sided, f"{side}_size"] = np.nan, 0
    frame.loc[negative[:3], "bid_price"] = -1.0
    file = file_of(tmp_path, symbol, kind, "2013-10-07")
    file.parent.mkdir(parents=True)
    frame.to_parquet(file, index=False)
    shutil.copytree(real_data / "bars" / "1m" / symbol, tmp_path / "bars" / "1m" / symbol)

    found = sl.check(f"local:{tmp_path}", "2013-10-07", "2013-10-07", symbol, intervals="1m")

    [row] = found.quotes.to_dict("records")
    expected = by_pandas(frame.drop(index=negative[:3]), "2013-10-07")
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-9)
    assert row["bad_price"] == 3
    assert row["crossed"] >= 7
    assert row["one_sided"] >= 7
    first = frame["timestamp"][crossed.min()].tz_convert(NEW_YORK)
    [told] = [finding for finding in found.findings if "crossed" in finding]
    assert f"{row['crossed']:,} of {row['quotes']:,} ({100 * row['crossed'] / row['quotes']:.2f} %) are crossed" in told
    assert f"{row['crossed_in_session']:,} in the session, on 1 of 1 day (first: {symbol} {first:%Y-%m-%d %H:%M:%S}, bid " in told
    assert any("3 rows on 1 of 1 day, each has a price of 0 or less" in finding for finding in found.findings)
    kinds = found.examples.query(f"interval == '{kind} quotes'").set_index("kind")["count"]
    assert dict(kinds) == {"crossed": row["crossed"], "one_sided": row["one_sided"], "bad_price": 3}


def test_a_day_without_any_is_told_and_one_that_cannot_be_read_hides_no_other(tmp_path: Path):
    quotes = pd.DataFrame({"timestamp": minutes("2025-07-01")["timestamp"], "bid_price": 9.0, "bid_size": 1.0})
    quotes = quotes.assign(ask_price=9.1, ask_size=2.0)
    for date in ("2025-07-01", "2025-07-02", "2025-07-03"):
        bars = tmp_path / "bars" / "1m" / "SPY" / f"{date}.parquet"
        bars.parent.mkdir(parents=True, exist_ok=True)
        minutes(date, "13:00" if date.endswith("3") else "16:00").to_parquet(bars, index=False)
    folder = tmp_path / "quotes" / "1m" / "SPY"
    folder.mkdir(parents=True)
    quotes.to_parquet(folder / "2025-07-01.parquet", index=False)
    (folder / "2025-07-03.parquet").write_text("no Parquet")

    found = sl.check(f"local:{tmp_path}")

    assert found.quotes["quotes"].tolist() == [390, 0, 0]
    assert found.quotes["unreadable"].tolist() == [0, 0, 1]
    assert found.quotes["longest_silence"].tolist() == [60.0, 23_400.0, 12_600.0]
    assert any(finding.startswith("SPY 1m quotes: 1 of 3 days cannot be read") for finding in found.findings)
    assert "SPY 1m quotes: there are none on 2 of 3 days." in found.findings


def test_a_source_of_one_kind_is_asked_for_that(tmp_path: Path):
    """Silence counts from the open to the close, within each half of a day with a break."""
    tokyo = sl.TimeManager("XTKS").get_trading_session("2025-07-02")
    (opened, paused), (resumed, closed) = tokyo.spans
    known_at = np.array([opened - 60, opened, paused - 10 * 60 * 10**9, resumed + 30 * 60 * 10**9, closed], dtype=np.int64)
    values = np.array([[9.0, 9.0, 9.0, 9.0, 9.0], [1.0] * 5, [9.1, 9.0, 8.0, 9.2, np.nan], [1.0, 1, 1, 1, 0]])
    source = RowsSource({("7203", "1m"): make_bars(tokyo)}, {"7203": Rows.of(known_at, known_at, values)})

    found = sl.check(source, "2025-07-02", "2025-07-02", "7203", exchange_group="XTKS")

    [row] = found.quotes.to_dict("records")
    assert (row["kind"], row["quotes"], row["in_session"]) == ("1m", 5, 4)
    assert (row["locked"], row["crossed"], row["one_sided"]) == (1, 1, 1)
    assert row["spread_bps"] == pytest.approx((0 + 1e4 * 0.2 / 9.1) / 2)
    assert row["longest_silence"] == (closed - resumed) / 1e9 - 30 * 60  # longer than the first half less ten minutes
    assert len(sl.check(source, "2025-07-02", "2025-07-02", "7203", exchange_group="XTKS", quotes=False).quotes) == 0


def test_daily_bars_alone_do_not_read_quotes(real_data: Path):
    found = sl.check(f"local:{real_data}", "2013-10-07", "2013-10-11", "BAC", intervals="1d")

    assert len(found.quotes) == 0
    assert list(found.quotes.columns[:5]) == ["symbol", "kind", "date", "quotes", "in_session"]
