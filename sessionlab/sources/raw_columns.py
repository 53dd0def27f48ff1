"""What a user hands over as rows, a DataFrame or a dict of columns, as plain columns in ns UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.errors import BadDataError
from sessionlab.sources.parquet_file import KNOWN_AT, STAMP, Columns
from sessionlab.sources.row_checks import AT_ITS_END
from sessionlab.tape.block import Int64s


def raw_columns(rows: pd.DataFrame | Mapping[str, Any], columns: Sequence[str]) -> Columns:
    """The ``timestamp``, the ``columns`` and, where it is there, ``known_at`` of ``rows``, in their order.

    Stamps have a zone, or are int64 ns UTC; those of a frame may be its index. Raises :class:`BadDataError` for missing
    columns, for stamps without zone and for what is no number.

    >>> index = pd.DatetimeIndex(["2024-01-02 09:30"], tz="America/New_York")
    >>> raw_columns(pd.DataFrame({"open": [10]}, index=index), ["open"])
    Columns(stamp=array([1704205800000000000]), values=array([[10.]]), known_at=None)
    """
    missing = [name for name in columns if name not in rows]
    if missing:
        raise BadDataError(
            f"the rows have no column {', '.join(missing)}; they have {', '.join(map(str, rows)) or 'none'}; rename or add them",
            missing=missing,
        )
    if STAMP in rows:
        stamps = rows[STAMP]
    elif isinstance(rows, pd.DataFrame) and isinstance(rows.index, pd.DatetimeIndex):
        stamps = rows.index
    else:
        raise BadDataError(f"the rows have no column {STAMP}; add one, or give a frame whose index says the time")
    stamp = _instants(stamps, STAMP)
    if (stamp == AT_ITS_END).any():
        raise BadDataError(f"{(stamp == AT_ITS_END).sum():,} of {len(stamp):,} rows have no {STAMP}; drop or mend them")
    known_at = _instants(rows[KNOWN_AT], KNOWN_AT) if KNOWN_AT in rows else None
    values = np.empty((len(columns), len(stamp)))
    for row, name in zip(values, columns, strict=True):
        try:
            row[:] = pd.to_numeric(np.asarray(rows[name]))
        except (TypeError, ValueError) as why:
            raise BadDataError(f"column {name} cannot be read as numbers ({why}); convert it first", column=name) from why
    return Columns(stamp, values, known_at)


def _instants(stamps: Any, name: str) -> Int64s:
    if isinstance(stamps, np.ndarray) and stamps.dtype == np.int64:
        return stamps
    try:
        index = pd.DatetimeIndex(stamps)
    except (TypeError, ValueError) as why:
        raise BadDataError(f"column {name} cannot be read as times ({why}); use pd.to_datetime(..., utc=True)") from why
    if index.tz is None:
        raise BadDataError(
            f"column {name} has stamps without zone; say which one is meant, as in .tz_localize('America/New_York')",
            column=name,
        )
    # pandas 3 infers microseconds, so .asi8 would be off by 1000 without as_unit
    instants: Int64s = index.as_unit("ns").asi8
    return instants
