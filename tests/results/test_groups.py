"""Tables by session, symbol, time of day, strategy and coverage: what is in each, and that all sum to the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results.accounts import START, Flow, Lot, of_lots, result, sessions_of

import sessionlab as sl
from sessionlab.errors import ConfigError

SESSIONS = sessions_of(3, "2025-07-01")  # 7, 7 and 4 bars of an hour
BARS = 18
FLAT = {"A": [100.0] * BARS, "B": [50.0] * BARS}


@st.composite
def lots(draw: Any) -> Lot:
    entered = draw(st.integers(0, BARS - 2))
    return Lot(
        entered,
        draw(st.none() | st.integers(entered, BARS - 1)),
        draw(st.sampled_from("AB")),
        draw(st.integers(1, 50)),
        draw(st.sampled_from(["long", "short"])),
        draw(st.sampled_from([0.0, 1.25])),
        strategy=draw(st.sampled_from(["Cross", "Break"])),
        coverage=draw(st.sampled_from([100.0, 99.5, 90.0, 12.0, np.nan])),
    )


paths = st.lists(st.integers(2_000, 20_000).map(lambda cents: cents / 100), min_size=BARS, max_size=BARS)
amounts, symbols = st.sampled_from([-1.5, 4.0]), st.sampled_from(["A", "B", ""])
flows = st.builds(Flow, st.integers(0, 2), amounts, symbols, strategy=st.sampled_from(["Cross", ""]))


@given(st.lists(lots(), max_size=8), paths, paths, st.lists(flows, max_size=3))
def test_all_tables_sum_to_what_equity_made(lots: list[Lot], a: list[float], b: list[float], flows: list[Flow]) -> None:
    run = result(of_lots(lots, {"A": a, "B": b}, SESSIONS, flows=flows, strategies=("Cross", "Break")))

    tables = [run.by_session(), run.by_symbol(), run.by_time_of_day(), run.by_time_of_day("1m"), run.by_strategy()]
    tables += [run.by_coverage(), run.by_coverage((50,))]
    total = run.equity.iloc[-1] - START
    assert [table["pnl"].sum() for table in tables] == pytest.approx([total] * len(tables), abs=1e-6)
    assert [table["trades"].sum() for table in tables] == [sum(lot.left is not None for lot in lots)] * len(tables)
    assert run.stats.pnl == pytest.approx(total, abs=1e-6)


def test_sessions_have_the_trades_that_they_closed_and_the_lots_that_they_left_open() -> None:
    prices = {"A": [100.0] * 8 + [103.0] * 10}
    run = result(of_lots([Lot(0, 1, fee=1.0), Lot(6, 9), Lot(15, None)], prices, SESSIONS, flows=[Flow(2, 7.0)]))
    table = run.by_session()

    assert table.index.equals(run.returns.index)
    assert table["trades"].tolist() == [1, 1, 0]
    assert table["open"].tolist() == [1, 0, 1]
    assert table["pnl"].tolist() == pytest.approx([-2, 30, 7])
    assert table["fees"].tolist() == [2, 0, 0]
    assert table["dividends_and_borrow"].tolist() == [0, 0, 7]
    assert table["win_rate"].tolist() == pytest.approx([0, 1, np.nan], nan_ok=True)
    assert table["equity"].tolist() == pytest.approx([START - 2, START + 28, START + 35])


def test_symbols_have_their_trades_their_dividends_and_their_open_lots() -> None:
    prices = {"A": [100.0, 101.0] + [102.0] * 16, "B": [50.0] * BARS}
    run = result(
        of_lots([Lot(0, 1), Lot(1, None), Lot(0, 1, "B", fee=1.0)], prices, SESSIONS, flows=[Flow(1, -3.0, "B", "borrow")])
    )
    table = run.by_symbol()

    assert table.index.tolist() == ["A", "B"]
    assert table["pnl"].tolist() == pytest.approx([10 + 10, -2 - 3])
    assert table[["trades", "open"]].to_numpy().tolist() == [[1, 1], [1, 0]]
    assert table["win_rate"].tolist() == [1.0, 0.0]
    assert table.loc["A", ["average_trade", "best_trade", "worst_trade"]].tolist() == [10, 10, 10]


def test_strategies_that_did_not_trade_have_a_row_too() -> None:
    run = result(of_lots([Lot(0, 1, strategy="Break")], FLAT, SESSIONS, strategies=("Cross", "Break", "Fade")))

    assert run.by_strategy()["trades"].to_dict() == {"Cross": 0, "Break": 1, "Fade": 0}


def test_times_of_day_are_counted_from_the_usual_open() -> None:
    """Entries at 9:30, 11:30 and, a day later, 11:30."""
    run = result(of_lots([Lot(0, 1), Lot(2, 3), Lot(9, 10)], FLAT, SESSIONS))

    assert run.by_time_of_day()["trades"].to_dict() == {"09:30": 1, "10:00": 0, "10:30": 0, "11:00": 0, "11:30": 2}
    assert run.by_time_of_day("60m")["trades"].to_dict() == {"09:30": 1, "10:30": 0, "11:30": 2}
    assert run.by_time_of_day("1h").index.tolist() == ["09:30", "10:30", "11:30"]


def test_times_of_a_session_that_crosses_midnight_go_on_after_it() -> None:
    times = sl.TimeManager("COMMODITIES", "FUTURES")
    sessions = sessions_of(1, "2025-07-02", times)
    run = result(of_lots([Lot(5, 6), Lot(8, 9)], {"A": [100.0] * 23}, sessions), times=times)

    assert run.by_time_of_day("60m").index.tolist() == ["22:00", "23:00", "00:00", "01:00"]


def test_coverage_is_grouped_from_one_edge_up_to_below_the_next() -> None:
    covered = [100.0, 99.9, 99.0, 95.0, 90.0, 89.9, np.nan, 100.0]
    prices = {"A": [100.0 + bar for bar in range(BARS)]}
    run = result(of_lots([Lot(0, 1, coverage=percent) for percent in covered], prices, SESSIONS))
    table = run.by_coverage()

    expected = {"below 90 %": 1, "90 to 95 %": 1, "95 to 99 %": 1, "99 to 100 %": 2, "100 %": 2, "not measured": 1}
    assert table["trades"].to_dict() == expected
    assert table["pnl"].tolist() == [10, 10, 10, 20, 20, 10]
    assert run.by_coverage((50, 99.5))["trades"].tolist() == [0, 4, 3, 1]
    assert run.by_coverage((50, 99.5)).index.tolist() == ["below 50 %", "50 to 99.5 %", "99.5 % and more", "not measured"]


def test_what_belongs_to_no_trade_has_a_row_where_a_table_is_about_trades() -> None:
    run = result(of_lots([Lot(0, 1)], FLAT, SESSIONS, flows=[Flow(1, 4.0, ""), Flow(2, -1.0)]))

    assert run.by_time_of_day().loc["dividends and borrow", ["trades", "pnl"]].tolist() == [0, 3]
    assert run.by_coverage().loc["dividends and borrow", "pnl"] == 3
    assert run.by_symbol()["pnl"].to_dict() == {"A": -1.0, "(none)": 4.0}


@pytest.mark.parametrize("edges", [(), (100, 90), (90, 90), (90, float("nan"))])
def test_edges_that_do_not_ascend_are_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="percentages that ascend, as in"):
        result().by_coverage(edges)


@pytest.mark.parametrize("width", ["1d", "1w", "half"])
def test_a_width_that_is_not_within_a_day_is_refused(width: str) -> None:
    with pytest.raises(ConfigError):
        result().by_time_of_day(width)


def test_pyfolio_gets_returns_positions_and_transactions_in_one_zone() -> None:
    """As its documentation has them; it converts the times of transactions, which those without a zone do not let it do."""
    prices = {"B": [50.0] * BARS, "A": [100.0] * 9 + [110.0] * 9}
    run = result(of_lots([Lot(0, 1), Lot(5, 12, "B", side="short"), Lot(6, None)], prices, SESSIONS))
    returns, positions, transactions = run.pyfolio()

    assert [str(table.index.tz) for table in (returns, positions, transactions)] == ["UTC"] * 3
    assert returns.index.equals(positions.index)
    assert list(positions.columns) == ["A", "B", "cash"]
    assert positions["A"].tolist() == [1_000, 1_100, 1_100]
    assert positions["B"].tolist() == [-500, 0, 0]
    assert positions.sum(axis=1).tolist() == pytest.approx(run.sessions.equity.tolist())
    assert list(transactions.columns) == ["amount", "price", "symbol"]
    assert transactions["amount"].tolist() == [10, -10, -10, 10, 10]
    assert transactions.index[0] == pd.Timestamp("2025-07-01 13:30", tz="UTC")
    assert transactions.index.is_monotonic_increasing


def test_pyfolio_gets_tables_without_rows_where_nothing_was_traded() -> None:
    returns, positions, transactions = result().pyfolio()

    assert (len(returns), len(positions), len(transactions)) == (0, 0, 0)
    assert list(positions.columns) == ["cash"]
