"""The blind replay: how sure one could be, at ten moments of a hidden session, that it closes above its open.

What is right is worked out of the true rows, whose symbol, date and scale the lab hides. How it ended gives no point: who looked
at the end before and is sure of it is as wrong as anybody who is sure without a reason.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from sessionlab.sources.synthetic import Synthetic
from sessionlab.teaching.lesson_kind import Lesson, refuse_other_keys
from sessionlab.teaching.made_session import DATES, MINUTE, OPEN, SYMBOLS, config_of, sessions_on
from sessionlab.teaching.mark import Part
from sessionlab.teaching.plain_answer import clock_seconds, number_of
from sessionlab.teaching.students import dice_of, first_fit, pick

if TYPE_CHECKING:
    from sessionlab.practice import BlindLab
    from sessionlab.sources.dice import Dice

WINDOW = 20
MOMENTS = ("10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:30", "14:30", "15:15", "15:45")
NEAR, FAR = 0.08, 0.18
"""How far a call may lie from what could be known, for a whole point and for half of one."""


class Knowable(NamedTuple):
    """At each moment: how far it stood from its open, in moves that are usual for the time that is left; and how it ended."""

    stood: tuple[float, ...]
    closed_above: bool

    @property
    def chances(self) -> list[float]:
        """The chance to close above the open, as far as it could be known then."""
        return [NormalDist().cdf(one) for one in self.stood]


class BlindReplay(Lesson):
    """Call the chance of a close above the open, ten times on the way through a hidden session."""

    name = "blind-replay"
    title = "Blind replay"
    teaches = "how sure one can be, and when"
    task = (
        f"`lesson.lab` hides a symbol and a date: X1, told on another date and in another scale, with the {WINDOW} sessions "
        f"before it. Step through the session. At each of the moments {', '.join(MOMENTS)} say how likely it is that the "
        "session will close above its open (the open of its first bar): 0.5 is no idea, 1 is certain.",
        f"A call is worth a point if it lies within {NEAR:g} of what could be known then, and half of one within {FAR:g}. "
        "What could be known: how far the price stands from its open, against how far it usually went from that time of "
        f"day to the close, on the {WINDOW} sessions before. How the day ends gives no points, so running ahead does not "
        "help; afterwards `lesson.lab.reveal()` tells what it was.",
        "You may trade on the way too: the score that the lab tells in the end is yours alone, and not part of the mark.",
    )
    has: ClassVar[dict[str, str]] = {"lab": "the hidden session, at its open", "moments": "the ten moments"}
    form = "A dict with a chance from 0 to 1 for each moment."
    example = '{"10:00": 0.5, "10:30": 0.62, "15:45": 0.97}'
    hints = (
        "Early in the day much can still happen: a price a little above its open says little. Late in the day it says "
        "nearly all.",
        'lab.data["X1"].bars("1m").history has the sessions before: take of each the close of the session over the price '
        "at that time of day, and the root of the mean square of its logarithms.",
        "Divide the logarithm of price over open by that move, and ask the normal distribution: statistics.NormalDist().cdf(z).",
    )

    @cached_property
    def lab(self) -> BlindLab:
        """The hidden session, at its open."""
        from sessionlab.practice import blind

        symbol, date, seed = _made(self.student)
        config = config_of(self.title, date, [symbol], seed, streams="1m 5m", window=WINDOW)
        return blind(config, seed=seed)

    @property
    def moments(self) -> tuple[str, ...]:
        """The moments at which a call is asked for, as the exchange's clock shows them."""
        return MOMENTS

    def _marked(self, answer: Any) -> list[Part]:
        refuse_other_keys(answer, MOMENTS, "moment")
        said = {
            moment: number_of(value, f"the chance at {moment}", 0, 1) for moment, value in answer.items() if value is not None
        }
        known = _knowable(*_made(self.student))
        parts = [
            _part(moment, said.get(moment), stood, chance)
            for moment, stood, chance in zip(MOMENTS, known.stood, known.chances, strict=True)
        ]
        return [*parts, _score_part(list(said.values()), known)] if said else parts


def _part(moment: str, said: float | None, stood: float, chance: float) -> Part:
    if said is None:
        return Part(moment, 0, 1, "no call")
    off = abs(said - chance)
    side = "above" if stood >= 0 else "below"
    place = f"it stood {_how_far(abs(stood))} {side} its open for the time that was left"
    if off <= NEAR:
        return Part(moment, 1, 1, f"about as sure as one could be: {place}")
    points = 0.5 if off <= FAR else 0
    if (said - 0.5) * stood < 0:
        return Part(moment, points, 1, f"the other side: {place}")
    bold = abs(said - 0.5) > abs(chance - 0.5)
    return Part(moment, points, 1, f"too {'sure' if bold else 'careful'}: {place}")


def _how_far(stood: float) -> str:
    """In words, since the number would be the answer."""
    return next(word for limit, word in ((0.25, "hardly"), (0.8, "a little"), (1.6, "well"), (np.inf, "far")) if stood < limit)


def _score_part(calls: list[float], known: Knowable) -> Part:
    """The mean squared distance from how it ended, which is told and gives no points.

    Source: Brier (1950), "Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 78(1).
    """
    brier = float(np.mean([(call - known.closed_above) ** 2 for call in calls]))
    end = "above" if known.closed_above else "below"
    return Part(
        "Brier score", 0, 0, f"{brier:.3f}, where whoever always says 0.5 has 0.25, and less is better; it closed {end} its open"
    )


@lru_cache(maxsize=256)
def _made(student: str) -> tuple[str, str, int]:
    dice = dice_of(BlindReplay.name, student, BlindReplay.edition)
    (symbol,), (date,) = pick(dice.of("symbol"), SYMBOLS), pick(dice.of("date"), DATES)

    def of_seed(_: Dice, seed: int) -> int | None:
        # A day on which nothing can be told apart, or all from the first moment on, is none to learn from.
        stood = [abs(one) for one in _knowable(symbol, date, seed).stood]
        return seed if sum(one > 0.8 for one in stood) >= 3 and sum(one < 0.8 for one in stood) >= 3 else None

    return symbol, date, first_fit(dice, of_seed)


def _knowable(symbol: str, date: str, seed: int) -> Knowable:
    days = [block.rows.values for block in Synthetic(seed).load(symbol, MINUTE, sessions_on(date, WINDOW))]
    opened, today = float(days[-1][0, 0]), days[-1][3]
    before = [day[3] for day in days[:-1]]
    stood = []
    for moment in MOMENTS:
        last = (clock_seconds(moment, date, "a moment") - OPEN) // 60 - 1  # the bar that ends then
        rest = np.array([np.log(day[-1] / day[last]) for day in before])
        usual = float(np.sqrt((rest * rest).mean()))
        stood.append(float(np.log(today[last] / opened) / usual))
    return Knowable(tuple(stood), bool(today[-1] > opened))
