"""Fill realism: ten orders and a day's minutes; which bar fills each, and at what price.

The orders are laid around bars that were looked for, so that each meets one rule of filling; what is right is worked out of the
columns of the day by these rules as they are written down, and not by the broker.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from sessionlab.errors import AnswerError
from sessionlab.teaching.lesson_kind import Lesson, refuse_other_keys, whole_session
from sessionlab.teaching.made_session import DATES, SYMBOLS, config_of, minutes_of, seconds_of_day
from sessionlab.teaching.mark import Part
from sessionlab.teaching.order_plan import Asked, Minutes, plan_orders
from sessionlab.teaching.plain_answer import clock_seconds, clock_text, number_of, shown
from sessionlab.teaching.students import dice_of, first_fit, pick

if TYPE_CHECKING:
    from sessionlab.lab import Lab
    from sessionlab.sources.dice import Dice

FAULTS = {"halts": 1}
CENT = 0.005


class FillRealism(Lesson):
    """Predict fills of ten orders."""

    name = "fill-realism"
    title = "Fill realism"
    teaches = "at which price and when an order fills"
    task = (
        "Ten orders are sent during one session with a halt in it, each by itself. Say of each which minute fills it (the "
        "start of the bar) and at which price, before costs. Of a bracket, say it of the exit. Say None where an order "
        "does not fill that day.",
        "The rules: an order meets only bars that start at or after it was sent. A market order gets the open. A limit "
        "gets the open where that is as good or better, else its limit, but only once the price has gone through it: a "
        "touch is no fill. A stop gets the worse of stop and open. Both exits of a bracket in one bar: the worse one; they "
        "live from the entry's bar on, since it filled at the open. `ioc` meets the next bar and no other, `cls` the last "
        "close.",
        "Each order is worth one point: half for the bar, half for the price, to the cent.",
    )
    has: ClassVar[dict[str, str]] = {
        "orders": "the ten orders, a row each",
        "frame": "the minutes of the session, stamped by their start",
        "lab": "the same session, at its open, to send orders in",
    }
    form = "A dict by the order's number: start of the bar and price, or None for no fill."
    example = '{1: ("10:05", 70.15), 2: None}'
    hints = (
        "Begin with the first bar whose start is at or after `sent`; during a halt that is the first one after it, "
        "wherever it opens.",
        "Of a buy limit look for the first open at or below it, or the first low strictly below it, whichever comes first.",
        "Send them in the lab: lab.advance to the moment, lab.buy or lab.sell with the row's limit, stop, stop_loss, "
        "take_profit and tif; lab.fills has what became of them.",
    )

    @property
    def orders(self) -> pd.DataFrame:
        """The orders: ``order sent side type quantity limit stop stop_loss take_profit tif``, NaN where there is none."""
        rows = [one.row() for one in _made(self.student)[3]]
        return pd.DataFrame(rows).set_index("order")

    @cached_property
    def lab(self) -> Lab:
        """The session, at its open."""
        from sessionlab.lab import Lab

        symbol, date, seed, _ = _made(self.student)
        return Lab(config_of(self.title, date, [symbol], seed, faults=FAULTS))

    @property
    def frame(self) -> pd.DataFrame:
        """The minutes of the whole session: open, high, low, close, volume, by start."""
        return whole_session(self.lab)

    def _marked(self, answer: Any) -> list[Part]:
        _, date, _, plan = _made(self.student)
        refuse_other_keys(answer, [str(one.number) for one in plan], "order")
        said = {number: _fill(value, f"order {number}", date) for number, value in answer.items()}
        return [_part(one, str(one.number) in said, said.get(str(one.number))) for one in plan]


def _fill(value: Any, what: str, date: str) -> tuple[int, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise AnswerError(f"{what} is {shown(value)}; write start of the bar and price, or None")
    return clock_seconds(value[0], date, f"the bar of {what}"), number_of(value[1], f"the price of {what}")


def _part(one: Asked, is_said: bool, said: tuple[int, float] | None) -> Part:
    name = f"order {one.number}"
    if not is_said:
        return Part(name, 0, 1, "nothing is said of it")
    if one.fill is None:
        return Part(name, 1, 1, f"right: {one.rule}") if said is None else Part(name, 0, 1, f"it does not fill: {one.rule}")
    if said is None:
        return Part(name, 0, 1, f"it does fill: {one.rule}")
    start, price = one.fill
    in_time, at_price = said[0] == start, abs(said[1] - price) < CENT
    if in_time and at_price:
        return Part(name, 1, 1, f"right: {one.rule}")
    if in_time:
        better = (said[1] < price) == one.buys
        return Part(name, 0.5, 1, f"that bar fills it, at a {'worse' if better else 'better'} price than you say: {one.rule}")
    early = f"it fills {'later' if said[0] < start else 'earlier'} than {clock_text(said[0])}"
    return Part(name, 0.5 if at_price else 0, 1, f"{'the price is right, but ' if at_price else ''}{early}: {one.rule}")


@lru_cache(maxsize=256)
def _made(student: str) -> tuple[str, str, int, list[Asked]]:
    """The student's symbol, date, seed and orders."""
    dice = dice_of(FillRealism.name, student, FillRealism.edition)
    (symbol,), (date,) = pick(dice.of("symbol"), SYMBOLS), pick(dice.of("date"), DATES)

    def of_seed(each: Dice, seed: int) -> tuple[int, list[Asked]] | None:
        rows = minutes_of(symbol, date, seed, FAULTS)
        cents = np.round(rows.values[:4] * 100.0).astype(np.int64)
        plan = plan_orders(Minutes(seconds_of_day(date, rows.start), *cents), each)
        return None if plan is None else (seed, plan)

    return symbol, date, *first_fit(dice, of_seed)
