"""Each wrong way is wrong in what it says, and in nothing else; the honest one is an ordinary run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sessionlab as sl

INDEX = pd.date_range("2025-07-02 09:30", periods=390, freq="1min", tz="America/New_York")
CLOSE = 100.0 + np.sin(np.arange(390) / 20.0)
FRAME = pd.DataFrame(
    {"open": CLOSE - 0.05, "high": CLOSE + 0.2, "low": CLOSE - 0.2, "close": CLOSE, "volume": 1000.0}, index=INDEX
)
SEEN: dict[str, list[pd.Timestamp]] = {}


class BuyOnce(sl.Strategy):
    """Buys after the tenth minute, sells after the twentieth."""

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        n = len(ctx[symbol].bars("1m"))
        if n == 10:
            ctx.buy(symbol, 100)
        elif n == 20:
            ctx.close(symbol)


class Looks(sl.Strategy):
    """Keeps what it saw of longer bars and of the day."""

    every = "5m"

    def on_start(self, ctx: sl.Context) -> None:
        self.starts: list[pd.Timestamp] = []
        self.highs: list[float] = []

    def on_bar(self, ctx: sl.Context, symbol: str) -> None:
        self.starts.append(ctx[symbol].bars("5m").last.start - ctx.now)
        self.highs.append(ctx[symbol].day.high)
        if len(self.starts) == 3:
            assert ctx[symbol][sl.SessionHigh()].last == ctx[symbol].day.high
            ctx.state.first = self.highs[0]


def lab(frame: pd.DataFrame = FRAME, **changes: object) -> sl.Lab:
    return sl.Lab.from_frames({"A": frame}, bars="1m 5m", changes=changes)


def looked(found: sl.Pitfalls, way: str) -> Looks:
    kept = found.results[way]._lab.strategies[0]
    return getattr(kept, "_inner", kept)


def test_only_the_honest_way_says_that_it_is() -> None:
    found = sl.pitfalls(lab(), BuyOnce)

    assert found.frame["honest"].tolist() == [True, False, False, False, False, False]
    assert [result.manifest["honest"] for result in found.results.values()] == found.frame["honest"].tolist()


def test_the_honest_way_is_an_ordinary_run() -> None:
    ordinary = lab().use(BuyOnce)
    ordinary.run()

    pd.testing.assert_frame_equal(sl.pitfalls(lab(), BuyOnce).results["honest"].fills, ordinary.fills)


def test_an_order_filled_at_the_signals_close_has_that_price() -> None:
    found = sl.pitfalls(lab(), BuyOnce)

    honest, wrong = (found.results[way].fills["price"].tolist() for way in ("honest", "filled at the signal's close"))
    assert honest == [CLOSE[10] - 0.05, CLOSE[20] - 0.05]  # the next opens
    assert wrong == pytest.approx([CLOSE[9], CLOSE[19]])


def test_without_costs_the_fees_are_what_is_made_up() -> None:
    found = sl.pitfalls(lab(**{"trading_config.costs": {"per_share": 0.01, "slippage": {"bps": 5}}}), BuyOnce)

    slippage = 5e-4 * 100 * ((CLOSE[10] - 0.05) + (CLOSE[20] - 0.05))
    assert found.frame.loc["without costs", "made_up"] == pytest.approx(2 * 100 * 0.01 + slippage)


def test_filled_gaps_are_bars_of_the_close_before() -> None:
    found = sl.pitfalls(lab(FRAME.drop(FRAME.index[[50, 51]])), BuyOnce)

    counts = [found.results[way].quality.query("interval == '1m'")["present"].item() for way in ("honest", "gaps forward-filled")]
    assert counts == [388, 390]
    filled = found.results["gaps forward-filled"].bars("A", "1m")
    assert filled["close"].iloc[49:52].tolist() == [CLOSE[49]] * 3
    assert filled["volume"].iloc[49:52].tolist() == [1000.0, 0.0, 0.0]


def test_unfinished_bars_are_seen_at_their_start() -> None:
    found = sl.pitfalls(lab(), Looks)

    honest, wrong = (looked(found, way).starts for way in ("honest", "unfinished longer bars"))
    assert set(honest) == {pd.Timedelta("-5min")}
    assert set(wrong[:-1]) == {pd.Timedelta(0)}  # at the close no bar begins any more


def test_the_days_high_is_known_in_the_morning() -> None:
    found = sl.pitfalls(lab(), Looks)

    honest, wrong = (looked(found, way).highs for way in ("honest", "the day's range known ahead"))
    assert honest[0] == CLOSE[:5].max() + 0.2
    assert set(wrong) == {CLOSE.max() + 0.2}


def test_what_is_told_has_every_way() -> None:
    found = sl.pitfalls(lab(), BuyOnce)

    assert all(name in repr(found) for name in found.results)
    assert found._repr_html_().count("<tr>") == 7
    assert len(found.plot().data) == 3


def test_without_a_strategy_it_says_what_to_write() -> None:
    with pytest.raises(sl.errors.ConfigError, match=r"sl.pitfalls\(lab, Cross"):
        sl.pitfalls(lab())
