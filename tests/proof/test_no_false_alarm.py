"""What does not look ahead passes: the examples on real data, and all that a sound strategy does."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sessionlab as sl

S = sl.strategies
EXAMPLES = [
    S.SmaCross(fast=5, slow=20),
    S.OpeningRangeBreakout(),
    S.VwapReversion(width=0.001),
    S.EndOfDayBracket(move=0.001),
    S.RelativeVolume(times=1.1),
]
COUNTS: list[int] = []
HOLIDAYS = pd.Series([True], pd.DatetimeIndex(["2013-10-14"]))
LOG = logging.getLogger("a strategy's own")


def real(data: Path, **changes: Any) -> sl.Lab:
    window = {"data": [{"trailing_days": 1, "intervals": ["1m", "5m"]}]}
    paths = {"session_data_config.historical": window, **changes}
    config = sl.SessionConfig.simple("SPY AIG BAC", "2013-10-08", "2013-10-11", "1m 5m", **paths)
    return sl.Lab(config, source=f"local:{data}")


@pytest.mark.parametrize("strategy", EXAMPLES, ids=lambda one: one.name)
def test_each_example_strategy_passes_on_real_minutes(real_data: Path, strategy: sl.Strategy) -> None:
    report = sl.audit(real(real_data), strategy)

    assert report.passed, report
    assert report.decisions > 10
    assert report.notes == ()


def test_all_examples_together_pass_with_costs_and_orders_that_are_flattened(real_data: Path) -> None:
    changes = {"trading_config.flatten_at_close": True, "trading_config.costs": {"per_share": 0.005, "slippage": {"bps": 1}}}

    report = sl.audit(real(real_data, **changes), EXAMPLES, cuts=4)

    assert report.passed, report
    assert report.notes == ()


class Chance(sl.Strategy):
    """Draws from its own generator."""

    every = "5m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        ctx.target(symbol, 100 * int(ctx.rng.integers(0, 3)))


class Stateful(sl.Strategy):
    """Keeps what it has seen, trails, links, replaces and cancels."""

    every = "5m"

    def on_start(self, ctx: Any) -> None:
        ctx.state.best = {}
        self.waiting: list[Any] = []

    def on_bar(self, ctx: Any, symbol: str) -> None:
        close = float(ctx[symbol].bars("1m").close[-1])
        ctx.state.best[symbol] = max(close, ctx.state.best.get(symbol, 0.0))
        open_orders = [order for order in ctx.orders if order.symbol == symbol and order.role == "entry"]
        if open_orders:
            if close < ctx.state.best[symbol] * 0.999:
                ctx.cancel(open_orders[0])
            else:
                ctx.replace(open_orders[0], limit=round(close * 0.9995, 2))
        elif not ctx.position(symbol):
            ctx.buy(symbol, percent=0.1, limit=round(close * 0.9995, 2), take_profit=round(close * 1.002, 2), trail="0.2%")

    def on_fill(self, ctx: Any, fill: Any) -> None:
        self.waiting.append(fill.price)

    def on_session_end(self, ctx: Any) -> None:
        ctx.close_all(tif="opg")


class Indicators(sl.Strategy):
    """Running sums, windows and functions of its own: floats whose last bits one may doubt."""

    def on_bar(self, ctx: Any, symbol: str) -> None:
        one = ctx[symbol]
        rsi, bands, ema = one[sl.RSI(14, "1m")], one[sl.BBANDS(20, "1m")], one[sl.EMA(9, "5m")]
        if not (rsi.ready and bands.ready and ema.ready):
            return
        closes = pd.Series(one.bars("1m").all.close).rolling(30)
        z = (one.bars("1m").last.close - closes.mean().iloc[-1]) / closes.std().iloc[-1]
        if rsi.last < 35 and z < 0 and not ctx.position(symbol):
            ctx.buy(symbol, value=5000 / (1 + abs(float(z))))
        elif rsi.last > 55:
            ctx.close(symbol)


class Logging(sl.Strategy):
    """Imports, logs, measures and writes a file in its hooks."""

    path: str = ""
    every = "30m"

    def on_bar(self, ctx: Any, symbol: str) -> None:
        import decimal
        import time

        begun = time.perf_counter()
        LOG.info("%s %s", ctx.now, symbol)
        with Path(self.path).open("a") as file:
            file.write(f"{ctx.now:%H:%M %Z} {decimal.Decimal(1)}\n")
        ctx.target(symbol, 100 if time.perf_counter() >= begun and not HOLIDAYS.get(ctx.now.normalize(), False) else 0)


@pytest.mark.parametrize("strategy", [Chance(), Stateful(), Indicators()], ids=lambda one: one.name)
def test_chance_state_brackets_and_floats_are_no_look_ahead(real_data: Path, strategy: sl.Strategy) -> None:
    report = sl.audit(real(real_data), strategy, cuts=6)

    assert report.passed, report
    assert report.decisions > 50
    assert report.notes == ()


def test_logging_importing_and_writing_are_no_look_ahead(real_data: Path, tmp_path: Path) -> None:
    report = sl.audit(real(real_data), Logging(path=str(tmp_path / "log.txt")), cuts=3)

    assert report.passed, report


def test_a_held_frame_that_is_read_up_to_now_is_no_look_ahead(real_data: Path) -> None:
    lab = real(real_data)
    lab.run()
    known = sl.Lab(lab.config, source=f"local:{real_data}")
    known.run()
    frame = known.data["SPY"].bars("1m").all.frame()

    class Upto(sl.Strategy):
        every = "5m"

        def on_bar(self, ctx: Any, symbol: str) -> None:
            past = frame.loc[: ctx.now - pd.Timedelta("1min")]["close"]
            if len(past) > 1:
                ctx.target(symbol, 100 if past.iloc[-1] > past.iloc[-2] else 0)

    assert sl.audit(real(real_data), Upto()).passed


def test_frames_labelled_by_their_end_with_hours_outside_are_cut_where_they_were_known(real_data: Path) -> None:
    """A maker may use each row from its stamp on, for that is when it was known."""
    frames = {}
    for symbol in ("SPY", "BAC"):
        frame = pd.read_parquet(real_data / "bars" / "1m" / symbol / "2013-10-08.parquet")
        frame.index = pd.DatetimeIndex(frame.pop("timestamp")).tz_convert("America/New_York") + pd.Timedelta("1min")
        frames[symbol] = frame[["open", "high", "low", "close", "volume"]]

    def make(given: dict[str, pd.DataFrame]) -> sl.Strategy:
        up = {symbol: frame["close"] > frame["open"] for symbol, frame in given.items()}
        entries = {symbol: series.set_axis(series.index - pd.Timedelta("1min")) for symbol, series in up.items()}
        return sl.Signals(entries, {symbol: ~series for symbol, series in entries.items()}, quantity=10)

    report = sl.audit(frames, make, label="end", cuts=20)

    assert report.passed, report
    assert report.decisions > 50


class TestNotTheSameTwice:
    """A run that cannot be made again is a finding of its own."""

    def test_chance_without_a_seed(self, real_data: Path) -> None:
        class Dice(sl.Strategy):
            every = "5m"

            def on_bar(self, ctx: Any, symbol: str) -> None:
                ctx.target(symbol, int(np.random.default_rng().integers(0, 1000)))

        report = sl.audit(real(real_data), Dice())

        assert [finding.kind for finding in report.findings] == ["not_repeatable"]
        assert "without a seed" in report.findings[0].what
        assert "other futures were not tried" in report.notes[0]

    def test_the_shared_generator_and_a_global_that_grows(self, real_data: Path) -> None:
        class Counting(sl.Strategy):
            every = "5m"

            def on_bar(self, ctx: Any, symbol: str) -> None:
                COUNTS.append(1)
                ctx.target(symbol, len(COUNTS))

        report = sl.audit(real(real_data), Counting(), cuts=2)

        assert [finding.kind for finding in report.findings] == ["not_repeatable"]
        assert "outside of itself" in report.findings[0].what

    def test_the_clock_on_the_wall_is_found_though_it_hardly_moves_meanwhile(self, real_data: Path) -> None:
        """The day of the week is the same in two runs within a second, and another four days later."""

        class Wall(sl.Strategy):
            every = "30m"

            def on_bar(self, ctx: Any, symbol: str) -> None:
                ctx.target(symbol, pd.Timestamp.now().day_of_year)

        report = sl.audit(real(real_data), Wall(), cuts=2)

        assert [finding.kind for finding in report.findings] == ["wall_clock"]
        assert "ctx.now" in report.findings[0].what
