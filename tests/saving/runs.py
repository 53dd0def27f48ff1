"""Runs to save: one that trades, one with everything that data can be short of, one that somebody had a hand in."""

from __future__ import annotations

import warnings
from functools import cache, wraps
from pathlib import Path
from typing import Any

import pandas as pd
from builders import RowsSource, config, make_bars

import sessionlab as sl

TIMES = sl.TimeManager()
DAYS = [TIMES.get_trading_session(date) for date in ("2025-07-01", "2025-07-02", "2025-07-03")]
TABLES = ("quality", "gaps", "incomplete", "bar_counts", "refused", "scans", "symbol_changes")
TRADED = ("orders", "fills", "trades", "account", "positions", "cash", "events")


class Cross(sl.Strategy):
    """Long while the close is above the moving average."""

    span: int = 5
    shares: float = 10

    def on_start(self, ctx: Any) -> None:
        self.seen = 0

    def on_bar(self, ctx: Any, symbol: str) -> None:
        self.seen += 1
        average = ctx[symbol][sl.SMA(self.span, "1m")]
        if average.ready:
            ctx.target(symbol, self.shares if ctx[symbol].bars("1m").last.close > average.last else 0)


class Joining(sl.Scanner):
    """Lets B join at once, and asks for what is not there."""

    def scan(self, ctx: Any) -> list[str]:
        return ["B", "NONE"]


def quietly(function: Any) -> Any:
    """Without the warnings that tell of what is missing in the data."""

    @wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sl.DataWarning)
            return function(*given, **named)

    return called


def plain_config(**changes: Any) -> sl.SessionConfig:
    return config(
        "A", "1m 5m quotes", "2025-07-02", "2025-07-03", window=1,
        session_data_config__indicators=[{"name": "EMA", "period": 9, "interval": "5m"}],
        **{"session_data_config__historical.indicators": {"avg": {"type": "trailing_average", "period": "1d"}}},
        **changes,
    )  # fmt: skip


def store(folder: Path, **symbols: Any) -> Path:
    """A Parquet store of minutes: ``store(path, A={"seed": 1})`` as :func:`make_bars` takes it."""
    for symbol, how in symbols.items():
        for day in DAYS:
            rows = make_bars(day, **how)
            frame = pd.DataFrame(rows.values.T, columns=["open", "high", "low", "close", "volume"])
            frame.insert(0, "timestamp", pd.DatetimeIndex(rows.start.view("M8[ns]")).tz_localize("UTC"))
            file = folder / "bars" / "1m" / symbol / f"{day.date}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(file, index=False)
    return folder


def rows_with_everything() -> RowsSource:
    return RowsSource(
        {
            ("A", "1m"): make_bars(DAYS, missing=[3, 4, 50], late={5: 600}, corrected={7: 600}),
            ("B", "1m"): make_bars(DAYS, seed=1, missing=[100]),
            ("C", "1m"): make_bars(DAYS, seed=2),
        }
    )


@quietly
def lab_with_everything(source: Any = None) -> sl.Lab:
    """Late, corrected and absent bars, a scanner, a symbol that joins and leaves by hand, two strategies, one set on the way."""
    lab = sl.Lab(plain_config(), source=source or rows_with_everything(), times=TIMES)
    lab.use_scanner(Joining(), regular_session="60m")
    lab.use(Cross())
    lab.advance("11:00")
    lab.add_symbol("C")
    lab.use(Cross(span=9, shares=3), name="slow")
    lab.advance("12:00")
    lab.remove_symbol("C") if not lab.position("C") and not _held(lab, "C") else None

    @lab.every("5m")
    def watch(ctx: Any, symbol: str) -> None:
        ctx.state.n = getattr(ctx.state, "n", 0) + 1

    return lab


@cache
@quietly
def everything() -> sl.RunResult:
    return lab_with_everything().run()


def _held(lab: sl.Lab, symbol: str) -> bool:
    return bool((lab.positions["symbol"] == symbol).any() or any(order.symbol == symbol for order in lab.open_orders))


def assert_same_result(one: sl.RunResult, other: sl.RunResult) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), obj=name)
    for name in TRADED:
        pd.testing.assert_frame_equal(getattr(one.traded, name), getattr(other.traded, name), obj=name)
    pd.testing.assert_frame_equal(one.summary(), other.summary())
    pd.testing.assert_frame_equal(one.timing.frame(), other.timing.frame())
    pd.testing.assert_frame_equal(one.timing.frame("session"), other.timing.frame("session"))
    assert one.traded.starting_cash == other.traded.starting_cash
    assert tuple(one.traded.strategies) == tuple(other.traded.strategies)
    assert one.plan == other.plan
    assert one.config.to_dict() == other.config.to_dict()
    assert one.manifest == other.manifest
    assert (one.stopped_at, one.complete, one.coverage) == (other.stopped_at, other.complete, other.coverage)
    assert str(one.stopped_at.tz) == str(other.stopped_at.tz)
    assert (one.benchmark is None) == (other.benchmark is None)
    if one.benchmark is not None and other.benchmark is not None:
        pd.testing.assert_series_equal(one.benchmark, other.benchmark)
    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that is compared, by name."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: content for name, content in files.items() if name not in ("machine.json", "timing.json")}
