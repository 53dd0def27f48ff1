"""An order that somebody holds says what became of it up to now, whatever comes."""

from __future__ import annotations

from typing import Any

import pytest
from hand_made import lab

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


@pytest.mark.parametrize(("low", "fills"), [(98.0, []), (100.0, [100.0])])
def test_a_limit_at_the_open_fills_there_or_not_at_all(low: float, fills: list[float]) -> None:
    """The first bar goes to 98 after it opened at 101 or 100; a limit of 100 is met at the open or never."""
    opened = 101.0 if low < 100 else 100.0
    one = lab([(opened, 102.0, 98.0, 100.0), *[FLAT] * 20])
    order = one.buy("A", 10, limit=100.0, tif="opg")
    one.advance("09:45")

    assert one.fills["price"].tolist() == fills
    assert order.status == ("filled" if fills else "expired")
