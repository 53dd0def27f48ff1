"""The figures of a run, against hand calculation, pandas, and empyrical called on arrays of their own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import re

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results.accounts import START, Flow, Lot, of_equity, of_lots, orders, result, sessions_of

import sessionlab as sl
from sessionlab.results.account import drawdown_of, sessions_from
from sessionlab.results.annual import sessions_per_year
from sessionlab.results.benchmark import benchmark_returns
from sessionlab.results.ratios import longest_drawdown
from sessionlab.results.statistics import UNITS
from sessionlab.results.traded_run import TradedRun

RETURNS = np.array([0.01, -0.02, 0.005, 0.0, 0.03, -0.01, 0.004, -0.003])


def grown(returns: np.ndarray, start: float = START) -> list[list[float]]:
    equity = start * np.cumprod(1 + returns)
    return [[before, after] for before, after in zip([start, *equity[:-1]], equity, strict=True)]


def dates(count: int) -> pd.DatetimeIndex:
    return pd.DatetimeIndex([session.date for session in sessions_of(count)])


def test_rates_and_ratios_are_those_of_empyrical_on_the_same_returns() -> None:
    stats = result(of_equity(grown(RETURNS))).stats

    assert stats.annual_return == pytest.approx(empyrical.annual_return(RETURNS))
    assert stats.annual_volatility == pytest.approx(empyrical.annual_volatility(RETURNS))
    assert stats.sharpe == pytest.approx(empyrical.sharpe_ratio(RETURNS))
    assert stats.sortino == pytest.approx(empyrical.sortino_ratio(RETURNS))
    assert stats.calmar == pytest.approx(empyrical.calmar_ratio(RETURNS))
    assert stats.max_drawdown == pytest.approx(empyrical.max_drawdown(RETURNS))
    assert stats.total_return == pytest.approx(np.prod(1 + RETURNS) - 1)


def test_ratios_by_hand() -> None:
    """Mean 0.001875; deviation with ddof 1; the downside over all eight sessions; 252 sessions a year."""
    stats = result(of_equity(grown(RETURNS))).stats

    downside = np.sqrt((0.02**2 + 0.01**2 + 0.003**2) / 8)
    assert stats.annual_volatility == pytest.approx(pd.Series(RETURNS).std() * 252**0.5)
    assert stats.sharpe == pytest.approx(RETURNS.mean() / pd.Series(RETURNS).std() * 252**0.5)
    assert stats.sortino == pytest.approx(RETURNS.mean() * 252 / (downside * 252**0.5))


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=30))
def test_drawdown_at_closes_is_that_of_empyrical(returns: list[float]) -> None:
    equity = pd.Series(100.0 * np.cumprod(1 + np.array(returns)))

    assert drawdown_of(equity, 100.0).min() == pytest.approx(empyrical.max_drawdown(np.array(returns)), abs=1e-9)


def test_the_drawdown_of_any_moment_is_told_beside_that_at_closes() -> None:
    stats = result(of_equity([[10_000, 6_000, 9_000], [9_000, 9_900]])).stats

    assert (stats.max_drawdown, stats.max_drawdown_intraday) == pytest.approx((-0.1, -0.4))


@pytest.mark.parametrize(
    ("equity", "sessions", "days"),
    [
        ([101, 102, 103], 0, 0),
        ([101, 100, 99, 102, 101, 103], 3, 6),  # from Tuesday 1 July over the 4th to Monday 7 July
        ([101, 100, 99, 98], 3, 6),  # to the end
        ([99, 98, 100, 101], 3, 2),  # back at the starting cash in the third session
        ([99], 1, 0),
        ([100, 100], 0, 0),
    ],
)
def test_the_longest_drawdown_goes_from_a_peak_to_where_it_is_reached_again(
    equity: list[float], sessions: int, days: int
) -> None:
    closes = pd.Series(equity, index=dates(len(equity)), dtype="float64")

    assert longest_drawdown(sessions_from(closes, 100.0), 100.0) == (sessions, days)


def test_trades_by_hand() -> None:
    """Made: 10 x 2 - 2 = 18, 10 x -3 = -30, 10 x 5 = 50, and an open lot of 10 x 1 that is in the profit alone."""
    prices = {"A": [100.0, 102.0, 99.0, 104.0, 104.0, 104.0, 105.0], "B": [50.0] * 7}
    lots = [Lot(0, 1, fee=1.0), Lot(1, 2), Lot(2, 3), Lot(4, None), Lot(0, 4, "B", side="short")]
    stats = result(of_lots(lots, prices, sessions_of(1))).stats

    assert (stats.trades, stats.open_trades, stats.long_trades, stats.short_trades) == (4, 1, 3, 1)
    assert stats.win_rate == 2 / 4
    assert stats.profit_factor == pytest.approx((18 + 50) / 30)
    assert stats.expectancy == pytest.approx((18 - 30 + 50 + 0) / 4)
    assert (stats.average_win, stats.average_loss, stats.best_trade, stats.worst_trade) == pytest.approx((34, -30, 50, -30))
    assert (stats.mean_mae, stats.median_mae, stats.mean_mfe, stats.median_mfe) == pytest.approx((-7.5, 0, 17, 9))
    assert stats.average_holding == pd.Timedelta(hours=(1 + 1 + 1 + 4) / 4)
    assert stats.pnl == pytest.approx(18 - 30 + 50 + 0 + 10)
    assert stats.final_equity == pytest.approx(START + stats.pnl)


def test_costs_fills_and_orders_are_counted() -> None:
    prices = {"A": [100.0] * 14}
    lots = [Lot(0, 1, fee=1.5, slippage=0.02), Lot(2, 3, ambiguous=True)]
    made = of_lots(lots, prices, sessions_of(2), flows=[Flow(1, -3.0, kind="borrow"), Flow(1, 5.0)])
    too_much = {"status": "rejected", "limit_hit": "max_per_trade"}
    sent = orders({}, too_much, {"status": "rejected", "reason": "no price is known yet"}, too_much)
    stats = result(dataclasses.replace(made, orders=sent)).stats

    assert (stats.fees, stats.slippage, stats.dividends_and_borrow) == pytest.approx((3.0, 2 * 10 * 0.02, 2.0))
    assert (stats.fills, stats.ambiguous_fills) == (4, 2)
    assert (stats.orders, stats.rejected, stats.commonest_rejection) == (4, 3, "max_per_trade")


def test_rejections_are_told_by_limit_the_commonest_first() -> None:
    too_much = {"status": "rejected", "limit_hit": "max_per_trade", "reason": "12,000 is above 10,000"}
    sent = orders({"status": "rejected", "reason": "no price is known yet"}, too_much, {}, too_much | {"symbol": "B"})
    why = result(dataclasses.replace(of_equity([[START, START]]), orders=sent)).rejections

    assert why.index.tolist() == ["max_per_trade", "no price is known yet"]
    assert why["count"].tolist() == [2, 1]
    assert why["symbols"].tolist() == ["A B", "A"]
    assert why["example"].tolist() == ["12,000 is above 10,000", "no price is known yet"]


def test_exposure_and_turnover_by_hand() -> None:
    """Ten shares at 100 over three of the eight moments of the first session; bought and sold in it; nothing in the second."""
    stats = result(of_lots([Lot(1, 4)], {"A": [100.0] * 14}, sessions_of(2))).stats

    assert stats.exposure == 3 / 16
    assert stats.gross_exposure == pytest.approx(3 / 16 * 0.1)
    assert stats.turnover == pytest.approx((2_000 / START + 0) / 2)


def test_without_trades_returns_are_zero_and_what_there_is_not_is_nan() -> None:
    stats = result(of_equity([[START, START], [START, START]])).stats

    assert (stats.total_return, stats.annual_return, stats.annual_volatility, stats.max_drawdown) == (0.0, 0.0, 0.0, 0.0)
    assert stats[["trades", "orders", "fills", "rejected", "fees", "exposure", "turnover"]].tolist() == [0] * 7
    assert (stats.commonest_rejection, stats.average_holding) == ("", pd.NaT)
    nothing = [
        "sharpe",
        "sortino",
        "calmar",
        "win_rate",
        "profit_factor",
        "expectancy",
        "average_win",
        "mean_mae",
        "alpha",
        "beta",
    ]
    assert stats[nothing].isna().all()


def test_without_an_account_the_sessions_and_the_coverage_of_the_data_are_told() -> None:
    stats = result().stats

    assert (stats.sessions, stats.start, stats.end) == (1, dt.date(2025, 7, 2), dt.date(2025, 7, 2))
    assert stats.coverage == pytest.approx(100 * 387 / 390)
    assert (stats.starting_cash, stats.final_equity, stats.pnl) == (100_000.0, 100_000.0, 0.0)


def test_one_session_has_a_return_and_no_deviation() -> None:
    stats = result(of_equity([[START, 10_050]])).stats

    assert (stats.sessions, stats.total_return) == (1, pytest.approx(0.005))
    assert stats.annual_return == pytest.approx(1.005**252 - 1)
    assert stats[["annual_volatility", "sharpe", "sortino"]].isna().all()


def test_without_variation_there_is_no_sharpe() -> None:
    stats = result(of_equity(grown(np.array([0.01, 0.01, 0.01])))).stats

    assert stats.total_return == pytest.approx(1.01**3 - 1)
    assert stats.annual_volatility == pytest.approx(0.0)
    assert stats[["sharpe", "sortino", "calmar"]].isna().all()


def test_after_ruin_what_is_in_dollars_is_right_and_no_ratio_flatters() -> None:
    stats = result(of_equity([[10_000, 5_000], [5_000, -1_000], [-1_000, -500]])).stats

    assert (stats.total_return, stats.max_drawdown, stats.pnl) == pytest.approx((-1.05, -1.1, -10_500))
    assert stats[["annual_return", "annual_volatility", "sharpe", "sortino", "calmar"]].isna().all()


def test_a_return_too_large_for_a_year_is_none() -> None:
    stats = result(of_equity([[10_000, 10_000_000]])).stats

    assert np.isnan(stats.annual_return)


def test_against_a_benchmark_alpha_and_beta_are_those_of_empyrical() -> None:
    market = np.array([0.004, -0.015, 0.002, 0.001, 0.02, -0.012, 0.001, 0.0])
    closes = pd.Series(400.0 * np.cumprod(1 + market), index=dates(8))
    stats = result(of_equity(grown(RETURNS)), benchmark=benchmark_returns(closes, 400.0, "SPY")).stats

    alpha, beta = empyrical.alpha_beta_aligned(RETURNS, market)
    assert (stats.alpha, stats.beta) == pytest.approx((alpha, beta))
    assert stats.beta == pytest.approx(np.cov(RETURNS, market)[0, 1] / np.var(market, ddof=1))
    assert stats.correlation == pytest.approx(np.corrcoef(RETURNS, market)[0, 1])
    assert stats.benchmark_return == pytest.approx(np.prod(1 + market) - 1)


def test_a_benchmark_counts_over_the_sessions_of_the_run_that_it_has() -> None:
    closes = pd.Series([410.0, np.nan, 420.0, 500.0], index=dates(4))
    spy = benchmark_returns(closes, 400.0, "SPY")
    stats = result(of_equity(grown(RETURNS[:3])), benchmark=spy).stats

    assert spy.tolist() == pytest.approx([0.025, np.nan, 420 / 410 - 1, 500 / 420 - 1], nan_ok=True)
    assert (spy.name, spy.index.name) == ("SPY", "date")
    assert stats.benchmark_return == pytest.approx(420 / 400 - 1)
    assert stats.correlation == pytest.approx(-1.0 if (RETURNS[0] - RETURNS[2]) * (spy.iloc[0] - spy.iloc[2]) < 0 else 1.0)


def test_a_benchmark_that_stands_still_has_no_beta() -> None:
    spy = benchmark_returns(pd.Series(400.0, index=dates(3)), 400.0, "SPY")
    stats = result(of_equity(grown(RETURNS[:3])), benchmark=spy).stats

    assert stats.benchmark_return == 0.0
    assert stats[["alpha", "beta", "correlation"]].isna().all()


@pytest.mark.parametrize(
    ("group", "kind", "expected"), [("US_EQUITY", "EQUITY", 252.0), ("CRYPTO", "CRYPTO", 365.0), ("XLON", "EQUITY", None)]
)
def test_a_year_has_as_many_sessions_as_its_exchange(group: str, kind: str, expected: float | None) -> None:
    times = sl.TimeManager(group, kind)
    counted = [times.count_trading_days(f"{year}-01-01", f"{year}-12-31") for year in range(2015, 2025)]

    assert sessions_per_year(times, dt.date(2025, 7, 2)) == (np.mean(counted) if expected is None else expected)


def test_figures_are_annualized_by_the_calendar_of_the_run() -> None:
    times = sl.TimeManager("XLON")
    run = result(of_equity(grown(RETURNS)), times=times)

    counted = [times.count_trading_days(f"{year}-01-01", f"{year}-12-31") for year in range(2015, 2025)]
    a_year = {"annualization": np.mean(counted)}
    assert run.stats.sharpe == pytest.approx(empyrical.sharpe_ratio(RETURNS, **a_year))
    assert run.stats.sortino == pytest.approx(empyrical.sortino_ratio(RETURNS, **a_year))
    assert run.stats.calmar == pytest.approx(empyrical.calmar_ratio(RETURNS, **a_year))
    assert run.stats.annual_return == pytest.approx(np.prod(1 + RETURNS) ** (np.mean(counted) / len(RETURNS)) - 1)
    assert run.stats.annual_volatility == pytest.approx(RETURNS.std(ddof=1) * np.mean(counted) ** 0.5)


def test_every_label_is_an_attribute_and_stands_in_the_docstring() -> None:
    """A label that a Series uses itself could not be typed after a dot."""
    words = re.findall(r"\w+", inspect.getdoc(TradedRun.stats) or "")
    stats = result(of_equity([[START, START]])).stats

    assert list(stats.index) == list(UNITS)
    assert [label for label in UNITS if hasattr(pd.Series, label)] == []
    assert [label for label in UNITS if label not in words] == []
