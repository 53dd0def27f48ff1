"""In what two runs differ: piece by piece the first value that is not the same, and where it stands.

Values are compared, and not bytes: another version of Parquet is no difference. Of numbers every bit counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.saving.artifacts import CONFIG, MANIFEST, PLAN, RESULT, Artifacts

DATA = "data"
_ABOUT_DATA = ("data", "data_digest")
_NOTHING = "nothing"


class Difference(NamedTuple):
    """The first value of ``artifact`` that differs: at ``row`` of a table and ``column``, or at that path of a document.

    ``saved`` and ``again`` are the two values, "nothing" where one has none; both None where only digests of them are known.
    """

    artifact: str
    row: int | None
    column: str
    saved: Any
    again: Any

    def __str__(self) -> str:
        at = [self.artifact, *([] if self.row is None else [f"row {self.row}"]), *([self.column] if self.column else [])]
        if self.saved is None and self.again is None:
            return ", ".join(at)
        return f"{', '.join(at)}: {_short(self.saved)} was saved, {_short(self.again)} came out"


def differences(saved: Artifacts, again: Artifacts) -> Iterator[Difference]:
    """One for each piece that is not the same: data first, then what was asked for, then what came out."""
    ours, theirs = saved.documents[MANIFEST], again.documents[MANIFEST]
    for series in changed_series(ours["data"], theirs["data"]):
        symbol, _, name = series.rpartition(" ")
        pair = (_at(ours["data"], symbol, name), _at(theirs["data"], symbol, name))
        yield Difference(DATA, None, series, *pair)
    for name in (CONFIG, MANIFEST, PLAN, RESULT):
        one, other = ({key: value for key, value in pieces.documents[name].items() if name != MANIFEST or key not in _ABOUT_DATA}
                      for pieces in (saved, again))  # fmt: skip
        found = document_difference(one, other)
        if found is not None:
            yield Difference(name, None, *found)
    for name in dict.fromkeys([*again.texts, *saved.texts]):
        line = _line_difference(saved.texts.get(name, ""), again.texts.get(name, ""))
        if line is not None:
            yield Difference(name, *line)
    for name in dict.fromkeys([*again.tables, *saved.tables]):
        cell = table_difference(saved.tables.get(name, pd.DataFrame()), again.tables.get(name, pd.DataFrame()))
        if cell is not None:
            yield Difference(name, *cell)


def changed_series(saved: Mapping[str, Mapping[str, str]], again: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Symbol and series of the data whose digests are not the same, ``AAPL 1m``."""
    keys = dict.fromkeys((symbol, name) for data in (saved, again) for symbol, each in data.items() for name in each)
    return [f"{symbol} {name}" for symbol, name in keys if _at(saved, symbol, name) != _at(again, symbol, name)]


def document_difference(saved: Any, again: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Path and values of the first difference of two JSON values, None where there is none.

    >>> document_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]})
    ('a[1].b', 2, 3)
    """
    if isinstance(saved, Mapping) and isinstance(again, Mapping):
        pairs = [
            (f"{path}.{key}" if path else str(key), saved.get(key, _NOTHING), again.get(key, _NOTHING))
            for key in dict.fromkeys([*saved, *again])
        ]
    elif isinstance(saved, list | tuple) and isinstance(again, list | tuple):
        longest = max(len(saved), len(again))
        pairs = [(f"{path}[{i}]", _item(saved, i), _item(again, i)) for i in range(longest)]
    else:
        return None if saved == again else (path, saved, again)
    return next((found for at, one, other in pairs if (found := document_difference(one, other, at)) is not None), None)


def table_difference(saved: pd.DataFrame, again: pd.DataFrame) -> tuple[int | None, str, Any, Any] | None:
    """Row, column and values of the first cell that differs; None where there is none.

    >>> table_difference(pd.DataFrame({"a": [1.0, 2.0]}), pd.DataFrame({"a": [1.0, 2.5]}))
    (1, 'a', 2.0, 2.5)
    """
    one, other = with_index(saved), with_index(again)
    if list(one) != list(other):
        absent = [name for name in dict.fromkeys([*one, *other]) if name not in one or name not in other]
        name = absent[0] if absent else "columns"
        there = ["a column" if name in part else _NOTHING for part in (one, other)]
        return None, name, there[0], there[1]
    rows = min(len(saved), len(again))
    unequal = {name: _unequal(one[name].iloc[:rows], other[name].iloc[:rows]) for name in one}
    first = {name: int(found.argmax()) for name, found in unequal.items() if found.any()}
    if first:
        name = min(first, key=first.__getitem__)
        return first[name], name, one[name].tolist()[first[name]], other[name].tolist()[first[name]]
    if len(saved) != len(again):
        return rows, "", f"a table of {len(saved):,} rows", f"one of {len(again):,}"
    return None


def with_index(frame: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Every column by name, an index that has a name first."""
    columns = {str(name): frame[name] for name in frame}
    return columns if frame.index.name is None else {str(frame.index.name): frame.index.to_series(), **columns}


def _unequal(one: pd.Series[Any], other: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    if one.dtype == other.dtype and one.dtype.kind in "iufbM":
        a, b = one.to_numpy(), other.to_numpy()
        return np.asarray(~((a == b) | (pd.isna(a) & pd.isna(b))), dtype=bool)
    pairs = zip(one.tolist(), other.tolist(), strict=True)
    return np.array([not _same(a, b) for a, b in pairs], dtype=bool)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) or isinstance(other, tuple):
        return bool(one == other)
    return bool(pd.isna(other)) if pd.isna(one) else not pd.isna(other) and bool(one == other)


def _line_difference(saved: str, again: str) -> tuple[int, str, str, str] | None:
    if saved == again:
        return None
    one, other = saved.splitlines() or [""], again.splitlines() or [""]
    row = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return row, "", _item(one, row), _item(other, row)


def _item(values: Any, i: int) -> Any:
    return values[i] if i < len(values) else _NOTHING


def _at(data: Mapping[str, Mapping[str, str]], symbol: str, series: str) -> str:
    return data.get(symbol, {}).get(series, _NOTHING)


def _short(value: Any) -> str:
    text = value if value == _NOTHING else repr(value) if not isinstance(value, pd.Timestamp) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
