"""A chart of plain tables: bars as ``bars.frame()`` gives them, and what was traded as a result's tables do.

The bars that are expected say which are absent. Where nobody says them, bars are taken to follow each other evenly from the first
to the last of each day: what is absent in between is shown, and no coverage is claimed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.charts.candles import Bars
from sessionlab.charts.cell import coverage, make_cell
from sessionlab.charts.chart import Chart
from sessionlab.charts.lines import Drawn, Shape, line_at_bars
from sessionlab.charts.scene import Scene
from sessionlab.charts.slots import Slots, day_label, join
from sessionlab.charts.trading_marks import Traded, instants_of
from sessionlab.errors import ConfigError
from sessionlab.tape.block import Int64s
from sessionlab.timing import Interval
from sessionlab.timing.interval import SECOND_NS

_DAY_S = 86400
_MOST_SLOTS = 500_000


def frame_chart(
    bars: pd.DataFrame,
    *,
    symbol: str = "",
    interval: str | Interval | None = None,
    fills: pd.DataFrame | None = None,
    trades: pd.DataFrame | None = None,
    orders: pd.DataFrame | None = None,
    indicators: Mapping[str, pd.Series[Any]] | None = None,
    over_price: Collection[str] = (),
    prior_close: float | None = None,
    expected: pd.DatetimeIndex | None = None,
    theme: str = "light",
) -> Chart:
    """The chart of ``bars``: a frame of ``open high low close``, and ``volume`` where there is some, indexed by bar start.

    ``expected`` are the starts of all bars that should be there: those without one are shown as holes, and counted.
    ``interval`` is inferred where it is not said. ``fills``, ``trades`` and ``orders`` are tables as in
    :class:`~sessionlab.trading.traded.Traded`; of those that name symbols the rows of ``symbol`` are drawn. ``indicators`` are
    series by name, indexed by bar start: near the candles over the price, else in panels of their own; ``over_price`` names
    those that belong there in any case. Stamps without a zone are the clock of the exchange.
    Raises :class:`ConfigError` for what is no table of bars, and for indicators of other bars.

    >>> index = pd.date_range("2025-07-02 09:30", periods=3, freq="1min", tz="America/New_York").delete(1)
    >>> bars = pd.DataFrame({"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5, "volume": 100.0}, index=index)
    >>> frame_chart(bars, symbol="SPY", expected=pd.date_range(index[0], periods=3, freq="1min"))
    <Chart SPY 1m 2025-07-02, coverage 66.67 % (1 absent)>
    """
    index = _checked(bars)
    tz = index.tz
    starts = np.asarray(index.as_unit("ns").asi8)
    given = starts if expected is None else instants_of(_stamps(expected, "expected"), tz, "expected")
    width = _width(given) if interval is None else Interval.parse(interval)
    slots = _slots(np.union1d(given, starts), width, tz, even=expected is None)
    held = Bars.of(bars, starts, slots)
    drawn = [_indicator(name, series, slots, tz) for name, series in (indicators or {}).items()]
    now_ns = int(slots.end[-1]) if len(slots) else 0
    facts = [_dates(slots)]
    if expected is not None:
        facts.append(coverage(_among(held, slots, given), len(np.unique(given))))
    cell = make_cell(
        symbol, str(width), slots, held, drawn, ended=len(slots), now_ns=now_ns, facts=[fact for fact in facts if fact],
        note="no bars", over_price=over_price, traded=Traded(fills, trades, orders), prior_close=prior_close,
    )  # fmt: skip
    title = ", ".join([" ".join(part for part in (symbol, str(width), facts[0]) if part), *cell.facts[1:]])
    return Chart(Scene(title, 1, (cell,)), theme=theme)


def _checked(bars: pd.DataFrame) -> pd.DatetimeIndex:
    if not isinstance(bars, pd.DataFrame):
        raise ConfigError(f"a chart takes a frame of bars, not a {type(bars).__name__}; give bars.frame()")
    lacking = [name for name in ("open", "high", "low", "close") if name not in bars]
    if lacking:
        raise ConfigError(f"the frame of bars lacks {', '.join(lacking)}; it has {', '.join(map(str, bars))}", missing=lacking)
    index = _stamps(bars.index, "the frame of bars")
    if not index.is_monotonic_increasing or not index.is_unique:
        raise ConfigError("the bars are not in order, or two start at once; sort the frame by its index and keep one of each")
    return index


def _stamps(index: Any, what: str) -> pd.DatetimeIndex:
    if isinstance(index, pd.DatetimeIndex) and not index.hasnans:
        return index
    if isinstance(index, pd.Index) and len(index) == 0:
        return pd.DatetimeIndex([])
    raise ConfigError(f"{what} must be indexed by the starts of bars, a DatetimeIndex, not by {type(index).__name__}")


def _width(starts: Int64s) -> Interval:
    """The width that most bars follow each other in; of a single one a minute."""
    steps = np.diff(np.unique(starts)) // SECOND_NS
    if not len(steps):
        return Interval.parse("1m")
    widths, counts = np.unique(steps[steps > 0], return_counts=True)
    seconds = int(widths[counts.argmax()]) if len(widths) else 1
    if seconds >= _DAY_S - 2 * 3600:  # clocks may have been put forward
        return Interval.parse(f"{max(round(seconds / _DAY_S), 1)}d")
    return Interval.parse(f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s")


def _slots(starts: Int64s, width: Interval, tz: str | dt.tzinfo | None, *, even: bool) -> Slots:
    """Slots that begin at ``starts``; if ``even``, also where one is lacking between two of a day."""
    if not width.is_intraday:
        ends = np.append(starts[1:], starts[-1:] + _DAY_S * SECOND_NS)
        return Slots(starts, ends, tz, 0, np.empty(0, np.int64), np.empty(0, np.int64), ())
    dates = _dates_of(starts, tz)
    if even and len(starts):
        edges = np.flatnonzero(np.diff(dates, prepend=dates[0] - 1))
        pieces = [np.union1d(day, np.arange(day[0], day[-1], width.ns)) for day in np.split(starts, edges[1:])]
        if sum(map(len, pieces)) > _MOST_SLOTS:
            raise ConfigError(
                f"bars of {width} from the first to the last of each day are over {_MOST_SLOTS:,}; say the interval, or expected"
            )
        starts = np.concatenate(pieces)
        dates = _dates_of(starts, tz)
    ends = np.minimum(starts + width.ns, np.append(starts[1:], np.iinfo(np.int64).max))
    begins = np.flatnonzero((np.diff(dates, prepend=-1) != 0) & (np.diff(starts, prepend=-1) > width.ns))
    days = [day_label(day) for day in dates[begins].astype("M8[D]").tolist()]
    spans = (
        [
            (start, end, day)
            for start, end, day in zip(np.split(starts, begins[1:]), np.split(ends, begins[1:]), days, strict=True)
        ]
        if len(starts)
        else []
    )
    return join(spans, tz, width.ns)


def _dates_of(starts: Int64s, tz: str | dt.tzinfo | None) -> Int64s:
    """Days since 1970 on the clock of the exchange."""
    index = pd.DatetimeIndex(starts.view("M8[ns]"))
    if tz is not None:
        index = index.tz_localize("UTC").tz_convert(tz).tz_localize(None)
    return np.asarray(index.as_unit("ns").asi8 // (_DAY_S * SECOND_NS))


def _dates(slots: Slots) -> str:
    if not len(slots):
        return ""
    first, last = (str(day) for day in _dates_of(slots.start[[0, -1]], slots.tz).astype("M8[D]").tolist())
    return first if first == last else f"{first} to {last}"


def _among(bars: Bars, slots: Slots, expected: Int64s) -> Bars:
    """The bars that were expected, numbered among them."""
    number = np.searchsorted(np.unique(expected), slots.start[bars.slot])
    kept = np.isin(slots.start[bars.slot], expected)
    return bars._replace(slot=number[kept], values=bars.values[:, kept], complete=bars.complete[kept])


def _indicator(name: str, series: pd.Series[Any], slots: Slots, tz: str | dt.tzinfo | None) -> Drawn:
    starts = instants_of(_stamps(series.index, f"the indicator {name}"), tz, f"the indicator {name}")
    if len(starts) and not (slots.number(starts) >= 0).any():
        raise ConfigError(f"no value of the indicator {name} is of a bar of the chart; index it by the starts of its bars")
    line = line_at_bars(name, "line", slots, starts, series.to_numpy(dtype=np.float64))
    return Drawn(name, Shape(), (line,))
