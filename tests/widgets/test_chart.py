"""A chart tells a browser what the lab's views show at now: each bar once, and nothing that is known later."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from eyes import Eyes
from hypothesis import given, settings
from hypothesis import strategies as st
from widgets.charted import Browser, Held

import sessionlab as sl
from sessionlab.charts.scene import Candles, Fills, Levels, Line, Orders, Volumes
from sessionlab.errors import ConfigError, NoDataError
from sessionlab.tape import Rows
from sessionlab.widgets.chart import ChartPart
from sessionlab.widgets.standing import Standing

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-06-30", "2025-07-03"))
TODAY = DAYS[2]
MISSING = (7, 8, 30, 61)


def rows_of(symbol: str, *, late: bool = False) -> Rows:
    odd: dict[str, Any] = {"late": {5: 150.0, 40: 90.0, 100: 3600.0}, "corrected": {12: 45.0, 60: 600.0}} if late else {}
    return make_bars(DAYS, "1m", seed=ord(symbol), missing=MISSING, **odd)


def lab_of(rows: dict[str, Rows], streams: str = "1m 5m", **changes: Any) -> sl.Lab:
    made = config(list(rows), streams, "2025-07-02", "2025-07-03", window=2, window_intervals="1m 1d", **changes)
    return sl.Lab(made, source=RowsSource({(symbol, "1m"): part for symbol, part in rows.items()}), times=TIMES)


def trading(lab: sl.Lab) -> sl.Lab:
    @lab.every("20m")
    def trade(ctx: sl.Context, symbol: str) -> None:
        last = float(ctx[symbol].bars("1m").close[-1])
        if not ctx.position(symbol):
            ctx.buy(symbol, 5, trail=0.5, take_profit=last + 1.5)
        elif ctx.now.minute == 40:
            ctx.close(symbol)

    return lab


def recipes() -> list[Any]:
    return [sl.EMA(9, "5m"), sl.SMA(3, "15m"), sl.RSI(14, "1m"), sl.MACD("1m", fastperiod=3, slowperiod=6, signalperiod=3)]


def part_of(lab: sl.Lab, intervals: Any = ("1m", "5m")) -> ChartPart:
    return ChartPart(lab, None, intervals, recipes())


def looked(part: ChartPart, lab: sl.Lab) -> Browser:
    browser = Browser(part)
    browser.look(Standing.of(lab))
    return browser


MOVES = st.one_of(
    st.integers(1, 40).map(lambda n: ("step", n)),
    st.integers(1, 30).map(lambda n: ("back", n)),
    st.sampled_from(["10:15", "11:30", "13:00"]).map(lambda at: ("rewind", at)),
    st.just(("close", None)),
    st.just(("buy", None)),
    st.just(("cancel", None)),
)


def move(lab: sl.Lab, what: str, how: Any) -> None:
    if what == "step":
        lab.step(how)
    elif what == "back":
        lab.step(-how)
    elif what == "rewind":
        lab.rewind(min(lab.now, pd.Timestamp(f"{lab.session.date} {how}", tz=lab.session.tz)))
    elif what == "close":
        lab.run_session()
    elif what == "buy":
        if lab.state == "open":
            lab.buy("A", 3, limit=98.0)
    elif lab.open_orders:
        lab.cancel(lab.open_orders[0])


@settings(deadline=None, max_examples=25)
@given(st.lists(MOVES, min_size=1, max_size=8))
def test_what_was_told_by_and_by_is_what_is_told_at_once(moves: list[tuple[str, Any]]) -> None:
    """With rows that come late and are corrected, orders that trail, going back, and another session."""
    lab = trading(lab_of({"A": rows_of("A", late=True), "B": rows_of("B")}))
    lab.advance("10:00")
    browser = looked(part_of(lab), lab)
    for what, how in moves:
        move(lab, what, how)
        browser.look(Standing.of(lab))
        at_once = looked(part_of(lab), lab)

        assert [cell.state() for cell in browser.cells] == [cell.state() for cell in at_once.cells]


def marks(cell: Any, kind: type) -> list[Any]:
    return [mark for panel in cell.panels for mark in panel.marks if isinstance(mark, kind)]


def assert_same_picture(held: Held, cell: Any) -> None:
    """``held`` is what the cell of a still chart shows."""
    (candles,), (volumes,) = marks(cell, Candles), marks(cell, Volumes)
    assert held.slot == list(candles.slot)
    assert np.array_equal(np.array(held.bars).T[:4], [candles.open, candles.high, candles.low, candles.close])
    assert np.array_equal(np.array(held.bars)[:, 4], volumes.value)
    assert [bool(flag & 1) for flag in held.flags] == list(candles.complete)
    assert held.ended == cell.times.ended
    lines = {line.name: line for line in marks(cell, Line)}
    assert list(held.lines()) == [name for about in held.about["lines"] for name in about["names"]]
    for name, (x, y) in held.lines().items():
        shown = {a: b for a, b in zip(lines[name].x, lines[name].y, strict=True) if a is not None and b is not None}
        told = {a: b for a, b in zip(x, y, strict=True) if b == b}
        if lines[name].style == "step":
            shown = {a: b for a, b in zip(lines[name].x[:-1], lines[name].y, strict=False) if a is not None and b is not None}
        assert told == shown
    levels = [level.y[0] for level in marks(cell, Levels) if level.role == "prior_close"]
    assert levels == [held.about["prior"]]
    fills = [
        [*row]
        for mark in marks(cell, Fills)
        for row in zip(mark.x, mark.y, mark.side, mark.role, mark.reason, mark.label, strict=True)
    ]
    assert held.fills == fills
    resting = [
        (x, side, role, y, label)
        for mark in marks(cell, Orders)
        for x, y, role, side, is_open, label in zip(mark.x0, mark.y, mark.role, mark.side, mark.open, mark.label, strict=True)
        if is_open
    ]
    assert sorted((x, side, role, y, label) for _, x, side, role, rows in held.orders.values() for y, label in rows) == sorted(
        resting
    )


@pytest.mark.parametrize("moment", ["10:02", "11:00", "13:21", "close"])
@pytest.mark.parametrize("late", [False, True])
def test_it_is_the_picture_that_python_draws(moment: str, late: bool) -> None:
    lab = trading(lab_of({"A": rows_of("A", late=late), "B": rows_of("B")}))
    part = part_of(lab)
    browser = looked(part, lab)
    while lab.now < lab.session.open + pd.Timedelta("25m"):
        lab.step(3)
        browser.look(Standing.of(lab))
    lab.advance(moment)
    browser.look(Standing.of(lab))
    resting = lab.orders[lab.orders["id"].isin([order.id for order in lab.open_orders])]
    scene = lab.chart(None, ["1m", "5m"], indicators=recipes(), until="close", orders=resting).scene

    assert moment == "10:02" or any(cell.fills for cell in browser.cells)
    for held, cell in zip(browser.cells, scene.cells, strict=True):
        assert (held.about["symbol"], held.about["interval"]) == (cell.symbol, cell.interval)
        assert_same_picture(held, cell)


def test_bars_are_those_of_the_frame() -> None:
    lab = lab_of({"A": rows_of("A")})
    browser = looked(ChartPart(lab, "A", "5m"), lab)
    for _ in range(9):
        lab.step(7)
        browser.look(Standing.of(lab))
    (cell,) = browser.cells
    frame = lab.data["A"].bars("5m").frame()

    assert np.array_equal(cell.bars, frame[["open", "high", "low", "close", "volume"]])
    assert cell.counts == frame["count"].tolist()
    assert [bool(flag & 1) for flag in cell.flags] == frame["complete"].tolist()
    # 09:37 and 09:38 are absent, so is 10:00.
    assert cell.counts[:7] == [5, 3, 5, 5, 5, 5, 4]
    assert TODAY.starts(lab.data["A"].bars("5m").interval)[cell.slot].tolist() == frame.index.as_unit("ns").asi8.tolist()


def test_no_byte_depends_on_the_future() -> None:
    """The same rows up to 11:00, and others after it, tell the same until 11:00."""
    eleven = TODAY.open_ns + 90 * 60 * 10**9
    told: list[list[Any]] = []
    for factor in (1.0, 3.0):
        rows = rows_of("A")
        values = rows.values.copy()
        values[:, rows.known_at > eleven] *= factor
        lab = trading(lab_of({"A": Rows.of(rows.start, rows.known_at, values)}))
        eyes = Eyes(sl.widgets.Chart(lab, "A", ["1m", "5m"], recipes()))
        while lab.now < pd.Timestamp("2025-07-02 11:00", tz=lab.session.tz):
            lab.step(5)
            eyes.pull()
        parts = [json.dumps({name: part["facts"] for name, part in one["parts"].items()}) for one in eyes.told]
        told.append([parts, eyes.bytes])

    assert told[0] == told[1]


def test_each_bar_is_told_once_and_a_frame_is_small() -> None:
    lab = lab_of({symbol: rows_of(symbol) for symbol in "ABCD"})
    lab.advance("12:00")
    browser = looked(ChartPart(lab, None, "1m"), lab)
    first = browser.sizes[-1]
    lab.step()
    told = browser.look(Standing.of(lab))

    assert told is not None
    assert not told.fresh
    assert [facts["bars"] for facts in told.facts["cells"]] == [1, 1, 1, 1]
    assert browser.sizes[-1] < first / 100
    assert browser.look(Standing.of(lab)) is None


def test_a_stop_that_trails_moves_its_line_and_a_canceled_order_is_gone() -> None:
    lab = lab_of({"A": rows_of("A")})
    lab.advance("10:10")
    order = lab.buy("A", 5, trail=20.0)
    browser = looked(ChartPart(lab, "A", "1m"), lab)
    lab.step()
    browser.look(Standing.of(lab))
    seen = []
    for _ in range(30):
        lab.step()
        browser.look(Standing.of(lab))
        (rows,) = [row[4] for row in browser.cells[0].orders.values()]
        seen.append(rows[0][0])
        stop = order.exits[0].stop
        assert rows == [[stop, f"trailing stop: sell 5 at {stop:,.2f}"]]

    assert len(set(seen)) > 1
    assert seen == sorted(seen)
    lab.cancel(order.exits[0])
    browser.look(Standing.of(lab))
    assert browser.cells[0].orders == {}


def test_another_choice_is_told_anew_and_one_that_cannot_be_is_refused() -> None:
    lab = lab_of({"A": rows_of("A"), "B": rows_of("B")})
    lab.advance("10:00")
    part = ChartPart(lab)
    browser = looked(part, lab)
    assert [(cell.about["symbol"], cell.about["interval"]) for cell in browser.cells] == [("A", "1m"), ("B", "1m")]
    part.ask({"symbols": ["B"], "intervals": ["5m", "1d"]})
    told = browser.look(Standing.of(lab))

    assert told is not None
    assert told.fresh
    assert [(cell.about["symbol"], cell.about["interval"]) for cell in browser.cells] == [("B", "5m"), ("B", "1d")]
    with pytest.raises(NoDataError, match="'C' is not in this session"):
        part.ask({"symbols": ["C"]})
    with pytest.raises(ConfigError, match="one to 4 intervals"):
        part.ask({"intervals": ["1m", "2m", "3m", "5m", "10m"]})
    assert browser.look(Standing.of(lab)) is None


def test_days_are_those_of_the_window_until_today_has_ended() -> None:
    lab = lab_of({"A": rows_of("A")}, "1m 1d")
    lab.advance("10:00")
    browser = looked(ChartPart(lab, "A", "1d"), lab)
    assert len(browser.cells[0].slot) == 2
    lab.run_session()
    browser.look(Standing.of(lab))
    frame = lab.data["A"].bars("1d").all.frame()

    assert np.array_equal(browser.cells[0].bars, frame[["open", "high", "low", "close", "volume"]])
    assert len(frame) == 3


def test_what_cannot_be_shown_says_why() -> None:
    lab = lab_of({"A": rows_of("A"), "B": rows_of("B")})
    lab.advance("10:00")
    part = ChartPart(lab, ["B"], ["1m", "30s"])
    browser = looked(part, lab)
    assert "30s bars of B cannot be made of 1m" in browser.cells[1].about["note"]
    lab.remove_symbol("B")
    browser.look(Standing.of(lab))

    assert "left this session" in browser.cells[0].about["note"]
    with pytest.raises(NoDataError, match="30s"):
        sl.widgets.Chart(lab, "A", "30s")
    with pytest.raises(ConfigError, match="no indicator"):
        sl.widgets.Chart(lab, "A", "1m", ["EMA"])  # type: ignore[list-item]


def test_a_function_that_raises_is_left_out_with_its_reason() -> None:
    def odd(bars: Any) -> Any:
        if len(bars.close) > 40:
            raise ZeroDivisionError("nothing to divide by")
        return bars.close * 1.0

    lab = lab_of({"A": rows_of("A")})
    lab.advance("09:40")
    browser = looked(ChartPart(lab, "A", "1m", [sl.indicator(odd, interval="1m")]), lab)
    lab.advance("10:40")
    browser.look(Standing.of(lab))
    lab.step()
    browser.look(Standing.of(lab))

    why = browser.cells[0].about["lines"][1]["why"]
    assert why.startswith("odd(1m) left out: ")
    assert "nothing to divide by" in why
    assert len(browser.cells[0].slot) == len(lab.data["A"].bars("1m"))


def test_the_still_picture_is_that_of_the_lab() -> None:
    lab = trading(lab_of({"A": rows_of("A"), "B": rows_of("B")}))
    lab.advance("11:00")
    chart = sl.widgets.Chart(lab, "A", "5m", [sl.EMA(9, "5m")], vwap=False)

    drawn = lab.chart("A", "5m", indicators=[sl.EMA(9, "5m")], vwap=False)._repr_html_()  # type: ignore[attr-defined]
    assert chart.made()["chart"].still() == drawn


def test_the_picture_that_is_saved_is_what_is_shown() -> None:
    lab = trading(lab_of({"A": rows_of("A"), "B": rows_of("B")}))
    lab.advance("11:00")
    eyes = Eyes(sl.widgets.Chart(lab, "A", "1m"))
    size = {"width": 800, "height": 400, "theme": "dark"}
    eyes.say("ask", part="chart", what={"save": "svg", **size, "from": 30, "past": 60, "orders": False, "fills": False})
    saved = (eyes.pull() or {})["parts"]["chart"]["facts"]["saved"]

    drawn = lab.data.chart("A", "1m", since="10:00", until="10:30").to_svg(width=800, height=400, theme="dark")  # type: ignore[attr-defined]
    assert saved == {"name": "A 1m 2025-07-02.svg", "svg": drawn}
    eyes.say("ask", part="chart", what={"save": "png", **size})
    told = (eyes.pull() or {})["parts"]["chart"]
    assert told["facts"]["saved"] == {"name": "A 1m 2025-07-02.png", "svg": None}
    assert told["arrays"]["png"].tobytes().startswith(b"\x89PNG")
    eyes.say("ask", part="chart", what={"save": "gif", **size})
    eyes.pull()
    assert "saved as svg or png" in eyes.notices[-1]["words"]


def test_words_that_are_markup_are_told_as_they_are() -> None:
    lab = lab_of({"A": rows_of("A")})
    lab.advance("10:00")
    part = ChartPart(lab, "A", "1m")
    part._symbols = "<b>"
    browser = looked(part, lab)

    assert "'<b>' is not in this session" in browser.cells[0].about["note"]
    assert "<b>" not in part.still()
    assert "&lt;b&gt;" in part.still()
