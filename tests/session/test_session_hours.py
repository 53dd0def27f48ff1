"""Half days, clocks set forward and back, weekends, breaks, sessions over midnight: as many bars as a hand counts.

Every number here is worked out on paper from the exchange's hours.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders import config

import sessionlab as sl

# group, date; minutes; bars of 5m, 7m, 30m, 60m; minutes under the last bar of 7m and 60m
HOURS = [
    ("US_EQUITY", "2025-07-02", 390, 78, 56, 13, 7, 5, 30),
    ("US_EQUITY", "2015-12-24", 210, 42, 30, 7, 4, 7, 30),
    ("US_EQUITY", "2025-07-03", 210, 42, 30, 7, 4, 7, 30),
    ("CRYPTO", "2025-07-05", 1440, 288, 206, 48, 24, 5, 60),  # a Saturday
    ("CRYPTO", "2025-07-06", 1440, 288, 206, 48, 24, 5, 60),
    ("FOREX", "2025-03-10", 1440, 288, 206, 48, 24, 5, 60),
    ("COMMODITIES", "2024-01-03", 1380, 276, 198, 46, 23, 1, 60),
    ("COMMODITIES", "2024-01-15", 1140, 228, 163, 38, 19, 6, 60),  # closes at noon
    ("XTKS", "2025-07-02", 330, 66, 48, 11, 6, 5, 60),  # 150 minutes, a break, 180 minutes
    ("XTKS", "2024-01-04", 300, 60, 44, 10, 6, 3, 30),  # until 15:00: 150 and 150
    ("XHKG", "2025-07-02", 330, 66, 48, 11, 6, 5, 60),  # 09:30 to 12:00, 13:00 to 16:00
]
ASSET = {"CRYPTO": "CRYPTO", "FOREX": "FOREX", "COMMODITIES": "FUTURES"}


def lab_of(group: str, start: str, end: str | None = None, streams: str = "1m 5m 7m 30m 60m 1d") -> sl.Lab:
    return sl.Lab(config("SYM", streams, start, end, group=group))


@pytest.mark.parametrize(("group", "date", "minutes", "fives", "sevens", "halves", "hours", "last7", "last60"), HOURS)
def test_bars_and_steps_of_a_session(
    group: str, date: str, minutes: int, fives: int, sevens: int, halves: int, hours: int, last7: int, last60: int
) -> None:
    lab = lab_of(group, date)
    data = lab.data["SYM"]
    steps = 0
    while not lab.step().done:
        steps += 1
        if lab.state == "open":
            assert len(data.bars("1m")) == steps
            assert len(data.bars("1d")) == 0

    assert steps == minutes
    assert lab.now == lab.session.close
    counts = {interval: len(data.bars(interval)) for interval in ("1m", "5m", "7m", "30m", "60m", "1d")}
    assert counts == {"1m": minutes, "5m": fives, "7m": sevens, "30m": halves, "60m": hours, "1d": 1}
    for interval, last in (("7m", last7), ("60m", last60), ("1d", minutes)):
        assert data.bars(interval).last.count == last  # type: ignore[union-attr]
        assert data.bars(interval).complete.all()  # type: ignore[union-attr]
        assert data.bars(interval).count.sum() == minutes  # type: ignore[union-attr]
    quality = lab.data.quality().set_index("interval")
    assert quality["expected"].to_dict() == counts
    assert (quality["coverage"] == 100.0).all()
    assert quality["gap_count"].sum() == 0
    assert data.bars("1d").last.volume == data.bars("1m").volume.sum()  # type: ignore[union-attr]


def test_hours_of_a_half_day_are_anchored_at_the_open() -> None:
    lab = lab_of("US_EQUITY", "2025-07-03")
    lab.run()
    bars = lab.data["SYM"].bars("60m")

    assert [f"{start:%H:%M}" for start in bars.index] == ["09:30", "10:30", "11:30", "12:30"]
    assert f"{bars.last.known_at:%H:%M}" == "13:00"  # type: ignore[union-attr]


def test_bars_are_cut_at_a_break_and_begin_again_after_it() -> None:
    lab = lab_of("XTKS", "2025-07-02")
    lab.advance("11:30")
    bars = lab.data["SYM"].bars("60m")
    assert [f"{start:%H:%M}" for start in bars.index] == ["09:00", "10:00", "11:00"]
    assert bars.last.count == 30  # type: ignore[union-attr]
    assert bars.last.complete  # type: ignore[union-attr]

    assert f"{lab.step().now:%H:%M}" == "12:31"  # no moment lies in the break
    lab.run()

    assert [f"{start:%H:%M}" for start in bars.index] == ["09:00", "10:00", "11:00", "12:30", "13:30", "14:30"]


def test_trading_time_stands_still_in_a_break() -> None:
    lab = lab_of("XTKS", "2025-07-02")
    lab.advance("11:25")
    assert f"{lab.advance('10m').now:%H:%M}" == "12:35"
    assert len(lab.data["SYM"].bars("1m")) == 155
    at_lunch = lab.data.as_of("12:00")

    assert lab.progress.fraction == pytest.approx(155 / 330)
    assert (f"{at_lunch.now:%H:%M}", len(at_lunch["SYM"].bars("1m")), at_lunch["SYM"].coverage) == ("12:00", 150, 100.0)


@pytest.mark.parametrize(
    ("group", "start", "end", "opens"),
    [
        # New York goes from UTC-5 to UTC-4 on Sunday 2025-03-09, and back on 2025-11-02; Chicago from -6 to -5.
        ("US_EQUITY", "2025-03-07", "2025-03-11", ["07T14:30", "10T13:30", "11T13:30"]),
        ("US_EQUITY", "2025-10-31", "2025-11-04", ["31T13:30", "03T14:30", "04T14:30"]),
        ("COMMODITIES", "2025-03-07", "2025-03-11", ["06T23:00", "09T22:00", "10T22:00"]),
        ("COMMODITIES", "2025-10-31", "2025-11-04", ["30T22:00", "02T23:00", "03T23:00"]),
        ("FOREX", "2025-03-07", "2025-03-11", ["07T00:00", "10T00:00", "11T00:00"]),
        ("CRYPTO", "2025-03-08", "2025-03-10", ["08T00:00", "09T00:00", "10T00:00"]),
        ("CRYPTO", "2025-11-01", "2025-11-03", ["01T00:00", "02T00:00", "03T00:00"]),
    ],
)
def test_sessions_around_a_change_of_the_clocks(group: str, start: str, end: str, opens: list[str]) -> None:
    minutes = {"US_EQUITY": 390, "COMMODITIES": 1380}.get(group, 1440)
    lab = lab_of(group, start, end, "1m 60m")
    local = lab.session.open.strftime("%H:%M")
    for i, opened in enumerate(opens):
        step = lab.step() if i == 0 or lab.state == "closed" else None
        assert step is not None
        assert lab.session.open.tz_convert("UTC").strftime("%dT%H:%M") == opened
        assert lab.session.open.strftime("%H:%M") == local  # the exchange's clock does not move
        lab.run_session()
        index = lab.data["SYM"].bars("1m").index
        assert len(index) == minutes
        assert (np.diff(index.as_unit("ns").asi8) == 60 * 10**9).all()

    assert lab.state == "done"
    assert lab.result().quality.query("interval == '1m'")["expected"].tolist() == [minutes] * 3


def test_clock_times_are_right_on_both_sides_of_a_change_of_the_clocks() -> None:
    lab = lab_of("US_EQUITY", "2025-03-07", "2025-03-10", "1m")
    lab.advance("10:15")
    assert lab.now == pd.Timestamp("2025-03-07 15:15", tz="UTC")
    lab.run_session()
    lab.advance("10:15")

    assert lab.now == pd.Timestamp("2025-03-10 14:15", tz="UTC")
    assert len(lab.data["SYM"].bars("1m")) == 45


def test_windows_are_trading_days_across_a_weekend_and_a_holiday() -> None:
    """Before Monday 2025-07-07 stand the half day of the 3rd and the 2nd; the 4th and the weekend are none."""
    lab = sl.Lab(config("SYM", "1m", "2025-07-07", window=2))
    history = lab.data["SYM"].bars("1m").history

    assert len(history) == 390 + 210
    assert [str(day) for day in dict.fromkeys(history.index.date)] == ["2025-07-02", "2025-07-03"]
    assert lab.data.quality(window=True)["expected"].tolist() == [390, 210, 0]


def test_a_run_over_a_half_day_takes_its_own_length_each_day() -> None:
    lab = sl.Lab(config("SYM", "1m 5m", "2025-07-02", "2025-07-07"))
    result = lab.run()

    assert result.quality["expected"].tolist() == [390, 78, 210, 42, 390, 78]
    assert result.bar_counts["bars"].tolist() == [990, 198]


def test_a_weekend_between_the_dates_rolls_to_the_session_after_it() -> None:
    lab = sl.Lab(config("SYM", "1m", "2025-07-04", "2025-07-06"))

    assert str(lab.session.date) == "2025-07-07"
    lab.run()
    assert lab.result().quality["expected"].tolist() == [390]
