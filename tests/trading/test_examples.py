"""The five examples do what their first sentence says, on bars made for it, on days that end early, and where bars are absent."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hand_made import frame

import sessionlab as sl

EXAMPLES = [
    sl.strategies.EndOfDayBracket,
    sl.strategies.OpeningRangeBreakout,
    sl.strategies.RelativeVolume,
    sl.strategies.SmaCross,
    sl.strategies.VwapReversion,
]
FLAT_AT_CLOSE = [kind for kind in EXAMPLES if kind is not sl.strategies.SmaCross]
EAGER: dict[type[sl.Strategy], dict[str, Any]] = {
    sl.strategies.EndOfDayBracket: {"move": 0.0001},
    sl.strategies.OpeningRangeBreakout: {"minutes": 5},
    sl.strategies.RelativeVolume: {"times": 0.5},
    sl.strategies.VwapReversion: {"width": 0.0005},
}


def path(*ends: tuple[int, float], date: str = "2025-07-02", volume: float = 1000.0) -> pd.DataFrame:
    """Minute bars whose closes go in straight lines from (minute, price) to (minute, price); each opens where one closed."""
    closes = np.interp(np.arange(ends[0][0], ends[-1][0] + 1), *zip(*ends, strict=True))
    opens = np.concatenate([closes[:1], closes[:-1]])
    rows = zip(opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, strict=True)
    return frame(dict(enumerate(rows)), date=date, volume=volume)


def told(result: sl.RunResult) -> list[tuple[str, str, float, str]]:
    """Fills as clock, side, price, reason."""
    fills = result.fills
    return list(zip(fills["time"].dt.strftime("%H:%M"), fills["side"], fills["price"].round(6), fills["reason"], strict=True))


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_an_example_is_read_at_a_glance(kind: type[sl.Strategy]) -> None:
    lines = Path(inspect.getfile(kind)).read_text().splitlines()

    assert len(lines) < 40
    assert kind.__doc__
    assert lines[0].startswith('"""')


class TestOpeningRange:
    RISE = path((0, 100.0), (4, 99.0), (14, 101.0), (19, 100.5), (29, 103.0), (389, 104.0))  # a range from 99 to 101

    def test_the_first_close_above_it_is_bought_with_risk_to_its_low_and_sold_at_the_close(self) -> None:
        result = sl.backtest(self.RISE, sl.strategies.OpeningRangeBreakout(minutes=15, risk=0.005), cash=100_000)

        close = self.RISE["close"]
        above = close[(close > 101.0) & (np.arange(390) >= 15)].index[0]
        bought = above + pd.Timedelta("1min")
        assert told(result) == [
            (f"{bought:%H:%M}", "buy", round(self.RISE["open"][bought], 6), "entry"),
            ("15:59", "sell", 104.0, "close"),
        ]
        (stop,) = result.orders["stop"].dropna()
        assert stop == 99.0
        assert result.fills["quantity"].iloc[0] == 500 // (close[above] - 99.0)
        assert result.positions.empty

    def test_a_stop_at_its_low_ends_the_day(self) -> None:
        bars = path((0, 100.0), (4, 99.0), (14, 101.0), (29, 102.0), (60, 95.0), (100, 105.0), (389, 105.0))
        result = sl.backtest(bars, sl.strategies.OpeningRangeBreakout())

        assert [reason for *_, reason in told(result)] == ["entry", "stop_loss"]  # once a day
        assert result.fills["price"].iloc[1] == 99.0


class TestEndOfDay:
    @pytest.mark.parametrize(("late", "side"), [(102.0, "buy"), (98.0, "sell")])
    def test_an_hour_before_the_close_it_goes_with_the_day(self, late: float, side: str) -> None:
        bars = path((0, 100.0), (329, late), (389, late))
        result = sl.backtest(bars, sl.strategies.EndOfDayBracket())

        assert [(clock, what, reason) for clock, what, _, reason in told(result)] == [
            ("15:00", side, "entry"),
            ("15:59", "sell" if side == "buy" else "buy", "close"),
        ]
        sign = 1 if side == "buy" else -1
        orders = result.orders.set_index("type")
        assert orders["stop"]["stop"] == pytest.approx(late * (1 - 0.003 * sign))
        assert orders["limit"]["limit"] == pytest.approx(late * (1 + 0.006 * sign))
        assert result.fills["quantity"].iloc[0] == 10_000 // late

    def test_its_target_comes_first_where_the_price_goes_there(self) -> None:
        result = sl.backtest(path((0, 100.0), (329, 102.0), (360, 104.0), (389, 104.0)), sl.strategies.EndOfDayBracket())

        assert [reason for *_, reason in told(result)] == ["entry", "take_profit"]

    def test_a_quiet_day_is_left_alone(self) -> None:
        assert sl.backtest(path((0, 100.0), (389, 100.4)), sl.strategies.EndOfDayBracket()).orders.empty

    def test_a_half_day_has_its_own_last_hour(self) -> None:
        bars = path((0, 100.0), (149, 102.0), (209, 102.0), date="2025-07-03")

        assert [clock for clock, *_ in told(sl.backtest(bars, sl.strategies.EndOfDayBracket()))] == ["12:00", "12:59"]


class TestVwapReversion:
    DIP = path((0, 100.0), (40, 100.0), (44, 99.6), (90, 101.0), (389, 101.0))

    def test_it_buys_below_and_sells_at_the_average_it_bought_under(self) -> None:
        result = sl.backtest(self.DIP, sl.strategies.VwapReversion(width=0.003))

        known = self.DIP[:"2025-07-02 10:14"]  # the 5m bar that ends at 10:15 is the first below
        typical = known[["high", "low", "close"]].mean(axis=1)
        vwap = (typical * known["volume"]).sum() / known["volume"].sum()
        assert known["close"].iloc[-1] < vwap * 0.997
        assert told(result)[0][0] == "10:15"
        assert told(result)[1][3] == "take_profit"
        assert result.orders["limit"].dropna().iloc[0] == pytest.approx(vwap, rel=1e-9)
        assert result.orders["stop"].dropna().iloc[0] == pytest.approx(known["close"].iloc[-1] - 0.003 * vwap, rel=1e-9)

    def test_it_goes_in_neither_in_the_first_nor_in_the_last_half_hour(self) -> None:
        early, late = (
            path((0, 100.0), (9, 98.0), (29, 100.0), (389, 100.0)),
            path((0, 100.0), (362, 100.0), (370, 98.0), (389, 98.0)),
        )

        for bars in (early, late):
            assert sl.backtest(bars, sl.strategies.VwapReversion()).orders.empty

    def test_symbols_do_not_wait_for_one_another(self) -> None:
        result = sl.backtest({"A": self.DIP, "B": self.DIP}, sl.strategies.VwapReversion())

        assert set(result.fills["symbol"]) == {"A", "B"}


class TestRelativeVolume:
    def days(self, *volumes: float) -> pd.DataFrame:
        dates = ("2025-06-26", "2025-06-27", "2025-06-30", "2025-07-01", "2025-07-02")
        made = [
            path((0, 100.0), (200, 102.0), (389, 101.5), date=date, volume=volume)
            for date, volume in zip(dates, volumes, strict=True)
        ]
        return pd.concat(made)

    def test_it_goes_with_a_day_that_trades_twice_as_much_as_usual(self) -> None:
        busy = sl.backtest(self.days(1000, 1000, 1000, 1000, 2500), sl.strategies.RelativeVolume(), window=4)
        usual = sl.backtest(self.days(1000, 1000, 1000, 1000, 1500), sl.strategies.RelativeVolume(), window=4)

        assert usual.orders.empty
        assert [(clock, side, reason) for clock, side, _, reason in told(busy)] == [
            ("10:00", "buy", "entry"),
            ("15:59", "sell", "close"),
        ]
        assert busy.orders["trail"].dropna().tolist() == ["1%"]


@pytest.mark.parametrize("kind", FLAT_AT_CLOSE, ids=lambda kind: kind.__name__)
class TestFlatAtTheClose:
    """Each says so of itself."""

    def test_on_a_made_up_market_whatever_it_does(self, kind: type[sl.Strategy]) -> None:
        config = sl.SessionConfig.simple(
            "AAPL RIVN",
            "2025-06-30",
            "2025-07-03",  # a half day
            "1m 5m",
            **{
                "api_config.data_api": "synthetic",
                "session_data_config.historical": {"data": [{"trailing_days": 2, "intervals": ["1m", "5m"]}]},
            },
        )
        result = sl.Lab(config, strategy=kind(**EAGER[kind])).run()

        assert len(result.fills) >= 8
        assert result.positions.empty

    def test_also_where_the_last_minutes_have_no_bar(self, kind: type[sl.Strategy], real_data: Path) -> None:
        """The last bar before the close is what there is to sell at."""
        days = []
        for date in ("2013-10-07", "2013-10-08", "2013-10-09"):
            read = pd.read_parquet(real_data / "bars" / "1m" / "SPY" / f"{date}.parquet").set_index("timestamp")
            days.append(read.tz_convert("America/New_York").between_time("09:30", "15:41"))
        bars = pd.concat(days)[["open", "high", "low", "close", "volume"]]
        result = sl.backtest({"SPY": bars}, kind(**EAGER[kind]), window=1, bars="1m 5m")

        assert len(result.fills) >= 2
        assert result.positions.empty
