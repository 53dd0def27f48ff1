"""A frame as a table for Parquet, and the same frame again: columns, index and every type, to the last bit.

What Parquet and Arrow do not tell apart is written beside the schema: seconds from milliseconds, texts from objects, tuples.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.errors import BadDataError

if TYPE_CHECKING:
    import pyarrow as pa

_KEY = b"sessionlab"
_TUPLE = "tuple"


def to_table(frame: pd.DataFrame) -> pa.Table:
    """``frame`` with its index, where that has a name, as the first column; an index without a name only counts rows.

    Raises :class:`ValueError` for a column that Arrow has no type for.
    """
    import pyarrow as pa

    index = frame.index.name
    columns = {str(name): frame[name] for name in frame}
    if index is not None:
        columns = {str(index): frame.index.to_series(), **columns}
    kinds = {name: _kind(column) for name, column in columns.items()}
    arrays = [_array(column, kinds[name]) for name, column in columns.items()]
    told = json.dumps({"kinds": kinds, "index": index, "rows": len(frame)}, separators=(",", ":"))
    return pa.table(dict(zip(columns, arrays, strict=True))).replace_schema_metadata({_KEY: told.encode()})


def to_frame(table: pa.Table, where: str) -> pd.DataFrame:
    """The frame that :func:`to_table` was given. Raises :class:`BadDataError` for a table that it did not make."""
    said = (table.schema.metadata or {}).get(_KEY)
    if said is None:
        raise BadDataError(f"{where} is no table of a saved run; save the run again", path=where)
    told = json.loads(said)
    columns = {name: _column(table[name], kind) for name, kind in told["kinds"].items()}
    index = columns.pop(told["index"]) if told["index"] is not None else None
    frame = pd.DataFrame(columns, pd.RangeIndex(told["rows"]), copy=True) if columns else pd.DataFrame(index=range(told["rows"]))
    return frame if index is None else frame.set_axis(pd.Index(index, name=told["index"]))


def _kind(column: pd.Series[Any]) -> str:
    if column.dtype == object and len(column) and all(isinstance(value, tuple) for value in column):
        return _TUPLE
    return str(column.dtype)


def _array(column: pd.Series[Any], kind: str) -> pa.Array:
    import pyarrow as pa

    if kind == _TUPLE:
        return pa.array(column.tolist(), pa.list_(pa.string()))
    if kind == "object":
        return pa.array(column.tolist(), pa.null() if column.empty else None)
    return pa.Array.from_pandas(column)


def _column(column: pa.ChunkedArray, kind: str) -> Any:
    import pyarrow as pa

    if kind == _TUPLE:
        return pd.Series([tuple(value) for value in column.to_pylist()], dtype=object)
    if kind == "object":
        return pd.Series(column.to_pylist(), dtype=object)
    if kind == "Int64":
        found = pa.table({"x": column}).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)["x"]
    else:
        found = column.to_pandas()
    return found if str(found.dtype) == kind else found.astype(kind)
