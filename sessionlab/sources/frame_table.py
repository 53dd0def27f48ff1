"""What a user hands over as rows, a DataFrame of any library, as an Arrow table of columns by name.

pandas keeps its stamps in an index, a column, or a level of either; others come through the Arrow interface.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.errors import BadDataError, ConfigError
from sessionlab.sources.column_names import STAMP, SYMBOL, find_columns, plain_name
from sessionlab.sources.notes import Notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

_STAMP_NAMES = ("timestamp", "datetime", "date_time", "date", "time", "ts", "index")
_SYMBOL_NAMES = ("symbol", "ticker", "sym", "instrument")
_PRICE_NAMES = {"open", "high", "low", "close"}


def frame_table(frame: Any, given: Mapping[str, str] | None, where: str, notes: Notes) -> pa.Table:
    """The columns of ``frame`` that mean something, named by meaning.

    Raises :class:`ConfigError` for what is no table, :class:`BadDataError` for columns that cannot be read.
    """
    import pyarrow as pa

    if isinstance(frame, pd.Series):
        raise ConfigError(f"{where} is a Series, one column only; give a frame with open, high, low, close, volume")
    if isinstance(frame, pd.DataFrame):
        return _pandas_table(_flat(frame, where), given, where, notes)
    if not hasattr(frame, "__arrow_c_stream__"):
        raise ConfigError(
            f"{where} is a {type(frame).__name__}; give a DataFrame of pandas or polars, an Arrow table, or a dict of "
            "them by symbol",
            value=type(frame).__name__,
        )
    try:
        table = pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError) as why:
        raise BadDataError(f"{where} cannot be read through the Arrow interface ({_line(why)}); convert it to pandas") from why
    found = find_columns(table.column_names, given, where, notes)
    return pa.table({name: table.column(at) for name, at in found.items()})


def _pandas_table(frame: pd.DataFrame, given: Mapping[str, str] | None, where: str, notes: Notes) -> pa.Table:
    import pyarrow as pa

    found = find_columns([str(name) for name in frame.columns], given, where, notes)
    columns = {}
    for name, at in found.items():
        series = frame.iloc[:, at]
        if isinstance(series.dtype, pd.DatetimeTZDtype):
            series = series.dt.tz_convert("UTC")  # Arrow does not know every kind of zone that pandas does
        elif isinstance(series.dtype, pd.PeriodDtype):
            series = series.dt.to_timestamp()
        elif series.dtype == object:
            _refuse_mixed_zones(series, where)
        try:
            columns[name] = pa.Array.from_pandas(series)
        except (pa.ArrowException, TypeError, ValueError) as why:
            raise BadDataError(
                f"{where}: column {series.name!r} holds values of several kinds ({_line(why)}); convert it, with "
                "pd.to_datetime(..., utc=True) or pd.to_numeric",
                column=str(series.name),
            ) from why
    return pa.table(columns)


def _refuse_mixed_zones(series: pd.Series[Any], where: str) -> None:
    """Arrow would take stamps with a zone for such without one as soon as a single one has none."""
    stamps = [stamp for stamp in series if isinstance(stamp, dt.datetime) and not pd.isna(stamp)]
    bare = [stamp for stamp in stamps if stamp.tzinfo is None]
    if 0 < len(bare) < len(stamps):
        raise BadDataError(
            f"{where}: {len(bare):,} of {len(stamps):,} stamps in {series.name!r} have no zone, and others do (first: "
            f"{bare[0]}); localize them, as in stamp.tz_localize('America/New_York')",
            column=str(series.name),
        )


def _flat(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """The frame with all that means something in plain columns."""
    if frame.columns.nlevels > 1:
        frame = _one_level(frame, where)
    index = frame.index
    if index.nlevels > 1:
        names = [_level_name(index.get_level_values(level), index.names[level]) for level in range(index.nlevels)]
        return frame.reset_index(names=names, allow_duplicates=True)
    name = "" if index.name is None else str(index.name)
    is_time = isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex))
    has_stamps = any(plain_name(str(column)) in _STAMP_NAMES[:-1] for column in frame.columns)
    if not is_time and (isinstance(index, pd.RangeIndex) or has_stamps):
        return frame
    if is_time:  # a column of the same name beside it says the same, or less
        frame = frame.loc[:, [plain_name(str(column)) not in (STAMP, plain_name(name)) for column in frame.columns]]
        return frame.rename_axis(index=STAMP).reset_index()
    return frame.rename_axis(index=name if plain_name(name) in _STAMP_NAMES else STAMP).reset_index(allow_duplicates=True)


def _level_name(level: pd.Index[Any], name: Any) -> str:
    named = "" if name is None else str(name)
    if isinstance(level, (pd.DatetimeIndex, pd.PeriodIndex)):
        return STAMP
    if plain_name(named) in _STAMP_NAMES[:-1] or plain_name(named) in _SYMBOL_NAMES:
        return named
    return SYMBOL if level.dtype == object or isinstance(level.dtype, (pd.StringDtype, pd.CategoricalDtype)) else named


def _one_level(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """A frame of columns in two levels, prices and symbols, as downloads of several symbols come."""
    columns = frame.columns
    prices = [
        level
        for level in range(columns.nlevels)
        if {plain_name(str(name)) for name in columns.get_level_values(level)} >= _PRICE_NAMES
    ]
    if columns.nlevels != 2 or len(prices) != 1:
        raise BadDataError(
            f"{where} has columns in {columns.nlevels} levels, such as {columns[0]!r}; give one frame per symbol, with open, "
            "high, low, close, volume as columns"
        )
    other = 1 - prices[0]
    if not any(columns.get_level_values(other)):  # nobody is named in it
        return frame.set_axis(columns.get_level_values(prices[0]), axis=1)
    parts = {}
    for symbol in dict.fromkeys(columns.get_level_values(other)):
        part = frame.xs(symbol, axis=1, level=other)
        parts[str(symbol)] = part.dropna(how="all")  # a symbol that did not trade while another did
    names = [SYMBOL, frame.index.name or STAMP]
    return pd.concat(parts, names=names).reset_index(level=0)


def _line(why: BaseException) -> str:
    return str(why).splitlines()[0][:120] if str(why) else type(why).__name__
