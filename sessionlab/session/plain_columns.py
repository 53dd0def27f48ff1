"""Columns as JSON values and back, to the last bit: stamps as ISO text with offset, NaN as None, numbers as they are.

JSON knows no infinity, so one is the text ``Infinity`` or ``-Infinity``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.errors import BadDataError
from sessionlab.session.columns import zoned
from sessionlab.tape import Rows
from sessionlab.tape.block import Float64s, Int64s

SECOND_NS = 10**9


def plain_stamps(instants: Int64s, tz: str) -> list[str]:
    """Instants in ns UTC as ISO text in zone ``tz``, of as many digits as it takes.

    >>> plain_stamps(np.array([1751463000_000000000, 1751463000_500000000]), "America/New_York")
    ['2025-07-02T09:30:00-04:00', '2025-07-02T09:30:00.500000-04:00']
    """
    if not len(instants):
        return []
    local = zoned(instants, tz).tz_localize(None).as_unit("ns").asi8
    seconds = np.datetime_as_string((local // SECOND_NS).view("M8[s]"))
    offsets, of = np.unique((local - instants) // SECOND_NS, return_inverse=True)
    suffixes = np.array([_offset(int(offset)) for offset in offsets])
    text: list[str] = np.strings.add(seconds, suffixes[of] if len(offsets) > 1 else suffixes[0]).tolist()
    rest = local % SECOND_NS
    for i in np.flatnonzero(rest).tolist():
        digits = f"{rest[i]:09d}".removesuffix("000")
        text[i] = f"{seconds[i]}.{digits}{suffixes[of[i]]}"
    return text


def plain_stamp(instant_ns: int, tz: str) -> str:
    """One instant in ns UTC as :func:`plain_stamps` writes it."""
    return plain_stamps(np.array([instant_ns]), tz)[0]


def instants_of(stamps: Sequence[str], where: str) -> Int64s:
    """The instants in ns UTC that ISO ``stamps`` with offset mean. Raises :class:`BadDataError` that names ``where``.

    >>> instants_of(["2025-07-02T09:30:00-04:00", "2025-07-02T09:30:00.500000-04:00"], "now").tolist()
    [1751463000000000000, 1751463000500000000]
    """
    try:
        if not all(stamp[-1:] == "Z" or stamp[-6:-5] in ("+", "-") for stamp in stamps):  # pandas would take it as UTC
            raise ValueError("one has no offset")
        found = pd.to_datetime(pd.Series(list(stamps), dtype="str"), format="ISO8601", utc=True).dt.as_unit("ns")
    except (TypeError, ValueError) as why:
        raise BadDataError(
            f"{where}: not every stamp is ISO text with its offset ({_line(why)}); export the moment again"
        ) from why
    return np.asarray(found.to_numpy("M8[ns]").view(np.int64))


def plain_number(value: float) -> float | str | None:
    """A number as JSON can say it.

    >>> plain_number(0.1), plain_number(float("nan")), plain_number(float("-inf"))
    (0.1, None, '-Infinity')
    """
    if math.isfinite(value):
        return float(value)
    return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def plain_numbers(values: Float64s) -> list[Any]:
    """Float64 numbers as JSON can say them."""
    numbers: list[Any] = values.tolist()
    for i in np.flatnonzero(~np.isfinite(values)).tolist():
        numbers[i] = plain_number(numbers[i])
    return numbers


def numbers_of(values: Sequence[Any], where: str) -> Float64s:
    """The float64 numbers that :func:`plain_numbers` wrote. Raises :class:`BadDataError` that names ``where``.

    >>> numbers_of([1.5, None, "Infinity"], "close").tolist()
    [1.5, nan, inf]
    """
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as why:
        raise BadDataError(f"{where}: not every value is a number ({_line(why)}); export the moment again") from why


def plain_rows(rows: Rows, columns: Sequence[str], tz: str) -> dict[str, list[Any]]:
    """``rows`` by column: ``start known_at``, ``columns``, and where they have them ``count complete repaired``."""
    found: dict[str, list[Any]] = {"start": plain_stamps(rows.start, tz), "known_at": plain_stamps(rows.known_at, tz)}
    found |= {name: plain_numbers(values) for name, values in zip(columns, rows.values, strict=True)}
    flags = {"count": rows.base_count, "complete": rows.complete}
    if rows.repaired is not None and rows.repaired.any():
        flags["repaired"] = rows.repaired
    return found | {name: flag.tolist() for name, flag in flags.items() if flag is not None}


def rows_of(columns: dict[str, Any], names: Sequence[str], where: str) -> Rows:
    """The rows that :func:`plain_rows` wrote, without what is only shown. Raises :class:`BadDataError` that names ``where``."""
    lacking = [name for name in ("start", "known_at", *names) if name not in columns]
    if lacking:
        raise BadDataError(f"{where} lacks {', '.join(lacking)}; export the moment again", missing=lacking)
    start, known_at = instants_of(columns["start"], where), instants_of(columns["known_at"], where)
    values = [numbers_of(columns[name], f"{where}.{name}") for name in names]
    if {len(column) for column in (known_at, *values)} != {len(start)}:
        raise BadDataError(f"{where}: its columns are not of one length; export the moment again")
    return Rows.of(start, known_at, np.stack(values))


def _offset(seconds: int) -> str:
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def _line(why: BaseException) -> str:
    return str(why).splitlines()[0][:120] if str(why) else type(why).__name__
