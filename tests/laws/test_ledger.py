"""Cash and positions are conserved over nights with splits, dividends and borrow fees, at every moment of the account's table."""

from __future__ import annotations

import datetime as dt
from collections import deque

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from gambler import Gambler
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.tape import Rows
from sessionlab.tape.actions import Actions, Dividend, Split

TIMES = sl.TimeManager("US_EQUITY", "EQUITY")
DATES = ("2025-07-02", "2025-07-07")
SESSIONS = list(TIMES.get_sessions(*DATES))
RATIOS = st.sampled_from([None, 2.0, 0.5, 1.5])
AMOUNTS = st.sampled_from([None, 0.25, 1.5])


class Acting(RowsSource):
    """Rows of ``A``, and what its company did on the morning of each session but the first."""

    def __init__(self, rows: Rows, ratios: tuple[float | None, ...], amounts: tuple[float | None, ...]) -> None:
        super().__init__({("A", "1m"): rows})
        mornings = [session.date for session in SESSIONS[1:]]
        self.ratios = {date: ratio for date, ratio in zip(mornings, ratios, strict=True) if ratio is not None}
        self.amounts = {date: amount for date, amount in zip(mornings, amounts, strict=True) if amount is not None}

    def actions(self, symbol: str, times: sl.TimeManager) -> Actions:
        return Actions.of(
            [Split(date, ratio) for date, ratio in self.ratios.items()],
            [Dividend(date, amount, 100.0) for date, amount in self.amounts.items()],
        )


class Book:
    """Lots, first in first out; what was ``realized``, and ``paid`` beside prices."""

    def __init__(self) -> None:
        self.lots: deque[list[float]] = deque()
        self.realized = self.paid = 0.0

    def trade(self, signed: float, price: float) -> None:
        while signed and self.lots and self.lots[0][0] * signed < 0:
            lot = self.lots[0]
            closed = min(abs(lot[0]), abs(signed)) * np.sign(lot[0])
            self.realized += closed * (price - lot[1])
            lot[0] -= closed
            signed += closed
            if abs(lot[0]) < 1e-9:
                self.lots.popleft()
            signed = 0.0 if abs(signed) < 1e-9 else signed
        if signed:
            self.lots.append([signed, price])

    def split(self, ratio: float) -> None:
        for lot in self.lots:
            lot[0] *= ratio
            lot[1] /= ratio

    @property
    def shares(self) -> float:
        return sum(lot[0] for lot in self.lots)

    def unrealized(self, mark: float) -> float:
        return sum(lot[0] * (mark - lot[1]) for lot in self.lots)


@given(
    seed=st.integers(0, 10_000),
    missing=st.sets(st.integers(0, 389), max_size=20),
    ratios=st.tuples(RATIOS, RATIOS),
    amounts=st.tuples(AMOUNTS, AMOUNTS),
)
@settings(max_examples=12, deadline=None)
def test_equity_is_the_start_and_what_was_earned_less_what_was_paid(
    seed: int, missing: set[int], ratios: tuple[float | None, ...], amounts: tuple[float | None, ...]
) -> None:
    rows = make_bars(SESSIONS, seed=seed, missing=missing)
    costs = {"per_share": 0.01, "bps": 1.0, "borrow_bps": 300.0, "slippage": {"bps": 2}}
    made = config("A", "1m", *DATES, seed=seed, trading_config__costs=costs, trading_config__fills={"max_participation": 0.3})
    source = Acting(rows, ratios, amounts)
    one = sl.Lab(made, source=source, times=TIMES)
    one.use(Gambler())
    one.run()

    did = one.traded()
    book, mark = Book(), np.nan
    fills = iter(did.fills.sort_values("known_at", kind="stable").to_dict("records"))
    coming = next(fills, None)
    closes = dict(zip(rows.known_at.tolist(), rows.values[3].tolist(), strict=True))
    for moment, date, cash, value in zip(
        did.account.index, did.account["date"].dt.date, did.account["cash"], did.account["value"], strict=True
    ):
        if moment == TIMES.get_trading_session(date).open:
            mark = _morning(book, mark, date, source, costs["borrow_bps"])
        mark = closes.get(moment.value, mark)
        while coming is not None and coming["known_at"] <= moment:
            book.trade(coming["quantity"] * (1 if coming["side"] == "buy" else -1), coming["price"])
            book.paid += coming["fee"]
            coming = next(fills, None)
        earned = book.realized + (book.unrealized(mark) if book.lots else 0.0) - book.paid

        assert cash + value == pytest.approx(did.starting_cash + earned, abs=1e-6)
        assert value == pytest.approx(book.shares * mark if book.lots else 0.0, abs=1e-6)
    closed = did.trades["exit_time"].notna()
    assert did.trades.loc[closed, ["pnl", "fees"]].to_numpy().sum() == pytest.approx(book.realized, abs=1e-6)


def _morning(book: Book, mark: float, date: dt.date, source: Acting, borrow_bps: float) -> float:
    """Borrow fee, dividend, split, at the open of ``date``: what is held is paid for, and told in other shares."""
    if date == SESSIONS[0].date:
        return mark
    before = SESSIONS[[session.date for session in SESSIONS].index(date) - 1].date
    if book.shares < 0:
        book.paid += -book.shares * mark * borrow_bps * 1e-4 * (date - before).days / 365
    book.paid -= book.shares * source.amounts.get(date, 0.0)
    ratio = source.ratios.get(date, 1.0)
    book.split(ratio)
    return mark / ratio


def test_the_gamble_over_a_split_is_worth_the_name() -> None:
    """The law above would hold of nothing too: some shares are held over each night that it looks at."""
    source = Acting(make_bars(SESSIONS, seed=3), (2.0, 0.5), (0.25, None))
    one = sl.Lab(config("A", "1m", *DATES, seed=3), source=source, times=TIMES)
    one.use(Gambler())
    one.run()

    assert {"split", "dividend"} <= set(one.traded().events["kind"])
    assert isinstance(one.traded().account.index, pd.DatetimeIndex)
