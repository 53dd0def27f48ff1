"""Small sources, configs and strategies that tests are put together from: rows in memory, known to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

import sessionlab as sl
from sessionlab.session.plan import Stored
from sessionlab.tape import DayBlock, QuoteBlock, Rows
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval, SessionTable, TradingSession

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS


class RowsSource:
    """A source over the rows given by symbol and interval, each in any order; ``asked`` says what was loaded, in order.

    Rows off the sessions' hours are extended ones of the date in the exchange's zone.
    """

    name = "rows"

    def __init__(self, rows: Mapping[tuple[str, str], Rows], quotes: Mapping[str, Rows] | None = None) -> None:
        self._rows = {key: part.take(np.lexsort((part.known_at, part.start))) for key, part in rows.items()}
        self._quotes = dict(quotes or {})
        self.asked: list[tuple[str, str, str]] = []

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        return {
            symbol: Stored(
                {interval: self._any(part, sessions) for (of, interval), part in self._rows.items() if of == symbol},
                "1m" if symbol in self._quotes else None,
            )
            for symbol in symbols
        }

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        self.asked += [(symbol, str(interval), str(session.date)) for session in sessions]
        return [self._block(symbol, interval, session) for session in sessions]

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        rows = self._quotes.get(symbol)
        if rows is None:
            return None
        return [QuoteBlock(symbol, s.date, rows.take(_dates(rows.known_at, s.tz) == np.datetime64(s.date))) for s in sessions]

    def describe(self) -> str:
        return "give the source more rows"

    def _any(self, rows: Rows, sessions: SessionTable) -> bool:
        return any(bool(_inside(rows.start, session).any()) for session in sessions)

    def _block(self, symbol: str, interval: Interval, session: TradingSession) -> DayBlock:
        rows = self._rows[symbol, str(interval)]
        inside = _inside(rows.start, session)
        near = _dates(rows.start, session.tz) == np.datetime64(session.date)
        today = rows.take(inside)
        ends = session.ends(interval)[session.positions(today.start, interval)]
        on_time = bool((today.known_at == ends).all()) and len(np.unique(today.start)) == today.size
        return DayBlock(symbol, interval, session.date, today, rows.take(near & ~inside), on_time)


def _inside(start: Int64s, session: TradingSession) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.logical_or.reduce([(start >= a) & (start < b) for a, b in session.spans])


def _dates(instants: Int64s, tz: str) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    local = pd.DatetimeIndex(instants.view("M8[ns]")).tz_localize("UTC").tz_convert(tz).tz_localize(None)
    return local.normalize().to_numpy().astype("M8[D]")


def make_bars(
    sessions: TradingSession | Iterable[TradingSession],
    interval: str = "1m",
    *,
    seed: int = 0,
    missing: Iterable[int] = (),
    late: Mapping[int, float] | None = None,
    corrected: Mapping[int, float] | None = None,
) -> Rows:
    """Bars on the grid of each session: whole cents, whole shares. ``missing`` are positions on it that have none;
    ``late`` ones are known so many seconds after their end, ``corrected`` ones are told again so many seconds after it."""
    if isinstance(sessions, TradingSession):
        sessions = [sessions]
    width = Interval.parse(interval)
    parts = [_day(session, width, seed, set(missing), late or {}, corrected or {}) for session in sessions]
    return Rows.join(parts)


def _day(
    session: TradingSession,
    width: Interval,
    seed: int,
    missing: set[int],
    late: Mapping[int, float],
    corrected: Mapping[int, float],
) -> Rows:
    starts, ends = session.starts(width), session.ends(width)
    luck = np.random.default_rng([seed, session.date.toordinal(), width.ns // SECOND_NS])
    opens = 100 + luck.integers(-300, 300, len(starts)) / 100
    closes = opens + luck.integers(-50, 51, len(starts)) / 100
    highs, lows = np.maximum(opens, closes) + 0.02, np.minimum(opens, closes) - 0.03
    values = np.stack([opens, highs, lows, closes, luck.integers(1, 1000, len(starts)).astype(float)])
    order, known_at, again = [], [], []
    for i in range(len(starts)):
        if i in missing:
            continue
        tellings = [int(late.get(i, 0) * SECOND_NS)] + ([int(corrected[i] * SECOND_NS)] if i in corrected else [])
        for number, delay in enumerate(tellings):
            order.append(i)
            known_at.append(int(ends[i]) + delay)
            again.append(number)
    told = values[:, order] + 0.25 * np.array(again)
    return Rows.of(starts[order], np.array(known_at, dtype=np.int64), told)


def config(
    symbols: str | Sequence[str] = "AAPL",
    streams: str = "1m 5m",
    start: str = "2025-07-02",
    end: str | None = None,
    *,
    group: str = "US_EQUITY",
    window: int = 0,
    window_intervals: str = "1m",
    data_options: Mapping[str, Any] | None = None,
    **changes: Any,
) -> sl.SessionConfig:
    """A config of the days from ``start`` to ``end``. ``changes`` are dotted paths with two underscores for each dot."""
    data: dict[str, Any] = {"symbols": symbols.split() if isinstance(symbols, str) else list(symbols), "streams": streams.split()}
    if window:
        data["historical"] = {"data": [{"trailing_days": window, "intervals": window_intervals.split()}]}
    document = {
        "session_name": "A test",
        "exchange_group": group,
        "backtest_config": {"start_date": start, "end_date": end or start},
        "session_data_config": data,
        "trading_config": {
            "max_buying_power": 100_000.0,
            "max_per_trade": 10_000.0,
            "max_per_symbol": 20_000.0,
            "max_open_positions": 5,
        },
        "api_config": {"data_api": "synthetic", "data_options": dict(data_options or {})},
    }
    made = sl.SessionConfig.from_dict(document)
    return made.replace({path.replace("__", "."): value for path, value in changes.items()}) if changes else made


class Recorder(sl.Strategy):
    """Writes down every call of a hook: ``(now, hook, about)``, and of bars also the newest one's start and close."""

    def __init__(self, every: str = "1m", name: str = "Recorder", looks: bool = True) -> None:
        super().__init__()
        self.every = every  # type: ignore[misc]
        self.looks = looks
        self.calls: list[tuple[Any, ...]] = []
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def on_start(self, ctx: Any) -> None:
        self._write(ctx, "on_start")

    def on_session_start(self, ctx: Any) -> None:
        self._write(ctx, "on_session_start")

    def on_bar(self, ctx: Any, symbol: str) -> None:
        last = ctx[symbol].bars(self.every if self.every[-1] in "smd" and self.every[0].isdigit() else "1m").last
        about = (symbol, None) if not self.looks or last is None else (symbol, (last.start.value, last.close))
        self._write(ctx, "on_bar", *about)

    def on_step(self, ctx: Any, symbols: tuple[str, ...]) -> None:
        self._write(ctx, "on_step", symbols)

    def on_quality(self, ctx: Any, symbol: str, interval: str, reason: str) -> None:
        self._write(ctx, "on_quality", symbol, interval, reason)

    def on_session_end(self, ctx: Any) -> None:
        self._write(ctx, "on_session_end")

    def on_end(self, ctx: Any) -> None:
        self._write(ctx, "on_end")

    def _write(self, ctx: Any, hook: str, *about: Any) -> None:
        self.calls.append((ctx.now.value, hook, *about))

    def of(self, *hooks: str) -> list[tuple[Any, ...]]:
        """The calls of these hooks alone."""
        return [call for call in self.calls if call[1] in hooks]


def recorder(lab: sl.Lab, name: str = "Recorder") -> Recorder:
    """The lab's own copy of the strategy ``name``."""
    found = next(strategy for strategy in lab.strategies if strategy.name == name)
    assert isinstance(found, Recorder)
    return found


def at(clock: str, date: str = "2025-07-02", tz: str = "America/New_York") -> int:
    """An instant in ns UTC, by the clock on the exchange's wall."""
    return pd.Timestamp(f"{date} {clock}", tz=tz).value
