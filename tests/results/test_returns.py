"""Equity, returns per session, drawdown and exposure, from accounts whose every number is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from results.accounts import NEW_YORK, START, Flow, Lot, account_frame, of_equity, of_lots, result, sessions_of

import sessionlab as sl
from sessionlab.results.untraded import untraded


def test_a_session_returns_its_close_over_the_close_before_and_the_first_over_the_starting_cash() -> None:
    run = result(of_equity([[10_000, 9_000, 10_100], [10_100, 12_000, 9_999], [9_999, 10_998.9]]))

    assert run.returns.tolist() == pytest.approx([0.01, -0.01, 0.1])


def test_returns_have_the_form_that_quantstats_takes() -> None:
    returns = result(of_equity([[10_000, 10_100], [10_100, 10_000]])).returns

    assert returns.index.tz is None
    assert returns.index.tolist() == [pd.Timestamp("2025-07-01"), pd.Timestamp("2025-07-02")]
    assert (returns.index == returns.index.normalize()).all()
    assert (returns.name, returns.index.name, returns.dtype) == ("returns", "date", np.dtype("float64"))


def test_a_position_closed_at_the_close_counts_in_the_session_that_closed_it() -> None:
    """An early close as well: the session of 2025-07-03 has four bars of an hour, the last one of half an hour."""
    sessions = sessions_of(2, "2025-07-02")
    prices = {"A": [100.0] * 7 + [100.0, 101.0, 102.0, 103.0]}
    run = result(of_lots([Lot(0, 6), Lot(7, 10, quantity=5.0)], prices, sessions))

    assert [len(run.equity), sessions[1].is_early_close] == [8 + 5, True]
    assert run.returns.tolist() == pytest.approx([0.0, 5 * 3 / START])


def test_what_was_held_overnight_is_marked_at_each_close() -> None:
    prices = {"A": [100.0] * 6 + [104.0] + [104.0] * 6 + [90.0]}
    run = result(of_lots([Lot(2, 13, fee=1.0)], prices, sessions_of(2)))

    assert run.sessions.pnl.tolist() == pytest.approx([10 * 4 - 1.0, 10 * -14 - 1.0])


def test_a_run_that_was_stopped_returns_what_it_had_then() -> None:
    day = sessions_of(1)[0]
    rows = [(day.open_ns, day.date, START, 0.0, 0.0), (day.open_ns + 60 * 10**9, day.date, START + 50.0, 0.0, 0.0)]
    whole = of_equity([[START, START]])
    run = result(type(whole)(**{**vars(whole), "account": account_frame(rows, NEW_YORK)}))

    assert run.returns.tolist() == pytest.approx([0.005])


def test_after_ruin_there_are_no_returns() -> None:
    run = result(of_equity([[10_000, 5_000], [5_000, -1_000], [-1_000, -500], [-500, 100]]))

    assert run.returns.tolist() == pytest.approx([-0.5, -1.2, np.nan, np.nan], nan_ok=True)


def test_drawdown_is_below_the_highest_equity_so_far_the_starting_cash_included() -> None:
    run = result(of_equity([[9_000, 12_000], [6_000, -1_200], [12_000, 15_000]]))

    assert run.drawdown.tolist() == pytest.approx([-0.1, 0.0, -0.5, -1.1, 0.0, 0.0])


def test_exposure_tells_long_and_short() -> None:
    prices = {"A": [100.0] * 7, "B": [50.0] * 7}
    run = result(of_lots([Lot(1, 5), Lot(2, 4, "B", side="short")], prices, sessions_of(1)))

    at_noon = run.exposure.iloc[4]  # open, 10:30, 11:30, 12:30, 13:30
    assert at_noon.to_dict() == pytest.approx({"gross": 1_500, "net": 500, "long": 1_000, "short": 500, "leverage": 0.15})


def test_a_fill_known_at_the_instant_between_two_sessions_is_of_the_one_that_ends() -> None:
    """Around the clock one session's close is the next one's open."""
    times = sl.TimeManager("CRYPTO", "CRYPTO")
    sessions = sessions_of(2, "2025-07-01", times)
    prices = {"A": [100.0] * 23 + [110.0] + [120.0] * 24}
    run = result(of_lots([Lot(20, 23, fee=2.0), Lot(24, 30)], prices, sessions), times=times)

    assert sessions[0].close_ns == sessions[1].open_ns
    assert run.by_session()["trades"].tolist() == [1, 1]
    assert run.by_session()["fees"].tolist() == [4.0, 0.0]


def test_what_is_paid_at_the_instant_between_two_sessions_is_of_the_one_that_begins() -> None:
    times = sl.TimeManager("CRYPTO", "CRYPTO")
    sessions = sessions_of(3, "2025-07-01", times)
    run = result(of_lots([Lot(20, 30)], {"A": [100.0] * 72}, sessions, flows=[Flow(1, -2.0, kind="borrow")]), times=times)

    assert run.by_session()["dividends_and_borrow"].tolist() == [0, -2, 0]
    assert run.by_session()["pnl"].tolist() == [0, -2, 0]


def test_without_an_account_all_tables_are_there_and_empty() -> None:
    run = result()

    tables = [run.orders, run.fills, run.trades, run.positions, run.cash, run.events, run.equity, run.returns]
    tables += [run.drawdown, run.exposure, run.rejections, run.by_session(), run.by_symbol(), run.by_time_of_day()]
    assert all(len(table) == 0 for table in tables)
    assert len(run.by_strategy()) == 0
    assert run.by_coverage()["trades"].sum() == 0
    assert str(run.trades["entry_time"].dtype) == "datetime64[ns, America/New_York]"
    assert not run.did_trade


def test_untraded_tables_have_the_columns_of_those_that_are_traded() -> None:
    made = of_lots([Lot(0, 1)], {"A": [1.0] * 7}, sessions_of(1))
    nothing = untraded(1.0, NEW_YORK)

    for name in ("fills", "trades", "account", "positions", "cash"):
        assert list(getattr(made, name)) == list(getattr(nothing, name))
