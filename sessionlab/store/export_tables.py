"""Rows of a store as tables for others, written as CSV or Parquet.

Stamps have their zone or offset, floats as many digits as they need, and a side of a quote without a price is an empty cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
import pandas as pd

from sessionlab.tape.block import BAR_COLUMNS, QUOTE_COLUMNS, DayBlock, QuoteBlock
from sessionlab.timing import SessionTable

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "parquet"]


def table_of_bars(blocks: Sequence[DayBlock], sessions: SessionTable, tz: str, label: str) -> pa.Table:
    """All bars of ``blocks``, which are of ``sessions`` and of one width, stamped in zone ``tz`` by their start or their end.

    Daily bars have their date. ``known_at`` is there where any bar was known at another moment than its end.
    """
    import pyarrow as pa

    parts = [rows for block in blocks for rows in (block.rows, block.extended)]
    start = np.concatenate([part.start for part in parts])
    known_at = np.concatenate([part.known_at for part in parts])
    values = np.concatenate([part.values for part in parts], axis=1)
    width = blocks[0].interval.ns
    if width:
        ends = start + width
        for edge in (sessions.break_start, sessions.close):  # the last bar of a stretch is cut where it ends
            at = np.minimum(edge.searchsorted(start, "right"), len(edge) - 1)
            inside = (start < edge[at]) & (start >= sessions.open[at])
            ends = np.where(inside, np.minimum(ends, edge[at]), ends)
    else:
        ends = sessions.close[sessions.open.searchsorted(start, "right") - 1]
    order = np.lexsort((known_at, start))
    instant = pa.timestamp("ns", tz=tz)
    if width:
        stamps = pa.array((start + (width if label == "end" else 0))[order], instant)
    else:
        dates = sessions.date[sessions.open.searchsorted(start, "right") - 1]
        stamps = pa.array(dates[order].astype("datetime64[D]"), pa.date32())
    columns: dict[str, Any] = {"timestamp": stamps}
    columns |= {name: pa.array(row[order], from_pandas=False) for name, row in zip(BAR_COLUMNS, values, strict=True)}
    late = known_at != ends
    if late.any():
        columns["known_at"] = pa.array(known_at[order], instant, mask=~late[order])
    return pa.table(columns)


def table_of_quotes(blocks: Sequence[QuoteBlock], tz: str) -> pa.Table:
    """All quotes of ``blocks``, stamped in zone ``tz`` with when each was known. Those of one stamp stay in their order."""
    import pyarrow as pa

    stamps = np.concatenate([block.rows.start for block in blocks])
    values = np.concatenate([block.rows.values for block in blocks], axis=1)
    columns: dict[str, Any] = {"timestamp": pa.array(stamps, pa.timestamp("ns", tz=tz))}
    return pa.table(columns | {name: pa.array(row, from_pandas=True) for name, row in zip(QUOTE_COLUMNS, values, strict=True)})


def write_table(table: pa.Table, file: BinaryIO, format: Format) -> None:
    """Write ``table`` to an open file."""
    if format == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, file, compression="zstd", write_page_checksum=True)
        return
    from pyarrow import csv

    for name in ("timestamp", "known_at"):
        if name in table.column_names and table.schema.field(name).type != "date32":
            at = table.column_names.index(name)
            table = table.set_column(at, name, _as_text(table.column(name)))
    file.write(f"{','.join(table.column_names)}\n".encode())  # pyarrow would quote the names
    csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style="none"))


def _as_text(column: Any) -> pa.Array:
    """Instants as ISO texts with their offset from UTC, whole seconds where all are."""
    import pyarrow as pa

    stamps = pd.DatetimeIndex(column.to_pandas())
    whole = not (stamps.dropna().as_unit("ns").asi8 % 1_000_000_000).any()
    texts = [None if pd.isna(stamp) else stamp.isoformat(timespec="seconds" if whole else "nanoseconds") for stamp in stamps]
    return pa.array(texts, pa.string())
