"""Ten orders for a day of minutes, each laid so that one rule of filling decides what becomes of it.

Prices are whole cents here, so that a touch is a touch. A day that has no room for one of the orders is no day for the lesson.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sessionlab.sources.dice import Dice
from sessionlab.teaching.plain_answer import clock_text
from sessionlab.teaching.students import pick

Int64s = NDArray[np.int64]
QUANTITY = 100


class Minutes(NamedTuple):
    """The minutes that are there: starts in seconds of the day, prices in cents. All of shape (bars,)."""

    start: Int64s
    open: Int64s
    high: Int64s
    low: Int64s
    close: Int64s


class Asked(NamedTuple):
    """An order that is asked about. ``fill`` is the start of the bar, seconds of the day, and the price in dollars, or None.

    ``buys`` says that what is asked about is a purchase, of a bracket its exit; ``rule`` which rule decides.
    """

    number: int
    sent: int
    side: str
    kind: str
    prices: dict[str, int]
    tif: str
    fill: tuple[int, float] | None
    buys: bool
    rule: str

    def row(self) -> dict[str, Any]:
        """The order as a row, without what becomes of it."""
        told = {name: self.prices[name] / 100.0 if name in self.prices else np.nan for name in PRICES}
        return {
            "order": self.number,
            "sent": clock_text(self.sent),
            "side": self.side,
            "type": self.kind,
            "quantity": QUANTITY,
            **told,
            "tif": self.tif,
        }


PRICES = ("limit", "stop", "stop_loss", "take_profit")


class _Draft(NamedTuple):
    sent: int
    side: str
    kind: str
    prices: dict[str, int]
    fill: tuple[int, int] | None
    rule: str
    tif: str = "day"


def plan_orders(minutes: Minutes, dice: Dice) -> list[Asked] | None:
    """The ten orders, in an order that the dice decide; None where the day has no room for one of them."""
    halt = _halt(minutes)
    if halt is None:
        return None
    rare = _in_the_halt(minutes, halt), _touched(minutes), _stop_over_the_halt(minutes, halt)
    if None in rare:  # as on most days; the others are dear to look for
        return None
    in_the_halt, touched, over_the_halt = rare
    drafts = [
        _market(minutes, dice.of("market")),
        in_the_halt,
        touched,
        _through(minutes, dice.of("through")),
        _better_open(minutes, dice.of("better")),
        _stop(minutes, dice.of("stop")),
        over_the_halt,
        _both_ends(minutes, dice.of("both")),
        _ioc(minutes, dice.of("ioc")),
        _at_close(minutes, dice.of("close")),
    ]
    if any(draft is None for draft in drafts):
        return None
    mixed = pick(dice.of("order"), [draft for draft in drafts if draft is not None], len(drafts))
    return [_asked(number, draft) for number, draft in enumerate(mixed, 1)]


def _asked(number: int, draft: _Draft) -> Asked:
    fill = None if draft.fill is None else (draft.fill[0], draft.fill[1] / 100.0)
    buys = (draft.side == "buy") != (draft.kind == "bracket")
    return Asked(number, draft.sent, draft.side, draft.kind, draft.prices, draft.tif, fill, buys, draft.rule)


def _halt(minutes: Minutes) -> int | None:
    """The number of the first bar after the halt, where that lies well within the day."""
    after = np.flatnonzero(np.diff(minutes.start) > 60) + 1
    return int(after[0]) if len(after) == 1 and 40 < after[0] < len(minutes.start) - 60 else None


def _some(dice: Dice, found: Int64s) -> int | None:
    return None if not len(found) else int(found[int(dice.uniform(1)[0] * len(found))])


def _market(minutes: Minutes, dice: Dice) -> _Draft | None:
    moved = np.flatnonzero(minutes.open[31:300] != minutes.close[30:299]) + 31
    at = _some(dice, moved)
    if at is None:
        return None
    fill = int(minutes.start[at]), int(minutes.open[at])
    rule = "a market order gets the open of the first bar that starts at or after it was sent, not the close that one had seen"
    return _Draft(int(minutes.start[at]), "buy", "market", {}, fill, rule)


def _in_the_halt(minutes: Minutes, halt: int) -> _Draft | None:
    sent = int(minutes.start[halt - 1]) + 180
    if minutes.open[halt] == minutes.close[halt - 1]:
        return None
    fill = int(minutes.start[halt]), int(minutes.open[halt])
    return _Draft(sent, "sell", "market", {}, fill, "nobody trades in a halt: the first bar after it fills, wherever it opens")


def _touched(minutes: Minutes) -> _Draft | None:
    """A limit at the day's low, which is touched and never gone through."""
    lowest = int(minutes.low.argmin())
    if not 40 < lowest < len(minutes.start) - 10 or minutes.open[lowest] == minutes.low[lowest]:
        return None
    sent = lowest - 25
    rule = "the price comes down to its limit and not through it; whether anybody sold to it there, nobody knows"
    if (minutes.open[sent:] <= minutes.low[lowest]).any():
        return None
    return _Draft(int(minutes.start[sent]), "buy", "limit", {"limit": int(minutes.low[lowest])}, None, rule)


def _through(minutes: Minutes, dice: Dice) -> _Draft | None:
    """A buy limit that one bar touches, and a later one goes through without opening below it."""
    good = []
    for sent in range(20, 320):
        for touch in range(sent + 2, sent + 15):
            limit = minutes.low[touch]
            before = minutes.low[sent:touch] > limit
            after = np.flatnonzero(minutes.low[touch + 1 :] < limit)
            if not before.all() or not len(after):
                continue
            at = touch + 1 + int(after[0])
            if (minutes.open[sent : at + 1] > limit).all() and at - touch < 60:
                good.append((sent, int(limit), at))
    which = _some(dice, np.arange(len(good)))
    if which is None:
        return None
    sent, limit, at = good[which]
    rule = "one bar touches the limit, and that is no fill; the first whose low lies below it is, at the limit"
    return _Draft(int(minutes.start[sent]), "buy", "limit", {"limit": limit}, (int(minutes.start[at]), limit), rule)


def _better_open(minutes: Minutes, dice: Dice) -> _Draft | None:
    """A sell limit above all prices so far, above which a bar opens."""
    good = [at for at in range(30, 340) if minutes.open[at] > minutes.high[at - 3 : at].max() + 1]
    at = _some(dice, np.array(good, np.int64))
    if at is None:
        return None
    limit = int(minutes.high[at - 3 : at].max()) + 1
    fill = int(minutes.start[at]), int(minutes.open[at])
    rule = "a bar that opens beyond the limit gives the open, which is better than was asked for"
    return _Draft(int(minutes.start[at - 3]), "sell", "limit", {"limit": limit}, fill, rule)


def _stop(minutes: Minutes, dice: Dice) -> _Draft | None:
    """A sell stop that is reached within a bar."""
    good = []
    for sent in range(20, 320):
        stop = int(minutes.low[sent : sent + 8].min()) - 3
        hit = np.flatnonzero(minutes.low[sent:] <= stop)
        if len(hit) and 8 <= hit[0] < 60 and minutes.open[sent + hit[0]] > stop:
            good.append((sent, stop, sent + int(hit[0])))
    which = _some(dice, np.arange(len(good)))
    if which is None:
        return None
    sent, stop, at = good[which]
    fill = int(minutes.start[at]), stop
    rule = "the first bar whose low reaches the stop triggers it; it opened above, so the stop is the price"
    return _Draft(int(minutes.start[sent]), "sell", "stop", {"stop": stop}, fill, rule)


def _stop_over_the_halt(minutes: Minutes, halt: int) -> _Draft | None:
    """A stop that the price jumps over while nobody trades."""
    sent, opened = halt - 2, int(minutes.open[halt])
    above, below = int(minutes.high[sent:halt].max()), int(minutes.low[sent:halt].min())
    fill = int(minutes.start[halt]), opened
    rule = "the price jumped over the stop in the halt: it fills at the open after it, which is worse"
    if opened > above + 2:
        return _Draft(int(minutes.start[sent]), "buy", "stop", {"stop": above + 1}, fill, rule)
    if opened < below - 2:
        return _Draft(int(minutes.start[sent]), "sell", "stop", {"stop": below - 1}, fill, rule)
    return None


def _both_ends(minutes: Minutes, dice: Dice) -> _Draft | None:
    """A bracket whose exits one bar meets, after bars that met none."""
    good = []
    for sent in range(20, 330):
        for at in range(sent + 1, sent + 8):
            high, low = int(minutes.high[at]) - 1, int(minutes.low[at])
            calm = minutes.high[sent:at].max() < high and minutes.low[sent:at].min() > low
            inside = all(low < price < high for price in (minutes.open[sent], minutes.open[at]))
            if calm and inside and high - low >= 4:
                good.append((sent, at, low, high))
    which = _some(dice, np.arange(len(good)))
    if which is None:
        return None
    sent, at, low, high = good[which]
    fill = int(minutes.start[at]), low
    rule = "one bar reaches both exits and does not tell which one first: the worse one counts, and the fill is flagged ambiguous"
    return _Draft(int(minutes.start[sent]), "buy", "bracket", {"stop_loss": low, "take_profit": high}, fill, rule)


def _ioc(minutes: Minutes, dice: Dice) -> _Draft | None:
    """A limit that the next bar does not reach, and a later one does."""
    good = [at for at in range(30, 330) if minutes.low[at] > minutes.low[at + 1 : at + 6].min() + 1]
    at = _some(dice, np.array(good, np.int64))
    if at is None:
        return None
    limit = int(minutes.low[at]) - 1
    rule = "ioc meets the next bar and no other, and that one did not go through the limit; what a later bar does comes too late"
    return _Draft(int(minutes.start[at]), "buy", "limit", {"limit": limit}, None, rule, "ioc")


def _at_close(minutes: Minutes, dice: Dice) -> _Draft | None:
    at = _some(dice, np.arange(200, 340))
    if at is None or minutes.open[-1] == minutes.close[-1]:
        return None
    fill = int(minutes.start[-1]), int(minutes.close[-1])
    return _Draft(
        int(minutes.start[at]), "sell", "market", {}, fill, "cls waits for the close, and gets the last one of the day", "cls"
    )
