"""Absent bars of windows, made of finer stored bars: only where these are whole, only before today, and always flagged."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import MINUTE_NS, SECOND_NS, RowsSource, config, make_bars
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.tape import Rows
from sessionlab.tape.actions import Actions, Split
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-06-30", "2025-07-07"))
AGGREGATED = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
M1, S1 = Interval.parse("1m"), Interval.parse("1s")
SECONDS = Rows.join([make_bars(day, "1s") for day in DAYS])


def summed(rows: Rows, width: str) -> Rows:
    """Longer bars of ``rows`` by pandas: what a store that agrees with its seconds would hold."""
    index = pd.DatetimeIndex(rows.start, tz="UTC").tz_convert(TIMES.tz)
    frame = pd.DataFrame(rows.values.T, index, columns=list(AGGREGATED)).resample(width, origin="start").agg(AGGREGATED).dropna()
    start = frame.index.as_unit("ns").asi8
    return Rows.of(start, start + pd.Timedelta(width).value, frame.to_numpy().T.copy())


def minutes(missing: dict[int, list[int]] | None = None) -> Rows:
    """Minutes of all days, without the ``missing`` positions of the day of each number."""
    parts = []
    for i, day in enumerate(DAYS):
        rows = summed(make_bars(day, "1s"), "1min")
        parts.append(rows.take(~np.isin(day.positions(rows.start, M1), (missing or {}).get(i, []))))
    return Rows.join(parts)


def lab_on(
    rows: dict[str, Rows], streams: str = "1m", windows: str = "1m 5m", days: int = 2, start: str = "2025-07-02", **more: Any
) -> sl.Lab:
    source = more.pop("source", None) or RowsSource({("A", width): part for width, part in rows.items()})
    made = config("A", streams, start, "2025-07-07", window=days, window_intervals=windows, **more)
    return sl.Lab(made, source=source, times=TIMES)


def test_absent_minutes_are_made_of_whole_seconds_and_flagged():
    """Two minutes of Tuesday are absent."""
    lab = lab_on({"1m": minutes({1: [30, 31]}), "1s": SECONDS})
    whole = lab_on({"1m": minutes()})
    bars, expected = lab.data["A"].bars("1m"), whole.data["A"].bars("1m").history.frame()

    frame = bars.history.frame()
    pd.testing.assert_frame_equal(frame.drop(columns="repaired"), expected)
    assert frame.index[frame["repaired"]].strftime("%m-%d %H:%M").tolist() == ["07-01 10:00", "07-01 10:01"]
    assert "repaired" not in expected
    assert (bars.history.coverage, len(bars.history.gaps), int(bars.history.repaired.sum())) == (100.0, 0, 2)
    assert "2 of them repaired" in repr(bars.history)
    assert bars.repaired is None
    fives = lab.data["A"].bars("5m").history
    assert fives.index[fives.repaired].strftime("%H:%M").tolist() == ["10:00"]
    pd.testing.assert_frame_equal(fives.frame().drop(columns="repaired"), whole.data["A"].bars("5m").history.frame())


def test_they_are_told_with_their_source_and_as_repaired_gaps():
    lab = lab_on({"1m": minutes({1: [30, 31]}), "1s": SECONDS})

    repairs = lab.data.repairs()
    assert repairs["start"].dt.strftime("%m-%d %H:%M").tolist() == ["07-01 10:00", "07-01 10:01"]
    assert repairs[["symbol", "interval", "from_interval", "count"]].to_numpy().tolist() == [["A", "1m", "1s", 60]] * 2
    gaps = lab.data.gaps(window=True)
    assert gaps[["interval", "count", "status"]].to_numpy().tolist() == [
        ["1m", 2, "repaired from 1s"],
        ["5m", 1, "repaired from 1s"],
    ]
    assert len(lab.data.gaps()) == 0
    assert lab.data.quality(window=True)["coverage"].eq(100).iloc[:4].all()
    assert lab_on({"1m": minutes()}).data.repairs().empty


def test_a_minute_that_lacks_a_second_stays_absent():
    lacking = SECONDS.take(SECONDS.start != DAYS[1].open_ns + 30 * MINUTE_NS + 59 * SECOND_NS)
    lab = lab_on({"1m": minutes({1: [30, 31]}), "1s": lacking})

    assert lab.data.repairs()["start"].dt.strftime("%H:%M").tolist() == ["10:01"]
    assert lab.data["A"].bars("1m").history.gaps["start"].dt.strftime("%H:%M").tolist() == ["10:00"]
    assert lab.data["A"].bars("1m").history.coverage == pytest.approx(100 * 779 / 780)


@pytest.mark.parametrize("incomplete", ["build", "skip"])
def test_an_absent_day_is_made_of_all_its_minutes_else_of_all_its_seconds_else_not(incomplete: str):
    """Monday from its minutes; Tuesday, whose minutes lack one, from its seconds; on Wednesday both lack one."""
    seconds = SECONDS.take(SECONDS.start != DAYS[2].open_ns)
    rows = {"1d": Rows.empty(), "1m": minutes({1: [7], 2: [0]}), "1s": seconds}
    lab = lab_on(rows, windows="1d", days=3, start="2025-07-03", session_data_config__bars__incomplete=incomplete)

    assert lab.data.repairs()[["interval", "from_interval", "count"]].to_numpy().tolist() == [
        ["1d", "1m", 390],
        ["1d", "1s", 23_400],
    ]
    frame = lab.data["A"].bars("1d").history.frame()
    assert frame["repaired"].tolist() == [True, True]
    for i, day in enumerate(DAYS[:2]):
        of_day = SECONDS.take((SECONDS.start >= day.open_ns) & (SECONDS.start < day.close_ns)).values
        by_hand = [of_day[0, 0], of_day[1].max(), of_day[2].min(), of_day[3, -1], of_day[4].sum()]
        assert frame.iloc[i][list(AGGREGATED)].tolist() == by_hand
    assert lab.data["A"].bars("1d").history.coverage == pytest.approx(200 / 3)


def test_a_repaired_bar_is_known_from_the_open_and_the_day_it_belongs_to_still_shows_the_hole():
    lab = lab_on({"1m": minutes({2: [30]}), "1s": SECONDS})
    lab.run_session()
    assert len(lab.data["A"].bars("1m")) == 389
    lab.step()

    repaired = lab.data["A"].bars("1m").history["2025-07-02 10:00"]
    assert repaired.repaired
    assert repaired.known_at == lab.session.open
    then = lab.data.as_of("2025-07-02 16:00")
    assert len(then["A"].bars("1m")) == 389
    assert then["A"].bars("1m").gaps["start"].dt.strftime("%H:%M").tolist() == ["10:00"]
    assert then.repairs().empty
    assert lab.data.gaps()["status"].tolist() == ["absent"]
    assert lab.data.gaps(window=True)["status"].tolist()[:1] == ["repaired from 1s"]


def test_nothing_of_the_running_session_is_repaired():
    lab = lab_on({"1m": minutes({2: [30]}), "1s": SECONDS}, days=1)
    lab.run_session()

    assert lab.data.repairs().empty
    assert lab.data["A"].bars("1m").coverage == pytest.approx(100 * 389 / 390)
    assert lab.data["A"].bars("1m").all.frame().columns.tolist() == list(AGGREGATED)


def test_the_stored_bar_takes_its_place_when_it_comes():
    """The hole of yesterday is filled today at 10:00."""
    rows = minutes()
    late = rows.start == DAYS[1].open_ns + 30 * MINUTE_NS
    ten = DAYS[2].open_ns + 30 * MINUTE_NS
    values = rows.values.copy()
    values[3, late] = 99.0
    told = Rows.of(rows.start, np.where(late, ten, rows.known_at), np.where(late, 99.0, values))
    lab = lab_on({"1m": told, "1s": SECONDS})
    bar = lambda: lab.data["A"].bars("1m").history["2025-07-01 10:00"]  # noqa: E731

    before = bar()
    lab.advance("10:00")
    assert (before.repaired, bar().repaired) == (True, False)
    assert bar().close == 99.0
    assert "repaired" in lab.data.as_of("09:59")["A"].bars("1m").history.frame()


def test_finer_bars_that_come_after_the_open_repair_nothing_that_day():
    seconds = SECONDS.known_at.copy()
    seconds[SECONDS.start == DAYS[1].open_ns + 30 * MINUTE_NS] = DAYS[2].open_ns + 1
    rows = {"1m": minutes({1: [30]}), "1s": Rows.of(SECONDS.start, seconds, SECONDS.values)}
    lab = lab_on(rows)

    assert lab.data.repairs().empty
    lab.run_session()
    lab.step()
    assert len(lab.data.repairs()) == 1


def test_finer_bars_are_read_only_for_days_with_holes_and_only_once():
    source = RowsSource({("A", "1m"): minutes({1: [30]}), ("A", "1s"): SECONDS})
    lab = lab_on({}, source=source, days=3, start="2025-07-03")
    lab.run()

    assert [asked for asked in source.asked if asked[1] == "1s"] == [("A", "1s", "2025-07-01")]


def test_without_stored_finer_bars_holes_stay():
    lab = lab_on({"1m": minutes({1: [30]})})

    assert lab.data.repairs().empty
    assert len(lab.data["A"].bars("1m").history.gaps) == 1


def test_a_repaired_bar_is_adjusted_like_the_others():
    class Splitting(RowsSource):
        def actions(self, symbol: str, times: sl.TimeManager) -> Actions:
            return Actions.of([Split(DAYS[2].date, 2.0)])

    source = Splitting({("A", "1m"): minutes({1: [30]}), ("A", "1s"): SECONDS})
    whole = Splitting({("A", "1m"): minutes()})
    labs = [lab_on({}, source=one, session_data_config__adjust="splits") for one in (source, whole)]
    frames = [lab.data["A"].bars("1m").history.frame() for lab in labs]

    pd.testing.assert_frame_equal(frames[0].drop(columns="repaired"), frames[1], check_exact=True)
    assert frames[0]["repaired"].sum() == 1


def test_a_repaired_bar_pickles_and_copies_with_its_flag():
    bar = lab_on({"1m": minutes({1: [30]}), "1s": SECONDS}).data["A"].bars("1m").history["2025-07-01 10:00"]

    for other in (pickle.loads(pickle.dumps(bar)), copy.copy(bar)):
        assert other == bar
        assert other.repaired


@settings(max_examples=15)
@given(
    holes=st.lists(st.integers(0, 389), min_size=1, max_size=6, unique=True),
    gone=st.lists(st.integers(0, 23_399), max_size=4, unique=True),
    prefetch=st.integers(1, 4),
)
def test_every_hole_is_filled_if_and_only_if_its_seconds_are_whole(holes: list[int], gone: list[int], prefetch: int):
    lacking = SECONDS.take(~np.isin(SECONDS.start, DAYS[1].open_ns + np.array(gone, dtype=np.int64) * SECOND_NS))
    rows = {"1m": minutes({1: holes}), "1s": lacking}
    lab = lab_on(rows, start="2025-07-02", backtest_config__prefetch_days=prefetch)
    fillable = sorted(hole for hole in holes if hole not in {second // 60 for second in gone})

    made = lab.data.repairs()["start"]
    assert [(stamp.value - DAYS[1].open_ns) // MINUTE_NS for stamp in made] == fillable
    assert len(lab.data["A"].bars("1m").history) == 780 - len(holes) + len(fillable)


def test_real_seconds_are_too_thin_for_a_minute_of_aig_and_whole_ones_of_spy_are_made(real_data: Any, tmp_path: Any):
    """AIG lacks 13:47 on 2013-10-07, in which it traded in no second; of SPY a minute with all its seconds is taken out."""
    for symbol, width in (("AIG", "1s"), ("AIG", "1m"), ("SPY", "1s"), ("SPY", "1m")):
        folder = tmp_path / "bars" / width / symbol
        folder.mkdir(parents=True)
        for date in ("2013-10-07", "2013-10-08"):
            file = real_data / "bars" / width / symbol / f"{date}.parquet"
            if file.exists():
                (folder / file.name).write_bytes(file.read_bytes())
    seconds = pd.read_parquet(tmp_path / "bars/1s/SPY/2013-10-07.parquet").set_index("timestamp")
    counts = seconds.between_time("13:30", "19:59")["close"].resample("1min").count()
    full, thin = counts[counts == 60].index[0], counts[counts == 59].index[0]
    path = tmp_path / "bars/1m/SPY/2013-10-07.parquet"
    stored = pd.read_parquet(path)
    stored[~stored["timestamp"].isin([full, thin])].to_parquet(path, index=False)

    made = config("AIG SPY", "1m", "2013-10-08", window=1, window_intervals="1m")
    lab = sl.Lab(made, source=f"local:{tmp_path}")
    repairs = lab.data.repairs()
    assert repairs[["symbol", "start", "from_interval", "count"]].to_numpy().tolist() == [
        ["SPY", full.tz_convert("America/New_York"), "1s", 60]
    ]
    inside = seconds.loc[full : full + pd.Timedelta("59s")]
    bar = lab.data["SPY"].bars("1m").history[full]
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (
        inside["open"].iloc[0], inside["high"].max(), inside["low"].min(), inside["close"].iloc[-1], inside["volume"].sum()
    )  # fmt: skip
    assert lab.data["SPY"].bars("1m").history.gaps["start"].tolist() == [thin]
    assert lab.data["AIG"].bars("1m").history.gaps["start"].dt.strftime("%H:%M").tolist() == ["13:47"]


def test_finer_bars_that_cannot_be_read_repair_nothing_and_are_told(tmp_path: Any):
    for width, rows in (("1m", minutes({1: [30]})), ("1s", make_bars(DAYS[1], "1s"))):
        frame = pd.DataFrame(rows.values.T, columns=list(AGGREGATED))
        frame.insert(0, "timestamp", pd.DatetimeIndex(rows.start, tz="UTC"))
        folder = tmp_path / "bars" / width / "A"
        folder.mkdir(parents=True)
        for date, part in frame.groupby(frame["timestamp"].dt.tz_convert(TIMES.tz).dt.date):
            part.to_parquet(folder / f"{date}.parquet", index=False)
    made = config("A", "1m", "2025-07-02", "2025-07-03", window=1, window_intervals="1m")
    assert len(sl.Lab(made, source=f"local:{tmp_path}", times=TIMES).data.repairs()) == 1
    (tmp_path / "bars/1s/A/2025-07-01.parquet").write_text("no")

    with pytest.warns(sl.DataWarning, match=r"A 1m on 2025-07-01: absent bars are not made of 1s bars: .*2025-07-01\.parquet"):
        lab = sl.Lab(made, source=f"local:{tmp_path}", times=TIMES)
    assert lab.data.repairs().empty
    lab.run()
    assert lab.state == "done"
