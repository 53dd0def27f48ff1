"""How two labs differ: since when, in what, and what became of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.errors import BusyError, ConfigError, RewindError
from sessionlab.timing import Interval

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-07-01", "2025-07-03"))
BARS = {symbol: make_bars(DAYS, seed=seed) for seed, symbol in enumerate("AB")}
SOURCE = RowsSource({(symbol, "1m"): rows for symbol, rows in BARS.items()})


class Twice(sl.Strategy):
    """Buys ``size`` at each half hour and sells it a quarter later."""

    every = "15m"
    size: float = 10.0

    def on_bar(self, ctx: Any, symbol: str) -> None:
        if symbol == "A":
            (ctx.buy if ctx.now.minute % 30 == 0 else ctx.sell)("A", self.size)


def lab_of(source: RowsSource = SOURCE, start: str = "2025-07-01", **changes: Any) -> sl.Lab:
    return sl.Lab(config("A B", "1m 15m", start, "2025-07-03", **changes), source=source, times=TIMES)


def clock(moment: pd.Timestamp | None) -> str:
    assert moment is not None
    return f"{moment:%Y-%m-%d %H:%M}"


def open_at(symbol: str, time: str) -> float:
    """The open of a bar as the rows were made."""
    rows = BARS[symbol]
    at = np.flatnonzero(rows.start == pd.Timestamp(time, tz="America/New_York").value)
    return float(rows.values[0][at[0]])


def test_an_order_by_hand_is_where_two_labs_part() -> None:
    lab = lab_of()
    lab.advance("10:15")
    other = lab.fork(name="long")
    other.buy("A", 50)
    other.advance("10:30")
    lab.advance("10:30")
    found = lab.diff(other)

    assert found
    assert clock(found.first) == "2025-07-01 10:15"
    assert found.words == ("hand A order sent: none in A test, buy 50 A at the market in long",)
    assert found.at_first.to_numpy().tolist() == [["order", "hand", "A", "sent", None, "buy 50 A at the market"]]
    assert list(found.at_first) == ["kind", "strategy", "symbol", "what", "A test", "long"]


def test_fills_trades_and_positions_are_side_by_side() -> None:
    lab = lab_of()
    lab.advance("09:45")
    other = lab.fork(name="more")
    lab.buy("A", 50)
    other.buy("A", 75)
    other.buy("B", 10)
    for one in (lab, other):
        one.advance("10:00")
        one.sell("A", 50)
        one.advance("11:00")
    found = lab.diff(other)

    assert found.fills.index.tolist() == [("hand", 1, 1), ("hand", 2, 1), ("hand", 3, 1)]
    assert found.fills["where"].tolist() == ["both", "more", "both"]
    assert found.fills["differs"].tolist() == ["quantity", "", ""]
    assert found.fills["quantity"]["more"].tolist() == [75, 10, 50]
    price = open_at("A", "2025-07-01 09:45")
    assert found.fills["price"].iloc[0].tolist() == [price, price]
    closed = found.trades.loc[("hand", 1, 1)]
    gain = 50 * (open_at("A", "2025-07-01 10:00") - price)
    assert closed["pnl"].tolist() == pytest.approx([gain, gain])
    assert found.trades["where"].tolist() == ["both", "more", "more"]
    assert found.positions["where"].to_dict() == {("hand", "A"): "more", ("hand", "B"): "more"}
    assert found.positions["quantity"]["more"].tolist() == [25, 10]


def test_orders_are_paired_within_a_strategy_whatever_their_ids() -> None:
    """The order by hand takes an id, so those of the strategy have others in the fork."""
    lab = lab_of().use(Twice())
    lab.advance("10:20")
    other = lab.fork(name="also by hand")
    other.buy("B", 5)
    lab.advance("12:00")
    other.advance("12:00")
    orders = lab.diff(other).orders

    assert orders["where"].value_counts().to_dict() == {"both": 7, "also by hand": 1}
    assert (orders["differs"] == "").all()
    assert (orders.loc["Twice"]["id"]["also by hand"] == orders.loc["Twice"]["id"]["A test"] + 1).all()


def test_an_order_more_does_not_shift_those_after_it() -> None:
    lab = lab_of()
    lab.advance("10:00")
    other = lab.fork(name="more")
    other.buy("A", 7)
    for time in ("10:10", "10:20", "10:30"):
        for one in (lab, other):
            one.advance(time)
            one.buy("A", 5)
    orders = lab.diff(other).orders

    assert orders["where"].tolist() == ["more", "both", "both", "both"]
    assert (orders["differs"] == "").all()
    assert orders.index.tolist() == [("hand", 1), ("hand", 2), ("hand", 3), ("hand", 4)]


def test_another_size_is_an_order_in_both_that_differs() -> None:
    lab = lab_of().use(Twice())
    lab.advance("10:20")
    other = lab.fork(name="large", strategy=Twice(size=20.0))
    lab.advance("11:10")
    other.advance("11:10")
    found = lab.diff(other)

    assert clock(found.first) == "2025-07-01 10:30"
    assert found.at_first.to_numpy().tolist() == [["order", "Twice", "A", "quantity", 10.0, 20.0]]
    assert found.orders["differs"].tolist() == ["quantity"] * 3
    assert found.orders["quantity"].to_numpy().tolist() == [[10, 20]] * 3
    assert found.settings.loc["run.strategies"].tolist() == [
        ["Twice(size=10.0)"],
        ["Twice(size=10.0)", "Twice(size=20.0) since 2025-07-01 10:20"],
    ]


def test_a_cancel_is_where_they_part_though_the_order_was_sent_alike() -> None:
    lab = lab_of()
    lab.advance("10:00")
    lab.buy("A", 10, limit=1.0)
    other = lab.fork(name="canceled")
    for one in (lab, other):
        one.advance("10:30")
    other.cancel(other.open_orders[0])
    for one in (lab, other):
        one.advance("11:00")
    found = lab.diff(other)

    assert clock(found.first) == "2025-07-01 10:30"
    assert found.words == ("hand A order status: accepted in A test, canceled in canceled",)
    assert found.orders["differs"].tolist() == ["status"]
    assert found.orders["status"].iloc[0].tolist() == ["accepted", "canceled"]


def test_costs_of_another_config_are_seen_at_the_first_fill_and_in_cash() -> None:
    lab = lab_of()
    lab.advance("10:00")
    other = lab.fork(name="dear", config={"trading_config.costs": {"per_share": 0.5}})
    for one in (lab, other):
        one.buy("A", 10)
        one.advance("10:30")
    found = lab.diff(other)

    assert clock(found.first) == "2025-07-01 10:01"
    assert found.at_first["kind"].tolist() == ["fill", "cash"]
    assert found.at_first.iloc[0, 3:].tolist() == ["fee", 0.0, 5.0]
    assert found.equity["difference"].tolist() == pytest.approx([-5.0] * 30)
    assert "trading_config.costs.per_share" in found.settings.index


def test_labs_at_different_nows_are_compared_up_to_the_earlier() -> None:
    lab = lab_of().use(Twice())
    lab.advance("10:00")
    other = lab.fork()
    lab.run_session()
    lab.buy("B", 10)
    lab.run_session()
    for found in (lab.diff(other), other.diff(lab)):
        assert not found
        assert (found.first, clock(found.until)) == (None, "2025-07-01 10:00")
        assert all(table.empty for table in (found.equity, found.orders, found.fills, found.trades, found.at_first))
    assert clock(lab.now) == "2025-07-02 16:00"
    assert list(lab.forks) == [lab, other]


def test_a_bracket_that_moved_on_in_one_lab_is_no_difference_before() -> None:
    """Exits change their size when the entry fills, and a trailing stop its level with every bar."""
    lab = lab_of()
    lab.advance("10:00")
    lab.buy("A", 10, trail=50.0, take_profit=500.0)
    lab.buy("A", 10, limit=1.0, stop_loss=0.5)
    other = lab.fork()
    lab.advance("15:00")

    assert not lab.diff(other)


def test_what_hooks_do_at_an_open_is_still_to_come_for_a_lab_that_stands_there() -> None:
    class AtOnce(sl.Strategy):
        def on_session_start(self, ctx: Any) -> None:
            ctx.buy("A", 1, limit=1.0)

    lab = lab_of().use(AtOnce())
    other = lab.fork()
    lab.advance("10:00")

    assert not lab.diff(other)


def test_a_lab_that_went_back_and_one_that_began_again_are_compared_as_they_stand() -> None:
    lab = lab_of().use(Twice())
    other = lab.fork()
    lab.run_session()
    other.advance("14:00")
    lab.rewind("11:00")
    assert not lab.diff(other)

    lab.buy("A", 1)
    lab.advance("12:00")
    assert clock(lab.diff(other).first) == "2025-07-01 11:00"

    other.restart()
    other.advance("11:30")
    assert clock(other.diff(lab).first) == "2025-07-01 11:00"


def test_equity_is_by_time_with_what_the_second_has_more() -> None:
    lab = lab_of()
    lab.advance("10:00")
    other = lab.fork(name="long")
    other.buy("A", 50)
    for one in (lab, other):
        one.advance("10:03")
    found = lab.diff(other)

    bought = open_at("A", "2025-07-01 10:00")
    ends = DAYS[0].ends(Interval.parse("1m"))[29:33]
    closes = BARS["A"].values[3][29:33]
    assert found.equity.index.as_unit("ns").asi8.tolist() == ends.tolist()
    assert list(found.equity) == ["A test", "long", "difference"]
    assert found.equity["difference"].tolist() == pytest.approx([0.0, *(50 * (closes[1:] - bought))])
    assert found.stats["long"]["pnl"] == pytest.approx(50 * (closes[-1] - bought))


def test_a_symbol_that_joined_is_a_difference() -> None:
    source = RowsSource({("A", "1m"): BARS["A"], ("C", "1m"): BARS["B"]})
    lab = sl.Lab(config("A", "1m", "2025-07-01"), source=source, times=TIMES)
    lab.advance("10:00")
    other = lab.fork(name="wide")
    other.add_symbol("C")
    found = lab.diff(other)

    assert clock(found.first) == "2025-07-01 10:00"
    assert found.words == ("C symbol join: none in A test, lab in wide",)


def test_labs_of_two_families_are_told_whether_their_rows_are_the_same() -> None:
    lab, same = lab_of(), lab_of()
    changed = RowsSource({("A", "1m"): BARS["A"], ("B", "1m"): make_bars(DAYS[:1], seed=9)})
    other = lab_of(changed)
    for one in (lab, same, other):
        one.advance("10:00")
    alike, apart = lab.diff(same), lab.diff(other)

    assert not alike
    assert "not of one family, but they stand on the same rows" in repr(alike)
    assert alike.names == ("A test", "A test (2)")
    assert clock(apart.first) == "2025-07-01 09:30"
    assert apart.data.astype(str).to_numpy().tolist() == [["B", "1m", "2025-07-01"]]
    assert "not of one family: they stand on other rows of B 1m, from 2025-07-01 on" in repr(apart)


def test_rows_of_sessions_to_come_are_no_difference() -> None:
    """Also where they were loaded ahead."""
    later = RowsSource({("A", "1m"): BARS["A"], ("B", "1m"): make_bars(DAYS[:1], seed=1)})
    lab, other = lab_of(), lab_of(later)
    lab.run_session()
    lab.step()
    other.advance("11:00")

    assert not lab.diff(other)


def test_labs_without_a_common_beginning_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"begins at 2025-07-01 09:30 EDT and .* at 2025-07-02 09:30 EDT.*sl\.compare"):
        lab_of().diff(lab_of(start="2025-07-02"))


def test_a_result_is_no_lab() -> None:
    lab = lab_of()

    with pytest.raises(ConfigError, match=r"not with a RunResult; for results write sl\.compare"):
        lab.diff(lab.result())  # type: ignore[arg-type]


def test_what_cannot_be_copied_is_named_where_a_lab_would_have_to_go_back() -> None:
    class Holds(sl.Strategy):
        def on_start(self, ctx: Any) -> None:
            self.lines = (line for line in "ab")

    lab = lab_of()
    other = lab.fork()
    lab.use(Holds())
    lab.advance("10:00")
    lab.buy("A", 1)
    lab.step()

    with pytest.raises(RewindError, match=r"Holds\.lines is a generator"):
        lab.diff(other)


def test_a_hook_cannot_compare() -> None:
    lab = lab_of()
    other = lab.fork()

    @lab.every("15m")
    def look(ctx: Any) -> None:
        lab.diff(other)

    with pytest.raises(BusyError, match="cannot compare labs from inside a hook"):
        lab.advance("10:00")


class TestTelling:
    def found(self, name: str = "long") -> sl.results.Difference:
        lab = lab_of().use(Twice())
        lab.advance("10:20")
        other = lab.fork(name=name, strategy=Twice(size=20.0))
        other.buy("B", 3)
        lab.advance("11:10")
        other.advance("11:10")
        return lab.diff(other)

    def test_a_few_lines_tell_since_when_in_what_and_how_much(self) -> None:
        head, *lines = repr(self.found()).splitlines()

        assert head == "<Difference of 'A test' and 'long': from 2025-07-01 10:20:00 on, up to 2025-07-01 11:10:00"
        assert lines[0] == "  hand B order sent: none in A test, buy 3 B at the market in long"
        assert lines[1].startswith("  equity ")
        assert lines[2:4] == ["  orders: 1 only in long, 3 different", "  fills: 1 only in long, 3 different"]
        assert lines[4].startswith(
            "  run.strategies: ['Twice(size=10.0)'] | ['Twice(size=10.0)', 'Twice(size=20.0) since 2025-07-01"
        )

    def test_nothing_is_told_in_one_line(self) -> None:
        lab = lab_of()

        assert repr(lab.diff(lab.fork())) == "<Difference of 'A test' and 'fork 1': none up to 2025-07-01 09:30:00>"

    def test_the_page_has_both_curves_and_obeys_no_markup(self) -> None:
        page = self.found("<img src=x>")._repr_html_()

        assert page.count("<polyline") == 2
        assert "<img" not in page
        assert "&lt;img src=x&gt;" in page

    def test_the_picture_has_both_curves_the_difference_and_where_it_begins(self) -> None:
        found = self.found("<i>long</i>")
        figure = found.plot()

        assert [trace.name for trace in figure.data] == ["A test", "&lt;i&gt;long&lt;/i&gt;", "difference"]
        assert figure.data[0].y[-1] == found.equity["A test"].iloc[-1]
        assert figure.data[2].y[-1] == found.equity["difference"].iloc[-1]
        assert len(figure.layout.shapes) == len(("equity", "difference"))
        assert "first at 2025-07-01 10:20:00" in figure.layout.title.subtitle.text

    def test_it_tells_the_same_when_the_labs_have_gone_on(self) -> None:
        lab = lab_of().use(Twice())
        other = lab.fork()
        other.buy("A", 1)
        lab.advance("11:00")
        other.advance("11:00")
        early, late = lab.diff(other), lab.diff(other)
        told = repr(early), early.orders, early.equity, early.positions
        lab.run()
        other.rewind("09:45")

        assert repr(late) == told[0]
        for mine, theirs in zip((late.orders, late.equity, late.positions), told[1:], strict=True):
            pd.testing.assert_frame_equal(mine, theirs)
