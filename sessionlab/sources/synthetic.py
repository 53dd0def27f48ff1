"""Made-up data for every symbol and date, out of the box: ``"data_api": "synthetic"``.

A day's rows follow from seed, symbol and date alone (and from the hours of its session), whatever else was asked for and
in whichever order. Seconds are the truth; minutes and days are their sums.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.dice import Dice
from sessionlab.sources.faults import MINUTE, Faults, unknown_keys
from sessionlab.sources.holdings import Holding
from sessionlab.sources.protocol import Stored
from sessionlab.sources.random_session import SECOND, Int32s, make_seconds, quote_values
from sessionlab.tape.actions import NO_ACTIONS, Actions
from sessionlab.tape.block import DayBlock, QuoteBlock, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession

STORED = ("1s", "1m", "1d")
KEPT_DAYS_BYTES = 6 * 2**20
KEPT_MINUTES_BYTES = 1 * 2**20
_NO_BARS = Rows.empty()


class Synthetic:
    """A source that knows every symbol, in ``1s``, ``1m`` and ``1d`` and with quotes at the end of each second.

    ``options`` are a config's ``data_options``: ``{"sparse": True}`` leaves out the seconds in which nobody trades,
    ``{"faults": {...}}`` is what goes wrong, see :class:`~sessionlab.sources.faults.Faults`. Raises
    :class:`ConfigError` for anything else.

    >>> Synthetic(seed=7, options={"faults": {"missing": 0.01}})
    Synthetic(seed=7, options={'faults': {'missing': 0.01}})
    """

    name = "synthetic"

    def __init__(self, seed: int = 0, options: Mapping[str, Any] | None = None) -> None:
        self._sparse, self._faults = _parse({} if options is None else options)
        self._arguments = seed, None if options is None else dict(options)
        self._dice = Dice(f"sessionlab synthetic\n{seed}")
        self._kept_days, self._kept_minutes = _Kept(KEPT_DAYS_BYTES), _Kept(KEPT_MINUTES_BYTES)

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """Everything of every symbol, wherever there is a session."""
        some = len(sessions) > 0
        delivered = some and self._faults.missing < 1.0
        stored = Stored({"1s": delivered, "1m": delivered, "1d": some}, quotes="1s")
        return dict.fromkeys(symbols, stored)

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order. Raises :class:`NoDataError` for intervals other than 1s, 1m, 1d."""
        interval = Interval.parse(interval)
        if str(interval) not in STORED:
            raise NoDataError(
                f"synthetic data is stored in {', '.join(STORED)}, not in {interval}; load one of those and build it from there",
                interval=interval,
            )
        return [self._block(symbol, interval, session) for session in sessions]

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock]:
        """One block per session: the best bid and ask at the end of each second, none during a halt."""
        return [self._quotes(symbol, session) for session in sessions]

    def actions(self, symbol: str, times: TimeManager) -> Actions:
        """None at all: what is made up never splits and pays nothing."""
        return NO_ACTIONS

    def halts(self, symbol: str, session: TradingSession) -> list[tuple[int, int]]:
        """When nobody could trade, as ``data_options.faults.halts`` says; ns UTC, half-open."""
        return self._faults.halted(self._dice.of(symbol), session)

    def version(self, symbol: str, holding: Holding | None = None, sessions: SessionTable | None = None) -> str:
        """The seed and the options: everything follows from them."""
        return repr(self)

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        return "synthetic data has every symbol in 1s, 1m and 1d; none of it is absent unless data_options.faults.missing is 1"

    def __repr__(self) -> str:
        seed, options = self._arguments
        return f"Synthetic(seed={seed})" if options is None else f"Synthetic(seed={seed}, options={options})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Synthetic, self._arguments

    def _block(self, symbol: str, interval: Interval, session: TradingSession) -> DayBlock:
        rows = self._bars(symbol, interval, session)
        rows, on_time, refused = self._faults.deliver(rows, symbol, interval, session, self._dice.of(symbol, "delivery"))
        return DayBlock(symbol, interval, session.date, rows, _NO_BARS, on_time, refused)

    def _bars(self, symbol: str, interval: Interval, session: TradingSession) -> Rows:
        if interval == SECOND:
            return self._day(symbol, session).bars
        minutes = self._minutes(symbol, session)
        return minutes if interval == MINUTE else sum_bars(minutes, interval, session)

    def _quotes(self, symbol: str, session: TradingSession) -> QuoteBlock:
        dice, day = self._dice.of(symbol), self._day(symbol, session)
        known_at = session.ends(SECOND)
        rows = Rows.of(known_at, known_at, quote_values(dice, session, day.bid, day.ask))
        for start, end in self._faults.halted(dice, session):
            rows = rows.take((rows.known_at <= start) | (rows.known_at > end))
        return QuoteBlock(symbol, session.date, rows)

    def _day(self, symbol: str, session: TradingSession) -> _Day:
        day: _Day | None = self._kept_days.get((symbol, session))
        if day is None:
            day = self._make(symbol, session)
            self._kept_days.put((symbol, session), day, sum(a.nbytes for a in (*day.bars[:3], day.bid, day.ask)))
            # Minutes are small and seconds soon forgotten, so whoever asks for both has them made once.
            self._minutes(symbol, session)
        return day

    def _minutes(self, symbol: str, session: TradingSession) -> Rows:
        rows: Rows | None = self._kept_minutes.get((symbol, session))
        if rows is None:
            day = self._kept_days.get((symbol, session)) or self._make(symbol, session)
            rows = sum_bars(day.bars, MINUTE, session)
            self._kept_minutes.put((symbol, session), rows, rows.values.nbytes)
        return rows

    def _make(self, symbol: str, session: TradingSession) -> _Day:
        dice = self._dice.of(symbol)
        made = make_seconds(dice, session)
        bars = Rows.of(session.starts(SECOND), session.ends(SECOND), made.values)
        if self._sparse:
            bars = bars.take(made.traded)
        for start, end in self._faults.halted(dice, session):
            bars = bars.take((bars.start < start) | (bars.start >= end))
        return _Day(bars, made.bid, made.ask)


class _Day(NamedTuple):
    """A session's truth: the seconds in which somebody traded, and bid and ask in ticks at the end of every second."""

    bars: Rows
    bid: Int32s
    ask: Int32s


class _Kept:
    """What was made last, up to ``limit`` bytes of it (and one thing at least)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._things: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        if key not in self._things:
            return None
        self._things.move_to_end(key)
        return self._things[key][0]

    def put(self, key: Hashable, thing: Any, size: int) -> None:
        self._things[key] = thing, size
        self._bytes += size
        while self._bytes > self._limit and len(self._things) > 1:
            self._bytes -= self._things.popitem(last=False)[1][1]


def sum_bars(bars: Rows, interval: Interval, session: TradingSession) -> Rows:
    """Bars of ``interval`` from the shorter ``bars`` that are there; one without any is absent."""
    starts, ends = session.starts(interval), session.ends(interval)
    first = bars.start.searchsorted(starts)
    after = np.append(first[1:], bars.size)
    some = first < after
    if not some.all():
        starts, ends, first, after = starts[some], ends[some], first[some], after[some]
    if not len(first):
        return _NO_BARS
    open_, high, low, close, volume = bars.values
    values = np.empty((5, len(first)))
    np.take(open_, first, out=values[0])
    np.maximum.reduceat(high, first, out=values[1])
    np.minimum.reduceat(low, first, out=values[2])
    np.take(close, after - 1, out=values[3])
    np.add.reduceat(volume, first, out=values[4])
    return Rows.of(starts, ends, values)


def _parse(options: Mapping[str, Any]) -> tuple[bool, Faults]:
    if not isinstance(options, Mapping):
        raise ConfigError(f"data_options is {options!r}; write an object such as {{'sparse': True}}", value=options)
    allowed = ["sparse", "faults"]
    wrong = unknown_keys(options, allowed, "data_options")
    sparse = options.get("sparse", False)
    if not isinstance(sparse, bool):
        wrong.append(f"data_options.sparse is {sparse!r}; it must be true or false")
    faults = Faults()
    try:
        faults = Faults.parse(options.get("faults", {}))
    except ConfigError as error:
        wrong.append(str(error))
    if wrong:
        raise ConfigError("; ".join(wrong), value=dict(options), allowed=allowed)
    return sparse, faults
