"""What may be seen now: symbols, and of each its bars, quote, day so far and coverage.

Visibility is decided by ``known_at`` alone: a row is there if and only if ``known_at <= now``. No public name leads to the
future; asking for it raises :class:`~sessionlab.errors.LookAheadError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import pandas as pd

from sessionlab.derive.indicators.recipe import Recipe
from sessionlab.errors import ConfigError, LookAheadError
from sessionlab.session.bars import BarView
from sessionlab.session.browsable import browsable
from sessionlab.session.columns import bars_frame
from sessionlab.session.declared import Declared, IndicatorViews, declare
from sessionlab.session.historical import HistoricalIndicators
from sessionlab.session.indicators import IndicatorView
from sessionlab.session.present import Present
from sessionlab.session.quality import (
    PastSeries,
    Series,
    gap_frame,
    incomplete_frame,
    past_series,
    present_series,
    quality_frame,
    window_series,
    with_part,
)
from sessionlab.session.quality_tables import gap_table, quality_table
from sessionlab.session.quotes import Quote, QuoteView, last_quote
from sessionlab.session.repairs import repairs_frame
from sessionlab.session.window_differences import window_differences
from sessionlab.tape.actions import Split
from sessionlab.timing import Interval, TradingSession

if TYPE_CHECKING:
    from sessionlab.session.drawing import Drawer, Picture
    from sessionlab.session.foundation import Exporter


class Day(NamedTuple):
    """Today so far, from the finest base bars known: prices in dollars, NaN before the first bar; volume in shares."""

    open: float
    high: float
    low: float
    last: float
    volume: float


class Surroundings(NamedTuple):
    """What a :class:`SessionData` needs of whoever moves its clock."""

    now_ns: Callable[[], int]
    """Now of the lab, which no look back may pass."""
    look_back: Callable[[Any], Present]
    """The present of an earlier moment of the run."""
    past: Callable[[], Sequence[PastSeries]]
    """Quality of the sessions of the run that have ended."""
    measured: tuple[bool, bool]
    """Whether coverage is measured: of sessions, of windows."""
    extended_hours: bool
    indicators: Sequence[Recipe] = ()
    """The session indicators of the config."""
    exporter: Exporter | None = None
    """Who knows what a session stands on."""
    drawer: Drawer | None = None
    """Who makes charts."""


class SymbolData:
    """Everything known now of one symbol: ``["5m"]`` gives its bars, ``[sl.EMA(9, "5m")]`` an indicator."""

    __slots__ = ("_around", "_declared", "_present", "_views", "symbol")

    def __init__(self, present: Present, symbol: str, around: Surroundings, declared: Declared) -> None:
        self._present = present
        self._around = around
        self._declared = declared
        self._views: dict[Any, Any] = {}
        self.symbol = symbol

    def bars(self, interval: str | Interval) -> BarView:
        """The live view of today's bars of ``interval``: as planned, or made of a loaded base that divides it.

        Raises :class:`NoDataError` for an interval that cannot be made of what is loaded.
        """
        try:
            return self._views[interval]  # type: ignore[no-any-return]
        except KeyError:
            pass
        width = Interval.parse(interval)
        view = BarView(self._present, self.symbol, width, self._around.measured)
        self._views[interval] = view
        return view

    @browsable
    def indicators(self) -> Mapping[str, IndicatorView]:
        """The indicators of the config and those asked for so far, by name: ``.indicators["EMA(9, 5m)"]``."""
        return IndicatorViews(self._declared, self.__getitem__)

    @property
    def intervals(self) -> list[str]:
        """The planned bar intervals, from short to long."""
        return [stream.stream for stream in self._present.rows.plan.bars(self.symbol)]

    @property
    def quote(self) -> Quote | None:
        """The last known quote, None where there is none yet. Its ``flag`` tells one that is no price: one-sided or crossed."""
        return last_quote(self._present, self.symbol)

    @property
    def quotes(self) -> QuoteView:
        """The live view of today's quotes: recorded ones, or, where there are none, those made of each close."""
        return QuoteView(self._present, self.symbol)

    @property
    def day(self) -> Day:
        """Open, high, low, last and volume of today so far."""
        bars = self.bars(self._present.rows.finest(self.symbol))
        if not len(bars):
            nan = float("nan")
            return Day(nan, nan, nan, nan, 0.0)
        high, low, volume = float(bars.high.max()), float(bars.low.min()), float(bars.volume.sum())
        return Day(float(bars.open[0]), high, low, float(bars.close[-1]), volume)

    @property
    def coverage(self) -> float | None:
        """100 x present / expected bars of the finest interval so far; None before the first, or when not measured."""
        return self.bars(self._present.rows.finest(self.symbol)).coverage

    @property
    def splits(self) -> tuple[Split, ...]:
        """The known splits within the windows before today, up to today's open."""
        return self._present.rows.splits.get(self.symbol, ())

    @property
    def extended(self) -> pd.DataFrame:
        """Rows of today outside the session that are known now, as a frame. Needs ``extended_hours`` in the config."""
        if not self._around.extended_hours:
            raise ConfigError("extended hours are not read; set session_data_config.extended_hours to true")
        rows = self._present.rows
        block = rows.today[self.symbol, rows.finest(self.symbol)]
        return bars_frame(block.extended.take(block.extended.known_at <= self._present.now_ns), rows.session.tz)

    @browsable
    def historical(self) -> HistoricalIndicators:
        """Historical indicators by name: ``aapl.historical["avg_volume"]`` is a live view, to be used as a number."""
        return HistoricalIndicators(self._present, self.symbol)

    def chart(self, interval: str | Interval | Sequence[str | Interval] | None = None, **options: Any) -> Picture:
        """Its candles and volume as a picture, as known now: ``aapl.chart("5m", indicators=[sl.EMA(9, "5m")])``.

        See :meth:`SessionData.chart` for ``interval`` and ``options``.
        """
        return SessionData(self._present, self._around, {self.symbol: self._declared}).chart(self.symbol, interval, **options)

    @overload
    def __getitem__(self, what: str | Interval) -> BarView: ...
    @overload
    def __getitem__(self, what: Recipe) -> IndicatorView: ...
    def __getitem__(self, what: Any) -> Any:
        """The live view of bars by interval, or of an indicator by its recipe, which declares it: see ``.indicators``.

        Raises :class:`NoDataError` for an interval that cannot be made of what is loaded.
        """
        try:
            return self._views[what]
        except KeyError:
            pass
        if isinstance(what, Recipe):
            return self._indicator(what)
        if callable(what):
            name = getattr(what, "__name__", "fn")
            raise ConfigError(
                f"{name} is a function; write {name}(...) for an indicator of the lab, sl.indicator({name}) for yours"
            )
        return self.bars(what)

    def _indicator(self, recipe: Recipe) -> IndicatorView:
        view = IndicatorView(self._present, self.symbol, recipe)
        kept: IndicatorView = self._views.setdefault(view.recipe, view)
        self._views[recipe] = kept
        declare(self._declared, kept.recipe)
        return kept

    def _ipython_key_completions_(self) -> list[str]:
        windows = (str(interval) for symbol, interval in self._present.rows.windows if symbol == self.symbol)
        return list(dict.fromkeys([*self.intervals, *windows]))

    def __repr__(self) -> str:
        day, coverage = self.day, self.coverage
        covered = "" if coverage is None else f", coverage {coverage:.2f} %"
        if day.last != day.last:
            return f"<{self.symbol} {_clock(self._present)}: nothing known of today yet; {' '.join(self.intervals)}>"
        so_far = f"last {day.last:g}, volume {day.volume:,.0f}{covered}"
        return f"<{self.symbol} {_clock(self._present)}: {so_far}; {' '.join(self.intervals)}>"

    def _repr_html_(self) -> str:
        from sessionlab.session.pages import symbol_page

        return symbol_page(self, _clock(self._present))


class SessionData:
    """The symbols of a session at the clock's now. ``data["AAPL"]`` is one of them."""

    __slots__ = ("_around", "_declared", "_present", "_symbols")

    def __init__(self, present: Present, around: Surroundings, declared: dict[str, Declared] | None = None) -> None:
        self._present = present
        self._around = around
        self._declared = {} if declared is None else declared
        self._symbols: dict[str, SymbolData] = {}

    @property
    def now(self) -> pd.Timestamp:
        """The instant that this data is as of, in the exchange's zone."""
        return pd.Timestamp(self._present.now_ns, tz="UTC").tz_convert(self.session.tz)

    @property
    def session(self) -> TradingSession:
        """The trading session that now lies in."""
        return self._present.rows.session

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that take part, as configured, then in the order in which they joined."""
        return self._present.rows.symbols

    def as_of(self, moment: Any) -> SessionData:
        """The data as it was known at an earlier ``moment`` of the run. Its clock stands still.

        ``moment`` is a clock time of this session (``"09:45"``, ``"open+15m"``) or a timestamp. It has the symbols that take
        part now: what it shows of them ``known_at`` alone decides, also of one that had not joined by then.
        Raises :class:`LookAheadError` for a moment after now.
        """
        present = self._around.look_back(moment)
        if present.now_ns > self._present.now_ns:
            raise LookAheadError(f"as_of({moment!r}) lies ahead of {self.now:%Y-%m-%d %H:%M:%S}; look back only", moment=moment)
        return SessionData(present, self._around, self._declared)

    def quality(self, *, window: bool = False) -> pd.DataFrame:
        """A row per session of the run so far, symbol and interval; with ``window`` also per day of today's windows.

        ``symbol interval date expected present coverage gap_count longest_gap off_session``; coverage in percent (NaN before the
        first expected bar and when not measured), gaps in bars. With ``window`` also ``part``, ``window`` or ``session``: one day
        may be both.
        """
        of_session, of_window = self._around.measured
        sessions = quality_frame((one, of_session) for one in self._series())
        if not window:
            return sessions
        return quality_table(with_part(quality_frame((one, of_window) for one in window_series(self._present.rows)), sessions))

    def gaps(self, *, window: bool = False) -> pd.DataFrame:
        """The runs of absent bars in the run so far: ``symbol interval start end count status``.

        With ``window`` also those of today's windows, and a column ``part`` as in :meth:`quality`.

        ``status`` is ``absent``, or ``filled`` for bars that came late. In windows it is ``repaired from 1s`` (or another
        interval) for bars that are made of finer ones, see :meth:`repairs`.
        """
        sessions = gap_frame(self._series(), self.session.tz)
        if not window:
            return sessions
        return gap_table(with_part(gap_frame(window_series(self._present.rows), self.session.tz), sessions))

    def repairs(self) -> pd.DataFrame:
        """Absent bars of today's windows that are made of finer stored bars: ``symbol interval start from_interval count``.

        ``count`` finer bars are under each, all that the calendar expects. They are known from the session's open, as of which
        this is told, and flagged in the column ``repaired`` of frames; no bar of a running session is ever made.
        """
        return repairs_frame(self._present.rows.repairs, self.session.tz)

    def window_differences(self) -> pd.DataFrame:
        """Where stored days of today's windows differ from the sum of finer bars: a row per symbol, date, base and field.

        ``symbol date base field stored aggregated difference missing``; difference is stored less aggregated, ``missing``
        counts the finer bars absent that day. Only days whose finer bars are loaded, in a window of their own, are compared;
        what is equal has no row.
        """
        return window_differences(self._present.rows)

    def incomplete(self) -> pd.DataFrame:
        """Longer bars of the run so far that lack base bars: ``symbol interval start end count expected status reason``.

        ``status`` is ``built`` (from the base bars that are there) or ``skipped`` (there is no such bar).
        """
        rows, now_ns = self._present.rows, self._present.now_ns
        pasts = [*self._past(), *past_series(rows, self._present.k, now_ns)]
        return incomplete_frame(pasts, rows.incomplete, now_ns, self.session.tz)

    def to_dict(self, *, window: bool = True, progress: bool | None = None) -> dict[str, Any]:
        """Everything known now as one tree of plain values, for JSON: nothing in it was known later.

        Of each symbol: ``bars`` of every planned interval, ``window`` (left out without ``window``), ``quote`` and ``quotes``
        (where they are a stream), ``day``, ``indicators``, ``historical``, ``splits``, ``extended`` where the config keeps it.
        Columns are lists, stamps ISO text with offset, NaN is None, an infinity is text, floats are exact.
        Rows are as they are told now, with ``known_at``. ``stored`` and ``off_session`` have what :meth:`Lab.from_export` needs
        beside them: rows before they were corrected or adjusted, and rows off the hours.
        ``progress``: whether to show a bar; None: where it takes over a second and somebody looks.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> lab.advance("10:30").now
        Timestamp('2025-07-02 10:30:00-0400', tz='America/New_York')
        >>> tree = lab.data.to_dict()
        >>> tree["format"], tree["now"], list(tree["symbols"])
        ('sessionlab-export/1', '2025-07-02T10:30:00-04:00', ['RIVN', 'AAPL'])
        >>> list(tree["symbols"]["AAPL"])[:6]
        ['bars', 'window', 'quote', 'quotes', 'day', 'indicators']
        >>> list(tree["symbols"]["AAPL"]["bars"]), list(tree["symbols"]["AAPL"]["bars"]["5m"])
        (['1m', '5m', '10m'], ['action', 'base', 'as_stored', 'rows', 'coverage', 'unadjusted', 'columns', 'gaps'])
        """
        from sessionlab.session.export_tree import export_tree

        exporter = self._exporter
        foundation = exporter.foundation(self._present.rows, self._present.now_ns, window=window)
        return export_tree(self, foundation, window=window, symbols=exporter.watched(self.symbols, self.now, progress))

    def to_parquet(self, folder: str | PathLike[str], *, overwrite: bool = False, progress: bool | None = None) -> Path:
        """Write everything known now into ``folder``; returns its path. :meth:`Lab.from_export` opens a lab on it.

        Base rows lie in the layout of a Parquet store, so ``local:FOLDER`` reads them too; ``tables/`` has what was made of
        them (longer bars, indicators, historical values, coverage, gaps), ``export.json`` the rest. The folder appears as a
        whole or not at all. One that is an export is replaced with ``overwrite``, any other never.
        Equal moments give equal bytes. Raises :class:`ConfigError` for a folder that is taken, :class:`SourceError` where the
        disk refuses.
        """
        return self._exporter.write(self, self._present, folder, overwrite=overwrite, progress=progress)

    @property
    def _exporter(self) -> Exporter:
        assert self._around.exporter is not None
        return self._around.exporter

    def __getitem__(self, symbol: str) -> SymbolData:
        try:
            return self._symbols[symbol]
        except KeyError:
            pass
        self._present.rows.bases_of(symbol)  # says so where it is not here
        declared = self._declared.get(symbol)
        if declared is None:
            declared = self._declared[symbol] = {str(recipe): recipe for recipe in self._around.indicators}
        found = self._symbols[symbol] = SymbolData(self._present, symbol, self._around, declared)
        return found

    def chart(
        self,
        symbols: str | Sequence[str] | None = None,
        interval: str | Interval | Sequence[str | Interval] | None = None,
        **options: Any,
    ) -> Picture:
        """Candles and volume of one to four symbols as a picture, as known now: nothing later is in it.

        ``interval`` may be several, side by side; None: the shortest planned one with no more than 400 bars a session.
        ``options``: ``indicators`` (recipes), ``days`` (sessions shown), ``since`` and ``until`` (of today), ``vwap``,
        ``prior_close``, ``over_price``, ``fills trades orders`` (tables), ``theme`` (``light`` or ``dark``). The picture shows
        itself in a notebook; ``.save("t.svg")`` or ``"t.png"`` keeps it.

        >>> import sessionlab as sl
        >>> lab = sl.demo()
        >>> step = lab.advance("10:30")
        >>> lab.data.chart("AAPL", "5m", indicators=[sl.EMA(9, "5m")])
        <Chart AAPL 5m 2025-07-02, as of 10:30:00, coverage 100.00 %>
        """
        drawer = self._around.drawer
        if drawer is None:
            raise ConfigError("this data stands on its own; charts are made of the data of a lab, lab.data.chart(...)")
        return drawer(self, symbols, interval, **options)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self.symbols

    def __iter__(self) -> Iterator[str]:
        return iter(self.symbols)

    def __len__(self) -> int:
        return len(self.symbols)

    def _series(self) -> Iterator[Series]:
        now_ns = self._present.now_ns
        past = (one.so_far(now_ns) for kept in self._past() for one in kept.unpack())
        return chain(past, present_series(self._present))

    def _past(self) -> list[PastSeries]:
        """What was kept of the sessions before this one, and of symbols that left it."""
        session = self.session
        pasts = self._around.past()
        return [one for one in pasts if one.session.close_ns <= session.open_ns or (one.session == session and one.has_left)]

    def forget(self, symbol: str) -> None:
        """Look anew whether ``symbol`` is there when it is asked for the next time. For the engine."""
        self._symbols.pop(symbol, None)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.symbols)

    def __repr__(self) -> str:
        return f"<SessionData {_clock(self._present)}: {', '.join(self.symbols)}>"

    def _repr_html_(self) -> str:
        from sessionlab.markup.tables import line
        from sessionlab.session.pages import session_page

        return line(f"Known at {_clock(self._present)}") + session_page(self)


def _clock(present: Present) -> str:
    session = present.rows.session
    return f"{pd.Timestamp(present.now_ns, tz='UTC').tz_convert(session.tz):%Y-%m-%d %H:%M:%S}"
