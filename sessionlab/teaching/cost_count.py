"""What trading costs: a run that earns something before costs, what is left after them, and how much it can bear.

What is right is summed up from the planned trades and the bars and quotes of the made-up market; nothing is run.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.sources.synthetic import Synthetic
from sessionlab.teaching.lesson_kind import Lesson, refuse_other_keys
from sessionlab.teaching.made_session import DATES, SYMBOLS, TZ, config_of, minutes_of, sessions_on
from sessionlab.teaching.mark import Part
from sessionlab.teaching.plain_answer import number_of
from sessionlab.teaching.students import dice_of, first_fit, pick, whole

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.engine.signals import Signals
    from sessionlab.lab import Lab
    from sessionlab.results import RunResult
    from sessionlab.sources.dice import Dice

TRIPS = 6
PER_SHARE = 0.005
BPS = 1.0
LOWEST_BPS, HIGHEST_BPS = 1.5, 6.0
QUESTIONS = {
    "per_share": f"what is left at {PER_SHARE} dollars for each share that is bought or sold",
    "bps": f"what is left at {BPS:g} basis point of the notional of each fill",
    "half_spread": "what is left where each fill pays half of the recorded spread, as slippage",
    "all_three": "what is left with all three together; the commission is on the price with slippage",
    "break_even_bps": "the slippage, in basis points of the price of each fill, at which nothing is left",
}


class Trades(NamedTuple):
    """The fills of the run without costs: when in ns UTC, shares with their sign, price, and spread of the quote known then."""

    time: np.ndarray[Any, np.dtype[np.int64]]
    shares: np.ndarray[Any, np.dtype[np.float64]]
    price: np.ndarray[Any, np.dtype[np.float64]]
    spread: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def gross(self) -> float:
        """Dollars earned before costs."""
        return float(-(self.shares * self.price).sum())

    @property
    def notional(self) -> float:
        """Dollars bought and sold."""
        return float((np.abs(self.shares) * self.price).sum())


class CostCount(Lesson):
    """Work out what costs leave of a run."""

    name = "costs"
    title = "Costs"
    teaches = "what costs leave of a result"
    task = (
        f"A strategy buys and sells {TRIPS} times in one session, at market and always flat in between. Without costs it earns "
        "something: `lesson.result` is that run. Work out, in dollars, what is left of its profit and loss under each of these "
        "costs, and in basis points how much slippage it can bear:",
        *(f"- `{name}`: {what}" for name, what in QUESTIONS.items()),
        "Each answer is worth two points. Dollars have to be right to the cent or to half a percent of the cost, basis points to "
        "one percent.",
    )
    has: ClassVar[dict[str, str]] = {
        "result": "the run without costs, with its fills and trades",
        "signals": "the strategy, to run again: sl.backtest(lesson.config, lesson.signals, costs=...)",
        "config": "what it runs on; quotes are recorded",
        "lab": "the same session, at its open",
    }
    form = "A dict with a number for each."
    example = '{"per_share": 101.5, "bps": 87.2, "half_spread": 40.0, "all_three": -12.3, "break_even_bps": 2.4}'
    hints = (
        "Every round trip pays twice: once when it buys, once when it sells. lesson.result.fills has a row for each.",
        "The spread that counts is that of the last quote known when the bar began that filled: "
        'lesson.lab.data[symbol].quotes, or let the lab do it, costs={"slippage": {"half_spread": True}}.',
        "Slippage in basis points costs that many ten-thousandths of all that was bought and sold; at break-even that is "
        "the profit.",
    )

    @cached_property
    def config(self) -> SessionConfig:
        """The config of the session, without costs."""
        symbol, date, seed, _ = _made(self.student)
        return config_of(self.title, date, [symbol], seed, streams="1m quotes")

    @property
    def signals(self) -> Signals:
        """The strategy: shares to hold, by the minutes at whose end it decides."""
        from sessionlab.engine.signals import Signals

        return Signals(target=_targets(self.student), name="Trips")

    @cached_property
    def result(self) -> RunResult:
        """The run without costs."""
        from sessionlab.lab.backtest import backtest

        return backtest(self.config, self.signals, progress=False)

    @cached_property
    def lab(self) -> Lab:
        """The session, at its open."""
        from sessionlab.lab import Lab

        return Lab(self.config)

    def _marked(self, answer: Any) -> list[Part]:
        refuse_other_keys(answer, list(QUESTIONS), "question")
        said = {name: number_of(value, name) for name, value in answer.items() if value is not None}
        trades = _trades(self.student)
        costs = _costs(trades)
        parts = [_left_part(name, said.get(name), trades.gross, cost) for name, cost in costs.items()]
        return [*parts, _break_even_part(said.get("break_even_bps"), 1e4 * trades.gross / trades.notional)]


def _costs(trades: Trades) -> dict[str, float]:
    """Dollars that the run pays under each cost; a commission on notional is on prices with slippage."""
    shares = np.abs(trades.shares)
    half = 0.5 * trades.spread
    per_share, bps, slips = PER_SHARE * shares.sum(), BPS * 1e-4 * trades.notional, (shares * half).sum()
    slipped = trades.price + np.sign(trades.shares) * half
    together = per_share + BPS * 1e-4 * (shares * slipped).sum() + slips
    return {"per_share": float(per_share), "bps": float(bps), "half_spread": float(slips), "all_three": float(together)}


def _left_part(name: str, said: float | None, gross: float, cost: float) -> Part:
    if said is None:
        return Part(name, 0, 2, "nothing is said of it")
    near = max(0.005 * cost, 0.0101)
    if abs(said - (gross - cost)) <= near:
        return Part(name, 2, 2, "right: the costs of every purchase and every sale are off")
    if min(abs(said - cost), abs(said + cost)) <= near:
        return Part(name, 1, 2, "that is the cost itself, which is right; asked for is what it leaves of the profit")
    if abs(said - (gross - 0.5 * cost)) <= near:
        return Part(name, 0, 2, "half of the cost: each round trip pays when it buys, and again when it sells")
    if abs(said - (gross - 2 * cost)) <= near:
        return Part(name, 0, 2, "twice the cost: a fill pays once, and half of the spread, not all of it")
    if abs(said - gross) <= near:
        return Part(name, 0, 2, "that is the result without costs")
    if abs(said - (gross + cost)) <= near:
        return Part(name, 0, 2, "costs are taken off, not added")
    return Part(name, 0, 2, f"too {'much' if said > gross - cost else 'little'} is left: sum the cost up fill by fill")


def _break_even_part(said: float | None, truly: float) -> Part:
    name = "break_even_bps"
    if said is None:
        return Part(name, 0, 2, "nothing is said of it")
    if abs(said - truly) <= 0.01 * truly:
        return Part(name, 2, 2, "right: so much of all that is bought and sold is the profit")
    if abs(said - 2 * truly) <= 0.02 * truly:
        return Part(name, 1, 2, "that is what a round trip can bear; each of its two fills pays, so it is half of that")
    if abs(said - truly / 1e4) <= 1e-6 * truly:
        return Part(name, 1, 2, "right as a fraction; a basis point is a ten-thousandth")
    return Part(
        name, 0, 2, f"at {said:g} {'nothing would be left any more' if said > truly else 'something would still be left'}"
    )


@lru_cache(maxsize=256)
def _made(student: str) -> tuple[str, str, int, tuple[tuple[int, int], ...]]:
    """Symbol, date, seed, and the trades as numbers of the minutes at whose ends they are decided, with the shares then held."""
    dice = dice_of(CostCount.name, student, CostCount.edition)
    (symbol,), (date,) = pick(dice.of("symbol"), SYMBOLS), pick(dice.of("date"), DATES)

    def of_seed(each: Dice, seed: int) -> tuple[int, tuple[tuple[int, int], ...]] | None:
        plan = []
        for trip in range(TRIPS):
            start, wait, lots = (whole(each.of(trip, what), *limits) for what, limits in _LUCK)
            plan += [(5 + 62 * trip + start, 100 * lots), (5 + 62 * trip + start + wait, 0)]
        trades = _filled(symbol, date, seed, tuple(plan))
        bearable = LOWEST_BPS < 1e4 * trades.gross / trades.notional < HIGHEST_BPS
        return (seed, tuple(plan)) if bearable else None

    seed, plan = first_fit(dice, of_seed)
    return symbol, date, seed, plan


_LUCK = (("start", (0, 15)), ("wait", (10, 40)), ("lots", (1, 3)))


def _trades(student: str) -> Trades:
    return _filled(*_made(student))


def _filled(symbol: str, date: str, seed: int, plan: tuple[tuple[int, int], ...]) -> Trades:
    """Each decision fills at the open of the next minute."""
    bars = minutes_of(symbol, date, seed)
    quotes = Synthetic(seed).quotes(symbol, sessions_on(date))[0].rows
    at = np.array([minute + 1 for minute, _ in plan])
    shares = np.diff([0, *(held for _, held in plan)]).astype(np.float64)
    time = bars.start[at]
    known = quotes.known_at.searchsorted(time, "right") - 1
    return Trades(time, shares, bars.values[0, at], quotes.values[2, known] - quotes.values[0, known])


def _targets(student: str) -> pd.Series[float]:
    _, date, _, plan = _made(student)
    opened = pd.Timestamp(f"{date} 09:30", tz=TZ)
    index = pd.DatetimeIndex([opened + pd.Timedelta(minutes=minute) for minute, _ in plan], name="start")
    return pd.Series([float(held) for _, held in plan], index, name="target")
