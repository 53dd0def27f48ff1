"""A table of bars as plain columns, symbol by symbol: what files and frames have in common once they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sessionlab.errors import BadDataError
from sessionlab.sources.cells import GIVE_DECIMAL, doubles_of, read_numbers
from sessionlab.sources.column_names import SYMBOL
from sessionlab.sources.notes import Notes
from sessionlab.sources.row_checks import AT_ITS_END
from sessionlab.sources.stamps import StampRules, is_text, read_known_at, read_stamps
from sessionlab.tape.block import BAR_COLUMNS, Float64s, Int64s

if TYPE_CHECKING:
    import pyarrow as pa


class RawRows(NamedTuple):
    """``stamps`` int64 ns UTC (rows,) as written, ``values`` float64 (5, rows), ``known_at`` like ``stamps`` or None."""

    stamps: Int64s
    values: Float64s
    known_at: Int64s | None

    @property
    def nbytes(self) -> int:
        """What the columns take in memory."""
        return self.stamps.nbytes + self.values.nbytes + (0 if self.known_at is None else self.known_at.nbytes)


def rows_by_symbol(
    table: pa.Table, rules: StampRules, where: str, notes: Notes, decimal: str | None = None, advice: str = GIVE_DECIMAL
) -> dict[str | None, RawRows]:
    """The rows of each symbol, in the table's order; those of the only one under None where no column names it.

    ``table`` has columns by meaning. ``decimal`` is the point of numbers that are text, found out where it is None; ``advice``
    says what to do where it cannot be. Raises :class:`BadDataError` for what is no number, no time, no symbol.
    """
    stamps = read_stamps(table, rules, where, notes)
    known_at = read_known_at(table, rules, where, notes)
    values = _values(table, where, notes, decimal, advice)
    rows = RawRows(stamps, values, known_at)
    if SYMBOL not in table.column_names:
        return {None: rows}
    return _parted(rows, table.column(SYMBOL), where)


def _values(table: pa.Table, where: str, notes: Notes, decimal: str | None, advice: str) -> Float64s:
    import pyarrow as pa

    values = np.empty((len(BAR_COLUMNS), table.num_rows))
    texts = {}
    for row, name in zip(values, BAR_COLUMNS, strict=True):
        if name not in table.column_names:  # only the volume may be absent
            row[:] = 0.0
            notes.add("there is no column volume: it is taken as 0", where, warn=True)
            continue
        column = table.column(name)
        kind = column.type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
            whole = doubles_of(column)
            row[:] = whole.to_numpy() if isinstance(whole, pa.ChunkedArray) else whole.to_numpy(zero_copy_only=False)
        elif is_text(kind):
            texts[name] = column.cast(pa.string())
        else:
            raise BadDataError(
                f"{where}: column {name} is {kind}, not a number; convert it with pd.to_numeric", path=where, column=name
            )
    if texts:
        for name, numbers in read_numbers(texts, decimal, where, advice).items():
            values[BAR_COLUMNS.index(name)] = numbers
    return values


def _parted(rows: RawRows, column: Any, where: str) -> dict[str | None, RawRows]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    coded = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    names = pc.utf8_trim_whitespace(coded.dictionary.cast(pa.string())).to_pylist()
    codes = np.asarray(coded.indices.fill_null(-1))
    counts = np.bincount(codes + 1, minlength=len(names) + 1)
    nameless = int(counts[0]) + sum(int(counts[code + 1]) for code, name in enumerate(names) if not name)
    if nameless:
        raise BadDataError(
            f"{where}: {nameless:,} of {len(codes):,} rows have no symbol; drop or mend them", path=where, column=SYMBOL
        )
    used = counts[1:] > 0
    if np.count_nonzero(used) == 1:
        return {names[int(np.flatnonzero(used)[0])]: rows}
    order = np.argsort(codes.astype(np.int16 if len(names) < 1 << 15 else np.int64), kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
    parts: dict[str | None, RawRows] = {}
    for code, name in enumerate(names):
        at = order[bounds[code] : bounds[code + 1]]
        if len(at):
            part = RawRows(
                rows.stamps[at], np.take(rows.values, at, axis=1), None if rows.known_at is None else rows.known_at[at]
            )
            parts[name] = part if name not in parts else join_rows([parts[name], part])
    return parts


def join_rows(parts: Sequence[RawRows]) -> RawRows:
    """The rows of all parts, one part after another."""
    if len(parts) == 1:
        return parts[0]
    known_at = None
    if any(part.known_at is not None for part in parts):
        known_at = np.concatenate([np.full(len(p.stamps), AT_ITS_END) if p.known_at is None else p.known_at for p in parts])
    return RawRows(np.concatenate([p.stamps for p in parts]), np.concatenate([p.values for p in parts], axis=1), known_at)
