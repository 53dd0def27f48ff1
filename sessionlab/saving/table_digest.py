"""Digests of a run's tables: for who keeps what a table was, and not the table.

They are made of values, and not of the bytes of some file: another version of Parquet is no difference. Of numbers every bit
counts, as in a comparison of the tables themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.saving.differences import with_index


def table_digest(frame: pd.DataFrame) -> dict[str, Any]:
    """``rows``, ``columns`` (a digest each, an index that has a name as the first), and the ``digest`` of all, as JSON.

    >>> one, other = (table_digest(pd.DataFrame({"a": [1.0, last], "b": "x"})) for last in (2.0, 3.0))
    >>> one["rows"], one["columns"]["a"] == other["columns"]["a"], one["columns"]["b"] == other["columns"]["b"]
    (2, False, True)
    """
    columns = {name: sha256(_content(column)).hexdigest() for name, column in with_index(frame).items()}
    whole = json.dumps([len(frame), columns], separators=(",", ":"))
    return {"rows": len(frame), "digest": sha256(whole.encode()).hexdigest(), "columns": columns}


def digest_differences(saved: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of each table whose digest is not the same, its name and what differs in words; both by name, as of ``table_digest``."""
    for name in dict.fromkeys([*again, *saved]):
        one, other = saved.get(name), again.get(name)
        if one is None or other is None:
            yield name, "was not saved" if one is None else "did not come out"
        elif one["digest"] != other["digest"]:
            yield name, _words(one, other)


def _words(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    if one["rows"] != other["rows"]:
        return f"a table of {one['rows']:,} rows was saved, one of {other['rows']:,} came out"
    names = dict.fromkeys([*one["columns"], *other["columns"]])
    return f"column {', '.join(name for name in names if one['columns'].get(name) != other['columns'].get(name))}"


def _content(column: pd.Series[Any]) -> bytes:
    kind = column.dtype.kind
    if isinstance(column.dtype, pd.DatetimeTZDtype) or kind == "M":
        return b"M" + np.asarray(pd.DatetimeIndex(column).as_unit("ns").asi8, dtype="<i8").tobytes()
    if isinstance(column.dtype, np.dtype) and kind in "iub":
        return kind.encode() + column.to_numpy().astype("<i8").tobytes()
    if isinstance(column.dtype, np.dtype) and kind == "f":
        numbers = column.to_numpy().astype("<f8")
        # One NaN and one zero: there are many of the first, and two of the second.
        return b"f" + np.where(np.isnan(numbers), np.nan, numbers + 0.0).tobytes()
    cells = zip(column.tolist(), column.isna().tolist(), strict=True)
    return b"o" + json.dumps([None if gone else _plain(value) for value, gone in cells], separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) else str(value)
