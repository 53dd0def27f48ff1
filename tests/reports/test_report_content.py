"""What a report tells is what the run was: each figure against the run's own rows, worked out by pandas here."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars
from reports.runs import DAYS, Read, demo, failed, lab_of, number, page_of, rows, traded

import sessionlab as sl
from sessionlab.charts.trading_marks import fill_words
from sessionlab.reports import report_html
from sessionlab.reports.elements import cell_text
from sessionlab.tape import Rows
from sessionlab.timing import Interval

DATES = ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-07", "2025-07-08", "2025-07-09"]
START = 100_000.0


@pytest.fixture(scope="module")
def read() -> Read:
    return Read(page_of("traded"))


def closes() -> pd.Series:
    account = traded().traded.account
    return (account["cash"] + account["value"]).groupby(account["date"].to_numpy()).last()


def test_the_run_tells_everything_that_this_file_looks_for() -> None:
    result = traded()

    assert len(result.trades) > 50
    assert result.fills["ambiguous"].any()
    assert (result.orders["status"] == "rejected").any()
    assert result.gaps["count"].max() == 3


def test_every_session_has_a_row_with_its_equity_and_what_it_made(read: Read) -> None:
    shown = read.table("Every session")
    equity = closes()
    made = equity.diff().fillna(equity.iloc[0] - START)

    assert [row["session"] for row in shown] == DATES
    assert [number(row["equity"]) for row in shown] == equity.round(2).tolist()
    assert [number(row["P&L"]) for row in shown] == made.round(2).tolist()
    assert [number(row["return"]) for row in shown] == (100 * made / (equity - made)).round(2).tolist()
    expected = [2 * len(day.starts(Interval.parse("1m"))) for day in DAYS]
    assert [number(row["coverage"]) for row in shown] == [round(100 * (1 - 6 / bars), 2) for bars in expected]


def test_what_was_made_by_time_of_day_is_the_change_of_equity_in_it(read: Read) -> None:
    cells = read.heat("P&L by time of day").map(number)
    account = traded().traded.account
    equity = account["cash"] + account["value"]
    equity.index = equity.index.tz_localize(None)

    assert cells.columns.tolist() == DATES
    assert cells.index[[0, -1]].tolist() == ["09:30", "15:30"]
    assert cells.sum().tolist() == pytest.approx(closes().diff().fillna(closes().iloc[0] - START).tolist(), abs=0.1)
    assert cells.loc["11:00", "2025-07-02"] == round(equity["2025-07-02 11:30"] - equity["2025-07-02 11:00"], 2)
    assert cells.loc["09:30", "2025-07-07"] == round(equity["2025-07-07 10:00"] - equity["2025-07-03 13:00"], 2)


def test_trades_are_told_by_the_time_of_their_entry(read: Read) -> None:
    shown = read.table("Trades by the time of their entry")
    trades = traded().trades
    at = trades["entry_time"].dt.tz_localize(None)
    slot = (at - at.dt.normalize() - pd.Timedelta("9h30m")) // pd.Timedelta("30m")

    assert [number(row["P&L"]) for row in shown if number(row["trades"])] == trades["pnl"].groupby(slot).sum().round(2).tolist()


def test_the_curve_keeps_the_peak_and_the_trough(read: Read) -> None:
    said = read.data("Equity, drawdown")
    equity, drawdown, returned = (panel["series"][0]["y"] for panel in said["panels"])
    account = traded().traded.account
    whole = account["cash"] + account["value"]
    below = whole / whole.cummax().clip(lower=START) - 1

    assert (min(equity), max(equity)) == (round(whole.min(), 2), round(whole.max(), 2))
    assert (equity[0], equity[-1]) == (round(whole.iloc[0], 2), round(whole.iloc[-1], 2))
    assert min(drawdown) == pytest.approx(below.min(), abs=1e-6)
    assert returned == traded().returns.round(6).tolist()
    assert len(said["x"]) == len(equity) == len(drawdown) == len(whole)


def test_the_benchmark_is_what_the_cash_would_be_in_it(read: Read) -> None:
    held = read.data("Equity, drawdown")["panels"][0]["series"][1]
    bars = [traded().bars("AA", "1m", date, date) for date in DATES]
    expected = [START] + [START * day["close"].iloc[-1] / bars[0]["open"].iloc[0] for day in bars]

    assert held["name"] == "AA, held"
    assert held["y"] == pytest.approx(expected, abs=0.01)
    assert f"return of AA {100 * (expected[-1] / START - 1):+.2f} %" in read.words("benchmark")


def test_the_best_the_worst_and_the_median_day_are_drawn(read: Read) -> None:
    made = closes().diff().fillna(closes().iloc[0] - START).sort_values()
    titles = [one.strong.get_text() for one in read.soup.find(id="days").find_all("figure")]

    ranked = [f"{made.index[at]:%Y-%m-%d}" for at in (-1, 0, (len(made) - 1) // 2)]
    assert [title.split(":")[0] for title in titles] == ["Best day", "Worst day", "Median day"]
    assert [title[-10:] for title in titles] == ranked
    assert all(one.find("svg") for one in read.soup.find(id="days").find_all("figure"))


def test_trades_that_moved_most_come_first(read: Read) -> None:
    shown = [number(row["P&L"]) for row in read.table("Trades that moved most money")]

    assert [abs(pnl) for pnl in shown] == traded().trades["pnl"].abs().nlargest(10).round(2).tolist()


def test_ambiguous_fills_are_listed(read: Read) -> None:
    fills = traded().fills[traded().fills["ambiguous"]]
    shown = read.table("Ambiguous fills")

    assert [row["bar"] for row in shown] == fills["time"].dt.strftime("%Y-%m-%d %H:%M:%S").head(50).tolist()
    assert {row["reason"] for row in shown} == set(fills["reason"].head(50))


def test_limits_that_were_hit_are_counted(read: Read) -> None:
    orders = traded().orders
    hit = orders.loc[orders["status"] == "rejected", "limit_hit"].value_counts()

    assert {row["limit or reason"]: int(row["orders"]) for row in read.table("Limits hit")} == hit.to_dict()
    assert f"{hit.sum()} of {len(orders):,} orders rejected" in read.words("limits")


def test_costs_are_those_of_the_fills(read: Read) -> None:
    fills = traded().fills
    shown = {row["symbol"]: row for row in read.table("Costs by symbol")}
    both = fills.assign(notional=fills["price"] * fills["quantity"], slipped=fills["slippage"] * fills["quantity"])
    sums = both.groupby("symbol")[["notional", "fee", "slipped"]].sum()
    sums.loc["all"] = sums.sum()

    for symbol, paid in sums.iterrows():
        row = shown[str(symbol)]
        assert [number(row[name]) for name in ("notional", "fees", "slippage")] == paid.round(2).tolist()
        assert number(row["bps of notional"]) == round(1e4 * (paid["fee"] + paid["slipped"]) / paid["notional"], 2)


def test_trades_over_gaps_are_told_apart(read: Read) -> None:
    coverage, pnl = traded().trades["coverage"], traded().trades["pnl"]
    shown = {row["coverage"]: number(row["P&L"]) for row in read.table("Trades by the coverage")}

    assert shown["100 %"] == round(pnl[coverage == 100].sum(), 2)
    assert shown["below 90 %"] == round(pnl[coverage < 90].sum(), 2)
    assert sum(shown.values()) == pytest.approx(pnl.sum(), abs=0.05)


def test_coverage_by_time_of_day_counts_the_minutes_that_are_there() -> None:
    cells = Read(page_of("watched")).heat("Coverage by time of day")

    # Six mornings each lack the first three minutes of AA, and one more (10:35) at the 66th.
    assert cells.loc["AA", "09:30"] == f"{100 * 162 / 180:.2f} %, 162 of 180 bars"
    assert cells.loc["AA", "10:30"] == f"{100 * 174 / 180:.2f} %, 174 of 180 bars"
    assert cells.loc["BB", "10:00"] == f"{100 * 174 / 180:.2f} %, 174 of 180 bars"
    assert cells.loc["BB", "15:30"] == "100.00 %, 150 of 150 bars"  # the 3rd was over at one


def test_coverage_by_session_counts_the_days() -> None:
    cells = Read(page_of("watched")).heat("Coverage by session")

    assert cells.columns.tolist() == DATES
    assert cells.loc["AA", "2025-07-01"] == f"{100 * 385 / 390:.2f} %, 385 of 390 bars"
    assert cells.loc["AA", "2025-07-03"] == f"{100 * 205 / 210:.2f} %, 205 of 210 bars"


def test_the_longest_gaps_come_first() -> None:
    shown = Read(page_of("watched")).table("Longest gaps")

    assert [row["bars"] for row in shown[:7]] == ["3"] * 6 + ["1"]
    assert (shown[0]["symbol"], shown[0]["from"], shown[0]["to"]) == ("AA", "2025-07-01 09:30:00", "2025-07-01 09:33:00")


def test_a_run_without_trades_has_its_price_its_volume_and_its_coverage() -> None:
    read = Read(page_of("watched"))
    titles = [one.strong.get_text() for one in read.soup.find_all("figure")]
    volume = read.data("Volume by time of day")["panels"][0]["series"][0]
    block = rows()._rows["AA", "1m"]
    starts = pd.DatetimeIndex(block.start.view("M8[ns]"), tz="UTC").tz_convert("America/New_York")
    quarter = (starts.hour * 60 + starts.minute - 570) // 15
    summed = pd.Series(block.values[4]).groupby([starts.date, quarter]).sum().groupby(level=1).mean()

    assert titles == [
        "AA on 2025-07-01", "BB on 2025-07-01", "Volume by time of day", "Coverage by time of day", "Coverage by session",
    ]  # fmt: skip
    assert read.soup.find(id="equity") is None
    assert "hatched" in read.figure("AA on").get_text()
    assert volume["y"] == pytest.approx(summed.tolist(), rel=0.05)


def test_the_demo_has_its_five_pictures_in_little_room() -> None:
    page = page_of("demo")

    assert len(Read(page).soup.find_all("figure")) == 5
    assert len(page.encode()) < 300_000


def test_a_run_that_failed_says_where_before_anything_else() -> None:
    result, failure = failed()
    page = report_html(result, failure=failure)
    read = Read(page)

    box = read.words("failure")
    assert box.startswith("Failed in Breaks.on_bar('AA') at 2025-07-03 10:17:00 market time ZeroDivisionError : no shares")
    assert "in session 3 of 6" in box
    assert "raise ZeroDivisionError" in box
    assert page.index('id="failure"') < page.index('id="summary"')
    assert [row["session"] for row in read.table("Every session")] == DATES[:3]
    assert not re.search(r"/home/|token=abc|/tests/reports", box)


def test_a_run_that_was_stopped_says_so() -> None:
    lab = sl.demo()
    lab.advance("10:00")

    assert "stopped at 2025-07-02 10:00:00 market time, before its end" in Read(report_html(lab.result())).words("failure")


def test_a_result_without_its_lab_says_what_it_cannot_show() -> None:
    import pickle

    away = pickle.loads(pickle.dumps(traded()))
    read = Read(report_html(away))

    assert "No picture: this result came from another process" in read.words("days")
    assert read.table("Every session") == Read(page_of("traded")).table("Every session")


def test_coverage_that_was_not_measured_is_none() -> None:
    lab = sl.Lab(demo().config.replace({"session_data_config.gap_filler.enable_session_quality": False}))

    assert "Coverage was not measured" in Read(report_html(lab.run())).words("data")


class Greedy(sl.Strategy):
    def on_bar(self, ctx: Any, symbol: str) -> None:
        ctx.buy(symbol, 1e6)


class Flips(sl.Strategy):
    def on_bar(self, ctx: Any, symbol: str) -> None:
        ctx.target(symbol, 10 if ctx.now.minute < 30 else 0)


def test_a_run_that_never_fell_has_no_minus_before_its_zero() -> None:
    result = lab_of(Greedy()).run()
    caption = Read(report_html(result)).figure("Equity").figcaption.get_text()

    assert not len(result.fills)
    assert "at worst 0.00 % below its peak" in caption


@pytest.mark.parametrize(
    ("price", "told"), [(10.0, "10.00"), (1234.5678, "1,234.5678"), (0.5, "0.50"), (0.0, "0.00"), (1.234e-05, "0.00001234")]
)
def test_a_price_of_any_size_can_be_read(price: float, told: str) -> None:
    assert cell_text(price, "price") == told


@pytest.mark.parametrize(
    ("quantity", "told"), [(100.0, "100"), (123_456_789.0, "123,456,789"), (1e8, "100,000,000"), (0.00000012, "0.00000012")]
)
def test_a_quantity_of_any_size_can_be_read(quantity: float, told: str) -> None:
    assert cell_text(quantity, "quantity") == told
    assert fill_words("buy", quantity, 10.5, "entry", ambiguous=False).label == f"buy {told} at 10.50: entry"


@pytest.mark.parametrize(("price", "told"), [(65_000.1234, "65,000.1234"), (4e-7, "0.0000004"), (10.125, "10.125")])
def test_a_fill_says_at_which_price_whatever_its_size(price: float, told: str) -> None:
    assert fill_words("buy", 1, price, "", ambiguous=False).label == f"buy 1 at {told}"


def test_a_run_that_returned_what_its_benchmark_did_returned_as_much() -> None:
    bars = make_bars(DAYS[:2])
    values = bars.values.copy()
    values[:4] = 100.0
    source = RowsSource({("AA", "1m"): Rows.of(bars.start, bars.known_at, values)})
    lab = sl.Lab(config("AA", "1m", "2025-07-01", "2025-07-02", trading_config__benchmark="AA"), source=source)
    read = Read(report_html(lab.use(Flips()).run()))

    assert "The run returned as much as holding AA" in read.words("benchmark")


def test_volume_by_time_of_day_begins_at_the_open_of_a_session_that_begins_the_day_before() -> None:
    day = config("ES", "1m", "2025-03-10", "2025-03-11", group="CMES", asset_class="FUTURES")  # from 17:00 in Chicago to 16:00
    told = Read(report_html(sl.Lab(day).run())).data("Volume by time of day")

    assert [label for _, label in told["at"]][::45] == ["17:00", "15:30"]
    assert len(told["at"]) == 46


def test_volume_by_time_of_day_begins_at_the_open_where_first_bars_are_absent() -> None:
    """Of three days one alone has its first quarter of an hour."""
    days = DAYS[:3]
    parts = [make_bars(day, missing=range(15) if number else ()) for number, day in enumerate(days)]
    source = RowsSource({("AA", "1m"): Rows.join(parts)})
    result = sl.Lab(config("AA", "1m 15m", "2025-07-01", "2025-07-03"), source=source).run()
    told = Read(report_html(result)).data("Volume by time of day")

    assert [label for _, label in told["at"]][:2] == ["09:30", "09:45"]
    first = sum(parts[0].values[4][:15])
    assert told["panels"][0]["series"][0]["y"][0] == first


def test_no_number_is_written_as_nan(read: Read) -> None:
    shown = read.soup.find("main").get_text(" ")

    assert not re.search(r"\b(nan|NaT|None|inf)\b", shown.split("Manifest Source")[0].split("source rows")[0])
    assert np.isfinite([number(cell) for row in read.table("Every session") for name, cell in row.items() if name == "P&L"]).all()


def test_a_run_that_looked_ahead_on_purpose_says_so_on_top() -> None:
    import copy

    looked = copy.copy(demo())
    looked.manifest = demo().manifest | {"honest": False}

    assert "This run saw what was not known yet" in Read(report_html(looked)).words("honesty")
    assert Read(page_of("demo")).soup.find(id="honesty") is None
