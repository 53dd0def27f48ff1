"""A moving-average cross on recorded minutes trades as plain pandas says: same trades, prices and cash."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import sessionlab as sl

NEW_YORK = "America/New_York"
SYMBOLS = ("SPY", "AIG", "BAC")
MARGIN = 5e-7  # exact ties of two averages fall either way by float rounding
SHARES = 100.0
CASH = 1_000_000.0


def minutes(real_data: Path, symbol: str, date: str) -> pd.DataFrame:
    frame = pd.read_parquet(real_data / "bars" / "1m" / symbol / f"{date}.parquet").set_index("timestamp").tz_convert(NEW_YORK)
    return frame.between_time("09:30", "15:59")[["open", "close"]].astype(float)


def by_pandas(real_data: Path, symbol: str, dates: list[str], *, window: int) -> list[tuple[pd.Timestamp, str, float]]:
    """Fills of one symbol: time, side, price. A cross known at a bar's end is filled at the next bar's open."""
    days = {date: minutes(real_data, symbol, date) for date in dates}
    fills: list[tuple[pd.Timestamp, str, float]] = []
    held, pending = False, None
    for i, date in enumerate(dates[window:], window):
        today = days[date]
        close = pd.concat([*(days[before]["close"] for before in dates[i - window : i]), today["close"]])
        ready = close.rolling(50).mean().reindex(today.index).notna()
        above = (close.rolling(20).mean() > close.rolling(50).mean() + MARGIN).reindex(today.index)
        for start, opening in today["open"].items():
            if pending is not None:
                fills.append((start, pending, opening))  # type: ignore[arg-type]
                held, pending = pending == "buy", None
            if ready[start] and above[start] != held:
                pending = "buy" if above[start] else "sell"
    return fills


@pytest.mark.parametrize(("window", "dates"), [(1, range(7, 12)), (0, range(7, 12))], ids=["a day before", "cold"])
def test_a_cross_trades_as_pandas_says(real_data: Path, window: int, dates: range) -> None:
    days = [f"2013-10-{day:02}" for day in dates]
    config = sl.SessionConfig.simple(SYMBOLS, days[window], days[-1], "1m", **{"trading_config.starting_cash": CASH})
    if window:
        windows = {"session_data_config.historical": {"data": [{"trailing_days": window, "intervals": ["1m"]}]}}
        config = config.replace(windows)
    lab = sl.Lab(config, source=f"local:{real_data}", strategy=sl.strategies.SmaCross(fast=20, slow=50, shares=SHARES))

    lab.run()

    cash = CASH
    for symbol in SYMBOLS:
        expected = by_pandas(real_data, symbol, days, window=window)
        fills = lab.fills[lab.fills["symbol"] == symbol]
        assert [(row.time, row.side, row.price) for row in fills.itertuples()] == expected
        assert len(expected) > 10
        cash += sum((1 if side == "sell" else -1) * SHARES * price for _, side, price in expected)
    assert lab.cash == pytest.approx(cash, abs=0.005)
    assert (fills["known_at"] - fills["time"] == pd.Timedelta("1min")).all()
