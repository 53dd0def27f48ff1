"""From a practice that is over to its score: the account at hand, the strategy run over the same rows, and buy and hold.

The strategy sees the same names, dates and scale as the person did, has the same cash and the same costs, and is run up to the
same moment.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sessionlab.engine.replaying import go_on
from sessionlab.engine.user_code import named, place
from sessionlab.lab import DataWarning, Lab
from sessionlab.lab.backtest import use_all
from sessionlab.practice.decisions import differences, sides_of
from sessionlab.practice.holding import growth
from sessionlab.practice.score import COLUMNS, HOLD, YOU, Score, account_row, curves_of, held_row
from sessionlab.session.columns import zoned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sessionlab.config import SessionConfig
    from sessionlab.engine.coordinator import SessionCoordinator
    from sessionlab.engine.strategy import Strategy
    from sessionlab.practice.other_dates import OtherDates
    from sessionlab.practice.truth import Truth
    from sessionlab.tape.block import Int64s
    from sessionlab.trading.traded import Traded


@dataclass
class Practice:
    """What all forks of a blind lab share: the truth, what to compare with, how often somebody went back, whether it is over."""

    truth: Truth
    dates: OtherDates
    config: SessionConfig
    options: Mapping[str, Any]
    strategies: Sequence[Strategy]
    went_back: int = 0
    forked: int = 0
    is_over: bool = False


def score_of(practice: Practice, engine: SessionCoordinator) -> Score:
    """The score of the run of ``engine`` up to now."""
    you = engine.traded()()
    instants = pd.DatetimeIndex(you.account.index).as_unit("ns").asi8
    accounts: dict[str, Traded] = {YOU: you}
    failure = None
    if practice.strategies:
        name = " and ".join(strategy.name for strategy in practice.strategies)
        try:
            accounts[name if name != YOU else f"{name} (strategy)"] = _of_strategies(practice, engine.present.now_ns)
        except Exception as why:  # whatever a strategy may do: the person's own score is there all the same
            failure = f"{named(why)}{place(why)}"
    symbols = practice.truth.symbols
    worths = {told: growth(engine, told, instants) for told in symbols}
    truly = _index(practice, instants, engine.session.tz)
    worth = pd.Series(np.mean(list(worths.values()), axis=0).tolist(), truly, dtype=float)
    rows = {name: account_row(one) for name, one in accounts.items()} | {HOLD: held_row(worth, len(symbols))}
    other = list(accounts.values())[-1]
    sides = {
        true: (
            sides_of(you.fills, told, instants),
            np.ones(len(instants), np.int64) if other is you else sides_of(other.fills, told, instants),
        )
        for told, true in symbols.items()
    }
    return Score(
        practice.truth,
        pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).astype({"trades": np.int64}),
        curves_of(accounts, worth, truly),
        differences(
            sides,
            {true: worths[told] for told, true in symbols.items()},
            instants,
            lambda some: _index(practice, some, engine.session.tz),
        ),
        practice.went_back,
        practice.forked,
        failure,
    )


def _of_strategies(practice: Practice, until_ns: int) -> Traded:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # they were said in the lab itself
        lab = Lab(practice.config, **practice.options)
    use_all(lab, practice.strategies)
    go_on(lab._engine, until_ns)
    return lab.traded()


def _index(practice: Practice, instants: Int64s, tz: str) -> pd.DatetimeIndex:
    """The true stamps of told instants, in the exchange's zone."""
    return zoned(practice.dates.truly(instants), tz).rename("time")
