"""From an export, a folder or a tree, to a config and a source that a lab can be opened on."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.config import SessionConfig
from sessionlab.errors import BadDataError, CalendarError, ConfigError, NoDataError
from sessionlab.session.plain_columns import rows_of
from sessionlab.sources.export_document import (
    Document,
    actions_of,
    available_of,
    check_format,
    config_of,
    recipes_of,
    session_of,
)
from sessionlab.sources.export_folder import CORRECTED, DATE, DOCUMENT, INTERVAL, document_digest, file_digest
from sessionlab.sources.exported import DayRows, Exported, by_start
from sessionlab.sources.parquet_file import KNOWN_AT, STAMP, SYMBOL
from sessionlab.sources.symbol_files import symbol_of
from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, Int64s, Rows
from sessionlab.timing import Interval, SessionTable, TimeManager, TradingSession

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[str, Interval]
Days = dict[Key, dict[dt.date, DayRows]]


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
    document = Document(export) if folder is None else _document(folder)
    check_format(document)
    try:
        if folder is not None:
            _check_digests(folder, document)
        return _opened(document, folder, times)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as why:  # something of another kind than was written
        reason = f"{type(why).__name__}: {_line(why)}"
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
        bars, quotes = _bars_of_files(files, folder, times), _quotes_of_files(files, folder)
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


# -- a tree ------------------------------------------------------------------------------------------------------------


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


# -- a folder ----------------------------------------------------------------------------------------------------------


def _document(folder: Path) -> Document:
    path = folder / DOCUMENT
    if not path.is_file():
        what = "does not exist" if not folder.exists() else f"has no {DOCUMENT}"
        raise NoDataError(f"{folder} {what}, so it is no export; give a folder that lab.data.to_parquet made", path=str(folder))
    try:
        return Document(json.loads(path.read_text(encoding="utf-8")), str(path))
    except (OSError, ValueError) as why:
        raise BadDataError(f"{path} cannot be read ({_line(why)}); export the moment again", path=str(path)) from why


def _check_digests(folder: Path, document: Document) -> None:
    """Raises :class:`BadDataError` that names the first file that is not as it was written."""
    if document["digest"] != document_digest(document.tree):
        raise _damaged(folder / DOCUMENT, "was changed since it was written")
    for name, digest in document.part("files").tree.items():
        if not (folder / name).is_file():
            raise _damaged(folder / name, "is gone")
        if file_digest(folder / name) != digest:
            raise _damaged(folder / name, "was changed since it was written")


def _damaged(path: Path, what: str) -> BadDataError:
    return BadDataError(f"{path} {what}, so the export cannot be trusted; export the moment again", path=str(path))


def _bars_of_files(files: list[Path], folder: Path, times: TimeManager) -> Days:
    parts: dict[tuple[Key, dt.date], list[Rows]] = {}
    for path in files:
        kind, *names = path.relative_to(folder).parts
        if kind == "bars":
            for date, rows in _days_of(_read(path)):
                parts.setdefault(((symbol_of(names[1]), Interval.parse(names[0])), date), []).append(rows)
        elif kind == CORRECTED:
            for key, table in _by_series(_read(path)):
                for date, rows in _days_of(table):
                    parts.setdefault((key, date), []).append(rows)
    found: Days = {}
    for (key, date), some in parts.items():
        found.setdefault(key, {})[date] = _on_the_hours(by_start(some), key[1], times.get_trading_session(date))
    return found


def _days_of(table: pa.Table) -> Iterator[tuple[dt.date, Rows]]:
    rows, day = _rows(table, BAR_COLUMNS), table[DATE].to_numpy().astype("datetime64[D]")
    order = np.argsort(day, kind="stable")
    dates, sizes = np.unique(day, return_counts=True)
    past = np.cumsum(sizes)
    for date, a, b in zip(dates.tolist(), past - sizes, past, strict=True):
        yield date, rows.take(order[a:b])


def _on_the_hours(rows: Rows, interval: Interval, session: TradingSession) -> DayRows:
    """The rows of one date parted into those of its session and the others; a day of bars starts at the session's open."""
    if not interval.is_intraday:
        return DayRows(Rows.of(np.full(rows.size, session.open_ns), rows.known_at, rows.values), Rows.empty())
    inside = np.logical_or.reduce([(rows.start >= a) & (rows.start < b) for a, b in session.spans])
    return DayRows(rows, Rows.empty()) if inside.all() else DayRows(rows.take(inside), rows.take(~inside))


def _by_series(table: pa.Table) -> Iterator[tuple[Key, pa.Table]]:
    of = list(zip(table[SYMBOL].to_pylist(), table[INTERVAL].to_pylist(), strict=True))
    for symbol, interval in dict.fromkeys(of):
        yield (symbol, Interval.parse(interval)), table.filter(np.array([each == (symbol, interval) for each in of]))


def _quotes_of_files(files: list[Path], folder: Path) -> dict[str, Rows]:
    quotes = [path for path in files if path.relative_to(folder).parts[0] == "quotes"]
    return {symbol_of(path.parent.name): _rows(_read(path), QUOTE_COLUMNS) for path in quotes}


def _rows(table: pa.Table, columns: tuple[str, ...]) -> Rows:
    """Rows as they are; quotes are known at their stamp."""
    stamp = _instants(table, STAMP)
    known_at = _instants(table, KNOWN_AT) if KNOWN_AT in table.column_names else stamp
    return Rows.of(stamp, known_at, np.array([table[name].to_numpy() for name in columns]).reshape(len(columns), -1))


def _instants(table: pa.Table, name: str) -> Int64s:
    import pyarrow as pa

    return np.asarray(table[name].cast(pa.int64()).to_numpy())


def _read(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as why:
        raise _damaged(path, f"cannot be read ({_line(why)})") from why


def _line(why: BaseException) -> str:
    return str(why).splitlines()[0][:120] if str(why) else type(why).__name__
