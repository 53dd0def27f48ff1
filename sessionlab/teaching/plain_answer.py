"""An answer as plain values, such as JSON has, whatever it was given as: frames, series, tuples, stamps, numpy's numbers.

A clock time becomes the text of its minute or second. What has no plain form is refused, with what the lesson asks for.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sessionlab.errors import AnswerError

MOST_ROWS = 200
_DEEPEST = 6
_CLOCK = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:[+-]\d{2}:?\d{2}|Z)?")


def plain(answer: Any, tz: str, depth: int = 0) -> Any:
    """``answer`` as dicts, lists, texts, numbers, True, False and None; stamps in zone ``tz``.

    Raises :class:`AnswerError` for what is none of these.

    >>> plain({"a": (np.int64(1), pd.Timestamp("2025-07-02 14:31", tz="UTC"))}, "America/New_York")
    {'a': [1, '2025-07-02 10:31']}
    """
    if depth > _DEEPEST:
        raise AnswerError("this answer is nested too deep; a table, a dict or a list of rows is enough")
    if isinstance(answer, pd.DataFrame):
        named = answer.reset_index() if answer.index.name else answer
        return plain(named.astype(object).to_dict("records"), tz, depth)
    if isinstance(answer, pd.Series):
        return plain(answer.astype(object).to_dict(), tz, depth)
    if isinstance(answer, Mapping):
        return {_key(name, tz): plain(value, tz, depth + 1) for name, value in answer.items()}
    if isinstance(answer, np.ndarray | pd.Index):
        return plain(answer.tolist(), tz, depth)
    if isinstance(answer, set | frozenset):
        return sorted((plain(value, tz, depth + 1) for value in answer), key=str)
    if isinstance(answer, list | tuple):
        return [plain(value, tz, depth + 1) for value in answer]
    return _value(answer, tz)


def _key(name: Any, tz: str) -> str:
    value = _value(name, tz)
    return str(value)


def _value(value: Any, tz: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, dt.datetime):  # a Timestamp is one
        stamp = pd.Timestamp(value)
        stamp = stamp.tz_convert(tz) if stamp.tzinfo is not None else stamp
        return f"{stamp:%Y-%m-%d %H:%M}" if not stamp.second else f"{stamp:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}" if not value.second else f"{value:%H:%M:%S}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    raise AnswerError(f"{type(value).__name__} {str(value)[:40]!r} is no plain value: write texts, numbers, lists and dicts")


def clock_seconds(value: Any, date: str, what: str) -> int:
    """A clock time on ``date`` as seconds of the day. Raises :class:`AnswerError`, which names ``what``, for others.

    >>> clock_seconds("10:31", "2025-07-03", "start"), clock_seconds("2025-07-03 10:31:30", "2025-07-03", "start")
    (37860, 37890)
    """
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or int(found[2]) > 23 or int(found[3]) > 59 or int(found[4] or 0) > 59:
        raise AnswerError(f'{what} is {shown(value)}; write a clock time of the exchange, as "10:31"')
    if found[1] not in (None, date):
        raise AnswerError(f"{what} is {shown(value)}; this lesson is about {date}")
    return int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4] or 0)


def number_of(value: Any, what: str, low: float = -1e12, high: float = 1e12) -> float:
    """A number from ``low`` to ``high``. Raises :class:`AnswerError`, which names ``what``, for others."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        limits = "" if (low, high) == (-1e12, 1e12) else f" from {low:g} to {high:g}"
        raise AnswerError(f"{what} is {shown(value)}; write a number{limits}")
    return float(value)


def rows_of(value: Any, columns: tuple[tuple[str, ...], ...], what: str) -> list[list[Any]]:
    """A list of rows as lists; rows may be dicts too. ``columns`` has the names of each column, of which the first is usual.

    >>> rows_of([["A", 1], {"symbol": "B", "count": 2}], (("symbol",), ("minutes", "count")), "gaps")
    [['A', 1], ['B', 2]]
    """
    names = ", ".join(others[0] for others in columns)
    if not isinstance(value, list):
        raise AnswerError(f"{what} is {shown(value)}; write a list of rows of {names}, an empty one where there are none")
    if len(value) > MOST_ROWS:
        raise AnswerError(f"{what} has {len(value):,} rows; no answer needs more than {MOST_ROWS}")
    return [_row(row, columns, f"row {number} of {what}", names) for number, row in enumerate(value, 1)]


def _row(row: Any, columns: tuple[tuple[str, ...], ...], what: str, names: str) -> list[Any]:
    if isinstance(row, dict):
        found = [next((row[name] for name in others if name in row), None) for others in columns]
        if all(any(name in row for name in others) for others in columns):
            return found
    elif isinstance(row, list) and len(row) == len(columns):
        return row
    raise AnswerError(f"{what} is {shown(row)}; write {names}")


def shown(value: Any) -> str:
    """A value as an error shows it, short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def clock_text(seconds: int) -> str:
    """Seconds of the day as people write them.

    >>> clock_text(37860), clock_text(37890)
    ('10:31', '10:31:30')
    """
    hours, rest = divmod(seconds, 3600)
    text = f"{hours:02}:{rest // 60:02}"
    return text if rest % 60 == 0 else f"{text}:{rest % 60:02}"
