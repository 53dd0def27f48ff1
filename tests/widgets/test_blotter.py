"""What the blotter and the ticket are told, and what they can do."""

from __future__ import annotations

import base64
from typing import Any

import pandas as pd
import pytest
from eyes import Eyes

import sessionlab as sl
from sessionlab.errors import ConfigError


@pytest.fixture
def lab() -> sl.Lab:
    made = sl.demo()
    made.advance("10:00")
    return made


def shown(eyes: Eyes) -> dict[str, dict[str, Any]]:
    """The rows by key, as a page has them that applied every telling."""
    rows: dict[str, dict[str, Any]] = {}
    for frame in eyes.told:
        part = frame.get("parts", {}).get("blotter")
        if part is None or "keys" not in part["facts"]:
            continue
        if part["fresh"]:
            rows = {}
        rows |= {row["key"]: row for row in part["facts"]["rows"]}
        rows = {key: rows[key] for key in part["facts"]["keys"]}
    return rows


def settled(eyes: Eyes) -> dict[str, dict[str, Any]]:
    """The same once nothing is owed any more."""
    for viewer in eyes.surface._viewers.values():
        viewer.parts["blotter"]._told_at = 0.0
    eyes.pull()
    return shown(eyes)


def test_orders_are_those_of_the_lab_newest_first(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Blotter(lab))
    lab.buy("AAPL", 100, stop_loss=1.0)
    lab.sell("AAPL", 10_000_000, limit=500.0)
    lab.step()

    rows = list(settled(eyes).values())
    assert [row["id"] for row in rows] == lab.orders["id"].tolist()[::-1]
    assert [row["status"] for row in rows] == [one.replace("_", " ") for one in lab.orders["status"].tolist()[::-1]]
    assert rows[0]["reason"] == lab.orders["reason"].iloc[-1]


def test_only_what_changed_is_told_again(lab: sl.Lab) -> None:
    lab.buy("AAPL", 100)
    lab.buy("AAPL", 100, limit=1.0)
    eyes = Eyes(sl.widgets.Blotter(lab))
    lab.step()
    settled(eyes)

    assert [row["id"] for row in eyes.told[-1]["parts"]["blotter"]["facts"]["rows"]] == [1]  # the limit order rests as it did


def test_what_is_held_back_for_a_moment_is_told_then(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Blotter(lab))
    lab.buy("AAPL", 100)
    eyes.pull()
    viewer = eyes.surface.viewer("eyes")

    assert viewer.parts["blotter"].owes
    assert [row["id"] for row in settled(eyes).values()] == [1]


@pytest.mark.parametrize("tab", ["fills", "positions", "rejections"])
def test_the_other_tabs_are_the_tables_of_the_lab(lab: sl.Lab, tab: str) -> None:
    lab.buy("AAPL", 100)
    lab.buy("RIVN", 10**7)
    lab.step()
    eyes = Eyes(sl.widgets.Blotter(lab))
    eyes.say("ask", part="blotter", what={"tab": tab})
    rows = list(settled(eyes).values())

    if tab == "fills":
        (row,) = rows
        assert (row["price"], row["fee"]) == tuple(lab.fills[["price", "fee"]].iloc[0])
        assert row["at"] == lab.fills["known_at"].iloc[0].value / 1e6
    elif tab == "positions":
        (row,) = rows
        assert (row["symbol"], row["unrealized"]) == tuple(lab.positions[["symbol", "unrealized"]].iloc[0])
    else:
        (row,) = rows
        assert row["met"] == "max per trade" or row["met"].startswith("max")
        assert row["number"] > row["allowed"]


def test_a_filter_shows_what_has_all_its_words(lab: sl.Lab) -> None:
    for symbol in ("AAPL", "RIVN", "AAPL"):
        lab.buy(symbol, 10, limit=1.0, tag="cheap")
    eyes = Eyes(sl.widgets.Blotter(lab))
    eyes.say("ask", part="blotter", what={"words": "aapl CHEAP"})

    assert [row["id"] for row in settled(eyes).values()] == [3, 1]
    assert eyes.told[-1]["parts"]["blotter"]["facts"]["of"] == 2


def test_of_many_orders_the_newest_are_shown(lab: sl.Lab) -> None:
    for _ in range(230):
        lab.buy("AAPL", 1, limit=1.0)
    eyes = Eyes(sl.widgets.Blotter(lab))

    assert list(shown(eyes)) == [f"o{number}" for number in range(230, 30, -1)]
    assert eyes.told[-1]["parts"]["blotter"]["facts"]["of"] == 230


def test_going_back_takes_later_orders_away(lab: sl.Lab) -> None:
    lab.step(5)
    lab.buy("AAPL", 100)
    lab.step(5)
    eyes = Eyes(sl.widgets.Blotter(lab))
    assert len(shown(eyes)) == 1

    lab.rewind("10:02")
    eyes.pull()
    assert shown(eyes) == {}


def test_a_look_back_shows_what_was_known_and_moves_no_clock(lab: sl.Lab) -> None:
    lab.buy("AAPL", 100)
    lab.advance("11:00")
    eyes = Eyes(sl.widgets.Blotter(lab))
    at = pd.Timestamp("2025-07-02 10:01", tz="America/New_York").value / 1e6
    eyes.say("ask", part="blotter", what={"look": {"at": at, "symbol": "AAPL"}})
    eyes.pull()

    look = eyes.told[-1]["parts"]["blotter"]["facts"]["look"]
    close = lab.data.as_of("10:01")["AAPL"].bars("1m").close[-1]
    assert look["when"] == "2025-07-02 10:01:00"
    assert f"last {close:,.2f}" in look["words"]
    assert "as of 10:01:00" in base64.b64decode(look["svg"]["dark"]).decode()
    assert f"{lab.now:%H:%M}" == "11:00"


def test_a_look_ahead_is_refused(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Blotter(lab))
    later = pd.Timestamp("2025-07-02 12:00", tz="America/New_York").value / 1e6
    eyes.say("ask", part="blotter", what={"look": {"at": later, "symbol": "AAPL"}})
    eyes.pull()

    assert eyes.notices[-1]["kind"] == "LookAheadError"


def test_a_tab_that_is_none_is_refused(lab: sl.Lab) -> None:
    with pytest.raises(ConfigError, match="no tab 'trades'; there are orders, fills, positions, rejections"):
        sl.widgets.Blotter(lab).made()["blotter"].ask({"tab": "trades"})


def test_the_ticket_trades_as_a_cell_does(lab: sl.Lab) -> None:
    eyes = Eyes(sl.widgets.Ticket(lab))

    said = eyes.wish("order", side="buy", symbol="AAPL", quantity=100, stop_loss=1.0, take_profit=1000.0, tag="by eye")
    assert said["said"]["status"] == "accepted"
    refused = eyes.wish("order", side="sell", symbol="AAPL", quantity=10**7)
    assert refused["said"]["status"] == "rejected"
    assert refused["said"]["reason"] == lab.orders["reason"].iloc[-1] != ""
    lab.step()
    assert float(lab.position("AAPL")) == 100.0
    assert lab.orders["tag"].iloc[0] == "by eye"
    assert eyes.wish("flatten", symbol="AAPL")["said"]["status"] == "accepted"
    lab.step()
    assert not lab.position("AAPL")
    assert eyes.wish("order", side="hold", symbol="AAPL")["kind"] == "ConfigError"


def test_cancel_all_leaves_the_orders_of_strategies(lab: sl.Lab) -> None:
    @lab.every("1m")
    def rests(ctx: Any, symbol: str) -> None:
        if not ctx.orders:
            ctx.buy(symbol, 1, limit=1.0)

    lab.step()
    lab.buy("AAPL", 1, limit=1.0)
    eyes = Eyes(sl.widgets.Ticket(lab))
    eyes.wish("cancel_all")

    assert [order.strategy for order in lab.open_orders] == ["rests"]
    eyes.wish("cancel", id=lab.open_orders[0].id)
    assert not lab.open_orders


def test_the_ticket_tells_what_sizes_an_order(lab: sl.Lab) -> None:
    lab.buy("AAPL", 100)
    lab.step()
    facts = Eyes(sl.widgets.Ticket(lab)).told[-1]["parts"]["ticket"]["facts"]

    last = lab.data["AAPL"].bars("1m").close[-1]
    assert facts["symbols"]["AAPL"] == [last, 100.0, lab.fills["price"].iloc[0]]
    assert facts["cash"] == 100_000.0 - 100 * lab.fills["price"].iloc[0]
    assert facts["gross"] == 100 * last
    assert facts["limits"]["buying power"] == lab.config.trading_config.max_buying_power
