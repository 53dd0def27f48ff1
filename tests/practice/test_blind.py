"""A blind lab shows the same market under another name, and tells nothing of the truth before it is revealed."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl

DATES = ("2025-06-16", "2025-06-17", "2025-06-18", "2025-06-20")


def minutes(seed: int) -> pd.DataFrame:
    luck = np.random.default_rng(seed)
    parts = []
    for date in DATES:
        index = pd.date_range(f"{date} 09:30", periods=390, freq="1min", tz="America/New_York").delete([20, 21, 300])
        close = 731.13 + np.cumsum(luck.integers(-3, 4, len(index))) / 16
        opens = np.concatenate([[731.13], close[:-1]])
        frame = {"open": opens, "high": np.maximum(opens, close) + 0.06, "low": np.minimum(opens, close) - 0.06, "close": close}
        parts.append(pd.DataFrame({**frame, "volume": 77_777.0}, index=index))
    return pd.concat(parts)


FRAMES = {"QQTRUE": minutes(1), "ZZTRUE": minutes(2)}


def blind(seed: int = 5, **options: Any) -> sl.practice.BlindLab:
    return sl.blind(FRAMES, seed=seed, bars="1m 5m", window=1, **options)


def texts(lab: sl.Lab) -> Iterator[str]:
    """All that a public name of ``lab`` shows: words, pages, tables, pictures, exports, errors."""
    shown: list[Any] = [
        lab,
        lab.plan,
        lab.config,
        lab.config.to_dict(),
        lab.source,
        lab.session,
        lab.now,
        lab.progress,
        lab.state,
    ]
    shown += [lab.data, lab.symbols, lab.refused, lab.scans, lab.strategies, lab.timing.report(), lab.times, lab.lag, lab.pacing]
    shown += [lab.orders, lab.fills, lab.trades, lab.positions, lab.traded(), lab.forks, lab.skip_losses(), lab.subscriptions]
    data = lab.data
    shown += [data.quality(window=True), data.gaps(window=True), data.incomplete(), data.repairs(), data.as_of("open")]
    for symbol in lab.symbols:
        one = data[symbol]
        shown += [one, one.day, one.quote, one.splits, one.bars("1m").frame(), one.bars("5m").all.frame(), one[sl.RSI(9, "1m")]]
    result = lab.result()
    shown += [result, result.manifest, result.quality, result.stats, result.equity, result.returns, result.summary(), result.gaps]
    for thing in shown:
        yield repr(thing)
        yield str(thing)
        if isinstance(thing, pd.DataFrame | pd.Series):
            yield thing.to_csv()
        elif hasattr(thing, "_repr_html_"):
            yield thing._repr_html_() or ""
    yield json.dumps(data.to_dict(), default=str)
    yield lab.chart(lab.symbols[0], "5m").svg
    for ask in (
        lambda: lab.data["QQ"],
        lambda: lab.data.as_of("close"),
        lambda: lab.advance("2030-01-01 10:00"),
        lambda: lab.add_symbol("SPY"),
        lambda: lab.remove_symbol(lab.symbols[0]),
        lambda: lab.rewind("2001-01-01"),
        lambda: lab.buy("SPY", 1),
        lambda: data[lab.symbols[0]].bars("7s"),
    ):
        with pytest.raises(sl.errors.SessionlabError) as caught:
            ask()
        yield f"{caught.value} {caught.value.facts}"


@pytest.mark.parametrize("seed", [5, 6])
def test_nothing_public_tells_the_truth(seed: int) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        lab = blind(seed, cash=50_000)
        lab.advance("11:00")
        lab.buy("X1", 10, stop_loss=1.0)
        lab.advance("12:00")
        shown = [*texts(lab), *(str(one.message) for one in told)]

    truth = [*FRAMES, *DATES, "731.13", "731.07", "77777", "77,777"]
    found = {word for word in truth for text in shown if word in text}
    assert not found
    assert lab.config.session_name == "blind practice"
    assert not [name for name in dir(lab) if not name.startswith("_") and "hidden" in name]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_returns_gaps_and_scale_free_indicators_are_those_of_the_true_session(seed: int) -> None:
    lab = sl.blind(FRAMES, seed=seed, bars="1m", window=1)
    lab.run_session()
    score_of = lab._truth(lab._hidden[0]).iloc[0]
    true = sl.Lab.from_frames(FRAMES, bars="1m", window=1, start=str(score_of.date), end=str(score_of.date))
    true.run_session()

    shown, real = lab.data["X1"], true.data[score_of.symbol]
    a, b = shown.bars("1m").all.frame(), real.bars("1m").all.frame()
    assert np.allclose(a["close"].pct_change().dropna(), b["close"].pct_change().dropna(), rtol=0, atol=1e-12)
    assert np.allclose(a[["open", "high", "low"]].div(a["close"], axis=0), b[["open", "high", "low"]].div(b["close"], axis=0))
    assert np.allclose(a["close"], b["close"] * score_of.price_factor)
    assert np.allclose(a["volume"], b["volume"] * score_of.volume_factor)
    since_open = [(frame.index - frame.index.normalize()).tolist() for frame in (a, b)]
    assert since_open[0] == since_open[1]
    assert lab.data.gaps()["count"].tolist() == true.data.gaps().query(f"symbol == '{score_of.symbol}'")["count"].tolist()
    assert shown[sl.RSI(14, "1m")].last == pytest.approx(real[sl.RSI(14, "1m")].last)
    assert shown.bars("1m").history.index[-1] < shown.bars("1m").index[0]


def test_one_seed_is_one_practice_and_another_is_another() -> None:
    def first(seed: int) -> tuple[Any, ...]:
        lab = blind(seed)
        return lab.session.date, float(lab.data["X1"].bars("1m").history.close[-1])

    assert first(5) == first(5)
    assert len({first(seed) for seed in range(6)}) > 3


class TestScore:
    def test_holding_from_the_first_bar_is_buy_and_hold(self) -> None:
        lab = blind(cash=1_000_000.0)
        lab.step()
        lab.buy("X1", percent=0.999)
        lab.run_session()
        score = lab.reveal()

        you, held = score.frame["total_return"][["you", "buy and hold"]]
        opens = score.equity["buy and hold"]
        first = FRAMES[score.truth["symbol"].item()].loc[str(score.truth["date"].item())]
        assert held == pytest.approx(first["close"].iloc[-1] / first["open"].iloc[0] - 1)
        assert opens.iloc[-1] == pytest.approx(1 + held)
        assert you == pytest.approx(first["close"].iloc[-1] / first["open"].iloc[1] - 1, abs=2e-5 + 0.002 * abs(held))

    def test_a_strategy_trades_as_it_would_on_the_truth(self) -> None:
        strategy = sl.strategies.SmaCross(fast=3, slow=9, shares=10)
        lab = blind(strategy=strategy, cash=1_000_000.0)
        lab.run_session()
        score = lab.reveal()

        row = score.truth.iloc[0]
        day = {"start": str(row.date), "end": str(row.date)}
        true = sl.backtest({row.symbol: FRAMES[row.symbol]}, strategy, window=1, cash=1_000_000.0, **day)
        fills = score.results["SmaCross"].fills
        assert fills["side"].tolist() == true.fills["side"].tolist()
        assert np.allclose(fills["price"], true.fills["price"] * row.price_factor)
        assert score.frame.loc["you", "trades"] == 0
        assert set(score.decisions["who"]) == {"SmaCross"}

    def test_it_may_be_revealed_on_the_way_and_is_over_then(self) -> None:
        lab = blind()
        lab.advance("12:00")
        lab.rewind("11:00")
        lab.step(-1)
        score = lab.reveal()

        assert score.went_back == 2
        assert "you went back 2 times" in repr(score)
        assert score.equity.index[-1] == lab.now
        for go_on in (lab.step, lambda: lab.buy("X1", 1), lambda: lab.rewind("10:00"), lab.reveal):
            with pytest.raises(sl.errors.SessionlabError):
                go_on()
        assert len(lab.data["X1"].bars("1m"))

    def test_the_page_has_a_curve_for_each_and_obeys_no_markup(self) -> None:
        lab = blind(strategy=sl.strategies.SmaCross(fast=3, slow=9))
        lab.run_session()
        page = lab.reveal()._repr_html_()

        assert page.count("<svg") == 3
        assert "was" in page


def test_several_symbols_and_sessions() -> None:
    lab = sl.blind(FRAMES, seed=1, symbols=2, sessions=2)
    lab.run()
    score = lab.reveal()

    assert lab.symbols == ("X1", "X2")
    assert set(score.truth["symbol"]) == set(FRAMES)
    assert len(score.truth) == 4


def test_a_store_of_recorded_data(real_data: Path) -> None:
    lab = sl.blind(real_data, seed=2, among="SPY AIG BAC", bars="1m", start="2013-10-08", end="2013-10-11", window=1)
    lab.run_session()

    assert "2013" not in repr(lab)
    assert str(lab.reveal().truth["date"].item()).startswith("2013-10")


@pytest.mark.parametrize("how", [{"symbols": 3}, {"sessions": 9}, {"symbols": 0}])
def test_more_than_there_is(how: dict[str, int]) -> None:
    with pytest.raises(sl.errors.ConfigError, match="the data has"):
        sl.blind(FRAMES, **how)
