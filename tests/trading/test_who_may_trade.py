"""Who may trade: a strategy in its hooks, a person between two steps, each with orders of this run that can be meant."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hand_made import lab

import sessionlab as sl

FLAT = (100.0, 100.0, 100.0, 100.0)


def said(act: Any) -> str:
    """What was said by the error that ``act`` raised."""
    try:
        act()
    except sl.errors.SessionlabError as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def test_a_hook_trades_with_its_ctx_and_a_person_between_two_steps() -> None:
    told: list[str] = []

    class Odd(sl.Strategy):
        def on_bar(self, ctx: sl.Context, symbol: str) -> None:
            if not told:
                told.append(said(lambda: one.buy("A", 1)))
                worker = threading.Thread(target=lambda: told.append(said(lambda: ctx.buy("A", 1))))
                worker.start()
                worker.join()
                KEPT.append(ctx)

    KEPT: list[sl.Context] = []
    one = lab([FLAT] * 5)
    one.use(Odd)
    one.step(2)

    assert told == [
        "BusyError: cannot buy from inside a hook: a step is under way; a hook trades with its ctx, as in ctx.buy(...)",
        "BusyError: Odd cannot trade from another thread: a step is under way; do it in the hook itself",
    ]
    for act in (
        lambda ctx: ctx.sell("A", 1),
        lambda ctx: ctx.target("A", 1),
        lambda ctx: ctx.close("A"),
        lambda ctx: ctx.cancel(1),
    ):
        one.buy("A", 1, limit=50)
        before = len(one.orders)
        with pytest.raises(sl.errors.BusyError, match="Odd trades in its hooks alone; between two steps trade by hand"):
            act(KEPT[0])
        assert len(one.orders) == before


@pytest.mark.parametrize(
    "act",
    [
        lambda one, old, new: one.cancel(old),
        lambda one, old, new: one.replace(old, limit=55),
        lambda one, old, new: one.oco(old, new),
    ],
    ids=["cancel", "replace", "oco"],
)
def test_an_order_of_another_run_is_refused(act: Any) -> None:
    one = lab([FLAT] * 5)
    one.step()
    old = one.buy("A", 1, limit=50)
    one.restart()
    one.step()
    new = one.buy("A", 1, limit=60)

    with pytest.raises(sl.errors.ConfigError, match=r"order 1 \(buy 1 A\) is not of this run, or of what it went back from"):
        act(one, old, new)
    assert one.open_orders == (new,)


@pytest.mark.parametrize(
    ("send", "words"),
    [
        (lambda one: one.buy("A", 10**400), "quantity=1000"),
        (lambda one: one.buy("A", True), "quantity=True: write shares"),
        (lambda one: one.buy("A", 1, limit="100"), "limit='100': write a price in dollars"),
        (lambda one: one.buy("A", risk=1, stop_loss=99), "risk=1: write the fraction of equity lost at the stop, below 1"),
        (lambda one: one.buy("A", 1, client_id=7), "client_id=7: write a text of your own"),
        (lambda one: one.buy("A", 1, client_id=""), "client_id='': write a text of your own"),
        (lambda one: one.buy("A", 1, tif=["day"]), "write one of day, gtc"),
        (lambda one: one.target("A", "5"), "quantity='5': write a number"),
        (lambda one: one.target("A", True), "quantity=True: write a number"),
        (lambda one: one.target_percent("A", float("inf")), "percent=inf: write a number"),
        (lambda one: one.close_position("A", tif="now"), "tif='now': write one of day"),
    ],
)
def test_what_cannot_be_meant_says_what_to_write(send: Any, words: str) -> None:
    one = lab([FLAT] * 3)
    one.step()

    with pytest.raises(sl.errors.ConfigError, match=words):
        send(one)
    assert one.orders.empty


@pytest.mark.parametrize("symbol", [None, 5, ["A"], "a"])
def test_what_is_no_symbol_of_the_session(symbol: Any) -> None:
    one = lab([FLAT] * 3)
    one.step()

    with pytest.raises(sl.errors.NoDataError, match="is not in this session; it has A"):
        one.buy(symbol, 1)
    assert one.orders.empty
