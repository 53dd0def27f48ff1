"""What is free of scale is in a blind lab what it is in an open one, on made-up markets and on real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, make_bars
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.practice import BlindLab

TIMES = sl.TimeManager()
SCALE_FREE = [sl.RSI(14, "1m"), sl.RSI(5, "5m"), sl.ADX(7, "1m"), sl.NATR(5, "5m")]


def config(symbols: Any, start: str, end: str, window: int = 2, **changes: Any) -> sl.SessionConfig:
    history = {"session_data_config.historical": {"data": [{"trailing_days": window, "intervals": ["1m"]}]}} if window else {}
    return sl.SessionConfig.simple(symbols, start, end, "1m 5m", **{"api_config.data_api": "files", **history, **changes})


def returns(bars: Any) -> np.ndarray[Any, Any]:
    frame = bars.frame()
    prices = frame[["open", "high", "low", "close"]].to_numpy()
    return np.concatenate([prices[:, 1:] / prices[:, :1], prices[1:, 3:] / prices[:-1, 3:]], axis=None)


def agree(blind: BlindLab, open_lab: sl.Lab) -> None:
    """Both stand at the same moment of the session, and say the same but for scale, names and dates."""
    truth = blind._practice.truth
    for told, true in truth.symbols.items():
        mine, theirs = blind.data[told], open_lab.data[true]
        for interval in ("1m", "5m"):
            a, b = mine.bars(interval), theirs.bars(interval)
            assert len(a) == len(b)
            np.testing.assert_allclose(returns(a), returns(b), rtol=1e-12, atol=0)
            volumes = a.frame()["volume"].to_numpy(), b.frame()["volume"].to_numpy()
            np.testing.assert_allclose(volumes[0], volumes[1] * truth.volumes[true], rtol=1e-12)
            times = [bars.frame().index.tz_convert(lab.session.tz).time for bars, lab in ((a, blind), (b, open_lab))]
            assert times[0].tolist() == times[1].tolist()
        for recipe in SCALE_FREE:
            np.testing.assert_allclose(mine[recipe].last, theirs[recipe].last, rtol=1e-7, equal_nan=True)
    left, right = (lab.data.quality().drop(columns=["symbol"], errors="ignore") for lab in (blind, open_lab))
    numbers = left.select_dtypes("number").columns
    pd.testing.assert_frame_equal(left[numbers].reset_index(drop=True), right[numbers].reset_index(drop=True))


class Follows(sl.Strategy):
    """Buys so many shares above the mean of the last bars, sells below: free of scale.

    The margin is far below a tick: an exact tie may fall either way once prices are multiplied.
    """

    def __init__(self, shares: float = 7.0) -> None:
        super().__init__()
        self.shares = shares

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        close = ctx[symbol].bars("1m").close
        if len(close) > 5:
            ctx.target(symbol, self.shares if close[-1] > close[-5:].mean() * (1 + 1e-9) else 0)


days = st.sampled_from(["2025-07-02", "2025-07-03", "2024-11-29", "2024-12-03", "2021-03-15", "2016-02-29"])


@given(
    date=days,
    luck=st.integers(0, 2**20),
    seed=st.integers(0, 2**20),
    missing=st.sets(st.integers(0, 200), max_size=40),
    late=st.dictionaries(st.integers(0, 200), st.floats(1, 900), max_size=4),
    steps=st.integers(1, 210),
)
@given_settings(max_examples=25)
def test_bars_gaps_and_indicators_are_those_of_the_truth(
    date: str, luck: int, seed: int, missing: set[int], late: dict[int, float], steps: int
) -> None:
    sessions = [*TIMES.get_trailing_sessions(date, 2), TIMES.get_trading_session(date)]
    source = RowsSource({("AAA", "1m"): make_bars(sessions, seed=luck, missing=missing, late=late)})
    open_lab = sl.Lab(config("AAA", date, date), source=source)
    blind = sl.blind(open_lab, seed=seed)
    for lab in (blind, open_lab):
        lab.step(steps)

    agree(blind, open_lab)
    gaps = [lab.result().gaps[["interval", "count", "status"]] for lab in (blind, open_lab)]
    pd.testing.assert_frame_equal(*gaps)


@given(luck=st.integers(0, 2**20), seed=st.integers(0, 2**20), missing=st.sets(st.integers(0, 380), max_size=40))
@given_settings(max_examples=15)
def test_fills_are_the_same_but_for_scale(luck: int, seed: int, missing: set[int]) -> None:
    session = TIMES.get_trading_session("2025-07-02")
    source = RowsSource({("AAA", "1m"): make_bars(session, seed=luck, missing=missing)})
    open_lab = sl.Lab(config("AAA", "2025-07-02", "2025-07-02", window=0), source=source)
    blind = sl.blind(open_lab, seed=seed)
    for lab in (blind, open_lab):
        lab.use(Follows)
        lab.run()

    mine, theirs = blind.fills, open_lab.fills
    assert mine[["side", "quantity", "reason"]].equals(theirs[["side", "quantity", "reason"]])
    np.testing.assert_allclose(mine["price"], theirs["price"] * blind.score.truth.prices["AAA"], rtol=1e-12)
    since_open = [fills["time"] - lab.session.open for fills, lab in ((mine, blind), (theirs, open_lab))]
    pd.testing.assert_series_equal(*since_open)


@given(
    luck=st.integers(0, 2**20),
    costs=st.fixed_dictionaries(
        {"per_share": st.sampled_from([0.0, 0.005, 0.1]), "bps": st.sampled_from([0.0, 2.0])},
        optional={"slippage": st.fixed_dictionaries({"bps": st.just(3.0), "volume_share": st.sampled_from([0.0, 0.5])})},
    ),
)
@given_settings(max_examples=15)
def test_costs_are_the_same_part_of_what_is_traded(luck: int, costs: dict[str, Any]) -> None:
    """The same dollars in the blind and in the open lab pay the same fees; crypto has no whole units that would round them."""
    times = sl.TimeManager("CRYPTO", "CRYPTO")
    session = times.get_trading_session("2025-07-02")
    source = RowsSource({("BTC", "1m"): make_bars(session, seed=luck)})
    asked = config("BTC", "2025-07-02", "2025-07-02", window=0, exchange_group="CRYPTO", **{"trading_config.costs": costs})
    open_lab = sl.Lab(asked, source=source)
    blind = sl.blind(open_lab, seed=luck)
    for lab, symbol in ((blind, "X1"), (open_lab, "BTC")):
        lab.advance("01:00")
        lab.buy(symbol, value=1_000)
        lab.advance("02:00")
        lab.close_position(symbol)
        lab.run()

    np.testing.assert_allclose(blind.fills["fee"], open_lab.fills["fee"], rtol=1e-5, atol=1e-9)
    assert blind.equity == pytest.approx(open_lab.equity, abs=1e-3)


def test_a_cap_on_the_part_of_a_bars_volume_binds_as_it_does() -> None:
    session = sl.TimeManager("CRYPTO", "CRYPTO").get_trading_session("2025-07-02")
    source = RowsSource({("BTC", "1m"): make_bars(session, seed=4)})
    capped = {"trading_config.fills": {"max_participation": 0.02}}
    asked = config("BTC", "2025-07-02", "2025-07-02", window=0, exchange_group="CRYPTO", **capped)
    open_lab = sl.Lab(asked, source=source)
    blind = sl.blind(open_lab, seed=3)
    for lab, symbol in ((blind, "X1"), (open_lab, "BTC")):
        lab.advance("01:00")
        lab.buy(symbol, value=20_000)
        lab.advance("03:00")

    dollars = [lab.fills["quantity"] * lab.fills["price"] for lab in (blind, open_lab)]
    assert len(dollars[0]) > 5
    np.testing.assert_allclose(*dollars, rtol=1e-6)


def test_equal_seeds_give_equal_practices() -> None:
    one, other, third = (sl.blind(sl.demo(), seed=seed) for seed in (4, 4, 5))
    for lab in (one, other, third):
        lab.advance("10:00")

    frames = [lab.data["X1"].bars("1m").frame() for lab in (one, other, third)]
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])


def test_real_bars_and_quotes_are_told_in_one_scale(real_data: Path) -> None:
    asked = sl.SessionConfig.simple(
        "SPY AIG BAC", "2013-10-09", "2013-10-11", "1m 5m quotes",
        **{
            "api_config": {"data_api": "local", "data_path": str(real_data)},
            "session_data_config.historical": {"data": [{"trailing_days": 2, "intervals": ["1m"]}]},
            "session_data_config.extended_hours": True,
        },
    )  # fmt: skip
    blind = sl.blind(asked, seed=2, count=2)
    truth = blind._practice.truth
    open_lab = truth.open()
    for lab in (blind, open_lab):
        lab.advance("11:30")

    agree(blind, open_lab)
    for told, true in truth.symbols.items():
        mine, theirs = blind.data[told].quotes, open_lab.data[true].quotes
        assert mine.last.bid_price / mine.last.ask_price == pytest.approx(
            theirs.last.bid_price / theirs.last.ask_price, rel=1e-12
        )


def test_real_split_and_window_are_told_in_one_scale(real_data: Path) -> None:
    """AAPL split 7 for 1 on 2014-06-09: adjusted windows fit the day, and a position through it keeps its worth."""
    asked = sl.SessionConfig.simple(
        "AAPL", "2014-06-06", "2014-06-09", "1m 5m",
        **{
            "api_config": {"data_api": "local", "data_path": str(real_data)},
            "session_data_config.adjust": "splits",
            "session_data_config.historical": {"data": [{"trailing_days": 1, "intervals": ["1m"]}]},
        },
    )  # fmt: skip
    blind = sl.blind(asked, seed=8, sessions=2)
    open_lab = blind._practice.truth.open()
    for lab, symbol in ((blind, "X1"), (open_lab, "AAPL")):
        lab.buy(symbol, 10)
        lab.run_session()
        lab.advance("10:00")

    agree(blind, open_lab)
    assert float(blind.position("X1")) == float(open_lab.position("AAPL")) == 70.0
    held = blind.reveal().frame.loc["buy and hold", "total_return"]
    first = open_lab.fills["price"].iloc[0]
    assert held == pytest.approx(7 * open_lab.data["AAPL"].bars("1m").close[-1] / first - 1, rel=1e-9)


def test_real_sessions_over_midnight_keep_their_hours(real_data: Path) -> None:
    asked = sl.SessionConfig.simple(
        "6EH4", "2024-01-08", "2024-01-08", "1m 5m", exchange_group="COMMODITIES", asset_class="FUTURES",
        api_config={"data_api": "local", "data_path": str(real_data)},
    )  # fmt: skip
    blind = sl.blind(asked, seed=6)
    open_lab = blind._practice.truth.open()
    for lab in (blind, open_lab):
        lab.step(700)

    agree(blind, open_lab)
    assert blind.session.open.time() == open_lab.session.open.time()
    assert blind.session.close.time() == open_lab.session.close.time()
