"""Frames as plain columns by symbol, and the exchange that their stamps are of where nobody says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.sources.column_names import SYMBOL
from sessionlab.sources.epoch import DAY_NS
from sessionlab.sources.frame_table import frame_table
from sessionlab.sources.notes import Notes, few
from sessionlab.sources.stamps import StampRules
from sessionlab.sources.symbol_files import check_symbol
from sessionlab.sources.table_rows import RawRows, rows_by_symbol
from sessionlab.timing import TimeManager

if TYPE_CHECKING:
    import pyarrow as pa

_NAMELESS = "ASSET"
_CONVERT = "convert it to numbers, as with .str.replace(',', '').astype(float)"
_WEEKEND_SHARE = 0.1  # around the clock it is two sevenths; of futures, which open on Sunday evenings, a twentieth


class _Given(NamedTuple):
    symbol: str | None
    where: str
    said: str | None
    table: pa.Table


def rows_of_frames(
    frames: Any,
    columns: Mapping[str, str] | tuple[str, ...] | None,
    tz: str | None,
    exchange_group: str | None,
    notes: Notes,
) -> tuple[dict[str, RawRows], str]:
    """The rows of each symbol in ``frames``, a frame or frames by symbol, and the exchange group that they are of.

    Stamps without zone are of ``tz``, else of the exchange. Raises :class:`ConfigError` for what is no frame,
    :class:`BadDataError` for columns that cannot be read, :class:`NoDataError` for no rows.
    """
    if isinstance(columns, tuple):
        raise ConfigError("columns of frames are named by meaning, as in {'open': 'PX_OPEN'}", value=columns)
    tables = _tables(frames, columns, notes)
    if exchange_group is not None:
        return _by_symbol(tables, StampRules(tz, TimeManager(exchange_group).tz), notes), exchange_group
    aside = Notes(logged=False)
    rows = _by_symbol(tables, StampRules(tz, TimeManager("US_EQUITY").tz), aside)
    days = np.concatenate([part.stamps for part in rows.values()]) // DAY_NS + 3  # from a Monday
    if np.count_nonzero(days % 7 >= 5) <= _WEEKEND_SHARE * len(days):
        notes.take(aside)
        return rows, "US_EQUITY"
    notes.add('rows on weekends: taken as exchange_group="CRYPTO", which trades around the clock')
    return _by_symbol(tables, StampRules(tz, TimeManager("CRYPTO").tz), notes), "CRYPTO"


def _tables(frames: Any, columns: Mapping[str, str] | None, notes: Notes) -> list[_Given]:
    tables = []
    for symbol, frame in frames.items() if isinstance(frames, Mapping) else [(None, frames)]:
        if symbol is not None:
            check_symbol(symbol)
        where = "the frame" if symbol is None else f"frame {symbol}"
        table = frame_table(frame, columns, where, notes)
        if not table.num_rows:
            raise NoDataError(f"{where} has no rows; leave it out, or give one that has", symbol=symbol)
        attrs = getattr(frame, "attrs", None)
        said = next((attrs[key] for key in ("symbol", "ticker") if attrs.get(key)), None) if isinstance(attrs, dict) else None
        tables.append(_Given(symbol, where, said, table))
    if not tables:
        raise NoDataError("there is no frame; give one, or {symbol: frame}")
    return tables


def _by_symbol(tables: list[_Given], rules: StampRules, notes: Notes) -> dict[str, RawRows]:
    rows: dict[str, RawRows] = {}
    for given in tables:
        parts = rows_by_symbol(given.table, rules, given.where, notes, advice=_CONVERT)
        if given.symbol is not None and len(parts) > 1:
            raise BadDataError(
                f"{given.where} holds rows of {few(list(parts))} in its column {SYMBOL}; give it alone, not under one name",
                symbol=given.symbol,
            )
        for found, part in parts.items():
            symbol = given.symbol or found or given.said
            if symbol is None:
                symbol = _NAMELESS
                notes.add(f'the frame does not name its symbol: it is called {_NAMELESS}; name it as in {{"SPY": frame}}')
            rows[symbol] = part
    return rows
