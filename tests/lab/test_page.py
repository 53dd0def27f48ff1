"""A lab's page: where it stands, what has filled, what is absent, and how the account does."""

from __future__ import annotations

import re

import numpy as np
import pytest
from builders import RowsSource, config, make_bars
from hypothesis import given
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.lab.page import session_strip

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")


def lab_of(symbols: str = "A", *, missing: range = range(0), **changes: object) -> sl.Lab:
    rows = {(symbol, "1m"): make_bars(DAY, seed=n, missing=missing) for n, symbol in enumerate(symbols.split())}
    return sl.Lab(config(symbols, "1m 5m", **changes), source=RowsSource(rows), times=TIMES)


def strip(lab: sl.Lab) -> str:
    return session_strip(lab._engine.present, lab._engine.desk.fills)


def test_now_stands_at_its_fraction_of_the_session() -> None:
    lab = lab_of()
    lab.advance("12:45")

    assert 'aria-label="session 2025-07-02 from 09:30 to 16:00, now 12:45"' in strip(lab)
    assert 'd="M320.0 ' in strip(lab)
    assert 'width="320.0"' in strip(lab)


def test_orange_begins_and_ends_where_bars_are_absent() -> None:
    lab = lab_of(missing=range(39, 78))
    lab.advance("12:45")

    runs = [(float(x), float(wide)) for x, wide in re.findall(r"M([\d.]+) 10.0h([\d.]+)v", strip(lab))]
    assert sum(wide for _, wide in runs) == pytest.approx(64, abs=4.1)
    assert min(x for x, _ in runs) == pytest.approx(64, abs=4.1)


def test_a_triangle_stands_at_each_fill_and_tells_of_it() -> None:
    lab = lab_of()
    lab.advance("10:00")
    lab.buy("A", 10)
    lab.step()
    lab.sell("A", 10)
    before = strip(lab)
    lab.advance("11:00")

    assert before.count("<title>") == 1
    assert strip(lab).count("<title>") == 2
    price = lab.fills["price"].iloc[0]
    assert f"<title>buy 10 A at {price:,.2f}, 10:00</title>" in strip(lab)
    assert f"M{round(640 * 30 / 390)} 1l4 7h-8z" in strip(lab)


def test_fills_of_another_day_are_not_on_the_strip() -> None:
    days = TIMES.get_sessions("2025-07-02", "2025-07-03")
    lab = sl.Lab(config("A", "1m", end="2025-07-03"), source=RowsSource({("A", "1m"): make_bars(days)}), times=TIMES)
    lab.advance("10:00")
    lab.buy("A", 10)
    lab.run_session()
    lab.step(5)

    assert "<title>" not in strip(lab)
    assert "1 symbol held" in lab._repr_html_()


def test_the_account_is_told_once_it_did_something() -> None:
    lab = lab_of()
    lab.advance("10:00")
    idle = lab._repr_html_()
    lab.buy("A", 100, limit=1.0)
    resting = lab._repr_html_()

    assert "equity" not in idle
    assert "equity 100,000.00 · +0.00 (+0.00 %) · 0 symbols held · 1 open order" in re.sub("<[^>]*>", "", resting)
    assert 'aria-label="equity' not in resting


def test_a_fork_says_its_name_and_that_of_the_session() -> None:
    lab = lab_of()
    other = lab.fork(name="later")

    assert "<b>later</b> · A test · ready" in other._repr_html_()
    assert "<b>A test</b> · ready" in lab._repr_html_()


def test_of_many_symbols_the_first_are_shown_and_their_number_told() -> None:
    lab = lab_of(" ".join(f"S{n}" for n in range(30)))
    lab.advance("09:40")
    page = lab._repr_html_()

    assert page.count('<th style="text-align:left">S') == 20
    assert "the first 20 of 30 symbols" in page
    assert len(page) < 60_000


def test_a_session_with_a_break_shows_it() -> None:
    tokyo = sl.TimeManager("XTKS")
    day = tokyo.get_trading_session("2025-07-02")
    lab = sl.Lab(config("A", "1m", group="XTKS"), source=RowsSource({("A", "1m"): make_bars(day)}), times=tokyo)
    lab.advance("13:00")

    assert strip(lab).count('stroke-dasharray="2 3"') == 1
    assert "from 09:00 to 15:30, now 13:00" in strip(lab)
    assert 'fill-opacity="1.0"' not in strip(lab)


@given(st.integers(0, 389), st.integers(1, 200))
def test_a_step_counts_what_it_brought_without_making_it(begins: int, count: int) -> None:
    lab = lab_of("A B", missing=range(50, 57))
    lab.step(begins)
    step = lab.step(count)
    counts = dict(step.counts)

    keys = [(arrival.symbol, arrival.interval) for arrival in step.bars]
    assert counts == {key: keys.count(key) for key in dict.fromkeys(keys)}
    assert list(counts) == list(dict.fromkeys(keys))


def test_curves_of_forks_are_of_their_equity() -> None:
    lab = lab_of()
    lab.advance("10:00")
    other = lab.fork(name="long")
    other.buy("A", 50)
    other.advance("11:00")
    page = lab.forks._repr_html_()

    assert f'aria-label="equity from 100,000.00 to {other.equity:,.2f}"' in page
    assert page.count("<svg") == 1
    pieces = other._engine.accounting.pieces_so_far()
    assert np.asarray(pieces[-1].cash + pieces[-1].value)[-1] == pytest.approx(other.equity)
