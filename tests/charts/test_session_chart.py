"""A session's chart shows what its views show at now, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from drawing import Drawing

import sessionlab as sl
from sessionlab.charts import Chart, session_chart
from sessionlab.charts.scene import Candles, Cell, Fills, Levels, Line, Orders, Trades
from sessionlab.errors import ConfigError, LookAheadError, NoDataError
from sessionlab.session.data import SessionData, Surroundings
from sessionlab.tape import Rows

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-06-30", "2025-07-02"))
TODAY = DAYS[-1]
MISSING = (7, 8, 30)
ROWS = make_bars(DAYS, "1m", missing=MISSING)


def lab_at(moment: str, rows: Rows = ROWS, streams: str = "1m 5m") -> sl.Lab:
    lab = sl.Lab(
        config("A", streams, "2025-07-02", "2025-07-02", window=2, window_intervals="1m"),
        source=RowsSource({("A", "1m"): rows}),
        times=TIMES,
    )
    lab.advance(moment)
    return lab


def cell_of(chart: Any) -> Cell:
    (cell,) = chart.scene.cells
    assert isinstance(cell, Cell)
    return cell


def marks(cell: Cell, kind: type) -> list[Any]:
    return [mark for panel in cell.panels for mark in panel.marks if isinstance(mark, kind)]


def test_nothing_known_later_is_in_a_chart():
    """The same rows up to 11:00, and others after it, give the same scene at 11:00."""
    eleven = TODAY.open_ns + 90 * 60 * 10**9
    later = ROWS.known_at > eleven
    values = ROWS.values.copy()
    values[:, later] = 3 * values[:, later] + 1
    other = Rows.of(ROWS.start, ROWS.known_at, values)
    recipes = [sl.EMA(9, "5m"), sl.RSI(14, "1m"), sl.OpeningRange(15), sl.SMA(3, "15m")]
    for interval in ("1m", "5m", ["1m", "5m"]):
        scenes = [lab_at("11:00", rows).data.chart("A", interval, indicators=recipes, days=2).scene for rows in (ROWS, other)]

        assert scenes[0].to_json() == scenes[1].to_json()


def test_a_look_back_charts_what_was_known_then():
    lab = lab_at("12:00")
    lab_then = lab_at("10:15")

    assert lab.data.as_of("10:15").chart("A", "5m").scene == lab_then.data.chart("A", "5m").scene
    assert cell_of(lab.data.chart("A", "5m")).facts[1] == "as of 12:00:00"


def test_candles_are_the_bars_of_the_view_and_a_bar_in_the_making_is_none():
    lab = lab_at("10:17")
    for interval in ("1m", "5m"):
        (candles,) = marks(cell_of(lab.data.chart("A", interval)), Candles)
        view = lab.data["A"].bars(interval)
        expected = TODAY.starts(view.interval)

        assert candles.slot == tuple(np.searchsorted(expected, view.index.as_unit("ns").asi8))
        assert np.array_equal([candles.open, candles.high, candles.low, candles.close], view.frame().iloc[:, :4].to_numpy().T)


def test_coverage_and_holes_are_those_that_the_view_tells():
    lab = lab_at("11:00")
    for interval in ("1m", "5m"):
        cell = cell_of(lab.data.chart("A", interval))
        view = lab.data["A"].bars(interval)

        assert cell.facts[2].startswith(f"coverage {view.coverage:.2f} %")
    one = cell_of(lab.data.chart("A", "1m")).times
    assert (one.absent_first, one.absent_count) == ((7, 30), (2, 1))
    assert cell_of(lab.data.chart("A", "5m")).facts[2] == "coverage 88.89 % (2 incomplete)"


def test_vwap_and_prior_close_are_those_of_the_lab():
    lab = lab_at("11:00")
    cell = cell_of(lab.data.chart("A", "5m"))

    (vwap,) = marks(cell, Line)
    assert vwap.name == "VWAP"
    assert vwap.y[-1] == lab.data["A"][sl.VWAP()].last
    ((prior,),) = [level.y for level in marks(cell, Levels)]
    assert prior == lab.data["A"].bars("1m").history.last.close
    bare = cell_of(lab.data.chart("A", "5m", vwap=False, prior_close=False))
    assert marks(bare, Line) == marks(bare, Levels) == []


def test_an_indicator_in_prices_lies_over_them_and_another_has_its_own_panel():
    cell = cell_of(lab_at("11:00").data.chart("A", "1m", indicators=[sl.EMA(9, "1m"), sl.RSI(14, "1m"), sl.BBANDS(20, "1m")]))

    assert [panel.name for panel in cell.panels] == ["price", "volume", "RSI(14, 1m)"]
    assert (cell.panels[2].low, cell.panels[2].high) == (0.0, 100.0)
    over = [mark.name for mark in cell.panels[0].marks if isinstance(mark, Line)]
    assert over == ["VWAP", "EMA(9, 1m)", *(f"BBANDS(20, 1m) {band}" for band in ("upper", "middle", "lower"))]


def test_a_value_of_longer_bars_holds_from_where_it_was_known_on():
    lab = lab_at("11:02")
    cell = cell_of(lab.data.chart("A", "1m", indicators=[sl.SMA(3, "15m")], vwap=False))
    (line,) = marks(cell, Line)
    values = lab.data["A"][sl.SMA(3, "15m")]

    assert line.style == "step"
    assert line.x == (0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0, 92.0)  # from the open on what yesterday ended with
    assert line.y == (values.history.last, *values.values, values.values[-1])


def test_a_value_of_shorter_bars_is_the_one_at_the_end_of_each_bar():
    lab = lab_at("11:02")
    (line,) = marks(cell_of(lab.data.chart("A", "5m", indicators=[sl.EMA(9, "1m")], vwap=False)), Line)
    ema = lab.data["A"][sl.EMA(9, "1m")].frame().iloc[:, 0]

    last_of_each = ema.groupby(ema.index.floor("5min")).last().iloc[:18]
    assert line.y == tuple(last_of_each)
    assert line.x == tuple(i + 0.5 for i in range(18))


def test_looking_declares_nothing():
    lab = lab_at("11:00")
    before = lab.data.to_dict()
    lab.data.chart("A", "5m", indicators=[sl.EMA(9, "5m")])

    assert list(lab.data["A"].indicators) == []
    assert lab.data.to_dict() == before


def test_what_was_traded_later_is_not_in_a_chart():
    def at(time: str) -> pd.Timestamp:
        return pd.Timestamp(f"2025-07-02 {time}", tz="America/New_York")

    fills = pd.DataFrame(
        {
            "time": [at("10:05"), at("11:20")],
            "known_at": [at("10:06"), at("11:21")],
            "symbol": "A",
            "side": ["buy", "sell"],
            "price": [100.0, 101.0],
            "reason": ["entry", "take_profit"],
            "order_id": [1, 2],
        }
    )
    trade = {"symbol": "A", "side": "long", "quantity": 10.0, "entry_price": 100.0, "exit_price": 101.0, "pnl": 10.0}
    trade |= {"entry_time": at("10:05"), "entry_known_at": at("10:06"), "exit_time": at("11:20"), "exit_known_at": at("11:21")}
    orders = pd.DataFrame(
        {
            "sent": [at("10:05"), at("10:05"), at("11:10")],
            "symbol": "A",
            "side": ["buy", "sell", "buy"],
            "type": ["market", "limit", "limit"],
            "limit": [np.nan, 101.0, 99.0],
            "status": ["filled", "filled", "accepted"],
            "id": [1, 2, 3],
            "parent": [None, 1, None],
        }
    )
    lab = lab_at("11:00")
    cell = cell_of(lab.data.chart("A", "1m", fills=fills, trades=pd.DataFrame([trade]), orders=orders))

    ((fill,), (one,), (order,)) = (marks(cell, kind) for kind in (Fills, Trades, Orders))
    assert (fill.x, fill.y, fill.role) == ((35.5,), (100.0,), ("entry",))
    last = lab.data["A"].bars("1m").last.close
    assert (one.open, one.x0, one.x1, one.y1, one.gain) == ((True,), (35.5,), (90.0,), (last,), (last >= 100.0,))
    assert "+" not in one.label[0]  # what it will have earned
    assert (order.x0, order.x1, order.y, order.role) == ((35.0,), (90.0,), (101.0,), ("target",))


def test_since_and_until_cut_today_and_days_go_back():
    lab = lab_at("11:00")
    cut = cell_of(lab.data.chart("A", "1m", since="10:00", until="10:30")).times
    whole = cell_of(lab.data.chart("A", "1m", until="close")).times
    two = cell_of(lab.data.chart("A", "1m", days=2))

    assert (cut.slots, cut.ended, cut.clock[0] % 86400) == (30, 30, 10 * 3600)
    assert (whole.slots, whole.ended) == (390, 90)
    assert two.times.session_first == (0, 390)
    assert two.facts[0] == "2025-07-01 to 2025-07-02"
    (candles,) = marks(two, Candles)
    history = lab.data["A"].bars("1m").history["2025-07-01 09:30":]
    assert candles.high[: len(history)] == tuple(history["high"])


def test_days_are_drawn_from_the_window():
    rows = {("A", width): make_bars(list(TIMES.get_sessions("2025-06-02", "2025-07-02")), width) for width in ("1m", "1d")}
    given = config("A", "1m", "2025-07-02", "2025-07-02", window=10, window_intervals="1d")
    lab = sl.Lab(given, source=RowsSource(rows), times=TIMES)
    lab.advance("11:00")
    chart = lab.data.chart("A", "1d")
    (candles,) = marks(cell_of(chart), Candles)

    assert candles.close == tuple(lab.data["A"].bars("1d").history.close)
    assert cell_of(chart).facts[0] == "2025-06-17 to 2025-07-01"
    assert cell_of(chart).times.tick_label[:3] == ("17 Jun", "18 Jun", "20 Jun")  # 19 June is a holiday


def test_symbols_and_intervals_stand_in_a_grid():
    lab = sl.demo()
    lab.advance("10:00")
    chart = lab.data.chart(interval=["1m", "5m"])

    assert [(cell.symbol, cell.interval) for cell in chart.scene.cells] == [  # type: ignore[attr-defined]
        ("RIVN", "1m"),
        ("RIVN", "5m"),
        ("AAPL", "1m"),
        ("AAPL", "5m"),
    ]
    drawing = Drawing(chart.svg, "AAPL", "5m")
    assert "AAPL 5m | 2025-07-02 | as of 10:00:00 | coverage 100.00 %" in drawing.header()
    assert lab.data["AAPL"].chart("5m").scene.cells == lab.data.chart("AAPL", "5m").scene.cells  # type: ignore[attr-defined]


def test_before_the_first_bar_a_chart_says_that_none_is_known():
    lab = sl.demo()
    chart = lab.data.chart("AAPL", "5m")

    assert "no 5m bar of today is known yet" in [word.text for word in Drawing(chart.svg).words()]
    assert repr(chart) == "<Chart AAPL 5m 2025-07-02, as of 09:30:00>"


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"symbols": "B"}, NoDataError, "not in this session"),
        ({"symbols": []}, ConfigError, "one to 4 symbols"),
        ({"interval": []}, ConfigError, "one to 4 intervals"),
        ({"interval": "1s"}, NoDataError, "cannot be made"),
        ({"since": "11:00"}, LookAheadError, "lies ahead"),
        ({"since": "10:30", "until": "10:00"}, ConfigError, "no bar in it"),
        ({"days": 0}, ConfigError, "days is 0"),
        ({"indicators": ["EMA"]}, ConfigError, "no indicator"),
        ({"fills": pd.DataFrame({"time": []})}, ConfigError, "fills lacks side, price"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, Any], error: type[Exception], told: str):
    with pytest.raises(error, match=told):
        lab_at("11:00").data.chart(**asked)


def test_data_without_a_lab_says_that_it_has_no_charts():
    lab = lab_at("11:00")
    around = Surroundings(lambda: 0, lambda moment: lab.data._present, lambda: (), (True, True), False)

    with pytest.raises(ConfigError, match="charts are made of the data of a lab"):
        SessionData(lab.data._present, around).chart("A")


def test_a_break_is_marked_and_takes_no_room():
    times = sl.TimeManager("XTKS")
    (day,) = times.get_sessions("2025-07-02", "2025-07-02")
    given = config("A", "5m 1m", "2025-07-02", "2025-07-02", group="XTKS")
    lab = sl.Lab(given, source=RowsSource({("A", "1m"): make_bars(day, "1m")}), times=times)
    lab.run_session()
    axis = cell_of(lab.data.chart("A", "5m")).times

    assert (axis.slots, axis.breaks, axis.absent_first) == (66, (30,), ())
    assert axis.tick_label[axis.tick_x.index(30.0)] == "12:30"


def test_real_seconds_of_a_thin_stock_show_their_holes(real_data: Path):
    given = config("AIG", "1s", "2013-10-07", "2013-10-07")
    lab = sl.Lab(given, source=f"local:{real_data}", times=TIMES)
    lab.run_session()
    chart = session_chart(lab.data, "AIG", "1s")
    frame = lab.data["AIG"].bars("1s").frame()

    assert isinstance(chart, Chart)
    assert f"{23_400 - len(frame):,} absent" in repr(chart)
    drawing = Drawing(chart.to_svg(width=1280, height=500))
    assert len(drawing.runs("up") + drawing.runs("down")) < 1280
    top = min(y for run in drawing.runs("up") + drawing.runs("down") for _, y in run)
    assert top == pytest.approx(drawing.y_of(frame["high"].max()), abs=1.6)


def test_a_split_that_nothing_was_adjusted_for_leaves_the_prior_close_out(real_data: Path):
    given = config("AAPL", "1m", "2014-06-09", "2014-06-09", window=1, window_intervals="1m")
    with pytest.warns(sl.DataWarning, match="split 7 for 1"):
        lab = sl.Lab(given, source=f"local:{real_data}", times=TIMES)
    lab.advance("10:00")
    cell = cell_of(lab.data.chart("AAPL", "5m"))

    assert marks(cell, Levels) == []
    assert "prior close left out, as it is not adjusted for 7 for 1 on 2014-06-09" in cell.facts
