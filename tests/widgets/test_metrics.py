"""What the metrics are told: the account at every moment, by hand and against the tables of the lab."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import config
from eyes import Eyes
from hand_made import frame
from hypothesis import given
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.widgets.account_line import COLUMNS, STRETCHES

COSTS = {"per_share": 0.01}


def told(eyes: Eyes) -> tuple[dict[str, Any], pd.DataFrame]:
    """Tables and points, as a page has them that applied every telling and waited for what was owed."""
    for viewer in eyes.surface._viewers.values():
        viewer.parts["metrics"]._told_at = 0.0
    eyes.pull()
    facts: dict[str, Any] = {}
    points = np.empty((0, len(COLUMNS)))
    for one in (told["parts"]["metrics"] for told in eyes.told if "metrics" in told.get("parts", {})):
        facts = one["facts"] if one["fresh"] else facts | one["facts"]
        if "line" in one["arrays"]:
            points = np.concatenate([points[: one["facts"]["at"]], one["arrays"]["line"].reshape(-1, len(COLUMNS))])
    json.dumps(facts, allow_nan=False)
    return facts, pd.DataFrame(points, columns=list(COLUMNS))


def fresh(lab: sl.Lab) -> tuple[dict[str, Any], pd.DataFrame]:
    return told(Eyes(sl.widgets.Metrics(lab)))


def trading_lab(**changes: Any) -> sl.Lab:
    room = {"trading_config__max_per_trade": 60_000.0, "trading_config__max_per_symbol": 60_000.0}
    lab = sl.Lab(config("AAPL MSFT", "1m", "2025-07-01", "2025-07-07", trading_config__costs=COSTS, **room, **changes))
    lab.use(sl.strategies.SmaCross(fast=3, slow=9))
    return lab


def test_equity_drawdown_and_exposure_by_hand() -> None:
    bars = [(10.0, 10.0, 10.0, 10.0), (10.0, 12.0, 10.0, 12.0), (12.0, 12.0, 9.0, 9.0), (9.0, 11.0, 9.0, 11.0)]
    lab = sl.Lab.from_frames({"A": frame(bars)}, bars="1m", changes={"trading_config.starting_cash": 1_000.0})
    eyes = Eyes(sl.widgets.Metrics(lab))
    lab.step()
    lab.buy("A", 10)  # fills at 10, the open of the second bar
    last = []
    for _ in range(3):
        lab.step()
        last.append(told(eyes)[1].iloc[-1])

    facts, _ = told(eyes)
    # 1,000 + 10 x (close - 10). Minutes 2 and 3 lie in one stretch, as there are 240 of 390 minutes.
    assert [(one.equity, one.low, one.high) for one in last] == [(1_020, 1_020, 1_020), (990, 990, 1_020), (1_010, 1_010, 1_010)]
    assert [one.drawdown for one in last] == [0.0, 990 / 1_020 - 1, 1_010 / 1_020 - 1]
    assert [(one.gross, one.net) for one in last] == [(120.0, 120.0), (90.0, 90.0), (110.0, 110.0)]
    assert facts["positions"] == [["hand", "A", 10.0, 10.0, 11.0, 110.0, 10.0]]
    assert facts["stats"]["max_drawdown_intraday"] == 990 / 1_020 - 1
    assert facts["stats"]["exposure"] == 3 / 5  # of the open and four minutes


def test_realized_and_open_results_by_hand() -> None:
    bars = [(10.0, 10.0, 10.0, 10.0), (10.0, 10.0, 10.0, 10.0), (13.0, 13.0, 13.0, 13.0), (12.0, 12.0, 12.0, 12.0)]
    lab = sl.Lab.from_frames({"A": frame(bars)}, bars="1m", changes={"trading_config.costs": {"per_share": 0.5}})
    lab.step()
    lab.buy("A", 10)
    lab.step()
    lab.sell("A", 4)  # at 13
    lab.step(2)

    (symbol, last, _, volume, realized, open_, fees, other, total), *_ = fresh(lab)[0]["symbols"]
    assert (symbol, last, volume) == ("A", 12.0, 4_000.0)
    assert realized == 4 * 3.0 - 4 * 2 * 0.5
    assert open_ == 6 * 2.0 - 6 * 0.5
    assert (fees, other) == (14 * 0.5, 0.0)
    assert total == lab.equity - lab.config.trading_config.starting_cash


@given(moves=st.lists(st.sampled_from([1, 3, 40, 200, 391, -1, -5, -150]), min_size=1, max_size=7), seed=st.integers(0, 3))
def test_told_as_it_goes_on_it_is_what_a_fresh_telling_says(moves: list[int], seed: int) -> None:
    lab = trading_lab(seed=seed)
    lab.advance("10:00")
    eyes = Eyes(sl.widgets.Metrics(lab))
    for number, move in enumerate(moves):
        if move > 0 or lab.now > lab.session.open + pd.Timedelta(minutes=-move):
            lab.step(move)
        if number == 1:
            lab.buy("MSFT", 7, tag="by hand")
        eyes.pull()

    facts, points = told(eyes)
    afresh, again = fresh(lab)
    pd.testing.assert_frame_equal(points, again, check_exact=True)
    assert {**facts, "at": 0} == {**afresh, "at": 0}


@pytest.mark.parametrize("sessions", [0, 2])
def test_points_are_the_account_of_the_lab(sessions: int) -> None:
    lab = trading_lab()
    for _ in range(sessions):
        lab.run_session()
    lab.advance("11:07")

    facts, points = fresh(lab)
    account = lab.traded().account
    equity = account["cash"] + account["value"]
    drawdown = equity / np.maximum(equity.cummax(), lab.config.trading_config.starting_cash) - 1
    today = account["date"] == pd.Timestamp(lab.session.date)
    passed = (account.index - lab.session.open) / (lab.session.close - lab.session.open)
    stretch = np.minimum((passed * STRETCHES).astype(int), STRETCHES - 1)[today]
    by = equity[today].groupby(stretch)
    mine = points[points["time"] >= lab.session.open.value / 1e6]
    np.testing.assert_allclose(mine["equity"], by.last(), rtol=1e-12)
    np.testing.assert_allclose(mine["low"], by.min(), rtol=1e-12)
    np.testing.assert_allclose(mine["high"], by.max(), rtol=1e-12)
    np.testing.assert_allclose(mine["drawdown"], drawdown[today].groupby(stretch).min(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(mine["gross"], account["gross"][today].groupby(stretch).last(), rtol=1e-12)
    assert points["low"].min() == pytest.approx(equity.min())
    assert points["drawdown"].min() == pytest.approx(drawdown.min())
    assert points["equity"].iloc[-1] == facts["equity"] == pytest.approx(lab.equity)


def test_tables_are_those_of_the_lab_and_its_result() -> None:
    lab = trading_lab()
    lab.run_session()
    lab.advance("13:00")
    lab.buy("AAPL", 10**7)
    lab.step()

    facts, _ = fresh(lab)
    held = lab.positions
    assert [row[:3] for row in facts["positions"]] == held[["strategy", "symbol", "quantity"]].to_numpy().tolist()
    np.testing.assert_allclose([row[6] for row in facts["positions"]], held["unrealized"])
    stats, expected = facts["stats"], lab.result().stats
    assert stats["rejected"] == (lab.orders["status"] == "rejected").sum() > 0
    assert stats["trades"] > 10
    for name, value in stats.items():
        assert value == pytest.approx(expected[name]), name
    by_symbol = lab.result().by_symbol()
    for symbol, last, change, volume, _, _, fees, _, total in facts["symbols"]:
        assert total == pytest.approx(by_symbol.loc[symbol, "pnl"])
        assert fees == pytest.approx(lab.fills.loc[lab.fills["symbol"] == symbol, "fee"].sum())
        day, before = lab.data[symbol].day, lab.data.as_of(lab.session.open)
        assert (last, volume) == (day.last, day.volume)
        yesterday = lab._engine.desk.marks.at_open(symbol)
        assert change == pytest.approx(day.last / yesterday - 1)
        assert before.now == lab.session.open


def test_who_joins_after_the_close_changes_nothing_of_the_session() -> None:
    lab = sl.Lab(config("AAPL", "1m", "2025-07-01", "2025-07-02", data_options={"faults": {"late": 0.2, "late_seconds": 45}}))
    lab.use(sl.strategies.SmaCross(fast=3, slow=9))
    lab.run_session()
    before, _ = fresh(lab)
    lab.add_symbol("MSFT")

    after, points = fresh(lab)
    assert after["stats"]["exposure"] == before["stats"]["exposure"] == pytest.approx(lab.result().stats["exposure"])
    assert points["equity"].iloc[-1] == lab.equity


def test_the_past_is_told_in_fewer_points_the_more_there_is() -> None:
    lab = sl.Lab(config("AAPL", "1m", "2025-06-02", "2025-07-31"))
    lab.use(sl.strategies.SmaCross(fast=3, slow=9))
    for _ in range(30):
        lab.run_session()
    lab.step()

    _, points = fresh(lab)
    assert np.bincount(np.ceil(points["x"]).astype(int))[1:].tolist() == [6] * 30 + [1]
    assert points["drawdown"].min() == pytest.approx(lab.result().stats["max_drawdown_intraday"])


def test_a_lab_that_did_not_trade_tells_what_the_market_did() -> None:
    lab = sl.demo()
    lab.advance("10:00")

    facts, points = fresh(lab)
    assert not facts["traded"]
    assert [row[:2] + row[3:4] for row in facts["symbols"]] == [
        [symbol, lab.data[symbol].day.last, lab.data[symbol].day.volume] for symbol in lab.symbols
    ]
    assert set(points["equity"]) == {lab.equity}
    assert "Nothing traded yet" in sl.widgets.Metrics(lab).made()["metrics"].still()


def test_tables_wait_a_moment_and_are_then_told() -> None:
    lab = trading_lab()
    lab.advance("10:00")
    eyes = Eyes(sl.widgets.Metrics(lab))
    lab.step()
    quick = (eyes.pull() or {})["parts"]["metrics"]

    assert set(quick["facts"]) == {"at"}
    assert eyes.surface.viewer("eyes").parts["metrics"].owes
    facts, _ = told(eyes)
    assert facts["equity"] == lab.equity
    assert eyes.pull() is None


def test_a_still_escapes_markup() -> None:
    lab = sl.Lab.from_frames({"A&B": frame([(10.0, 10.0, 10.0, 10.0)] * 5)}, bars="1m")
    lab.step()
    lab.buy("A&B", 1)
    lab.step(2)
    still = sl.widgets.Metrics(lab).made()["metrics"].still()

    assert "A&amp;B" in still
    assert "A&B" not in still


def test_nothing_told_depends_on_the_future() -> None:
    kept = []
    for last in (5.0, 500.0):
        lab = sl.Lab.from_frames({"A": frame([(10.0, 11.0, 9.0, 10.5)] * 60 + [(last, last, last, last)] * 60)}, bars="1m")
        eyes = Eyes(sl.widgets.Metrics(lab))
        lab.advance("10:00")
        lab.buy("A", 10)
        lab.buy("A", 10, limit=6.0)
        lab.advance("10:20")
        facts, points = told(eyes)
        kept.append((facts, points.to_numpy().tolist()))

    assert kept[0] == kept[1]


def test_the_timing_is_that_of_the_lab() -> None:
    lab = trading_lab()
    lab.run_session()
    lab.step(100)
    part = Eyes(sl.widgets.Timing(lab)).told[-1]["parts"]["timing"]

    expected = lab.timing.frame()
    happened = expected[(expected["count"] > 0) | expected.index.isin(["overruns", "backpressure"])]
    rows = {name: values for name, _, *values in part["facts"]["parts"]}
    assert list(rows) == list(happened.index)
    for name, (count, total, least, mean, most, note) in rows.items():
        row = happened.loc[name]
        assert (count, note) == (row["count"], row["note"])
        told_ms = [np.nan if one is None else one for one in (total, least, mean, most)]
        np.testing.assert_allclose(told_ms, row[["total_ms", "min_us", "mean_us", "max_us"]].astype(float))
    assert part["facts"]["lag"]["seconds"] == lab.lag.seconds == 0.0


def test_timing_is_told_once_a_second_and_then_owed() -> None:
    lab = trading_lab()
    eyes = Eyes(sl.widgets.Timing(lab))
    lab.step()

    assert "timing" not in (eyes.pull() or {})["parts"]
    part = eyes.surface.viewer("eyes").parts["timing"]
    assert part.owes
    part._told_at = 0.0
    assert {row[0] for row in (eyes.pull() or {})["parts"]["timing"]["facts"]["parts"]} >= {"strategy cycles"}
    assert not part.owes
