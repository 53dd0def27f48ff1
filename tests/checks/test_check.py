"""What a check says of rows that are known to the last one."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from checks.raw_rows import PRICES, RawRows, minutes

import sessionlab as sl
from sessionlab.checks import checking
from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError

JULY = ("2025-07-01", "2025-07-03")  # the third closes at 13:00


def days(**changes: pd.DataFrame) -> pd.DataFrame:
    frames = {
        "2025-07-01": minutes("2025-07-01"),
        "2025-07-02": minutes("2025-07-02"),
        "2025-07-03": minutes("2025-07-03", "13:00"),
    }
    return pd.concat([changes.get(f"d{date[-1]}", frame) for date, frame in frames.items()], ignore_index=True)


def checked(frame: pd.DataFrame, **options) -> sl.DataCheck:
    return sl.check(RawRows({("SPY", "1m"): frame}), *JULY, "SPY", **options)


def told(found: sl.DataCheck, kind: str) -> list[tuple[str, int, str]]:
    some = found.examples[found.examples["kind"] == kind]
    return list(zip(some["date"].dt.strftime("%m-%d"), some["count"], some["first"], strict=True))


def test_whole_days_have_no_findings():
    found = checked(days())

    assert found.findings == ()
    assert found.coverage == 100.0
    assert found.table["expected"].tolist() == [390, 390, 210]
    assert len(found.worst()) == 0
    assert repr(found) == "<DataCheck of raw rows: 1 symbol, 3 days, coverage 100.00 % of 990 bars, nothing found>"


def test_a_gap_does_not_run_over_a_close():
    """Two minutes before a close and three after the next open are two gaps."""
    frame = days()
    clock = frame["timestamp"].dt.strftime("%d %H:%M")
    found = checked(frame[~clock.isin(["01 15:58", "01 15:59", "02 09:30", "02 09:31", "02 09:32"])])

    assert found.table["gap_count"].tolist() == [1, 1, 0]
    assert found.table["longest_gap"].tolist() == [2, 3, 0]
    assert told(found, "gap") == [
        ("07-01", 1, "SPY 2025-07-01 15:58:00, 2 bars"),
        ("07-02", 1, "SPY 2025-07-02 09:30:00, 3 bars"),
    ]
    assert found.findings == (
        "SPY 1m: 5 of 990 bars are absent, coverage 99.49 %, in 2 gaps on 2 of 3 days, the longest of 3 "
        "(first: SPY 2025-07-01 15:58:00, 2 bars).",
    )


def test_a_day_without_rows_is_one_gap():
    frame = days()
    found = checked(frame[frame["timestamp"].dt.day != 2])

    assert found.table["coverage"].tolist() == [100, 0, 100]
    assert found.table["longest_gap"].tolist() == [0, 390, 0]
    assert pd.isna(found.table["heavy_bar"][1])
    assert "1 of 3 days has none at all" in found.findings[0]


def test_the_counts_are_those_of_a_run():
    faults = {"faults": {"missing": 0.05, "duplicates": 0.02, "corrections": 0.1, "halts": 1}}
    config = sl.SessionConfig.simple(
        "AAPL", *JULY, "1m", **{"api_config.data_api": "synthetic", "api_config.data_options": faults}
    )
    with pytest.warns(sl.DataWarning, match="rows were refused"):
        result = sl.Lab(config).run()
    columns = ["symbol", "interval", "date", "expected", "present", "coverage", "gap_count", "longest_gap", "off_session"]
    source = sl.sources.synthetic.Synthetic(options=faults)

    found = sl.check(source, *JULY, "AAPL", intervals="1m")

    pd.testing.assert_frame_equal(found.table[columns], result.quality[columns])
    refused = result.refused[result.refused["kind"] == "duplicate"]["count"].sum()
    assert found.table["duplicates"].sum() == refused > 0


@pytest.mark.parametrize("bars_at_once", [1, 500, 800])
def test_how_many_sessions_are_measured_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch, bars_at_once: int):
    frame = days(d2=minutes("2025-07-02").assign(**dict.fromkeys(PRICES, 33.5)))
    frame = frame[np.random.default_rng(5).random(len(frame)) > 0.03]
    whole = checked(frame)
    monkeypatch.setattr(checking, "BARS_AT_ONCE", bars_at_once)

    found = checked(frame)

    pd.testing.assert_frame_equal(found.table, whole.table)
    assert found.findings == whole.findings
    assert whole.table["split_like_jumps"].tolist() == [0, 1, 1]


def test_a_session_with_a_break_expects_nothing_in_it():
    tokyo = sl.TimeManager("XTKS").get_trading_session("2025-07-02")
    start = pd.DatetimeIndex(np.concatenate([np.arange(a, b, 60 * 10**9) for a, b in tokyo.spans]), tz="UTC")
    rows = pd.DataFrame({"timestamp": start, **dict.fromkeys(PRICES, 10.0), "volume": 0.0})
    rows = rows[~rows["timestamp"].dt.tz_convert("Asia/Tokyo").dt.strftime("%H:%M").isin(["11:29", "12:30"])]

    found = sl.check(RawRows({("7203", "1m"): rows}), "2025-07-02", "2025-07-02", "7203", exchange_group="XTKS")

    row = found.table.iloc[0]
    assert (row["expected"], row["present"]) == (
        tokyo.expected(sl.Interval.parse("1m")),
        tokyo.expected(sl.Interval.parse("1m")) - 2,
    )
    assert (row["gap_count"], row["longest_gap"]) == (1, 2)  # next to each other on the grid
    assert told(found, "gap") == [("07-02", 1, "7203 2025-07-02 11:29:00, 2 bars")]


def test_a_run_of_identical_bars_is_told_from_fifteen_minutes_on():
    for length, runs in ((14, 0), (15, 1)):
        day = minutes("2025-07-02")
        day.loc[100 : 100 + length - 1, PRICES] = 55.0, 55.5, 54.5, 55.25
        found = checked(days(d2=day))

        assert found.table["longest_flat"].tolist() == [0, length, 0]
        assert found.table["flat_runs"].tolist() == [0, runs, 0]
    assert told(found, "flat_run") == [("07-02", 1, "SPY 2025-07-02 11:10:00, 15 bars")]
    assert "the longest of 15 bars (first: SPY 2025-07-02 11:10:00, 15 bars)" in found.findings[-1]


def test_bars_without_volume_are_no_flat_run():
    day = minutes("2025-07-02")
    day.loc[100:140, PRICES] = 55.0
    day.loc[100:140, "volume"] = 0.0

    assert checked(days(d2=day)).table["longest_flat"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("factor", "words"), [(1 / 7, "7 for 1"), (2 / 3, "3 for 2"), (20, "1 for 20")])
def test_a_price_that_leaps_by_a_ratio_is_like_a_split(factor: float, words: str):
    later = {"d2": minutes("2025-07-02"), "d3": minutes("2025-07-03", "13:00")}
    for day in later.values():
        day[PRICES] *= factor
    found = checked(days(**later))

    assert found.table["split_like_jumps"].tolist() == [0, 1, 0]
    [(date, count, first)] = told(found, "split_like_jump")
    assert (date, count) == ("07-02", 1)
    assert first.startswith("SPY 2025-07-02 09:30:00, close ")
    assert first.endswith(words)


def test_a_fall_of_an_eighth_is_no_split():
    day = minutes("2025-07-02")
    day.loc[200:, PRICES] *= 0.875

    assert checked(days(d2=day)).findings == ()


def test_a_known_split_is_told_as_such(tmp_path):
    from sessionlab.tape.actions import Actions, Split

    class Knows(RawRows):
        def actions(self, symbol, times):
            return Actions.of([Split(pd.Timestamp("2025-07-02").date(), 4.0)])

    later = {"d2": minutes("2025-07-02"), "d3": minutes("2025-07-03", "13:00")}
    for day in later.values():
        day[PRICES] /= 4.6  # news came with the split: near to no ratio by itself
    raw = sl.check(Knows({("SPY", "1m"): days(**later)}), *JULY, "SPY")
    adjusted = sl.check(Knows({("SPY", "1m"): days()}), *JULY, "SPY")

    assert raw.table["split_like_jumps"].tolist() == [0, 1, 0]
    assert raw.findings[0].startswith("SPY 1m: a split of 4 for 1 is known, and prices before it are not adjusted")
    assert adjusted.findings == ()


def test_a_zone_taken_for_another_is_told_with_its_hours():
    frame = days()
    for hours in (4, -3):
        moved = frame.assign(timestamp=frame["timestamp"] + pd.Timedelta(hours=hours))
        found = checked(moved)

        assert found.table["hours_late"].tolist() == [hours] * 3
        way = "4 hours late" if hours == 4 else "3 hours early"
        assert found.findings[0].startswith(f"SPY 1m: stamps look {way} on 3 of 3 days (first 2025-07-01); moved")
        assert "coverage there would be 100.00 % instead of" in found.findings[0]


def test_labels_at_the_end_of_bars_are_told():
    frame = days()
    found = checked(frame.assign(timestamp=frame["timestamp"] + pd.Timedelta(minutes=1)))

    assert found.table["end_labelled"].tolist() == [True] * 3
    assert found.findings[0].startswith("SPY 1m: bars look labelled by their end on 3 of 3 days")


def test_half_of_a_day_is_a_gap_and_no_shift():
    for part in (minutes("2025-07-02").iloc[:150], minutes("2025-07-02").iloc[210:], minutes("2025-07-02").iloc[100:300]):
        found = checked(days(d2=part))

        assert found.table["hours_late"].tolist() == [0.0] * 3
        assert not found.table["end_labelled"].any()


def test_worst_come_first_and_only_what_is_wrong():
    day = minutes("2025-07-02")
    frame = days(d2=day.drop(index=[5, 6, 7]))
    frame.loc[len(frame) - 1, "close"] = np.nan
    found = checked(frame)

    assert found.worst()["date"].dt.day.tolist() == [3, 2]  # 2 of 210: the row refused, and the bar that is absent for it
    assert found.worst(1)["not_a_number"].tolist() == [1]
    assert found.below(99.5)["date"].dt.day.tolist() == [2]
    assert [finding.split(": ")[1].split(",")[0] for finding in found.findings] == [
        "1 row on 1 of 3 days",
        "4 of 990 bars are absent",
    ]


def test_what_a_source_lacks_is_told_and_stops_nothing():
    source = RawRows({("SPY", "1m"): days()})
    found = sl.check(source, *JULY, "SPY QQQ")

    assert found.missing == {"QQQ": "nothing is stored; give it more frames"}
    assert found.findings == ("QQQ: nothing is stored; give it more frames.",)
    assert sl.check(source, *JULY, "SPY", intervals="1m,1s").missing == {"SPY 1s": "not stored, and not built of what is: 1m"}
    with pytest.raises(NoDataError, match=r"has nothing of QQQ from 2025-07-01 to 2025-07-03; give it more frames"):
        sl.check(source, *JULY, "QQQ")


def test_a_day_that_cannot_be_read_does_not_hide_the_others():
    class Broken(RawRows):
        def load(self, symbol, interval, sessions):
            if any(session.date.day == 2 for session in sessions):
                raise BadDataError("02.csv is no CSV file")
            return super().load(symbol, interval, sessions)

    found = sl.check(Broken({("SPY", "1m"): days()}), *JULY, "SPY")

    assert found.table["unreadable"].tolist() == [0, 1, 0]
    assert found.table["present"].tolist() == [390, 0, 210]
    assert found.findings[0] == "SPY 1m: 1 of 3 days cannot be read: 02.csv is no CSV file."


def test_a_kind_that_only_one_source_has_gets_its_column():
    class Strict(RawRows):
        def load(self, symbol, interval, sessions):
            from dataclasses import replace

            from sessionlab.tape.block import Refused

            first, *rest = super().load(symbol, interval, sessions)
            return [replace(first, refused=Refused({"half_written": 2}, {"half_written": "SPY line 7"})), *rest]

    found = sl.check(Strict({("SPY", "1m"): days()}), *JULY, "SPY")

    assert found.table["half_written"].tolist() == [2, 0, 0]
    assert found.findings == ("SPY 1m: 2 rows on 1 of 3 days, each is refused as half written (first: SPY line 7).",)


def test_daily_bars_are_checked_without_a_profile():
    stamps = pd.to_datetime(["2025-07-01", "2025-07-03"]).tz_localize("UTC")
    bars = pd.DataFrame(
        {"timestamp": stamps, "open": [10.0, 5], "high": [11.0, 5.5], "low": [9, 4.5], "close": [10.0, 5], "volume": 7.0}
    )
    found = sl.check(RawRows({("SPY", "1d"): bars}), *JULY, "SPY")

    assert found.table["present"].tolist() == [1, 0, 1]
    assert found.table["split_like_jumps"].tolist() == [0, 0, 1]
    assert found.table["heavy_bar"].isna().all()
    assert found.table["volume_fit"].isna().all()


def test_the_picture_has_a_row_per_series_and_tells_what_is_wrong():
    frame = days(d2=minutes("2025-07-02").iloc[10:])
    found = sl.check(RawRows({("SPY", "1m"): frame, ("QQQ", "1m"): days()}), *JULY, "SPY QQQ")

    figure = found.plot()

    [heat] = figure.data
    assert list(heat.y) == ["SPY 1m", "QQQ 1m"]
    assert list(heat.x) == ["2025-07-01", "2025-07-02", "2025-07-03"]
    np.testing.assert_allclose(heat.z, [[100, 100 * 380 / 390, 100], [100, 100, 100]])
    assert heat.text[0][1] == "<br>380 of 390 bars<br>gap count: 1<br>longest gap: 10"
    assert figure.layout.title.text == "Coverage of raw rows"
    assert figure.layout.title.subtitle.text == f"{100 * (1 - 10 / 1980):.2f} % of 1,980 bars"


def test_it_can_be_shown_and_kept():
    found = checked(days(d2=minutes("2025-07-02").iloc[10:]).assign(volume=1.0))
    page = found._repr_html_()

    assert page.startswith(
        "<p><b>DataCheck of raw rows: 1 symbol, 3 days, coverage 98.99 % of 990 bars, 1 finding</b></p><ul><li>"
    )
    assert "duplicates" not in page
    assert found.frame is found.table
    again = pickle.loads(pickle.dumps(found))
    assert again.findings == found.findings


def test_progress_is_told():
    seen = []
    checked(days(), progress=lambda progress: seen.append(progress.fraction))

    assert seen == [1.0]


def test_all_symbols_of_a_store_are_checked_without_naming_them(tmp_path):
    from sessionlab.sources.store_write import write_bars

    sessions = sl.TimeManager().get_sessions(*JULY)
    for symbol in ("SPY", "BRKb"):
        write_bars(tmp_path, symbol, "1m", days(), sessions)

    found = sl.check(f"local:{tmp_path}", *JULY)

    assert found.table["symbol"].unique().tolist() == ["BRKb", "SPY"]
    assert found.coverage == 100.0


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (("synthetic", "2025-07-05", "2025-07-06", "A"), CalendarError, "no session of XNYS lies from 2025-07-05 to 2025-07-06"),
        (("synthetic", *JULY), ConfigError, "synthetic has no list of its symbols; name some"),
        (("synthetic", *JULY, ""), ConfigError, "symbols is empty"),
        ((3, *JULY, "A"), ConfigError, "a int is no source"),
        (("nowhere", *JULY, "A"), ConfigError, 'no source "nowhere"'),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        sl.check(*arguments)


def test_sessions_to_come_are_left_out():
    times = sl.TimeManager()
    today = times.now().date()
    ahead = today + pd.Timedelta(days=14)
    found = sl.check("synthetic", times.get_previous_trading_date(today, 2), min(ahead, times.last_date), "A", intervals="1d")

    assert found.table["date"].max() <= pd.Timestamp(today)
    with pytest.raises(CalendarError, match="has not ended yet"):
        sl.check("synthetic", times.get_next_trading_date(today, 2), min(ahead, times.last_date), "A")
