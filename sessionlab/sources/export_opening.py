"""From an export, a folder or a tree, to a config and a source that a lab can be opened on."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sessionlab.config import SessionConfig
from sessionlab.errors import BadDataError, CalendarError, ConfigError
from sessionlab.session.plain_columns import first_line, rows_of
from sessionlab.sources.export_document import (
    Document,
    actions_of,
    available_of,
    check_format,
    config_of,
    recipes_of,
    session_of,
)
from sessionlab.sources.export_files import bars_of_files, check_digests, quotes_of_files, read_document
from sessionlab.sources.exported import DayRows, Days, Exported, by_start
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession


def open_export(
    export: str | os.PathLike[str] | Mapping[str, Any], times: TimeManager | None = None
) -> tuple[SessionConfig, Exported, TimeManager]:
    """The config, restricted to the session of ``export``, its rows as a source, and its calendar.

    Raises :class:`NoDataError` where there is none, :class:`ConfigError` for what is no export or one of a newer format,
    :class:`BadDataError` for one that is damaged, :class:`CalendarError` where the calendar has another session.
    """
    if not isinstance(export, Mapping | str | os.PathLike):
        raise ConfigError(f"an export is a folder, or what lab.data.to_dict() gave, not a {type(export).__name__}")
    folder = None if isinstance(export, Mapping) else Path(export).expanduser()
    document = Document(export) if folder is None else read_document(folder)
    check_format(document)
    try:
        if folder is not None:
            check_digests(folder, document)
        return _opened(document, folder, times)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as why:  # something of another kind than was written
        reason = f"{type(why).__name__}: {first_line(why)}"
        raise BadDataError(f"{document.where} cannot be read ({reason}); export the moment again") from why


def _opened(document: Document, folder: Path | None, times: TimeManager | None) -> tuple[SessionConfig, Exported, TimeManager]:
    session = session_of(document)
    config = config_of(document, session)
    times = times or TimeManager(config.exchange_group, config.asset_class)
    _check_calendar(session, times)
    symbols = document.part("symbols").parts()
    if folder is None:
        if not document["window"] and document.part("plan")["windows"]:
            raise ConfigError("the export was made without its windows, which its lab stands on; make it with window=True")
        bars, quotes = _bars_of_tree(symbols, session, times), _quotes_of_tree(symbols)
    else:
        files = [folder / name for name in document["files"]]
        bars, quotes = bars_of_files(files, folder, times), quotes_of_files(files, folder)
    return config, _exported(document, session, symbols, bars, quotes), times


def _exported(
    document: Document, session: TradingSession, symbols: Mapping[str, Document], bars: Days, quotes: dict[str, Rows]
) -> Exported:
    now_ns = document.instant("now")
    if not session.open_ns <= now_ns <= session.close_ns:
        raise BadDataError(
            f"{document.where}: now is {document['now']}, not within the session {session}; export the moment again"
        )
    return Exported(
        session,
        now_ns,
        available_of(document),
        bars,
        quotes,
        {symbol: actions_of(one) for symbol, one in symbols.items()},
        {symbol: recipes_of(one) for symbol, one in symbols.items()},
    )


def _check_calendar(session: TradingSession, times: TimeManager) -> None:
    here = times.get_trading_session(session.date) if times.is_trading_day(session.date) else None
    if here != session:
        raise CalendarError(
            f"the export is of the session {session}, and {times.calendar_name} has {here or 'none'} here; "
            "install the exchange_calendars that it was made with",
            date=session.date,
        )


def _bars_of_tree(symbols: Mapping[str, Document], session: TradingSession, times: TimeManager) -> Days:
    found: Days = {}
    for symbol, one in symbols.items():
        parts = [*_shown(one, session, times), *_dated(one.part("stored"))]
        off_session = {(interval, date): rows for interval, date, rows in _dated(one.part("off_session"))}
        told: dict[tuple[Interval, dt.date], list[Rows]] = {}
        for interval, date, rows in parts:
            told.setdefault((interval, date), []).append(rows)
        for interval, date in {**told, **off_session}:
            day = DayRows(by_start(told.get((interval, date), [])), off_session.get((interval, date), Rows.empty()))
            found.setdefault((symbol, interval), {})[date] = day
    return found


def _shown(symbol: Document, session: TradingSession, times: TimeManager) -> Iterator[tuple[Interval, dt.date, Rows]]:
    """The bars that are shown as they are stored, day by day."""
    for name in ("bars", *(["window"] if "window" in symbol.tree else [])):
        for interval, bars in symbol.part(name).parts().items():
            if not bars["as_stored"]:
                continue
            columns = bars.part("columns")
            rows = rows_of(dict(columns.tree), BAR_COLUMNS, columns.where)
            if "repaired" in columns.tree:
                rows = rows.take(~np.array(columns["repaired"], dtype=bool))
            if rows.size:
                first = dt.date.fromisoformat(columns["start"][0][:10]) - dt.timedelta(days=1)
                table = times.get_sessions(max(first, times.first_date), session.date)
                yield from ((Interval.parse(interval), date, some) for date, some in _by_session(rows, table))


def _by_session(rows: Rows, sessions: SessionTable) -> Iterator[tuple[dt.date, Rows]]:
    cuts = rows.start.searchsorted(np.append(sessions.open, np.iinfo(np.int64).max)).tolist()
    for date, first, last in zip(sessions.date.tolist(), cuts, cuts[1:], strict=False):
        if first < last:
            yield date, rows.take(slice(first, last))


def _dated(intervals: Document) -> Iterator[tuple[Interval, dt.date, Rows]]:
    for interval, dates in intervals.parts().items():
        for date, day in dates.parts().items():
            yield Interval.parse(interval), dt.date.fromisoformat(date), rows_of(dict(day.tree), BAR_COLUMNS, day.where)


def _quotes_of_tree(symbols: Mapping[str, Document]) -> dict[str, Rows]:
    found = {}
    for symbol, one in symbols.items():
        quotes = one.part("quotes")
        if "source" not in quotes.tree:  # not asked for
            continue
        recorded = np.array([source == "recorded" for source in quotes["source"]], dtype=bool)
        if recorded.any():
            columns = {**quotes.tree, "start": quotes["timestamp"], "known_at": quotes["timestamp"]}
            found[symbol] = rows_of(columns, QUOTE_COLUMNS, quotes.where).take(recorded)
    return found
