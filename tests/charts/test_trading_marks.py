"""Fills, orders and trades on a chart of plain tables: where they stand, by what they are told apart, and what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawing import SVG, Drawing, strokes

from sessionlab.charts import Chart, frame_chart
from sessionlab.charts.scene import Fills, Orders, Trades
from sessionlab.errors import ConfigError
from sessionlab.trading.traded import FILL_COLUMNS, ORDER_COLUMNS, TRADE_COLUMNS

INDEX = pd.date_range("2025-07-02 09:30", "2025-07-02 15:55", freq="5min", tz="America/New_York")


def at(time: str) -> pd.Timestamp:
    return pd.Timestamp(f"2025-07-02 {time}", tz="America/New_York")


def table(columns: tuple[str, ...], *rows: dict[str, Any]) -> pd.DataFrame:
    """Rows of one symbol; what is not said is missing, and when orders ended is not told at all."""
    told = [name for name in columns if name != "ended"]
    return pd.DataFrame([{"symbol": "A", "ambiguous": False, **row} for row in rows], columns=told)


def fill(time: str, side: str, price: float, reason: str, order: int, **more: Any) -> dict[str, Any]:
    known = at(time) + pd.Timedelta(minutes=1)
    known_at = {"time": at(time), "known_at": known}
    return {**known_at, "side": side, "price": price, "quantity": 100.0, "reason": reason, "order_id": order, **more}


FILLS = table(
    FILL_COLUMNS,
    fill("10:02", "buy", 100.2, "entry", 1),
    fill("10:41", "sell", 101.0, "take_profit", 3),
    fill("11:30", "sell", 100.6, "entry", 4),
    fill("12:25", "buy", 101.1, "stop_loss", 5, ambiguous=True),
    fill("13:00", "buy", 100.0, "entry", 7),
    fill("13:30", "sell", 100.1, "entry", 8),
    fill("15:59", "sell", 100.3, "flatten", 10),
)
TRADES = table(
    TRADE_COLUMNS,
    {
        "side": "long",
        "quantity": 100.0,
        "entry_time": at("10:02"),
        "entry_price": 100.2,
        "exit_time": at("10:41"),
        "exit_price": 101.0,
        "pnl": 79.0,
        "entry_known_at": at("10:03"),
        "exit_known_at": at("10:42"),
        "entry_order": 1,
        "exit_order": 3,
    },
    {
        "side": "short",
        "quantity": 100.0,
        "entry_time": at("11:30"),
        "entry_price": 100.6,
        "exit_time": at("12:25"),
        "exit_price": 101.1,
        "pnl": -51.0,
        "entry_known_at": at("11:31"),
        "exit_known_at": at("12:26"),
        "entry_order": 4,
        "exit_order": 5,
    },
    {
        "side": "long",
        "quantity": 100.0,
        "entry_time": at("13:00"),
        "entry_price": 100.0,
        "exit_time": at("13:30"),
        "exit_price": 100.1,
        "pnl": 9.0,
        "entry_known_at": at("13:01"),
        "exit_known_at": at("13:31"),
        "entry_order": 7,
        "exit_order": 8,
    },
)
ORDERS = table(
    ORDER_COLUMNS,
    {"sent": at("10:02"), "side": "buy", "type": "market", "quantity": 100.0, "status": "filled", "id": 1},
    {
        "sent": at("10:02"),
        "side": "sell",
        "type": "stop",
        "quantity": 100.0,
        "stop": 99.4,
        "status": "canceled",
        "id": 2,
        "parent": 1,
    },
    {
        "sent": at("10:02"),
        "side": "sell",
        "type": "limit",
        "quantity": 100.0,
        "limit": 101.0,
        "status": "filled",
        "id": 3,
        "parent": 1,
    },
    {"sent": at("14:00"), "side": "buy", "type": "limit", "quantity": 50.0, "limit": 99.0, "status": "accepted", "id": 9},
    {"sent": at("14:05"), "side": "buy", "type": "limit", "quantity": 50.0, "limit": 99.1, "status": "rejected", "id": 11},
    {
        "sent": at("14:10"),
        "side": "sell",
        "type": "trailing_stop",
        "quantity": 50.0,
        "stop": 99.2,
        "status": "accepted",
        "id": 12,
    },
)


def chart(**given: Any) -> Chart:
    wave = 100.4 + 0.8 * np.sin(np.arange(len(INDEX)) / 9)
    bars = pd.DataFrame({"open": wave, "high": wave + 0.2, "low": wave - 0.2, "close": wave + 0.1, "volume": 9.0}, index=INDEX)
    return frame_chart(bars, symbol="A", expected=INDEX, **given)


def mark(of: Chart, kind: type) -> Any:
    return next(one for one in of.scene.cells[0].panels[0].marks if isinstance(one, kind))


def shapes(drawing: Drawing) -> list[Any]:
    return [one for one in drawing.cell.iter(f"{SVG}g") if (one.get("class") or "").startswith("fill")]


def test_a_fill_points_with_its_tip_to_its_price_in_the_middle_of_its_minute():
    drawing = Drawing(chart(fills=FILLS).to_svg(width=1200, height=600))
    slot = (drawing.x_of("12:00") - drawing.x_of("11:00")) / 12
    (buy, sell) = (strokes(next(iter(one.iter(f"{SVG}path"))).get("d", ""))[0] for one in shapes(drawing)[:2])

    assert buy[0] == pytest.approx((drawing.x_of("10:00") + 2.5 / 5 * slot, drawing.y_of(100.2)), abs=0.6)
    assert sell[0] == pytest.approx((drawing.x_of("10:00") + 41.5 / 5 * slot, drawing.y_of(101.0)), abs=0.6)
    assert min(y for _, y in buy[1:]) > buy[0][1]  # a buy stands below its price
    assert max(y for _, y in sell[1:]) < sell[0][1]


def test_fills_are_told_apart_by_shape_without_color():
    drawn = shapes(Drawing(chart(fills=FILLS, trades=TRADES).svg))
    looks = {}
    for one in drawn:
        outline = list(one.iter(f"{SVG}path"))[1]
        hollow = outline.get("fill") == "#ffffff"
        looks[(one.get("class") or "").split()[2]] = (
            hollow,
            len(list(one.iter(f"{SVG}path"))),
            len(list(one.iter(f"{SVG}circle"))),
        )

    assert looks.keys() == {"entry", "stop", "target", "exit"}
    assert len(set(looks.values())) == 4


def test_fills_say_their_reasons_in_words():
    drawing = Drawing(chart(fills=FILLS, trades=TRADES).to_svg(width=1200, height=600))
    words = [word.text for word in drawing.words()]

    assert [words.count(one) for one in ("entry", "take profit", "stop loss (ambiguous)", "flatten")] == [
        4,
        1,
        1,
        1,
    ]  # one in the legend
    titles = [one[0].text for one in shapes(drawing)]
    assert titles[0] == "buy 100 at 100.20: entry"
    assert titles[3] == "buy 100 at 101.10: stop loss (ambiguous)"


def test_a_plain_order_that_closes_a_position_is_an_exit():
    assert mark(chart(fills=FILLS), Fills).role[5] == "entry"
    assert mark(chart(fills=FILLS, trades=TRADES), Fills).role[5] == "exit"


@pytest.mark.parametrize(
    ("reason", "role"),
    [
        ("entry", "entry"),
        ("stop_loss", "stop"),
        ("trail", "stop"),
        ("take_profit", "target"),
        ("close", "exit"),
        ("flatten", "exit"),
    ],
)
def test_a_reason_has_its_shape(reason: str, role: str):
    of = mark(chart(fills=table(FILL_COLUMNS, fill("10:02", "sell", 100.2, reason, 1))), Fills)

    assert (of.role, of.reason) == ((role,), (reason.replace("_", " "),))


def test_trades_lead_from_entry_to_exit_and_say_what_they_brought():
    of = mark(chart(fills=FILLS, trades=TRADES), Trades)

    assert of.x0 == pytest.approx((6.5, 24.1, 42.1))
    assert of.x1 == pytest.approx((14.3, 35.1, 48.1))
    assert (of.y0, of.y1) == ((100.2, 100.6, 100.0), (101.0, 101.1, 100.1))
    assert (of.gain, of.label) == ((True, False, True), ("long 100, +79.00", "short 100, -51.00", "long 100, +9.00"))


def test_orders_stand_at_their_prices_for_as_long_as_they_were_open():
    of = mark(chart(fills=FILLS, orders=ORDERS), Orders)

    assert of.role == ("stop", "target", "entry", "stop")
    assert of.y == (99.4, 101.0, 99.0, 99.2)
    assert of.x0 == pytest.approx((6.4, 6.4, 54.0, 56.0))
    assert of.x1 == pytest.approx((14.4, 14.4, 78.0, 78.0))  # the stop until its target filled, 10:42
    assert of.open == (False, False, True, True)
    assert of.label[0] == "stop loss: sell 100 at 99.40"
    assert of.label[3] == "trailing stop: sell 50 at 99.20"


def test_a_column_ended_says_until_when_an_order_was_open():
    ended = ORDERS.assign(ended=[at("10:03"), at("10:20"), at("10:42"), pd.NaT, at("14:05"), pd.NaT])

    assert mark(chart(orders=ended), Orders).x1 == pytest.approx((10.0, 14.4, 78.0, 55.0, 78.0))


def test_an_order_far_from_the_price_is_told_at_the_edge():
    far = table(ORDER_COLUMNS, {**ORDERS.iloc[3].to_dict(), "limit": 30.0})
    drawing = Drawing(chart(orders=far).svg)

    assert drawing.runs("order entry") == []
    assert "▼ limit: buy 50 at 30.00" in [word.text for word in drawing.words()]
    assert drawing.y_of(99.4) - drawing.y_of(101.4) > 150


def test_another_symbol_and_what_lies_beside_the_axis_are_left_out():
    other = FILLS.assign(symbol="B")
    early = FILLS.assign(time=FILLS["time"] - pd.Timedelta(days=1), known_at=FILLS["known_at"] - pd.Timedelta(days=1))

    for given in (other, early):
        assert not [one for one in chart(fills=given).scene.cells[0].panels[0].marks if isinstance(one, Fills)]


def test_without_known_at_a_fill_stands_in_the_middle_of_its_bar():
    plain = FILLS[["time", "side", "price"]]

    assert mark(chart(fills=plain), Fills).x[0] == 6.5
    assert mark(chart(fills=plain), Fills).label[0] == "buy at 100.20"


def test_stamps_without_a_zone_are_exchange_time():
    naive = FILLS.assign(time=FILLS["time"].dt.tz_localize(None), known_at=FILLS["known_at"].dt.tz_localize(None))

    assert mark(chart(fills=naive), Fills) == mark(chart(fills=FILLS), Fills)


def test_empty_tables_draw_nothing_and_broken_ones_are_refused():
    empty = chart(fills=FILLS[:0], trades=TRADES[:0], orders=ORDERS[:0])

    assert empty.scene == chart().scene
    with pytest.raises(ConfigError, match="trades lacks entry_price"):
        chart(trades=TRADES.drop(columns="entry_price"))


def test_among_many_trades_words_stand_only_at_what_is_open():
    fills, trades = pd.concat([FILLS] * 2), pd.concat([TRADES] * 3)
    drawing = Drawing(chart(fills=fills, trades=trades, orders=ORDERS.iloc[[1, 2, 1, 2, 3]]).to_svg(width=1200, height=600))
    words = [word.text for word in drawing.words() if word.size == 10.0]

    assert words == ["limit: buy 50 at 99.00", "volume"]
    titles = {one.text for one in drawing.cell.iter(f"{SVG}title")}
    assert {"long 100, +79.00", "stop loss: sell 100 at 99.40", "buy 100 at 100.20: entry"} <= titles


def test_words_of_fills_and_orders_do_not_cover_each_other():
    drawing = Drawing(chart(fills=FILLS, trades=TRADES, orders=ORDERS).to_svg(width=700, height=400))
    small = [word for word in drawing.words() if word.size == 10.0]
    boxes = [(word.x - 0.31 * 10 * len(word.text), word.y - 8, word.x + 0.31 * 10 * len(word.text), word.y + 1) for word in small]

    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
