"""Where things stand in a drawing, against ticks that are read from it and a calculation by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import Drawing

from sessionlab.charts import frame_chart

INDEX = pd.date_range("2025-07-02 09:30", "2025-07-02 11:25", freq="5min", tz="America/New_York")


def bars(**at_ten: float) -> pd.DataFrame:
    """Flat bars between 9.5 and 10.5 that rise from 9.8 to 10.2, but for the one of 10:00."""
    frame = pd.DataFrame({"open": 9.8, "high": 10.5, "low": 9.5, "close": 10.2, "volume": 100.0}, index=INDEX)
    for name, value in at_ten.items():
        frame.loc["2025-07-02 10:00", name] = value
    return frame


def chart_of(frame: pd.DataFrame, **more: object) -> Drawing:
    return Drawing(frame_chart(frame, symbol="A", expected=INDEX, **more).to_svg(width=1000, height=500))  # type: ignore[arg-type]


def test_the_candle_of_ten_with_high_eleven_stands_between_ten_and_five_past_ten_up_to_eleven():
    drawing = chart_of(bars(high=11.0, close=9.6))
    (wick, body) = drawing.runs("down")

    slot = (drawing.x_of("11:00") - drawing.x_of("10:00")) / 12
    assert wick[0][0] == wick[1][0] == pytest.approx(drawing.x_of("10:00") + slot / 2, abs=1.0)
    assert wick[0][1] == pytest.approx(drawing.y_of(11.0), abs=0.6)
    assert wick[1][1] == pytest.approx(drawing.y_of(9.5), abs=0.6)
    assert sorted({y for _, y in body}) == pytest.approx([drawing.y_of(9.8), drawing.y_of(9.6)], abs=0.6)


def test_a_bar_that_rose_is_hollow_and_one_that_fell_is_filled():
    text = frame_chart(bars(close=9.6), symbol="A").svg
    drawing = Drawing(text)

    fills = {one.get("class"): one.get("fill") for one in drawing.cell.iter() if one.get("class") in ("up", "down")}
    background = next(one.get("fill") for one in drawing.root if one.tag.endswith("rect"))
    assert fills["up"] == background
    assert fills["down"] not in (background, "none")
    wicks = [run for run in drawing.runs("up") if len(run) == 2]
    assert all(a[1] <= drawing.y_of(10.2) + 0.6 or b[1] >= drawing.y_of(9.8) - 0.6 for a, b in wicks)  # not through the body


def test_a_column_of_volume_is_as_high_as_its_share_of_the_highest():
    drawing = chart_of(bars(volume=400.0))
    heights = sorted({round(run[2][1] - run[0][1], 2) for run in drawing.runs("volume up")})

    assert heights[1] / heights[0] == pytest.approx(4.0, abs=0.02)


def test_a_line_goes_through_its_values_at_the_middles_of_the_bars():
    drawing = chart_of(bars(), indicators={"mean": pd.Series(np.linspace(9.6, 10.4, len(INDEX)), INDEX)})
    (line,) = drawing.runs("line")

    slot = (drawing.x_of("11:00") - drawing.x_of("10:00")) / 12
    assert [x for x, _ in line] == pytest.approx([drawing.x_of("10:00") + (i - 5.5) * slot for i in range(len(INDEX))], abs=0.6)
    assert [y for _, y in line] == pytest.approx([drawing.y_of(v) for v in np.linspace(9.6, 10.4, len(INDEX))], abs=0.1)


def test_absent_bars_leave_a_hatched_hole_and_no_line_crosses_it():
    kept = bars().drop(INDEX[[6, 7]])
    mean = pd.Series(10.0, INDEX).drop(INDEX[[6, 7]])
    drawing = chart_of(kept, indicators={"mean": mean})
    slot = (drawing.x_of("11:00") - drawing.x_of("10:15")) / 9
    hole = drawing.x_of("10:15") - 3 * slot, drawing.x_of("10:15") - slot

    ((*band, _),) = drawing.runs("absent")
    assert sorted({x for x, _ in band}) == pytest.approx(hole, abs=0.6)
    assert [len(run) for run in drawing.runs("line")] == [6, len(INDEX) - 8]
    assert not [x for run in [*drawing.runs("up"), *drawing.runs("line")] for x, _ in run if hole[0] + 1 < x < hole[1] - 1]
    assert f"coverage {100 * 22 / 24:.2f} % (2 absent)" in drawing.header()


def test_incomplete_bars_have_a_hatched_foot_and_are_counted():
    frame = bars().assign(complete=True)
    frame.loc[INDEX[3], "complete"] = False
    drawing = chart_of(frame)
    slot = (drawing.x_of("11:00") - drawing.x_of("10:00")) / 12

    ((*foot, _),) = drawing.runs("incomplete")
    assert sorted({x for x, _ in foot}) == pytest.approx(
        [drawing.x_of("10:00") - 3 * slot, drawing.x_of("10:00") - 2 * slot], abs=0.6
    )
    assert "95.83 % (1 incomplete)" in drawing.header()


def test_a_prior_close_within_reach_is_a_line_and_one_far_away_an_arrow():
    near, far = chart_of(bars(), prior_close=10.8), chart_of(bars(), prior_close=20.0)

    ((start, _),) = near.runs("prior_close")
    assert start[1] == pytest.approx(near.y_of(10.8), abs=0.6)
    assert far.runs("prior_close") == []
    assert "▲ prior close" in [word.text for word in far.words()]
    assert "prior close 20.00" in far.header()
    assert far.y_of(9.5) - far.y_of(10.5) > 150  # the candles keep their height


def test_sessions_have_edges_and_the_night_takes_no_room():
    days = [pd.date_range(f"2025-07-0{day} 09:30", periods=12, freq="5min", tz="America/New_York") for day in (1, 2)]
    index = days[0].append(days[1])
    frame = pd.DataFrame({"open": 9.8, "high": 10.5, "low": 9.5, "close": 10.2}, index=index)
    drawing = Drawing(frame_chart(frame, symbol="A", expected=index).to_svg(width=1000, height=400))

    edges = sorted({run[0][0] for run in drawing.runs("sessions")})
    assert len(edges) == 3
    assert edges[1] - edges[0] == pytest.approx(edges[2] - edges[1], abs=1.0)
    assert edges[1] == pytest.approx(drawing.x_of("2 Jul"), abs=1.0)
    assert drawing.runs("absent") == []


def test_more_bars_than_pixels_become_ranges_that_lose_no_extreme():
    index = pd.date_range("2025-07-02 09:30", periods=23_400, freq="1s", tz="America/New_York")
    close = 100 + np.sin(np.arange(len(index)) / 2000)
    frame = pd.DataFrame({"open": close, "high": close + 0.01, "low": close - 0.01, "close": close, "volume": 1.0}, index=index)
    frame.iloc[12_345, 1] = 103.0
    drawing = Drawing(frame_chart(frame, symbol="A", expected=index).to_svg(width=1000, height=500))

    ranges = drawing.runs("up") + drawing.runs("down")
    assert len(ranges) <= 1000
    assert min(y for run in ranges for _, y in run) == pytest.approx(drawing.y_of(103.0), abs=1.6)
    per = 23_400 // len(ranges) + (23_400 % len(ranges) > 0)
    assert f"{per} bars of 1s in a column, low to high" in drawing.header()
    heights = sorted(run[2][1] - run[0][1] for run in drawing.runs("volume"))
    assert heights[1] == pytest.approx(heights[-1], abs=0.1)  # each is a sum of as many ones, but the last


@pytest.mark.parametrize("seconds", [1, 60, 300])
def test_without_expected_bars_holes_are_shown_and_no_coverage_is_claimed(seconds: int):
    index = pd.date_range("2025-07-02 09:30", periods=40, freq=f"{seconds}s")
    frame = pd.DataFrame({"open": 9.8, "high": 10.5, "low": 9.5, "close": 10.2}, index=index).drop(index[[10, 11, 20]])
    chart = frame_chart(frame, symbol="A")

    times = chart.scene.cells[0].times
    assert (times.absent_first, times.absent_count) == ((10, 20), (2, 1))
    assert "coverage" not in repr(chart)
    assert times.seconds == seconds
