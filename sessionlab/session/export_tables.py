"""What a moment shows beside stored rows, as tables in the long form: a row per value, with whose it is in the first columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from sessionlab.session.columns import zoned
from sessionlab.session.data import SessionData
from sessionlab.session.foundation import Foundation
from sessionlab.session.quality import gap_frame, present_series, quality_frame, window_series, with_part
from sessionlab.session.shown_bars import bars_before, bars_today
from sessionlab.session.trailing_minutes import TrailingMinutes
from sessionlab.tape import BAR_COLUMNS, QUOTE_COLUMNS
from sessionlab.timing import Interval


def made_bars(data: SessionData, foundation: Foundation) -> pd.DataFrame:
    """Bars that are not stored as they are shown: longer ones, and windows that are adjusted or repaired.

    ``symbol interval part start known_at open high low close volume count complete repaired``; ``part`` is ``window`` or
    ``today``. ``count`` is 0 for bars that are not made of shorter ones.
    """
    keys: list[tuple[str, str, str]] = []
    pieces = []
    for symbol in data.symbols:
        parts = chain(
            (("window", bars) for bars in bars_before(data, symbol, foundation)),
            (("today", bars) for bars in bars_today(data, symbol)),
        )
        for part, bars in parts:
            rows = bars.rows
            if not bars.as_stored or rows.is_repaired.any():
                keys.append((symbol, str(bars.view.interval), part))
                pieces.append(rows)
    sizes = [rows.size for rows in pieces]
    values = np.concatenate([np.empty((len(BAR_COLUMNS), 0)), *(rows.values for rows in pieces)], axis=1)
    counts = [np.zeros(rows.size, np.int64) if rows.base_count is None else rows.base_count for rows in pieces]
    complete = [np.ones(rows.size, bool) if rows.complete is None else rows.complete for rows in pieces]
    columns = {
        **_repeated(("symbol", "interval", "part"), keys, sizes),
        "start": _stamps([rows.start for rows in pieces], data),
        "known_at": _stamps([rows.known_at for rows in pieces], data),
        **dict(zip(BAR_COLUMNS, values, strict=True)),
        "count": np.concatenate([np.empty(0, np.int64), *counts]),
        "complete": np.concatenate([np.empty(0, bool), *complete]),
        "repaired": np.concatenate([np.empty(0, bool), *(rows.is_repaired for rows in pieces)]),
    }
    return pd.DataFrame(columns, copy=False)


def made_quotes(data: SessionData, foundation: Foundation) -> pd.DataFrame:
    """Quotes of today that are made of closes, where the config asks for quotes: ``symbol timestamp``, prices and sizes."""
    frames = {symbol: data[symbol].quotes.frame() for symbol in data.symbols}
    if not foundation.config.wants_quotes:
        frames = {symbol: frame.iloc[:0] for symbol, frame in frames.items()}
    made = {symbol: frame[frame["source"] == "synthesized"] for symbol, frame in frames.items()}
    sizes = [len(frame) for frame in made.values()]
    instants = [frame.index.as_unit("ns").asi8 for frame in made.values()]  # type: ignore[attr-defined]  # a DatetimeIndex
    columns = {name: np.concatenate([frame[name].to_numpy() for frame in made.values()]) for name in QUOTE_COLUMNS}
    keys = [(symbol,) for symbol in made]
    return pd.DataFrame({**_repeated(("symbol",), keys, sizes), "timestamp": _stamps(instants, data), **columns})


def indicators(data: SessionData, foundation: Foundation) -> pd.DataFrame:
    """Values of all indicators, of window and today: ``symbol indicator part output start value``."""
    keys: list[tuple[str, str, str, str]] = []
    starts, values = [], []
    for symbol in data.symbols:
        for name, view in data[symbol].indicators.items():
            for part, of in (("window", view.history), ("today", view)):
                cut, n = of._now()
                for output, array in cut.arrays.items():
                    keys.append((symbol, name, part, output))
                    starts.append(cut.series.columns.start[cut.before : cut.before + n])
                    values.append(array[:n])
    columns = _repeated(("symbol", "indicator", "part", "output"), keys, [len(some) for some in values])
    return pd.DataFrame({**columns, "start": _stamps(starts, data), "value": np.concatenate([np.empty(0), *values])})


def historical(data: SessionData, foundation: Foundation) -> pd.DataFrame:
    """Historical indicators: ``symbol name start value count``, a row for each minute of one by minute.

    ``start`` is the minute's, of one of days the session's open.
    """
    keys: list[tuple[str, str]] = []
    starts, values, counts = [], [], []
    session = data.session
    for symbol in data.symbols:
        for name, view in data[symbol].historical.items():
            keys.append((symbol, name))
            by_minute = isinstance(view, TrailingMinutes)
            starts.append(session.starts(Interval.parse("1m")) if by_minute else np.array([session.open_ns]))
            values.append(view.values if by_minute else np.array([view.value]))
            counts.append(view.counts)
    columns = _repeated(("symbol", "name"), keys, [len(some) for some in values])
    columns |= {"start": _stamps(starts, data), "value": np.concatenate([np.empty(0), *values])}
    return pd.DataFrame({**columns, "count": np.concatenate([np.empty(0, np.int64), *counts])})


def coverage(data: SessionData, foundation: Foundation) -> pd.DataFrame:
    """The rows of ``data.quality(window=True)`` that are about this session and its windows."""
    of_session, of_window = data._around.measured
    before = quality_frame((one, of_window) for one in window_series(data._present.rows))
    return with_part(before, quality_frame((one, of_session) for one in present_series(data._present)))


def gaps(data: SessionData, foundation: Foundation) -> pd.DataFrame:
    """The rows of ``data.gaps(window=True)`` that are about this session and its windows."""
    before = gap_frame(window_series(data._present.rows), data.session.tz)
    return with_part(before, gap_frame(present_series(data._present), data.session.tz))


TABLES: dict[str, Callable[[SessionData, Foundation], pd.DataFrame]] = {
    table.__name__: table for table in (made_bars, made_quotes, indicators, historical, coverage, gaps)
}
"""The tables of an export by name."""


def _repeated(names: Sequence[str], keys: Sequence[tuple[str, ...]], sizes: Sequence[int]) -> dict[str, object]:
    """Columns of ``names`` that say for each of so many rows whose it is."""
    found: dict[str, object] = {}
    for i, name in enumerate(names):
        every = list(dict.fromkeys(key[i] for key in keys))
        codes = np.array([every.index(key[i]) for key in keys], dtype=np.int32)
        found[name] = pd.Categorical.from_codes(np.repeat(codes, sizes), pd.Index(every, dtype="str"))
    return found


def _stamps(parts: Sequence[np.ndarray], data: SessionData) -> pd.DatetimeIndex:
    return zoned(np.concatenate([np.empty(0, np.int64), *parts]), data.session.tz)
