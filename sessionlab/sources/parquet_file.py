"""One Parquet file of rows: read as numpy columns, replaced as a whole. What is wrong with it is said in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.cells import doubles_of
from sessionlab.tape.block import Float64s, Int64s
from sessionlab.whole_file import replace_whole

if TYPE_CHECKING:
    import pyarrow as pa

STAMP, KNOWN_AT, SYMBOL = "timestamp", "known_at", "symbol"
_SLURPED_BYTES = 32 << 20  # up to here a file is read at once and closed, so that it can be replaced meanwhile
_UNIT_NS = {"milliseconds": 1_000_000, "microseconds": 1_000, "nanoseconds": 1}


class Columns(NamedTuple):
    """``stamp`` int64 ns UTC (rows,), ``values`` float64 (columns, rows), ``known_at`` like ``stamp``, or None."""

    stamp: Int64s
    values: Float64s
    known_at: Int64s | None


class RowFile:
    """A Parquet file that holds ``timestamp`` and ``columns`` of one symbol, opened and found readable.

    Raises :class:`BadDataError` for files that are no Parquet, lack a column, or whose stamps have no zone. With
    ``symbol``, also for a file whose column ``symbol`` names another one.
    """

    def __init__(self, path: str, columns: Sequence[str], symbol: str | None = None) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        self._columns = tuple(columns)
        with _said(path):
            there = Path(path)
            if (size := there.stat().st_size) == 0:
                raise BadDataError(f"{path} is empty (0 bytes); delete it, or write it again", path=path)
            source = pa.BufferReader(there.read_bytes()) if size <= _SLURPED_BYTES else path
            self._file = pq.ParquetFile(source, pre_buffer=size > _SLURPED_BYTES, page_checksum_verification=True)
            schema = self._file.schema_arrow
        self._types: dict[str, pa.DataType] = dict(zip(schema.names, schema.types, strict=True))
        self._check_types()
        self.rows: int = self._file.metadata.num_rows
        self.group_count: int = self._file.metadata.num_row_groups
        if symbol is not None and SYMBOL in self._types:
            self._check_symbol(symbol)

    def bounds(self) -> list[tuple[int, int] | None]:
        """First and last stamp of each row group, ns UTC, as the file says by itself; None where it does not."""
        leaves = self._file.schema
        at = next(i for i in range(len(leaves)) if leaves.column(i).path == STAMP)
        # The file's own unit: Arrow's may differ, since Parquet knows no seconds and old writers no nanoseconds.
        unit_ns = _UNIT_NS.get(json.loads(leaves.column(at).logical_type.to_json()).get("timeUnit"))
        found: list[tuple[int, int] | None] = []
        for group in range(self.group_count):
            said = self._file.metadata.row_group(group).column(at).statistics
            if unit_ns is None or said is None or not said.has_min_max:
                found.append(None)
            else:
                found.append((said.min_raw * unit_ns, said.max_raw * unit_ns))
        return found

    def span(self) -> tuple[int, int] | None:
        """First and last stamp of the file, ns UTC, from the footer where it tells; None without rows."""
        found = []
        for group, bound in enumerate(self.bounds()):
            if bound is None:
                stamps = self.stamps(group)
                bound = (int(stamps.min()), int(stamps.max())) if len(stamps) else None
            found += [] if bound is None else [bound]
        return (min(first for first, _ in found), max(last for _, last in found)) if found else None

    def read(self, group: int | None = None) -> Columns:
        """All rows, or those of one row group."""
        names = [STAMP, *self._columns, *([KNOWN_AT] if KNOWN_AT in self._types else [])]
        with _said(self.path):
            table = self._table(names, group)
            named = dict(zip(table.column_names, table.columns, strict=True))
            stamp = _instants(named[STAMP], STAMP, self.path)
            values = np.empty((len(self._columns), len(stamp)))
            for row, name in zip(values, self._columns, strict=True):
                row[:] = _numbers(named[name])
            known_at = _instants(named[KNOWN_AT], KNOWN_AT, self.path) if KNOWN_AT in named else None
        return Columns(stamp, values, known_at)

    def stamps(self, group: int | None = None) -> Int64s:
        """The stamps of all rows, or of one row group, ns UTC."""
        with _said(self.path):
            return _instants(self._table([STAMP], group).column(0), STAMP, self.path)

    def table(self) -> pa.Table:
        """The whole file, with columns that are not ours, stamps as ns UTC and numbers as float64."""
        import pyarrow as pa

        with _said(self.path):
            table = self._table(None, None)
            for at, name in enumerate(table.column_names):
                if name in (STAMP, KNOWN_AT):
                    table = table.set_column(at, name, table.column(at).cast(pa.timestamp("ns", tz="UTC")))
                elif name in self._columns:
                    table = table.set_column(at, name, doubles_of(table.column(at)))
        return table

    def _table(self, names: list[str] | None, group: int | None) -> pa.Table:
        if names is not None and len(names) == len(self._types):
            names = None  # to pick columns costs more than a small file's rows
        if group is None:
            return self._file.read(names, use_threads=False)
        return self._file.read_row_group(group, names, use_threads=False)

    def _check_types(self) -> None:
        from pyarrow import types

        missing = [name for name in (STAMP, *self._columns) if name not in self._types]
        if missing:
            raise BadDataError(
                f"{self.path} has no column {', '.join(missing)}; it has {', '.join(self._types) or 'none'}; rename or add them",
                path=self.path,
                missing=missing,
            )
        for name in (STAMP, KNOWN_AT):
            kind = self._types.get(name)
            if kind is None:
                continue
            if not types.is_timestamp(kind):
                raise BadDataError(
                    f"{self.path}: column {name} is {kind}, not a timestamp; convert it with pd.to_datetime(..., utc=True)",
                    path=self.path,
                    column=name,
                )
            if kind.tz is None:
                raise BadDataError(
                    f"{self.path}: column {name} has stamps without zone; localize them before saving, "
                    f"as in df[{name!r}].dt.tz_localize('America/New_York')",
                    path=self.path,
                    column=name,
                )
        for name in self._columns:
            kind = self._types[name]
            if not (types.is_floating(kind) or types.is_integer(kind) or types.is_decimal(kind)):
                raise BadDataError(
                    f"{self.path}: column {name} is {kind}, not a number; convert it with pd.to_numeric",
                    path=self.path,
                    column=name,
                )

    def _check_symbol(self, symbol: str) -> None:
        at = list(self._types).index(SYMBOL)
        groups = [self._file.metadata.row_group(group).column(at) for group in range(self.group_count)]
        said = [group.statistics for group in groups if group.path_in_schema == SYMBOL]
        if len(said) == len(groups) and all(s is not None and s.has_min_max and s.min == s.max == symbol for s in said):
            return
        with _said(self.path):
            found = self._table([SYMBOL], None).column(0).unique().to_pylist()
        others = [other for other in found if other is not None and other != symbol]
        if others:
            raise BadDataError(
                f"{self.path} holds rows of {others[0]}, not of {symbol} alone; keep one symbol to a file, "
                f"or correct its column {SYMBOL}",
                path=self.path,
                symbol=symbol,
            )


def replace_file(path: Path, table: pa.Table) -> None:
    """Put ``table`` at ``path`` as a whole: readers see the old file or the new one, also when the process dies.

    Raises :class:`SourceError` where the disk refuses; what was there before is then still there.
    """
    import pyarrow.parquet as pq

    replace_whole(path, lambda file: pq.write_table(table, file, compression="zstd", write_page_checksum=True))


@contextmanager
def _said(path: str) -> Iterator[None]:
    """Turns what Arrow or the system says of ``path`` into one line."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as why:
        raise BadDataError(f"{path} is gone; it was there a moment ago: ask again", path=path) from why
    except PermissionError as why:
        raise BadDataError(f"{path} may not be read; change its permissions (chmod u+r)", path=path) from why
    except (pa.ArrowException, OSError) as why:
        reason = str(why).splitlines()[0].rstrip(".") if str(why) else type(why).__name__
        raise BadDataError(
            f"{path} cannot be read as Parquet ({reason[:160]}); it may be half-written: delete it, or write it again",
            path=path,
        ) from why


def _instants(column: pa.ChunkedArray, name: str, path: str) -> Int64s:
    import pyarrow as pa

    if column.type.unit != "ns":
        column = column.cast(pa.timestamp("ns", tz=column.type.tz))
    if name == STAMP and column.null_count:
        raise BadDataError(f"{path}: {column.null_count:,} of {len(column):,} rows have no {STAMP}; drop or mend them", path=path)
    instants: Int64s = _array(column).view(np.int64)  # a null is NaT, and that is AT_ITS_END
    return instants


def _numbers(column: pa.ChunkedArray) -> Float64s:

    numbers: Float64s = _array(doubles_of(column))
    return numbers


def _array(column: pa.ChunkedArray) -> Any:
    piece = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return piece.to_numpy(zero_copy_only=False)
