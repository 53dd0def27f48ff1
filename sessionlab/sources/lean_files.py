"""One zip of LEAN, read as columns: times of the exchange's wall become ns UTC, prices dollars.

    minute, second   time, open, high, low, close, volume                             time: ms since midnight, the bar's START
                     time, bid open high low close size, ask open high low close size
    tick quotes      time, bid, size, ask, size, exchange, condition, suspicious      a side per row, zeros on the other
    daily, hour      date and time, open, high, low, close, volume                    20140609 00:00

Prices are divided by 10000: multiplied by 1e-4 their last bit would differ. A side of a quote without a price is empty.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from sessionlab.errors import BadDataError, SourceError
from sessionlab.sources.unpacked import Archive
from sessionlab.tape.block import BAR_COLUMNS, Float64s, Int64s

if TYPE_CHECKING:
    import pyarrow as pa

PRICE_UNITS = 10000.0
_MS = 1_000_000
_DAY_MS = 86_400_000

BAR_FILE = ("time", *BAR_COLUMNS)
QUOTE_FILE = ("time", *(f"{side}_{part}" for side in ("bid", "ask") for part in ("open", "high", "low", "close", "size")))
TICK_QUOTE_FILE = ("time", "bid_price", "bid_size", "ask_price", "ask_size", "exchange", "condition", "suspicious")


class Columns(NamedTuple):
    """``stamp`` int64 ns UTC (rows,), ``values`` float64 (columns, rows)."""

    stamp: Int64s
    values: Float64s


def read_bars(path: str, date: dt.date, tz: str) -> Columns:
    """The bars of a minute or second trade zip of ``date``: stamps are starts; open, high, low, close, volume."""
    table = _table(path, BAR_FILE)
    return Columns(_instants(table, date, tz, path), _bar_values(table))


def read_whole_bars(path: str, tz: str) -> Columns:
    """The bars of a daily or hour zip: all dates in one file; stamps are starts."""
    table = _table(path, BAR_FILE, dated=True)
    wall = table.column(0).cast("timestamp[ns]").cast("int64").to_numpy()
    return Columns(to_utc(wall, tz), _bar_values(table))


def read_quotes(path: str, date: dt.date, width_ns: int, tz: str) -> Columns:
    """The last quote of each bar of a quote zip, stamped at the bar's END, when it is known.

    ``values`` are bid price, bid size, ask price, ask size; a side without a price is NaN.
    """
    table = _table(path, QUOTE_FILE)
    names = ("bid_close", "bid_size", "ask_close", "ask_size")
    return Columns(_instants(table, date, tz, path) + width_ns, _quote_values(table, names))


def read_tick_quotes(path: str, date: dt.date, tz: str) -> Columns:
    """The quotes of a tick zip, from rows that tell one side each.

    A bid and the ask after it with the same stamp make one quote; a side that is told alone joins the other as it was
    told last. Before both were told there is no quote.
    """
    table = _table(path, TICK_QUOTE_FILE)
    stamp = _instants(table, date, tz, path)
    values = _quote_values(table, TICK_QUOTE_FILE[1:5])
    tells_bid, tells_ask = np.nan_to_num(values[0]) != 0, np.nan_to_num(values[2]) != 0
    paired = tells_bid[:-1] & ~tells_ask[:-1] & tells_ask[1:] & ~tells_bid[1:] & (stamp[1:] == stamp[:-1])
    kept = np.append(~paired, True)[: len(stamp)]
    for at, tells in ((0, tells_bid), (2, tells_ask)):
        last = np.maximum.accumulate(np.where(tells, np.arange(len(stamp)), -1))
        kept &= last >= 0
        values[at : at + 2] = values[at : at + 2, last]
    return Columns(stamp[kept], np.compress(kept, values, axis=1))


def to_utc(wall_ns: Int64s, tz: str) -> Int64s:
    """Times of a wall clock in zone ``tz``, in ns since 1970 by that wall, as ns UTC.

    An hour that the clock shows twice is the first of the two, one that it leaves out is moved on.
    """
    if not len(wall_ns):
        return wall_ns
    zone = ZoneInfo(tz)
    lo, hi = int(wall_ns.min()), int(wall_ns.max())
    shifts = {_shift(at, zone) for at in (lo, hi)}
    if len(shifts) == 1 and hi - lo < _DAY_MS * _MS:
        return wall_ns - shifts.pop()
    import pandas as pd

    index = pd.DatetimeIndex(wall_ns.view("M8[ns]")).tz_localize(
        tz, ambiguous=np.ones(len(wall_ns), dtype=bool), nonexistent="shift_forward"
    )
    utc: Int64s = index.as_unit("ns").asi8
    return utc


def read_zipped_csv(path: str) -> bytes:
    """The bytes of the one CSV in the zip at ``path``.

    Raises :class:`BadDataError` for what is no sound zip, holds no CSV or several, is a bomb, or names a path outside.
    """
    try:
        held = Path(path).read_bytes()  # at once, so that it can be replaced meanwhile
    except OSError as why:
        raise SourceError(f"{path} cannot be read ({why.strerror}); check the file and who may read it", path=path) from why
    if not held:
        raise BadDataError(f"{path} is empty (0 bytes); delete it, or fetch it again", path=path)
    with Archive.opened(held, path) as archive:
        found = [name for name in archive.names if name.lower().endswith(".csv")]
        if len(found) != 1:
            names = ", ".join(name[:80] for name in found[:3]) + (", ..." if len(found) > 3 else "")
            said = f"{len(found)} CSV files ({names})" if found else "no CSV file"
            raise BadDataError(f"{path} holds {said}; a zip of LEAN holds one", path=path, count=len(found))
        return archive.read(found[0])


def _shift(wall_ns: int, zone: ZoneInfo) -> int:
    """How far the wall is ahead of UTC, ns."""
    wall = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=wall_ns // 1_000_000_000)
    ahead = wall.replace(tzinfo=zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds()) * 1_000_000_000


def _instants(table: pa.Table, date: dt.date, tz: str, path: str) -> Int64s:
    ms = _floats(table.column(0))
    if np.isnan(ms).any():
        row = int(np.flatnonzero(np.isnan(ms))[0]) + 1
        raise BadDataError(f"{path} has no time in row {row:,}; its first column is ms since midnight", path=path)
    if (longest := np.abs(ms).max(initial=0.0)) > 10 * _DAY_MS:
        raise BadDataError(
            f"{path} has {longest:.0f} in its first column, which is ms since midnight: {_DAY_MS:,} in a day", path=path
        )
    midnight = (date - dt.date(1970, 1, 1)).days * _DAY_MS * _MS
    return to_utc(midnight + np.rint(ms * _MS).astype(np.int64), tz)


def _bar_values(table: pa.Table) -> Float64s:
    values = np.empty((len(BAR_COLUMNS), table.num_rows))
    for row, name in zip(values, BAR_COLUMNS, strict=True):
        row[:] = _floats(table.column(name))
    values[:4] /= PRICE_UNITS
    return values


def _quote_values(table: pa.Table, names: tuple[str, ...]) -> Float64s:
    values = np.stack([_floats(table.column(name)) for name in names])
    values[0::2] /= PRICE_UNITS
    return values


def _floats(column: Any) -> Float64s:
    found: Float64s = column.to_numpy()  # an empty field is NaN
    return found


def _table(path: str, columns: tuple[str, ...], dated: bool = False) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    held = read_zipped_csv(path)
    first = held[:4096].split(b"\n", 1)[0].strip()
    if not first:
        raise BadDataError(f"{path} holds an empty CSV; delete it, or fetch it again", path=path)
    _check_first(first.decode(errors="replace"), columns, path)
    types = {name: pa.float64() for name in columns}
    if dated:
        types["time"] = pa.timestamp("s")
    if columns is TICK_QUOTE_FILE:
        types |= {name: pa.string() for name in columns[5:]}
    try:
        return csv.read_csv(
            io.BytesIO(held),
            csv.ReadOptions(column_names=list(columns), use_threads=False),
            convert_options=csv.ConvertOptions(
                column_types=types, null_values=[""], timestamp_parsers=["%Y%m%d %H:%M", "%Y%m%d %H:%M:%S"]
            ),
        )
    except pa.ArrowInvalid as why:
        reason = " ".join(str(why).split())[:160]
        raise BadDataError(f"{path} cannot be read as {_said(columns)} ({reason}); fetch it again", path=path) from why


def _check_first(line: str, columns: tuple[str, ...], path: str) -> None:
    fields = line.lstrip("\ufeff").split(",")
    if len(fields) != len(columns):
        raise BadDataError(
            f"{path} has {len(fields)} columns, and {_said(columns)} {len(columns)}: {', '.join(columns)}", path=path
        )
    if not fields[0][:1].isdigit():
        raise BadDataError(f"{path} begins with {line[:60]!r}; a file of LEAN has no header, remove the line", path=path)


def _said(columns: tuple[str, ...]) -> str:
    return {BAR_FILE: "a trade file of LEAN", QUOTE_FILE: "a quote file of LEAN"}.get(columns, "a tick quote file of LEAN")
