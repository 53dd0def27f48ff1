"""A user's own frames as a source of rows, and the config of a lab over them. What was assumed is in ``notes``.

Symbols, dates, the bars' width and their label are found out; what is not sure and was not said is taken in the way that
shows nothing early.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from sessionlab.config import SessionConfig
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.session.plan import BASES
from sessionlab.sources.bar_width import bar_width
from sessionlab.sources.column_names import check_given
from sessionlab.sources.frame_rows import rows_of_frames
from sessionlab.sources.holdings import FiledSeries, Holding, dates_of, digest_of, holdings_of
from sessionlab.sources.intake import split_bars
from sessionlab.sources.label_choice import LabelChoice, sessions_around
from sessionlab.sources.label_votes import Part
from sessionlab.sources.notes import Notes, few
from sessionlab.sources.protocol import Stored
from sessionlab.sources.row_checks import Checked, check_bars
from sessionlab.sources.table_rows import RawRows
from sessionlab.sources.trading_day import number_daily
from sessionlab.sources.zones import check_zone
from sessionlab.tape.block import DayBlock, QuoteBlock
from sessionlab.timing import Interval, SessionTable, TimeManager

Label = Literal["start", "end", "auto"]


class Frames:
    """Bars in memory: a frame, or frames by symbol, of pandas, polars or Arrow.

    ``tz``: the zone of stamps that have none, else exchange time is assumed. ``label``: whether stamps are the ``start``
    or the ``end`` of bars; ``auto`` tells or refuses; left out, it is told where it can be, else ``start``.
    ``exchange_group``: ``US_EQUITY`` where it is left out, ``CRYPTO`` for rows on Saturdays. ``columns``: as for files.

    >>> import pandas as pd
    >>> index = pd.date_range("2025-07-02 09:30", periods=390, freq="1min")
    >>> frame = pd.DataFrame({"Open": 10.0, "High": 11.0, "Low": 9.0, "Close": 10.0, "Volume": 100}, index=index)
    >>> frames = Frames({"SPY": frame})
    >>> frames.symbols(), frames.interval("SPY"), frames.notes[0][:52]
    (['SPY'], Interval('1m'), 'Stamps have no zone: taken as exchange time, America')
    """

    name = "frames"

    def __init__(
        self,
        frames: Any,
        *,
        tz: str | None = None,
        label: Label | None = None,
        exchange_group: str | None = None,
        columns: Mapping[str, str] | None = None,
        interval: str | None = None,
    ) -> None:
        notes = self._notes = Notes()
        rows, self.exchange_group = rows_of_frames(frames, check_given(columns), check_zone(tz), exchange_group, notes)
        self.times = TimeManager(self.exchange_group)
        choice = LabelChoice(label, self.exchange_group, notes)
        width = None if interval is None else Interval.parse(interval)
        widths = {symbol: width or _width(symbol, part) for symbol, part in rows.items()}
        for each in sorted(set(widths.values())) if width is None else ():
            notes.add(
                f"{few([symbol for symbol in rows if widths[symbol] == each])}: bars of {each}, by the differences of stamps"
            )
        parts = {symbol: _part(raw) for symbol, raw in rows.items()}
        self._rows: dict[str, tuple[Interval, Checked]] = {}
        for symbol, raw in rows.items():
            each = widths[symbol]
            sessions = sessions_around(self.times, int(parts[symbol].stamps[0]), int(parts[symbol].stamps[-1]))
            near, far = [parts[symbol]], [part for other, part in parts.items() if widths[other] == each]
            choice.doubt(symbol, each, near, sessions)
            ends = choice.of(symbol, each, (near.copy, far.copy), sessions) == "end"
            start = raw.stamps - each.ns if ends else raw.stamps
            self._rows[symbol] = each, check_bars(start, raw.values, raw.known_at, "" if len(rows) == 1 else f"frame {symbol}")

    @property
    def notes(self) -> list[str]:
        """What was found out or assumed, as sentences."""
        return self._notes.sentences

    def symbols(self) -> list[str]:
        """The symbols, in the order in which they came."""
        return list(self._rows)

    def interval(self, symbol: str) -> Interval:
        """How wide the bars of ``symbol`` are."""
        return self._rows[symbol][0]

    def dates(self) -> tuple[dt.date, dt.date] | None:
        """The first and the last session with a bar of any symbol in its hours; None where there is none."""
        found = []
        for width, rows in self._rows.values():
            if len(rows.start):
                sessions = sessions_around(self.times, int(rows.start[0]), int(rows.start[-1]))
                found += sessions.date[_has_rows(rows, width, sessions)].tolist()
        return (min(found), max(found)) if found else None

    def availability(self, symbols: Sequence[str], sessions: SessionTable) -> dict[str, Stored]:
        """What is there of each symbol."""
        return {symbol: self._stored(symbol, sessions) for symbol in symbols}

    def load(self, symbol: str, interval: Interval, sessions: SessionTable) -> list[DayBlock]:
        """One block per session, in their order. Raises :class:`NoDataError` where no frame is of ``symbol`` and ``interval``."""
        width, rows = self._rows.get(symbol, (None, None))
        if rows is None or width != interval:
            raise NoDataError(
                f"there is no frame of {interval} bars of {symbol}; {self.describe()}", symbol=symbol, interval=interval
            )
        return split_bars(symbol, interval, sessions, [rows])

    def quotes(self, symbol: str, sessions: SessionTable) -> list[QuoteBlock] | None:
        """None: frames hold bars."""
        return None

    def holdings(self, symbol: str, times: TimeManager) -> list[Holding]:
        """The bars of ``symbol``, and on which dates."""
        if symbol not in self._rows:
            return []
        width, rows = self._rows[symbol]
        stamps = (int(rows.start[0]), int(rows.start[-1])) if len(rows.start) else None
        dates = partial(dates_of, stamps, times, daily=not width.is_intraday)
        return holdings_of([FiledSeries("bars", str(width), [dates])], times)

    def version(self, symbol: str, holding: Holding | None = None, sessions: SessionTable | None = None) -> str:
        """A text that is another one when any row of ``symbol`` is."""
        if symbol not in self._rows:
            return ""
        rows = self._rows[symbol][1]
        known_at = b"" if rows.known_at is None else rows.known_at.tobytes()
        return digest_of([rows.start.tobytes(), rows.values.tobytes(), known_at, rows.faults])

    def undated_rows(self, symbol: str, holding: Holding, sessions: SessionTable) -> list[Checked]:
        """All rows of ``symbol``."""
        return [self._rows[symbol][1]]

    def unread_rows(self, symbol: str, holding: Holding, sessions: SessionTable, begin: dt.date, end: dt.date) -> list[Checked]:
        """None: a frame has no name with a date."""
        return []

    def describe(self) -> str:
        """How to get what is missing, in one line."""
        return f"there are frames of {few(self.symbols())}; give one of it, as in {{symbol: frame}}"

    def __repr__(self) -> str:
        return f"Frames({few(self.symbols())})"

    def _stored(self, symbol: str, sessions: SessionTable) -> Stored:
        if symbol not in self._rows:
            return Stored()
        width, rows = self._rows[symbol]
        return Stored({str(width): bool(_has_rows(rows, width, sessions).any())})


def lab_config_and_source(
    frames: Any,
    bars: str | Sequence[str] | None = None,
    tz: str | None = None,
    label: Label | None = None,
    start: str | dt.date | None = None,
    end: str | dt.date | None = None,
    exchange_group: str | None = None,
    columns: Mapping[str, str] | None = None,
    window: int = 0,
    changes: Mapping[str, Any] | None = None,
) -> tuple[SessionConfig, Frames]:
    """A config that runs over all of ``frames``, and they as its source.

    ``bars`` are the streams, by default bars as they are. ``start`` and ``end`` are dates, by default of the first session
    with rows that has its ``window`` of sessions before it, and of the last. ``changes`` are further values by dotted path.
    Raises :class:`ConfigError` for bars that a lab cannot stream, :class:`NoDataError` where no row lies in the exchange's
    hours.
    """
    source = Frames(frames, tz=tz, label=label, exchange_group=exchange_group, columns=columns)
    widths = sorted({source.interval(symbol) for symbol in source.symbols()})
    odd = [width for width in widths if width not in BASES]
    if odd:
        whose = [symbol for symbol in source.symbols() if source.interval(symbol) == odd[0]]
        raise ConfigError(
            f"the bars of {few(whose)} are {odd[0]} wide; a lab streams bars of 1s, 1m or 1d and builds longer ones from them: "
            "give the finer bars",
            interval=str(odd[0]),
        )
    dates = source.dates()
    if dates is None:
        raise NoDataError(
            f"no row of {few(source.symbols())} lies in the hours of {source.times.calendar_name} ({source.times.tz}); check tz "
            "and label, or give exchange_group",
            symbols=source.symbols(),
        )
    if start is None or end is None:
        source._notes.add(f"sessions from {dates[0]} to {dates[1]}: the first and the last with rows in hours")
    streams = [str(widths[-1])] if bars is None else bars.split() if isinstance(bars, str) else list(bars)
    further: dict[str, Any] = {"api_config.data_api": "files", "metadata": {"made_from": "frames"}}
    if window:
        wanted = {"trailing_days": window, "intervals": [stream for stream in streams if stream != "quotes"]}
        further["session_data_config.historical"] = {"data": [wanted]}
    if start is None:
        start = _after_window(source.times, dates, window)
    config = SessionConfig.simple(
        source.symbols(),
        start,
        dates[1] if end is None else end,
        streams,
        exchange_group=source.exchange_group,
        **further,
    )
    return (config.replace(dict(changes)) if changes else config), source


def _after_window(times: TimeManager, dates: tuple[dt.date, dt.date], window: int) -> dt.date:
    """The first session that has ``window`` sessions with rows before it."""
    first = times.get_next_trading_date(dates[0], window) if window else dates[0]
    if first > dates[1]:
        held = times.count_trading_days(*dates)
        raise ConfigError(
            f"window={window} leaves no session to run: the frames have {held}, from {dates[0]} to {dates[1]}; ask for less",
            window=window,
        )
    return first


def _width(symbol: str, rows: RawRows) -> Interval:
    width = bar_width(rows.stamps)
    if width is None:
        raise BadDataError(
            f"{len(rows.stamps):,} rows of {symbol} do not tell how wide its bars are; give more of them, or interval= to "
            "sl.sources.Frames",
            symbol=symbol,
        )
    return width


def _part(rows: RawRows) -> Part:
    order = np.argsort(rows.stamps, kind="stable") if (rows.stamps[1:] < rows.stamps[:-1]).any() else slice(None)
    return Part(rows.stamps[order], rows.values[4][order])


def _has_rows(rows: Checked, width: Interval, sessions: SessionTable) -> np.ndarray:
    """Which sessions have a row in their hours. Shape (sessions,)."""
    if width.is_intraday:
        return np.asarray(rows.start.searchsorted(sessions.open) < rows.start.searchsorted(sessions.close))
    at = number_daily(rows.start, sessions)
    return np.bincount(at[at >= 0], minlength=len(sessions)) > 0
