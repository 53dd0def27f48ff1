"""What is left of a result without what is in doubt, by hand."""

from __future__ import annotations

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results.accounts import START, Lot, of_equity, of_lots, result
from results.test_groups import SESSIONS, lots, paths

import sessionlab as sl
from sessionlab.errors import ConfigError

# Three sessions of 7, 7 and 4 bars: prices go 100 110 105 105 ... in each of them.
PATH = [100.0, 110.0] + [105.0] * 5
PRICES = {"A": [*PATH, *PATH, *PATH[:4]]}
DOUBTFUL = [
    Lot(0, 1, fee=1.0, slippage=0.1),  # made 98 in the first session
    Lot(1, 2, side="short", ambiguous=True),  # made 50
    Lot(7, 9, coverage=97.0),  # made 50 in the second
    Lot(8, 9, side="long", coverage=np.nan),  # lost 50
    Lot(14, 16, fee=0.5, side="short"),  # lost 51 in the third
]


def sharpe(*dollars: float) -> float:
    equity = START + np.cumsum(dollars)
    return float(empyrical.sharpe_ratio(equity / np.concatenate([[START], equity[:-1]]) - 1))


def test_each_case_by_hand() -> None:
    frame = sl.robustness(result(of_lots(DOUBTFUL, PRICES, SESSIONS))).frame

    costs = [2 * 1.0 + 2 * 10 * 0.1, 0.0, 2 * 0.5]
    expected = {
        "all trades": (5, [148, 0, -51]),
        "without ambiguous fills": (4, [98, 0, -51]),
        "without trades over gaps": (4, [148, -50, -51]),
        "without the best trade": (4, [50, 0, -51]),
        "without the best session": (3, [0, -51]),
        "costs doubled": (5, [148 - costs[0], 0, -51 - costs[2]]),
        "before costs": (5, [148 + costs[0], 0, -51 + costs[2]]),
    }
    assert frame.index.tolist() == list(expected)
    assert frame["trades"].tolist() == [trades for trades, _ in expected.values()]
    assert frame["pnl"].tolist() == pytest.approx([sum(made) for _, made in expected.values()])
    assert frame["difference"].tolist() == pytest.approx([sum(made) - 97 for _, made in expected.values()])
    assert frame["total_return"].tolist() == pytest.approx([sum(made) / START for _, made in expected.values()])
    assert frame["sharpe"].tolist() == pytest.approx([sharpe(*made) for _, made in expected.values()])


@given(st.lists(lots(), max_size=8), paths, paths)
def test_all_trades_are_the_run_itself_and_costs_lie_on_both_sides_of_it(
    sample: list[Lot], a: list[float], b: list[float]
) -> None:
    run = result(of_lots(sample, {"A": a, "B": b}, SESSIONS))
    frame = sl.robustness(run).frame

    made = frame["pnl"]
    covered = [lot.coverage < 100 for lot in sample]
    assert made["all trades"] == pytest.approx(run.stats.pnl, abs=1e-6)
    assert made["costs doubled"] + made["before costs"] == pytest.approx(2 * run.stats.pnl, abs=1e-6)
    assert (made["costs doubled"] <= made["before costs"] + 1e-9).all()
    over_gaps = run.trades.loc[run.trades["coverage"] < 100, "pnl"].sum()
    assert made["without trades over gaps"] == pytest.approx(run.stats.pnl - over_gaps, abs=1e-6)
    assert frame.loc["without trades over gaps", "trades"] == sum(
        lot.left is not None and not over for lot, over in zip(sample, covered, strict=True)
    )


def test_an_open_lot_is_taken_away_in_the_last_session() -> None:
    prices = {"A": [100.0] * 7 + [103.0] * 11}  # the first session closes at 103 already
    run = result(of_lots([Lot(0, None, ambiguous=True), Lot(1, 8)], prices, SESSIONS))
    frame = sl.robustness(run).frame

    assert frame["trades"].tolist()[:2] == [1, 1]
    assert frame["pnl"].tolist()[:2] == pytest.approx([60, 30])
    assert frame["sharpe"].tolist()[:2] == pytest.approx([sharpe(60, 0, 0), sharpe(60, 0, -30)])


def test_without_trades_every_case_is_nothing() -> None:
    frame = sl.robustness(result(of_equity([[START, START]]))).frame

    assert frame[["trades", "pnl", "difference", "total_return"]].to_numpy().tolist() == [[0, 0, 0, 0]] * 7
    assert sl.robustness(result()).frame["pnl"].tolist() == [0] * 7


def test_it_shows_a_row_per_case_and_no_markup_of_names() -> None:
    run = result(of_lots(DOUBTFUL, PRICES, SESSIONS), of=result().config.replace({"session_name": "<b>mine</b>"}))
    told = sl.robustness(run)

    assert repr(told).splitlines()[2].split() == [
        "all",
        "trades",
        "5",
        "97.00",
        "0.00",
        "+0.97",
        "%",
        f"{sharpe(148, 0, -51):.2f}",
    ]
    assert "&lt;b&gt;mine&lt;/b&gt;" in told._repr_html_()
    assert told.plot().data[0].x.tolist() == pytest.approx(told.frame["pnl"].tolist())


@pytest.mark.parametrize("wrong", [None, 1, {"a": 1}])
def test_what_is_no_result_is_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match="robustness takes a RunResult"):
        sl.robustness(wrong)
