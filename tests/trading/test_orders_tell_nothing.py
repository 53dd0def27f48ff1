"""An order that somebody holds says what became of it up to now, whatever comes, and a book trades from its hooks alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hand_made import frame, lab

import sessionlab as sl
from sessionlab.errors import BusyError, ConfigError

FLAT = (100.0, 100.5, 99.5, 100.0)
RISES = (110.0, 111.0, 109.0, 110.0)


def resting(last: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    """All that orders at rest at 09:40 are made of, where bars from 09:50 on are ``last``."""
    one = lab([FLAT] * 20 + [last] * 20)
    one.advance("09:40")
    one.buy("A", 10, limit=99.0)
    one.sell("A", 10, limit=105.0, tif="gtc")
    one.buy("A", 10, stop=104.0)
    one.sell("A", 10, trail="2%")  # an entry, and a trailing stop that waits for it
    one.buy("A", 10)
    return [{name: str(value) for name, value in vars(order).items()} for order in one.open_orders]


def test_what_comes_does_not_show_in_an_order_at_rest() -> None:
    assert len(resting(FLAT)) == 6
    assert resting(FLAT) == resting(RISES)


def test_the_context_of_a_strategy_trades_in_its_hooks_alone() -> None:
    one = sl.Lab.from_frames({"A": frame([FLAT] * 30)}, bars="1m", strategy=sl.strategies.SmaCross())
    one.advance("09:40")
    (ctx,) = [book.ctx for book in one._engine.books]

    with pytest.raises(BusyError, match=r"trades in its hooks alone; between two steps trade by hand, as in lab\.buy"):
        ctx.buy("A", 1)
    assert one.orders.empty


def test_another_thread_does_not_trade_while_a_hook_runs() -> None:
    one, errors = lab([FLAT] * 30), []

    @one.every("1m")
    def asks(ctx: sl.Context, symbol: str) -> None:
        def send() -> None:
            with pytest.raises(BusyError) as caught:
                ctx.buy(symbol, 1)
            errors.append(str(caught.value))

        other = threading.Thread(target=send)
        other.start()
        other.join()

    one.advance("09:32")

    assert len(errors) == 2
    assert "cannot trade from another thread" in errors[0]
    assert one.orders.empty


@pytest.mark.parametrize(("low", "fills"), [(98.0, []), (100.0, [100.0])])
def test_a_limit_at_the_open_fills_there_or_not_at_all(low: float, fills: list[float]) -> None:
    """The first bar goes to 98 after it opened at 101 or 100; a limit of 100 is met at the open or never."""
    opened = 101.0 if low < 100 else 100.0
    one = lab([(opened, 102.0, 98.0, 100.0), *[FLAT] * 20])
    order = one.buy("A", 10, limit=100.0, tif="opg")
    one.advance("09:45")

    assert one.fills["price"].tolist() == fills
    assert order.status == ("filled" if fills else "expired")


def test_an_order_of_another_run_is_refused() -> None:
    one, other = lab([FLAT] * 20), lab([FLAT] * 20)
    order = one.buy("A", 1, limit=50.0)
    other.buy("A", 1, limit=60.0)

    with pytest.raises(ConfigError, match="is not of this run"):
        other.cancel(order)
    assert order.is_open
