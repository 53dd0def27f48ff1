"""What a result says at a glance: its first line, its page in a notebook, its pictures."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results.accounts import START, Lot, of_equity, of_lots, orders, result, sessions_of, watched

import sessionlab as sl
from sessionlab.markup.sparkline import sparkline
from sessionlab.markup.thinning import thinned
from sessionlab.results.benchmark import benchmark_returns
from sessionlab.results.session_axis import SessionAxis
from sessionlab.results.words import figure_text
from sessionlab.trading.traded import Traded

SESSIONS = sessions_of(3, "2025-07-01")
PRICES = {"A": [100.0, 110.0] + [105.0] * 16}


def traded() -> Traded:
    too_much = {"status": "rejected", "limit_hit": "max_per_trade", "reason": "12,000 is above 10,000"}
    sent = orders({}, too_much, {"status": "rejected", "reason": "no price is known yet"}, too_much)
    return dataclasses.replace(of_lots([Lot(0, 1), Lot(1, 8, ambiguous=True), Lot(15, None)], PRICES, SESSIONS), orders=sent)


def named(name: str, account: Traded | None = None) -> sl.RunResult:
    return result(account or traded(), of=watched().config.replace({"session_name": name}))


def test_the_first_line_says_what_matters() -> None:
    line = repr(result(traded()))

    assert "\n" not in line
    assert "2 trades and 1 open, return +0.50 %, Sharpe " in line
    assert "2 ambiguous fills, 3 rejected (2 max_per_trade), " in line
    assert "coverage 99.23 %, 2 gaps>" in line


def test_one_reason_for_all_rejections_is_told_without_a_count() -> None:
    sent = orders({"status": "rejected", "reason": "x" * 300}, {"status": "rejected", "reason": "x" * 300})
    line = repr(result(dataclasses.replace(of_equity([[START, START]]), orders=sent)))

    assert ": 0 trades, return +0.00 %, Sharpe –, 0 ambiguous fills, 2 rejected (" in line
    assert len(line) < 250


def test_a_run_without_orders_is_told_as_before() -> None:
    """Also where an account was kept, and was of no use."""
    expected = "<RunResult 'A test': 1 sessions, coverage 99.23 %, 2 gaps>"

    assert repr(watched()) == expected
    assert repr(result(of_equity([[START, START]]))) == expected
    assert "equity" not in watched()._repr_html_()


def test_the_page_has_a_curve_of_equity_and_the_figures_that_matter() -> None:
    page = result(traded())._repr_html_()

    assert page.startswith('<p style="overflow-wrap:anywhere"><b>RunResult &#39;A test&#39;</b> · 2 trades')
    assert 'aria-label="equity from 10,000.00 to 10,050.00"' in page
    assert "10,000.00 → 10,050.00" in page
    assert '<th style="text-align:left">win rate</th><td><span style="white-space:nowrap">50.00 %</span></td>' in page
    assert "99.23" in page.rpartition("<table")[2]


def test_markup_in_names_is_shown_and_not_obeyed() -> None:
    name = "<img src=x onerror=alert(1)> & <b>"
    account = traded()
    account.trades["symbol"] = "<i>A</i>"
    run = named(name, account)
    page, figure = run._repr_html_(), run.plot()

    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; &lt;b&gt;" in page
    assert "<img" not in figure.layout.title.text
    assert all("<i>A</i>" not in text for trace in figure.data if trace.text is not None for text in trace.text)


def test_a_curve_spans_its_box_and_is_dashed_at_the_start() -> None:
    svg = sparkline(pd.Series([100.0, 120.0, 80.0]), 'a "quoted" <name>', 100.0)

    points = re.search(r'points="([^"]*)"', svg)
    assert points is not None
    assert points[1].split() == ["2.0,18.0", "110.0,2.0", "218.0,34.0"]
    assert 'y1="18.0"' in svg
    assert "&quot;quoted&quot; &lt;name&gt;" in svg
    assert sparkline(pd.Series([1.0]), "", 1.0) == ""


def test_a_flat_curve_can_be_drawn() -> None:
    assert "nan" not in sparkline(pd.Series([5.0, 5.0, 5.0]), "flat", 5.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(1, 40))
def test_thinning_keeps_ends_peak_and_trough(values: list[float], stretches: int) -> None:
    numbers = np.array(values)
    kept = thinned(numbers, stretches)

    assert (kept[0], kept[-1]) == (0, len(numbers) - 1)
    assert (numbers[kept].min(), numbers[kept].max()) == (numbers.min(), numbers.max())
    assert (np.diff(kept) > 0).all()
    assert len(kept) <= 3 * stretches + 1


@pytest.mark.parametrize(
    ("label", "value", "text"),
    [
        ("max_drawdown", -0.1234, "-12.34 %"),
        ("coverage", 99.5, "99.50 %"),
        ("trades", 1234, "1,234"),
        ("average_holding", pd.Timedelta(minutes=95, milliseconds=1), "01:35:00"),
        ("average_holding", pd.NaT, "–"),
        ("commonest_rejection", "max_per_trade", "max_per_trade"),
    ],
)
def test_figures_are_told_with_their_units(label: str, value: object, text: str) -> None:
    assert figure_text(label, value) == text


def test_sessions_are_evenly_spaced_however_long_they_are() -> None:
    dates = pd.DatetimeIndex(["2025-07-02"] * 5 + ["2025-07-03"] * 3 + ["2025-07-07"])
    axis = SessionAxis(dates)

    assert axis.x.tolist() == [0, 0.25, 0.5, 0.75, 1, 1, 1.5, 2, 2]
    assert axis.layout()["ticktext"] == ["2025-07-02", "2025-07-03", "2025-07-07"]
    assert axis.middles.tolist() == [0.5, 1.5, 2.5]


def test_the_picture_has_equity_drawdown_returns_and_entries() -> None:
    closes = pd.Series([400.0, 404.0, 402.0], index=pd.DatetimeIndex([session.date for session in SESSIONS]))
    run = result(traded(), benchmark=benchmark_returns(closes, 400.0, "SPY"))
    figure = run.plot()

    equity, spy, drawdown, returns, *entries = figure.data
    assert list(equity.y) == pytest.approx(run.equity.tolist())
    assert list(spy.y) == pytest.approx([START, START, START * 1.01, START * 1.005])
    assert list(drawdown.y) == pytest.approx(run.drawdown.tolist())
    assert list(returns.y) == pytest.approx(run.returns.tolist())
    assert {marks.name: (list(marks.y), list(marks.marker.symbol)) for marks in entries} == {
        "won": ([0.0], ["triangle-up"]),
        "not won": ([1.0], ["triangle-up"]),
        "open": ([1.0], ["triangle-up"]),
    }
    assert figure.layout.yaxis4.ticktext[0] == "09:30"
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_of_very_many_trades_the_picture_has_the_largest_and_says_so() -> None:
    account = traded()
    many = pd.concat([account.trades.head(1)] * 2_500, ignore_index=True).assign(pnl=np.arange(2_500) - 100.0)
    figure = result(dataclasses.replace(account, trades=many)).plot()

    shown = [
        float(text.rpartition("<br>")[2].replace(",", ""))
        for trace in figure.data
        if trace.text is not None
        for text in trace.text
    ]
    assert shown == list(range(400, 2_400))
    assert "trades by time of entry, the 2,000 largest of 2,500" in [note.text for note in figure.layout.annotations]


def test_a_run_without_an_account_has_a_picture_that_says_so() -> None:
    figure = result().plot()

    assert "no account was kept" in [note.text for note in figure.layout.annotations]
